//! What a source gives, and a chain.

use crate::error::Error;
use crate::secret::Secret;
use crate::settings::Credential;
use crate::system::Timestamp;

/// An access token.
#[derive(Clone)]
pub struct Token {
    /// The token itself.
    pub secret: Secret,
    /// When it expires.
    pub expires_on: Timestamp,
    /// From when the endpoint wants it refreshed, where it says so.
    pub refresh_on: Option<Timestamp>,
}

/// The outcome of a chain: a token and who gave it.
#[derive(Clone)]
pub struct Acquired {
    /// The token.
    pub token: Token,
    /// Who gave it.
    pub credential: Credential,
}

/// What a chain gives.
pub type Acquisition = Result<Acquired, Error>;
