//! Secrets that are known by their looks.

use azure_core::base64::decode;
use zeroize::Zeroizing;

use crate::shown;

pub(super) const REDACTED: &str = "[redacted]";

/// `text` without PEM texts, JSON web tokens, keys, and the user names and passwords of addresses.
pub(super) fn redact(text: &str) -> String {
    redact_keys(&redact_bare_logins(&redact_logins(&redact_tokens(&redact_bearers(&redact_base64(&redact_pem(text)))))))
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
    let of_run = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    // A `=` ends Base64: what stands behind it is the value of what it ends.
    let is_sign = |at: &usize| text[at + 1..].starts_with(|c| c != '=' && of_run(c));
    let signs = text.match_indices('=').map(|(at, _)| at).filter(is_sign);
    let mut clean = String::with_capacity(text.len());
    let mut start = 0;
    for end in signs.chain([text.len()]) {
        let part = redact_part(&text[start..end], of_run);
        clean.push_str(if part.starts_with(REDACTED) && start > 0 { "=" } else { "" });
        clean.push_str(&part);
        start = end;
    }
    clean
}

fn redact_part(part: &str, of_run: fn(char) -> bool) -> String {
    replace_runs(part, of_run, |before, run| {
        let is_part = before.ends_with(['.', '-', '_', '~']) || run.trim_start_matches('=').starts_with(TOKEN_START);
        // No token has these.
        let is_file = shown::is_base64(run) && run.contains(['+', '/']);
        is_file || (!is_part && (shown::is_base64(run) || (run.contains('/') && shown::is_base64_key(run))))
    })
}

/// What stands behind `Bearer` and `Basic`, whatever it looks like; not the parameters of a challenge.
fn redact_bearers(text: &str) -> String {
    const SHORTEST: usize = 16;
    const SHORTEST_BASIC: usize = 8;
    replace_runs(text, is_of_token, |before, run| {
        let scheme = before.trim_end();
        let follows = |name: &str| {
            let word = scheme.len().checked_sub(name.len()).and_then(|at| scheme.get(at..));
            scheme.len() < before.len() && word.is_some_and(|it| it.eq_ignore_ascii_case(name))
        };
        let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let is_parameter = run.split_once('=').is_some_and(|(name, _)| is_name(name));
        // A word of a sentence has neither.
        let holds_colon = || decode(run).is_ok_and(|login| Zeroizing::new(login).contains(&b':'));
        let is_login = || run.contains(|c: char| c.is_ascii_digit() || c == '=') || holds_colon();
        !is_parameter
            && ((run.len() >= SHORTEST && follows("bearer"))
                || (run.len() >= SHORTEST_BASIC && follows("basic") && is_login()))
    })
}

/// Words as people make passwords: letters, digits, and signs that no other word has between them.
pub(super) fn redact_passwords(text: &str) -> String {
    const BETWEEN: [char; 11] = ['/', '\\', ',', ';', '&', '(', ')', '[', ']', '{', '}'];
    replace_runs(
        text,
        |c| !(c.is_whitespace() || c.is_control() || "\"'`<>=:|".contains(c)),
        |_, run| {
            let is_in_path = run.contains('/');
            run.split(BETWEEN).any(|word| looks_like_password(word, is_in_path))
        },
    )
}

fn looks_like_password(word: &str, is_in_path: bool) -> bool {
    const SHORTEST: usize = 8;
    const SIGNS: [char; 7] = ['!', '#', '$', '%', '*', '@', '^'];
    /// Of a sentence, a list, a pattern or a version.
    const AROUND: [char; 8] = ['.', '!', '?', '*', '#', '^', '@', '…'];
    // As Entra ID names guests.
    let word = word.replace("#EXT#", "");
    let word = word.trim_matches(AROUND);
    let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
    let is_sign = |(at, sign): (usize, &str)| {
        let behind = &word[at + 1..];
        match sign {
            // Of a percent-encoding.
            "%" => !(behind.len() >= 2 && behind.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit)),
            // Of an id or a number, as in the subject of a federated credential.
            "@" | "#" if is_in_path && behind.chars().all(|c| c.is_ascii_digit()) => false,
            // Of a mail address, a version of a package or an image of a container.
            "@" => !behind.contains('.') && behind != "sha256",
            // Of a place in a page.
            "#" => !behind.contains('-'),
            _ => true,
        }
    };
    let is_variable = word.starts_with(['$', '%'])
        && word.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "$%_".contains(c));
    word.chars().count() >= SHORTEST
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
        && !is_variable
        && word.match_indices(SIGNS).any(is_sign)
}

