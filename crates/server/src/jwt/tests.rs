//! What a token says, who can verify it when, and what a broken file does.

#[path = "../../tests/support/jwks.rs"]
mod jwks;

use super::{claims::JTI, *};
use crate::config::{Config, Identity};
use countersign_core::{HmacSha256, Origin, sign};
use countersign_provider::{Incoming, Policy, Provider, TokenRule};
use countersign_store::{ClientRecord, MemoryStore, ResourceOwner, TokenRecord, TokenStatus, TokenStore};
use jwks::{kid, verify};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;

const SECRETS: [&str; 2] = ["client-kd94hf93k423kf44", "token-pfkkdhi9sl3r4s00"];
const NOW: Timestamp = Timestamp::from_seconds(1_000_000);

/// A folder of its own, and a configuration in it.
fn placed(jwt: Jwt) -> (TempDir, Config) {
    let folder = TempDir::new().unwrap();
    let identity = Identity { jwt, jwt_keys: folder.path().join("keys"), ..Identity::default() };
    (folder, Config { public_url: "https://photos.example.net".into(), identity, ..Config::default() })
}

fn opened(config: &Config) -> Signer {
    Signer::open(config).unwrap().unwrap()
}

/// A request of this client, on behalf of `jane` where there is a token.
fn verified(client_id: &str, with_token: bool) -> VerifiedRequest {
    let mut client = ClientRecord::with_secret(client_id, SECRETS[0], "Printer");
    client.two_legged = true;
    let token = TokenRecord {
        id: countersign_core::TokenId::new("nnch734d00sl2jdk").unwrap(),
        secret: SECRETS[1].into(),
        client: client.id.clone(),
        owner: ResourceOwner::from("jane"),
        scopes: vec!["photos".into(), "albums".into()],
        issued: System.now(),
        expires: None,
        status: TokenStatus::Active,
    };
    let url = "https://photos.example.net";
    let origin: Origin = url.parse().unwrap();
    let (id, secret) = (SECRETS[0].into(), SECRETS[1].into());
    let mut request = sign::Request::new("GET", &origin, "/").client(client_id, &id).stamp(System.now(), "n");
    if with_token {
        request = request.token("nnch734d00sl2jdk", &secret);
    }
    let header = request.sign(&HmacSha256).unwrap().header();
    let fields = [("host", &b"photos.example.net"[..]), ("authorization", header.as_bytes())];
    let incoming = Incoming::new("GET", "/", &fields).tls(true);
    let policy = Policy::default().token(TokenRule::Optional);
    let store = MemoryStore::default().with(client);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        store.issue(&token).await.unwrap();
        let provider = Provider::builder(url).store(store).build().unwrap();
        provider.protect(&incoming, &policy).await.unwrap()
    })
}

fn signed(signer: &Signer, now: Timestamp) -> String {
    signer.sign(&verified("printer", true), "https://photos.internal", now).unwrap()
}

fn rotate(config: &Config, jwt: Jwt, now: Timestamp, grace: u64) -> String {
    let algorithm = jwt.algorithm().unwrap();
    change(&place(config).unwrap(), |keys| Ok(rotated(keys, algorithm, now, grace)?.kid.clone())).unwrap()
}

#[test]
fn a_token_says_who_called_and_for_whom_and_verifies_against_the_published_keys() {
    for jwt in [Jwt::EdDsa, Jwt::Es256] {
        let (_folder, config) = placed(jwt);
        let signer = opened(&config);
        let token = signed(&signer, NOW);
        let mut claims = verify(&signer.jwks(NOW), &token).unwrap();
        assert_eq!(claims["jti"].take().as_str().unwrap().len(), JTI);
        let told = json!({
            "iss": "https://photos.example.net", "sub": "jane", "aud": "https://photos.internal",
            "iat": 1_000_000, "exp": 1_000_060, "jti": null, "client_id": "printer", "scope": "photos albums",
            "token_id": "nnch734d00sl2jdk", "signature_method": "HMAC-SHA256",
        });
        assert_eq!(claims, told);
        assert_ne!(token, signed(&signer, NOW), "each has an identifier of its own");
    }
}

