//! A JavaScript function that other threads call, for as long as its own thread lives.

use std::sync::{PoisonError, RwLock};

use napi::bindgen_prelude::{Function, JsValuesTupleIntoVec};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Result, Status};

/// Weak: none keeps the process alive. JavaScript keeps it alive while a caller waits.
type Threadsafe<T, const QUEUE: usize> = ThreadsafeFunction<T, (), T, Status, false, true, QUEUE>;

/// A function that takes `T`, with room for `QUEUE` calls that it has not come to; 0 for any number.
///
/// It is released on its own thread before that one's environment goes, by [`close`](Self::close). Left to the one that drops
/// the last reference, another thread could release it just while Node deletes it; and a newer Node keeps what was not
/// released for ever.
pub(super) struct Callback<T: 'static + JsValuesTupleIntoVec, const QUEUE: usize = 0>(
    RwLock<Option<Threadsafe<T, QUEUE>>>,
);

impl<T: 'static + JsValuesTupleIntoVec, const QUEUE: usize> Callback<T, QUEUE> {
    pub(super) fn new(function: &Function<'_, T, ()>) -> Result<Self> {
        let function = function.build_threadsafe_function().weak::<true>().max_queue_size::<QUEUE>().build()?;
        Ok(Self(RwLock::new(Some(function))))
    }

    /// Whether the call is on its way: it is not if the thread is ending, or the queue is full.
    pub(super) fn call(&self, arguments: T) -> bool {
        let function = self.0.read().unwrap_or_else(PoisonError::into_inner);
        function
            .as_ref()
            .is_some_and(|function| function.call(arguments, ThreadsafeFunctionCallMode::NonBlocking) == Status::Ok)
    }

    /// Ends it; on the thread that it is of.
    pub(super) fn close(&self) {
        drop(self.0.write().unwrap_or_else(PoisonError::into_inner).take());
    }
}
