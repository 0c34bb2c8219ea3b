//! The second listener: probes and metrics. It tells no secret, and asks for no key.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use crate::drain::Phase;
use crate::guard;
use crate::listen::Listener;
use crate::places::Places;
use crate::proxy::Proxy;

/// A probe's connection does not take longer.
const LIMIT: Duration = Duration::from_secs(30);
const HEAD_LIMIT: Duration = Duration::from_secs(5);
const MOST_CONNECTIONS: usize = 128;

/// Answers probes until the process ends, also while it drains.
pub async fn serve(proxy: Arc<Proxy>, listener: Listener) {
    let places = Places::new(MOST_CONNECTIONS, 0, Duration::ZERO);
    loop {
        let accepted = tokio::select! {
            biased;
            () = proxy.drain.reached(Phase::Ending) => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, local)) = accepted else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Some(place) = places.enter() else { continue };
        let proxy = proxy.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = answer(&proxy, &request, local);
                async move { Ok::<_, Infallible>(response) }
            });
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT).max_buf_size(16 * 1024);
            tokio::select! {
                _ = builder.serve_connection(TokioIo::new(stream), service) => {}
                () = place.lost(LIMIT, |_| true) => {}
            }
        });
    }
}

fn answer(proxy: &Proxy, request: &Request<Incoming>, local: Option<SocketAddr>) -> Response<Full<Bytes>> {
    // A page that rebinds a name reads what it likes, but sends that name. Probes tell it nothing.
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let (status, text) = match request.uri().path() {
        _ if guard::is_of_web_page(request.headers()) => {
            (StatusCode::FORBIDDEN, "A web page sent this request. Use a client outside a browser.\n".to_owned())
        }
        _ if !is_read => (StatusCode::METHOD_NOT_ALLOWED, "The method is neither GET nor HEAD. Use GET.\n".to_owned()),
        "/livez" => (StatusCode::OK, "ok\n".to_owned()),
        "/readyz" if proxy.drain.has_begun() => {
            (StatusCode::SERVICE_UNAVAILABLE, "The process is ending. Use another replica.\n".to_owned())
        }
        "/readyz" if !proxy.tokens.is_held() => (
            StatusCode::SERVICE_UNAVAILABLE,
            "No token is cached. Read the log, or run azure-openai-entra-proxy check.\n".to_owned(),
        ),
        "/readyz" => (StatusCode::OK, "ok\n".to_owned()),
        "/metrics" if !proxy.names.include(host, local) => {
            (StatusCode::MISDIRECTED_REQUEST, "The Host is not this listener's. Add it to --allow-host.\n".to_owned())
        }
        "/metrics" => (StatusCode::OK, proxy.metrics.render(&proxy.tokens.stats())),
        _ => (StatusCode::NOT_FOUND, "Nothing is at this path. Use /livez, /readyz or /metrics.\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
