//! Connections to the one upstream: TLS, through a proxy if the environment names one.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use azure_openai_entra_core::error::{Code, Failure};
use azure_openai_entra_core::http::dns::SystemResolver;
use azure_openai_entra_core::http::failures::{CONNECT_LIMIT, has_no_address, look_at_name, look_at_way, through};
use azure_openai_entra_core::http::request::Route;
use azure_openai_entra_core::http::tls_failure::tls_failure;
use azure_openai_entra_core::http::{proxies, tls};
use azure_openai_entra_core::secret::Secret;
use azure_openai_entra_core::settings::{Settings, TransportSettings};
use azure_openai_entra_core::shown::{Form, shown};
use azure_openai_entra_core::system::Files;
use http::header::TRANSFER_ENCODING;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::body::Upload;
use crate::headers::words;
use crate::interim::{Flood, Interim, MOST};
use crate::stream::{Stream, tune_upload};

/// An idle connection is closed before a load balancer forgets it.
const IDLE: Duration = Duration::from_secs(60);
const MOST_IDLE: usize = 64;
/// The longest answer of a proxy to CONNECT.
const PROXY_ANSWER_LIMIT: usize = 8 * 1024;

/// The upstream.
pub struct Upstream {
    client: Client<Connector, Upload>,
    authority: Authority,
    host: HeaderValue,
    way: Arc<Way>,
    /// What no failure may tell, such as a password that the parser of addresses takes for a host.
    secrets: Vec<Secret>,
}

impl Upstream {
    /// The upstream at `url`, an https address without a path.
    ///
    /// # Errors
    /// If the address, the proxy or the CA certificates cannot be used.
    pub async fn new(url: &Url, settings: &Settings, files: &dyn Files) -> Result<Self, Failure> {
        let secrets = settings.secrets();
        Failure::scrubbing(secrets.clone(), Self::at(url, &settings.network.transport, files, secrets)).await
    }

    async fn at(
        url: &Url,
        settings: &TransportSettings,
        files: &dyn Files,
        secrets: Vec<Secret>,
    ) -> Result<Self, Failure> {
        let host = url.host_str().ok_or_else(no_host)?;
        let port = url.port_or_known_default().unwrap_or(443);
        let text = if url.port().is_some() { format!("{host}:{port}") } else { host.to_owned() };
        let authority: Authority = text.parse().map_err(|_| no_host())?;
        let header = HeaderValue::from_str(&text).map_err(|_| no_host())?;
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(bare.clone()).map_err(|_| no_host())?;
        let tls = TlsConnector::from(Arc::new(tls::client_config(files, settings).await?));
        let address = proxies::address(settings)?;
        let proxy = match &address {
            Some(proxy) => chosen_proxy(proxy, settings, &text)?,
            None => None,
        };
        let taken = address.as_ref().filter(|_| proxy.is_some());
        let told = shown(Form::Host, &text);
        let way = Arc::new(Way {
            target: Target { host: bare, port },
            through: through(&told, taken),
            look_at_name: look_at_name(settings, taken),
            look_at_way: look_at_way(settings, Route::Proxied),
            shown: told,
            name,
            tls,
            proxy,
            resolver: SystemResolver::default(),
        });
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MOST_IDLE)
            .set_host(false)
            .build(Connector(way.clone()));
        Ok(Self { client, authority, host: header, way, secrets })
    }

    /// The value of the Host header.
    pub fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// The host, with its port if that is not 443, as messages tell it.
    pub fn shown(&self) -> &str {
        &self.way.shown
    }

    /// Sends a request whose target is a path. A pooled connection that turns out to be dead before a byte was sent is
    /// replaced by another; nothing else is sent twice.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn send(&self, request: Request<Upload>, interim: &Arc<Interim>) -> Result<Response<Incoming>, Failure> {
        match self.try_send(request, interim).await {
            Ok(response) => Ok(response),
            Err(failure) => Failure::scrubbing(self.secrets.clone(), async { Err(failure) }).await,
        }
    }

    async fn try_send(
        &self,
        mut request: Request<Upload>,
        interim: &Arc<Interim>,
    ) -> Result<Response<Incoming>, Failure> {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.authority.clone());
        *request.uri_mut() = Uri::from_parts(parts).map_err(|error| {
            Failure::configuration(format!("the request's target is not a URI: {error}"))
                .with_next_step("send a path and a query as RFC 3986 defines them")
        })?;
        interim.follow(&mut request);
        match interim.until(self.client.request(request)).await {
            Ok(Ok(answer)) if has_other_coding(answer.headers()) => Err(self.of_coding()),
            Ok(answer) => answer.map_err(|error| self.describe(&error)),
            Err(Flood) => Err(self.failure(&format!("sent more than {MOST} interim responses"))),
        }
    }

    fn failure(&self, what: &str) -> Failure {
        Failure::new(Code::Network, format!("{} {what}", self.way.shown)).with_next_step(self.way.look_at_way.clone())
    }

    fn of_coding(&self) -> Failure {
        Failure::new(Code::Network, format!("{} answered with a transfer coding other than chunked", self.way.shown))
            .with_next_step(
                "set --upstream to Azure OpenAI itself, or to a gateway whose answers have a Content-Length or are chunked",
            )
    }

    fn describe(&self, error: &hyper_util::client::legacy::Error) -> Failure {
        let first: &(dyn std::error::Error + 'static) = error;
        let causes = || std::iter::successors(Some(first), |cause| cause.source());
        if let Some(failure) = causes().find_map(|cause| cause.downcast_ref::<NotConnected>()) {
            return failure.0.clone();
        }
        let innermost = causes().last().map_or_else(String::new, ToString::to_string);
        self.failure(&format!("broke off the connection: {innermost}"))
    }
}

