//! The API key: from the environment or a file of its owner's, never from an argument, which every process can read.

use super::address::Address;
use crate::error::Error;
use countersign_core::Secret;
use http::HeaderValue;
use std::{fs, path::Path};

/// What is sent as `Authorization`.
pub(super) fn read(address: &Address, file: Option<&Path>) -> Result<HeaderValue, Error> {
    let (from, text) = match file {
        Some(path) => (path.display().to_string(), from_file(path)?),
        None => (VARIABLE.to_owned(), from_environment(address)?),
    };
    let key = text.expose().trim();
    let is_one = !key.is_empty() && key.len() <= 1000 && key.bytes().all(|byte| byte.is_ascii_graphic());
    let value = HeaderValue::try_from(["Bearer ", key].concat()).ok().filter(|_| is_one);
    let mut value =
        value.ok_or_else(|| Error::Refused(format!("{from} holds no API key: it is one word, csk_…")))?;
    value.set_sensitive(true);
    Ok(value)
}

fn from_environment(address: &Address) -> Result<Secret, Error> {
    let found = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    found.map(Secret::from).ok_or_else(|| {
        Error::Refused(format!(
            "no API key for {address}: put it into {VARIABLE}, or name a file with --api-key-file; `countersign api-key new` \
             on the server's machine makes one"
        ))
    })
}

fn from_file(path: &Path) -> Result<Secret, Error> {
    let failed = |source| Error::File { path: path.into(), source };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
        if mode & 0o077 != 0 {
            let told = format!("{}: others than its owner can read it: chmod 600 {0}", path.display());
            return Err(Error::Refused(told));
        }
    }
    fs::read_to_string(path).map(Secret::from).map_err(failed)
}

const VARIABLE: &str = "COUNTERSIGN_API_KEY";
