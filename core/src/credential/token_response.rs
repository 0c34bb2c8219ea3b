//! What token endpoints answer: Entra ID's JSON and the likes of it, read leniently, refused clearly.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::expiry::Clocks;
use super::token::Token;
use crate::aadsts::{self, Flow};
use crate::error::{Code, ErrorResponse, Failure};
use crate::http::request::{Request, Response};
use crate::json;
use crate::said::{self, Said};
use crate::secret::{self, Secret};
use crate::settings::Credential;
use crate::system::Timestamp;

/// RFC 6749 section 5.1, with the absolute times that managed identity gives.
///
/// Every time comes as a number or a string, by host and version.
#[derive(Deserialize)]
struct Success {
    access_token: String,
    token_type: Option<Value>,
    expires_on: Option<Value>,
    expires_in: Option<Value>,
    refresh_on: Option<Value>,
    refresh_in: Option<Value>,
    // What is said against the token. Read with it, because a body of which they were not read hides them.
    error: Option<Value>,
    error_description: Option<Value>,
    suberror: Option<Value>,
}

/// The token that the answer to `request` gives `credential`, or what its endpoint says against it.
///
/// `secrets` are what was sent: an endpoint that echoes them must not put them into an error.
pub(super) fn parse(
    credential: Credential,
    request: &Request,
    answer: &Response,
    secrets: &[&Secret],
    now: Timestamp,
) -> Result<Token, Failure> {
    let host = &request.host();
    match answer.status {
        200 | 201 => success(credential, host, answer, secrets, now),
        status => Err(refusal(credential, host, answer, secrets, now).status(status)),
    }
}

fn success(
    credential: Credential,
    host: &str,
    answer: &Response,
    secrets: &[&Secret],
    now: Timestamp,
) -> Result<Token, Failure> {
    let not_a_token = |what: &str| {
        Failure::new(
            Code::Network,
            format!("unexpected response from {host}: {} without a token: {what}", answer.status),
        )
        .with_next_step("check for a proxy or a wrong endpoint")
        .status(answer.status)
    };
    let body = answer.body.expose().trim();
    if body.is_empty() {
        return Err(not_a_token("the body is empty"));
    }
    // serde_json's error is left out, because it can quote the body.
    let parsed: Success = json::object(body).map_err(|_| match body.starts_with('<') {
        true => not_a_token("the body is HTML").with_next_step(let_through(host)),
        false => not_a_token("the body is not JSON with an access_token"),
    })?;
    if has_error(&parsed) {
        let said = Said::read(body);
        let words = match said.words() {
            words if words.is_empty() => "an error without words".to_owned(),
            words => secret::quote(&words, secrets),
        };
        let reason = format!("{host} answered {} with a token and an error, saying: {words}", answer.status);
        return Err(Failure::new(Code::Rejected, reason)
            .with_next_step(advice(credential, answer.status, &said.numbers("error_codes"), &words))
            .status(answer.status));
    }
    if parsed.access_token.is_empty() {
        return Err(not_a_token("access_token is empty"));
    }
    if parsed.access_token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(not_a_token("access_token has characters that a header cannot hold"));
    }
    // RFC 6749, section 7.1: a client that does not understand a type must not use the token.
    let is_bearer = match &parsed.token_type {
        None | Some(Value::Null) => true,
        Some(of_type) => of_type.as_str().is_some_and(|it| it.is_empty() || it.eq_ignore_ascii_case("bearer")),
    };
    if !is_bearer {
        return Err(not_a_token("token_type is not Bearer"));
    }
    let clocks = Clocks { ours: now, theirs: answer.date };
    let expires_on = clocks.moment(parsed.expires_on.as_ref(), parsed.expires_in.as_ref()).ok_or_else(|| {
        match (&parsed.expires_on, &parsed.expires_in) {
            (None, None) => not_a_token("expires_on and expires_in are missing"),
            _ => not_a_token("expires_on or expires_in is not a date"),
        }
    })?;
    if expires_on <= now {
        let late = now.since(expires_on).as_secs();
        return Err(not_a_token(&format!("access_token expired {late} s ago"))
            .with_next_step("compare this machine's clock with the endpoint's"));
    }
    let refresh_on = clocks.moment(parsed.refresh_on.as_ref(), parsed.refresh_in.as_ref());
    Ok(Token { secret: Secret::new(parsed.access_token), credential, expires_on, refresh_on })
}

/// Whether something stands against the token beside it. MSAL refuses such a token as well.
fn has_error(parsed: &Success) -> bool {
    let is_said = |part: &Value| !matches!(part, Value::Null | Value::Bool(false)) && part.as_str() != Some("");
    [&parsed.error, &parsed.error_description, &parsed.suberror].into_iter().flatten().any(is_said)
}

/// What programs read of a refusal: nothing if it does not have the form of RFC 6749.
fn response(said: &Said, secrets: &[&Secret]) -> Option<Box<ErrorResponse>> {
    let text = |name| said.text(name).map(str::to_owned);
    let response = ErrorResponse {
        error: text("error")?,
        description: text("error_description")?,
        codes: said.numbers("error_codes"),
        timestamp: text("timestamp"),
        trace_id: text("trace_id"),
        correlation_id: text("correlation_id"),
    };
    Some(Box::new(response.mapped(|text| secret::quote(text, secrets))))
}

