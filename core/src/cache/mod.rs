//! The token cache: one per process, one entry per key, one fetch per entry at a time.

mod answer;
mod calls;
mod entry;
mod entry_state;
mod fetch;
mod flight;
mod forget;
mod freshness;
mod holders;
mod key;
mod reader;
mod report;
mod unauthorized;
mod unmet_claims;
mod users;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::credential::{Acquisition, Token};
use crate::http::sent::{Sent, SentLog};
use crate::system::{System, Timestamp};

use answer::lost;
use entry::Entry;
use flight::{FetchId, Flight};
use key::Key;
use unauthorized::Unauthorized;
use unmet_claims::UnmetClaims;

pub use answer::{Answer, Call, Ended, Interest, Pending, Served};
pub use fetch::{ChainFetch, Fetch, Subject};
pub use reader::{FetchEvent, Reader};
pub use report::{HeldToken, Stats, TokenHealth};

/// A timer sleeps no longer than this at a time: the wall clock can be set, and a machine can be suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Entries are swept of what has expired each time their number has doubled from here.
const FIRST_SWEEP: usize = 256;

/// Why a fetch begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// A call needs a token, or a newer one.
    Call,
    /// The same, in place of a fetch that was ended: it was started under other settings, or the cache was cleared.
    Substitute,
    /// The timer looks ahead.
    Ahead,
}

/// The cache.
pub struct TokenCache {
    system: System,
    runtime: Handle,
    state: Mutex<State>,
}

struct State {
    entries: HashMap<Key, Entry>,
    /// By the keys without claims.
    unauthorized: HashMap<Key, Unauthorized>,
    unmet_claims: UnmetClaims,
    /// A clear puts a forgetful one in its place: what an older fetch still learns is of no use then.
    fetch: Arc<dyn Fetch>,
    sweep_at: usize,
    next_fetch: FetchId,
    /// Moves on when what readers keep may no longer be served.
    generation: i32,
    readers: Vec<Weak<dyn Reader>>,
    fetches: u64,
    failures: u64,
}

impl State {
    fn new(fetch: Arc<dyn Fetch>) -> Self {
        Self {
            entries: HashMap::new(),
            unauthorized: HashMap::new(),
            unmet_claims: UnmetClaims::default(),
            fetch,
            sweep_at: FIRST_SWEEP,
            next_fetch: FetchId::default(),
            generation: 0,
            readers: Vec::new(),
            fetches: 0,
            failures: 0,
        }
    }

    fn advance(&mut self) {
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        self.readers.retain(|reader| {
            let reader = reader.upgrade();
            if let Some(reader) = &reader {
                reader.publish(generation);
            }
            reader.is_some()
        });
    }

    fn len(&self) -> usize {
        self.entries.len() + self.unauthorized.len() + self.unmet_claims.len()
    }

    /// Drops what is of no use any more.
    fn sweep(&mut self, now: Timestamp) {
        if self.len() < self.sweep_at {
            return;
        }
        self.entries.retain(|_, entry| entry.is_of_use(now));
        self.unmet_claims.sweep(now);
        let entries = &self.entries;
        self.unauthorized.retain(|key, known| {
            let holds = |claims: &String| entries.contains_key(&key.with_claims(Some(claims)));
            known.is_of_use(now) || known.claims().is_some_and(holds)
        });
        self.sweep_at = (self.len() * 2).max(FIRST_SWEEP);
    }

    /// Calls for `plain` ask with `claims` from now on: the readers of its token keep the other one's.
    fn move_readers(&mut self, plain: &Key, claims: Option<&String>) {
        let places = self.entries.get_mut(plain).map(Entry::take_places).unwrap_or_default();
        if let Some(entry) = self.entries.get_mut(&plain.with_claims(claims)) {
            entry.add_places(places);
        }
        self.advance();
    }
}

