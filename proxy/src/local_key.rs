//! The local keys, one of which a client must present.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::shown::may_be_secret;
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use subtle::ConstantTimeEq;

use crate::headers::{KEYS, SUBPROTOCOL, words};

/// A shorter key could be guessed.
pub const SHORTEST: usize = 32;
/// The fewest different characters of a key: less than one of ten million random keys has fewer, but a letter that is
/// repeated or a word does.
const FEWEST_CHARACTERS: usize = 8;
/// The addon's `ENTRA_ID_PLACEHOLDER`, which is public.
const PUBLIC: &str = "entra-id-placeholder-not-an-api-key";

/// By SHA-256.
pub type Digest = [u8; 32];

/// Keys, only by their digests, with their names.
pub struct LocalKeys(Vec<Key>);

/// A local key.
pub struct Key {
    name: Option<String>,
    digest: Digest,
    /// Of the key in small letters, with the sum and the number of its bytes: by these it is found within a longer text.
    small: Digest,
    sum: u32,
    length: usize,
}

impl fmt::Debug for LocalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

impl Key {
    /// Its name, which is empty if it has none.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// What tells it from the others.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

impl LocalKeys {
    /// The keys in `text`: one a line, as `key` or `name=key`; empty lines and those after `#` are passed over. `place` is
    /// the variable or the file that holds it.
    ///
    /// # Errors
    /// `Configuration` with the number of the line, never with what it holds.
    pub fn parse(text: &str, place: &str) -> Result<Self, Failure> {
        let mut keys: Vec<Key> = Vec::new();
        for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, key) = match line.split_once('=') {
                Some((name, key)) => (Some(name.trim()), key.trim()),
                None => (None, line),
            };
            let wrong = |what: &str| {
                Failure::configuration(format!("line {number} of {place} {what}"))
                    .with_next_step("write one key a line, or name=key; `openssl rand -hex 32` makes a key")
            };
            if !key.bytes().all(is_of_key) {
                return Err(wrong("has a key with characters other than letters, digits, '-', '.', '_' and '~'"));
            }
            if key.len() < SHORTEST {
                return Err(wrong(&format!("has a key of fewer than {SHORTEST} characters")));
            }
            if key.bytes().collect::<HashSet<u8>>().len() < FEWEST_CHARACTERS {
                return Err(wrong(&format!("has a key of fewer than {FEWEST_CHARACTERS} different characters")));
            }
            if key == PUBLIC {
                return Err(wrong("has the placeholder of azure-openai-entra, which is public"));
            }
            if name.is_some_and(|name| !(1..=64).contains(&name.len()) || !name.bytes().all(is_of_key)) {
                return Err(wrong("has a name with characters other than letters, digits, '-', '.', '_' and '~'"));
            }
            if name.is_some_and(may_be_secret) {
                return Err(wrong(
                    "has a name that looks like a key, and names are in the log: perhaps they are swapped",
                ));
            }
            let digest = sha256(key.as_bytes());
            if keys.iter().any(|known| known.digest == digest) {
                return Err(wrong("repeats a key"));
            }
            let small = key.to_ascii_lowercase();
            let sum = small.bytes().map(u32::from).sum();
            let name = name.map(str::to_owned);
            keys.push(Key { name, digest, small: sha256(small.as_bytes()), sum, length: key.len() });
        }
        if keys.is_empty() {
            return Err(Failure::configuration(format!("{place} holds no key"))
                .with_next_step("write one key a line; `openssl rand -hex 32` makes a key"));
        }
        Ok(Self(keys))
    }

    /// The key that a request presents; none if it presents no local key.
    ///
    /// Every key is compared, and each in constant time.
    pub fn presented_by(&self, headers: &HeaderMap) -> Option<&Key> {
        let mut found = None;
        for presented in presented(headers) {
            let digest = sha256(presented);
            for key in &self.0 {
                if bool::from(key.digest.ct_eq(&digest)) {
                    found = Some(key);
                }
            }
        }
        found
    }

    /// Whether one of `shown` is a key.
    pub fn include_any(&self, shown: &[Digest]) -> bool {
        self.0.iter().any(|key| shown.contains(&key.digest))
    }

    /// Whether `text` is one of the keys.
    pub fn includes(&self, text: &str) -> bool {
        let digest = sha256(text.as_bytes());
        self.0.iter().fold(false, |found, key| found | bool::from(key.digest.ct_eq(&digest)))
    }

    /// Whether one of the keys stands in `text`, in letters of any case, also percent-encoded and as a part of a longer word.
    pub fn are_in(&self, text: &[u8]) -> bool {
        !self.places(text).is_empty()
            || (text.contains(&b'%') && !self.places(&percent_decode(text).collect::<Vec<u8>>()).is_empty())
    }

    /// `text` without the keys in it.
    pub fn redacted<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut places = self.places(text.as_bytes());
        if places.is_empty() {
            return text.into();
        }
        places.sort_by_key(|place| place.start);
        let (mut clean, mut end) = (String::new(), 0);
        for place in places {
            if place.start >= end {
                clean.push_str(text.get(end..place.start).unwrap_or_default());
                clean.push_str("[key]");
            }
            end = end.max(place.end);
        }
        clean.push_str(text.get(end..).unwrap_or_default());
        clean.into()
    }

    fn places(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        if text.len() < SHORTEST {
            return places;
        }
        let text = text.to_ascii_lowercase();
        for key in &self.0 {
            // The sum of the bytes of a window that slides over the text: few windows have to be digested.
            let mut sum = 0;
            for (at, byte) in text.iter().enumerate() {
                sum += u32::from(*byte);
                let Some(start) = (at + 1).checked_sub(key.length) else { continue };
                let window = text.get(start..=at).unwrap_or_default();
                if sum == key.sum && bool::from(key.small.ct_eq(&sha256(window))) {
                    places.push(start..at + 1);
                }
                sum -= window.first().map_or(0, |byte| u32::from(*byte));
            }
        }
        places
    }

    /// Removes the headers whose names or values hold a key.
    pub fn remove_from(&self, headers: &mut HeaderMap) {
        let holds = |name: &HeaderName, value: &HeaderValue| {
            self.are_in(name.as_str().as_bytes()) || self.are_in(value.as_bytes())
        };
        let names: Vec<HeaderName> =
            headers.iter().filter(|(name, value)| holds(name, value)).map(|(name, _)| name.clone()).collect();
        for name in names {
            headers.remove(name);
        }
    }
}

