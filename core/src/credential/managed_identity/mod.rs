//! The identity of the host: one file per kind of host.

mod address;
mod app_service;
mod arc_key;
mod azure_arc;
mod azure_ml;
mod cloud_shell;
pub(super) mod host;
mod imds;
mod service_fabric;

use super::context::Fetch;
use super::request::TokenRequest;
use super::token::Token;
use super::workload_identity;
use crate::error::Failure;
use crate::settings::AssertionSource;

/// Asks the host that the environment points to; IMDS if it points nowhere.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let workload = &fetch.settings.workload_identity;
    let is_pod = matches!(workload.assertion, Some(AssertionSource::File(_)));
    let is_chain = fetch.settings.sources.selection.len() > 1;
    match (workload.is_complete(), is_pod, is_chain) {
        (true, true, false) => get_token_of_pod(fetch).await,
        (true, true, true) => {
            Err(Failure::unavailable("this pod has a workload identity, so its node's identity is not used")
                .with_next_step("unset AZURE_FEDERATED_TOKEN_FILE to use the node's identity"))
        }
        // An identity that was chosen does not give way to the host's own.
        (true, false, true) => Err(Failure::unavailable(format!(
            "{0} chooses a workload identity, so the host's own identity is not used",
            workload.assertion_setting
        ))
        .with_next_step(format!("unset {} to use the host's own identity", workload.assertion_setting))),
        _ => host::get_token(fetch).await,
    }
}

/// The managed identity of a pod with a workload identity is that one. The identity of its node is another, often with
/// more rights, and never asked.
async fn get_token_of_pod(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    // As of a managed identity: one scope, and no tenant but the pod's own.
    fetch.request.resource()?;
    let request = TokenRequest { tenant: None, ..fetch.request.clone() };
    let mut settings = fetch.settings.clone();
    settings.workload_identity.tenant_id =
        settings.principal.tenant_id.clone().or(settings.workload_identity.tenant_id);
    workload_identity::get_token(&Fetch { request: &request, settings: &settings, ..*fetch }).await
}

#[cfg(test)]
mod tests {
    use super::azure_arc;
    use super::host::Host;
    use crate::credential::context::Fetch;
    use crate::credential::deadline::Deadline;
    use crate::credential::memory::Memory;
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::error::{AttemptOutcome, Code};
    use crate::settings::CredentialOptions;
    use crate::test_support::{FakeSystem, secret, settings, settings_with, token_body};

