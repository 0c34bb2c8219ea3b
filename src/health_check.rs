//! What `lib/health.js`, `lib/diagnostics-channels.js` and the command-line tool know of the core.

use napi::bindgen_prelude::AsyncTask;
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::answers::{ErrorFields, millis};
use crate::calls::{CredentialCall, NO_BRIDGE};
use crate::process_wide::{self, Core};
use crate::unwind::catching;
use azure_openai_entra_core::cache::{FetchEvent, TokenHealth};
use azure_openai_entra_core::credential::reachability::{Reachability, reach_authority};
use azure_openai_entra_core::error::{Error, Failure};
use azure_openai_entra_core::health::Status;
use azure_openai_entra_core::http::roots::CaFault;
use azure_openai_entra_core::secret::{Secret, quote, redact_app_knowing};
use azure_openai_entra_core::settings::{Settings, secrets_of};

/// What an endpoint or a library says, as a message may show it: on one line, short, and without secrets. `sent`: the token that it
/// was sent.
#[napi(catch_unwind)]
pub fn quote_foreign(words: String, sent: Option<String>) -> String {
    let sent = sent.map(Secret::new);
    quote(&words, &sent.iter().collect::<Vec<_>>())
}

/// What the app's own credentials say, as a message may show it: without secrets, those of `variables` among them.
#[napi(catch_unwind)]
pub fn redact_foreign(words: String, variables: String) -> String {
    redact_app_knowing(&words, secrets_of(&process_wide::variables(&variables)))
}

/// `HealthReport`.
#[napi(object, object_from_js = false)]
pub struct HealthFields {
    pub status: &'static str,
    /// Of the newest failure that tells of the state of things.
    pub code: Option<&'static str>,
    /// Empty without details.
    pub tokens: Vec<TokenHealthFields>,
}

/// One element of `HealthReport.tokens`.
#[napi(object, object_from_js = false)]
pub struct TokenHealthFields {
    pub scopes: Vec<String>,
    pub tenant_id: Option<String>,
    pub credential: Option<&'static str>,
    pub expires_on_timestamp: Option<f64>,
    pub refresh_after_timestamp: Option<f64>,
    pub identity: Option<IdentityFields>,
    pub last_error: Option<LastErrorFields>,
}

/// `TokenIdentity`.
#[napi(object, object_from_js = false)]
pub struct IdentityFields {
    pub audience: Option<String>,
    pub tenant_id: Option<String>,
    pub client_id: Option<String>,
    pub object_id: Option<String>,
    pub roles: Vec<String>,
}

/// `LastError`.
#[napi(object, object_from_js = false)]
pub struct LastErrorFields {
    pub code: &'static str,
    pub message: String,
    pub timestamp: f64,
}

/// The end of a fetch: with `credential` and `expires_on_timestamp`, or with `refused`.
#[napi(object, object_from_js = false)]
pub struct FetchFields {
    pub is_refresh: bool,
    pub scopes: Vec<String>,
    pub tenant_id: Option<String>,
    pub duration_ms: f64,
    pub credential: Option<&'static str>,
    pub expires_on_timestamp: Option<f64>,
    pub refused: Option<ErrorFields>,
}

/// What came of asking the authority: `status`, or `refused`.
#[napi(object, object_from_js = false)]
pub struct ReachFields {
    pub host: String,
    /// The scope of a call without one, unless a variable is wrong.
    pub openai_scope: Option<String>,
    pub duration_ms: f64,
    pub status: Option<u16>,
    /// The clock of the server that answered.
    pub date: Option<f64>,
    /// The variable that names the proxy in use.
    pub proxy_variable: Option<&'static str>,
    /// What of the CA files is not used.
    pub ca_faults: Vec<CaFaultFields>,
    pub refused: Option<ErrorFields>,
}

/// Something in a CA file that is not used.
#[napi(object, object_from_js = false)]
pub struct CaFaultFields {
    /// The variable that names the file.
    pub variable: &'static str,
    pub reason: String,
    pub next_step: String,
}

impl From<CaFault> for CaFaultFields {
    fn from(fault: CaFault) -> Self {
        Self { variable: fault.variable, reason: fault.what, next_step: fault.step }
    }
}

