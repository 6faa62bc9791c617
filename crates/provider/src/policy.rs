//! What a route asks of a request, as data: the same for every integration.

use crate::rejection::Problem;
use countersign_core::{BODY_HASH, ParsedRequest, Window};
use countersign_store::TokenRecord;

/// What a route asks for. The default: a token of any scope, over https, any method that the provider accepts.
///
/// # Examples
///
/// ```
/// use countersign_provider::{BodyHash, Policy, TokenRule};
///
/// let upload = Policy::default().scope("photos").body_hash(BodyHash::Require);
/// let launch = Policy::default().token(TokenRule::None).methods(["HMAC-SHA256"]); // 2-legged
/// # let _ = (upload, launch);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Whether a token is needed.
    pub token: TokenRule,
    /// Scopes that the token must all have.
    pub scopes: Vec<String>,
    /// The signature methods that will do, of those that provider and client accept; empty for all of them.
    pub methods: Vec<String>,
    /// The timestamp's window on this route, in place of the client's and the provider's.
    pub window: Option<Window>,
    /// What is made of `oauth_body_hash`.
    pub body_hash: BodyHash,
    /// Whether http will do for this route alone.
    pub allow_http: bool,
    /// The largest body in bytes that is held to be verified, a form or one to be hashed; above it the answer is 413.
    pub form_limit: usize,
}

/// Whether a route needs a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenRule {
    /// Client and token: 3-legged.
    #[default]
    Required,
    /// Either.
    Optional,
    /// The client alone: 2-legged.
    None,
}

/// What a route makes of `oauth_body_hash` (OAuth Request Body Hash, draft 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyHash {
    /// It is an ordinary, signed parameter, and no body but a form is verified.
    #[default]
    Ignore,
    /// Where it is stated it must be right.
    Verify,
    /// It must be stated with every request whose body is no form.
    Require,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            token: TokenRule::default(),
            scopes: Vec::new(),
            methods: Vec::new(),
            window: None,
            body_hash: BodyHash::default(),
            allow_http: false,
            form_limit: FORM_LIMIT,
        }
    }
}

impl Policy {
    /// Asks for a scope; call it again for each further one.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Whether a token is needed; [`TokenRule::Required`] by default.
    #[must_use]
    pub fn token(mut self, rule: TokenRule) -> Self {
        self.token = rule;
        self
    }

    /// Narrows the signature methods; what the provider does not accept stays refused.
    #[must_use]
    pub fn methods<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.methods = names.into_iter().map(Into::into).collect();
        self
    }

    /// The timestamp's window on this route, to both sides.
    #[must_use]
    pub fn window(mut self, window: Window) -> Self {
        self.window = Some(window);
        self
    }

    /// What is made of `oauth_body_hash`; [`BodyHash::Ignore`] by default.
    ///
    /// # Security
    ///
    /// Only TLS protects a body whose hash is not stated. Under `PLAINTEXT` nothing is signed, a hash neither.
    #[must_use]
    pub fn body_hash(mut self, rule: BodyHash) -> Self {
        self.body_hash = rule;
        self
    }

    /// Lets http through on this route: for a network that you trust.
    #[must_use]
    pub fn danger_allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// The largest body in bytes that is held to be verified; 1 MiB by default, above it the answer is 413.
    #[must_use]
    pub fn form_limit(mut self, bytes: usize) -> Self {
        self.form_limit = bytes;
        self
    }

    /// The first scope that is asked for and not there.
    pub(crate) fn lacking(&self, token: Option<&TokenRecord>) -> Option<&str> {
        let granted = token.map_or(&[][..], |token| &token.scopes);
        self.scopes.iter().find(|scope| !granted.contains(scope)).map(String::as_str)
    }

    pub(crate) fn accepts(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|known| known == method)
    }

    /// The hash that must be compared with the body's, if any: stated once, and not beside a form, which is signed itself.
    pub(crate) fn stated_hash(
        &self,
        request: &ParsedRequest<'_>,
        is_form: bool,
    ) -> Result<Option<Vec<u8>>, Problem> {
        if self.body_hash == BodyHash::Ignore {
            return Ok(None);
        }
        match request.body_hash()? {
            Some(_) if is_form => Err(Problem::ParameterRejected(
                Some(BODY_HASH),
                "a form is signed parameter by parameter: leave the hash out".into(),
            )),
            None if self.body_hash == BodyHash::Require && !is_form => {
                Err(Problem::ParametersAbsent(vec![BODY_HASH]))
            }
            stated => Ok(stated.map(std::borrow::Cow::into_owned)),
        }
    }
}

/// 1 MiB.
const FORM_LIMIT: usize = 1 << 20;
