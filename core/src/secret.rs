//! Text that must not be shown.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use zeroize::Zeroizing;

/// A client secret, an assertion, an identity header or a token.
///
/// It has no `Debug`, `Display` or `Serialize`, so it cannot reach a log or an error by accident, and its
/// memory is wiped when the last clone goes.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// The text itself, for the request that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expose().hash(state);
    }
}

/// `text` with every one of `secrets`, as it is, as a form or as JSON has it, everything that looks like a JSON web token,
/// and the user names and passwords of addresses replaced.
///
/// Endpoints and tools echo what they were sent, so whatever of theirs goes into an error passes through here.
pub fn redact(text: &str, secrets: &[&Secret]) -> String {
    const WRITINGS: [Writing; 3] = [as_it_is, in_a_form, in_json];
    let mut clean = text.to_owned();
    for secret in secrets.iter().map(|s| s.expose()).filter(|s| !s.is_empty()) {
        for writing in WRITINGS {
            clean = redact_one(&clean, secret, writing);
        }
    }
    redact_logins(&redact_tokens(&clean))
}

/// What follows a letter in a text that begins with it, in one way of writing letters.
type Writing = for<'a> fn(char, &'a str) -> Option<&'a str>;

fn as_it_is(letter: char, text: &str) -> Option<&str> {
    text.strip_prefix(letter)
}

/// Percent-encoded or not: encoders differ in what they leave as it is, and in the case of the digits.
fn in_a_form(letter: char, text: &str) -> Option<&str> {
    let coded = letter.encode_utf8(&mut [0; 4]).bytes().try_fold(text, |text, byte| code("%", 2, byte.into(), text));
    let blank = || text.strip_prefix('+').filter(|_| letter == ' ');
    coded.or_else(blank).or_else(|| text.strip_prefix(letter))
}

/// Escaped or not: encoders differ in what they escape beyond what they must.
fn in_json(letter: char, text: &str) -> Option<&str> {
    let coded = letter.encode_utf16(&mut [0; 2]).iter().try_fold(text, |text, &unit| code("\\u", 4, unit, text));
    let escaped = || text.strip_prefix('\\')?.strip_prefix(letter).filter(|_| "\"\\/".contains(letter));
    coded.or_else(escaped).or_else(|| text.strip_prefix(letter))
}

/// What follows `value` in a text that begins with it as so many hexadecimal digits behind a `mark`.
fn code<'a>(mark: &str, digits: usize, value: u16, text: &'a str) -> Option<&'a str> {
    let (digits, rest) = text.strip_prefix(mark)?.split_at_checked(digits)?;
    (u16::from_str_radix(digits, 16) == Ok(value)).then_some(rest)
}

fn redact_one(text: &str, secret: &str, writing: Writing) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        match secret.chars().try_fold(rest, |rest, letter| writing(letter, rest)) {
            Some(after) => {
                clean.push_str(REDACTED);
                rest = after;
            }
            None => {
                clean.push(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    clean
}

const REDACTED: &str = "[redacted]";

/// The most of somebody else's words that goes into an error, in characters.
pub const QUOTE_LIMIT: usize = 600;

/// The words of an endpoint or a tool as an error may show them: on one line, short, and without secrets.
pub fn quote(words: &str, secrets: &[&Secret]) -> String {
    let visible: String = words.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect();
    // Redacted before it is cut, so that no half of a secret stays.
    let line = redact(&visible, secrets).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTE_LIMIT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A JSON web token begins with the base64url of `{"`, whoever issued it.
const TOKEN_START: &str = "eyJ";

fn redact_tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(TOKEN_START) {
        clean.push_str(&rest[..at]);
        clean.push_str(REDACTED);
        let token = &rest[at..];
        let end = token.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        rest = end.map_or("", |end| &token[end..]);
    }
    clean.push_str(rest);
    clean
}

/// What stands before the `@` of an address: tools name the proxy that they cannot use.
fn redact_logins(text: &str) -> String {
    const BEFORE: &str = "://";
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEFORE) {
        let (before, address) = rest.split_at(at + BEFORE.len());
        clean.push_str(before);
        let end = address.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(address.len());
        rest = address;
        if let Some(login) = address[..end].rfind('@') {
            clean.push_str(REDACTED);
            rest = &address[login..];
        }
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_and_every_token_is_replaced() {
        let secret = Secret::new("hunter~2");
        for (text, clean) in [
            ("no secret here", "no secret here"),
            ("sent hunter~2, hunter~2!", "sent [redacted], [redacted]!"),
            ("client_secret=hunter%7E2&x", "client_secret=[redacted]&x"),
            ("got eyJ0eXAi.eyJhdWQi.c2ln\" back", "got [redacted]\" back"),
            ("ends in eyJ0eXAi", "ends in [redacted]"),
            ("é eyJ é", "é [redacted] é"),
            ("parse \"http://joe:p@ss%zz@proxy:3128/\": invalid", "parse \"http://[redacted]@proxy:3128/\": invalid"),
            ("at https://joe@proxy, https://host/a@b", "at https://[redacted]@proxy, https://host/a@b"),
            ("a scheme://", "a scheme://"),
        ] {
            assert_eq!(redact(text, &[&secret]), clean);
        }
    }

    #[test]
    fn a_secret_is_known_in_every_writing() {
        let secret = Secret::new("a \"é\\~+/");
        for text in [
            r#"a "é\~+/"#,
            "a+%22%C3%A9%5C%7E%2B%2F",
            "a%20%22%c3%a9%5c~%2b/",
            r#"a \"é\\~+/"#,
            r#"a \"\u00e9\\~+\/"#,
            r#"a\u0020\u0022\u00E9\u005C~\u002B\u002f"#,
        ] {
            assert_eq!(redact(&format!("<{text}>"), &[&secret]), "<[redacted]>", "{text}");
        }
        for text in ["a", "a%2", "a%", "a\\", "a\\u00", "%", "\\u00e", "a%20%22é", "aé"] {
            assert_eq!(redact(text, &[&secret]), text);
        }
        assert_eq!(redact("😀%F0%9F%98%80\\uD83D\\uDE00", &[&Secret::new("😀")]), "[redacted][redacted][redacted]");
    }

    #[test]
    fn a_quotation_is_one_line_without_control_characters() {
        let secret = Secret::new("hunter2");
        assert_eq!(quote("\u{1b}[31mred\u{7}\r\n\tand hun\u{0}ter2\u{85}", &[&secret]), "[31mred and [redacted]");
    }

    #[test]
    fn an_empty_secret_replaces_nothing() {
        assert_eq!(redact("abc", &[&Secret::new("")]), "abc");
    }
}
