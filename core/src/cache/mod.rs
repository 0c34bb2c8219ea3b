//! The token cache: one per process, one entry per key, one fetch per entry at a time.

mod entry;
mod freshness;
mod key;
mod policy;

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::credential::chain::Chain;
use crate::credential::{Acquired, Acquisition, AppCredentials, Credential, TokenRequest};
use crate::error::{Code, Error, Failure};
use crate::health::LastFailure;
use crate::http::request::Http;
use crate::secret::Secret;
use crate::settings::{AppCredential, Settings};
use crate::system::{System, Timestamp};
use crate::token_claims::Claims;

use entry::{Entry, FetchId, Flight, Subject, Wait, serve};
use key::Key;
use policy::Step;

/// A timer sleeps no longer than this at a time: the wall clock can be set, and a machine can be suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Entries are swept of what has expired each time their number has doubled from here.
const FIRST_SWEEP: usize = 256;

/// A token as it is handed out.
#[derive(Clone)]
pub struct Served {
    /// The token.
    pub token: Secret,
    /// Who gave it.
    pub credential: Credential,
    /// When it expires.
    pub expires_on: Timestamp,
    /// From when it is refreshed while it goes on serving.
    pub refresh_at: Timestamp,
    /// Until when the answer may be kept without asking again, unless the generation moves on.
    pub ask_at: Timestamp,
    /// The cache's generation when this was served.
    pub generation: i32,
}

/// What a call gets, or where it waits for it.
pub enum Answer {
    /// At once.
    Ready(Box<Served>),
    /// At once: no token, and why.
    Refused(Arc<Error>),
    /// When the fetch that it joined ends.
    Pending(Pending),
}

/// A place in the queue for a fetch. Dropping it leaves the fetch and the others alone.
pub struct Pending {
    outcome: Wait,
    interest: Interest,
}

/// That somebody waits: a clear begins a fetch anew only while one of these is held.
#[derive(Clone, Default)]
pub struct Interest(Arc<()>);

impl Interest {
    fn is_shared(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Pending {
    /// Waits for the fetch.
    ///
    /// # Errors
    /// The fetch's error, the same one for all who waited.
    pub async fn wait(self) -> Result<Served, Arc<Error>> {
        let (_interest, outcome) = self.split();
        outcome.await
    }

    /// The same, for those who give up in another place than where they wait: they drop the interest, at once.
    pub fn split(mut self) -> (Interest, impl Future<Output = Result<Served, Arc<Error>>> + Send) {
        let outcome = async move {
            let outcome = self.outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone());
            match outcome {
                Ok(Some(outcome)) => outcome,
                // The sender is dropped with its entry alone, which has no waiters then.
                _ => Err(Arc::new(lost())),
            }
        };
        (self.interest, outcome)
    }
}

/// The end of a fetch whose task was lost.
fn lost() -> Error {
    Failure::new(Code::Network, "the fetch ended without an answer").next("try again").into()
}

/// A reader keeps answers and is told when they may no longer be kept.
pub trait Reader: Send + Sync {
    /// The cache has moved on to `generation`.
    fn publish(&self, generation: i32);

    /// Whether the answer kept in `slot` was used since this was last asked.
    fn take_used(&self, slot: u32) -> bool;

    /// A fetch of the process has ended. The cache is locked meanwhile: hand the event on and return.
    fn observe(&self, event: &FetchEvent);
}

/// The end of a fetch.
pub struct FetchEvent {
    /// What it was for.
    pub scopes: Vec<String>,
    /// The tenant that was asked for.
    pub tenant: Option<String>,
    /// Whether a valid token is held meanwhile.
    pub is_refresh: bool,
    /// How long it took, by the wall clock.
    pub duration: Duration,
    /// Who gave the token and when that expires, or why there is none.
    pub outcome: Result<(Credential, Timestamp), Arc<Error>>,
}

/// A call for a token.
pub struct Call {
    /// Under which surroundings.
    pub settings: Settings,
    /// What for.
    pub request: TokenRequest,
    /// The way to the app's own credentials; the newest one is kept for the fetches to come.
    pub app: Option<Arc<dyn AppCredentials>>,
    /// Where the caller keeps what it gets.
    pub place: Option<(Arc<dyn Reader>, u32)>,
    /// Whether the endpoint is asked even where a token is held; a fetch under way is joined.
    pub force: bool,
}

/// What the cache holds and has done.
#[derive(Default)]
pub struct Stats {
    /// Acquisitions started.
    pub fetches: u64,
    /// Acquisitions that ended in an error.
    pub failures: u64,
    /// Acquisitions under way.
    pub in_flight: usize,
    /// The tokens held, without the tokens.
    pub tokens: Vec<HeldToken>,
}

/// A held token, without the token.
pub struct HeldToken {
    /// Who gave it.
    pub credential: Credential,
    /// What it is for.
    pub scopes: Vec<String>,
    /// The tenant that was asked for.
    pub tenant: Option<String>,
    /// When it expires.
    pub expires_on: Timestamp,
    /// From when it is refreshed.
    pub refresh_at: Timestamp,
}

/// How one token is served.
pub struct TokenHealth {
    /// What it is for.
    pub scopes: Vec<String>,
    /// The tenant that was asked for.
    pub tenant: Option<String>,
    /// The held token, without the token.
    pub held: Option<HeldToken>,
    /// What the held token says of itself, where that was asked for.
    pub claims: Option<Claims>,
    /// The last failure, while nothing has succeeded since.
    pub failure: Option<LastFailure>,
}

impl TokenHealth {
    /// Whether it is held, and whether getting it fails.
    pub fn state(&self) -> (bool, bool) {
        (self.held.is_some(), self.failure.as_ref().is_some_and(|failure| failure.is_current))
    }
}

/// The cache.
pub struct TokenCache {
    system: System,
    http: Arc<dyn Http>,
    runtime: Handle,
    state: Mutex<State>,
}

struct State {
    entries: HashMap<Key, Entry>,
    /// With what it remembers. A clear puts another in its place: what an older fetch still learns is of no use then.
    chain: Arc<Chain>,
    sweep_at: usize,
    next_fetch: FetchId,
    /// Moves on when what readers keep may no longer be served.
    generation: i32,
    readers: Vec<Weak<dyn Reader>>,
    fetches: u64,
    failures: u64,
}

impl State {
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

