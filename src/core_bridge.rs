//! One thread's connection to the cache: its calls, its completions, and the word that tells it to ask again.

use std::collections::{HashMap, HashSet};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

use napi::bindgen_prelude::{FnArgs, Function, Int32Array};
use napi::{Env, Error as NapiError, Result, Status};
use napi_derive::napi;
use tokio::task::AbortHandle;

use crate::answers::{CallAnswer, ErrorFields, SentFields, ServedToken, StatsFields};
use crate::app_credential::{AppCredentialAnswer, AppCredentialLink, AppCredentialRequest, AppCredentialThread};
use crate::callback::Callback;
use crate::calls::{CredentialCall, NO_BRIDGE, RefusedToken, TokenCall};
use crate::health_check::FetchFields;
use crate::unwind::catching;
use crate::{azure_openai, process_wide};
use azure_openai_entra_core::cache::{Answer, Call, Ended, FetchEvent, Interest, Pending, Reader, TokenCache};
use azure_openai_entra_core::error::{Error, Failure};
use azure_openai_entra_core::settings::{AppCredential, Settings, check_required};

/// The completion callback: the call's number, an error or a token, and what was sent for the call that began the fetch.
type CompletionArguments = FnArgs<(u32, Option<ErrorFields>, Option<ServedToken>, Option<Vec<SentFields>>)>;
type ObserverArguments = FnArgs<(FetchFields,)>;
/// A thread that does not keep up loses events rather than filling memory.
const EVENT_QUEUE: usize = 1024;

/// The connection of one JavaScript thread.
#[napi]
pub struct CoreBridge {
    shared: Arc<Shared>,
}

/// Tells the sessions of the process apart, also ended ones.
static SESSIONS: AtomicU64 = AtomicU64::new(0);

struct Shared {
    id: u64,
    words: Words,
    registered: Once,
    app_credentials: Arc<AppCredentialThread>,
    completion: Callback<CompletionArguments>,
    observer: Callback<ObserverArguments, EVENT_QUEUE>,
    next_call: AtomicU32,
    waiting: Mutex<HashMap<u32, Waiter>>,
}

/// A call that waits.
struct Waiter {
    task: AbortHandle,
    /// Dropped here when the call is cancelled; the task ends a little later, on its own thread.
    _interest: Interest,
}

