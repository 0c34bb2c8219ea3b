//! One entry: its state, the callers waiting for the current fetch, and the readers that keep its token.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::answer::{FetchResult, Interest, Pending, Served, lost};
use super::entry_state::{EntryState, Held, Step};
use super::fetch::Subject;
use super::flight::{FetchId, Flight, Landed};
use super::freshness;
use super::holders::Holders;
use super::reader::{FetchEvent, Reader};
use super::report::{HeldToken, TokenHealth};
use crate::credential::Token;
use crate::error::Error;
use crate::http::sent::Sent;
use crate::settings::AppCredential;
use crate::system::Timestamp;
use crate::token_claims::Claims;

/// Failures that are this far apart are two outages: nothing is known of the time between.
const OUTAGE_GAP: Duration = Duration::from_secs(60);

/// More settings than threads and credentials of one app have for one token; an app that generates them gets no more tries.
const MOST_TRIED: usize = 16;

/// What a clear leaves of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Cleared {
    /// Nothing that a caller waits for.
    IsOfNoUse,
    /// Callers. Another fetch is to begin.
    IsWaitedFor,
    /// Callers, and their fetch.
    Flies,
}

/// Callers waiting for the current fetch.
#[derive(Default)]
struct Waiters {
    outcome: watch::Sender<FetchResult>,
    interest: Interest,
}

/// Where a reader keeps the entry's token.
pub(super) type Place = (Weak<dyn Reader>, u32);

pub(super) struct Entry {
    /// The newest that a caller brought.
    pub(super) subject: Subject,
    state: EntryState<Flight>,
    /// The settings under which a fetch was tried since the last newer token.
    tried: Vec<u64>,
    /// Outlives a single fetch, so that callers that wait when the cache is cleared move to the next one.
    waiters: Option<Waiters>,
    places: Vec<Place>,
    /// The time of the first of the failures in a row, and of the last.
    failing: Option<(Timestamp, Timestamp)>,
    pub(super) holders: Holders,
    /// Whether the token was used since the last refresh ahead, or fetched for a caller.
    is_wanted: bool,
    timer: Option<AbortHandle>,
}

impl Entry {
    pub(super) fn new(subject: Subject) -> Self {
        Self {
            subject,
            state: EntryState::default(),
            tried: Vec::new(),
            waiters: None,
            places: Vec::new(),
            failing: None,
            holders: Holders::default(),
            is_wanted: false,
            timer: None,
        }
    }

    /// Takes the newest surroundings. New settings reset the back-off, unless they were tried as well: callers that differ
    /// must not end one another's pauses for ever.
    pub(super) fn note(&mut self, subject: Subject) {
        let fingerprint = subject.settings.fingerprint();
        let is_untried = self.tried.len() < MOST_TRIED && !self.tried.contains(&fingerprint);
        if is_untried && self.subject.settings.fingerprint() != fingerprint {
            self.state.reset_backoff();
        }
        self.subject = subject;
    }

    /// What a call at `now` leads to.
    pub(super) fn ask(&mut self, now: Timestamp, force: bool) -> Step {
        (self.is_wanted, self.holders.asked_at) = (true, Some(now));
        self.state.ask(now, force)
    }

    /// Records the caller's place for its answer.
    pub(super) fn note_place(&mut self, reader: &Arc<dyn Reader>, slot: u32) {
        let is_noted =
            |(known, known_slot): &Place| *known_slot == slot && std::ptr::addr_eq(known.as_ptr(), Arc::as_ptr(reader));
        if !self.places.iter().any(is_noted) {
            // A thread's places go with it, without notice.
            self.places.retain(|(reader, _)| reader.strong_count() > 0);
            self.places.push((Arc::downgrade(reader), slot));
        }
    }

    /// The places where readers keep the entry's token. They will keep another one's.
    pub(super) fn take_places(&mut self) -> Vec<Place> {
        self.is_wanted = false;
        std::mem::take(&mut self.places)
    }

    pub(super) fn add_places(&mut self, places: Vec<Place>) {
        for (reader, slot) in places {
            if let Some(reader) = reader.upgrade() {
                self.note_place(&reader, slot);
            }
        }
    }

    /// Whether it serves this token.
    pub(super) fn holds(&self, token: &str, now: Timestamp) -> bool {
        self.state.held(now).is_some_and(|held| held.token.secret.expose() == token)
    }