/// How the cache serves; with each token where `details` are wanted.
#[napi(catch_unwind)]
pub fn cache_health(details: bool) -> HealthFields {
    let tokens = process_wide::existing_cache().map(|cache| cache.health(details)).unwrap_or_default();
    let newest = tokens.iter().filter_map(|token| token.failure.as_ref()).filter(|failure| failure.is_current);
    HealthFields {
        status: Status::of(tokens.iter().map(TokenHealth::state)).as_str(),
        code: newest.max_by_key(|failure| failure.at).map(|failure| failure.error.failure.code.as_str()),
        tokens: if details { tokens.into_iter().map(TokenHealthFields::from).collect() } else { Vec::new() },
    }
}

impl From<TokenHealth> for TokenHealthFields {
    fn from(token: TokenHealth) -> Self {
        let held = token.held.as_ref();
        Self {
            credential: held.map(|held| held.credential.name()),
            expires_on_timestamp: held.map(|held| millis(held.expires_on)),
            refresh_after_timestamp: held.map(|held| millis(held.refresh_at)),
            scopes: token.scopes,
            tenant_id: token.tenant,
            identity: token.claims.map(|claims| IdentityFields {
                audience: claims.audience,
                tenant_id: claims.tenant,
                client_id: claims.client,
                object_id: claims.object,
                roles: claims.roles,
            }),
            last_error: token.failure.map(|failure| LastErrorFields {
                code: failure.error.failure.code.as_str(),
                message: failure.error.to_string(),
                timestamp: millis(failure.at),
            }),
        }
    }
}

impl From<&FetchEvent> for FetchFields {
    fn from(event: &FetchEvent) -> Self {
        let given = event.outcome.as_ref().ok();
        Self {
            is_refresh: event.is_refresh,
            scopes: event.scopes.clone(),
            tenant_id: event.tenant.clone(),
            duration_ms: event.duration.as_secs_f64() * 1000.0,
            credential: given.map(|(credential, _)| credential.name()),
            expires_on_timestamp: given.map(|(_, expires_on)| millis(*expires_on)),
            refused: event.outcome.as_ref().err().map(|error| ErrorFields::from(error.as_ref())),
        }
    }
}

/// Asks the authority, on a thread of Node's pool, which waits for the cache's own.
pub struct Reach(std::result::Result<(&'static Core, Settings), Failure>);

impl Task for Reach {
    type Output = ReachFields;
    type JsValue = ReachFields;

    fn compute(&mut self) -> Result<ReachFields> {
        let (core, settings) = match &self.0 {
            Ok((core, settings)) => (core, settings),
            Err(failure) => return Ok(ReachFields::refused(failure.clone())),
        };
        let reached = reach_authority(&core.system, &*core.http, settings);
        let reached = catching(|| Ok(core.cache.runtime().block_on(reached)))?;
        Ok(reached.map_or_else(ReachFields::refused, |reached| ReachFields::reached(reached, settings)))
    }

    fn resolve(&mut self, _: Env, fields: ReachFields) -> Result<ReachFields> {
        Ok(fields)
    }
}

impl ReachFields {
    /// Nothing was asked: a setting is wrong.
    fn refused(failure: Failure) -> Self {
        Self {
            host: String::new(),
            openai_scope: None,
            duration_ms: 0.0,
            status: None,
            date: None,
            proxy_variable: None,
            ca_faults: Vec::new(),
            refused: Some(ErrorFields::from(&Error::from(failure))),
        }
    }

    fn reached(reached: Reachability, settings: &Settings) -> Self {
        let (answer, failure) = match reached.answer {
            Ok(answer) => (Some(answer), None),
            Err(failure) => (None, Some(failure)),
        };
        Self {
            host: reached.host,
            openai_scope: Some(settings.openai_scope()),
            duration_ms: reached.duration.as_secs_f64() * 1000.0,
            status: answer.map(|(status, _)| status),
            date: answer.and_then(|(_, date)| date).map(millis),
            proxy_variable: settings.network.transport.proxy.as_ref().map(|(variable, _)| *variable),
            ca_faults: reached.ca_faults.into_iter().map(CaFaultFields::from).collect(),
            refused: failure.map(|failure| ErrorFields::from(&Error::from(failure))),
        }
    }
}

/// Whether the authority answers, by the way that tokens come.
#[napi(catch_unwind, ts_return_type = "Promise<ReachFields>")]
pub fn reach_authority_of(variables: String, credential: CredentialCall) -> AsyncTask<Reach> {
    let settings = Settings::parse(process_wide::variables(&variables), &credential.options(NO_BRIDGE));
    AsyncTask::new(Reach(settings.and_then(|settings| Ok((process_wide::core()?, settings)))))
}
