//! The user of `Connect-AzAccount`.
//!
//! <https://learn.microsoft.com/powershell/module/az.accounts/get-azaccesstoken>

use super::context::Fetch;
use super::developer_tool::{self, Tool};
use super::token::Token;
use crate::error::{Code, Failure};
use crate::settings::Credential;
use crate::shell_word::argument;
use crate::shown::{Form, shown, shown_if};
use crate::system::{Os, Output};

const TOOL: Tool = Tool { credential: Credential::AzurePowerShell, name: "PowerShell", by_hand: "Get-AzAccessToken" };

const NOT_INSTALLED: &str = "Unable to execute PowerShell";
const NO_MODULE: &str = "The 'Az.Account' module >= 2.2.0 is not installed";
const LOG_IN: &str = "Please run 'Connect-AzAccount' from PowerShell to authenticate before using this credential";

/// The variables through which the script is told what to ask for, named as `@azure/identity` names them.
const RESOURCE: &str = "AZURE_IDENTITY_POWERSHELL_RESOURCE";
const TENANT: &str = "AZURE_IDENTITY_POWERSHELL_TENANT_ID";

/// Nothing is put into it, so nothing can break out of it. It has no double quotes, which Windows would need escaped,
/// and calls no methods but those that PowerShell's constrained language allows.
///
/// From 2.17 on the token can come as a `SecureString`, from 5.0 on it does. An error is told as JSON too, for a
/// message on standard error is broken at the width of a terminal and, on Windows, translated.
const SCRIPT: &str = "
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
try {
  $module = Import-Module Az.Accounts -MinimumVersion 2.2.0 -PassThru
  $ask = @{ ResourceUrl = $env:AZURE_IDENTITY_POWERSHELL_RESOURCE }
  if ($env:AZURE_IDENTITY_POWERSHELL_TENANT_ID) { $ask['TenantId'] = $env:AZURE_IDENTITY_POWERSHELL_TENANT_ID }
  if ($module.Version -ge [version]'2.17.0' -and $module.Version -lt [version]'5.0.0') { $ask['AsSecureString'] = $true }
  $answer = Get-AzAccessToken @ask
  $token = $answer.Token
  if ($token -is [System.Security.SecureString]) {
    $token = (New-Object System.Management.Automation.PSCredential -ArgumentList 'token', $token).GetNetworkCredential().Password
  }
  $expires = $answer.ExpiresOn
  if ($expires.UtcDateTime) { $expires = $expires.UtcDateTime }
  ConvertTo-Json -Compress @{ Token = $token; ExpiresOn = $expires }
} catch {
  ConvertTo-Json -Compress @{ Error = $_.Exception.Message; ErrorId = $_.FullyQualifiedErrorId }
  exit 1
}
";

/// Runs `Get-AzAccessToken`.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let tenant = developer_tool::tenant(fetch)?;
    if let Some(claims) = &fetch.request.claims {
        let claims = developer_tool::base64(claims);
        let tenant = tenant
            .map_or_else(String::new, |tenant| format!(" -Tenant {}", argument(Form::Tenant, &tenant, "<tenant>")));
        return Err(developer_tool::claims_challenge(&format!("Connect-AzAccount -ClaimsChallenge {claims}{tenant}")));
    }
    let resource = developer_tool::resource(fetch.request)?;
    let log_in = log_in(resource, tenant.as_deref());

    let mut failure = not_installed();
    for program in programs(fetch.system.os) {
        let (scope, directory) = (shown(Form::Scope, resource), shown_if(Form::Tenant, tenant.as_deref()));
        tracing::debug!(resource = scope, tenant = directory, program, "asking PowerShell");
        let arguments = ["-NoProfile", "-NonInteractive", "-Command", SCRIPT];
        let environment = environment(fetch, resource, tenant.as_deref());
        let Some(output) = TOOL.run(fetch, program, &arguments, environment).await? else { continue };
        failure = match read(&output, fetch, &log_in) {
            // Each PowerShell has modules of its own.
            Err(failure) if failure.reason == NO_MODULE => failure,
            result => return result,
        };
    }
    Err(failure)
}

/// PowerShell 7, then the one that comes with Windows.
fn programs(os: Os) -> &'static [&'static str] {
    if os.is_windows() { &["pwsh", "powershell"] } else { &["pwsh"] }
}

