//! The binary itself: what it weighs when it has nothing to do, and how soon it is ready.

use crate::{
    Effort,
    figure::{Bound, Figure, median},
    fixture::message,
    load::Connection,
    process,
};
use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub(crate) fn idle(_: Effort) -> Vec<Figure> {
    let folder = folder();
    let running = Running::start(folder.path());
    running.wait_until_ready();
    thread::sleep(Duration::from_secs(1));
    let mib = process::resident(running.child.id()) / 1024.0;
    vec![Figure::plain("idle server, resident", "MiB", mib, Bound::at_most(30.0, 15.0))]
}

/// From before it is started until `/readyz` says yes, which takes one write that is committed.
pub(crate) fn ready(effort: Effort) -> Vec<Figure> {
    let took = median((0..effort.starts).map(|_| ready_in(folder().path())).collect());
    vec![Figure::plain("exec to ready, in an empty folder", "ms", took, Bound::at_most(300.0, 100.0))]
}

/// Milliseconds, in this folder.
pub(crate) fn ready_in(folder: &Path) -> f64 {
    let began = Instant::now();
    Running::start(folder).wait_until_ready();
    began.elapsed().as_secs_f64() * 1e3
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

struct Running {
    child: Child,
    address: SocketAddr,
}

impl Running {
    /// Starts it, and reads from its log where it listens.
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .args(["serve", "--listen", "127.0.0.1:0", "--insecure-http"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = log.find_map(|line| {
            let (_, rest) = line.split_once("serves http://")?;
            rest.split_ascii_whitespace().next()?.parse().ok()
        });
        let running = Self { child, address: address.unwrap() };
        // Read on, so that its log never finds a full pipe.
        thread::spawn(|| log.for_each(drop));
        running
    }

    fn wait_until_ready(&self) {
        let mut connection = Connection::open(self.address);
        loop {
            connection.send(&message("GET", "/readyz", &[], ""));
            if connection.receive().status == 200 {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // OK because a process that has ended already is what we want
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
