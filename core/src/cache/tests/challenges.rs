//! Claims challenges.

use super::*;

fn challenged(settings: &[(&str, &str)]) -> Call {
    let request = TokenRequest::new(vec!["s/.default".into()], None, Some("{}".into())).unwrap();
    Call { settings: crate::test_support::settings(settings), request, ..call("s/.default") }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_met_a_challenge_replaces_the_one_that_was_challenged() {
    let (fake, thread) = (Fake::new(), Arc::new(Thread::default()));
    let cache = cache(&fake);
    let reader: Arc<dyn Reader> = thread.clone();
    cache.register(&reader);
    let (old, new) = (secret("old"), secret("new"));
    fake.fetch.give(&old, 3600);
    assert_eq!(token(ask(&cache)).await, old);
    let generation = thread.generation.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(10)).await;
    fake.fetch.give(&new, 3600);
    assert_eq!(token(cache.get_token(challenged(&HOST))).await, new);
    assert_eq!(token(ask(&cache)).await, new);
    assert_ne!(thread.generation.load(Ordering::Relaxed), generation, "threads ask again");
    assert_eq!(fake.fetch.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_challenge_that_another_source_met_changes_nobodys_identity() {
    let (fake, old, new) = (Fake::new(), secret("old"), secret("new"));
    let cache = cache(&fake);
    fake.fetch.give_of(Credential::AzureCli, &old, 3600);
    assert_eq!(token(ask(&cache)).await, old);
    fake.fetch.give_of(Credential::AzureDeveloperCli, &new, 7200);
    assert_eq!(token(cache.get_token(challenged(&HOST))).await, new);
    assert_eq!(token(ask(&cache)).await, old);
}

fn challenge_of(number: usize) -> (String, String) {
    let claims = format!(r#"{{"access_token":{{"nbf":{{"essential":true,"value":"{number}"}}}}}}"#);
    let header = format!(r#"Bearer error="insufficient_claims", claims="{}""#, azure_core::base64::encode(&claims));
    (claims, header)
}

fn claims_asked(fake: &Fake) -> Vec<Option<String>> {
    fake.fetch.asked().into_iter().map(|(_, subject)| subject.request.claims.clone()).collect()
}

/// A cache that holds a token, which a service refuses from now on.
async fn refused(fake: &Fake) -> (Arc<TokenCache>, String) {
    let (cache, old) = (cache(fake), secret("refused"));
    fake.fetch.give(&old, 3600);
    assert_eq!(token(ask(&cache)).await, old);
    (cache, old)
}

fn replace(cache: &Arc<TokenCache>, refused: &str, www_authenticate: &str) -> Answer {
    cache.replace(call("s/.default"), refused, www_authenticate)
}

#[tokio::test(start_paused = true)]
async fn many_refusals_of_one_token_cost_one_fetch_and_all_get_its_token() {
    let fake = Fake::new();
    let (cache, old) = refused(&fake).await;
    let new = secret("new");
    fake.fetch.give_after(Duration::from_secs(1), &new, 3600);
    let answers: Vec<Answer> = (0..100).map(|number| replace(&cache, &old, &challenge_of(number).1)).collect();
    for answer in answers {
        assert_eq!(token(answer).await, new);
    }
    let late = replace(&cache, &old, &challenge_of(100).1);
    assert!(!is_pending(&late));
    assert_eq!((token(late).await, fake.fetch.count()), (new, 2));
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_every_token_costs_one_fetch_in_five_minutes_whatever_it_challenges() {
    for (is_challenged, is_given) in [(false, true), (true, true), (false, false), (true, false)] {
        let fake = Fake::new();
        let (cache, mut latest) = refused(&fake).await;
        let began = fake.fetch.count();
        for number in 0..300 {
            if is_given {
                fake.fetch.script.answers.lock().unwrap().clear();
                fake.fetch.give(&secret("new"), 36_000 + number as u64);
            }
            let header = if is_challenged { challenge_of(number).1 } else { String::new() };
            let answer = replace(&cache, &latest, &header);
            if let Ok(served) = settled(answer).await {
                served.token.secret.expose().clone_into(&mut latest);
            }
            tokio::time::sleep(Duration::from_millis(999)).await;
        }
        let fetches = fake.fetch.count() - began;
        // With the jitter of the tests, failed renewals pause for half of 1, 2, 4 … seconds.
        let expected = if is_given { 1..=1 } else { 8..=11 };
        assert!(expected.contains(&fetches), "{fetches} fetches, challenged: {is_challenged}, given: {is_given}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_with_other_claims_each_time_cost_a_failing_source_one_fetch_in_two_seconds() {
    let fake = Fake::new();
    let cache = cache(&fake);
    fake.fetch.refuse();
    let with = |number: usize| Call {
        request: TokenRequest { claims: Some(challenge_of(number).0), ..request("s/.default") },
        ..call("s/.default")
    };
    for number in 0..600 {
        assert!(settled(cache.get_token(with(number))).await.is_err());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!((20..=35).contains(&fake.fetch.count()), "{}", fake.fetch.count());

    // Neither a call without claims, nor one after the cause has been mended, is held off.
    fake.fetch.script.answers.lock().unwrap().clear();
    let (plain, met) = (secret("plain"), secret("met"));
    fake.fetch.give(&plain, 3600);
    assert_eq!(token(ask(&cache)).await, plain);
    tokio::time::sleep(Duration::from_secs(15)).await;
    fake.fetch.give(&met, 3600);
    assert_eq!(token(cache.get_token(with(600))).await, met);
    fake.fetch.give(&secret("other"), 3600);
    assert!(settled(cache.get_token(with(601))).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn claims_that_are_never_met_hold_off_no_others() {
    let fake = Fake::new();
    let cache = cache(&fake);
    for number in 0..20 {
        fake.fetch.script.answers.lock().unwrap().clear();
        fake.fetch.refuse();
        assert!(settled(cache.get_token(challenged(&HOST))).await.is_err());
        let met = secret("met");
        fake.fetch.script.answers.lock().unwrap().clear();
        fake.fetch.give(&met, 3600);
        let request = TokenRequest { claims: Some(challenge_of(number).0), ..request("s/.default") };
        assert_eq!(token(cache.get_token(Call { request, ..call("s/.default") })).await, met);
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_kept_while_a_failed_renewal_backs_off() {
    let fake = Fake::new();
    let (cache, old) = refused(&fake).await;
    fake.fetch.refuse();
    assert!(settled(replace(&cache, &old, "")).await.is_err());
    let answer = replace(&cache, &old, &challenge_of(1).1);
    assert!(!is_pending(&answer));
    assert_eq!((token(answer).await, fake.fetch.count()), (old, 2));
}

#[tokio::test(start_paused = true)]
async fn the_claims_of_a_challenge_apply_to_the_calls_after_it_of_every_thread() {
    let fake = Fake::new();
    let (cache, old) = refused(&fake).await;
    let thread = Arc::new(Thread::default());
    let reader: Arc<dyn Reader> = thread.clone();
    cache.register(&reader);
    let place = Some((reader, 1));
    let kept = settled(cache.get_token(Call { place: place.clone(), ..call("s/.default") })).await.ok().unwrap();
    assert_eq!(kept.token.secret.expose(), old);

    let (new, (claims, header)) = (secret("new"), challenge_of(1));
    fake.fetch.give_of(Credential::AzureCli, &new, 3600);
    let replaced = settled(replace(&cache, &old, &header)).await.ok().unwrap();
    assert_eq!(replaced.token.secret.expose(), new);
    let generation = thread.generation.load(Ordering::Relaxed);
    assert!(generation != kept.generation && generation == replaced.generation, "other threads ask again");
    assert_eq!(token(ask(&cache)).await, new);

    // The thread does not ask again: its use of what it kept must not keep the refused token alive.
    thread.used.store(true, Ordering::Relaxed);
    fake.fetch.give(&secret("newer"), 7200);
    tokio::time::sleep(Duration::from_secs(3500)).await;
    assert_eq!(claims_asked(&fake), [None, Some(claims.clone()), Some(claims)]);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_meets_new_claims_already_is_served_without_a_fetch() {
    let fake = Fake::new();
    let (cache, old) = refused(&fake).await;
    let (met, (claims, header)) = (secret("met"), challenge_of(1));
    let request = TokenRequest { claims: Some(claims), ..request("s/.default") };
    fake.fetch.give_of(Credential::AzureCli, &met, 3600);
    assert_eq!(token(cache.get_token(Call { request, ..call("s/.default") })).await, met);
    assert_eq!(token(ask(&cache)).await, old, "another source's token replaces nothing");

    let answer = replace(&cache, &old, &header);
    assert!(!is_pending(&answer));
    assert_eq!(token(answer).await, met);
    assert_eq!((token(ask(&cache)).await, fake.fetch.count()), (met, 2));
}

#[tokio::test(start_paused = true)]
async fn claims_that_could_not_be_met_apply_to_no_call() {
    let fake = Fake::new();
    let (cache, old) = refused(&fake).await;
    fake.fetch.refuse();
    assert!(settled(replace(&cache, &old, &challenge_of(1).1)).await.is_err());
    assert_eq!(token(ask(&cache)).await, old);
}

#[tokio::test(start_paused = true)]
async fn a_clear_forgets_what_refusals_led_to() {
    let fake = Fake::new();
    let (cache, old) = refused(&fake).await;
    fake.fetch.give(&secret("met"), 3600);
    assert!(settled(replace(&cache, &old, &challenge_of(1).1)).await.is_ok());
    cache.clear();
    let (first, second) = (secret("first"), secret("second"));
    fake.fetch.give(&first, 3600);
    assert_eq!(token(ask(&cache)).await, first);
    fake.fetch.give(&second, 3600);
    assert_eq!(token(replace(&cache, &first, "")).await, second);
    assert_eq!(claims_asked(&fake)[2..], [None, None]);
}

#[tokio::test(start_paused = true)]
async fn what_refusals_led_to_is_swept_with_the_tokens_that_it_is_about() {
    let fake = Fake::new();
    let cache = cache(&fake);
    for number in 0..FIRST_SWEEP {
        let (scope, old) = (format!("s{number}"), secret("old"));
        fake.fetch.give(&old, 60);
        assert_eq!(token(cache.get_token(call(&scope))).await, old);
        fake.fetch.give(&secret("met"), 60);
        assert!(settled(cache.replace(call(&scope), &old, &challenge_of(1).1)).await.is_ok());
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
    for number in 0..4 * FIRST_SWEEP {
        let _ = settled(cache.get_token(call(&format!("other{number}")))).await;
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    assert!(cache.lock().unauthorized.is_empty());
}
