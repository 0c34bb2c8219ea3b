//! Which host of managed identities this is, and its own identity.

use super::arc_key;
use super::{app_service, azure_arc, azure_ml, cloud_shell, imds, service_fabric};
use crate::credential::context::Fetch;
use crate::credential::token::Token;
use crate::error::Failure;
use crate::secret::Secret;
use crate::settings::{ManagedIdentity, ManagedIdentityId, check_resolved};

/// Asks the host for its own identity.
pub(in crate::credential) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let ManagedIdentity { id, host, .. } = &fetch.settings.managed_identity;
    if let ManagedIdentityId::ClientId(id) = id {
        check_resolved("AZURE_CLIENT_ID", id)?;
    }
    for (name, endpoint) in [("IDENTITY_ENDPOINT", &host.identity_endpoint), ("MSI_ENDPOINT", &host.msi_endpoint)] {
        endpoint.as_deref().map_or(Ok(()), |endpoint| check_resolved(name, endpoint))?;
    }
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

/// The host of managed identities, with what it handed to the process.
pub(super) enum Host<'a> {
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
    pub(super) async fn detect(fetch: &Fetch<'a>) -> Self {
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
