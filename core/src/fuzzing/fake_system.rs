//! The fake system of a fuzz target: it answers at once, with what the input says, and notes what is asked and logged.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::HeaderValue;
use tracing::level_filters::LevelFilter;

use crate::error::{Code, Failure};
use crate::http::request::{Http, Request, Response};
use crate::http::retry_after::parse_http_date;
use crate::secret::Secret;
use crate::settings::TransportSettings;
use crate::system::{Clock, Command, Files, Os, Output, ProcessError, Processes, Random, System, Timestamp};
use crate::telemetry;

/// What the clock shows at first.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Longer pauses than any retry's never end here: they are limits.
const LIMITS: Duration = Duration::from_secs(60);

/// Everything outside.
#[derive(Default)]
pub(crate) struct FakeSystem {
    /// What endpoints answer, one after the other; the last one goes on. With none there is no network.
    pub(crate) answers: Vec<Response>,
    /// What every program prints; with none there is no program.
    pub(crate) output: Option<(i32, String, String)>,
    /// What is in every file whose name ends in `.key`; there are no others.
    pub(crate) key: &'static str,
    /// The paths that were read.
    pub(crate) opened: Mutex<Vec<String>>,
    /// The requests that were sent.
    pub(crate) sent: Mutex<Vec<Request>>,
    /// The pauses, in milliseconds: without them a wait for something that never comes would have no end.
    pub(crate) slept: AtomicU64,
}

impl FakeSystem {
    pub(crate) fn system(self: &Arc<Self>) -> System {
        System {
            clock: self.clone(),
            files: self.clone(),
            processes: self.clone(),
            os: Os::Linux,
            random: self.clone(),
        }
    }

    pub(crate) fn http(self: &Arc<Self>) -> Arc<dyn Http> {
        self.clone()
    }

    /// Whether a header or a form of a request held `text`.
    pub(crate) fn was_sent(&self, text: &str) -> bool {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts =
            sent.iter().flat_map(|request| request.headers.iter().map(|(_, value)| value).chain(&request.form));
        parts.any(|part| part.expose().contains(text))
    }
}

#[async_trait]
impl Clock for FakeSystem {
    fn now(&self) -> Timestamp {
        NOW + Duration::from_millis(self.slept.load(Ordering::Relaxed))
    }

    async fn sleep(&self, duration: Duration) {
        if duration >= LIMITS {
            std::future::pending::<()>().await;
        }
        self.slept.fetch_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Random for FakeSystem {
    fn fraction(&self) -> f64 {
        0.5
    }
}

#[async_trait]
impl Files for FakeSystem {
    async fn read(&self, path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
        use std::io::ErrorKind;
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        match self.key.as_bytes() {
            _ if !path.ends_with(".key") => Err(ErrorKind::NotFound.into()),
            key if key.len() as u64 > limit => Err(ErrorKind::InvalidData.into()),
            key => Ok(key.to_vec()),
        }
    }
}

#[async_trait]
impl Processes for FakeSystem {
    async fn run(&self, _: Command) -> Result<Output, ProcessError> {
        let (code, stdout, stderr) = self.output.clone().ok_or(ProcessError::NotFound)?;
        Ok(Output { code: Some(code), stdout, stderr })
    }
}

#[async_trait]
impl Http for FakeSystem {
    async fn send(&self, _: &TransportSettings, request: Request) -> Result<Response, Failure> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self.answers.get(sent.len()).or(self.answers.last());
        sent.push(request);
        answer.cloned().ok_or_else(|| Failure::new(Code::Network, "there is no network").with_next_step("mend it"))
    }
}

/// An answer, written as on the wire: a line with the status, the headers, an empty line, the body.
pub(crate) fn answer(text: &str) -> Response {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let (status, headers) = head.split_once('\n').unwrap_or((head, ""));
    let header = |name: &str| {
        let mut values = headers.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = values.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
        // What no header can hold never comes through the HTTP client.
        HeaderValue::from_str(value.trim()).is_ok().then(|| value.trim().to_owned())
    };
    Response {
        status: status.trim().parse().ok().filter(|status| (100..=999).contains(status)).unwrap_or(200),
        date: header("date").as_deref().and_then(parse_http_date),
        retry_after: header("retry-after"),
        www_authenticate: header("www-authenticate"),
        body: Secret::new(body),
    }
}

/// The outcome of what waits for nothing but the [`FakeSystem`]; none if it would wait for a limit.
pub(crate) fn outcome<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Runs `work` and gives what this thread logged meanwhile, at every level.
pub(crate) fn logged(work: impl FnOnce()) -> String {
    thread_local!(static LOG: RefCell<Option<String>> = const { RefCell::new(None) });
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        let sink = |_, line: &str| {
            LOG.with_borrow_mut(|log| {
                if let Some(log) = log {
                    log.push_str(line);
                    log.push('\n');
                }
            });
        };
        std::mem::forget(telemetry::listen(LevelFilter::TRACE, Arc::new(sink)));
    });
    LOG.set(Some(String::new()));
    work();
    LOG.take().unwrap_or_default()
}
