//! Everything that comes from the environment and from a credential's options, parsed from what is handed in.
//!
//! Nothing below the binding reads the environment of the process: there `process.env` is a copy in worker
//! threads and in Jest, and reading `environ` beside a thread that sets it is a race.

mod identity;
mod kind;
mod network;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::error::Failure;
use crate::secret::Secret;
use crate::shown::{self, Form, quoted, shown};

pub use identity::{Identity, Logins};

pub use kind::{CHAIN, Credential};
pub use network::{RetryOptions, TransportSettings};

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
        self.find(name, cfg!(windows)).filter(|value| !value.trim().is_empty())
    }

    /// On Windows a name is the same in any case, and the snapshot has it as whoever set it wrote it.
    fn find(&self, name: &str, is_windows: bool) -> Option<&str> {
        let as_written =
            || self.0.iter().find(|(written, _)| written.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        self.0.get(name).or_else(|| if is_windows { as_written() } else { None }).map(String::as_str)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// `true` or `1`, as the Azure SDKs read their switches.
    fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| matches!(value.trim().to_ascii_lowercase().as_str(), "true" | "1"))
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }
}

/// Options of a credential, with the names and meaning of `@azure/identity`'s `DefaultAzureCredentialOptions`.
/// Each beats its variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CredentialOptions {
    /// The tenant of the workload identity and the tools. The service principal's is `AZURE_TENANT_ID` alone.
    pub tenant_id: Option<String>,
    /// The client id of a user-assigned managed identity.
    pub managed_identity_client_id: Option<String>,
    /// The resource id of a user-assigned managed identity.
    pub managed_identity_resource_id: Option<String>,
    /// The object id (principal id) of a user-assigned managed identity.
    pub managed_identity_object_id: Option<String>,
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
    /// Whether an unknown authority is taken as it is, for private clouds and AD FS.
    pub disable_instance_discovery: bool,
    /// How often and when a request is sent again.
    pub retry: RetryOptions,
    /// A credential of the app, in place of the chain.
    pub app: Option<AppCredential>,
    /// The one credential of the chain to ask, in the manner in which the chain asks it: for diagnosis.
    pub only: Option<Credential>,
}

/// A `TokenCredential` of the app, by what tells it from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AppCredential {
    /// One object of one thread: another object can stand for another user.
    Object {
        /// The thread's session.
        session: u64,
        /// The object, as that session counts.
        object: u32,
    },
    /// Whatever the app gives this name to: it vouches that they stand for the same identity.
    Named(String),
}

