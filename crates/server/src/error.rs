//! Why a command cannot go on: one line that names what, where and what to do.

use countersign_provider::BuildError;
use countersign_store::{BadKeyRing, StoreError, StoreErrorKind};
use countersign_store_sqlite::OpenError;
use std::{error, fmt, path::PathBuf};

/// Why a command cannot go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The configuration cannot work: where it stands, and what is wrong.
    Config {
        /// A file, an environment variable or a flag.
        place: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// A store cannot be reached at this moment: where it is named, and what is wrong.
    Away {
        /// A file, an environment variable or a flag.
        place: String,
        /// What is wrong.
        message: String,
    },
    /// A file cannot be read or written.
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The key ring cannot be used.
    Keys(BadKeyRing),
    /// The address cannot be listened on.
    Listen {
        /// The key that names it.
        key: &'static str,
        /// Which one.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be opened.
    Open(OpenError),
    /// Standard output cannot be written to.
    Output(std::io::Error),
    /// The provider cannot be built.
    Provider(BuildError),
    /// What was asked for cannot be done.
    Refused(String),
    /// The store failed.
    Store(StoreError),
    /// The terminal or the runtime failed.
    System(std::io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config { place, message } | Self::Away { place, message } => {
                write!(f, "{place}: {message}")
            }
            Self::File { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Keys(source) => chain(source).fmt(f),
            Self::Listen { key, address, source } => {
                write!(f, "cannot listen on {address}: {source}")?;
                if source.kind() == std::io::ErrorKind::AddrInUse {
                    let flag = if *key == "listen" { " (flag --listen)" } else { "" };
                    write!(f, "; choose another by {key}{flag}, or end what listens there")?;
                }
                Ok(())
            }
            Self::Open(source) => chain(source).fmt(f),
            Self::Output(source) => write!(f, "cannot write to standard output: {source}"),
            Self::Provider(BuildError::NoMethod) => f.write_str(
                "signature_methods: no method is accepted: list one, or set allow_plaintext = true",
            ),
            Self::Provider(BuildError::InsecureOrigin(url)) => write!(
                f,
                "public_url is {url}, but clients are refused over http. Set public_url to your https address \
                 (flag --public-url), or set insecure_http = true (flag --insecure-http) on your own machine"
            ),
            Self::Provider(source) => chain(source).fmt(f),
            Self::Refused(message) => f.write_str(message),
            Self::Store(source) if source.kind() == StoreErrorKind::Conflict => {
                f.write_str("it exists already")
            }
            Self::Store(source) => chain(source).fmt(f),
            Self::System(source) => source.fmt(f),
        }
    }
}

/// An error and what caused it, in one line.
pub(crate) fn chain(error: &dyn error::Error) -> String {
    let (mut source, mut said) = (error.source(), error.to_string());
    let mut line = said.clone();
    while let Some(cause) = source {
        let text = cause.to_string();
        // SQLite's error and its source are the same words, behind a number.
        if !text.to_lowercase().contains(&said.to_lowercase()) {
            line = format!("{line}: {text}");
            said = text;
        }
        source = cause.source();
    }
    line
}

impl error::Error for Error {}

macro_rules! from {
    ($($variant:ident($source:ty)),+) => {
        $(impl From<$source> for Error {
            fn from(source: $source) -> Self {
                Self::$variant(source)
            }
        })+
    };
}

from!(Keys(BadKeyRing), Open(OpenError), Provider(BuildError), Store(StoreError), System(std::io::Error));
