//! One entry: what is held, what is under way, what failed. It decides; [`super::TokenCache`] acts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::{HeldToken, Served, freshness};
use crate::credential::{Acquired, Acquisition, Credential, HostCredentials, TokenRequest};
use crate::error::Error;
use crate::settings::Settings;
use crate::system::Timestamp;

/// How long a failure answers for those who come after it: a source that fails under load gets about one request
/// a second, not one per caller.
const FAILURE_KEPT: Duration = Duration::from_secs(1);
/// The pause after a failed refresh, while the held token goes on serving.
const REFRESH_PAUSE: Duration = Duration::from_secs(30);

/// Tells fetches of one entry apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct FetchId(u64);

impl FetchId {
    pub(super) fn next(&mut self) -> Self {
        self.0 += 1;
        *self
    }
}

/// A fetch under way.
pub(super) struct Flight {
    pub(super) id: FetchId,
    pub(super) abort: AbortHandle,
}

/// What a fetch is for, and under which surroundings.
pub(super) struct Subject {
    pub(super) request: Arc<TokenRequest>,
    pub(super) settings: Arc<Settings>,
    pub(super) host: Option<Arc<dyn HostCredentials>>,
}

type Outcome = Option<Result<Served, Arc<Error>>>;
/// Where callers wait for a fetch.
pub(super) type Wait = watch::Receiver<Outcome>;

/// A token in service.
#[derive(Clone)]
pub(super) struct Held {
    acquired: Arc<Acquired>,
    refresh_at: Timestamp,
}

impl Held {
    fn new(acquired: Acquired, now: Timestamp) -> Self {
        let token = &acquired.token;
        let refresh_at = freshness::refresh_at(now, token.expires_on, token.refresh_on);
        Self { acquired: Arc::new(acquired), refresh_at }
    }

    fn expires_on(&self) -> Timestamp {
        self.acquired.token.expires_on
    }

    pub(super) fn credential(&self) -> Credential {
        self.acquired.credential
    }

    pub(super) fn serve(&self, now: Timestamp, generation: i32) -> Served {
        Served {
            token: self.acquired.token.secret.clone(),
            credential: self.credential(),
            expires_on: self.expires_on(),
            refresh_at: self.refresh_at,
            ask_at: freshness::ask_at(now, self.refresh_at, self.expires_on()),
            generation,
        }
    }
}

struct Remembered {
    error: Arc<Error>,
    until: Timestamp,
}

/// What a call leads to.
pub(super) enum Step {
    /// The held token, nothing else.
    Serve(Held),
    /// The held token, and a fetch behind it.
    ServeAndFetch(Held),
    /// The remembered failure.
    Refuse(Arc<Error>),
    /// The fetch under way.
    Join(Wait),
    /// A new fetch.
    Fetch,
}

pub(super) struct Entry {
    request: Arc<TokenRequest>,
    /// The newest that a caller brought.
    settings: Arc<Settings>,
    /// The newest that a caller brought.
    host: Option<Arc<dyn HostCredentials>>,
    held: Option<Held>,
    flight: Option<Flight>,
    /// Outlives a single fetch, so that those who wait when the cache is cleared go over to the next one.
    waiters: Option<watch::Sender<Outcome>>,
    failure: Option<Remembered>,
}

impl Entry {
    pub(super) fn new(request: Arc<TokenRequest>, settings: Arc<Settings>) -> Self {
        Self { request, settings, host: None, held: None, flight: None, waiters: None, failure: None }
    }

    /// Takes the newest surroundings; changed settings end what a failure under the old ones barred.
    pub(super) fn note(&mut self, settings: Arc<Settings>, host: Option<Arc<dyn HostCredentials>>) {
        if self.settings.fingerprint() != settings.fingerprint() {
            self.failure = None;
        }
        self.settings = settings;
        self.host = host;
    }

    /// What a call at `now` leads to.
    pub(super) fn ask(&mut self, now: Timestamp, force: bool) -> Step {
        let held = self.held.as_ref().filter(|held| now < held.expires_on());
        let barred = self.failure.as_ref().filter(|failure| now < failure.until);
        match (held, &self.flight, barred) {
            (_, Some(_), _) if force => self.join(),
            (Some(held), None, _) if !force && now < held.refresh_at => Step::Serve(held.clone()),
            (Some(held), None, None) if !force => Step::ServeAndFetch(held.clone()),
            (Some(held), _, _) if !force => Step::Serve(held.clone()),
            (_, Some(_), _) => self.join(),
            (None, None, Some(failure)) => Step::Refuse(failure.error.clone()),
            (_, None, _) => Step::Fetch,
        }
    }

    fn join(&mut self) -> Step {
        Step::Join(self.waiters.get_or_insert_with(|| watch::Sender::new(None)).subscribe())
    }

    /// What a fetch is for.
    pub(super) fn subject(&self) -> Subject {
        Subject { request: self.request.clone(), settings: self.settings.clone(), host: self.host.clone() }
    }

    /// A fetch has begun.
    pub(super) fn fly(&mut self, flight: Flight) -> Wait {
        self.flight = Some(flight);
        self.waiters.get_or_insert_with(|| watch::Sender::new(None)).subscribe()
    }

    pub(super) fn is_flying(&self, id: FetchId) -> bool {
        self.flight.as_ref().is_some_and(|flight| flight.id == id)
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.flight.is_some()
    }

    /// Whether readers keep a token that `acquisition` replaces.
    pub(super) fn is_replaced_by(&self, acquisition: &Acquisition) -> bool {
        self.held.is_some() && acquisition.is_ok()
    }

    /// A fetch has ended: keeps what it brought and tells all who wait.
    pub(super) fn land(&mut self, acquisition: Acquisition, now: Timestamp, generation: i32) {
        self.flight = None;
        let outcome = match acquisition {
            Ok(acquired) => {
                let held = Held::new(acquired, now);
                let served = held.serve(now, generation);
                self.held = Some(held);
                self.failure = None;
                Ok(served)
            }
            Err(error) => {
                let error = Arc::new(error);
                let is_held = self.held.as_ref().is_some_and(|held| now < held.expires_on());
                let pause = if is_held { REFRESH_PAUSE } else { FAILURE_KEPT };
                self.failure = Some(Remembered { error: error.clone(), until: now + pause });
                Err(error)
            }
        };
        if let Some(waiters) = self.waiters.take() {
            // No one may be waiting: a refresh behind a held token.
            let _ = waiters.send(Some(outcome));
        }
    }

    /// Forgets everything; says whether somebody waits, so that the entry must live and fetch anew.
    pub(super) fn clear(&mut self) -> bool {
        self.held = None;
        self.failure = None;
        if let Some(flight) = self.flight.take() {
            flight.abort.abort();
        }
        self.waiters.as_ref().is_some_and(|waiters| waiters.receiver_count() > 0)
    }

    /// Whether anything would be lost with this entry.
    pub(super) fn is_of_use(&self, now: Timestamp) -> bool {
        self.flight.is_some()
            || self.held.as_ref().is_some_and(|held| now < held.expires_on())
            || self.failure.as_ref().is_some_and(|failure| now < failure.until)
    }

    /// The held token, without the token.
    pub(super) fn describe(&self, now: Timestamp) -> Option<HeldToken> {
        let held = self.held.as_ref().filter(|held| now < held.expires_on())?;
        Some(HeldToken {
            credential: held.credential(),
            scopes: self.request.scopes.clone(),
            tenant: self.request.tenant.clone(),
            expires_on: held.expires_on(),
            refresh_at: held.refresh_at,
        })
    }
}
