//! Secrets that are known by their text, however an endpoint or a tool writes them.

mod coding;
mod lists;

use std::collections::HashMap;
use std::ops::Range;

use azure_core::base64::{encode, encode_url_safe};
use zeroize::Zeroizing;

use self::coding::{Letter, Reading, decode};
use super::looks::REDACTED;
use crate::shown::is_unseen;

/// A third of a secret is one: texts are cut off at either end, or in the middle.
const PARTS: usize = 3;
/// Fewer letters are found in words that hold no secret.
const SHORTEST: usize = 8;
/// More letters than a word has.
pub(super) const LONGEST_WORD: usize = 20;

/// `text` without `secrets`, as they are, in another case, coded, broken or cut off.
pub(super) fn redact(text: &str, secrets: &[&str]) -> String {
    let secrets = findable(text, secrets);
    if secrets.is_empty() {
        return text.to_owned();
    }
    let read = read(text);
    let lists_of = |secret: &&str| {
        let bytes = secret.len().div_ceil(PARTS);
        let listed = lists::of_secret(secret).map(|(list, digits)| (list, SHORTEST.max(bytes * digits)));
        listed.collect::<Vec<Writing>>()
    };
    let of_secrets: Vec<Writing> =
        secrets.iter().filter(|secret| is_encoded(secret, text)).flat_map(lists_of).collect();
    let streams = if of_secrets.is_empty() { Vec::new() } else { lists::of_text(&read, &small(&chars(&read))) };
    let of_lists = streams.iter().flat_map(|stream| {
        let digit_places = places_of(&stream.letters);
        let of_list = |(list, enough): &Writing| parts(&stream.letters, &digit_places, list, *enough, |_| false);
        let found: Vec<_> = of_secrets.iter().flat_map(of_list).collect();
        let at = |nth: usize| stream.places[nth];
        found.into_iter().map(move |(first, length)| (at(first), at(first + length - 1) + 1 - at(first)))
    });
    let mut ranges: Vec<(usize, usize)> =
        of_lists.map(|(first, length)| (read[first].start, read[first + length - 1].end)).collect();
    let read_secrets = |reading| {
        let read_one = |secret: &&str| writing(&read_as(reading, secret), None);
        secrets.iter().map(read_one).collect::<Vec<Writing>>()
    };
    let lengths = |text: &[Letter], secrets: &[Writing]| {
        let of_secrets = secrets.iter().map(|(letters, _)| letters.len());
        [text.len()].into_iter().chain(of_secrets).collect::<Vec<usize>>()
    };
    let plain = read_secrets(Reading::All);
    let mut searched = vec![lengths(&read, &plain)];
    ranges.extend(as_letters(&read, &plain, secrets.iter().flat_map(|secret| codings(secret, text))));
    // What looks like a coding, a tag or a colour can be a secret itself.
    for reading in [Reading::Codings, Reading::Letters] {
        let (written, plain) = (read_as(reading, text), read_secrets(reading));
        let these = lengths(&written, &plain);
        // Of as many letters they are the same: a page and secrets without codings, say, are searched once with tags.
        if !searched.contains(&these) {
            ranges.extend(as_letters(&written, &plain, std::iter::empty()));
            searched.push(these);
        }
    }
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

/// Where `secrets`, and `coded` ones, stand in a text by their letters, in any case, whole or cut off: the places where they begin and
/// end.
fn as_letters(read: &[Letter], secrets: &[Writing], coded: impl Iterator<Item = Writing>) -> Vec<(usize, usize)> {
    let letters = chars(read);
    let small_letters = small(&letters);
    let (places, small_places) = (places_of(&letters), places_of(&small_letters));
    let is_in_word = |at: usize| read.get(at).is_some_and(|it| it.in_word);
    let mut found = Vec::new();
    for (letters_of_secret, enough) in coded {
        found.extend(parts(&letters, &places, &letters_of_secret, enough, |_| false));
        // The URL parser writes hosts in lower case.
        let small_secret = small(&letters_of_secret);
        found.extend(parts(&letters, &places, &small_secret, enough, |_| false));
        found.extend(parts(&small_letters, &small_places, &small_secret, small_secret.len(), |_| false));
    }
    for (plain, enough) in secrets {
        let small_secret = small(plain);
        // A path or a name can hold the words of a variable's name, which is no part of it in another case.
        found.extend(parts(&letters, &places, plain, *enough, is_in_word));
        found.extend(parts(&letters, &places, &small_secret, *enough, is_in_word));
        found.extend(parts(&small_letters, &small_places, &small_secret, small_secret.len(), is_in_word));
        // A letter can have two capitals, as `ß` has.
        let large = small(&plain.iter().flat_map(|letter| letter.to_uppercase()).collect::<Vec<_>>());
        if large.len() > small_secret.len() {
            found.extend(parts(&small_letters, &small_places, &large, large.len(), is_in_word));
        }
    }
    found.into_iter().map(|(first, length)| (read[first].start, read[first + length - 1].end)).collect()
}

/// Those of `secrets` of which a part is short enough for `text`: to prepare a longer one takes seconds for each megabyte.
fn findable<'a>(text: &str, secrets: &[&'a str]) -> Vec<&'a str> {
    /// More bytes than a letter of a secret has in any coding.
    const WIDEST: usize = 64;
    secrets.iter().copied().filter(|secret| secret.len() / (PARTS * WIDEST) <= text.len()).collect()
}

