//! The keys that seal secrets at rest: AES-256-GCM, each key with an identifier, the first one seals.

use crate::sealed::Seal;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use countersign_core::Secret;
use std::{fmt, fmt::Write as _, path::Path};
use zeroize::Zeroizing;

/// One or more sealing keys.
///
/// As text it reads `id:base64,id:base64`, each key 32 bytes; the first seals, all of them open.
///
/// # Security
///
/// Whoever has the ring and the database has every secret: keep them apart, and back up both. A row's identity is
/// authenticated with its secret, so that a sealed secret moved to another row does not open.
///
/// # Examples
///
/// ```
/// use countersign_core::Secret;
/// use countersign_store::KeyRing;
///
/// let ring = KeyRing::generate();
/// let sealed = ring.seal("client:dpf43f3p2l4k3l03", &Secret::from("kd94hf93k423kf44"))?;
/// assert!(!sealed.contains("kd94hf93k423kf44"));
/// assert!(ring.open("client:dpf43f3p2l4k3l03", &sealed)?.matches("kd94hf93k423kf44"));
/// assert!(ring.open("client:another", &sealed).is_err());
/// # Ok::<_, countersign_store::BadKeyRing>(())
/// ```
pub struct KeyRing {
    keys: Vec<Key>,
}

struct Key {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
    cipher: RandomizedNonceKey,
}

impl KeyRing {
    /// A ring with one new random key.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        let mut id = [0; 4];
        // OK because the system's generator fails only where nothing could run
        aws_lc_rs::rand::fill(&mut *bytes).expect("system randomness");
        aws_lc_rs::rand::fill(&mut id).expect("system randomness");
        let id = id.iter().fold(String::from("k"), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        Self { keys: vec![Key::new(id, bytes)] }
    }

    /// Reads the text form; line breaks separate keys too, and lines that start with `#` are comments.
    ///
    /// # Errors
    ///
    /// [`BadKeyRing`], which names the entry by its number and never shows it.
    pub fn parse(text: &str) -> Result<Self, BadKeyRing> {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let entries = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|entry| !entry.is_empty());
        let mut keys: Vec<Key> = Vec::new();
        for (index, entry) in entries.enumerate() {
            let key = Key::parse(entry).ok_or(BadKeyRing::Entry(index + 1))?;
            if keys.iter().any(|known| known.id == key.id) {
                return Err(BadKeyRing::Twice(key.id));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err(BadKeyRing::Empty) } else { Ok(Self { keys }) }
    }

