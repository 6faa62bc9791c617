//! TLS to the server, where the URL asks for it.

use crate::error::OpenError;
use mysql_async::SslOpts;
use std::path::Path;

/// Certificates are verified by those of the file, else by those of the system; never by the driver's own.
#[cfg(feature = "tls")]
pub(crate) fn required(root_certificates: Option<&Path>) -> Result<SslOpts, OpenError> {
    use rustls::{
        RootCertStore,
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{CertificateDer, pem::PemObject as _},
    };
    // The driver takes the one of the process, and cannot go on where two are built in and none is chosen.
    if CryptoProvider::get_default().is_none() {
        // Whoever was faster chose.
        let _ = aws_lc_rs::default_provider().install_default();
    }
    let mut roots: Vec<CertificateDer<'static>> = Vec::new();
    match root_certificates {
        Some(path) => {
            for certificate in CertificateDer::pem_file_iter(path).map_err(OpenError::unusable)? {
                roots.push(certificate.map_err(OpenError::unusable)?);
            }
        }
        // Where the system has none, no certificate is believed; one that cannot be read vouches for nothing.
        None => {
            let system = rustls_native_certs::load_native_certs().certs;
            roots.extend(system.into_iter().filter(|root| RootCertStore::empty().add(root.clone()).is_ok()));
        }
    }
    let roots = roots.into_iter().map(|root| root.to_vec().into()).collect();
    Ok(SslOpts::default().with_disable_built_in_roots(true).with_root_certs(roots))
}

#[cfg(not(feature = "tls"))]
pub(crate) fn required(_: Option<&Path>) -> Result<SslOpts, OpenError> {
    Err(OpenError::unusable("TLS is not built in: feature `tls`, or `sslmode=disable` on a private network"))
}
