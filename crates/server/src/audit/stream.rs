//! Audit events as JSON, a line each, for whoever collects them: standard output or a file.
//!
//! A thread of its own writes, so that nobody waits. A file is only appended to, and opened again under its name once it was
//! renamed, so that it may be rotated.

use crate::{
    config::{Stream as Target, config_error},
    error::Error,
};
use countersign_store::AuditEntry;
use serde::Serialize;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread,
    time::Duration,
};

/// Takes events without waiting.
pub(crate) struct Stream {
    queue: SyncSender<Message>,
    /// Whether the last event found no room, so that it is told once.
    overflowed: AtomicBool,
}

enum Message {
    Event(Box<AuditEntry>),
    /// Whoever sent this waits until all that came before is written.
    Flush(mpsc::Sender<()>),
}

/// What a line holds. No secret fits in it; the token's identifier is the database's alone.
#[derive(Serialize)]
struct Line<'a> {
    at: u64,
    event: &'a str,
    client: Option<&'a str>,
    owner: Option<&'a str>,
    address: Option<&'a str>,
    detail: Option<&'a str>,
}

impl Stream {
    /// `None` where nobody collects them.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a file that cannot be written.
    pub(crate) fn open(target: Target<'_>) -> Result<Option<Self>, Error> {
        let out: Box<dyn Out> = match target {
            Target::Nowhere => return Ok(None),
            Target::Stdout => Box::new(io::stdout()),
            Target::File(path) => {
                let failed = |error| config_error("audit.stream", &format!("{}: {error}", path.display()));
                Box::new(Appended::open(path).map_err(failed)?)
            }
        };
        let (queue, events) = mpsc::sync_channel(WAITING);
        let writer = thread::Builder::new().name("audit".into());
        writer.spawn(move || write(out, &events)).map_err(Error::System)?;
        Ok(Some(Self { queue, overflowed: AtomicBool::new(false) }))
    }

    /// Takes an event; where too many wait, it is lost, with one error in the log.
    pub(crate) fn send(&self, entry: AuditEntry) {
        match self.queue.try_send(Message::Event(Box::new(entry))) {
            Ok(()) => self.overflowed.store(false, Ordering::Relaxed),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                if !self.overflowed.swap(true, Ordering::Relaxed) {
                    tracing::error!(
                        "audit.stream takes nothing more: events are lost there, and are in the database alone"
                    );
                }
            }
        }
    }

    /// Waits until all that was sent is written, or for a few seconds.
    pub(crate) fn flush(&self) {
        let (written, told) = mpsc::channel();
        if self.queue.try_send(Message::Flush(written)).is_ok() {
            // OK because nothing more can be done for it
            let _ = told.recv_timeout(LAST);
        }
    }
}

/// Where lines go.
trait Out: Send {
    fn put(&mut self, lines: &[u8]) -> io::Result<()>;
}

impl Out for io::Stdout {
    fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        self.write_all(lines)?;
        self.flush()
    }
}

/// A file that grows at its end.
struct Appended {
    path: PathBuf,
    file: File,
}

impl Appended {
    fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o640);
        Ok(Self { path: path.into(), file: options.open(path)? })
    }

    /// Whether the name stands for this very file still.
    #[cfg(unix)]
    fn is_in_place(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let of = |found: &fs::Metadata| (found.dev(), found.ino());
        matches!((fs::metadata(&self.path), self.file.metadata()), (Ok(there), Ok(here)) if of(&there) == of(&here))
    }

    #[cfg(not(unix))]
    fn is_in_place(&self) -> bool {
        fs::metadata(&self.path).is_ok()
    }
}

impl Out for Appended {
    fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        if !self.is_in_place() {
            *self = Self::open(&self.path)?;
        }
        self.file.write_all(lines)
    }
}

