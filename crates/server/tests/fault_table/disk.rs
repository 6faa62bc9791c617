//! A disk that is full under SQLite, and has room again.

use super::{
    ground::{Ground, PLAN, last, patiently, recovery, under_load, verify},
    support::{
        http::Request,
        load::Load,
        place::Place,
        server::{Server, Starter},
    },
    table::Row,
};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long the disk stays full.
const FULL: Duration = Duration::from_secs(5);

pub(crate) fn full() -> Row {
    match Disk::mounted() {
        Some(disk) => filled(&disk),
        None => limited(),
    }
}

/// Filled by a ballast, which is then removed.
fn filled(disk: &Disk) -> Row {
    let database = format!("sqlite:{}", disk.path().join("x.db").display());
    let ground = Ground::new(Place::with([("COUNTERSIGN_DATABASE_URL", database)]));
    let server = ground.node();
    let load = ground.load(&[&server], PLAN);
    ground.add_client(&load);
    let took = under_load(&load, 1, || {
        let ballast = disk.path().join("ballast");
        disk.fill(&ballast);
        let says_so = || Request::get("/readyz").send(&server).status == 503;
        full_until_told(&load, says_so, || disk.fill(&ballast));
        fs::remove_file(&ballast).expect("the ballast");
        recovery(&load, Instant::now())
    });
    verify(&load);
    told(&load, &server, took, "a tmpfs, filled up")
}

/// Where nothing may be mounted the largest file that the server may write stands for the end of the disk.
fn limited() -> Row {
    let ground = Ground::new(Place::new());
    let script = "trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\"";
    let mut shell = ground.place.command_of("sh");
    shell.args(["-c", script, env!("CARGO_BIN_EXE_countersign")]);
    let server = ground.start(Starter::new(shell));
    let load = ground.load(&[&server], PLAN);
    ground.add_client(&load);
    let (server, took) = under_load(&load, 1, || {
        // Not `/readyz`: a change that is as small as its own may still fit.
        full_until_told(&load, || true, || {});
        server.kill();
        let since = Instant::now();
        let server = ground.node();
        load.moved(0, server.address);
        (server, recovery(&load, since))
    });
    verify(&load);
    told(&load, &server, took, "a limit of the file's size, and a restart without it")
}

/// Until requests are refused for it, and for some seconds more.
fn full_until_told(load: &Load, says_so: impl Fn() -> bool, mut fill: impl FnMut()) {
    let before = load.unavailable.load(Ordering::Relaxed);
    patiently("the disk is full", || {
        // What was freed meanwhile is taken, too.
        fill();
        load.unavailable.load(Ordering::Relaxed) > before && says_so()
    });
    let start = Instant::now();
    while start.elapsed() < FULL {
        fill();
        last(Duration::from_millis(100));
    }
}

fn told(load: &Load, server: &Server, took: Option<Duration>, note: &str) -> Row {
    let unavailable = load.unavailable.load(Ordering::Relaxed);
    let panicked = String::from_utf8_lossy(&server.log()).contains("panicked");
    Row::of(load, took, format!("{note}; {unavailable} times 503"))
        .must(!panicked, "the server panicked")
        .must(Request::get("/readyz").send(server).status == 200, "it is not ready afterwards")
}

/// A small tmpfs. Unmounted when dropped, or when this process ends in whatever way.
struct Disk {
    folder: TempDir,
    janitor: Child,
}

impl Disk {
    /// `None` where that is not permitted.
    fn mounted() -> Option<Self> {
        let folder = tempfile::Builder::new().prefix("full-disk-").tempdir().expect("a folder");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=24m,mode=0700", "countersign-faults"]).arg(folder.path());
        let mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        if !mounted {
            println!("no tmpfs may be mounted here: a limit of the file's size stands for it");
            return None;
        }
        let mut janitor = Command::new("sh");
        janitor.args(["-c", JANITOR, "sh"]).arg(folder.path()).stdin(Stdio::piped());
        let janitor = janitor.spawn().expect("a shell");
        Some(Self { folder, janitor })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes until nothing fits any more.
    fn fill(&self, ballast: &PathBuf) {
        let mut file = fs::File::options().create(true).append(true).open(ballast).expect("a file");
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![7; size]).is_ok() {}
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        // OK because nothing is left to do where it fails: the folder then stays
        let _ = self.janitor.wait();
    }
}

/// Lazily: a server that is about to end may still have its files open.
const JANITOR: &str = "trap '' INT TERM; cat >/dev/null; umount -l \"$1\"";