    #[tokio::test(start_paused = true)]
    async fn which_host_it_is() {
        const ENDPOINT: (&str, &str) = ("IDENTITY_ENDPOINT", "http://identity");
        const HEADER: (&str, &str) = ("IDENTITY_HEADER", "h");
        const THUMBPRINT: (&str, &str) = ("IDENTITY_SERVER_THUMBPRINT", "t");
        const MSI: (&str, &str) = ("MSI_ENDPOINT", "http://msi");
        const MSI_SECRET: (&str, &str) = ("MSI_SECRET", "s");
        const IMDS: (&str, &str) = ("IMDS_ENDPOINT", "http://imds");
        const POD: (&str, &str) = ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://pod");
        for (variables, agent, host) in [
            (&[][..], false, "IMDS"),
            (&[], true, "Azure Arc"),
            (&[POD], false, "IMDS"),
            (&[POD], true, "Azure Arc"),
            (&[ENDPOINT], false, "IMDS"),
            (&[HEADER, THUMBPRINT, MSI_SECRET, IMDS], false, "IMDS"),
            (&[ENDPOINT, HEADER], true, "App Service"),
            (&[ENDPOINT, HEADER, MSI, MSI_SECRET, IMDS], false, "App Service"),
            (&[ENDPOINT, HEADER, ("IDENTITY_SERVER_THUMBPRINT", " ")], false, "App Service"),
            (&[ENDPOINT, HEADER, THUMBPRINT], true, "Service Fabric"),
            (&[ENDPOINT, HEADER, THUMBPRINT, MSI, MSI_SECRET, IMDS], false, "Service Fabric"),
            (&[MSI, MSI_SECRET], true, "Machine Learning"),
            (&[MSI, MSI_SECRET, ENDPOINT, IMDS], false, "Machine Learning"),
            (&[MSI], true, "Cloud Shell"),
            (&[MSI, ENDPOINT, IMDS, ("MSI_SECRET", "")], false, "Cloud Shell"),
            (&[ENDPOINT, IMDS], false, "Azure Arc at its variable"),
            (&[ENDPOINT, IMDS], true, "Azure Arc at its variable"),
            (&[ENDPOINT, IMDS, ("IDENTITY_HEADER", "")], false, "Azure Arc at its variable"),
            (&[ENDPOINT, ("IMDS_ENDPOINT", "")], false, "IMDS"),
        ] {
            let (fake, settings) = (FakeSystem::new(), settings(variables));
            if agent {
                fake.files.write("/opt/azcmagent/bin/himds", "a program");
            }
            let request = TokenRequest::new(vec!["s".into()], None, None).unwrap();
            let (system, http) = (fake.system(), fake.http());
            let (memory, deadline) = (Memory::default(), Deadline::new(&settings));
            let fetch = Fetch {
                system: &system,
                http: &*http,
                settings: &settings,
                request: &request,
                memory: &memory,
                app: None,
                deadline: &deadline,
            };
            let found = match Host::detect(&fetch).await {
                Host::ServiceFabric { .. } => "Service Fabric",
                Host::AppService { .. } => "App Service",
                Host::MachineLearning { .. } => "Machine Learning",
                Host::CloudShell { .. } => "Cloud Shell",
                Host::AzureArc { endpoint } if endpoint == azure_arc::ENDPOINT => "Azure Arc",
                Host::AzureArc { .. } => "Azure Arc at its variable",
                Host::Imds => "IMDS",
            };
            // The agent exists only on Linux and Windows, and the path above is Linux's.
            assert_eq!(found, host, "{variables:?}, agent: {agent}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pod_with_a_workload_identity_never_gets_its_nodes() {
        let fake = FakeSystem::new();
        let variables = [
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/token"),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1/msi"),
            ("IDENTITY_HEADER", "h"),
        ];
        let attempt = ask(&fake, Credential::ManagedIdentity, &settings(&variables)).await.err().unwrap();
        assert_eq!((attempt.outcome, attempt.failure.code), (AttemptOutcome::Unavailable, Code::Unavailable));
        assert!(attempt.failure.reason.contains("workload identity"));
        assert_eq!(fake.http.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn selected_alone_a_pods_managed_identity_is_its_workload_identity() {
        let (fake, assertion) = (FakeSystem::new(), secret("assertion"));
        fake.files.write("/token", &assertion);
        let variables = [
            ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"),
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/token"),
        ];
        for (outcome, body) in [(200, token_body(&secret("token"), 3600)), (401, "{}".to_owned())] {
            fake.http.answer(outcome, body);
            let request = TokenRequest::new(vec!["s/.default".into()], Some("other".into()), None).unwrap();
            let options = CredentialOptions { tenant_id: Some("option".into()), ..CredentialOptions::default() };
            let settings = settings_with(&variables, &options);
            let given = ask_for(&fake, Credential::ManagedIdentity, &settings, &request).await;
            assert_eq!(given.err().map(|attempt| attempt.failure.code), (outcome == 401).then_some(Code::Rejected));
            let sent = fake.http.sent().pop().unwrap();
            assert!(sent.starts_with("POST https://login.microsoftonline.com/t/oauth2/v2.0/token\n"), "{sent}");
            assert!(sent.contains(&format!("client_assertion={assertion}&")), "{sent}");
        }
        assert_eq!(fake.http.count(), 2, "a refusal does not lead to the node's identity");
    }

    #[tokio::test(start_paused = true)]
    async fn one_scope_alone() {
        let fake = FakeSystem::new();
        let request = TokenRequest::new(vec!["a/.default".into(), "b/.default".into()], None, None).unwrap();
        let attempt = ask_for(&fake, Credential::ManagedIdentity, &settings(&[]), &request).await.err().unwrap();
        assert!(attempt.failure.reason.contains("Multiple scopes are not supported"));
        assert_eq!(fake.http.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_is_none_is_named_and_not_asked() {
        let header = secret("identity-header");
        for bad in ["nonsense", "file:///etc/passwd", "http://", "ftp://host/"] {
            for variables in [
                vec![("IDENTITY_ENDPOINT", bad), ("IDENTITY_HEADER", header.as_str())],
                vec![("IDENTITY_ENDPOINT", bad), ("IMDS_ENDPOINT", "http://imds")],
                vec![("MSI_ENDPOINT", bad), ("MSI_SECRET", header.as_str())],
                vec![("MSI_ENDPOINT", bad)],
                vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", bad)],
            ] {
                let fake = FakeSystem::new();
                let attempt = ask(&fake, Credential::ManagedIdentity, &settings(&variables)).await.err().unwrap();
                assert_eq!(attempt.failure.code, Code::Configuration, "{bad}");
                assert!(attempt.failure.reason.starts_with(variables[0].0), "{}", attempt.failure.reason);
                assert_eq!(fake.http.count(), 0);
            }
        }
    }
}
