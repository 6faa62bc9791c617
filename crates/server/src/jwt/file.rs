//! The key file: read by its owner alone, replaced as a whole, changed by one process at a time.

use super::keys::Keys;
use crate::{config::Config, database::Database, error::Error, private_file};
use std::{
    fs::{File, Metadata},
    io::{self, ErrorKind, Read},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Where the keys are: `identity.jwt_keys`, or beside the database.
pub(crate) fn place(config: &Config) -> Result<PathBuf, Error> {
    if config.identity.jwt_keys.as_os_str().is_empty() {
        return Ok(Database::of(config)?.beside(NAME));
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
    let _until_the_end = private_file::lock(path).map_err(failed)?;
    let mut keys = read(path)?.unwrap_or_default();
    let done = change(&mut keys)?;
    let text = keys.to_text().map_err(|_| failed(io::Error::other("a key cannot be written")))?;
    private_file::replace(path, text.as_bytes()).map_err(failed)?;
    Ok(done)
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
