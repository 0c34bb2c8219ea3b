//! A replica with this package: its state machine, its back-off and its retry policy as they are shipped.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use super::{CALL_EVERY, DAYS, LATENCY, Millis, Scenario, next_call, tally::Tally};
use crate::cache::entry_state::{EntryState, Step};
use crate::credential::{Credential, Token};
use crate::error::{Code, Error, Failure};
use crate::http::request::Response;
use crate::http::retry::ENTRA;
use crate::secret::Secret;
use crate::system::Timestamp;
use crate::test_support::START;

struct Replica<'a> {
    scenario: &'a Scenario,
    tally: &'a mut Tally,
    rng: &'a mut Rng,
    state: EntryState<()>,
    /// Whether its endpoint failed a whole acquisition.
    is_failing: bool,
    /// When the first of the fetches that failed in a row began.
    failing_since: Option<Millis>,
    tokens: u64,
}

fn at(millis: Millis) -> Timestamp {
    Timestamp::from_millis(START.millis() + millis)
}

pub(super) fn live(scenario: &Scenario, start: Millis, rng: &mut Rng, tally: &mut Tally) {
    let mut replica = Replica {
        scenario,
        tally,
        rng,
        state: EntryState::default(),
        is_failing: false,
        failing_since: None,
        tokens: 0,
    };
    let mut expired_at = None;
    let mut now = start;
    while now < DAYS {
        let held = replica.state.held(at(now)).map(|held| held.expires_on());
        match replica.state.ask(at(now), false) {
            Step::Serve(_) => {
                // Nothing happens before the timer of the refresh, or the first call after it.
                let next = replica.state.look_at(at(now)).or(held).map_or(now, |at| at.millis() - START.millis());
                if let Some(expires_on) = held {
                    expired_at = Some(expires_on.millis() - START.millis());
                }
                now = next_call(start, next.max(now + 1));
            }
            Step::Refuse(_) | Step::Join => now += CALL_EVERY,
            Step::Fetch | Step::ServeAndFetch(_) => {
                let ended = replica.acquire(now);
                let waits_from = held.map_or(now, |expires_on| expires_on.millis() - START.millis());
                if let Some(expires_on) = held {
                    expired_at = Some(expires_on.millis() - START.millis());
                }
                if ended > waits_from {
                    replica.tally.wait(next_call(start, waits_from), ended.max(next_call(start, waits_from)));
                }
                if !replica.is_failing
                    && let Some(from) = expired_at.take()
                    && ended > from
                {
                    replica.tally.without_token(from, ended);
                }
                now = next_call(start, ended);
            }
        }
    }
}

impl Replica<'_> {
    /// Tries as the retry policy says; says when that ended.
    fn acquire(&mut self, began: Millis) -> Millis {
        let policy = if self.is_failing { ENTRA.once() } else { ENTRA };
        let (mut now, mut tries) = (began, 0);
        self.state.begin(());
        loop {
            self.tally.request(now);
            let outcome = response(if self.scenario.is_down(now) { 503 } else { 200 });
            now += LATENCY;
            let spent = Duration::from_millis(u64::try_from(now - began).unwrap_or_default());
            let Some(pause) = policy.pause(tries, spent, &outcome, at(now), self.rng.f64()) else {
                self.is_failing = policy.may_pass(&outcome);
                break;
            };
            tries += 1;
            now += Millis::try_from(pause.as_millis()).unwrap_or_default();
        }
        let jitter = self.rng.f64();
        if self.is_failing {
            let since = *self.failing_since.get_or_insert(began);
            let failing_for = Duration::from_millis(u64::try_from(now - since).unwrap_or_default());
            let error = Error { failing_for, ..Failure::new(Code::Network, "down").into() };
            self.state.fail(Arc::new(error), at(now), jitter);
        } else {
            self.tokens += 1;
            self.failing_since = None;
            let token = Token {
                secret: Secret::new(self.tokens.to_string()),
                credential: Credential::Environment,
                expires_on: at(now + self.scenario.life),
                refresh_on: None,
            };
            self.state.succeed(token, at(now), jitter);
        }
        now
    }
}

fn response(status: u16) -> Result<Response, Failure> {
    Ok(Response { status, date: None, retry_after: None, www_authenticate: None, body: Secret::new("{}") })
}
