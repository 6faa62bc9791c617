//! Two secrets at once, public keys in every form, and private keys that nobody meant to show.

use super::{Stage, at, printer, shown};
use crate::support::{browser::Browser, http::Request, until};

#[test]
fn two_secrets_are_valid_until_the_old_one_is_removed() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let old = stage.register(&mut jane, &[]);
    let new = shown(&stage.fill(&mut jane, &at(&old, "/keys"), &[]).expect(200));
    assert_ne!(old.secret.expose(), new.secret.expose());
    until("both are accepted", || stage.may_begin(&old) && stage.may_begin(&new));
    let page = jane.get(&stage.server, &at(&old, "")).expect(200);
    assert!(!page.body.contains(new.secret.expose()) && !page.body.contains(old.secret.expose()));
    let csrf = page.hidden("csrf").expect("csrf");
    jane.post(&stage.server, &at(&old, "/keys"), &[("csrf", &csrf)]).expect(409);

    let since: Vec<_> = page.body.split("name=\"since\" value=\"").skip(1).collect();
    let since: Vec<_> = since.iter().filter_map(|rest| rest.split('"').next()).collect();
    let [_, older] = since[..] else { panic!("two keys: {}", page.body) };
    let remove = [("csrf", csrf.as_str()), ("since", older)];
    jane.post(&stage.server, &at(&old, "/keys/remove"), &remove).expect(303);
    jane.post(&stage.server, &at(&old, "/keys/remove"), &remove).expect(409);
    assert!(!stage.may_begin(&old) && stage.may_begin(&new));
    jane.post(&stage.server, &at(&old, "/keys/remove"), &[("csrf", &csrf), ("since", since[0])]).expect(409);
}

#[test]
fn public_keys_are_read_in_three_forms_and_nothing_else() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let with = |jane: &mut Browser, pem: &str| {
        let fields = [&[("key", "public"), ("public_key", pem)], &printer()[..2]].concat();
        stage.fill(jane, "/developers/new", &fields)
    };
    let from_an_editor = format!("\u{feff}{}", SPKI.replace('\n', "\r\n    "));
    let indented = CERTIFICATE.replace('\n', "\n\t");
    for good in [SPKI, PKCS1, CERTIFICATE, &from_an_editor, &indented] {
        let client = shown(&with(&mut jane, good).expect(200));
        assert_eq!(client.secret.expose(), "");
        let page = jane.get(&stage.server, &at(&client, "")).expect(200);
        assert!(page.body.contains("RSA public key, 2048 bits"), "{}", page.body);
    }
    let broken = SPKI.replace("MIIB", "MIIC");
    for (bad, told) in [
        ("", "no RSA public key"),
        ("garbage", "no RSA public key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no RSA public key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no RSA public key"),
        (&broken, "no RSA public key"),
        (SMALL, "1024 bits"),
        (EXPONENT_1, "no RSA public key"),
        (ELLIPTIC, "but not of RSA"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 jane@laptop", "but not of RSA"),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB jane@laptop", "<code>ssh-keygen -e -m PKCS8 -f key.pub</code>"),
    ] {
        let page = with(&mut jane, bad).expect(422);
        assert!(page.body.contains(told), "{bad}: {}", page.body);
    }
}

#[test]
fn public_key_is_uploaded_as_a_file_and_what_is_no_form_is_refused() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let page = jane.get(&stage.server, "/developers/new").expect(200);
    let (csrf, once) = (page.hidden("csrf").expect("csrf"), page.hidden("once").expect("once"));
    let send = |jane: &mut Browser, csrf: &str, file: &[u8], end: &str| {
        let text =
            [("csrf", csrf), ("once", &once), ("name", "Press"), ("key", "public"), ("public_key", "")];
        let part = |(name, text)| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let head: String = text.map(part).concat();
        let head = head
            + "--x\r\nContent-Disposition: form-data; name=\"public_key_file\"; filename=\"k.pem\"\r\n\r\n";
        let mut request =
            Request::new("POST", "/developers/new").field("Content-Type", "multipart/form-data; boundary=x");
        request.body = [head.as_bytes(), file, end.as_bytes()].concat();
        jane.send(&stage.server, request)
    };
    let end = "\r\n--x--\r\n";
    send(&mut jane, "x", SPKI.as_bytes(), end).expect(403);
    send(&mut jane, &csrf, SPKI.as_bytes(), "").expect(400);
    send(&mut jane, &csrf, &[0x30, 0x82, 0xff, 0], end).expect(422);
    send(&mut jane, &csrf, &vec![b'A'; 300 << 10], end).expect(413);
    let private = send(&mut jane, &csrf, b"-----BEGIN RSA PRIVATE KEY-----", end).expect(422);
    assert!(private.body.contains("That is a private key"));
    let client = shown(&send(&mut jane, &csrf, SPKI.as_bytes(), end).expect(200));
    assert!(jane.get(&stage.server, &at(&client, "")).expect(200).body.contains("2048 bits"));
}

