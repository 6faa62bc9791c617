//! A private Memcached on a socket, or on a port of 127.0.0.1. Dropped, it is killed.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) struct Memcached {
    child: Child,
    place: Place,
    settings: Vec<String>,
    _folder: TempDir,
}

#[derive(Clone)]
enum Place {
    Socket(PathBuf),
    Port(u16),
}

#[allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]
impl Memcached {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("memcached-").tempdir().expect("a folder");
        let place = Place::Socket(folder.path().join("m.sock"));
        let settings: Vec<_> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let child = spawn(&place, &settings).expect("memcached serves");
        Self { child, place, settings, _folder: folder }
    }

    pub(crate) fn on_a_port() -> Self {
        let start = Instant::now();
        loop {
            let folder = tempfile::Builder::new().prefix("memcached-").tempdir().expect("a folder");
            let held = TcpListener::bind("127.0.0.1:0").expect("a port");
            let place = Place::Port(held.local_addr().expect("an address").port());
            drop(held);
            // Whoever took it in between makes it end at once: then another one is tried.
            match spawn(&place, &[]) {
                Some(child) => return Self { child, place, settings: Vec::new(), _folder: folder },
                None => assert!(start.elapsed() < PATIENCE, "memcached does not serve"),
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        match &self.place {
            Place::Socket(path) => format!("memcached+unix://{}", path.display()),
            Place::Port(port) => format!("memcached://127.0.0.1:{port}"),
        }
    }

    /// Sends one line, and gives back the first line of the answer.
    pub(crate) fn ask(&self, line: &str) -> String {
        ask(&self.place, line).expect("an answer")
    }

    /// Sends one line, and gives back the second line of the answer too.
    pub(crate) fn text(&self, line: &str) -> String {
        let Place::Socket(path) = &self.place else { panic!("on a port") };
        let mut stream = UnixStream::connect(path).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.write_all(format!("{line}\r\n").as_bytes()).expect("a request");
        let (mut stream, mut answer) = (BufReader::new(stream), String::new());
        for _ in 0..2 {
            stream.read_line(&mut answer).expect("a line");
        }
        answer
    }

    /// Sends a signal by its name; one that stops it is waited for, since each of its threads stops by itself.
    pub(crate) fn signal(&self, name: &str) {
        let asked = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(asked.is_ok_and(|status| status.success()), "kill -{name}");
        let start = Instant::now();
        while name == "STOP" && self.is_running() {
            assert!(start.elapsed() < PATIENCE, "it does not stop");
            thread::park_timeout(Duration::from_millis(1));
        }
    }

    /// Whether a thread of it still runs, where the system tells.
    fn is_running(&self) -> bool {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", self.child.id())) else { return false };
        threads.flatten().any(|thread| {
            let state = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            !state.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
        })
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        // OK because it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again after its end; it remembers nothing.
    pub(crate) fn start_again(&mut self) {
        self.kill();
        self.child = spawn(&self.place, &self.settings).expect("memcached serves");
    }
}

impl Drop for Memcached {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(place: &Place, settings: &[String]) -> Option<Child> {
    let mut command = Command::new("memcached");
    command.args(["-u", "root", "-t", "2", "-m", "64", "-U", "0"]);
    match place {
        Place::Socket(path) => {
            // OK because there may be none: one that a kill has left would be in the way
            let _ = std::fs::remove_file(path);
            command.arg("-s").arg(path);
        }
        Place::Port(port) => {
            command.args(["-l", "127.0.0.1", "-p", &port.to_string()]);
        }
    }
    command.args(settings.iter().flat_map(|setting| setting.split(' ')));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("memcached: {error}: run ./dev setup"));
    let start = Instant::now();
    while !ask(place, "version").is_ok_and(|answer| answer.starts_with("VERSION")) {
        if child.try_wait().expect("a child").is_some() || start.elapsed() > PATIENCE {
            // OK because it may have ended already
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        thread::park_timeout(Duration::from_millis(2));
    }
    Some(child)
}

fn ask(place: &Place, line: &str) -> std::io::Result<String> {
    let mut answer = String::new();
    match place {
        Place::Socket(path) => {
            let mut stream = UnixStream::connect(path)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(format!("{line}\r\n").as_bytes())?;
            BufReader::new(stream).read_line(&mut answer)?;
        }
        Place::Port(port) => {
            let mut stream = TcpStream::connect(("127.0.0.1", *port))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(format!("{line}\r\n").as_bytes())?;
            BufReader::new(stream).read_line(&mut answer)?;
        }
    }
    Ok(answer.trim_end().into())
}

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
