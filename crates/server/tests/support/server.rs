//! The binary as a server: started on a free port, its log kept, ended when dropped.

use super::{PATIENCE, until};
use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread::{self, JoinHandle},
};

/// A server that runs. Dropped, it is killed.
pub(crate) struct Server {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What clients sign: scheme and authority.
    pub(crate) public_url: String,
    log: Arc<Mutex<Vec<u8>>>,
    stdout: Arc<Mutex<Vec<u8>>>,
    readers: Vec<JoinHandle<()>>,
}

/// How to start one.
pub(crate) struct Starter {
    command: Command,
    public_url: Option<String>,
}

impl Starter {
    /// On a free port of this machine, over http, with `/echo`.
    pub(crate) fn new(command: Command) -> Self {
        Self { public_url: Some("http://countersign.test".into()), ..Self::bare(command) }
    }

    /// The same without a public URL: clients sign the address.
    pub(crate) fn bare(command: Command) -> Self {
        Self::listening_at(command, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// The same at this address.
    pub(crate) fn listening_at(mut command: Command, address: SocketAddr) -> Self {
        command.args(["serve", "--listen", &address.to_string(), "--insecure-http", "--echo"]);
        Self { command, public_url: None }
    }

    /// Another program that says where it serves; clients sign the address.
    pub(crate) fn program(command: Command) -> Self {
        Self { command, public_url: None }
    }

    /// With the settings of a network, and nobody who says what came over TLS.
    pub(crate) fn over_https(mut command: Command) -> Self {
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        Self { command, public_url: Some("https://countersign.test".into()) }
    }

    /// As a file says, on a free port.
    pub(crate) fn configured(mut command: Command, file: &Path) -> Self {
        command.arg("serve").arg("--config").arg(file).args(["--listen", "127.0.0.1:0"]);
        Self { command, public_url: None }
    }

    pub(crate) fn set(mut self, variable: &str, value: &str) -> Self {
        self.command.env(variable, value);
        self
    }

    /// What clients sign. It is the same for every server here unless a test says otherwise: two of them, or one after
    /// another, take the same requests, whatever their ports are.
    pub(crate) fn public_url(self, url: &str) -> Self {
        Self { public_url: Some(url.into()), ..self }
    }

    pub(crate) fn flag(mut self, flag: &str) -> Self {
        self.command.arg(flag);
        self
    }

    /// Starts it and waits until its log says where it listens.
    pub(crate) fn start(mut self) -> Server {
        if let Some(url) = &self.public_url {
            self.command.args(["--public-url", url]);
        }
        let pipes = self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = pipes.spawn().expect("the binary");
        let (found, address) = mpsc::channel();
        let (log, stdout) = (Arc::default(), Arc::default());
        let readers = vec![
            keep(child.stderr.take().expect("a pipe"), &log, found.clone()),
            keep(child.stdout.take().expect("a pipe"), &stdout, found),
        ];
        let Ok(address) = address.recv_timeout(PATIENCE) else {
            // OK because it may have ended already
            let _ = child.kill();
            panic!("it does not start: {}", String::from_utf8_lossy(&locked(&log)));
        };
        let public_url = self.public_url.unwrap_or_else(|| format!("http://{address}"));
        Server { child, address, public_url, log, stdout, readers }
    }
}

impl Server {
    /// Clients sign this for it, as it was told by other means than a flag of `serve`.
    pub(crate) fn signed_as(mut self, url: &str) -> Self {
        self.public_url = url.into();
        self
    }

    /// All that it logged so far.
    pub(crate) fn log(&self) -> Vec<u8> {
        locked(&self.log).clone()
    }

    /// All that it printed so far.
    pub(crate) fn stdout(&self) -> Vec<u8> {
        locked(&self.stdout).clone()
    }

    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The most memory that it ever held, in KiB; `None` where the system does not tell.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        line.split_whitespace().next()?.parse().ok()
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// Asks it to end, without waiting.
    pub(crate) fn terminate(&self) {
        signal(&self.child, "TERM");
    }

    /// Stops it where it is, without its knowing.
    pub(crate) fn pause(&self) {
        signal(&self.child, "STOP");
    }

    /// Lets it go on.
    pub(crate) fn resume(&self) {
        signal(&self.child, "CONT");
    }

    /// Tells it that its terminal is gone, without waiting.
    pub(crate) fn hang_up(&self) {
        signal(&self.child, "HUP");
    }

    /// Waits for its end; gives how it ended and all that it logged and printed.
    pub(crate) fn ended(mut self) -> (ExitStatus, Vec<u8>, Vec<u8>) {
        until("the server ends", || !self.is_running());
        let status = self.child.wait().expect("an end");
        self.readers.drain(..).for_each(|reader| reader.join().expect("a reader"));
        (status, self.log(), self.stdout())
    }

    /// Asks it to end, and waits.
    pub(crate) fn stop(self) -> (ExitStatus, Vec<u8>, Vec<u8>) {
        self.terminate();
        self.ended()
    }

    fn end(&mut self) {
        // OK because it may have ended already
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        if thread::panicking() {
            let log = self.log();
            let tail = log.len().saturating_sub(4000);
            eprintln!("--- end of the server's log\n{}", String::from_utf8_lossy(&log[tail..]));
        }
    }
}

/// Sends a signal by its name.
pub(crate) fn signal(child: &Child, name: &str) {
    let asked = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status();
    assert!(asked.is_ok_and(|status| status.success()), "kill -{name}");
}

/// Keeps what a pipe brings, and tells the address once it is read.
fn keep(
    pipe: impl Read + Send + 'static,
    into: &Arc<Mutex<Vec<u8>>>,
    found: mpsc::Sender<SocketAddr>,
) -> JoinHandle<()> {
    let into = Arc::clone(into);
    thread::spawn(move || {
        let (mut pipe, mut line) = (BufReader::new(pipe), Vec::new());
        while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            if let Some(address) = address_in(&String::from_utf8_lossy(&line)) {
                // OK because nobody waits for it a second time
                let _ = found.send(address);
            }
            locked(&into).append(&mut line);
        }
    })
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(" serves http")?;
    let (_, rest) = rest.split_once("://")?;
    rest.split_whitespace().next()?.parse().ok()
}

fn locked(bytes: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}
