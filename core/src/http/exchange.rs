//! One request, and others beside it while the endpoint is silent.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::request::{Http, Request, Response};
use crate::error::{Code, Failure};
use crate::settings::TransportSettings;
use crate::system::System;

/// A request without an answer for so long is sent once more: a connection can be dead without either end being told,
/// and callers see that a silent endpoint has recovered within 2 s.
const SILENCE: Duration = Duration::from_millis(1500);
/// A repeated request lives so long: with the first, four are under way at most. IMDS takes five at once.
const REPEATED_LIMIT: Duration = Duration::from_millis(4500);

/// A request under way.
type Exchange<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

/// Sends `request`, and repeats it whenever there was silence; the first to come to an end counts. An endpoint that is
/// merely slow still has the whole of the first one's time.
///
/// # Errors
/// The transport's.
pub(crate) async fn exchange(
    system: &System,
    http: &dyn Http,
    settings: &TransportSettings,
    request: &Request,
) -> Result<Response, Failure> {
    tokio::select! {
        biased;
        outcome = http.send(settings, request.clone()) => outcome,
        outcome = repeat(system, http, settings, request) => outcome,
    }
}

fn repeat<'a>(
    system: &'a System,
    http: &'a dyn Http,
    settings: &'a TransportSettings,
    request: &'a Request,
) -> Exchange<'a> {
    Box::pin(async move {
        system.clock.sleep(SILENCE).await;
        tracing::info!(host = request.host(), "no answer yet; repeating the request");
        let repeated = async {
            let time_limit = request.time_limit.min(REPEATED_LIMIT);
            match http.send(settings, Request { time_limit, ..request.clone() }).await {
                // The others go on waiting.
                Err(failure) if failure.code == Code::Timeout => std::future::pending().await,
                outcome => outcome,
            }
        };
        tokio::select! {
            biased;
            outcome = repeated => outcome,
            outcome = repeat(system, http, settings, request) => outcome,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::FakeSystem;

    async fn exchanged(fake: &FakeSystem) -> (Option<String>, u128, usize) {
        let (system, began) = (fake.system(), tokio::time::Instant::now());
        let request = Request::get(crate::address::parse("http://127.0.0.1").unwrap());
        let answer = exchange(&system, &*fake.http, &TransportSettings::default(), &request).await;
        (answer.ok().map(|answer| answer.body.expose().to_owned()), began.elapsed().as_millis(), fake.http.count())
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_request_is_repeated_and_a_slow_one_still_counts() {
        let (forever, seconds) = (Duration::from_secs(600), Duration::from_secs);
        for (first, second, body, millis, requests) in [
            (seconds(1), Duration::ZERO, Some("first"), 1000, 1),
            (forever, Duration::ZERO, Some("second"), 1500, 2),
            (seconds(3), forever, Some("first"), 3000, 2),
            (forever, seconds(1), Some("second"), 2500, 2),
        ] {
            let fake = FakeSystem::new();
            fake.http.answer_after(first, 200, "first");
            fake.http.answer_after(second, 200, "second");
            assert_eq!(exchanged(&fake).await, (body.map(str::to_owned), millis, requests));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_of_one_request_is_the_limit_of_all() {
        let fake = FakeSystem::new();
        (0..20).for_each(|_| fake.http.answer_after(Duration::from_secs(600), 200, ""));
        let limit = crate::http::request::REQUEST_LIMIT;
        let requests = 1 + limit.as_millis() / SILENCE.as_millis();
        assert_eq!(exchanged(&fake).await, (None, limit.as_millis(), usize::try_from(requests).unwrap()));
        let most = 1 + REPEATED_LIMIT.as_millis() / SILENCE.as_millis();
        assert!(most < 5, "{most} at once");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_endpoint_that_recovers_is_seen_within_two_seconds() {
        for recovers_after in (0..20_000).step_by(700) {
            let fake = FakeSystem::new();
            // What is sent before the recovery is never answered.
            fake.http.silent_until(Duration::from_millis(recovers_after));
            fake.http.answer(200, "recovered");
            let (body, millis, _) = exchanged(&fake).await;
            assert_eq!(body.as_deref(), Some("recovered"));
            assert!(millis < u128::from(recovers_after) + 2000, "{millis} ms, recovered after {recovers_after} ms");
        }
    }
}
