//! Which values a message may show.
//!
//! People swap variables and paste the wrong text, so any value can be a secret. A value is shown only if it has the form
//! that its setting asks for. A message describes every other value by its length and by what it looks like.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::Url;

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
    /// An OAuth scope or its resource, or several that blanks separate.
    Scope,
    /// A word of ASCII letters, digits, `_` and `-`.
    Word,
    /// Words of letters, `_` and `-`, separated by commas or blanks.
    Words,
}

const LONGEST_PATH: usize = 255;
const LONGEST_HOST: usize = 253;
const LONGEST_WORD: usize = 40;

/// `text` if it has the form that its setting asks for; else its length and what it looks like.
pub fn shown(form: Form, text: &str) -> String {
    let trimmed = text.trim();
    if kind(trimmed).is_none() && form.fits(trimmed) { trimmed.to_owned() } else { described(text) }
}

/// The same for a sentence: a value stands in quotation marks, a description does not.
pub fn quoted(form: Form, text: &str) -> String {
    let told = shown(form, text);
    match text.trim() {
        trimmed if told != trimmed => told,
        trimmed if trimmed == text => format!("'{told}'"),
        _ => format!("'{told}' with white space around it"),
    }
}

/// The same in a command to copy: `placeholder` stands for a value that is not shown.
pub fn argument(form: Form, text: &str, placeholder: &str) -> String {
    let told = shown(form, text);
    if told == text { told } else { placeholder.to_owned() }
}

/// The same as [`shown`], of a value that may be absent.
pub fn shown_if(form: Form, text: Option<&str>) -> Option<String> {
    text.map(|text| shown(form, text))
}

/// The length of `text` and what it looks like: "a PEM text of 1,704 characters".
pub fn described(text: &str) -> String {
    let what = kind(text.trim()).unwrap_or("a text");
    let count = text.chars().count();
    let plural = if count == 1 { "" } else { "s" };
    format!("{what} of {} character{plural}", grouped(count))
}

/// Whether `text`, as the whole of a value, can be a secret: it looks like one, or like a key of hexadecimal digits. Paths,
/// dates and names of hosts and builds can be among them, so this decides only what is redacted in an echo.
pub fn may_be_secret(text: &str) -> bool {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || "~_.+/=-".contains(c);
    kind(text).is_some() || (is_key_like(text) && text.chars().all(is_of_key) && !is_guid(text))
}

/// What `text` looks like, if it looks like a secret.
pub fn kind(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") {
        Some("a PEM text")
    } else if is_base64(text) {
        Some("a Base64 text")
    } else if text.contains("eyJ") {
        Some("a JWT")
    } else if has_login(text) {
        Some("an address with a user name or password")
    } else if ["sig=", "AccountKey=", "SharedAccess"].iter().any(|sign| text.contains(sign)) {
        Some("a shared access signature")
    } else if is_client_secret(text) {
        Some("what looks like a client secret")
    } else if text.split(|c: char| !(c.is_ascii_alphanumeric() || "~_+-".contains(c))).any(is_random)
        || text.split(|c: char| !is_of_base64(c)).any(is_base64_key)
    {
        Some("what looks like a key")
    } else {
        None
    }
}

impl Form {
    fn fits(self, text: &str) -> bool {
        match self {
            Self::Tenant => is_tenant(text),
            Self::Guid => is_guid(text),
            Self::Identity => is_guid(text) || (text.starts_with("/subscriptions/") && is_path(text)),
            Self::Subscription => is_guid(text) || is_name(text),
            Self::Path => is_path(text),
            Self::Host => is_host(text),
            Self::Url => is_address(text),
            Self::Scope => text.split_ascii_whitespace().all(is_scope),
            Self::Word => is_word(text),
            Self::Words => text.split([' ', ',', ';']).all(|word| word.is_empty() || is_plain_word(word)),
        }
    }
}

