//! TLS between client and proxy: a certificate of our own, and a tunnel that puts TLS around the client's bytes and changes
//! none of them.

use crate::{
    process::{Process, program},
    scene::free_port,
};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Where the certificate is.
pub(crate) struct Tls {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// Both in one file.
    pub(crate) both: PathBuf,
}

impl Tls {
    pub(crate) fn make(folder: &Path) -> Self {
        let at = |name: &str| folder.join(name);
        let tls = Self { certificate: at("api.crt"), key: at("api.key"), both: at("api.pem") };
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=api.example.net",
            ])
            .args(["-addext", "subjectAltName=DNS:api.example.net", "-keyout"])
            .arg(&tls.key)
            .arg("-out")
            .arg(&tls.certificate)
            .stderr(Stdio::null())
            .status();
        assert!(made.is_ok_and(|status| status.success()), "openssl makes no certificate: run ./dev setup");
        let read = |path| fs::read(path).expect("what openssl made");
        fs::write(&tls.both, [read(&tls.certificate), read(&tls.key)].concat()).expect("a file");
        tls
    }

    /// From a plain port to one with TLS: HAProxy at the level of bytes.
    pub(crate) fn tunnel(&self, folder: &Path, port: u16) -> Result<(SocketAddr, Process), String> {
        let folder = folder.join("tunnel");
        let (own, certificate) = (free_port(), self.certificate.display());
        let configuration = format!(
            "defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 60s\n    timeout server 60s\n\
             listen client\n    bind 127.0.0.1:{own}\n    server proxy 127.0.0.1:{port} ssl alpn http/1.1 \
             sni str(api.example.net) verify required verifyhost api.example.net ca-file {certificate}\n"
        );
        let file = folder.join("tunnel.cfg");
        fs::create_dir_all(&folder)
            .and_then(|()| fs::write(&file, configuration))
            .map_err(|error| error.to_string())?;
        let mut haproxy = program("haproxy");
        haproxy.arg("-db").arg("-f").arg(&file);
        Ok((SocketAddr::from((Ipv4Addr::LOCALHOST, own)), Process::start(haproxy, &folder, own)?))
    }
}
