//! How requests are sent, and sent again.

use std::time::Duration;

/// Roots and proxies; clients are kept while these stay the same.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct TransportSettings {
    /// The variable that names the proxy, and its value. Never logged: it can hold a password.
    pub proxy: Option<(&'static str, String)>,
    /// `NO_PROXY`: host names and suffixes, addresses and CIDR blocks, separated by commas.
    pub no_proxy: Option<String>,
    /// Variables that name files of further CA certificates, and their values.
    pub root_files: Vec<(&'static str, String)>,
}

/// The option `retryOptions`: what it gives, it gives for every policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RetryOptions {
    /// Tries after the first.
    pub max_retries: Option<u32>,
    /// The pause before the first retry.
    pub retry_delay: Option<Duration>,
    /// The longest pause.
    pub max_retry_delay: Option<Duration>,
}
