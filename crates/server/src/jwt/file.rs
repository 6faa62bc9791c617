//! The key file: read by its owner alone, replaced as a whole, changed by one process at a time.

use super::keys::Keys;
use crate::{config::Config, error::Error};
use std::{
    ffi::OsString,
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Where the keys are: `identity.jwt_keys`, or beside the database.
pub(crate) fn place(config: &Config) -> Result<PathBuf, Error> {
    if config.identity.jwt_keys.as_os_str().is_empty() {
        return Ok(config.database_path()?.with_file_name(NAME));
    }
    Ok(config.identity.jwt_keys.clone())
}

/// Reads the keys; `None` where there is no file.
///
/// # Errors
///
/// [`Error::File`] where it cannot be read, is open to others, or holds no keys.
pub(crate) fn read(path: &Path) -> Result<Option<Keys>, Error> {
    let failed = |source| Error::File { path: path.into(), source };
    let mut text = Zeroizing::new(String::new());
    match File::open(path) {
        Ok(mut file) => {
            let found = file.metadata().map_err(failed)?;
            check_mode(&found).map_err(failed)?;
            // Of its full length at once: growing would leave copies behind.
            text.reserve(usize::try_from(found.len()).unwrap_or_default().min(LONGEST) + 1);
            file.read_to_string(&mut text).map_err(failed)?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    Keys::parse(&text).map(Some).map_err(|bad| failed(io::Error::new(ErrorKind::InvalidData, bad)))
}

/// Changes the keys, or makes the file: who reads it meanwhile sees all or nothing of that.
///
/// # Errors
///
/// As [`read`], where it cannot be written, and what `change` refuses; then nothing has changed.
pub(crate) fn change<T>(path: &Path, change: impl FnOnce(&mut Keys) -> Result<T, Error>) -> Result<T, Error> {
    let failed = |source| Error::File { path: path.into(), source };
    // Held until the end; it stays behind, or one who waits for it would hold a file that is gone.
    let lock = private().create(true).truncate(false).open(beside(path, ".lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let mut keys = read(path)?.unwrap_or_default();
    let done = change(&mut keys)?;
    let text = keys.to_text().map_err(|_| failed(io::Error::other("a key cannot be written")))?;
    replace(path, text.as_bytes()).map_err(failed)?;
    Ok(done)
}

fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    // That the name is on the disk too.
    #[cfg(unix)]
    File::open(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?
        .sync_all()?;
    Ok(())
}

/// For writing, by its owner alone.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(u64, [i64; 4]);

/// The file's state; `None` where there is none.
pub(crate) fn stamp(path: &Path) -> Option<Stamp> {
    fs::metadata(path).ok().map(|found| Stamp(found.len(), times(&found)))
}

/// With the time of its last change of mode, which decides whether it may be read.
#[cfg(unix)]
fn times(found: &Metadata) -> [i64; 4] {
    use std::os::unix::fs::MetadataExt;
    [found.ino().cast_signed(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()]
}

#[cfg(not(unix))]
fn times(found: &Metadata) -> [i64; 4] {
    let since = found.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let since = since.unwrap_or_default();
    [since.as_secs().cast_signed(), since.subsec_nanos().into(), 0, 0]
}

#[cfg(unix)]
fn check_mode(found: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    if found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::PermissionDenied, "others can read it: chmod 600"))
}

#[cfg(not(unix))]
fn check_mode(_: &Metadata) -> io::Result<()> {
    Ok(())
}

const NAME: &str = "countersign.jwt-keys";
/// More than any such file has.
const LONGEST: usize = 1 << 20;
