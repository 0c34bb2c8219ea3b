//! Refreshes ahead of expiry.

use super::*;
use crate::cache::LONGEST_SLEEP;

#[tokio::test(start_paused = true)]
async fn a_due_token_is_served_at_once_and_refreshed_behind() {
    let (fake, old, new) = (Fake::new(), secret("old"), secret("new"));
    let cache = cache(&fake);
    fake.fetch.give(&old, 3600);
    assert_eq!(token(ask(&cache)).await, old);

    tokio::time::sleep(Duration::from_secs(3287)).await;
    fake.fetch.give_after(Duration::from_secs(3), &new, 3600);
    tokio::time::sleep(Duration::from_secs(2)).await;
    for _ in 0..10 {
        let Answer::Ready(served) = ask(&cache) else { panic!("a cached token is served at once") };
        assert_eq!(served.token.secret.expose(), old);
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!((token(ask(&cache)).await, fake.fetch.count()), (new, 2));
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_leaves_the_token_in_service_to_its_last_second() {
    let (fake, old) = (Fake::new(), secret("old"));
    let cache = cache(&fake);
    fake.fetch.give(&old, 3600);
    assert_eq!(token(ask(&cache)).await, old);
    for second in [3301, 3400, 3599] {
        tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_secs(1)).await;
        let now = fake.clock.clone();
        let ahead = START + Duration::from_secs(second);
        now.jump(ahead.millis() - crate::system::Clock::now(&*now).millis());
        assert_eq!(token(ask(&cache)).await, old, "{second} s in");
        tokio::task::yield_now().await;
    }
    fake.clock.jump(1000);
    assert!(settled(ask(&cache)).await.is_err(), "an expired token is not served");
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_is_a_warning_and_a_failed_first_fetch_is_not() {
    let warnings: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = warnings.clone();
    let _listener = crate::telemetry::listen(
        tracing::level_filters::LevelFilter::WARN,
        Arc::new(move |_, line| {
            // Other tests of this process log too.
            if line.contains("https://warned/.default") {
                heard.lock().unwrap().push(line.to_owned());
            }
        }),
    );
    let fake = Fake::new();
    let cache = cache(&fake);
    let ask = || cache.get_token(call("https://warned/.default"));
    fake.fetch.refuse();
    assert!(settled(ask()).await.is_err());
    assert_eq!(warnings.lock().unwrap().len(), 0);

    tokio::time::sleep(Duration::from_secs(1)).await;
    fake.fetch.give(&secret("token"), 3600);
    assert!(settled(ask()).await.is_ok());
    tokio::time::sleep(Duration::from_secs(3287)).await;
    fake.fetch.refuse();
    fake.fetch.give(&secret("newer"), 3600);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(settled(ask()).await.is_ok());
    let warnings = warnings.lock().unwrap();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("ENTRA_ID_REJECTED") && warnings[0].contains("could not be refreshed"));
}

/// A cache with an hour's token, kept by one thread; the next answers are scripted.
async fn kept_by_a_thread(fake: &Fake) -> (Arc<TokenCache>, Arc<Thread>) {
    let cache = cache(fake);
    let thread = Arc::new(Thread::default());
    let reader: Arc<dyn Reader> = thread.clone();
    cache.register(&reader);
    fake.fetch.give(&secret("first"), 3600);
    let place = Some((reader, 1));
    assert!(settled(cache.get_token(Call { place, ..call("s/.default") })).await.is_ok());
    (cache, thread)
}

#[tokio::test(start_paused = true)]
async fn a_token_in_use_is_refreshed_ahead_and_after_an_idle_hour_nobody_waits() {
    let fake = Fake::new();
    let (cache, thread) = kept_by_a_thread(&fake).await;
    for hour in 1..=3 {
        thread.used.store(true, Ordering::Relaxed);
        fake.fetch.give(&secret("next"), 3600);
        tokio::time::sleep(Duration::from_secs(3500)).await;
        assert_eq!(fake.fetch.count(), hour + 1);
        assert!(!is_pending(&ask(&cache)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_callers_of_a_fetch_use_its_token_so_it_is_refreshed_ahead_once() {
    for idle in [3289, 3500, 3700, 6400] {
        let (fake, next) = (Fake::new(), secret("next"));
        let (cache, _thread) = kept_by_a_thread(&fake).await;
        fake.fetch.give(&next, 3600);
        tokio::time::sleep(Duration::from_secs(idle)).await;
        assert!(!is_pending(&ask(&cache)), "no caller waits after {idle} s");
        tokio::task::yield_now().await;
        assert_eq!((token(ask(&cache)).await, fake.fetch.count()), (next, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_begins_a_refresh_uses_the_token_that_it_brings() {
    let fake = Fake::new();
    let (cache, thread) = kept_by_a_thread(&fake).await;
    drop(thread);
    tokio::time::sleep(Duration::from_secs(100)).await;
    (0..2).for_each(|_| fake.fetch.give(&secret("next"), 3600));
    assert!(settled(cache.get_token(Call { force: true, ..call("s/.default") })).await.is_ok());
    tokio::time::sleep(Duration::from_secs(3700)).await;
    assert_eq!(fake.fetch.count(), 3);
    assert!(!is_pending(&ask(&cache)));
}

#[tokio::test(start_paused = true)]
async fn a_token_without_use_since_its_refresh_ahead_is_left_to_expire() {
    let fake = Fake::new();
    let (cache, _thread) = kept_by_a_thread(&fake).await;
    fake.fetch.give(&secret("next"), 3600);
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    assert_eq!(fake.fetch.count(), 2);
    assert!(cache.stats().tokens.is_empty());
}

#[tokio::test(start_paused = true)]
async fn threads_that_come_and_go_leave_nothing() {
    let cache = cache(&Fake::new());
    for _ in 0..100 {
        cache.register(&(Arc::new(Thread::default()) as Arc<dyn Reader>));
    }
    assert_eq!(cache.lock().readers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thread_that_has_ended_uses_nothing() {
    let fake = Fake::new();
    let (cache, thread) = kept_by_a_thread(&fake).await;
    fake.fetch.give(&secret("next"), 3600);
    tokio::time::sleep(Duration::from_secs(3500)).await;
    assert_eq!(fake.fetch.count(), 2, "the first token's fetch had a caller");
    thread.used.store(true, Ordering::Relaxed);
    drop(thread);
    tokio::time::sleep(Duration::from_secs(3200)).await;
    assert_eq!(fake.fetch.count(), 2);
    assert_eq!(cache.stats().tokens.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_comes_back_by_itself_until_it_succeeds() {
    let fake = Fake::new();
    let (cache, thread) = kept_by_a_thread(&fake).await;
    thread.used.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        fake.fetch.refuse();
    }
    let new = secret("new");
    fake.fetch.give(&new, 3600);
    tokio::time::sleep(Duration::from_secs(3400)).await;
    assert_eq!(fake.fetch.count(), 5);
    assert_eq!(token(ask(&cache)).await, new);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_stays_down_gets_few_requests_and_nobody_waits() {
    let fake = Fake::new();
    let (cache, _thread) = kept_by_a_thread(&fake).await;
    tokio::time::sleep(Duration::from_secs(3300)).await;
    for _ in 0..2900 {
        // The scripted endpoint refuses what is not scripted.
        assert!(!is_pending(&ask(&cache)), "a held token is served");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let requests = fake.fetch.count() - 1;
    assert!((9..60).contains(&requests), "{requests} requests in 290 s");
}

#[tokio::test(start_paused = true)]
async fn the_clock_can_be_set_over_a_refresh() {
    let fake = Fake::new();
    let (cache, thread) = kept_by_a_thread(&fake).await;
    thread.used.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(100)).await;
    let new = secret("new");
    fake.fetch.give(&new, 3600);
    fake.clock.jump(3_250_000);
    tokio::time::sleep(LONGEST_SLEEP + Duration::from_secs(11)).await;
    assert_eq!(token(ask(&cache)).await, new);
    assert_eq!(fake.fetch.count(), 2);
}
