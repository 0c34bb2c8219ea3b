//! What all requests of the proxy share.

use std::sync::Arc;

use azure_openai_entra_core::system::System;

use crate::drain::Drain;
use crate::guard::Names;
use crate::guarded::Waits;
use crate::local_key::LocalKeys;
use crate::log::Log;
use crate::metrics::Metrics;
use crate::paths::Allowed;
use crate::reloaded::Reloaded;
use crate::tokens::Tokens;
use crate::upstream::Upstream;

/// The proxy, but for its listeners.
pub struct Proxy {
    /// The clock and the files.
    pub system: System,
    /// Tokens for the upstream.
    pub tokens: Tokens,
    /// Where requests go.
    pub upstream: Upstream,
    /// The local keys.
    pub keys: Reloaded<LocalKeys>,
    /// The names that the listener answers to.
    pub names: Names,
    /// The paths that pass besides those of inference.
    pub allowed: Allowed,
    /// The longest body of a request.
    pub max_body: u64,
    /// The longest waits for a client.
    pub waits: Waits,
    /// The counts.
    pub metrics: Arc<Metrics>,
    /// The log.
    pub log: Arc<Log>,
    /// Whether it ends.
    pub drain: Drain,
}
