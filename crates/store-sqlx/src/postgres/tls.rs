//! TLS to the server, where the URL asks for it.

use crate::{error::OpenError, options::Options};

#[cfg(feature = "tls")]
pub(crate) use tokio_postgres_rustls::MakeRustlsConnect as Connector;

#[cfg(not(feature = "tls"))]
pub(crate) use tokio_postgres::NoTls as Connector;

/// Verifies certificates by the file that the options name, else by those of the system.
#[cfg(feature = "tls")]
pub(crate) fn connector(options: &Options) -> Result<Connector, OpenError> {
    use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::CertificateDer};
    let mut roots = RootCertStore::empty();
    match &options.root_certificates {
        Some(path) => {
            use rustls::pki_types::pem::PemObject as _;
            for certificate in CertificateDer::pem_file_iter(path).map_err(OpenError::unusable)? {
                roots.add(certificate.map_err(OpenError::unusable)?).map_err(OpenError::unusable)?;
            }
        }
        // Where the system has none, no certificate is believed.
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .map_err(OpenError::unusable)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Connector::new(config))
}

#[cfg(not(feature = "tls"))]
pub(crate) fn connector(options: &Options) -> Result<Connector, OpenError> {
    match options.root_certificates {
        Some(_) => {
            Err(OpenError::unusable("root certificates are given, but TLS is not built in: feature `tls`"))
        }
        None => Ok(Connector),
    }
}
