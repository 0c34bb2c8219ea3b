//! How a fact or an instruction is written out.

use std::fmt;

/// The most of a fact or an instruction, in characters: more than any of this package's own has.
const LONGEST: usize = 4_000;

/// `text` without what is beyond that.
pub(super) fn bounded(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Writes a sentence with a capital and a stop.
pub(super) fn write_sentence(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let text = visible(text.trim());
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if first.is_lowercase() && !begins_with_a_name(&text) => {
            write!(f, "{}{}", first.to_uppercase(), letters.as_str())?;
        }
        _ => f.write_str(&text)?,
    }
    // A command is there to be copied: no stop sticks to it.
    if text.ends_with(['.', '!', '?']) || text.contains("following command: ") { Ok(()) } else { f.write_str(".") }
}

/// `text` with control characters, but for line breaks, written out, and with what turns the direction of a line or breaks it in some
/// programs only: one at the end of a variable is why it is wrong, and none is for the reader's terminal.
fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.replace("\r\n", "\n").chars() {
        if letter != '\n' && (letter.is_control() || is_of_lines(letter)) {
            visible.extend(letter.escape_default());
        } else {
            visible.push(letter);
        }
    }
    visible
}

/// The separators and the marks of direction: <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>.
fn is_of_lines(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A sentence begins with a capital, but a name keeps its case: a program, a host, an option (`authorityHost`).
fn begins_with_a_name(text: &str) -> bool {
    let word = text.split_whitespace().next().unwrap_or_default();
    let word = word.trim_end_matches(|c: char| c.is_ascii_punctuation());
    ["az", "azd", "pwsh", "powershell", "localhost"].contains(&word)
        || !word.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '\'')
}