    /// Reads a file; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`BadKeyRing::File`] where it cannot be read, is open to others, or holds no ring.
    pub fn read(path: &Path) -> Result<Option<Self>, BadKeyRing> {
        let failed = |source| BadKeyRing::File { path: path.display().to_string(), source };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        check_mode(path).map_err(failed)?;
        let invalid = |bad| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, bad));
        Self::parse(&text).map(Some).map_err(invalid)
    }

    /// Reads a file, or makes one with a new key, readable by its owner alone; tells whether it was made.
    ///
    /// # Errors
    ///
    /// [`BadKeyRing::File`] where it cannot be read, written, is open to others, or holds no ring.
    pub fn read_or_create(path: &Path) -> Result<(Self, bool), BadKeyRing> {
        if let Some(ring) = Self::read(path)? {
            return Ok((ring, false));
        }
        let ring = Self::generate();
        match ring.write_new(path) {
            Ok(()) => Ok((ring, true)),
            // Another process was first: its key is the one.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Self::read_or_create(path),
            Err(source) => Err(BadKeyRing::File { path: path.display().to_string(), source }),
        }
    }

    /// The identifier of the key that seals.
    #[must_use]
    pub fn active(&self) -> &str {
        &self.keys[0].id
    }

    /// The same ring with a new random key in front.
    #[must_use]
    pub fn rotated(mut self) -> Self {
        let new = std::iter::repeat_with(Self::generate).find(|new| self.ids().all(|id| id != new.active()));
        // OK because `repeat_with` never ends
        let new = new.expect("a new identifier");
        self.keys.splice(0..0, new.keys);
        self
    }

    /// The same ring without a key.
    ///
    /// # Errors
    ///
    /// [`BadKeyRing::Empty`] where nothing would be left.
    pub fn without(mut self, id: &str) -> Result<Self, BadKeyRing> {
        self.keys.retain(|key| key.id != id);
        if self.keys.is_empty() { Err(BadKeyRing::Empty) } else { Ok(self) }
    }

    /// The identifiers of all keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    /// Seals a secret for the row of that identity.
    ///
    /// # Errors
    ///
    /// [`BadKeyRing::Seal`] if the cipher fails.
    pub fn seal(&self, row: &str, secret: &Secret) -> Result<String, BadKeyRing> {
        let key = &self.keys[0];
        let mut sealed = secret.expose().as_bytes().to_vec();
        let nonce =
            key.cipher.seal_in_place_append_tag(Aad::from(row), &mut sealed).map_err(|_| BadKeyRing::Seal)?;
        let bytes = [nonce.as_ref().as_slice(), &sealed].concat();
        Ok([MARK, key.id.as_str(), ":", &Base64UrlUnpadded::encode_string(&bytes)].concat())
    }

    /// Opens what [`seal`](Self::seal) made for the same row.
    ///
    /// # Errors
    ///
    /// [`BadKeyRing::UnknownKey`] names the key that is missing; [`BadKeyRing::Open`] for anything else.
    pub fn open(&self, row: &str, sealed: &str) -> Result<Secret, BadKeyRing> {
        let (id, text) =
            sealed.strip_prefix(MARK).and_then(|rest| rest.split_once(':')).ok_or(BadKeyRing::Open)?;
        let key =
            self.keys.iter().find(|key| key.id == id).ok_or_else(|| BadKeyRing::UnknownKey(id.into()))?;
        let mut bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(text).map_err(|_| BadKeyRing::Open)?);
        let (nonce, sealed) = bytes.split_at_mut_checked(12).ok_or(BadKeyRing::Open)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| BadKeyRing::Open)?;
        let plain = key.cipher.open_in_place(nonce, Aad::from(row), sealed).map_err(|_| BadKeyRing::Open)?;
        std::str::from_utf8(plain).map(Secret::from).map_err(|_| BadKeyRing::Open)
    }

    /// The identifier of the key that sealed a text; `None` for a text that was never sealed.
    #[must_use]
    pub fn key_of(sealed: &str) -> Option<&str> {
        sealed.strip_prefix(MARK)?.split_once(':').map(|(id, _)| id)
    }

    /// The text form, for a file or `COUNTERSIGN_KEYS`.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        let entries: Vec<_> = self
            .keys
            .iter()
            .map(|key| format!("{}:{}", key.id, Base64::encode_string(&*key.bytes)))
            .collect();
        entries.join(",").into()
    }

    /// The text of a file that holds it: each key a line, the one that seals first.
    #[must_use]
    pub fn to_file(&self) -> Secret {
        [HEADING, &self.to_text().expose().replace(',', "\n"), "\n"].concat().into()
    }

    /// Whether another has the same keys in the same order.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.ids().eq(other.ids()) && self.to_text().matches(other.to_text().expose())
    }

    pub(crate) fn write_new(&self, path: &Path) -> std::io::Result<()> {
        use std::io::Write as _;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(self.to_file().expose().as_bytes())?;
        file.sync_all()
    }
}

impl Seal for KeyRing {
    fn seal(&self, row: &str, secret: &Secret) -> Result<String, BadKeyRing> {
        self.seal(row, secret)
    }

    fn open(&self, row: &str, sealed: &str) -> Result<Secret, BadKeyRing> {
        self.open(row, sealed)
    }
}

impl Key {
    fn new(id: String, bytes: Zeroizing<[u8; 32]>) -> Self {
        // OK because the key has the length that the cipher wants
        let cipher = RandomizedNonceKey::new(&AES_256_GCM, &*bytes).expect("32 bytes");
        Self { id, bytes, cipher }
    }

    fn parse(entry: &str) -> Option<Self> {
        let (id, text) = entry.split_once(':')?;
        if id.is_empty()
            || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        {
            return None;
        }
        let decoded = Zeroizing::new(Base64::decode_vec(text).ok()?);
        let bytes = <[u8; 32]>::try_from(decoded.as_slice()).ok()?;
        Some(Self::new(id.into(), Zeroizing::new(bytes)))
    }
}

#[cfg(unix)]
fn check_mode(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    if std::fs::metadata(path)?.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(std::io::Error::new(std::io::ErrorKind::PermissionDenied, "others can read it: chmod 600"))
}

#[cfg(not(unix))]
fn check_mode(_: &Path) -> std::io::Result<()> {
    Ok(())
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.ids().collect::<Vec<_>>()).finish()
    }
}

