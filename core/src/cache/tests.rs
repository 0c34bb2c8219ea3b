use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use super::*;
use crate::credential::{AppCredentials, AppSource, Credential, Token, TokenRequest};
use crate::error::{Code, Error, Failure};
use crate::health::Status;
use crate::secret::Secret;
use crate::settings::{CredentialOptions, Settings};
use crate::test_support::{START, World, secret, settings, settings_with, token_body};

const HOST: [(&str, &str); 3] = [
    ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"),
    ("IDENTITY_ENDPOINT", "http://127.0.0.1/msi"),
    ("IDENTITY_HEADER", "h"),
];

fn cache(world: &World) -> Arc<TokenCache> {
    TokenCache::new(world.system(), world.http(), Handle::current())
}

fn request(scope: &str) -> TokenRequest {
    TokenRequest::new(vec![scope.to_owned()], None, None).unwrap()
}

fn call(scope: &str) -> Call {
    Call { settings: settings(&HOST), request: request(scope), app: None, place: None, force: false }
}

fn ask(cache: &Arc<TokenCache>) -> Answer {
    cache.get_token(call("s/.default"))
}

/// A thread that keeps answers, with one slot.
#[derive(Default)]
struct Thread {
    generation: AtomicI32,
    used: AtomicBool,
    events: Mutex<Vec<(bool, Duration, &'static str)>>,
}

impl Reader for Thread {
    fn publish(&self, generation: i32) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    fn take_used(&self, _: u32) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    fn observe(&self, event: &FetchEvent) {
        let outcome = match &event.outcome {
            Ok((credential, _)) => credential.name(),
            Err(error) => error.failure.code.as_str(),
        };
        self.events.lock().unwrap().push((event.is_refresh, event.duration, outcome));
    }
}

async fn settled(answer: Answer) -> Result<Served, Arc<Error>> {
    match answer {
        Answer::Ready(served) => Ok(*served),
        Answer::Refused(error) => Err(error),
        Answer::Pending(pending) => pending.wait().await,
    }
}

async fn token(answer: Answer) -> String {
    settled(answer).await.ok().unwrap().token.expose().to_owned()
}

fn is_pending(answer: &Answer) -> bool {
    matches!(answer, Answer::Pending(_))
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_share_one_fetch_and_its_token() {
    let (world, fresh) = (World::new(), secret("token"));
    let cache = cache(&world);
    world.http.answer_after(Duration::from_millis(300), 200, token_body(&fresh, 3600));
    let answers: Vec<Answer> = (0..1000).map(|_| ask(&cache)).collect();
    for answer in answers {
        assert_eq!(token(answer).await, fresh);
    }
    assert!(!is_pending(&ask(&cache)));
    assert_eq!((world.http.count(), cache.stats().fetches), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_and_remembered_for_a_second() {
    let (world, fresh) = (World::new(), secret("token"));
    let cache = cache(&world);
    world.http.answer(400, "{}");
    let answers: Vec<Answer> = (0..10).map(|_| ask(&cache)).collect();
    for answer in answers {
        assert_eq!(settled(answer).await.err().unwrap().failure.code, Code::Rejected);
    }
    assert!(matches!(ask(&cache), Answer::Refused(_)));
    assert_eq!(world.http.count(), 1);

    tokio::time::sleep(Duration::from_secs(1)).await;
    world.http.answer(200, token_body(&fresh, 3600));
    assert_eq!(token(ask(&cache)).await, fresh);
    assert_eq!(cache.stats().failures, 1);
}

#[tokio::test(start_paused = true)]
async fn changed_settings_end_a_remembered_failure() {
    let world = World::new();
    let cache = cache(&world);
    world.http.answer(400, "{}");
    assert!(settled(ask(&cache)).await.is_err());

    let corrected = [HOST[0], HOST[1], HOST[2], ("HTTPS_PROXY", "http://127.0.0.1:3128")];
    world.http.answer(200, token_body(&secret("token"), 3600));
    let answer = cache.get_token(Call { settings: settings(&corrected), ..call("s/.default") });
    assert!(settled(answer).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_changed_identity_is_not_served_the_held_token() {
    let world = World::new();
    let cache = cache(&world);
    let mut held = Vec::new();
    for (endpoint, header) in [("/one", "a"), ("/two", "a"), ("/two", "b")] {
        let endpoint = format!("http://127.0.0.1{endpoint}");
        let variables = [HOST[0], ("IDENTITY_ENDPOINT", &*endpoint), ("IDENTITY_HEADER", header)];
        let (fresh, ask) =
            (secret("token"), || cache.get_token(Call { settings: settings(&variables), ..call("s/.default") }));
        world.http.answer(200, token_body(&fresh, 3600));
        held.push((token(ask()).await, token(ask()).await, fresh));
    }
    assert_eq!(world.http.count(), 3);
    assert!(held.iter().all(|(first, second, fresh)| first == fresh && second == fresh));
}

#[tokio::test(start_paused = true)]
async fn callers_of_different_settings_keep_their_own_pauses() {
    let world = World::new();
    let cache = cache(&world);
    let ask_in_turn = async || {
        for round in 0..10 {
            let time_zone = if round % 2 == 0 { "UTC" } else { "CET" };
            let settings = settings(&[HOST[0], HOST[1], HOST[2], ("TZ", time_zone)]);
            let _ = settled(cache.get_token(Call { settings, ..call("s/.default") })).await;
        }
    };
    (0..20).for_each(|_| world.http.answer(400, "{}"));
    ask_in_turn().await;
    assert_eq!(world.http.count(), 2, "each has its try, and then the pause holds for both");

    tokio::time::sleep(Duration::from_secs(2)).await;
    ask_in_turn().await;
    assert_eq!(world.http.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_tool_gets_the_environment_of_the_newest_call() {
    let world = World::new();
    let cache = cache(&world);
    for path in ["/before", "/before", "/after"] {
        let variables = [("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential"), ("PATH", path)];
        world.processes.print(1, "", "Please run 'az login'");
        let answer = cache.get_token(Call { settings: settings(&variables), force: true, ..call("s/.default") });
        assert!(settled(answer).await.is_err());
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    let paths: Vec<_> = world
        .processes
        .ran()
        .into_iter()
        .map(|command| command.environment)
        .map(|environment| environment.into_iter().find(|(name, _)| name == "PATH").unwrap().1)
        .collect();
    assert_eq!(paths, ["/before", "/before", "/after"]);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_under_outdated_settings_gives_way_once_and_its_waiters_get_the_newer() {
    let (world, new) = (World::new(), secret("new"));
    let cache = cache(&world);
    let under = |proxy: &'static str| {
        let variables = [HOST[0], HOST[1], HOST[2], ("HTTPS_PROXY", proxy)];
        cache.get_token(Call { settings: settings(&variables), ..call("s/.default") })
    };
    let hour = Duration::from_secs(3600);
    world.http.answer_after(hour, 200, "");
    let outdated = under("http://old");
    tokio::task::yield_now().await;
    world.http.answer_after(Duration::from_secs(5), 200, token_body(&new, 3600));
    let newest = under("http://new");
    tokio::task::yield_now().await;
    let other_thread = under("http://old");
    for answer in [outdated, newest, other_thread] {
        assert_eq!(token(answer).await, new);
    }
    assert_eq!(world.http.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_due_token_is_served_at_once_and_refreshed_behind() {
    let (world, old, new) = (World::new(), secret("old"), secret("new"));
    let cache = cache(&world);
    world.http.answer(200, token_body(&old, 3600));
    assert_eq!(token(ask(&cache)).await, old);

    tokio::time::sleep(Duration::from_secs(3301)).await;
    world.http.answer_after(Duration::from_secs(3), 200, token_body(&new, 3600));
    for _ in 0..10 {
        let Answer::Ready(served) = ask(&cache) else { panic!("a held token waits for nobody") };
        assert_eq!(served.token.expose(), old);
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!((token(ask(&cache)).await, world.http.count()), (new, 2));
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_leaves_the_token_in_service_to_its_last_second() {
    let (world, old) = (World::new(), secret("old"));
    let cache = cache(&world);
    world.http.answer(200, token_body(&old, 3600));
    assert_eq!(token(ask(&cache)).await, old);
    for second in [3301, 3400, 3599] {
        tokio::time::sleep_until(tokio::time::Instant::now() + Duration::from_secs(1)).await;
        let now = world.clock.clone();
        let ahead = START + Duration::from_secs(second);
        now.jump(ahead.millis() - crate::system::Clock::now(&*now).millis());
        assert_eq!(token(ask(&cache)).await, old, "{second} s in");
        tokio::task::yield_now().await;
    }
    world.clock.jump(1000);
    assert!(settled(ask(&cache)).await.is_err(), "an expired token is not served");
}

#[tokio::test(start_paused = true)]
async fn force_asks_again_and_joins_what_is_under_way() {
    let (world, old, new) = (World::new(), secret("old"), secret("new"));
    let cache = cache(&world);
    world.http.answer(200, token_body(&old, 3600));
    assert_eq!(token(ask(&cache)).await, old);

    world.http.answer_after(Duration::from_secs(1), 200, token_body(&new, 3600));
    let forced: Vec<Answer> = (0..10).map(|_| cache.get_token(Call { force: true, ..call("s/.default") })).collect();
    assert_eq!(token(ask(&cache)).await, old, "others are served meanwhile");
    for answer in forced {
        assert_eq!(token(answer).await, new);
    }
    assert_eq!(world.http.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_do_not_share_and_do_not_wait_for_one_another() {
    let (world, slow, quick) = (World::new(), secret("slow"), secret("quick"));
    let cache = cache(&world);
    world.http.answer_after(Duration::from_secs(5), 200, token_body(&slow, 3600));
    world.http.answer(200, token_body(&quick, 3600));
    let first = cache.get_token(call("a/.default"));
    tokio::task::yield_now().await;
    let second = cache.get_token(call("b/.default"));
    let began = tokio::time::Instant::now();
    assert_eq!(token(second).await, quick);
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(token(first).await, slow);
}

fn challenged(settings: &[(&str, &str)]) -> Call {
    let request = TokenRequest::new(vec!["s/.default".into()], None, Some("{}".into())).unwrap();
    Call { settings: crate::test_support::settings(settings), request, ..call("s/.default") }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_met_a_challenge_replaces_the_one_that_was_challenged() {
    let (world, thread) = (World::new(), Arc::new(Thread::default()));
    let cache = cache(&world);
    let reader: Arc<dyn Reader> = thread.clone();
    cache.register(&reader);
    let (old, new) = (secret("old"), secret("new"));
    world.http.answer(200, token_body(&old, 3600));
    assert_eq!(token(ask(&cache)).await, old);
    let generation = thread.generation.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(10)).await;
    world.http.answer(200, token_body(&new, 3600));
    assert_eq!(token(cache.get_token(challenged(&HOST))).await, new);
    assert_eq!(token(ask(&cache)).await, new);
    assert_ne!(thread.generation.load(Ordering::Relaxed), generation, "threads ask again");
    assert_eq!(world.http.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_challenge_that_another_source_met_changes_nobodys_identity() {
    let (world, old, new) = (World::new(), secret("old"), secret("new"));
    let cache = cache(&world);
    let tools = [("AZURE_TOKEN_CREDENTIALS", "dev")];
    let az = || cache.get_token(Call { settings: settings(&tools), ..call("s/.default") });
    world.processes.print(0, format!(r#"{{"accessToken":"{old}","expires_on":1800003600}}"#), "");
    assert_eq!(token(az()).await, old);
    // az takes no claims, azd does.
    world.processes.print(0, format!(r#"{{"token":"{new}","expiresOn":"2030-01-01T00:00:00Z"}}"#), "");
    assert_eq!(token(cache.get_token(challenged(&tools))).await, new);
    assert_eq!(token(az()).await, old);
}

#[tokio::test(start_paused = true)]
async fn a_clear_is_not_undone_by_an_older_fetch_and_its_waiters_get_the_newer() {
    let (world, old, new) = (World::new(), secret("old"), secret("new"));
    let cache = cache(&world);
    world.http.answer_after(Duration::from_secs(5), 200, token_body(&old, 3600));
    let waiting = ask(&cache);
    tokio::time::sleep(Duration::from_secs(1)).await;

    world.http.answer_after(Duration::from_secs(5), 200, token_body(&new, 3600));
    cache.clear();
    let later = ask(&cache);
    assert_eq!(token(waiting).await, new);
    assert_eq!(token(later).await, new);
    assert_eq!(world.http.count(), 2);
}

/// Gives tokens, and clears the cache before it gives the first.
struct Clearing(Arc<TokenCache>, AtomicBool);

#[async_trait::async_trait]
impl AppCredentials for Clearing {
    async fn get_token(&self, _: AppSource, _: &TokenRequest, _: &Settings) -> Result<Token, Failure> {
        if !self.1.swap(true, Ordering::Relaxed) {
            self.0.clear();
        }
        let expires_on = START + Duration::from_secs(3600);
        Ok(Token { secret: Secret::new(secret("token")), expires_on, refresh_on: None })
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_older_fetch_learns_after_a_clear_is_not_remembered() {
    let world = World::new();
    let cache = cache(&world);
    (0..2).for_each(|_| world.http.answer(400, "{}"));
    let app: Arc<dyn AppCredentials> = Arc::new(Clearing(cache.clone(), AtomicBool::default()));
    let settings = settings(&HOST[1..]);
    let answer = cache.get_token(Call { settings, app: Some(app), ..call("s/.default") });
    assert_eq!(settled(answer).await.ok().unwrap().credential, Credential::VisualStudioCode);
    assert_eq!(world.http.count(), 2, "the chain was walked from its beginning");
}

#[tokio::test(start_paused = true)]
async fn a_clear_forgets_and_readers_are_told() {
    let world = World::new();
    let cache = cache(&world);
    let word = Arc::new(Thread { generation: AtomicI32::new(-1), ..Thread::default() });
    let reader: Arc<dyn Reader> = word.clone();
    cache.register(&reader);
    let heard = || word.generation.load(Ordering::Relaxed);

    world.http.answer(200, token_body(&secret("first"), 3600));
    let first = settled(ask(&cache)).await.ok().unwrap();
    assert_eq!(first.generation, heard(), "a first token is no news to those who hold none");

    cache.clear();
    assert_ne!(first.generation, heard());
    assert!(cache.stats().tokens.is_empty());
    world.http.answer(200, token_body(&secret("second"), 3600));
    let second = settled(ask(&cache)).await.ok().unwrap();
    assert_eq!(second.generation, heard());

    world.http.answer(200, token_body(&secret("third"), 3600));
    let third = settled(cache.get_token(Call { force: true, ..call("s/.default") })).await.ok().unwrap();
    assert_ne!(second.generation, heard(), "a replaced token is");
    assert_eq!(third.generation, heard());
}

#[tokio::test(start_paused = true)]
async fn an_acquisition_has_a_bound() {
    let world = World::new();
    let cache = cache(&world);
    // Each request is sent once more beside for every 6 s of silence.
    for _ in 0..6 * 5 {
        world.http.answer_after(Duration::from_secs(29), 500, "{}");
    }
    let began = tokio::time::Instant::now();
    let error = settled(ask(&cache)).await.err().unwrap();
    assert_eq!((error.failure.code, began.elapsed()), (Code::Timeout, Duration::from_secs(60)));
}

#[tokio::test(start_paused = true)]
async fn a_lost_task_ends_the_wait() {
    let world = World::new();
    let doomed = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cache = TokenCache::new(world.system(), world.http(), doomed.handle().clone());
    let answer = ask(&cache);
    assert!(is_pending(&answer));
    doomed.shutdown_background();
    let error = settled(answer).await.err().unwrap();
    assert!(error.to_string().contains("without an answer"), "{error}");
    assert_eq!(cache.stats().in_flight, 0);
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_has_ended_refuses_every_call_and_blocks_none() {
    let world = World::new();
    let ended = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cache = TokenCache::new(world.system(), world.http(), ended.handle().clone());
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
async fn a_clear_begins_no_fetch_for_those_who_have_given_up() {
    let world = World::new();
    let cache = cache(&world);
    let Answer::Pending(pending) = ask(&cache) else { panic!("nothing is held") };
    let (interest, outcome) = pending.split();
    drop(interest);
    cache.clear();
    assert_eq!((cache.stats().fetches, cache.stats().in_flight), (1, 0));
    assert!(outcome.await.is_err(), "nor does the one who has not noticed yet wait for ever");
}

#[tokio::test(start_paused = true)]
async fn entries_of_no_use_are_swept() {
    let world = World::new();
    let cache = cache(&world);
    for number in 0..FIRST_SWEEP {
        let _ = settled(cache.get_token(call(&format!("s{number}")))).await;
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    let _ = settled(ask(&cache)).await;
    assert_eq!(cache.lock().entries.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_credential_of_the_app_gave_goes_with_it() {
    let world = World::new();
    let cache = cache(&world);
    let giving: Arc<dyn AppCredentials> = Arc::new(Clearing(cache.clone(), AtomicBool::new(true)));
    for object in 0..3 {
        let app = Some(AppCredential::Object { session: 1, object });
        let settings = settings_with(&HOST, &CredentialOptions { app, ..CredentialOptions::default() });
        let answer = cache.get_token(Call { settings, app: Some(giving.clone()), ..call("s/.default") });
        assert!(settled(answer).await.is_ok());
    }
    world.http.answer(200, token_body(&secret("chain"), 3600));
    assert!(settled(ask(&cache)).await.is_ok());
    cache.forget(|app| matches!(app, AppCredential::Object { object: 0 | 1, .. }));
    assert_eq!(cache.lock().entries.len(), 2, "that of the third, and the chain's");
}

/// A cache with an hour's token, kept by one thread; the next answers are scripted.
async fn kept_by_a_thread(world: &World) -> (Arc<TokenCache>, Arc<Thread>) {
    let cache = cache(world);
    let thread = Arc::new(Thread::default());
    let reader: Arc<dyn Reader> = thread.clone();
    cache.register(&reader);
    world.http.answer(200, token_body(&secret("first"), 3600));
    let place = Some((reader, 1));
    assert!(settled(cache.get_token(Call { place, ..call("s/.default") })).await.is_ok());
    (cache, thread)
}

#[tokio::test(start_paused = true)]
async fn a_token_in_use_is_refreshed_ahead_and_after_an_idle_hour_nobody_waits() {
    let world = World::new();
    let (cache, thread) = kept_by_a_thread(&world).await;
    for hour in 1..=3 {
        thread.used.store(true, Ordering::Relaxed);
        world.http.answer(200, token_body(&secret("next"), 3600));
        tokio::time::sleep(Duration::from_secs(3500)).await;
        assert_eq!(world.http.count(), hour + 1);
        assert!(!is_pending(&ask(&cache)));
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_nobody_used_is_left_to_expire() {
    let world = World::new();
    let (cache, _thread) = kept_by_a_thread(&world).await;
    tokio::time::sleep(Duration::from_secs(7200)).await;
    assert_eq!(world.http.count(), 1);
    assert!(cache.stats().tokens.is_empty());
}

#[tokio::test(start_paused = true)]
async fn threads_that_come_and_go_leave_nothing() {
    let cache = cache(&World::new());
    for _ in 0..100 {
        cache.register(&(Arc::new(Thread::default()) as Arc<dyn Reader>));
    }
    assert_eq!(cache.lock().readers.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_thread_that_has_ended_uses_nothing() {
    let world = World::new();
    let (cache, thread) = kept_by_a_thread(&world).await;
    thread.used.store(true, Ordering::Relaxed);
    drop(thread);
    tokio::time::sleep(Duration::from_secs(3500)).await;
    assert_eq!(world.http.count(), 1);
    assert_eq!(cache.stats().tokens.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_comes_back_by_itself_until_it_succeeds() {
    let world = World::new();
    let (cache, thread) = kept_by_a_thread(&world).await;
    thread.used.store(true, Ordering::Relaxed);
    for _ in 0..3 {
        world.http.answer(400, "{}");
    }
    let new = secret("new");
    world.http.answer(200, token_body(&new, 3600));
    tokio::time::sleep(Duration::from_secs(3400)).await;
    assert_eq!(world.http.count(), 5);
    assert_eq!(token(ask(&cache)).await, new);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_stays_down_gets_few_requests_and_nobody_waits() {
    let world = World::new();
    let (cache, _thread) = kept_by_a_thread(&world).await;
    tokio::time::sleep(Duration::from_secs(3300)).await;
    for _ in 0..2900 {
        // The scripted endpoint refuses what is not scripted.
        assert!(!is_pending(&ask(&cache)), "a held token is served");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let requests = world.http.count() - 1;
    assert!((9..60).contains(&requests), "{requests} requests in 290 s");
}

#[tokio::test(start_paused = true)]
async fn the_clock_can_be_set_over_a_refresh() {
    let world = World::new();
    let (cache, thread) = kept_by_a_thread(&world).await;
    thread.used.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(100)).await;
    let new = secret("new");
    world.http.answer(200, token_body(&new, 3600));
    world.clock.jump(3_250_000);
    tokio::time::sleep(LONGEST_SLEEP + Duration::from_secs(11)).await;
    assert_eq!(token(ask(&cache)).await, new);
    assert_eq!(world.http.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn those_who_watch_hear_of_each_fetch_once_and_what_it_was() {
    let (world, first, second) = (World::new(), secret("first"), secret("second"));
    let cache = cache(&world);
    let thread = Arc::new(Thread::default());
    cache.register(&(thread.clone() as Arc<dyn Reader>));
    let wait = Duration::from_secs(2);
    world.http.answer_after(wait, 200, token_body(&first, 3600));
    let answers = [ask(&cache), ask(&cache)];
    for answer in answers {
        assert_eq!(token(answer).await, first);
    }
    for (status, body) in [(200, token_body(&second, 7200)), (400, "{}".to_owned())] {
        world.http.answer(status, body);
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
    let world = World::new();
    let cache = cache(&world);
    assert_eq!(status(&cache), Status::Idle);
    world.http.answer(200, token_body(&secret("token"), 3600));
    assert!(settled(ask(&cache)).await.is_ok());
    assert_eq!(status(&cache), Status::Ok);

    world.http.answer(400, "{}");
    assert!(settled(cache.get_token(Call { force: true, ..call("s/.default") })).await.is_err());
    assert_eq!(status(&cache), Status::Degraded);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(status(&cache), Status::Degraded, "the failure stands while the token that it was to replace does");

    world.http.answer(200, token_body(&secret("newer"), 7200));
    assert!(settled(cache.get_token(Call { force: true, ..call("s/.default") })).await.is_ok());
    assert_eq!(status(&cache), Status::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_nobody_repeats_stops_to_tell_of_the_state_of_things() {
    let world = World::new();
    let cache = cache(&world);
    world.http.answer(400, "{}");
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
    let world = World::new();
    let cache = cache(&world);
    let payload = azure_core::base64::encode_url_safe(r#"{"aud":"s","oid":"object"}"#);
    world.http.answer(200, token_body(&format!("e30.{payload}.{}", secret("signature")), 3600));
    assert!(settled(ask(&cache)).await.is_ok());
    assert!(cache.health(false)[0].claims.is_none());
    let claims = cache.health(true)[0].claims.clone().unwrap();
    assert_eq!((claims.audience.as_deref(), claims.object.as_deref()), (Some("s"), Some("object")));
}
