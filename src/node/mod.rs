//! The binding: converts, and nothing else. What it exports is for `lib/`, which is the face.

#![allow(unreachable_pub, reason = "what #[napi] exports must be pub, and no Rust code reaches it")]

mod azure_openai;
mod callback;
mod convert;
mod health;
mod host;
mod log;
mod process_wide;
mod session;
