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
        let log_in = "az login --claims-challenge eyLDqSI6MX0= --scope https://cognitiveservices.azure.com/.default";
        assert!(failure.next_step.unwrap().ends_with(&format!("please run the following command: {log_in}{tenant}")));
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
        ("python is not there", 9009, Unavailable, "az is installed, but lacks", "install az again"),
        (
            "/usr/bin/az: line 2: /opt/az/bin/python3: No such file or directory",
            127,
            Unavailable,
            "/opt/az/bin/python3",
            "install az again",
        ),
        ("ModuleNotFoundError: No module named 'azure'", 1, Unavailable, "No module named", "install az again"),
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
        ("ERROR: AADSTS50020: no such account in tenant t", 1, Rejected, "AADSTS50020", "an account of that tenant"),
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
            "az cloud set --name",
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
