//! A connection of any kind.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// After a minute of silence the system asks the other side whether it is there, which also reminds the load balancers and
/// NAT gateways on the way of the connection: Azure's forget it after four minutes. Without an answer for another minute,
/// the connection ends.
const KEEPALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(15)).with_retries(4);

/// Sets up a new connection: small writes go out at once, and its end is noticed although the other side says nothing.
pub fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    SockRef::from(stream).set_tcp_keepalive(&KEEPALIVE)
}

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
