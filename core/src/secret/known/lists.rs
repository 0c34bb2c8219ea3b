//! Lists of the bytes of a secret, whatever signs are between them: programs print a buffer in hexadecimal, decimal, octal or binary
//! numbers.

use std::fmt::{self, Write};

use zeroize::Zeroizing;

use super::coding::Letter;

/// The letters and digits of a text, and the place of each among all that count.
pub(super) struct Stream {
    pub(super) letters: Zeroizing<Vec<char>>,
    pub(super) places: Vec<usize>,
}

/// The digits of a secret whose bytes are listed, and how many a byte has at least.
pub(super) fn of_secret(secret: &str) -> impl Iterator<Item = (Zeroizing<Vec<char>>, usize)> {
    type Number = (usize, fn(&mut String, u8) -> fmt::Result);
    const NUMBERS: [Number; 5] = [
        (2, |list, byte| write!(list, "{byte:02x}")),
        (4, |list, byte| write!(list, "0x{byte:02x}")),
        (2, |list, byte| write!(list, "{byte}")),
        (2, |list, byte| write!(list, "{byte:o}")),
        (6, |list, byte| write!(list, "{byte:b}")),
    ];
    const LONGEST: usize = 8;
    let listed = move |(digits, number): Number| {
        let mut list = Zeroizing::new(String::with_capacity(secret.len() * LONGEST));
        for byte in secret.bytes() {
            let _ = number(&mut list, byte);
        }
        (Zeroizing::new(list.chars().collect()), digits)
    };
    NUMBERS.into_iter().map(listed)
}

/// What of a text can be a list: all its letters and digits; the same of its numbers without marks and noughts before them; and
/// without an index before each, as JavaScript writes a buffer in JSON.
pub(super) fn of_text(read: &[Letter], small: &[char]) -> Vec<Stream> {
    let all: Vec<usize> = (0..small.len()).filter(|&at| small[at].is_alphanumeric()).collect();
    let numbers: Vec<&[usize]> = all.chunk_by(|_, next| read[*next].in_word).map(|it| bare(it, small)).collect();
    let mut streams = vec![all.clone()];
    if numbers.iter().map(|number| number.len()).sum::<usize>() < all.len() {
        streams.push(numbers.concat());
    }
    let is_index = indexes(&numbers, small);
    if is_index.contains(&true) {
        let values: Vec<&[usize]> =
            numbers.into_iter().zip(is_index).filter(|(_, is_index)| !is_index).map(|(number, _)| number).collect();
        streams.push(values.concat());
    }
    let stream =
        |places: Vec<usize>| Stream { letters: Zeroizing::new(places.iter().map(|&at| small[at]).collect()), places };
    streams.into_iter().map(stream).collect()
}

/// A number without what tells its notation and without noughts before it.
fn bare<'a>(word: &'a [usize], small: &[char]) -> &'a [usize] {
    const LONGEST: usize = "0b00000000".len();
    /// The first is what is left of an escape that was not one.
    const MARKS: [&str; 4] = ["x", "0x", "0o", "0b"];
    let is_number = |number: &[usize]| !number.is_empty() && number.iter().all(|&at| small[at].is_ascii_hexdigit());
    if word.len() > LONGEST {
        return word;
    }
    let behind = |mark: &&str| {
        let is_marked = mark.chars().enumerate().all(|(nth, sign)| word.get(nth).is_some_and(|&at| small[at] == sign));
        word.get(mark.len()..).filter(|rest| is_marked && rest.len() <= 8 && is_number(rest))
    };
    let before = word.split_last().filter(|(last, rest)| small[**last] == 'h' && is_number(rest)).map(|(_, rest)| rest);
    let number = MARKS.iter().find_map(behind).or(before).unwrap_or(word);
    let noughts = number.iter().take_while(|&&at| small[at] == '0').count();
    if is_number(number) { &number[noughts.min(number.len() - 1)..] } else { word }
}

/// Which of `numbers` are counted, one before each value: three in turn at least.
fn indexes(numbers: &[&[usize]], small: &[char]) -> Vec<bool> {
    const LONGEST: usize = 7;
    let value = |number: &[usize]| {
        let digit = |value: u32, &at: &usize| Some(value * 10 + small[at].to_digit(10)?);
        number.iter().take(LONGEST + 1).try_fold(0, digit).filter(|_| number.len() <= LONGEST)
    };
    let values: Vec<Option<u32>> = numbers.iter().map(|number| value(number)).collect();
    let is_next = |at: usize| match (values.get(at).copied().flatten(), values.get(at + 2).copied().flatten()) {
        (Some(one), Some(next)) => next == one + 1,
        _ => false,
    };
    let mut is_index = vec![false; values.len()];
    let mut at = 0;
    while at < values.len() {
        if is_next(at) && is_next(at + 2) {
            // The values between them can be counted as well.
            while is_next(at) {
                is_index[at] = true;
                at += 2;
            }
            is_index[at] = true;
            at += 1;
        }
        at += 1;
    }
    is_index
}
