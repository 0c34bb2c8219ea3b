//! The addon: converts and calls `azure_openai_entra_core`, and decides nothing. What it exports is for `lib/`, which is
//! the face; it is the only crate that knows napi.

#![allow(unreachable_pub, reason = "what #[napi] exports must be pub, and no Rust code reaches it")]

mod answers;
mod app_credential;
mod async_context;
mod azure_openai;
mod callback;
mod calls;
mod core_bridge;
mod credential_class;
mod health_check;
mod host_http;
mod log;
mod process_wide;
mod unwind;
