//! Which hosts get a token, and for which audience: the rules of `lib/allowed-hosts.js`, for programs without Node.
//!
//! A test reads the tables of the JavaScript, so that the two cannot differ.

mod shared_suffixes;

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Position, Url};

use crate::error::Failure;
use crate::settings::{Settings, Variables};
use crate::shown::{Form, IN_DOUBT, described, has_doubtful_host, kind, quoted, shown};

use shared_suffixes::is_shared;

/// Hosts beside Azure OpenAI's.
const ADDED: &str = "AZURE_OPENAI_ENTRA_ALLOWED_HOSTS";
/// The only hosts, instead of Azure OpenAI's and of those in [`ADDED`].
const PINNED: &str = "AZURE_OPENAI_ENTRA_HOSTS";

/// What stands before a cloud's zone in the names of Azure OpenAI's resources.
const SERVICES: [&str; 3] = ["openai", "cognitiveservices", "services.ai"];
const ZONES: [&str; 3] = ["azure.com", "azure.us", "azure.cn"];

/// Microsoft Foundry's projects, which want tokens of their own: below which name, below which path, and the scope.
const PROJECTS: [&str; 3] = [".services.ai.azure.com", "/api/projects/", "https://ai.azure.com/.default"];

/// The hosts that get a token.
pub struct AllowedHosts {
    added: Option<Hosts>,
    pinned: Option<Hosts>,
}

#[derive(Default)]
struct Hosts {
    names: Vec<String>,
    /// With their leading dot.
    suffixes: Vec<String>,
}

impl AllowedHosts {
    /// Reads the two variables. An entry that cannot count is ignored with a warning. A blank `AZURE_OPENAI_ENTRA_HOSTS` allows no
    /// host, because it is more likely to come from a variable without a value than from an operator who wants no pin.
    pub fn read(variables: &Variables) -> Self {
        let hosts = |name| {
            let (hosts, warnings) = parse(name, variables.find(name)?);
            for warning in warnings {
                tracing::warn!("{warning}");
            }
            Some(hosts)
        };
        Self { added: hosts(ADDED), pinned: hosts(PINNED) }
    }

    /// The scope of a token that is sent to `url`.
    ///
    /// # Errors
    /// `Configuration` if no token may be sent there.
    pub fn scope(&self, url: &Url, settings: &Settings) -> Result<String, Failure> {
        let host = url.host_str().unwrap_or_default();
        let zone = zone_of(host);
        let is_safe = url.scheme() == "https" && url.username().is_empty() && url.password().is_none() && is_name(host);
        let is_allowed = match &self.pinned {
            Some(pinned) => pinned.matches(host),
            None => zone.is_some() || self.added.as_ref().is_some_and(|added| added.matches(host)),
        };
        if !is_safe || !is_allowed {
            return Err(self.refusal(url));
        }
        Ok(match zone {
            Some(zone) if settings.entra.scope_override.is_none() => scope_of_path(host, url.path())
                .map_or_else(|| format!("https://cognitiveservices.{zone}/.default"), str::to_owned),
            _ => settings.openai_scope(),
        })
    }

    fn refusal(&self, url: &Url) -> Failure {
        let origin = origin(url);
        let rule = "Tokens go over https, without a user name in the address,";
        match &self.pinned {
            None => Failure::configuration(format!(
                "no token is sent to {origin}. {rule} to the hosts of Azure OpenAI and to those in {ADDED}"
            ))
            .with_next_step(format!("if this host is yours, add its name to {ADDED}")),
            Some(pinned) if pinned.names.is_empty() && pinned.suffixes.is_empty() => Failure::configuration(format!(
                "no token is sent to {origin}: {PINNED} names no host, so that none is allowed"
            ))
            .with_next_step("set it to your resource's host, or unset it"),
            Some(_) => {
                Failure::configuration(format!("no token is sent to {origin}. {rule} only to the hosts in {PINNED}"))
                    .with_next_step("if this host is yours, add its name there")
            }
        }
    }
}

