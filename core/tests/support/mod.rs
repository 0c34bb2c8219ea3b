//! A server on loopback, and requests to it with the real HTTP client.

use std::sync::Arc;

use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::http::request::{Http, Request, Response};
use azure_openai_entra_core::http::transport::Transport;
use azure_openai_entra_core::settings::TransportSettings;
use azure_openai_entra_core::system::DiskFiles;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

/// A server that reads one request head a connection, sends `answer`, and keeps silent if that is empty.
pub(crate) struct Server {
    pub(crate) address: String,
    heads: mpsc::UnboundedReceiver<String>,
}

impl Server {
    pub(crate) async fn start(answer: impl Into<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (seen, heads) = mpsc::unbounded_channel();
        let answer = answer.into();
        tokio::spawn(async move {
            let mut silent = Vec::new();
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut head = vec![0; 64 * 1024];
                let read = socket.read(&mut head).await.unwrap_or(0);
                let _ = seen.send(String::from_utf8_lossy(&head[..read]).into_owned());
                if answer.is_empty() {
                    silent.push(socket);
                } else {
                    let _ = socket.write_all(&answer).await;
                }
            }
        });
        Self { address, heads }
    }

    pub(crate) fn url(&self) -> Url {
        format!("http://{}/path", self.address).parse().unwrap()
    }

    pub(crate) fn heads(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.heads.try_recv().ok()).collect()
    }
}

pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}", body.len())
}

pub(crate) async fn send(settings: &TransportSettings, request: Request) -> Result<Response, Failure> {
    Transport::new(Arc::new(DiskFiles::default())).send(settings, request).await
}
