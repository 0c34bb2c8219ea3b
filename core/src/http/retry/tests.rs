use super::*;
use crate::http::retry_after::parse_http_date;
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

/// The pause before a retry that comes early.
fn pause(policy: RetryPolicy, tries: u32, outcome: &Result<Response, Failure>, jitter: f64) -> Option<Duration> {
    policy.pause(tries, Duration::ZERO, outcome, NOW, jitter)
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
        assert_eq!(pause(policy, 0, &outcome, 0.5).is_some(), again, "{status:?} under {policy:?}");
    }
}

#[test]
fn pauses_double_up_to_1800_ms_with_little_jitter_and_end_after_the_last_retry() {
    for (tries, longest) in [(0, 800), (1, 1600), (2, 1800), (3, 1800), (4, 1800)] {
        for (jitter, millis) in [(0.0, longest * 8 / 10), (1.0, longest)] {
            let pause = pause(MANAGED_IDENTITY, tries, &answer(500, None), jitter).unwrap();
            assert_eq!(pause.as_millis(), millis, "before retry {tries}");
        }
    }
    assert_eq!(pause(MANAGED_IDENTITY, 5, &answer(500, None), 0.5), None);
}

#[test]
fn options_override_the_policy() {
    let options = RetryOptions {
        max_retries: Some(2),
        retry_delay: Some(Duration::from_secs(2)),
        max_retry_delay: Some(Duration::from_secs(3)),
    };
    for policy in [ENTRA, MANAGED_IDENTITY] {
        let after = |tries| pause(policy.with(options), tries, &answer(500, None), 1.0);
        assert_eq!(after(0), Some(Duration::from_secs(2)));
        assert_eq!(after(1), Some(Duration::from_secs(3)), "not 4 s");
        assert_eq!(after(2), None);
        let none = RetryOptions { max_retries: Some(0), ..RetryOptions::default() };
        assert_eq!(pause(policy.with(none), 0, &answer(500, None), 0.5), None);
        assert!(pause(policy.with(RetryOptions::default()), 2, &answer(500, None), 0.5).is_some());
    }
}

/// What an acquisition makes of an endpoint that gives the same outcome for `seconds` and serves then: whether it serves,
/// after how many seconds, and the requests.
async fn against(policy: RetryPolicy, outcome: &Result<Response, Failure>, seconds: u64) -> (bool, f64, usize) {
    let (fake, began) = (FakeSystem::new(), tokio::time::Instant::now());
    fake.http.give_until(Duration::from_secs(seconds), outcome.clone());
    fake.http.answer(200, "{}");
    let request = Request::get(crate::address::parse("http://127.0.0.1").unwrap());
    let (system, settings) = (fake.system(), TransportSettings::default());
    let sent = policy.send(&system, &*fake.http, &settings, &request, |_| ()).await;
    (sent.is_ok_and(|answer| answer.status == 200), began.elapsed().as_secs_f64(), fake.http.count())
}

fn page(status: u16, body: &str) -> Result<Response, Failure> {
    answer(status, None).map(|answer| Response { body: Secret::new(body), ..answer })
}