/// Writes what waits, all at once, until nobody can send any more.
fn write(mut out: Box<dyn Out>, events: &Receiver<Message>) {
    let (mut lines, mut waiting, mut failed) = (Vec::new(), Vec::new(), false);
    while let Ok(first) = events.recv() {
        for message in std::iter::once(first).chain(events.try_iter()) {
            match message {
                Message::Event(entry) => line(&entry, &mut lines),
                Message::Flush(told) => waiting.push(told),
            }
            if lines.len() >= AT_ONCE {
                break;
            }
        }
        let written = out.put(&lines);
        if let Err(error) = &written
            && !failed
        {
            tracing::error!(%error, "audit.stream cannot be written: events are in the database alone");
        }
        failed = written.is_err();
        lines.clear();
        for told in waiting.drain(..) {
            // OK because whoever waits no more needs no answer
            let _ = told.send(());
        }
    }
}

fn line(entry: &AuditEntry, into: &mut Vec<u8>) {
    let line = Line {
        at: entry.at.seconds(),
        event: &entry.event,
        client: entry.client.as_ref().map(countersign_core::ClientId::as_str),
        owner: entry.owner.as_ref().map(countersign_store::ResourceOwner::as_str),
        address: entry.address.as_deref(),
        detail: entry.detail.as_deref(),
    };
    // OK because a buffer takes whatever is written
    let _ = serde_json::to_writer(&mut *into, &line);
    into.push(b'\n');
}

/// How many events may wait while nothing can be written.
const WAITING: usize = 20_000;
/// Bytes that are written at once.
const AT_ONCE: usize = 1 << 16;
/// How long the last events may take.
const LAST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_core::{ClientId, Timestamp, TokenId};
    use serde_json::Value;

    fn entry(number: u64) -> AuditEntry {
        AuditEntry {
            client: ClientId::new("printer \"1\"\n").ok().or_else(|| ClientId::new("printer \"1\"").ok()),
            token: TokenId::new("a-token-identifier").ok(),
            address: Some("192.0.2.1".into()),
            ..AuditEntry::new(Timestamp::from_seconds(number), "issued")
        }
    }

    fn lines(path: &Path) -> Vec<Value> {
        let text = fs::read_to_string(path).expect("a file");
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    #[test]
    fn each_event_is_a_line_and_holds_no_token() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("audit.jsonl");
        let stream = Stream::open(Target::File(&path)).expect("a file").expect("a stream");
        (0..3000).for_each(|number| stream.send(entry(number)));
        stream.flush();
        let lines = lines(&path);
        assert_eq!(lines.len(), 3000);
        assert!((0..).zip(&lines).all(|(number, line)| line["at"] == number), "in their order");
        assert_eq!((&lines[0]["event"], &lines[0]["client"]), (&"issued".into(), &"printer \"1\"".into()));
        assert!(!fs::read_to_string(&path).expect("a file").contains("a-token"));
    }

    #[test]
    fn a_rotated_file_begins_anew_under_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, old) = (folder.path().join("audit.jsonl"), folder.path().join("audit.jsonl.1"));
        fs::write(&path, "{\"at\":0}\n").expect("a file");
        let stream = Stream::open(Target::File(&path)).expect("a file").expect("a stream");
        stream.send(entry(1));
        stream.flush();
        fs::rename(&path, &old).expect("renamed");
        stream.send(entry(2));
        stream.flush();
        assert_eq!((lines(&old).len(), lines(&path).len()), (2, 1), "what was there stays");
    }

    #[test]
    fn whoever_fills_the_queue_makes_nobody_wait() {
        let (queue, events) = mpsc::sync_channel(2);
        let stream = Stream { queue, overflowed: AtomicBool::new(false) };
        (0..100).for_each(|number| stream.send(entry(number)));
        assert_eq!(events.try_iter().count(), 2);
        assert!(stream.overflowed.load(Ordering::Relaxed));
        stream.send(entry(100));
        assert!(!stream.overflowed.load(Ordering::Relaxed), "it goes on once there is room");
    }
}
