//! A fake system for tests: time that is steered, answers that are scripted, everything that was asked on record.

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use async_trait::async_trait;
use tracing::level_filters::LevelFilter;

use crate::error::{Code, Failure};
use crate::http::request::{Http, Request, Response, Route};
use crate::secret::Secret;
use crate::settings::{CredentialOptions, Settings, TransportSettings, Variables};
use crate::system::{Clock, Command, Files, Os, Output, ProcessError, Processes, Random, System, Timestamp};

/// Where the clock of a test begins.
pub(crate) const START: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Everything outside, scripted. Use it under tokio's paused time.
pub(crate) struct FakeSystem {
    pub(crate) clock: Arc<SteeredClock>,
    pub(crate) http: Arc<ScriptedHttp>,
    pub(crate) files: Arc<MemoryFiles>,
    pub(crate) processes: Arc<ScriptedProcesses>,
    os: Os,
}

impl FakeSystem {
    pub(crate) fn new() -> Self {
        Self::on(Os::Linux)
    }

    pub(crate) fn on(os: Os) -> Self {
        capture_logs();
        Self {
            clock: Arc::new(SteeredClock::new()),
            http: Arc::default(),
            files: Arc::default(),
            processes: Arc::default(),
            os,
        }
    }

    pub(crate) fn system(&self) -> System {
        System {
            clock: self.clock.clone(),
            files: self.files.clone(),
            processes: self.processes.clone(),
            os: self.os,
            random: Arc::new(Even),
        }
    }

    pub(crate) fn http(&self) -> Arc<dyn Http> {
        self.http.clone()
    }
}

/// The mean of all chances.
struct Even;

impl Random for Even {
    fn fraction(&self) -> f64 {
        0.5
    }
}

/// Settings only from variables.
pub(crate) fn settings(variables: &[(&str, &str)]) -> Settings {
    settings_with(variables, &CredentialOptions::default())
}

/// Settings from variables and options.
pub(crate) fn settings_with(variables: &[(&str, &str)], options: &CredentialOptions) -> Settings {
    try_settings(variables, options).unwrap_or_else(|failure| panic!("{}", failure.reason))
}

/// Options that name a managed identity by client id, resource id or object id; empty ones are not given.
pub(crate) fn identity_options(client: &str, resource: &str, object: &str) -> CredentialOptions {
    let given = |id: &str| (!id.is_empty()).then(|| id.to_owned());
    CredentialOptions {
        managed_identity_client_id: given(client),
        managed_identity_resource_id: given(resource),
        managed_identity_object_id: given(object),
        ..CredentialOptions::default()
    }
}

pub(crate) fn try_settings(variables: &[(&str, &str)], options: &CredentialOptions) -> Result<Settings, Failure> {
    let map: HashMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Settings::parse(Variables::new(map, false), options)
}

/// tokio's time, from [`START`] on, and what a test adds to it.
pub(crate) struct SteeredClock {
    began: tokio::time::Instant,
    jumped_millis: AtomicI64,
}

impl SteeredClock {
    fn new() -> Self {
        Self { began: tokio::time::Instant::now(), jumped_millis: AtomicI64::new(0) }
    }

    /// Sets the wall clock forward or back, without time going by.
    pub(crate) fn jump(&self, millis: i64) {
        self.jumped_millis.fetch_add(millis, Ordering::Relaxed);
    }
}

