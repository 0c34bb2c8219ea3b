//! The only door to the outside: the clock, files, processes and HTTP.
//!
//! The environment is not here: it is handed in with every request, see [`crate::settings`].

mod files;
mod process;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

pub use files::DiskFiles;
pub use process::{Command, OsProcesses, Output, ProcessError};

use crate::http::transport::{Http, Transport};

/// What the core uses of the world; tests hand in their own.
#[derive(Clone)]
pub struct System {
    /// Tells and awaits time.
    pub clock: Arc<dyn Clock>,
    /// Reads files.
    pub files: Arc<dyn Files>,
    /// Runs command-line tools.
    pub processes: Arc<dyn Processes>,
    /// Sends requests.
    pub http: Arc<dyn Http>,
}

impl System {
    /// The real one.
    pub fn real() -> Self {
        let files: Arc<dyn Files> = Arc::new(DiskFiles::default());
        Self {
            clock: Arc::new(WallClock),
            http: Arc::new(Transport::new(files.clone())),
            files,
            processes: Arc::new(OsProcesses),
        }
    }
}

/// A moment of the wall clock, in milliseconds since the epoch. Arithmetic saturates, so an absurd expiry
/// cannot overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; zero where it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0).max(0).unsigned_abs())
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Tells and awaits time.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The wall clock, which is the truth for expiry.
    fn now(&self) -> Timestamp;

    /// Waits.
    async fn sleep(&self, duration: Duration);
}

struct WallClock;

#[async_trait]
impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that all others ask")]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(0) + since_epoch
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// Reads files.
#[async_trait]
pub trait Files: Send + Sync {
    /// The bytes of the file at `path`; an error where it is longer than `limit` bytes.
    async fn read(&self, path: &str, limit: u64) -> std::io::Result<Vec<u8>>;
}

/// Runs command-line tools.
#[async_trait]
pub trait Processes: Send + Sync {
    /// Runs `command` to its end, or kills it and whatever it started at its time limit.
    async fn run(&self, command: Command) -> Result<Output, ProcessError>;
}
