//! Panics end here: in Node's own frames a panic ends the process.
//!
//! `#[napi(catch_unwind)]` does it for what JavaScript calls; this is for what Node calls by itself.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::Result;
use napi::bindgen_prelude::panic_to_error;

/// What `work` gives; an error if it panics.
pub(super) fn catching<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(panic_to_error(payload)))
}
