//! The chain: asks its credentials in order, remembers which one served, and then asks only that one.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::app_credential::{self, AppCredentials, AppSource};
use super::context::Fetch;
use super::deadline::Deadline;
use super::in_turn;
use super::memory::Memory;
use super::request::TokenRequest;
use super::setting_words::in_words_of;
use super::token::{Acquisition, Token};
use super::{
    application, azure_cli, azure_developer_cli, azure_powershell, environment, managed_identity, workload_identity,
};
use crate::error::{Attempt, AttemptOutcome, Code, Error, Failure};
use crate::http::request::Http;
use crate::secret;
use crate::settings::{CHAIN, Credential, Identity, Settings};
use crate::system::System;
use crate::token_claims::Claims;

/// What one process remembers about its credentials.
#[derive(Default)]
pub struct Chain {
    /// The credential that served a request and, under `None`, the one that later requests ask first. Both by the
    /// identity that the settings mean: another identity has the chain walked again.
    winners: Mutex<HashMap<(Identity, Option<TokenRequest>), Credential>>,
    memory: Memory,
}

impl Chain {
    /// A token, from the credential that served last or else from the first that serves.
    ///
    /// The remembered one keeps its place through network errors, time-outs, 429 and 5xx: a blip must never hand
    /// the process to another identity, such as a developer's `az login`. Only its refusal opens the chain again.
    ///
    /// # Errors
    /// Every credential's reason; `Timeout` if the deadline of the fetch passes first.
    pub async fn get_token(
        &self,
        system: &System,
        http: &dyn Http,
        settings: &Settings,
        request: &TokenRequest,
        app: Option<&dyn AppCredentials>,
    ) -> Acquisition {
        self.memory.warn_of(&settings.oddities);
        let deadline = Deadline::new(settings);
        let fetch = Fetch { system, http, settings, request, memory: &self.memory, app, deadline: &deadline };
        let acquisition = async {
            tokio::select! {
                acquisition = self.walk(&fetch) => acquisition,
                limit = deadline.passes(&*system.clock) => Err(Failure::new(
                    Code::Timeout,
                    format!("no credential gave a token within {} s", limit.as_secs()),
                )
                .with_next_step("check the network between this machine and its identity endpoint")
                .into()),
            }
        };
        let secrets = settings.secrets().into_iter().chain(request.secrets()).collect();
        secret::keeping(secrets, acquisition).await
    }

    async fn walk(&self, fetch: &Fetch<'_>) -> Acquisition {
        let settings = fetch.settings;
        let identity = settings.identity;
        let mut attempts = Vec::new();

        let winner = self.winner(identity, fetch.request);
        if let Some(credential) = winner {
            match ask(credential, fetch).await {
                Ok(token) => return Ok(token),
                Err(attempt) if attempt.failure.code.is_transient() => {
                    return Err(Error::from_attempts(vec![Attempt { outcome: AttemptOutcome::Failed, ..attempt }]));
                }
                Err(attempt) => attempts.push(attempt),
            }
        }
        if attempts.last().is_none_or(|attempt| attempt.outcome == AttemptOutcome::Unavailable) {
            let is_asked = |credential: Credential| {
                Some(credential) != winner && settings.sources.only.is_none_or(|only| only == credential)
            };
            let asked = settings.sources.selection.iter().copied().filter(|&credential| is_asked(credential)).collect();
            match in_turn::ask(asked, fetch, |credential| Box::pin(ask(credential, fetch))).await {
                Ok((credential, token)) => {
                    self.remember(identity, fetch.request, credential);
                    return Ok(token);
                }
                Err(failed) => attempts.extend(failed),
            }
        }
        self.forget(identity, fetch.request);
        Err(Error::from_attempts(attempts))
    }

    fn winners(&self) -> MutexGuard<'_, HashMap<(Identity, Option<TokenRequest>), Credential>> {
        self.winners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn winner(&self, identity: Identity, request: &TokenRequest) -> Option<Credential> {
        let winners = self.winners();
        winners.get(&(identity, Some(request.clone()))).or_else(|| winners.get(&(identity, None))).copied()
    }

