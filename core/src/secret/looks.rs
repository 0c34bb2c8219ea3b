//! Secrets that are known by their looks.

use crate::shown;

pub(super) const REDACTED: &str = "[redacted]";

/// `text` without PEM texts, JSON web tokens, keys, and the user names and passwords of addresses.
pub(super) fn redact(text: &str) -> String {
    redact_keys(&redact_logins(&redact_tokens(&redact_bearers(&redact_base64(&redact_pem(text))))))
}

/// `text` without keys of hexadecimal digits.
pub(super) fn redact_digits(text: &str) -> String {
    const SHORTEST: usize = 32;
    replace_runs(text, |c| c.is_ascii_hexdigit(), |_, run| run.len() >= SHORTEST)
}

/// `text` without what stands behind the name of a secret, as in connection strings, forms and JSON.
pub(super) fn redact_named(text: &str) -> String {
    let small = text.to_ascii_lowercase();
    let mut clean = String::with_capacity(text.len());
    // One search for the end of a bare value serves all signs before that end: a text can be of nothing but signs.
    let (mut end, mut bare_end) = (0, 0);
    for (at, sign) in text.match_indices(['=', ':']) {
        let before = small[..at].trim_end();
        let name = before.trim_end_matches(['"', '\'', '\\']);
        let is_field = sign == "=" || name.len() < before.len();
        let behind = &text[at + 1..];
        let value = behind.trim_start_matches(' ');
        let is_behind_blank = value.len() < behind.len();
        let opening = value.trim_start_matches('\\');
        let is_escaped = opening.len() < value.len();
        let (start, value_end) = if let Some(quote) = opening.chars().next().filter(|c| "\"'".contains(*c)) {
            let start = text.len() - opening.len() + 1;
            (start, start + length_in_quotes(&text[start..], quote, is_escaped))
        } else {
            let start = text.len() - opening.len();
            if bare_end < start {
                bare_end = start + bare_length(&text[start..]);
            }
            (start, bare_end)
        };
        if at >= end && names_secret(name, &text[start..value_end], is_field, is_behind_blank) {
            clean.push_str(&text[end..start]);
            clean.push_str(REDACTED);
            end = value_end;
        }
    }
    clean.push_str(&text[end..]);
    clean
}

