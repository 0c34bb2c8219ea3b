//! The asynchronous context, which `AsyncLocalStorage` goes by.

use std::ptr;

use napi::bindgen_prelude::{Function, JsValue, Object};
use napi::{Env, Error, Result, Status, sys};
use napi_derive::napi;

/// Calls `make` in the context of no request, whatever request this call is made for. What `make` makes that lasts, such
/// as a function that the core calls back, then keeps no request's `AsyncLocalStorage`.
#[napi(catch_unwind, ts_args_type = "make: () => void")]
pub fn outside_of_calls(env: &Env, make: Function<'_, (), ()>) -> Result<()> {
    // Node takes the receiver for the resource of the new context; this one has nothing in it.
    let receiver = Object::new(env)?;
    let mut given = ptr::null_mut();
    // SAFETY: `receiver` and `make` are values of the call that is under way; there are no arguments to be read, and no
    // async context is a use that Node documents.
    let status = unsafe {
        sys::napi_make_callback(
            env.raw(),
            ptr::null_mut(),
            receiver.raw(),
            JsValue::raw(&make),
            0,
            ptr::null(),
            &raw mut given,
        )
    };
    match Status::from(status) {
        Status::Ok => Ok(()),
        // What `make` threw is thrown on.
        status => Err(Error::new(status, "")),
    }
}
