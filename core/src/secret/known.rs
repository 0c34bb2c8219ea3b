//! Secrets that are known by their text, however an endpoint or a tool writes them.

use azure_core::base64::{encode, encode_url_safe};
use zeroize::{Zeroize, Zeroizing};

use super::looks::REDACTED;

/// A third of a secret is one: texts are cut off at either end, or in the middle.
const PARTS: usize = 3;
/// Fewer letters are found in words that hold no secret.
const SHORTEST: usize = 8;
/// One coding stands in another: JSON in a form in a page.
const DEEPEST: usize = 4;
/// A longer secret is a PEM text, whose encodings are known by their looks.
const LONGEST_ENCODED: usize = 256;

/// `text` without `secrets`, as they are, in another case, coded, broken or cut off.
pub(super) fn redact(text: &str, secrets: &[&str]) -> String {
    if secrets.is_empty() {
        return text.to_owned();
    }
    let read = read(text);
    let letters: Zeroizing<Vec<char>> = Zeroizing::new(read.iter().map(|it| it.letter).collect());
    let small_letters = small(&letters);
    let is_in_word = |at: usize| read.get(at).is_some_and(|it| it.in_word);
    let found = secrets.iter().flat_map(|secret| writings(secret)).flat_map(|secret| {
        let enough = secret.len().min(SHORTEST.max(secret.len().div_ceil(PARTS)));
        // A path or a name can hold the words of a variable's name, which is no part of it in another case.
        let mut found = parts(&letters, &secret, enough, is_in_word);
        found.extend(parts(&small_letters, &small(&secret), secret.len(), is_in_word));
        found
    });
    let mut ranges: Vec<(usize, usize)> =
        found.map(|(first, length)| (read[first].start, read[first + length - 1].end)).collect();
    ranges.sort_unstable();
    let (mut clean, mut end) = (String::with_capacity(text.len()), 0);
    for (from, to) in ranges {
        if from >= end {
            clean.push_str(&text[end..from]);
            clean.push_str(REDACTED);
        }
        end = end.max(to);
    }
    clean.push_str(&text[end..]);
    clean
}

/// The letters of a secret as they are compared: as it is, in Base64, of which it can be a part, and in hexadecimal digits.
fn writings(secret: &str) -> Vec<Zeroizing<Vec<char>>> {
    let compared = |text: &str| Zeroizing::new(read(text).iter().map(|it| it.letter).collect());
    let mut writings = vec![compared(secret)];
    if (SHORTEST..=LONGEST_ENCODED).contains(&secret.len()) {
        let digits =
            |byte: u8| [byte / 16, byte % 16].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default());
        writings.push(Zeroizing::new(secret.bytes().flat_map(digits).collect()));
        for before in 0..3 {
            let bytes = Zeroizing::new([&[0; 2][..before], secret.as_bytes()].concat());
            // Without the letters that other bytes have a part in.
            let own = (before * 4).div_ceil(3)..bytes.len() * 4 / 3;
            writings.extend(
                [encode(&*bytes), encode_url_safe(&*bytes)].map(|text| compared(&Zeroizing::new(text)[own.clone()])),
            );
        }
    }
    writings
}

fn small(letters: &[char]) -> Zeroizing<Vec<char>> {
    Zeroizing::new(letters.iter().map(|letter| letter.to_lowercase().next().unwrap_or(*letter)).collect())
}