    /// If the winner refuses a request, the credential that serves it becomes the winner only of that request, because
    /// the request may need another identity. If the winner served that request before, it is replaced for later
    /// requests as well.
    fn remember(&self, identity: Identity, request: &TokenRequest, credential: Credential) {
        // It is no part of a chain, and an app can have one for each user: they would drive out the winners of chains.
        if !CHAIN.contains(&credential) {
            return;
        }
        let mut winners = self.winners();
        // Settings change by hand; a process that sees this many is being fed made-up ones.
        const MOST: usize = 1024;
        if winners.len() >= MOST {
            winners.clear();
        }
        let before = winners.insert((identity, Some(request.clone())), credential);
        let of_others = winners.entry((identity, None)).or_insert(credential);
        if before == Some(*of_others) {
            *of_others = credential;
        }
    }

    fn forget(&self, identity: Identity, request: &TokenRequest) {
        let mut winners = self.winners();
        let before = winners.remove(&(identity, Some(request.clone())));
        if before.is_some() && winners.get(&(identity, None)).copied() == before {
            winners.remove(&(identity, None));
        }
    }
}

async fn ask(credential: Credential, fetch: &Fetch<'_>) -> Result<Token, Attempt> {
    match get_token(credential, fetch).await {
        Ok(token) => {
            let expires_on = token.expires_on.millis();
            tracing::info!(credential = credential.name(), expires_on, "token acquired");
            if fetch.settings.network.logs_account {
                log_account(&token);
            }
            Ok(token)
        }
        Err(attempt) => {
            let (outcome, code) = (attempt.outcome.as_str(), attempt.failure.code.as_str());
            tracing::info!(credential = credential.name(), outcome, code, reason = attempt.failure.reason, "no token");
            Err(attempt)
        }
    }
}

/// What `loggingOptions.allowLoggingAccountIdentifiers` allows the log to say.
fn log_account(token: &Token) {
    let Some(Claims { client, tenant, object, user, .. }) = Claims::of(&token.secret) else { return };
    tracing::info!(client, tenant, object, user, "account of the token");
}

/// Asks one source.
///
/// # Errors
/// Why it gave no token, and whether the chain goes on.
pub(super) async fn get_token(credential: Credential, fetch: &Fetch<'_>) -> Result<Token, Attempt> {
    let app =
        |source| app_credential::get_token(fetch.app, source, fetch.request, fetch.settings, &*fetch.system.clock);
    let result = match credential {
        Credential::Environment => environment::get_token(fetch).await,
        Credential::WorkloadIdentity => workload_identity::get_token(fetch).await,
        Credential::ManagedIdentity => managed_identity::get_token(fetch).await,
        Credential::VisualStudioCode => app(AppSource::VisualStudioCode).await,
        Credential::AzureCli => azure_cli::get_token(fetch).await,
        Credential::AzurePowerShell => azure_powershell::get_token(fetch).await,
        Credential::AzureDeveloperCli => azure_developer_cli::get_token(fetch).await,
        Credential::Broker => app(AppSource::Broker).await,
        Credential::App => app(AppSource::App).await,
        Credential::ClientSecret
        | Credential::ClientCertificate
        | Credential::ClientAssertion
        | Credential::OnBehalfOf
        | Credential::AzurePipelines => application::get_token(fetch).await,
    };
    result.and_then(Token::with_a_date).map_err(|failure| {
        let failure = in_words_of(fetch.settings, failure.scrubbed());
        Attempt { credential: credential.name(), outcome: outcome(credential, &failure), failure }
    })
}

/// The environment or an option names an application on purpose, so its refusal ends the chain; the others are found by
/// looking, so theirs does not. A call that an application of an option cannot serve, a chain of the app may.
fn outcome(credential: Credential, failure: &Failure) -> AttemptOutcome {
    match credential {
        Credential::Environment if failure.code != Code::Unavailable => AttemptOutcome::Failed,
        Credential::ClientSecret
        | Credential::ClientCertificate
        | Credential::ClientAssertion
        | Credential::OnBehalfOf
        | Credential::AzurePipelines
            if failure.code != Code::Unavailable && !failure.is_of_call =>
        {
            AttemptOutcome::Failed
        }
        _ => AttemptOutcome::Unavailable,
    }
}

#[cfg(test)]
mod tests;
