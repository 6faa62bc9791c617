//! Whose certificates are believed.

use crate::error::{Error, chain};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::{path::Path, sync::Arc};
use tokio_rustls::TlsConnector;

/// Verifies certificates by those of the file, else by those of the system.
pub(super) fn connector(file: Option<&Path>) -> Result<TlsConnector, Error> {
    let roots = match file {
        Some(path) => of_file(path)?,
        None => of_system()?,
    };
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Refused(chain(&error)))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn of_file(path: &Path) -> Result<RootCertStore, Error> {
    let failed = |why: &dyn std::fmt::Display| Error::Refused(format!("{}: {why}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(&chain(&error)))? {
        let certificate = certificate.map_err(|error| failed(&chain(&error)))?;
        roots.add(certificate).map_err(|error| failed(&chain(&error)))?;
    }
    if roots.is_empty() {
        return Err(failed(&"it holds no certificate"));
    }
    Ok(roots)
}

fn of_system() -> Result<RootCertStore, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let told = "this system has no root certificates: name a file of them with --root-certificates";
        return Err(Error::Refused(told.into()));
    }
    Ok(roots)
}