/// Where parts of `secret` of `enough` letters or more stand in `letters`, and their lengths.
///
/// In a word or a number a short secret is by chance, and without it the sentence cannot be read.
fn parts(letters: &[char], secret: &[char], enough: usize, is_in_word: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let beginning = enough.min(SHORTEST);
    let (mut found, mut at) = (Vec::new(), 0);
    if enough == 0 {
        return found;
    }
    let is_short = secret.len() < SHORTEST;
    // Every part of enough letters holds one of these beginnings whole.
    let places = (0..=secret.len() - beginning).step_by(enough - beginning + 1);
    let beginnings: Vec<(usize, &[char])> = places.map(|place| (place, &secret[place..place + beginning])).collect();
    while at < letters.len() {
        let common = |&(place, beginning): &(usize, &[char])| {
            letters[at..].starts_with(beginning).then(|| {
                let before = letters[..at].iter().rev().zip(secret[..place].iter().rev());
                let after = letters[at..].iter().zip(&secret[place..]);
                (before.take_while(|(a, b)| a == b).count(), after.take_while(|(a, b)| a == b).count())
            })
        };
        let longest = beginnings.iter().filter_map(common).max_by_key(|(before, after)| before + after);
        let (before, after) = longest.unwrap_or_default();
        let is_by_chance = is_short && (is_in_word(at - before) || is_in_word(at + after));
        if before + after >= enough && !is_by_chance {
            found.push((at - before, before + after));
            at += after;
        } else {
            at += 1;
        }
    }
    found
}

/// A letter as it is compared, its place in the text, and whether it goes on with a word.
#[derive(Clone, Copy)]
struct Letter {
    letter: char,
    start: usize,
    end: usize,
    in_word: bool,
}

impl Zeroize for Letter {
    fn zeroize(&mut self) {
        self.letter.zeroize();
    }
}

/// The letters of `text`, without codings and without what terminals, pages and forms put between them.
fn read(text: &str) -> Zeroizing<Vec<Letter>> {
    let places = text.char_indices();
    let mut letters: Zeroizing<Vec<Letter>> = Zeroizing::new(
        places
            .map(|(start, letter)| Letter { letter, start, end: start + letter.len_utf8(), in_word: false })
            .collect(),
    );
    for _ in 0..DEEPEST {
        let decoded = decoded(&letters);
        // Each coding is longer than what it stands for.
        if decoded.len() == letters.len() {
            break;
        }
        letters = decoded;
    }
    let mut before = ' ';
    for it in letters.iter_mut() {
        it.in_word = before.is_alphanumeric() && it.letter.is_alphanumeric();
        before = it.letter;
    }
    letters.retain(|it| counts(it.letter));
    letters
}

/// Whether it is a letter of a secret for sure: blanks are written as `+` too, PowerShell puts a bar before each line, and some
/// letters are not seen.
fn counts(letter: char) -> bool {
    let is_unseen = matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    !(letter.is_whitespace() || letter.is_control() || is_unseen || "+|\\".contains(letter))
}

fn decoded(letters: &[Letter]) -> Zeroizing<Vec<Letter>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(letters.len()));
    let mut at = 0;
    while at < letters.len() {
        let (letter, length) = code(&letters[at..]).unwrap_or((letters[at].letter, 1));
        let (start, end) = (letters[at].start, letters[at + length - 1].end);
        decoded.push(Letter { letter, start, end, in_word: false });
        at += length;
    }
    decoded
}

/// The letter that a coding at the beginning of `letters` stands for, a blank for what only parts others, and how many letters
/// the coding has.
fn code(letters: &[Letter]) -> Option<(char, usize)> {
    let letter = |at: usize| letters.get(at).map(|it| it.letter);
    match letter(0)? {
        '%' => bytes(letters, "%"),
        '\\' => match letter(1)? {
            'u' => units(letters),
            'x' => bytes(letters, "\\x"),
            'n' | 'r' | 't' => Some((' ', 2)),
            '\\' => Some(('\\', 2)),
            _ => None,
        },
        '&' => entity(letters),
        // A break of lines in a page.
        '<' => enclosed(letters, '>', |c| c.is_ascii_alphabetic() || "/ ".contains(c)).map(|(_, length)| (' ', length)),
        // What colours a terminal, without its control character.
        '[' => enclosed(letters, 'm', |c| c.is_ascii_digit() || c == ';').map(|(_, length)| (' ', length)),
        _ => None,
    }
}

