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

/// `text` with every one of `secrets`, as it is or as a form has it, and everything that looks like a JSON web
/// token replaced.
///
/// Endpoints and tools echo what they were sent, so whatever of theirs goes into an error passes through here.
pub fn redact(text: &str, secrets: &[&Secret]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets.iter().map(|s| s.expose()).filter(|s| !s.is_empty()) {
        let in_a_form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        clean = clean.replace(secret, "[redacted]").replace(&in_a_form, "[redacted]");
    }
    redact_tokens(&clean)
}

/// The most of somebody else's words that goes into an error, in characters.
pub const QUOTE_LIMIT: usize = 600;

/// The words of an endpoint or a tool as an error may show them: on one line, short, and without secrets.
pub fn quote(words: &str, secrets: &[&Secret]) -> String {
    // Redacted before it is cut, so that no half of a secret stays.
    let line = redact(words, secrets).split_whitespace().collect::<Vec<_>>().join(" ");
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
        clean.push_str("[redacted]");
        let token = &rest[at..];
        let end = token.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)));
        rest = end.map_or("", |end| &token[end..]);
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
        ] {
            assert_eq!(redact(text, &[&secret]), clean);
        }
    }

    #[test]
    fn an_empty_secret_replaces_nothing() {
        assert_eq!(redact("abc", &[&Secret::new("")]), "abc");
    }
}
