//! What a text looks like: a secret of a known kind, or letters and digits as chance has them.

/// Whether `text`, as the whole of a value, can be a secret: it looks like one, or like a key of hexadecimal digits. Paths,
/// dates and names of hosts and builds can be among them, so this decides only what is redacted in an echo.
pub fn may_be_secret(text: &str) -> bool {
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || "~_.+/=\\-".contains(c);
    // The names of a path can be of any kind, and change from one to the next.
    let looks_like_key = if text.starts_with('/') { text.split('/').any(is_key_like) } else { is_key_like(text) };
    kind(text).is_some() || (looks_like_key && text.chars().all(is_of_key) && !is_guid(text))
}

/// What `text` looks like, if it looks like a secret.
pub fn kind(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN ") {
        Some("a PEM text")
    } else if is_base64(text) {
        Some("a Base64 text")
    } else if text.contains("eyJ") {
        Some("a JWT")
    } else if has_login(text) {
        Some("an address with a user name or password")
    } else if ["sig=", "AccountKey=", "SharedAccess"].iter().any(|sign| text.contains(sign)) {
        Some("a shared access signature")
    } else if is_client_secret(text) {
        Some("what looks like a client secret")
    } else if text.split(|c: char| !(c.is_ascii_alphanumeric() || "~_+-".contains(c))).any(is_random)
        || text.split(|c: char| !is_of_base64(c)).any(is_base64_key)
    {
        Some("what looks like a key")
    } else {
        None
    }
}

pub(super) fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// Whether there is a user name or a password before the host of an address.
fn has_login(text: &str) -> bool {
    text.split("://").skip(1).any(|rest| login(rest.split(' ').next().unwrap_or_default()).is_some())
}

/// How long the user name and the password are in `address`, which begins behind `://`. A password can hold a `/`, `?` or `#`
/// that should have been percent-encoded: what is before it has then a `:` without a port.
pub fn login(address: &str) -> Option<usize> {
    let host = address.split(['/', '?', '#']).next().unwrap_or_default();
    let has_port = |(_, port): (&str, &str)| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    let is_whole = host.contains('@') || host.starts_with('[') || host.split_once(':').is_none_or(has_port);
    // Of a password with an `@` and one of these, the host seems to be between them.
    let is_in_doubt = host.rsplit_once('@').is_some_and(|(login, behind)| {
        login.contains(':') || (behind.contains(':') && address[host.len()..].contains('@'))
    });
    if is_whole && !is_in_doubt { host.rfind('@') } else { address.rfind('@') }
}

/// As a PFX is pasted. A shorter one is found by its letters.
pub fn is_base64(text: &str) -> bool {
    const SHORTEST: usize = 200;
    text.len() >= SHORTEST
        && text.chars().all(|c| is_of_base64(c) || c.is_ascii_whitespace())
        && text.split('/').any(is_random)
}

fn is_of_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+/=".contains(letter)
}

/// A key in Base64, whose `/` can be anywhere: no part between two of them need be long. What only begins with `/` is a path,
/// unless it is the host of an address.
pub fn is_base64_key(text: &str) -> bool {
    let text = text.strip_prefix("//").unwrap_or(text);
    (!text.starts_with('/') || text.contains(['+', '='])) && is_random(text)
}

/// Entra ID writes client secrets as three characters, a digit, `Q~` and some 34 more.
fn is_client_secret(text: &str) -> bool {
    // The URL parser writes hosts in lower case.
    text.to_ascii_uppercase().split_whitespace().any(|word| {
        word.match_indices("Q~")
            .any(|(at, _)| word[..at].ends_with(|c: char| c.is_ascii_digit()) && word[at..].chars().nth(19).is_some())
    })
}

/// Whether letters and digits change as often as chance has it. Words and names of hosts do not; the check knows no case,
/// because the URL parser writes hosts in lower case.
pub(super) fn is_key_like(text: &str) -> bool {
    const SHORTEST: usize = 25;
    holds_hex_key(text)
        || holds_long_run(text)
        || (text.len() >= SHORTEST && changes(text, |c| if c.is_ascii_digit() { 1 } else { 2 }) > 0.2)
}

/// Letters and digits without a sign among them, longer than names are. Some tokens are of small letters and few digits.
fn holds_long_run(text: &str) -> bool {
    const SHORTEST: usize = 40;
    let has_both = |run: &str| run.chars().any(|c| c.is_ascii_digit()) && run.chars().any(|c| c.is_ascii_alphabetic());
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| run.len() >= SHORTEST && has_both(run))
}

/// Of sixteen bytes or more, as Azure writes the keys of its accounts: by chance, letters and digits change seldom in some.
fn holds_hex_key(text: &str) -> bool {
    const SHORTEST: usize = 32;
    text.split(|c: char| !c.is_ascii_hexdigit()).any(|run| run.len() >= SHORTEST)
}

/// Whether small letters, capitals and digits change as often as chance has it.
fn is_random(text: &str) -> bool {
    const SHORTEST: usize = 20;
    let has = |is: fn(&char) -> bool| text.chars().any(|c| is(&c));
    text.len() >= SHORTEST
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_digit)
        && changes(text, |c| if c.is_ascii_digit() { 1 } else { 2 + u8::from(c.is_ascii_lowercase()) }) > 0.35
}

/// How often neighbours among the letters and digits of `text` are of different classes, from 0 to 1.
fn changes(text: &str, class: fn(char) -> u8) -> f64 {
    let letters: Vec<u8> = text.chars().filter(char::is_ascii_alphanumeric).map(class).collect();
    let changed = letters.windows(2).filter(|pair| pair[0] != pair[1]).count();
    #[expect(clippy::cast_precision_loss, reason = "texts of 2^53 letters do not come here")]
    let share = changed as f64 / letters.len().max(1) as f64;
    share
}

/// Whether a letter is not seen itself: it joins or parts others, breaks their line, or turns their direction.
pub(crate) fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
        || matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}
