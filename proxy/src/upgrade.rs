//! WebSockets: the handshake goes upstream with the token, then bytes pass both ways.

use std::sync::Arc;

use http::header::{CONNECTION, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Version};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use crate::answer::Refusal;
use crate::client::Client;
use crate::drain::Phase;
use crate::headers::has_word;
use crate::proxy::Proxy;

/// The paths of the Realtime API.
const PATHS: [&str; 2] = ["/openai/realtime", "/openai/v1/realtime"];

/// Whether a request asks for a WebSocket.
///
/// # Errors
/// If it does so in a way, or at a place, that is not served.
pub fn check(request: &Parts) -> Result<bool, (Refusal, String)> {
    if !request.headers.contains_key(UPGRADE) {
        return Ok(false);
    }
    let is_sound = request.method == Method::GET
        && request.version == Version::HTTP_11
        && has_word(&request.headers, &CONNECTION, "upgrade");
    if is_sound && PATHS.contains(&request.uri.path()) {
        return Ok(true);
    }
    let why = "The proxy serves WebSockets only at /openai/realtime and /openai/v1/realtime, by GET over HTTP/1.1. Use one of these.";
    Err((Refusal::Upgrade, why.to_owned()))
}

/// Adds what asks for a WebSocket, or agrees to it, to headers without hop-by-hop ones.
pub fn ask(headers: &mut HeaderMap) {
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
}

/// Joins the two ends of a WebSocket once both have changed the protocol.
pub fn join(proxy: &Arc<Proxy>, client: &Client, client_end: OnUpgrade, upstream_end: OnUpgrade) {
    client.connection.upgrade();
    let (proxy, client) = (proxy.clone(), client.clone());
    // Before the handshake's own end, so that the connection is never idle in between.
    client.connection.begin();
    tokio::spawn(async move {
        if let (Ok(near), Ok(far)) = tokio::join!(client_end, upstream_end) {
            let (mut near, mut far) = (TokioIo::new(near), TokioIo::new(far));
            tokio::select! {
                () = client.held.lost(&proxy) => tracing::warn!("ended a WebSocket because its local key has been removed"),
                _ = tokio::io::copy_bidirectional(&mut near, &mut far) => tracing::info!("a WebSocket has ended"),
                () = proxy.drain.reached(Phase::Ending) => tracing::warn!("ended a WebSocket because this process is ending"),
            }
        }
        client.connection.end();
    });
}
