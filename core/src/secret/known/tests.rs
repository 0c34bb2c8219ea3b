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
fn in_octal(text: &str) -> String {
    text.bytes().fold(String::new(), |coded, byte| format!("{coded}\\{byte:03o}"))
}
fn in_short_octal(text: &str) -> String {
    text.bytes().fold(String::new(), |coded, byte| format!("{coded}\\{byte:o}"))
}
fn escaped(text: &str, letter: fn(char) -> String) -> String {
    text.chars().map(letter).collect()
}
fn in_json(text: &str) -> String {
    serde_json::to_string(text).unwrap().trim_matches('"').to_owned()
}
fn in_ascii(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |coded, unit| format!("{coded}\\u{unit:04x}"))
}
fn in_a_page(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;").replace('/', "&#x2F;")
}
fn bytes_of(text: &str, between: &str, number: fn(u8) -> String) -> String {
    text.bytes().map(number).collect::<Vec<_>>().join(between)
}
fn broken(text: &str, at: usize, between: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(at).map(|chunk| chunk.iter().collect::<String>()).collect::<Vec<_>>().join(between)
}
fn indexed(text: &str, from: usize) -> String {
    let fields = text.bytes().enumerate().map(|(nth, byte)| format!("\"{}\":{byte}", from + nth));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}
/// From one share of its letters to another, in tenths.
fn cut(text: &str, from: usize, to: usize) -> String {
    let all = text.chars().count();
    text.chars().take(all * to / 10).skip(all * from / 10).collect()
}

/// Signs, and letters outside of ASCII, by their numbers; the others as they are.
fn by_number(text: &str, code: impl Fn(u32) -> String) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_string() } else { code(c.into()) }).collect()
}
/// The same in Latin-1, and of those that it has not in UTF-16.
fn in_latin_1(text: &str, byte: fn(u32) -> String, unit: fn(u16) -> String) -> String {
    by_number(text, |number| match char::from_u32(number) {
        Some(letter) if number > 255 => letter.encode_utf16(&mut [0; 2]).iter().copied().map(unit).collect(),
        _ => byte(number),
    })
}
fn named(text: &str) -> String {
    let name = |letter: char| match letter {
        'é' => "&eacute;".to_owned(),
        'ä' => "&auml;".to_owned(),
        'ö' => "&ouml;".to_owned(),
        '€' => "&euro;".to_owned(),
        '.' => "&period;".to_owned(),
        '_' => "&lowbar;".to_owned(),
        '-' => "&hyphen;".to_owned(),
        '~' => "&tilde;".to_owned(),
        '!' => "&excl;".to_owned(),
        '$' => "&dollar;".to_owned(),
        '=' => "&equals;".to_owned(),
        '&' => "&amp;".to_owned(),
        letter => letter.to_string(),
    };
    text.chars().map(name).collect()
}

