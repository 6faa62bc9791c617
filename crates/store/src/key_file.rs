//! A key ring in a file that other processes change: followed for as long as it is in use.

use crate::{
    key_ring::{BadKeyRing, KeyRing},
    sealed::Seal,
};
use countersign_core::Secret;
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// A key ring in a file, as the file has it now.
///
/// The file's times are looked at once a second at most, before anything is sealed, and at once where a secret names a key that is
/// not known; the file is read where they changed. So a key that another process puts in front is known here before
/// it is met, and nothing is sealed under a key that was taken out.
///
/// A file that cannot be read leaves the ring of before in use, and one warning in the log.
///
/// # Examples
///
/// ```
/// use countersign_store::{KeyFile, KeyRing, MemoryStore, Sealed};
/// use std::sync::Arc;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("countersign.keys");
/// let (keys, made) = KeyFile::open_or_create(&path)?;
/// assert!(made && KeyFile::open(&path)?.is_some());
/// let store = Sealed::new(MemoryStore::default(), Arc::new(keys));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
pub struct KeyFile {
    path: PathBuf,
    ring: RwLock<Arc<KeyRing>>,
    opened: Instant,
    /// The second after opening in which the file was last looked at.
    looked: AtomicU64,
    seen: Mutex<Seen>,
}

/// The file as it was last read.
struct Seen {
    stamp: Option<Stamp>,
    /// Why that failed, as it was told.
    failed: Option<String>,
}

impl KeyFile {
    /// Opens a file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// As [`KeyRing::read`].
    pub fn open(path: &Path) -> Result<Option<Self>, BadKeyRing> {
        // Before it is read, so that a change meanwhile is seen the next time.
        let stamp = stamp(path);
        Ok(KeyRing::read(path)?.map(|ring| Self::following(path, ring, stamp)))
    }

    /// Opens a file, or makes one with a new key; tells whether it was made.
    ///
    /// # Errors
    ///
    /// As [`KeyRing::read_or_create`].
    pub fn open_or_create(path: &Path) -> Result<(Self, bool), BadKeyRing> {
        if let Some(opened) = Self::open(path)? {
            return Ok((opened, false));
        }
        // What it looks like is found out at the first look.
        KeyRing::read_or_create(path).map(|(ring, made)| (Self::following(path, ring, None), made))
    }

    fn following(path: &Path, ring: KeyRing, stamp: Option<Stamp>) -> Self {
        Self {
            path: path.into(),
            ring: RwLock::new(Arc::new(ring)),
            opened: Instant::now(),
            looked: AtomicU64::new(0),
            seen: Mutex::new(Seen { stamp, failed: None }),
        }
    }

    /// The ring as the file has it at this moment.
    #[must_use]
    pub fn ring(&self) -> Arc<KeyRing> {
        self.look(self.seen.lock().unwrap_or_else(PoisonError::into_inner));
        self.known()
    }

    fn known(&self) -> Arc<KeyRing> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at the file, unless that was done in this second or is being done.
    fn look_now_and_then(&self) {
        let second = self.opened.elapsed().as_secs();
        if self.looked.swap(second, Ordering::Relaxed) != second
            && let Ok(seen) = self.seen.try_lock()
        {
            self.look(seen);
        }
    }

    /// Reads the file where it changed, and again where that failed before.
    fn look(&self, mut seen: MutexGuard<'_, Seen>) {
        let stamp = stamp(&self.path);
        if seen.stamp == stamp && seen.failed.is_none() {
            return;
        }
        seen.stamp = stamp;
        match self.read() {
            Ok(ring) => {
                seen.failed = None;
                if !ring.is_same(&self.known()) {
                    tracing::info!(keys = ?ring, "read the changed key ring");
                    *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
                }
            }
            Err(why) if seen.failed.as_ref() == Some(&why) => {}
            Err(why) => {
                tracing::warn!(error = why, "the key ring cannot be read: that of before stays");
                seen.failed = Some(why);
            }
        }
    }

    fn read(&self) -> Result<KeyRing, String> {
        match KeyRing::read(&self.path) {
            Ok(Some(ring)) => Ok(ring),
            Ok(None) => Err(format!("key file {}: it is gone", self.path.display())),
            Err(BadKeyRing::File { path, source }) => Err(format!("key file {path}: {source}")),
            Err(other) => Err(other.to_string()),
        }
    }
}

impl Seal for KeyFile {
    fn seal(&self, row: &str, secret: &Secret) -> Result<String, BadKeyRing> {
        self.ring().seal(row, secret)
    }