#[napi]
impl CoreBridge {
    /// `words[0]` becomes the cache's generation: an answer of another generation must not be kept. JavaScript sets
    /// the word of a slot when it uses its kept answer.
    ///
    /// `ask_app_credential` is called with a number and a request for a token of a JavaScript credential; `answer_app_credential` takes
    /// the answer. `observe` is called at the end of every fetch of the process.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: Env,
        words: Int32Array,
        #[napi(
            ts_arg_type = "(id: number, refused: ErrorFields | null | undefined, served: ServedToken | null | undefined, sent: Array<SentFields> | null | undefined) => void"
        )]
        completion: Function<'_, CompletionArguments, ()>,
        #[napi(ts_arg_type = "(id: number, request: AppCredentialRequest) => void")] ask_app_credential: Function<
            '_,
            FnArgs<(u32, AppCredentialRequest)>,
            (),
        >,
        #[napi(ts_arg_type = "(event: FetchFields) => void")] observe: Function<'_, ObserverArguments, ()>,
    ) -> Result<Self> {
        let shared = Arc::new(Shared {
            id: SESSIONS.fetch_add(1, Ordering::Relaxed),
            words: Words::new(words)?,
            registered: Once::new(),
            app_credentials: Arc::new(AppCredentialThread::new(&env, &ask_app_credential)?),
            completion: Callback::new(&env, &completion)?,
            observer: Callback::new(&env, &observe)?,
            next_call: AtomicU32::new(0),
            waiting: Mutex::default(),
        });
        // Of the two ways in which it ends, with its thread or before, this one comes before the thread's heap goes.
        env.add_env_cleanup_hook(Arc::downgrade(&shared), |shared| {
            let _ = catching(|| Ok(shared.upgrade().inspect(|shared| shared.close())));
        })?;
        Ok(Self { shared })
    }

    /// A token for `call` under `variables`: now, or later through the completion callback. If the answer will be
    /// kept, `slot` is the word that says whether it is used.
    #[napi(catch_unwind)]
    pub fn get_token(&self, variables: String, mut call: TokenCall, slot: Option<u32>) -> Result<CallAnswer> {
        let cache = match self.shared.cache() {
            Ok(cache) => cache,
            Err(failure) => return Ok(CallAnswer::refused(&failure.into())),
        };
        let object = call.app.as_ref().map(|app| app.object);
        let holder = call.credential.as_ref().and_then(|it| it.class.as_ref()?.holder);
        let holder = holder.map(|object| AppCredential::Object { bridge: self.shared.id, object });
        let refused = call.in_place_of.take();
        let (settings, request, force) = match parse(&variables, call, self.shared.id) {
            Ok(parsed) => parsed,
            Err(failure) => return Ok(CallAnswer::refused(&failure.into())),
        };
        let link = AppCredentialLink { thread: self.shared.app_credentials.clone(), object };
        let place = slot.map(|slot| (self.shared.clone() as Arc<dyn Reader>, slot));
        let call = Call { settings, request, app: Some(Arc::new(link)), holder, place, force };
        let answer = match refused {
            None => cache.get_token(call),
            Some(RefusedToken { token, challenge }) => {
                cache.replace(call, &token, challenge.as_deref().unwrap_or_default())
            }
        };
        Ok(match answer {
            Answer::Ready(served) => CallAnswer::served(*served),
            Answer::Refused(error) => CallAnswer::refused(&error),
            Answer::Pending(pending) => CallAnswer::pending(self.shared.await_completion(pending, cache.runtime())),
        })
    }

    /// The answer to a request for a token of a JavaScript credential.
    #[napi(catch_unwind)]
    pub fn answer_app_credential(&self, id: u32, answer: AppCredentialAnswer) {
        self.shared.app_credentials.answer(id, answer);
    }

    /// Credential objects of this thread that are gone, by their numbers.
    #[napi(catch_unwind)]
    pub fn forget(&self, objects: Vec<u32>) {
        let objects: HashSet<u32> = objects.into_iter().collect();
        self.shared.forget(|object| objects.contains(&object));
    }

    /// Ends the wait for a call: its completion callback is not called any more.
    #[napi(catch_unwind)]
    pub fn cancel(&self, call: u32) {
        if let Some(waiter) = self.shared.waiting().remove(&call) {
            waiter.task.abort();
        }
    }
}

impl Drop for CoreBridge {
    fn drop(&mut self) {
        self.shared.close();
    }
}

fn parse(
    variables: &str,
    mut call: TokenCall,
    bridge: u64,
) -> std::result::Result<(Settings, azure_openai_entra_core::credential::TokenRequest, bool), Failure> {
    let mut options = call.credential.take().unwrap_or_default().options(bridge);
    options.app = call.app.take().map(|app| match app.cache_key {
        Some(name) => AppCredential::Named(name),
        None => AppCredential::Object { bridge, object: app.object },
    });
    let settings = Settings::parse(process_wide::variables(variables), &options)?;
    let force = call.force_refresh.unwrap_or(false);
    let request = call.request(&settings)?;
    Ok((settings, request, force))
}

impl Shared {
    /// The cache, which tells this thread of its generation from now on.
    fn cache(self: &Arc<Self>) -> std::result::Result<&'static Arc<TokenCache>, Failure> {
        let cache = &process_wide::core()?.cache;
        self.registered.call_once(|| cache.register(&(self.clone() as Arc<dyn Reader>)));
        Ok(cache)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u32, Waiter>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn await_completion(self: &Arc<Self>, pending: Pending, runtime: &tokio::runtime::Handle) -> u32 {
        let id = self.next_call.fetch_add(1, Ordering::Relaxed);
        let shared = self.clone();
        let (interest, outcome) = pending.split();
        // Held while the waiter starts, so that it cannot end before it is listed.
        let mut waiting = self.waiting();
        let task = runtime.spawn(async move {
            let ended = outcome.await;
            if shared.waiting().remove(&id).is_some() {
                shared.complete(id, ended);
            }
        });
        waiting.insert(id, Waiter { task: task.abort_handle(), _interest: interest });
        id
    }

    fn complete(&self, id: u32, (outcome, sent): Ended) {
        let sent = sent.map(|sent| sent.iter().map(SentFields::from).collect());
        let arguments = match outcome {
            Ok(served) => (id, None, Some(served.into()), sent),
            Err(error) => (id, Some(ErrorFields::from(error.as_ref())), None, sent),
        };
        // It fails if the thread is ending, and then no caller waits any more.
        let _ = self.completion.call(arguments.into());
    }

