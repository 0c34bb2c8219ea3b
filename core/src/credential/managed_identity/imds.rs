//! The instance metadata service of a virtual machine.
//!
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::address::{endpoint, identify};
use crate::credential::context::Fetch;
use crate::credential::memory::Presence;
use crate::credential::token::Token;
use crate::credential::token_response;
use crate::error::{Code, Failure};
use crate::http::request::{Request, Response};
use crate::http::retry;
use crate::secret::Secret;
use crate::settings::{Credential, Way};
use crate::shown::{Form, shown};

const HOST: &str = "http://169.254.169.254";
const PATH: &str = "/metadata/identity/oauth2/token";

const OUTSIDE: &str = "expect this outside Azure: use another credential there, such as AzureCliCredential. On an Azure VM, allow \
                       169.254.169.254 in the firewall and the network policy, and give a container a route to it";

/// Off Azure the address is silent, and every source behind waits for this one.
const PROBE_LIMIT: Duration = Duration::from_secs(1);

pub(super) async fn get_token(fetch: &Fetch<'_>, resource: &str) -> Result<Token, Failure> {
    let mut url = match &fetch.settings.managed_identity.host.imds_host {
        Some(host) => endpoint("AZURE_POD_IDENTITY_AUTHORITY_HOST", host)?,
        None => address(HOST)?,
    };
    url.set_path(PATH);
    // A variable that names the host vouches for it, and a chain of only managed identity takes no short cut.
    if fetch.settings.managed_identity.host.imds_host.is_none() && fetch.settings.sources.selection.len() > 1 {
        probe(fetch, &url).await?;
    }

    url.query_pairs_mut().append_pair("api-version", "2018-02-01").append_pair("resource", resource);
    identify(&mut url, &fetch.settings.managed_identity.id, "msi_res_id");
    let request = Request::get(url).header("metadata", Secret::new("true"));
    tracing::debug!(host = request.host(), resource = shown(Form::Scope, resource), "asking IMDS");
    let is_own_address = fetch.settings.managed_identity.host.imds_host.is_none();
    let answer = fetch.send(retry::MANAGED_IDENTITY, &request).await.map_err(|failure| match failure.status {
        None if is_own_address && failure.code.is_transient() => failure.with_next_step(OUTSIDE),
        _ => failure,
    })?;
    if let Some(failure) = unreachable(&answer) {
        return Err(failure);
    }
    if !is_of_imds(&answer) {
        return Err(stranger(&request.host(), &answer));
    }
    let token = token_response::parse(Credential::ManagedIdentity, &request, &answer, &[], fetch.system.clock.now())?;
    fetch.memory.imds.remember(way(fetch), Presence::Present);
    Ok(token)
}

/// Whether `answer` can be IMDS's: a refusal of its has an error in JSON. What fails for the moment need not.
fn is_of_imds(answer: &Response) -> bool {
    let body: Value = serde_json::from_str(answer.body.expose()).unwrap_or_default();
    let is_known = ["access_token", "error", "statusCode"].iter().any(|name| body.get(name).is_some());
    is_known || !matches!(answer.status, 200..=399 | 401 | 403 | 404)
}

/// Docker Desktop answers for the address that it cannot reach.
fn unreachable(answer: &Response) -> Option<Failure> {
    let is_docker = answer.status == 403 && answer.body.expose().contains("unreachable");
    is_docker.then(|| absent("IMDS (169.254.169.254) is unreachable from the container host").status(403))
}

/// Other clouds have their metadata service at the same address.
fn stranger(host: &str, answer: &Response) -> Failure {
    let reason = format!("{host} answered {} as another service than Azure's IMDS", answer.status);
    Failure::unavailable(reason)
        .with_next_step(
            "expect this outside Azure: the metadata service of another cloud has the same address. Use another credential. \
             On Azure, check whether a firewall or a service mesh answered",
        )
        .status(answer.status)
}

fn address(text: &str) -> Result<Url, Failure> {
    endpoint("the address of IMDS", text)
}

/// Whether IMDS is there: a request without the Metadata header, which IMDS refuses at once.
async fn probe(fetch: &Fetch<'_>, url: &Url) -> Result<(), Failure> {
    match fetch.memory.imds.presence(&way(fetch), fetch.system.clock.now()) {
        Presence::Unknown => {}
        Presence::Present => return Ok(()),
        Presence::Absent { .. } => return Err(absent("IMDS (169.254.169.254) did not answer a moment ago")),
    }
    let request = Request { time_limit: PROBE_LIMIT, ..Request::get(url.clone()) };
    match fetch.http.send(&fetch.settings.network.transport, request).await {
        Ok(answer) => unreachable(&answer).map_or(Ok(()), Err),
        Err(failure) => {
            tracing::debug!(reason = failure.reason, "no IMDS");
            if failure.code == Code::Timeout {
                fetch.memory.imds.remember(way(fetch), Presence::Absent { since: fetch.system.clock.now() });
            }
            Err(absent(format!("no IMDS is available: {}", failure.reason)))
        }
    }
}

