//! The way to credentials that live in JavaScript: asks their thread, and waits for its answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use napi::bindgen_prelude::{FnArgs, Function};
use napi::{Env, Result};
use napi_derive::napi;
use tokio::sync::oneshot;

use crate::callback::Callback;
use crate::host_http::{HttpAnswerFields, HttpRequestFields};
use azure_openai_entra_core::credential::{
    AppCredentials, AppSource, Credential, HostRequest, HostResponse, Token, TokenRequest,
};
use azure_openai_entra_core::error::{Code, Failure, asked_pause};
use azure_openai_entra_core::secret::{Secret, redact_app};
use azure_openai_entra_core::settings::Settings;
use azure_openai_entra_core::system::Timestamp;

/// What JavaScript is asked for.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct AppCredentialRequest {
    /// `vscode`, `broker`, `app`, `assertion` for a function that gives one, or `http` for a transport; `abort` if the
    /// request of this number is waited for no longer.
    pub credential: &'static str,
    /// The object's number, for `app` and `assertion`.
    pub object: Option<u32>,
    pub scopes: Vec<String>,
    /// The tenant that the call names.
    pub tenant_id: Option<String>,
    pub claims: Option<String>,
    pub enable_cae: bool,
    /// The tenant that the credential is configured for.
    pub configured_tenant_id: Option<String>,
    pub additionally_allowed_tenants: Vec<String>,
    /// Whose tokens the settings bring, for `vscode` and `broker`, whose objects keep the login that they find first.
    pub identity: Option<String>,
    /// For `http`.
    pub http: Option<HttpRequestFields>,
}

/// What JavaScript answers: a token, a response, or a failure.
#[napi(object, object_to_js = false)]
pub struct AppCredentialAnswer {
    pub token: Option<String>,
    pub expires_on_timestamp: Option<f64>,
    pub refresh_after_timestamp: Option<f64>,
    pub reason: Option<String>,
    pub next_step: Option<String>,
    /// What kind of failure it is: one of `Code`'s names.
    pub code: Option<String>,
    pub status: Option<u16>,
    pub retry_after_ms: Option<f64>,
    /// The number by which JavaScript finds the error again.
    pub cause: Option<f64>,
    pub http: Option<HttpAnswerFields>,
}

type AppCredentialArguments = FnArgs<(u32, AppCredentialRequest)>;

/// The credentials of one thread.
pub(super) struct AppCredentialThread {
    ask: Callback<AppCredentialArguments>,
    next: AtomicU32,
    /// None once the thread has ended.
    waiting: Mutex<Option<HashMap<u32, oneshot::Sender<AppCredentialAnswer>>>>,
}

impl AppCredentialThread {
    pub(super) fn new(env: &Env, ask: &Function<'_, AppCredentialArguments, ()>) -> Result<Self> {
        Ok(Self { ask: Callback::new(env, ask)?, next: AtomicU32::new(0), waiting: Mutex::new(Some(HashMap::new())) })
    }

    fn waiting(&self) -> MutexGuard<'_, Option<HashMap<u32, oneshot::Sender<AppCredentialAnswer>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn answer(&self, id: u32, answer: AppCredentialAnswer) {
        let waiter = self.waiting().as_mut().and_then(|waiting| waiting.remove(&id));
        if let Some(waiter) = waiter {
            // The caller may have gone: the deadline of the fetch passed.
            let _ = waiter.send(answer);
        }
    }

    /// Ends every wait at once, because the thread will not answer any more.
    pub(super) fn close(&self) {
        self.ask.close();
        drop(self.waiting().take());
    }
}

/// The way to a thread's credentials, for calls that come with `object`.
pub(super) struct AppCredentialLink {
    pub(super) thread: Arc<AppCredentialThread>,
    pub(super) object: Option<u32>,
}

