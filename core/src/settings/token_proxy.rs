//! The token proxy of an AKS cluster with identity bindings.

use super::snapshot::Variables;

/// The token proxy that exchanges the assertions of a cluster's pods in place of Entra ID, as AKS writes it into their
/// variables.
///
/// <https://learn.microsoft.com/azure/aks/identity-bindings-concepts>
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenProxy {
    /// `AZURE_KUBERNETES_TOKEN_PROXY`: its address.
    pub address: Option<String>,
    /// `AZURE_KUBERNETES_CA_FILE`: the file of its CA, which is replaced while the pod runs.
    pub ca_file: Option<String>,
    /// `AZURE_KUBERNETES_CA_DATA`: its CA, as PEM.
    pub ca_data: Option<String>,
    /// `AZURE_KUBERNETES_SNI_NAME`: its name in TLS.
    pub sni_name: Option<String>,
}

impl TokenProxy {
    /// None without the opt-in, or without any of the variables.
    pub(super) fn read(variables: &Variables, option: Option<bool>) -> Option<Self> {
        let is_enabled = option.unwrap_or_else(|| variables.is_true("AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY"));
        let proxy = Self {
            address: variables.text("AZURE_KUBERNETES_TOKEN_PROXY"),
            ca_file: variables.text("AZURE_KUBERNETES_CA_FILE"),
            ca_data: variables.text("AZURE_KUBERNETES_CA_DATA"),
            sni_name: variables.text("AZURE_KUBERNETES_SNI_NAME"),
        };
        let is_set = [&proxy.address, &proxy.ca_file, &proxy.ca_data, &proxy.sni_name].into_iter().any(Option::is_some);
        (is_enabled && is_set).then_some(proxy)
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::CredentialOptions;
    use crate::test_support::settings_with;

    #[test]
    fn only_the_option_or_the_variable_enables_it_and_the_option_wins() {
        const PROXY: (&str, &str) = ("AZURE_KUBERNETES_TOKEN_PROXY", "https://10.0.0.1");
        let enabled = |value| ("AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY", value);
        for (variables, option, is_used) in [
            (vec![PROXY], None, false),
            (vec![PROXY, enabled("false")], None, false),
            (vec![PROXY, enabled("true")], None, true),
            (vec![PROXY, enabled("true")], Some(false), false),
            (vec![PROXY], Some(true), true),
            (vec![], Some(true), false),
            (vec![("AZURE_KUBERNETES_SNI_NAME", "cluster.ests.aks")], Some(true), true),
        ] {
            let options = CredentialOptions { enable_azure_proxy: option, ..CredentialOptions::default() };
            let settings = settings_with(&variables, &options);
            assert_eq!(settings.workload_identity.token_proxy.is_some(), is_used, "{variables:?} {option:?}");
        }
    }
}
