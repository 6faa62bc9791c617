//! The files of `docs/recipes`, as they are but for addresses and paths.

use crate::scene::Stage;
use std::{fs, path::PathBuf};

/// The file's text.
pub(crate) fn read(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/recipes").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The file with where the API, Countersign and the certificate are on this stage, and these further places.
pub(crate) fn staged(name: &str, stage: &Stage, further: &[(&str, &str)]) -> String {
    let mut text = read(name);
    for (placeholder, actual) in further {
        assert!(
            text.contains(placeholder),
            "docs/recipes/{name} has no {placeholder:?} to put {actual:?} in its place"
        );
        text = text.replace(placeholder, actual);
    }
    for (placeholder, actual) in [
        (CERTIFICATE, stage.tls.certificate.display().to_string()),
        (KEY, stage.tls.key.display().to_string()),
        (BOTH, stage.tls.both.display().to_string()),
        (COUNTERSIGN, stage.countersign.to_string()),
        (COUNTERSIGN_YAML, format!("port_value: {}", stage.countersign.port())),
        (API, stage.api.to_string()),
        (API_YAML, format!("port_value: {}", stage.api.port())),
    ] {
        text = text.replace(placeholder, &actual);
    }
    text
}

const CERTIFICATE: &str = "/etc/ssl/api.example.net.crt";
const KEY: &str = "/etc/ssl/api.example.net.key";
const BOTH: &str = "/etc/ssl/api.example.net.pem";
const COUNTERSIGN: &str = "127.0.0.1:8080";
const COUNTERSIGN_YAML: &str = "port_value: 8080";
const API: &str = "127.0.0.1:9000";
const API_YAML: &str = "port_value: 9000";
