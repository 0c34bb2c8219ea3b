//! What JavaScript gets: tokens, errors and figures, as objects of their own.

use napi_derive::napi;

use azure_openai_entra_core::cache::{HeldToken, Served, Stats};
use azure_openai_entra_core::error::{Attempt, Error, ErrorResponse};
use azure_openai_entra_core::http::sent::Sent;
use azure_openai_entra_core::system::Timestamp;

/// A number that JavaScript gave.
#[expect(clippy::cast_precision_loss, reason = "it was a double")]
fn as_number(given: u64) -> f64 {
    given as f64
}

/// Milliseconds since the epoch, as JavaScript counts; a double holds every date that a token can have.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 ms lies the year 287396")]
pub(super) fn millis(timestamp: Timestamp) -> f64 {
    timestamp.millis() as f64
}

/// A token for JavaScript.
#[napi(object, object_from_js = false)]
pub struct ServedToken {
    pub token: String,
    pub credential: &'static str,
    pub expires_on: f64,
    pub refresh_at: f64,
    pub ask_at: f64,
    pub generation: i32,
}

impl From<Served> for ServedToken {
    fn from(served: Served) -> Self {
        Self {
            token: served.token.secret.expose().to_owned(),
            credential: served.token.credential.name(),
            expires_on: millis(served.token.expires_on),
            refresh_at: millis(served.refresh_at),
            ask_at: millis(served.ask_at),
            generation: served.generation,
        }
    }
}

/// A request that was sent for a token: without what can be secret in it.
#[napi(object, object_from_js = false)]
pub struct SentFields {
    pub method: &'static str,
    pub scheme: String,
    pub host: String,
    /// In milliseconds since the epoch, as `ended`.
    pub began: f64,
    pub ended: f64,
    pub status: Option<u16>,
}

impl From<&Sent> for SentFields {
    fn from(sent: &Sent) -> Self {
        let Sent { method, scheme, host, began, duration, status } = sent.clone();
        Self { method, scheme, host, began: millis(began), ended: millis(began + duration), status }
    }
}

/// The fields of an `EntraIdError`.
#[napi(object, object_from_js = false)]
pub struct ErrorFields {
    pub code: &'static str,
    /// What happened and what to do.
    pub message: String,
    /// Where the code is explained: the last line of the error's message.
    pub troubleshooting: Option<String>,
    pub credential: Option<&'static str>,
    pub status: Option<u16>,
    pub retry_after_ms: Option<f64>,
    /// The number that JavaScript gave to the error that this one is of.
    pub cause: Option<f64>,
    /// Whether a client may retry soon; without it, its code says so.
    pub is_worth_a_retry: Option<bool>,
    /// The response of the endpoint that refused.
    pub response: Option<ResponseFields>,
    pub attempts: Vec<AttemptFields>,
    /// What the message of each attempt is, if it is an error of its own.
    pub attempt_messages: Vec<String>,
}

/// `ErrorResponse` of `@azure/identity`.
#[napi(object, object_from_js = false)]
pub struct ResponseFields {
    pub error: String,
    pub error_description: String,
    pub error_codes: Vec<i64>,
    pub timestamp: Option<String>,
    pub trace_id: Option<String>,
    pub correlation_id: Option<String>,
}

impl From<&ErrorResponse> for ResponseFields {
    fn from(response: &ErrorResponse) -> Self {
        Self {
            error: response.error.clone(),
            error_description: response.description.clone(),
            error_codes: response.codes.clone(),
            timestamp: response.timestamp.clone(),
            trace_id: response.trace_id.clone(),
            correlation_id: response.correlation_id.clone(),
        }
    }
}

/// One element of `EntraIdError.attempts`.
#[napi(object, object_from_js = false)]
pub struct AttemptFields {
    pub credential: &'static str,
    pub outcome: &'static str,
    pub code: &'static str,
    pub reason: String,
    pub next_step: Option<String>,
    pub status: Option<u16>,
}

impl From<&Error> for ErrorFields {
    fn from(error: &Error) -> Self {
        Self {
            code: error.failure.code.as_str(),
            message: error.summary().to_string(),
            troubleshooting: Some(error.troubleshooting()),
            credential: error.credential,
            status: error.failure.status,
            retry_after_ms: error.failure.retry_after.map(|pause| pause.as_secs_f64() * 1000.0),
            cause: error.failure.cause.map(as_number),
            is_worth_a_retry: Some(error.is_worth_a_retry()),
            response: error.failure.response.as_deref().map(ResponseFields::from),
            attempts: error.attempts.iter().map(AttemptFields::from).collect(),
            attempt_messages: error.attempts.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&Attempt> for AttemptFields {
    fn from(attempt: &Attempt) -> Self {
        Self {
            credential: attempt.credential,
            outcome: attempt.outcome.as_str(),
            code: attempt.failure.code.as_str(),
            reason: attempt.failure.reason.clone(),
            next_step: attempt.failure.next_step.clone(),
            status: attempt.failure.status,
        }
    }
}

/// What a call gets: exactly one of token, error and number.
#[napi(object, object_from_js = false)]
pub struct CallAnswer {
    /// A token, at once.
    pub served: Option<ServedToken>,
    /// An error, at once.
    pub refused: Option<ErrorFields>,
    /// The number under which the completion callback will be called.
    pub pending: Option<u32>,
}

impl CallAnswer {
    pub(super) fn served(served: Served) -> Self {
        Self { served: Some(served.into()), refused: None, pending: None }
    }

    pub(super) fn refused(error: &Error) -> Self {
        Self { served: None, refused: Some(error.into()), pending: None }
    }

    pub(super) fn pending(id: u32) -> Self {
        Self { served: None, refused: None, pending: Some(id) }
    }
}

/// `CacheStats`.
#[napi(object, object_from_js = false)]
pub struct StatsFields {
    pub fetches: f64,
    pub failures: f64,
    pub fallbacks: f64,
    pub in_flight: u32,
    pub tokens: Vec<HeldFields>,
}

/// One element of `CacheStats.tokens`.
#[napi(object, object_from_js = false)]
pub struct HeldFields {
    pub credential: &'static str,
    pub scopes: Vec<String>,
    pub tenant_id: Option<String>,
    pub expires_on_timestamp: f64,
    pub refresh_after_timestamp: f64,
}

impl StatsFields {
    #[expect(clippy::cast_precision_loss, reason = "2^53 of them take longer than any process lives")]
    pub(super) fn new(stats: Stats, fallbacks: u64) -> Self {
        Self {
            fetches: stats.fetches as f64,
            failures: stats.failures as f64,
            fallbacks: fallbacks as f64,
            in_flight: u32::try_from(stats.in_flight).unwrap_or(u32::MAX),
            tokens: stats.tokens.into_iter().map(HeldFields::from).collect(),
        }
    }
}

impl From<HeldToken> for HeldFields {
    fn from(held: HeldToken) -> Self {
        Self {
            credential: held.credential.name(),
            scopes: held.scopes,
            tenant_id: held.tenant,
            expires_on_timestamp: millis(held.expires_on),
            refresh_after_timestamp: millis(held.refresh_at),
        }
    }
}
