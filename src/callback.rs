//! A JavaScript function that other threads call, for as long as its own thread lives.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use napi::bindgen_prelude::{Function, JsValuesTupleIntoVec};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Error, Result, Status};

/// Weak: none keeps the process alive. JavaScript keeps it alive while a caller waits.
///
/// A call carries nothing: napi-rs does not free what a call carries if its thread ends before the call is come to.
type Threadsafe<T, const QUEUE: usize> = ThreadsafeFunction<(), (), T, Status, false, true, QUEUE>;

/// The arguments of the calls that are on their way, in their order. They are freed with the [`Callback`] and its function.
type Arguments<T> = Arc<Mutex<VecDeque<T>>>;

/// A function that takes `T`, with room for `QUEUE` calls that it has not come to; 0 for any number.
///
/// It is released on its own thread before that one's environment goes, by [`close`](Self::close). Left to the one that drops
/// the last reference, another thread could release it just while Node deletes it; and a newer Node keeps what was not
/// released for ever.
pub(super) struct Callback<T: 'static + JsValuesTupleIntoVec, const QUEUE: usize = 0> {
    function: RwLock<Option<Threadsafe<T, QUEUE>>>,
    arguments: Arguments<T>,
}

impl<T: 'static + JsValuesTupleIntoVec, const QUEUE: usize> Callback<T, QUEUE> {
    pub(super) fn new(function: &Function<'_, T, ()>) -> Result<Self> {
        let arguments = Arguments::default();
        let function =
            function.build_threadsafe_function::<()>().weak::<true>().max_queue_size::<QUEUE>().build_callback({
                let arguments = Arc::clone(&arguments);
                move |_| {
                    let next = lock(&arguments).pop_front();
                    next.ok_or_else(|| Error::new(Status::GenericFailure, "a call without its arguments"))
                }
            })?;
        Ok(Self { function: RwLock::new(Some(function)), arguments })
    }

    /// Whether the call is on its way: it is not if the thread is ending, or the queue is full.
    pub(super) fn call(&self, arguments: T) -> bool {
        let function = self.function.read().unwrap_or_else(PoisonError::into_inner);
        let Some(function) = function.as_ref() else { return false };
        // Held over the call, so that the last of the queue is this call's.
        let mut queue = lock(&self.arguments);
        queue.push_back(arguments);
        let on_its_way = function.call((), ThreadsafeFunctionCallMode::NonBlocking) == Status::Ok;
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

fn lock<T>(arguments: &Mutex<VecDeque<T>>) -> MutexGuard<'_, VecDeque<T>> {
    arguments.lock().unwrap_or_else(PoisonError::into_inner)
}
