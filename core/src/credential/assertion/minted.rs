//! What the endpoints that mint an assertion have in common.

use url::Url;

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

/// The address in `variable`. It must be https, because the request sends a token. `by` sets the variable.
///
/// # Errors
/// `Configuration`, naming the variable.
pub(super) fn https(variable: &str, address: &str, by: &str) -> Result<Url, Failure> {
    Url::parse(address).ok().filter(|url| url.scheme() == "https" && url.has_host()).ok_or_else(|| {
        Failure::configuration(format!("{variable} is not an address that begins with https://"))
            .with_next_step(format!("leave it as {by} sets it"))
    })
}

/// The failure of `host`, which answered without an assertion. `sent` are the secrets of the request.
pub(super) fn refusal(fetch: &Fetch<'_>, host: &str, answer: &Response, sent: &[&Secret]) -> Failure {
    let code = match answer.status {
        200..=399 | 500.. => Code::Network,
        429 => Code::Throttled,
        _ => Code::Rejected,
    };
    // A body of success may be an assertion of another form.
    let said = match answer.status {
        200..=299 => String::new(),
        _ => format!(", saying: {}", secret::quote(answer.body.expose(), sent)),
    };
    let reason = format!("{host} answered {} without an assertion{said}", answer.status);
    Failure { retry_after: answer.retry_after(fetch.system.clock.now()), ..Failure::new(code, reason) }
        .status(answer.status)
}
