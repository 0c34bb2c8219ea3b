//! The state of one entry, as a state machine without clock, tasks or locks: it is told the time and what
//! happened, and says what to do.
//!
//! | state | a call | behind it |
//! |---|---|---|
//! | *fresh* | is served | nothing |
//! | *due*, or *fresh* by a clock that was set back | is served | a fetch, unless one is under way or the back-off runs |
//! | *expired* or empty | joins or starts a fetch | |
//! | *expired* or empty, during the back-off of a failure | gets that failure | |
//!
//! After a failure no fetch begins for a while: for a second or two if no token is cached, for up to half a minute
//! if a valid one is, and for as long as the endpoint asks.

use std::sync::Arc;
use std::time::Duration;

use super::freshness;
use crate::credential::Token;
use crate::error::{Error, LONGEST_ASKED_PAUSE};
use crate::health::LastFailure;
use crate::system::Timestamp;

/// How long a failure is returned to later callers while no token is cached: it doubles once, so that a source that is
/// down gets about one request in two seconds, and callers see its recovery within 2 s, the request included.
const COLD_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_COLD_PAUSE: Duration = Duration::from_millis(1800);
/// The longest such pause, of an outage that has lasted for two and a half minutes.
const LONGEST_PAUSE_OF_AN_OUTAGE: Duration = Duration::from_secs(15);
/// The pauses between failed refreshes of a token that is still good: they double from the first to the longest, and
/// are spread over all of their length, so that replicas that failed together do not come back together.
const HELD_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_HELD_PAUSE: Duration = Duration::from_secs(30);
/// Not even the jitter makes a pause shorter.
pub(super) const LEAST_PAUSE: Duration = Duration::from_millis(250);
/// The pause after an answer that brings nothing newer: managed identity gives out the token that it has.
const NOTHING_NEWER_PAUSE: Duration = Duration::from_secs(30);
/// How long a failure is current if no token is cached and no call follows.
const FAILURE_IS_CURRENT: Duration = Duration::from_secs(60);
/// Clocks are set by less than this all the time.
const CLOCK_SLACK: Duration = Duration::from_secs(60);

/// A token in service.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) token: Arc<Token>,
    since: Timestamp,
    pub(super) refresh_at: Timestamp,
}

impl Held {
    fn new(token: Token, now: Timestamp, jitter: f64) -> Self {
        let refresh_at = freshness::refresh_at(now, token.expires_on, token.refresh_on, jitter);
        Self { token: Arc::new(token), since: now, refresh_at }
    }

    pub(super) fn expires_on(&self) -> Timestamp {
        self.token.expires_on
    }

    fn is_valid(&self, now: Timestamp) -> bool {
        now < self.expires_on()
    }

    /// Whether it is to be refreshed. If the clock was set back, its age is unknown, so it is.
    fn is_due(&self, now: Timestamp) -> bool {
        now >= self.refresh_at || now + CLOCK_SLACK < self.since
    }
}

/// A pause between fetches.
#[derive(Clone)]
struct Backoff {
    /// None if the endpoint answered, but with nothing newer.
    error: Option<Arc<Error>>,
    since: Timestamp,
    /// Until when, while a valid token is held.
    until_held: Timestamp,
    /// Until when, while none is.
    until_cold: Timestamp,
}

/// The error for callers that come so much later: they get the rest of the pause that the endpoint asked for.
fn aged(error: &Arc<Error>, age: Duration) -> Arc<Error> {
    let mut error = Error::clone(error);
    error.failing_for += age;
    error.failure.retry_after = error.failure.retry_after.map(|asked| asked.saturating_sub(age));
    Arc::new(error)
}

/// The pause after one more failure than `failures`.
pub(super) fn doubled(first: Duration, longest: Duration, failures: u32) -> Duration {
    first.saturating_mul(1 << failures.min(16)).min(longest)
}

