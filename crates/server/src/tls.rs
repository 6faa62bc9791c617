//! TLS on the server's own socket: a certificate and its key, followed as their files change.

use crate::{
    config::{self, config_error},
    error::{Error, chain},
    stamp::{Stamp, stamp},
};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio_rustls::TlsAcceptor;

/// What makes TLS of a connection, by the certificate that the files hold now; `None` where http is spoken.
///
/// TLS 1.2 and 1.3, and HTTP/2 or HTTP/1.1 by ALPN.
///
/// # Errors
///
/// [`Error::Config`], which names the file and says what is wrong with it.
pub(crate) fn acceptor(settings: &config::Tls) -> Result<Option<TlsAcceptor>, Error> {
    if !settings.is_on() {
        return Ok(None);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let followed = Followed::open(settings, Arc::clone(&provider))?;
    let refused = |error: rustls::Error| config_error("tls.certificate", &error.to_string());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(refused)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(followed));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(Arc::new(config).into()))
}

/// A certificate in two files that somebody renews.
///
/// Their times are looked at once a second at most, and only while connections come. Files that cannot be used leave the
/// certificate of before in use, with one warning: a renewal writes one file after the other.
struct Followed {
    settings: config::Tls,
    provider: Arc<CryptoProvider>,
    current: RwLock<Arc<CertifiedKey>>,
    seen: Mutex<Seen>,
}

/// The files as they were last read.
struct Seen {
    looked: Instant,
    stamps: [Option<Stamp>; 2],
    /// Why that failed, as it was told.
    failed: Option<String>,
}

impl Followed {
    fn open(settings: &config::Tls, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        // Before they are read, so that a change meanwhile is seen the next time.
        let stamps = stamps(settings);
        let current = RwLock::new(Arc::new(read(settings, &provider)?));
        let seen = Mutex::new(Seen { looked: Instant::now(), stamps, failed: None });
        Ok(Self { settings: settings.clone(), provider, current, seen })
    }

    /// The certificate as the files have it; `now` is passed in so that tests set it.
    fn at(&self, now: Instant) -> Arc<CertifiedKey> {
        if let Ok(seen) = self.seen.try_lock()
            && now.saturating_duration_since(seen.looked) >= PAUSE
        {
            self.look(seen, now);
        }
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the files where they changed, and again where that failed before.
    fn look(&self, mut seen: MutexGuard<'_, Seen>, now: Instant) {
        seen.looked = now;
        let stamps = stamps(&self.settings);
        if seen.stamps == stamps && seen.failed.is_none() {
            return;
        }
        seen.stamps = stamps;
        match read(&self.settings, &self.provider) {
            Ok(renewed) => {
                seen.failed = None;
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(renewed);
                tracing::info!(certificate = %self.settings.certificate.display(), "read the changed certificate");
            }
            Err(error) => {
                let told = error.to_string();
                if seen.failed.as_ref() != Some(&told) {
                    tracing::warn!("the changed certificate cannot be used, the one of before stays: {told}");
                }
                seen.failed = Some(told);
            }
        }
    }
}

impl ResolvesServerCert for Followed {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.at(Instant::now()))
    }
}

impl fmt::Debug for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followed").field("settings", &self.settings).finish_non_exhaustive()
    }
}

fn stamps(settings: &config::Tls) -> [Option<Stamp>; 2] {
    [stamp(&settings.certificate), stamp(&settings.key)]
}

fn read(settings: &config::Tls, provider: &CryptoProvider) -> Result<CertifiedKey, Error> {
    let of = |key: &'static str, path: &std::path::Path| {
        let path = path.display().to_string();
        move |why: &str| config_error(key, &format!("{path}: {why}"))
    };
    let certificate = of("tls.certificate", &settings.certificate);
    let chain_of = CertificateDer::pem_file_iter(&settings.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| certificate(&chain(&error)))?;
    if chain_of.is_empty() {
        return Err(certificate("holds no certificate: it begins with -----BEGIN CERTIFICATE-----"));
    }
    let private = of("tls.key", &settings.key);
    let key = PrivateKeyDer::from_pem_file(&settings.key).map_err(|error| private(&chain(&error)))?;
    CertifiedKey::from_der(chain_of, key, provider).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => private("is not the key of the certificate"),
        rustls::Error::InvalidCertificate(_) => certificate(&error.to_string()),
        other => private(&format!("cannot be used: {other}")),
    })
}

