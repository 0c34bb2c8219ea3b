//! A JavaScript function that other threads call, for as long as its own thread lives.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use napi::bindgen_prelude::{
    Function, JsObjectValue, JsValue, JsValuesTupleIntoVec, Object, retain_current_module_for_unload_safety,
};
use napi::{Env, Error, Result, Status, sys};

use crate::unwind::catching;

/// The arguments of the calls that are on their way, in their order. They are freed with the [`Callback`] and its function.
type Arguments<T> = Arc<Mutex<VecDeque<T>>>;

/// A function that takes `T`, with room for `QUEUE` calls that it has not come to; 0 for any number.
///
/// It is released on its own thread before that one's environment goes, by [`close`](Self::close). Left to the one that drops
/// the last reference, another thread could release it just while Node deletes it; and a newer Node keeps what was not
/// released for ever.
pub(super) struct Callback<T: 'static + JsValuesTupleIntoVec, const QUEUE: usize = 0> {
    function: RwLock<Option<Threadsafe>>,
    arguments: Arguments<T>,
}

impl<T: 'static + JsValuesTupleIntoVec, const QUEUE: usize> Callback<T, QUEUE> {
    pub(super) fn new(env: &Env, function: &Function<'_, T, ()>) -> Result<Self> {
        let arguments = Arguments::default();
        let function = Threadsafe::new(env, function, &arguments, QUEUE)?;
        Ok(Self { function: RwLock::new(Some(function)), arguments })
    }

    /// Whether the call is on its way: it is not if the thread is ending, or the queue is full.
    pub(super) fn call(&self, arguments: T) -> bool {
        let function = self.function.read().unwrap_or_else(PoisonError::into_inner);
        let Some(function) = function.as_ref() else { return false };
        // Held over the call, so that the last of the queue is this call's.
        let mut queue = lock(&self.arguments);
        queue.push_back(arguments);
        let on_its_way = function.call();
        let refused = if on_its_way { None } else { queue.pop_back() };
        drop(queue);
        drop(refused);
        on_its_way
    }

    /// Ends it; on the thread that it is of. Calls that are on their way may still come to it.
    pub(super) fn close(&self) {
        drop(self.function.write().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Node's own thread-safe function. napi-rs's has no place for the resource, without which a test runner that looks for
/// open handles, as Jest does, believes that it keeps the process alive.
///
/// A call carries nothing, and takes the next of the arguments that wait: Node frees nothing that a call carries if its
/// thread ends before.
struct Threadsafe(sys::napi_threadsafe_function);

// SAFETY: Node lets every thread call it and release it.
unsafe impl Send for Threadsafe {}
// SAFETY: the same.
unsafe impl Sync for Threadsafe {}

impl Threadsafe {
    fn new<T: 'static + JsValuesTupleIntoVec>(
        env: &Env,
        function: &Function<'_, T, ()>,
        arguments: &Arguments<T>,
        queue: usize,
    ) -> Result<Self> {
        // Node calls back into this image, which it would unload with the last worker that has it.
        retain_current_module_for_unload_safety();
        let name = env.create_string("azure-openai-entra")?;
        let mut resource = Object::new(env)?;
        resource.create_named_method("hasRef", has_ref)?;
        let context = Arc::into_raw(Arc::clone(arguments)).cast_mut().cast::<c_void>();
        let mut made = ptr::null_mut();
        // SAFETY: the values are of the call that is under way. `context` lives until `finalize::<T>`, which Node calls last.
        let status = unsafe {
            sys::napi_create_threadsafe_function(
                env.raw(),
                JsValue::raw(function),
                resource.raw(),
                name.raw(),
                queue,
                1,
                context,
                Some(finalize::<T>),
                context,
                Some(call_next::<T>),
                &raw mut made,
            )
        };
        if status != sys::Status::napi_ok {
            // SAFETY: Node has not taken it.
            drop(unsafe { Arc::<Mutex<VecDeque<T>>>::from_raw(context.cast()) });
            return Err(Error::new(Status::from(status), "a callback cannot be made"));
        }
        let made = Self(made);
        // Weak: none keeps the process alive. JavaScript keeps it alive while a caller waits.
        // SAFETY: it was made just now, on this thread.
        let status = unsafe { sys::napi_unref_threadsafe_function(env.raw(), made.0) };
        if status != sys::Status::napi_ok {
            return Err(Error::new(Status::from(status), "a callback cannot be made weak"));
        }
        Ok(made)
    }

    /// Whether the call is on its way.
    fn call(&self) -> bool {
        let mode = sys::ThreadsafeFunctionCallMode::nonblocking;
        // SAFETY: it was made, and is not released before it is dropped.
        unsafe { sys::napi_call_threadsafe_function(self.0, ptr::null_mut(), mode) == sys::Status::napi_ok }
    }
}

impl Drop for Threadsafe {
    fn drop(&mut self) {
        // SAFETY: it was made with one holder, which is this.
        unsafe {
            sys::napi_release_threadsafe_function(self.0, sys::ThreadsafeFunctionReleaseMode::release);
        }
    }
}

/// The resource's `hasRef`: what a timer that does not keep the process alive says.
unsafe extern "C" fn has_ref(env: sys::napi_env, _: sys::napi_callback_info) -> sys::napi_value {
    let mut no = ptr::null_mut();
    // SAFETY: Node calls this with its own `env`.
    unsafe { sys::napi_get_boolean(env, false, &raw mut no) };
    no
}

/// Calls the function with the next arguments, on its own thread.
unsafe extern "C" fn call_next<T: 'static + JsValuesTupleIntoVec>(
    env: sys::napi_env,
    function: sys::napi_value,
    context: *mut c_void,
    _: *mut c_void,
) {
    // The thread is ending.
    if env.is_null() || function.is_null() {
        return;
    }
    // SAFETY: `finalize` comes after every call.
    let arguments = unsafe { &*context.cast::<Mutex<VecDeque<T>>>() };
    let _ = catching(|| {
        let Some(next) = lock(arguments).pop_front() else { return Ok(()) };
        let values = next.into_vec(env)?;
        let (mut receiver, mut given) = (ptr::null_mut(), ptr::null_mut());
        // SAFETY: Node calls this in a scope for values, with its own `env` and `function`.
        unsafe {
            sys::napi_get_undefined(env, &raw mut receiver);
            let status =
                sys::napi_call_function(env, receiver, function, values.len(), values.as_ptr(), &raw mut given);
            if status == sys::Status::napi_pending_exception {
                let mut thrown = ptr::null_mut();
                sys::napi_get_and_clear_last_exception(env, &raw mut thrown);
                sys::napi_fatal_exception(env, thrown);
            }
        }
        Ok(())
    });
}

/// Node needs the arguments no more.
unsafe extern "C" fn finalize<T: 'static>(_: sys::napi_env, context: *mut c_void, _: *mut c_void) {
    // SAFETY: it was made by `Arc::into_raw`, and Node calls this once.
    let arguments = unsafe { Arc::<Mutex<VecDeque<T>>>::from_raw(context.cast()) };
    let _ = catching(|| {
        drop(arguments);
        Ok(())
    });
}

fn lock<T>(arguments: &Mutex<VecDeque<T>>) -> MutexGuard<'_, VecDeque<T>> {
    arguments.lock().unwrap_or_else(PoisonError::into_inner)
}
