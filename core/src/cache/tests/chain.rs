//! The cache with the chain that it fetches with in production.

use std::sync::Mutex;

use super::*;
use crate::credential::{AppCredentials, AppSource};
use crate::error::Failure;
use crate::settings::Settings;
use crate::test_support::FakeSystem;

/// Gives tokens, and clears the cache before it gives the first.
struct Clearing(Mutex<Option<Arc<TokenCache>>>);

#[async_trait::async_trait]
impl AppCredentials for Clearing {
    async fn get_token(&self, source: AppSource, _: &TokenRequest, _: &Settings) -> Result<Token, Failure> {
        if let Some(cache) = self.0.lock().unwrap().take() {
            cache.clear();
        }
        let expires_on = START + Duration::from_secs(3600);
        Ok(Token {
            secret: Secret::new(secret("token")),
            credential: source.credential(),
            expires_on,
            refresh_on: None,
        })
    }

    async fn get_assertion(&self, _: u32) -> Result<Secret, Failure> {
        Err(Failure::unavailable("no function is here"))
    }
}

fn cache(fake: &FakeSystem) -> Arc<TokenCache> {
    let fetch = Arc::new(ChainFetch::new(fake.system(), fake.http()));
    TokenCache::new(fake.system(), fetch, Handle::current())
}

#[tokio::test(start_paused = true)]
async fn what_an_older_fetch_learns_after_a_clear_is_not_remembered() {
    let fake = FakeSystem::new();
    let cache = cache(&fake);
    (0..2).for_each(|_| fake.http.answer(400, "{}"));
    let app: Arc<dyn AppCredentials> = Arc::new(Clearing(Mutex::new(Some(cache.clone()))));
    let settings = settings(&HOST[1..]);
    let answer = cache.get_token(Call { settings, app: Some(app), ..call("s/.default") });
    assert_eq!(settled(answer).await.ok().unwrap().token.credential, Credential::VisualStudioCode);
    assert_eq!(fake.http.count(), 2, "the chain was walked from its beginning");
}

#[tokio::test(start_paused = true)]
async fn an_acquisition_has_a_bound() {
    let fake = FakeSystem::new();
    let cache = cache(&fake);
    // Each request is repeated while it has no answer.
    for _ in 0..60 {
        fake.http.answer_after(Duration::from_secs(17), 500, "{}");
    }
    let began = tokio::time::Instant::now();
    let error = settled(ask(&cache)).await.err().unwrap();
    assert_eq!((error.failure.code, began.elapsed()), (Code::Timeout, Duration::from_secs(60)));
}
