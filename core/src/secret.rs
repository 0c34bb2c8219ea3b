//! Text that must not be shown.

mod digits;
mod known;
mod looks;
mod names;

use std::borrow::Cow;
use std::future::Future;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use zeroize::Zeroizing;

pub use names::is_name_of_secret;

/// A client secret, an assertion, an identity header or a token.
///
/// It has no `Debug`, `Display` or `Serialize`, so it cannot reach a log or an error by accident, and its
/// memory is wiped when the last clone goes.
///
/// ```compile_fail
/// let secret = azure_openai_entra_core::secret::Secret::new("hunter2");
/// println!("{secret:?}");
/// ```
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

tokio::task_local! {
    /// What the work of this task must not tell.
    static KNOWN: Vec<Secret>;
}

/// Does `work`, during which [`redact`] and [`scrub`] know `secrets` as well.
pub async fn keeping<F: Future>(secrets: Vec<Secret>, work: F) -> F::Output {
    KNOWN.scope(secrets, work).await
}

/// `text` without `secrets` and those that the work under way keeps, in whatever writing; without PEM texts, JSON web
/// tokens, keys, and the user names and passwords of addresses.
///
/// Endpoints and tools echo what they were sent, so whatever of theirs goes into an error passes through here.
pub fn redact(text: &str, secrets: &[&Secret]) -> String {
    looks::redact(&scrub(&without(text, secrets.iter().copied())))
}

/// The same of what others say, also without what is named a password, a secret or a key, and without keys of hexadecimal digits,
/// which keep the thumbprints of certificates and the numbers of requests.
pub fn redact_app(text: &str) -> String {
    quoted(beginning(text), &[])
}

/// The same, which knows `secrets` as well.
pub fn redact_app_knowing(text: &str, secrets: Vec<Secret>) -> String {
    KNOWN.sync_scope(secrets, || redact_app(text))
}

/// `text` without what is known for a secret, what is named one, and what looks like one, as it is written and as it is coded.
fn quoted(text: &str, secrets: &[&Secret]) -> String {
    let known = |text: &str| scrub(&without(text, secrets.iter().copied()));
    let text = known(text);
    let words: String = text.split_inclusive(char::is_whitespace).map(searched_coded).collect();
    let clean = searched(&if words == text { text } else { known(&words) });
    // A name and its value can be two words.
    let decoded = known::decoded_text(&clean);
    let clean_decoded = looks::redact_passwords(&searched(&decoded));
    if clean_decoded == *decoded { clean } else { known(&clean_decoded) }
}

/// A word as it is, or decoded if only then a secret is found in it. Of one in which more than one search finds something, a part
/// of a secret could stay: nothing of it is told.
fn searched_coded(word: &str) -> Cow<'_, str> {
    let decoded = known::decoded_text(word);
    if *decoded == word {
        return word.into();
    }
    let (clean, clean_decoded) = (searched(word), searched(&decoded));
    if clean_decoded == *decoded || *known::decoded_text(&clean) == clean_decoded {
        word.into()
    } else if clean == word {
        clean_decoded.into()
    } else {
        format!("{}{}", looks::REDACTED, &word[word.trim_end().len()..]).into()
    }
}

/// By its looks, a name can go as well, so names are searched first.
fn searched(text: &str) -> String {
    digits::redact(&looks::redact(&names::redact_named(text)))
}

/// What of `text` is searched for secrets at most: of the rest nothing is told. A program can write a megabyte, whose search for
/// every secret would take longer than all else.
fn beginning(text: &str) -> &str {
    const SEARCHED: usize = 8 * 1024;
    if text.len() <= SEARCHED {
        return text;
    }
    let cut = (0..=SEARCHED).rev().find(|&at| text.is_char_boundary(at)).unwrap_or_default();
    let whole = &text[..cut];
    // The first half of a secret is not known for one, unless it is a long one.
    let end = whole.rfind(|c: char| c.is_whitespace() || "\"',;&<>".contains(c)).unwrap_or_default();
    if end < SEARCHED / 2 { whole } else { &whole[..end] }
}

/// `text` without the secrets that the work under way keeps.
pub fn scrub(text: &str) -> String {
    let clean = |kept: &Vec<Secret>| without(text, kept);
    KNOWN.try_with(clean).unwrap_or_else(|_| text.to_owned())
}

fn without<'a>(text: &str, secrets: impl IntoIterator<Item = &'a Secret>) -> String {
    known::redact(text, &secrets.into_iter().map(Secret::expose).collect::<Vec<_>>())
}

/// The most of an endpoint's or a tool's words that goes into an error, in characters.
pub const QUOTE_LIMIT: usize = 600;

/// The words of an endpoint or a tool as an error may show them: on one line, short, without secrets and what is named one.
pub fn quote(words: &str, secrets: &[&Secret]) -> String {
    let visible: String = beginning(words).chars().filter(|c| !c.is_control() || c.is_whitespace()).collect();
    // Redacted before it is cut, so that no half of a secret stays.
    let line = quoted(&visible, secrets).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTE_LIMIT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests;