/// What other programs answer at the address of an identity endpoint, or a gateway in front of one.
fn pages() -> [Result<Response, Failure>; 7] {
    [
        page(404, "<!doctype html><title>404 - Not Found</title>"),
        page(500, "<?xml version=\"1.0\"?><html/>"),
        page(502, "\n<html>Bad Gateway</html>"),
        page(503, "upstream connect error or disconnect/reset before headers"),
        page(504, "no healthy upstream"),
        page(511, ""),
        page(511, "{}"),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_is_no_identity_endpoint_is_given_up_within_three_seconds() {
    let refused = || Err(Failure::new(Code::Network, "refused"));
    let of_host = pages().into_iter().chain([refused()]).map(|outcome| (MANAGED_IDENTITY, outcome));
    for (policy, outcome) in of_host.chain([(ENTRA, refused()), (ENTRA, page(404, "<!doctype html>"))]) {
        let (serves, seconds, requests) = against(policy, &outcome, 600).await;
        let status = outcome.as_ref().map(|answer| answer.status);
        assert!(!serves && seconds <= 3.0, "{status:?} for {seconds} s");
        assert!((1..=3).contains(&requests), "{status:?}: {requests} requests");
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_of_the_gateway_of_entra_id_gets_every_try() {
    for page in pages().into_iter().filter(|page| page.as_ref().is_ok_and(|answer| answer.status != 404)) {
        let (serves, seconds, requests) = against(ENTRA, &page, 600).await;
        let status = page.map(|answer| answer.status).ok();
        assert!(!serves && seconds < 8.0 && requests == 4, "{status:?}: {requests} requests in {seconds} s");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_fails_in_its_own_words_is_seen_to_recover_within_two_seconds() {
    for status in [408, 429, 500, 502, 503, 504] {
        for recovers_after in 1..=5 {
            let (serves, seconds, _) = against(MANAGED_IDENTITY, &page(status, "{}"), recovers_after).await;
            assert!(serves, "{status} for {recovers_after} s");
            assert!(seconds < recovers_after as f64 + 2.0, "{status} for {recovers_after} s: {seconds} s");
        }
        let (serves, seconds, requests) = against(MANAGED_IDENTITY, &page(status, "{}"), 600).await;
        assert!(!serves && seconds < 8.0 && requests == 6, "{status}: {seconds} s, {requests} requests");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_of_imds_is_waited_for_and_its_end_is_seen_within_two_seconds() {
    let updating = page(410, "{}");
    for recovers_after in [1, 20, 69, 70] {
        let (serves, seconds, _) = against(MANAGED_IDENTITY, &updating, recovers_after).await;
        assert!(serves && seconds < recovers_after as f64 + 2.0, "{recovers_after} s: {seconds} s");
    }
    let (serves, seconds, requests) = against(MANAGED_IDENTITY, &updating, 600).await;
    assert!(!serves && (70.0..=75.0).contains(&seconds), "{seconds} s");
    assert!((40..60).contains(&requests), "{requests} requests");
}

#[tokio::test(start_paused = true)]
async fn an_option_that_gives_the_number_of_retries_is_heeded_whatever_the_outcome() {
    let options = RetryOptions { max_retries: Some(4), ..RetryOptions::default() };
    for outcome in [Err(Failure::new(Code::Network, "refused")), page(503, "<html>"), page(410, "{}"), page(500, "{}")]
    {
        let (_, _, requests) = against(MANAGED_IDENTITY.with(options), &outcome, 600).await;
        assert_eq!(requests, 5, "{:?}", outcome.map(|answer| answer.status));
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_try_is_one_whatever_the_outcome() {
    for outcome in [Err(Failure::new(Code::Network, "refused")), page(503, "<html>"), page(410, "{}"), page(500, "{}")]
    {
        let (serves, seconds, requests) = against(MANAGED_IDENTITY.once(), &outcome, 600).await;
        assert_eq!((serves, seconds, requests), (false, 0.0, 1), "{:?}", outcome.map(|answer| answer.status));
        assert!(MANAGED_IDENTITY.may_pass(&page(500, "{}")) && !MANAGED_IDENTITY.may_pass(&page(400, "{}")));
    }
}

#[test]
fn retry_after_is_heeded_unless_it_is_longer_than_an_acquisition_can_wait() {
    assert_eq!(pause(ENTRA, 0, &answer(429, Some("2")), 0.5), Some(Duration::from_secs(2)));
    assert_eq!(pause(ENTRA, 0, &answer(503, Some("0")), 0.5), Some(Duration::ZERO));
    assert_eq!(pause(ENTRA, 0, &answer(503, Some("0.3")), 0.5), Some(Duration::from_millis(300)));
    for (status, gives_up) in [(429, true), (503, true), (500, false), (502, false), (408, false)] {
        let pause = pause(ENTRA, 0, &answer(status, Some("30")), 0.5);
        assert_eq!(pause.is_none(), gives_up, "{status}");
        assert!(pause.is_none_or(|pause| pause <= Duration::from_secs(1)), "{status}: {pause:?}");
    }
}

#[test]
fn a_date_in_retry_after_is_by_the_endpoints_clock() {
    let response = answer(429, Some("Sun, 06 Nov 1994 08:49:47 GMT")).unwrap();
    let response = Response { date: parse_http_date("Sun, 06 Nov 1994 08:49:42 GMT"), ..response };
    assert_eq!(pause(ENTRA, 0, &Ok(response), 0.5), Some(Duration::from_secs(5)));
}