/// Words that look like a client secret, a signature or another key.
fn redact_keys(text: &str) -> String {
    replace_runs(text, is_of_key, |before, word| {
        before.ends_with("sig=")
            || shown::kind(word).is_some()
            || word.split(|c: char| !c.is_ascii_alphanumeric()).any(is_personal_access_token)
            || (word.contains(OF_PERSONAL_TOKENS) && shown::kind(&word.replace(OF_PERSONAL_TOKENS, "")).is_some())
    })
}

/// Whether `word` is a token of Azure DevOps in Base32. Digests are of other lengths.
fn is_personal_access_token(word: &str) -> bool {
    const LENGTH: usize = 52;
    word.len() == LENGTH
        && word.chars().all(|c| matches!(c, 'a'..='z' | '2'..='7'))
        && word.contains(|c: char| c.is_ascii_digit())
}

/// `text` without its longest runs of certain letters that are secrets, by what is before them and by themselves.
pub(super) fn replace_runs(text: &str, is_of_run: fn(char) -> bool, is_secret: fn(&str, &str) -> bool) -> String {
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

/// The last bytes of `text`, `length` at most.
pub(super) fn end(text: &str, length: usize) -> &str {
    let start = (text.len().saturating_sub(length)..).find(|&at| text.is_char_boundary(at));
    &text[start.unwrap_or_default()..]
}

/// Signs in the tokens of personal accounts.
const OF_PERSONAL_TOKENS: [char; 3] = ['*', '!', '$'];

fn is_of_key(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "~_+.%-".contains(letter) || OF_PERSONAL_TOKENS.contains(&letter)
}

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
        clean.truncate(clean.trim_end_matches(is_of_key).len());
        clean.push_str(REDACTED);
        let token = &rest[at..];
        let end = token.find(|c| !is_of_key(c)).unwrap_or(token.len());
        rest = behind_lines(&token[..end], &token[end..]);
    }
    clean.push_str(rest);
    clean
}

/// What stands before the `@` of an address, also if the address is cut off before it: tools name the proxy that they cannot use.
fn redact_logins(text: &str) -> String {
    const BEFORE: &str = "://";
    /// A text can be of nothing but addresses.
    const LONGEST: usize = 1024;
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEFORE) {
        let (before, address) = rest.split_at(at + BEFORE.len());
        clean.push_str(before);
        let end = address.char_indices().take(LONGEST).find(|(_, c)| c.is_whitespace() || "\"'<>".contains(*c));
        let end = end.or_else(|| address.char_indices().nth(LONGEST)).map_or(address.len(), |(end, _)| end);
        rest = address;
        if let Some(login) = shown::login(&address[..end]).or_else(|| is_cut_login(&address[..end]).then_some(end)) {
            clean.push_str(REDACTED);
            rest = &address[login..];
        }
    }
    clean.push_str(rest);
    clean
}

/// Whether `address`, which has no `@`, ends within a password: what stands behind the `:` is no port.
fn is_cut_login(address: &str) -> bool {
    const SHORTEST: usize = 6;
    let host = address.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((name, password)) = host.split_once(':') else { return false };
    let has = |is: fn(&char) -> bool| password.chars().any(|c| is(&c));
    !name.is_empty()
        && !name.contains(['.', '[', ']'])
        && password.len() >= SHORTEST
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
}

/// The same without a scheme, as proxies are written: `name:password@host:port`. Without a port it can be a mail address.
fn redact_bare_logins(text: &str) -> String {
    const LONGEST: usize = 256;
    let mut clean = String::with_capacity(text.len());
    let mut end = 0;
    for (at, _) in text.match_indices('@') {
        let behind = &text[at + 1..];
        let host = behind.chars().take(LONGEST).take_while(|c| c.is_ascii_alphanumeric() || ".-".contains(*c)).count();
        let port = behind[host..].strip_prefix(':').unwrap_or_default();
        let digits = port.len() - port.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        // Of the digest of a container's image, letters follow.
        let has_port = digits > 0 && !port[digits..].starts_with(|c: char| c.is_ascii_alphabetic());
        if at < end || host == 0 || !has_port {
            continue;
        }
        let before = text[end..at].char_indices().rev().take(LONGEST);
        let start = before.take_while(|(_, c)| !c.is_whitespace() && !"\"'<>".contains(*c)).last();
        let Some(start) = start.map(|(start, _)| end + start) else { continue };
        let login = &text[start..at];
        if login.contains(':') && !login.contains("://") {
            clean.push_str(&text[end..start]);
            clean.push_str(REDACTED);
            end = at;
        }
    }
    clean.push_str(&text[end..]);
    clean
}