/// What stands between the first of `letters` and `end`, if that is short and of certain letters; and the length of all.
fn enclosed(letters: &[Letter], end: char, is_of: fn(char) -> bool) -> Option<(String, usize)> {
    const LONGEST: usize = 10;
    let inner: String = letters[1..].iter().map(|it| it.letter).take_while(|c| *c != end).take(LONGEST).collect();
    let length = inner.chars().count();
    let is_closed = letters.get(length + 1).is_some_and(|it| it.letter == end);
    (is_closed && inner.chars().all(is_of)).then_some((inner, length + 2))
}

/// A letter of UTF-8 whose bytes are written as two hexadecimal digits behind a `mark`.
fn bytes(letters: &[Letter], mark: &str) -> Option<(char, usize)> {
    let each = mark.len() + 2;
    let mut bytes = Vec::new();
    for group in letters.chunks_exact(each).take(4) {
        let Some(byte) = number(group, mark).and_then(|value| u8::try_from(value).ok()) else { break };
        bytes.push(byte);
        if let Some(letter) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            return Some((letter, bytes.len() * each));
        }
    }
    None
}

/// A letter of JSON, in one or two units of UTF-16.
fn units(letters: &[Letter]) -> Option<(char, usize)> {
    let units: Vec<u16> = letters
        .chunks_exact(6)
        .take(2)
        .map_while(|group| number(group, "\\u").and_then(|value| u16::try_from(value).ok()))
        .collect();
    let letter = char::decode_utf16(units.iter().copied()).next()?.ok()?;
    Some((letter, letter.len_utf16() * 6))
}

