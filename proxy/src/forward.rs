//! One request, from its head to its answer.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use azure_openai_entra_core::error::{Error, Failure};
use azure_openai_entra_core::secret::Secret;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION, CONTENT_LENGTH, UPGRADE, WWW_AUTHENTICATE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use hyper::body::Incoming;

use crate::answer::{self, MARK, Refusal};
use crate::body::{Beginning, Broken, Download, Upload};
use crate::client::Client;
use crate::guarded::REFUSED;
use crate::interim::Interim;
use crate::local_key::LocalKeys;
use crate::proxy::Proxy;
use crate::record::Record;
use crate::refused_token::{self, Refused};
use crate::{framing, guard, headers, upgrade};

/// An answer on its way to the client.
pub type Reply = Response<Download<Record>>;

/// Of one connection, whose client has shown no key: over HTTP/2 a client can ask for more than it takes the answers of.
const MOST_REFUSED: usize = 32;

/// Ends a request with an answer of the proxy's own.
pub struct Stop(Box<Response<Bytes>>);

impl From<Response<Bytes>> for Stop {
    fn from(answer: Response<Bytes>) -> Self {
        Self(Box::new(answer))
    }
}

impl From<(Refusal, String)> for Stop {
    fn from((refusal, why): (Refusal, String)) -> Self {
        refusal.answer(&why).into()
    }
}

