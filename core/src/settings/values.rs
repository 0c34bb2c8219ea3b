//! What the environment and the options come to.

use std::hash::Hash;

use url::Url;

use super::entra::Entra;
use super::identity::Identity;
use super::managed_identity::{ManagedIdentity, ManagedIdentityId};
use super::network::Network;
use super::principal::ServicePrincipal;
use super::sources::Sources;
use super::tenants::Tenants;
use super::tools::Tools;
use super::workload_identity::WorkloadIdentity;
use crate::secret::Secret;
use crate::shown;

/// The configuration of one fetch.
#[derive(Clone, Hash)]
pub struct Settings {
    /// Whose tokens they bring.
    pub identity: Identity,
    pub(super) fingerprint: u64,
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

    /// What nothing may tell that comes of a fetch with these settings: the secrets, and every other value that looks like
    /// one. Endpoints echo what they are sent, and tools what their environment holds.
    pub fn secrets(&self) -> Vec<Secret> {
        /// A shorter one would be found in words that hold no secret.
        const SHORTEST: usize = 8;
        const NAMES: [&str; 6] = ["SECRET", "PASSWORD", "KEY", "TOKEN", "HEADER", "PLACEHOLDER"];
        let (principal, host) = (&self.principal, &self.managed_identity.host);
        let own = [&principal.client_secret, &principal.certificate_password, &host.identity_header, &host.msi_secret];
        let own = own.into_iter().flatten().cloned();
        let is_secret = |(name, value): &(&String, &String)| {
            NAMES.iter().any(|ending| name.to_ascii_uppercase().ends_with(ending)) || shown::may_be_secret(value.trim())
        };
        let environment = &self.tools.inherited.0.values;
        let inherited = environment.iter().filter(is_secret).map(|(_, value)| Secret::new(value.trim()));
        let managed = match &self.managed_identity.id {
            ManagedIdentityId::System => None,
            ManagedIdentityId::ClientId(id) | ManagedIdentityId::ResourceId(id) | ManagedIdentityId::ObjectId(id) => {
                Some(id)
            }
        };
        let given =
            [&self.tenants.option, &self.workload_identity.client_id, &self.tools.subscription].into_iter().flatten();
        let given = given.chain(managed).filter(|value| shown::may_be_secret(value)).map(Secret::new);
        let login = |value: &String| Url::parse(value).ok()?.password().map(Secret::new);
        let logins = environment.values().filter_map(login);
        let long = |secret: &Secret| secret.expose().chars().count() >= SHORTEST;
        own.chain(inherited).chain(given).chain(logins).filter(long).collect()
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
