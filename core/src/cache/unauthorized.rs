//! The rules for tokens that a service refused with 401, as a state machine without clock or locks. One per key, for all
//! threads: however many requests are refused, few tokens are fetched.

use std::time::Duration;

use super::entry_state::{LEAST_PAUSE, doubled};
use crate::error::{Error, LONGEST_ASKED_PAUSE};
use crate::system::Timestamp;

/// After a renewal no other one begins for this long: a service that refuses the new token as well has another reason.
const PAUSE: Duration = Duration::from_secs(5 * 60);
/// The back-off after a failed renewal doubles from the first to the longest.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// What a refused token leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The held token stays: it was renewed, or its renewal failed, a short while ago.
    Keep,
    /// The renewal under way, which asks with these claims.
    Join(Option<String>),
    /// A renewal with these claims.
    Renew {
        claims: Option<String>,
        /// Whether a held token that meets these claims is the refused one.
        force: bool,
    },
}

/// What the refusals of one key's tokens have led to.
#[derive(Default)]
pub(super) struct Unauthorized {
    /// What tokens must meet, as the last challenge said whose renewal succeeded.
    claims: Option<String>,
    /// The claims that the renewal under way asks with.
    renewal: Option<Option<String>>,
    /// From when to when no renewal begins.
    pause: Option<(Timestamp, Timestamp)>,
    failures_in_a_row: u32,
}

impl Unauthorized {
    /// What tokens must meet.
    pub(super) fn claims(&self) -> Option<&String> {
        self.claims.as_ref()
    }

    /// What the refusal of the held token leads to; `challenged` are the claims that the service asks for.
    pub(super) fn ask(&self, now: Timestamp, challenged: Option<String>) -> Step {
        if let Some(claims) = &self.renewal {
            return Step::Join(claims.clone());
        }
        if self.rests(now) {
            return Step::Keep;
        }
        let claims = challenged.or_else(|| self.claims.clone());
        let force = claims == self.claims;
        Step::Renew { claims, force }
    }

    /// A renewal has begun.
    pub(super) fn begin(&mut self, claims: Option<String>) {
        self.renewal = Some(claims);
    }

    /// Whether the renewal under way asks with `claims`.
    pub(super) fn is_renewing(&self, claims: Option<&String>) -> bool {
        self.renewal.as_ref().is_some_and(|renewal| renewal.as_ref() == claims)
    }

    /// A fetch brought the new token. Says whether calls ask with other claims from now on.
    pub(super) fn succeed(&mut self, now: Timestamp) -> bool {
        self.pause = Some((now, now + PAUSE));
        self.failures_in_a_row = 0;
        self.is_met()
    }

    /// The cache held a token that meets the claims. Says whether calls ask with other claims from now on.
    pub(super) fn is_met(&mut self) -> bool {
        let Some(claims) = self.renewal.take() else { return false };
        let is_other = claims != self.claims;
        self.claims = claims;
        is_other
    }

    /// The renewal failed. The next one waits, whatever its claims; `jitter`, from 0 to 1, spreads the pause.
    pub(super) fn fail(&mut self, error: &Error, now: Timestamp, jitter: f64) {
        let backoff = doubled(FIRST_BACKOFF, PAUSE, self.failures_in_a_row).mul_f64(jitter.clamp(0.0, 1.0));
        let asked = error.failure.retry_after.unwrap_or_default().min(LONGEST_ASKED_PAUSE);
        self.pause = Some((now, now + backoff.max(asked).max(LEAST_PAUSE)));
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.renewal = None;
    }

    /// No renewal began: the cache remembers that this fetch fails.
    pub(super) fn give_up(&mut self) {
        self.renewal = None;
    }

    /// Whether a pause runs, or a renewal. A clock that was set back ends the pause rather than prolong it.
    pub(super) fn is_of_use(&self, now: Timestamp) -> bool {
        self.renewal.is_some() || self.rests(now)
    }

    fn rests(&self, now: Timestamp) -> bool {
        self.pause.is_some_and(|(since, until)| since <= now && now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Failure};
    use crate::test_support::START;

    fn claims(number: u32) -> Option<String> {
        Some(format!(r#"{{"access_token":{{"nbf":{{"value":"{number}"}}}}}}"#))
    }

    fn renew(claims: Option<String>, force: bool) -> Step {
        Step::Renew { claims, force }
    }

    #[test]
    fn one_renewal_in_five_minutes_whatever_the_claims() {
        let mut state = Unauthorized::default();
        assert_eq!(state.ask(START, None), renew(None, true));
        state.begin(None);
        assert_eq!(state.ask(START, claims(1)), Step::Join(None));
        assert!(!state.succeed(START));
        for (second, claims) in [(0, claims(1)), (60, claims(2)), (299, None)] {
            assert_eq!(state.ask(START + Duration::from_secs(second), claims), Step::Keep);
        }
        let later = START + PAUSE;
        assert_eq!(state.ask(later, claims(3)), renew(claims(3), false));
        let set_back = Timestamp::from_millis(START.millis() - 1);
        assert_eq!(state.ask(set_back, None), renew(None, true), "a clock that was set back ends the pause");
    }

    #[test]
    fn claims_that_were_met_stay_and_are_forced_the_next_time() {
        let mut state = Unauthorized::default();
        state.begin(claims(1));
        assert!(state.is_renewing(claims(1).as_ref()) && !state.is_renewing(None));
        assert!(state.succeed(START));
        assert_eq!(state.claims(), claims(1).as_ref());
        for challenged in [None, claims(1)] {
            assert_eq!(state.ask(START + PAUSE, challenged), renew(claims(1), true));
        }
    }

    #[test]
    fn claims_that_a_held_token_meets_begin_no_pause() {
        let mut state = Unauthorized::default();
        state.begin(claims(1));
        assert!(state.is_met());
        assert_eq!(state.ask(START, claims(2)), renew(claims(2), false));
    }

    #[test]
    fn failed_renewals_back_off_whatever_the_claims() {
        let error = |retry_after: Option<u64>| {
            let failure = Failure::new(Code::Network, "down");
            Error::from(Failure { retry_after: retry_after.map(Duration::from_secs), ..failure })
        };
        let (mut state, mut now, mut renewals) = (Unauthorized::default(), START, 0);
        for number in 0..60 * 60 {
            if let Step::Renew { claims, .. } = state.ask(now, claims(number)) {
                renewals += 1;
                state.begin(claims);
                state.fail(&error(None), now, 1.0);
                assert_eq!(state.claims(), None, "claims that were not met are not kept");
            }
            now = now + Duration::from_secs(1);
        }
        assert_eq!(renewals, 9 + 11, "pauses of 1, 2, 4 … 256 s, and then of five minutes");

        for (asked, pause) in [(10, 300), (100_000, 300)] {
            let mut state = Unauthorized::default();
            state.begin(None);
            state.fail(&error(Some(asked)), START, 0.0);
            let end = START + Duration::from_secs(asked.min(pause));
            assert_eq!(state.ask(Timestamp::from_millis(end.millis() - 1), None), Step::Keep);
            assert_eq!(state.ask(end, None), renew(None, true));
        }
    }
}
