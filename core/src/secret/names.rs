//! Secrets that are known by the names before them.

mod value;

use self::value::{bare_length, is_of_name, length_in_quotes, opening};
use super::known::{LONGEST_WORD, is_written_as_words};
use super::looks::{REDACTED, end};

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
/// The ends of names of public keys. .NET's `PublicKeyToken` is a part of the name of a library.
const PUBLIC: [&[&str]; 7] = [
    &["public", "key"],
    &["public", "keys"],
    &["public", "key", "value"],
    &["public", "key", "token"],
    &["publickey"],
    &["publickeys"],
    &["publickeytoken"],
];

/// Whether a field or a variable of this name holds a secret: in any notation, as `client_secret`, `clientSecret` and
/// `API_KEY_2`.
pub fn is_name_of_secret(name: &str) -> bool {
    are_of_secret(&words(name))
}

fn are_of_secret(words: &[String]) -> bool {
    let ends = |word: &str| SECRETS.iter().any(|it| word.ends_with(it)) || SHORT.contains(&word);
    let is_last =
        |names: &[&str]| words.iter().rev().map(String::as_str).take(names.len()).eq(names.iter().rev().copied());
    let is_of_key = |pair: &[String]| {
        ["api", "access", "account", "subscription", "shared", "private"].contains(&pair[0].as_str())
            && pair[1] == "key"
    };
    let has_suffix = words.iter().any(|word| WITH_SUFFIX.contains(&word.as_str())) || words.windows(2).any(is_of_key);
    // `AZURE_TOKEN_CREDENTIALS` names classes.
    let is_about = is_last(&["token", "credentials"])
        || PUBLIC.iter().any(|names| is_last(names))
        || words.last().is_some_and(|word| ABOUT.contains(&word.as_str()));
    let named = match words {
        [.., named, value] if value == "value" => Some(named),
        _ => words.last(),
    };
    !is_about && (has_suffix || named.is_some_and(|word| ends(word)))
}

/// The words of a name, in small letters and without numbers.
pub(super) fn words(name: &str) -> Vec<String> {
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

/// `text` without what stands behind the name of a secret, as in connection strings, forms, JSON, commands and sentences.
pub(super) fn redact_named(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    // One search for the end of a bare value serves all signs before that end: a text can be of nothing but signs.
    let (mut end, mut bare_end) = (0, 0);
    for (at, sign) in text.match_indices(['=', ':', ',', ' ']) {
        if at < end || (sign == " " && text[..at].ends_with(char::is_whitespace)) {
            continue;
        }
        let before = text[..at].trim_end();
        let unquoted = before.trim_end_matches(['"', '\'', '\\']);
        let has_quotes = unquoted.len() < before.len();
        let unquoted = without_index(unquoted, sign);
        let behind = &text[at + 1..];
        let bare = behind.strip_prefix('>').filter(|_| sign == "=").unwrap_or(behind).trim_start_matches(' ');
        let (opening, quote) = opening(bare);
        // A comma and a blank are signs only between two quotation marks, before one, or behind a flag.
        let can_be_sign = match sign {
            "," => (has_quotes && quote.is_some()) || is_flag(unquoted),
            " " => quote.is_some() || is_flag(unquoted),
            _ => true,
        };
        let Some(name) = can_be_sign.then(|| Name::at_end(unquoted)).filter(Name::may_be_of_secret) else { continue };
        // What `Post "https://login.example/token": context deadline exceeded` ends in.
        if sign == ":" && name.before.ends_with('/') {
            continue;
        }
        let (start, value_end) = if let Some(quote) = quote {
            let start = text.len() - opening.len() + opening.find(quote).map_or(0, |at| at + 1);
            let escapes = start - 1 - (text.len() - opening.len());
            (start, start + length_in_quotes(&text[start..], quote, escapes))
        } else {
            let start = text.len() - opening.len();
            if bare_end < start {
                bare_end = start + bare_length(&text[start..]);
            }
            (start, bare_end)
        };
        let value = &text[start..value_end];
        let is_one_word = quote.is_some() && !value.contains(char::is_whitespace);
        let notation = match sign {
            "," | " " if is_flag(unquoted) => Notation::Flag { is_certain: sign == " " || quote.is_some() },
            "," => Notation::Pair { is_whole: name.is_behind_bracket() && is_before_bracket(&text[value_end..]) },
            " " => Notation::Quoted { is_one_word },
            // As Node writes an object, its names are bare and its values are not.
            ":" if !has_quotes && (!is_one_word || name.is_of_error_about(value)) => {
                Notation::Colon { is_behind_blank: bare.len() < behind.len() }
            }
            _ => Notation::Field,
        };
        if name.is_of_secret(value, notation) {
            clean.push_str(&text[end..start]);
            clean.push_str(REDACTED);
            end = value_end;
        }
    }
    clean.push_str(&text[end..]);
    clean
}

/// `text` without the index of a list behind its last name, as in `password[0]`, or the bracket of a form, as in `user[password]=`.
fn without_index<'a>(text: &'a str, sign: &str) -> &'a str {
    let of_list =
        |text: &'a str| text.strip_suffix(']')?.trim_end_matches(|c: char| c.is_ascii_digit()).strip_suffix('[');
    let name = of_list(text).unwrap_or(text);
    let of_form = name.strip_suffix(']').filter(|_| sign == "=");
    of_form.map_or(name, |name| name.trim_end_matches(['"', '\'', '\\']))
}

