//! Everything that comes from the environment and from a credential's options, parsed from what is handed in.
//!
//! Nothing below the binding reads the environment of the process: there `process.env` is a copy in worker
//! threads and in Jest, and reading `environ` beside a thread that sets it is a race.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::credential::{CHAIN, Credential};
use crate::error::Failure;
use crate::secret::Secret;
use crate::transport::TransportSettings;

/// The time that a command-line tool gets. `az` needs 1–3 s warm and up to 8 s cold on a small machine.
const PROCESS_TIME_LIMIT: Duration = Duration::from_secs(10);

/// A snapshot of environment variables.
#[derive(Default)]
pub struct Variables(HashMap<String, String>);

impl Variables {
    /// From names and values.
    pub fn new(variables: HashMap<String, String>) -> Self {
        Self(variables)
    }

    /// The value of `name`; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.trim().is_empty())
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }
}

/// Options of a credential, with the names and meaning of `@azure/identity`'s `DefaultAzureCredentialOptions`.
/// Each beats its variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CredentialOptions {
    /// The tenant of the service principal, the workload identity and the tools.
    pub tenant_id: Option<String>,
    /// The client id of a user-assigned managed identity.
    pub managed_identity_client_id: Option<String>,
    /// The resource id of a user-assigned managed identity.
    pub managed_identity_resource_id: Option<String>,
    /// The client id of the workload identity.
    pub workload_identity_client_id: Option<String>,
    /// Tenants, besides the configured one, that a call may ask for; `*` for all.
    pub additionally_allowed_tenants: Vec<String>,
    /// The authority.
    pub authority_host: Option<String>,
    /// The subscription whose login `az` is asked for, by name or id.
    pub subscription: Option<String>,
    /// The time that a command-line tool gets.
    pub process_time_limit: Option<Duration>,
}

/// The configuration of one fetch.
#[derive(Clone, Hash)]
pub struct Settings {
    /// Which credentials are asked, in order.
    pub selection: Vec<Credential>,
    /// Where Entra ID is: https, without a path.
    pub authority: Url,
    /// `tenantId`, else `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// The tenant that the option names, for sources that heed no variable.
    pub tenant_option: Option<String>,
    /// Tenants, besides the configured one, that a call may ask for.
    pub allowed_tenants: Vec<String>,
    /// `AZURE_IDENTITY_DISABLE_MULTITENANTAUTH`: a call's tenant is not heeded.
    pub multi_tenant_disabled: bool,
    /// `AZURE_CLIENT_ID`.
    pub client_id: Option<String>,
    /// `AZURE_CLIENT_SECRET`.
    pub client_secret: Option<Secret>,
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    pub federated_token_file: Option<String>,
    /// The client id of the workload identity.
    pub workload_client_id: Option<String>,
    /// Which managed identity is meant.
    pub managed_identity: ManagedIdentityId,
    /// `IDENTITY_ENDPOINT`.
    pub identity_endpoint: Option<String>,
    /// `IDENTITY_HEADER`.
    pub identity_header: Option<Secret>,
    /// `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
    pub imds_host: Option<String>,
    /// The subscription whose login `az` is asked for.
    pub subscription: Option<String>,
    /// The time that a command-line tool gets.
    pub process_time_limit: Duration,
    /// `SystemRoot`, the working directory of tools on Windows.
    pub system_root: Option<String>,
    /// `TZ`, for tools that print local time.
    pub time_zone: Option<String>,
    /// `AZURE_OPENAI_ENTRA_SCOPE`.
    pub scope_override: Option<String>,
    /// Roots and proxies.
    pub transport: TransportSettings,
    /// The whole snapshot, for the tools: they are children of the app and get its environment. Not part of
    /// what tells two configurations apart.
    pub inherited: Inherited,
}

/// Which managed identity is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ManagedIdentityId {
    /// The one that the host has.
    System,
    /// A user-assigned one, by client id.
    ClientId(String),
    /// A user-assigned one, by Azure resource id.
    ResourceId(String),
}

/// The environment that child processes get.
#[derive(Clone, Default)]
pub struct Inherited(Arc<Variables>);

