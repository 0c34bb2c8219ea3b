//! What a connection of a client and the requests on it tell one another.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use bytes::BytesMut;

use crate::framing::{Fault, HEAD_LIMIT};

/// What a connection and its requests tell one another.
#[derive(Default)]
pub struct Shared {
    pub(crate) fault: Mutex<Option<Fault>>,
    pub(crate) in_flight: AtomicUsize,
    /// Those of them that wait for the client.
    stalled: AtomicUsize,
    /// How many requests have ended.
    pub(crate) ended: AtomicUsize,
    /// Of the connection that waits for that.
    pub(crate) reader: Mutex<Option<Waker>>,
    pub(crate) is_upgraded: AtomicBool,
    pub(crate) is_cut: AtomicBool,
    /// Interim answers to the request in hand, which hyper does not know.
    pub(crate) interim: Mutex<BytesMut>,
    pub(crate) has_interim: AtomicBool,
}

impl Shared {
    /// Why the request in hand is refused, if hyper read the substitute.
    pub fn fault(&self) -> Option<Fault> {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request has begun; the connection is not idle until it ends.
    pub fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// A request has ended.
    pub fn end(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// A request has its whole answer, or has none any more.
    pub fn finish(&self) {
        self.end();
        self.ended.fetch_add(1, Ordering::Release);
        if let Some(reader) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
            reader.wake();
        }
    }

    /// An answer that only the end of the connection ends has broken off: that end must not look like the answer's.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
    }

    /// Whether a request waits for the upstream.
    pub(crate) fn waits_for_upstream(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) > self.stalled.load(Ordering::Relaxed)
    }

    /// Queues an interim answer. It is sent when hyper has written all that it holds, which is nothing of the final answer
    /// while the handler waits until [`Self::has_interim`] is false. If a slow client leaves no room, it is dropped.
    pub fn queue_interim(&self, head: &[u8]) {
        let mut queued = self.interim.lock().unwrap_or_else(PoisonError::into_inner);
        if queued.len() + head.len() <= HEAD_LIMIT {
            queued.extend_from_slice(head);
            self.has_interim.store(true, Ordering::Release);
        }
    }

    /// Whether an interim answer is yet to be sent.
    pub fn has_interim(&self) -> bool {
        self.has_interim.load(Ordering::Acquire)
    }

    /// The connection is no longer one of HTTP.
    pub fn upgrade(&self) {
        self.is_upgraded.store(true, Ordering::Release);
    }
}

/// A body of a request.
#[derive(Clone, Copy)]
pub enum Side {
    /// What the client sends.
    Upload = 1,
    /// What the client reads.
    Download = 2,
}

/// Whether a request waits for its client, in either body: over HTTP/2, the connection does not tell.
pub struct Turn {
    shared: Arc<Shared>,
    sides: AtomicU8,
}

impl Turn {
    const ENDED: u8 = 4;

    /// That of a request which has begun.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { shared, sides: AtomicU8::new(0) }
    }

    /// Notes whether `side` waits for the client.
    pub fn set(&self, side: Side, waits: bool) {
        self.change(|sides| if waits { sides | side as u8 } else { sides & !(side as u8) });
    }

    /// The request has ended.
    pub fn end(&self) {
        self.change(|_| Self::ENDED);
    }

    fn change(&self, change: impl Fn(u8) -> u8) {
        let is_open = |sides: u8| (sides & Self::ENDED == 0).then_some(sides);
        let Ok(before) =
            self.sides.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |sides| is_open(sides).map(&change))
        else {
            return;
        };
        let is_stalled = |sides: u8| sides & !Self::ENDED != 0;
        match (is_stalled(before), is_stalled(change(before))) {
            (false, true) => _ = self.shared.stalled.fetch_add(1, Ordering::Relaxed),
            (true, false) => _ = self.shared.stalled.fetch_sub(1, Ordering::Relaxed),
            _ => {}
        }
    }
}
