//! One of the tools: how it is run, and how its answers are read.

use serde_json::Value;

use crate::credential::context::Fetch;
use crate::credential::expiry::tool_moment;
use crate::credential::request::TokenRequest;
use crate::credential::token::Token;
use crate::error::{Code, Failure};
use crate::secret::Secret;
use crate::settings::{Credential, Settings};
use crate::shell_word::argument;
use crate::shown::{Form, quoted};
use crate::system::{Command, Os, Output, ProcessError, Timestamp, is_exhaustion};
use crate::token_claims::Claims;

/// One of the tools.
pub(in crate::credential) struct Tool {
    /// The credential that runs it.
    pub(in crate::credential) credential: Credential,
    /// What messages call it.
    pub(in crate::credential) name: &'static str,
    /// The command that shows why the tool refuses.
    pub(in crate::credential) by_hand: &'static str,
}

impl Tool {
    /// Runs `program`, one of the tool's; none if there is no such program.
    pub(in crate::credential) async fn run(
        &self,
        fetch: &Fetch<'_>,
        program: &str,
        arguments: &[&str],
        environment: Vec<(String, String)>,
    ) -> Result<Option<Output>, Failure> {
        let settings = fetch.settings;
        let command = Command {
            program: program.to_owned(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            directory: directory(settings, fetch.system.os),
            environment,
            time_limit: settings.tools.process_time_limit,
        };
        let by_hand = format!("run '{}' to see why", self.by_hand);
        match fetch.system.processes.run(command).await {
            Ok(output) => Ok(Some(output)),
            Err(ProcessError::NotFound) => Ok(None),
            Err(ProcessError::TimedOut) => {
                let limit = settings.tools.process_time_limit.as_secs_f32();
                Err(Failure::new(Code::Timeout, format!("{program} did not answer within {limit} s"))
                    .with_next_step(format!("{by_hand}, or raise processTimeoutInMs")))
            }
            Err(ProcessError::NotExecutable(path)) => {
                let path = argument(Form::Path, &path, program);
                Err(Failure::unavailable(format!("{path} is there, but this user may not run it"))
                    .with_next_step(format!("run 'chmod +x {path}', or install {} again", self.name)))
            }
            // Its file is there, so it is what its first line names that is not.
            Err(ProcessError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(self.broken(&format!("the program that its first line names: {error}")))
            }
            Err(ProcessError::Io(error)) if is_exhaustion(&error) => {
                Err(Failure::exhausted(&format!("run {program}"), &error))
            }
            Err(ProcessError::Io(error)) => {
                Err(Failure::unavailable(format!("{program} could not be run: {error}")).with_next_step(by_hand))
            }
        }
    }

    /// The tool is there, but what it runs on is not.
    pub(in crate::credential) fn broken(&self, lacks: &str) -> Failure {
        Failure::unavailable(format!("{} is installed, but lacks what it runs on: {lacks}", self.name))
            .with_next_step(format!("install {} again: its Python or another part of it is gone", self.name))
    }

    /// The token that the tool gave.
    pub(in crate::credential) fn token(
        &self,
        secret: &str,
        expires_on: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Token, Failure> {
        if secret.is_empty() || secret.contains(|c: char| !c.is_ascii_graphic()) {
            return Err(self.unreadable("the token is empty or has characters that a header cannot hold"));
        }
        // Cloud Shell and some versions of the tools leave the expiry out, but the token has it.
        let expires_on = expires_on.or_else(|| of_token(secret));
        let expires_on = expires_on.ok_or_else(|| self.unreadable("the expiry of the token is missing"))?;
        if expires_on <= now {
            return Err(self
                .unreadable("the token has expired")
                .with_next_step("check this machine's clock, then log in again"));
        }
        Ok(Token { secret: Secret::new(secret), credential: self.credential, expires_on, refresh_on: None })
    }

    /// An output without a token.
    pub(in crate::credential) fn unreadable(&self, what: &str) -> Failure {
        Failure::unavailable(format!("the output of {} is unusable: {what}", self.name))
            .with_next_step(format!("run '{}' and check its output", self.by_hand))
    }
}

/// The expiry that a token tells of itself.
fn of_token(secret: &str) -> Option<Timestamp> {
    let seconds = Claims::of(&Secret::new(secret))?.expires?;
    Some(Timestamp::from_secs(seconds)).filter(|moment| *moment <= Timestamp::LAST)
}

/// The working directory of tools, out of reach of a user with write access to the app's.
pub(in crate::credential) fn directory(settings: &Settings, os: Os) -> String {
    match &settings.tools.system_root {
        _ if !os.is_windows() => "/bin".to_owned(),
        Some(root) => root.clone(),
        None => "C:\\Windows".to_owned(),
    }
}

/// The resource that a tool of one resource is asked for.
///
/// Scopes share a token as a set, so none is the first. Beside a `/.default` the others can only be permissions on the
/// same resource.
///
/// # Errors
/// `Configuration` if the scopes do not name one resource.
pub(in crate::credential) fn resource(request: &TokenRequest) -> Result<&str, Failure> {
    let mut resources = request.scopes.iter().filter_map(|scope| scope.strip_suffix("/.default"));
    let resource = match (resources.next(), resources.next()) {
        (Some(only), None) if !only.is_empty() => only,
        _ => request.resource()?,
    };
    scope(resource)
}

/// `scope` for a command line: of the characters that `@azure/identity` takes there, which no shell understands.
///
/// # Errors
/// `Configuration` if it has others.
pub(in crate::credential) fn scope(scope: &str) -> Result<&str, Failure> {
    if scope.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/".contains(c)) {
        return value("the scope", Form::Scope, scope);
    }
    let reason = format!(
        "Invalid scope {}: for a command-line tool it can have only letters, digits and -_.:/",
        quoted(Form::Scope, scope)
    );
    Err(Failure::configuration(reason).with_next_step("correct the scope, or use another credential"))
}

/// The tenant that a tool is asked for. What `AZURE_TENANT_ID` says is about the service principal: a login has its
/// own tenant.
///
/// # Errors
/// `Configuration` if the tenant is not allowed or malformed.
pub(in crate::credential) fn tenant(fetch: &Fetch<'_>) -> Result<Option<String>, Failure> {
    let tenant = fetch.tenant(fetch.settings.tenants.option.as_deref())?;
    if let Some(tenant) = &tenant {
        value("tenantId", Form::Tenant, tenant)?;
    }
    Ok(tenant)
}

/// `text`, which becomes the value of an option: a dash would make it an option of its own.
///
/// # Errors
/// `Configuration` if it begins with a dash.
pub(in crate::credential) fn value<'a>(name: &str, form: Form, text: &'a str) -> Result<&'a str, Failure> {
    if text.starts_with('-') {
        return Err(Failure::configuration(format!(
            "{name} is {}, which a command-line tool would read as an option",
            quoted(form, text)
        ))
        .with_next_step(format!("correct {name}")));
    }
    Ok(text)
}