/// Answers a request. What fails or panics is an answer as well.
pub async fn handle(proxy: Arc<Proxy>, client: Client, request: Request<Incoming>) -> Reply {
    let version = request.version();
    let asks_to_upgrade = request.headers().contains_key(UPGRADE);
    let (method, path) = (request.method().as_str(), request.uri().path());
    // One state of the keys for all that becomes of the request.
    let keys = proxy.keys.get();
    let mut record = Record::new(proxy.clone(), client.connection.clone(), &keys, method, path);
    record.is_old = version == Version::HTTP_10;
    let interim = Interim::new((version == Version::HTTP_11).then(|| client.connection.clone()));
    let fate = Unwinding(Box::pin(answer(&proxy, &client, keys, request, &mut record, &interim))).await;
    interim.sent().await;
    let under_way = client.connection.in_flight.load(Ordering::Relaxed);
    // An ingress can send requests of many clients over one connection: a refused one does not end the others.
    if !record.has_key && under_way <= 1 {
        client.held.place.forget();
    }
    client.held.place.bound_requests(under_way, MOST_REFUSED);
    let fate = fate.unwrap_or_else(|| {
        let why = "The proxy failed to handle this request. Report this with the proxy's log.";
        Err(Refusal::Internal.answer(why).into())
    });
    let mut reply = match fate {
        Ok(Answer { head, first, rest }) => {
            record.answered(head.status.as_u16(), None);
            Response::from_parts(head, Download::new(first, rest, record))
        }
        Err(Stop(own)) => {
            let (head, body) = (*own).into_parts();
            record.answered(head.status.as_u16(), head.headers.get(MARK).and_then(|code| code.to_str().ok()));
            Response::from_parts(head, Download::new(Beginning { data: body, behind: None }, None, record))
        }
    };
    // What follows a request to upgrade is of one protocol or of the other, and was not read as a request.
    let is_declined = asks_to_upgrade && reply.status() != StatusCode::SWITCHING_PROTOCOLS;
    if version != Version::HTTP_2 && (proxy.drain.has_begun() || is_declined) {
        reply.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    reply
}

/// The upstream's answer: its head, what was read of its body, and the rest.
pub struct Answer {
    /// The head, as the client gets it.
    pub head: http::response::Parts,
    /// What was read.
    pub first: Beginning,
    /// What was not.
    pub rest: Option<Incoming>,
}

async fn answer(
    proxy: &Arc<Proxy>,
    client: &Client,
    keys: Arc<LocalKeys>,
    mut request: Request<Incoming>,
    record: &mut Record,
    interim: &Arc<Interim>,
) -> Result<Answer, Stop> {
    if let Some(fault) = client.connection.fault().filter(|_| request.method().as_str() == REFUSED) {
        return Err(answer::of_fault(fault).into());
    }
    let tunnel = hyper::upgrade::on(&mut request);
    let (mut parts, body) = request.into_parts();
    let line = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
    framing::target_of_request(parts.method.as_str().as_bytes(), line.as_bytes()).map_err(answer::of_fault)?;
    if parts.version == Version::HTTP_2 {
        framing::headers_of_http2(&parts.headers).map_err(answer::of_fault)?;
    }
    guard::check(&parts, &proxy.names, client.local)?;
    let Some(key) = keys.presented_by(&parts.headers) else {
        let why = "The request has no local key of this proxy. Send the key that the proxy names when it starts, as the api-key header or as a Bearer token.";
        return Err((Refusal::Key, why.to_owned()).into());
    };
    key.name().clone_into(&mut record.key);
    client.held.place.keep(key.digest(), parts.version == Version::HTTP_2);
    record.has_key = true;
    if keys.are_in(line.as_bytes()) {
        let why = "The path or the query holds a local key. Send it as the api-key header or as a Bearer token.";
        return Err((Refusal::KeyInTarget, why.to_owned()).into());
    }
    proxy.allowed.check(&parts.method, &parts.uri)?;
    let is_upgrade = upgrade::check(&parts)?;
    check_length(&parts, proxy.max_body)?;

    let path = parts.uri.path().to_owned();
    let upload = Upload::new(body, proxy.max_body, keys.clone(), record.turn.clone());
    let progress = upload.progress();
    record.progress = Some(progress.clone());
    let token = proxy.tokens.get(&path).await.map_err(|error| answer::of_token_error(&error))?.token.secret.clone();

    headers::to_upstream(&mut parts.headers, proxy.upstream.host());
    keys.remove_from(&mut parts.headers);
    if is_upgrade {
        upgrade::ask(&mut parts.headers);
    }
    let outgoing = Outgoing { method: parts.method, target: target(&parts.uri), headers: parts.headers };
    let broken_off = |failure: &Failure| match progress.broken() {
        Some(Broken::TooLarge) => too_large(proxy.max_body),
        Some(Broken::Client) => {
            (Refusal::BodyBroken, "The client broke off the request's body. Send the request again.".to_owned()).into()
        }
        None => {
            tracing::warn!("{}", failure.reason);
            Refusal::Upstream.answer(&Error::from(failure.clone()).to_string()).into()
        }
    };
    let mut send = async |token: &Secret, body: Upload| {
        record.tokens.push(token.clone());
        let request = outgoing.with_token(token.expose(), body)?;
        proxy.upstream.send(request, interim).await.map_err(|failure| broken_off(&failure))
    };

    let mut response = send(&token, upload).await?;
    let mut first = Beginning::default();
    if response.status() == StatusCode::UNAUTHORIZED {
        first = refused_token::beginning(response.body_mut()).await;
        let challenge = headers::joined(response.headers(), &WWW_AUTHENTICATE);
        let refused = Refused { token: &token, body: &first.data, challenge: &challenge };
        if let Some(other) = refused_token::replace(&proxy.tokens, &path, refused).await
            && let Some(again) = progress.again()
        {
            response = send(&other, again).await?;
            first = Beginning::default();
        }
    }

    let is_switching = response.status() == StatusCode::SWITCHING_PROTOCOLS;
    if is_switching && !is_upgrade {
        let why = format!("{} changed the protocol, which the request did not ask for. Retry.", proxy.upstream.shown());
        return Err((Refusal::Upstream, why).into());
    }
    let upstream_end = is_switching.then(|| hyper::upgrade::on(&mut response));
    let (mut head, rest) = response.into_parts();
    headers::to_client(&mut head.headers);
    headers::without_tokens(&mut head.headers, record.tokens());
    // The words beside a status are of no use to clients, and can be what the upstream was sent.
    head.extensions.remove::<hyper::ext::ReasonPhrase>();
    head.version = Version::default();
    if let Some(upstream_end) = upstream_end {
        upgrade::ask(&mut head.headers);
        upgrade::join(proxy, client, tunnel, upstream_end);
        return Ok(Answer { head, first, rest: None });
    }
    Ok(Answer { head, first, rest: Some(rest) })
}

/// A request as it can be sent, also twice.
struct Outgoing {
    method: Method,
    target: Uri,
    headers: http::HeaderMap,
}

impl Outgoing {
    fn with_token(&self, token: &str, body: Upload) -> Result<Request<Upload>, Stop> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
            Refusal::Internal
                .answer("The token has characters that are not allowed in a header. Check the credential that gave it.")
        })?;
        bearer.set_sensitive(true);
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.target.clone();
        request.headers_mut().clone_from(&self.headers);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        Ok(request)
    }
}

/// The path and the query, byte for byte.
fn target(uri: &Uri) -> Uri {
    Uri::from(uri.path_and_query().cloned().unwrap_or_else(|| PathAndQuery::from_static("/")))
}

fn check_length(parts: &Parts, limit: u64) -> Result<(), Stop> {
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit) { Err(too_large(limit)) } else { Ok(()) }
}

fn too_large(limit: u64) -> Stop {
    let why = format!(
        "The request's body is longer than {limit} bytes. Send less, or start the proxy with a larger --max-body."
    );
    (Refusal::BodyTooLarge, why).into()
}

/// Ends in none if the work panics, so that one request's panic is not its connection's.
struct Unwinding<F>(Pin<Box<F>>);

impl<F: Future> Future for Unwinding<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) => Poll::Ready(None),
        }
    }
}
