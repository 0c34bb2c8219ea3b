//! What follows a 401 of the upstream.

use std::pin::Pin;
use std::time::Duration;

use azure_openai_entra_core::secret::Secret;
use bytes::BytesMut;
use http_body::{Body, Frame};
use hyper::body::Incoming;

use crate::body::Beginning;
use crate::tokens::Tokens;

/// How much of a 401's body is read, and for how long.
const LIMIT: usize = 16 * 1024;
const WAIT: Duration = Duration::from_secs(2);

/// A token that the upstream refused, and what it said.
#[derive(Clone, Copy)]
pub struct Refused<'a> {
    /// The token.
    pub token: &'a Secret,
    /// The beginning of the body.
    pub body: &'a [u8],
    /// `WWW-Authenticate`.
    pub challenge: &'a str,
}

/// The token to try instead; none if there is no reason for another attempt.
pub async fn replace(tokens: &Tokens, path: &str, refused: Refused<'_>) -> Option<Secret> {
    // A good token of an identity without the role: no other token of it is better.
    let said: Vec<u8> = refused.body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    const MISSING_ROLE: &[u8] = br#""code":"PermissionDenied""#;
    if said.windows(MISSING_ROLE.len()).any(|part| part == MISSING_ROLE) {
        return None;
    }
    match tokens.replace(path, refused.token, refused.challenge).await {
        Ok(served) => Some(served.token.secret.clone()).filter(|token| token != refused.token),
        Err(error) => {
            tracing::warn!("The upstream refused a token, and no other token is available: {error}");
            None
        }
    }
}

/// The first part of an answer's body, which is then missing from `body`.
pub async fn beginning(body: &mut Incoming) -> Beginning {
    let (mut first, mut behind) = (BytesMut::new(), None);
    let read = async {
        while first.len() < LIMIT {
            let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await;
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => first.extend_from_slice(&data),
                // `body` tells an error once, and then is as if it were whole.
                Some(Err(error)) => behind = Some(Err(error)),
                Some(Ok(Err(trailers))) => behind = Some(Ok(trailers)),
                None => return,
            }
            if behind.is_some() {
                return;
            }
            if body.is_end_stream() {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(WAIT, read).await;
    Beginning { data: first.freeze(), behind }
}
