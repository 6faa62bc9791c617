//! Whether a file has changed, told without reading it.

use std::{
    fs::{self, Metadata},
    path::Path,
};

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