#[async_trait]
impl Clock for SteeredClock {
    fn now(&self) -> Timestamp {
        let now = START + self.began.elapsed();
        Timestamp::from_millis(now.millis() + self.jumped_millis.load(Ordering::Relaxed))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// One scripted answer and how long it takes.
struct Scripted {
    after: Duration,
    outcome: Result<Response, Failure>,
    /// It is given again and again until then.
    until: Option<tokio::time::Instant>,
}

/// Gives scripted answers in order.
#[derive(Default)]
pub(crate) struct ScriptedHttp {
    script: Mutex<VecDeque<Scripted>>,
    sent: Mutex<Vec<Request>>,
}

impl ScriptedHttp {
    pub(crate) fn answer(&self, status: u16, body: impl Into<String>) {
        self.answer_after(Duration::ZERO, status, body);
    }

    pub(crate) fn answer_after(&self, after: Duration, status: u16, body: impl Into<String>) {
        let outcome = Ok(response(status, body));
        self.push(Scripted { after, outcome, until: None });
    }

    /// The same answer to every request of the next `time`.
    pub(crate) fn answer_until(&self, time: Duration, status: u16, body: impl Into<String>) {
        self.give_until(time, Ok(response(status, body)));
    }

    /// The same outcome for every request of the next `time`.
    pub(crate) fn give_until(&self, time: Duration, outcome: Result<Response, Failure>) {
        let until = Some(tokio::time::Instant::now() + time);
        self.push(Scripted { after: Duration::ZERO, outcome, until });
    }

    /// No answer to any request of the next `time`.
    pub(crate) fn silent_until(&self, time: Duration) {
        let until = Some(tokio::time::Instant::now() + time);
        self.push(Scripted { after: Duration::MAX, outcome: Ok(response(200, "")), until });
    }

    pub(crate) fn answer_retry_after(&self, status: u16, retry_after: &str) {
        let outcome = Ok(Response { retry_after: Some(retry_after.to_owned()), ..response(status, "{}") });
        self.push(Scripted { after: Duration::ZERO, outcome, until: None });
    }

    pub(crate) fn answer_challenge(&self, status: u16, www_authenticate: &str) {
        let outcome = Ok(Response { www_authenticate: Some(www_authenticate.to_owned()), ..response(status, "") });
        self.push(Scripted { after: Duration::ZERO, outcome, until: None });
    }

    pub(crate) fn fail(&self, code: Code, reason: &str) {
        let outcome = Err(Failure::new(code, reason));
        self.push(Scripted { after: Duration::ZERO, outcome, until: None });
    }

    fn push(&self, scripted: Scripted) {
        self.script.lock().unwrap().push_back(scripted);
    }

    fn next(&self) -> Option<(Duration, Result<Response, Failure>)> {
        let (mut script, now) = (self.script.lock().unwrap(), tokio::time::Instant::now());
        while script.front().is_some_and(|scripted| scripted.until.is_some_and(|until| until <= now)) {
            script.pop_front();
        }
        if let Some(Scripted { after, outcome, until: Some(_) }) = script.front() {
            return Some((*after, outcome.clone()));
        }
        script.pop_front().map(|scripted| (scripted.after, scripted.outcome))
    }

    /// What was sent, in order, as `METHOD url`, with headers and form in lines of their own.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.sent.lock().unwrap().iter().map(describe).collect()
    }

    /// The ways that they went.
    pub(crate) fn routes(&self) -> Vec<Route> {
        self.sent.lock().unwrap().iter().map(|request| request.route).collect()
    }

    pub(crate) fn count(&self) -> usize {
        self.sent.lock().unwrap().len()
    }
}

fn response(status: u16, body: impl Into<String>) -> Response {
    Response { status, date: None, retry_after: None, www_authenticate: None, body: Secret::new(body) }
}

fn describe(request: &Request) -> String {
    let method = if request.form.is_some() { "POST" } else { "GET" };
    let mut text = format!("{method} {}", request.url);
    for (name, value) in &request.headers {
        text += &format!("\n{name}: {}", value.expose());
    }
    if let Some(form) = &request.form {
        let mut fields: Vec<&str> = form.expose().split('&').collect();
        fields.sort_unstable();
        text += &format!("\n\n{}", fields.join("&"));
    }
    text
}

#[async_trait]
impl Http for ScriptedHttp {
    async fn send(&self, _: &TransportSettings, request: Request) -> Result<Response, Failure> {
        let time_limit = request.time_limit;
        self.sent.lock().unwrap().push(request);
        let Some((after, outcome)) = self.next() else {
            return Err(Failure::new(Code::Rejected, "nothing is scripted for this request"));
        };
        if after >= time_limit {
            tokio::time::sleep(time_limit).await;
            return Err(Failure::new(Code::Timeout, "it did not answer in time"));
        }
        tokio::time::sleep(after).await;
        outcome
    }
}

/// Files by path.
#[derive(Default)]
pub(crate) struct MemoryFiles {
    files: Mutex<HashMap<String, Vec<u8>>>,
    opened: Mutex<Vec<String>>,
}

impl MemoryFiles {
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        self.files.lock().unwrap().insert(path.to_owned(), bytes.as_ref().to_vec());
    }

