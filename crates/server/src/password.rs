//! Passwords: argon2id, off the async threads, and no more at a time than the machine can bear.

use crate::words::{Text, text};
use argon2::{
    Algorithm, Argon2, MIN_SALT_LEN, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
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

/// Why no password could ever be the one of that hash, if that is so; what is said holds nothing of it.
pub(crate) fn can_be_verified(hash: &str) -> Result<(), String> {
    let algorithm = hash.strip_prefix('$').and_then(|rest| rest.split('$').next());
    if algorithm.is_none_or(|name| Algorithm::try_from(name).is_err()) {
        return Err("it begins with the name of no algorithm of argon2".into());
    }
    let hash = PasswordHash::new(hash).map_err(|bad| bad.to_string())?;
    hash.version.map(Version::try_from).transpose().map_err(|_| "its version is neither 16 nor 19")?;
    Params::try_from(&hash).map_err(|bad| format!("its m, t and p cannot be: {bad}"))?;
    if hash.salt.is_none_or(|salt| salt.len() < MIN_SALT_LEN) {
        return Err(format!("it has no salt of at least {MIN_SALT_LEN} bytes"));
    }
    if hash.hash.is_none() {
        return Err("it ends with the salt, and the hash itself is not there".into());
    }
    Ok(())
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

    #[test]
    fn a_hash_that_no_password_could_have_is_told_apart() {
        can_be_verified(hash("correct horse").expose()).unwrap();
        for good in [
            "$argon2i$v=16$m=8,t=1,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA",
            "$argon2d$m=8,t=1,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA",
        ] {
            assert_eq!(can_be_verified(good), Ok(()), "{good}");
        }
        for (bad, told) in [
            ("", "algorithm"),
            ("secret", "algorithm"),
            ("$argon2", "algorithm"),
            ("$2y$10$abcdefghijklmnopqrstuv", "algorithm"),
            ("$scrypt$ln=1,r=1,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA", "algorithm"),
            ("$argon2id$v=19$m=19456,t=2,p=1$…", "salt"),
            ("$argon2id$v=19$m=19456,t=2,p=1", "salt"),
            ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ", "hash itself"),
            ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$", "too short"),
            ("$argon2id$v=19$m=19456,t=2,p=1$c29t$SqlVijFGiPG+935vDSGEsA", "salt"),
            ("$argon2id$v=18$m=19456,t=2,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA", "version"),
            ("$argon2id$v=19$m=0,t=2,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA", "m, t and p"),
            ("$argon2id$v=19$m=19456,x=2,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA", "m, t and p"),
            ("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$SqlVijFGiPG+935vDSGEsA$x", "trailing"),
        ] {
            let said = can_be_verified(bad).expect_err(bad);
            assert!(said.contains(told), "{bad}: {said}");
        }
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
