//! Which tenants a call can ask for.

use super::options::CredentialOptions;
use super::snapshot::Variables;
use crate::error::Failure;
use crate::shown::{Form, quoted};

/// The tenants that the options and the variables let a call name.
#[derive(Clone, Hash)]
pub struct Tenants {
    /// The tenant that the option names, for sources that heed no variable.
    pub option: Option<String>,
    /// Tenants, besides the configured one, that a call may ask for.
    pub allowed: Vec<String>,
    /// `AZURE_IDENTITY_DISABLE_MULTITENANTAUTH`: a call's tenant is not heeded.
    pub multi_tenant_disabled: bool,
}

impl Tenants {
    pub(super) fn read(variables: &Variables, options: &CredentialOptions) -> Self {
        let allowed = match options.additionally_allowed_tenants.as_slice() {
            [] => split_list(variables.get("AZURE_ADDITIONALLY_ALLOWED_TENANTS")),
            tenants => tenants.to_vec(),
        };
        Self {
            option: options.tenant_id.clone(),
            allowed,
            multi_tenant_disabled: variables.get("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH").is_some(),
        }
    }
}

fn split_list(value: Option<&str>) -> Vec<String> {
    value.unwrap_or_default().split(';').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// A tenant goes into a URL: only letters, digits, `-` and `.`.
pub fn check_tenant(name: &str, tenant: &str) -> Result<(), Failure> {
    if !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
        return Ok(());
    }
    Err(Failure::configuration(format!("{name} is {}, which is not a tenant id", quoted(Form::Tenant, tenant)))
        .with_next_step(format!("set {name} to the directory's GUID or a verified domain name")))
}