impl Inherited {
    /// Name and value of each variable.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.0.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl Hash for Inherited {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Settings {
    /// Reads `variables` and `options`.
    ///
    /// # Errors
    /// `Configuration`, naming the option or variable, for what concerns every source. What concerns one source
    /// is that source's to refuse.
    pub fn parse(variables: Variables, options: &CredentialOptions) -> Result<Self, Failure> {
        let client_id = variables.text("AZURE_CLIENT_ID");
        let allowed_tenants = match options.additionally_allowed_tenants.as_slice() {
            [] => split_list(variables.get("AZURE_ADDITIONALLY_ALLOWED_TENANTS")),
            tenants => tenants.to_vec(),
        };
        let tenant_id = options.tenant_id.clone().or_else(|| variables.text("AZURE_TENANT_ID"));
        Ok(Self {
            selection: selection(variables.get("AZURE_TOKEN_CREDENTIALS"))?,
            authority: authority(&variables, options)?,
            tenant_id,
            tenant_option: options.tenant_id.clone(),
            allowed_tenants,
            multi_tenant_disabled: variables.get("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH").is_some(),
            client_secret: variables.secret("AZURE_CLIENT_SECRET"),
            federated_token_file: variables.text("AZURE_FEDERATED_TOKEN_FILE"),
            workload_client_id: options
                .workload_identity_client_id
                .clone()
                .or_else(|| options.managed_identity_client_id.clone())
                .or_else(|| client_id.clone()),
            managed_identity: managed_identity(options, client_id.as_deref())?,
            client_id,
            identity_endpoint: variables.text("IDENTITY_ENDPOINT"),
            identity_header: variables.secret("IDENTITY_HEADER"),
            imds_host: variables.text("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
            subscription: options.subscription.clone(),
            process_time_limit: options.process_time_limit.unwrap_or(PROCESS_TIME_LIMIT),
            system_root: variables.text("SystemRoot").or_else(|| variables.text("SYSTEMROOT")),
            time_zone: variables.text("TZ"),
            scope_override: variables.get("AZURE_OPENAI_ENTRA_SCOPE").map(|scope| scope.trim().to_owned()),
            transport: TransportSettings {
                proxy: first_set(&variables, &["PROXY", "HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"]),
                no_proxy: first_set(&variables, &["NO_PROXY"]).map(|(_, value)| value),
                root_files: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]
                    .into_iter()
                    .filter_map(|name| Some((name, variables.text(name)?)))
                    .collect(),
            },
            inherited: Inherited(Arc::new(variables)),
        })
    }

    /// A number that changes when anything but the inherited environment does.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Whether the three variables of a workload identity are set.
    pub fn has_workload_identity(&self) -> bool {
        self.tenant_id.is_some() && self.workload_client_id.is_some() && self.federated_token_file.is_some()
    }

    /// The scope of Azure OpenAI, where a call names none: `AZURE_OPENAI_ENTRA_SCOPE`, else this cloud's.
    ///
    /// <https://learn.microsoft.com/azure/ai-services/openai/reference> and the sovereign clouds' endpoint lists.
    pub fn openai_scope(&self) -> String {
        if let Some(scope) = &self.scope_override {
            return scope.clone();
        }
        let scope = match self.authority.host_str() {
            Some("login.microsoftonline.us") => "https://cognitiveservices.azure.us/.default",
            Some("login.chinacloudapi.cn" | "login.partner.microsoftonline.cn") => {
                "https://cognitiveservices.azure.cn/.default"
            }
            _ => "https://cognitiveservices.azure.com/.default",
        };
        scope.to_owned()
    }
}

/// `AZURE_TOKEN_CREDENTIALS`: a group or one name, trimmed, in any case.
fn selection(value: Option<&str>) -> Result<Vec<Credential>, Failure> {
    let Some(value) = value else { return Ok(CHAIN.to_vec()) };
    let wanted = value.trim().to_ascii_lowercase();
    let picked: Vec<Credential> = match wanted.as_str() {
        "prod" => CHAIN.iter().copied().filter(|c| !c.is_developer_tool()).collect(),
        "dev" => CHAIN.iter().copied().filter(|c| c.is_developer_tool()).collect(),
        name => CHAIN.iter().copied().filter(|c| c.name().eq_ignore_ascii_case(name)).collect(),
    };
    if picked.is_empty() {
        let names: Vec<&str> = CHAIN.iter().map(|c| c.name()).collect();
        return Err(Failure::configuration(format!(
            "AZURE_TOKEN_CREDENTIALS is '{}', which names no credential",
            value.trim()
        ))
        .next(format!("set it to prod, dev or one of {}, or unset it", names.join(", "))));
    }
    Ok(picked)
}

