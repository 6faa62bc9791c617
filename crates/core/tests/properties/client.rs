//! A client: what it has, what it sends, and whether a server accepts that.

use crate::model::Request;
use countersign_core::{
    BaseString, Keys, Methods, Origin, Plaintext, PublicKey, RequestView, Secret, SigningMethod, Timestamp,
    sign, verify,
};
use proptest::sample::Index;

/// What a client has and wants; the query and the form are as it writes them.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) form: String,
    pub(crate) client: String,
    pub(crate) client_secret: String,
    pub(crate) token: Option<String>,
    pub(crate) token_secret: String,
    pub(crate) nonce: String,
    pub(crate) seconds: u64,
}

impl Case {
    pub(crate) fn send(&self, method: &dyn SigningMethod, place: Place) -> Request {
        let origin: Origin = "https://example.com:8443".parse().unwrap();
        let (client_secret, token_secret) = self.secrets();
        let target = format!("{}?{}", self.path, self.query);
        let mut request = sign::Request::new(&self.method, &origin, &target)
            .form(self.form.as_bytes())
            .client(&self.client, &client_secret)
            .stamp(Timestamp::from_seconds(self.seconds), &self.nonce);
        if let Some(token) = &self.token {
            request = request.token(token, &token_secret);
        }
        let signed = request.sign(&Borrowed(method)).unwrap();
        let credentials = signed.form_encoded();
        let mut sent = Request {
            method: self.method.clone(),
            origin: origin.to_string(),
            target: target.clone(),
            header: None,
            form: self.form.clone().into_bytes(),
        };
        match place {
            Place::Header => sent.header = Some(signed.header().into_bytes()),
            Place::Query => sent.target = format!("{target}&{credentials}"),
            Place::Form => sent.form = format!("{credentials}&{}", self.form).into_bytes(),
        }
        sent
    }

    fn secrets(&self) -> (Secret, Secret) {
        let token = if self.token.is_some() { &*self.token_secret } else { "" };
        (Secret::from(&*self.client_secret), Secret::from(token))
    }

    pub(crate) fn keys(&self) -> OwnedKeys {
        let (client, token) = self.secrets();
        OwnedKeys { client, token, public: None }
    }
}

pub(crate) struct OwnedKeys {
    pub(crate) client: Secret,
    pub(crate) token: Secret,
    pub(crate) public: Option<PublicKey>,
}

impl Request {
    pub(crate) fn view<'a>(&'a self, origin: &'a Origin) -> RequestView<'a> {
        let view = RequestView::new(&self.method, origin, &self.target).form(&self.form);
        self.header.iter().fold(view, |view, field| view.authorization(field))
    }

    pub(crate) fn base(&self) -> String {
        let origin = self.origin.parse().unwrap();
        self.view(&origin).parse().unwrap().base_string().as_str().to_owned()
    }

    pub(crate) fn verifies(&self, keys: &OwnedKeys) -> bool {
        let (origin, methods) = (self.origin.parse().unwrap(), Methods::standard().with(Plaintext));
        let Ok(request) = self.view(&origin).parse() else { return false };
        let Ok(presented) = request.protocol().present(&methods) else { return false };
        let keys =
            Keys { client_secret: &keys.client, token_secret: &keys.token, public_key: keys.public.as_ref() };
        presented
            .method
            .prepare(&keys)
            .is_ok_and(|key| verify(&presented, &request.base_string(), &*key).is_ok())
    }

    /// The same request with one byte changed, unless that byte was it already, or no text could hold it.
    pub(crate) fn with_byte(&self, part: Part, at: &Index, new: u8) -> Option<Self> {
        let mut changed = self.clone();
        let change = |bytes: &mut Vec<u8>| {
            let at = at.index(bytes.len().max(1));
            let byte = bytes.get_mut(at)?;
            (std::mem::replace(byte, new) != new).then_some(())
        };
        let change_text = |text: &mut String| {
            let mut bytes = std::mem::take(text).into_bytes();
            change(&mut bytes)?;
            *text = String::from_utf8(bytes).ok()?;
            Some(())
        };
        match part {
            Part::Method => change_text(&mut changed.method)?,
            Part::Target => change_text(&mut changed.target)?,
            Part::Header => change(changed.header.as_mut()?)?,
            Part::Form => change(&mut changed.form)?,
        }
        Some(changed)
    }
}

/// Where the credentials stand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Header,
    Query,
    Form,
}

/// Which text of a request is changed; path, query values and credentials are all in one of these.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Method,
    Target,
    Header,
    Form,
}

/// `sign` wants to know its method's type.
pub(crate) struct Borrowed<'a>(&'a dyn SigningMethod);

impl SigningMethod for Borrowed<'_> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn sign(&self, base: &BaseString, client_secret: &Secret, token_secret: &Secret) -> String {
        self.0.sign(base, client_secret, token_secret)
    }
}

pub(crate) const PLACES: [Place; 3] = [Place::Header, Place::Query, Place::Form];