/// Whether an answer has a transfer coding that hyper does not take off. No request asks for one.
fn has_other_coding(answer: &HeaderMap) -> bool {
    let codings: Vec<_> = words(answer, &TRANSFER_ENCODING).collect();
    let is_chunked = matches!(codings.as_slice(), [coding] if coding.eq_ignore_ascii_case(b"chunked"));
    answer.contains_key(TRANSFER_ENCODING) && !is_chunked
}

fn no_host() -> Failure {
    Failure::configuration("--upstream has no host")
        .with_next_step("set it to an address such as https://my-resource.openai.azure.com")
}

/// The proxy that requests to `host` take; none if `NO_PROXY` names it.
fn chosen_proxy(proxy: &Url, settings: &TransportSettings, host: &str) -> Result<Option<Proxy>, Failure> {
    let target: Uri = format!("https://{host}/").parse().map_err(|_| no_host())?;
    let matcher =
        Matcher::builder().all(proxy.as_str().to_owned()).no(settings.no_proxy.clone().unwrap_or_default()).build();
    let Some(intercept) = matcher.intercept(&target) else { return Ok(None) };
    let host = proxy.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let is_tls = proxy.scheme() == "https";
    let port = proxy.port_or_known_default().unwrap_or(80);
    Ok(Some(Proxy { target: Target { host, port }, is_tls, authorization: intercept.basic_auth().cloned() }))
}

struct Target {
    host: String,
    port: u16,
}

struct Proxy {
    target: Target,
    is_tls: bool,
    authorization: Option<HeaderValue>,
}

/// How a connection is made.
struct Way {
    target: Target,
    shown: String,
    /// The same, with the proxy.
    through: String,
    name: ServerName<'static>,
    tls: TlsConnector,
    proxy: Option<Proxy>,
    resolver: SystemResolver,
    look_at_way: String,
    look_at_name: Option<String>,
}

impl Way {
    async fn connect(&self) -> Result<Box<dyn Stream>, NotConnected> {
        match tokio::time::timeout(CONNECT_LIMIT, self.attempt()).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(NotConnected(self.describe(&error))),
            Err(_) => {
                let reason = format!("connecting to {} timed out after {} s", self.through, CONNECT_LIMIT.as_secs());
                Err(NotConnected(Failure::new(Code::Timeout, reason).with_next_step(self.look_at_way.clone())))
            }
        }
    }

    async fn attempt(&self) -> io::Result<Box<dyn Stream>> {
        let stream: Box<dyn Stream> = match &self.proxy {
            None => Box::new(self.dial(&self.target).await?),
            Some(proxy) => self.through(proxy).await?,
        };
        Ok(Box::new(self.tls.connect(self.name.clone(), stream).await?))
    }

    async fn through(&self, proxy: &Proxy) -> io::Result<Box<dyn Stream>> {
        let dialled = self.dial(&proxy.target).await?;
        let mut stream: Box<dyn Stream> = if proxy.is_tls {
            let name = ServerName::try_from(proxy.target.host.clone()).map_err(io::Error::other)?;
            Box::new(self.tls.connect(name, dialled).await?)
        } else {
            Box::new(dialled)
        };
        let Target { host, port } = &self.target;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
        if let Some(authorization) = &proxy.authorization {
            request.extend_from_slice(b"Proxy-Authorization: ");
            request.extend_from_slice(authorization.as_bytes());
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        stream.write_all(&request).await?;
        let mut answer = Vec::new();
        // Byte by byte: what follows the head is the upstream's.
        while !answer.ends_with(b"\r\n\r\n") {
            if answer.len() > PROXY_ANSWER_LIMIT {
                return Err(io::Error::other("the proxy's answer to CONNECT is too long"));
            }
            answer.push(stream.read_u8().await?);
        }
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.split(' ').nth(1).unwrap_or_default();
        if !answer.starts_with("HTTP/1.") || !status.starts_with('2') {
            let status: String = status.chars().filter(char::is_ascii_digit).take(3).collect();
            return Err(io::Error::other(format!("the proxy refused CONNECT with status {status}")));
        }
        Ok(stream)
    }

    async fn dial(&self, target: &Target) -> io::Result<TcpStream> {
        let addresses = self.resolver.lookup(target.host.clone(), target.port).await?;
        let each = CONNECT_LIMIT / u32::try_from(addresses.len().max(1)).unwrap_or(1);
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
        for address in addresses {
            match tokio::time::timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    tune_upload(&stream)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => failed = error,
                Err(_) => failed = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(failed)
    }

    fn describe(&self, error: &io::Error) -> Failure {
        let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        let (reason, step) = match tls {
            Some(error) => tls_failure(&self.shown, error, &[]),
            None => {
                let at_name = self.look_at_name.clone().filter(|_| has_no_address(error));
                let step = at_name.unwrap_or_else(|| self.look_at_way.clone());
                (format!("connecting to {} failed: {error}", self.through), step)
            }
        };
        Failure::new(Code::Network, reason).with_next_step(step)
    }
}

/// A failure on its way through the client.
#[derive(Debug)]
struct NotConnected(Failure);

impl std::fmt::Display for NotConnected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.reason)
    }
}

impl std::error::Error for NotConnected {}

#[derive(Clone)]
struct Connector(Arc<Way>);

impl tower_service::Service<Uri> for Connector {
    type Response = Link;
    type Error = NotConnected;
    type Future = Pin<Box<dyn Future<Output = Result<Link, NotConnected>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NotConnected>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let way = self.0.clone();
        Box::pin(async move { Ok(Link(TokioIo::new(way.connect().await?))) })
    }
}

/// An open connection.
struct Link(TokioIo<Box<dyn Stream>>);

impl Connection for Link {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Link {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Link {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }
}