/// How long files are not looked at again.
const PAUSE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};
    use tempfile::TempDir;

    struct Files(TempDir);

    impl Files {
        fn new() -> Self {
            Self(TempDir::new().expect("a folder"))
        }

        fn settings(&self) -> config::Tls {
            let path = |name| self.0.path().join(name);
            config::Tls { certificate: path("certificate.pem"), key: path("key.pem") }
        }

        /// A new certificate and key; the DER of the former.
        fn renew(&self) -> Vec<u8> {
            let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
            replace(&self.settings().certificate, made.cert.pem().as_bytes());
            replace(&self.settings().key, made.signing_key.serialize_pem().as_bytes());
            made.cert.der().to_vec()
        }

        fn open(&self) -> Result<Followed, String> {
            let opened = Followed::open(&self.settings(), Arc::new(aws_lc_rs::default_provider()));
            opened.map_err(|error| error.to_string())
        }
    }

    /// As renewals do it: another file under the same name.
    fn replace(path: &Path, text: &[u8]) {
        let fresh = path.with_extension("new");
        fs::write(&fresh, text).expect("a file");
        fs::rename(fresh, path).expect("the same name");
    }

    fn shown(followed: &Followed, seconds: u64) -> Vec<u8> {
        let seen = followed.seen.lock().expect("no panic").looked;
        followed.at(seen + Duration::from_secs(seconds)).cert[0].to_vec()
    }

    #[test]
    fn renewed_files_are_read_within_a_second() {
        let files = Files::new();
        let first = files.renew();
        let followed = files.open().expect("a certificate");
        assert_eq!(shown(&followed, 1), first);
        let second = files.renew();
        assert_eq!(shown(&followed, 0), first, "looked at a moment ago");
        assert_eq!(shown(&followed, 1), second);
    }

    #[test]
    fn a_half_made_renewal_leaves_the_certificate_of_before_until_it_is_whole() {
        let files = Files::new();
        let first = files.renew();
        let followed = files.open().expect("a certificate");
        let key = fs::read(files.settings().key).expect("a key");
        let second = files.renew();
        let other_key = fs::read(files.settings().key).expect("a key");
        replace(&files.settings().key, &key);
        assert_eq!(shown(&followed, 1), first, "the key is not the certificate's");
        for garbage in [&b""[..], b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            replace(&files.settings().key, garbage);
            assert_eq!(shown(&followed, 1), first);
        }
        fs::remove_file(files.settings().key).expect("removed");
        assert_eq!(shown(&followed, 1), first);
        replace(&files.settings().key, &other_key);
        assert_eq!(shown(&followed, 1), second);
    }

    #[test]
    fn files_that_cannot_be_used_are_named_with_what_is_wrong() {
        let files = Files::new();
        let settings = files.settings();
        assert!(files.open().unwrap_err().starts_with("tls.certificate: "), "it is not there");
        files.renew();
        let (certificate, key) = (fs::read(&settings.certificate).unwrap(), fs::read(&settings.key).unwrap());
        for (path, text, told) in [
            (&settings.certificate, key.as_slice(), "holds no certificate"),
            (&settings.certificate, b"garbage", "holds no certificate"),
            (&settings.key, certificate.as_slice(), "tls.key"),
            (&settings.key, b"", "tls.key"),
        ] {
            files.renew();
            replace(path, text);
            let error = files.open().unwrap_err();
            assert!(error.contains(told) && error.contains(&path.display().to_string()), "{error}");
        }
        files.renew();
        replace(&settings.key, &key);
        assert!(files.open().unwrap_err().contains("is not the key of the certificate"));
    }
}
