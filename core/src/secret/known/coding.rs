//! The codings in which a text can stand in another.

mod names;

use zeroize::{Zeroize, Zeroizing};

/// The most letters of a tag that is passed over: more can be a part of a secret.
const LONGEST_TAG: usize = 7;
/// One coding stands in another: JSON in a form in a page.
const DEEPEST: usize = 4;

/// A letter as it is compared, its place in the text, and whether it goes on with a word.
#[derive(Clone, Copy)]
pub(super) struct Letter {
    pub(super) letter: char,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) in_word: bool,
}

impl Zeroize for Letter {
    fn zeroize(&mut self) {
        self.letter.zeroize();
    }
}

/// The letters of `text` as they are written.
fn letters_of(text: &str) -> Zeroizing<Vec<Letter>> {
    let letter =
        |(start, letter): (usize, char)| Letter { letter, start, end: start + letter.len_utf8(), in_word: false };
    Zeroizing::new(text.char_indices().map(letter).collect())
}

/// How much of a text is taken for more than its letters.
#[derive(Clone, Copy)]
pub(super) enum Reading {
    /// Codings, and what only parts letters: tags, and the colours of terminals. Letters of a byte that make one of UTF-8 are one.
    All,
    /// Only codings: a secret can itself look like a tag.
    Codings,
    /// Nothing: it can look like a coding, too.
    Letters,
}

/// The letters that `text` comes to.
pub(super) fn decode(text: &str, reading: Reading) -> Zeroizing<Vec<Letter>> {
    let mut letters = letters_of(text);
    for _ in 0..DEEPEST {
        let decoded = decoded(&letters, reading);
        // Each coding is longer than what it stands for.
        if decoded.len() == letters.len() {
            break;
        }
        letters = decoded;
    }
    letters
}

fn decoded(letters: &[Letter], reading: Reading) -> Zeroizing<Vec<Letter>> {
    let mut decoded = Zeroizing::new(Vec::with_capacity(letters.len()));
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let found = match reading {
            Reading::All => code_of_bytes(rest).or_else(|| mark(rest)),
            Reading::Codings => code(rest),
            Reading::Letters => None,
        };
        let (letter, length) = found.unwrap_or((letters[at].letter, 1));
        let (start, end) = (letters[at].start, letters[at + length - 1].end);
        decoded.push(Letter { letter, start, end, in_word: false });
        at += length;
    }
    decoded
}

/// The letter of a coding as [`code`] gives it, but one of UTF-8 if its bytes are coded as if each were a letter.
fn code_of_bytes(letters: &[Letter]) -> Option<(char, usize)> {
    let (first, first_length) = code(letters)?;
    let byte = |letter: char| u8::try_from(u32::from(letter)).ok().filter(|byte| !byte.is_ascii());
    let (mut bytes, mut length) = (Vec::from_iter(byte(first)), first_length);
    while (1..4).contains(&bytes.len()) {
        let Some((letter, more)) = code(&letters[length..]) else { break };
        let Some(byte) = byte(letter) else { break };
        bytes.push(byte);
        length += more;
        if let Some(letter) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            return Some((letter, length));
        }
    }
    Some((first, first_length))
}

/// The letter that a coding at the beginning of `letters` stands for, and how many letters the coding has.
fn code(letters: &[Letter]) -> Option<(char, usize)> {
    let letter = |at: usize| letters.get(at).map(|it| it.letter);
    match letter(0)? {
        '%' if matches!(letter(1), Some('u' | 'U')) => units(letters, "%u").or_else(|| units(letters, "%U")),
        '%' => bytes(letters, "%"),
        '\\' => match letter(1)? {
            'u' | 'x' if letter(2) == Some('{') => in_braces(letters, 16),
            'o' => in_braces(letters, 8),
            'u' => units(letters, "\\u"),
            'U' => Some((char::from_u32(number(letters.get(..10)?, "\\U")?)?, 10)),
            'x' => bytes(letters, "\\x"),
            '0'..='7' => bytes(letters, "\\").or_else(|| short_octal(letters)),
            'n' | 'r' | 't' => Some((' ', 2)),
            letter @ ('\\' | '/') => Some((letter, 2)),
            _ => None,
        },
        '&' => entity(letters),
        _ => None,
    }
}

/// A blank for what only parts letters, and how many it has.
fn mark(letters: &[Letter]) -> Option<(char, usize)> {
    match letters.first()?.letter {
        // A break of lines in a page.
        '<' => enclosed(letters, '>', |c| c.is_ascii_alphabetic() || "/ ".contains(c))
            .filter(|(inner, _)| inner.chars().filter(char::is_ascii_alphabetic).count() <= LONGEST_TAG)
            .map(|(_, length)| (' ', length)),
        // What colours a terminal, without its control character: numbers of a byte.
        '[' => ['m', 'K'].into_iter().find_map(|end| {
            enclosed(letters, end, |c| c.is_ascii_digit() || c == ';')
                .filter(|(inner, _)| inner.split(';').all(|number| number.len() <= 3))
                .map(|(_, length)| (' ', length))
        }),
        _ => None,
    }
}