impl Hosts {
    fn matches(&self, host: &str) -> bool {
        let is_below = |suffix: &String| host.len() > suffix.len() && host.ends_with(suffix.as_str());
        self.names.iter().any(|name| name == host) || (!is_address(host) && self.suffixes.iter().any(is_below))
    }
}

/// The schemes that messages show. A parser takes any word before a colon for a scheme, also a password.
const SCHEMES: [&str; 9] = ["http", "https", "ws", "wss", "ftp", "file", "data", "blob", "unix"];

/// The target of a request, for messages: the other parts of its address can hold secrets.
fn origin(url: &Url) -> String {
    let scheme = url.scheme();
    if has_doubtful_host(url) {
        IN_DOUBT.to_owned()
    } else if SCHEMES.contains(&scheme) {
        format!("{scheme}://{}", shown(Form::Host, &url[Position::BeforeHost..Position::AfterPort]))
    } else {
        format!("an address whose scheme is {}", described(scheme))
    }
}

/// The scope that a path of an allowed host wants, if it is not the host's.
pub fn scope_of_path(host: &str, path: &str) -> Option<&'static str> {
    let [suffix, folder, scope] = PROJECTS;
    (host.ends_with(suffix) && path.starts_with(folder)).then_some(scope)
}

/// The zone of the cloud that `host` is Azure OpenAI's in.
fn zone_of(host: &str) -> Option<&'static str> {
    ZONES.into_iter().find(|zone| {
        SERVICES.iter().any(|service| {
            let resource = host.strip_suffix(zone).and_then(|rest| rest.strip_suffix('.')?.strip_suffix(service));
            resource.is_some_and(|resource| resource.len() > 1 && resource.ends_with('.'))
        })
    })
}

/// What parts the entries of a list: the blanks of Unicode, and the one more that JavaScript has.
fn is_separator(c: char) -> bool {
    c.is_whitespace() || ",;\u{feff}".contains(c)
}

/// The hosts in `text`, the value of `variable`, and which entries are ignored.
fn parse(variable: &str, text: &str) -> (Hosts, Vec<String>) {
    let mut hosts = Hosts::default();
    let mut warnings = Vec::new();
    // A secret with a comma or a blank in it is told in no piece either.
    let is_told = kind(text).is_none() && !text.contains('@');
    let told = |entry: &str| if is_told { quoted(Form::Host, entry) } else { described(entry) };
    for entry in text.split(is_separator).filter(|entry| !entry.is_empty()) {
        if has_other_letters(entry) {
            warnings.push(format!(
                "{variable} has an entry that is ignored: {}. Write the letters beyond ASCII in its host as Punycode (xn--).",
                told(entry)
            ));
            continue;
        }
        let suffix = entry.strip_prefix("*.");
        let name = match suffix {
            Some(suffix) => host_name(suffix).filter(|name| is_domain(name)),
            None => host_of_address(entry).or_else(|| host_name(entry)),
        };
        match (name, suffix.is_some()) {
            (None, _) => warnings.push(format!(
                "{variable} has an entry that is ignored: {}. Name hosts, or *.suffix with two labels or more.",
                told(entry)
            )),
            (Some(name), true) if is_shared(&name) => warnings.push(format!(
                "{variable} has a wildcard below {}, which is ignored: strangers can get a name there. Name your hosts.",
                told(&name)
            )),
            (Some(name), true) => hosts.suffixes.push(format!(".{name}")),
            (Some(name), false) => hosts.names.push(name),
        }
    }
    (hosts, warnings)
}

/// Whether the host of an entry has letters beyond ASCII, or escapes, which can be some. Parsers differ by version in what a few
/// of them become, and the addon and the proxy are to read the same hosts.
fn has_other_letters(entry: &str) -> bool {
    let is_https = entry.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    let behind = if is_https { &entry[8..] } else { entry };
    let host = behind.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    !host.bytes().all(|letter| letter.is_ascii_graphic() && letter != b'%')
}

/// The host of an entry that is an address.
fn host_of_address(entry: &str) -> Option<String> {
    let is_https = entry.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    let url = crate::address::parse(entry).ok().filter(|_| is_https)?;
    let has_login = !url.username().is_empty() || url.password().is_some();
    url.host_str().filter(|host| !has_login && is_name(host)).map(str::to_owned)
}