fn authority(variables: &Variables, options: &CredentialOptions) -> Result<Url, Failure> {
    const PUBLIC_CLOUD: &str = "https://login.microsoftonline.com";
    let (name, value) = match &options.authority_host {
        Some(value) => ("authorityHost", value.as_str()),
        None => ("AZURE_AUTHORITY_HOST", variables.get("AZURE_AUTHORITY_HOST").unwrap_or(PUBLIC_CLOUD)),
    };
    let bad = |what: &str| {
        Failure::configuration(format!("{name} is '{value}', which {what}"))
            .next(format!("set {name} to an address such as {PUBLIC_CLOUD}"))
    };
    let url = Url::parse(value.trim()).map_err(|error| bad(&format!("is not a URL ({error})")))?;
    if url.scheme() != "https" {
        return Err(bad("does not begin with https://; tokens and secrets are sent over https alone"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Failure::configuration(format!("{name} holds a user name or password"))
            .next(format!("set {name} to an address such as {PUBLIC_CLOUD}")));
    }
    Ok(url)
}

fn managed_identity(options: &CredentialOptions, client_id: Option<&str>) -> Result<ManagedIdentityId, Failure> {
    match (&options.managed_identity_client_id, &options.managed_identity_resource_id) {
        (Some(_), Some(_)) => Err(Failure::configuration(
            "only one of 'managedIdentityClientId' and 'managedIdentityResourceId' can be given",
        )
        .next("leave one of them out")),
        (None, Some(id)) => Ok(ManagedIdentityId::ResourceId(id.clone())),
        (Some(id), None) => Ok(ManagedIdentityId::ClientId(id.clone())),
        (None, None) => {
            Ok(client_id.map_or(ManagedIdentityId::System, |id| ManagedIdentityId::ClientId(id.to_owned())))
        }
    }
}

/// A tenant goes into a URL: letters, digits, `-` and `.` alone.
pub fn check_tenant(name: &str, tenant: &str) -> Result<(), Failure> {
    if !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
        return Ok(());
    }
    Err(Failure::configuration(format!("{name} is '{tenant}', which is not a tenant id"))
        .next(format!("set {name} to the directory's GUID or a verified domain name")))
}

fn split_list(value: Option<&str>) -> Vec<String> {
    value.unwrap_or_default().split(';').map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// The first of `names` that is set, in upper or lower case, with its value. Unix tools write them in lower case.
fn first_set(variables: &Variables, names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| {
        let value = variables.text(name).or_else(|| variables.text(&name.to_ascii_lowercase()))?;
        Some((*name, value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{settings, try_settings};

    #[test]
    fn what_is_wrong_is_named() {
        for (variable, value, what) in [
            ("AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com", "does not begin with https://"),
            ("AZURE_AUTHORITY_HOST", "login.microsoftonline.com", "is not a URL"),
            ("AZURE_AUTHORITY_HOST", "https://user:pass@login.example", "holds a user name or password"),
            ("AZURE_TOKEN_CREDENTIALS", "nonsense", "'nonsense', which names no credential"),
        ] {
            let failure = try_settings(&[(variable, value)], &CredentialOptions::default()).err().unwrap();
            assert!(failure.reason.starts_with(variable), "{}", failure.reason);
            assert!(failure.reason.contains(what), "{}", failure.reason);
            assert!(!failure.reason.contains("pass@"), "{}", failure.reason);
            assert!(failure.next_step.is_some());
        }
    }

    #[test]
    fn two_managed_identities_are_one_too_many() {
        let options = CredentialOptions {
            managed_identity_client_id: Some("c".into()),
            managed_identity_resource_id: Some("r".into()),
            ..CredentialOptions::default()
        };
        assert!(try_settings(&[], &options).err().unwrap().reason.contains("only one of"));
    }

    #[test]
    fn empty_counts_as_unset() {
        let settings = settings(&[("AZURE_CLIENT_ID", ""), ("IDENTITY_HEADER", "  "), ("AZURE_AUTHORITY_HOST", "")]);
        assert!(settings.client_id.is_none() && settings.identity_header.is_none());
        assert_eq!(settings.authority.as_str(), "https://login.microsoftonline.com/");
    }

    #[test]
    fn the_scope_follows_the_cloud_and_the_override() {
        for (variables, scope) in [
            (vec![], "https://cognitiveservices.azure.com/.default"),
            (
                vec![("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us")],
                "https://cognitiveservices.azure.us/.default",
            ),
            (
                vec![("AZURE_AUTHORITY_HOST", "https://login.chinacloudapi.cn/")],
                "https://cognitiveservices.azure.cn/.default",
            ),
            (vec![("AZURE_OPENAI_ENTRA_SCOPE", " https://ai.azure.com/.default ")], "https://ai.azure.com/.default"),
        ] {
            assert_eq!(settings(&variables).openai_scope(), scope);
        }
    }

    #[test]
    fn which_proxy_wins() {
        let all = [("PROXY", "1"), ("HTTPS_PROXY", "2"), ("https_proxy", "3"), ("ALL_PROXY", "4"), ("HTTP_PROXY", "5")];
        for (first, winner) in [(0, "1"), (1, "2"), (2, "3"), (3, "4"), (4, "5")] {
            assert_eq!(settings(&all[first..]).transport.proxy.map(|(_, value)| value).as_deref(), Some(winner));
        }
    }

    #[test]
    fn the_fingerprint_changes_with_what_matters_alone() {
        let of = |variables: &[(&str, &str)]| settings(variables).fingerprint();
        assert_eq!(of(&[]), of(&[("HOME", "/root")]));
        assert_ne!(of(&[]), of(&[("IDENTITY_HEADER", "rotated")]));
        assert_ne!(of(&[("AZURE_CLIENT_SECRET", "a")]), of(&[("AZURE_CLIENT_SECRET", "b")]));
    }
}
