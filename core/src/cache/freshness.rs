//! How long a token is fresh, and how long an answer may be kept.

use std::time::Duration;

use crate::system::Timestamp;

/// With longer lives, half of it: managed identity's tokens live 24 h, and a refusal is better met with 12 h left.
const LONG: Duration = Duration::from_secs(2 * 60 * 60);
/// The refresh of an ordinary token begins this long before its end, as in every Azure SDK.
const AHEAD: Duration = Duration::from_secs(5 * 60);
/// With shorter lives five minutes are too much of it: half.
const SHORT: Duration = Duration::from_secs(10 * 60);
/// No token of Entra ID's lives longer than about a day: a token that claims to is refreshed as if it lived a day.
const LONGEST_FRESH: Duration = Duration::from_secs(12 * 60 * 60);
/// Replicas that started together must not refresh together: their refreshes are spread over up to this, or a third of
/// the time that is left. Callers read the time of refresh from the token, and expect the endpoint's within half a minute.
const LONGEST_SPREAD: Duration = Duration::from_secs(25);
/// A reader asks again no sooner than this, so that a refresh that fails does not make every call ask.
const LEAST_KEPT: Duration = Duration::from_secs(1);

/// When a token that was acquired at `now` and expires at `expires_on` is to be refreshed: from the endpoint's hint on, if
/// it lies in between. `jitter`, from 0 to 1, spreads the refreshes of many replicas.
pub(super) fn refresh_at(now: Timestamp, expires_on: Timestamp, hint: Option<Timestamp>, jitter: f64) -> Timestamp {
    let spread = |left: Duration| (left / 3).min(LONGEST_SPREAD).mul_f64(jitter.clamp(0.0, 1.0));
    let life = expires_on.since(now);
    let from = match hint {
        Some(hint) if now < hint && hint < expires_on => hint,
        // Not before half of its life: managed identity would give the same token again.
        _ if life > LONG || life < SHORT => now + (life / 2).min(LONGEST_FRESH),
        _ => return expires_on - AHEAD - spread(AHEAD),
    };
    from + spread(expires_on.since(from))
}

/// Until when a reader may keep an answer that it gets at `now`.
pub(super) fn ask_at(now: Timestamp, refresh_at: Timestamp, expires_on: Timestamp) -> Timestamp {
    refresh_at.max(now + LEAST_KEPT).min(expires_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn after(seconds: u64) -> Timestamp {
        NOW + Duration::from_secs(seconds)
    }

    #[test]
    fn a_token_is_fresh_for() {
        for (life, hint, fresh) in [
            (3600, None, 3300),
            (7200, None, 6900),
            (7201, None, 3600),
            (86_400, None, 43_200),
            (100_000_000_000, None, 43_200),
            (600, None, 300),
            (599, None, 299),
            (60, None, 30),
            (86_400, Some(1000), 1000),
            (3600, Some(0), 3300),
            (3600, Some(3600), 3300),
            (3600, Some(9999), 3300),
        ] {
            let at = refresh_at(NOW, after(life), hint.map(after), 0.0);
            assert_eq!(at.since(NOW).as_secs(), fresh, "life {life} s, hint {hint:?}");
        }
    }

    #[test]
    fn replicas_refresh_at_different_times_and_never_late() {
        for (life, hint, first, last) in [
            (3600, None, 3275, 3300),
            (86_400, None, 43_200, 43_225),
            (60, None, 30, 40),
            (86_400, Some(43_200), 43_200, 43_225),
            (3600, Some(3300), 3300, 3325),
        ] {
            let at = |jitter| refresh_at(NOW, after(life), hint.map(after), jitter).since(NOW).as_secs();
            let (one, other) = (at(0.0), at(1.0));
            assert_eq!((one.min(other), one.max(other)), (first, last), "life {life} s, hint {hint:?}");
        }
    }

    #[test]
    fn an_absurd_expiry_does_not_overflow() {
        let eternal = Timestamp::from_millis(i64::MAX);
        assert!(refresh_at(NOW, eternal, None, 1.0) > NOW);
        assert!(refresh_at(Timestamp::from_millis(i64::MIN), eternal, None, 1.0) <= eternal);
    }

    #[test]
    fn an_answer_is_kept_until() {
        for (refresh, expiry, kept) in [(100, 200, 100), (0, 200, 1), (0, 1, 1), (0, 0, 0)] {
            assert_eq!(ask_at(NOW, after(refresh), after(expiry)), after(kept));
        }
    }
}