/// How a name and its value stand beside each other.
#[derive(Clone, Copy)]
enum Notation {
    /// `name=value`, and the fields of objects.
    Field,
    /// `name: value`, which sentences have as well.
    Colon { is_behind_blank: bool },
    /// `('name', 'value')`, with nothing else between the brackets.
    Pair { is_whole: bool },
    /// `--name value`, also as the list of arguments that programs print: `'--name', 'value'`. Without quotation marks, a list can be one of flags.
    Flag { is_certain: bool },
    /// `name 'value'`.
    Quoted { is_one_word: bool },
}

/// Whether `before` ends with a flag of a command, such as `--api-key`, or PowerShell's `-ApiKey`.
fn is_flag(before: &str) -> bool {
    last_word(before).1.starts_with('-')
}

fn is_before_bracket(after: &str) -> bool {
    after.trim_start_matches('\\').strip_prefix(['"', '\'']).is_some_and(|rest| rest.starts_with([')', ']']))
}

/// What stands before a sign, and can be the name of a value.
struct Name<'a> {
    before: &'a str,
    words: Vec<String>,
    /// Whether a sentence names it: in several words, or with another word behind it.
    is_phrase: bool,
}

impl<'a> Name<'a> {
    /// The name at the end of `text`.
    fn at_end(text: &'a str) -> Self {
        /// Words between the name and the value, as in "Incorrect API key provided: …".
        const BETWEEN: [&str; 6] = ["provided", "given", "supplied", "value", "is", "was"];
        /// The first words of names of two.
        const KINDS: [&str; 12] = [
            "api",
            "access",
            "account",
            "subscription",
            "shared",
            "private",
            "client",
            "refresh",
            "service",
            "storage",
            "user",
            "application",
        ];
        let (mut before, mut word) = last_word(text);
        let has_word_between = BETWEEN.contains(&word);
        if has_word_between {
            (before, word) = before.strip_suffix(' ').map_or(("", ""), last_word);
        }
        let mut words = words(word);
        if let ([_], Some(rest)) = (words.as_slice(), before.strip_suffix(' ')) {
            let kind = last_word(rest).1.to_ascii_lowercase();
            if KINDS.contains(&kind.as_str()) {
                words.insert(0, kind);
                return Self { before, words, is_phrase: true };
            }
        }
        Self { before, words, is_phrase: has_word_between }
    }

    fn may_be_of_secret(&self) -> bool {
        are_of_secret(&self.words) || self.is_code() || self.is_of_login() || self.is_of_command()
    }

    /// Whether it is the code of an error, as `invalid_token`, or a call, as `getToken`. Only sentences have these before a colon.
    fn is_of_error(&self) -> bool {
        const CALLS: [&str; 2] = ["get", "acquire"];
        const ERRORS: [&str; 8] = ["invalid", "expired", "missing", "unknown", "unsupported", "bad", "wrong", "no"];
        let [before @ .., what] = self.words.as_slice() else { return false };
        let is = |word: Option<&String>, of: &[&str]| word.is_some_and(|word| of.contains(&word.as_str()));
        let is_before = is(before.last(), &ERRORS) || is(before.last(), &CALLS);
        !self.is_of_password() && (is_before || (what.ends_with("token") && is(before.first(), &CALLS)))
    }

    /// Whether a sentence tells the reason of an error behind it, as in `invalid_token: 'expired'`, and no object has it.
    fn is_of_error_about(&self, value: &str) -> bool {
        self.is_of_error() && !is_of_more_than_words(value) && !self.before.trim_end().ends_with(['{', ','])
    }

    /// In prose, other single words before a colon are seldom names.
    fn is_of_password(&self) -> bool {
        const PASSWORDS: [&str; 5] = ["password", "passphrase", "passwd", "pwd", "apikey"];
        self.words.last().is_some_and(|word| PASSWORDS.iter().any(|it| word.ends_with(it)))
    }

    /// Other codes are numbers of errors, as is that of Microsoft's page about one.
    fn is_code(&self) -> bool {
        self.before.ends_with(['?', '&']) && matches!(self.words.as_slice(), [word] if word == "code")
    }