    fn open(&self, row: &str, sealed: &str) -> Result<Secret, BadKeyRing> {
        self.look_now_and_then();
        match self.known().open(row, sealed) {
            Err(BadKeyRing::UnknownKey(_)) => self.ring().open(row, sealed),
            other => other,
        }
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("path", &self.path)
            .field("ring", &self.known())
            .finish_non_exhaustive()
    }
}

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp(u64, [i64; 4]);

/// The file's state; `None` where there is none.
fn stamp(path: &Path) -> Option<Stamp> {
    let found: io::Result<fs::Metadata> = fs::metadata(path);
    found.ok().map(|found| Stamp(found.len(), times(&found)))
}

/// With the time of its last change of mode, which decides whether it may be read.
#[cfg(unix)]
fn times(found: &fs::Metadata) -> [i64; 4] {
    use std::os::unix::fs::MetadataExt;
    [found.ino().cast_signed(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()]
}

#[cfg(not(unix))]
fn times(found: &fs::Metadata) -> [i64; 4] {
    let since = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let since = since.unwrap_or_default();
    [since.as_secs().cast_signed(), since.subsec_nanos().into(), 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const ROW: &str = "token:1";

    fn opened() -> (TempDir, PathBuf, KeyFile) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("countersign.keys");
        let (keys, made) = KeyFile::open_or_create(&path).unwrap();
        assert!(made);
        (folder, path, keys)
    }

    /// As another process does it: the whole file at once.
    fn replace(path: &Path, ring: &KeyRing) {
        let new = path.with_extension("new");
        ring.write_new(&new).unwrap();
        fs::rename(new, path).unwrap();
    }

    #[test]
    fn a_key_that_another_process_put_in_front_is_known_when_it_is_met() {
        let (_folder, path, keys) = opened();
        let old = keys.seal(ROW, &"secret".into()).unwrap();
        let rotated = KeyRing::read(&path).unwrap().unwrap().rotated();
        replace(&path, &rotated);
        // In this second it looked already: the name of the key is what makes it look again.
        keys.look_now_and_then();
        let new = rotated.seal(ROW, &"secret".into()).unwrap();
        for sealed in [&old, &new] {
            assert!(keys.open(ROW, sealed).unwrap().matches("secret"));
        }
        assert_eq!(KeyRing::key_of(&keys.seal(ROW, &"secret".into()).unwrap()), Some(rotated.active()));
    }

    #[test]
    fn nothing_is_sealed_under_a_key_that_was_taken_out() {
        let (_folder, path, keys) = opened();
        let first = keys.ring().active().to_owned();
        let rotated = KeyRing::read(&path).unwrap().unwrap().rotated();
        let alone = rotated.without(&first).unwrap();
        replace(&path, &alone);
        let sealed = keys.seal(ROW, &"secret".into()).unwrap();
        assert_eq!(KeyRing::key_of(&sealed), Some(alone.active()));
    }

    #[test]
    fn a_broken_file_leaves_the_ring_of_before_and_a_mended_one_is_read() {
        let (_folder, path, keys) = opened();
        let sealed = keys.seal(ROW, &"secret".into()).unwrap();
        let good = fs::read(&path).unwrap();
        for broken in ["a:c2hvcnQ=", ""] {
            fs::write(&path, broken).unwrap();
            let missing = KeyRing::generate().seal(ROW, &"secret".into()).unwrap();
            assert!(matches!(keys.open(ROW, &missing), Err(BadKeyRing::UnknownKey(_))));
            assert!(keys.open(ROW, &sealed).is_ok() && keys.seal(ROW, &"secret".into()).is_ok());
            let why = keys.seen.lock().unwrap().failed.clone().unwrap();
            assert!(why.contains("countersign.keys") && !why.contains("c2hvcnQ"), "{why}");
        }
        fs::remove_file(&path).unwrap();
        assert!(keys.open(ROW, &keys.seal(ROW, &"secret".into()).unwrap()).is_ok());
        assert!(keys.seen.lock().unwrap().failed.clone().unwrap().contains("gone"));
        fs::write(&path, good).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert!(keys.ring().open(ROW, &sealed).is_ok() && keys.seen.lock().unwrap().failed.is_none());
    }

    #[test]
    fn a_key_file_shows_no_key() {
        let (_folder, _, keys) = opened();
        let text = keys.ring().to_text();
        let key = text.expose().split_once(':').unwrap().1;
        let shown = format!("{keys:?}");
        assert!(shown.contains(keys.ring().active()) && !shown.contains(key), "{shown}");
    }
}
