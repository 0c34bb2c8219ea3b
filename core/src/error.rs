//! The error of a token: what happened, which credentials were asked, and what the reader can do next.

use std::fmt;
use std::time::Duration;

use crate::secret;

pub use pause::{LONGEST_ASKED_PAUSE, asked_pause};
use sentence::{bounded, write_sentence};

/// Where each code is explained, by anchor.
const TROUBLESHOOTING: &str = "https://github.com/azure-openai-entra/azure-openai-entra#";

/// What kind of failure this is, by what it asks of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// No credential is set up here: set one up.
    Unavailable,
    /// A credential was refused: mend the identity or its secret; a retry is useless.
    Rejected,
    /// The endpoint asked for a pause: wait.
    Throttled,
    /// The endpoint could not be reached, failed, or did not speak the protocol: look at the network, then try again.
    Network,
    /// A wait came to its bound: try again, or raise the bound.
    Timeout,
    /// An option or a variable is wrong: correct it.
    Configuration,
}

impl Code {
    const ALL: [Self; 6] =
        [Self::Unavailable, Self::Rejected, Self::Throttled, Self::Network, Self::Timeout, Self::Configuration];

    /// The code that JavaScript calls `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == name)
    }

    /// The code as JavaScript sees it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "ENTRA_ID_UNAVAILABLE",
            Self::Rejected => "ENTRA_ID_REJECTED",
            Self::Throttled => "ENTRA_ID_THROTTLED",
            Self::Network => "ENTRA_ID_NETWORK",
            Self::Timeout => "ENTRA_ID_TIMEOUT",
            Self::Configuration => "ENTRA_ID_CONFIGURATION",
        }
    }

    /// Whether the same request may succeed later although nothing was changed.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Throttled | Self::Network | Self::Timeout)
    }
}

/// What a credential's failure means for the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// It cannot serve here: the chain goes on.
    Unavailable,
    /// It was the one to serve and could not: the chain ends.
    Failed,
}

impl AttemptOutcome {
    /// The outcome as JavaScript sees it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Failed => "failed",
        }
    }
}

/// Why one source of tokens did not give one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure this is.
    pub code: Code,
    /// What happened, in a sentence.
    pub reason: String,
    /// What the reader can do about it, in a sentence.
    pub next_step: Option<String>,
    /// The HTTP status that said so.
    pub status: Option<u16>,
    /// The number by which the app knows the error that it is of, if one of the app's own is.
    pub cause: Option<u64>,
    /// How long the endpoint asked to wait, at most [`LONGEST_ASKED_PAUSE`].
    pub retry_after: Option<Duration>,
    /// The endpoint's own error response, for programs that read its members.
    pub response: Option<Box<ErrorResponse>>,
    /// Whether the credential cannot serve only this call, so that another one may.
    pub is_of_call: bool,
}

/// The error response of RFC 6749, section 5.2, with the members that Entra ID adds. It holds no secret that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    /// For instance `invalid_client`.
    pub error: String,
    /// What Entra ID writes about it, beginning with the AADSTS code.
    pub description: String,
    /// The AADSTS codes.
    pub codes: Vec<i64>,
    /// When Entra ID refused, as it writes dates.
    pub timestamp: Option<String>,
    /// Identifies the request in Microsoft's logs.
    pub trace_id: Option<String>,
    /// Identifies the sign-in in the tenant's logs.
    pub correlation_id: Option<String>,
}

impl ErrorResponse {
    /// The same, with each of its texts through `clean`.
    pub fn mapped(self, clean: impl Fn(&str) -> String) -> Self {
        let optional = |text: Option<String>| text.as_deref().map(&clean);
        Self {
            error: clean(&self.error),
            description: clean(&self.description),
            codes: self.codes,
            timestamp: optional(self.timestamp),
            trace_id: optional(self.trace_id),
            correlation_id: optional(self.correlation_id),
        }
    }
}

