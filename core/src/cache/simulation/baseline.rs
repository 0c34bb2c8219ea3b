//! A replica with `getBearerTokenProvider` of `@azure/identity` 4 and its client secret, as their source has the rules:
//!
//! - `createTokenCycler` refreshes two minutes before the end, or from half of a token's life on if Entra ID says so, and
//!   tries again every three seconds until the token has expired;
//! - the pipeline retries three times, after 1, 2 and 4 s with a half of jitter;
//! - MSAL does not ask again for a minute after a 5xx.

use fastrand::Rng;

use super::{DAYS, HOUR, LATENCY, MINUTE, Millis, SECOND, Scenario, next_call, tally::Tally};

const WINDOW: Millis = 2 * MINUTE;
const RETRY_EVERY: Millis = 3 * SECOND;
const THROTTLED_FOR: Millis = MINUTE;
const RETRIES: u32 = 3;

pub(super) fn live(scenario: &Scenario, start: Millis, rng: &mut Rng, tally: &mut Tally) {
    let mut now = start;
    let mut expires_on = None;
    let mut throttled_until = 0;
    while now < DAYS {
        let is_held = expires_on.is_some_and(|end| now < end);
        let ended = if now < throttled_until {
            None
        } else {
            let (ended, served) = acquire(scenario, now, rng, tally);
            if !served {
                throttled_until = ended + THROTTLED_FOR;
            }
            Some((ended, served))
        };
        if !is_held {
            tally.wait(now, ended.map_or(now, |(ended, _)| ended));
        }
        match ended {
            Some((ended, true)) => {
                if let Some(end) = expires_on.filter(|&end| end < ended) {
                    tally.without_token(end, ended);
                }
                expires_on = Some(ended + scenario.life);
                let refresh_at = if scenario.life > 2 * HOUR { scenario.life / 2 } else { scenario.life - WINDOW };
                now = next_call(start, ended + refresh_at);
            }
            failed => {
                let ended = failed.map_or(now, |(ended, _)| ended);
                // While the token is good it tries by itself; afterwards each call does.
                let is_held = expires_on.is_some_and(|end| ended < end);
                now = if is_held { ended + RETRY_EVERY } else { next_call(start, ended + 1) };
            }
        }
    }
}

fn acquire(scenario: &Scenario, began: Millis, rng: &mut Rng, tally: &mut Tally) -> (Millis, bool) {
    let mut now = began;
    for retry in 0..=RETRIES {
        tally.request(now);
        let is_down = scenario.is_down(now);
        now += LATENCY;
        if !is_down {
            return (now, true);
        }
        if retry < RETRIES {
            let most = SECOND << retry;
            now += most / 2 + rng.i64(0..=most / 2);
        }
    }
    (now, false)
}
