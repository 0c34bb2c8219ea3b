//! Interim answers (1xx) of the upstream, on their way to the client.

use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use http::header::{AUTHORIZATION, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use tokio::sync::Notify;

use crate::headers;
use crate::shared::Shared;

/// More interim answers than this to one request are a fault of the upstream.
pub const MOST: usize = 32;

/// The upstream sends more interim answers than [`MOST`].
#[derive(Debug)]
pub struct Flood;

/// What becomes of the interim answers to one request.
pub struct Interim {
    /// None if the client's protocol has no place for them.
    client: Option<Arc<Shared>>,
    count: AtomicUsize,
    news: Notify,
    /// What the tries of this request were sent with: the answer to one can tell of another.
    sent: Mutex<Vec<HeaderValue>>,
}

impl Interim {
    /// Interim answers that pass to `client`.
    pub fn new(client: Option<Arc<Shared>>) -> Arc<Self> {
        Arc::new(Self { client, count: AtomicUsize::new(0), news: Notify::new(), sent: Mutex::default() })
    }

    /// Takes what comes before the final answer to `request`.
    pub fn follow<B>(self: &Arc<Self>, request: &mut Request<B>) {
        let interim = self.clone();
        if let Some(sent) = request.headers().get(AUTHORIZATION) {
            self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(sent.clone());
        }
        hyper::ext::on_informational(request, move |answer| interim.take(answer.status(), answer.headers()));
    }

    fn take(&self, status: StatusCode, headers: &HeaderMap) {
        let is_over = self.count.fetch_add(1, Ordering::Relaxed) >= MOST;
        // The proxy itself tells a client to go on, so 100 says nothing more.
        if let Some(client) = self.client.as_ref().filter(|_| !is_over && status != StatusCode::CONTINUE) {
            let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            let tokens = sent.iter().filter_map(|sent| sent.as_bytes().strip_prefix(b"Bearer "));
            client.queue_interim(&head(status, headers, tokens));
        }
        self.news.notify_one();
    }

    /// The outcome of `work`, the exchange with the upstream. Each interim answer wakes the client's connection, which sends
    /// what is queued after it has polled this.
    ///
    /// # Errors
    /// [`Flood`].
    pub async fn until<T>(&self, work: impl Future<Output = T>) -> Result<T, Flood> {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                () = self.news.notified() => {
                    if self.count.load(Ordering::Relaxed) > MOST {
                        return Err(Flood);
                    }
                }
                outcome = &mut work => return Ok(outcome),
            }
        }
    }

    /// Waits until all that is queued is sent: the final answer must come after it.
    pub async fn sent(&self) {
        if let Some(client) = &self.client {
            // The connection wakes its task once it has sent them.
            poll_fn(|_| if client.has_interim() { Poll::Pending } else { Poll::Ready(()) }).await;
        }
    }
}

/// The bytes of an interim answer.
fn head<'a>(status: StatusCode, answer: &HeaderMap, tokens: impl Iterator<Item = &'a [u8]> + Clone) -> Vec<u8> {
    let mut kept = answer.clone();
    headers::to_client(&mut kept);
    headers::without_tokens(&mut kept, tokens);
    // It has no body, whatever it says.
    kept.remove(CONTENT_LENGTH);
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_str()).into_bytes();
    for (name, value) in &kept {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}
