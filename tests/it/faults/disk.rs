//! The disk is full, to the last byte: nobody is let in whose use can't be written down, what was
//! acknowledged stays used, and with room again all goes on by itself.

use std::{fs, io::Write as _, path::PathBuf, process::Command};

use flexbridge::identity::RefusalCode;

use super::person::{Begun, begin, readiness};
use crate::{
    login::process::Company,
    support::{bridge::Site, chaos::Fault, peers, serve::Serve},
};

const USED: &[RefusalCode] = &[RefusalCode::LoginReplayed];
const NEVER_AGAIN: &[RefusalCode] = &[RefusalCode::LoginReplayed, RefusalCode::StoreUnavailable];

/// A small file system of the test's own at `at`; gone before its folder is.
struct Small {
    at: PathBuf,
}

impl Small {
    /// Mounts it. Where that can't be done the test says so and passes, or fails where nothing
    /// may be missing: it takes root, as CI has it.
    fn mount(at: PathBuf) -> Option<Self> {
        fs::create_dir(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=40m,mode=0700", "tmpfs"])
            .arg(&at)
            .output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self { at });
        }
        peers::skip("a file system can't be mounted here; that takes root");
        None
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let mut filler = fs::File::options()
            .create(true)
            .append(true)
            .open(self.at.join("filler"))
            .unwrap();
        for size in [1 << 20, 4_096, 1] {
            while filler.write_all(&vec![1; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.at.join("filler")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        for words in [&[][..], &["-l"]] {
            let mut command = Command::new("umount");
            if command
                .args(words)
                .arg(&self.at)
                .output()
                .is_ok_and(|done| done.status.success())
            {
                return;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn full_to_the_last_byte() {
    let site = Site::new();
    let company = Company::at(&site);
    let Some(small) = Small::mount(site.file("store")) else {
        return;
    };
    let mut fault = Fault::new("disk full", "");
    let serve = Serve::start(site, &company.plan);
    let mut acknowledged: Vec<Begun> = Vec::new();
    for _ in 0..3 {
        let begun = begin(&serve, &company).await;
        fault.case("with room people sign in", begun.end().await);
        acknowledged.push(begun);
    }

    small.fill();
    // What fits into the room that its files have already may still be written down.
    let mut refused = Vec::new();
    for _ in 0..400 {
        let begun = begin(&serve, &company).await;
        match begun.end().await {
            Ok(()) => acknowledged.push(begun),
            Err(why) => refused.push((begun, why)),
        }
        if refused.len() == 5 {
            break;
        }
        // What a file gave back when it was closed is taken, too.
        small.fill();
    }
    fault.holds(
        "in the end nobody is let in",
        refused.len() == 5,
        &acknowledged.len(),
    );
    for (begun, why) in &refused {
        fault.holds("with 503", why.starts_with("503"), why);
        let told = begun.refused(&serve, NEVER_AGAIN).await;
        fault.case("and the reason", told);
    }
    let mut seen = (0, String::new());
    for _ in 0..50 {
        small.fill();
        seen = readiness(&serve).await;
        if seen.0 == 503 {
            break;
        }
    }
    let why = seen.0 == 503 && seen.1.contains("full");
    fault.holds("it is not ready, and says why", why, &seen.1);
    for begun in &acknowledged {
        let again = begun.refused(&serve, NEVER_AGAIN).await;
        fault.case("what was acknowledged is not used again", again);
    }

    small.make_room();
    let begun = begin(&serve, &company).await;
    fault.case("with room again people sign in", begun.end().await);
    let (status, told) = readiness(&serve).await;
    fault.holds("it is ready by itself", status == 200, &told);
    acknowledged.push(begun);
    for begun in &acknowledged {
        let again = begun.refused(&serve, USED).await;
        fault.case("what was acknowledged stays used", again);
    }

    // Killed, and started while it is full: what it says, and what it still knows.
    small.fill();
    serve.signal("KILL");
    let (_, site) = serve.wait();
    small.make_room();
    let serve = Serve::start(site, &company.plan);
    for begun in &acknowledged {
        let again = begun.refused(&serve, USED).await;
        fault.case("what was acknowledged stays used after a restart", again);
    }
    drop(serve);
    drop(small);
    fault.finish();
}
