//! When a request is sent again, and after how long.

use std::time::Duration;

use super::exchange::exchange;
use super::request::{Http, Request, Response};
use crate::error::{Code, Failure};
use crate::settings::{RetryOptions, TransportSettings};
use crate::system::{System, Timestamp};

/// An endpoint that asks for a longer pause inside one acquisition is left to the cache's back-off.
const LONGEST_PAUSE_WITHIN_FETCH: Duration = Duration::from_secs(20);
/// No pause doubles beyond this, unless an option says otherwise: callers see that an endpoint has recovered within 2 s,
/// the time of the request included.
const LONGEST_BACKOFF: Duration = Duration::from_millis(1800);
/// What is no identity endpoint gets tries for so long: the next source of the chain waits for them.
const PATIENCE_WITH_STRANGERS: Duration = Duration::from_secs(3);
/// IMDS answers 410 for up to 70 s while it is updated. The deadline of such an acquisition is 90 s.
const LONGEST_UPDATE: Duration = Duration::from_secs(75);

/// A retry policy: which answers are worth another try, how many, how far apart.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Tries after the first; while IMDS is updated there are more.
    retries: u32,
    /// The pause before the first retry; it doubles with each.
    first_pause: Duration,
    /// The longest pause, unless the endpoint asks for a longer one.
    longest_pause: Duration,
    /// Statuses, besides 429 and 5xx, that mean "not yet".
    not_yet: &'static [u16],
    /// Whether another program can answer at the address: without TLS nothing shows whose the answer is.
    may_be_strange: bool,
    /// Whether an option gave the number of retries: then neither an update nor a stranger changes it.
    is_explicit: bool,
}

/// Entra ID: three retries from one second, as `@azure/core-rest-pipeline` does by default.
pub const ENTRA: RetryPolicy = RetryPolicy {
    retries: 3,
    first_pause: Duration::from_secs(1),
    longest_pause: LONGEST_BACKOFF,
    not_yet: &[408],
    may_be_strange: false,
    is_explicit: false,
};

/// Identity endpoints of this machine: five retries from 800 ms, also on 404 and 410, which mean that the
/// identity is still being set up or IMDS is being updated.
///
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance>
pub const MANAGED_IDENTITY: RetryPolicy = RetryPolicy {
    retries: 5,
    first_pause: Duration::from_millis(800),
    longest_pause: LONGEST_BACKOFF,
    not_yet: &[404, 408, 410],
    may_be_strange: true,
    is_explicit: false,
};

impl RetryPolicy {
    /// The same under `options`.
    pub fn with(self, options: RetryOptions) -> Self {
        Self {
            retries: options.max_retries.unwrap_or(self.retries),
            first_pause: options.retry_delay.unwrap_or(self.first_pause),
            longest_pause: options.max_retry_delay.unwrap_or(self.longest_pause),
            is_explicit: options.max_retries.is_some(),
            ..self
        }
    }

    /// A single try, for an endpoint that has used up all the others.
    pub const fn once(self) -> Self {
        Self { retries: 0, ..self }
    }

    /// Sends `request`, and again if the response is worth it. Returns the last response, of any kind. `note` is told the
    /// status of each answer that leads to another try.
    ///
    /// # Errors
    /// The transport's, after the last try.
    pub async fn send(
        &self,
        system: &System,
        http: &dyn Http,
        settings: &TransportSettings,
        request: &Request,
        note: impl Fn(u16) + Send + Sync,
    ) -> Result<Response, Failure> {
        let (mut tries, began) = (0, system.clock.now());
        loop {
            let outcome = exchange(system, http, settings, request).await;
            let now = system.clock.now();
            let Some(pause) = self.pause(tries, now.since(began), &outcome, now, system.random.fraction()) else {
                return outcome;
            };
            tries += 1;
            let (host, millis) = (request.host(), pause.as_millis());
            let status = outcome.as_ref().ok().map(|answer| answer.status);
            tracing::info!(host, status, tries, millis, "retrying after a pause");
            status.into_iter().for_each(&note);
            system.clock.sleep(pause).await;
        }
    }

    /// Whether the endpoint may do better later: nothing came, or an answer that is worth another try.
    pub fn may_pass(&self, outcome: &Result<Response, Failure>) -> bool {
        match outcome {
            Err(failure) => failure.code == Code::Timeout || is_silent(failure),
            Ok(answer) => self.is_worth_another(answer.status),
        }
    }

    /// How long to wait before another try; none if the outcome stands. `spent` is the time since the first try, and
    /// `jitter`, from 0 to 1, spreads the pause.
    pub(crate) fn pause(
        &self,
        tries: u32,
        spent: Duration,
        outcome: &Result<Response, Failure>,
        now: Timestamp,
        jitter: f64,
    ) -> Option<Duration> {
        if self.retries == 0 {
            return None;
        }
        let pause = self.backoff(tries, jitter);
        let patient = |pause: Duration| {
            let is_over = !self.is_explicit && spent + pause > PATIENCE_WITH_STRANGERS;
            (!is_over).then_some(pause)
        };
        match outcome {
            Ok(answer) if answer.status == 410 && self.not_yet.contains(&410) && !self.is_explicit => {
                let pause = answer.retry_after(now).unwrap_or(pause);
                (spent + pause <= LONGEST_UPDATE).then_some(pause)
            }
            _ if tries >= self.retries => None,
            Err(failure) => is_silent(failure).then_some(pause).and_then(patient),
            Ok(answer) if !self.is_worth_another(answer.status) => None,
            Ok(answer) => match answer.retry_after(now) {
                Some(asked) if asked <= LONGEST_PAUSE_WITHIN_FETCH => Some(asked),
                Some(_) if matches!(answer.status, 429 | 503) => None,
                // With other statuses it is no standard, and what a gateway puts there no reason to give up.
                _ if self.may_be_strange && is_strange(answer) => patient(pause),
                _ => Some(pause),
            },
        }
    }

    fn is_worth_another(&self, status: u16) -> bool {
        // 501 and 505 say that the request will never be understood.
        status == 429 || (status >= 500 && status != 501 && status != 505) || self.not_yet.contains(&status)
    }

    /// Doubles with each try; between 80 % and 100 % of it, so that replicas do not march in step.
    fn backoff(&self, tries: u32, jitter: f64) -> Duration {
        self.first_pause.saturating_mul(1 << tries.min(16)).min(self.longest_pause).mul_f64(0.8 + 0.2 * jitter)
    }
}

/// Whether no answer came. One with a status came and was too long: it would be again.
fn is_silent(failure: &Failure) -> bool {
    failure.code == Code::Network && failure.status.is_none()
}

/// Whether the answer is another program's: a proxy's page, a mesh's words, another cloud's metadata service. Every
/// endpoint of tokens speaks JSON.
fn is_strange(answer: &Response) -> bool {
    let body = answer.body.expose().trim_start();
    answer.status == 511 || !body.is_empty() && !body.starts_with('{')
}

#[cfg(test)]
mod tests;
