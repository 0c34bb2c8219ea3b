//! What the endpoints that mint an assertion have in common.

use crate::credential::context::Fetch;
use crate::error::{Code, Failure};
use crate::http::request::Response;
use crate::secret::{self, Secret};

/// `assertion`, if it has the form of a JSON Web Token (RFC 7519).
pub(super) fn token(assertion: &str) -> Option<Secret> {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let assertion = assertion.trim();
    (assertion.split('.').count() == 3 && assertion.split('.').all(is_part)).then(|| Secret::new(assertion))
}

/// The failure of `host`, which answered without an assertion. `sent` are the secrets of the request.
pub(super) fn refusal(fetch: &Fetch<'_>, host: &str, answer: &Response, sent: &[&Secret]) -> Failure {
    let code = match answer.status {
        200..=399 | 500.. => Code::Network,
        429 => Code::Throttled,
        _ => Code::Rejected,
    };
    let said = secret::quote(answer.body.expose(), sent);
    let reason = format!("{host} answered {} without an assertion, saying: {said}", answer.status);
    Failure { retry_after: answer.retry_after(fetch.system.clock.now()), ..Failure::new(code, reason) }
        .status(answer.status)
}
