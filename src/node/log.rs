//! Log events on their way to a JavaScript function.

use std::sync::Mutex;

use napi::Result;
use napi::bindgen_prelude::{FnArgs, Function};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use std::sync::{Arc, PoisonError};
use tracing::level_filters::LevelFilter;

use crate::telemetry::{self, Listener};

/// A logger that cannot keep up loses events rather than filling memory.
const QUEUE: usize = 4096;

/// Events on their way to one function of one thread.
#[napi]
pub struct LogSubscription(Mutex<Option<Listener>>);

#[napi]
impl LogSubscription {
    /// Calls `sink(level, message)` on this thread for events up to `level`: `error`, `warn`, `info` or `debug`.
    /// Neither keeps the process alive.
    #[napi(constructor)]
    pub fn new(level: String, sink: Function<'_, FnArgs<(String, String)>, ()>) -> Result<Self> {
        let level = match level.as_str() {
            "error" => LevelFilter::ERROR,
            "warn" => LevelFilter::WARN,
            "info" => LevelFilter::INFO,
            _ => LevelFilter::TRACE,
        };
        let sink = sink
            .build_threadsafe_function::<FnArgs<(String, String)>>()
            .weak::<true>()
            .max_queue_size::<QUEUE>()
            .build()?;
        let listener = telemetry::listen(
            level,
            Arc::new(move |level, line| {
                let level = if level == tracing::Level::TRACE { "debug".to_owned() } else { level.to_string() };
                let arguments = (level.to_ascii_lowercase(), line.to_owned());
                let _ = sink.call(arguments.into(), ThreadsafeFunctionCallMode::NonBlocking);
            }),
        );
        Ok(Self(Mutex::new(Some(listener))))
    }

    /// Ends it.
    #[napi]
    pub fn close(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
