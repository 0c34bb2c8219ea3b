//! Answers that the proxy makes itself, in the shape of OpenAI's errors.

use azure_openai_entra_core::error::Error;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

use crate::framing::Fault;

/// The header that tells these answers from Azure OpenAI's own; its value is the code.
pub const MARK: HeaderName = HeaderName::from_static("x-entra-id-error");

/// Why the proxy does not pass a request on, or has no answer for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A web page sent it.
    WebPage,
    /// It was sent to another name than the listener's.
    ForeignHost,
    /// It has no local key, or a wrong one.
    Key,
    /// Its path or query holds a key.
    KeyInTarget,
    /// Its path could be read in two ways.
    Path,
    /// Its path is not one of inference.
    PathNotAllowed,
    /// It asks for another protocol.
    Upgrade,
    /// Its body is longer than the limit.
    BodyTooLarge,
    /// Its body broke off, or was malformed.
    BodyBroken,
    /// All connections are taken.
    TooManyConnections,
    /// The upstream could not be reached, or broke off before it answered.
    Upstream,
    /// The proxy itself failed.
    Internal,
}

impl Refusal {
    /// All of them, for the documentation's test.
    pub const ALL: [Self; 12] = [
        Self::WebPage,
        Self::ForeignHost,
        Self::Key,
        Self::KeyInTarget,
        Self::Path,
        Self::PathNotAllowed,
        Self::Upgrade,
        Self::BodyTooLarge,
        Self::BodyBroken,
        Self::TooManyConnections,
        Self::Upstream,
        Self::Internal,
    ];

    /// The status and the code.
    pub const fn told(self) -> (StatusCode, &'static str) {
        match self {
            Self::WebPage => (StatusCode::FORBIDDEN, "PROXY_WEB_PAGE"),
            Self::ForeignHost => (StatusCode::MISDIRECTED_REQUEST, "PROXY_HOST"),
            Self::Key => (StatusCode::UNAUTHORIZED, "PROXY_KEY"),
            Self::KeyInTarget => (StatusCode::BAD_REQUEST, "PROXY_KEY_IN_QUERY"),
            Self::Path => (StatusCode::BAD_REQUEST, "PROXY_PATH"),
            Self::PathNotAllowed => (StatusCode::FORBIDDEN, "PROXY_PATH_NOT_ALLOWED"),
            Self::Upgrade => (StatusCode::BAD_REQUEST, "PROXY_UPGRADE"),
            Self::BodyTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PROXY_BODY_TOO_LARGE"),
            Self::BodyBroken => (StatusCode::BAD_REQUEST, "PROXY_BODY_BROKEN"),
            Self::TooManyConnections => (StatusCode::SERVICE_UNAVAILABLE, "PROXY_CONNECTIONS"),
            Self::Upstream => (StatusCode::BAD_GATEWAY, "PROXY_UPSTREAM"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "PROXY_INTERNAL"),
        }
    }

    /// The answer.
    pub fn answer(self, message: &str) -> Response<Bytes> {
        let (status, code) = self.told();
        let mut answer = synthetic(status, code, message);
        match self {
            Self::Key => {
                answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TooManyConnections => {
                answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        answer
    }
}

/// The answer to a request that could not be read.
pub fn of_fault(fault: Fault) -> Response<Bytes> {
    let status = match fault {
        Fault::TooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Fault::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Fault::Malformed(_) | Fault::ForwardProxy => StatusCode::BAD_REQUEST,
    };
    synthetic(status, "PROXY_REQUEST", &fault.to_string())
}

/// The answer to a request for which there is no token: that of the addon's `entraIdFetch`.
pub fn of_token_error(error: &Error) -> Response<Bytes> {
    let passes = error.is_worth_a_retry();
    let status = if passes { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::UNAUTHORIZED };
    let mut answer = synthetic(status, error.failure.code.as_str(), &error.to_string());
    if passes {
        let pause = error.failure.retry_after.unwrap_or_default();
        let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    answer
}

fn synthetic(status: StatusCode, code: &'static str, message: &str) -> Response<Bytes> {
    let kind = match status {
        StatusCode::UNAUTHORIZED => "authentication_error",
        StatusCode::FORBIDDEN => "permission_error",
        status if status.is_client_error() => "invalid_request_error",
        _ => "server_error",
    };
    let body = json!({ "error": { "message": message, "type": kind, "param": null, "code": code } });
    let mut answer = Response::new(Bytes::from(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(MARK, HeaderValue::from_static(code));
    answer
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use azure_openai_entra_core::error::{Code, Failure};

    use super::*;

    #[test]
    fn a_missing_token_is_told_as_the_addon_tells_it() {
        for (code, pause, status, retry_after) in [
            (Code::Unavailable, None, 401, None),
            (Code::Rejected, None, 401, None),
            (Code::Configuration, None, 401, None),
            (Code::Throttled, Some(Duration::from_millis(2500)), 503, Some("3")),
            (Code::Network, None, 503, Some("1")),
            (Code::Timeout, None, 503, Some("1")),
        ] {
            let mut failure = Failure::new(code, "no \"token\"");
            failure.retry_after = pause;
            let answer = of_token_error(&failure.into());
            let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!((answer.status().as_u16(), header("retry-after")), (status, retry_after), "{code:?}");
            assert_eq!(header("x-entra-id-error"), Some(code.as_str()));
            let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(body["error"]["code"], code.as_str());
            assert!(body["error"]["message"].as_str().unwrap().starts_with("No \"token\"."));
        }
    }

    #[test]
    fn a_refusal_says_so_in_its_status_header_and_body() {
        for refusal in Refusal::ALL {
            let (status, code) = refusal.told();
            let answer = refusal.answer("Why.");
            assert_eq!((answer.status(), answer.headers()[MARK].as_bytes()), (status, code.as_bytes()));
            let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!((&body["error"]["code"], &body["error"]["message"]), (&code.into(), &"Why.".into()));
        }
    }
}
