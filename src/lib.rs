//! Keyless Microsoft Entra ID authentication for Azure OpenAI: one token cache over a default Azure credential
//! chain, as a Node addon.
//!
//! Calls go one way:
//!
//! - `node` is the binding, the only place that knows napi;
//! - [`cache`] keeps tokens and runs one fetch per key at a time;
//! - [`credential`] is the chain and its sources, one file each;
//! - [`transport`] is the HTTP client; [`challenge`] reads `WWW-Authenticate` headers and [`pinning`] knows a server
//!   by its certificate.
//!
//! [`health`] says whether the cache serves, [`claims`] what a token says of itself, [`reachability`] whether the
//! authority answers, [`settings`] reads what the environment says, [`error`] is the one error, [`retry`] says what is sent again,
//! [`secret`] keeps secrets out of logs, [`telemetry`] hands events on, and [`system`] is the only door to the
//! clock, files and processes. All but `node` build and are tested without Node.

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

// Its tests are those of __test__/: without a Node there is nothing to bind to.
#[cfg(all(feature = "node", not(test)))]
mod node;

#[cfg(any(test, fuzzing))]
pub mod fuzzing;

#[cfg(test)]
mod test_support;
