//! What the fuzz targets share: a naive [`model`] of RFC 5849, and a comparison of the real parser with it.
//!
//! The model is written to be read beside the RFC, not to be quick: it decodes every pair to bytes, encodes all of
//! them anew, sorts copies and joins them. It shares no code with the crate that it judges.

#![forbid(unsafe_code)]

pub mod model;

use countersign_core::{Origin, ParseError, ParsedRequest, RequestView};
use model::Meaning;

/// One request as text, readable by the model and by the real parser alike.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The HTTP method as it was sent.
    pub method: &'a str,
    /// Scheme, authority and perhaps a prefix.
    pub origin: &'a Origin,
    /// Raw path and query.
    pub target: &'a str,
    /// The `Authorization` field, if there is one.
    pub header: Option<&'a [u8]>,
    /// The form body.
    pub form: &'a [u8],
}

impl<'a> Request<'a> {
    /// Reads the request with the crate.
    ///
    /// # Errors
    ///
    /// What the crate says.
    pub fn parse(&self) -> Result<ParsedRequest<'a>, ParseError> {
        let view = RequestView::new(self.method, self.origin, self.target).form(self.form);
        match self.header {
            Some(field) => view.authorization(field).parse(),
            None => view.parse(),
        }
    }

    /// Reads the request with both, and panics unless they agree in everything that can be seen.
    pub fn compare(&self) -> Option<(ParsedRequest<'a>, Meaning)> {
        let parsed = self.parse();
        let meaning = model::read(self);
        let (parsed, meaning) = match (parsed, meaning) {
            (Ok(parsed), Some(meaning)) => (parsed, meaning),
            (Err(_), None) => return None,
            (Ok(_), None) => panic!("accepted, and the model refuses it: {self:?}"),
            (Err(why), Some(_)) => panic!("refused ({why}), and the model accepts it: {self:?}"),
        };

        let base = parsed.base_string();
        assert_eq!(base.as_str(), meaning.base_string(), "base string");
        assert_eq!(base.as_bytes(), base.as_str().as_bytes(), "a base string is ASCII");
        assert_eq!(base.method(), model::encode(meaning.method.as_bytes()), "first part");
        assert_eq!(base.uri(), meaning.uri, "second part");
        assert_eq!(base.normalized(), meaning.normalized(), "third part");
        assert_eq!(parsed.base_uri(), meaning.uri, "base string URI");

        let mut seen: Vec<_> = parsed.parameters().map(|p| (p.name, p.value, p.source)).collect();
        assert!(seen.is_sorted(), "parameters are sorted by name, value and source");
        for parameter in parsed.parameters() {
            assert_eq!(model::encode(&parameter.decoded_name()), parameter.name, "one encoding per name");
            assert_eq!(model::encode(&parameter.decoded_value()), parameter.value, "one encoding per value");
        }
        for (source, name, value) in &meaning.signed {
            let (name, value) = (model::encode(name), model::encode(value));
            let at = seen.iter().position(|found| *found == (name.as_str(), value.as_str(), *source));
            seen.remove(at.unwrap_or_else(|| panic!("{name}={value} of the {source} is lost")));
        }
        assert!(seen.is_empty(), "parameters from nowhere: {seen:?}");

        let protocol = parsed.protocol();
        assert_eq!(protocol.source(), meaning.source, "where the protocol parameters came from");
        assert_eq!(protocol.client(), meaning.protocol("oauth_consumer_key"));
        assert_eq!(protocol.token(), meaning.protocol("oauth_token").filter(|token| !token.is_empty()));
        assert_eq!(protocol.signature_method(), meaning.protocol("oauth_signature_method"));
        assert_eq!(protocol.callback(), meaning.protocol("oauth_callback"));
        assert_eq!(protocol.verifier(), meaning.protocol("oauth_verifier"));
        assert_eq!(parsed.realm(), meaning.realm, "realm");
        Some((parsed, meaning))
    }
}

/// An origin for targets that are about something else.
#[must_use]
pub fn some_origin() -> Origin {
    "https://example.com".parse().expect("an origin")
}

/// A header that makes any request carry credentials.
pub const HEADER: &[u8] = br#"OAuth oauth_consumer_key="k", oauth_signature="s""#;
