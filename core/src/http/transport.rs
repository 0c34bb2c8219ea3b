//! The one HTTP client.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, Method};
use url::{Position, Url};

use super::dns::{HostOf, SystemResolver};
use super::failures::{CONNECT_LIMIT, cause, describe, look_at_way, proxy_of, through};
use super::pinning::{PinnedVerifier, Thumbprint, tls_error};
use super::proxies::proxy;
use super::request::{BODY_LIMIT, Http, Request, Response, Route};
use super::roots::ca_faults;
use super::tls::{self, provider};
use crate::error::{Code, Failure};
use crate::settings::TransportSettings;
use crate::system::Files;

/// The real [`Http`]: reqwest on rustls and ring.
pub struct Transport {
    files: Arc<dyn Files>,
    resolver: Arc<SystemResolver>,
    /// The clients of the newest settings, made when first needed; the newest last.
    clients: Mutex<Vec<Clients>>,
}

/// A process has one set of variables, and few credentials with options of their own.
const MOST_CLIENTS: usize = 8;

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
        // A client does not depend on what a request says of itself.
        let settings = &TransportSettings { user_agent_prefix: None, ..settings.clone() };
        if let Some(client) = newest(&mut self.clients(), settings).slot(request) {
            return Ok(client.clone());
        }
        let client = self.build(settings, request).await?;
        *newest(&mut self.clients(), settings).slot(request) = Some(client.clone());
        Ok(client)
    }

    fn clients(&self) -> MutexGuard<'_, Vec<Clients>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
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
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_LIMIT)
            // Without this reqwest would read the proxy variables of the process by itself.
            .no_proxy()
            .https_only(matches!(request.route, Route::Pinned(_)))
            // One to an endpoint of this machine costs nothing to make; after a suspension a kept one would be silent,
            // and a silent IMDS is taken for none.
            .pool_max_idle_per_host(usize::from(request.route == Route::Proxied));
        builder = match &settings.server {
            Some(server) if server.name.is_some() => {
                builder.dns_resolver(Arc::new(HostOf { resolver: self.resolver.clone(), host: server.host.clone() }))
            }
            _ => builder.dns_resolver(self.resolver.clone()),
        };
        if let (Route::Proxied, Some(proxy)) = (request.route, proxy(settings)?) {
            builder = builder.proxy(proxy);
        }
        builder
            .build()
            .map_err(|error| Failure::configuration(format!("the HTTP client cannot be set up: {}", cause(&error))))
    }
}

/// The clients of `settings`, which become the newest.
fn newest<'a>(all: &'a mut Vec<Clients>, settings: &TransportSettings) -> &'a mut Clients {
    let found = all.iter().position(|clients| clients.settings == *settings);
    let clients =
        found.map_or_else(|| Clients { settings: settings.clone(), ..Clients::default() }, |place| all.remove(place));
    if all.len() >= MOST_CLIENTS {
        all.remove(0);
    }
    all.push(clients);
    let last = all.len() - 1;
    &mut all[last]
}

#[async_trait]
impl Http for Transport {
    async fn send(&self, settings: &TransportSettings, request: Request) -> Result<Response, Failure> {
        let time_limit = request.time_limit;
        match tokio::time::timeout(time_limit, self.exchange(settings, &request)).await {
            Ok(response) => response,
            Err(_) => {
                let way = through(&request.host(), proxy_of(settings, &request).as_ref());
                let reason = format!("{way} did not answer within {} s", time_limit.as_secs_f32());
                Err(Failure::new(Code::Timeout, reason).with_next_step(look_at_way(settings, request.route)))
            }
        }
    }
}

impl Transport {
    async fn failure(&self, settings: &TransportSettings, request: &Request, error: &reqwest::Error) -> Failure {
        // Read again: what a client was built without is of no use to the requests that succeed.
        let faults = match tls_error(error) {
            Some(_) => ca_faults(&*self.files, settings).await.unwrap_or_default(),
            None => Vec::new(),
        };
        describe(settings, request, error, &faults)
    }

    async fn exchange(&self, settings: &TransportSettings, request: &Request) -> Result<Response, Failure> {
        let client = self.client(settings, request).await?;
        let host = request.host();
        let url = by_name(settings, &request.url)?;
        let mut builder = match &request.form {
            Some(form) => client.request(Method::POST, url).body(form.expose().to_owned()),
            None => client.request(Method::GET, url),
        };
        builder = builder.headers(headers(settings, request)?);

        let mut response = match builder.send().await {
            Ok(response) => response,
            Err(error) => return Err(self.failure(settings, request, &error).await),
        };
        let status = response.status().as_u16();
        let head = Response::head(&host, status, response.headers())?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| describe(settings, request, &error, &[]))? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_LIMIT {
                break;
            }
        }
        head.with_body(&host, &body)
    }
}

/// The address that the HTTP client is handed: TLS takes the server's name from it.
fn by_name(settings: &TransportSettings, url: &Url) -> Result<Url, Failure> {
    let mut url = url.clone();
    if let Some(name) = settings.server.as_ref().and_then(|server| server.name.as_deref()) {
        url.set_host(Some(name)).map_err(|_| {
            Failure::configuration("the server's name in TLS is no host name")
                .with_next_step("leave AZURE_KUBERNETES_SNI_NAME as AKS's webhook sets it")
        })?;
    }
    Ok(url)
}

/// What this process calls itself.
fn user_agent(settings: &TransportSettings) -> String {
    let own = concat!("azure-openai-entra/", env!("CARGO_PKG_VERSION"));
    settings.user_agent_prefix.as_ref().map_or_else(|| own.to_owned(), |prefix| format!("{prefix} {own}"))
}

/// What is sent with `request`, by whichever transport.
///
/// # Errors
/// `Configuration` if a header cannot hold the value of a setting.
pub(crate) fn headers(settings: &TransportSettings, request: &Request) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    let agent = HeaderValue::from_str(&user_agent(settings)).map_err(|_| {
        Failure::configuration("userAgentPrefix has characters that a header cannot hold")
            .with_next_step("remove line breaks and control characters from userAgentOptions.userAgentPrefix")
    })?;
    headers.insert(USER_AGENT, agent);
    if settings.server.is_some()
        && let Ok(host) = HeaderValue::from_str(&request.url[Position::BeforeHost..Position::AfterPort])
    {
        headers.insert(HOST, host);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    // Without it any coding would be welcome, RFC 9110 section 12.5.3.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if request.form.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    }
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