#[test]
fn public_key_beside_the_choice_of_a_secret_is_told_and_not_thrown_away() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    for (field, key, told) in [
        ("public_key", SPKI, "chose a secret"),
        ("public_key", "garbage", "chose a secret"),
        ("public_key_file", SPKI, "chose a secret"),
        ("public_key", "-----BEGIN PRIVATE KEY-----", "That is a private key"),
    ] {
        let fields = [&printer()[..], &[(field, key)]].concat();
        let page = stage.fill(&mut jane, "/developers/new", &fields).expect(422);
        let at_field = page.body.split("id=\"public_key\"").nth(1).unwrap_or_default();
        assert!(at_field.contains(told), "{field} {key}: {}", page.body);
    }
    let listed = jane.get(&stage.server, "/developers").expect(200);
    assert!(!listed.body.contains("Printer"), "{}", listed.body);
    let client = stage.register(&mut jane, &[("public_key", " \r\n"), ("public_key_file", "")]);
    assert_ne!(client.secret.expose(), "");
    let german = jane.get(&stage.server, "/developers/new?xoauth_lang_pref=de").expect(200);
    let hidden = ["csrf", "once"].map(|name| (name, german.hidden(name).expect("a hidden field")));
    let hidden = hidden.iter().map(|(name, value)| (*name, value.as_str()));
    let fields: Vec<_> = hidden.chain(printer()).chain([("public_key", SPKI)]).collect();
    let page = jane.post(&stage.server, "/developers/new?xoauth_lang_pref=de", &fields).expect(422);
    assert!(page.body.contains("aber ein Geheimnis gewählt"), "{}", page.body);
}

/// A form in parts.
fn in_parts(media_type: &str, boundary: &str, fields: &[(&str, &[u8])]) -> Request {
    let mut request = Request::new("POST", "/developers/new")
        .field("Content-Type", &format!("{media_type}; boundary={boundary}"));
    for (name, text) in fields {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        request.body.extend([head.as_bytes(), text, b"\r\n"].concat());
    }
    request.body.extend(format!("--{boundary}--\r\n").as_bytes());
    request
}

#[test]
fn form_in_parts_is_known_however_its_media_type_is_written() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    for media_type in ["Multipart/Form-Data", "multipart/form-data", "MULTIPART/FORM-DATA"] {
        let page = jane.get(&stage.server, "/developers/new").expect(200);
        let (csrf, once) = (page.hidden("csrf").expect("csrf"), page.hidden("once").expect("once"));
        let fields: [(&str, &[u8]); 4] =
            [("csrf", csrf.as_bytes()), ("once", once.as_bytes()), ("name", b"Press"), ("key", b"secret")];
        let request = in_parts(media_type, "aBcD", &fields);
        assert_ne!(shown(&jane.send(&stage.server, request).expect(200)).secret.expose(), "", "{media_type}");
    }
    let other = in_parts("multipart/form-database", "x", &[("name", b"Press")]);
    jane.send(&stage.server, other).expect(400);
}

#[test]
fn text_that_is_not_utf8_is_refused_and_kept_in_no_other_form() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let page = jane.get(&stage.server, "/developers/new").expect(200);
    let (csrf, once) = (page.hidden("csrf").expect("csrf"), page.hidden("once").expect("once"));
    let request = Request::new("POST", "/developers/new");
    let body = format!("csrf={csrf}&once={once}&key=secret&name=%ff%fe");
    let told = jane.send(&stage.server, request.form(&body)).expect(400);
    assert!(told.body.contains("not UTF-8"), "{}", told.body);
    let fields: [(&str, &[u8]); 4] =
        [("csrf", csrf.as_bytes()), ("once", once.as_bytes()), ("name", b"\xff\xfe"), ("key", b"secret")];
    let told = jane.send(&stage.server, in_parts("multipart/form-data", "x", &fields)).expect(400);
    assert!(told.body.contains("not UTF-8"), "{}", told.body);
    let listed = jane.get(&stage.server, "/developers").expect(200);
    assert!(!listed.body.contains('\u{fffd}'), "{}", listed.body);
}

#[test]
fn private_key_pasted_by_mistake_is_neither_kept_nor_told_nor_logged() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let middle = "bm90IHJlYWxseSBhIGtleQ";
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"] {
        let pem = format!("{CERTIFICATE}\n-----BEGIN {label}-----\n{middle}\n-----END {label}-----\n");
        let fields = [&[("key", "public"), ("public_key", pem.as_str())], &printer()[..2]].concat();
        let page = stage.fill(&mut jane, "/developers/new", &fields).expect(422);
        assert!(page.body.contains("That is a private key") && !page.body.contains(middle), "{}", page.body);
    }
    let database = std::fs::read(stage.place.database()).expect("a database");
    let journal = std::fs::read(stage.place.path().join("x.db-wal")).unwrap_or_default();
    for kept in [database, journal, stage.server.log(), stage.server.stdout()] {
        assert!(!String::from_utf8_lossy(&kept).contains(middle));
    }
}

#[test]
fn signature_methods_are_narrowed_to_those_that_are_checked() {
    let stage = Stage::new("open");
    let mut jane = stage.sign_in("jane");
    let client = stage.register(&mut jane, &[]);
    let page = jane.get(&stage.server, &at(&client, "/edit")).expect(200);
    assert!(page.body.contains("HMAC-SHA256") && !page.body.contains("RSA-SHA256"), "{}", page.body);
    let narrowed = [&printer()[..], &[("method", "HMAC-SHA256")]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &narrowed).expect(303);
    until("HMAC-SHA1 is refused", || !stage.may_begin(&client));
    let unfit = [&printer()[..], &[("method", "RSA-SHA256")]].concat();
    stage.fill(&mut jane, &at(&client, "/edit"), &unfit).expect(422);
}

const SPKI: &str = include_str!("../support/rsa/spki.pem");
const PKCS1: &str = include_str!("../support/rsa/pkcs1.pem");
const CERTIFICATE: &str = include_str!("../support/rsa/cert.pem");
const SMALL: &str = include_str!("../support/rsa/1024.pem");
const ELLIPTIC: &str = include_str!("../support/rsa/elliptic.pem");
const EXPONENT_1: &str = include_str!("../support/rsa/exponent-1.pem");
