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