/// The way of the request, and what it tells is known to no other.
fn way(fetch: &Fetch<'_>) -> Way {
    fetch.settings.network.way(&fetch.settings.network.transport)
}

/// An endpoint that turns out not to be one is unavailable, not refused.
fn absent(reason: impl Into<String>) -> Failure {
    Failure::unavailable(reason).with_next_step(OUTSIDE)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::PROBE_LIMIT;
    use crate::credential::chain::{self, Chain};
    use crate::credential::context::Fetch;
    use crate::credential::deadline::Deadline;
    use crate::credential::memory::{ABSENCE, ImdsMemory, Memory, Presence};
    use crate::credential::{Credential, Token, TokenRequest};
    use crate::error::{Attempt, Code, Failure};
    use crate::settings::{AppCredential, CredentialOptions, NetworkOptions, Settings};
    use crate::test_support::{FakeSystem, START, identity_options, secret, settings, settings_with, token_body};

    const PROBE: &str = "GET http://169.254.169.254/metadata/identity/oauth2/token";
    const TOKEN: &str = "GET http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&\
                         resource=https%3A%2F%2Fcognitiveservices.azure.com\nmetadata: true";

    async fn ask(fake: &FakeSystem, memory: &Memory, settings: &Settings) -> Result<Token, Attempt> {
        let request = TokenRequest::new(vec![settings.openai_scope()], None, None).unwrap();
        let (system, http, deadline) = (fake.system(), fake.http(), Deadline::new(settings));
        let fetch = Fetch {
            system: &system,
            http: &*http,
            settings,
            request: &request,
            memory,
            app: None,
            deadline: &deadline,
        };
        chain::get_token(Credential::ManagedIdentity, &fetch).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_without_the_header_then_the_request_with_it() {
        let (fake, token) = (FakeSystem::new(), secret("token"));
        fake.http.answer(400, "{}");
        fake.http.answer(200, token_body(&token, 86400));
        let given = ask(&fake, &Memory::default(), &settings(&[])).await.ok().unwrap();
        assert_eq!(given.secret.expose(), token);
        assert_eq!(fake.http.sent(), [PROBE, TOKEN]);
    }

    #[tokio::test(start_paused = true)]
    async fn every_kind_of_id_has_its_spelling() {
        for (options, identity) in [
            (identity_options("c", "", ""), "&client_id=c"),
            (identity_options("", "/sub/x", ""), "&msi_res_id=%2Fsub%2Fx"),
            (identity_options("", "", "o"), "&object_id=o"),
        ] {
            let fake = FakeSystem::new();
            fake.http.answer(400, "{}");
            fake.http.answer(200, token_body(&secret("token"), 86400));
            assert!(ask(&fake, &Memory::default(), &settings_with(&[], &options)).await.is_ok());
            let (url, header) = TOKEN.split_once('\n').unwrap();
            assert_eq!(fake.http.sent(), [PROBE.to_owned(), format!("{url}{identity}\n{header}")]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn selected_alone_or_on_a_named_host_there_is_no_probe() {
        for (variables, url) in [
            (("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"), "GET http://169.254.169.254/metadata/"),
            (("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://pod"), "GET http://pod/metadata/identity/oauth2/token?"),
            (("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://pod/"), "GET http://pod/metadata/identity/oauth2/token?"),
        ] {
            let fake = FakeSystem::new();
            fake.http.answer(200, token_body(&secret("token"), 86400));
            assert!(ask(&fake, &Memory::default(), &settings(&[variables])).await.is_ok());
            assert_eq!(fake.http.count(), 1);
            assert!(fake.http.sent()[0].starts_with(url), "{:?}", fake.http.sent());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_there_is_unavailable_after_one_request() {
        type Script = fn(&FakeSystem);
        let scripts: [(Script, &str); 3] = [
            (|fake| fake.http.fail(Code::Network, "refused"), "refused"),
            (|fake| fake.http.answer_after(Duration::from_secs(600), 200, ""), "in time"),
            (|fake| fake.http.answer(403, "connect: network is unreachable"), "unreachable"),
        ];
        for (script, reason) in scripts {
            let fake = FakeSystem::new();
            script(&fake);
            let attempt = ask(&fake, &Memory::default(), &settings(&[])).await.err().unwrap();
            assert_eq!(attempt.failure.code, Code::Unavailable);
            assert!(attempt.failure.reason.contains(reason), "{}", attempt.failure.reason);
            assert_eq!(fake.http.sent(), [PROBE]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_not_waited_for_again_at_once() {
        let (fake, memory) = (FakeSystem::new(), Memory::default());
        let began = tokio::time::Instant::now();
        fake.http.answer_after(Duration::from_secs(600), 200, "");
        assert!(ask(&fake, &memory, &settings(&[])).await.is_err());
        assert_eq!(began.elapsed(), PROBE_LIMIT);

        assert!(ask(&fake, &memory, &settings(&[])).await.is_err());
        assert_eq!((began.elapsed(), fake.http.count()), (PROBE_LIMIT, 1));

        tokio::time::sleep(ABSENCE).await;
        fake.http.answer(400, "{}");
        fake.http.answer(200, token_body(&secret("token"), 86400));
        assert!(ask(&fake, &memory, &settings(&[])).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn silence_by_the_way_of_one_credential_says_nothing_to_another() {
        let sender = |object| Some(AppCredential::Object { bridge: 1, object });
        let by = |sender| {
            let network = NetworkOptions { host: Some(1), sender, ..NetworkOptions::default() };
            settings_with(&[], &CredentialOptions { network, ..CredentialOptions::default() })
        };
        let ways = [settings(&[]), by(sender(1)), by(sender(2)), settings(&[("AZURE_OPENAI_ENTRA_TRANSPORT", "node")])];
        for (silent, others) in ways.iter().enumerate() {
            let (fake, memory) = (FakeSystem::new(), Memory::default());
            fake.http.answer_after(Duration::from_secs(600), 200, "");
            assert!(ask(&fake, &memory, others).await.is_err());
            for (_, other) in ways.iter().enumerate().filter(|(at, _)| *at != silent) {
                fake.http.answer(400, "{}");
                fake.http.answer(200, token_body(&secret("token"), 86400));
                assert!(ask(&fake, &memory, other).await.is_ok());
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_voids_the_memory() {
        let memory = ImdsMemory::default();
        let network = settings(&[]).network;
        let way = network.way(&network.transport);
        let is_absent = |now| matches!(memory.presence(&way, now), Presence::Absent { .. });
        memory.remember(way.clone(), Presence::Absent { since: START });
        assert!(is_absent(START));
        assert!(!is_absent(START - Duration::from_secs(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gave_a_token_is_not_probed_again() {
        let (fake, memory) = (FakeSystem::new(), Memory::default());
        fake.http.answer(400, "{}");
        (0..2).for_each(|_| fake.http.answer(200, token_body(&secret("token"), 86400)));
        for _ in 0..2 {
            assert!(ask(&fake, &memory, &settings(&[])).await.is_ok());
        }
        assert_eq!(fake.http.sent(), [PROBE, TOKEN, TOKEN]);
    }

    #[tokio::test(start_paused = true)]
    async fn not_yet_is_waited_for() {
        for status in [404, 410, 429, 500] {
            let fake = FakeSystem::new();
            fake.http.answer(400, "{}");
            fake.http.answer(status, "{}");
            fake.http.answer(200, token_body(&secret("token"), 86400));
            assert!(ask(&fake, &Memory::default(), &settings(&[])).await.is_ok(), "{status}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_pause_that_it_asks_for_is_kept_between_all_tries() {
        let fake = FakeSystem::new();
        fake.http.answer(400, "{}");
        for _ in 0..6 {
            fake.http.answer_retry_after(429, "2");
        }
        let began = tokio::time::Instant::now();
        let attempt = ask(&fake, &Memory::default(), &settings(&[])).await.err().unwrap();
        assert_eq!(
            (attempt.failure.code, attempt.failure.retry_after),
            (Code::Throttled, Some(Duration::from_secs(2)))
        );
        assert_eq!((began.elapsed(), fake.http.count()), (Duration::from_secs(10), 7));
    }

    /// A whole acquisition from only IMDS: its outcome and how long it took.
    async fn acquire(fake: &FakeSystem) -> (Result<(), Failure>, Duration) {
        let settings = settings(&[("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")]);
        let request = TokenRequest::new(vec![settings.openai_scope()], None, None).unwrap();
        let began = tokio::time::Instant::now();
        let acquired = Chain::default().get_token(&fake.system(), &*fake.http(), &settings, &request, None).await;
        (acquired.map(|_| ()).map_err(|error| error.failure), began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn an_update_of_70_seconds_is_waited_for_and_one_without_end_is_not() {
        // Often, because the pauses have jitter.
        for _ in 0..20 {
            let fake = FakeSystem::new();
            fake.http.answer_until(Duration::from_secs(70), 410, "{}");
            fake.http.answer(200, token_body(&secret("token"), 86400));
            let (outcome, took) = acquire(&fake).await;
            assert!(outcome.is_ok() && took < Duration::from_secs(90), "{took:?}");
        }
        let fake = FakeSystem::new();
        fake.http.answer_until(Duration::from_secs(600), 410, "{}");
        let (outcome, took) = acquire(&fake).await;
        assert_eq!(outcome.err().map(|failure| (failure.code, failure.status)), Some((Code::Network, Some(410))));
        assert!((Duration::from_secs(70)..Duration::from_secs(90)).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_longer_wait_is_for_410_alone_and_has_an_end() {
        for (status, limit) in [(503, 60), (410, 90)] {
            let fake = FakeSystem::new();
            // Each request is repeated while it has no answer.
            for _ in 0..60 {
                fake.http.answer_after(Duration::from_secs(17), status, "{}");
            }
            let (outcome, took) = acquire(&fake).await;
            let failure = outcome.err().unwrap();
            assert_eq!((failure.code, took), (Code::Timeout, Duration::from_secs(limit)), "{status}");
            assert!(failure.reason.contains(&format!("within {limit} s")), "{}", failure.reason);
        }
    }
}
