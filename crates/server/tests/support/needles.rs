//! Finds secrets in bytes, in every form in which they could have been written.

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};
use countersign_core::percent;
use std::{collections::HashMap, fmt::Write, fs, path::Path};

/// What must not be found, and where not.
pub(crate) struct Needles {
    all: Vec<(Vec<u8>, String)>,
    /// By their first bytes, so that one pass finds all.
    by_start: HashMap<[u8; START], Vec<usize>>,
    /// Which first two bytes one has: most places are passed over by these alone.
    begins: Vec<bool>,
}

impl Default for Needles {
    fn default() -> Self {
        Self { all: Vec::new(), by_start: HashMap::new(), begins: vec![false; 1 << 16] }
    }
}

/// Bytes that every form has at least.
const START: usize = 6;

impl Needles {
    /// Adds a secret in all its forms.
    pub(crate) fn add(&mut self, what: &str, secret: &str) {
        assert!(secret.len() >= 8, "{what}: too short to be searched for");
        for (form, needle) in forms(secret) {
            let start = needle.first_chunk().copied().expect("a needle that is long enough");
            self.begins[pair(&start)] = true;
            self.by_start.entry(start).or_default().push(self.all.len());
            self.all.push((needle, format!("{what}, {form}")));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// What was found, by name, each once.
    pub(crate) fn found_in(&self, bytes: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        for (at, start) in bytes.windows(START).enumerate() {
            if !self.begins[pair(start)] {
                continue;
            }
            let Some(candidates) =
                <&[u8; START]>::try_from(start).ok().and_then(|start| self.by_start.get(start))
            else {
                continue;
            };
            let here = candidates.iter().map(|index| &self.all[*index]);
            for (_, name) in here.filter(|(needle, _)| bytes[at..].starts_with(needle)) {
                if !found.contains(name) {
                    found.push(name.clone());
                }
            }
        }
        found
    }
}

fn pair(start: &[u8]) -> usize {
    usize::from(start[0]) << 8 | usize::from(start[1])
}

/// A secret as it is, and as logs, databases and messages may write it.
pub(crate) fn forms(secret: &str) -> Vec<(String, Vec<u8>)> {
    let hex = |prefix: &str, upper: bool| {
        secret.bytes().fold(String::new(), |mut out, byte| {
            // OK because writing to a string cannot fail
            let _ = if upper { write!(out, "{prefix}{byte:02X}") } else { write!(out, "{prefix}{byte:02x}") };
            out
        })
    };
    let mut forms = vec![
        ("raw".into(), secret.to_owned()),
        ("escaped for a debug line".into(), secret.escape_debug().to_string()),
        ("percent-encoded".into(), percent::encode(secret)),
        ("percent-encoded twice".into(), percent::encode(percent::encode(secret))),
        ("every byte percent-encoded".into(), hex("%", true)),
        ("every byte percent-encoded, lower case".into(), hex("%", false)),
        ("hex".into(), hex("", false)),
        ("upper-case hex".into(), hex("", true)),
    ];
    for offset in 0..3 {
        let padded = [&vec![0; offset], secret.as_bytes()].concat();
        // Only the characters that the secret alone decides.
        let known = [0, 2, 3][offset]..padded.len() * 8 / 6;
        forms.push((
            format!("base64 at offset {offset}"),
            Base64Unpadded::encode_string(&padded)[known.clone()].into(),
        ));
        forms.push((
            format!("base64url at offset {offset}"),
            Base64UrlUnpadded::encode_string(&padded)[known].into(),
        ));
    }
    forms.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

/// All files of a folder that are of interest, one after the other; sockets and what is gone by now are none.
pub(crate) fn contents(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Vec<u8> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => {
            let files = fs::read_dir(path).into_iter().flatten().flatten();
            files.flat_map(|file| contents(&file.path(), wanted)).collect()
        }
        Ok(found) if found.is_file() && wanted(path) => fs::read(path).unwrap_or_default(),
        _ => Vec::new(),
    }
}
