//! Whoever is logged in with `az login`.
//!
//! <https://learn.microsoft.com/cli/azure/account#az-account-get-access-token>

use jiff::civil;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Fetch, Token};
use crate::error::{Code, Failure};
use crate::secret::{Secret, redact};
use crate::settings::Settings;
use crate::system::{Command, Output, ProcessError, Timestamp};

const NOT_INSTALLED: &str = "Azure CLI could not be found";
const LOG_IN: &str = "Please run 'az login' from a command prompt to authenticate before using this credential";

/// Runs `az account get-access-token`.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    if let Some(claims) = &fetch.request.claims {
        return Err(claims_challenge(fetch, claims));
    }
    let resource = fetch.request.resource()?;
    let tenant = fetch.tenant(fetch.settings.tenant_option.as_deref())?;
    let mut arguments = ["account", "get-access-token", "--output", "json", "--resource", resource].to_vec();
    if let Some(tenant) = &tenant {
        arguments.extend(["--tenant", tenant]);
    }
    let command = command(fetch.settings, &arguments);
    tracing::debug!(resource, tenant, "asking az");
    match fetch.system.processes.run(command).await {
        Ok(output) => read(&output, fetch.settings.time_zone.as_deref(), fetch.system.clock.now()),
        Err(ProcessError::NotFound) => Err(not_installed()),
        Err(ProcessError::TimedOut) => Err(Failure::new(
            Code::Timeout,
            format!("az did not answer within {} s", fetch.settings.process_time_limit.as_secs_f32()),
        )
        .next("run 'az account get-access-token' by hand to see why, or raise processTimeoutInMs")),
        Err(ProcessError::Io(error)) => Err(Failure::unavailable(format!("az could not be run: {error}"))),
    }
}

fn not_installed() -> Failure {
    Failure::unavailable(NOT_INSTALLED)
        .next("on a developer's machine, install it (https://aka.ms/azure-cli) and run 'az login'")
}

/// `az` takes no claims; a login with them is what helps.
fn claims_challenge(fetch: &Fetch<'_>, claims: &str) -> Failure {
    use std::fmt::Write;

    let scope = fetch.request.scopes.first().map_or("", String::as_str);
    let mut login = format!("az login --claims-challenge {} --scope {scope}", base64(claims));
    if let Some(tenant) = &fetch.request.tenant {
        let _ = write!(login, " --tenant {tenant}");
    }
    Failure::unavailable(
        "This credential doesn't support claims challenges. To authenticate with the required claims, please run \
         the following command",
    )
    .next(login)
}

fn base64(text: &str) -> String {
    azure_core::base64::encode(text)
}

fn command(settings: &Settings, arguments: &[&str]) -> Command {
    // The working directory is the system's own, so that no `az` of the app's directory is found by accident.
    let (program, directory) = if cfg!(windows) {
        ("az.cmd", settings.system_root.clone().unwrap_or_else(|| "C:\\Windows".to_owned()))
    } else {
        ("az", "/bin".to_owned())
    };
    Command {
        program: program.to_owned(),
        arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
        directory,
        environment: settings.inherited.pairs(),
        time_limit: settings.process_time_limit,
    }
}

fn read(output: &Output, time_zone: Option<&str>, now: Timestamp) -> Result<Token, Failure> {
    let (stdout, stderr) = (output.stdout.trim(), output.stderr.trim());
    if stdout.is_empty() || output.code != Some(0) {
        return Err(refusal(stderr, output.code));
    }
    let unreadable = |what: &str| {
        Failure::unavailable(format!("az answered what cannot be read: {what}"))
            .next("run 'az account get-access-token --output json' by hand and look at its answer")
    };
    let value: Value = serde_json::from_str(stdout).map_err(|_| unreadable("it is not JSON"))?;
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let token = text("accessToken").filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| unreadable("there is no accessToken"))?;
    let expires_on = value
        .get("expires_on")
        .and_then(seconds)
        .or_else(|| local_time(text("expiresOn")?, time_zone))
        .ok_or_else(|| unreadable("there is neither expires_on nor an expiresOn that is a date"))?;
    if expires_on <= now {
        return Err(unreadable("its token has expired").next("run 'az login'"));
    }
    Ok(Token { secret: Secret::new(token), expires_on, refresh_on: None })
}

fn seconds(value: &Value) -> Option<Timestamp> {
    let seconds = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    seconds.map(Timestamp::from_secs)
}

