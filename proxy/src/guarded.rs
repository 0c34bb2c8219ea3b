//! The client's side of a connection: it lets hyper read only what [`Framing`] has found sound, and bounds every wait.

use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use crate::framing::{Fault, Framing, HEAD_LIMIT};
use crate::shared::Shared;
use crate::stream::Stream;

/// What hyper reads in place of a request that is refused. The handler answers it by the fault, so that the answer comes in
/// its turn, and the connection ends.
const SUBSTITUTE: &[u8] = b"REFUSED / HTTP/1.1\r\nhost: refused\r\nconnection: close\r\n\r\n";
/// The method of it.
pub const REFUSED: &str = "REFUSED";

/// How HTTP/2 begins.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// After its last answer, a connection reads so much and so long, so that the client gets the answer rather than a reset.
const LINGER_BYTES: usize = 1024 * 1024;
const LINGER: Duration = Duration::from_secs(2);

/// The longest waits for a client.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// For a head, from its first byte; for the first one, from the connection on.
    pub head: Duration,
    /// For the next request, and for progress of a body.
    pub idle: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), idle: Duration::from_secs(600) }
    }
}

/// What the connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// The first head.
    First,
    /// The rest of a head.
    Head,
    /// The next request.
    Idle,
    /// More of a body, or of another protocol.
    More,
    /// The answer to a request: no wait for the client.
    Nothing,
}

/// The connection as hyper reads and writes it.
pub struct Guarded {
    stream: Box<dyn Stream>,
    shared: Arc<Shared>,
    waits: Waits,
    framing: Framing,
    /// The requests of which hyper has the head.
    begun: usize,
    is_http2: bool,
    input: BytesMut,
    /// The bytes of `input` that are sound.
    sound: usize,
    substitute: Option<&'static [u8]>,
    wait: Wait,
    timer: Pin<Box<Sleep>>,
    /// Whether all requests of HTTP/2 waited for the client when the timer ended last.
    was_stalled: bool,
    /// Since a write has made no progress.
    write_timer: Option<Pin<Box<Sleep>>>,
    linger: Option<(usize, Pin<Box<Sleep>>)>,
}

impl Guarded {
    /// Guards `stream`.
    pub fn new(stream: Box<dyn Stream>, shared: Arc<Shared>, waits: Waits) -> Self {
        Self {
            stream,
            shared,
            waits,
            framing: Framing::default(),
            begun: 0,
            is_http2: false,
            input: BytesMut::new(),
            sound: 0,
            substitute: None,
            wait: Wait::First,
            timer: Box::pin(sleep(waits.head)),
            was_stalled: false,
            write_timer: None,
            linger: None,
        }
    }

    /// Whether the client begins with HTTP/2. Nothing of what it sent is lost.
    ///
    /// # Errors
    /// If the connection ends or nothing comes in time.
    pub async fn is_http2(&mut self) -> io::Result<bool> {
        std::future::poll_fn(|cx| {
            loop {
                let length = self.input.len().min(PREFACE.len());
                if self.input.get(..length) != PREFACE.get(..length) || length == PREFACE.len() {
                    self.is_http2 = length == PREFACE.len() && self.input.starts_with(PREFACE);
                    return Poll::Ready(Ok(self.is_http2));
                }
                if ready!(self.poll_more(cx))? == 0 {
                    return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
                }
            }
        })
        .await
    }

    fn is_raw(&self) -> bool {
        self.is_http2 || self.shared.is_upgraded.load(Ordering::Acquire)
    }

    fn refuse(&mut self, fault: Fault) {
        *self.shared.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        self.input.clear();
        self.sound = 0;
        self.substitute = Some(SUBSTITUTE);
    }

