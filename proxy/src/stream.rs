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

/// How long an upstream may take nothing of an upload. Meanwhile nothing of the client is read, not even that it has left. Other
/// reverse proxies wait half as long, and the system notices a machine that has vanished after as long.
#[cfg(target_os = "linux")]
const UNTAKEN: Duration = Duration::from_secs(120);

/// Sets up a new connection to the upstream: it also ends if the upstream takes nothing of what is sent, if the system can tell.
pub fn tune_upload(stream: &TcpStream) -> io::Result<()> {
    tune(stream)?;
    #[cfg(target_os = "linux")]
    SockRef::from(stream).set_tcp_user_timeout(Some(UNTAKEN))?;
    Ok(())
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_upstream_that_takes_nothing_loses_its_connection_and_a_client_that_reads_nothing_keeps_it() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        tune(&stream).unwrap();
        assert_eq!(SockRef::from(&stream).tcp_user_timeout().unwrap(), None);
        tune_upload(&stream).unwrap();
        assert_eq!(SockRef::from(&stream).tcp_user_timeout().unwrap(), Some(UNTAKEN));
    }
}
