//! What holds for every request, tried on arbitrary ones and against a naive reading of RFC 5849 §3.4.1.

#![expect(clippy::unwrap_used, reason = "a request that cannot be made fails the test")]

#[path = "properties/arbitrary.rs"]
mod arbitrary;
#[path = "properties/client.rs"]
mod client;
#[path = "properties/model.rs"]
mod model;
#[cfg(feature = "rsa-sign")]
#[path = "properties/rsa.rs"]
mod rsa;

use arbitrary::{bytes, case, header_of, joined, part, place, sent, shuffled};
use client::{OwnedKeys, PLACES, Place};
use countersign_core::{
    HmacSha1, HmacSha256, HmacSha512, Parameter, Plaintext, RequestView, SigningMethod,
    percent::{decode, encode},
};
use model::Request;
use proptest::{collection::vec, prelude::*, sample::Index};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_hmac_signs_it_verifies(case in case()) {
        for method in HMACS {
            for place in PLACES {
                let sent = case.send(method, place);
                prop_assert!(sent.verifies(&case.keys()), "{} in the {place:?}", method.name());
            }
        }
    }

    #[test]
    fn what_plaintext_signs_it_verifies(case in case()) {
        for place in PLACES {
            prop_assert!(case.send(&Plaintext, place).verifies(&case.keys()), "in the {place:?}");
        }
    }

    #[test]
    fn any_changed_byte_is_refused(case in case(), place in place(), part in part(), at: Index, new: u8) {
        for method in HMACS {
            let sent = case.send(method, place);
            let Some(changed) = sent.with_byte(part, &at, new) else { continue };
            // A `%2f` for a `%2F`, or a tab for a space between two pairs: another text that says the same.
            let same = changed.meaning() == sent.meaning();
            prop_assert_eq!(changed.verifies(&case.keys()), same, "{:?} {:?}", method.name(), changed);
        }
    }

    #[test]
    fn any_changed_secret_is_refused(case in case(), token: bool, at: Index, new: char) {
        for method in [&HmacSha1 as &dyn SigningMethod, &HmacSha256, &HmacSha512, &Plaintext] {
            let sent = case.send(method, Place::Header);
            let mut other = case.clone();
            let secret = if token && case.token.is_some() { &mut other.token_secret } else { &mut other.client_secret };
            let mut chars: Vec<char> = secret.chars().collect();
            if chars.is_empty() {
                chars.push(new);
            } else {
                let at = at.index(chars.len());
                prop_assume!(chars[at] != new);
                chars[at] = new;
            }
            *secret = chars.into_iter().collect();
            prop_assert!(!sent.verifies(&other.keys()), "{}", method.name());
        }
    }

    #[test]
    fn secrets_change_places_in_vain(case in case()) {
        let OwnedKeys { client, token, .. } = case.keys();
        prop_assume!(client.expose() != token.expose());
        let swapped = OwnedKeys { client: token, token: client, public: None };
        for method in [&HmacSha1 as &dyn SigningMethod, &HmacSha256, &HmacSha512, &Plaintext] {
            prop_assert!(!case.send(method, Place::Header).verifies(&swapped), "{}", method.name());
        }
    }

    #[test]
    fn the_place_of_the_credentials_changes_no_base_string(case in case()) {
        let bases = PLACES.map(|place| case.send(&HmacSha256, place).base());
        prop_assert!(bases.iter().all(|base| *base == bases[0]), "{bases:#?}");
    }

    #[test]
    fn the_order_of_arrival_changes_no_base_string([sorted, shuffled] in shuffled()) {
        let [given, expected] = [shuffled, sorted].map(|[query, header, form]| {
            let sent = Request {
                method: "POST".into(),
                origin: "http://example.com".into(),
                target: format!("/r?{}", joined(&query)),
                header: Some(header_of(&header)),
                form: joined(&form).into_bytes(),
            };
            sent.base()
        });
        prop_assert_eq!(given, expected);
    }

    #[test]
    fn the_base_string_is_that_of_the_rfc(sent in sent()) {
        let (origin, meaning) = (sent.origin.parse().unwrap(), sent.meaning());
        let parsed = sent.view(&origin).parse();
        match (&parsed, meaning) {
            (Ok(request), Some(meaning)) => {
                let base = request.base_string();
                prop_assert_eq!(base.as_str(), meaning.base);
                prop_assert_eq!(request.parameters().count(), meaning.parameters);
            }
            (Ok(_), None) => prop_assert!(false, "what is broken is read: {:?}", sent),
            (Err(_), _) => {}
        }
    }

    #[test]
    fn parameters_are_sorted_by_encoded_name_then_value(sent in sent()) {
        let origin = sent.origin.parse().unwrap();
        if let Ok(request) = sent.view(&origin).parse() {
            let key = |parameter: Parameter<'_>| (parameter.name.to_owned(), parameter.value.to_owned());
            let keys: Vec<_> = request.parameters().map(key).collect();
            prop_assert!(keys.is_sorted(), "{keys:?}");
        }
    }

    #[test]
    fn whatever_arrives_nothing_panics(
        method: String, target: String, fields in vec(bytes(), 0..3), form in bytes()
    ) {
        let origin = "https://example.com/p".parse().unwrap();
        let view = RequestView::new(&method, &origin, &target).form(&form);
        let view = fields.iter().fold(view, |view, field| view.authorization(field));
        if let Ok(request) = view.parse() {
            let base = request.base_string();
            let again = [base.method(), &encode(base.uri()), &encode(base.normalized())].join("&");
            prop_assert_eq!(base.as_str(), again);
        }
    }

    #[test]
    fn what_is_encoded_decodes_to_itself(plain in bytes()) {
        let encoded = encode(&plain);
        prop_assert_eq!(&*decode(encoded.as_bytes()).unwrap(), &*plain);
        prop_assert_eq!(encoded, model::encode(&plain));
    }

    #[test]
    fn the_decoder_reads_what_the_rfc_reads(text in bytes()) {
        prop_assert_eq!(decode(&text).ok().map(Vec::from), model::decode(&text, false));
    }
}

#[cfg(feature = "rsa-sign")]
proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..config() })]

    #[test]
    fn what_rsa_signs_it_verifies_and_a_changed_byte_is_refused(
        case in case(), place in place(), part in part(), at: Index, new: u8
    ) {
        let keys = OwnedKeys { public: Some(rsa::KEYS.public.clone()), ..case.keys() };
        for signer in &rsa::KEYS.signers {
            let sent = case.send(&**signer, place);
            prop_assert!(sent.verifies(&keys), "{}", signer.name());
            let Some(changed) = sent.with_byte(part, &at, new) else { continue };
            let same = changed.meaning() == sent.meaning();
            prop_assert_eq!(changed.verifies(&keys), same, "{} {:?}", signer.name(), changed);
        }
    }
}

/// A failure prints all that made it, and becomes a case of its own in `vectors/`: no file of seeds is kept.
fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

const HMACS: [&dyn SigningMethod; 3] = [&HmacSha1, &HmacSha256, &HmacSha512];
