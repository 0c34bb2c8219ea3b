//! Which callers share a fetch and its outcome.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_share_one_fetch_and_its_token() {
    let (fake, fresh) = (Fake::new(), secret("token"));
    let cache = cache(&fake);
    fake.fetch.give_after(Duration::from_millis(300), &fresh, 3600);
    let answers: Vec<Answer> = (0..1000).map(|_| ask(&cache)).collect();
    for answer in answers {
        assert_eq!(token(answer).await, fresh);
    }
    assert!(!is_pending(&ask(&cache)));
    assert_eq!((fake.fetch.count(), cache.stats().fetches), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_and_remembered_for_a_second() {
    let (fake, fresh) = (Fake::new(), secret("token"));
    let cache = cache(&fake);
    fake.fetch.refuse();
    let answers: Vec<Answer> = (0..10).map(|_| ask(&cache)).collect();
    for answer in answers {
        assert_eq!(settled(answer).await.err().unwrap().failure.code, Code::Rejected);
    }
    assert!(matches!(ask(&cache), Answer::Refused(_)));
    assert_eq!(fake.fetch.count(), 1);

    tokio::time::sleep(Duration::from_secs(1)).await;
    fake.fetch.give(&fresh, 3600);
    assert_eq!(token(ask(&cache)).await, fresh);
    assert_eq!(cache.stats().failures, 1);
}

#[tokio::test(start_paused = true)]
async fn changed_settings_end_a_remembered_failure() {
    let fake = Fake::new();
    let cache = cache(&fake);
    fake.fetch.refuse();
    assert!(settled(ask(&cache)).await.is_err());

    let corrected = [HOST[0], HOST[1], HOST[2], ("HTTPS_PROXY", "http://127.0.0.1:3128")];
    fake.fetch.give(&secret("token"), 3600);
    let answer = cache.get_token(Call { settings: settings(&corrected), ..call("s/.default") });
    assert!(settled(answer).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_changed_identity_is_not_served_the_held_token() {
    let fake = Fake::new();
    let cache = cache(&fake);
    let mut held = Vec::new();
    for (endpoint, header) in [("/one", "a"), ("/two", "a"), ("/two", "b")] {
        let endpoint = format!("http://127.0.0.1{endpoint}");
        let variables = [HOST[0], ("IDENTITY_ENDPOINT", &*endpoint), ("IDENTITY_HEADER", header)];
        let (fresh, ask) =
            (secret("token"), || cache.get_token(Call { settings: settings(&variables), ..call("s/.default") }));
        fake.fetch.give(&fresh, 3600);
        held.push((token(ask()).await, token(ask()).await, fresh));
    }
    assert_eq!(fake.fetch.count(), 3);
    assert!(held.iter().all(|(first, second, fresh)| first == fresh && second == fresh));
}

#[tokio::test(start_paused = true)]
async fn callers_of_different_settings_keep_their_own_pauses() {
    let fake = Fake::new();
    let cache = cache(&fake);
    let ask_in_turn = async || {
        for round in 0..10 {
            let time_zone = if round % 2 == 0 { "UTC" } else { "CET" };
            let settings = settings(&[HOST[0], HOST[1], HOST[2], ("TZ", time_zone)]);
            let _ = settled(cache.get_token(Call { settings, ..call("s/.default") })).await;
        }
    };
    (0..20).for_each(|_| fake.fetch.refuse());
    ask_in_turn().await;
    assert_eq!(fake.fetch.count(), 2, "each has its try, and then the pause holds for both");

    tokio::time::sleep(Duration::from_secs(2)).await;
    ask_in_turn().await;
    assert_eq!(fake.fetch.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_gets_the_environment_of_the_newest_call() {
    let fake = Fake::new();
    let cache = cache(&fake);
    for path in ["/before", "/before", "/after"] {
        let variables = [("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"), ("PATH", path)];
        fake.fetch.refuse();
        let answer = cache.get_token(Call { settings: settings(&variables), force: true, ..call("s/.default") });
        assert!(settled(answer).await.is_err());
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let environments = fake.fetch.asked().into_iter().map(|(_, subject)| subject.settings.tools.inherited.pairs());
    let paths: Vec<_> =
        environments.map(|pairs| pairs.into_iter().find(|(name, _)| name == "PATH").unwrap().1).collect();
    assert_eq!(paths, ["/before", "/before", "/after"]);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_under_outdated_settings_gives_way_once_and_its_waiters_get_the_newer() {
    let (fake, new) = (Fake::new(), secret("new"));
    let cache = cache(&fake);
    let under = |proxy: &'static str| {
        let variables = [HOST[0], HOST[1], HOST[2], ("HTTPS_PROXY", proxy)];
        cache.get_token(Call { settings: settings(&variables), ..call("s/.default") })
    };
    let hour = Duration::from_secs(3600);
    fake.fetch.give_after(hour, &secret("outdated"), 3600);
    let outdated = under("http://old");
    tokio::task::yield_now().await;
    fake.fetch.give_after(Duration::from_secs(5), &new, 3600);
    let newest = under("http://new");
    tokio::task::yield_now().await;
    let other_thread = under("http://old");
    for answer in [outdated, newest, other_thread] {
        assert_eq!(token(answer).await, new);
    }
    assert_eq!(fake.fetch.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn force_asks_again_and_joins_what_is_under_way() {
    let (fake, old, new) = (Fake::new(), secret("old"), secret("new"));
    let cache = cache(&fake);
    fake.fetch.give(&old, 3600);
    assert_eq!(token(ask(&cache)).await, old);

    fake.fetch.give_after(Duration::from_secs(1), &new, 3600);
    let forced: Vec<Answer> = (0..10).map(|_| cache.get_token(Call { force: true, ..call("s/.default") })).collect();
    assert_eq!(token(ask(&cache)).await, old, "others are served meanwhile");
    for answer in forced {
        assert_eq!(token(answer).await, new);
    }
    assert_eq!(fake.fetch.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_share_and_do_not_wait_for_one_another() {
    let (fake, slow, quick) = (Fake::new(), secret("slow"), secret("quick"));
    let cache = cache(&fake);
    fake.fetch.give_after(Duration::from_secs(5), &slow, 3600);
    fake.fetch.give(&quick, 3600);
    let first = cache.get_token(call("a/.default"));
    tokio::task::yield_now().await;
    let second = cache.get_token(call("b/.default"));
    let began = tokio::time::Instant::now();
    assert_eq!(token(second).await, quick);
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(token(first).await, slow);
}

#[tokio::test(start_paused = true)]
async fn a_lost_task_ends_the_wait() {
    let fake = Fake::new();
    let doomed = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cache = fake.cache_on(doomed.handle().clone());
    let answer = ask(&cache);
    assert!(is_pending(&answer));
    doomed.shutdown_background();
    let error = settled(answer).await.err().unwrap();
    assert!(error.to_string().contains("without an answer"), "{error}");
    assert_eq!(cache.stats().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_has_ended_refuses_every_call_and_blocks_none() {
    let fake = Fake::new();
    let ended = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cache = fake.cache_on(ended.handle().clone());
    ended.shutdown_background();
    let waiting = ask(&cache);
    let error = settled(waiting).await.err().unwrap();
    assert!(error.to_string().contains("without an answer"), "{error}");
    assert!(matches!(ask(&cache), Answer::Refused(_)));
    cache.clear();
    assert!(settled(ask(&cache)).await.is_err());
    assert_eq!((cache.stats().in_flight, cache.stats().failures), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn entries_of_no_use_are_swept() {
    let fake = Fake::new();
    let cache = cache(&fake);
    for number in 0..FIRST_SWEEP {
        let _ = settled(cache.get_token(call(&format!("s{number}")))).await;
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    let _ = settled(ask(&cache)).await;
    assert_eq!(cache.lock().entries.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_call_that_begins_a_fetch_is_told_what_was_sent_for_it_and_those_that_join_are_not() {
    let fake = Fake::new();
    let cache = cache(&fake);
    fake.fetch.give(&secret("t"), 3600);
    let calls = [ask(&cache), ask(&cache)].map(|answer| match answer {
        Answer::Pending(pending) => pending.split(),
        _ => panic!("nothing is held"),
    });
    let mut told = Vec::new();
    for (_interest, outcome) in calls {
        let (served, sent) = outcome.await;
        assert!(served.is_ok());
        told.push(sent.is_some());
    }
    assert_eq!(told, [true, false]);
}
