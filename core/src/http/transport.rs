//! The one HTTP client: its roots, proxies and limits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{CONTENT_ENCODING, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use reqwest::{Client, Method, NoProxy, Proxy};
use rustls::CertificateError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::Url;

use crate::error::{Code, Failure};
use crate::http::pinning::{PinnedVerifier, Thumbprint, WrongCertificate, certificate_error};
use crate::http::retry::{parse_http_date, parse_retry_after};
use crate::secret::Secret;
use crate::shown::{Form, shown};
use crate::system::{Files, Timestamp};

/// Entra ID and every identity endpoint accept within milliseconds; five seconds allow two lost SYN packets.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// The longest that one request may take from its first to its last byte.
pub const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// A token response has 2–10 KB, with many groups 30 KB.
const BODY_LIMIT: usize = 256 * 1024;
/// A file of CA certificates; the largest system bundles have 1 MB.
const ROOT_FILE_LIMIT: u64 = 8 * 1024 * 1024;

/// Sends requests.
#[async_trait]
pub trait Http: Send + Sync {
    /// One request, one answer: no redirect is followed, nothing is sent twice.
    ///
    /// # Errors
    /// `Network`, `Timeout`, or `Configuration` where the proxy is not a URL. The reason names the host, never
    /// a header or body.
    async fn send(&self, settings: &TransportSettings, request: Request) -> Result<Response, Failure>;
}

/// Which way a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To Entra ID, through a proxy where one is set.
    Proxied,
    /// To an identity endpoint of this machine: never through a proxy, for the header is a secret.
    Direct,
    /// The same, over TLS alone, with a server that is known by its certificate instead of by who signed that.
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

    /// Host and port, for messages: a path can hold what nobody should see.
    pub fn host(&self) -> String {
        host(&self.url)
    }
}

fn host(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => shown(Form::Host, &format!("{host}:{port}")),
        (Some(host), None) => shown(Form::Host, host),
        (None, _) => url.scheme().to_owned(),
    }
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
    /// How long the endpoint asks to wait.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        // A date is by the endpoint's clock.
        parse_retry_after(self.retry_after.as_deref()?, self.date.unwrap_or(now))
    }
}

/// Roots and proxies; clients are kept while these stay the same.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct TransportSettings {
    /// The variable that names the proxy, and its value. Never logged: it can hold a password.
    pub proxy: Option<(&'static str, String)>,
    /// `NO_PROXY`: host names and suffixes, addresses and CIDR blocks, separated by commas.
    pub no_proxy: Option<String>,
    /// Variables that name files of further CA certificates, and their values.
    pub root_files: Vec<(&'static str, String)>,
}

/// The real [`Http`]: reqwest on rustls and ring.
pub struct Transport {
    files: Arc<dyn Files>,
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
        Self { files, clients: Mutex::default() }
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
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::configuration(format!("TLS cannot be set up: {error}")))?;
        let tls = match request.route {
            Route::Pinned(thumbprint) => {
                tls.dangerous().with_custom_certificate_verifier(Arc::new(PinnedVerifier::new(thumbprint, provider)))
            }
            _ if request.url.scheme() == "https" => tls.with_root_certificates(self.roots(settings).await),
            _ => tls.with_root_certificates(rustls::RootCertStore::empty()),
        }
        .with_no_client_auth();

        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("azure-openai-entra/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_LIMIT)
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

    /// Mozilla's roots, the system's, and those of the files that the environment names.
    async fn roots(&self, settings: &TransportSettings) -> rustls::RootCertStore {
        let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let system = tokio::task::spawn_blocking(system_roots).await.unwrap_or_default();
        let (added, ignored) = roots.add_parsable_certificates(system);
        tracing::debug!(added, ignored, "system CA certificates");

        for (name, path) in &settings.root_files {
            let read = self.files.read(path, ROOT_FILE_LIMIT).await.map_err(|error| error.to_string());
            let parsed = read.and_then(|pem| {
                let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
                certificates.map_err(|error| error.to_string())
            });
            match parsed {
                Ok(certificates) => {
                    let (added, ignored) = roots.add_parsable_certificates(certificates);
                    tracing::debug!(variable = name, added, ignored, "CA certificates of a file");
                }
                // As Node does with NODE_EXTRA_CA_CERTS: say so, and go on with the other roots.
                Err(error) => tracing::warn!(
                    variable = name,
                    path = shown(Form::Path, path),
                    error,
                    "CA certificates could not be read"
                ),
            }
        }
        roots
    }
}

/// On Unix the usual bundles, without the variables that would be read from the environment of the process;
/// elsewhere the system's certificate store.
fn system_roots() -> Vec<CertificateDer<'static>> {
    #[cfg(all(unix, not(target_vendor = "apple")))]
    {
        const BUNDLES: [&str; 5] = [
            "/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Alpine, Arch
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
            "/etc/pki/tls/certs/ca-bundle.crt",                  // Amazon Linux, older RHEL
            "/etc/ssl/ca-bundle.pem",                            // SUSE
            "/etc/ssl/cert.pem",                                 // Alpine without ca-certificates, BSD
        ];
        let bundle = BUNDLES.iter().map(std::path::Path::new).find(|path| path.exists());
        rustls_native_certs::load_certs_from_paths(bundle, None).certs
    }
    #[cfg(not(all(unix, not(target_vendor = "apple"))))]
    rustls_native_certs::load_native_certs().certs
}