/// Whether a part of an encoding of `secret` can stand in `text`, in which a letter stands for a byte at most.
fn is_encoded(secret: &str, text: &str) -> bool {
    /// Fewer are a word in other codings.
    const SHORTEST_CODED: usize = 6;
    secret.len() >= SHORTEST_CODED && secret.len() / PARTS <= text.len()
}

/// A secret, or the digits of a list of its bytes, and how many of these letters are one.
type Writing = (Zeroizing<Vec<char>>, usize);

/// The letters of a text as they are compared, and how many of them are one: a `share`, or a third.
fn writing(letters: &[Letter], share: Option<usize>) -> Writing {
    let letters = chars(letters);
    let enough = letters.len().min(SHORTEST.max(share.unwrap_or(letters.len().div_ceil(PARTS))));
    (letters, enough)
}

fn chars(letters: &[Letter]) -> Zeroizing<Vec<char>> {
    Zeroizing::new(letters.iter().map(|it| it.letter).collect())
}

/// The letters of a secret in Base64, of which it can be a part.
fn codings(secret: &str, text: &str) -> Vec<Writing> {
    /// Of a part that is coded by itself, the first and the last letter are others.
    const EDGES: usize = 2;
    let mut codings = Vec::new();
    // A letter more for three bytes, without the `+` that do not count.
    let share = (secret.len().div_ceil(PARTS) * 5 / 4).saturating_sub(EDGES);
    for before in (0..3).filter(|_| is_encoded(secret, text)) {
        let bytes = Zeroizing::new([&[0; 2][..before], secret.as_bytes()].concat());
        // Without the letters that other bytes have a part in.
        let own = (before * 4).div_ceil(3)..bytes.len() * 4 / 3;
        codings.extend(
            [encode(&*bytes), encode_url_safe(&*bytes)]
                .map(|text| writing(&read(&Zeroizing::new(text)[own.clone()]), Some(share))),
        );
    }
    codings
}

fn small(letters: &[char]) -> Zeroizing<Vec<char>> {
    // By their capitals, which two small letters can share: `ς` and `σ`, `µ` and `μ`.
    let small = |letter: &char| {
        let mut capital = letter.to_uppercase();
        let one = capital.next().filter(|_| capital.next().is_none()).unwrap_or(*letter);
        one.to_lowercase().next().unwrap_or(*letter)
    };
    Zeroizing::new(letters.iter().map(small).collect())
}

/// Where each turn of a few letters stands.
fn places_of(letters: &[char]) -> HashMap<&[char], Vec<usize>> {
    let mut places: HashMap<&[char], Vec<usize>> = HashMap::new();
    for (at, turn) in letters.windows(SHORTEST).enumerate() {
        places.entry(turn).or_default().push(at);
    }
    places
}

