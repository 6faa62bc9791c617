//! A proxy that runs in the foreground. Dropped, it is ended.

use crate::support::{PATIENCE, server::signal};
use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

pub(crate) struct Process(Child);

impl Process {
    /// Starts it and waits until it listens; its output is kept in the folder.
    pub(crate) fn start(mut command: Command, folder: &Path, port: u16) -> Result<Self, String> {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = folder.join(format!("{}.log", Path::new(&name).file_name().unwrap_or_default().display()));
        let (out, err) = File::create(&log)
            .and_then(|file| Ok((file.try_clone()?, file)))
            .map_err(|error| error.to_string())?;
        command.current_dir(folder).stdin(Stdio::null()).stdout(out).stderr(err);
        let mut process = Self(command.spawn().map_err(|error| format!("{name}: {error}: run ./dev setup"))?);
        let (start, address) = (Instant::now(), SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        while TcpStream::connect(address).is_err() {
            let ended = process.0.try_wait().map_err(|error| error.to_string())?;
            if ended.is_some() || start.elapsed() > PATIENCE {
                let said = fs::read_to_string(&log).unwrap_or_default();
                return Err(format!("{name} does not serve ({ended:?}):\n{said}"));
            }
            thread::park_timeout(Duration::from_millis(5));
        }
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            signal(&self.0, "TERM");
            let start = Instant::now();
            while start.elapsed() < TO_END && matches!(self.0.try_wait(), Ok(None)) {
                thread::park_timeout(Duration::from_millis(5));
            }
        }
        // OK because it has ended, unless it did not listen
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program by its name, from where Debian puts it even if that is not in the path.
pub(crate) fn program(name: &str) -> Command {
    let path = Path::new("/usr/sbin").join(name);
    Command::new(if path.exists() { path } else { PathBuf::from(name) })
}

/// How long it may take to end before it is killed.
const TO_END: Duration = Duration::from_secs(2);
