//! Bodies on their way, with a bound on what comes and a copy of what may have to be sent again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

use crate::headers;
use crate::local_key::LocalKeys;
use crate::shared::{Side, Turn};

/// The longest body that is kept for a second attempt.
const KEPT_LIMIT: u64 = 1024 * 1024;

/// Why a request's body ends before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It is longer than allowed.
    TooLarge,
    /// The client broke off, or sent what is no body.
    Client,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the client broke off the request's body")
    }
}

impl std::error::Error for Broken {}

/// The body of a request on its way upstream.
pub struct Upload {
    source: Source,
    progress: Progress,
    turn: Option<Arc<Turn>>,
}

enum Source {
    /// With what its trailers must not hold.
    Client(Incoming, Arc<LocalKeys>),
    Copy(std::vec::IntoIter<Bytes>),
}

/// How far a body came, for the handler that waits for the answer.
#[derive(Clone)]
pub struct Progress(Arc<Mutex<State>>);

struct State {
    limit: u64,
    received: u64,
    broken: Option<Broken>,
    /// Dropped once it is longer than [`KEPT_LIMIT`], or has trailers.
    kept: Option<Vec<Bytes>>,
    is_complete: bool,
}

impl Upload {
    /// The body that a client with one of `keys` sends, of no more than `limit` bytes. `turn` hears when it waits for more.
    pub fn new(body: Incoming, limit: u64, keys: Arc<LocalKeys>, turn: Arc<Turn>) -> Self {
        let is_complete = body.is_end_stream();
        let state = State { limit, received: 0, broken: None, kept: Some(Vec::new()), is_complete };
        let progress = Progress(Arc::new(Mutex::new(state)));
        Self { source: Source::Client(body, keys), progress, turn: Some(turn) }
    }

    /// No body.
    pub fn empty() -> Self {
        let state = State { limit: 0, received: 0, broken: None, kept: Some(Vec::new()), is_complete: true };
        let progress = Progress(Arc::new(Mutex::new(state)));
        Self { source: Source::Copy(Vec::new().into_iter()), progress, turn: None }
    }

    /// How far it came, also after it has gone.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }
}

impl Progress {
    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The bytes that came.
    pub fn received(&self) -> u64 {
        self.with(|state| state.received)
    }

    /// Why it ended too early.
    pub fn broken(&self) -> Option<Broken> {
        self.with(|state| state.broken)
    }

    /// The body once more, if all of it came and was kept.
    pub fn again(&self) -> Option<Upload> {
        let kept = self.with(|state| if state.is_complete { state.kept.clone() } else { None })?;
        Some(Upload { source: Source::Copy(kept.into_iter()), progress: self.clone(), turn: None })
    }
}

impl State {
    fn take(&mut self, frame: &Frame<Bytes>) -> Result<(), Broken> {
        let Some(data) = frame.data_ref() else {
            self.kept = None;
            return Ok(());
        };
        self.received += data.len() as u64;
        if self.received > self.limit {
            self.broken = Some(Broken::TooLarge);
            return Err(Broken::TooLarge);
        }
        if self.received > KEPT_LIMIT {
            self.kept = None;
        }
        if let Some(kept) = &mut self.kept {
            kept.push(data.clone());
        }
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(turn) = &self.turn {
            turn.set(Side::Upload, false);
        }
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let Self { source, progress, turn } = self.get_mut();
        let (body, keys) = match source {
            Source::Client(body, keys) => (body, keys),
            Source::Copy(parts) => return Poll::Ready(parts.next().map(|part| Ok(Frame::data(part)))),
        };
        let polled = Pin::new(&mut *body).poll_frame(cx);
        if let Some(turn) = turn {
            turn.set(Side::Upload, polled.is_pending());
        }
        let frame = ready!(polled);
        Poll::Ready(progress.with(|state| match frame {
            Some(Ok(mut frame)) => {
                if let Some(trailers) = frame.trailers_mut() {
                    headers::of_upload(trailers);
                    keys.remove_from(trailers);
                }
                let taken = state.take(&frame).map(|()| frame);
                // hyper asks no further after the last byte of a Content-Length.
                state.is_complete |= body.is_end_stream();
                Some(taken)
            }
            Some(Err(_)) => {
                state.broken = Some(Broken::Client);
                Some(Err(Broken::Client))
            }
            None => {
                state.is_complete = true;
                None
            }
        }))
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Client(body, _) => body.is_end_stream(),
            Source::Copy(parts) => parts.as_slice().is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Client(body, _) => body.size_hint(),
            Source::Copy(parts) => SizeHint::with_exact(parts.as_slice().iter().map(|part| part.len() as u64).sum()),
        }
    }
}

/// What was read of an answer's body before it was handed on.
#[derive(Default)]
pub struct Beginning {
    /// The data.
    pub data: Bytes,
    /// What came behind the data: trailers, or that the body broke off.
    pub behind: Option<Result<Frame<Bytes>, hyper::Error>>,
}

/// The body of an answer: what is held already, then what still comes. `R` hears of each byte, and its drop ends the request.
pub struct Download<R> {
    first: Beginning,
    rest: Option<Incoming>,
    /// Whether what is held of a broken body has had its turn to be sent.
    has_paused: bool,
    record: R,
}

/// What is told of an answer on its way.
pub trait Record: Unpin {
    /// Removes what the client must not get of trailers.
    fn clean(&self, trailers: &mut HeaderMap);
    /// So many bytes were handed on.
    fn sent(&mut self, bytes: usize);
    /// All of it was.
    fn complete(&mut self);
    /// Whether the next step is the client's, rather than the upstream's.
    fn wait_for_client(&mut self, waits: bool);
}

impl<R: Record> Download<R> {
    /// An answer of `first` and `rest`.
    pub fn new(first: Beginning, rest: Option<Incoming>, record: R) -> Self {
        let mut download = Self { first, rest, has_paused: false, record };
        download.record.wait_for_client(true);
        download.note_end();
        download
    }

    fn note_end(&mut self) {
        if self.is_end() {
            self.record.complete();
        }
    }

    fn is_end(&self) -> bool {
        let is_held = !self.first.data.is_empty() || self.first.behind.is_some();
        !is_held && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if !self.first.data.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.first.data)))));
        }
        // hyper drops what it has not sent when it hears of an error.
        if matches!(self.first.behind, Some(Err(_))) && !self.has_paused {
            self.has_paused = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if let Some(behind) = self.first.behind.take() {
            return Poll::Ready(Some(behind));
        }
        match &mut self.rest {
            Some(rest) => Pin::new(rest).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }
}

impl<R: Record> Body for Download<R> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let polled = this.poll_next(cx);
        this.record.wait_for_client(polled.is_ready());
        let mut frame = ready!(polled);
        match &mut frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_mut() {
                    headers::of_trailers(trailers);
                    this.record.clean(trailers);
                    // Nothing follows, and hyper asks no further.
                    this.record.complete();
                }
                this.record.sent(frame.data_ref().map_or(0, Bytes::len));
                this.note_end();
            }
            Some(Err(_)) => {}
            None => this.record.complete(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.is_end()
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.data.len() as u64;
        let Some(rest) = &self.rest else { return SizeHint::with_exact(first) };
        let rest = rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower() + first);
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + first);
        }
        hint
    }
}