/// The value of hexadecimal digits behind a `mark`.
fn number(group: &[Letter], mark: &str) -> Option<u32> {
    let text: String = group.iter().map(|it| it.letter).collect();
    let digits = text.strip_prefix(mark).filter(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

/// A letter of HTML.
fn entity(letters: &[Letter]) -> Option<(char, usize)> {
    let (name, length) = enclosed(letters, ';', |c| c.is_ascii_alphanumeric() || c == '#')?;
    let letter = match name.to_ascii_lowercase().strip_prefix('#').map(str::to_owned) {
        Some(digits) => {
            let value = match digits.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => digits.parse(),
            };
            char::from_u32(value.ok()?)?
        }
        None => match name.as_str() {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" | "shy" => ' ',
            _ => return None,
        },
    };
    Some((letter, length))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    fn coded(text: &str, code: impl Fn(&mut String, u8)) -> String {
        text.bytes().fold(String::new(), |mut coded, byte| {
            if byte.is_ascii_alphanumeric() {
                coded.push(byte.into())
            } else {
                code(&mut coded, byte)
            }
            coded
        })
    }
    fn in_a_form(text: &str) -> String {
        coded(text, |coded, byte| write!(coded, "%{byte:02X}").unwrap())
    }
    fn in_python(text: &str) -> String {
        coded(text, |coded, byte| write!(coded, "\\x{byte:02x}").unwrap())
    }
    fn in_json(text: &str) -> String {
        serde_json::to_string(text).unwrap().trim_matches('"').to_owned()
    }
    fn in_ascii(text: &str) -> String {
        text.encode_utf16().fold(String::new(), |coded, unit| format!("{coded}\\u{unit:04x}"))
    }
    fn in_a_page(text: &str) -> String {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
            .replace('/', "&#x2F;")
    }
    fn broken(text: &str, at: usize, between: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        letters.chunks(at).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join(between)
    }
    /// From one share of its letters to another, in tenths.
    fn cut(text: &str, from: usize, to: usize) -> String {
        let all = text.chars().count();
        text.chars().take(all * to / 10).skip(all * from / 10).collect()
    }

    /// Each way to write a text in a text.
    const WRITINGS: [fn(&str) -> String; 25] = [
        str::to_owned,
        str::to_uppercase,
        str::to_lowercase,
        in_a_form,
        |text| in_a_form(&in_a_form(text)),
        |text| in_a_form(&in_a_form(&in_a_form(text))),
        |text| in_a_form(text).replace("%20", "+").to_lowercase(),
        in_json,
        |text| in_json(&in_json(text)),
        in_ascii,
        |text| in_json(&in_ascii(text)),
        |text| in_a_form(&in_json(text)),
        |text| in_json(&in_a_page(text)),
        in_a_page,
        |text| in_a_page(&in_json(text)),
        |text| text.chars().fold(String::new(), |coded, letter| format!("{coded}&#{};", u32::from(letter))),
        in_python,
        |text| broken(text, 7, "\r\n     | "),
        |text| broken(text, 9, "\\n"),
        |text| broken(text, 10, " "),
        |text| broken(text, 6, "\u{200b}"),
        |text| broken(text, 10, "<br/>"),
        |text| broken(text, 10, "\u{1b}[0m\u{1b}[31m"),
        |text| format!("{}…", cut(text, 0, 7)),
        |text| format!("{}…{}", cut(text, 0, 4), cut(text, 6, 10)),
    ];
    const ENCODINGS: [fn(&str) -> String; 5] = [
        |text| encode(text),
        |text| encode_url_safe(text),
        |text| encode(format!("joe:{text}")),
        |text| encode(format!("ab={text}&c")),
        |text| text.bytes().fold(String::new(), |coded, byte| format!("{coded}{byte:02X}")),
    ];

    fn secrets() -> Vec<String> {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
        const SIGNS: &[u8] = b"!#$'()*,-./:;=?@]^_`{}~\"";
        let random = |length: usize, from: &[u8]| -> String {
            (0..length).map(|_| char::from(from[fastrand::usize(..from.len())])).collect()
        };
        vec![
            format!("{}8Q~{}", random(3, LETTERS), random(34, LETTERS)),
            format!("summer&tiger Monday\"{}<b1/é", random(6, LETTERS)),
            format!("correct-horse-battery-{}", random(4, LETTERS)),
            format!("pässwörd€tiger😀Monday{}", random(6, LETTERS)),
            format!("C:\\winter\\Monday\\A{}+tiger", random(6, LETTERS)),
            random(32, b"0123456789abcdef"),
            format!("{}XYZabc019{}klm", random(9, SIGNS), random(9, SIGNS)),
        ]
    }

    #[test]
    fn a_secret_is_known_however_it_is_written() {
        for plain in (0..10).flat_map(|_| secrets()) {
            for (number, write) in WRITINGS.iter().chain(&ENCODINGS).enumerate() {
                let written = write(&plain);
                for (before, after) in [("", ""), ("the secret '", "' is wrong"), ("a=b&client_secret=", "&c=d")] {
                    let told = redact(&format!("{before}{written}{after}"), &[&plain]);
                    let letters: Vec<char> = written.chars().filter(|c| !c.is_control()).collect();
                    // What is left of it has no eight letters of it in turn.
                    let rest: String = told.chars().filter(|c| !c.is_control()).collect();
                    let left = letters
                        .windows(SHORTEST)
                        .map(|turn| turn.iter().collect::<String>())
                        .find(|turn| rest.contains(turn));
                    assert_eq!(left, None, "{plain} in writing {number}: {told}");
                }
            }
        }
    }

    #[test]
    fn other_words_stay_as_they_are() {
        for words in [
            "",
            "the battery of the horse is correct",
            "AADSTS7000215: Invalid client secret provided. Trace ID: 5f4e3d2c-1b0a-4f9e-8d7c-6b5a4f3e2d00 %2 \\u12 &#x; <x",
        ] {
            assert_eq!(redact(words, &["correct-horse-battery-staple"]), words);
        }
        let step = "set AZURE_CLIENT_SECRET to the secret's value: it holds a path";
        assert_eq!(redact(step, &["/run/secrets/azure_client_secret"]), step);
    }
}