/// `2030-01-01 00:00:00.000000` in the zone of this machine, which `TZ` can name.
fn local_time(text: &str, time_zone: Option<&str>) -> Option<Timestamp> {
    let local: civil::DateTime = text.trim().parse().ok()?;
    let zone = match time_zone {
        Some(name) => TimeZone::get(name).or_else(|_| TimeZone::posix(name)).ok()?,
        None => TimeZone::system(),
    };
    let moment = zone.to_timestamp(local).ok()?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

/// What `az` says on standard error, sorted by what the reader can do.
fn refusal(stderr: &str, code: Option<i32>) -> Failure {
    let is_missing =
        (stderr.contains("az:") && stderr.contains("not found")) || stderr.starts_with("'az' is not recognized");
    if is_missing || code == Some(127) {
        return not_installed();
    }
    if stderr.contains("az login") && !stderr.contains("az login --scope") {
        return Failure::unavailable(LOG_IN);
    }
    let words = redact(stderr, &[]).split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        let how = code.map_or_else(|| "by a signal".to_owned(), |code| format!("with exit code {code}"));
        return Failure::unavailable(format!("az ended {how} and said nothing"))
            .next("run 'az account get-access-token' by hand to see why");
    }
    let words: String = words.chars().take(600).collect();
    Failure::new(Code::Rejected, format!("az gave no token: {words}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::settings::CredentialOptions;
    use crate::test_support::{World, secret, settings, settings_with};

    fn output(stdout: impl Into<String>, stderr: &str, code: i32) -> Output {
        Output { code: Some(code), stdout: stdout.into(), stderr: stderr.to_owned() }
    }

    #[tokio::test(start_paused = true)]
    #[cfg(unix)]
    async fn what_is_run() {
        let tenant =
            |tenant: &str| CredentialOptions { tenant_id: Some(tenant.to_owned()), ..CredentialOptions::default() };
        for (options, arguments) in [(CredentialOptions::default(), ""), (tenant("t"), " --tenant t")] {
            let (world, token) = (World::new(), secret("token"));
            world.processes.print(0, json!({"accessToken": token, "expires_on": 1_893_456_000}).to_string(), "");
            // AZURE_TENANT_ID is not for az: the login has its own tenant.
            let variables = [("PATH", "/usr/bin"), ("AZURE_TENANT_ID", "other")];
            let given = ask(&world, Credential::AzureCli, &settings_with(&variables, &options)).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token);
            let [command] = &world.processes.ran()[..] else { panic!("az ran once") };
            assert_eq!(
                format!("{} {}", command.program, command.arguments.join(" ")),
                format!(
                    "az account get-access-token --output json --resource https://cognitiveservices.azure.com{arguments}"
                )
            );
            assert_eq!((command.directory.as_str(), command.time_limit.as_secs()), ("/bin", 10));
            assert!(command.environment.contains(&("PATH".into(), "/usr/bin".into())));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn claims_are_answered_with_the_login_that_satisfies_them() {
        let world = World::new();
        let request = TokenRequest::new(vec!["s/.default".into()], Some("t".into()), Some("{}".into())).unwrap();
        let attempt = ask_for(&world, Credential::AzureCli, &settings(&[]), &request).await.err().unwrap();
        assert_eq!(
            attempt.failure.next_step.as_deref(),
            Some("az login --claims-challenge e30= --scope s/.default --tenant t")
        );
        assert!(world.processes.ran().is_empty());
    }

    #[test]
    fn every_form_of_expiry() {
        let new_york = Some("America/New_York");
        for (times, zone, expires) in [
            (json!({"expires_on": 1_893_456_000}), None, Some(1_893_456_000)),
            (json!({"expires_on": "1893456000"}), None, Some(1_893_456_000)),
            (json!({"expires_on": 1_893_456_000, "expiresOn": "1999-01-01"}), None, Some(1_893_456_000)),
            (json!({"expiresOn": "2030-01-01 00:00:00.000000"}), new_york, Some(1_893_474_000)),
            (json!({"expiresOn": "2030-07-01 00:00:00.000000"}), new_york, Some(1_909_108_800)),
            (json!({"expiresOn": "2030-01-01 00:00:00"}), Some("UTC"), Some(1_893_456_000)),
            (json!({"expiresOn": "2030-01-01 00:00:00"}), Some("EST5EDT"), Some(1_893_474_000)),
            (json!({"expiresOn": "soon"}), None, None),
            (json!({"expires_on": "soon"}), None, None),
            (json!({}), None, None),
            (json!({"expires_on": 1}), None, None),
        ] {
            let mut answer = times.clone();
            answer["accessToken"] = json!("t");
            let token = read(&output(answer.to_string(), "", 0), zone, crate::test_support::START);
            assert_eq!(token.ok().map(|t| t.expires_on), expires.map(Timestamp::from_secs), "{times}");
        }
    }

    #[test]
    fn what_az_says_and_what_is_made_of_it() {
        let good = r#"{"accessToken":"t","expires_on":1893456000}"#;
        for (given, code, reason) in [
            (output(good, "WARNING: update available", 0), None, ""),
            (output("", "/bin/sh: 1: az: not found", 127), Some(Code::Unavailable), NOT_INSTALLED),
            (output("", "'az' is not recognized as an internal command", 1), Some(Code::Unavailable), NOT_INSTALLED),
            (output("", "ERROR: Please run 'az login' to setup account.", 1), Some(Code::Unavailable), LOG_IN),
            (
                output("", "ERROR: AADSTS50076: use MFA. To re-authenticate, please run: az login --scope x", 1),
                Some(Code::Rejected),
                "az gave no token: ERROR: AADSTS50076",
            ),
            (output("", "", 1), Some(Code::Unavailable), "az ended with exit code 1 and said nothing"),
            (output("not json", "", 0), Some(Code::Unavailable), "it is not JSON"),
            (output("{}", "", 0), Some(Code::Unavailable), "there is no accessToken"),
            (output("", "leaked eyJhbGciOi.e30.c2ln here", 1), Some(Code::Rejected), "leaked [redacted] here"),
        ] {
            let failure = read(&given, None, crate::test_support::START).err();
            assert_eq!(failure.as_ref().map(|failure| failure.code), code, "{}", given.stderr);
            let said = failure.map_or_else(String::new, |failure| failure.reason);
            assert!(said.contains(reason), "{said}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_tool_that_does_not_answer_is_a_time_out() {
        let world = World::new();
        world.processes.push(Err(ProcessError::TimedOut));
        let attempt = ask(&world, Credential::AzureCli, &settings(&[])).await.err().unwrap();
        assert_eq!(attempt.failure.code, Code::Timeout);
        assert!(attempt.failure.reason.contains("within 10 s"), "{}", attempt.failure.reason);
    }
}
