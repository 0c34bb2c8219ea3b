//! Which paths pass: those of inference, and what the operator adds.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use crate::answer::Refusal;

/// What may follow `/openai/v1/`, `/models/` and `/anthropic/` is inference, but for what these words begin: files, jobs and
/// other things that are kept, and management.
const KEPT: [&str; 17] = [
    "admin",
    "assistants",
    "batches",
    "containers",
    "deployments",
    "evals",
    "files",
    "fine-tunes",
    "fine-tuning",
    "fine_tuning",
    "organization",
    "organizations",
    "skills",
    "threads",
    "uploads",
    "vector_stores",
    "webhooks",
];

/// The methods that pass. An answer to another one, such as TRACE, can repeat the request with its token.
const METHODS: [Method; 7] =
    [Method::DELETE, Method::GET, Method::HEAD, Method::OPTIONS, Method::PATCH, Method::POST, Method::PUT];

/// Parameters of a query that hold a key.
const KEY_PARAMETERS: [&str; 5] = ["api-key", "api_key", "x-api-key", "apikey", "authorization"];

/// The globs of `--allow-path`.
#[derive(Clone, Debug, Default)]
pub struct Allowed(pub Vec<String>);

impl Allowed {
    /// Refuses a path that is not one of inference, that two servers could read in two ways, and a query with a key.
    ///
    /// # Errors
    /// Why, for the answer.
    pub fn check(&self, method: &Method, uri: &Uri) -> Result<(), (Refusal, String)> {
        let path = uri.path();
        if !METHODS.contains(method) {
            let why = "The method is not DELETE, GET, HEAD, OPTIONS, PATCH, POST or PUT, and the answer to another one, such as TRACE, \
                       could hold the token. Use one of these.";
            return Err((Refusal::Path, why.to_owned()));
        }
        if !is_plain(path) {
            let why = "The path has an empty segment, a segment that ends with '.' or has a blank at an end, ';', '\\', or an encoded \
                       character that needs no encoding, divides or ends paths, is a control character or is not UTF-8. Send the plain path.";
            return Err((Refusal::Path, why.to_owned()));
        }
        if uri.query().is_some_and(holds_key) {
            let why = "The query holds a key. Send it as the api-key header or as a Bearer token.";
            return Err((Refusal::KeyInTarget, why.to_owned()));
        }
        if is_inference(method, path) || self.0.iter().any(|glob| matches(glob.as_bytes(), path.as_bytes())) {
            return Ok(());
        }
        let why = "The proxy passes only paths of inference. To pass this path as well, start the proxy with --allow-path and a glob that matches it.";
        Err((Refusal::PathNotAllowed, why.to_owned()))
    }
}

fn is_inference(method: &Method, path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let kept = |part: &str| KEPT.contains(&part);
    let (is_read, is_delete) = (matches!(*method, Method::GET | Method::HEAD), method == Method::DELETE);
    match parts.as_slice() {
        ["openai", "deployments", name, operation, ..] => !is_delete && !name.is_empty() && !operation.is_empty(),
        ["openai", "v1", "models", ..] | ["models"] => is_read,
        ["openai", "responses", ..] | ["openai", "v1", "responses", ..] => true,
        ["openai", "realtime"] => true,
        ["openai", "v1", operation, ..] => !is_delete && !operation.is_empty() && !kept(operation),
        ["models", operation, ..] => !is_delete && !operation.is_empty() && !kept(operation),
        ["anthropic", operations @ ..] => {
            let is_empty = operations.iter().all(|part| part.is_empty());
            !is_delete && !is_empty && !operations.iter().any(|part| kept(part))
        }
        _ => false,
    }
}

/// Whether every server reads `path` in the same way.
fn is_plain(path: &str) -> bool {
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        // Some servers cut off dots and blanks at an end.
        let decoded = percent_decode_str(segment).decode_utf8();
        let is_whole =
            decoded.is_ok_and(|text| text.trim() == text && !text.ends_with('.') && !text.contains(char::is_control));
        if !is_whole || (segment.is_empty() && !is_last) {
            return false;
        }
    }
    !path.contains(['\\', ';']) && escapes(path).all(|byte| byte.is_some_and(needs_encoding))
}

