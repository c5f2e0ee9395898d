//! The store may not be written to: its rights are wrong at the start, or its file system becomes read-only under a
//! running bridge, as the kernel makes it after an error of the disk.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use flexbridge::identity::RefusalCode;

use super::person::{Begun, begin, readiness};
use crate::{
    login::process::Company,
    support::{bridge::Site, chaos::Fault, peers, serve::Serve},
};

const USED: &[RefusalCode] = &[RefusalCode::LoginReplayed];
const NEVER_AGAIN: &[RefusalCode] = &[RefusalCode::LoginReplayed, RefusalCode::StoreUnavailable];

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A start as a user whom the system grants nothing beyond the files' own rights, even where the tests run as root.
/// It must end by itself.
fn start_without_privileges(site: &Site) -> Output {
    Command::new("timeout")
        .args([
            "--signal=KILL",
            "20",
            "setpriv",
            "--bounding-set=-all",
            "--inh-caps=-all",
        ])
        .arg(env!("CARGO_BIN_EXE_flexbridge"))
        .arg("--config")
        .arg(site.config())
        .arg("serve")
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_start_it_says_so_and_ends() {
    let site = Site::new();
    let company = Company::at(&site);
    let mut fault = Fault::new("the store may not be written to", "start");
    let store = site.file("store");
    let serve = Serve::start(site, &company.plan);
    let before = begin(&serve, &company).await;
    fault.case("people sign in", before.end().await);
    serve.signal("TERM");
    let (_, site) = serve.wait();
    let files = || {
        fs::read_dir(&store)
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    let databases: Vec<PathBuf> = files().filter(|path| path.is_file()).collect();
    let away = site.file("away");
    for (case, spoil, mend) in [
        (
            "its folder is not to be written to, and empty",
            &(|| {
                fs::rename(&store, &away).unwrap();
                fs::create_dir(&store).unwrap();
                mode(&store, 0o500);
            }) as &dyn Fn(),
            &(|| {
                fs::remove_dir(&store).unwrap();
                fs::rename(&away, &store).unwrap();
            }) as &dyn Fn(),
        ),
        (
            "neither its folder nor its files",
            &(|| {
                for file in &databases {
                    mode(file, 0o400);
                }
                mode(&store, 0o500);
            }),
            &(|| {
                mode(&store, 0o700);
                for file in &databases {
                    mode(file, 0o600);
                }
            }),
        ),
        (
            "it can't be made",
            &(|| {
                fs::rename(&store, &away).unwrap();
                mode(site.folder.path(), 0o500);
            }),
            &(|| {
                mode(site.folder.path(), 0o700);
                fs::rename(&away, &store).unwrap();
            }),
        ),
    ] {
        spoil();
        let Output { status, stderr, .. } = start_without_privileges(&site);
        mend();
        let told = String::from_utf8_lossy(&stderr);
        let right = status.code() == Some(1) && told.contains(&*store.to_string_lossy());
        fault.holds(case, right, &format!("{status}: {told}"));
    }
    let serve = Serve::start(site, &company.plan);
    let fresh = begin(&serve, &company).await;
    fault.case("mended, it starts", fresh.end().await);
    let again = before.refused(&serve, USED).await;
    fault.case("what was acknowledged stays used", again);
    fault.finish();
}

/// A disk of the test's own in a file; gone before its folder is.
struct Disk {
    image: PathBuf,
    at: PathBuf,
}

impl Disk {
    /// It takes root and a loop device, which containers seldom have: where it can't be had the test says so, and in CI it fails.
    fn mount(site: &Site) -> Option<Self> {
        let disk = Self {
            image: site.file("disk"),
            at: site.file("store"),
        };
        fs::create_dir(&disk.at).unwrap();
        fs::File::create(&disk.image)
            .unwrap()
            .set_len(64 << 20)
            .unwrap();
        let mut make = Command::new("mkfs.ext4");
        make.arg("-q")
            .arg(&disk.image)
            .env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin");
        let formatted = make.output().is_ok_and(|done| done.status.success());
        if formatted && disk.remount() {
            return Some(disk);
        }
        peers::skip(
            "a disk in a file can't be mounted here; that takes root, mkfs.ext4 and a loop device",
        );
        None
    }

    fn remount(&self) -> bool {
        let mut mount = Command::new("mount");
        mount.args(["-o", "loop"]).arg(&self.image).arg(&self.at);
        let mounted = mount.output().is_ok_and(|done| done.status.success());
        if mounted {
            mode(&self.at, 0o700);
        }
        mounted
    }

    /// As after an error of the disk: nothing is written any more, open files included.
    fn fails(&self) {
        let mut mount = Command::new("mount");
        mount.args(["-o", "remount,abort"]).arg(&self.at);
        assert!(mount.status().unwrap().success());
    }

    fn unmount(&self, lazily: &[&str]) -> bool {
        let mut command = Command::new("umount");
        let command = command.args(lazily).arg(&self.at);
        command.output().is_ok_and(|done| done.status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.unmount(&[]) || self.unmount(&["-l"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_turns_read_only_lets_nobody_in() {
    let site = Site::new();
    let company = Company::at(&site);
    let Some(disk) = Disk::mount(&site) else {
        return;
    };
    let mut fault = Fault::new("the store may not be written to", "while it runs");
    let serve = Serve::start(site, &company.plan);
    let mut acknowledged: Vec<Begun> = Vec::new();
    for _ in 0..3 {
        let begun = begin(&serve, &company).await;
        fault.case("people sign in", begun.end().await);
        acknowledged.push(begun);
    }
    let under_way = begin(&serve, &company).await;
    disk.fails();
    for begun in [under_way, begin(&serve, &company).await] {
        let told = begun.refused(&serve, &NEVER_AGAIN[1..]).await;
        fault.case("nobody is let in", told);
    }
    let (status, told) = readiness(&serve).await;
    fault.holds("it is not ready", status == 503, &told);
    let names =
        told.contains("consumed.db") || told.contains("read-only") || told.contains("readonly");
    fault.holds("and says why", names, &told);
    for begun in &acknowledged {
        let again = begun.refused(&serve, NEVER_AGAIN).await;
        fault.case("what was acknowledged is not used again", again);
    }
    serve.signal("KILL");
    let (_, site) = serve.wait();
    assert!(
        disk.unmount(&[]) && disk.remount(),
        "the disk is not mended"
    );
    let serve = Serve::start(site, &company.plan);
    for begun in &acknowledged {
        let again = begun.refused(&serve, USED).await;
        fault.case("on the mended disk it stays used", again);
    }
    let fresh = begin(&serve, &company).await;
    fault.case("and people sign in", fresh.end().await);
    serve.signal("KILL");
    let (_, site) = serve.wait();
    drop(disk);
    drop(site);
    fault.finish();
}
