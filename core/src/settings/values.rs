//! What the environment and the options come to.

use std::hash::Hash;
use std::time::Duration;

use url::Url;

use super::identity::Identity;
use super::kind::Credential;
use super::logins::Logins;
use super::network::{RetryOptions, TransportSettings};
use super::options::AppCredential;
use super::variables::{Inherited, Variables};
use crate::secret::Secret;
use crate::shown;

/// The time that a command-line tool gets. `az` needs 1–3 s warm and up to 8 s cold on a small machine.
pub(super) const PROCESS_TIME_LIMIT: Duration = Duration::from_secs(10);

/// The configuration of one fetch.
#[derive(Clone, Hash)]
pub struct Settings {
    /// Whose tokens they bring.
    pub identity: Identity,
    pub(super) fingerprint: u64,
    /// Which credentials are asked, in order.
    pub selection: Vec<Credential>,
    /// The only one of them that is asked, for diagnosis.
    pub only: Option<Credential>,
    /// A credential of the app, in place of the chain.
    pub app: Option<AppCredential>,
    /// Where Entra ID is: https, without a path.
    pub authority: Url,
    /// Whether Microsoft is not asked about an authority that is not one of its own.
    pub instance_discovery_disabled: bool,
    /// `AZURE_REGIONAL_AUTHORITY_NAME`.
    pub region: Option<String>,
    /// `REGION_NAME`, as App Service sets it.
    pub region_name: Option<String>,
    /// `AZURE_TENANT_ID`.
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
    /// `AZURE_CLIENT_CERTIFICATE_PATH`.
    pub certificate_path: Option<String>,
    /// `AZURE_CLIENT_CERTIFICATE_PASSWORD`.
    pub certificate_password: Option<Secret>,
    /// `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN`.
    pub send_certificate_chain: bool,
    /// Whether the retired `AZURE_USERNAME` and `AZURE_PASSWORD` are set.
    pub has_user_password: bool,
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    pub federated_token_file: Option<String>,
    /// The tenant of the workload identity: the option's, else `AZURE_TENANT_ID`.
    pub workload_tenant_id: Option<String>,
    /// The client id of the workload identity.
    pub workload_client_id: Option<String>,
    /// Which managed identity is meant.
    pub managed_identity: ManagedIdentityId,
    /// What the host says about its managed identities.
    pub host: HostVariables,
    /// The subscription whose login `az` is asked for.
    pub subscription: Option<String>,
    /// The logins of the developer tools; none if none of them is selected.
    pub logins: Logins,
    /// The time that a command-line tool gets.
    pub process_time_limit: Duration,
    /// How often and when a request is sent again.
    pub retry: RetryOptions,
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

/// The variables by which hosts name the endpoint of their managed identities, and their kind.
#[derive(Clone, Hash)]
pub struct HostVariables {
    /// `IDENTITY_ENDPOINT`.
    pub identity_endpoint: Option<String>,
    /// `IDENTITY_HEADER`.
    pub identity_header: Option<Secret>,
    /// `IDENTITY_SERVER_THUMBPRINT`.
    pub identity_server_thumbprint: Option<String>,
    /// `IMDS_ENDPOINT`.
    pub imds_endpoint: Option<String>,
    /// `MSI_ENDPOINT`.
    pub msi_endpoint: Option<String>,
    /// `MSI_SECRET`.
    pub msi_secret: Option<Secret>,
    /// `DEFAULT_IDENTITY_CLIENT_ID`.
    pub default_client_id: Option<String>,
    /// `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
    pub imds_host: Option<String>,
    /// `ProgramData`, where Azure Arc's agent keeps its keys on Windows.
    pub program_data: Option<String>,
    /// `ProgramFiles`, where Azure Arc's agent is on Windows.
    pub program_files: Option<String>,
}

impl HostVariables {
    pub(super) fn read(variables: &Variables) -> Self {
        Self {
            identity_endpoint: variables.text("IDENTITY_ENDPOINT"),
            identity_header: variables.secret("IDENTITY_HEADER"),
            identity_server_thumbprint: variables.text("IDENTITY_SERVER_THUMBPRINT"),
            imds_endpoint: variables.text("IMDS_ENDPOINT"),
            msi_endpoint: variables.text("MSI_ENDPOINT"),
            msi_secret: variables.secret("MSI_SECRET"),
            default_client_id: variables.text("DEFAULT_IDENTITY_CLIENT_ID"),
            imds_host: variables.text("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
            program_data: variables.text("ProgramData"),
            program_files: variables.text("ProgramFiles"),
        }
    }
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
    /// A user-assigned one, by the object id of its service principal.
    ObjectId(String),
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
        let own = [&self.client_secret, &self.certificate_password, &self.host.identity_header, &self.host.msi_secret];
        let own = own.into_iter().flatten().cloned();
        let is_secret = |(name, value): &(&String, &String)| {
            NAMES.iter().any(|ending| name.to_ascii_uppercase().ends_with(ending)) || shown::may_be_secret(value.trim())
        };
        let inherited = self.inherited.0.values.iter().filter(is_secret).map(|(_, value)| Secret::new(value.trim()));
        let managed = match &self.managed_identity {
            ManagedIdentityId::System => None,
            ManagedIdentityId::ClientId(id) | ManagedIdentityId::ResourceId(id) | ManagedIdentityId::ObjectId(id) => {
                Some(id)
            }
        };
        let given = [&self.tenant_option, &self.workload_client_id, &self.subscription].into_iter().flatten();
        let given = given.chain(managed).filter(|value| shown::may_be_secret(value)).map(Secret::new);
        let login = |value: &String| Url::parse(value).ok()?.password().map(Secret::new);
        let logins = self.inherited.0.values.values().filter_map(login);
        let long = |secret: &Secret| secret.expose().chars().count() >= SHORTEST;
        own.chain(inherited).chain(given).chain(logins).filter(long).collect()
    }

    /// Whether the three variables of a workload identity are set.
    pub fn has_workload_identity(&self) -> bool {
        self.workload_tenant_id.is_some() && self.workload_client_id.is_some() && self.federated_token_file.is_some()
    }

    /// The scope of Azure OpenAI, for a call without one: `AZURE_OPENAI_ENTRA_SCOPE`, else this cloud's.
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