/// The bytes that are percent-encoded; none for a percent sign without two digits.
fn escapes(text: &str) -> impl Iterator<Item = Option<u8>> {
    text.split('%').skip(1).map(|rest| {
        let digits = rest.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        u8::from_str_radix(digits, 16).ok()
    })
}

/// Letters, digits and marks need no encoding; a slash, a percent sign, what ends a path or a control character in a
/// segment is a trick.
fn needs_encoding(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && !byte.is_ascii_control() && !b"-._~/\\%;?#".contains(&byte)
}

fn holds_key(query: &str) -> bool {
    query.split('&').any(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        KEY_PARAMETERS.iter().any(|key| decoded(name).eq_ignore_ascii_case(key))
    })
}

fn decoded(text: &str) -> String {
    url::form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).collect()
}

/// Whether `glob`, in which `*` stands for any characters, matches the whole of `text`. Takes no more than the product of
/// their lengths.
fn matches(glob: &[u8], text: &[u8]) -> bool {
    let (mut g, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match (glob.get(g), star) {
            (Some(b'*'), _) => {
                star = Some((g, t));
                g += 1;
            }
            (Some(letter), _) if text.get(t) == Some(letter) => {
                g += 1;
                t += 1;
            }
            (_, Some((from, taken))) => {
                star = Some((from, taken + 1));
                g = from + 1;
                t = taken + 1;
            }
            (_, None) => return false,
        }
    }
    glob.iter().skip(g).all(|letter| *letter == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &[&str], method: &Method, target: &str) -> Option<Refusal> {
        let allowed = Allowed(allowed.iter().map(|glob| (*glob).to_owned()).collect());
        allowed.check(method, &target.parse().unwrap()).err().map(|(refusal, _)| refusal)
    }

    #[test]
    fn inference_passes_and_what_is_kept_needs_leave() {
        for target in [
            "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
            "/openai/deployments/files/embeddings",
            "/openai/deployments/whisper/audio/transcriptions",
            "/openai/v1/chat/completions",
            "/openai/v1/embeddings",
            "/openai/v1/responses",
            "/openai/v1/responses/resp_1/input_items",
            "/openai/v1/audio/speech",
            "/openai/v1/realtime?model=m",
            "/openai/realtime?deployment=d",
            "/openai/responses?api-version=preview",
            "/models/chat/completions",
            "/anthropic/v1/messages",
            "/anthropic/v1/messages/count_tokens",
            "/openai/v1/chat/completions/a%C3%A4%20b",
        ] {
            assert_eq!(check(&[], &Method::POST, target), None, "{target}");
        }
        for (method, target) in [
            (Method::GET, "/openai/v1/models"),
            (Method::GET, "/openai/v1/models/m"),
            (Method::GET, "/models"),
            (Method::DELETE, "/openai/v1/responses/resp_1"),
        ] {
            assert_eq!(check(&[], &method, target), None, "{method} {target}");
        }
        for (method, target) in [
            (Method::GET, "/"),
            (Method::GET, "/openai"),
            (Method::GET, "/openai/v1"),
            (Method::GET, "/openai/v1/"),
            (Method::GET, "/openai/deployments"),
            (Method::GET, "/openai/deployments/d"),
            (Method::PUT, "/openai/deployments/d/"),
            (Method::DELETE, "/openai/deployments/d/x"),
            (Method::GET, "/openai/files"),
            (Method::POST, "/openai/v1/files"),
            (Method::POST, "/openai/v1/Files"),
            (Method::POST, "/openai/v1/files/f/content"),
            (Method::POST, "/openai/v1/uploads"),
            (Method::POST, "/openai/v1/fine_tuning/jobs"),
            (Method::POST, "/openai/v1/vector_stores"),
            (Method::POST, "/openai/v1/batches"),
            (Method::DELETE, "/openai/v1/models/m"),
            (Method::POST, "/openai/v1/models"),
            (Method::POST, "/openai/assistants"),
            (Method::POST, "/openai/threads/t/runs"),
            (Method::POST, "/openai/fine_tuning/jobs"),
            (Method::POST, "/anthropic/v1/files"),
            (Method::POST, "/anthropic/v1/messages/batches"),
            (Method::GET, "/anthropic/"),
            (Method::GET, "/modelsx"),
            (Method::GET, "/openai/responsesx"),
            (Method::GET, "/api/projects/p/agents"),
            (Method::GET, "/subscriptions/s"),
        ] {
            assert_eq!(check(&[], &method, target), Some(Refusal::PathNotAllowed), "{method} {target}");
        }
    }

    #[test]
    fn a_path_that_can_be_read_in_two_ways_is_refused_even_if_a_glob_matches() {
        for target in [
            "/openai/v1/../files",
            "/openai/v1/./files",
            "/openai/v1/..",
            "/..",
            "//openai/v1/chat/completions",
            "/openai/v1//files",
            "/openai/v1/%2e%2e/files",
            "/openai/v1/.%2E/files",
            "/openai/v1/%2e/files",
            "/openai/v1%2ffiles",
            "/openai/v1%2Ffiles",
            "/openai/v1/x%5cfiles",
            "/openai/v1/x\\files",
            "/openai/v1/%66iles",
            "/openai/v1/%252e%252e/files",
            "/openai/v1/files;x=1",
            "/openai/v1/x%3b",
            "/openai/v1/files%3Fx",
            "/openai/v1/files%3f/x",
            "/openai/v1/files%23",
            "/openai/v1/files%23x/y",
            "/openai/v1/files%C2%85x",
            "/openai/v1/files%1f",
            "/openai/v1/x%00",
            "/openai/v1/x%0d%0a",
            "/openai/v1/x%7f",
            "/openai/v1/x%",
            "/openai/v1/x%4",
            "/openai/v1/x%zz",
            "/openai/v1/files.",
            "/openai/v1/files..",
            "/openai/v1/.../files",
            "/openai/v1/files%20",
            "/openai/v1/%20files",
            "/openai/v1/files%C2%A0",
            "/openai/v1/%c0%ae%c0%ae/files",
            "/openai/v1/x%c0%affiles",
            "/openai/v1/x%ff",
        ] {
            assert_eq!(check(&["*"], &Method::POST, target), Some(Refusal::Path), "{target}");
        }
    }

    #[test]
    fn a_method_whose_answer_could_hold_the_token_is_refused() {
        for method in ["TRACE", "TRACK", "DEBUG", "CONNECT", "PURGE", "MOVE", "COPY", "REFUSED", "PRI", "get"] {
            let method = method.parse().unwrap();
            assert_eq!(check(&["*"], &method, "/openai/v1/chat/completions"), Some(Refusal::Path), "{method}");
        }
        for method in METHODS {
            assert_eq!(check(&["*"], &method, "/openai/v1/chat/completions"), None, "{method}");
        }
    }

    #[test]
    fn a_key_in_the_query_is_refused() {
        for query in [
            "api-key=k",
            "a=b&API-KEY=k",
            "api%2Dkey=k",
            "api_key",
            "x-api-key=k",
            "Authorization=Bearer%20k",
            "%61pi-key=k",
        ] {
            let target = format!("/openai/v1/realtime?{query}");
            assert_eq!(check(&["*"], &Method::GET, &target), Some(Refusal::KeyInTarget), "{target}");
        }
        assert_eq!(check(&[], &Method::GET, "/openai/v1/realtime?api-version=1&keys=2&?"), None);
    }

    #[test]
    fn a_glob_opens_what_it_matches() {
        for (glob, target, is_allowed) in [
            ("/openai/v1/files*", "/openai/v1/files", true),
            ("/openai/v1/files*", "/openai/v1/files/f/content?x", true),
            ("/openai/v1/files", "/openai/v1/files/f", false),
            ("*/files", "/openai/v1/files", true),
            ("/openai/*/files/*/content", "/openai/v1/files/f/content", true),
            ("/openai/*/files/*/content", "/openai/v1/files/content", false),
            ("/api/projects/*", "/api/projects/p/agents", true),
            ("", "/openai/v1/files", false),
        ] {
            let found = check(&[glob], &Method::DELETE, target);
            assert_eq!(found, (!is_allowed).then_some(Refusal::PathNotAllowed), "{glob} {target}");
        }
        let long = "a".repeat(2000);
        assert!(!matches("*a".repeat(200).as_bytes(), format!("{long}b").as_bytes()));
    }
}
