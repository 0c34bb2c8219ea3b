//! Credentials that live in the app that loaded us: Visual Studio Code's, the broker's, and any `TokenCredential`.

use async_trait::async_trait;

use super::{Fetch, Token, TokenRequest};
use crate::error::Failure;
use crate::settings::Settings;

/// Which of the app's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostCredential {
    /// `VisualStudioCodeCredential` of `@azure/identity` with the plugin `@azure/identity-vscode`.
    VisualStudioCode,
    /// The default account of `@azure/identity-broker`.
    Broker,
    /// The `TokenCredential` that the call brought.
    App,
}

/// The way to the app's credentials.
#[async_trait]
pub trait HostCredentials: Send + Sync {
    /// Asks the app.
    ///
    /// # Errors
    /// The credential's own reason, or that it is not there.
    async fn get_token(
        &self,
        credential: HostCredential,
        request: &TokenRequest,
        settings: &Settings,
    ) -> Result<Token, Failure>;
}

/// Asks the app.
pub(super) async fn get_token(fetch: &Fetch<'_>, credential: HostCredential) -> Result<Token, Failure> {
    let Some(host) = fetch.host else {
        return Err(Failure::unavailable("there is no JavaScript app to ask")
            .next("use it from Node, with @azure/identity and its plugin installed"));
    };
    let token = host.get_token(credential, fetch.request, fetch.settings).await?;
    let now = fetch.system.clock.now();
    if token.expires_on <= now {
        let late = now.since(token.expires_on).as_secs();
        return Err(Failure::unavailable(format!("its token expired {late} s ago"))
            .next("compare this machine's clock with the one that issued it"));
    }
    Ok(token)
}
