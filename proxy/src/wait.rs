//! `wait`: until a proxy on this machine is ready.

use std::time::Duration;

use azure_openai_entra_core::error::{Code, Failure};
use azure_openai_entra_core::secret::quote;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::address::Address;
use crate::stream::Stream;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);
/// For one look.
const LIMIT: Duration = Duration::from_secs(2);

/// Waits until the proxy whose probes are at `admin` is ready, for no longer than `limit`.
///
/// # Errors
/// `Timeout`, with what the last look saw.
pub async fn wait(admin: &Address, limit: Duration) -> Result<(), Failure> {
    let admin = admin.for_clients();
    let mut seen = "no process listens there".to_owned();
    let look = async {
        loop {
            match tokio::time::timeout(LIMIT, look(&admin)).await {
                Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200 ") => return,
                Ok(Ok(answer)) => {
                    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
                    // Another server can listen there.
                    seen = quote(body.lines().next().unwrap_or_default().trim_end_matches('.'), &[]);
                }
                Ok(Err(error)) => seen = error.to_string(),
                Err(_) => "it does not answer".clone_into(&mut seen),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let is_ready = tokio::time::timeout(limit, look).await.is_ok();
    if is_ready {
        return Ok(());
    }
    let reason = format!("the proxy at {admin} is not ready after {} s: {seen}", limit.as_secs());
    Err(Failure::new(Code::Timeout, reason).with_next_step("check the proxy's log, or raise --timeout"))
}

async fn look(admin: &Address) -> std::io::Result<String> {
    let mut stream: Box<dyn Stream> = match admin {
        Address::Tcp(address) => Box::new(tokio::net::TcpStream::connect(address).await?),
        #[cfg(unix)]
        Address::Unix(path) => Box::new(tokio::net::UnixStream::connect(path).await?),
        #[cfg(not(unix))]
        Address::Unix(_) => return Err(std::io::ErrorKind::Unsupported.into()),
    };
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_another_server_says_there_is_told_without_secrets() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let admin = Address::Tcp(listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
                let body = "not ready: Server=db;Password=Sw0rd!fish$9; token eyJhbGciOiJSUzI1NiJ9.eyJzdWIi.abc\u{1b}";
                let head = format!("HTTP/1.1 503 Service Unavailable\r\ncontent-length: {}\r\n\r\n", body.len());
                stream.write_all((head + body).as_bytes()).await.unwrap();
            }
        });
        let failure = wait(&admin, Duration::from_secs(1)).await.unwrap_err();
        server.abort();
        let said = "not ready: Server=db;Password=[redacted]; token [redacted]";
        assert!(failure.reason.ends_with(said), "{}", failure.reason);
    }
}
