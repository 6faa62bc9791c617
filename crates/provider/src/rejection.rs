//! Why a request is refused: what the client may read, the cause that it may not, and the one status table.

use countersign_core::{ParseError, Reason, Timestamp};
use countersign_store::StoreError;
use std::{borrow::Cow, error::Error, fmt};

/// A refusal with two faces: the public [`Problem`], and a cause for the operator's log.
#[derive(Debug)]
pub struct Rejection {
    problem: Problem,
    cause: Option<StoreError>,
    logged: bool,
}

impl Rejection {
    /// What the client is told.
    #[must_use]
    pub fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.problem.status()
    }

    /// The stable code, as in `oauth_problem`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// What lies behind it, for a log and never for an answer.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| cause as &(dyn Error + 'static))
    }

    /// For how many seconds the same request cannot succeed, where a store knows.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.cause.as_ref().and_then(StoreError::retry_after)
    }

    /// Writes one line at DEBUG, or at ERROR where the server itself is at fault and cannot tell for how long; nothing where the conversation that
    /// refused has written it.
    pub fn log(&self) {
        if self.logged {
            return;
        }
        match &self.cause {
            Some(cause) => {
                let source = cause.source().map(ToString::to_string);
                if cause.retry_after().is_some() {
                    // Known, and over by itself: the store has said so once.
                    tracing::debug!(target: "countersign::rejection", code = self.code(), %cause, source, "refused for a while");
                    return;
                }
                tracing::error!(target: "countersign::rejection", code = self.code(), %cause, source, "store failure");
            }
            None => {
                tracing::debug!(target: "countersign::rejection", code = self.code(), advice = self.loggable(), "refused");
            }
        }
    }

    /// The same, as a conversation ends: inside its span, which says who called what from where.
    pub(crate) fn logged(self) -> Self {
        self.log();
        Self { logged: true, ..self }
    }

    /// The advice, unless it lists parameter names: of a form that is none, they are its data.
    fn loggable(&self) -> Option<tracing::field::DisplayValue<Cow<'_, str>>> {
        let listed = matches!(self.problem, Problem::SignatureInvalid(_));
        (!listed).then(|| tracing::field::display(self.problem.advice()))
    }
}

impl From<Problem> for Rejection {
    fn from(problem: Problem) -> Self {
        Self { problem, cause: None, logged: false }
    }
}

impl From<ParseError> for Rejection {
    fn from(error: ParseError) -> Self {
        Problem::from(error).into()
    }
}

impl From<StoreError> for Rejection {
    fn from(cause: StoreError) -> Self {
        Self { problem: Problem::StoreUnavailable, cause: Some(cause), logged: false }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.problem.advice())
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause()
    }
}

