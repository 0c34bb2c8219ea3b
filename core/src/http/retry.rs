//! When a request is sent again, and after how long.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::request::{Http, Request, Response};
use crate::error::{Code, Failure};
use crate::settings::{RetryOptions, TransportSettings};
use crate::system::{System, Timestamp};

/// An endpoint that asks for a longer pause inside one acquisition is left to the cache's back-off.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_secs(20);
/// No pause doubles beyond this, unless an option says otherwise.
const LONGEST_BACKOFF: Duration = Duration::from_secs(64);

/// A retry policy: which answers are worth another try, how many, how far apart.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Tries after the first.
    retries: u32,
    /// The pause before the first retry; it doubles with each.
    first_pause: Duration,
    /// The longest pause, unless the endpoint asks for a longer one.
    longest_pause: Duration,
    /// Statuses, besides 429 and 5xx, that mean "not yet".
    not_yet: &'static [u16],
}

/// Entra ID: three retries from one second, as `@azure/core-rest-pipeline` does by default.
pub const ENTRA: RetryPolicy =
    RetryPolicy { retries: 3, first_pause: Duration::from_secs(1), longest_pause: LONGEST_BACKOFF, not_yet: &[408] };

/// Identity endpoints of this machine: five retries from 800 ms, also on 404 and 410, which mean that the
/// identity is still being set up or IMDS is being updated.
///
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance>
pub const MANAGED_IDENTITY: RetryPolicy = RetryPolicy {
    retries: 5,
    first_pause: Duration::from_millis(800),
    longest_pause: LONGEST_BACKOFF,
    not_yet: &[404, 408, 410],
};

/// IMDS answers 410 for up to 70 s while it is updated. From here on, five pauses with the least jitter last that
/// long, and with the most jitter end before the 90 s of such an acquisition do.
const FIRST_PAUSE_AT_410: Duration = Duration::from_millis(2850);

/// A request that is not answered for so long is sent once more: a connection can be dead without either end being
/// told. Longer than connecting may take, so that the same silence is not met twice at once.
const SILENCE: Duration = Duration::from_secs(6);

/// A request under way.
type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

/// Sends `request`, and once more beside it whenever there was silence; the first to come to an end counts. An endpoint
/// that is merely slow still has the whole of the first one's time.
///
/// # Errors
/// The transport's.
pub fn exchange<'a>(
    system: &'a System,
    http: &'a dyn Http,
    settings: &'a TransportSettings,
    request: &'a Request,
) -> Exchange<'a> {
    let again = async move {
        system.clock.sleep(SILENCE).await;
        tracing::info!(host = request.host(), "no answer yet; sending a second request");
        exchange(system, http, settings, request).await
    };
    Box::pin(async move {
        tokio::select! {
            biased;
            outcome = http.send(settings, request.clone()) => outcome,
            outcome = again => outcome,
        }
    })
}

impl RetryPolicy {
    /// The same under `options`.
    pub fn with(self, options: RetryOptions) -> Self {
        Self {
            retries: options.max_retries.unwrap_or(self.retries),
            first_pause: options.retry_delay.unwrap_or(self.first_pause),
            longest_pause: options.max_retry_delay.unwrap_or(self.longest_pause),
            ..self
        }
    }

    /// Sends `request`, and again if the response is worth it. Returns the last response, of any kind.
    ///
    /// # Errors
    /// The transport's, after the last try.
    pub async fn send(
        &self,
        system: &System,
        http: &dyn Http,
        settings: &TransportSettings,
        request: &Request,
    ) -> Result<Response, Failure> {
        self.send_noting(system, http, settings, request, |_| ()).await
    }

