//! What becomes of one request, for the log and the metrics.

use std::sync::Arc;
use std::time::Duration;

use azure_openai_entra_core::secret::Secret;
use http::HeaderMap;
use tokio::time::Instant;

use crate::body::{self, Progress};
use crate::headers;
use crate::local_key::LocalKeys;
use crate::log::{Access, known_method, shown_path};
use crate::proxy::Proxy;
use crate::shared::{Shared, Side, Turn};

/// A request from its head to the end of its answer, which is when this is dropped.
pub struct Record {
    proxy: Arc<Proxy>,
    connection: Arc<Shared>,
    /// Whose turn it is.
    pub turn: Arc<Turn>,
    method: &'static str,
    path: String,
    began: Instant,
    until_head: Option<Duration>,
    status: u16,
    error: Option<String>,
    /// The name of the local key.
    pub key: String,
    /// Whether it had a local key.
    pub has_key: bool,
    /// Whether its client is one of HTTP/1.0, to which an answer without a length ends with the connection.
    pub is_old: bool,
    /// The tokens that the upstream was sent, which the client must not get.
    pub tokens: Vec<Secret>,
    /// The request's body.
    pub progress: Option<Progress>,
    sent: u64,
    is_complete: bool,
}

impl Record {
    /// A request has begun.
    pub fn new(proxy: Arc<Proxy>, connection: Arc<Shared>, keys: &LocalKeys, method: &str, path: &str) -> Self {
        proxy.metrics.begin();
        connection.begin();
        let path = if proxy.log.takes_access() { shown_path(path, keys) } else { String::new() };
        Self {
            proxy,
            turn: Arc::new(Turn::new(connection.clone())),
            connection,
            method: known_method(method),
            path,
            began: Instant::now(),
            until_head: None,
            // Until it has an answer, its client has left.
            status: 499,
            error: None,
            key: String::new(),
            has_key: false,
            is_old: false,
            tokens: Vec::new(),
            progress: None,
            sent: 0,
            is_complete: false,
        }
    }

    /// The tokens that the upstream was sent.
    pub fn tokens(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.tokens.iter().map(|token| token.expose().as_bytes())
    }

    /// It has an answer, which is the proxy's own if it has an error.
    pub fn answered(&mut self, status: u16, error: Option<&str>) {
        self.until_head = Some(self.began.elapsed());
        self.status = status;
        self.error = error.map(str::to_owned);
    }
}

impl body::Record for Record {
    fn clean(&self, trailers: &mut HeaderMap) {
        headers::without_tokens(trailers, self.tokens());
    }

    fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    fn complete(&mut self) {
        self.is_complete = true;
    }

    fn wait_for_client(&mut self, waits: bool) {
        self.turn.set(Side::Download, waits);
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.is_old && !self.is_complete {
            self.connection.cut();
        }
        self.turn.end();
        self.connection.finish();
        let total = self.began.elapsed();
        let received = self.progress.as_ref().map_or(0, Progress::received);
        self.proxy.metrics.end(self.status, &self.key, received, self.sent, total);
        self.proxy.log.access(
            self.proxy.system.clock.now(),
            &Access {
                method: self.method,
                path: &self.path,
                status: self.status,
                error: self.error.as_deref(),
                key: &self.key,
                received,
                sent: self.sent,
                until_head: self.until_head.unwrap_or(total),
                total,
                is_broken: !self.is_complete,
            },
        );
    }
}