fn is_tenant(text: &str) -> bool {
    const NAMES: [&str; 4] = ["common", "organizations", "consumers", "adfs"];
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(text)) || is_guid(text) || is_domain(text)
}

fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
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
    const ENDINGS: [&str; 9] = [".pem", ".crt", ".cer", ".key", ".pfx", ".p12", ".txt", ".jwt", ".json"];
    let names_a_file = ENDINGS.iter().any(|ending| text.to_ascii_lowercase().ends_with(ending));
    (1..=LONGEST_PATH).contains(&text.chars().count())
        && !text.contains(char::is_control)
        && (text.contains(['/', '\\']) || names_a_file)
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
    port.parse::<u16>().is_ok() && (is_address || is_domain(name) || is_label(name))
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
    let Ok(url) = Url::parse(text) else { return is_host(text.trim_end_matches('/')) };
    let Some(rest) = text.split_once("://").map(|(_, rest)| rest) else { return is_host(text) };
    let host = rest.split('/').next().unwrap_or_default();
    matches!(url.scheme(), "http" | "https")
        && !text.contains(['@', '?', '#'])
        && is_host(host)
        && url.path().chars().count() <= LONGEST_PATH
        && url.path().split('/').all(|part| part.is_empty() || is_guid(part) || !is_key_like(part))
}

fn is_scope(text: &str) -> bool {
    let is_of_scope = |c: char| c.is_ascii_alphanumeric() || "-._:/~$*'(){}=".contains(c);
    text.len() <= LONGEST_PATH
        && text.chars().all(is_of_scope)
        && (text.contains(['/', ':']) || is_guid(text) || is_word(text))
        && text.split(['/', ':']).all(|part| part.is_empty() || is_guid(part) || !is_key_like(part))
}

/// Whether there is a user name or a password before the host of an address.
fn has_login(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| rest.split(['/', '?', '#', ' ']).next().is_some_and(|host| host.contains('@')))
}

/// As a PFX is pasted. A shorter one is found by its letters.
pub fn is_base64(text: &str) -> bool {
    const SHORTEST: usize = 200;
    text.len() >= SHORTEST
        && text.chars().all(|c| is_of_base64(c) || c.is_ascii_whitespace())
        && text.split('/').any(is_random)
}

fn is_of_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+/=".contains(letter)
}

/// A key in Base64, whose `/` can be anywhere: no part between two of them need be long. What only begins with `/` is a path.
pub fn is_base64_key(text: &str) -> bool {
    (!text.starts_with('/') || text.contains(['+', '='])) && is_random(text)
}

/// Entra ID writes client secrets as three characters, a digit, `Q~` and some 34 more.
fn is_client_secret(text: &str) -> bool {
    // The URL parser writes hosts in lower case.
    !text.contains(' ')
        && text
            .to_ascii_uppercase()
            .match_indices("Q~")
            .any(|(at, _)| text[..at].ends_with(|c: char| c.is_ascii_digit()) && text[at..].len() >= 20)
}

/// Whether letters and digits change as often as chance has it. Words and names of hosts do not; the check knows no case,
/// for the URL parser writes hosts in lower case.
fn is_key_like(text: &str) -> bool {
    const SHORTEST: usize = 25;
    text.len() >= SHORTEST && changes(text, |c| if c.is_ascii_digit() { 1 } else { 2 }) > 0.2
}

/// Whether small letters, capitals and digits change as often as chance has it.
fn is_random(text: &str) -> bool {
    const SHORTEST: usize = 20;
    let has = |is: fn(&char) -> bool| text.chars().any(|c| is(&c));
    text.len() >= SHORTEST
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_digit)
        && changes(text, |c| if c.is_ascii_digit() { 1 } else { 2 + u8::from(c.is_ascii_lowercase()) }) > 0.35
}

