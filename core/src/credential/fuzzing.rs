//! The fuzz targets of what credentials read: answers, files and variables.

mod fixture;

use std::sync::{Arc, PoisonError};

use serde_json::Value;

use super::certificate::{Assertion, Certificate};
use super::chain::{self, Chain};
use super::context::Fetch;
use super::deadline::Deadline;
use super::expiry::Clocks;
use super::memory::Memory;
use super::{Credential, Token, TokenRequest, authority, developer_tool, token_response};
use crate::error::{Error, Failure};
use crate::file_form::PemFile;
use crate::fuzzing::{FakeSystem, NOW, answer, check_failure, check_secrets, is_secret, logged, outcome};
use crate::http::pinning::Thumbprint;
use crate::http::proxies;
use crate::http::request::{Request, Route};
use crate::http::retry_after::parse_retry_after;
use crate::secret::{QUOTE_LIMIT, Secret};
use crate::settings::{CredentialOptions, Settings, Variables};
use crate::system::Timestamp;

use fixture::{Fixture, Input, sections};

/// The most that one failure says, in bytes: a quotation, and words of ours.
const LONGEST: usize = 4 * QUOTE_LIMIT + 1000;
/// A secret that was sent.
const SENT: &str = "hush-0sent~by-us+before/==";

/// What Azure Arc's agent puts into the file that it names.
const KEY: &str = "hush-1key-of-the-agent";

/// What a token endpoint answers: an answer as on the wire.
pub fn token_answer(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let answer = answer(&text);
    let body = answer.body.expose();
    let tokens = tokens_of(body, &serde_json::from_str(body).into_iter().collect::<Vec<_>>(), "access_token");
    let Ok(url) = crate::address::parse("https://host.example/token") else { return };
    match token_response::parse(Credential::ManagedIdentity, &Request::get(url), &answer, &[&Secret::new(SENT)], NOW) {
        Ok(token) => check_token(&token, &tokens),
        Err(failure) => {
            let mut secrets: Vec<&str> = tokens.iter().map(String::as_str).collect();
            secrets.push(SENT);
            check_failure(&failure, LONGEST, &secrets);
            assert_eq!(failure.status, Some(answer.status));
        }
    }
}

/// The tokens in `objects`, which stand in `text`, but for those that its other words repeat.
fn tokens_of(text: &str, objects: &[Value], name: &str) -> Vec<String> {
    let tokens = objects.iter().filter_map(|object| object.get(name)?.as_str().map(str::to_owned));
    tokens.filter(|token| is_secret(token) && text.matches(token.as_str()).count() == 1).collect()
}

fn check_token(token: &Token, said: &[String]) {
    let secret = token.secret.expose();
    assert!(!secret.is_empty() && secret.chars().all(|c| c.is_ascii_graphic()), "no header can have the token");
    assert!(token.expires_on > NOW, "the token has expired");
    assert!(
        said.is_empty() || !is_secret(secret) || said.iter().any(|said| said == secret),
        "no source said this token"
    );
}

/// Moments, in a first line the time zone of a tool, then the text of a moment, as JSON or as it is.
///
/// Whatever is read as a moment is written in every form and must come back.
pub fn times(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (zone, text) = text.split_once('\n').unwrap_or(("UTC", &text));
    let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
    let by_our_clock = Clocks { ours: NOW, theirs: None };
    if let Some(moment) = by_our_clock.moment(Some(&value), None) {
        for form in forms(moment, &["%m/%d/%Y %I:%M:%S %p %:z", "%m/%d/%Y %H:%M:%S"]) {
            assert_eq!(by_our_clock.moment(Some(&form), None), Some(moment), "{value} as {form}");
        }
        let theirs = Some(NOW + std::time::Duration::from_secs(3600));
        let adjusted = Clocks { ours: NOW, theirs }.moment(Some(&value), None);
        let hour = |a: Timestamp, b: Timestamp| a.since(b).as_secs() == 3600;
        assert!(adjusted.is_some_and(|adjusted| adjusted == moment || hour(moment, adjusted)), "{value} an hour ahead");
    }
    if let Some(moment) = by_our_clock.moment(None, Some(&value)) {
        assert!(moment >= NOW, "{value} from now is not ahead");
    }
    if let Some(pause) = parse_retry_after(text, NOW) {
        let seconds = format!("{}.{:09}", pause.as_secs(), pause.subsec_nanos());
        assert_eq!(parse_retry_after(&seconds, NOW), Some(pause), "{text:?} as {seconds}");
    }
    let zone = format!("TZ={zone}");
    let Some(fixture) = Fixture::of(&zone) else { return };
    fixture.fetch(&Arc::default(), |fetch| {
        let Some(moment) = developer_tool::moment(&value, fetch) else { return };
        for form in forms(moment, &["%m/%d/%Y %H:%M:%S %:z"]) {
            assert_eq!(developer_tool::moment(&form, fetch), Some(moment), "{value} of a tool as {form}");
        }
    });
}

