//! What a source gives, and a chain.

use crate::error::{Code, Error, Failure};
use crate::secret::Secret;
use crate::settings::Credential;
use crate::system::Timestamp;

/// An access token.
#[derive(Clone)]
pub struct Token {
    /// The token itself.
    pub secret: Secret,
    /// The credential that gave it.
    pub credential: Credential,
    /// When it expires.
    pub expires_on: Timestamp,
    /// From when the endpoint wants it refreshed, if it says so.
    pub refresh_on: Option<Timestamp>,
}

impl Token {
    /// The same, unless it claims to live longer than there are dates: then nothing can tell when it ends.
    pub(super) fn with_a_date(self) -> Result<Self, Failure> {
        if self.expires_on <= Timestamp::LAST {
            return Ok(self);
        }
        Err(Failure::new(Code::Network, "the expiry of its token is beyond the calendar")
            .with_next_step("correct the expiry in the answer of the source"))
    }
}

/// What a chain gives.
pub type Acquisition = Result<Token, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_lives_beyond_the_last_date() {
        let token =
            |expires_on| Token { secret: Secret::new("t"), credential: Credential::App, expires_on, refresh_on: None };
        assert!(token(Timestamp::LAST).with_a_date().is_ok());
        for millis in [Timestamp::LAST.millis() + 1, i64::MAX] {
            let failure = token(Timestamp::from_millis(millis)).with_a_date().err().unwrap();
            assert!(failure.reason.contains("beyond the calendar"), "{}", failure.reason);
        }
    }
}
