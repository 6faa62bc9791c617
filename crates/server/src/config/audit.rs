//! `[audit]`: where events go beside the database, and for how long they stay in it.

use super::{check::folder_of, config_error};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `[audit]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "countersign.example.toml explains each key")]
pub struct Audit {
    pub stream: String,
    pub keep: u32,
}

/// Where the stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream<'a> {
    Nowhere,
    Stdout,
    File(&'a Path),
}

impl Audit {
    pub(crate) fn stream(&self) -> Stream<'_> {
        match self.stream.as_str() {
            "" => Stream::Nowhere,
            "stdout" => Stream::Stdout,
            path => Stream::File(Path::new(path)),
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        match self.stream() {
            Stream::File(_) if self.stream == "stderr" => Err(config_error(
                "audit.stream",
                "is stderr, where the log is: use \"stdout\", or name a file",
            )),
            Stream::File(path) => folder_of("audit.stream", path),
            Stream::Nowhere | Stream::Stdout => Ok(()),
        }
    }
}
