//! The bounds of the value behind a name.

/// What `bare` begins with, behind the brackets of a list or an option and the letters before quotation marks, if there is one; and
/// that mark.
pub(super) fn opening(bare: &str) -> (&str, Option<char>) {
    let quote_of = |text: &str| text.trim_start_matches('\\').chars().next().filter(|c| "\"'".contains(*c));
    let inner = bare.trim_start_matches(['[', '(']);
    let inner = inner.strip_prefix("Some(").unwrap_or(inner);
    let inner = inner.strip_prefix(['b', 'u']).filter(|rest| quote_of(rest).is_some()).unwrap_or(inner);
    match quote_of(inner) {
        Some(quote) => (inner, Some(quote)),
        None => (bare.trim_start_matches('\\'), None),
    }
}

/// How long a value is whose opening quotation mark stands before `text`, behind so many backslashes: in JSON within JSON the
/// marks are escaped, and those within the value once more.
pub(super) fn length_in_quotes(text: &str, quote: char, escapes: usize) -> usize {
    let mut slashes = 0;
    for (at, c) in text.char_indices() {
        match c {
            '\\' => slashes += 1,
            _ if c == quote && (slashes == escapes || (escapes == 0 && slashes % 2 == 0)) => return at - escapes,
            _ => slashes = 0,
        }
    }
    text.len()
}

/// How long a value without quotation marks is: up to a blank or a mark, or a sign before the next name, as a password can
/// hold such a sign.
pub(super) fn bare_length(text: &str) -> usize {
    let is_end = |(at, c): &(usize, char)| {
        // In an address the last name can be without a value.
        let is_last = || text[at + 1..].chars().take_while(|c| !c.is_whitespace()).all(|c| c.is_ascii_alphanumeric());
        c.is_whitespace()
            || "\"'".contains(*c)
            || ("&;,)".contains(*c) && begins_with_name(&text[at + 1..]))
            || (*c == '&' && is_last())
    };
    text.char_indices().find(is_end).map_or(text.len(), |(at, _)| at)
}

/// Whether a name and its sign come next, or a blank, a sign or nothing.
fn begins_with_name(text: &str) -> bool {
    const LONGEST: usize = 40;
    let is_of_pair = |c: char| is_of_name(c) || " \"'[]".contains(c);
    let end = text.char_indices().take(LONGEST).find(|(_, c)| !is_of_pair(*c));
    match text.chars().next() {
        Some('[') => false,
        Some(c) if !c.is_whitespace() && !"&;,)}]".contains(c) => end.is_some_and(|(at, c)| at > 0 && "=:".contains(c)),
        _ => true,
    }
}

/// Whether a name can have this letter.
pub(super) fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-.".contains(letter)
}