/// Each way to write a text in a text.
const WRITINGS: [fn(&str) -> String; 50] = [
    |text| in_latin_1(text, |byte| format!("%{byte:02X}"), |unit| format!("%u{unit:04x}")),
    |text| in_latin_1(text, |byte| format!("\\x{byte:02x}"), |unit| format!("\\u{unit:04x}")),
    |text| in_latin_1(text, |byte| format!("\\{byte:03o}"), |unit| format!("\\u{unit:04x}")),
    |text| by_number(text, |number| format!("\\x{{{number:x}}}")),
    |text| by_number(text, |number| format!("\\o{{{number:o}}}")),
    |text| escaped(text, |letter| format!("\\x{{{:X}}}", u32::from(letter))),
    |text| escaped(text, |letter| format!("&#{:040};", u32::from(letter))),
    |text| bytes_of(text, "", |byte| format!("\\x{{{byte:x}}}")),
    |text| bytes_of(text, "", |byte| format!("\\o{{{byte:o}}}")),
    |text| bytes_of(text, "", |byte| format!("\\u{byte:04x}")),
    |text| bytes_of(text, "", |byte| format!("&#{byte};")),
    named,
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
    |text| escaped(text, |letter| format!("&#{};", u32::from(letter))),
    in_python,
    in_octal,
    in_short_octal,
    |text| in_json(&in_octal(text)),
    |text| escaped(text, |letter| format!("\\u{{{:x}}}", u32::from(letter))),
    |text| escaped(text, |letter| format!("\\u{{{:06X}}}", u32::from(letter))),
    |text| escaped(text, |letter| format!("\\U{:08x}", u32::from(letter))),
    |text| escaped(text, |letter| format!("&#{:07}", u32::from(letter))),
    |text| escaped(text, |letter| format!("&#x{:06X}", u32::from(letter))),
    |text| broken(text, 7, "\r\n     | "),
    |text| broken(text, 9, "\\n"),
    |text| broken(text, 10, " "),
    |text| broken(text, 6, "\u{200b}"),
    |text| broken(text, 10, "<br/>"),
    |text| broken(text, 10, "\u{1b}[0m\u{1b}[31m"),
    |text| broken(text, 10, "\u{1b}[38;2;255;100;0m"),
    |text| broken(text, 10, "\u{1b}[K"),
    |text| broken(text, 10, "\u{202e}"),
    |text| broken(text, 10, "\u{fe0f}"),
    |text| format!("{}…", cut(text, 0, 7)),
    |text| format!("{}…", cut(text, 0, 7).to_lowercase()),
    |text| format!("{}…{}", cut(text, 0, 4), cut(text, 6, 10)),
];
const ENCODINGS: [fn(&str) -> String; 30] = [
    |text| bytes_of(text, " ", |byte| format!("{byte:03o}")),
    |text| bytes_of(text, " ", |byte| format!("{byte:o}")),
    |text| bytes_of(text, ", ", |byte| format!("0o{byte:o}")),
    |text| bytes_of(text, ", ", |byte| format!("0{byte:03o}")),
    |text| bytes_of(text, " ", |byte| format!("{byte:03}")),
    |text| bytes_of(text, " ", |byte| format!("{byte:08b}")),
    |text| bytes_of(text, " ", |byte| format!("x{byte:02x}")),
    |text| bytes_of(text, " ", |byte| format!("{byte:02X}h")),
    |text| indexed(text, 0),
    |text| indexed(text, 17),
    |text| encode(text),
    |text| encode_url_safe(text),
    |text| encode(format!("joe:{text}")),
    |text| encode(format!("ab={text}&c")),
    |text| bytes_of(text, "", |byte| format!("{byte:02X}")),
    |text| bytes_of(text, " ", |byte| format!("{byte:02x}")),
    |text| bytes_of(text, ":", |byte| format!("{byte:02X}")),
    |text| bytes_of(text, "-", |byte| format!("{byte:02X}")),
    |text| bytes_of(text, ", ", |byte| format!("0x{byte:02X}")),
    |text| bytes_of(text, ",", |byte| format!("{byte:02x}")),
    |text| bytes_of(text, ",", |byte| byte.to_string()),
    |text| bytes_of(text, ",\n  ", |byte| byte.to_string()),
    |text| bytes_of(text, " ", |byte| byte.to_string()),
    |text| bytes_of(text, "; ", |byte| byte.to_string()),
    |text| bytes_of(text, "-", |byte| byte.to_string()),
    |text| bytes_of(text, ":", |byte| byte.to_string()),
    |text| broken(&encode(format!("a:{text}")), 20, "\r\n"),
    |text| broken(&bytes_of(text, " ", |byte| format!("{byte:02x}")), 48, "\n"),
    |text| bytes_of(text, " ", |byte| format!("0x{byte:02x}")),
    |text| serde_json::to_string(text.as_bytes()).unwrap(),
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

/// As tokens are, cut off as well.
#[test]
fn a_long_secret_is_known_in_every_encoding() {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    for length in [257_usize, 1500, 4000] {
        let plain: String = (0..length).map(|_| char::from(LETTERS[fastrand::usize(..64)])).collect();
        let third = length.div_ceil(PARTS);
        for part in [&plain, &plain[..third], &plain[length / 2 - third / 2 - 1..][..third], &plain[length - third..]] {
            for (number, write) in ENCODINGS.iter().enumerate() {
                // As much as a quotation has of it.
                let whole = write(part);
                let written: String = whole.chars().take(8 * 1024).collect();
                if written.len() < whole.len() && written.len() * part.len() / whole.len() <= third + 2 {
                    continue;
                }
                let told = redact(&format!("no {written} here"), &[&plain]);
                assert!(told.len() < 100 + written.len() / 20, "{length} in encoding {number}: {told}");
            }
        }
    }
}

/// A letter can have two capitals, or two small ones.
#[test]
fn a_secret_is_known_in_capitals() {
    for plain in
        ["µ-Meßgerät-22-ſ", "Ölmühle-Äpfel-grün-süß", "Ωμέγα-κλειδί-φάρος", "Großstadt-Straßenbahn", "ﬂoßfahrt-im-ﬁlm"]
    {
        for written in [plain.to_uppercase(), plain.to_lowercase(), plain.to_uppercase().to_lowercase()] {
            assert_eq!(redact(&format!("no {written} here"), &[plain]), "no [redacted] here", "{written}");
        }
    }
}

#[test]
fn a_short_secret_is_known_in_every_encoding() {
    for plain in ["tiger7", "a$B9!kL"] {
        for (number, write) in ENCODINGS.iter().enumerate() {
            let told = redact(&format!("no {} here", write(plain)), &[plain]);
            assert!(told.contains("[redacted]") && told.len() < 40, "{plain} in encoding {number}: {told}");
        }
    }
}

#[test]
fn a_secret_is_known_within_whatever_signs() {
    let frames = [
        ("<", ">"),
        ("</", ">"),
        ("< ", " />"),
        ("<b>", "</b>"),
        ("[", "]"),
        ("[", "m"),
        ("[", "K"),
        ("[1;", "m"),
        ("\u{1b}[", "m"),
        ("&", ";"),
        ("&#", ";"),
        ("&#x", ";"),
        ("\\o{", "}"),
        ("\\u{", "}"),
        ("\\x{", "}"),
        ("{", "}"),
        ("(", ")"),
        ("|", "|"),
        ("\u{200b}", "\u{200b}"),
        ("**", "**"),
        ("<!--", "-->"),
        ("<![CDATA[", "]]>"),
        ("=\n", ""),
    ];
    let secrets = [
        "qdobxbrx",
        "qdobxbrxnohe",
        "qdobxbrxnoheibco",
        "QDOBXBRX",
        "qdobXBRXnohe",
        "90817263",
        "908172635445362",
        "a8b7c6d5e4",
        "K7XQ2MWL9RTZ",
        "4KDULOQ4IW6I",
    ];
    for secret in secrets {
        for (before, after) in frames {
            for written in [secret.to_owned(), secret.to_uppercase(), secret.to_lowercase()] {
                let text = format!("the key {before}{written}{after} is not known");
                let told = redact(&text, &[secret]);
                assert!(!told.contains(&written), "{text}: {told}");
            }
        }
    }
}

#[test]
fn a_secret_that_looks_like_a_tag_or_a_colour_is_known_in_every_coding() {
    let codings: [fn(&str) -> String; 6] = [
        str::to_owned,
        |text| bytes_of(text, "", |byte| format!("%{byte:02x}")),
        |text| escaped(text, |letter| format!("&#{};", u32::from(letter))),
        in_a_form,
        in_a_page,
        in_ascii,
    ];
    for secret in ["<Trustno>1!x", "k9!Zq<Sesam>", "<Sesam>", "m`@dEBz_", "Kx7!pq-Z", "12m-7!pQzx"] {
        for (number, code) in codings.iter().enumerate() {
            for (before, after) in [("", ""), ("[", "]"), ("<", ">"), ("[1;", "m")] {
                let told = redact(&format!("the key {before}{}{after} is wrong", code(secret)), &[secret]);
                assert!(
                    told.starts_with(&format!("the key {before}[redacted]")),
                    "{secret} in coding {number}: {told}"
                );
                assert!(told.ends_with(&format!("[redacted]{after} is wrong")), "{secret} in coding {number}: {told}");
            }
        }
    }
}

#[test]
fn a_secret_of_any_letters_and_length_panics_with_no_text() {
    let words = format!("{:?} 0 00 0000000000 {}", "\0\u{1}\u{7f}é", "0x00 0b0 \\0 %00 ".repeat(3));
    for letter in ('\0'..='\u{17f}').chain(['\u{7ff}', '\u{800}', '\u{ffff}', '\u{10000}', char::MAX]) {
        for length in [1, 2, 3, 5, 6, 7, 8, 9, 17] {
            let secret = letter.to_string().repeat(length);
            redact(&words, &[&secret]);
            redact(&format!("{words}{secret}"), &[&secret]);
        }
    }
}

#[test]
fn other_words_stay_as_they_are() {
    for (words, secret) in [
        ("", "correct-horse-battery-staple"),
        ("the battery of the horse is correct", "correct-horse-battery-staple"),
        ("Trace ID: 5f4e3d2c-1b0a-4f9e-8d7c-6b5a4f3e2d00 %2 \\u12 &#x; <x [1K", "correct-horse-battery-staple"),
        (r"C:\101\389 \u{} \u{110000} \U0000006 \U00110000 &# &#x &#99999999 &#xé &é", "correct-horse-battery-staple"),
        ("AADSTS7000215: Invalid client secret provided.", "user_provided"),
        ("ManagedIdentityCredential: no identity of this machine", "my-identity-header"),
        ("AADSTS700016: Application was not found, nor APPLICATION_ID", "<your-application-key>"),
        ("the password of AZURE_CLIENT_CERTIFICATE_PASSWORD is wrong", "dummy-password"),
        ("set AZURE_CLIENT_SECRET to the secret's value: it holds a path", "/run/secrets/azure_client_secret"),
    ] {
        assert_eq!(redact(words, &[secret]), words);
    }
    for (words, secret, clean) in [
        ("user_provided", "user_provided", "[redacted]"),
        ("user_provide…", "user_provided", "[redacted]…"),
        ("provided", "provided", "[redacted]"),
        ("of kQaHbTwZxY", "x1-kQaHbTwZxY.2", "of [redacted]"),
        ("of kQaHbTwZxY", "x1-managedIdentity.2", "of kQaHbTwZxY"),
        ("the managedIdentity of", "x1-managedIdentity.2", "the managedIdentity of"),
        ("summertiger…", "summertiger2024", "[redacted]…"),
    ] {
        assert_eq!(redact(words, &[secret]), clean);
    }
}

#[test]
fn a_secret_of_which_no_part_fits_into_the_text_is_not_prepared() {
    let long = "aB1-".repeat(4 * 1024 * 1024);
    let text = "x".repeat(8 * 1024);
    assert_eq!(findable(&text, &[&long, "hunter22", &long[..1024 * 1024]]), ["hunter22", &long[..1024 * 1024]]);
}