    /// Whether it is the user name of `curl -u name:password`.
    fn is_of_login(&self) -> bool {
        const NEAR: usize = 16;
        let before = end(self.before, NEAR);
        let command = before.trim_end_matches([' ', ',', '"', '\'', '\\']);
        command.len() < before.len() && matches!(last_word(command).1, "-u" | "--user")
    }

    /// Whether it is the flag `-p` of a command to log in, such as `az login -u name -p password`.
    fn is_of_command(&self) -> bool {
        matches!(self.words.as_slice(), [word] if word == "p") && {
            const NEAR: usize = 256;
            let parts = end(self.before, NEAR).split([' ', ',', '"', '\'', '\\', '[', '(']);
            let line = parts.filter(|part| !part.is_empty()).fold(String::from(" "), |line, part| line + part + " ");
            line.contains(" login ") && [" -u ", " --user"].iter().any(|flag| line.contains(flag))
        }
    }

    /// Whether only an opening bracket and quotation marks stand before it.
    fn is_behind_bracket(&self) -> bool {
        let before = self.before.trim_end_matches(['"', '\'', '\\']);
        before.strip_suffix(['b', 'u']).unwrap_or(before).ends_with(['(', '['])
    }

    /// Whether `value` is a secret, and more than the next word of a sentence: "the client secret: invalid", "no token:
    /// AADSTS50076: Due to".
    fn is_of_secret(&self, value: &str, notation: Notation) -> bool {
        const SHORTEST: usize = 6;
        /// Of a longer value the beginning is judged: a text can be of nothing but names.
        const JUDGED: usize = 512;
        let is_before_colon = value.trim_end_matches(['.', '!', '?']).ends_with(':');
        let value = value.char_indices().nth(JUDGED).map_or(value, |(at, _)| &value[..at]);
        let is_of_sentence = |is_behind_blank: bool| {
            let word = value.trim_end_matches(['.', '!', '?', ',', '`']);
            let letters: Vec<char> = word.trim_start_matches('$').chars().collect();
            let is_word = letters.iter().all(|c| c.is_alphabetic())
                && (letters.len() <= LONGEST_WORD || is_written_as_words(&letters));
            is_before_colon || (is_behind_blank && is_word) || word.starts_with("error:") || word.contains("://")
        };
        // A command of a shell, or what a reader fills in, as `<password>` and PowerShell's `<String>`.
        let in_brackets = value.strip_prefix('<').and_then(|it| it.trim_end_matches([']', '.']).strip_suffix('>'));
        let is_placeholder = || {
            value.starts_with("$(")
                || in_brackets.is_some_and(|name| name.chars().all(|c| c.is_alphabetic() || "-_".contains(c)))
                || value.starts_with(['$', '%', '<'])
                    && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "$%(){}<>_".contains(c))
        };
        let is_code_of_words = || self.is_code() && value.contains(|c: char| c.is_ascii_alphabetic());
        let is_secret = are_of_secret(&self.words);
        // The classes of credentials.
        let is_class = || self.words.last().is_some_and(|word| word == "credential") && !is_of_more_than_words(value);
        let is_named = match notation {
            Notation::Colon { .. } if is_class() => false,
            Notation::Colon { is_behind_blank: true } if self.is_of_error() => false,
            Notation::Field => is_secret || is_code_of_words(),
            Notation::Colon { is_behind_blank: false } if self.is_of_login() => !value.starts_with("//"),
            Notation::Colon { is_behind_blank } => {
                let is_name = !self.is_phrase && (self.words.len() > 1 || self.is_of_password());
                let is_told = (self.is_phrase || !is_behind_blank) && is_of_more_than_words(value);
                is_secret && (is_name || is_told) && !is_of_sentence(is_behind_blank)
            }
            Notation::Pair { is_whole } => is_secret && is_whole && is_of_more_than_words(value),
            Notation::Flag { is_certain } => {
                (is_secret || self.is_of_command())
                    && (is_certain || is_of_more_than_words(value))
                    && !value.trim_start_matches('[').starts_with('-')
                    && !is_of_sentence(true)
            }
            Notation::Quoted { is_one_word } => {
                is_secret
                    && is_one_word
                    && (self.words.len() > 1 || self.is_of_password())
                    && is_of_more_than_words(value)
            }
        };
        is_named && value.chars().nth(SHORTEST - 1).is_some() && !is_placeholder()
    }
}

/// The last word of `text`, and what stands before it.
fn last_word(text: &str) -> (&str, &str) {
    text.split_at(text.trim_end_matches(is_of_name).len())
}

/// Whether `value` is neither a word of a sentence or a name, nor the code of an error or a path.
fn is_of_more_than_words(value: &str) -> bool {
    let is_path = value.starts_with(['/', '.', '~']) || value.get(1..).is_some_and(|rest| rest.starts_with(":\\"));
    !is_path && !value.starts_with("AADSTS") && value.contains(|c: char| c.is_ascii_digit() || "!@#$%^&+=~".contains(c))
}

#[cfg(test)]
mod tests;
