//! Addresses as they are written in settings and answers.

use url::{ParseError, Url};

/// Reads an address by the URL standard, but with a host in ASCII only, as Punycode (`xn--`) writes other letters: versions of Unicode's
/// tables, of which none is built in, differ in some.
///
/// <https://url.spec.whatwg.org/#concept-basic-url-parser>
///
/// # Errors
/// What the URL parser says; for other letters, and for a host with `%`, which can stand for them, [`ParseError::IdnaError`].
pub fn parse(text: &str) -> Result<Url, ParseError> {
    if host(text).is_some_and(|host| !host.is_ascii() || host.contains('%')) {
        return Err(ParseError::IdnaError);
    }
    #[expect(clippy::disallowed_methods, reason = "this is the one door")]
    Url::parse(text)
}

/// What the parser can take for the host, the port included: it passes over blanks at the beginning, and over any slashes, tabs and line
/// breaks behind the scheme.
fn host(text: &str) -> Option<&str> {
    const SLASHES: [char; 2] = ['/', '\\'];
    let (_, behind) = text.split_once(':')?;
    let behind = behind.trim_start_matches(|c| SLASHES.contains(&c) || matches!(c, '\t' | '\n' | '\r'));
    let authority = behind.split(['/', '\\', '?', '#']).next()?;
    authority.rsplit('@').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_in_ascii() {
        for (text, host) in [
            ("https://login.example", "login.example"),
            ("https://XN--BCHER-KVA.example/bücher?ü#ü", "xn--bcher-kva.example"),
            ("http://jürgen:pässword%20@proxy.example:3128", "proxy.example"),
            ("http://[::1]:80", "[::1]"),
            ("https:/\\\tlogin.example", "login.example"),
        ] {
            assert_eq!(parse(text).unwrap().host_str(), Some(host), "{text}");
        }
        for text in [
            "https://bücher.example",
            "https://BÜCHER.example",
            " HTTPS:\\\\BÜCHER.example",
            "https:BÜCHER.example",
            "https:/\t/BÜCHER.example",
            "https://joe@BÜCHER.example:80/",
            "https://joe:a@b@BÜCHER.example",
            "https://B%C3%9CCHER.example",
            "https://g%61teway.example",
            "ftp://straẞe",
            "ws://\u{212a}elvin",
        ] {
            assert_eq!(parse(text), Err(ParseError::IdnaError), "{text}");
        }
    }
}
