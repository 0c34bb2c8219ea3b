//! Keyless Microsoft Entra ID authentication for Azure OpenAI: one token cache over a default Azure credential chain.
//! It knows nothing of Node: the crate above it is the addon.
//!
//! A program makes one cache, and asks it for each token:
//!
//! ```no_run
//! use std::collections::HashMap;
//! use std::sync::Arc;
//!
//! use azure_openai_entra_core::cache::{Answer, Call, ChainFetch, TokenCache};
//! use azure_openai_entra_core::credential::TokenRequest;
//! use azure_openai_entra_core::http::transport::Transport;
//! use azure_openai_entra_core::settings::{CredentialOptions, Settings, Variables};
//! use azure_openai_entra_core::system::System;
//!
//! # async fn ask() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let system = System::real();
//! let http = Arc::new(Transport::new(system.files.clone()));
//! let variables = Variables::new(HashMap::from_iter(std::env::vars()), system.os.is_windows());
//! let settings = Settings::parse(variables, &CredentialOptions::default())?;
//! let request = TokenRequest::new(vec![settings.openai_scope()], None, None)?;
//!
//! let fetch = Arc::new(ChainFetch::new(system.clone(), http));
//! let cache = TokenCache::new(system, fetch, tokio::runtime::Handle::current());
//! let served = match cache.get_token(Call { settings, request, app: None, holder: None, place: None, force: false }) {
//!     Answer::Ready(served) => *served,
//!     Answer::Refused(error) => return Err(error.to_string().into()),
//!     Answer::Pending(pending) => pending.wait().await.map_err(|error| error.to_string())?,
//! };
//! println!("a token of {} until {}", served.token.credential.name(), served.token.expires_on.millis());
//! # Ok(())
//! # }
//! ```
//!
//! Calls go one way:
//!
//! - [`cache`] keeps tokens and runs one fetch per key at a time;
//! - [`credential`] is the chain and its sources, one file each;
//! - [`http`] is the HTTP client, and what it sends again;
//! - [`system`] is the only door to the clock, files and processes.
//!
//! Below all of them, [`settings`] reads what the environment says, [`error`] is the one error, [`secret`] keeps
//! secrets out of logs, [`said`] reads what a body says, and [`shown`] says which values a message may show. [`challenge`] reads `WWW-Authenticate` headers, [`token_claims`] what a token says of itself,
//! [`health`] says whether the cache serves, [`allowed_hosts`] which hosts get a token, and [`telemetry`] hands events on.

pub mod aadsts;
pub mod address;
pub mod allowed_hosts;
pub mod cache;
pub mod challenge;
pub mod credential;
pub mod error;
pub mod file_form;
pub mod health;
pub mod http;
mod json;
pub mod said;
pub mod secret;
pub mod settings;
mod shell_word;
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
