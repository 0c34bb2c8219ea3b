//! Keyless Microsoft Entra ID authentication for Azure OpenAI: one token cache over a default Azure credential chain.
//! It knows nothing of Node: the crate above it is the addon.
//!
//! Calls go one way:
//!
//! - [`cache`] keeps tokens and runs one fetch per key at a time;
//! - [`credential`] is the chain and its sources, one file each;
//! - [`http`] is the HTTP client, and what it sends again;
//! - [`system`] is the only door to the clock, files and processes.
//!
//! Below all of them, [`settings`] reads what the environment says, [`error`] is the one error, [`secret`] keeps
//! secrets out of logs, and [`shown`] says which values a message may show. [`challenge`] reads `WWW-Authenticate` headers, [`token_claims`] what a token says of itself,
//! [`health`] says whether the cache serves, and [`telemetry`] hands events on.

pub mod cache;
pub mod challenge;
pub mod credential;
pub mod error;
pub mod health;
pub mod http;
pub mod secret;
pub mod settings;
pub mod shown;
pub mod system;
pub mod telemetry;
pub mod token_claims;

#[cfg(any(test, fuzzing))]
pub mod fuzzing;

#[cfg(test)]
mod planted;
#[cfg(test)]
mod test_support;