/// Why a key ring, or what it sealed, cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadKeyRing {
    /// There is no key.
    #[error("there is no key in it")]
    Empty,
    /// An entry is not `id:base64` of 32 bytes.
    #[error("entry {0} is not `id:base64` with a key of 32 bytes")]
    Entry(usize),
    /// The file cannot be used.
    #[error("key file {path}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// What is stored was not sealed by this key for this row.
    #[error("a sealed secret does not open: it is damaged, of another row, or was never sealed")]
    Open,
    /// The cipher failed.
    #[error("a secret could not be sealed")]
    Seal,
    /// Two entries have one identifier.
    #[error("key {0} is there twice")]
    Twice(String),
    /// What is stored was sealed with a key that is not in the ring.
    #[error("key {0} is missing: a secret was sealed with it")]
    UnknownKey(String),
}

const HEADING: &str = "\
# Seals the secrets in Countersign's database. Keep it secret, and keep a copy. The first key seals, all of them open.
";
/// What sealed text starts with: a version, so that a later format can stand beside it.
const MARK: &str = "cs1:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_survives_its_text_form_and_opens_with_every_key() {
        let (old, new) = (KeyRing::generate(), KeyRing::generate());
        let sealed = old.seal("row", &Secret::from("sécret&=%")).unwrap();
        let both = KeyRing::parse(&format!("{},{}", new.to_text().expose(), old.to_text().expose())).unwrap();
        assert_eq!(both.active(), new.active());
        assert!(both.open("row", &sealed).unwrap().matches("sécret&=%"));
        let missing = new.open("row", &sealed).unwrap_err();
        assert!(missing.to_string().contains(old.active()), "{missing}");
    }

    #[test]
    fn a_sealed_secret_moved_or_changed_does_not_open() {
        let ring = KeyRing::generate();
        let sealed = ring.seal("token:1", &Secret::from("secret")).unwrap();
        assert!(matches!(ring.open("token:2", &sealed), Err(BadKeyRing::Open)));
        for at in MARK.len() + ring.active().len() + 1..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(ring.open("token:1", std::str::from_utf8(&changed).unwrap()).is_err(), "byte {at}");
        }
        assert!(ring.open("token:1", "secret").is_err() && ring.open("token:1", "").is_err());
    }

    #[test]
    fn a_bad_ring_names_the_entry_and_never_shows_it() {
        assert!(matches!(KeyRing::parse(" \n# only a comment"), Err(BadKeyRing::Empty)));
        let error = KeyRing::parse("a:c2hvcnQ=").unwrap_err().to_string();
        assert!(error.contains("entry 1") && !error.contains("c2hvcnQ"), "{error}");
        let text = KeyRing::generate().to_text();
        assert!(matches!(KeyRing::parse(&format!("{0},{0}", text.expose())), Err(BadKeyRing::Twice(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_is_made_once_and_only_its_owner_reads_it() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("countersign.keys");
        let (first, made) = KeyRing::read_or_create(&path).unwrap();
        let (second, again) = KeyRing::read_or_create(&path).unwrap();
        assert!(made && !again && first.active() == second.active());
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(KeyRing::read_or_create(&path), Err(BadKeyRing::File { .. })));
    }

    #[test]
    fn a_bad_file_is_named_with_its_entry_and_none_is_made_by_reading() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("countersign.keys");
        assert!(KeyRing::read(&path).unwrap().is_none() && !path.exists());
        KeyRing::generate().write_new(&path).unwrap();
        std::fs::write(&path, "a:c2hvcnQ=").unwrap();
        let Err(BadKeyRing::File { path, source }) = KeyRing::read(&path) else { panic!("a bad file") };
        assert!(path.ends_with("countersign.keys") && source.to_string().contains("entry 1"), "{source}");
    }

    #[test]
    fn a_rotated_ring_seals_by_the_new_key_and_opens_by_both() {
        let old = KeyRing::generate();
        let (first, sealed) = (old.active().to_owned(), old.seal("row", &"secret".into()).unwrap());
        let both = old.rotated();
        assert!(both.active() != first && both.ids().eq([both.active(), &first]));
        let text = both.to_file();
        let read = KeyRing::parse(text.expose()).unwrap();
        assert!(read.is_same(&both) && read.open("row", &sealed).is_ok());
        assert_eq!(text.expose().lines().count(), 3, "a comment, and each key in a line");

        let new = both.without(&first).unwrap();
        assert!(matches!(new.open("row", &sealed), Err(BadKeyRing::UnknownKey(id)) if id == first));
        let id = new.active().to_owned();
        assert!(matches!(new.without(&id), Err(BadKeyRing::Empty)));
    }

    #[test]
    fn a_sealed_secret_names_its_key() {
        let ring = KeyRing::generate();
        let sealed = ring.seal("row", &Secret::from("secret")).unwrap();
        assert_eq!(KeyRing::key_of(&sealed), Some(ring.active()));
        assert_eq!(KeyRing::key_of("secret"), None);
    }
}