fn environment(fetch: &Fetch<'_>, resource: &str, tenant: Option<&str>) -> Vec<(String, String)> {
    let mut environment = fetch.settings.tools.inherited.pairs();
    // On Windows a name in another case is the same variable.
    environment.retain(|(name, _)| ![RESOURCE, TENANT].iter().any(|ours| name.eq_ignore_ascii_case(ours)));
    environment.push((RESOURCE.to_owned(), resource.to_owned()));
    environment.push((TENANT.to_owned(), tenant.unwrap_or_default().to_owned()));
    environment
}

/// The login that helps with whatever a login helps with: multi-factor authentication is asked for by resource.
fn log_in(resource: &str, tenant: Option<&str>) -> String {
    let tenant =
        tenant.map_or_else(String::new, |tenant| format!(" -Tenant {}", argument(Form::Tenant, tenant, "<tenant>")));
    format!("Connect-AzAccount -AuthScope {}{tenant}", argument(Form::Scope, resource, "<scope>"))
}

fn not_installed() -> Failure {
    Failure::unavailable(NOT_INSTALLED).with_next_step(
        "Ensure that it is installed in your system: install it (https://aka.ms/powershell) on a developer's machine, \
         with its Az.Accounts module, and run 'Connect-AzAccount'",
    )
}

/// An answer counts whatever was said beside it: PowerShell prints warnings and news into its output.
fn read(output: &Output, fetch: &Fetch<'_>, log_in: &str) -> Result<Token, Failure> {
    let answers = developer_tool::objects(&output.stdout);
    let with = |name| answers.iter().find_map(|answer| Some((answer, developer_tool::text(answer, name)?)));
    if let Some((answer, token)) = with("Token") {
        let expires_on = answer.get("ExpiresOn").and_then(|value| developer_tool::moment(value, fetch));
        return TOOL.token(token, expires_on, fetch.system.clock.now());
    }
    let (words, id) = match with("Error") {
        Some((answer, error)) => (error, developer_tool::text(answer, "ErrorId").unwrap_or_default()),
        None => (output.stderr.trim(), ""),
    };
    if output.code == Some(0) && words.is_empty() {
        return Err(TOOL.unreadable("the token is missing"));
    }
    Err(refusal(words, id, output.code, log_in))
}

