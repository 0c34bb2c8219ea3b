//! What the cache fetches tokens with.

use std::sync::Arc;

use async_trait::async_trait;

use crate::credential::chain::Chain;
use crate::credential::host_http::HostHttp;
use crate::credential::{Acquisition, AppCredentials, TokenRequest};
use crate::http::request::Http;
use crate::http::sent::{Logged, SentLog};
use crate::settings::Settings;
use crate::system::System;

/// What a fetch is for, and under which surroundings.
#[derive(Clone)]
pub struct Subject {
    /// What is asked for.
    pub request: Arc<TokenRequest>,
    /// Under which settings.
    pub settings: Arc<Settings>,
    /// The way to the app's own credentials.
    pub app: Option<Arc<dyn AppCredentials>>,
}

/// Gets tokens that the cache does not hold.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Gets a token, and logs what it sends for it.
    ///
    /// # Errors
    /// Why it gave no token.
    async fn fetch(&self, subject: &Subject, log: &SentLog) -> Acquisition;

    /// The same without what it has learned so far.
    fn forgetful(&self) -> Arc<dyn Fetch>;
}

/// Fetches from the chain of credentials.
pub struct ChainFetch {
    system: System,
    http: Arc<dyn Http>,
    chain: Chain,
}

impl ChainFetch {
    /// A chain that remembers nothing yet.
    pub fn new(system: System, http: Arc<dyn Http>) -> Self {
        Self { system, http, chain: Chain::default() }
    }
}

#[async_trait]
impl Fetch for ChainFetch {
    async fn fetch(&self, Subject { request, settings, app }: &Subject, log: &SentLog) -> Acquisition {
        let (native, app) = (&*self.http, app.as_deref());
        let host = settings.network.host.zip(app).map(|(transport, app)| HostHttp { app, transport, native });
        let http = host.as_ref().map_or(native, |host| host as &dyn Http);
        let logged = Logged { http, system: &self.system, log };
        self.chain.get_token(&self.system, &logged, settings, request, app).await
    }

    fn forgetful(&self) -> Arc<dyn Fetch> {
        Arc::new(Self::new(self.system.clone(), self.http.clone()))
    }
}