/// An entry as the URL parser writes it, if it is the name of a host and nothing more.
fn host_name(entry: &str) -> Option<String> {
    let url = crate::address::parse(&format!("https://{entry}")).ok()?;
    let host = url.host_str().filter(|host| is_name(host))?;
    (url.as_str() == format!("https://{host}/")).then(|| host.to_owned())
}

/// Whether it is a name of DNS or an address. The URL parser takes other characters as well, at which the parsers of some
/// clients end the name of another host.
fn is_name(host: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
    let is_ipv6 = host.starts_with('[') && host.ends_with(']');
    is_ipv6 || host.strip_suffix('.').unwrap_or(host).split('.').all(is_label)
}

fn is_address(host: &str) -> bool {
    host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok()
}

/// Whether one owner can answer for the hosts below it, as far as a name can tell.
fn is_domain(name: &str) -> bool {
    let has_two_labels = name
        .split_once('.')
        .is_some_and(|(first, rest)| !first.is_empty() && rest.chars().next().is_some_and(|letter| letter != '.'));
    has_two_labels && !is_address(name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::shared_suffixes::texts;
    use super::*;
    use crate::test_support::settings;

    fn scope(variables: &[(&str, &str)], url: &str) -> Option<String> {
        let map: HashMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let hosts = AllowedHosts::read(&Variables::new(map, false));
        hosts.scope(&crate::address::parse(url).unwrap(), &settings(variables)).ok()
    }

    #[test]
    fn the_tables_are_those_of_the_javascript() {
        let hosts = include_str!("../../lib/allowed-hosts.js");
        assert_eq!(texts(hosts, "const SERVICES = [", "]"), SERVICES);
        assert_eq!(texts(hosts, "const ZONES = [", "]"), ZONES);
        assert_eq!(texts(hosts, "const PROJECTS = [", "]"), PROJECTS);
        assert_eq!(texts(hosts, "const SCHEMES = [", "]"), SCHEMES);
        assert_eq!(texts(hosts, "const ADDED =", "\n"), [ADDED]);
        assert_eq!(texts(hosts, "const PINNED =", "\n"), [PINNED]);
    }

    /// The table that JavaScript's rule is tested on as well.
    #[test]
    fn the_same_characters_part_the_entries() {
        let rows: Vec<String> = serde_json::from_str(include_str!("allowed_hosts/separators.json")).unwrap();
        let found = ('\0'..=char::MAX).filter(|c| is_separator(*c)).map(|c| format!("{:04X}", u32::from(c)));
        assert_eq!(found.collect::<Vec<_>>(), rows);
    }

    /// The table that JavaScript's rule is tested on as well.
    #[test]
    fn an_entry_is_the_host_that_javascript_reads() {
        let rows: Vec<(String, Option<String>)> =
            serde_json::from_str(include_str!("allowed_hosts/entries.json")).unwrap();
        assert!(rows.len() > 20);
        for (entry, name) in rows {
            let (hosts, warnings) = parse(ADDED, &entry);
            assert_eq!(hosts.names.first(), name.as_ref(), "{entry}");
            assert_eq!(warnings.is_empty(), name.is_some(), "{entry}: {warnings:?}");
        }
    }

    #[test]
    fn an_entry_with_a_letter_beyond_ascii_allows_no_host() {
        for letter in ('\u{80}'..'\u{3100}').chain('\u{ff00}'..'\u{fff0}').filter(|letter| !is_separator(*letter)) {
            for entry in
                [format!("a{letter}b.example"), format!("*.a{letter}.example"), format!("https://{letter}.example/")]
            {
                let (hosts, warnings) = parse(ADDED, &entry);
                assert!(hosts.names.is_empty() && hosts.suffixes.is_empty(), "{entry}");
                assert!(warnings.concat().contains("as Punycode"), "{entry}: {warnings:?}");
            }
        }
    }

    /// The table that JavaScript's rule is tested on as well.
    #[test]
    fn an_origin_is_told_without_a_scheme_that_is_none() {
        let rows: Vec<(String, String)> = serde_json::from_str(include_str!("allowed_hosts/origins.json")).unwrap();
        assert!(rows.len() > 10);
        for (url, told) in rows {
            let url = crate::address::parse(&url).unwrap();
            let refused = AllowedHosts::read(&Variables::default()).scope(&url, &settings(&[])).unwrap_err();
            assert!(refused.reason.starts_with(&format!("no token is sent to {told}. ")), "{url}: {}", refused.reason);
        }
    }

    #[test]
    fn a_known_host_and_its_path_name_the_audience() {
        let rows: Vec<(String, Option<String>)> =
            serde_json::from_str(include_str!("allowed_hosts/audiences.json")).unwrap();
        assert!(rows.len() > 20);
        for (url, expected) in rows {
            assert_eq!(scope(&[], &url), expected, "{url}");
        }
        let own = [("AZURE_OPENAI_ENTRA_SCOPE", "https://ai.azure.com/.default")];
        assert_eq!(scope(&own, "https://r.openai.azure.us").as_deref(), Some("https://ai.azure.com/.default"));
        let own = [("AZURE_OPENAI_ENTRA_SCOPE", "api://mine/.default")];
        assert_eq!(
            scope(&own, "https://r.services.ai.azure.com/api/projects/p").as_deref(),
            Some("api://mine/.default")
        );
    }

    /// The values that JavaScript's rule is tested on as well.
    #[test]
    fn no_piece_of_a_secret_in_a_list_is_told() {
        let rows: Vec<(String, Vec<String>)> =
            serde_json::from_str(include_str!("allowed_hosts/secrets.json")).unwrap();
        assert!(rows.len() > 5);
        for (text, parts) in rows {
            let told = parse(ADDED, &text).1.join("\n");
            assert!(told.contains(" characters"), "{text}: {told}");
            assert!(parts.iter().all(|part| !told.contains(part)), "{text}: {told}");
        }
    }

    #[test]
    fn the_variables_add_hosts_or_are_the_only_ones() {
        let default = "https://cognitiveservices.azure.com/.default";
        for (variable, value, url, is_allowed) in [
            (ADDED, "gateway.example", "https://gateway.example", true),
            (ADDED, "gateway.example", "https://r.openai.azure.com", true),
            (ADDED, "https://gateway.example/x", "https://gateway.example:8443", true),
            (ADDED, "*.corp.example", "https://a.b.corp.example", true),
            (ADDED, "*.corp.example", "https://corp.example", false),
            (ADDED, "*.example", "https://a.example", false),
            (ADDED, "*.co.uk", "https://a.co.uk", false),
            (ADDED, "*.azurewebsites.net", "https://a.azurewebsites.net", false),
            (ADDED, "*.westeurope.azurecontainerapps.io", "https://a.westeurope.azurecontainerapps.io", false),
            (ADDED, "*.chinaeast2.chinacloudapp.cn", "https://a.chinaeast2.chinacloudapp.cn", false),
            (ADDED, " ", "https://gateway.example", false),
            (ADDED, "*.a.run.app", "https://x.a.run.app", false),
            (ADDED, "*.me.github.io", "https://x.me.github.io", true),
            (ADDED, "*.env.westeurope.azurecontainerapps.io", "https://a.env.westeurope.azurecontainerapps.io", true),
            (ADDED, "*.core.windows.net", "https://a.core.windows.net", false),
            (ADDED, "gateway.example:8443 a/b user@c *", "https://gateway.example", false),
            (PINNED, " ", "https://r.openai.azure.com", false),
            (PINNED, "r.openai.azure.com", "https://r.openai.azure.com", true),
            (PINNED, "r.openai.azure.com", "https://other.openai.azure.com", false),
            (PINNED, "*.openai.azure.com", "https://other.openai.azure.com", false),
            (PINNED, "127.0.0.1", "https://127.0.0.1:9", true),
            (PINNED, "[::1]", "https://[::1]:9", true),
        ] {
            let found = scope(&[(variable, value)], url);
            assert_eq!(found.as_deref(), is_allowed.then_some(default), "{variable}={value} for {url}");
        }
    }
}
