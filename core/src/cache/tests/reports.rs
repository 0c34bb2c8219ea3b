//! What the cache says of itself.

use super::*;
use crate::health::Status;

#[tokio::test(start_paused = true)]
async fn those_who_watch_hear_of_each_fetch_once_and_what_it_was() {
    let (fake, first, second) = (Fake::new(), secret("first"), secret("second"));
    let cache = cache(&fake);
    let thread = Arc::new(Thread::default());
    cache.register(&(thread.clone() as Arc<dyn Reader>));
    let wait = Duration::from_secs(2);
    fake.fetch.give_after(wait, &first, 3600);
    let answers = [ask(&cache), ask(&cache)];
    for answer in answers {
        assert_eq!(token(answer).await, first);
    }
    fake.fetch.give(&second, 7200);
    fake.fetch.refuse();
    for _ in 0..2 {
        let _ = settled(cache.get_token(Call { force: true, ..call("s/.default") })).await;
    }
    let source = "ManagedIdentityCredential";
    let events = thread.events.lock().unwrap();
    assert_eq!(
        *events,
        [(false, wait, source), (true, Duration::ZERO, source), (true, Duration::ZERO, "ENTRA_ID_REJECTED")]
    );
}

fn status(cache: &TokenCache) -> Status {
    let tokens = cache.health(false);
    Status::of(tokens.iter().map(TokenHealth::state))
}

#[tokio::test(start_paused = true)]
async fn health_goes_from_idle_to_ok_to_degraded_and_back() {
    let fake = Fake::new();
    let cache = cache(&fake);
    assert_eq!(status(&cache), Status::Idle);
    fake.fetch.give(&secret("token"), 3600);
    assert!(settled(ask(&cache)).await.is_ok());
    assert_eq!(status(&cache), Status::Ok);

    fake.fetch.refuse();
    assert!(settled(cache.get_token(Call { force: true, ..call("s/.default") })).await.is_err());
    assert_eq!(status(&cache), Status::Degraded);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(status(&cache), Status::Degraded, "the failure stands while the token that it was to replace does");

    fake.fetch.give(&secret("newer"), 7200);
    assert!(settled(cache.get_token(Call { force: true, ..call("s/.default") })).await.is_ok());
    assert_eq!(status(&cache), Status::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_nobody_repeats_stops_to_tell_of_the_state_of_things() {
    let fake = Fake::new();
    let cache = cache(&fake);
    fake.fetch.refuse();
    assert!(settled(ask(&cache)).await.is_err());
    assert_eq!(status(&cache), Status::Failing);
    tokio::time::sleep(Duration::from_secs(59)).await;
    assert_eq!(status(&cache), Status::Failing);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(status(&cache), Status::Idle);
    assert!(cache.health(false)[0].failure.is_some(), "it is remembered for people all the same");
    cache.clear();
    assert!(cache.health(false).is_empty());
}

#[tokio::test(start_paused = true)]
async fn health_tells_whose_the_token_is_where_that_is_asked_for() {
    let fake = Fake::new();
    let cache = cache(&fake);
    let payload = azure_core::base64::encode_url_safe(r#"{"aud":"s","oid":"object"}"#);
    fake.fetch.give(&format!("e30.{payload}.{}", secret("signature")), 3600);
    assert!(settled(ask(&cache)).await.is_ok());
    assert!(cache.health(false)[0].claims.is_none());
    let claims = cache.health(true)[0].claims.clone().unwrap();
    assert_eq!((claims.audience.as_deref(), claims.object.as_deref()), (Some("s"), Some("object")));
}
