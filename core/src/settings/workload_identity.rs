//! The workload identity of a pod.

use super::options::CredentialOptions;
use super::principal::ServicePrincipal;
use super::variables::Variables;

/// Whose tokens the federated token of a pod is exchanged for.
#[derive(Clone, Hash)]
pub struct WorkloadIdentity {
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    pub token_file: Option<String>,
    /// The tenant of the workload identity: the option's, else `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// The client id of the workload identity.
    pub client_id: Option<String>,
}

impl WorkloadIdentity {
    pub(super) fn read(variables: &Variables, options: &CredentialOptions, principal: &ServicePrincipal) -> Self {
        Self {
            token_file: options.token_file.clone().or_else(|| variables.text("AZURE_FEDERATED_TOKEN_FILE")),
            tenant_id: options.tenant_id.clone().or_else(|| principal.tenant_id.clone()),
            client_id: options
                .workload_identity_client_id
                .clone()
                .or_else(|| options.managed_identity_client_id.clone().filter(|id| !id.is_empty()))
                .or_else(|| principal.client_id.clone()),
        }
    }

    /// Whether its three variables are set.
    pub fn is_complete(&self) -> bool {
        self.tenant_id.is_some() && self.client_id.is_some() && self.token_file.is_some()
    }
}
