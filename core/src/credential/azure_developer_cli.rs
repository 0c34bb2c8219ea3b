//! The user of `azd auth login`.
//!
//! <https://learn.microsoft.com/azure/developer/azure-developer-cli/reference#azd-auth-token>

use super::context::Fetch;
use super::developer_tool::{self, Tool};
use super::token::Token;
use crate::error::{Code, Failure};
use crate::settings::Credential;
use crate::shell_word::argument;
use crate::shown::{Form, shown, shown_if};
use crate::system::Output;

const TOOL: Tool =
    Tool { credential: Credential::AzureDeveloperCli, name: "azd", by_hand: "azd auth token --output json" };

const NOT_INSTALLED: &str = "Azure Developer CLI couldn't be found";
const LOG_IN: &str = "Please run 'azd auth login' from a command prompt to authenticate before using this credential";

/// Runs `azd auth token`.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let tenant = developer_tool::tenant(fetch)?;
    let claims = fetch.request.claims.as_deref().map(developer_tool::base64);

    let mut arguments = vec!["auth", "token", "--output", "json", "--no-prompt"];
    for scope in &fetch.request.scopes {
        arguments.extend(["--scope", developer_tool::scope(scope)?]);
    }
    if let Some(tenant) = &tenant {
        arguments.extend(["--tenant-id", tenant]);
    }
    if let Some(claims) = &claims {
        arguments.extend(["--claims", claims]);
    }
    let scopes = shown(Form::Scope, &fetch.request.scopes.join(" "));
    tracing::debug!(
        scopes,
        tenant = shown_if(Form::Tenant, tenant.as_deref()),
        claims = claims.is_some(),
        "asking azd"
    );
    match TOOL.run(fetch, "azd", &arguments, fetch.settings.tools.inherited.pairs()).await? {
        Some(output) => read(&output, fetch, &log_in(fetch, tenant.as_deref())),
        None => Err(not_installed()),
    }
}

/// The login that helps with whatever a login helps with: multi-factor authentication is asked for by scope.
fn log_in(fetch: &Fetch<'_>, tenant: Option<&str>) -> String {
    let scopes: String = fetch
        .request
        .scopes
        .iter()
        .map(|scope| format!(" --scope {}", argument(Form::Scope, scope, "<scope>")))
        .collect();
    let tenant = tenant
        .map_or_else(String::new, |tenant| format!(" --tenant-id {}", argument(Form::Tenant, tenant, "<tenant>")));
    format!("azd auth login{scopes}{tenant}")
}

fn not_installed() -> Failure {
    Failure::unavailable(NOT_INSTALLED).with_next_step(
        "install it on a developer's machine \
         (https://learn.microsoft.com/azure/developer/azure-developer-cli/install-azd) and run 'azd auth login'",
    )
}

/// An answer counts whatever was said beside it, such as the news of an update.
fn read(output: &Output, fetch: &Fetch<'_>, log_in: &str) -> Result<Token, Failure> {
    let answers = developer_tool::objects(&output.stdout);
    let answer = answers.iter().find_map(|answer| Some((answer, developer_tool::text(answer, "token")?)));
    if let Some((answer, token)) = answer {
        let expires_on = answer.get("expiresOn").and_then(|value| developer_tool::moment(value, fetch));
        return TOOL.token(token, expires_on, fetch.system.clock.now());
    }
    let is_silent = output.stderr.trim().is_empty();
    if output.code == Some(0) && is_silent && !output.stdout.trim().is_empty() {
        return Err(TOOL.unreadable(if answers.is_empty() { "it is not JSON" } else { "the token is missing" }));
    }
    Err(refusal(output, log_in))
}

/// What `azd` says on standard error, sorted by what the reader can do.
fn refusal(output: &Output, log_in: &str) -> Failure {
    let Said { words, suggestion } = said(&output.stderr);
    let says = |phrase| developer_tool::says(&words, phrase);
    if matches!(output.code, Some(127 | 9009)) || developer_tool::names_missing_command(&words, "azd") {
        return not_installed();
    }
    if says("not logged in, run `azd login`") || says("not logged in, run `azd auth login`") {
        return Failure::unavailable("azd is not logged in").with_next_step(LOG_IN);
    }
    let failure = TOOL.refused(&words, output.code, log_in);
    if says("must use multi-factor authentication") || says("reauthentication required") {
        return Failure { code: Code::Rejected, ..failure }.with_next_step(developer_tool::with_claims(log_in));
    }
    if says("unknown flag: --claims") {
        return failure.with_next_step("update azd: this version does not support claims challenges");
    }
    let is_known = failure.code != Code::Rejected || says("AADSTS");
    match suggestion {
        Some(suggestion) if !is_known => failure.with_next_step(suggestion),
        _ => failure,
    }
}

