//! The requests of a fetch, as a trace tells of them: without paths, headers and bodies, which can hold secrets.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::request::{Http, Request, Response};
use crate::error::Failure;
use crate::settings::TransportSettings;
use crate::system::{System, Timestamp};

/// A request that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// GET or POST.
    pub method: &'static str,
    /// `http` or `https`.
    pub scheme: String,
    /// Host and port.
    pub host: String,
    /// When it began.
    pub began: Timestamp,
    /// Until its answer, its failure, or the answer to another request of the same exchange.
    pub duration: Duration,
    /// The status of its answer.
    pub status: Option<u16>,
}

/// What a fetch has sent so far.
#[derive(Default)]
pub struct SentLog(Mutex<Vec<Sent>>);

impl SentLog {
    /// In the order in which they ended.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An [`Http`] that keeps what it sends in a log.
pub(crate) struct Logged<'a> {
    pub(crate) http: &'a dyn Http,
    pub(crate) system: &'a System,
    pub(crate) log: &'a SentLog,
}

#[async_trait]
impl Http for Logged<'_> {
    async fn send(&self, settings: &TransportSettings, request: Request) -> Result<Response, Failure> {
        let sent = Sent {
            method: request.method(),
            scheme: request.url.scheme().to_owned(),
            host: request.host(),
            began: self.system.clock.now(),
            duration: Duration::ZERO,
            status: None,
        };
        let mut underway = Underway { logged: self, sent: Some(sent) };
        let outcome = self.http.send(settings, request).await;
        let status = outcome.as_ref().map_or_else(|failure| failure.status, |answer| Some(answer.status));
        underway.sent.iter_mut().for_each(|sent| sent.status = status);
        outcome
    }
}

/// Logs its request when it ends, also if that is because another one was answered.
struct Underway<'a> {
    logged: &'a Logged<'a>,
    sent: Option<Sent>,
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        let Logged { system, log, .. } = self.logged;
        let Some(sent) = self.sent.take() else { return };
        let duration = system.clock.now().since(sent.began);
        log.0.lock().unwrap_or_else(PoisonError::into_inner).push(Sent { duration, ..sent });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::exchange::exchange;
    use crate::secret::Secret;
    use crate::test_support::FakeSystem;

    #[tokio::test(start_paused = true)]
    async fn every_request_is_logged_also_one_that_another_made_superfluous_and_nothing_of_it_that_is_secret() {
        let fake = FakeSystem::new();
        fake.http.answer_after(Duration::from_secs(600), 200, "never");
        fake.http.answer_after(Duration::from_secs(1), 503, "second");
        let (system, log) = (fake.system(), SentLog::default());
        let logged = Logged { http: &*fake.http, system: &system, log: &log };
        let url = crate::address::parse("https://user:planted@login.example:8443/planted?code=planted").unwrap();
        let request = Request::post(url, Secret::new("client_secret=planted")).header("x", Secret::new("planted"));
        let answer = exchange(&system, &logged, &TransportSettings::default(), &request).await.ok().unwrap();
        assert_eq!(answer.status, 503);

        let sent = log.take();
        let shown: Vec<_> = sent.iter().map(|sent| (sent.method, &*sent.scheme, &*sent.host, sent.status)).collect();
        let of = |status| ("POST", "https", "login.example:8443", status);
        assert_eq!(shown, [of(Some(503)), of(None)]);
        assert!(!format!("{sent:?}").contains("planted"), "{sent:?}");
        assert_eq!(log.take(), []);
    }
}
