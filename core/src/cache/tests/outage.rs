//! What users of clients that retry on top of this package see of an outage.

use super::*;
use crate::http::request::Response;
use crate::test_support::FakeSystem;

/// A client whose pauses before its retries are these, in ms.
struct Client {
    name: &'static str,
    pauses: Vec<u64>,
    /// Until its user has the error.
    limit: Duration,
}

/// openai waits as `retry-after` says. LangChain doubles from one second, times 1 to 2.
fn clients() -> [Client; 3] {
    let langchain = |factor: u64| (0..6).map(|retry| 1000 * factor * (1 << retry)).collect();
    [
        Client { name: "openai", pauses: vec![1000, 1000], limit: Duration::from_secs(10) },
        Client { name: "LangChain, short pauses", pauses: langchain(1), limit: Duration::from_secs(30) },
        Client { name: "LangChain, long pauses", pauses: langchain(2), limit: Duration::from_secs(30) },
    ]
}

fn faults() -> [(&'static str, Result<Response, Failure>); 4] {
    let answer = |status, body: &str| {
        let body = Secret::new(body);
        Ok(Response { status, date: None, retry_after: None, www_authenticate: None, body })
    };
    [
        ("refused", Err(Failure::new(Code::Network, "connection refused"))),
        ("500", answer(500, "{}")),
        ("429", answer(429, "{}")),
        ("a gateway's page", answer(502, "<html>")),
    ]
}

#[tokio::test(start_paused = true)]
async fn a_client_that_retries_has_the_error_in_time_and_costs_one_request_for_each_retry() {
    for (fault, outcome) in faults() {
        for Client { name, pauses, limit } in clients() {
            let fake = FakeSystem::new();
            let cache = TokenCache::new(
                fake.system(),
                Arc::new(ChainFetch::new(fake.system(), fake.http())),
                Handle::current(),
            );
            fake.http.give_until(Duration::from_secs(3600), outcome.clone());
            let began = tokio::time::Instant::now();
            let mut pauses = pauses.into_iter();
            let mut error = settled(ask(&cache)).await.err().unwrap();
            let first = fake.http.count();
            let mut retries = 0;
            while error.is_worth_a_retry()
                && let Some(pause) = pauses.next()
            {
                tokio::time::sleep(Duration::from_millis(pause)).await;
                error = settled(ask(&cache)).await.err().unwrap();
                retries += 1;
            }
            let took = began.elapsed();
            assert!(took <= limit, "{name}, {fault}: {took:?}");
            assert!(fake.http.count() <= first + retries, "{name}, {fault}: {} requests", fake.http.count());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_lasts_from_its_first_fetch_to_a_token_or_a_minute_without_calls() {
    let fake = Fake::new();
    let cache = cache(&fake);
    let failing_for = async || settled(ask(&cache)).await.err().map(|error| error.failing_for.as_secs());
    let down = |seconds| fake.fetch.push(Duration::from_secs(seconds), Err(Code::Network));
    down(3);
    assert_eq!(failing_for().await, Some(3), "the fetch itself counts");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(failing_for().await, Some(3), "a remembered failure");
    tokio::time::sleep(Duration::from_secs(30)).await;
    down(0);
    assert_eq!(failing_for().await, Some(33));
    tokio::time::sleep(Duration::from_secs(61)).await;
    down(0);
    assert_eq!(failing_for().await, Some(0), "another outage");
    tokio::time::sleep(Duration::from_secs(5)).await;
    let token_came = tokio::time::Instant::now();
    fake.fetch.give(&secret("token"), 20);
    assert_eq!(failing_for().await, None);
    for (second, failing) in [(10, None), (12, None), (21, Some(9))] {
        // The refresh fails as well, and the token serves meanwhile.
        down(0);
        tokio::time::sleep_until(token_came + Duration::from_secs(second)).await;
        assert_eq!(failing_for().await, failing, "{second} s after the token");
    }
    cache.clear();
    down(1);
    assert_eq!(failing_for().await, Some(1));
}