fn refusal(credential: Credential, host: &str, answer: &Response, secrets: &[&Secret], now: Timestamp) -> Failure {
    let body = answer.body.expose().trim();
    let parsed = Said::read(body);
    let words = match said::words(body) {
        words if words.starts_with('<') => HTML.to_owned(),
        words if words.contains("access_token") => said::A_TOKEN.to_owned(),
        words => secret::quote(&words, secrets),
    };
    let said = if words.is_empty() { "with an empty body".to_owned() } else { format!("saying: {words}") };
    let failure = match answer.status {
        429 => Failure::new(Code::Throttled, format!("{host} answered 429 Too Many Requests, {said}"))
            .with_next_step(wait(answer.retry_after(now))),
        200..=299 => Failure::new(
            Code::Network,
            format!("unexpected response from {host}: {} without an access_token", answer.status),
        )
        .with_next_step("check for a proxy or a wrong endpoint"),
        300..=399 => Failure::new(
            Code::Network,
            format!("unexpected response from {host}: {}, a redirect, which is not followed", answer.status),
        )
        .with_next_step("check for a proxy or a wrong endpoint"),
        // With 410 IMDS says that it is being updated.
        408 | 410 | 500.. => {
            Failure::new(Code::Network, format!("{host} failed with status {}, {said}", answer.status))
                .with_next_step("retry. If this persists, check Azure's service status")
        }
        status => {
            let failure = Failure::new(Code::Rejected, format!("{host} refused with status {status}, {said}"));
            if words == HTML {
                failure.with_next_step(let_through(host))
            } else {
                failure.with_next_step(advice(credential, status, &parsed.numbers("error_codes"), &words))
            }
        }
    };
    Failure { retry_after: answer.retry_after(now), response: response(&parsed, secrets), ..failure }
}

/// Endpoints of tokens speak JSON: pages are other people's.
fn let_through(host: &str) -> String {
    format!(
        "allow {host} through the proxy or sign-in page that answered instead, or set HTTPS_PROXY as your network \
         requires"
    )
}

pub(super) fn wait(asked: Option<Duration>) -> String {
    match asked {
        Some(pause) => format!("wait {} s, as the endpoint asks: the first call after that retries", pause.as_secs()),
        None => "wait: the first call after the back-off retries".to_owned(),
    }
}

/// What replaces a page, which is unreadable in a message.
const HTML: &str = "an HTML page";

/// What hosts of managed identities say, in small letters, and what to do about it.
const HOSTS: [(&str, &str); 7] = [
    // IMDS, App Service and Container Apps without an identity, or with another one than that which is asked for.
    ("identity not found", NO_IDENTITY),
    ("managed identity found", NO_IDENTITY),
    ("no msi found", NO_IDENTITY),
    ("unable to load the proper managed identity", NO_IDENTITY),
    (
        "multiple user assigned identities",
        "set AZURE_CLIENT_ID to the client id of the identity that is meant: this machine has several. az identity list \
         --query \"[].{name:name, clientId:clientId}\" shows them",
    ),
    ("audiencenotsupported", NO_CLOUD_SHELL),
    ("not a supported msi token audience", NO_CLOUD_SHELL),
];

const NO_CLOUD_SHELL: &str = "run 'az login' and set AZURE_TOKEN_CREDENTIALS=AzureCliCredential: Cloud Shell's own \
    identity gets no tokens for this resource";

const NO_IDENTITY: &str = "turn on the identity of this app or machine (in the portal, under Identity), or assign a \
                           user-assigned identity and set AZURE_CLIENT_ID to its client id. That is not its object id; \
                           for the system-assigned identity, unset AZURE_CLIENT_ID";

/// What to do about a refusal in `words`.
fn advice(credential: Credential, status: u16, named: &[i64], words: &str) -> String {
    let flow = match credential {
        Credential::WorkloadIdentity | Credential::ClientAssertion | Credential::AzurePipelines => Flow::Federated,
        _ => Flow::App,
    };
    let codes = || named.iter().filter_map(|&code| code.try_into().ok()).chain(aadsts::codes(words));
    if let Some(advice) = aadsts::advise(codes(), flow, "") {
        return advice.step;
    }
    let lower = words.to_ascii_lowercase();
    if let Some((_, step)) = HOSTS.iter().find(|(phrase, _)| lower.contains(phrase)) {
        (*step).to_owned()
    } else if let Some(code) = codes().next() {
        format!("look up AADSTS{code} at {}", aadsts::page(code))
    } else if status == 403 {
        // Neither Entra ID nor an identity endpoint says so without a word that is known above.
        "check whether a firewall, a proxy or a service mesh answered instead, and allow this process through it. \
         Otherwise compare the configured ids with those of the intended identity"
            .to_owned()
    } else {
        "compare the configured ids and secrets with those of the intended identity".to_owned()
    }
}

#[cfg(test)]
mod tests;
