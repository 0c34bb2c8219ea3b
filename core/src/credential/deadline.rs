//! How long one acquisition may take.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::settings::Settings;
use crate::system::Clock;

/// The longest that one acquisition may take, all its credentials and retries together.
const LIMIT: Duration = Duration::from_secs(60);
/// The same where IMDS says that it is being updated, which takes it up to 70 s.
const LIMIT_DURING_UPDATE: Duration = Duration::from_secs(90);

/// The same for a credential of the app: it may ask a person to sign in.
const LIMIT_OF_APP: Duration = Duration::from_secs(5 * 60);

/// The deadline of one acquisition.
pub(super) struct Deadline {
    limit: Duration,
    imds_is_updated: AtomicBool,
}

impl Deadline {
    pub(super) fn new(settings: &Settings) -> Self {
        let limit = if settings.sources.app.is_some() { LIMIT_OF_APP } else { LIMIT };
        Self { limit, imds_is_updated: AtomicBool::new(false) }
    }

    /// IMDS says that it is being updated: it is worth waiting for.
    pub(super) fn extend(&self) {
        self.imds_is_updated.store(true, Ordering::Relaxed);
    }

    /// Waits until the deadline passes, and says how long that was.
    pub(super) async fn passes(&self, clock: &dyn Clock) -> Duration {
        clock.sleep(self.limit).await;
        let longer = LIMIT_DURING_UPDATE.saturating_sub(self.limit);
        if longer.is_zero() || !self.imds_is_updated.load(Ordering::Relaxed) {
            return self.limit;
        }
        clock.sleep(longer).await;
        LIMIT_DURING_UPDATE
    }
}
