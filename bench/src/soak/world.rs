//! Who the bridge asks: the company's metadata, Twilio's Flex configuration and an OpenID
//! Connect provider, on one port. Each answer says something else than the one before, so that
//! a refresh always has something to take over.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::Result;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::{keys::Identity, login::Ends};

/// The Flex account.
pub const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";

/// What was asked for, and how often.
#[derive(Debug, Default)]
pub struct Asked {
    pub metadata: AtomicU64,
    pub twilio: AtomicU64,
    pub keys: AtomicU64,
}

/// The partners, as long as the program runs.
pub struct World {
    pub port: u16,
    pub asked: Arc<Asked>,
}

struct Documents {
    port: u16,
    metadata: [String; 2],
    /// The modulus and exponent of each key of the provider.
    keys: [(String, String); 2],
}

impl World {
    pub async fn serve(ends: &Ends, company: &Identity) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let next = Identity::generate("Company, next")?;
        let first = ends.company.metadata();
        let documents = Arc::new(Documents {
            port,
            metadata: [with_second_certificate(&first, &next), first],
            keys: [public_parts(company)?, public_parts(&next)?],
        });
        let asked = Arc::new(Asked::default());
        let counted = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (documents, asked) = (documents.clone(), counted.clone());
                let answer = service_fn(move |request: Request<Incoming>| {
                    let answer = documents.answer(request.uri().path(), &asked);
                    async move { Ok::<_, Infallible>(answer.unwrap_or_else(missing)) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        Ok(Self { port, asked })
    }
}

impl Documents {
    fn answer(&self, path: &str, asked: &Asked) -> Option<Response<Full<Bytes>>> {
        let count = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
        let (kind, text) = match path {
            "/metadata" => {
                let turn = count(&asked.metadata) % 2;
                let text = self.metadata[usize::from(turn == 1)].clone();
                ("application/samlmetadata+xml", text)
            }
            "/v1/Configuration" => ("application/json", configuration(count(&asked.twilio))),
            "/.well-known/openid-configuration" => ("application/json", self.discovery()),
            "/keys" => ("application/json", self.key_set(count(&asked.keys))),
            _ => return None,
        };
        let answer = Response::builder().header("content-type", kind);
        answer.body(Full::from(text)).ok()
    }

    fn discovery(&self) -> String {
        let issuer = format!("http://127.0.0.1:{}", self.port);
        format!(
            r#"{{"issuer":"{issuer}","authorization_endpoint":"{issuer}/authorize","token_endpoint":"{issuer}/token","jwks_uri":"{issuer}/keys","response_types_supported":["code"],"id_token_signing_alg_values_supported":["RS256"]}}"#
        )
    }

    fn key_set(&self, turn: u64) -> String {
        let (n, e) = &self.keys[usize::from(turn % 2 == 1)];
        format!(
            r#"{{"keys":[{{"kty":"RSA","use":"sig","alg":"RS256","kid":"key-{turn}","n":"{n}","e":"{e}"}}]}}"#
        )
    }
}

/// The list of locations grows and shrinks; the one that counts is always among them.
fn configuration(turn: u64) -> String {
    let more = (0..turn % 200).map(|number| {
        format!(r#",{{"name":"Office number {number}","edge":["singapore","roaming"]}}"#)
    });
    format!(
        r#"{{"account_sid":"{ACCOUNT}","date_updated":"2026-01-01T00:00:00Z","ui_attributes":{{"locations":[{{"name":"Singapore Office","edge":["singapore-ix","singapore","roaming"]}}{}]}}}}"#,
        more.collect::<String>()
    )
}

fn with_second_certificate(metadata: &str, next: &Identity) -> String {
    let end = "</md:KeyDescriptor>";
    let more = format!(
        r#"{end}<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{end}"#,
        next.certificate_base64()
    );
    metadata.replacen(end, &more, 1)
}

fn public_parts(identity: &Identity) -> Result<(String, String)> {
    use aws_lc_rs::signature::KeyPair as _;
    let pair = identity.key_pair()?;
    let public = pair.public_key();
    let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    Ok((
        text(public.modulus().big_endian_without_leading_zero()),
        text(public.exponent().big_endian_without_leading_zero()),
    ))
}

fn missing() -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = hyper::StatusCode::NOT_FOUND;
    answer
}
