//! How requests are sent, and sent again.

use super::options::{CredentialOptions, NetworkOptions, RetryOptions};
use super::variables::Variables;
use crate::error::Failure;
use crate::shown::{Form, quoted};

/// The variable that selects the transport, for messages.
const TRANSPORT: &str = "AZURE_OPENAI_ENTRA_TRANSPORT";

/// How requests are sent.
#[derive(Clone, Hash)]
pub struct Network {
    /// How often and when a request is sent again.
    pub retry: RetryOptions,
    /// Roots and proxies.
    pub transport: TransportSettings,
    /// The transport of the app that sends the requests; none if this process does.
    pub host: Option<HostTransport>,
    /// Whether the log names the identity of each token.
    pub logs_account: bool,
}

impl Network {
    pub(super) fn read(variables: &Variables, options: &CredentialOptions) -> Result<Self, Failure> {
        let network = &options.network;
        Ok(Self {
            retry: options.retry,
            transport: TransportSettings::read(variables, network),
            host: match network.host {
                Some(object) => Some(HostTransport::Object(object)),
                None => host_of(variables)?,
            },
            logs_account: network.logs_account,
        })
    }
}

/// A transport of the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostTransport {
    /// Node's own.
    Node,
    /// The transport of a credential's options, by its number in its thread.
    Object(u32),
}

fn host_of(variables: &Variables) -> Result<Option<HostTransport>, Failure> {
    match variables.get("AZURE_OPENAI_ENTRA_TRANSPORT").map(str::trim) {
        None => Ok(None),
        Some(name) if name.eq_ignore_ascii_case("native") => Ok(None),
        Some(name) if name.eq_ignore_ascii_case("node") => Ok(Some(HostTransport::Node)),
        Some(other) => {
            Err(Failure::configuration(format!("{TRANSPORT} is {}, which is no transport", quoted(Form::Words, other)))
                .with_next_step(format!("set {TRANSPORT} to node or native, or unset it")))
        }
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
    /// What the `User-Agent` begins with.
    pub user_agent_prefix: Option<String>,
    /// The one server that requests go to, if it is known in another way than others.
    pub server: Option<KnownServer>,
}

/// A server that is known by a CA of its own, or under another name than the host of its address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KnownServer {
    /// The host of its address, as it is looked up.
    pub host: String,
    /// Its name in TLS, if that is another one.
    pub name: Option<String>,
    /// The certificates of its CA, as PEM. No others are trusted.
    pub ca: Option<String>,
}

impl TransportSettings {
    fn read(variables: &Variables, options: &NetworkOptions) -> Self {
        let option = options.proxy.clone().map(|address| ("proxyOptions", address));
        Self {
            proxy: option.or_else(|| first_set(variables, &["PROXY", "HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"])),
            no_proxy: first_set(variables, &["NO_PROXY"]).map(|(_, value)| value),
            root_files: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]
                .into_iter()
                .filter_map(|name| Some((name, variables.text(name)?)))
                .collect(),
            user_agent_prefix: options.user_agent_prefix.clone(),
            server: None,
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
