//! Files that hold keys: read by their owner alone, replaced as a whole, changed by one process at a time.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// Waits until no other process changes this file, until what is returned is dropped.
///
/// The file beside it stays behind, or one who waits for it would hold a file that is gone.
pub(crate) fn lock(path: &Path) -> io::Result<File> {
    let lock = private().create(true).truncate(false).open(beside(path, ".lock"))?;
    keep_owner(path, &lock)?;
    lock.lock()?;
    Ok(lock)
}

/// Replaces a file: who reads it meanwhile sees all or nothing of that, and a crash leaves one of the two.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = beside(path, ".new");
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().create_new(true).open(&new)?;
    keep_owner(path, &file)?;
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
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The server may run as another user than the one who types the command, and must still read it.
#[cfg(unix)]
fn keep_owner(path: &Path, new: &File) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    match fs::metadata(path) {
        Ok(old) if old.uid() != new.metadata()?.uid() => fchown(new, Some(old.uid()), None),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    name.into()
}
