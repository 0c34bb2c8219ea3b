//! The client of a connection, as its requests know it.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::drain::Open;
use crate::metrics::Metrics;
use crate::places::Place;
use crate::proxy::Proxy;
use crate::shared::Shared;

/// What a request knows of its connection.
#[derive(Clone)]
pub struct Client {
    /// What is shared with the reading side.
    pub connection: Arc<Shared>,
    /// The address that the client connected to; none for a Unix socket.
    pub local: Option<SocketAddr>,
    /// Held while anything of the connection is open.
    pub held: Arc<Held>,
}

/// What a connection holds until the last of it has gone.
pub struct Held {
    metrics: Arc<Metrics>,
    /// Its place.
    pub place: Place,
    _open: Open,
}

impl Held {
    /// A connection has opened.
    pub fn new(metrics: Arc<Metrics>, place: Place, open: Open) -> Self {
        metrics.connect();
        Self { metrics, place, _open: open }
    }

    /// Ends when the client's place is needed, or if it is without a local key for longer than a handshake and a head take.
    pub async fn lost(&self, proxy: &Proxy) {
        self.place.lost(2 * proxy.waits.head, |shown| proxy.keys.get().include_any(shown)).await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.metrics.disconnect();
    }
}
