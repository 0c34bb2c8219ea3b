//! A connection of any kind.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// TCP, TLS or a Unix socket.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {
    /// Makes its drop a reset. TLS needs none: its end is told apart from a connection that breaks off.
    fn reset_on_drop(&self) {}
}

impl Stream for TcpStream {
    fn reset_on_drop(&self) {
        let _ = self.set_zero_linger();
    }
}

#[cfg(unix)]
impl Stream for tokio::net::UnixStream {}

impl<T: Stream> Stream for tokio_rustls::server::TlsStream<T> {}

impl<T: Stream> Stream for tokio_rustls::client::TlsStream<T> {}

impl<T: Stream + ?Sized> Stream for Box<T> {
    fn reset_on_drop(&self) {
        (**self).reset_on_drop();
    }
}
