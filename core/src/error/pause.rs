//! What an endpoint may ask for.

use std::time::Duration;

/// The longest pause that an endpoint can ask for. A longer one is shortened to this, because a mistaken header must not
/// cost hours.
pub const LONGEST_ASKED_PAUSE: Duration = Duration::from_secs(5 * 60);

/// The pause that an endpoint or a credential of the app asks for; none if `seconds` is no duration.
pub fn asked_pause(seconds: f64) -> Option<Duration> {
    let is_duration = seconds.is_finite() && seconds >= 0.0;
    is_duration.then(|| Duration::from_secs_f64(seconds.min(LONGEST_ASKED_PAUSE.as_secs_f64())))
}
