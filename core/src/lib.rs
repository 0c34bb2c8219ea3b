//! Keyless Microsoft Entra ID authentication for Azure OpenAI: one token cache over a default Azure credential chain.
//! It knows nothing of Node: the crate above it is the addon.
//!
//! Calls go one way:
//!
//! - [`cache`] keeps tokens and runs one fetch per key at a time;
//! - [`credential`] is the chain and its sources, one file each;
//! - [`transport`] is the HTTP client; [`challenge`] reads `WWW-Authenticate` headers and [`pinning`] knows a server
//!   by its certificate.
//!
//! [`health`] says whether the cache serves, [`claims`] what a token says of itself, [`reachability`] whether the
//! authority answers, [`settings`] reads what the environment says, [`error`] is the one error, [`retry`] says what is sent again,
//! [`secret`] keeps secrets out of logs, [`telemetry`] hands events on, and [`system`] is the only door to the
//! clock, files and processes.

pub mod cache;
pub mod challenge;
pub mod claims;
pub mod credential;
pub mod error;
pub mod health;
pub mod pinning;
pub mod reachability;
pub mod retry;
pub mod secret;
pub mod settings;
pub mod system;
pub mod telemetry;
pub mod transport;

#[cfg(any(test, fuzzing))]
pub mod fuzzing;

#[cfg(test)]
mod test_support;
