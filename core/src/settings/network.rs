//! How requests are sent, and sent again.

use super::app_object::AppCredential;
use super::options::{CredentialOptions, NetworkOptions, RetryOptions};
use super::snapshot::Variables;
use crate::error::Failure;
use crate::secret::Secret;
use crate::shown::{Form, described, kind, may_be_secret, shown};

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
    /// Whatever of a credential's options can decide whose token those requests bring.
    pub sender: Option<AppCredential>,
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
            sender: network.sender.clone(),
            logs_account: network.logs_account,
        })
    }

    /// By which way its requests go if `transport` says how.
    pub fn way(&self, transport: &TransportSettings) -> Way {
        let transport = TransportSettings { user_agent_prefix: None, ..transport.clone() };
        Way { transport, host: self.host, sender: self.sender.clone() }
    }
}

/// By which way requests go: through which proxy, to servers of which authorities, by which code of the app. What comes by one
/// way is not known by another: what answers there may be trusted by one credential only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Way {
    transport: TransportSettings,
    host: Option<HostTransport>,
    sender: Option<AppCredential>,
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
            Err(Failure::configuration(format!("{TRANSPORT} is {}, which is no transport", described(other)))
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
    pub(super) fn read(variables: &Variables, options: &NetworkOptions) -> Self {
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

impl TransportSettings {
    /// What can be a secret in the wrong place: the name of a proxy, and words before the `User-Agent`.
    pub(super) fn misplaced(&self) -> impl Iterator<Item = Secret> {
        let proxy = self.proxy.as_ref().and_then(|(_, address)| misplaced_host(address));
        let words = self.user_agent_prefix.iter().flat_map(|prefix| prefix.split(' '));
        // A name and a version.
        let words = words.flat_map(|word| [Some(word), word.split_once('/').map(|(_, version)| version)]).flatten();
        proxy.into_iter().chain(words.filter(|word| may_be_secret(word)).map(Secret::new))
    }
}

/// The host of `address`, if the whole looks like a secret or is no address of a proxy: a resolver that does not find it names it.
fn misplaced_host(address: &str) -> Option<Secret> {
    let url = crate::address::parse(address).or_else(|_| crate::address::parse(&format!("http://{address}"))).ok()?;
    let host = url.host_str()?;
    let is_misplaced = !is_of_proxy(address, host)
        || shown(Form::Host, host) != host
        || may_be_secret(&format!("{host}{}", url.path()));
    is_misplaced.then(|| Secret::new(host))
}

/// Whether `address`, as it is written, is one of a proxy whose name is `host`. Of a password with a `/`, `?`, `#` or `@` in it,
/// the parser takes a part for the host. The doctor has the same rule, and both are tested on `network/proxies.json`.
fn is_of_proxy(address: &str, host: &str) -> bool {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let (login, place) = rest.rsplit_once('@').map_or((None, rest), |(login, place)| (Some(login), place));
    let is_login = login.is_none_or(|login| login.contains(':') || host.contains('.'));
    let is_host = crate::address::parse(&format!("{scheme}://{place}")).is_ok_and(|url| url.host_str() == Some(host));
    let place = place.strip_suffix('/').unwrap_or(place);
    is_login && is_host && !place.contains(['/', '?', '#', '\\']) && kind(place).is_none()
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
    use crate::planted::{planted, planted_digits};
    use crate::secret::{keeping, redact_app, scrub};
    use crate::settings::CredentialOptions;
    use crate::test_support::{secret, settings_with};

    /// What Node's resolver says of a proxy, whose name JavaScript has written in lower case.
    async fn resolver_says(proxy: &str, prefix: &str) -> String {
        let network = NetworkOptions {
            proxy: Some(proxy.into()),
            user_agent_prefix: Some(prefix.into()),
            ..NetworkOptions::default()
        };
        let options = CredentialOptions { network, ..CredentialOptions::default() };
        let url = crate::address::parse(proxy).or_else(|_| crate::address::parse(&format!("http://{proxy}")));
        let host = url.ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        let said = async { scrub(&redact_app(&format!("getaddrinfo ENOTFOUND {host}, asked by {prefix}"))) };
        keeping(settings_with(&[], &options).secrets(), said).await
    }

    #[test]
    fn the_address_of_a_proxy_is_told_from_other_texts() {
        let rows: Vec<(String, bool)> = serde_json::from_str(include_str!("network/proxies.json")).unwrap();
        for (address, is_one) in rows {
            let url = crate::address::parse(&address).unwrap();
            assert_eq!(is_of_proxy(&address, url.host_str().unwrap()), is_one, "{address}");
        }
    }

    #[tokio::test]
    async fn a_secret_in_place_of_a_proxy_or_a_program_is_not_told() {
        for _ in 0..20 {
            for plant in planted().into_iter().chain([planted_digits()]) {
                let written =
                    crate::address::parse(&format!("http://{}", plant.text)).map(String::from).unwrap_or_default();
                let told = resolver_says(&written, &format!("my-app/{}", plant.text)).await;
                assert!(!plant.is_in(&told), "{}: {told}", plant.what);
            }
        }
        for sign in ["/", "?", "#", "\\", "@"] {
            let parts = [secret("Part1x"), secret("Part2x")];
            for scheme in ["", "http://"] {
                let told = resolver_says(&format!("{scheme}{}{sign}{}", parts[0], parts[1]), "my-app").await;
                for part in &parts {
                    assert!(!told.to_lowercase().contains(&part.to_lowercase()), "{sign}: {told}");
                }
            }
        }
        let told = resolver_says("http://joe:word@proxy-eu2.corp.example:3128/", "my-app/1.2.3").await;
        assert_eq!(told, "getaddrinfo ENOTFOUND proxy-eu2.corp.example, asked by my-app/1.2.3");
    }
}
