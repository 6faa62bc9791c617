//! A private Redis on a socket in a folder of its own. Dropped, it is killed, and the folder removed.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) struct Redis {
    child: Child,
    folder: TempDir,
    settings: Vec<String>,
}

#[allow(dead_code, clippy::allow_attributes, reason = "no suite uses all of it")]
impl Redis {
    /// One that keeps nothing but in memory.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// One that has every change on the disk before it answers.
    pub(crate) fn durable() -> Self {
        Self::start_with(&["--appendonly yes", "--appendfsync always"])
    }

    pub(crate) fn start_with(settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("redis-").tempdir().expect("a folder");
        let settings: Vec<_> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let child = spawn(folder.path(), &settings).unwrap_or_else(|said| panic!("{said}"));
        Self { child, folder, settings }
    }

    /// One that also listens on a port, and takes a second one for what it says to others; with these ports.
    pub(crate) fn on_ports(settings: impl Fn(u16, u16) -> Vec<String>) -> (Self, [u16; 2]) {
        let start = Instant::now();
        loop {
            let folder = tempfile::Builder::new().prefix("redis-").tempdir().expect("a folder");
            let held = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
            let ports = held.map(|held| held.local_addr().expect("an address").port());
            let mut settings = settings(ports[0], ports[1]);
            settings.push(format!("--bind 127.0.0.1 --port {}", ports[0]));
            // Whoever took one of them in between makes it end at once: then others are tried.
            match spawn(folder.path(), &settings) {
                Ok(child) => return (Self { child, folder, settings }, ports),
                Err(said) => assert!(start.elapsed() < PATIENCE, "{said}"),
            }
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", socket(self.folder.path()).display())
    }

    /// The same, with more after the `?`.
    pub(crate) fn url_with(&self, query: &str) -> String {
        format!("{}?{query}", self.url())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends one command, and gives back the first line of the answer.
    pub(crate) fn ask(&self, command: &str) -> String {
        ask(&socket(self.folder.path()), command).expect("an answer")
    }

    /// Sends one command, and gives back the text that it is answered with.
    pub(crate) fn text(&self, command: &str) -> String {
        self.try_text(command).expect("a text")
    }

    /// Whether it answers, with that in it: a Sentinel that makes a replica of it ends every connection.
    pub(crate) fn says(&self, command: &str, part: &str) -> bool {
        self.try_text(command).is_ok_and(|text| text.contains(part))
    }

    fn try_text(&self, command: &str) -> std::io::Result<String> {
        let mut stream = UnixStream::connect(socket(self.folder.path()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let (mut stream, mut length) = (BufReader::new(stream), String::new());
        stream.read_line(&mut length)?;
        let length = length.trim_end().trim_start_matches('$').parse();
        let mut text = vec![0; length.map_err(std::io::Error::other)?];
        stream.read_exact(&mut text)?;
        Ok(String::from_utf8(text).expect("a text"))
    }

    /// What an expression of Redis's Lua comes to, a number.
    pub(crate) fn number(&self, expression: &str) -> i64 {
        let answer = self.ask(&format!("EVAL \"return {expression}\" 0"));
        answer.strip_prefix(':').and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
    }

    /// Leaves the record of a Redis that has lost nothing, as if it had been in use for years.
    pub(crate) fn season(&self, durable: bool) {
        let info = self.text("INFO");
        let run = info.lines().find_map(|line| line.strip_prefix("run_id:")).expect("a name").trim();
        let durable = u8::from(durable);
        let record = format!("lines {run} epoch 1.1 lost 0 made 0 durable {durable} place \"\"");
        self.ask(&format!("HSET countersign:fence {record}"));
    }

    /// Sends a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let asked = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())]).status();
        assert!(asked.is_ok_and(|status| status.success()), "kill -{name}");
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        // OK because it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again after its end, on what it has left in its folder.
    pub(crate) fn start_again(&mut self) {
        self.kill();
        let start = Instant::now();
        self.child = loop {
            match spawn(self.folder.path(), &self.settings) {
                Ok(child) => break child,
                Err(said) => assert!(start.elapsed() < PATIENCE, "{said}"),
            }
        };
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts it and waits until it has loaded what it had kept.
fn spawn(folder: &Path, settings: &[String]) -> Result<Child, String> {
    let socket = socket(folder);
    // OK because there may be none: one that a kill has left would look like a server
    let _ = fs::remove_file(&socket);
    let log = fs::File::create(folder.join("redis.log")).expect("a log");
    let mut command = Command::new("redis-server");
    command.current_dir(folder).args(["--port", "0", "--save", "", "--rdbcompression", "no", "--unixsocket"]);
    command.arg(&socket).args(settings.iter().flat_map(|setting| setting.split(' ')));
    command.stdin(Stdio::null()).stderr(log.try_clone().expect("a log")).stdout(log);
    let mut child = command.spawn().unwrap_or_else(|error| panic!("redis-server: {error}: run ./dev setup"));
    let start = Instant::now();
    // Any error but LOADING will do: it may ask for a password.
    while !ask(&socket, "PING").is_ok_and(|answer| !answer.is_empty() && !answer.starts_with("-LOADING")) {
        let ended = child.try_wait().expect("a child");
        if ended.is_some() || start.elapsed() > PATIENCE {
            let said = fs::read_to_string(folder.join("redis.log")).unwrap_or_default();
            // OK because it may have ended already
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("redis-server does not serve ({ended:?}):\n{said}"));
        }
        thread::park_timeout(Duration::from_millis(2));
    }
    Ok(child)
}

fn ask(socket: &Path, command: &str) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().into())
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("redis.sock")
}

/// How long it may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
