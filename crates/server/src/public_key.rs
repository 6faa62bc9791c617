//! Public keys of applications as people paste them, and what to say of what is none.

use crate::words::{Text, text};
use countersign_core::{BadKey, PublicKey, signature::rsa};
use rustls::pki_types::{SubjectPublicKeyInfoDer, pem::PemObject};
use std::fmt;

/// Why a text is no key that an application can have; for programs and operators in English.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    Bad(BadKey),
    /// A public key, and not of RSA.
    OtherKind,
    Private,
    /// One of RSA, as ssh writes it.
    Ssh,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bad(bad) => bad.fmt(f),
            Self::OtherKind => f.write_str("this is not a key of RSA: make one of RSA, and send its public key as PEM"),
            Self::Private => f.write_str(
                "this is a private key, which nobody but the client may have: make a new pair, and send its public key",
            ),
            Self::Ssh => write!(f, "this is a key as ssh writes it: send it as PEM, which `{CONVERT}` prints"),
        }
    }
}

impl Wrong {
    /// The same on a page.
    pub(crate) fn in_words(self) -> Text {
        match self {
            Self::Bad(BadKey::TooSmall { bits, minimum }) => {
                text("key-too-small").number("bits", bits as u64).number("minimum", minimum as u64)
            }
            Self::Bad(_) => text("key-unreadable"),
            Self::OtherKind => text("key-other-algorithm"),
            Self::Private => text("key-private"),
            Self::Ssh => text("key-ssh").code("command", CONVERT),
        }
    }
}

/// Reads a public key in PEM.
///
/// # Errors
///
/// Why it is none, and nothing of what it holds.
///
/// # Security
///
/// A private key that came by mistake is neither kept nor told back.
pub(crate) fn read(pasted: &str, minimum: usize) -> Result<PublicKey, Wrong> {
    let pem = tidy(pasted);
    if pem.contains("PRIVATE KEY") {
        return Err(Wrong::Private);
    }
    if pem.starts_with("ssh-rsa ") {
        return Err(Wrong::Ssh);
    }
    rsa::from_pem(&pem, minimum)
        .map_err(|bad| if is_other_kind(&pem) { Wrong::OtherKind } else { Wrong::Bad(bad) })
}

/// A text without what editors and web pages put around its lines.
pub(crate) fn tidy(pasted: &str) -> String {
    let lines = pasted.trim_start_matches('\u{feff}').lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Whether it is a public key that another algorithm uses.
fn is_other_kind(pem: &str) -> bool {
    let ssh = ["ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];
    let info = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes());
    ssh.iter().any(|kind| pem.starts_with(kind)) || info.is_ok_and(|info| names_other_kind(&info))
}

/// Whether the information on a public key, in DER, begins with the name of another algorithm than RSA.
pub(crate) fn names_other_kind(info: &[u8]) -> bool {
    let head = &info[..info.len().min(HEAD)];
    OTHERS.iter().any(|name| head.windows(name.len()).any(|bytes| bytes == *name))
}

/// How to make PEM of what ssh has.
const CONVERT: &str = "ssh-keygen -e -m PKCS8 -f key.pub";
/// Where the name of the algorithm stands, at the latest.
const HEAD: usize = 20;
/// Names of algorithms, as DER has them: elliptic curves, X25519 to Ed448, DSA.
const OTHERS: [&[u8]; 6] = [
    b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01",
    b"\x06\x03\x2b\x65\x6e",
    b"\x06\x03\x2b\x65\x6f",
    b"\x06\x03\x2b\x65\x70",
    b"\x06\x03\x2b\x65\x71",
    b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_read_whatever_stands_around_its_lines() {
        let plain = rsa::from_pem(SPKI, 2048).unwrap();
        let indented = SPKI.replace('\n', "\n    ");
        for pasted in [
            SPKI,
            &format!("\u{feff}{SPKI}"),
            &indented,
            &format!("\t{indented}"),
            &SPKI.replace('\n', " \r\n"),
            &SPKI.replace('\n', "\n\n"),
            &format!("\u{feff}\r\n  {indented}"),
        ] {
            assert_eq!(read(pasted, 2048).unwrap().as_der(), plain.as_der(), "{pasted:?}");
        }
    }

    #[test]
    fn what_is_no_key_of_rsa_is_told_as_what_it_is() {
        let ssh = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB jane@laptop";
        for (pasted, wrong) in [
            (ELLIPTIC, Wrong::OtherKind),
            (&*ELLIPTIC.replace('\n', "\n  "), Wrong::OtherKind),
            (ED25519, Wrong::OtherKind),
            ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 jane@laptop", Wrong::OtherKind),
            ("ecdsa-sha2-nistp256 AAAAE2VjZHNh jane@laptop", Wrong::OtherKind),
            (ssh, Wrong::Ssh),
            (&format!("\u{feff} {ssh}\n"), Wrong::Ssh),
            ("-----BEGIN EC PRIVATE KEY-----", Wrong::Private),
            (
                "  -----BEGIN PUBLIC KEY-----\n  AAAA\n  -----END PUBLIC KEY-----",
                Wrong::Bad(BadKey::Malformed),
            ),
            ("", Wrong::Bad(BadKey::Malformed)),
        ] {
            assert_eq!(read(pasted, 2048).err(), Some(wrong), "{pasted:?}");
        }
        assert!(Wrong::Ssh.to_string().contains("ssh-keygen -e -m PKCS8 -f key.pub"));
        assert!(Wrong::OtherKind.to_string().contains("RSA"));
    }

    const SPKI: &str = include_str!("../tests/support/rsa/spki.pem");
    const ELLIPTIC: &str = include_str!("../tests/support/rsa/elliptic.pem");
    const ED25519: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";
}
