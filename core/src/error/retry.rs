//! Whether a client's retry is worth its while.

use std::time::Duration;

use super::Error;

/// An outage that lasts longer is no blip. Clients that retry for minutes are then told not to, so that their user reads
/// the error.
const BLIP: Duration = Duration::from_secs(8);

impl Error {
    /// Whether a client may retry soon: the failure passes by itself, and is recent or has its end announced.
    pub fn is_worth_a_retry(&self) -> bool {
        let has_an_end = self.failure.retry_after.is_some();
        self.failure.code.is_transient() && (has_an_end || self.failing_for < BLIP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Failure};

    #[test]
    fn a_blip_is_worth_a_retry_and_a_lasting_outage_is_not() {
        for (code, failing_for, retry_after, is_worth_it) in [
            (Code::Network, 0, None, true),
            (Code::Network, 7, None, true),
            (Code::Network, 8, None, false),
            (Code::Timeout, 25, None, false),
            (Code::Throttled, 10, None, false),
            (Code::Throttled, 100, Some(30), true),
            (Code::Rejected, 0, None, false),
            (Code::Unavailable, 0, Some(1), false),
            (Code::Configuration, 0, None, false),
        ] {
            let failure = Failure { retry_after: retry_after.map(Duration::from_secs), ..Failure::new(code, "down") };
            let error = Error { failing_for: Duration::from_secs(failing_for), ..Error::from(failure) };
            assert_eq!(error.is_worth_a_retry(), is_worth_it, "{code:?} for {failing_for} s, {retry_after:?}");
        }
    }
}