    /// Reads more into `input`; 0 at the end of the stream.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [0; 8 * 1024];
        let mut buffer = ReadBuf::new(&mut space);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
            Poll::Ready(read) => {
                read?;
                self.input.extend_from_slice(buffer.filled());
                let read = buffer.filled().len();
                self.note_progress();
                Poll::Ready(Ok(read))
            }
            Poll::Pending => self.poll_wait(cx).map_err(|()| io::ErrorKind::TimedOut.into()),
        }
    }

    fn wait(&self) -> Wait {
        let is_busy = self.shared.in_flight.load(Ordering::Relaxed) > 0;
        if self.is_raw() {
            return if is_busy && !self.is_http2 { Wait::Nothing } else { Wait::Idle };
        }
        match (self.framing.is_between_requests(), self.input.is_empty()) {
            (true, _) if self.wait == Wait::First => Wait::First,
            (true, _) if is_busy => Wait::Nothing,
            (true, false) => Wait::Head,
            (true, true) => Wait::Idle,
            (false, _) => Wait::More,
        }
    }

    fn note_progress(&mut self) {
        // A head has its time as a whole, whatever comes of it.
        if !matches!(self.wait, Wait::First | Wait::Head) {
            self.wait = Wait::Nothing;
        }
    }

    /// Pending while the wait may go on.
    fn poll_wait(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, ()>> {
        let wait = self.wait();
        if wait != self.wait {
            self.wait = wait;
            let limit = if matches!(wait, Wait::First | Wait::Head) { self.waits.head } else { self.waits.idle };
            self.timer.as_mut().reset(Instant::now() + limit);
            self.was_stalled = false;
        }
        if wait == Wait::Nothing {
            return Poll::Pending;
        }
        ready!(self.timer.as_mut().poll(cx));
        // Looked at twice, with nothing read or written in between: a request can have its turn for a moment only.
        while self.is_http2 && self.shared.in_flight.load(Ordering::Relaxed) > 0 {
            let is_stalled = !self.shared.waits_for_upstream();
            if is_stalled && self.was_stalled {
                return Poll::Ready(Err(()));
            }
            self.was_stalled = is_stalled;
            self.timer.as_mut().reset(Instant::now() + self.waits.idle);
            ready!(self.timer.as_mut().poll(cx));
        }
        Poll::Ready(match wait {
            // As if the client had closed it.
            Wait::Idle => Ok(0),
            Wait::First if self.input.is_empty() => Ok(0),
            _ => Err(()),
        })
    }

    fn poll_sound(&mut self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(substitute) = self.substitute {
                // Pending once it is read: the answer ends the connection.
                if substitute.is_empty() {
                    return Poll::Pending;
                }
                let (given, left) = substitute.split_at(substitute.len().min(buffer.remaining()));
                buffer.put_slice(given);
                self.substitute = Some(left);
                return Poll::Ready(Ok(()));
            }
            if self.is_raw() {
                self.sound = self.input.len();
            }
            if self.sound > 0 {
                let given = self.sound.min(buffer.remaining());
                buffer.put_slice(self.input.get(..given).unwrap_or_default());
                self.input.advance(given);
                self.sound -= given;
                return Poll::Ready(Ok(()));
            }
            let is_head = self.framing.is_between_requests();
            // hyper hears that the client has left only while it holds nothing of the next request.
            let is_ahead = is_head && self.is_ahead(cx);
            if !self.input.is_empty() {
                match if is_ahead { Ok(0) } else { self.framing.check(&self.input) } {
                    Ok(0) => {}
                    Ok(sound) => {
                        self.sound = sound;
                        self.begun += usize::from(is_head);
                        self.wait = Wait::Nothing;
                        continue;
                    }
                    Err(fault) => {
                        self.refuse(fault);
                        continue;
                    }
                }
                // Only what waits for an answer can be so long and not be refused.
                if self.input.len() > HEAD_LIMIT {
                    return Poll::Pending;
                }
            }
            match ready!(self.poll_more(cx)) {
                Ok(0) => return Poll::Ready(Ok(())),
                Ok(_) => {}
                Err(_) if matches!(self.wait, Wait::First | Wait::Head) => self.refuse(Fault::TooSlow),
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// Whether the client is a request ahead of the answers.
    fn is_ahead(&self, cx: &Context<'_>) -> bool {
        let is_ahead = || self.begun > self.shared.ended.load(Ordering::Acquire);
        if !is_ahead() {
            return false;
        }
        *self.shared.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
        is_ahead()
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let is_read = self.substitute.is_none() && self.framing.is_between_requests() && self.input.is_empty();
        if self.is_raw() || is_read {
            return Poll::Ready(());
        }
        let (left, timer) = self.linger.get_or_insert_with(|| (LINGER_BYTES, Box::pin(sleep(LINGER))));
        let mut space = [0; 8 * 1024];
        while *left > 0 {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    *left = left.saturating_sub(buffer.filled().len())
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return timer.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }

    /// Sends the interim answers. hyper calls this in each turn of its connection, when it holds nothing to write.
    fn poll_interim(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shared = self.shared.clone();
        let mut queued = shared.interim.lock().unwrap_or_else(PoisonError::into_inner);
        while !queued.is_empty() {
            let written = Pin::new(&mut self.stream).poll_write(cx, &queued);
            match ready!(self.bound_write(cx, written))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => queued.advance(written),
            }
        }
        shared.has_interim.store(false, Ordering::Release);
        cx.waker().wake_by_ref();
        Poll::Ready(Ok(()))
    }

    fn bound_write(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.write_timer = None;
            if matches!(written, Poll::Ready(Ok(1..))) {
                self.note_progress();
            }
            return written;
        }
        let limit = self.waits.idle;
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        if self.shared.is_cut.load(Ordering::Acquire) {
            self.stream.reset_on_drop();
        }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_sound(cx, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.bound_write(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, parts);
        this.bound_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.shared.has_interim() {
            ready!(this.poll_interim(cx))?;
        }
        let flushed = Pin::new(&mut this.stream).poll_flush(cx).map_ok(|()| 0);
        this.bound_write(cx, flushed).map_ok(|_| ())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
        }
        this.poll_linger(cx).map(Ok)
    }
}
