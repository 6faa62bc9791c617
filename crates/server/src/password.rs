//! Passwords: argon2id, off the async threads, and no more at a time than the machine can bear.

use crate::words::{Text, text};
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use countersign_core::Secret;
use std::sync::{Arc, LazyLock};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Tells in a sentence what is wrong with a new password that was typed twice.
pub(crate) fn acceptable(new: &str, again: &str) -> Result<(), Text> {
    if new.chars().count() < SHORTEST {
        return Err(text("password-too-short"));
    }
    if new == again { Ok(()) } else { Err(text("password-differs")) }
}

/// Hashes a password into a PHC string.
///
/// # Panics
///
/// If the system gives no randomness.
pub(crate) fn hash(password: &str) -> Secret {
    // OK because it fails only without randomness, or for a password of more than 4 GiB
    Argon2::default().hash_password(password.as_bytes()).expect("argon2id").to_string().into()
}

/// The same, off the async threads.
pub(crate) async fn made(password: String) -> Secret {
    // OK because nobody closes it
    let turn = Arc::clone(&TURNS).acquire_owned().await.expect("a turn");
    let hashed = spawn_blocking(move || {
        let _turn = turn;
        hash(&password)
    });
    // OK because hashing panics without randomness alone, and that is the end of this request too
    hashed.await.expect("a hash")
}

/// Whether the password is the one of that hash; `None` stands for an unknown account and takes as long.
pub(crate) async fn verify(password: String, hash: Option<Secret>) -> bool {
    // OK because nobody closes it
    let turn = Arc::clone(&TURNS).acquire_owned().await.expect("a turn");
    let known = hash.is_some();
    let checked = spawn_blocking(move || {
        // Until the hash is made: whoever asked may be gone by then, the work is not.
        let _turn = turn;
        let hash = hash.unwrap_or_else(|| UNKNOWN.clone());
        PasswordHash::new(hash.expose())
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    checked.await.unwrap_or(false) && known
}

/// The shortest password, in characters.
pub(crate) const SHORTEST: usize = 8;
/// Each takes 19 MiB and tens of milliseconds: a stranger must not be able to take all of both.
static TURNS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(2)));
static UNKNOWN: LazyLock<Secret> = LazyLock::new(|| hash("an account that does not exist"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_mistyped_passwords_are_told_apart() {
        assert!(SHORTEST == 8 && acceptable("pässwörd", "pässwörd").is_ok());
        assert!(acceptable("passwor", "passwor").is_err_and(|told| told.id() == "password-too-short"));
        assert!(acceptable("password", "passwore").is_err_and(|told| told.id() == "password-differs"));
    }

    #[tokio::test]
    async fn only_the_right_password_of_a_known_account() {
        let stored = hash("correct horse");
        assert!(stored.expose().starts_with("$argon2id$"));
        assert!(verify("correct horse".into(), Some(stored.clone())).await);
        assert!(!verify("correct hors".into(), Some(stored)).await);
        assert!(!verify("an account that does not exist".into(), None).await);
    }
}
