//! Which values a message may show.
//!
//! People swap variables and paste the wrong text, so any value can be a secret. A value is shown only if it has the form
//! that its setting asks for. A message describes every other value by its length and by what it looks like. If the setting asks
//! for one of a few words, each of which the message names, that is every value but those: of the names of credentials,
//! which are long, one of letters is shown.
//!
//! `lib/shown.js` has the same rules. Both are tested on `shown/values.json`.

mod form;
mod likeness;

pub use form::Form;
pub(crate) use likeness::is_unseen;
pub use likeness::{is_base64, is_base64_key, kind, login, may_be_secret};

use url::{Position, Url};

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

/// An address for a sentence that says what is wrong with it: one of the web is shown, and a word is no address.
pub fn quoted_address(text: &str) -> String {
    let is_address = ["http://", "https://"].iter().any(|scheme| text.trim().starts_with(scheme));
    if is_address && !has_hidden_break(text) { quoted(Form::Url, text) } else { described(text) }
}

/// What is wrong with `text`, which the URL parser refuses with `error`. Of a host it takes ASCII only: no table of Unicode is
/// built in, and versions of it differ.
pub fn not_a_url(text: &str, error: url::ParseError) -> String {
    if text.is_ascii() {
        format!("is not a URL ({error})")
    } else {
        "is not a URL: write the letters beyond ASCII in its host as Punycode (xn--)".to_owned()
    }
}

/// The same as [`shown`], of a value that may be absent.
pub fn shown_if(form: Form, text: Option<&str>) -> Option<String> {
    text.map(|text| shown(form, text))
}

/// Whether `text`, the value of a setting, can be a secret in the wrong place: it has not the form that the setting asks for,
/// or looks like a secret. An endpoint that echoes it must not bring it into an error.
pub fn is_misplaced(form: Form, text: &str) -> bool {
    may_be_secret(text.trim()) || shown(form, text) != text.trim()
}

/// Whether each part of `text`, a value of which nothing is known but that a tool is handed it, has the form of some setting. What
/// has none can be a password.
pub fn is_ordinary(text: &str) -> bool {
    const FORMS: [Form; 5] = [Form::Word, Form::Path, Form::Host, Form::Url, Form::Scope];
    /// No path that tools name has these.
    const OF_PASSWORDS: &str = "!%&^|<>`\"";
    let is_part = |part: &str| {
        // As in `NO_PROXY`.
        let part = part.trim_start_matches('*').trim_start_matches('.');
        let place = part
            .split_once("?api-version=")
            .map_or(part, |(place, version)| if is_version(version) { place } else { part });
        part.is_empty()
            || (!place.contains(|c| OF_PASSWORDS.contains(c))
                && !may_be_secret(place)
                && (FORMS.iter().any(|form| form.fits(place)) || place.split('.').all(|word| Form::Word.fits(word))))
    };
    !may_be_secret(text) && text.split([' ', ',', ';']).all(is_part)
}

/// Of an API: a date or a number.
pub fn is_version(text: &str) -> bool {
    const LONGEST: usize = 24;
    text.len() <= LONGEST && text.starts_with(|c: char| c.is_ascii_digit()) && Form::Word.fits(&text.replace('.', "-"))
}

/// Whether `address` has a line break or a tab in it, which the URL parser leaves out: what it joins can look like a host, and
/// would be shown as one.
pub fn has_hidden_break(address: &str) -> bool {
    address.trim().contains(['\r', '\n', '\t'])
}

/// In place of an address whose host can be a part of a password.
pub const IN_DOUBT: &str = "an address with an @ behind its host";

/// Whether the host of `url` can be a part of a user name or a password: of one with a `/`, `?` or `#` in it, the parser takes what
/// is before that for the host, or what stands between an `@` and it.
pub fn has_doubtful_host(url: &Url) -> bool {
    url[Position::AfterPort..].contains('@')
}

/// The length of `text` and what it looks like: "a PEM text of 1,704 characters".
pub fn described(text: &str) -> String {
    let what = kind(text.trim()).unwrap_or("a text");
    let count = text.chars().count();
    let plural = if count == 1 { "" } else { "s" };
    format!("{what} of {} character{plural}", grouped(count))
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
            (
                Form::Scope,
                vec![
                    "https://ai.azure.com/.default",
                    "api://72f988bf-86f1-41af-91ab-2d7cd011db47/x",
                    "s",
                    "openid api://x/a https://h/.default",
                ],
            ),
            (Form::Word, vec!["nonsense", "VARIABLE_2"]),
            (Form::Words, vec!["prod,dev", "prod, dev", "ManagedIdentityCredential"]),
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
            (Form::Words, "three horses swim", "a text of 17 characters"),
            (Form::Scope, "three horses swim", "a text of 17 characters"),
            (Form::Scope, "three api://x", "a text of 13 characters"),
            (Form::Scope, "api://x\napi://y", "a text of 15 characters"),
            (Form::Scope, &"a".repeat(41), "a text of 41 characters"),
            (Form::Host, "", "a text of 0 characters"),
            (Form::Word, "é", "a text of 1 character"),
            (Form::Word, &format!("{}{}-dev", "a".repeat(16), "1".repeat(16)), "a text of 36 characters"),
        ] {
            assert_eq!(shown(form, text), told, "{form:?}");
        }
        assert_eq!(described(&format!("-----BEGIN {}", "x".repeat(1693))), "a PEM text of 1,704 characters");
    }

    /// The table that JavaScript's rules are tested on as well.
    #[test]
    fn both_languages_show_the_same() {
        #[derive(serde::Deserialize)]
        struct Row {
            form: String,
            text: Vec<Piece>,
            shown: String,
        }
        /// In pieces, so that the table holds no text that looks like a secret.
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Piece {
            Once(String),
            Repeated(String, usize),
        }

        let rows: Vec<Row> = serde_json::from_str(include_str!("shown/values.json")).unwrap();
        assert!(rows.len() > 50);
        for Row { form, text, shown: expected } in rows {
            let form = match form.as_str() {
                "host" => Form::Host,
                "path" => Form::Path,
                "words" => Form::Words,
                other => panic!("no form {other}"),
            };
            let pieces = text.iter().map(|piece| match piece {
                Piece::Once(text) => text.clone(),
                Piece::Repeated(text, times) => text.repeat(*times),
            });
            let text: String = pieces.collect();
            assert_eq!(shown(form, &text), expected, "{text} as {form:?}");
        }
    }

    #[test]
    fn a_secret_has_no_form() {
        for round in 0..20 {
            for plant in planted() {
                for form in FORMS {
                    // The URL parser writes hosts in lower case.
                    let is_of_hosts = matches!(form, Form::Tenant | Form::Host | Form::Url);
                    let lower = is_of_hosts.then(|| plant.text.to_ascii_lowercase());
                    let in_address = Some(format!("https://{}/x", plant.text));
                    for text in [Some(plant.text.clone()), lower, in_address].into_iter().flatten() {
                        let told = shown(form, &text);
                        assert!(!plant.is_in(&told), "{} as {form:?} in round {round}: {told}", plant.what);
                    }
                }
            }
        }
    }
}
