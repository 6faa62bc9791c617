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
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender, TrySendError},
    },
    thread,
    time::Duration,
};

/// Takes events without waiting.
pub(crate) struct Stream {
    queue: SyncSender<Box<AuditEntry>>,
    /// Whether the last event found no room, so that it is told once.
    overflowed: AtomicBool,
    /// How many events were taken.
    taken: AtomicU64,
    done: Arc<Done>,
}

/// With how many events the writer is done, and that there are more now.
#[derive(Default)]
struct Done {
    count: Mutex<u64>,
    more: Condvar,
}

/// What a line holds. No secret fits in it; the token's identifier is the database's alone.
#[derive(Serialize)]
struct Line<'a> {
    at: u64,
    event: &'a str,
    client: Option<&'a str>,
    owner: Option<&'a str>,
    actor: Option<&'a str>,
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
        let (stream, events) = Self::queued();
        let (writer, done) = (thread::Builder::new().name("audit".into()), Arc::clone(&stream.done));
        writer.spawn(move || write(Lines { out, is_torn: false }, &events, &done)).map_err(Error::System)?;
        Ok(Some(stream))
    }

    fn queued() -> (Self, Receiver<Box<AuditEntry>>) {
        let (queue, events) = mpsc::sync_channel(WAITING);
        let (overflowed, taken) = (AtomicBool::new(false), AtomicU64::new(0));
        (Self { queue, overflowed, taken, done: Arc::default() }, events)
    }

    /// Takes an event; where too many wait, it is lost, with one error in the log.
    pub(crate) fn send(&self, entry: AuditEntry) {
        match self.queue.try_send(Box::new(entry)) {
            Ok(()) => {
                self.taken.fetch_add(1, Ordering::Relaxed);
                self.overflowed.store(false, Ordering::Relaxed);
            }
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                if !self.overflowed.swap(true, Ordering::Relaxed) {
                    tracing::error!(
                        "audit.stream takes nothing more: events are lost there, and are in the database alone"
                    );
                }
            }
        }
    }

    /// Waits until all that was sent is written, or for a few seconds; what was not by then is told in the log.
    pub(crate) fn flush(&self) {
        let lost = self.left_after(LAST);
        if lost > 0 {
            tracing::error!(
                lost,
                "audit.stream did not take the last events in time: they are in the database alone"
            );
        }
    }

    /// How many events are not written after so long.
    fn left_after(&self, longest: Duration) -> u64 {
        let taken = self.taken.load(Ordering::Relaxed);
        let count = self.done.count.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.done.more.wait_timeout_while(count, longest, |count| *count < taken);
        taken.saturating_sub(*waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

impl Done {
    fn add(&self, events: u64) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += events;
        self.more.notify_all();
    }
}

/// Where lines go.
trait Out: Write + Send {
    /// Whether what comes now goes to another place than what came before.
    fn moves_on(&mut self) -> io::Result<bool> {
        Ok(false)
    }
}

impl Out for io::Stdout {}

/// Whole lines: one that a failure cut short is ended before the next begins.
struct Lines<O> {
    out: O,
    is_torn: bool,
}

impl Lines<Box<dyn Out>> {
    fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        self.is_torn &= !self.out.moves_on()?;
        self.append(lines)
    }
}

impl<O: Write> Lines<O> {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let end: &[u8] = if self.is_torn { b"\n" } else { b"" };
        for mut left in [end, lines] {
            while !left.is_empty() {
                match self.out.write(left) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(written) => {
                        self.is_torn = left[written - 1] != b'\n';
                        left = &left[written..];
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        self.out.flush()
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

impl Write for Appended {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Out for Appended {
    fn moves_on(&mut self) -> io::Result<bool> {
        let moves = !self.is_in_place();
        if moves {
            *self = Self::open(&self.path)?;
        }
        Ok(moves)
    }
}

/// Writes what waits, all at once, until nobody can send any more.
fn write(mut out: Lines<Box<dyn Out>>, events: &Receiver<Box<AuditEntry>>, done: &Done) {
    let (mut lines, mut failed) = (Vec::new(), false);
    while let Ok(first) = events.recv() {
        let mut count = 0;
        for entry in std::iter::once(first).chain(events.try_iter()) {
            line(&entry, &mut lines);
            count += 1;
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
        done.add(count);
    }
}

fn line(entry: &AuditEntry, into: &mut Vec<u8>) {
    // Without `..`, so that nothing new is forgotten here.
    let AuditEntry { at, event, client, owner, token: _, actor, address, detail } = entry;
    let line = Line {
        at: at.seconds(),
        event,
        client: client.as_ref().map(countersign_core::ClientId::as_str),
        owner: owner.as_ref().map(countersign_store::ResourceOwner::as_str),
        actor: actor.as_deref(),
        address: address.as_deref(),
        detail: detail.as_deref(),
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
            actor: Some("admin jane".into()),
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
        assert_eq!(lines[0]["actor"], "admin jane");
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
        let (stream, events) = Stream::queued();
        (0..WAITING as u64 + 100).for_each(|number| stream.send(entry(number)));
        assert_eq!(events.try_iter().count(), WAITING);
        assert!(stream.overflowed.load(Ordering::Relaxed));
        stream.send(entry(100));
        assert!(!stream.overflowed.load(Ordering::Relaxed), "it goes on once there is room");
    }

    #[test]
    fn a_flush_waits_for_a_full_queue_and_says_what_was_not_written() {
        let (stream, events) = Stream::queued();
        (0..WAITING as u64 + 1).for_each(|number| stream.send(entry(number)));
        assert_eq!(stream.left_after(Duration::ZERO), WAITING as u64);
        let (folder, done) = (tempfile::tempdir().expect("a folder"), Arc::clone(&stream.done));
        let path = folder.path().join("audit.jsonl");
        let out = Appended::open(&path).expect("a file");
        let writer =
            thread::spawn(move || write(Lines { out: Box::new(out), is_torn: false }, &events, &done));
        assert_eq!(stream.left_after(Duration::from_secs(60)), 0);
        assert_eq!(lines(&path).len(), WAITING);
        drop(stream);
        writer.join().expect("it ends with the last sender");
    }

    #[test]
    fn a_line_that_a_full_disk_cut_short_does_not_spoil_the_next() {
        /// A disk of so much room.
        struct Disk(Vec<u8>, usize);
        impl Write for Disk {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let fits = bytes.len().min(self.1 - self.0.len());
                self.0.extend(&bytes[..fits]);
                if fits == 0 { Err(ErrorKind::StorageFull.into()) } else { Ok(fits) }
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut lines = Lines { out: Disk(Vec::new(), 8), is_torn: false };
        assert!(lines.append(b"first\nsecond\n").is_err() && lines.append(b"lost\n").is_err());
        lines.out.1 = 100;
        lines.append(b"third\n").expect("room");
        lines.append(b"fourth\n").expect("room");
        assert_eq!(String::from_utf8_lossy(&lines.out.0), "first\nse\nthird\nfourth\n");
    }
}
