//! The forms that settings ask for.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::likeness::{is_guid, is_key_like, is_unseen};

/// The form that a setting asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A GUID, a domain name, or a name that stands for several directories.
    Tenant,
    /// A GUID.
    Guid,
    /// The resource id of a managed identity, or its GUID.
    Identity,
    /// The name or the GUID of a subscription.
    Subscription,
    /// A path of a file or a folder.
    Path,
    /// A host, with or without a port.
    Host,
    /// An http or https address, without user name, password and query.
    Url,
    /// An OAuth scope or its resource, or several that blanks separate. Of several, each is more than a word.
    Scope,
    /// A word of ASCII letters, digits, `_` and `-`.
    Word,
    /// Words of letters, `_` and `-`, separated by commas.
    Words,
}

const LONGEST_PATH: usize = 255;
const LONGEST_HOST: usize = 253;
const LONGEST_WORD: usize = 40;

impl Form {
    /// Whether `text` has this form.
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Tenant => is_tenant(text),
            Self::Guid => is_guid(text),
            Self::Identity => is_guid(text) || (text.starts_with("/subscriptions/") && is_path(text)),
            Self::Subscription => is_guid(text) || is_name(text),
            Self::Path => is_path(text),
            Self::Host => is_host(text),
            Self::Url => is_address(text),
            Self::Scope => is_scope(text) || text.split(' ').all(is_one_of_scopes),
            Self::Word => is_word(text),
            Self::Words => text.split([',', ';']).all(|word| {
                let word = word.strip_prefix(' ').unwrap_or(word);
                word.is_empty() || is_plain_word(word)
            }),
        }
    }
}

fn is_tenant(text: &str) -> bool {
    const NAMES: [&str; 4] = ["common", "organizations", "consumers", "adfs"];
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(text)) || is_guid(text) || is_domain(text)
}

/// Words and blanks: "Pay-As-You-Go", "Visual Studio Enterprise".
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.split(' ').all(|word| word.is_empty() || is_word(word))
}

fn is_word(text: &str) -> bool {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    (1..=LONGEST_WORD).contains(&text.len()) && text.chars().all(is_of_word) && !is_key_like(text)
}

fn is_plain_word(text: &str) -> bool {
    is_word(text) && !text.contains(|c: char| c.is_ascii_digit())
}

fn is_path(text: &str) -> bool {
    const ENDINGS: [&str; 12] =
        [".pem", ".crt", ".cer", ".der", ".key", ".p8", ".pfx", ".p12", ".txt", ".jwt", ".json", ".env"];
    let names_a_file = ENDINGS.iter().any(|ending| text.to_ascii_lowercase().ends_with(ending));
    (1..=LONGEST_PATH).contains(&text.chars().count())
        && !without_drive(text).contains(|c: char| c.is_control() || is_unseen(c) || ":;=?#".contains(c))
        && (text.contains(['/', '\\']) || names_a_file || text == ".")
        && !holds_bare_key(text)
        && !ENDINGS.iter().any(|ending| goes_on_behind(&text.to_ascii_lowercase(), ending))
}

/// Whether a key of hexadecimal digits is no name of a folder or a part of one: nothing is before it, or what no path has there.
fn holds_bare_key(text: &str) -> bool {
    const SHORTEST: usize = 32;
    let mut parts = text.split(|c: char| !(c.is_ascii_hexdigit() || "/\\._-".contains(c)));
    parts.any(|part| part.len() >= SHORTEST && part[..SHORTEST].chars().all(|c| c.is_ascii_hexdigit()))
}

/// `text` without the drive before a path of Windows, whose colon is the only one in a path.
fn without_drive(text: &str) -> &str {
    match text.as_bytes() {
        [_, b':', b'/', b'/', ..] => text,
        [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic() => &text[3..],
        _ => text,
    }
}

/// Whether more than a name follows the ending of a file, as the password does in `cert.pem:password`.
fn goes_on_behind(text: &str, ending: &str) -> bool {
    let is_of_path = |c: char| c.is_ascii_alphanumeric() || "_.-/\\~".contains(c);
    text.match_indices(ending).any(|(at, _)| text[at + ending.len()..].starts_with(|c| !is_of_path(c)))
}

/// A host and perhaps a port.
fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port),
        _ => (text, "0"),
    };
    let is_address = host.parse::<Ipv4Addr>().is_ok()
        || host.trim_start_matches('[').trim_end_matches(']').parse::<Ipv6Addr>().is_ok();
    // A dot behind a name makes it another name, and the form of a host all the same.
    let name = host.strip_suffix('.').unwrap_or(host);
    port.parse::<u16>().is_ok() && (is_address || is_domain(name) || (is_label(name) && !is_long_bare(name)))
}

/// Whether a name without a dot has more letters and digits in a row than NetBIOS has: a Base64 key in an address ends at its first
/// `/`.
fn is_long_bare(name: &str) -> bool {
    const LONGEST: usize = 15;
    let is_long = |run: &str| run.len() > LONGEST && run.bytes().any(|letter| letter.is_ascii_digit());
    !is_guid(name) && name.split('-').any(is_long)
}

fn is_domain(text: &str) -> bool {
    let is_top = |label: &str| label.len() >= 2 && label.chars().all(|c| c.is_ascii_alphabetic());
    text.len() <= LONGEST_HOST
        && text.rsplit_once('.').is_some_and(|(rest, top)| (is_top(top) || top.starts_with("xn--")) && !rest.is_empty())
        && text.split('.').all(is_label)
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && (is_guid(text) || !is_key_like(text))
}

fn is_address(text: &str) -> bool {
    let Ok(url) = crate::address::parse(text) else { return is_host(text.trim_end_matches('/')) };
    let Some(rest) = text.split_once("://").map(|(_, rest)| rest) else { return is_host(text) };
    let host = rest.split('/').next().unwrap_or_default();
    matches!(url.scheme(), "http" | "https")
        && !text.contains(['@', '?', '#'])
        && is_host(host)
        && url.path().chars().count() <= LONGEST_PATH
        && url.path().split('/').all(|part| part.is_empty() || is_guid(part) || !is_key_like(part))
}

/// Whether `text` is a scope that is no word, or one of those of OpenID Connect.
fn is_one_of_scopes(text: &str) -> bool {
    const OF_OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];
    OF_OPENID.contains(&text) || (text.contains(['/', ':']) && is_scope(text))
}

fn is_scope(text: &str) -> bool {
    let is_of_scope = |c: char| c.is_ascii_alphanumeric() || "-._:/~$*'(){}=".contains(c);
    text.len() <= LONGEST_PATH
        && text.chars().all(is_of_scope)
        && (text.contains(['/', ':']) || is_guid(text) || is_word(text))
        && text.split(['/', ':']).all(|part| part.is_empty() || is_guid(part) || !is_key_like(part))
}
