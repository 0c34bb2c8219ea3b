//! Log events on their way to a JavaScript function.

use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{FnArgs, Function};
use napi::{Env, Result};
use napi_derive::napi;
use tracing::level_filters::LevelFilter;

use crate::callback::Callback;
use crate::unwind::catching;
use azure_openai_entra_core::telemetry::{self, Listener};

/// A logger that cannot keep up loses events rather than filling memory.
const QUEUE: usize = 4096;

/// Events on their way to one function of one thread.
#[napi]
pub struct LogSubscription(Arc<Open>);

/// The function, and what has events sent to it until it is closed.
struct Open {
    sink: Arc<Callback<FnArgs<(String, String)>, QUEUE>>,
    listener: Mutex<Option<Listener>>,
}

impl Open {
    fn close(&self) {
        drop(self.listener.lock().unwrap_or_else(PoisonError::into_inner).take());
        self.sink.close();
    }
}

#[napi]
impl LogSubscription {
    /// Calls `sink(level, message)` on this thread for events up to `level`: `error`, `warn`, `info` or `debug`.
    /// Neither keeps the process alive.
    #[napi(constructor, catch_unwind)]
    pub fn new(env: Env, level: String, sink: Function<'_, FnArgs<(String, String)>, ()>) -> Result<Self> {
        let level = match level.as_str() {
            "error" => LevelFilter::ERROR,
            "warn" => LevelFilter::WARN,
            "info" => LevelFilter::INFO,
            _ => LevelFilter::TRACE,
        };
        let sink = Arc::new(Callback::new(&env, &sink)?);
        let called = sink.clone();
        let listener = telemetry::listen(
            level,
            Arc::new(move |level, line| {
                let level = if level == tracing::Level::TRACE { "debug".to_owned() } else { level.to_string() };
                let _ = called.call((level.to_ascii_lowercase(), line.to_owned()).into());
            }),
        );
        let open = Arc::new(Open { sink, listener: Mutex::new(Some(listener)) });
        env.add_env_cleanup_hook(Arc::downgrade(&open), |open| {
            let _ = catching(|| Ok(open.upgrade().inspect(|open| open.close())));
        })?;
        Ok(Self(open))
    }

    /// Ends it.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.close();
    }
}

impl Drop for LogSubscription {
    fn drop(&mut self) {
        self.0.close();
    }
}
