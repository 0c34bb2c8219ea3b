//! How long one acquisition may take.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::system::Clock;

/// The longest that one acquisition may take, all its credentials and retries together.
const LIMIT: Duration = Duration::from_secs(60);
/// The same where IMDS says that it is being updated, which takes it up to 70 s.
const LIMIT_DURING_UPDATE: Duration = Duration::from_secs(90);

/// The patience of one acquisition.
#[derive(Default)]
pub(super) struct Patience {
    imds_is_updated: AtomicBool,
}

impl Patience {
    /// IMDS says that it is being updated: it is worth waiting for.
    pub(super) fn extend(&self) {
        self.imds_is_updated.store(true, Ordering::Relaxed);
    }

    /// Waits until the patience has run out, and says how long that was.
    pub(super) async fn run_out(&self, clock: &dyn Clock) -> Duration {
        clock.sleep(LIMIT).await;
        if !self.imds_is_updated.load(Ordering::Relaxed) {
            return LIMIT;
        }
        clock.sleep(LIMIT_DURING_UPDATE - LIMIT).await;
        LIMIT_DURING_UPDATE
    }
}
