//! Credentials that live in the app that loaded us: Visual Studio Code's, the broker's, and any `TokenCredential`.

use async_trait::async_trait;

use super::host_request::{HostRequest, HostResponse};
use super::request::TokenRequest;
use super::token::Token;
use crate::error::Failure;
use crate::secret::Secret;
use crate::settings::{Credential, Settings};
use crate::system::Clock;

/// Which of the app's credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppSource {
    /// `VisualStudioCodeCredential` of `@azure/identity` with the plugin `@azure/identity-vscode`.
    VisualStudioCode,
    /// The default account of `@azure/identity-broker`.
    Broker,
    /// The `TokenCredential` that the call brought.
    App,
}

impl AppSource {
    /// The credential that stands for it.
    pub const fn credential(self) -> Credential {
        match self {
            Self::VisualStudioCode => Credential::VisualStudioCode,
            Self::Broker => Credential::Broker,
            Self::App => Credential::App,
        }
    }
}

/// The way to the app's credentials.
#[async_trait]
pub trait AppCredentials: Send + Sync {
    /// Asks the app.
    ///
    /// # Errors
    /// The credential's own reason, or that it is not there.
    async fn get_token(
        &self,
        source: AppSource,
        request: &TokenRequest,
        settings: &Settings,
    ) -> Result<Token, Failure> {
        let _ = (source, request, settings);
        Err(nothing_attached())
    }

    /// Calls the app's function of this number, which gives an assertion.
    ///
    /// # Errors
    /// The function's own reason, or that it is not there.
    async fn get_assertion(&self, function: u32) -> Result<Secret, Failure> {
        let _ = function;
        Err(nothing_attached())
    }

    /// Sends a request by the app's transport: once, and without following a redirect.
    ///
    /// # Errors
    /// The transport's own reason, or that it is not there.
    async fn send(&self, request: HostRequest<'_>) -> Result<HostResponse, Failure> {
        let _ = request;
        Err(nothing_attached())
    }
}

fn nothing_attached() -> Failure {
    Failure::unavailable("no JavaScript app is attached")
        .with_next_step("call from Node, with @azure/identity and its plugin installed")
}

/// Asks the app.
pub(super) async fn get_token(
    app: Option<&dyn AppCredentials>,
    source: AppSource,
    request: &TokenRequest,
    settings: &Settings,
    clock: &dyn Clock,
) -> Result<Token, Failure> {
    let Some(app) = app else {
        return Err(nothing_attached());
    };
    let token = app.get_token(source, request, settings).await?;
    let now = clock.now();
    if token.expires_on <= now {
        let late = now.since(token.expires_on).as_secs();
        return Err(Failure::unavailable(format!("its token expired {late} s ago"))
            .with_next_step("compare this machine's clock with the clock of the issuer"));
    }
    Ok(token)
}
