//! A local proxy that makes clients of Azure OpenAI keyless. The program is [`cli`] and `main.rs`; this library is what its
//! tests and its fuzz target use.
//!
//! A connection passes [`listen`], which gives it one of the [`places`], [`guarded`] with [`framing`], and hyper; each of its
//! requests passes [`forward`], which asks [`guard`], [`local_key`] and [`paths`] whether it may pass, [`tokens`] for its token,
//! and sends it [`upstream`], once more if [`refused_token`] has another token after a 401.

pub mod address;
pub mod admin;
pub mod answer;
pub mod body;
pub mod check;
pub mod cli;
pub mod client;
pub mod config;
pub mod drain;
pub mod forward;
pub mod framing;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod guard;
pub mod guarded;
pub mod headers;
pub mod interim;
pub mod key_file;
pub mod listen;
pub mod local_key;
pub mod log;
pub mod metrics;
pub mod open_files;
pub mod paths;
pub mod places;
pub mod proxy;
pub mod record;
pub mod refused_token;
pub mod reloaded;
pub mod shared;
pub mod start;
pub mod stream;
pub mod tokens;
#[cfg(unix)]
pub mod unix_socket;
pub mod upgrade;
pub mod upstream;
pub mod wait;
pub mod writer;
