//! What decides a token, and so what keeps two apart.

use crate::credential::{Credential, TokenRequest};
use crate::settings::{AppCredential, ManagedIdentityId, Settings};

/// The name of an entry: whatever decides which token an endpoint gives. No secret and no header, so that a
/// rotated one finds the same entry; no object identity, so that all credentials configured alike share.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    authority: String,
    selection: Vec<Credential>,
    only: Option<Credential>,
    app: Option<AppCredential>,
    tenant: Option<String>,
    tenant_option: Option<String>,
    allowed_tenants: Vec<String>,
    multi_tenant_disabled: bool,
    client_id: Option<String>,
    workload_client_id: Option<String>,
    managed_identity: ManagedIdentityId,
    /// Which identity Azure Machine Learning gives where none is named.
    default_client_id: Option<String>,
    subscription: Option<String>,
    login_directories: [Option<String>; 2],
    /// With its scopes in order: they are a set.
    request: TokenRequest,
}

impl Key {
    pub(super) fn new(settings: &Settings, request: &TokenRequest) -> Self {
        let mut request = request.clone();
        request.scopes.sort_unstable();
        Self {
            authority: settings.authority.to_string(),
            selection: settings.selection.clone(),
            only: settings.only,
            app: settings.app.clone(),
            tenant: settings.tenant_id.clone(),
            tenant_option: settings.tenant_option.clone(),
            // They decide whether a token is given at all: one that may not ask must not be served what another got.
            allowed_tenants: settings.allowed_tenants.clone(),
            multi_tenant_disabled: settings.multi_tenant_disabled,
            client_id: settings.client_id.clone(),
            workload_client_id: settings.workload_client_id.clone(),
            managed_identity: settings.managed_identity.clone(),
            default_client_id: settings.host.default_client_id.clone(),
            subscription: settings.subscription.clone(),
            login_directories: settings.login_directories.clone(),
            request,
        }
    }

    /// That of the same request without its claims, where it has any.
    pub(super) fn without_claims(&self) -> Option<Self> {
        self.request.claims.as_ref()?;
        Some(Self { request: TokenRequest { claims: None, ..self.request.clone() }, ..self.clone() })
    }

    pub(super) fn app(&self) -> Option<&AppCredential> {
        self.app.as_ref()
    }
}
