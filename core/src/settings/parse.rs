//! From the environment and the options to settings.

use super::application::Application;
use super::entra::Entra;
use super::identity::Identity;
use super::managed_identity::ManagedIdentity;
use super::network::Network;
use super::options::CredentialOptions;
use super::principal::ServicePrincipal;
use super::snapshot::Variables;
use super::sources::Sources;
use super::tenants::{Tenants, check_tenant};
use super::tools::Tools;
use super::values::Settings;
use super::workload_identity::WorkloadIdentity;
use super::written;
use crate::error::Failure;

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
        let principal = ServicePrincipal::read(&variables);
        let sources = Sources::read(&variables, options)?;
        if let (true, Some(tenant)) = (sources.is_named, &options.tenant_id) {
            check_tenant("tenantId", tenant)?;
        }
        let settings = Self {
            identity: Identity::default(),
            fingerprint: 0,
            oddities: written::oddities(&variables),
            entra: Entra::read(&variables, options)?,
            tenants: Tenants::read(&variables, options),
            workload_identity: WorkloadIdentity::read(&variables, options, &principal)?,
            managed_identity: ManagedIdentity::read(&variables, options, &principal)?,
            application: Application::read(&variables, options.application.as_ref()),
            network: Network::read(&variables, options)?,
            tools: Tools::read(variables, options, &sources),
            sources,
            principal,
        };
        Ok(settings.complete())
    }
}

#[cfg(test)]
mod tests {
    use super::super::managed_identity::ManagedIdentityId;
    use super::*;
    use crate::test_support::{identity_options, settings, try_settings};

    #[test]
    fn what_is_wrong_is_named() {
        for (variable, value, what) in [
            ("AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com", "does not begin with https://"),
            ("AZURE_AUTHORITY_HOST", "login.microsoftonline.com", "is a text of 25 characters, which is not a URL"),
            ("AZURE_AUTHORITY_HOST", "https://BÜCHER.example", "beyond ASCII in its host as Punycode (xn--)"),
            ("AZURE_AUTHORITY_HOST", "swordfish1:8787", "is a text of 15 characters, which does not begin"),
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
            assert_eq!(settings.ok().map(|settings| settings.managed_identity.id), meant);
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
        assert!(settings.principal.client_id.is_none() && settings.managed_identity.host.identity_header.is_none());
        assert_eq!(settings.entra.authority.as_str(), "https://login.microsoftonline.com/");
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
            assert_eq!(
                settings(&all[first..]).network.transport.proxy.map(|(_, value)| value).as_deref(),
                Some(winner)
            );
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
