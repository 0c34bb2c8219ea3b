//! What is forgotten, and when.

use super::*;
use crate::settings::{AppCredential, CredentialOptions};
use crate::test_support::settings_with;

#[tokio::test(start_paused = true)]
async fn a_clear_is_not_undone_by_an_older_fetch_and_its_waiters_get_the_newer() {
    let (fake, old, new) = (Fake::new(), secret("old"), secret("new"));
    let cache = cache(&fake);
    fake.fetch.give_after(Duration::from_secs(5), &old, 3600);
    let waiting = ask(&cache);
    tokio::time::sleep(Duration::from_secs(1)).await;

    fake.fetch.give_after(Duration::from_secs(5), &new, 3600);
    cache.clear();
    let later = ask(&cache);
    assert_eq!(token(waiting).await, new);
    assert_eq!(token(later).await, new);
    let forgotten: Vec<u32> = fake.fetch.asked().iter().map(|(forgotten, _)| *forgotten).collect();
    assert_eq!(forgotten, [0, 1], "the second fetch has none of what the first one learned");
}

#[tokio::test(start_paused = true)]
async fn clears_that_come_faster_than_a_fetch_cost_one_more_fetch_and_nothing_is_kept() {
    for is_refused in [false, true] {
        let (fake, last) = (Fake::new(), secret("last"));
        let cache = cache(&fake);
        let word = Arc::new(Thread { generation: AtomicI32::new(-1), ..Thread::default() });
        let reader: Arc<dyn Reader> = word.clone();
        cache.register(&reader);
        fake.fetch.give_after(Duration::from_secs(5), &secret("first"), 3600);
        let scripted = Ok((last.clone(), Credential::ManagedIdentity, 3600));
        fake.fetch.push(Duration::from_secs(5), if is_refused { Err(Code::Rejected) } else { scripted });
        let waiting = ask(&cache);
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            cache.clear();
        }
        let later = ask(&cache);
        let (first, second) = (settled(waiting).await, settled(later).await);
        assert_eq!(fake.fetch.count(), 2, "the fetch that took the place of the ended one goes on");
        if is_refused {
            assert!(first.is_err() && second.is_err());
            continue;
        }
        for served in [first.ok().unwrap(), second.ok().unwrap()] {
            assert_eq!(served.token.secret.expose(), last);
            assert_ne!(served.generation, word.generation.load(Ordering::Relaxed), "readers ask again");
        }
        assert!(cache.stats().tokens.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_credential_that_clears_while_it_is_asked_is_asked_once_more() {
    /// Clears the cache, which holds it, each time before it answers.
    struct Clearing(Arc<std::sync::OnceLock<Weak<TokenCache>>>, Arc<Mutex<u32>>);

    #[async_trait::async_trait]
    impl Fetch for Clearing {
        async fn fetch(&self, _: &Subject, _: &SentLog) -> Acquisition {
            *self.1.lock().unwrap() += 1;
            self.0.get().unwrap().upgrade().unwrap().clear();
            tokio::task::yield_now().await;
            Err(Failure::new(Code::Rejected, "refused by the script").into())
        }

        fn forgetful(&self) -> Arc<dyn Fetch> {
            Arc::new(Self(self.0.clone(), self.1.clone()))
        }
    }

    let (place, asked) = (Arc::<std::sync::OnceLock<Weak<TokenCache>>>::default(), Arc::<Mutex<u32>>::default());
    let fetch = Arc::new(Clearing(place.clone(), asked.clone()));
    let cache = TokenCache::new(Fake::new().system, fetch, Handle::current());
    assert!(place.set(Arc::downgrade(&cache)).is_ok());
    assert!(settled(ask(&cache)).await.is_err());
    assert_eq!(*asked.lock().unwrap(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_clear_forgets_and_readers_are_told() {
    let fake = Fake::new();
    let cache = cache(&fake);
    let word = Arc::new(Thread { generation: AtomicI32::new(-1), ..Thread::default() });
    let reader: Arc<dyn Reader> = word.clone();
    cache.register(&reader);
    let heard = || word.generation.load(Ordering::Relaxed);

    fake.fetch.give(&secret("first"), 3600);
    let first = settled(ask(&cache)).await.ok().unwrap();
    assert_eq!(first.generation, heard(), "a first token is no news to a reader without one");

    cache.clear();
    assert_ne!(first.generation, heard());
    assert!(cache.stats().tokens.is_empty());
    fake.fetch.give(&secret("second"), 3600);
    let second = settled(ask(&cache)).await.ok().unwrap();
    assert_eq!(second.generation, heard());

    fake.fetch.give(&secret("third"), 3600);
    let third = settled(cache.get_token(Call { force: true, ..call("s/.default") })).await.ok().unwrap();
    assert_ne!(second.generation, heard(), "a replaced token is");
    assert_eq!(third.generation, heard());
}

#[tokio::test(start_paused = true)]
async fn a_clear_begins_no_fetch_for_those_who_have_given_up() {
    let fake = Fake::new();
    let cache = cache(&fake);
    let Answer::Pending(pending) = ask(&cache) else { panic!("nothing is held") };
    let (interest, outcome) = pending.split();
    drop(interest);
    cache.clear();
    assert_eq!((cache.stats().fetches, cache.stats().in_flight), (1, 0));
    assert!(outcome.await.0.is_err(), "nor does a caller that has not noticed yet wait for ever");
}

#[tokio::test(start_paused = true)]
async fn what_a_credential_of_the_app_gave_goes_with_it() {
    let fake = Fake::new();
    let cache = cache(&fake);
    for object in 0..3 {
        let app = Some(AppCredential::Object { bridge: 1, object });
        let settings = settings_with(&HOST, &CredentialOptions { app, ..CredentialOptions::default() });
        fake.fetch.give(&secret("app"), 3600);
        assert!(settled(cache.get_token(Call { settings, ..call("s/.default") })).await.is_ok());
    }
    fake.fetch.give(&secret("chain"), 3600);
    assert!(settled(ask(&cache)).await.is_ok());
    cache.forget(|app| matches!(app, AppCredential::Object { object: 0 | 1, .. }));
    assert_eq!(cache.lock().entries.len(), 2, "that of the third, and the chain's");
}
