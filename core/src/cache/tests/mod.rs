//! The cache with a fetch that is scripted.

mod chain;
mod challenges;
mod clear;
mod outage;
mod refresh;
mod reports;
mod sharing;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use super::*;
use crate::credential::{Credential, Token, TokenRequest};
use crate::error::{Code, Error, Failure};
use crate::secret::Secret;
use crate::test_support::{FakeSystem, START, SteeredClock, secret, settings};

const HOST: [(&str, &str); 3] = [
    ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"),
    ("IDENTITY_ENDPOINT", "http://127.0.0.1/msi"),
    ("IDENTITY_HEADER", "h"),
];

/// Time that is steered, and a fetch that is scripted.
struct Fake {
    system: System,
    clock: Arc<SteeredClock>,
    fetch: ScriptedFetch,
}

impl Fake {
    fn new() -> Self {
        let fake = FakeSystem::new();
        let script = Arc::new(Script { clock: fake.clock.clone(), answers: Mutex::default(), asked: Mutex::default() });
        Self { system: fake.system(), clock: fake.clock.clone(), fetch: ScriptedFetch { script, forgotten: 0 } }
    }

    fn cache_on(&self, runtime: Handle) -> Arc<TokenCache> {
        TokenCache::new(self.system.clone(), Arc::new(self.fetch.clone()), runtime)
    }
}

fn cache(fake: &Fake) -> Arc<TokenCache> {
    fake.cache_on(Handle::current())
}

/// A token and how many seconds it lives, or the failure.
type Scripted = Result<(String, Credential, u64), Code>;

struct Script {
    clock: Arc<SteeredClock>,
    /// Each with the time that it takes.
    answers: Mutex<VecDeque<(Duration, Scripted)>>,
    asked: Mutex<Vec<(u32, Subject)>>,
}

/// Gives scripted answers in order, and refuses what is not scripted.
#[derive(Clone)]
struct ScriptedFetch {
    script: Arc<Script>,
    /// How often it has been told to forget.
    forgotten: u32,
}

impl ScriptedFetch {
    fn give(&self, token: &str, seconds: u64) {
        self.give_after(Duration::ZERO, token, seconds);
    }

    fn give_after(&self, after: Duration, token: &str, seconds: u64) {
        self.push(after, Ok((token.to_owned(), Credential::ManagedIdentity, seconds)));
    }

    fn give_of(&self, credential: Credential, token: &str, seconds: u64) {
        self.push(Duration::ZERO, Ok((token.to_owned(), credential, seconds)));
    }

    fn refuse(&self) {
        self.push(Duration::ZERO, Err(Code::Rejected));
    }

    fn push(&self, after: Duration, scripted: Scripted) {
        self.script.answers.lock().unwrap().push_back((after, scripted));
    }

    /// What was fetched, each with how often the fetch had been told to forget.
    fn asked(&self) -> Vec<(u32, Subject)> {
        self.script.asked.lock().unwrap().clone()
    }

    fn count(&self) -> usize {
        self.asked().len()
    }
}

#[async_trait::async_trait]
impl Fetch for ScriptedFetch {
    async fn fetch(&self, subject: &Subject, _: &SentLog) -> Acquisition {
        self.script.asked.lock().unwrap().push((self.forgotten, subject.clone()));
        let scripted = self.script.answers.lock().unwrap().pop_front();
        let (after, scripted) = scripted.unwrap_or((Duration::ZERO, Err(Code::Rejected)));
        tokio::time::sleep(after).await;
        match scripted {
            Ok((token, credential, seconds)) => {
                let expires_on = crate::system::Clock::now(&*self.script.clock) + Duration::from_secs(seconds);
                Ok(Token { secret: Secret::new(token), credential, expires_on, refresh_on: None })
            }
            Err(code) => Err(Failure::new(code, "refused by the script").into()),
        }
    }

    fn forgetful(&self) -> Arc<dyn Fetch> {
        Arc::new(Self { forgotten: self.forgotten + 1, ..self.clone() })
    }
}

fn request(scope: &str) -> TokenRequest {
    TokenRequest::new(vec![scope.to_owned()], None, None).unwrap()
}

fn call(scope: &str) -> Call {
    Call { settings: settings(&HOST), request: request(scope), app: None, holder: None, place: None, force: false }
}

fn ask(cache: &Arc<TokenCache>) -> Answer {
    cache.get_token(call("s/.default"))
}

/// A thread that keeps answers, with one slot.
#[derive(Default)]
struct Thread {
    generation: AtomicI32,
    used: AtomicBool,
    events: Mutex<Vec<(bool, Duration, &'static str)>>,
}

impl Reader for Thread {
    fn publish(&self, generation: i32) {
        self.generation.store(generation, Ordering::Relaxed);
    }

    fn take_used(&self, _: u32) -> bool {
        self.used.swap(false, Ordering::Relaxed)
    }

    fn observe(&self, event: &FetchEvent) {
        let outcome = match &event.outcome {
            Ok((credential, _)) => credential.name(),
            Err(error) => error.failure.code.as_str(),
        };
        self.events.lock().unwrap().push((event.is_refresh, event.duration, outcome));
    }
}

async fn settled(answer: Answer) -> Result<Served, Arc<Error>> {
    match answer {
        Answer::Ready(served) => Ok(*served),
        Answer::Refused(error) => Err(error),
        Answer::Pending(pending) => pending.wait().await,
    }
}

async fn token(answer: Answer) -> String {
    settled(answer).await.ok().unwrap().token.secret.expose().to_owned()
}

fn is_pending(answer: &Answer) -> bool {
    matches!(answer, Answer::Pending(_))
}