/// How often neighbours among the letters and digits of `text` are of different classes, from 0 to 1.
fn changes(text: &str, class: fn(char) -> u8) -> f64 {
    let letters: Vec<u8> = text.chars().filter(char::is_ascii_alphanumeric).map(class).collect();
    let changed = letters.windows(2).filter(|pair| pair[0] != pair[1]).count();
    #[expect(clippy::cast_precision_loss, reason = "texts of 2^53 letters do not come here")]
    let share = changed as f64 / letters.len().max(1) as f64;
    share
}

/// `1704` as `1,704`.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::planted;

    const FORMS: [Form; 10] = [
        Form::Tenant,
        Form::Guid,
        Form::Identity,
        Form::Subscription,
        Form::Path,
        Form::Host,
        Form::Url,
        Form::Scope,
        Form::Word,
        Form::Words,
    ];

    #[test]
    fn a_value_of_the_form_is_shown() {
        let guid = "72f988bf-86f1-41af-91ab-2d7cd011db47";
        for (form, texts) in [
            (Form::Tenant, vec![guid, "contoso.onmicrosoft.com", "common", "Organizations", "adfs"]),
            (Form::Guid, vec![guid]),
            (Form::Identity, vec![guid, "/subscriptions/x/resourceGroups/g/providers/p/userAssignedIdentities/i"]),
            (Form::Subscription, vec![guid, "Pay-As-You-Go", "Visual Studio Enterprise 2024"]),
            (
                Form::Path,
                vec![
                    "/var/run/secrets/azure/tokens/azure-identity-token",
                    r"C:\Program Files\certs\Contoso2024.pfx",
                    "cert.pem",
                    "./a b",
                    "/var/lib/docker/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08/key",
                ],
            ),
            (
                Form::Host,
                vec!["localhost:8080", "169.254.169.254", "[fd00::1]:443", "my-proxy", "login.microsoftonline.com"],
            ),
            (Form::Url, vec!["https://login.microsoftonline.us/", "http://127.0.0.1:4141/msi/token", "proxy.corp:80"]),
            (Form::Scope, vec!["https://ai.azure.com/.default", "api://72f988bf-86f1-41af-91ab-2d7cd011db47/x", "s"]),
            (Form::Word, vec!["nonsense", "VARIABLE_2"]),
            (Form::Words, vec!["prod,dev", "prod dev", "ManagedIdentityCredential"]),
        ] {
            for text in texts {
                assert_eq!(shown(form, text), text, "{form:?}");
            }
        }
    }

    #[test]
    fn a_value_of_another_form_is_described() {
        for (form, text, told) in [
            (Form::Tenant, "hunter2", "a text of 7 characters"),
            (Form::Guid, "my app", "a text of 6 characters"),
            (Form::Path, "hunter2", "a text of 7 characters"),
            (Form::Path, "a\nb/c", "a text of 5 characters"),
            (Form::Path, &"/a".repeat(128), "a text of 256 characters"),
            (Form::Url, "https://host.example/?a=b", "a text of 25 characters"),
            (Form::Url, "https://joe@host.example", "an address with a user name or password of 24 characters"),
            (Form::Word, "x y", "a text of 3 characters"),
            (Form::Host, "", "a text of 0 characters"),
            (Form::Word, "é", "a text of 1 character"),
        ] {
            assert_eq!(shown(form, text), told, "{form:?}");
        }
        assert_eq!(described(&format!("-----BEGIN {}", "x".repeat(1693))), "a PEM text of 1,704 characters");
    }

    #[test]
    fn a_secret_has_no_form() {
        for round in 0..20 {
            for plant in planted() {
                for form in FORMS {
                    // The URL parser writes hosts in lower case.
                    let is_of_hosts = matches!(form, Form::Tenant | Form::Host | Form::Url);
                    let lower = is_of_hosts.then(|| plant.text.to_ascii_lowercase());
                    for text in [Some(plant.text.clone()), lower].into_iter().flatten() {
                        let told = shown(form, &text);
                        assert!(!plant.is_in(&told), "{} as {form:?} in round {round}: {told}", plant.what);
                    }
                }
            }
        }
    }
}
