//! A fetch under way, and what it brings.

use std::sync::Arc;

use tokio::task::AbortHandle;

use crate::credential::Token;
use crate::error::Error;
use crate::system::Timestamp;

/// Tells fetches of one entry apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FetchId(u64);

impl FetchId {
    pub(super) fn next(&mut self) -> Self {
        self.0 += 1;
        *self
    }
}

/// A fetch under way.
pub(super) struct Flight {
    pub(super) id: FetchId,
    pub(super) abort: AbortHandle,
    /// The settings that it was begun under.
    pub(super) fingerprint: u64,
    /// Whether it took the place of a fetch that was ended. It is not ended itself.
    pub(super) is_substitute: bool,
    /// Whether the cache was cleared since: the callers that wait get its token, and nothing keeps it.
    pub(super) is_cleared: bool,
    /// Whether the timer began it, and no call.
    pub(super) is_ahead: bool,
    pub(super) since: Timestamp,
}

/// What a fetch brought.
pub(super) type Landed = Result<Token, Arc<Error>>;
