//! The only door to the clock, files and processes. The network has its own, see [`crate::http`].
//!
//! The environment is not here: it is handed in with every request, see [`crate::settings`].

mod files;
mod process;
mod threads;
mod time;

use std::sync::Arc;

pub use files::{DiskFiles, Files};
pub use process::{Command, OsProcesses, Output, ProcessError, Processes};
pub(crate) use threads::{Threads, is_exhaustion, on_thread};
pub use time::{Clock, Timestamp};

use time::WallClock;

/// What the core uses of the machine; tests hand in their own.
#[derive(Clone)]
pub struct System {
    /// Tells and awaits time.
    pub clock: Arc<dyn Clock>,
    /// Reads files.
    pub files: Arc<dyn Files>,
    /// Runs command-line tools.
    pub processes: Arc<dyn Processes>,
}

impl System {
    /// The real one.
    pub fn real() -> Self {
        Self { clock: Arc::new(WallClock), files: Arc::new(DiskFiles::default()), processes: Arc::new(OsProcesses) }
    }
}
