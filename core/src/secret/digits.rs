//! Keys of hexadecimal digits.

use super::looks::{end, replace_runs};
use super::names::words;

/// `text` without keys of hexadecimal digits: those that are not told to be an id.
pub(super) fn redact(text: &str) -> String {
    const SHORTEST: usize = 32;
    replace_runs(text, |c| c.is_ascii_hexdigit(), |before, run| run.len() >= SHORTEST && !announces_id(before))
}

/// Whether the digits behind `before` are the thumbprint of a certificate or an id, which messages show.
fn announces_id(before: &str) -> bool {
    const NEAR: usize = 64;
    /// As in "Thumbprint of key used by client: '…'".
    const NEAR_WORDS: usize = 6;
    /// The last is that of `sha256:`.
    const OF_IDS: [&str; 5] = ["id", "identifier", "thumbprint", "traceparent", "sha"];
    let words = words(end(before, NEAR));
    words.last().is_some_and(|word| OF_IDS.contains(&word.as_str()))
        || words.iter().rev().take(NEAR_WORDS).any(|word| word == "thumbprint")
}
