//! How requests are sent, and sent again.

use super::options::{CredentialOptions, RetryOptions};
use super::variables::Variables;

/// How requests are sent.
#[derive(Clone, Hash)]
pub struct Network {
    /// How often and when a request is sent again.
    pub retry: RetryOptions,
    /// Roots and proxies.
    pub transport: TransportSettings,
}

impl Network {
    pub(super) fn read(variables: &Variables, options: &CredentialOptions) -> Self {
        Self { retry: options.retry, transport: TransportSettings::read(variables) }
    }
}

/// Roots and proxies; clients are kept while these stay the same.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct TransportSettings {
    /// The variable that names the proxy, and its value. Never logged: it can hold a password.
    pub proxy: Option<(&'static str, String)>,
    /// `NO_PROXY`: host names and suffixes, addresses and CIDR blocks, separated by commas.
    pub no_proxy: Option<String>,
    /// Variables that name files of further CA certificates, and their values.
    pub root_files: Vec<(&'static str, String)>,
}

impl TransportSettings {
    fn read(variables: &Variables) -> Self {
        Self {
            proxy: first_set(variables, &["PROXY", "HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"]),
            no_proxy: first_set(variables, &["NO_PROXY"]).map(|(_, value)| value),
            root_files: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]
                .into_iter()
                .filter_map(|name| Some((name, variables.text(name)?)))
                .collect(),
        }
    }
}

/// The first of `names` that is set, in upper or lower case, with its value. Unix tools write them in lower case.
fn first_set(variables: &Variables, names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| {
        let value = variables.text(name).or_else(|| variables.text(&name.to_ascii_lowercase()))?;
        Some((*name, value))
    })
}
