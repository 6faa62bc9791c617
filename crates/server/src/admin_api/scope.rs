//! What an API key allows: reading or changing, for each resource alone.

use std::{fmt, str::FromStr};

macro_rules! scopes {
    ($($scope:ident = $text:literal),+ $(,)?) => {
        /// One thing that an API key allows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Scope {
            $(#[doc = concat!("`", $text, "`")] $scope),+
        }

        impl Scope {
            /// All of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$scope),+];

            /// As it is stored, and asked for.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$scope => $text),+
                }
            }
        }

        $(
            /// The scope of that name, for [`May`](super::caller::May).
            pub(super) enum $scope {}

            impl Needed for $scope {
                const SCOPE: Scope = Scope::$scope;
            }
        )+
    };
}

/// What a handler's caller must be allowed, as a type.
pub(super) trait Needed {
    const SCOPE: Scope;
}

scopes! {
    ApplicationsRead = "applications:read",
    ApplicationsWrite = "applications:write",
    AccountsRead = "accounts:read",
    AccountsWrite = "accounts:write",
    ApiKeysRead = "api_keys:read",
    ApiKeysWrite = "api_keys:write",
    TokensRead = "tokens:read",
    TokensWrite = "tokens:write",
    Challenges = "challenges",
    AuditRead = "audit:read",
    UsageRead = "usage:read",
}

/// No scope of the administration's API.
#[derive(Clone, Debug)]
pub(crate) struct UnknownScope;

impl fmt::Display for UnknownScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
        write!(f, "no such scope; there are {}", all.join(", "))
    }
}

impl std::error::Error for UnknownScope {}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text).ok_or(UnknownScope)
    }
}
