//! The only door to the clock, files, processes, the operating system and chance. The network has its own, see [`crate::http`].
//!
//! The environment is not here: it is handed in with every request, see [`crate::settings`].

mod files;
mod os;
mod process;
mod random;
mod threads;
mod time;

use std::sync::Arc;

pub use files::{DiskFiles, Files};
pub use os::Os;
pub use process::{Command, OsProcesses, Output, ProcessError, Processes};
pub use random::Random;
pub use threads::STACK;
pub(crate) use threads::{Threads, is_exhaustion, on_thread};
pub use time::{Clock, Timestamp};

use random::ThreadRandom;
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
    /// Says how something is done here.
    pub os: Os,
    /// Spreads what would happen everywhere at once.
    pub random: Arc<dyn Random>,
}

impl System {
    /// The real one.
    pub fn real() -> Self {
        Self {
            clock: Arc::new(WallClock),
            files: Arc::new(DiskFiles::default()),
            processes: Arc::new(OsProcesses),
            os: Os::CURRENT,
            random: Arc::new(ThreadRandom),
        }
    }
}
