//! The key ring that seals secrets: where it is, whether it fits the database, and how its file is changed.

use crate::{
    config::{Config, config_error},
    database::Database,
    error::Error,
    private_file,
};
use countersign_core::Secret;
use countersign_store::{KeyFile, KeyRing, Seal, SealedText};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A key ring in use.
#[derive(Clone)]
pub(crate) enum Ring {
    /// That of `COUNTERSIGN_KEYS`, which stays.
    Fixed(Arc<KeyRing>),
    /// That of a file, which other processes change.
    File(Arc<KeyFile>),
}

impl Ring {
    /// As it is at this moment.
    pub(crate) fn now(&self) -> Arc<KeyRing> {
        match self {
            Self::Fixed(ring) => Arc::clone(ring),
            Self::File(file) => file.ring(),
        }
    }

    pub(crate) fn seal(&self) -> Arc<dyn Seal> {
        match self {
            Self::Fixed(ring) => Arc::clone(ring) as _,
            Self::File(file) => Arc::clone(file) as _,
        }
    }
}

/// Where the key ring is.
pub(crate) enum Place<'a> {
    /// In `COUNTERSIGN_KEYS`.
    Variable(&'a str),
    /// In a file.
    File(PathBuf),
}

impl<'a> Place<'a> {
    pub(crate) fn of(config: &Config, database: &Database, keys: Option<&'a str>) -> Self {
        match keys {
            Some(text) => Self::Variable(text),
            None if config.keys.as_os_str().is_empty() => Self::File(database.beside("countersign.keys")),
            None => Self::File(config.keys.clone()),
        }
    }

    /// The ring, whatever it opens; `None` where there is no file.
    pub(crate) fn open(&self) -> Result<Option<Ring>, Error> {
        match self {
            Self::Variable(text) => {
                let ring = KeyRing::parse(text);
                let ring = ring.map_err(|bad| config_error("COUNTERSIGN_KEYS", &bad.to_string()))?;
                Ok(Some(Ring::Fixed(Arc::new(ring))))
            }
            Self::File(file) => Ok(KeyFile::open(file)?.map(|file| Ring::File(Arc::new(file)))),
        }
    }

    /// The ring, if it fits what was sealed; it is made where nothing was, unless other nodes would not have it.
    pub(crate) fn open_to_seal(
        &self,
        sealed: &[SealedText],
        database: &Database,
        may_make: bool,
        notices: &mut Vec<String>,
    ) -> Result<Ring, Error> {
        let ring = match (self, self.open()?, sealed.first()) {
            (_, Some(ring), _) => ring,
            (Self::File(file), None, None) if may_make => make(file, notices)?,
            (_, None, None) => return Err(config_error(&self.name(), SHARED)),
            (_, None, secret) => return Err(self.lacks(&secret.map(key_of).unwrap_or_default(), database)),
        };
        self.check(&ring.now(), sealed, database, notices)?;
        Ok(ring)
    }

    /// That the ring opens something of what was sealed; what it does not open, by which key, is noteworthy.
    fn check(
        &self,
        ring: &KeyRing,
        sealed: &[SealedText],
        database: &Database,
        notices: &mut Vec<String>,
    ) -> Result<(), Error> {
        let mut waiting: Vec<(String, bool)> = Vec::new();
        for secret in sealed {
            let key = key_of(secret);
            let opens = || ring.open(&secret.row, secret.text.expose()).is_ok();
            match waiting.iter_mut().find(|(known, _)| *known == key) {
                Some((_, true)) => {}
                Some((_, opened)) => *opened = opens(),
                None => waiting.push((key, opens())),
            }
        }
        let fits = waiting.is_empty() || waiting.iter().any(|(_, opened)| *opened);
        let mut unfit = waiting.into_iter().filter(|(_, opened)| !opened).map(|(key, _)| {
            if ring.ids().any(|id| id == key) {
                let message = format!(
                    "key {key} opens none of the secrets in {database} that it should have sealed: {REMEDY}"
                );
                config_error(&self.name(), &message)
            } else {
                self.lacks(&key, database)
            }
        });
        if !fits && let Some(error) = unfit.next() {
            return Err(error);
        }
        notices.extend(unfit.map(|error| format!("{error}. What it sealed is refused with 503 until then")));
        Ok(())
    }

    fn lacks(&self, key: &str, database: &Database) -> Error {
        let message = format!("key {key} is missing: it sealed secrets in {database}: {REMEDY}");
        config_error(&self.name(), &message)
    }

    /// As messages call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Variable(_) => "COUNTERSIGN_KEYS".into(),
            Self::File(path) => format!("key ring {}", path.display()),
        }
    }
}

fn make(file: &Path, notices: &mut Vec<String>) -> Result<Ring, Error> {
    let (opened, made) = KeyFile::open_or_create(file)?;
    if made {
        notices.push(format!(
            "made key {} in {}: it seals the secrets in the database; keep a copy, apart from the database's",
            opened.ring().active(),
            file.display()
        ));
    }
    Ok(Ring::File(Arc::new(opened)))
}

/// A ring's file, which no other process changes meanwhile.
pub(crate) struct Held {
    path: PathBuf,
    _lock: File,
}

impl Held {
    /// Waits for those who change it, and reads it.
    ///
    /// # Errors
    ///
    /// [`Error`] where there is none, or it cannot be read, or changed.
    pub(crate) fn take(path: &Path) -> Result<(Self, KeyRing), Error> {
        // Where it is a link, its target is what is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let absent = || Error::Refused(format!("there is no key ring {}: {MADE_BY}", path.display()));
        if !path.exists() {
            return Err(absent());
        }
        let lock = private_file::lock(&path).map_err(|source| failed(&path, source))?;
        let ring = KeyRing::read(&path)?.ok_or_else(absent)?;
        Ok((Self { path, _lock: lock }, ring))
    }

    /// Replaces it as a whole.
    ///
    /// # Errors
    ///
    /// [`Error::File`] where it cannot be written.
    pub(crate) fn write(&self, text: &Secret) -> Result<(), Error> {
        private_file::replace(&self.path, text.expose().as_bytes())
            .map_err(|source| failed(&self.path, source))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn failed(path: &Path, source: std::io::Error) -> Error {
    Error::File { path: path.into(), source }
}

fn key_of(sealed: &SealedText) -> String {
    KeyRing::key_of(sealed.text.expose()).unwrap_or_default().into()
}

const REMEDY: &str = "put your copy of the ring back there, or name its place with `keys` or COUNTERSIGN_KEYS; without it \
                      these secrets are lost, and only a new database can start";
/// Why a ring is not made where several nodes would each make their own.
const SHARED: &str = "is not there, and with single_node = false none is made, since each node would make its own: give all nodes \
                      the same one, such as COUNTERSIGN_KEYS from `countersign keys new`, or a file with that line and mode 0600";
/// How a ring comes into being.
pub(crate) const MADE_BY: &str =
    "the server makes it at its first start, and so does the first command that seals a secret";
