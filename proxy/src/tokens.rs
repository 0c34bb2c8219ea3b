//! Tokens for the upstream, out of the core's cache.

use std::sync::Arc;
use std::time::Duration;

use azure_openai_entra_core::allowed_hosts::{AllowedHosts, scope_of_path};
use azure_openai_entra_core::cache::{Answer, Call, Served, Stats, TokenCache};
use azure_openai_entra_core::credential::TokenRequest;
use azure_openai_entra_core::error::{Error, Failure};
use azure_openai_entra_core::secret::Secret;
use azure_openai_entra_core::settings::Settings;
use azure_openai_entra_core::system::Clock;
use url::Url;

/// How often the token is used without a request, so that the cache refreshes it and the probe of readiness finds it.
const USE_PAUSE: Duration = Duration::from_secs(30);
/// The same while there is no token. The cache has its own back-off.
const RETRY_PAUSE: Duration = Duration::from_secs(2);

/// The tokens of one upstream.
pub struct Tokens {
    cache: Arc<TokenCache>,
    clock: Arc<dyn Clock>,
    settings: Settings,
    /// For every path, if the operator names one.
    chosen: Option<String>,
    /// What the host wants.
    of_host: String,
    host: String,
}

impl Tokens {
    /// Tokens for `upstream`; `chosen` is the scope that the operator names.
    ///
    /// # Errors
    /// If no token may be sent there, or `chosen` is no scope.
    pub fn new(
        cache: Arc<TokenCache>,
        clock: Arc<dyn Clock>,
        settings: Settings,
        hosts: &AllowedHosts,
        upstream: &Url,
        chosen: Option<String>,
    ) -> Result<Self, Failure> {
        let of_host = hosts.scope(upstream, &settings)?;
        let chosen = chosen.or_else(|| settings.entra.scope_override.clone());
        let host = upstream.host_str().unwrap_or_default().to_owned();
        TokenRequest::new(vec![chosen.clone().unwrap_or_else(|| of_host.clone())], None, None)?;
        Ok(Self { cache, clock, settings, chosen, of_host, host })
    }

    /// The scope of a request with this path.
    pub fn scope(&self, path: &str) -> &str {
        match &self.chosen {
            Some(chosen) => chosen,
            None => scope_of_path(&self.host, path).unwrap_or(&self.of_host),
        }
    }

    /// A token for a request with this path.
    ///
    /// # Errors
    /// Why no token is available.
    pub async fn get(&self, path: &str) -> Result<Served, Arc<Error>> {
        outcome(self.cache.get_token(self.call(path)?)).await
    }

    /// A token other than `refused`, which the upstream answered with 401 and `challenge`, if the core's rules allow to fetch
    /// one.
    ///
    /// # Errors
    /// Why no token is available.
    pub async fn replace(&self, path: &str, refused: &Secret, challenge: &str) -> Result<Served, Arc<Error>> {
        outcome(self.cache.replace(self.call(path)?, refused.expose(), challenge)).await
    }

    fn call(&self, path: &str) -> Result<Call, Arc<Error>> {
        let request =
            TokenRequest::new(vec![self.scope(path).to_owned()], None, None).map_err(|it| Arc::new(it.into()))?;
        Ok(Call { settings: self.settings.clone(), request, app: None, holder: None, place: None, force: false })
    }

    /// Whether a token for the host is held.
    pub fn is_held(&self) -> bool {
        let scope = self.scope("/");
        self.stats().tokens.iter().any(|token| token.scopes.iter().any(|held| held == scope))
    }

    /// What the cache says of itself.
    pub fn stats(&self) -> Stats {
        self.cache.stats()
    }

    /// Gets the first token before a request needs it, and keeps one for as long as the proxy runs.
    pub async fn keep(&self) {
        let mut failed = false;
        loop {
            let pause = match self.get("/").await {
                Ok(_) => {
                    failed = false;
                    USE_PAUSE
                }
                Err(error) => {
                    if !failed {
                        tracing::warn!("No token is available: {error}");
                    }
                    failed = true;
                    RETRY_PAUSE
                }
            };
            self.clock.sleep(pause).await;
        }
    }
}

async fn outcome(answer: Answer) -> Result<Served, Arc<Error>> {
    match answer {
        Answer::Ready(served) => Ok(*served),
        Answer::Refused(error) => Err(error),
        Answer::Pending(pending) => pending.wait().await,
    }
}
