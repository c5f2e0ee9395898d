//! A partner's server with moods: it passes requests on to the real one, or goes wrong in one of
//! the ways in which servers do.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// How it behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mood {
    /// As the real one.
    Well,
    /// It hangs up.
    Gone,
    /// It takes the question and says nothing.
    Silent,
    /// One byte a second, for ever.
    Crawling,
    /// Another status, without a document.
    Status(u16),
    /// This, instead.
    Says(String),
    /// Bytes that are no text.
    Garbage,
    /// A gigabyte, its size not announced.
    Huge,
    /// Half of what it announces.
    CutOff,
    /// Somewhere else.
    Redirect(String),
}

/// The server; it ends with the test's runtime.
pub struct Moody {
    /// Its address, without a slash at the end.
    pub url: String,
    mood: Arc<Mutex<Mood>>,
    behind: Arc<Mutex<Option<SocketAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Moody {
    /// Starts it. Its moods concern addresses that contain `path` alone; others it passes on.
    pub async fn start(path: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let moody = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            mood: Arc::new(Mutex::new(Mood::Well)),
            behind: Arc::default(),
            asked: Arc::default(),
        };
        let (mood, behind) = (moody.mood.clone(), moody.behind.clone());
        let asked = moody.asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (mood, behind) = (mood.clone(), behind.clone());
                let asked = asked.clone();
                tokio::spawn(async move {
                    // Whoever is hung up on sees it; there is nothing to tell here.
                    let _ = serve(stream, path, &mood, &behind, &asked).await;
                });
            }
        });
        moody
    }

    /// Who is asked while it is well.
    pub fn stand_before(&self, address: SocketAddr) {
        *self.behind.lock().unwrap() = Some(address);
    }

    /// From now on.
    pub fn be(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// How often it was asked for what its moods concern.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn serve(
    mut stream: TcpStream,
    path: &str,
    mood: &Mutex<Mood>,
    behind: &Mutex<Option<SocketAddr>>,
    asked: &AtomicUsize,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let line = String::from_utf8_lossy(&head);
    let concerned = line.lines().next().unwrap_or_default().contains(path);
    let mut now = Mood::Well;
    if concerned {
        asked.fetch_add(1, Ordering::SeqCst);
        now = mood.lock().unwrap().clone();
    }
    let whole = |status: u16, more: &str, body: &str| {
        format!(
            "HTTP/1.1 {status} Told\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n{body}",
            body.len()
        )
    };
    match now {
        Mood::Well => {
            let address = *behind.lock().unwrap();
            let mut real = TcpStream::connect(address.unwrap()).await?;
            // One request a connection, so that the next one meets the mood of its time.
            let text =
                String::from_utf8_lossy(&head).replacen("\r\n", "\r\nConnection: close\r\n", 1);
            real.write_all(text.as_bytes()).await?;
            copy_bidirectional(&mut stream, &mut real).await?;
        }
        Mood::Gone => {}
        Mood::Silent => tokio::time::sleep(Duration::from_mins(10)).await,
        Mood::Crawling => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Mood::Status(status) => stream.write_all(whole(status, "", "").as_bytes()).await?,
        Mood::Says(text) => stream.write_all(whole(200, "", &text).as_bytes()).await?,
        Mood::Garbage => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                .await?;
            stream
                .write_all(&[0xff, 0xfe, 0x00, 0x80].repeat(999))
                .await?;
        }
        Mood::Huge => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
                .await?;
            let piece = vec![b' '; 1 << 20];
            for _ in 0..1_024 {
                stream.write_all(&piece).await?;
            }
        }
        Mood::CutOff => {
            let text = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<md:EntityDescriptor";
            stream.write_all(text.as_bytes()).await?;
        }
        Mood::Redirect(to) => {
            let location = format!("Location: {to}\r\n");
            stream
                .write_all(whole(302, &location, "").as_bytes())
                .await?;
        }
    }
    Ok(())
}

/// A server that says this to everybody; where it is.
pub async fn saying(text: String) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = axum::Router::new().fallback(move || {
        let text = text.clone();
        async move { text }
    });
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}
