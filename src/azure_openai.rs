//! What `lib/` needs for requests to Azure OpenAI beside the cache.

use std::sync::atomic::{AtomicU64, Ordering};

use napi_derive::napi;

use azure_openai_entra_core::challenge;

/// Requests of the whole process that fell back to their API key.
static FALLBACKS: AtomicU64 = AtomicU64::new(0);

/// The `claims` of a `WWW-Authenticate` header's first Bearer challenge that has some, unchanged.
#[napi(catch_unwind)]
pub fn challenge_claims(header: String) -> Option<String> {
    challenge::parameter(&header, "Bearer", "claims")
}

/// Counts a request that went out with its API key.
#[napi(catch_unwind)]
pub fn count_fallback() {
    FALLBACKS.fetch_add(1, Ordering::Relaxed);
}

pub(super) fn fallbacks() -> u64 {
    FALLBACKS.load(Ordering::Relaxed)
}