impl Failure {
    /// A failure with its reason.
    pub fn new(code: Code, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
            next_step: None,
            status: None,
            retry_after: None,
            response: None,
            cause: None,
            is_of_call: false,
        }
    }

    /// The same, of a call that another credential may serve.
    pub fn of_call(self) -> Self {
        Self { is_of_call: true, ..self }
    }

    /// A source that is not set up.
    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::new(Code::Unavailable, reason)
    }

    /// An option or variable that is wrong.
    pub fn configuration(reason: impl Into<String>) -> Self {
        Self::new(Code::Configuration, reason)
    }

    /// This process has nothing left to do `what` with: no file descriptor, thread or memory, as `error` says. That
    /// passes, so it is not the fault of a setting or an identity.
    pub fn exhausted(what: &str, error: &std::io::Error) -> Self {
        Self::new(Code::Network, format!("this process has no resources left to {what}: {error}")).with_next_step(
            "raise the limits on open files and threads (ulimit -n, ulimit -u, a container's pids limit) or find what \
             holds them, then retry",
        )
    }

    /// The same, with what to do.
    pub fn with_next_step(mut self, step: impl Into<String>) -> Self {
        self.next_step = Some(step.into());
        self
    }

    /// The same, without the secrets that the work under way keeps.
    pub fn scrubbed(self) -> Self {
        let next_step = self.next_step.as_deref().map(secret::scrub);
        let response = self.response.map(|response| Box::new(response.mapped(secret::scrub)));
        Self { reason: secret::scrub(&self.reason), next_step, response, ..self }.bounded()
    }

    /// Does `work`, whose failure tells none of `secrets`.
    ///
    /// # Errors
    /// The failure of `work`.
    pub async fn scrubbing<T>(
        secrets: Vec<secret::Secret>,
        work: impl Future<Output = Result<T, Self>>,
    ) -> Result<T, Self> {
        secret::keeping(secrets, async { work.await.map_err(Self::scrubbed) }).await
    }

    /// The same, no longer than a log should be: what the app's own code says can have any length.
    fn bounded(self) -> Self {
        Self { reason: bounded(self.reason), next_step: self.next_step.map(bounded), ..self }
    }

    /// The same, with the status that said so.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

/// One credential that was asked, and how that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The credential's name, as in `AZURE_TOKEN_CREDENTIALS`.
    pub credential: &'static str,
    /// What it meant for the chain.
    pub outcome: AttemptOutcome,
    /// Why.
    pub failure: Failure,
}

/// Why the caller gets no token.
///
/// ```
/// use std::error::Error as _;
///
/// use azure_openai_entra_core::error::{Code, Error, Failure};
///
/// let error = Error::from(Failure::new(Code::Network, "login.example refused the connection").with_next_step("check the proxy"));
/// assert!(error.failure.code.is_transient());
/// assert_eq!(error.source().unwrap().to_string(), "login.example refused the connection. Check the proxy.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The failure that decided.
    pub failure: Failure,
    /// The credential that decided; `None` if none was asked or none is set up.
    pub credential: Option<&'static str>,
    /// Every credential that was asked, in order.
    pub attempts: Vec<Attempt>,
    /// For how long every fetch has failed.
    pub failing_for: Duration,
}

impl Error {
    /// An error of no credential in particular: a wrong option, a bound that was reached.
    pub fn general(failure: Failure) -> Self {
        Self { failure: failure.bounded(), credential: None, attempts: Vec::new(), failing_for: Duration::ZERO }
    }

    /// The outcome of a chain of which no credential served.
    ///
    /// If one credential was asked, it decides. Otherwise the first that failed decides, or else the first that is set
    /// up. If none is set up, the code is `Unavailable`.
    pub fn from_attempts(attempts: Vec<Attempt>) -> Self {
        let decider = match attempts.as_slice() {
            [only] => Some(only),
            all => all
                .iter()
                .find(|a| a.outcome == AttemptOutcome::Failed)
                .or_else(|| all.iter().find(|a| a.failure.code != Code::Unavailable)),
        };
        let (failure, credential) = match decider {
            Some(attempt) => (attempt.failure.clone(), Some(attempt.credential)),
            None => (Failure::unavailable("no credential is configured"), None),
        };
        Self { failure, credential, attempts, failing_for: Duration::ZERO }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::general(failure)
    }
}

impl Error {
    /// What happened and what to do, without the address of the explanation.
    pub fn summary(&self) -> impl fmt::Display + '_ {
        Summary(self)
    }

    /// The address of the page that explains its code.
    pub fn troubleshooting(&self) -> String {
        TROUBLESHOOTING.to_owned() + &self.failure.code.as_str().to_ascii_lowercase()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nTroubleshooting: {}", self.summary(), self.troubleshooting())
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} gave no token: ", self.credential)?;
        write_failure(f, &self.failure)
    }
}

struct Summary<'a>(&'a Error);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.attempts.as_slice() {
            [] => write_failure(f, &self.0.failure)?,
            [only] => write!(f, "{only}")?,
            attempts => {
                f.write_str("No credential gave a token. Tried in order:")?;
                for attempt in attempts {
                    write!(f, "\n- {}: ", attempt.credential)?;
                    write_failure(f, &attempt.failure)?;
                }
            }
        }
        Ok(())
    }
}

fn write_failure(f: &mut fmt::Formatter<'_>, failure: &Failure) -> fmt::Result {
    write_sentence(f, &failure.reason)?;
    if let Some(step) = &failure.next_step {
        f.write_str(" ")?;
        write_sentence(f, step)?;
    }
    Ok(())
}

impl std::error::Error for Error {
    /// The failure that decided, whose words [`Error`]'s own hold as well.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.failure)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_failure(f, self)
    }
}

impl std::error::Error for Failure {}

mod pause;
mod retry;
mod sentence;
#[cfg(test)]
mod tests;
