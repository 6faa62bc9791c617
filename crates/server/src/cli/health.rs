//! `countersign health`: for containers, which have nothing else that could ask.

use super::{Place, block_on, serve::address};
use crate::{
    config::Config,
    error::{Error, chain},
};
use clap::Args;
use http_body_util::Empty;
use hyper::{Request, StatusCode, body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject},
};
use std::{
    error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// Ask the server that runs with this configuration whether it is well; fails where it is not.
#[derive(Debug, Args)]
pub(crate) struct Health {
    #[command(flatten)]
    place: Place,
    /// Ask here, where `serve` was told another address than the configuration's
    #[arg(long, value_name = "ADDR", value_parser = address)]
    listen: Option<SocketAddr>,
    /// Ask whether it can serve, its stores included, and not only whether it answers
    #[arg(long)]
    ready: bool,
}

impl Health {
    pub(super) fn run(self) -> Result<(), Error> {
        let mut config = self.place.read()?;
        config.listen = self.listen.unwrap_or(config.listen);
        let path = if self.ready { "/readyz" } else { "/healthz" };
        block_on(async {
            let refused = |why: String| {
                Error::Refused(format!("the server at {} is not well: {why}", here(config.listen)))
            };
            match timeout(PATIENCE, ask(&config, path)).await {
                Ok(Ok(StatusCode::OK)) => Ok(()),
                Ok(Ok(status)) => Err(refused(format!("it answers {status}"))),
                Ok(Err(error)) => Err(refused(error.to_string())),
                Err(_) => Err(refused("it does not answer".into())),
            }
        })
    }
}

type Failure = Box<dyn error::Error + Send + Sync>;

async fn ask(config: &Config, path: &str) -> Result<StatusCode, Failure> {
    let stream = TcpStream::connect(here(config.listen)).await?;
    if !config.tls.is_on() {
        return get(stream, path).await;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let own = Own { provider: Arc::clone(&provider) };
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(own))
        .with_no_client_auth();
    let name = ServerName::try_from("localhost")?;
    let stream = TlsConnector::from(Arc::new(client)).connect(name, stream).await?;
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    if let Err(told) = is_in_use(shown, &config.tls.certificate) {
        eprintln!("warning: {}: {told}", config.tls.certificate.display());
    }
    get(stream, path).await
}

/// Whether the server shows the file's certificate. Files that it cannot use leave the one of before in use, and a restart would end
/// it: no reason to call it unwell.
fn is_in_use(shown: Option<&CertificateDer<'_>>, file: &Path) -> Result<(), String> {
    let named = CertificateDer::from_pem_file(file).map_err(|error| chain(&error))?;
    match shown == Some(&named) {
        true => Ok(()),
        false => Err("the server does not show this certificate, but another one: its log says why".into()),
    }
}

async fn get(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    path: &str,
) -> Result<StatusCode, Failure> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get(path).header("host", "localhost").body(Empty::<Bytes>::new())?;
    Ok(sender.send_request(request).await?.status())
}

/// Where a server that listens there is reached from this machine.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Believes any certificate: who answers at this machine's own address is told nothing but a path.
#[derive(Debug)]
struct Own {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Own {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, shown, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, shown, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Less than whoever asks waits.
const PATIENCE: Duration = Duration::from_secs(4);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_every_address_is_asked_at_this_machines_own() {
        for (listen, asked) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("192.0.2.1:80", "192.0.2.1:80")]
        {
            assert_eq!(here(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }
}