#[test]
fn a_client_that_is_called_like_an_owner_is_told_apart() {
    let (_folder, config) = placed(Jwt::EdDsa);
    let signer = opened(&config);
    let token = signer.sign(&verified("jane", false), "https://photos.internal", NOW).unwrap();
    let claims = verify(&signer.jwks(NOW), &token).unwrap();
    assert_eq!(
        (&claims["sub"], &claims["client_id"], &claims["scope"]),
        (&"jane".into(), &"jane".into(), &"".into())
    );
    assert!(claims.get("token_id").is_none(), "{claims}");
}

#[test]
fn secrets_are_not_in_claims_nor_in_the_published_keys() {
    for jwt in [Jwt::EdDsa, Jwt::Es256] {
        let (folder, config) = placed(jwt);
        let signer = opened(&config);
        let (token, published) = (signed(&signer, NOW), signer.jwks(NOW));
        let parts: Vec<String> = token.split('.').take(2).map(|part| jwks::json(part).to_string()).collect();
        assert!(!SECRETS.iter().any(|secret| parts.concat().contains(secret)), "{parts:?}");
        let file = fs::read_to_string(folder.path().join("keys")).unwrap();
        let private = file.split_whitespace().last().unwrap();
        assert!(!published.contains(private) && !parts.concat().contains(private));
        let Value::Array(keys) = serde_json::from_str::<Value>(&published).unwrap()["keys"].take() else {
            panic!()
        };
        for name in keys.iter().flat_map(|key| key.as_object().unwrap().keys()) {
            assert!(["kty", "crv", "x", "y", "kid", "alg", "use"].contains(&name.as_str()), "{name}");
        }
    }
}

#[test]
fn a_new_key_is_published_before_it_signs() {
    let (_folder, config) = placed(Jwt::Es256);
    let signer = opened(&config);
    let old = kid(&signed(&signer, NOW));
    let new = rotate(&config, Jwt::Es256, NOW, GRACE);
    let last = NOW.plus(GRACE - 1);
    for now in [NOW.plus(1), last] {
        let token = signed(&signer, now);
        assert!(signer.jwks(now).contains(&new) && kid(&token) == old);
    }
    let cached = signer.jwks(last);
    let token = signed(&signer, NOW.plus(GRACE));
    assert_eq!(kid(&token), new);
    verify(&cached, &token).expect("known from before it signed");
    verify(&signer.jwks(NOW.plus(GRACE)), &signed(&signer, last))
        .expect("what the old one signed still counts");
}

#[test]
fn a_token_signed_by_a_removed_key_is_unknown_to_the_jwks() {
    let (_folder, config) = placed(Jwt::EdDsa);
    let signer = opened(&config);
    let leaked = signed(&signer, NOW);
    rotate(&config, Jwt::EdDsa, NOW, 0);
    change(&place(&config).unwrap(), |keys| {
        keys.remove(&kid(&leaked));
        Ok(())
    })
    .unwrap();
    let later = NOW.plus(1);
    assert_eq!(verify(&signer.jwks(later), &leaked), Err("unknown key".into()));
    verify(&signer.jwks(later), &signed(&signer, later)).unwrap();
}

/// The two algorithms may share a file, while one follows the other.
#[test]
fn a_key_signs_and_is_published_under_its_own_algorithm_alone() {
    let (_folder, mut config) = placed(Jwt::EdDsa);
    let before = signed(&opened(&config), NOW);
    config.identity.jwt = Jwt::Es256;
    let signer = opened(&config);
    let published = signer.jwks(NOW);
    let after = signed(&signer, NOW);
    assert_ne!(kid(&before), kid(&after));
    for (token, algorithm) in [(&before, "EdDSA"), (&after, "ES256")] {
        verify(&published, token).unwrap();
        assert_eq!(jwks::json(token.split('.').next().unwrap())["alg"], algorithm);
        let keys: Value = serde_json::from_str(&published).unwrap();
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == *kid(token)).unwrap();
        assert_eq!((&key["alg"], &key["use"]), (&algorithm.into(), &"sig".into()));
    }
    for forged in ["none", "HS256", "ES256"] {
        let head = json!({ "alg": forged, "kid": kid(&before), "typ": "JWT" }).to_string();
        let head = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(head.as_bytes());
        let token = [&head, ".", before.split_once('.').unwrap().1].concat();
        assert_eq!(verify(&published, &token), Err("another algorithm than the key's".into()));
    }
}

