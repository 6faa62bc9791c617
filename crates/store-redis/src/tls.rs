//! TLS to Redis and to its Sentinels, where the URL asks for it.

use crate::{address::bad, error::OpenError};
use redis::{Client, ConnectionInfo, RedisResult, cluster::ClusterClientBuilder};
use std::path::Path;

/// Whether TLS is built in.
pub(crate) const BUILT_IN: bool = cfg!(feature = "tls");

/// Which certificates are believed: those of a file, else those of the system.
pub(crate) struct Roots {
    #[cfg(feature = "tls")]
    file: Option<Vec<u8>>,
}

#[cfg(feature = "tls")]
mod with {
    use super::{Client, ClusterClientBuilder, ConnectionInfo, OpenError, Path, RedisResult, Roots, bad};
    use redis::TlsCertificates;
    use rustls::crypto::{CryptoProvider, aws_lc_rs};

    impl Roots {
        pub(crate) fn read(path: Option<&Path>) -> Result<Self, OpenError> {
            // The `redis` crate takes the process's provider, and panics where two are built in and none is chosen. One that the
            // application has chosen stays.
            if CryptoProvider::get_default().is_none() {
                // OK because whoever was first has chosen one
                let _ = aws_lc_rs::default_provider().install_default();
            }
            let file = path.map(std::fs::read).transpose();
            Ok(Self { file: file.map_err(|_| bad("the file that its ca names cannot be read"))? })
        }

        fn certificates(&self) -> TlsCertificates {
            TlsCertificates { client_tls: None, root_cert: self.file.clone() }
        }
    }

    pub(crate) fn client(info: ConnectionInfo, roots: &Roots) -> RedisResult<Client> {
        Client::build_with_tls(info, roots.certificates())
    }

    pub(crate) fn cluster(client: ClusterClientBuilder, roots: &Roots) -> ClusterClientBuilder {
        client.certs(roots.certificates())
    }
}

#[cfg(not(feature = "tls"))]
mod with {
    use super::{Client, ClusterClientBuilder, ConnectionInfo, OpenError, Path, RedisResult, Roots, bad};

    impl Roots {
        pub(crate) fn read(_: Option<&Path>) -> Result<Self, OpenError> {
            Err(bad("TLS to Redis is not built in: feature `tls`"))
        }
    }

    pub(crate) fn client(info: ConnectionInfo, _: &Roots) -> RedisResult<Client> {
        Client::open(info)
    }

    pub(crate) fn cluster(client: ClusterClientBuilder, _: &Roots) -> ClusterClientBuilder {
        client
    }
}

pub(crate) use with::{client, cluster};
