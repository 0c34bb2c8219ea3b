//! The `WWW-Authenticate` header, RFC 9110 section 11.6.1: challenges of a scheme and its parameters.
//!
//! Read leniently, for agents write paths bare that the grammar wants quoted: a bare value reaches to the next comma.
//! Whatever the text, parsing takes one pass and ends.

/// One challenge.
#[derive(Debug, PartialEq, Eq)]
pub struct Challenge<'a> {
    /// The scheme, such as `Basic`, in the header's case.
    pub scheme: &'a str,
    /// Name and value of each parameter, in order, without quotes.
    pub parameters: Vec<(&'a str, String)>,
}

impl Challenge<'_> {
    /// The first parameter of this name, in any case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// The challenges of a header; several headers are joined by commas first. What is neither a scheme nor a parameter
/// is passed over.
pub fn parse(header: &str) -> Vec<Challenge<'_>> {
    let mut challenges: Vec<Challenge<'_>> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return challenges;
        }
        let (word, after) = token(rest);
        rest = if word.is_empty() {
            from_comma(rest)
        } else if let Some((value, after)) = value(after) {
            if let Some(challenge) = challenges.last_mut() {
                challenge.parameters.push((word, value));
            }
            after
        } else if after.is_empty() || after.starts_with([' ', '\t', ',']) {
            challenges.push(Challenge { scheme: word, parameters: Vec::new() });
            after
        } else {
            // Such as the token68 of a Negotiate challenge.
            from_comma(after)
        };
    }
}

/// The parameter `name` of the first challenge of `scheme` that has it.
///
/// ```
/// use azure_openai_entra_core::challenge::parameter;
///
/// let header = r#"Bearer realm="", authorization_uri="https://login.example", claims="e30=""#;
/// assert_eq!(parameter(header, "bearer", "claims").as_deref(), Some("e30="));
/// ```
pub fn parameter(header: &str, scheme: &str, name: &str) -> Option<String> {
    let challenges = parse(header);
    let mut of_scheme = challenges.iter().filter(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme));
    of_scheme.find_map(|challenge| challenge.parameter(name)).map(str::to_owned)
}

/// The `claims` of the first Bearer challenge that has some, as JSON text; none if they are no JSON object.
///
/// <https://learn.microsoft.com/entra/identity-platform/claims-challenge>
pub fn claims(header: &str) -> Option<String> {
    let encoded = parameter(header, "Bearer", "claims")?;
    // Services write either alphabet, with padding or without.
    let in_one_alphabet = encoded.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
    let claims = String::from_utf8(azure_core::base64::decode_url_safe(in_one_alphabet).ok()?).ok()?;
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&claims).is_ok().then_some(claims)
}

fn token(text: &str) -> (&str, &str) {
    let is_of_a_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    text.split_at(text.find(|c| !is_of_a_token(c)).unwrap_or(text.len()))
}

/// The value behind an equals sign, and what follows it; `None` without such a sign.
fn value(text: &str) -> Option<(String, &str)> {
    let text = text.trim_start_matches([' ', '\t']).strip_prefix('=')?.trim_start_matches([' ', '\t']);
    if let Some(quoted) = text.strip_prefix('"') {
        return Some(unquote(quoted));
    }
    let (bare, after) = text.split_at(text.find(',').unwrap_or(text.len()));
    Some((bare.trim_end().to_owned(), after))
}

/// A quoted string from behind its opening quote, and what follows its closing one.
///
/// A backslash stands for itself unless a quote or another backslash follows: an agent that forgets to escape the
/// ones of a Windows path is understood too.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.push(letters.next_if(|(_, next)| matches!(next, '"' | '\\')).map_or('\\', |(_, next)| next)),
            _ => value.push(letter),
        }
    }
    (value, "")
}