pub(crate) fn proxy(settings: &TransportSettings) -> Result<Option<Proxy>, Failure> {
    let Some((name, address)) = &settings.proxy else { return Ok(None) };
    // A bare host:port is what many proxies are given as.
    let address = if address.contains("://") { address.clone() } else { format!("http://{address}") };
    // The address is left out: it can hold a password.
    let unusable = |what: &str| {
        Failure::configuration(format!("{name} is not the URL of {what}"))
            .next(format!("set {name} to an address such as http://proxy.example:3128, or unset it"))
    };
    let url = Url::parse(&address).map_err(|_| unusable("a proxy"))?;
    // reqwest would go around a proxy of another kind, or speak HTTP to it.
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unusable("an HTTP proxy, which is the one kind that is supported"));
    }
    let proxy = Proxy::all(url).map_err(|_| unusable("a proxy"))?;
    Ok(Some(proxy.no_proxy(settings.no_proxy.as_deref().and_then(NoProxy::from_string))))
}

#[async_trait]
impl Http for Transport {
    async fn send(&self, settings: &TransportSettings, request: Request) -> Result<Response, Failure> {
        let (time_limit, host, route) = (request.time_limit, request.host(), request.route);
        match tokio::time::timeout(time_limit, self.exchange(settings, request)).await {
            Ok(response) => response,
            Err(_) => {
                let reason = format!("{host} did not answer within {} s", time_limit.as_secs_f32());
                Err(Failure::new(Code::Timeout, reason).next(look_at_way(settings, route)))
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
            let reason = format!("{host} answered {status} with a compressed body, which was not asked for");
            let step = "look for a proxy or a gateway in between that compresses what it hands on";
            return Err(Failure::new(Code::Network, reason).next(step).status(status));
        }
        let www_authenticate = joined(response.headers().get_all(WWW_AUTHENTICATE));
        let mut body = Vec::new();
        while let Some(chunk) =
            response.chunk().await.map_err(|error| describe(&host, look_at_way(settings, route), &error))?
        {
            if body.len() + chunk.len() > BODY_LIMIT {
                let reason = format!("{host} answered with more than {} KiB", BODY_LIMIT / 1024);
                let step = "look for a proxy or a wrong endpoint in between";
                return Err(Failure::new(Code::Network, reason).next(step).status(status));
            }
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(host, status, bytes = body.len(), "answer");
        let body = Secret::new(String::from_utf8_lossy(&body).into_owned());
        Ok(Response { status, date, retry_after, www_authenticate, body })
    }
}

/// Azure's services have names of their own for milliseconds, which say more than the seconds beside them.
fn retry_after(headers: &HeaderMap) -> Option<String> {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let in_millis =
        [const { HeaderName::from_static("retry-after-ms") }, const { HeaderName::from_static("x-ms-retry-after-ms") }]
            .iter()
            .find_map(|name| header(name)?.trim().parse::<u64>().ok());
    match in_millis {
        Some(millis) => Some(format!("{}.{:03}", millis / 1000, millis % 1000)),
        None => header(&RETRY_AFTER).map(str::to_owned),
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
            Failure::configuration(format!("the value for the header {name} has characters that no header may have"))
                .next("look for a line break or a control character in the variable it comes from")
        })?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// What to do where a host cannot be reached that way.
fn look_at_way(settings: &TransportSettings, route: Route) -> String {
    match (route, &settings.proxy) {
        (Route::Proxied, Some((name, _))) => {
            let without = if settings.no_proxy.is_some() {
                "where NO_PROXY has the host, look at the network and the firewall in between"
            } else {
                "with the host in NO_PROXY it is reached without"
            };
            format!("look at the proxy that {name} names: whether it is up, and lets this host through; {without}")
        }
        (Route::Proxied, None) => {
            "look at the network and the firewall between this machine and it; where a proxy is the \
                                   only way, set HTTPS_PROXY"
                .to_owned()
        }
        (Route::Direct | Route::Pinned(_), _) => {
            "look at the network and the firewall between this process and it: no proxy is used for it".to_owned()
        }
    }
}

/// What to do where the host showed a certificate that does not count.
fn look_at_certificate(wrong: &CertificateError) -> &'static str {
    match wrong {
        CertificateError::UnknownIssuer => {
            "name a PEM file with the CA that signed its certificate in NODE_EXTRA_CA_CERTS; a proxy that looks into TLS \
             signs with a CA of its own"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "compare this machine's clock with the dates of the certificate"
        }
        _ => "see whether something else answers in its place, such as a proxy or a sign-in page",
    }
}

/// What went wrong, without the URL.
fn describe(host: &str, look_at_way: String, error: &reqwest::Error) -> Failure {
    if let Some(wrong) = WrongCertificate::find(error) {
        // Not a matter of the network: another try would meet the same server.
        return Failure::configuration(format!("{host} is not the server that it should be: {wrong}")).next(
            "compare IDENTITY_SERVER_THUMBPRINT with the certificate; where it was renewed, restart the service",
        );
    }
    let cause = cause(error);
    if error.is_timeout() {
        let reason = format!("{host} could not be connected to within {} s", CONNECT_LIMIT.as_secs());
        return Failure::new(Code::Timeout, reason).next(look_at_way);
    }
    if let Some(wrong) = certificate_error(error) {
        let reason = format!("{host} could not be connected to: {cause}");
        return Failure::new(Code::Network, reason).next(look_at_certificate(wrong));
    }
    let what = if error.is_connect() { "could not be connected to" } else { "broke the exchange off" };
    Failure::new(Code::Network, format!("{host} {what}: {cause}")).next(look_at_way)
}

/// The innermost error: the others repeat it, and the outermost shows the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