/// How long a value is whose opening quotation mark stands before `text`; the marks can be escaped, in JSON within JSON.
fn length_in_quotes(text: &str, quote: char, is_escaped: bool) -> usize {
    let mut slashes = 0;
    for (at, c) in text.char_indices() {
        match c {
            '\\' => slashes += 1,
            _ if c == quote && (if is_escaped { slashes == 1 } else { slashes % 2 == 0 }) => {
                return at - usize::from(is_escaped);
            }
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
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_-. \"'".contains(c);
    let end = text.char_indices().take(LONGEST).find(|(_, c)| !is_of_name(*c));
    match text.chars().next() {
        Some(c) if !c.is_whitespace() && !"&;,)}]".contains(c) => end.is_some_and(|(at, c)| at > 0 && "=:".contains(c)),
        _ => true,
    }
}

/// Whether what ends in `name` is the name of a secret, and `value` is more than the next word of a sentence: "the client
/// secret: invalid", "no token: AADSTS50076: Due to".
fn names_secret(name: &str, value: &str, is_field: bool, is_behind_blank: bool) -> bool {
    const SHORTEST: usize = 6;
    const OF_FIELDS: [&str; 8] = ["secret", "key", "keys", "token", "signature", "sig", "pass", "credential"];
    const ALWAYS: [&str; 10] = [
        "password",
        "passphrase",
        "passwd",
        "pwd",
        "client_secret",
        "client-secret",
        "api_key",
        "api-key",
        "apikey",
        "access_key",
    ];
    let ends_in = |names: &[&str]| names.iter().any(|it| name.ends_with(it));
    // Other codes are numbers of errors, as is that of Microsoft's page about one.
    let is_code = || ends_in(&["?code", "&code"]) && value.contains(|c: char| c.is_ascii_alphabetic());
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
    // The name first: most signs have none before them, and a value can be long.
    let is_named = if is_field {
        ends_in(&OF_FIELDS) || ends_in(&ALWAYS) || is_code()
    } else {
        ends_in(&ALWAYS) && !is_of_sentence()
    };
    is_named && value.chars().nth(SHORTEST - 1).is_some() && !is_placeholder()
}

/// A key without its end goes on to the end of the text.
fn redact_pem(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("-----BEGIN ") {
        clean.push_str(&rest[..at]);
        clean.push_str(REDACTED);
        let end = rest[at..].find("-----END ").map(|end| at + end + "-----END ".len());
        rest = end.and_then(|end| rest[end..].split_once("-----")).map_or("", |(_, after)| after);
    }
    clean.push_str(rest);
    clean
}

/// Files and keys in Base64, in which the beginning of a token can stand by chance; tokens and words have letters of their own.
fn redact_base64(text: &str) -> String {
    replace_runs(
        text,
        |c| c.is_ascii_alphanumeric() || "+/=".contains(c),
        |before, run| {
            let is_part = before.ends_with(['.', '-', '_', '~']) || run.starts_with(TOKEN_START);
            !is_part && (shown::is_base64(run) || (run.contains('/') && shown::is_base64_key(run)))
        },
    )
}

/// What stands behind `Bearer`, whatever it looks like; not the parameters of a challenge.
fn redact_bearers(text: &str) -> String {
    const SHORTEST: usize = 16;
    replace_runs(text, is_of_token, |before, run| {
        let scheme = before.trim_end();
        let is_bearer = scheme.len() < before.len()
            && scheme
                .len()
                .checked_sub("bearer".len())
                .and_then(|at| scheme.get(at..))
                .is_some_and(|it| it.eq_ignore_ascii_case("bearer"));
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        is_bearer && run.len() >= SHORTEST && !run.split_once('=').is_some_and(|(name, _)| is_name(name))
    })
}

/// Words that look like a client secret, a signature or another key.
fn redact_keys(text: &str) -> String {
    replace_runs(
        text,
        |c| c.is_ascii_alphanumeric() || "~_+.%-".contains(c) || OF_PERSONAL_TOKENS.contains(&c),
        |before, word| {
            before.ends_with("sig=")
                || shown::kind(word).is_some()
                || (word.contains(OF_PERSONAL_TOKENS) && shown::kind(&word.replace(OF_PERSONAL_TOKENS, "")).is_some())
        },
    )
}

/// `text` without its longest runs of certain letters that are secrets, by what is before them and by themselves.
fn replace_runs(text: &str, is_of_run: fn(char) -> bool, is_secret: fn(&str, &str) -> bool) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_of_run) {
        let (before, run) = rest.split_at(start);
        let (run, after) = run.split_at(run.find(|c| !is_of_run(c)).unwrap_or(run.len()));
        clean.push_str(before);
        let is_secret = is_secret(&clean, run);
        clean.push_str(if is_secret { REDACTED } else { run });
        rest = if is_secret { behind_lines(run, after) } else { after };
    }
    clean.push_str(rest);
    clean
}

/// Signs in the tokens of personal accounts.
const OF_PERSONAL_TOKENS: [char; 3] = ['*', '!', '$'];

fn is_of_token(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_.~+/=".contains(letter) || OF_PERSONAL_TOKENS.contains(&letter)
}

/// `after` without the lines that go on with the secret whose line before them is `run`: the last line can be too short to
/// look like one.
fn behind_lines<'a>(run: &str, after: &'a str) -> &'a str {
    /// Mails and PEM tools break at 64 and 76.
    const SHORTEST_LINE: usize = 60;
    const BREAKS: [&str; 4] = ["\r\n", "\n", r"\r\n", r"\n"];
    let (mut after, mut line) = (after, run.len());
    while line >= SHORTEST_LINE {
        let Some(next) = BREAKS.iter().find_map(|it| after.strip_prefix(it)) else { break };
        line = next.find(|c| !is_of_token(c)).unwrap_or(next.len());
        // A line of words goes on behind the first.
        let is_whole = next[line..].chars().next().is_none_or(|c| "\r\n\\\"'<,;)}]".contains(c));
        if line == 0 || !is_whole {
            break;
        }
        after = &next[line..];
    }
    after
}

/// A JSON web token of any issuer begins with the base64url of `{"`.
const TOKEN_START: &str = "eyJ";

fn redact_tokens(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(TOKEN_START) {
        clean.push_str(&rest[..at]);
        // The letters can be in the middle of a secret of another form.
        clean.truncate(clean.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "~_.+-".contains(c)).len());
        clean.push_str(REDACTED);
        let token = &rest[at..];
        let end = token.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(token.len());
        rest = behind_lines(&token[..end], &token[end..]);
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
        let end = address.find(|c: char| c.is_whitespace() || "\"'<>".contains(c)).unwrap_or(address.len());
        rest = address;
        if let Some(login) = shown::login(&address[..end]) {
            clean.push_str(REDACTED);
            rest = &address[login..];
        }
    }
    clean.push_str(rest);
    clean
}