/// What is wrong, in the words of the OAuth problem reporting extension and a few of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Not exactly one `Host` field.
    BadHost,
    /// The body is not the one whose hash was signed.
    BodyHashInvalid,
    /// The body that is to be verified stayed with the proxy that asks on the client's behalf.
    BodyNotForwarded,
    /// The body that is to be verified did not come along, or broke off.
    BodyRequired,
    /// The body is larger than the limit, in bytes.
    BodyTooLarge(usize),
    /// The callback is not one that the client may name; why, in one sentence.
    CallbackRejected(&'static str),
    /// The client is suspended or waits for approval.
    ClientRefused,
    /// No such client.
    ClientUnknown,
    /// Headers of a trusted proxy cannot be read, or contradict each other.
    ConflictingForwarded,
    /// http where https is required.
    InsecureTransport,
    /// Another HTTP method is needed; which ones are allowed.
    MethodNotAllowed(Cow<'static, str>),
    /// No credentials anywhere.
    NoCredentials,
    /// The nonce was used before.
    NonceUsed,
    /// Required parameters are missing.
    ParametersAbsent(Vec<&'static str>),
    /// A parameter is malformed, or came twice; its name if it has one, and why.
    ParameterRejected(Option<&'static str>, Cow<'static, str>),
    /// Client and token may not do this; why, in one sentence.
    PermissionDenied(Cow<'static, str>),
    /// The resource owner has not answered yet.
    PermissionUnknown,
    /// Too many requests; try again in so many seconds.
    RateLimited(u64),
    /// The signature does not hold; which method, base string URI and parameter names it should have covered.
    SignatureInvalid(String),
    /// The signature method is not accepted; which ones are.
    SignatureMethodRejected(Vec<String>),
    /// A store did not answer.
    StoreUnavailable,
    /// The timestamp is outside the window: the first and the last that are accepted now.
    TimestampRefused(Timestamp, Timestamp),
    /// The token has expired.
    TokenExpired,
    /// The token is unknown, another client's, already redeemed, or its owner is disabled.
    TokenRejected,
    /// The token was revoked.
    TokenRevoked,
    /// The resource owner said no.
    UserRefused,
    /// The verifier is wrong.
    VerifierInvalid,
    /// `oauth_version` is not `1.0`.
    VersionRejected,
}

impl Problem {
    /// The HTTP status ([RFC 5849 §3.2](https://www.rfc-editor.org/rfc/rfc5849#section-3.2)).
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::BadHost
            | Self::BodyNotForwarded
            | Self::BodyRequired
            | Self::CallbackRejected(_)
            | Self::ConflictingForwarded
            | Self::InsecureTransport
            | Self::ParametersAbsent(_)
            | Self::ParameterRejected(..)
            | Self::SignatureMethodRejected(_)
            | Self::VersionRejected => 400,
            Self::BodyHashInvalid
            | Self::ClientRefused
            | Self::ClientUnknown
            | Self::NoCredentials
            | Self::NonceUsed
            | Self::PermissionUnknown
            | Self::SignatureInvalid(_)
            | Self::TimestampRefused(..)
            | Self::TokenExpired
            | Self::TokenRejected
            | Self::TokenRevoked
            | Self::UserRefused
            | Self::VerifierInvalid => 401,
            Self::PermissionDenied(_) => 403,
            Self::MethodNotAllowed(_) => 405,
            Self::BodyTooLarge(_) => 413,
            Self::RateLimited(_) => 429,
            Self::StoreUnavailable => 503,
        }
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadHost | Self::ConflictingForwarded | Self::ParameterRejected(..) => "parameter_rejected",
            Self::BodyNotForwarded | Self::BodyRequired => "body_required",
            Self::BodyTooLarge(_) => "body_too_large",
            Self::CallbackRejected(_) => "callback_rejected",
            Self::ClientRefused => "consumer_key_refused",
            Self::ClientUnknown => "consumer_key_unknown",
            Self::InsecureTransport => "insecure_transport",
            Self::MethodNotAllowed(_) => "method_not_allowed",
            Self::NoCredentials | Self::ParametersAbsent(_) => "parameter_absent",
            Self::NonceUsed => "nonce_used",
            Self::PermissionDenied(_) => "permission_denied",
            Self::PermissionUnknown => "permission_unknown",
            Self::RateLimited(_) => "rate_limited",
            Self::BodyHashInvalid | Self::SignatureInvalid(_) => "signature_invalid",
            Self::SignatureMethodRejected(_) => "signature_method_rejected",
            Self::StoreUnavailable => "store_unavailable",
            Self::TimestampRefused(..) => "timestamp_refused",
            Self::TokenExpired => "token_expired",
            Self::TokenRejected => "token_rejected",
            Self::TokenRevoked => "token_revoked",
            Self::UserRefused => "user_refused",
            Self::VerifierInvalid => "verifier_invalid",
            Self::VersionRejected => "version_rejected",
        }
    }

    /// One sentence on what to do; it holds no value of the request and no secret.
    #[must_use]
    pub fn advice(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Self::BadHost => "send exactly one `Host` header, which names one host",
            Self::BodyHashInvalid => {
                "the signature holds, but the body is not the one whose `oauth_body_hash` was signed: something on the way changed it, or it was hashed by another hash than the signature method's"
            }
            Self::BodyNotForwarded => {
                "the body is signed, but the proxy in front asked without sending it along: let the proxy send it, or route this path through the server itself, by `upstream` in its [[route]]"
            }
            Self::BodyRequired => {
                "the body is signed and must be sent along whole: it did not reach this server"
            }
            Self::BodyTooLarge(most) => return format!("the body may have {most} bytes at most").into(),
            Self::CallbackRejected(why) => why,
            Self::ClientRefused => "the client is suspended or not approved yet: ask the operator",
            Self::ClientUnknown => {
                "no client has this `oauth_consumer_key`: check it for a missing or extra character"
            }
            Self::ConflictingForwarded => {
                "the forwarded headers cannot be read, or contradict each other: let the proxy set each of them once"
            }
            Self::InsecureTransport => {
                "use https; if the client did, the proxy in front does not say so, or is not trusted by this server"
            }
            Self::MethodNotAllowed(allowed) => return format!("use {allowed}").into(),
            Self::NoCredentials => {
                "the request carries no OAuth credentials; if the client sent some, a proxy may have removed `Authorization`"
            }
            Self::NonceUsed => {
                "this `oauth_nonce` was used before with this timestamp: make a new one for every request"
            }
            Self::ParametersAbsent(names) => return format!("add {}", quoted(names)).into(),
            Self::ParameterRejected(None, why) => return why.clone(),
            Self::ParameterRejected(Some(name), why) => return format!("`{name}`: {why}").into(),
            Self::PermissionDenied(why) => return why.clone(),
            Self::PermissionUnknown => "the resource owner has not granted this request yet",
            Self::RateLimited(seconds) => return format!("try again in {seconds} s").into(),
            Self::SignatureInvalid(covered) => return covered.into(),
            Self::SignatureMethodRejected(accepted) if accepted.is_empty() => {
                "no signature method that the server accepts is left for this client: ask the operator"
            }
            Self::SignatureMethodRejected(accepted) => return format!("use {}", accepted.join(", ")).into(),
            Self::StoreUnavailable => "a store did not answer: try again later",
            Self::TimestampRefused(..) => {
                "`oauth_timestamp` is outside the window: set the client's clock (seconds, UTC)"
            }
            Self::TokenExpired => "the token has expired: ask the resource owner again",
            Self::TokenRejected => {
                "this `oauth_token` is unknown, of another client, or was already redeemed"
            }
            Self::TokenRevoked => "the token was revoked: ask the resource owner again",
            Self::UserRefused => "the resource owner refused this request",
            Self::VerifierInvalid => "`oauth_verifier` is not the one that the resource owner was given",
            Self::VersionRejected => "`oauth_version` must be `1.0` or absent",
        })
    }

    /// What comes with the code, as name and value: the extension's own parameters.
    #[must_use]
    pub fn details(&self) -> Option<(&'static str, String)> {
        match self {
            Self::ParametersAbsent(names) => Some(("oauth_parameters_absent", names.join("&"))),
            Self::ParameterRejected(Some(name), _) => Some(("oauth_parameters_rejected", (*name).into())),
            Self::SignatureMethodRejected(accepted) => {
                Some(("oauth_acceptable_signature_methods", accepted.join("&")))
            }
            Self::TimestampRefused(first, last) => {
                Some(("oauth_acceptable_timestamps", format!("{}-{}", first.seconds(), last.seconds())))
            }
            Self::VersionRejected => Some(("oauth_acceptable_versions", "1.0-1.0".into())),
            _ => None,
        }
    }
}

impl From<ParseError> for Problem {
    fn from(error: ParseError) -> Self {
        let whole = |error: &ParseError| Self::ParameterRejected(None, error.to_string().into());
        match error {
            ParseError::Missing(names) => Self::ParametersAbsent(names),
            ParseError::NoCredentials => Self::NoCredentials,
            ParseError::VersionRejected => Self::VersionRejected,
            ParseError::Duplicate(name) => {
                Self::ParameterRejected(Some(name), "it is given more than once".into())
            }
            ParseError::Rejected(name, reason) => Self::rejected(name, reason),
            ref other => whole(other),
        }
    }
}

impl Problem {
    pub(crate) fn rejected(name: &'static str, reason: Reason) -> Self {
        Self::ParameterRejected(Some(name), reason.to_string().into())
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