/// `moment` in ISO 8601. If it has whole seconds, and few enough to be taken for seconds, also as a number and in `more`
/// forms.
fn forms(moment: Timestamp, more: &[&str]) -> Vec<Value> {
    let Ok(date) = jiff::Timestamp::from_millisecond(moment.millis()) else { return Vec::new() };
    let mut forms = vec![Value::from(date.to_string())];
    let seconds = moment.millis() / 1000;
    if moment.millis() % 1000 == 0 && (1..100_000_000_000).contains(&seconds) {
        forms.extend([Value::from(seconds), Value::from(format!(" {seconds}.0 "))]);
        forms.extend(more.iter().map(|form| Value::from(date.strftime(form).to_string())));
    }
    forms
}

/// What a command-line tool prints: its name and exit code, its standard output, its standard error.
pub fn tool_answer(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let parts = sections(&text);
    let part = |at: usize| parts.get(at).copied().unwrap_or_default();
    let (name, code) = part(0).split_once(' ').unwrap_or((part(0), "1"));
    let (credential, member) = match name {
        "azd" => (Credential::AzureDeveloperCli, "token"),
        "pwsh" => (Credential::AzurePowerShell, "Token"),
        _ => (Credential::AzureCli, "accessToken"),
    };
    let output = Some((code.trim().parse().unwrap_or(1), part(1).to_owned(), part(2).to_owned()));
    let fake = Arc::new(FakeSystem { output, ..FakeSystem::default() });
    // What stands on standard error is quoted.
    let mut tokens = tokens_of(part(1), &developer_tool::objects(part(1)), member);
    tokens.retain(|token| !part(2).contains(token));
    let Some(fixture) = Fixture::of("TZ=UTC") else { return };
    fixture.fetch(&fake, |fetch| match outcome(chain::get_token(credential, fetch)) {
        Some(Ok(token)) => check_token(&token, &tokens),
        Some(Err(attempt)) => {
            let secrets: Vec<&str> = tokens.iter().map(String::as_str).collect();
            check_failure(&attempt.failure, LONGEST, &secrets);
        }
        None => unreachable!("a tool that has ended is not waited for"),
    });
}

/// A certificate file: PEM, or the DER of a key, which is wrapped here because its bytes change more easily without.
pub fn certificate(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let pem = match input.split_first() {
        Some((label, der)) if !text.contains("-----BEGIN") => wrapped(*label, der),
        _ => text.into_owned(),
    };
    let password = Secret::new("password");
    let assertion = Assertion {
        audience: "https://host.example",
        client_id: "c",
        send_chain: true,
        is_adfs: input.len().is_multiple_of(2),
    };
    let file = PemFile { path: "file", setting: None };
    let signed = Certificate::from_pem(&pem, Some(&password), file).and_then(|found| found.sign(&assertion, NOW));
    match signed {
        Ok(assertion) => {
            let parts: Vec<&str> = assertion.expose().split('.').collect();
            let is_part = |part: &&str| !part.is_empty() && azure_core::base64::decode_url_safe(part).is_ok();
            assert!(parts.len() == 3 && parts.iter().all(is_part), "the assertion is no JSON web token");
        }
        Err(failure) => {
            check_failure(&failure, 200, &[]);
            let mut words = pem.split_whitespace().filter(|word| word.len() >= 32);
            assert!(!words.any(|word| failure.reason.contains(word)), "the file is quoted");
        }
    }
}