    /// The same, and tells `note` the status of each answer that leads to another try.
    ///
    /// # Errors
    /// The transport's, after the last try.
    pub async fn send_noting(
        &self,
        system: &System,
        http: &dyn Http,
        settings: &TransportSettings,
        request: &Request,
        note: impl Fn(u16) + Send + Sync,
    ) -> Result<Response, Failure> {
        let mut tries = 0;
        loop {
            let outcome = exchange(system, http, settings, request).await;
            let Some(pause) = self.pause(tries, &outcome, system.clock.now(), system.random.fraction()) else {
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

    /// How long to wait before another try; none where the outcome stands. `jitter`, from 0 to 1, spreads the pause.
    fn pause(&self, tries: u32, outcome: &Result<Response, Failure>, now: Timestamp, jitter: f64) -> Option<Duration> {
        if tries >= self.retries {
            return None;
        }
        match outcome {
            // With a status the answer came, and was too long: it would be again.
            Err(failure) => (failure.code == Code::Network && failure.status.is_none())
                .then(|| self.backoff(tries, self.first_pause, jitter)),
            Ok(answer) if self.is_worth_another(answer.status) => {
                let first =
                    if answer.status == 410 { self.first_pause.max(FIRST_PAUSE_AT_410) } else { self.first_pause };
                match answer.retry_after(now) {
                    Some(asked) if asked <= LONGEST_ASKED_PAUSE || answer.status == 410 => Some(asked),
                    Some(_) if matches!(answer.status, 429 | 503) => None,
                    // With other statuses it is no standard, and what a gateway puts there no reason to give up.
                    _ => Some(self.backoff(tries, first, jitter)),
                }
            }
            Ok(_) => None,
        }
    }

    fn is_worth_another(&self, status: u16) -> bool {
        // 501 and 505 say that the request will never be understood.
        status == 429 || (status >= 500 && status != 501 && status != 505) || self.not_yet.contains(&status)
    }

    /// Doubles with each try; between 80 % and 100 % of it, so that replicas do not march in step.
    fn backoff(&self, tries: u32, first: Duration, jitter: f64) -> Duration {
        first.saturating_mul(1 << tries.min(16)).min(self.longest_pause).mul_f64(0.8 + 0.2 * jitter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::dates::parse_http_date;
    use crate::secret::Secret;
    use crate::test_support::FakeSystem;

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Response, Failure> {
        Ok(Response {
            status,
            date: None,
            retry_after: retry_after.map(str::to_owned),
            www_authenticate: None,
            body: Secret::new(""),
        })
    }

    const NOW: Timestamp = Timestamp::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT

    async fn exchanged(fake: &FakeSystem) -> (Option<String>, u64, usize) {
        let (system, began) = (fake.system(), tokio::time::Instant::now());
        let request = Request::get(url::Url::parse("http://127.0.0.1").unwrap());
        let answer = ENTRA.send(&system, &*fake.http, &TransportSettings::default(), &request).await;
        (answer.ok().map(|answer| answer.body.expose().to_owned()), began.elapsed().as_secs(), fake.http.count())
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_not_waited_for_alone() {
        let forever = Duration::from_secs(600);
        for (first, second, body, secs, requests) in [
            (Duration::from_secs(5), Duration::ZERO, Some("first"), 5, 1),
            (forever, Duration::ZERO, Some("second"), 6, 2),
            (Duration::from_secs(10), forever, Some("first"), 10, 2),
            (forever, Duration::from_secs(3), Some("second"), 9, 2),
        ] {
            let fake = FakeSystem::new();
            fake.http.answer_after(first, 200, "first");
            fake.http.answer_after(second, 200, "second");
            assert_eq!(exchanged(&fake).await, (body.map(str::to_owned), secs, requests));
        }
        let fake = FakeSystem::new();
        (0..6).for_each(|_| fake.http.answer_after(forever, 200, ""));
        assert_eq!(exchanged(&fake).await, (None, 30, 5), "the bound of one request is the bound of all");
    }

    #[test]
    fn which_outcomes_are_tried_again() {
        let network = || Err(Failure::new(Code::Network, "reset"));
        let timeout = || Err(Failure::new(Code::Timeout, "silent"));
        for (policy, outcome, again) in [
            (ENTRA, answer(200, None), false),
            (ENTRA, answer(400, None), false),
            (ENTRA, answer(401, None), false),
            (ENTRA, answer(404, None), false),
            (ENTRA, answer(408, None), true),
            (ENTRA, answer(429, None), true),
            (ENTRA, answer(500, None), true),
            (ENTRA, answer(501, None), false),
            (ENTRA, answer(503, None), true),
            (ENTRA, network(), true),
            (ENTRA, timeout(), false),
            (ENTRA, Err(Failure::new(Code::Network, "too long").status(200)), false),
            (MANAGED_IDENTITY, answer(302, None), false),
            (MANAGED_IDENTITY, answer(404, None), true),
            (MANAGED_IDENTITY, answer(410, None), true),
            (MANAGED_IDENTITY, answer(429, None), true),
        ] {
            let status = outcome.as_ref().ok().map(|a| a.status);
            assert_eq!(policy.pause(0, &outcome, NOW, 0.5).is_some(), again, "{status:?} under {policy:?}");
        }
    }

    #[test]
    fn pauses_double_with_little_jitter_and_end_after_the_last_retry() {
        for (tries, longest) in [(0, 800), (1, 1600), (2, 3200), (3, 6400), (4, 12_800)] {
            for (jitter, millis) in [(0.0, longest * 8 / 10), (1.0, longest)] {
                let pause = MANAGED_IDENTITY.pause(tries, &answer(500, None), NOW, jitter).unwrap();
                assert_eq!(pause.as_millis(), millis, "before retry {tries}");
            }
        }
        assert_eq!(MANAGED_IDENTITY.pause(5, &answer(500, None), NOW, 0.5), None);
    }

    #[test]
    fn options_override_the_policy() {
        let options = RetryOptions {
            max_retries: Some(2),
            retry_delay: Some(Duration::from_secs(2)),
            max_retry_delay: Some(Duration::from_secs(3)),
        };
        for policy in [ENTRA, MANAGED_IDENTITY] {
            let pause = |tries| policy.with(options).pause(tries, &answer(500, None), NOW, 1.0);
            assert_eq!(pause(0), Some(Duration::from_secs(2)));
            assert_eq!(pause(1), Some(Duration::from_secs(3)), "not 4 s");
            assert_eq!(pause(2), None);
            let none = RetryOptions { max_retries: Some(0), ..RetryOptions::default() };
            assert_eq!(policy.with(none).pause(0, &answer(500, None), NOW, 0.5), None);
            assert!(policy.with(RetryOptions::default()).pause(2, &answer(500, None), NOW, 0.5).is_some());
        }
    }

    #[test]
    fn five_retries_at_410_outlast_an_update_whatever_the_jitter() {
        for jitter in [0.0, 1.0] {
            let pause = |tries| MANAGED_IDENTITY.pause(tries, &answer(410, None), NOW, jitter).unwrap();
            let total: Duration = (0..5).map(pause).sum();
            assert!((Duration::from_secs(70)..Duration::from_secs(89)).contains(&total), "{total:?}");
        }
    }

    #[test]
    fn retry_after_is_heeded_unless_it_is_longer_than_an_acquisition_can_wait() {
        assert_eq!(ENTRA.pause(0, &answer(429, Some("2")), NOW, 0.5), Some(Duration::from_secs(2)));
        assert_eq!(ENTRA.pause(0, &answer(503, Some("0")), NOW, 0.5), Some(Duration::ZERO));
        assert_eq!(ENTRA.pause(0, &answer(503, Some("0.3")), NOW, 0.5), Some(Duration::from_millis(300)));
        for (status, gives_up) in [(429, true), (503, true), (500, false), (502, false), (408, false)] {
            let pause = ENTRA.pause(0, &answer(status, Some("30")), NOW, 0.5);
            assert_eq!(pause.is_none(), gives_up, "{status}");
            assert!(pause.is_none_or(|pause| pause <= Duration::from_secs(1)), "{status}: {pause:?}");
        }
    }

    #[test]
    fn a_date_in_retry_after_is_by_the_endpoints_clock() {
        let response = answer(429, Some("Sun, 06 Nov 1994 08:49:47 GMT")).unwrap();
        let response = Response { date: parse_http_date("Sun, 06 Nov 1994 08:49:42 GMT"), ..response };
        assert_eq!(ENTRA.pause(0, &Ok(response), NOW, 0.5), Some(Duration::from_secs(5)));
    }
}