/// The configuration of one fetch.
#[derive(Clone, Hash)]
pub struct Settings {
    /// Whose tokens they bring.
    pub identity: Identity,
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
    /// Who is logged in to the developer tools; nothing if none of them is selected.
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

/// The variables by which hosts say where their managed identities are to be had, and which host they are.
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
    fn read(variables: &Variables) -> Self {
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
        let tenant_id = variables.text("AZURE_TENANT_ID");
        let selection = match &options.app {
            Some(_) => vec![Credential::App],
            None => selection(variables.get("AZURE_TOKEN_CREDENTIALS"))?,
        };
        let has_tools = selection.iter().any(|source| source.is_developer_tool());
        let mut settings = Self {
            identity: Identity::default(),
            selection,
            only: options.only,
            app: options.app.clone(),
            authority: authority(&variables, options)?,
            instance_discovery_disabled: options.disable_instance_discovery
                || variables.is_true("AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY"),
            region: variables.text("AZURE_REGIONAL_AUTHORITY_NAME"),
            region_name: variables.text("REGION_NAME"),
            workload_tenant_id: options.tenant_id.clone().or_else(|| tenant_id.clone()),
            tenant_id,
            tenant_option: options.tenant_id.clone(),
            allowed_tenants,
            multi_tenant_disabled: variables.get("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH").is_some(),
            client_secret: variables.secret("AZURE_CLIENT_SECRET"),
            certificate_path: variables.text("AZURE_CLIENT_CERTIFICATE_PATH"),
            certificate_password: variables.secret("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
            send_certificate_chain: variables.is_true("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
            has_user_password: variables.get("AZURE_USERNAME").is_some() && variables.get("AZURE_PASSWORD").is_some(),
            federated_token_file: variables.text("AZURE_FEDERATED_TOKEN_FILE"),
            workload_client_id: options
                .workload_identity_client_id
                .clone()
                .or_else(|| options.managed_identity_client_id.clone())
                .or_else(|| client_id.clone()),
            managed_identity: managed_identity(options, client_id.as_deref())?,
            client_id,
            host: HostVariables::read(&variables),
            subscription: options.subscription.clone(),
            logins: if has_tools { Logins::read(&variables) } else { Logins::default() },
            process_time_limit: options.process_time_limit.unwrap_or(PROCESS_TIME_LIMIT),
            retry: options.retry,
            system_root: variables.text("SystemRoot"),
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
            // A credential of the app runs no tools, and there can be one a user.
            inherited: if options.app.is_some() { Inherited::default() } else { Inherited(Arc::new(variables)) },
        };
        settings.identity = Identity::of(&settings);
        Ok(settings)
    }

    /// A number that changes when anything but the inherited environment does.
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// The same, of what bears on who gives a token, and not on how it is asked for.
    pub fn fingerprint_of_sources(&self) -> u64 {
        let sources = Self {
            instance_discovery_disabled: false,
            process_time_limit: PROCESS_TIME_LIMIT,
            retry: RetryOptions::default(),
            scope_override: None,
            time_zone: None,
            ..self.clone()
        };
        sources.fingerprint()
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
            NAMES.iter().any(|ending| name.to_ascii_uppercase().ends_with(ending)) || shown::kind(value).is_some()
        };
        let inherited = self.inherited.0.0.iter().filter(is_secret).map(|(_, value)| Secret::new(value.trim()));
        let login = |value: &String| Url::parse(value).ok()?.password().map(Secret::new);
        let logins = self.inherited.0.0.values().filter_map(login);
        let long = |secret: &Secret| secret.expose().chars().count() >= SHORTEST;
        own.chain(inherited).chain(logins).filter(long).collect()
    }

    /// Whether the three variables of a workload identity are set.
    pub fn has_workload_identity(&self) -> bool {
        self.workload_tenant_id.is_some() && self.workload_client_id.is_some() && self.federated_token_file.is_some()
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

/// Whether all of `names` are set: the option `requiredEnvVars`.
///
/// # Errors
/// `Configuration`, naming those that are not.
pub fn check_required(variables: &Variables, names: &[String]) -> Result<(), Failure> {
    let missing: Vec<&str> = names.iter().map(String::as_str).filter(|name| variables.get(name).is_none()).collect();
    let (noun, verb) = match missing.len() {
        0 => return Ok(()),
        1 => ("variable", "is"),
        _ => ("variables", "are"),
    };
    Err(Failure::configuration(format!(
        "Required environment {noun} '{}' for DefaultAzureCredential {verb} not set or empty",
        missing.iter().map(|name| shown(Form::Word, name)).collect::<Vec<_>>().join(", ")
    )))
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
            "AZURE_TOKEN_CREDENTIALS is {}, which names no credential",
            quoted(Form::Words, value)
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
        Failure::configuration(format!("{name} is {}, which {what}", quoted(Form::Url, value)))
            .next(format!("set {name} to an address such as {PUBLIC_CLOUD}"))
    };
    // First of all: whatever else is wrong with it, a password is not shown.
    if value.contains('@') {
        return Err(Failure::configuration(format!("{name} holds a user name or password"))
            .next(format!("set {name} to an address such as {PUBLIC_CLOUD}")));
    }
    let url = Url::parse(value.trim()).map_err(|error| bad(&format!("is not a URL ({error})")))?;
    if url.scheme() != "https" {
        return Err(bad("does not begin with https://; tokens and secrets are sent over https alone"));
    }
    Ok(url)
}

/// The one id that the options give, else `AZURE_CLIENT_ID`, else the host's own identity.
fn managed_identity(options: &CredentialOptions, client_id: Option<&str>) -> Result<ManagedIdentityId, Failure> {
    let given = [
        options.managed_identity_client_id.clone().map(ManagedIdentityId::ClientId),
        options.managed_identity_resource_id.clone().map(ManagedIdentityId::ResourceId),
        options.managed_identity_object_id.clone().map(ManagedIdentityId::ObjectId),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(_), Some(_)) => Err(Failure::configuration(
            "only one of 'managedIdentityClientId', 'managedIdentityResourceId' or 'managedIdentityObjectId' can be \
             given",
        )
        .next("keep one of them and leave the others out")),
        (Some(id), None) => Ok(id),
        (None, _) => Ok(client_id.map_or(ManagedIdentityId::System, |id| ManagedIdentityId::ClientId(id.to_owned()))),
    }
}

/// A tenant goes into a URL: letters, digits, `-` and `.` alone.
pub fn check_tenant(name: &str, tenant: &str) -> Result<(), Failure> {
    if !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
        return Ok(());
    }
    Err(Failure::configuration(format!("{name} is {}, which is not a tenant id", quoted(Form::Tenant, tenant)))
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
    use crate::test_support::{identity_options, settings, try_settings};

    #[test]
    fn what_is_wrong_is_named() {
        for (variable, value, what) in [
            ("AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com", "does not begin with https://"),
            ("AZURE_AUTHORITY_HOST", "login.microsoftonline.com", "is not a URL"),
            ("AZURE_AUTHORITY_HOST", "https://user:pass@login.example", "holds a user name or password"),
            ("AZURE_AUTHORITY_HOST", "http://user:pass@login.example", "holds a user name or password"),
            ("AZURE_AUTHORITY_HOST", "https://user:pass@", "holds a user name or password"),
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
    fn which_managed_identity_is_meant() {
        use ManagedIdentityId::{ClientId, ObjectId, ResourceId, System};
        for (client, resource, object, variable, meant) in [
            ("", "", "", "", Some(System)),
            ("", "", "", "v", Some(ClientId("v".into()))),
            ("c", "", "", "v", Some(ClientId("c".into()))),
            ("", "r", "", "v", Some(ResourceId("r".into()))),
            ("", "", "o", "v", Some(ObjectId("o".into()))),
            ("c", "r", "", "", None),
            ("c", "", "o", "", None),
            ("", "r", "o", "", None),
            ("c", "r", "o", "", None),
        ] {
            let options = identity_options(client, resource, object);
            let settings = try_settings(&[("AZURE_CLIENT_ID", variable)], &options);
            let reason = settings.as_ref().err().map(|failure| failure.reason.clone());
            assert_eq!(settings.ok().map(|settings| settings.managed_identity), meant);
            assert_eq!(
                reason.as_deref(),
                meant.is_none().then_some(
                    "only one of 'managedIdentityClientId', 'managedIdentityResourceId' or \
                     'managedIdentityObjectId' can be given"
                )
            );
        }
    }

    #[test]
    fn empty_counts_as_unset() {
        let settings = settings(&[("AZURE_CLIENT_ID", ""), ("IDENTITY_HEADER", "  "), ("AZURE_AUTHORITY_HOST", "")]);
        assert!(settings.client_id.is_none() && settings.host.identity_header.is_none());
        assert_eq!(settings.authority.as_str(), "https://login.microsoftonline.com/");
    }

    #[test]
    fn on_windows_a_name_is_found_in_any_case() {
        let set = [("Azure_Client_Id", "mixed"), ("azure_tenant_id", "small"), ("AZURE_TENANT_ID", "as it is")];
        let variables = Variables::new(set.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        for (name, on_windows, elsewhere) in [
            ("AZURE_CLIENT_ID", Some("mixed"), None),
            ("AZURE_TENANT_ID", Some("as it is"), Some("as it is")),
            ("AZURE_CLIENT_SECRET", None, None),
        ] {
            assert_eq!((variables.find(name, true), variables.find(name, false)), (on_windows, elsewhere), "{name}");
        }
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
        assert_eq!(of(&[]), of(&[("EDITOR", "vi")]));
        assert_ne!(of(&[]), of(&[("HOME", "/home/alice")]));
        assert_ne!(of(&[]), of(&[("IDENTITY_HEADER", "rotated")]));
        assert_ne!(of(&[("AZURE_CLIENT_SECRET", "a")]), of(&[("AZURE_CLIENT_SECRET", "b")]));
    }
}
