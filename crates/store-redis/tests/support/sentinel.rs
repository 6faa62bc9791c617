//! A Sentinel of the tests' own, on a port of its own. Dropped, it is killed.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// One Sentinel, in a folder of its own. Dropped, it is killed.
pub(crate) struct Sentinel {
    child: Child,
    pub(crate) port: u16,
    _folder: TempDir,
}

#[allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]
impl Sentinel {
    /// One that watches a master called `photos`.
    pub(crate) fn watching(master: u16, more: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("sentinel-").tempdir().expect("a folder");
        let held = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = held.local_addr().expect("an address").port();
        drop(held);
        let settings = folder.path().join("sentinel.conf");
        let text = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor photos 127.0.0.1 {master} 2\n\
             sentinel down-after-milliseconds photos 1000\nsentinel failover-timeout photos 4000\n{more}",
            folder.path().display()
        );
        fs::write(&settings, text).expect("settings");
        let mut command = Command::new("redis-server");
        command.arg(&settings).arg("--sentinel").stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn().expect("redis-server: run ./dev setup");
        let sentinel = Self { child, port, _folder: folder };
        let start = Instant::now();
        while sentinel.ask("PING").is_none() {
            assert!(start.elapsed() < PATIENCE, "a Sentinel does not serve");
            thread::park_timeout(Duration::from_millis(5));
        }
        sentinel
    }

    /// All that it answers to one command, or nothing.
    fn ask(&self, command: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).ok()?;
        // It closes once it has read all, and answered.
        stream.shutdown(Shutdown::Write).ok()?;
        let mut said = String::new();
        BufReader::new(stream).read_to_string(&mut said).ok()?;
        Some(said)
    }

    /// A field of what it knows of the master.
    pub(crate) fn knows(&self, field: &str) -> String {
        let said = self.ask("SENTINEL MASTER photos").unwrap_or_default();
        let mut lines = BufReader::new(said.as_bytes()).lines().map(|line| line.expect("a line"));
        lines.find(|line| line == field).and_then(|_| lines.nth(1)).unwrap_or_default()
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let asked = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(asked.is_ok_and(|status| status.success()), "kill -{name}");
    }
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        // OK because it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