/// A new key.
///
/// # Errors
/// If the system gives no random numbers.
pub fn generate() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        Failure::configuration("the operating system gives no random numbers for a local key")
            .with_next_step("pass a key of your own in AZURE_OPENAI_ENTRA_PLACEHOLDER or with --key-file")
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What a request presents as a key, in every place in which clients do.
fn presented(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let plain = KEYS.iter().flat_map(|name| headers.get_all(name)).map(HeaderValue::as_bytes);
    let bearer = headers.get_all(AUTHORIZATION).iter().filter_map(|value| bearer(value.as_bytes()));
    let prefix = SUBPROTOCOL.as_bytes();
    let subprotocols = words(headers, &SEC_WEBSOCKET_PROTOCOL).filter_map(|word| word.strip_prefix(prefix));
    plain.chain(bearer).chain(subprotocols)
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, key) = value.split_at_checked(value.iter().position(|byte| *byte == b' ')?)?;
    scheme.eq_ignore_ascii_case(b"bearer").then(|| key.trim_ascii())
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn sha256(text: &[u8]) -> Digest {
    let mut bytes = [0; 32];
    for (byte, of_digest) in bytes.iter_mut().zip(digest(&SHA256, text).as_ref()) {
        *byte = *of_digest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &str, value: &str) -> HeaderMap {
        let name: HeaderName = name.parse().unwrap();
        [(name, HeaderValue::from_bytes(value.as_bytes()).unwrap())].into_iter().collect()
    }

    #[test]
    fn a_key_counts_in_every_place_in_which_clients_put_one() {
        let (first, second) = (generate().unwrap(), generate().unwrap());
        let keys = LocalKeys::parse(&format!("# keys\n\nrag={first}\n {second} \n"), "the file").unwrap();
        for (name, value, found) in [
            ("api-key", first.clone(), Some("rag")),
            ("x-api-key", first.clone(), Some("rag")),
            ("authorization", format!("Bearer {first}"), Some("rag")),
            ("authorization", format!("bearer  {second}"), Some("")),
            ("sec-websocket-protocol", format!("realtime, {SUBPROTOCOL}{first}"), Some("rag")),
            ("sec-websocket-protocol", format!("\u{e9}, {SUBPROTOCOL}{first}"), Some("rag")),
            ("authorization", first.clone(), None),
            ("authorization", format!("Basic {first}"), None),
            ("api-key", format!("{first}x"), None),
            ("api-key", format!("{first}\u{e9}"), None),
            ("authorization", format!("Bearer {first}\u{e9}"), None),
            ("api-key", first[1..].to_owned(), None),
            ("api-key", first.to_ascii_uppercase(), None),
            ("api-key", String::new(), None),
            ("api-key", "rag".to_owned(), None),
            ("ocp-apim-subscription-key", first.clone(), None),
        ] {
            assert_eq!(keys.presented_by(&headers(name, &value)).map(Key::name), found, "{name}");
        }
        assert!(keys.presented_by(&HeaderMap::new()).is_none());
        assert!(keys.includes(&second) && !keys.includes("x"));
    }

    #[test]
    fn a_key_is_found_in_every_spelling_and_beside_every_character() {
        let (first, second) = (generate().unwrap(), format!("{}-Ab", generate().unwrap()));
        let keys = LocalKeys::parse(&format!("{first}\nb={second}"), "the file").unwrap();
        for key in [&first, &second] {
            let encoded: String = key.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for text in [
                key.clone(),
                key.to_ascii_uppercase(),
                format!("sk-{key}"),
                format!("{key}."),
                format!("/a/x_{key}~/b?c=\u{e9}{key}"),
                format!("{key}{key}"),
                format!("?x={encoded}"),
                format!("?x=%{:02x}{}", key.as_bytes()[0], &key[1..]),
            ] {
                assert!(keys.are_in(text.as_bytes()), "{text}");
                let clean = keys.redacted(&text).to_ascii_lowercase();
                assert!(!clean.contains(&key.to_ascii_lowercase()), "{text}");
            }
            for text in [&key[1..], &format!("{}-{}", &key[..20], &key[20..]), "", &encoded[..90]] {
                assert!(!keys.are_in(text.as_bytes()) && keys.redacted(text) == text, "{text}");
            }
        }
        assert_eq!(keys.redacted(&format!("a{first}b{second}c")), "a[key]b[key]c");
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line_and_never_shown() {
        let key = generate().unwrap();
        for (text, what) in [
            (String::new(), "holds no key"),
            ("# only a comment".to_owned(), "holds no key"),
            (key[..31].to_owned(), "line 1 of the file has a key of fewer than 32"),
            ("x".repeat(64), "line 1 of the file has a key of fewer than 8 different characters"),
            (format!("{key}\nb={}", "0123456".repeat(8)), "line 2 of the file has a key of fewer than 8 different"),
            (format!("a={key}\nb={key}"), "line 2 of the file repeats a key"),
            (format!("{key}=="), "a key with characters other than"),
            (format!("{key} x"), "a key with characters other than"),
            (format!("a b={key}"), "a name with characters other than"),
            (format!("rag={PUBLIC}"), "line 1 of the file has the placeholder of azure-openai-entra"),
            (
                format!("{key}=the-name-of-a-client-in-western-europe"),
                "line 1 of the file has a name that looks like a key",
            ),
            (format!("={key}"), "a name with characters other than"),
        ] {
            let failure = LocalKeys::parse(&text, "the file").unwrap_err();
            assert!(failure.reason.contains(what), "{}", failure.reason);
            let told = format!("{failure:?}");
            assert!([&key[..8], "xxxx", "0123"].iter().all(|part| !told.contains(part)), "{told}");
            assert!(failure.next_step.is_some());
        }
        assert!(LocalKeys::parse(&"01234567".repeat(4), "the file").is_ok());
    }

    #[test]
    fn the_public_placeholder_is_the_addons() {
        assert!(include_str!("../../lib/environment.js").contains(&format!("ENTRA_ID_PLACEHOLDER = '{PUBLIC}'")));
    }

    #[test]
    fn two_generated_keys_differ() {
        let (first, second) = (generate().unwrap(), generate().unwrap());
        assert!(first != second && first.len() == 64);
    }
}