    /// Drops the entries that hold nothing of use any more.
    fn sweep(&mut self, now: Timestamp) {
        if self.entries.len() >= self.sweep_at {
            self.entries.retain(|_, entry| entry.is_of_use(now));
            self.sweep_at = (self.entries.len() * 2).max(FIRST_SWEEP);
        }
    }
}

impl TokenCache {
    /// An empty cache whose fetches run on `runtime`.
    pub fn new(system: System, http: Arc<dyn Http>, runtime: Handle) -> Arc<Self> {
        Arc::new(Self {
            system,
            http,
            runtime,
            state: Mutex::new(State {
                entries: HashMap::new(),
                chain: Arc::default(),
                sweep_at: FIRST_SWEEP,
                next_fetch: FetchId::default(),
                generation: 0,
                readers: Vec::new(),
                fetches: 0,
                failures: 0,
            }),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where its fetches run.
    pub fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// The machine that its fetches see.
    pub fn system(&self) -> &System {
        &self.system
    }

    /// The client that its fetches send with.
    pub fn http(&self) -> &Arc<dyn Http> {
        &self.http
    }

    /// Adds a reader and tells it the generation.
    pub fn register(&self, reader: &Arc<dyn Reader>) {
        let mut state = self.lock();
        reader.publish(state.generation);
        // Those of threads that have ended; nobody tells us.
        state.readers.retain(|reader| reader.strong_count() > 0);
        state.readers.push(Arc::downgrade(reader));
    }

    /// A token: the held one while it is valid, else the one that the fetch under way brings, else that of a new
    /// fetch.
    pub fn get_token(self: &Arc<Self>, call: Call) -> Answer {
        let Call { settings, request, app, place, force } = call;
        let now = self.system.clock.now();
        let key = Key::new(&settings, &request);
        let subject = || Subject { request: Arc::new(request), settings: Arc::new(settings), app };
        let mut guard = self.lock();
        let state = &mut *guard;
        state.sweep(now);
        let generation = state.generation;
        let entry = match state.entries.entry(key.clone()) {
            MapEntry::Occupied(known) => {
                let entry = known.into_mut();
                entry.note(subject());
                entry
            }
            MapEntry::Vacant(new) => new.insert(Entry::new(subject())),
        };
        if let Some((reader, slot)) = place {
            entry.note_place(&reader, slot);
        }

        match entry.ask(now, force) {
            Step::Serve(held) => Answer::Ready(Box::new(serve(&held, now, generation))),
            Step::ServeAndFetch(held) => {
                self.start(state, &key, false);
                Answer::Ready(Box::new(serve(&held, now, generation)))
            }
            Step::Refuse(error) => Answer::Refused(error),
            Step::Join => {
                let wait = entry.wait();
                if entry.outdate_flight() {
                    self.start(state, &key, true);
                }
                Answer::Pending(wait)
            }
            Step::Fetch => {
                let wait = entry.wait();
                self.start(state, &key, false);
                Answer::Pending(wait)
            }
        }
    }

    /// Starts a fetch for the entry, which must have none under way.
    fn start(self: &Arc<Self>, state: &mut State, key: &Key, is_substitute: bool) {
        let id = state.next_fetch.next();
        let Some(entry) = state.entries.get_mut(key) else { return };
        let subject = entry.subject();
        let fingerprint = subject.settings.fingerprint();
        // Handed over later: a runtime that has ended drops a task here and now, and the guard takes the lock.
        let (hand_over, guard) = oneshot::channel::<FetchGuard>();
        let chain = state.chain.clone();
        let task = self.runtime.spawn(async move {
            if let Ok(guard) = guard.await {
                guard.run(&chain, &subject).await;
            }
        });
        state.fetches += 1;
        entry.set_timer(None);
        let since = self.system.clock.now();
        entry.fly(Flight { id, abort: task.abort_handle(), fingerprint, is_substitute, since });
        let guard = FetchGuard { cache: self.clone(), key: Some(key.clone()), id };
        if let Err(guard) = hand_over.send(guard) {
            guard.disarm();
            self.settle(state, key, id, Err(lost()));
        }
    }

    fn finish(self: &Arc<Self>, key: &Key, id: FetchId, acquisition: Acquisition) {
        self.settle(&mut self.lock(), key, id, acquisition);
    }

    fn settle(self: &Arc<Self>, state: &mut State, key: &Key, id: FetchId, acquisition: Acquisition) {
        let now = self.system.clock.now();
        let Some(entry) = state.entries.get_mut(key).filter(|entry| entry.is_flying(id)) else { return };
        let acquisition = acquisition.map_err(Arc::new);
        let event = entry.event(&acquisition, now);
        let met_challenge = key.without_claims().and_then(|plain| Some((plain, acquisition.as_ref().ok()?.clone())));
        let (is_replaced, error) = entry.land(acquisition, now);
        if error.is_some() {
            state.failures += 1;
        }
        let is_adopted = met_challenge.is_some_and(|(plain, newest)| self.adopt(state, &plain, newest, now));
        if is_replaced || is_adopted {
            state.advance();
        }
        let generation = state.generation;
        if let Some(entry) = state.entries.get_mut(key) {
            entry.tell(error, now, generation);
            self.set_timer(entry, key, now);
        }
        for reader in state.readers.iter().filter_map(Weak::upgrade) {
            reader.observe(&event);
        }
    }

    /// Has the entry without claims take over what one with claims has got; says whether it did.
    fn adopt(self: &Arc<Self>, state: &mut State, plain: &Key, newest: Acquired, now: Timestamp) -> bool {
        let Some(entry) = state.entries.get_mut(plain) else { return false };
        let is_adopted = entry.adopt(newest, now);
        if is_adopted {
            self.set_timer(entry, plain, now);
        }
        is_adopted
    }

    /// Sets the timer for the entry's next refresh ahead.
    fn set_timer(self: &Arc<Self>, entry: &mut Entry, key: &Key, now: Timestamp) {
        let timer = entry.look_at(now, fastrand::f64()).map(|at| {
            let (cache, key) = (self.clone(), key.clone());
            self.runtime.spawn(async move { cache.refresh_ahead(&key, at).await }).abort_handle()
        });
        entry.set_timer(timer);
    }

    /// Waits until `at`, and refreshes the entry's token if somebody uses it.
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
            self.start(state, key, false);
        }
    }

    /// Forgets every token, failure and remembered credential. A fetch under way is ended and, where somebody
    /// waits for it, begun anew, so that nothing learned before outlives this call.
    pub fn clear(self: &Arc<Self>) {
        let mut guard = self.lock();
        let state = &mut *guard;
        state.chain = Arc::default();
        state.entries.retain(|_, entry| entry.clear());
        let waited_for: Vec<Key> = state.entries.keys().cloned().collect();
        for key in &waited_for {
            self.start(state, key, false);
        }
        state.advance();
    }

    /// Forgets what the app's credentials gave that are gone, as `is_gone` says: nobody can ask for it again.
    pub fn forget(&self, is_gone: impl Fn(&AppCredential) -> bool) {
        self.lock().entries.retain(|_, entry| {
            // One that is being asked this moment is forgotten when its token has expired.
            let is_kept = entry.is_in_flight() || !entry.app().is_some_and(&is_gone);
            if !is_kept {
                entry.set_timer(None);
            }
            is_kept
        });
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

/// Reports the end of a fetch, also where its task panics or its runtime goes: nobody waits for ever.
struct FetchGuard {
    cache: Arc<TokenCache>,
    key: Option<Key>,
    id: FetchId,
}

impl FetchGuard {
    async fn run(mut self, chain: &Chain, subject: &Subject) {
        let cache = self.cache.clone();
        let Subject { request, settings, app } = subject;
        let acquisition = chain.get_token(&cache.system, &cache.http, settings, request, app.as_deref()).await;
        if let Some(key) = self.key.take() {
            cache.finish(&key, self.id, acquisition);
        }
    }

    fn disarm(mut self) {
        self.key = None;
    }
}

impl Drop for FetchGuard {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.cache.finish(&key, self.id, Err(lost()));
        }
    }
}

#[cfg(test)]
mod tests;