    /// Queues a caller, and says of it whether it begins the fetch.
    pub(super) fn wait(&mut self, begins: bool) -> Pending {
        let waiters = self.waiters.get_or_insert_default();
        Pending { outcome: waiters.outcome.subscribe(), interest: waiters.interest.clone(), begins }
    }

    /// What a fetch is for.
    pub(super) fn subject(&self) -> Subject {
        self.subject.clone()
    }

    /// The objects of the app that are asked, and that are given the requests.
    pub(super) fn objects(&self) -> impl Iterator<Item = &AppCredential> {
        let settings = &self.subject.settings;
        settings.app().into_iter().chain(&settings.network.sender)
    }

    /// A fetch has begun.
    pub(super) fn fly(&mut self, flight: Flight) {
        self.state.begin(flight);
    }

    pub(super) fn is_flying(&self, id: FetchId) -> bool {
        self.state.fetch().is_some_and(|flight| flight.id == id)
    }

    /// Ends the fetch in flight if it was started under other settings than the newest, so that one under these can
    /// take its place. Once only: threads with different environments must not end one another's fetches for ever.
    pub(super) fn outdate_flight(&mut self) -> bool {
        let newest = self.subject.settings.fingerprint();
        match self.state.take_fetch(|flight| !flight.is_substitute && flight.fingerprint != newest) {
            Some(flight) => {
                flight.abort.abort();
                true
            }
            None => false,
        }
    }

    pub(super) fn is_backing_off(&self, now: Timestamp) -> bool {
        self.state.is_backing_off(now)
    }

    pub(super) fn is_in_flight(&self) -> bool {
        self.state.fetch().is_some()
    }

    /// What observers learn of the end of the fetch in flight; before [`Self::land`].
    pub(super) fn event(&self, acquisition: &Landed, now: Timestamp) -> FetchEvent {
        let request = &self.subject.request;
        FetchEvent {
            scopes: request.shown_scopes(),
            tenant: request.shown_tenant(),
            is_refresh: self.state.held(now).is_some(),
            duration: self.state.fetch().map_or(Duration::ZERO, |flight| now.since(flight.since)),
            outcome: match acquisition {
                Ok(token) => Ok((token.credential, token.expires_on)),
                Err(error) => Err(error.clone()),
            },
        }
    }

    /// A fetch has ended: keeps what it brought. Says whether readers keep a token that it replaces; `tell` follows.
    pub(super) fn land(&mut self, acquisition: Landed, now: Timestamp, jitter: f64) -> (bool, Option<Arc<Error>>) {
        let flight = self.state.take_fetch(|_| true);
        self.failing = match (&acquisition, self.failing) {
            (Ok(_), _) => None,
            (Err(_), Some((first, last))) if first <= now && now.since(last) < OUTAGE_GAP => Some((first, now)),
            (Err(_), _) => Some((flight.as_ref().map_or(now, |flight| flight.since), now)),
        };
        let acquisition = acquisition.map_err(|mut error| {
            let since = self.failing.map_or(now, |(first, _)| first);
            Arc::make_mut(&mut error).failing_for = now.since(since);
            error
        });
        let landed = match acquisition {
            Ok(token) => {
                // The callers of a fetch count as the use of its token.
                self.is_wanted &= flight.as_ref().is_some_and(|flight| !flight.is_ahead);
                (self.state.succeed(token, now, jitter), None)
            }
            Err(error) => {
                self.state.fail(error.clone(), now, jitter);
                // What the app's own code refuses, it may give the next time.
                if self.subject.settings.sources.app.is_some() || error.failure.cause.is_some() {
                    self.state.hold_off_no_caller(now);
                }
                (false, Some(error))
            }
        };
        if !self.state.is_backing_off(now) {
            self.tried.clear();
        } else if let Some(Flight { fingerprint, .. }) = flight
            && !self.tried.contains(&fingerprint)
        {
            self.tried.push(fingerprint);
        }
        landed
    }

