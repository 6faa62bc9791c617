//! Whose certificates are believed where this program asks a server over TLS.

use crate::error::chain;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{path::Path, sync::Arc};
use tokio_rustls::TlsConnector;

/// The root certificates (PEM) of a file.
///
/// # Errors
///
/// What is wrong with it.
pub(crate) fn of_file(path: &Path) -> Result<RootCertStore, String> {
    let failed = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(&chain(&error)))? {
        let certificate = certificate.map_err(|error| failed(&chain(&error)))?;
        roots.add(certificate).map_err(|error| failed(&chain(&error)))?;
    }
    if roots.is_empty() {
        return Err(failed(&"holds no certificate"));
    }
    Ok(roots)
}

/// Those of the system, of which there may be none; one that cannot be read vouches for nothing.
pub(crate) fn of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// Verifies a server's certificate by these, and by nothing else.
///
/// # Errors
///
/// That TLS cannot be spoken as it is built in.
pub(crate) fn connector(roots: RootCertStore) -> Result<TlsConnector, String> {
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(|error| chain(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
