//! The readers that keep answers, and hear of the ends of fetches.

use std::sync::Arc;
use std::time::Duration;

use crate::credential::Credential;
use crate::error::Error;
use crate::system::Timestamp;

/// A reader keeps answers and is told when they may no longer be kept.
pub trait Reader: Send + Sync {
    /// The cache has moved on to `generation`.
    fn publish(&self, generation: i32);

    /// Whether the answer kept in `slot` was used since this was last asked.
    fn take_used(&self, slot: u32) -> bool;

    /// A fetch of the process has ended. The cache is locked meanwhile: hand the event on and return.
    fn observe(&self, event: &FetchEvent);
}

/// The end of a fetch.
pub struct FetchEvent {
    /// What it was for.
    pub scopes: Vec<String>,
    /// The tenant that was asked for.
    pub tenant: Option<String>,
    /// Whether a valid token is held meanwhile.
    pub is_refresh: bool,
    /// How long it took, by the wall clock.
    pub duration: Duration,
    /// The credential that issued the token and its expiry, or why the fetch failed.
    pub outcome: Result<(Credential, Timestamp), Arc<Error>>,
}