impl AppCredentialLink {
    /// Asks the thread, and waits for its answer.
    async fn ask(&self, request: AppCredentialRequest) -> std::result::Result<AppCredentialAnswer, Failure> {
        let ended = || {
            Failure::unavailable("the JavaScript thread of this credential has ended")
                .with_next_step("call from a thread that is still running")
        };
        let id = self.thread.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        self.thread.waiting().as_mut().ok_or_else(ended)?.insert(id, sender);
        let _unlisted_at_the_end = Listed { thread: &self.thread, id };
        if !self.thread.ask.call((id, request).into()) {
            return Err(ended());
        }
        receiver.await.map_err(|_| ended())
    }
}

#[async_trait]
impl AppCredentials for AppCredentialLink {
    async fn get_token(
        &self,
        credential: AppSource,
        request: &TokenRequest,
        settings: &Settings,
    ) -> std::result::Result<Token, Failure> {
        let request = AppCredentialRequest {
            credential: match credential {
                AppSource::VisualStudioCode => "vscode",
                AppSource::Broker => "broker",
                AppSource::App => "app",
            },
            object: self.object,
            scopes: request.scopes.clone(),
            tenant_id: request.tenant.clone(),
            claims: request.claims.clone(),
            enable_cae: request.cae,
            configured_tenant_id: settings.tenants.option.clone(),
            additionally_allowed_tenants: settings.tenants.allowed.clone(),
            identity: Some(settings.identity.to_string()),
            http: None,
        };
        token(credential.credential(), self.ask(request).await?)
    }

    async fn get_assertion(&self, function: u32) -> std::result::Result<Secret, Failure> {
        let answer = self
            .ask(AppCredentialRequest { credential: "assertion", object: Some(function), ..Default::default() })
            .await?;
        answer.token.clone().map(Secret::new).ok_or_else(|| failure(answer))
    }

    async fn send(&self, request: HostRequest<'_>) -> std::result::Result<HostResponse, Failure> {
        let http = Some(HttpRequestFields::from(request));
        let asked = self.ask(AppCredentialRequest { credential: "http", http, ..Default::default() }).await;
        let sent =
            asked.and_then(|mut answer| answer.http.take().map(HostResponse::from).ok_or_else(|| failure(answer)));
        sent.map_err(|failure| match failure.code {
            // A thread or a transport that is gone says nothing of the credential: a chain must not go on to another identity.
            Code::Unavailable => Failure { code: Code::Network, ..failure },
            _ => failure,
        })
    }
}

/// Removes a request from the list when no caller waits for it any more: its answer may never come.
struct Listed<'a> {
    thread: &'a AppCredentialThread,
    id: u32,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        let unanswered = self.thread.waiting().as_mut().and_then(|waiting| waiting.remove(&self.id));
        if unanswered.is_some() {
            let request = AppCredentialRequest { credential: "abort", ..Default::default() };
            // It fails if the thread is ending, which ends the request too.
            let _ = self.thread.ask.call((self.id, request).into());
        }
    }
}

fn token(credential: Credential, answer: AppCredentialAnswer) -> std::result::Result<Token, Failure> {
    let timestamp = |millis: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
        Timestamp::from_millis(millis as i64)
    };
    match (&answer.token, answer.expires_on_timestamp) {
        (Some(token), Some(expires_on)) => Ok(Token {
            secret: Secret::new(&**token),
            credential,
            expires_on: timestamp(expires_on),
            refresh_on: answer.refresh_after_timestamp.map(timestamp),
        }),
        _ => Err(failure(answer)),
    }
}

fn failure(answer: AppCredentialAnswer) -> Failure {
    let code = answer.code.as_deref().and_then(Code::named).unwrap_or(Code::Rejected);
    let reason = answer.reason.unwrap_or_else(|| "the credential gave no reason".to_owned());
    Failure {
        next_step: answer.next_step,
        status: answer.status,
        retry_after: answer.retry_after_ms.and_then(|millis| asked_pause(millis / 1000.0)),
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
        cause: answer.cause.map(|number| number as u64),
        ..Failure::new(code, redact_app(&reason))
    }
}
