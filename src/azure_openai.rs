//! What `lib/` needs for requests to Azure OpenAI beside the cache.

use std::sync::atomic::{AtomicU64, Ordering};

use napi_derive::napi;

/// Requests of the whole process that fell back to their API key.
static FALLBACKS: AtomicU64 = AtomicU64::new(0);

/// Counts a request that went out with its API key.
#[napi(catch_unwind)]
pub fn count_fallback() {
    FALLBACKS.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn fallbacks() -> u64 {
    FALLBACKS.load(Ordering::Relaxed)
}
