//! What the cache says of itself.

use crate::credential::Credential;
use crate::health::LastFailure;
use crate::system::Timestamp;
use crate::token_claims::Claims;

/// What the cache holds and has done.
#[derive(Default)]
pub struct Stats {
    /// Acquisitions started.
    pub fetches: u64,
    /// Acquisitions that ended in an error.
    pub failures: u64,
    /// Acquisitions under way.
    pub in_flight: usize,
    /// The tokens held, without the tokens.
    pub tokens: Vec<HeldToken>,
}

/// A held token, without the token.
pub struct HeldToken {
    /// The credential that issued it.
    pub credential: Credential,
    /// What it is for.
    pub scopes: Vec<String>,
    /// The tenant that was asked for.
    pub tenant: Option<String>,
    /// When it expires.
    pub expires_on: Timestamp,
    /// From when it is refreshed.
    pub refresh_at: Timestamp,
}

/// How one token is served.
pub struct TokenHealth {
    /// What it is for.
    pub scopes: Vec<String>,
    /// The tenant that was asked for.
    pub tenant: Option<String>,
    /// The held token, without the token.
    pub held: Option<HeldToken>,
    /// The claims of the cached token, if they were requested.
    pub claims: Option<Claims>,
    /// The last failure, while nothing has succeeded since.
    pub failure: Option<LastFailure>,
}

impl TokenHealth {
    /// Whether it is held, and whether getting it fails.
    pub fn state(&self) -> (bool, bool) {
        (self.held.is_some(), self.failure.as_ref().is_some_and(|failure| failure.is_current))
    }
}