#[test]
fn a_broken_file_keeps_the_last_good_keys_and_is_told_once() {
    let (folder, config) = placed(Jwt::EdDsa);
    let signer = opened(&config);
    let path = folder.path().join("keys");
    let (good, of_before) = (fs::read(&path).unwrap(), signer.jwks(NOW));
    fs::write(&path, "j1 EdDSA 1 1 c2hvcnQ=\n").unwrap();
    let told = signer.look().unwrap().unwrap_err().to_string();
    assert!(told.contains("line 1") && !told.contains("c2hv"), "{told}");
    assert!(signer.look().is_none(), "told already");
    for second in 1..4 {
        assert_eq!(signer.jwks(NOW.plus(second)), of_before);
        verify(&of_before, &signed(&signer, NOW.plus(second))).unwrap();
    }
    fs::remove_file(&path).unwrap();
    assert!(signer.look().unwrap().unwrap_err().to_string().contains("gone"));
    assert!(signer.look().is_none(), "told already");
    assert_eq!(signer.jwks(NOW.plus(4)), of_before);

    let mut file = crate::private_file::private().create_new(true).open(&path).unwrap();
    io::Write::write_all(&mut file, &good).unwrap();
    let new = rotate(&config, Jwt::EdDsa, NOW, GRACE);
    assert!(signer.jwks(NOW.plus(5)).contains(&new));
    assert!(signer.look().is_none(), "read already");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let (folder, config) = placed(Jwt::EdDsa);
    let signer = opened(&config);
    let path = folder.path().join("keys");
    let modes = || fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().mode());
    assert!(modes().all(|mode| mode & 0o777 == 0o600));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = Signer::open(&config).err().unwrap().to_string();
    assert!(error.contains("keys") && error.contains("chmod 600"), "{error}");
    assert!(change(&path, |_| Ok(())).is_err(), "nor is it changed");
    let before = signer.jwks(NOW);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let new = rotate(&config, Jwt::EdDsa, NOW, 0);
    assert!(!before.contains(&new) && signer.jwks(NOW.plus(1)).contains(&new));
}

#[test]
fn changes_at_the_same_time_lose_no_key() {
    let (_folder, config) = placed(Jwt::EdDsa);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                opened(&config);
                rotate(&config, Jwt::EdDsa, NOW, GRACE);
            });
        }
    });
    let keys = read(&place(&config).unwrap()).unwrap().unwrap();
    assert_eq!(keys.states(None, NOW).count(), 9, "one that signs at once, and eight that wait");
}

#[test]
fn a_bad_file_names_the_line_and_never_shows_it() {
    let (folder, config) = placed(Jwt::Es256);
    opened(&config);
    let text = fs::read_to_string(folder.path().join("keys")).unwrap();
    let line = text.lines().last().unwrap();
    let private = line.split_whitespace().last().unwrap();
    for (text, told) in [
        (String::new(), "no key in it"),
        ("# only a comment\n".into(), "no key in it"),
        (format!("{line}\n{line}\n"), "twice"),
        (format!("# x\n{line} more\n"), "line 2"),
        (line.replace("ES256", "EdDSA"), "line 1"),
        (line.replace("ES256", "HS256"), "line 1"),
        (line.replace(private, &private[..60]), "line 1"),
    ] {
        let error = Keys::parse(&text).err().unwrap();
        assert!(error.contains(told) && !error.contains(&private[..20]), "{error}");
    }
}
