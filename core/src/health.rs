//! Whether the cache serves: what a readiness probe wants to know.

use std::sync::Arc;

use crate::error::Error;
use crate::system::Timestamp;

/// How the cache serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing was asked for yet, or not of late.
    Idle,
    /// Every token is there.
    Ok,
    /// Tokens are there, but a refresh or another token fails.
    Degraded,
    /// No token is there, and getting one fails.
    Failing,
}

impl Status {
    /// As JavaScript reads it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
        }
    }

    /// The status over all tokens, each given by whether it is held and whether getting it fails.
    ///
    /// A token that is served keeps the whole from failing: a scope that a caller mistyped must not take an app out of
    /// service.
    ///
    /// ```
    /// use azure_openai_entra_core::health::Status;
    ///
    /// let (is_held, fails) = (true, true);
    /// assert_eq!(Status::of([(is_held, fails)]), Status::Degraded);
    /// ```
    pub fn of(tokens: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let (mut is_serving, mut is_failing) = (false, false);
        for (is_held, fails) in tokens {
            is_serving |= is_held;
            is_failing |= fails;
        }
        match (is_serving, is_failing) {
            (false, false) => Self::Idle,
            (true, false) => Self::Ok,
            (true, true) => Self::Degraded,
            (false, true) => Self::Failing,
        }
    }
}

/// The last failure to get a token, while nothing has succeeded since.
#[derive(Clone)]
pub struct LastFailure {
    /// Why.
    pub error: Arc<Error>,
    /// When.
    pub at: Timestamp,
    /// Whether it still describes the current state. Some time after the last call for the token it does not, so that
    /// an app that a probe took out of service can return to it.
    pub is_current: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_that_serves_keeps_the_whole_from_failing() {
        const NOTHING: (bool, bool) = (false, false);
        for (tokens, expected) in [
            (vec![], Status::Idle),
            (vec![NOTHING], Status::Idle),
            (vec![(true, false), NOTHING], Status::Ok),
            (vec![(true, true)], Status::Degraded),
            (vec![(true, false), (false, true)], Status::Degraded),
            (vec![(false, true), NOTHING], Status::Failing),
        ] {
            assert_eq!(Status::of(tokens.iter().copied()), expected, "{tokens:?}");
        }
    }
}