    /// Takes over a token that met a challenge to the held one: the next caller must not get the challenged one. Of
    /// the same source only, because another source is another identity. Says whether readers keep a token that it replaces.
    pub(super) fn adopt(&mut self, newest: Token, now: Timestamp, jitter: f64) -> bool {
        let is_newer = self.state.held(now).is_some_and(|held| {
            held.token.credential == newest.credential
                && held.token.secret != newest.secret
                && held.expires_on() <= newest.expires_on
        });
        // A fetch in flight brings an even newer one.
        if !is_newer || self.is_in_flight() {
            return false;
        }
        self.tried.clear();
        self.state.succeed(newest, now, jitter)
    }

    /// Tells all waiting callers how the fetch ended.
    pub(super) fn tell(&mut self, error: Option<Arc<Error>>, now: Timestamp, generation: i32, sent: Vec<Sent>) {
        let Some(waiters) = self.waiters.take() else { return };
        let outcome = match (error, self.state.held(now)) {
            (Some(error), _) => Err(error),
            (None, Some(held)) => Ok(serve(held, now, generation)),
            // It expired between its acquisition and here.
            (None, None) => Err(Arc::new(lost())),
        };
        // No one may be waiting any more.
        let _ = waiters.outcome.send(Some((outcome, sent.into())));
    }

    /// Forgets everything. A fetch in flight is ended, unless callers wait for it and it took the place of another: an app
    /// that clears more often than a fetch takes must not flood the endpoint, and its callers must get an answer.
    pub(super) fn clear(&mut self) -> Cleared {
        let flight = self.state.take_fetch(|_| true);
        let is_waited_for = self.waiters.as_ref().is_some_and(|waiters| waiters.interest.is_shared());
        self.state.clear();
        self.tried.clear();
        self.failing = None;
        self.set_timer(None);
        match flight {
            Some(flight) if is_waited_for && flight.is_substitute => {
                self.state.begin(Flight { is_cleared: true, ..flight });
                return Cleared::Flies;
            }
            flight => drop(flight.inspect(|flight| flight.abort.abort())),
        }
        if is_waited_for { Cleared::IsWaitedFor } else { Cleared::IsOfNoUse }
    }

    /// Whether the cache was cleared since the fetch in flight began.
    pub(super) fn is_cleared(&self) -> bool {
        self.state.fetch().is_some_and(|flight| flight.is_cleared)
    }

    pub(super) fn set_timer(&mut self, timer: Option<AbortHandle>) {
        if let Some(old) = std::mem::replace(&mut self.timer, timer) {
            old.abort();
        }
    }

    /// When a timer is to look after the entry.
    pub(super) fn look_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.state.look_at(now)
    }

    /// Whether a refresh is to be begun ahead of the next call: it is time, and the token was used.
    pub(super) fn wants_refresh(&mut self, now: Timestamp) -> bool {
        if !self.state.wants_refresh(now) {
            return false;
        }
        for (reader, slot) in &self.places {
            if let Some(reader) = reader.upgrade() {
                // Every place is swept, so that each tells of the time since this look the next time.
                self.is_wanted |= reader.take_used(*slot);
            }
        }
        self.is_wanted
    }

    /// Whether anything would be lost with this entry.
    pub(super) fn is_of_use(&self, now: Timestamp) -> bool {
        self.state.is_of_use(now)
    }

    /// How the entry serves; with the token's claims where `details` are wanted.
    pub(super) fn health(&self, now: Timestamp, details: bool) -> TokenHealth {
        let request = &self.subject.request;
        let held = self.state.held(now).filter(|_| details);
        TokenHealth {
            scopes: request.shown_scopes(),
            tenant: request.shown_tenant(),
            held: self.describe(now),
            claims: held.and_then(|held| Claims::of(&held.token.secret)),
            failure: self.state.last_failure(now),
        }
    }

    /// The held token, without the token.
    pub(super) fn describe(&self, now: Timestamp) -> Option<HeldToken> {
        let held = self.state.held(now)?;
        Some(HeldToken {
            credential: held.token.credential,
            scopes: self.subject.request.shown_scopes(),
            tenant: self.subject.request.shown_tenant(),
            expires_on: held.expires_on(),
            refresh_at: held.refresh_at,
        })
    }
}

/// A held token as it is handed out.
pub(super) fn serve(held: &Held, now: Timestamp, generation: i32) -> Served {
    Served {
        token: held.token.clone(),
        refresh_at: held.refresh_at,
        ask_at: freshness::ask_at(now, held.refresh_at, held.expires_on()),
        generation,
    }
}