/// What `azd` said, out of the JSON that it wraps it in.
struct Said {
    words: String,
    suggestion: Option<String>,
}

/// `{"type":"consoleMessage","data":{"message":"…"}}` up to version 1.23.6, then
/// `{"error":"…","message":"…","suggestion":"…"}`, for a while behind an empty message of the old kind.
fn said(stderr: &str) -> Said {
    let objects = developer_tool::objects(stderr);
    let with = |name| objects.iter().find_map(|object| Some((object, developer_tool::text(object, name)?.to_owned())));
    if let Some((object, words)) = with("error") {
        let suggestion = developer_tool::text(object, "suggestion").map(developer_tool::quote);
        return Said { words, suggestion };
    }
    let message = objects.iter().find_map(|object| developer_tool::text(object.get("data")?, "message"));
    Said { words: message.unwrap_or(stderr).to_owned(), suggestion: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::settings::CredentialOptions;
    use crate::system::{ProcessError, Timestamp};
    use crate::test_support::{FakeSystem, secret, settings, settings_with};

    const EXPIRES: &str = "2030-01-01T00:00:00Z";

    #[tokio::test(start_paused = true)]
    async fn what_is_run() {
        const COMMAND: &str = "auth token --output json --no-prompt";
        const SCOPE: &str = "auth token --output json --no-prompt --scope a";
        for (scopes, option, asked, claims, command_line) in [
            (&["a"][..], None, None, None, SCOPE.to_owned()),
            (&["a"], Some("t"), None, None, format!("{SCOPE} --tenant-id t")),
            (&["a"], None, Some("T"), Some(r#"{"é":1}"#), format!("{SCOPE} --tenant-id T --claims eyLDqSI6MX0=")),
            (
                &["b", "a"],
                Some("t"),
                None,
                Some("{}"),
                format!("{COMMAND} --scope b --scope a --tenant-id t --claims e30="),
            ),
        ] {
            let (fake, token) = (FakeSystem::new(), secret("token"));
            fake.processes.print(0, json!({"token": token, "expiresOn": EXPIRES}).to_string(), "");
            let options = CredentialOptions { tenant_id: option.map(str::to_owned), ..CredentialOptions::default() };
            let settings = settings_with(&[("PATH", "/usr/bin"), ("AZURE_TENANT_ID", "other")], &options);
            let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
            let request = TokenRequest::new(scopes, asked.map(str::to_owned), claims.map(str::to_owned)).unwrap();

            let given = ask_for(&fake, Credential::AzureDeveloperCli, &settings, &request).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token);
            assert_eq!(given.expires_on, Timestamp::from_secs(1_893_456_000));
            let [command] = &fake.processes.ran()[..] else { panic!("azd ran once") };
            assert_eq!((command.program.as_str(), command.arguments.join(" ")), ("azd", command_line));
            assert_eq!((command.directory.as_str(), command.time_limit.as_secs()), ("/bin", 30));
            assert!(command.environment.contains(&("PATH".into(), "/usr/bin".into())));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_no_option_may_hold_is_never_run() {
        let fake = FakeSystem::new();
        for (scope, tenant) in [("--help", None), ("a|b", None), ("a", Some("-t"))] {
            let request = TokenRequest::new(vec![scope.into()], tenant.map(str::to_owned), None).unwrap();
            let attempt = ask_for(&fake, Credential::AzureDeveloperCli, &settings(&[]), &request).await.err().unwrap();
            assert_eq!(attempt.failure.code, Code::Configuration);
        }
        assert!(fake.processes.ran().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_stands_around_an_answer_does_not_matter() {
        let answer = |token: &str| json!({"token": token, "expiresOn": EXPIRES}).to_string();
        for (before, stderr, code) in [
            ("", "", 0),
            (r#"{"type":"consoleMessage","data":{"message":"news"}}"#, "", 0),
            ("", "WARNING: your version of azd is out of date; not logged in, run `azd auth login`", 0),
            ("", "telemetry broke", 1),
        ] {
            let (fake, token) = (FakeSystem::new(), secret("token"));
            fake.processes.print(code, format!("{before}\n{}\n", answer(&token)), stderr);
            let given = ask(&fake, Credential::AzureDeveloperCli, &settings(&[])).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token, "{before}{stderr}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_azd_says_and_what_is_made_of_it() {
        use Code::{Network, Rejected, Unavailable};
        let console = |message: &str| json!({"type": "consoleMessage", "data": {"message": message}}).to_string();
        let error = |error: &str| json!({"error": error, "message": "m", "suggestion": "do this"}).to_string();
        for (stdout, stderr, exit, code, reason, step) in [
            ("", "azd: command not found".into(), 127, Unavailable, NOT_INSTALLED, "install it"),
            ("", "'azd' is not recognized as a command".into(), 1, Unavailable, NOT_INSTALLED, "install it"),
            (
                "",
                "ERROR: not logged in, run `azd auth login` to login".into(),
                1,
                Unavailable,
                "azd is not logged in",
                LOG_IN,
            ),
            ("", error("not logged in, run `azd auth login` to login"), 1, Unavailable, "is not logged in", LOG_IN),
            ("", console("\nERROR: not logged in, run `azd login` to login"), 1, Unavailable, "is not logged", LOG_IN),
            (
                "",
                error("reauthentication required, run `azd auth login --scope x`"),
                1,
                Rejected,
                "azd gave no token: reauthentication required",
                "please run the following command: azd auth login --scope https://cognitiveservices.azure.com/.default",
            ),
            (
                "",
                error("AADSTS50076: you must use multi-factor authentication"),
                1,
                Rejected,
                "50076",
                "azd auth login",
            ),
            ("", error("AADSTS70043: expired"), 1, Rejected, "AADSTS70043: expired", "to renew the login"),
            ("", error("AADSTS53003: blocked"), 1, Rejected, "AADSTS53003: blocked", "conditional access"),
            ("", error("x"), 1, Rejected, "azd gave no token: x", "do this"),
            ("", format!("{}\n{}", console(""), error("x")), 1, Rejected, "azd gave no token: x", "do this"),
            ("", console("ERROR: y"), 1, Rejected, "azd gave no token: ERROR: y", "run 'azd auth token --output json'"),
            (
                "",
                r#"{"error":{"code":1}}"#.into(),
                1,
                Rejected,
                "azd gave no token: a JSON object with the members error",
                "run 'azd auth token --output json'",
            ),
            ("", "unknown flag: --claims".into(), 1, Rejected, "unknown flag", "update azd"),
            ("", error("dial tcp: lookup x: no such host"), 1, Network, "no such host", "network"),
            (
                "",
                String::new(),
                1,
                Unavailable,
                "azd ended with exit code 1 without output",
                "run 'azd auth token --output json'",
            ),
            ("{}", String::new(), 0, Unavailable, "the token is missing", "run 'azd auth token --output json'"),
            ("not json", String::new(), 0, Unavailable, "it is not JSON", "run 'azd auth token --output json'"),
            (
                r#"{"token":"t"}"#,
                String::new(),
                0,
                Unavailable,
                "the expiry of the token is missing",
                "run 'azd auth token --output json'",
            ),
            (
                r#"{"token":"t","expiresOn":"soon"}"#,
                String::new(),
                0,
                Unavailable,
                "the expiry of the token is missing",
                "run 'azd auth token --output json'",
            ),
        ] {
            let fake = FakeSystem::new();
            fake.processes.print(exit, stdout, &stderr);
            let failure = ask(&fake, Credential::AzureDeveloperCli, &settings(&[])).await.err().unwrap().failure;
            assert_eq!(failure.code, code, "{stdout}{stderr}");
            assert!(failure.reason.contains(reason), "{}", failure.reason);
            let next_step = failure.next_step.unwrap();
            assert!(next_step.contains(step), "{stdout}{stderr}: {next_step}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_suggestion_is_quoted_as_an_error_is() {
        let fake = FakeSystem::new();
        let suggestion = format!("drop eyJ0eXAi.e30.c2ln,\n{}", "x".repeat(10_000));
        fake.processes.print(1, "", &json!({"error": "x", "suggestion": suggestion}).to_string());
        let failure = ask(&fake, Credential::AzureDeveloperCli, &settings(&[])).await.err().unwrap().failure;
        let next_step = failure.next_step.unwrap();
        assert!(next_step.starts_with("drop [redacted], xxx"), "{next_step}");
        assert!(next_step.len() < 700, "{} bytes", next_step.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_does_not_answer_is_a_time_out() {
        let fake = FakeSystem::new();
        fake.processes.push(Err(ProcessError::TimedOut));
        let failure = ask(&fake, Credential::AzureDeveloperCli, &settings(&[])).await.err().unwrap().failure;
        assert_eq!((failure.code, failure.reason.as_str()), (Code::Timeout, "azd did not answer within 30 s"));
    }
}
