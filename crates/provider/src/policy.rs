//! What a route asks of a request, as data.

use countersign_store::TokenRecord;

/// What a route asks for. The default: a token of any scope, over https, any method that the provider accepts.
///
/// # Examples
///
/// ```
/// use countersign_provider::{Policy, TokenRule};
///
/// let upload = Policy::default().scope("photos");
/// let launch = Policy::default().token(TokenRule::None); // 2-legged
/// # let _ = (upload, launch);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Policy {
    /// Whether a token is needed.
    pub token: TokenRule,
    /// Scopes that the token must all have.
    pub scopes: Vec<String>,
    /// Whether http will do for this route alone.
    pub allow_http: bool,
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

    /// Lets http through on this route: for a network that you trust.
    #[must_use]
    pub fn danger_allow_http(mut self) -> Self {
        self.allow_http = true;
        self
    }

    /// The first scope that is asked for and not there.
    pub(crate) fn lacking(&self, token: Option<&TokenRecord>) -> Option<&str> {
        let granted = token.map_or(&[][..], |token| &token.scopes);
        self.scopes.iter().find(|scope| !granted.contains(scope)).map(String::as_str)
    }
}
