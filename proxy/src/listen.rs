//! Listeners, and what becomes of the connections that they accept.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use azure_openai_entra_core::error::Failure;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::AsyncWrite;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::address::Address;
use crate::answer::Refusal;
use crate::client::{Client, Held};
use crate::drain::Phase;
use crate::forward;
use crate::framing::HEAD_LIMIT;
use crate::guarded::Guarded;
use crate::places::Places;
use crate::proxy::Proxy;
use crate::reloaded::Reloaded;
use crate::shared::Shared;
use crate::stream::{Stream, tune};

/// How many connections there can be at a time.
pub const MOST_CONNECTIONS: usize = 1024;
/// Of these by clients without a key that send requests of HTTP/2: each can have the proxy hold 0.5 MiB of heads and answers.
const MOST_OF_HTTP2: usize = 128;
/// Of a client on another continent: a round trip to a key.
const GRACE: Duration = Duration::from_secs(1);
/// The requests at a time of one connection of HTTP/2.
const MOST_STREAMS: u32 = 128;
/// After a failure to accept, such as for too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// hyper's own limit on a head is never met, because [`crate::framing`] has the lower one.
const HYPER_BUFFER: usize = 2 * HEAD_LIMIT;

/// An open listener.
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket.
    #[cfg(unix)]
    Unix(crate::unix_socket::UnixSocket),
}

impl Listener {
    /// Opens a listener.
    ///
    /// # Errors
    /// If the address is taken or cannot be used.
    pub async fn bind(address: &Address) -> Result<Self, Failure> {
        let failure = |error: io::Error| {
            Failure::configuration(format!("listening on {address} failed: {error}"))
                .with_next_step("choose another address, or stop the process that listens there")
        };
        match address {
            Address::Tcp(address) => TcpListener::bind(address).await.map(Self::Tcp).map_err(failure),
            #[cfg(unix)]
            Address::Unix(path) => crate::unix_socket::UnixSocket::bind(path).map(Self::Unix).map_err(failure),
            #[cfg(not(unix))]
            Address::Unix(_) => Err(failure(io::ErrorKind::Unsupported.into())),
        }
    }

    /// The address that it has; the port is the real one.
    pub fn address(&self, asked: &Address) -> Address {
        match self {
            Self::Tcp(listener) => listener.local_addr().map_or_else(|_| asked.clone(), Address::Tcp),
            #[cfg(unix)]
            Self::Unix(_) => asked.clone(),
        }
    }

    /// The next connection, and the address that its client connected to.
    ///
    /// # Errors
    /// The system's.
    pub async fn accept(&self) -> io::Result<(Box<dyn Stream>, Option<SocketAddr>)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                tune(&stream)?;
                let local = stream.local_addr()?;
                Ok((Box::new(stream), Some(local)))
            }
            #[cfg(unix)]
            Self::Unix(listener) => Ok((Box::new(listener.accept().await?), None)),
        }
    }
}

/// TLS of the listener; none if it has none.
pub type Tls = Option<Arc<Reloaded<Arc<ServerConfig>>>>;

/// Serves the clients of `listener` until the proxy ends.
pub async fn serve(proxy: Arc<Proxy>, listener: Listener, tls: Tls, most: usize) {
    let places = Places::new(most, MOST_OF_HTTP2, GRACE);
    loop {
        let accepted = tokio::select! {
            biased;
            () = proxy.drain.reached(Phase::Draining) => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, local) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("Accepting a connection failed: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(place) = places.enter() else {
            turn_away(stream, tls.is_some()).await;
            continue;
        };
        let held = Arc::new(Held::new(proxy.metrics.clone(), place, proxy.drain.open()));
        let (proxy, tls) = (proxy.clone(), tls.clone());
        tokio::spawn(async move {
            tokio::select! {
                biased;
                () = connection(proxy.clone(), stream, local, tls, held.clone()) => {}
                () = held.lost(&proxy) => tracing::debug!("a connection without a valid local key was ended"),
            }
        });
    }
}

/// Tells a client that there are too many, as far as its socket takes that at once.
async fn turn_away(mut stream: Box<dyn Stream>, is_tls: bool) {
    if is_tls {
        return;
    }
    let answer = Refusal::TooManyConnections.answer("The proxy is at its limit of connections. Retry later.");
    let mut text = String::from("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n");
    for (name, value) in answer.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap_or_default()));
    }
    text.push_str(&format!(
        "content-length: {}\r\n\r\n{}",
        answer.body().len(),
        String::from_utf8_lossy(answer.body())
    ));
    let _ = poll_fn(|cx| Poll::Ready(Pin::new(&mut stream).poll_write(cx, text.as_bytes()))).await;
    let _ = poll_fn(|cx| Poll::Ready(Pin::new(&mut stream).poll_shutdown(cx))).await;
}

async fn connection(proxy: Arc<Proxy>, stream: Box<dyn Stream>, local: Option<SocketAddr>, tls: Tls, held: Arc<Held>) {
    let stream = match tls {
        None => stream,
        Some(config) => {
            let accept = TlsAcceptor::from((*config.get()).clone()).accept(stream);
            match tokio::time::timeout(proxy.waits.head, accept).await {
                Ok(Ok(stream)) => Box::new(stream),
                Ok(Err(error)) => {
                    tracing::debug!("a TLS handshake failed: {error}");
                    return;
                }
                Err(_) => return,
            }
        }
    };
    let shared = Arc::new(Shared::default());
    let mut guarded = Guarded::new(stream, shared.clone(), proxy.waits);
    let Ok(is_http2) = guarded.is_http2().await else { return };
    if is_http2 {
        held.place.speak_http2().await;
    }
    let client = Client { connection: shared, local, held };
    let served = proxy.clone();
    let service = service_fn(move |request| {
        let (proxy, client) = (served.clone(), client.clone());
        async move { Ok::<_, std::convert::Infallible>(forward::handle(proxy, client, request).await) }
    });
    let io = TokioIo::new(guarded);
    let result = if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        let limit = u32::try_from(HEAD_LIMIT).unwrap_or(u32::MAX);
        builder.timer(TokioTimer::new()).max_concurrent_streams(MOST_STREAMS).max_header_list_size(limit);
        let mut connection = std::pin::pin!(builder.serve_connection(io, service));
        tokio::select! {
            result = &mut connection => result,
            // GOAWAY leaves no request in doubt, so nothing waits for the grace of HTTP/1.1.
            () = proxy.drain.reached(Phase::Draining) => {
                connection.as_mut().graceful_shutdown();
                end(&proxy, connection).await
            }
        }
    } else {
        let mut builder = http1::Builder::new();
        builder
            .max_buf_size(HYPER_BUFFER)
            .max_header_size(HYPER_BUFFER)
            .timer(TokioTimer::new())
            .header_read_timeout(None);
        let mut connection = std::pin::pin!(builder.serve_connection(io, service).with_upgrades());
        tokio::select! {
            result = &mut connection => result,
            () = proxy.drain.reached(Phase::Closing) => {
                connection.as_mut().graceful_shutdown();
                end(&proxy, connection).await
            }
        }
    };
    if let Err(error) = result {
        tracing::debug!("a connection ended early: {error}");
    }
}

async fn end(proxy: &Proxy, connection: impl Future<Output = hyper::Result<()>>) -> hyper::Result<()> {
    tokio::select! {
        result = connection => result,
        () = proxy.drain.reached(Phase::Ending) => Ok(()),
    }
}