/// What PowerShell says, sorted by what the reader can do.
fn refusal(words: &str, id: &str, code: Option<i32>, log_in: &str) -> Failure {
    let says = |phrase| developer_tool::says(words, phrase);
    let is_missing = [id, words].iter().any(|words| {
        developer_tool::says(words, "Modules_ModuleWithVersionNotFound")
            || developer_tool::says(words, "Modules_ModuleNotFound")
            || developer_tool::says(words, "was not loaded because no valid module file was found")
    });
    if is_missing {
        return Failure::unavailable(NO_MODULE).with_next_step(
            "Install the Azure Az PowerShell module with: \
             \"Install-Module -Name Az -Scope CurrentUser -Repository PSGallery -Force\", then run 'Connect-AzAccount'",
        );
    }
    let failure = TOOL.refused(words, code, log_in);
    if says("running scripts is disabled") || id.contains("UnauthorizedAccess") {
        return failure.with_next_step("run 'Set-ExecutionPolicy RemoteSigned -Scope CurrentUser' in PowerShell");
    }
    // Entra ID's own words say more than the advice to log in that the module puts behind them.
    let is_plain = failure.code == Code::Rejected && !says("AADSTS") && !says("User interaction is required");
    if is_plain && says("Connect-AzAccount") {
        return Failure::unavailable("PowerShell is not logged in").with_next_step(LOG_IN);
    }
    failure
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::settings::{CredentialOptions, Settings};
    use crate::system::{ProcessError, Timestamp};
    use crate::test_support::{FakeSystem, secret, settings, settings_with};

    const SCOPE: &str = "https://cognitiveservices.azure.com/.default";

    fn with_tenant(tenant: Option<&str>) -> Settings {
        let options = CredentialOptions { tenant_id: tenant.map(str::to_owned), ..CredentialOptions::default() };
        let variables =
            [("AZURE_TENANT_ID", "other"), ("azure_identity_powershell_tenant_id", "forged"), ("HOME", "/h")];
        settings_with(&variables, &options)
    }

    fn request(scope: &str, tenant: Option<&str>, claims: Option<&str>) -> TokenRequest {
        TokenRequest::new(vec![scope.into()], tenant.map(str::to_owned), claims.map(str::to_owned)).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_run() {
        for (option, asked, tenant) in [(None, None, ""), (Some("t"), None, "t"), (None, Some("asked"), "asked")] {
            let (fake, token) = (FakeSystem::new(), secret("token"));
            fake.processes.print(0, json!({"Token": token, "ExpiresOn": "2030-01-01T00:00:00Z"}).to_string(), "");
            let (settings, request) = (with_tenant(option), request(SCOPE, asked, None));
            let given = ask_for(&fake, Credential::AzurePowerShell, &settings, &request).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token);

            let [command] = &fake.processes.ran()[..] else { panic!("pwsh ran once") };
            assert_eq!(command.program, "pwsh");
            assert_eq!(command.arguments, ["-NoProfile", "-NonInteractive", "-Command", SCRIPT]);
            assert_eq!((command.directory.as_str(), command.time_limit.as_secs()), ("/bin", 30));
            let mut environment = command.environment.clone();
            environment.sort();
            let expected = [
                (RESOURCE, "https://cognitiveservices.azure.com"),
                (TENANT, tenant),
                ("AZURE_TENANT_ID", "other"),
                ("HOME", "/h"),
            ];
            assert_eq!(environment, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
    }

    #[test]
    fn the_script_asks_by_variable_and_needs_no_escaping() {
        assert!(SCRIPT.contains(&format!("$env:{RESOURCE}")) && SCRIPT.contains(&format!("$env:{TENANT}")));
        assert!(!SCRIPT.contains('"'));
        assert_eq!((programs(Os::Linux), programs(Os::Windows)), (&["pwsh"][..], &["pwsh", "powershell"][..]));
    }

    #[tokio::test(start_paused = true)]
    async fn claims_are_answered_with_the_login_that_satisfies_them() {
        for (tenant, command) in [
            (None, "command: Connect-AzAccount -ClaimsChallenge eyLDqSI6MX0="),
            (Some("t.example"), "command: Connect-AzAccount -ClaimsChallenge eyLDqSI6MX0= -Tenant t.example"),
        ] {
            let fake = FakeSystem::new();
            let request = request(SCOPE, tenant, Some(r#"{"é":1}"#));
            let attempt =
                ask_for(&fake, Credential::AzurePowerShell, &with_tenant(None), &request).await.err().unwrap();
            assert!(attempt.failure.next_step.unwrap().ends_with(command));
            assert!(fake.processes.ran().is_empty());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn every_form_of_answer() {
        for (expires_on, before, stderr) in [
            (json!("2030-01-01T00:00:00Z"), "", ""),
            (json!("2030-01-01T00:00:00.0000000+00:00"), "", ""),
            (json!("01/01/2030 00:00:00 +00:00"), "", ""),
            (json!("/Date(1893456000000)/"), "", ""),
            (json!(1_893_456_000), "", ""),
            (json!({"DateTime": "/Date(1893456000000)/", "UtcDateTime": "/Date(1893456000000)/"}), "", ""),
            (json!("2030-01-01T00:00:00Z"), "WARNING: upcoming {breaking} change\n", "a word on standard error"),
        ] {
            let (fake, token) = (FakeSystem::new(), secret("token"));
            let answer = json!({"Token": token, "ExpiresOn": expires_on});
            fake.processes.print(0, format!("{before}{answer:#}\r\n"), stderr);
            let given = ask(&fake, Credential::AzurePowerShell, &settings(&[])).await.ok().unwrap();
            let expected = (token.as_str(), Timestamp::from_secs(1_893_456_000));
            assert_eq!((given.secret.expose(), given.expires_on), expected, "{answer}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_powershell_says_and_what_is_made_of_it() {
        use Code::{Network, Rejected, Unavailable};
        const MISSING: &str = "The specified module 'Az.Accounts' with version '2.2.0' was not loaded because no valid \
                               module file was found in any module directory.";
        let error = |error: &str, id: &str| json!({"Error": error, "ErrorId": id}).to_string();
        for (stdout, stderr, exit, code, reason, step) in [
            (error(MISSING, ""), "", 1, Unavailable, NO_MODULE, "Install-Module -Name Az"),
            (
                error("Übersetzt.", "Modules_ModuleWithVersionNotFound,X"),
                "",
                1,
                Unavailable,
                NO_MODULE,
                "Install-Module",
            ),
            (String::new(), MISSING, 1, Unavailable, NO_MODULE, "Install-Module"),
            (error("Run Connect-AzAccount to login.", ""), "", 1, Unavailable, "PowerShell is not logged in", LOG_IN),
            (
                String::new(),
                "\u{1b}[31;1mGet-AzAccessToken:\n     | Run Connect-Az\n     | Account to login.\u{1b}[0m",
                1,
                Unavailable,
                "PowerShell is not logged in",
                LOG_IN,
            ),
            (
                error("Your Azure credentials have not been set up or have expired, please run Connect-AzAccount", ""),
                "",
                1,
                Unavailable,
                "PowerShell is not logged in",
                LOG_IN,
            ),
            (
                error("AADSTS50076: MFA. Please rerun 'Connect-AzAccount'.", ""),
                "",
                1,
                Rejected,
                "PowerShell gave no token: AADSTS50076",
                "run 'Connect-AzAccount -AuthScope https://cognitiveservices.azure.com' and complete the multi-factor",
            ),
            (
                error("User interaction is required. Please rerun 'Connect-AzAccount'", ""),
                "",
                1,
                Rejected,
                "User interaction",
                "multi-factor",
            ),
            (error("AADSTS70043: expired", ""), "", 1, Rejected, "AADSTS70043", "to renew the login"),
            (error("AADSTS53003: blocked", ""), "", 1, Rejected, "AADSTS53003", "conditional access"),
            (
                error("x.psm1 cannot be loaded because running scripts is disabled on this system.", ""),
                "",
                1,
                Rejected,
                "running scripts is disabled",
                "Set-ExecutionPolicy",
            ),
            (error("No such host is known.", ""), "", 1, Network, "No such host", "network"),
            ("no token here".into(), "", 0, Unavailable, "the token is missing", "Get-AzAccessToken"),
            (String::new(), "", 134, Unavailable, "PowerShell ended with exit code 134", "Get-AzAccessToken"),
            (
                r#"{"Token":"t","ExpiresOn":null}"#.into(),
                "",
                0,
                Unavailable,
                "the expiry of the token is missing",
                "Get-AzAccessToken",
            ),
        ] {
            let fake = FakeSystem::new();
            fake.processes.print(exit, stdout.as_str(), stderr);
            let failure = ask(&fake, Credential::AzurePowerShell, &settings(&[])).await.err().unwrap().failure;
            assert_eq!(failure.code, code, "{stdout}{stderr}");
            assert!(failure.reason.contains(reason), "{}", failure.reason);
            let next_step = failure.next_step.unwrap();
            assert!(next_step.contains(step), "{stdout}{stderr}: {next_step}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn where_one_powershell_has_no_module_the_other_is_asked() {
        let (fake, token) = (FakeSystem::on(Os::Windows), secret("token"));
        fake.processes.print(
            1,
            json!({"Error": "x", "ErrorId": "Modules_ModuleWithVersionNotFound,X"}).to_string(),
            "",
        );
        fake.processes.print(0, json!({"Token": token, "ExpiresOn": "/Date(1893456000000)/"}).to_string(), "");
        let given = ask(&fake, Credential::AzurePowerShell, &settings(&[])).await.ok().unwrap();
        assert_eq!(given.secret.expose(), token);
        let programs: Vec<String> = fake.processes.ran().into_iter().map(|command| command.program).collect();
        assert_eq!(programs, ["pwsh", "powershell"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_keeps_powershell_from_answering() {
        for (error, code, reason) in [
            (ProcessError::NotFound, Code::Unavailable, NOT_INSTALLED),
            (ProcessError::TimedOut, Code::Timeout, "pwsh did not answer within 30 s"),
        ] {
            let fake = FakeSystem::new();
            fake.processes.push(Err(error));
            let failure = ask(&fake, Credential::AzurePowerShell, &settings(&[])).await.err().unwrap().failure;
            assert_eq!((failure.code, failure.reason.as_str()), (code, reason));
        }
    }
}