/// Where parts of `secret` of `enough` letters or more stand in `letters`, and their lengths.
///
/// In a word or a number a short secret is by chance, as is one word of several, and without it the sentence cannot be read.
fn parts(
    letters: &[char],
    places: &HashMap<&[char], Vec<usize>>,
    secret: &[char],
    enough: usize,
    is_in_word: impl Fn(usize) -> bool,
) -> Vec<(usize, usize)> {
    let beginning = enough.min(SHORTEST);
    let mut found = Vec::new();
    // Of a secret of control characters, the digits of its bytes can be fewer letters than a part must have.
    if enough == 0 || enough > secret.len() {
        return found;
    }
    let is_short = secret.len() < SHORTEST;
    // Every part of enough letters holds one of these beginnings whole.
    let of_secret = (0..=secret.len() - beginning).step_by(enough - beginning + 1);
    let beginnings: Vec<(usize, &[char])> = of_secret.map(|place| (place, &secret[place..place + beginning])).collect();
    let mut candidates: Vec<usize> = if is_short {
        (0..letters.len()).collect()
    } else {
        beginnings.iter().filter_map(|(_, beginning)| places.get(beginning)).flatten().copied().collect()
    };
    candidates.sort_unstable();
    let mut end = 0;
    for at in candidates {
        if at < end {
            continue;
        }
        let common = |&(place, beginning): &(usize, &[char])| {
            let is_here = letters[at..].starts_with(beginning);
            is_here.then(|| (place, shared((letters, at), (secret, place), |one, other| one == other)))
        };
        let longest = beginnings.iter().filter_map(common).max_by_key(|(_, (before, after))| before + after);
        let Some((place, (before, after))) = longest else { continue };
        let is_by_chance = is_short && (is_in_word(at - before) || is_in_word(at + after));
        let is_word = || {
            let (before, after) =
                shared((letters, at), (secret, place), |one, other| one.to_lowercase().eq(other.to_lowercase()));
            is_word_of(secret, place - before..place + after)
        };
        if before + after >= enough && !is_by_chance && !is_word() {
            found.push((at - before, before + after));
            end = at + after;
        }
    }
    found
}

/// How many letters two texts share before and behind a place in each.
fn shared(
    (one, at): (&[char], usize),
    (other, place): (&[char], usize),
    is_same: fn(char, char) -> bool,
) -> (usize, usize) {
    let is_same = |&(one, other): &(&char, &char)| is_same(*one, *other);
    let before = one[..at].iter().rev().zip(other[..place].iter().rev()).take_while(is_same).count();
    (before, one[at..].iter().zip(&other[place..]).take_while(is_same).count())
}

/// Whether a part of `secret` is one word of letters in it, beside others, as "provided" is in "user_provided".
fn is_word_of(secret: &[char], part: Range<usize>) -> bool {
    let is_end = |letter: Option<&char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    part.len() < secret.len()
        && is_written_as_words(&secret[part.clone()])
        && is_end(secret[..part.start].last())
        && is_end(secret.get(part.end))
}

/// Whether `letters` are a word, or several in camel case; of a key, letters of both cases stand side by side.
pub(super) fn is_written_as_words(letters: &[char]) -> bool {
    const SHORTEST_WORD: usize = 3;
    let is_of_one_case = |word: &[char]| {
        word.iter().all(|letter| !letter.is_lowercase()) || word.iter().all(|letter| !letter.is_uppercase())
    };
    let mut words = letters.chunk_by(|one, next| !(one.is_lowercase() && next.is_uppercase()));
    letters.iter().all(|letter| letter.is_alphabetic())
        && words.all(|word| {
            (SHORTEST_WORD..=LONGEST_WORD).contains(&word.len()) && (is_of_one_case(word) || is_of_one_case(&word[1..]))
        })
}

/// The letters of `text`, without codings and without what terminals, pages and forms put between them.
fn read(text: &str) -> Zeroizing<Vec<Letter>> {
    read_as(Reading::All, text)
}

/// The letters of `text` that count, and whether each goes on with a word.
fn read_as(reading: Reading, text: &str) -> Zeroizing<Vec<Letter>> {
    let mut letters = decode(text, reading);
    let mut before = ' ';
    for it in letters.iter_mut() {
        it.in_word = before.is_alphanumeric() && it.letter.is_alphanumeric();
        before = it.letter;
    }
    letters.retain(|it| counts(it.letter));
    letters
}

/// `text` without codings, in which a secret has not the looks of one, and with the quotation marks of programs.
pub(super) fn decoded_text(text: &str) -> Zeroizing<String> {
    let plain = |letter: char| match letter {
        '“' | '”' | '„' | '«' | '»' => '"',
        '‘' | '’' | '‚' | '`' => '\'',
        _ if letter.is_control() => ' ',
        _ => letter,
    };
    Zeroizing::new(decode(text, Reading::All).iter().map(|it| plain(it.letter)).collect())
}

/// Whether it is a letter of a secret for sure: blanks are written as `+` too, PowerShell puts a bar before each line, and some
/// letters are not seen.
fn counts(letter: char) -> bool {
    !(letter.is_whitespace() || letter.is_control() || is_unseen(letter) || "+|│\\".contains(letter))
}

#[cfg(test)]
mod tests;
