//! What an issuer says of somebody.

use crate::names;
use openidconnect::{
    AdditionalClaims, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields,
    StandardErrorResponse, StandardTokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreRevocableToken,
        CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Somebody, as an issuer knows them.
#[derive(Debug)]
pub(super) struct Who {
    /// The same for ever, and nobody else's there.
    pub(super) subject: String,
    /// What an account of theirs would be called; whatever it is, it finds no account.
    pub(super) name: Option<String>,
}

/// The claims that no standard names.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct More {
    #[serde(flatten)]
    all: Map<String, Value>,
}

impl AdditionalClaims for More {}

/// The claim that names an account; of an address of mail, only one that the issuer has verified.
pub(super) fn name_of(claims: &impl Serialize, claim: &str, verified: Option<bool>) -> Option<String> {
    let claims = serde_json::to_value(claims).ok()?;
    let name = claims.get(claim)?.as_str()?;
    let told = claim != "email" || verified == Some(true);
    (told && !name.is_empty() && name.len() <= 4 * names::LONGEST).then(|| name.to_owned())
}

/// What the token endpoint answers.
pub(super) type Tokens = StandardTokenResponse<Fields, CoreTokenType>;
type Fields = IdTokenFields<
    More,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
/// This server, as the issuer knows it.
pub(super) type Client = openidconnect::Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
