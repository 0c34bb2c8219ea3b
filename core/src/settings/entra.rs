//! The address of Entra ID, and what goes by it.

use url::Url;

use super::options::CredentialOptions;
use super::snapshot::Variables;
use super::written::check_resolved;
use crate::error::Failure;
use crate::shown::{has_hidden_break, not_a_url, quoted_address};

/// The authority, and what decides its addresses and scopes.
#[derive(Clone, Hash)]
pub struct Entra {
    /// The address of Entra ID: https, without a path.
    pub authority: Url,
    /// Whether Microsoft is not asked about an authority that is not one of its own.
    pub instance_discovery_disabled: bool,
    /// `AZURE_REGIONAL_AUTHORITY_NAME`.
    pub region: Option<String>,
    /// `REGION_NAME`, as App Service sets it.
    pub region_name: Option<String>,
    /// `AZURE_OPENAI_ENTRA_SCOPE`.
    pub scope_override: Option<String>,
}

impl Entra {
    pub(super) fn read(variables: &Variables, options: &CredentialOptions) -> Result<Self, Failure> {
        let scope_override = variables.text("AZURE_OPENAI_ENTRA_SCOPE");
        if let Some(scope) = &scope_override {
            check_resolved("AZURE_OPENAI_ENTRA_SCOPE", scope)?;
        }
        Ok(Self {
            authority: authority(variables, options)?,
            instance_discovery_disabled: options.disable_instance_discovery
                || variables.is_true("AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY"),
            region: variables.text("AZURE_REGIONAL_AUTHORITY_NAME"),
            region_name: variables.text("REGION_NAME"),
            scope_override,
        })
    }

    /// The audience of an assertion that is for this cloud.
    ///
    /// <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity>
    pub fn exchange_audience(&self) -> &'static str {
        match self.authority.host_str() {
            Some("login.microsoftonline.us") => "api://AzureADTokenExchangeUSGov",
            Some("login.chinacloudapi.cn" | "login.partner.microsoftonline.cn") => "api://AzureADTokenExchangeChina",
            _ => "api://AzureADTokenExchange",
        }
    }
}

fn authority(variables: &Variables, options: &CredentialOptions) -> Result<Url, Failure> {
    const PUBLIC_CLOUD: &str = "https://login.microsoftonline.com";
    let (name, value) = match &options.authority_host {
        Some(value) => ("authorityHost", value.as_str()),
        None => ("AZURE_AUTHORITY_HOST", variables.get("AZURE_AUTHORITY_HOST").unwrap_or(PUBLIC_CLOUD)),
    };
    check_resolved(name, value)?;
    let bad = |what: &str| {
        Failure::configuration(format!("{name} is {}, which {what}", quoted_address(value)))
            .with_next_step(format!("set {name} to an address such as {PUBLIC_CLOUD}"))
    };
    // First of all, because the other messages quote the value: no message shows a password.
    if value.contains('@') {
        return Err(Failure::configuration(format!("{name} holds a user name or password"))
            .with_next_step(format!("set {name} to an address such as {PUBLIC_CLOUD}")));
    }
    if has_hidden_break(value) {
        return Err(bad("has a line break or a tab"));
    }
    let url = crate::address::parse(value.trim()).map_err(|error| bad(&not_a_url(value, error)))?;
    if url.scheme() != "https" {
        return Err(bad("does not begin with https://, although tokens and secrets need https"));
    }
    Ok(url)
}