/// The pause during an outage that has lasted so long: a tenth of it, so that all replicas of a fleet do not go on asking
/// every two seconds for hours, with up to a half of jitter.
fn lasting(outage: Duration, jitter: f64) -> Duration {
    (outage / 10).min(LONGEST_PAUSE_OF_AN_OUTAGE).mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

/// What a call leads to.
pub(super) enum Step {
    /// The held token, nothing else.
    Serve(Held),
    /// The held token, and a fetch behind it.
    ServeAndFetch(Held),
    /// The remembered failure.
    Refuse(Arc<Error>),
    /// The fetch under way.
    Join,
    /// A new fetch.
    Fetch,
}

/// The state of one entry. `F` is what the entry keeps of the fetch under way.
pub(super) struct EntryState<F> {
    held: Option<Held>,
    fetch: Option<F>,
    backoff: Option<Backoff>,
    failures_in_a_row: u32,
}

impl<F> Default for EntryState<F> {
    fn default() -> Self {
        Self { held: None, fetch: None, backoff: None, failures_in_a_row: 0 }
    }
}

impl<F> EntryState<F> {
    /// What a call at `now` leads to; `force` asks for a newer token than the held one.
    pub(super) fn ask(&self, now: Timestamp, force: bool) -> Step {
        let held = self.held(now);
        let backoff = self.backoff(now);
        match (held, backoff) {
            (Some(held), backoff) if !force => {
                let rests = self.fetch.is_some() || backoff.is_some() || !held.is_due(now);
                if rests { Step::Serve(held.clone()) } else { Step::ServeAndFetch(held.clone()) }
            }
            _ if self.fetch.is_some() => Step::Join,
            (_, Some(Backoff { error: Some(error), since, .. })) => Step::Refuse(aged(error, now.since(*since))),
            _ => Step::Fetch,
        }
    }

    /// The token, while it is valid.
    pub(super) fn held(&self, now: Timestamp) -> Option<&Held> {
        self.held.as_ref().filter(|held| held.is_valid(now))
    }

    /// The back-off that runs at `now`. A clock that was set back voids it rather than prolong it.
    fn backoff(&self, now: Timestamp) -> Option<&Backoff> {
        let is_held = self.held(now).is_some();
        self.backoff.as_ref().filter(|backoff| {
            let until = if is_held { backoff.until_held } else { backoff.until_cold };
            backoff.since <= now && now < until
        })
    }

    /// Whether a pause runs at `now`.
    pub(super) fn is_backing_off(&self, now: Timestamp) -> bool {
        self.backoff(now).is_some()
    }

    /// The last failure, while nothing has succeeded since.
    pub(super) fn last_failure(&self, now: Timestamp) -> Option<LastFailure> {
        let Backoff { error, since, until_cold, .. } = self.backoff.as_ref()?;
        let is_current =
            self.held(now).is_some() || *since <= now && now < (*until_cold).max(*since + FAILURE_IS_CURRENT);
        error.clone().map(|error| LastFailure { error, at: *since, is_current })
    }

    /// A fetch has begun.
    pub(super) fn begin(&mut self, fetch: F) {
        self.fetch = Some(fetch);
    }

    /// The fetch under way.
    pub(super) fn fetch(&self) -> Option<&F> {
        self.fetch.as_ref()
    }

    /// The fetch under way, which is from now on the caller's to end.
    pub(super) fn take_fetch(&mut self, if_it: impl FnOnce(&F) -> bool) -> Option<F> {
        self.fetch.take_if(|fetch| if_it(fetch))
    }

    /// A fetch has brought a token; says whether what is kept of another one may no longer be served. `jitter`, from 0 to 1,
    /// spreads its refresh.
    pub(super) fn succeed(&mut self, token: Token, now: Timestamp, jitter: f64) -> bool {
        self.fetch = None;
        self.failures_in_a_row = 0;
        self.backoff = None;
        let newest = Held::new(token, now, jitter);
        let Some(held) = self.held(now) else {
            self.held = Some(newest);
            return false;
        };
        let is_same = held.token.secret == newest.token.secret;
        let ends_sooner = newest.expires_on() < held.expires_on();
        if newest.expires_on() > held.expires_on() {
            self.held = Some(newest);
        } else {
            // Taken as well: the old one may have been revoked, and its end be that of a clock that was set back since.
            let refresh_at = held.refresh_at.min(newest.refresh_at);
            self.held = Some(Held { refresh_at, ..newest });
            let until = now + NOTHING_NEWER_PAUSE;
            self.backoff = Some(Backoff { error: None, since: now, until_held: until, until_cold: now });
        }
        !is_same || ends_sooner
    }

    /// A fetch has failed. `jitter`, from 0 to 1, spreads the pause.
    pub(super) fn fail(&mut self, error: Arc<Error>, now: Timestamp, jitter: f64) {
        self.fetch = None;
        let doubled = |first: Duration, longest: Duration| doubled(first, longest, self.failures_in_a_row);
        let (held, cold) = match error.failure.retry_after {
            Some(asked) => {
                let asked = asked.clamp(LEAST_PAUSE, LONGEST_ASKED_PAUSE);
                (asked, asked)
            }
            None => (
                doubled(HELD_PAUSE, LONGEST_HELD_PAUSE).mul_f64(jitter.clamp(0.0, 1.0)).max(LEAST_PAUSE),
                doubled(COLD_PAUSE, LONGEST_COLD_PAUSE).max(lasting(error.failing_for, jitter)),
            ),
        };
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.backoff = Some(Backoff { error: Some(error), since: now, until_held: now + held, until_cold: now + cold });
    }

    /// The last failure holds off no caller: the next call without a held token begins a fetch.
    pub(super) fn hold_off_no_caller(&mut self, now: Timestamp) {
        if let Some(backoff) = &mut self.backoff {
            backoff.until_cold = now;
        }
    }

    /// The surroundings have changed: what failed under the old ones may be tried at once.
    pub(super) fn reset_backoff(&mut self) {
        self.backoff = None;
        self.failures_in_a_row = 0;
    }

    /// Forgets everything. A fetch under way is the caller's to end.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// When to look whether a refresh is to be begun ahead of the next call; none where only a call can tell.
    pub(super) fn look_at(&self, now: Timestamp) -> Option<Timestamp> {
        let held = self.held(now).filter(|_| self.fetch.is_none())?;
        let at = match self.backoff(now) {
            Some(backoff) => backoff.until_held.max(held.refresh_at),
            None => held.refresh_at,
        };
        (at < held.expires_on()).then_some(at)
    }

    /// Whether a refresh is to be begun now, for a token that is in use.
    pub(super) fn wants_refresh(&self, now: Timestamp) -> bool {
        self.fetch.is_none() && self.backoff(now).is_none() && self.held(now).is_some_and(|held| held.is_due(now))
    }

    /// Whether anything would be lost with this entry.
    pub(super) fn is_of_use(&self, now: Timestamp) -> bool {
        self.fetch.is_some() || self.held(now).is_some() || self.backoff(now).is_some()
    }
}

#[cfg(test)]
mod tests;