/// The answer to claims of a tool that takes none: the login, a whole command, that satisfies them.
pub(in crate::credential) fn claims_challenge(log_in: &str) -> Failure {
    Failure::unavailable("This credential doesn't support claims challenges").with_next_step(with_claims(log_in))
}

/// A next step that ends in the command to run.
pub(in crate::credential) fn with_claims(log_in: &str) -> String {
    format!("To authenticate with the required claims, please run the following command: {log_in}")
}

/// As tools take claims.
pub(in crate::credential) fn base64(claims: &str) -> String {
    azure_core::base64::encode(claims)
}

/// The moment that an expiry of the tool stands for, in any of the forms that tools write.
pub(in crate::credential) fn moment(value: &Value, fetch: &Fetch<'_>) -> Option<Timestamp> {
    tool_moment(value, fetch.settings.tools.time_zone.as_deref()).filter(|moment| *moment <= Timestamp::LAST)
}

/// The JSON objects in `text`. Tools print warnings, and azd progress in JSON, before and behind their answer.
pub(in crate::credential) fn objects(text: &str) -> Vec<Value> {
    /// Braces that begin no object, or objects that are no answer: with more of them it is something else.
    const MOST: usize = 1000;
    let mut found = Vec::new();
    let mut rest = text;
    for _ in 0..MOST {
        let Some(start) = rest.find('{') else { break };
        rest = &rest[start..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let end = match values.next() {
            Some(Ok(value)) => {
                found.push(value);
                values.byte_offset()
            }
            _ => 1,
        };
        rest = &rest[end..];
    }
    found
}

/// A member of `object` that is text and not blank.
pub(in crate::credential) fn text<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::test_support::settings;

    #[test]
    fn the_working_directory_is_the_system_s() {
        let with_root = settings(&[("SystemRoot", "D:\\WINNT")]);
        assert_eq!(directory(&with_root, Os::Linux), "/bin");
        assert_eq!(directory(&with_root, Os::Windows), "D:\\WINNT");
        assert_eq!(directory(&settings(&[]), Os::Windows), "C:\\Windows");
    }

    #[test]
    fn which_resource_is_meant() {
        for (scopes, resource_or_why) in [
            (&["https://r/.default"][..], Ok("https://r")),
            (&["https://r//.default"], Ok("https://r/")),
            (&["api://r/User.Read"], Ok("api://r/User.Read")),
            (&["https://r/.default", "offline_access"], Ok("https://r")),
            (&["https://r/.default", "https://q/.default"], Err("Multiple scopes are not supported")),
            (&["https://r/a", "https://r/b"], Err("Multiple scopes are not supported")),
            (&["--help/.default"], Err("would read as an option")),
            (&["https://r/$(id)/.default"], Err("Invalid scope")),
            (&["https://r/%PATH%"], Err("Invalid scope")),
            (&["https://r&calc/.default"], Err("Invalid scope")),
        ] {
            let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
            let request = TokenRequest::new(scopes, None, None).unwrap();
            match (resource(&request), resource_or_why) {
                (Ok(resource), Ok(expected)) => assert_eq!(resource, expected),
                (Err(failure), Err(why)) => assert!(failure.reason.contains(why), "{}", failure.reason),
                (result, _) => panic!("{result:?}"),
            }
        }
    }

    #[test]
    fn objects_are_found_among_other_words() {
        for (text, found) in [
            ("", vec![]),
            ("none {here} {", vec![]),
            ("WARNING {x: 1}\n{\"a\": {\"b\": \"}{\"}}\n bye {}", vec![json!({"a": {"b": "}{"}}), json!({})]),
            ("{\"open\": {\"a\": 1}", vec![json!({"a": 1})]),
            ("{\"a\":1}{\"a\":2}", vec![json!({"a": 1}), json!({"a": 2})]),
        ] {
            assert_eq!(objects(text), found, "{text}");
        }
        assert!(objects(&"{\"a\":[".repeat(100_000)).is_empty(), "depth has a bound");
        assert!(objects(&"{".repeat(1_000_000)).is_empty());
    }
}
