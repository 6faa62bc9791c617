//! Nothing that holds a secret shows it, and a key that stands for nobody verifies nothing.

use countersign_core::{
    BadKey, HmacSha1, HmacSha256, Keys, Methods, Origin, Plaintext, PublicKey, RequestView, Secret,
    SignatureMethod, Timestamp, sign::Request,
};

const DUMMY: &str = "a client that does not exist";

#[test]
fn debug_of_a_request_shows_no_secret_and_no_value() {
    let origin: Origin = "https://photos.example.net".parse().unwrap();
    let header = br#"OAuth oauth_consumer_key="client", oauth_signature_method="PLAINTEXT", oauth_signature="hunter2%26hunter3", oauth_nonce="nonce-1""#;
    let view = RequestView::new("POST", &origin, "/photos?query=in-the-query")
        .authorization(header)
        .form(b"form=in-the-form");
    let parsed = view.parse().unwrap();
    for shown in [format!("{view:?}"), format!("{parsed:?}"), format!("{:?}", parsed.protocol())] {
        for hidden in ["hunter2", "hunter3", "nonce-1", "in-the-query", "in-the-form"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
    assert!(format!("{parsed:?}").contains("oauth_signature"));
}

#[test]
fn the_published_dummy_secret_signs_nothing() {
    let origin: Origin = "https://photos.example.net".parse().unwrap();
    let secret = Secret::from(DUMMY);
    let signed = Request::new("GET", &origin, "/photos")
        .client("nobody", &secret)
        .token("nothing", &secret)
        .stamp(Timestamp::from_seconds(1), "n")
        .sign(&HmacSha1)
        .unwrap();
    let header = signed.header();
    let request =
        RequestView::new("GET", &origin, "/photos").authorization(header.as_bytes()).parse().unwrap();
    let methods = Methods::standard();
    let presented = request.protocol().present(&methods).unwrap();
    assert!(presented.method.dummy().verify(&request.base_string(), &presented.signature).is_err());
}

#[test]
fn a_client_with_a_public_key_is_no_client_with_an_empty_secret() {
    let (empty, key) = (Secret::empty(), PublicKey::from_der(b"any"));
    let keys = Keys { client_secret: &empty, token_secret: &empty, public_key: Some(&key) };
    let refused = [&HmacSha1 as &dyn SignatureMethod, &HmacSha256, &Plaintext]
        .map(|method| method.prepare(&keys).err());
    assert_eq!(refused, [Some(BadKey::Kind); 3]);
}