/// A letter whose number stands in braces behind a mark of two letters.
fn in_braces(letters: &[Letter], radix: u32) -> Option<(char, usize)> {
    letters.get(2).filter(|it| it.letter == '{')?;
    let (digits, length) = enclosed(&letters[2..], '}', |c| c.is_ascii_hexdigit())?;
    Some((char::from_u32(u32::from_str_radix(&digits, radix).ok()?)?, length + 2))
}

/// What stands between the first of `letters` and `end`, if that is short and of certain letters; and the length of all.
fn enclosed(letters: &[Letter], end: char, is_of: fn(char) -> bool) -> Option<(String, usize)> {
    const LONGEST: usize = 16;
    let inner: String = letters[1..].iter().map(|it| it.letter).take_while(|c| *c != end).take(LONGEST).collect();
    let length = inner.chars().count();
    let is_closed = letters.get(length + 1).is_some_and(|it| it.letter == end);
    (is_closed && inner.chars().all(is_of)).then_some((inner, length + 2))
}

/// A letter of UTF-8 whose bytes are written as two hexadecimal digits behind a `mark`, or as three octal ones behind a bare `\`; one
/// of Latin-1 if the bytes make none of UTF-8.
fn bytes(letters: &[Letter], mark: &str) -> Option<(char, usize)> {
    let each = if mark == "\\" { 4 } else { mark.len() + 2 };
    let mut bytes = Vec::new();
    for group in letters.chunks_exact(each).take(4) {
        let Some(byte) = number(group, mark).and_then(|value| u8::try_from(value).ok()) else { break };
        bytes.push(byte);
        if let Some(letter) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            return Some((letter, bytes.len() * each));
        }
    }
    bytes.first().map(|byte| (char::from(*byte), each))
}

/// A letter that is written as one or two octal digits behind a bare `\`, without the noughts before them.
fn short_octal(letters: &[Letter]) -> Option<(char, usize)> {
    let digits = letters[1..].iter().take(2).map_while(|it| it.letter.to_digit(8));
    let (value, length) = digits.fold((0, 1), |(value, length), digit| (value * 8 + digit, length + 1));
    Some((char::from_u32(value)?, length))
}

/// A letter of JSON, or of a form of old browsers, in one or two units of UTF-16 behind a `mark`.
fn units(letters: &[Letter], mark: &str) -> Option<(char, usize)> {
    let units: Vec<u16> = letters
        .chunks_exact(6)
        .take(2)
        .map_while(|group| number(group, mark).and_then(|value| u16::try_from(value).ok()))
        .collect();
    let letter = char::decode_utf16(units.iter().copied()).next()?.ok()?;
    Some((letter, letter.len_utf16() * 6))
}

/// The value of the digits behind a `mark`: octal ones behind a bare `\`, else hexadecimal ones.
fn number(group: &[Letter], mark: &str) -> Option<u32> {
    let radix = if mark == "\\" { 8 } else { 16 };
    let text: String = group.iter().map(|it| it.letter).collect();
    let digits = text.strip_prefix(mark).filter(|digits| digits.chars().all(|c| c.is_digit(radix)))?;
    u32::from_str_radix(digits, radix).ok()
}

/// A letter of HTML. Browsers read a number without its `;` as well, and any noughts before it.
fn entity(letters: &[Letter]) -> Option<(char, usize)> {
    const MOST_DIGITS: usize = 8;
    let letter = |at: usize| letters.get(at).map(|it| it.letter);
    let (mark, radix) = match (letter(1)?, letter(2)) {
        ('#', Some('x' | 'X')) => (3, 16),
        ('#', _) => (2, 10),
        _ => {
            let (name, length) = enclosed(letters, ';', |c| c.is_ascii_alphanumeric())?;
            return Some((names::letter(&name)?, length));
        }
    };
    let noughts = letters.get(mark..)?.iter().take_while(|it| it.letter == '0').count();
    let digits = letters[mark + noughts..].iter().map(|it| it.letter).take_while(|c| c.is_digit(radix));
    let digits: String = digits.take(MOST_DIGITS).collect();
    let number = if noughts > 0 && digits.is_empty() { 0 } else { u32::from_str_radix(&digits, radix).ok()? };
    let length = mark + noughts + digits.len();
    let is_closed = letter(length) == Some(';');
    Some((char::from_u32(number)?, length + usize::from(is_closed)))
}
