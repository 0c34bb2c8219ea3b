//! Sources of tokens, one file each, and the chain that joins them.

mod app_credential;
mod application;
mod assertion;
mod authority;
mod azure_cli;
mod azure_developer_cli;
mod azure_powershell;
mod certificate;
pub mod chain;
mod client_certificate;
mod context;
mod deadline;
mod developer_tool;
mod discovery;
mod environment;
mod expiry;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod host_http;
mod host_request;
mod in_turn;
mod managed_identity;
mod memory;
pub mod reachability;
mod request;
mod setting_words;
mod token;
mod token_form;
mod token_proxy;
mod token_response;
mod workload_identity;

pub use app_credential::{AppCredentials, AppSource};
pub use host_request::{HostRequest, HostResponse};
pub use request::TokenRequest;
pub use token::{Acquisition, Token};

pub use crate::settings::{CHAIN, Credential};

#[cfg(test)]
mod tests {
    use super::chain;
    use super::context::Fetch;
    use super::deadline::Deadline;
    use super::memory::Memory;
    use super::*;
    use crate::error::{Attempt, AttemptOutcome, Code};
    use crate::settings::{CredentialOptions, Settings};
    use crate::test_support::{FakeSystem, secret, settings, settings_with};

    /// Asks one source for Azure OpenAI's scope.
    pub(super) async fn ask(fake: &FakeSystem, credential: Credential, settings: &Settings) -> Result<Token, Attempt> {
        let scopes = vec![settings.openai_scope()];
        ask_for(fake, credential, settings, &TokenRequest::new(scopes, None, None).unwrap()).await
    }

    pub(super) async fn ask_for(
        fake: &FakeSystem,
        credential: Credential,
        settings: &Settings,
        request: &TokenRequest,
    ) -> Result<Token, Attempt> {
        ask_with(fake, &Memory::default(), credential, settings, request).await
    }