fn from_comma(text: &str) -> &str {
    text.find(',').map_or("", |at| &text[at..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn challenge<'a>(scheme: &'a str, parameters: &[(&'a str, &str)]) -> Challenge<'a> {
        let parameters = parameters.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Challenge { scheme, parameters }
    }

    #[test]
    fn the_realm_in_every_writing() {
        for (header, realm) in [
            ("Basic realm=/var/opt/azcmagent/tokens/x.key", Some("/var/opt/azcmagent/tokens/x.key")),
            ("  basic   REALM = /t/x.key  ", Some("/t/x.key")),
            ("Basic realm=\"/t/x.key\"", Some("/t/x.key")),
            ("Basic realm=/t/x.key, charset=\"UTF-8\"", Some("/t/x.key")),
            ("Basic charset=\"UTF-8\",realm=\"/t/x.key\"", Some("/t/x.key")),
            (r"Basic realm=C:\ProgramData\Tokens\x.key", Some(r"C:\ProgramData\Tokens\x.key")),
            (r#"Basic realm="C:\ProgramData\Tokens\x.key""#, Some(r"C:\ProgramData\Tokens\x.key")),
            (r#"Basic realm="C:\\ProgramData\\Tokens\\x.key""#, Some(r"C:\ProgramData\Tokens\x.key")),
            (r"Basic realm=D:\Program Data\x.key", Some(r"D:\Program Data\x.key")),
            (r#"Basic realm="a \"b\", c""#, Some(r#"a "b", c"#)),
            ("Negotiate, Basic realm=/t/x.key", Some("/t/x.key")),
            ("Bearer realm=\"no\", Basic realm=/t/x.key", Some("/t/x.key")),
            ("Negotiate TlRMTVNTUAAB/BBBB==, Basic realm=é", Some("é")),
            ("Basic charset=x, Basic realm=/t/x.key", Some("/t/x.key")),
            ("Basic realm=first, realm=second", Some("first")),
            ("Basic realm=\"unclosed", Some("unclosed")),
            ("Basic realm=", Some("")),
            ("Basic realm=\"\"", Some("")),
            ("Basic", None),
            ("realm=/t/x.key", None),
            ("Bearer realm=/t/x.key", None),
            ("BasicX realm=/t/x.key", None),
            ("Bearer x=\"Basic realm=/t/x.key\"", None),
            ("Negotiate Basic/AAAA", None),
            ("", None),
            (" ,, ,", None),
        ] {
            assert_eq!(parameter(header, "Basic", "realm").as_deref(), realm, "{header}");
        }
    }

    #[test]
    fn claims_are_a_json_object_in_base64() {
        const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":">>>>>>>??????"}}}"#;
        let padded = azure_core::base64::encode(CLAIMS);
        let bare = azure_core::base64::encode_url_safe(CLAIMS);
        assert!(padded.contains('=') && padded.contains('+') && bare.contains('-'), "{padded}");
        for written in [&padded, &bare, &padded.replace('=', ""), &format!("{bare}==")] {
            let header = format!(r#"Basic x=y, Bearer realm="", error="insufficient_claims", claims="{written}""#);
            assert_eq!(claims(&header).as_deref(), Some(CLAIMS), "{written}");
            assert_eq!(claims(&format!(r#"Basic claims="{written}""#)), None);
        }
        for none in ["", "no JSON", "[]", "5", "\"text\""] {
            assert_eq!(claims(&format!(r#"Bearer claims="{}""#, azure_core::base64::encode(none))), None, "{none}");
        }
        for header in ["Bearer claims=%%%", "Bearer claims=/w==", "Bearer", ""] {
            assert_eq!(claims(header), None, "{header}");
        }
    }

    #[test]
    fn several_challenges_keep_their_own_parameters() {
        let header = r#"Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple""#;
        assert_eq!(
            parse(header),
            [
                challenge("Newauth", &[("realm", "apps"), ("type", "1"), ("title", r#"Login to "apps""#)]),
                challenge("Basic", &[("realm", "simple")]),
            ]
        );
    }

    #[test]
    fn noise_is_passed_over_and_ends() {
        const LETTERS: [&str; 12] = ["Basic", "realm", "=", "\"", "\\", ",", " ", "\t", "/", "é", "=\"", "x"];
        proptest!(ProptestConfig::with_cases(5000), |(parts in prop::collection::vec(prop::sample::select(&LETTERS[..]), 0..24))| {
            let header = parts.concat();
            let kept: usize = parse(&header)
                .iter()
                .map(|c| c.scheme.len() + c.parameters.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>())
                .sum();
            prop_assert!(kept <= header.len(), "{:?}", header);
        });
    }

    #[test]
    fn what_is_quoted_by_the_rules_comes_back() {
        const LETTERS: [char; 6] = ['"', '\\', ',', ' ', 'x', 'é'];
        proptest!(ProptestConfig::with_cases(1000), |(letters in prop::collection::vec(prop::sample::select(&LETTERS[..]), 0..12))| {
            let value: String = letters.into_iter().collect();
            let quoted = value.replace('\\', r"\\").replace('"', "\\\"");
            let header = format!("Basic a=b, realm=\"{quoted}\", c=d");
            prop_assert_eq!(parameter(&header, "Basic", "realm"), Some(value), "{}", header);
        });
    }
}
