//! What the environment and the options come to.

use std::hash::Hash;

use super::app_object::AppCredential;
use super::application::Application;
use super::entra::Entra;
use super::identity::Identity;
use super::kind::{CHAIN, Credential};
use super::managed_identity::ManagedIdentity;
use super::network::Network;
use super::principal::ServicePrincipal;
use super::sources::Sources;
use super::tenants::Tenants;
use super::tools::Tools;
use super::workload_identity::WorkloadIdentity;
use super::written::Oddity;

/// The configuration of one fetch.
#[derive(Clone, Hash)]
pub struct Settings {
    /// Whose tokens they bring.
    pub identity: Identity,
    pub(super) fingerprint: u64,
    /// What is odd about how the values are written.
    pub oddities: Vec<Oddity>,
    /// Which credentials are asked.
    pub sources: Sources,
    /// The authority, and how its addresses are found.
    pub entra: Entra,
    /// Which tenants a call can ask for.
    pub tenants: Tenants,
    /// What the environment says of a service principal.
    pub principal: ServicePrincipal,
    /// The workload identity of a pod.
    pub workload_identity: WorkloadIdentity,
    /// The managed identity of the host.
    pub managed_identity: ManagedIdentity,
    /// An application with parameters of its own.
    pub application: Option<Application>,
    /// How the developer tools are run.
    pub tools: Tools,
    /// How requests are sent.
    pub network: Network,
}

impl Settings {
    /// A number that changes when anything but the inherited environment does.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// The object of the app that is asked: its credential, or the function that gives its assertion.
    pub fn app(&self) -> Option<&AppCredential> {
        self.sources.app.as_ref().or_else(|| self.application.as_ref()?.function())
    }

    /// Whether the token is one of a user, on whose behalf an application asks.
    pub fn is_of_user(&self) -> bool {
        self.application.as_ref().is_some_and(|application| application.user_assertion.is_some())
    }

    /// Whether the credentials that are set up here tell Entra ID what their callers can do.
    pub fn takes_capabilities(&self) -> bool {
        let principal = &self.principal;
        self.sources.selection.iter().any(|source| match source {
            Credential::Environment => principal.tenant_id.is_some() && principal.client_id.is_some(),
            Credential::WorkloadIdentity => self.workload_identity.is_complete(),
            source => !CHAIN.contains(source),
        })
    }

    /// The scope of Azure OpenAI, for a call without one: `AZURE_OPENAI_ENTRA_SCOPE`, else this cloud's.
    ///
    /// <https://learn.microsoft.com/azure/ai-services/openai/reference> and the sovereign clouds' endpoint lists.
    pub fn openai_scope(&self) -> String {
        if let Some(scope) = &self.entra.scope_override {
            return scope.clone();
        }
        let scope = match self.entra.authority.host_str() {
            Some("login.microsoftonline.us") => "https://cognitiveservices.azure.us/.default",
            Some("login.chinacloudapi.cn" | "login.partner.microsoftonline.cn") => {
                "https://cognitiveservices.azure.cn/.default"
            }
            _ => "https://cognitiveservices.azure.com/.default",
        };
        scope.to_owned()
    }
}
