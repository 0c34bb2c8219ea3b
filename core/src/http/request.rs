//! What is sent and what comes back.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_ENCODING, DATE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use url::Url;

use super::pinning::Thumbprint;
use super::retry_after::{self, parse_http_date, parse_retry_after};
use crate::error::{Code, Failure};
use crate::secret::{Secret, scrub};
use crate::settings::TransportSettings;
use crate::shown::{Form, IN_DOUBT, has_doubtful_host, shown};
use crate::system::Timestamp;

/// A token response has 2–10 KB, with many groups 30 KB.
pub const BODY_LIMIT: usize = 256 * 1024;

/// The longest that one request may take from its first to its last byte.
pub const REQUEST_LIMIT: Duration = Duration::from_secs(25);

/// Sends requests.
#[async_trait]
pub trait Http: Send + Sync {
    /// One request, one answer: no redirect is followed, nothing is sent twice.
    ///
    /// # Errors
    /// `Network`, `Timeout`, or `Configuration` if the proxy is not a URL. The reason names the host, never
    /// a header or body.
    async fn send(&self, settings: &TransportSettings, request: Request) -> Result<Response, Failure>;
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To Entra ID, through a proxy if one is set.
    Proxied,
    /// To an identity endpoint of this machine: never through a proxy, because the header is a secret.
    Direct,
    /// The same, only over TLS, with a server that is known by its certificate instead of by its issuer.
    Pinned(Thumbprint),
}

/// A request to an identity endpoint.
#[derive(Clone)]
pub struct Request {
    /// GET without a body, POST with one.
    pub url: Url,
    /// Which way it goes.
    pub route: Route,
    /// Header names and values.
    pub headers: Vec<(&'static str, Secret)>,
    /// A form, `application/x-www-form-urlencoded`.
    pub form: Option<Secret>,
    /// The most it may take.
    pub time_limit: Duration,
}

impl Request {
    /// A GET to an endpoint of this machine.
    pub fn get(url: Url) -> Self {
        Self { url, route: Route::Direct, headers: Vec::new(), form: None, time_limit: REQUEST_LIMIT }
    }

    /// A POST of a form to Entra ID.
    pub fn post(url: Url, form: Secret) -> Self {
        Self { url, route: Route::Proxied, headers: Vec::new(), form: Some(form), time_limit: REQUEST_LIMIT }
    }

    /// The same, with a header.
    pub fn header(mut self, name: &'static str, value: Secret) -> Self {
        self.headers.push((name, value));
        self
    }

    /// GET without a form, POST with one.
    pub fn method(&self) -> &'static str {
        if self.form.is_some() { "POST" } else { "GET" }
    }

    /// Host and port, for messages: a path can hold secrets.
    pub fn host(&self) -> String {
        host(&self.url)
    }

    /// What a library says of it, with the host as messages tell it.
    pub fn said(&self, said: &str) -> String {
        let (host, told) = (self.url.host_str().unwrap_or_default(), self.host());
        if host.is_empty() || told.contains(host) { said.to_owned() } else { said.replace(host, &told) }
    }
}

/// Host and port of an address, for messages.
pub(super) fn host(url: &Url) -> String {
    let host = match (url.host_str(), url.port()) {
        _ if has_doubtful_host(url) => IN_DOUBT.to_owned(),
        (Some(host), Some(port)) => shown(Form::Host, &format!("{host}:{port}")),
        (Some(host), None) => shown(Form::Host, host),
        (None, _) => "an address without a host".to_owned(),
    };
    // A setting is a part of some hosts.
    scrub(&host)
}

/// An answer, whole.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `Date`: the endpoint's clock when it answered.
    pub date: Option<Timestamp>,
    /// `Retry-After` as it came, or in seconds what comes in milliseconds.
    pub retry_after: Option<String>,
    /// `WWW-Authenticate`, as it came; several are joined by commas.
    pub www_authenticate: Option<String>,
    /// The body, at most 256 KiB. A token may be in it: for parsers, not for logs.
    pub body: Secret,
}

impl Response {
    /// The response of `host` with these headers, before its body.
    ///
    /// # Errors
    /// `Network` if the body that follows is compressed.
    pub(crate) fn head(host: &str, status: u16, headers: &HeaderMap) -> Result<Self, Failure> {
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if header(CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
            let reason = format!("{host} answered {status} with a compressed body despite Accept-Encoding: identity");
            let step = "turn off compression in the proxy or gateway before the endpoint";
            return Err(Failure::new(Code::Network, reason).with_next_step(step).status(status));
        }
        Ok(Self {
            status,
            date: header(DATE).and_then(parse_http_date),
            retry_after: retry_after::in_headers(headers),
            www_authenticate: joined(headers.get_all(WWW_AUTHENTICATE)),
            body: Secret::new(""),
        })
    }

    /// The same with its body.
    ///
    /// # Errors
    /// `Network` if the body is longer than [`BODY_LIMIT`].
    pub(crate) fn with_body(self, host: &str, body: &[u8]) -> Result<Self, Failure> {
        if body.len() > BODY_LIMIT {
            let reason = format!("{host} answered with more than {} KiB", BODY_LIMIT / 1024);
            let step = "check for a proxy or a wrong endpoint";
            return Err(Failure::new(Code::Network, reason).with_next_step(step).status(self.status));
        }
        tracing::debug!(host, status = self.status, bytes = body.len(), "answer");
        Ok(Self { body: Secret::new(String::from_utf8_lossy(body)), ..self })
    }

    /// How long the endpoint asks to wait.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        // A date is by the endpoint's clock.
        parse_retry_after(self.retry_after.as_deref()?, self.date.unwrap_or(now))
    }
}

/// The values of a header that may come several times; none if it does not come.
fn joined<'a>(values: impl IntoIterator<Item = &'a HeaderValue>) -> Option<String> {
    // A path in it can have letters beyond ASCII.
    let values: Vec<_> = values.into_iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
