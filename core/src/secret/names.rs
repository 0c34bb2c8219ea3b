//! Secrets that are known by the names before them.

use super::looks::REDACTED;

/// Words at the end of a secret's name. A longer word can end in one of them, as `dbpassword` does.
const SECRETS: [&str; 15] = [
    "secret",
    "secrets",
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "key",
    "keys",
    "token",
    "tokens",
    "signature",
    "credential",
    "credentials",
];
/// The same, of words that are the end of other words.
const SHORT: [&str; 4] = ["sig", "pat", "pw", "auth"];
/// Behind these can stand what tells several apart, as in `PASSWORD_PROD`.
const WITH_SUFFIX: [&str; 6] = ["secret", "secrets", "password", "passwords", "passwd", "passphrase"];
/// With these behind it, a name is that of what is told about a secret.
const ABOUT: [&str; 24] = [
    "file", "path", "url", "uri", "id", "ids", "name", "names", "dir", "type", "expiry", "expires", "version",
    "length", "endpoint", "count", "limit", "in", "at", "on", "policy", "hint", "required", "provider",
];

/// Whether a field or a variable of this name holds a secret: in any notation, as `client_secret`, `clientSecret` and
/// `API_KEY_2`.
pub fn is_name_of_secret(name: &str) -> bool {
    are_of_secret(&words(name))
}

fn are_of_secret(words: &[String]) -> bool {
    let ends = |word: &str| SECRETS.iter().any(|it| word.ends_with(it)) || SHORT.contains(&word);
    let is_of_key = |pair: &[String]| {
        ["api", "access", "account", "subscription", "shared", "private"].contains(&pair[0].as_str())
            && pair[1] == "key"
    };
    let has_suffix = words.iter().any(|word| WITH_SUFFIX.contains(&word.as_str())) || words.windows(2).any(is_of_key);
    // `AZURE_TOKEN_CREDENTIALS` names classes.
    let is_about = matches!(words, [.., kind, what] if kind == "token" && what == "credentials")
        || words.last().is_some_and(|word| ABOUT.contains(&word.as_str()));
    !is_about && (has_suffix || words.last().is_some_and(|word| ends(word)))
}

/// The words of a name, in small letters and without numbers.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for letter in name.chars() {
        if !letter.is_alphabetic() || (was_small && letter.is_uppercase()) {
            words.push(String::new());
        }
        was_small = letter.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphabetic()) {
            word.extend(letter.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `text` without what stands behind the name of a secret, as in connection strings, forms and JSON.
pub(super) fn redact_named(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    // One search for the end of a bare value serves all signs before that end: a text can be of nothing but signs.
    let (mut end, mut bare_end) = (0, 0);
    for (at, sign) in text.match_indices(['=', ':']) {
        let before = text[..at].trim_end();
        let unquoted = before.trim_end_matches(['"', '\'', '\\']);
        let name = Name::at_end(unquoted);
        if at < end || !name.may_be_of_secret() {
            continue;
        }
        let behind = &text[at + 1..];
        let bare = behind.trim_start_matches(' ');
        let opening = bare.trim_start_matches('\\');
        let quote = opening.chars().next().filter(|c| "\"'".contains(*c));
        let (start, value_end) = if let Some(quote) = quote {
            let start = text.len() - opening.len() + 1;
            (start, start + length_in_quotes(&text[start..], quote, bare.len() - opening.len()))
        } else {
            let start = text.len() - opening.len();
            if bare_end < start {
                bare_end = start + bare_length(&text[start..]);
            }
            (start, bare_end)
        };
        let value = &text[start..value_end];
        // As Node writes an object, its names are bare and its values are not.
        let is_field =
            sign == "=" || unquoted.len() < before.len() || (quote.is_some() && !value.contains(char::is_whitespace));
        if name.is_of_secret(value, is_field, bare.len() < behind.len()) {
            clean.push_str(&text[end..start]);
            clean.push_str(REDACTED);
            end = value_end;
        }
    }
    clean.push_str(&text[end..]);
    clean
}

/// How long a value is whose opening quotation mark stands before `text`, behind so many backslashes: in JSON within JSON the
/// marks are escaped, and those within the value once more.
fn length_in_quotes(text: &str, quote: char, escapes: usize) -> usize {
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
fn bare_length(text: &str) -> usize {
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
    let is_of_pair = |c: char| is_of_name(c) || " \"'".contains(c);
    let end = text.char_indices().take(LONGEST).find(|(_, c)| !is_of_pair(*c));
    match text.chars().next() {
        Some(c) if !c.is_whitespace() && !"&;,)}]".contains(c) => end.is_some_and(|(at, c)| at > 0 && "=:".contains(c)),
        _ => true,
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-.".contains(letter)
}

/// What stands before a sign, and can be the name of a value.
struct Name<'a> {
    before: &'a str,
    words: Vec<String>,
}

impl<'a> Name<'a> {
    /// The name at the end of `before`.
    fn at_end(before: &'a str) -> Self {
        let words = words(&before[before.trim_end_matches(is_of_name).len()..]);
        Self { before, words }
    }

    fn may_be_of_secret(&self) -> bool {
        /// What OAuth's errors begin with, as `invalid_token: …`.
        const OF_ERRORS: [&str; 8] = ["invalid", "expired", "missing", "unknown", "unsupported", "bad", "wrong", "no"];
        let is_of_error = self.words.len() > 1 && OF_ERRORS.contains(&self.words[0].as_str());
        !is_of_error && (are_of_secret(&self.words) || self.is_code())
    }

    /// Other codes are numbers of errors, as is that of Microsoft's page about one.
    fn is_code(&self) -> bool {
        ["?code", "&code"].iter().any(|it| self.before.ends_with(it))
    }

    /// Whether `value` is a secret, and more than the next word of a sentence: "the client secret: invalid", "no token:
    /// AADSTS50076: Due to".
    fn is_of_secret(&self, value: &str, is_field: bool, is_behind_blank: bool) -> bool {
        const SHORTEST: usize = 6;
        /// In prose, other single words before a colon are seldom names.
        const SINGLE_WORDS: [&str; 5] = ["password", "passphrase", "passwd", "pwd", "apikey"];
        let is_of_sentence = || {
            let word = value.trim_end_matches(['.', '!', '?']);
            (is_behind_blank && word.chars().all(char::is_alphabetic)) || word.ends_with(':') || word.contains("://")
        };
        // A command of a shell, or what a reader fills in.
        let is_placeholder = || {
            value.starts_with("$(")
                || value.starts_with(['$', '%', '<'])
                    && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "$%(){}<>_".contains(c))
        };
        let is_code_of_words = || self.is_code() && value.contains(|c: char| c.is_ascii_alphabetic());
        let is_single = || self.words.last().is_some_and(|word| SINGLE_WORDS.iter().any(|it| word.ends_with(it)));
        let is_named = if is_field {
            are_of_secret(&self.words) || is_code_of_words()
        } else {
            are_of_secret(&self.words) && (self.words.len() > 1 || is_single()) && !is_of_sentence()
        };
        is_named && value.chars().nth(SHORTEST - 1).is_some() && !is_placeholder()
    }
}