    pub(super) async fn ask_with(
        fake: &FakeSystem,
        memory: &Memory,
        credential: Credential,
        settings: &Settings,
        request: &TokenRequest,
    ) -> Result<Token, Attempt> {
        let (system, http, deadline) = (fake.system(), fake.http(), Deadline::new(settings));
        let fetch = Fetch { system: &system, http: &*http, settings, request, memory, app: None, deadline: &deadline };
        chain::get_token(credential, &fetch).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_cannot_make_ad_fs_of_the_authority() {
        let secret = secret("client-secret");
        for (configured, requests) in [("home", 0), ("adfs", 2)] {
            let fake = FakeSystem::new();
            let variables = [
                ("AZURE_TENANT_ID", configured),
                ("AZURE_CLIENT_ID", "c"),
                ("AZURE_CLIENT_SECRET", secret.as_str()),
                ("AZURE_AUTHORITY_HOST", "https://login.private.example"),
                ("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "*"),
            ];
            let request = TokenRequest::new(vec!["s/.default".into()], Some("adfs".into()), None).unwrap();
            let settings = settings_with(&variables, &CredentialOptions::default());
            let attempt = ask_for(&fake, Credential::Environment, &settings, &request).await.err().unwrap();
            assert_eq!((fake.http.count(), attempt.failure.is_of_call), (requests, requests == 0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_serves_nothing_is_discovered_again() {
        const KNOWN: &str = r#"{"tenant_discovery_endpoint":"https://x","metadata":[]}"#;
        let secret = secret("client-secret");
        let variables = [
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_CLIENT_SECRET", secret.as_str()),
            ("AZURE_AUTHORITY_HOST", "https://login.private.example"),
        ];
        let settings = settings_with(&variables, &CredentialOptions::default());
        let request = TokenRequest::new(vec!["s/.default".into()], None, None).unwrap();
        for (status, requests) in [(404, 6), (405, 6), (410, 6), (501, 6), (400, 4), (401, 4)] {
            let (fake, memory) = (FakeSystem::new(), Memory::default());
            for _ in 0..2 {
                fake.http.answer(200, KNOWN);
                fake.http.answer(200, r#"{"token_endpoint":"https://login.private.example/t"}"#);
                fake.http.answer(status, "{}");
            }
            for _ in 0..2 {
                assert!(ask_with(&fake, &memory, Credential::Environment, &settings, &request).await.is_err());
            }
            assert_eq!(fake.http.count(), requests, "{status}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn which_tenant_is_asked() {
        let secret = secret("client-secret");
        let principal =
            [("AZURE_TENANT_ID", "home"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", secret.as_str())];
        for (extra, asked, path) in [
            (("", ""), None, Some("/home/")),
            (("", ""), Some("HOME"), Some("/HOME/")),
            (("", ""), Some("other"), None),
            (("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "a; other"), Some("other"), Some("/other/")),
            (("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "*"), Some("other"), Some("/other/")),
            (("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH", "1"), Some("other"), Some("/home/")),
        ] {
            let fake = FakeSystem::new();
            let mut variables = principal.to_vec();
            variables.push(extra);
            let request = TokenRequest::new(vec!["s/.default".into()], asked.map(str::to_owned), None).unwrap();
            let settings = settings_with(&variables, &CredentialOptions::default());
            let attempt = ask_for(&fake, Credential::Environment, &settings, &request).await.err().unwrap();
            assert_eq!((attempt.outcome, attempt.failure.is_of_call), (AttemptOutcome::Failed, path.is_none()));
            let failure = attempt.failure;
            match path {
                Some(path) => assert!(fake.http.sent()[0].contains(path), "{asked:?} with {extra:?}"),
                None => {
                    assert_eq!(fake.http.count(), 0);
                    assert!(failure.reason.contains("AdditionallyAllowedTenants"), "{}", failure.reason);
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_is_not_set_up_names_what_is_missing_and_sends_nothing() {
        let fake = FakeSystem::new();
        for (credential, variables, reason) in [
            (Credential::Environment, vec![], "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set"),
            (
                Credential::Environment,
                vec![("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", " ")],
                "AZURE_CLIENT_SECRET is not set",
            ),
            (
                Credential::WorkloadIdentity,
                vec![("AZURE_FEDERATED_TOKEN_FILE", "/token")],
                "AZURE_TENANT_ID and AZURE_CLIENT_ID are not set",
            ),
            (Credential::AzureCli, vec![], "Azure CLI could not be found"),
            (Credential::AzurePowerShell, vec![], "Unable to execute PowerShell"),
            (Credential::AzureDeveloperCli, vec![], "Azure Developer CLI couldn't be found"),
        ] {
            let attempt = ask(&fake, credential, &settings(&variables)).await.err().unwrap();
            assert_eq!(attempt.outcome, AttemptOutcome::Unavailable);
            assert_eq!((attempt.failure.code, attempt.failure.reason.as_str()), (Code::Unavailable, reason));
            assert!(attempt.failure.next_step.is_some());
        }
        assert_eq!(fake.http.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_absurd_expiry_is_refused_whatever_the_source() {
        let secret = secret("client-secret");
        let application =
            [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", secret.as_str())];
        let host = [("IDENTITY_ENDPOINT", "http://127.0.0.1/msi"), ("IDENTITY_HEADER", "h")];
        for absurd in [
            "-1",
            "0",
            "-1e308",
            "1e308",
            "1e19",
            "8640000000000001000",
            "9223372036854775807",
            "18446744073709551615",
            r#""NaN""#,
            r#""Infinity""#,
            r#""1e400""#,
            r#""-5""#,
            r#""99999999999999999999""#,
            r#""never""#,
            r#""""#,
            r#""+10000-01-01T00:00:00Z""#,
            "null",
            "true",
            "[]",
            "[1]",
            "{}",
        ] {
            for (source, variables, body) in [
                (Credential::Environment, &application[..], "'access_token':'t','expires_in':?"),
                (Credential::Environment, &application[..], "'access_token':'t','expires_on':?"),
                (Credential::ManagedIdentity, &host[..], "'access_token':'t','expires_on':?"),
                (Credential::ManagedIdentity, &host[..], "'access_token':'t','expires_in':?"),
                (Credential::AzureCli, &[], "'accessToken':'t','expires_on':?"),
                (Credential::AzureCli, &[], "'accessToken':'t','expiresOn':?"),
                (Credential::AzurePowerShell, &[], "'Token':'t','ExpiresOn':?"),
                (Credential::AzureDeveloperCli, &[], "'token':'t','expiresOn':?"),
            ] {
                let fake = FakeSystem::new();
                let body = format!("{{{}}}", body.replace('\'', "\"").replace('?', absurd));
                fake.http.answer(200, &*body);
                fake.processes.print(0, &*body, "");
                let outcome = ask(&fake, source, &settings(variables)).await;
                assert!(outcome.is_err(), "{source:?} takes {body}");
                assert!(outcome.err().unwrap().failure.next_step.is_some(), "{source:?}: {body}");
                assert_eq!(fake.http.count() + fake.processes.ran().len(), 1, "{source:?}: {body}");
            }
        }
    }
}