    /// The paths of all files that were asked for.
    pub(crate) fn opened(&self) -> Vec<String> {
        self.opened.lock().unwrap().clone()
    }
}

#[async_trait]
impl Files for MemoryFiles {
    async fn read(&self, path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
        use std::io::{Error, ErrorKind};
        self.opened.lock().unwrap().push(path.to_owned());
        match self.files.lock().unwrap().get(path) {
            Some(bytes) if bytes.len() as u64 > limit => Err(Error::new(ErrorKind::InvalidData, "too long")),
            Some(bytes) => Ok(bytes.clone()),
            None => Err(Error::new(ErrorKind::NotFound, "no such file")),
        }
    }
}

/// Gives scripted outputs in order; with none left, there is no such program.
#[derive(Default)]
pub(crate) struct ScriptedProcesses {
    script: Mutex<VecDeque<(Duration, Result<Output, ProcessError>)>>,
    ran: Mutex<Vec<Command>>,
}

impl ScriptedProcesses {
    pub(crate) fn print(&self, code: i32, stdout: impl Into<String>, stderr: &str) {
        self.push(Ok(Output { code: Some(code), stdout: stdout.into(), stderr: stderr.to_owned() }));
    }

    pub(crate) fn push(&self, outcome: Result<Output, ProcessError>) {
        self.push_after(Duration::ZERO, outcome);
    }

    pub(crate) fn push_after(&self, delay: Duration, outcome: Result<Output, ProcessError>) {
        self.script.lock().unwrap().push_back((delay, outcome));
    }

    pub(crate) fn ran(&self) -> Vec<Command> {
        self.ran.lock().unwrap().clone()
    }
}

#[async_trait]
impl Processes for ScriptedProcesses {
    async fn run(&self, command: Command) -> Result<Output, ProcessError> {
        let time_limit = command.time_limit;
        self.ran.lock().unwrap().push(command);
        let next = self.script.lock().unwrap().pop_front();
        let (delay, outcome) = next.unwrap_or((Duration::ZERO, Err(ProcessError::NotFound)));
        tokio::time::sleep(delay.min(time_limit)).await;
        if delay > time_limit { Err(ProcessError::TimedOut) } else { outcome }
    }
}

/// A made-up secret, entered into the ledger against which the captured logs are checked. Its first characters tell
/// it apart, so that a part of it is found too.
pub(crate) fn secret(name: &str) -> String {
    let secret = format!("{:016x}{:016x}-{name}", fastrand::u64(..), fastrand::u64(..));
    append("secrets", &serde_json::to_string(&secret).unwrap());
    secret
}

/// The body of a token answer that is good for `seconds`, with the token in it.
pub(crate) fn token_body(token: &str, seconds: u64) -> String {
    serde_json::json!({ "access_token": token, "expires_in": seconds, "token_type": "Bearer" }).to_string()
}

/// Writes all events at the most verbose level to the file of the test run.
fn capture_logs() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let listener = crate::telemetry::listen(
            LevelFilter::TRACE,
            Arc::new(|level, line| append("log", &format!("{level} {line}"))),
        );
        std::mem::forget(listener);
    });
}

#[expect(clippy::disallowed_methods, reason = "a variable of the test run names the file of the capture")]
fn append(extension: &str, line: &str) {
    static LOCK: Mutex<()> = Mutex::new(());
    let Ok(directory) = std::env::var("ENTRA_TEST_LOG_DIR") else { return };
    let _guard = LOCK.lock();
    let path = format!("{directory}/rust-{}.{extension}", std::process::id());
    let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();
    writeln!(file, "{line}").unwrap();
}