    fn forget(&self, is_gone: impl Fn(u32) -> bool) {
        if let Some(cache) = process_wide::existing_cache() {
            cache.forget(
                |app| matches!(app, AppCredential::Object { bridge, object } if *bridge == self.id && is_gone(*object)),
            );
        }
    }

    fn close(&self) {
        self.forget(|_| true);
        self.words.close();
        self.completion.close();
        self.observer.close();
        self.app_credentials.close();
        for (_, waiter) in self.waiting().drain() {
            waiter.task.abort();
        }
    }
}

impl Reader for Shared {
    fn publish(&self, generation: i32) {
        self.words.with(0, |word| word.store(generation, Ordering::Release));
    }

    fn take_used(&self, slot: u32) -> bool {
        self.words.with(slot, |word| word.swap(0, Ordering::AcqRel)).is_some_and(|used| used != 0)
    }

    fn observe(&self, event: &FetchEvent) {
        // It fails if the thread is ending, or is far behind.
        let _ = self.observer.call((FetchFields::from(event),).into());
    }
}

/// An `Int32Array` of the thread, written from others until the thread ends.
struct Words(Mutex<Option<Memory>>);

/// The array's memory, and the reference that keeps it.
struct Memory {
    words: NonNull<AtomicI32>,
    length: usize,
    _array: Int32Array,
}

// SAFETY: `words` points to atomics, which any thread may use while `_array` keeps them. The reference is made and
// dropped on the thread that owns it.
unsafe impl Send for Memory {}

impl Words {
    /// # Errors
    /// If the array has no memory, as one whose buffer was transferred has none, or no word for a slot.
    fn new(mut array: Int32Array) -> Result<Self> {
        let length = array.len();
        // SAFETY: the slice lives for this expression, on the thread of the array, which writes nothing else meanwhile.
        let start = unsafe { array.as_mut() }.as_mut_ptr().cast::<AtomicI32>();
        match NonNull::new(start).filter(|start| start.is_aligned()) {
            Some(words) if length > 1 => Ok(Self(Mutex::new(Some(Memory { words, length, _array: array })))),
            _ => Err(NapiError::new(Status::InvalidArg, "words is detached or has less than two elements")),
        }
    }

    /// Hands the word at `index` to `act`; none if there is no such word, or the thread has ended.
    fn with<T>(&self, index: u32, act: impl FnOnce(&AtomicI32) -> T) -> Option<T> {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shore = guard.as_ref()?;
        let index = usize::try_from(index).ok().filter(|index| *index < shore.length)?;
        // SAFETY: the word is inside the array, and aligned. Its memory lies outside the moving heap and is there: the
        // array is referenced, `close` takes it out under this lock before the heap goes, and `lib/core-bridge.js`, which
        // made it, keeps its buffer to itself, so that no code can transfer it. The pointer came from a mutable slice, and
        // JavaScript writes whole words.
        Some(act(unsafe { shore.words.add(index).as_ref() }))
    }

    /// Drops the reference on the thread that owns it.
    fn close(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Forgets every token, failure and remembered credential, in all threads.
#[napi(catch_unwind)]
pub fn clear_token_cache() {
    if let Some(cache) = process_wide::existing_cache() {
        cache.clear();
    }
}

/// What the cache holds and has done.
#[napi(catch_unwind)]
pub fn cache_stats() -> StatsFields {
    let stats = process_wide::existing_cache().map(|cache| cache.stats()).unwrap_or_default();
    StatsFields::new(stats, azure_openai::fallbacks())
}

/// What is wrong with the options of a new credential, under the variables of this moment.
#[napi(catch_unwind)]
pub fn check_credential(variables: String, credential: CredentialCall) -> Option<ErrorFields> {
    let variables = process_wide::variables(&variables);
    let required = credential.required_env_vars.clone().unwrap_or_default();
    // A function of the app is of no thread here: nothing is fetched with these settings.
    let options = credential.options(NO_BRIDGE);
    let checked = check_required(&variables, &required).and_then(|()| Settings::parse(variables, &options));
    checked.err().map(|failure| ErrorFields::from(&Error::from(failure)))
}