fn wrapped(label: u8, der: &[u8]) -> String {
    let label = ["ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "RSA PRIVATE KEY"][usize::from(label % 3)];
    let section = |label: &str, der: &[u8]| {
        let base64 = azure_core::base64::encode(der);
        let lines: Vec<&str> = (0..base64.len()).step_by(64).map(|at| &base64[at..base64.len().min(at + 64)]).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    // A certificate is passed on and not read.
    section("CERTIFICATE", &[0]) + &section(label, der)
}

/// The identity endpoints of hosts: variables that say which host it is, then what it answers.
pub fn managed_identity(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Some(fixture) = Fixture::of(&text) else { return };
    let fake = Arc::new(FakeSystem { answers: fixture.answers.clone(), key: KEY, ..FakeSystem::default() });
    let mut result = None;
    let log =
        logged(|| fixture.fetch(&fake, |fetch| result = outcome(chain::get_token(Credential::ManagedIdentity, fetch))));
    let mut secrets = fixture.input.secrets(&fake);
    secrets.extend(Some(KEY).filter(|key| fake.was_sent(key)));
    match result {
        Some(Ok(token)) => check_token(&token, &[]),
        Some(Err(attempt)) => check_failure(&attempt.failure, LONGEST + text.len(), &secrets),
        None => {}
    }
    check_secrets(&log, &secrets);

    for path in fake.opened.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let key = path.strip_prefix("/var/opt/azcmagent/tokens/").and_then(|name| name.strip_suffix(".key"));
        let is_agents = path == "/opt/azcmagent/bin/himds" || key.is_some_and(|name| !name.contains(['/', '\\']));
        assert!(is_agents, "{path} was read");
    }
    // An endpoint of this machine is asked past the proxy.
    for request in fake.sent.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        assert_ne!(request.route, Route::Proxied, "{}", request.url);
    }
}

/// Where tokens are to be had: variables that name the authority, then what it says of itself.
pub fn discovery(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Some(fixture) = Fixture::of(&text) else { return };
    let fake = Arc::new(FakeSystem { answers: fixture.answers.clone(), ..FakeSystem::default() });
    let tenant = fixture
        .settings
        .principal
        .tenant_id
        .clone()
        .filter(|tenant| crate::settings::check_tenant("t", tenant).is_ok());
    let tenant = tenant.unwrap_or_else(|| "t".to_owned());
    fixture.fetch(&fake, |fetch| {
        let found = || outcome(authority::token_endpoint(fetch, &tenant));
        match found() {
            Some(Ok(endpoint)) => {
                assert_eq!(endpoint.scheme(), "https", "{endpoint}");
                assert!(endpoint.has_host(), "{endpoint}");
                let sent = || fake.sent.lock().unwrap_or_else(PoisonError::into_inner).len();
                let before = sent();
                let again = found().and_then(Result::ok);
                // An endpoint that was assumed without a response is discovered again.
                assert!(again == Some(endpoint) || sent() > before, "it is remembered");
            }
            Some(Err(failure)) => check_failure(&failure, LONGEST + text.len(), &[]),
            None => unreachable!("discovery has its limit in the transport"),
        }
    });
}

/// Variables and options, then what every endpoint answers: the whole chain over them.
pub fn environment(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let input = Input::of(&text);
    for value in input.values("IDENTITY_SERVER_THUMBPRINT") {
        if let Some(thumbprint) = Thumbprint::parse(value) {
            assert_eq!(Thumbprint::parse(&thumbprint.to_string()), Some(thumbprint));
        }
    }
    let longest = LONGEST + 2 * text.len();
    let nobody = FakeSystem::default();
    let secrets = input.secrets(&nobody);
    let fixture = match input.fixture() {
        Ok(fixture) => fixture,
        Err(failure) => return check_failure(&failure, longest, &secrets),
    };
    assert_eq!(fixture.settings.entra.authority.scheme(), "https");
    if let Err(failure) = proxies::proxy(&fixture.settings.network.transport) {
        check_failure(&failure, longest, &secrets);
    }
    let fake = Arc::new(FakeSystem { answers: fixture.answers.clone(), ..FakeSystem::default() });
    let (chain, mut result) = (Chain::default(), None);
    let log = logged(|| {
        result = outcome(chain.get_token(&fake.system(), &*fake.http(), &fixture.settings, &fixture.request, None))
    });
    let secrets = fixture.input.secrets(&fake);
    match result {
        Some(Ok(token)) => check_token(&token, &[]),
        Some(Err(error)) => check_error(&error, longest, &secrets),
        None => {}
    }
    check_secrets(&log, &secrets);
}

fn check_error(error: &Error, longest: usize, secrets: &[&str]) {
    check_secrets(&format!("{error}\n{error:?}"), secrets);
    for attempt in &error.attempts {
        check_failure(&attempt.failure, longest, secrets);
    }
}
