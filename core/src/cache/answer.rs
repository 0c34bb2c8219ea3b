//! A call for a token, and what it gets.

use std::sync::Arc;

use tokio::sync::watch;

use super::reader::Reader;
use crate::credential::{AppCredentials, Token, TokenRequest};
use crate::error::{Code, Error, Failure};
use crate::http::sent::Sent;
use crate::settings::{AppCredential, Settings};
use crate::system::Timestamp;

/// A call for a token.
pub struct Call {
    /// Under which surroundings.
    pub settings: Settings,
    /// What for.
    pub request: TokenRequest,
    /// The way to the app's own credentials; the newest one is kept for the fetches to come.
    pub app: Option<Arc<dyn AppCredentials>>,
    /// What of the app asks, if its token is to be forgotten with it: for the token of a user.
    pub holder: Option<AppCredential>,
    /// Where the caller keeps what it gets.
    pub place: Option<(Arc<dyn Reader>, u32)>,
    /// Whether to ask the endpoint even if a token is cached. Joins a fetch in flight.
    pub force: bool,
}

/// A token as it is handed out.
#[derive(Clone)]
pub struct Served {
    /// The token.
    pub token: Arc<Token>,
    /// From when it is refreshed while it goes on serving.
    pub refresh_at: Timestamp,
    /// Until when the answer may be kept without asking again, unless the generation moves on.
    pub ask_at: Timestamp,
    /// The cache's generation when this was served.
    pub generation: i32,
}

/// What a call gets, or the queue in which it waits.
pub enum Answer {
    /// At once.
    Ready(Box<Served>),
    /// At once: no token, and why.
    Refused(Arc<Error>),
    /// When the fetch that it joined ends.
    Pending(Pending),
}

/// What a waiting call gets, and what was sent for it if it began the fetch.
pub type Ended = (Result<Served, Arc<Error>>, Option<Arc<[Sent]>>);

/// A place in the queue for a fetch. Dropping it affects neither the fetch nor the others.
pub struct Pending {
    pub(super) outcome: watch::Receiver<FetchResult>,
    pub(super) interest: Interest,
    pub(super) begins: bool,
}

/// A waiting caller: a clear starts another fetch only while one of these exists.
#[derive(Clone, Default)]
pub struct Interest(Arc<()>);

impl Interest {
    pub(super) fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Pending {
    /// Waits for the fetch.
    ///
    /// # Errors
    /// The fetch's error, the same one for all waiting callers.
    pub async fn wait(self) -> Result<Served, Arc<Error>> {
        let (_interest, outcome) = self.split();
        outcome.await.0
    }

    /// The same for a caller that gives up in another place than it waits in: it drops the interest, at once.
    pub fn split(mut self) -> (Interest, impl Future<Output = Ended> + Send) {
        let outcome = async move {
            let outcome = self.outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
            match outcome {
                Ok(Some((outcome, sent))) => (outcome, self.begins.then_some(sent)),
                // The sender is dropped only with its entry, which has no waiters then.
                _ => (Err(Arc::new(lost())), None),
            }
        };
        (self.interest, outcome)
    }
}

/// The end of a fetch whose task was lost.
pub(super) fn lost() -> Error {
    Failure::new(Code::Network, "the fetch ended without an answer").with_next_step("retry").into()
}

/// How a fetch ended, and what was sent for it; none before it has.
pub(super) type FetchResult = Option<(Result<Served, Arc<Error>>, Arc<[Sent]>)>;
