//! The one HTTP client.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use reqwest::header::{CONTENT_ENCODING, DATE, HeaderMap, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Client, Method};

use super::dates::{parse_http_date, retry_after};
use super::dns::SystemResolver;
use super::failures::{CONNECT_LIMIT, cause, describe, look_at_way};
use super::pinning::{PinnedVerifier, Thumbprint};
use super::proxies::proxy;
use super::request::{Http, Request, Response, Route};
use super::tls::{self, provider};
use crate::error::{Code, Failure};
use crate::secret::Secret;
use crate::settings::TransportSettings;
use crate::system::Files;

/// A token response has 2–10 KB, with many groups 30 KB.
const BODY_LIMIT: usize = 256 * 1024;

/// The real [`Http`]: reqwest on rustls and ring.
pub struct Transport {
    files: Arc<dyn Files>,
    resolver: Arc<SystemResolver>,
    /// The clients of the newest settings, made when first needed.
    clients: Mutex<Clients>,
}

#[derive(Default)]
struct Clients {
    settings: TransportSettings,
    /// Plain http without a proxy: no roots to load, which makes a first token fast.
    plain: Option<Client>,
    direct: Option<Client>,
    proxied: Option<Client>,
    pinned: Option<Client>,
    pinned_to: Option<Thumbprint>,
}

impl Clients {
    fn slot(&mut self, request: &Request) -> &mut Option<Client> {
        match request.route {
            Route::Direct if request.url.scheme() == "http" => &mut self.plain,
            Route::Direct => &mut self.direct,
            Route::Proxied => &mut self.proxied,
            Route::Pinned(thumbprint) => {
                if self.pinned_to.replace(thumbprint) != Some(thumbprint) {
                    self.pinned = None;
                }
                &mut self.pinned
            }
        }
    }
}

impl Transport {
    /// A transport that reads CA files through `files`.
    pub fn new(files: Arc<dyn Files>) -> Self {
        Self { files, resolver: Arc::default(), clients: Mutex::default() }
    }

    async fn client(&self, settings: &TransportSettings, request: &Request) -> Result<Client, Failure> {
        {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            if clients.settings != *settings {
                *clients = Clients { settings: settings.clone(), ..Clients::default() };
            }
            if let Some(client) = clients.slot(request) {
                return Ok(client.clone());
            }
        }
        let client = self.build(settings, request).await?;
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.settings == *settings {
            *clients.slot(request) = Some(client.clone());
        }
        Ok(client)
    }

    async fn build(&self, settings: &TransportSettings, request: &Request) -> Result<Client, Failure> {
        let tls = match request.route {
            Route::Pinned(thumbprint) => {
                let provider = provider();
                tls::builder(provider.clone())?
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(PinnedVerifier::new(thumbprint, provider)))
            }
            _ if request.url.scheme() == "https" => tls::trusting(&*self.files, settings).await?,
            _ => tls::builder(provider())?.with_root_certificates(rustls::RootCertStore::empty()),
        }
        .with_no_client_auth();

        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("azure-openai-entra/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_LIMIT)
            .dns_resolver(self.resolver.clone())
            // Without this reqwest would read the proxy variables of the process by itself.
            .no_proxy()
            .https_only(matches!(request.route, Route::Pinned(_)))
            // One to an endpoint of this machine costs nothing to make; after a suspension a kept one would be silent,
            // and a silent IMDS is taken for none.
            .pool_max_idle_per_host(usize::from(request.route == Route::Proxied));
        if let (Route::Proxied, Some(proxy)) = (request.route, proxy(settings)?) {
            builder = builder.proxy(proxy);
        }
        builder
            .build()
            .map_err(|error| Failure::configuration(format!("the HTTP client cannot be set up: {}", cause(&error))))
    }
}

#[async_trait]
impl Http for Transport {
    async fn send(&self, settings: &TransportSettings, request: Request) -> Result<Response, Failure> {
        let (time_limit, host, route) = (request.time_limit, request.host(), request.route);
        match tokio::time::timeout(time_limit, self.exchange(settings, request)).await {
            Ok(response) => response,
            Err(_) => {
                let reason = format!("{host} did not answer within {} s", time_limit.as_secs_f32());
                Err(Failure::new(Code::Timeout, reason).with_next_step(look_at_way(settings, route)))
            }
        }
    }
}

impl Transport {
    async fn exchange(&self, settings: &TransportSettings, request: Request) -> Result<Response, Failure> {
        let client = self.client(settings, &request).await?;
        let (host, route) = (request.host(), request.route);
        let mut builder = match &request.form {
            Some(form) => client
                .request(Method::POST, request.url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form.expose().to_owned()),
            None => client.request(Method::GET, request.url.clone()),
        };
        builder = builder.headers(headers(&request)?);

        let mut response =
            builder.send().await.map_err(|error| describe(&host, look_at_way(settings, route), &error))?;
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let date = header(DATE).and_then(parse_http_date);
        let retry_after = retry_after(response.headers());
        let coding = header(CONTENT_ENCODING).filter(|coding| !coding.eq_ignore_ascii_case("identity"));
        if coding.is_some() {
            let reason = format!("{host} answered {status} with a compressed body despite Accept-Encoding: identity");
            let step = "turn off compression in the proxy or gateway before the endpoint";
            return Err(Failure::new(Code::Network, reason).with_next_step(step).status(status));
        }
        let www_authenticate = joined(response.headers().get_all(WWW_AUTHENTICATE));
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| describe(&host, look_at_way(settings, route), &error))?
        {
            if body.len() + chunk.len() > BODY_LIMIT {
                let reason = format!("{host} answered with more than {} KiB", BODY_LIMIT / 1024);
                let step = "check for a proxy or a wrong endpoint";
                return Err(Failure::new(Code::Network, reason).with_next_step(step).status(status));
            }
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(host, status, bytes = body.len(), "answer");
        let body = Secret::new(String::from_utf8_lossy(&body).into_owned());
        Ok(Response { status, date, retry_after, www_authenticate, body })
    }
}

/// The values of a header that may come several times; none where it does not come.
fn joined<'a>(values: impl IntoIterator<Item = &'a HeaderValue>) -> Option<String> {
    // A path in it can have letters beyond ASCII.
    let values: Vec<_> = values.into_iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn headers(request: &Request) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    headers.insert("accept", HeaderValue::from_static("application/json"));
    // Without it any coding would be welcome, RFC 9110 section 12.5.3.
    headers.insert("accept-encoding", HeaderValue::from_static("identity"));
    for (name, value) in &request.headers {
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
            Failure::configuration(format!("the value of the header {name} has characters that a header cannot hold"))
                .with_next_step("remove line breaks and control characters from the variable that holds the value")
        })?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}
