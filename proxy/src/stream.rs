//! A connection of any kind.

use tokio::io::{AsyncRead, AsyncWrite};

/// TCP, TLS or a Unix socket.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
