//! The user of `az login`.
//!
//! <https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>

use super::context::Fetch;
use super::developer_tool::{self, Tool};
use super::token::Token;
use crate::error::{Code, Failure};
use crate::settings::Credential;
use crate::shown::{Form, argument, quoted, shown, shown_if};
use crate::system::Output;

const TOOL: Tool = Tool { credential: Credential::AzureCli, name: "az", by_hand: "az account get-access-token" };

const NOT_INSTALLED: &str = "Azure CLI could not be found";
const LOG_IN: &str = "Please run 'az login' from a command prompt to authenticate before using this credential";

/// Runs `az account get-access-token`.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let tenant = developer_tool::tenant(fetch)?;
    let log_in = log_in(fetch, tenant.as_deref());
    if let Some(claims) = &fetch.request.claims {
        let challenge = format!("az login --claims-challenge {}", developer_tool::base64(claims));
        return Err(developer_tool::claims_challenge(&log_in.replacen("az login", &challenge, 1)));
    }
    let resource = developer_tool::resource(fetch.request)?;
    let subscription = fetch.settings.tools.subscription.as_deref();
    if let Some(subscription) = subscription {
        check_subscription(subscription)?;
    }

    let mut arguments = ["account", "get-access-token", "--output", "json", "--resource", resource].to_vec();
    if let Some(tenant) = &tenant {
        arguments.extend(["--tenant", tenant]);
    }
    if let Some(subscription) = subscription {
        arguments.extend(["--subscription", subscription]);
    }
    tracing::debug!(
        resource = shown(Form::Scope, resource),
        tenant = shown_if(Form::Tenant, tenant.as_deref()),
        subscription = shown_if(Form::Subscription, subscription),
        "asking az"
    );
    match TOOL.run(fetch, "az", &arguments, fetch.settings.tools.inherited.pairs()).await? {
        Some(output) => read(&output, fetch, &log_in),
        None => Err(not_installed()),
    }
}

/// The login that helps with whatever a login helps with: multi-factor authentication is asked for by scope.
fn log_in(fetch: &Fetch<'_>, tenant: Option<&str>) -> String {
    let scope = fetch.request.scopes.first().map_or_else(String::new, |scope| argument(Form::Scope, scope, "<scope>"));
    let tenant =
        tenant.map_or_else(String::new, |tenant| format!(" --tenant {}", argument(Form::Tenant, tenant, "<tenant>")));
    format!("az login --scope {scope}{tenant}")
}

fn not_installed() -> Failure {
    Failure::unavailable(NOT_INSTALLED)
        .with_next_step("install it on a developer's machine (https://aka.ms/azure-cli) and run 'az login'")
}

fn check_subscription(subscription: &str) -> Result<(), Failure> {
    if subscription.chars().all(|c| c.is_ascii_alphanumeric() || "-._ ".contains(c)) {
        return developer_tool::value("subscription", Form::Subscription, subscription).map(drop);
    }
    Err(Failure::configuration(format!(
        "Subscription {} contains invalid characters",
        quoted(Form::Subscription, subscription)
    ))
    .with_next_step("Use the subscription's ID instead of its name. 'az account list --output table' shows both"))
}

/// An answer counts whatever was said beside it: `az` warns on standard error, and can trip on its way out.
fn read(output: &Output, fetch: &Fetch<'_>, log_in: &str) -> Result<Token, Failure> {
    let answers = developer_tool::objects(&output.stdout);
    let answer = answers.iter().find_map(|answer| Some((answer, developer_tool::text(answer, "accessToken")?)));
    if let Some((answer, token)) = answer {
        let moment = |name: &str| answer.get(name).and_then(|value| developer_tool::moment(value, fetch));
        // expires_on came with version 2.54; expiresOn is local time.
        return TOOL.token(token, moment("expires_on").or_else(|| moment("expiresOn")), fetch.system.clock.now());
    }
    let is_silent = output.stderr.trim().is_empty();
    match output.stdout.trim() {
        stdout if output.code == Some(0) && is_silent && !stdout.is_empty() => {
            Err(TOOL.unreadable(if answers.is_empty() { "it is not JSON" } else { "accessToken is missing" }))
        }
        _ => Err(refusal(output, log_in)),
    }
}

