//! From the environment and the options to settings.

use std::sync::Arc;

use url::Url;

use super::identity::Identity;
use super::kind::{CHAIN, Credential};
use super::logins::Logins;
use super::network::TransportSettings;
use super::options::CredentialOptions;
use super::values::{HostVariables, ManagedIdentityId, PROCESS_TIME_LIMIT, Settings};
use super::variables::{Inherited, Variables};
use crate::error::Failure;
use crate::shown::{Form, quoted};

impl Settings {
    /// Reads `variables` and `options`.
    ///
    /// ```
    /// use std::collections::HashMap;
    ///
    /// use azure_openai_entra_core::settings::{CredentialOptions, Settings, Variables};
    ///
    /// let authority = ("AZURE_AUTHORITY_HOST".to_owned(), "https://login.microsoftonline.us".to_owned());
    /// let variables = Variables::new(HashMap::from([authority]), false);
    /// let settings = Settings::parse(variables, &CredentialOptions::default())?;
    /// assert_eq!(settings.openai_scope(), "https://cognitiveservices.azure.us/.default");
    /// # Ok::<(), azure_openai_entra_core::error::Failure>(())
    /// ```
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
        let settings = Self {
            identity: Identity::default(),
            fingerprint: 0,
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
        Ok(settings.complete())
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
            "AZURE_TOKEN_CREDENTIALS is {}, which is not the name of a credential",
            quoted(Form::Words, value)
        ))
        .with_next_step(format!("set it to prod, dev or one of {}, or unset it", names.join(", "))));
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
            .with_next_step(format!("set {name} to an address such as {PUBLIC_CLOUD}"))
    };
    // First of all: whatever else is wrong with it, a password is not shown.
    if value.contains('@') {
        return Err(Failure::configuration(format!("{name} holds a user name or password"))
            .with_next_step(format!("set {name} to an address such as {PUBLIC_CLOUD}")));
    }
    let url = Url::parse(value.trim()).map_err(|error| bad(&format!("is not a URL ({error})")))?;
    if url.scheme() != "https" {
        return Err(bad("does not begin with https://, although tokens and secrets need https"));
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
        .with_next_step("keep one of them and remove the others")),
        (Some(id), None) => Ok(id),
        (None, _) => Ok(client_id.map_or(ManagedIdentityId::System, |id| ManagedIdentityId::ClientId(id.to_owned()))),
    }
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

/// A tenant goes into a URL: letters, digits, `-` and `.` alone.
pub fn check_tenant(name: &str, tenant: &str) -> Result<(), Failure> {
    if !tenant.is_empty() && tenant.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.') {
        return Ok(());
    }
    Err(Failure::configuration(format!("{name} is {}, which is not a tenant id", quoted(Form::Tenant, tenant)))
        .with_next_step(format!("set {name} to the directory's GUID or a verified domain name")))
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
            ("AZURE_TOKEN_CREDENTIALS", "nonsense", "'nonsense', which is not the name of a credential"),
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
        let on = |is_windows| {
            Variables::new(set.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), is_windows)
        };
        let (windows, linux) = (on(true), on(false));
        for (name, on_windows, elsewhere) in [
            ("AZURE_CLIENT_ID", Some("mixed"), None),
            ("AZURE_TENANT_ID", Some("as it is"), Some("as it is")),
            ("AZURE_CLIENT_SECRET", None, None),
        ] {
            assert_eq!((windows.get(name), linux.get(name)), (on_windows, elsewhere), "{name}");
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
