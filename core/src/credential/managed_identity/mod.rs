//! The identity of the host: one file per kind of host.

mod address;
mod app_service;
mod arc_key;
mod azure_arc;
mod azure_ml;
mod cloud_shell;
mod imds;
mod service_fabric;

use super::context::Fetch;
use super::request::TokenRequest;
use super::token::Token;
use super::workload_identity;
use crate::error::Failure;
use crate::secret::Secret;

/// Asks the host that the environment points to; IMDS if it points nowhere.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    if fetch.settings.workload_identity.is_complete() {
        return get_token_of_pod(fetch).await;
    }
    fetch.settings.check_resolved(&["AZURE_CLIENT_ID", "IDENTITY_ENDPOINT", "MSI_ENDPOINT"])?;
    let resource = fetch.request.resource()?;
    match Host::detect(fetch).await {
        Host::ServiceFabric { endpoint, header, thumbprint } => {
            service_fabric::get_token(fetch, endpoint, header, thumbprint, resource).await
        }
        Host::AppService { endpoint, header } => app_service::get_token(fetch, endpoint, header, resource).await,
        Host::MachineLearning { endpoint, secret } => azure_ml::get_token(fetch, endpoint, secret, resource).await,
        Host::CloudShell { endpoint } => cloud_shell::get_token(fetch, endpoint, resource).await,
        Host::AzureArc { endpoint } => azure_arc::get_token(fetch, endpoint, resource).await,
        Host::Imds => imds::get_token(fetch, resource).await,
    }
}

/// The managed identity of a pod with a workload identity is that one. The identity of its node is another, often with
/// more rights, and never asked.
async fn get_token_of_pod(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    if fetch.settings.sources.selection.len() > 1 {
        return Err(Failure::unavailable("this pod has a workload identity, so its node's identity is not used")
            .with_next_step("unset AZURE_FEDERATED_TOKEN_FILE to use the node's identity"));
    }
    // As of a managed identity: one scope, and no tenant but the pod's own.
    fetch.request.resource()?;
    let request = TokenRequest { tenant: None, ..fetch.request.clone() };
    let mut settings = fetch.settings.clone();
    settings.workload_identity.tenant_id =
        settings.principal.tenant_id.clone().or(settings.workload_identity.tenant_id);
    workload_identity::get_token(&Fetch { request: &request, settings: &settings, ..*fetch }).await
}

/// The host of managed identities, with what it handed to the process.
enum Host<'a> {
    ServiceFabric { endpoint: &'a str, header: &'a Secret, thumbprint: &'a str },
    AppService { endpoint: &'a str, header: &'a Secret },
    MachineLearning { endpoint: &'a str, secret: &'a Secret },
    CloudShell { endpoint: &'a str },
    AzureArc { endpoint: &'a str },
    Imds,
}

impl<'a> Host<'a> {
    /// By the variables that are set, in MSAL's order, which `@azure/identity` goes by. They overlap, so the order
    /// counts.
    async fn detect(fetch: &Fetch<'a>) -> Self {
        let host = &fetch.settings.managed_identity.host;
        if let (Some(endpoint), Some(header)) = (&host.identity_endpoint, &host.identity_header) {
            return match &host.identity_server_thumbprint {
                Some(thumbprint) => Self::ServiceFabric { endpoint, header, thumbprint },
                None => Self::AppService { endpoint, header },
            };
        }
        if let Some(endpoint) = &host.msi_endpoint {
            return match &host.msi_secret {
                Some(secret) => Self::MachineLearning { endpoint, secret },
                None => Self::CloudShell { endpoint },
            };
        }
        if let (Some(endpoint), Some(_)) = (&host.identity_endpoint, &host.imds_endpoint) {
            return Self::AzureArc { endpoint };
        }
        // The agent sets its variables only for new sessions; an older service finds it by its program.
        if arc_key::is_agent_installed(fetch).await {
            return Self::AzureArc { endpoint: azure_arc::ENDPOINT };
        }
        Self::Imds
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, azure_arc};
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