/// What `az` says on standard error, sorted by what the reader can do.
fn refusal(output: &Output, log_in: &str) -> Failure {
    let stderr = output.stderr.as_str();
    let says = |phrase| developer_tool::says(stderr, phrase);
    // 127 and 9009 are how a shell says that what `az` starts is not there.
    if matches!(output.code, Some(127 | 9009)) || developer_tool::names_missing_command(stderr, "az") {
        return not_installed();
    }
    let failure = TOOL.refused(stderr, output.code, log_in);
    if says("only one of subscription and tenant") {
        return failure.with_next_step("remove either the tenantId or the subscription option");
    }
    if says("subscription") && (says("not found") || says("doesn't exist")) {
        return failure.with_next_step(
            "set the subscription option to a subscription that 'az account list --output table' lists, or run 'az \
             login' with an account that has it",
        );
    }
    // Entra ID's own words say more than the advice to log in that az puts behind them.
    let is_plain = failure.code == Code::Rejected && !says("AADSTS");
    if is_plain && says("az login") && !says("az login --scope") {
        return Failure::unavailable("az is not logged in").with_next_step(LOG_IN);
    }
    failure
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::error::Attempt;
    use crate::settings::{CredentialOptions, Settings};
    use crate::system::{ProcessError, Timestamp};
    use crate::test_support::{FakeSystem, secret, settings, settings_with};

    const COMMAND: &str = "account get-access-token --output json --resource https://cognitiveservices.azure.com";

    fn options(tenant: Option<&str>, subscription: Option<&str>) -> Settings {
        let options = CredentialOptions {
            tenant_id: tenant.map(str::to_owned),
            subscription: subscription.map(str::to_owned),
            ..CredentialOptions::default()
        };
        // AZURE_TENANT_ID is not for az: the login has its own tenant.
        settings_with(&[("PATH", "/usr/bin"), ("AZURE_TENANT_ID", "other")], &options)
    }

    fn request(tenant: Option<&str>, claims: Option<&str>) -> TokenRequest {
        let scopes = vec!["https://cognitiveservices.azure.com/.default".to_owned()];
        TokenRequest::new(scopes, tenant.map(str::to_owned), claims.map(str::to_owned)).unwrap()
    }

    async fn refused(stdout: &str, stderr: &str, code: i32) -> Attempt {
        let fake = FakeSystem::new();
        fake.processes.print(code, stdout, stderr);
        ask(&fake, Credential::AzureCli, &settings(&[])).await.err().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_run() {
        for (settings, asked, extra) in [
            (options(None, None), None, &[][..]),
            (options(Some("t"), None), None, &["--tenant", "t"]),
            (options(None, None), Some("asked"), &["--tenant", "asked"]),
            (options(None, Some("my sub")), None, &["--subscription", "my sub"]),
            (options(Some("t"), Some("s")), None, &["--tenant", "t", "--subscription", "s"]),
        ] {
            let (fake, token) = (FakeSystem::new(), secret("token"));
            fake.processes.print(0, json!({"accessToken": token, "expires_on": 1_893_456_000}).to_string(), "");
            let given = ask_for(&fake, Credential::AzureCli, &settings, &request(asked, None)).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token);
            let [command] = &fake.processes.ran()[..] else { panic!("az ran once") };
            let expected: Vec<&str> = COMMAND.split(' ').chain(extra.iter().copied()).collect();
            assert_eq!(command.program, "az");
            assert_eq!(command.arguments, expected);
            assert_eq!((command.directory.as_str(), command.time_limit.as_secs()), ("/bin", 30));
            assert!(command.environment.contains(&("PATH".into(), "/usr/bin".into())));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_no_option_may_hold_is_never_run() {
        for (settings, asked, reason) in [
            (options(None, Some("a;b")), None, "Subscription a text of 3 characters contains invalid characters"),
            (options(None, Some("--debug")), None, "subscription is '--debug'"),
            (options(Some("--help"), None), None, "tenantId is a text of 6 characters, which"),
            (options(Some("t"), None), Some("other"), "AdditionallyAllowedTenants"),
        ] {
            let fake = FakeSystem::new();
            let attempt = ask_for(&fake, Credential::AzureCli, &settings, &request(asked, None)).await.err().unwrap();
            assert_eq!(attempt.failure.code, Code::Configuration);
            assert!(attempt.failure.reason.contains(reason), "{}", attempt.failure.reason);
            assert!(fake.processes.ran().is_empty());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn claims_are_answered_with_the_login_that_satisfies_them() {
        for (settings, asked, tenant) in [
            (options(None, None), None, ""),
            (options(None, None), Some("t.example"), " --tenant t.example"),
            (options(Some("common"), None), None, " --tenant common"),
            (options(Some("t"), None), None, " --tenant <tenant>"),
        ] {
            let fake = FakeSystem::new();
            let request = request(asked, Some(r#"{"é":1}"#));
            let failure = ask_for(&fake, Credential::AzureCli, &settings, &request).await.err().unwrap().failure;
            let log_in =
                "az login --claims-challenge eyLDqSI6MX0= --scope https://cognitiveservices.azure.com/.default";
            assert!(
                failure.next_step.unwrap().ends_with(&format!("please run the following command: {log_in}{tenant}"))
            );
            assert!(fake.processes.ran().is_empty());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_counts_whatever_is_said_beside_it() {
        let new_york = [("TZ", "America/New_York")];
        for (variables, times, stderr, code, expires) in [
            (&[][..], json!({"expires_on": 1_893_456_000}), "", 0, 1_893_456_000),
            (&[], json!({"expires_on": "1893456000"}), "", 0, 1_893_456_000),
            (&[], json!({"expires_on": 1_893_456_000, "expiresOn": "1999-01-01"}), "", 0, 1_893_456_000),
            (&new_york, json!({"expiresOn": "2030-01-01 00:00:00.000000"}), "", 0, 1_893_474_000),
            (&new_york, json!({"expires_on": "soon", "expiresOn": "2030-01-01 00:00:00"}), "", 0, 1_893_474_000),
            (&[], json!({"expires_on": 1_893_456_000}), "WARNING: update; az login again", 0, 1_893_456_000),
            (&[], json!({"expires_on": 1_893_456_000}), "Exception ignored in: <stdout>", 120, 1_893_456_000),
        ] {
            let (fake, token) = (FakeSystem::new(), secret("token"));
            let mut answer = times.clone();
            answer["accessToken"] = json!(token);
            fake.processes.print(code, format!("a warning\n{answer:#}\n"), stderr);
            let given = ask(&fake, Credential::AzureCli, &settings(variables)).await.ok().unwrap();
            assert_eq!(
                (given.secret.expose(), given.expires_on),
                (token.as_str(), Timestamp::from_secs(expires)),
                "{times}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_cannot_be_read_says_why() {
        for (stdout, reason) in [
            ("not json", "it is not JSON"),
            ("<html>", "it is not JSON"),
            ("{}", "accessToken is missing"),
            (r#"{"accessToken":""}"#, "accessToken is missing"),
            (r#"{"accessToken":"t"}"#, "the expiry of the token is missing"),
            (r#"{"accessToken":"t","expiresOn":"soon"}"#, "the expiry of the token is missing"),
            (r#"{"accessToken":"t","expires_on":1}"#, "has expired"),
            (r#"{"accessToken":"a\nb","expires_on":1893456000}"#, "characters that a header cannot hold"),
            ("", "az ended with exit code 0 without output"),
        ] {
            let attempt = refused(stdout, "", 0).await;
            assert_eq!(attempt.failure.code, Code::Unavailable);
            assert!(attempt.failure.reason.contains(reason), "{stdout}: {}", attempt.failure.reason);
            assert!(attempt.failure.next_step.is_some());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_az_says_and_what_is_made_of_it() {
        use Code::{Network, Rejected, Unavailable};
        for (stderr, exit, code, reason, step) in [
            ("/bin/sh: 1: az: not found", 127, Unavailable, NOT_INSTALLED, "https://aka.ms/azure-cli"),
            ("python is not there", 9009, Unavailable, NOT_INSTALLED, "https://aka.ms/azure-cli"),
            ("'az' is not recognized as an internal command", 1, Unavailable, NOT_INSTALLED, "az login"),
            ("ERROR: Please run 'az login' to setup account.", 1, Unavailable, "az is not logged in", LOG_IN),
            (
                "ERROR: AADSTS50076: use MFA. Please run: az login --scope x",
                1,
                Rejected,
                "az gave no token: ERROR: AADSTS50076: use MFA.",
                "run 'az login --scope https://cognitiveservices.azure.com/.default' and complete the multi-factor",
            ),
            (
                "ERROR: AADSTS70043: The refresh token has expired. To re-authenticate, please run: az login",
                1,
                Rejected,
                "AADSTS70043",
                "to renew the login",
            ),
            ("ERROR: AADSTS53003: blocked. Please run: az login", 1, Rejected, "AADSTS53003", "conditional access"),
            (
                "ERROR: AADSTS50020: no such account in tenant t",
                1,
                Rejected,
                "AADSTS50020",
                "an account of that tenant",
            ),
            (
                "ERROR: Please explicitly log in with:\naz login --scope x",
                1,
                Rejected,
                "explicitly log in",
                "run 'az account get-access-token' to see why",
            ),
            ("ERROR: Subscription 'x' not found. Check the spelling", 1, Rejected, "'x' not found", "az account list"),
            (
                "ERROR: The subscription of 'x' doesn't exist in cloud 'AzureCloud'. Run az login.",
                1,
                Rejected,
                "'x' doesn't exist",
                "az account list",
            ),
            (
                "ERROR: Please specify only one of subscription and tenant, not both",
                1,
                Rejected,
                "only one of",
                "remove either",
            ),
            ("ERROR: HTTPSConnectionPool(host='x'): Max retries exceeded", 1, Network, "Max retries", "network"),
            (
                "leaked eyJhbGciOi.e30.c2ln here",
                1,
                Rejected,
                "leaked [redacted] here",
                "run 'az account get-access-token' to see why",
            ),
            (
                "",
                1,
                Unavailable,
                "az ended with exit code 1 without output",
                "run 'az account get-access-token' to see why",
            ),
        ] {
            // What stands on standard output is never quoted: it can hold a token.
            let Attempt { failure, .. } = refused("half an answer", stderr, exit).await;
            assert_eq!(failure.code, code, "{stderr}");
            assert!(failure.reason.contains(reason) && !failure.reason.contains("half"), "{}", failure.reason);
            let next_step = failure.next_step.unwrap();
            assert!(next_step.contains(step), "{stderr}: {next_step}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_keeps_az_from_answering() {
        for (error, code, reason) in [
            (ProcessError::NotFound, Code::Unavailable, NOT_INSTALLED),
            (ProcessError::TimedOut, Code::Timeout, "az did not answer within 30 s"),
            (ProcessError::Io(std::io::Error::other("denied")), Code::Unavailable, "az could not be run: denied"),
        ] {
            let fake = FakeSystem::new();
            fake.processes.push(Err(error));
            let failure = ask(&fake, Credential::AzureCli, &settings(&[])).await.err().unwrap().failure;
            assert_eq!((failure.code, failure.reason.as_str()), (code, reason));
            assert!(failure.next_step.is_some());
        }
    }
}
