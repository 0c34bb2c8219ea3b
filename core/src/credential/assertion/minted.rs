//! What the sources of assertions have in common.

use url::Url;

use crate::credential::context::Fetch;
use crate::credential::token_response;
use crate::error::{Code, Failure};
use crate::http::request::Response;
use crate::said;
use crate::secret::{self, Secret};
use crate::shown::has_hidden_break;

/// `assertion`, if it has the form of a JSON Web Token (RFC 7519).
pub(super) fn token(assertion: &str) -> Option<Secret> {
    let is_part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let assertion = assertion.trim();
    (assertion.split('.').count() == 3 && assertion.split('.').all(is_part)).then(|| Secret::new(assertion))
}

/// Whether `text` is one word of characters that an assertion can have. What has several, as a key, a page or a
/// configuration file, is not sent.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic())
}

/// The address in `variable`. It must be https, because the request sends a token. `by` sets the variable.
///
/// # Errors
/// `Configuration`, naming the variable.
pub(super) fn https(variable: &str, address: &str, by: &str) -> Result<Url, Failure> {
    crate::address::parse(address)
        .ok()
        .filter(|url| !has_hidden_break(address) && url.scheme() == "https" && url.has_host())
        .ok_or_else(|| {
            Failure::configuration(format!("{variable} is not an address that begins with https://"))
                .with_next_step(format!("leave it as {by} sets it"))
        })
}

/// The failure of `host`, which answered without an assertion. `sent` are the secrets of the request, and `step` is what mends a
/// refusal: another answer is not one, so that nothing about the caller mends it.
pub(super) fn refusal(fetch: &Fetch<'_>, host: &str, answer: &Response, sent: &[&Secret], step: &str) -> Failure {
    let retry_after = answer.retry_after(fetch.system.clock.now());
    let (code, step) = match answer.status {
        200..=399 => (Code::Network, "check for a proxy or a wrong endpoint".to_owned()),
        429 => (Code::Throttled, token_response::wait(retry_after)),
        408 | 500.. => (Code::Network, format!("retry. If this persists, check the status of the service at {host}")),
        _ => (Code::Rejected, step.to_owned()),
    };
    let body = answer.body.expose().trim();
    let said = match answer.status {
        // A body of success may be an assertion of another form.
        200..=299 => String::new(),
        300..=399 => ": a redirect, which is not followed".to_owned(),
        _ if body.is_empty() => ", with an empty body".to_owned(),
        _ if body.starts_with('<') => ", with an HTML page".to_owned(),
        _ => format!(", saying: {}", secret::quote(&said::words(body), sent)),
    };
    let reason = format!("{host} answered {} without an assertion{said}", answer.status);
    Failure { retry_after, ..Failure::new(code, reason).with_next_step(step) }.status(answer.status)
}