impl TokenCache {
    /// An empty cache that fetches with `fetch`, on `runtime`.
    pub fn new(system: System, fetch: Arc<dyn Fetch>, runtime: Handle) -> Arc<Self> {
        Arc::new(Self { system, runtime, state: Mutex::new(State::new(fetch)) })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where its fetches run.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Adds a reader and tells it the generation.
    pub fn register(&self, reader: &Arc<dyn Reader>) {
        let mut state = self.lock();
        reader.publish(state.generation);
        // Readers of threads that have ended: the end of a thread is not reported.
        state.readers.retain(|reader| reader.strong_count() > 0);
        state.readers.push(Arc::downgrade(reader));
    }

    /// Starts a fetch for the entry, which must have none under way.
    fn start(self: &Arc<Self>, state: &mut State, key: &Key, start: Start) {
        let id = state.next_fetch.next();
        let Some(entry) = state.entries.get_mut(key) else { return };
        let subject = entry.subject();
        let fingerprint = subject.settings.fingerprint();
        // Handed over later: a runtime that has ended drops a task here and now, and the guard takes the lock.
        let (hand_over, guard) = oneshot::channel::<FetchGuard>();
        let fetch = state.fetch.clone();
        let task = self.runtime.spawn(async move {
            if let Ok(guard) = guard.await {
                guard.run(&*fetch, &subject).await;
            }
        });
        state.fetches += 1;
        entry.set_timer(None);
        let since = self.system.clock.now();
        let (is_substitute, is_ahead) = (start == Start::Substitute, start == Start::Ahead);
        let abort = task.abort_handle();
        entry.fly(Flight { id, abort, fingerprint, is_substitute, is_cleared: false, is_ahead, since });
        let guard = FetchGuard { cache: self.clone(), key: Some(key.clone()), id };
        if let Err(guard) = hand_over.send(guard) {
            guard.disarm();
            self.settle(state, key, id, Err(lost()), Vec::new());
        }
    }

    fn finish(self: &Arc<Self>, key: &Key, id: FetchId, acquisition: Acquisition, sent: Vec<Sent>) {
        self.settle(&mut self.lock(), key, id, acquisition, sent);
    }

    fn settle(self: &Arc<Self>, state: &mut State, key: &Key, id: FetchId, acquisition: Acquisition, sent: Vec<Sent>) {
        let now = self.system.clock.now();
        let Some(entry) = state.entries.get_mut(key).filter(|entry| entry.is_flying(id)) else { return };
        let acquisition = acquisition.map_err(Arc::new);
        let event = entry.event(&acquisition, now);
        let plain = key.with_claims(None);
        let is_forgotten = entry.is_cleared() && acquisition.is_ok();
        let newest = acquisition.as_ref().ok().filter(|_| key.claims().is_some() && !is_forgotten).cloned();
        let has_moved = match state.unauthorized.get_mut(&plain).filter(|known| known.is_renewing(key.claims())) {
            Some(known) => match &acquisition {
                Ok(_) => known.succeed(now),
                Err(error) => {
                    known.fail(error, now, self.system.random.fraction());
                    false
                }
            },
            None => false,
        };
        let (is_replaced, error) = entry.land(acquisition, now, self.system.random.fraction());
        if key.claims().is_some() {
            match &error {
                None => state.unmet_claims.succeed(&plain),
                Some(error) if entry.is_backing_off(now) => {
                    let fingerprint = entry.subject.settings.fingerprint();
                    state.unmet_claims.fail(key, fingerprint, error, now, self.system.random.fraction());
                }
                // What the app's own code refuses, it may give the next time.
                Some(_) => {}
            }
        }
        if let Some(error) = &error {
            state.failures += 1;
            if event.is_refresh {
                let (scopes, code, reason) =
                    (event.scopes.join(" "), error.failure.code.as_str(), &*error.failure.reason);
                tracing::warn!(
                    scopes,
                    credential = error.credential,
                    code,
                    reason,
                    "a token could not be refreshed; the cached one serves until it expires"
                );
            }
        }
        let is_adopted = newest.is_some_and(|newest| self.adopt(state, &plain, newest, now));
        if has_moved {
            state.move_readers(&plain, key.claims());
        } else if is_replaced || is_adopted {
            state.advance();
        }
        let generation = state.generation;
        if let Some(entry) = state.entries.get_mut(key) {
            entry.tell(error, now, generation, sent);
            self.set_timer(entry, key, now);
        }
        if is_forgotten {
            state.forget(key);
        }
        for reader in state.readers.iter().filter_map(Weak::upgrade) {
            reader.observe(&event);
        }
    }

    /// Has the entry without claims take over what one with claims has got; says whether it did.
    fn adopt(self: &Arc<Self>, state: &mut State, plain: &Key, newest: Token, now: Timestamp) -> bool {
        let Some(entry) = state.entries.get_mut(plain) else { return false };
        let is_adopted = entry.adopt(newest, now, self.system.random.fraction());
        if is_adopted {
            self.set_timer(entry, plain, now);
        }
        is_adopted
    }

    /// Sets the timer for the entry's next refresh ahead.
    fn set_timer(self: &Arc<Self>, entry: &mut Entry, key: &Key, now: Timestamp) {
        let timer = entry.look_at(now).map(|at| {
            let (cache, key) = (self.clone(), key.clone());
            self.runtime.spawn(async move { cache.refresh_ahead(&key, at).await }).abort_handle()
        });
        entry.set_timer(timer);
    }

    /// Waits until `at`, and refreshes the entry's token if callers use it.
    async fn refresh_ahead(self: Arc<Self>, key: &Key, at: Timestamp) {
        let clock = self.system.clock.clone();
        loop {
            let left = at.since(clock.now());
            if left.is_zero() {
                break;
            }
            clock.sleep(left.min(LONGEST_SLEEP)).await;
        }
        let now = clock.now();
        let mut guard = self.lock();
        let state = &mut *guard;
        let Some(entry) = state.entries.get_mut(key) else { return };
        if entry.wants_refresh(now) {
            tracing::debug!("refreshing ahead");
            self.start(state, key, Start::Ahead);
        }
    }

    /// How each token is served; with what the tokens say of themselves where `details` are wanted.
    pub fn health(&self, details: bool) -> Vec<TokenHealth> {
        let now = self.system.clock.now();
        let mut tokens: Vec<TokenHealth> =
            self.lock().entries.values().map(|entry| entry.health(now, details)).collect();
        tokens.sort_by(|a, b| (&a.scopes, &a.tenant).cmp(&(&b.scopes, &b.tenant)));
        tokens
    }

    /// What the cache holds and has done.
    pub fn stats(&self) -> Stats {
        let now = self.system.clock.now();
        let state = self.lock();
        let mut tokens: Vec<HeldToken> = state.entries.values().filter_map(|entry| entry.describe(now)).collect();
        tokens.sort_by(|a, b| (&a.scopes, &a.tenant).cmp(&(&b.scopes, &b.tenant)));
        Stats {
            fetches: state.fetches,
            failures: state.failures,
            in_flight: state.entries.values().filter(|entry| entry.is_in_flight()).count(),
            tokens,
        }
    }
}

/// Reports the end of a fetch, also if its task panics or its runtime ends, so that no caller waits for ever.
struct FetchGuard {
    cache: Arc<TokenCache>,
    key: Option<Key>,
    id: FetchId,
}

impl FetchGuard {
    async fn run(mut self, fetch: &dyn Fetch, subject: &Subject) {
        let log = SentLog::default();
        let acquisition = fetch.fetch(subject, &log).await;
        if let Some(key) = self.key.take() {
            self.cache.finish(&key, self.id, acquisition, log.take());
        }
    }

    fn disarm(mut self) {
        self.key = None;
    }
}

impl Drop for FetchGuard {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.cache.finish(&key, self.id, Err(lost()), Vec::new());
        }
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
