//! The log on stderr: the core's events, the proxy's, and a line for each request.

use std::fmt::Write;
use std::time::Duration;

use azure_openai_entra_core::secret::{is_name_of_secret, redact, redact_app};
use azure_openai_entra_core::system::Timestamp;
use serde_json::{Value, json};
use tracing::Level;
use tracing::level_filters::LevelFilter;

use crate::local_key::LocalKeys;

/// The form of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// For people.
    #[default]
    Lines,
    /// One JSON object a line.
    Json,
}

/// Takes whole lines.
pub type Sink = Box<dyn Fn(&str) + Send + Sync>;

/// Where lines go, in which form, and how many.
pub struct Log {
    form: Form,
    level: LevelFilter,
    sink: Sink,
}

/// What the log tells of one request. It holds no query, header or body.
pub struct Access<'a> {
    /// The method, by [`known_method`].
    pub method: &'a str,
    /// The path, by [`shown_path`].
    pub path: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// The code of an answer that the proxy made itself.
    pub error: Option<&'a str>,
    /// The name of the local key.
    pub key: &'a str,
    /// The bytes of the request's body.
    pub received: u64,
    /// The bytes of the answer's body.
    pub sent: u64,
    /// From the request's head to the answer's.
    pub until_head: Duration,
    /// From the request's head to the answer's end.
    pub total: Duration,
    /// Whether the answer broke off.
    pub is_broken: bool,
}

impl Log {
    /// A log up to `level`.
    pub fn new(form: Form, level: LevelFilter, sink: Sink) -> Self {
        Self { form, level, sink }
    }

    /// How much is logged.
    pub fn level(&self) -> LevelFilter {
        self.level
    }

    /// Whether [`Log::access`] logs anything.
    pub fn takes_access(&self) -> bool {
        self.level >= LevelFilter::INFO
    }

    /// An event of the core or of the proxy, as the core's telemetry hands it on.
    pub fn event(&self, now: Timestamp, level: Level, line: &str) {
        (self.sink)(&self.form.event(now, level, line));
    }

    /// A request that has ended.
    pub fn access(&self, now: Timestamp, access: &Access<'_>) {
        if !self.takes_access() {
            return;
        }
        let Access { method, path, .. } = access;
        match self.form {
            Form::Lines => {
                let mut line = format!("{} INFO {method} {path} {}", rfc3339(now), access.status);
                let _ = write!(
                    line,
                    " head={} total={} in={} out={}",
                    millis(access.until_head),
                    millis(access.total),
                    access.received,
                    access.sent
                );
                if !access.key.is_empty() {
                    let _ = write!(line, " key={}", access.key);
                }
                if let Some(error) = access.error {
                    let _ = write!(line, " error={error}");
                }
                if access.is_broken {
                    line.push_str(" broken");
                }
                line.push('\n');
                (self.sink)(&line);
            }
            Form::Json => (self.sink)(&object(
                now,
                Level::INFO,
                json!({
                    "message": "request",
                    "method": method,
                    "path": path,
                    "status": access.status,
                    "error": access.error,
                    "key": access.key,
                    "bytes_in": access.received,
                    "bytes_out": access.sent,
                    "head_ms": access.until_head.as_secs_f64() * 1000.0,
                    "total_ms": access.total.as_secs_f64() * 1000.0,
                    "broken": access.is_broken,
                }),
            )),
        }
    }
}

impl Form {
    /// The line of an event.
    pub fn event(self, now: Timestamp, level: Level, text: &str) -> String {
        match self {
            Self::Lines => format!("{} {level} {text}\n", rfc3339(now)),
            Self::Json => object(now, level, json!({ "message": text })),
        }
    }
}

fn object(now: Timestamp, level: Level, mut fields: Value) -> String {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("time".to_owned(), rfc3339(now).into());
        fields.insert("level".to_owned(), level.as_str().to_ascii_lowercase().into());
    }
    format!("{fields}\n")
}

/// `path` as the log tells it, which has no query: without what can be a key, and not longer than a line should be.
pub fn shown_path(path: &str, keys: &LocalKeys) -> String {
    let beginning = beginning(path);
    let shown = redact(&without_keys(&keys.redacted(beginning)), &[]);
    if beginning.len() < path.len() { format!("{shown}/…") } else { shown }
}

/// What is told of a path at most. Of a longer one it ends with a word of the API, because what is behind it can be the first half
/// of a key.
fn beginning(path: &str) -> &str {
    /// Those of Azure OpenAI have some 200 characters, and a client without a key can send 64 KiB.
    const LONGEST: usize = 512;
    let Some((cut, _)) = path.char_indices().nth(LONGEST) else { return path };
    let (mut at, mut end) = (0, 0);
    for segment in path[..cut].split_inclusive('/') {
        at += segment.len();
        if segment.strip_suffix('/').is_some_and(is_of_api) {
            end = at - 1;
        }
    }
    &path[..end]
}

/// `path` without the segments that have percent-encoded characters, because what they stand for can be a key, and without
/// what looks like a key or follows the name of one.
///
/// A key in Base64 can have a `/` anywhere, so the segments between two words of the API are shown or hidden together.
fn without_keys(path: &str) -> String {
    let (root, rest) = path.strip_prefix('/').map_or(("", path), |rest| ("/", rest));
    let segments: Vec<&str> = rest.split('/').collect();
    let together = segments.chunk_by(|one, next| !is_of_api(one) && !is_of_api(next));
    let mut name = "";
    let shown = together.map(|segments| {
        let told: Vec<&str> = segments.iter().copied().filter(|segment| !segment.is_empty()).collect();
        // What is named may go on, up to the next word of the API.
        if told.first().is_some_and(|first| is_value_of(name, first)) {
            return REDACTED.to_owned();
        }
        name = told.last().unwrap_or(&name);
        match segments {
            [segment] => without_key(segment),
            segments if segments.iter().any(|segment| without_key(segment) != *segment) => REDACTED.to_owned(),
            segments if holds_key(&segments.join("/")) || told.windows(2).any(is_named) => REDACTED.to_owned(),
            segments => segments.join("/"),
        }
    });
    format!("{root}{}", shown.collect::<Vec<_>>().join("/"))
}

/// Whether the first of two segments is the name of a key, and the second what it names.
fn is_named(pair: &[&str]) -> bool {
    let text = pair.join("=");
    redact_app(&text) != text || matches!(pair, [name, value] if is_value_of(name, value))
}

/// The same of a name that can be a word of the API, which has no value that is one.
fn is_value_of(name: &str, value: &str) -> bool {
    !value.is_empty() && !is_word_of_api(value) && (is_name_of_secret(name) || is_name_of_token(name))
}

/// Whether it is a name of a token elsewhere than in sentences, which a path has none of.
fn is_name_of_token(name: &str) -> bool {
    const NAMES: [&str; 3] = ["assertion", "authorization", "bearer"];
    let name = name.to_ascii_lowercase();
    NAMES.iter().any(|it| name.contains(it))
}

fn without_key(segment: &str) -> String {
    if is_of_api(segment) {
        segment.to_owned()
    } else if segment.contains('%') {
        "[encoded]".to_owned()
    } else if segment.len() > LONGEST_NAME
        || segment.split_once(['=', ':']).is_some_and(|(name, value)| !value.is_empty() && is_name_of_token(name))
    {
        REDACTED.to_owned()
    } else {
        without_runs(&redact_app(segment))
    }
}

/// The words in the paths of Azure OpenAI and Microsoft Foundry.
const WORDS: &str = "\
    admin agents anthropic api assistants audio batches calls cancel chat checkpoints client_secrets clips \
    compact complete completions connections containers content conversations count_tokens datasets deployments \
    edits embed embeddings evals evaluations events extensions file_batches files fine-tunes fine-tuning \
    fine_tuning generations images indexes info input_items input_tokens items jobs messages models openai \
    organization output_items parts pause permissions projects providers realtime remix rerank responses result \
    resume runs search sessions skills speech steps submit_tool_outputs threads transcription_sessions \
    transcriptions translations uploads v1 v2 variations vector_stores versions video videos webhooks";

/// Whether `segment` is a word of the API or one of its ids, neither of which is a part of a key.
fn is_of_api(segment: &str) -> bool {
    is_word_of_api(segment) || is_id(segment)
}

fn is_word_of_api(segment: &str) -> bool {
    WORDS.split(' ').any(|word| word == segment)
}

/// Whether `segment` is an id of the API: a word, and digits that Azure's keys can have as well.
fn is_id(segment: &str) -> bool {
    const KINDS: [&str; 12] =
        ["asst", "batch", "conv", "file", "ftjob", "item", "msg", "resp", "run", "thread", "video", "vs"];
    let parts = segment.split_once(['_', '-']);
    parts.is_some_and(|(kind, id)| KINDS.contains(&kind) && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

const REDACTED: &str = "[redacted]";

/// Names of deployments have 64 characters at most, and a token whose case was changed has short runs between its signs.
const LONGEST_NAME: usize = 80;

/// The shortest run of letters and digits that is hidden.
const SHORTEST_KEY: usize = 32;

fn is_of_base64(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "+/=".contains(letter)
}

/// `text` without its long runs of letters and digits. The names of deployments have a `-` or a `.` between their words.
fn without_runs(text: &str) -> String {
    let is_end = |c: char| !is_of_base64(c);
    let shown = |part: &str| {
        let run = part.trim_end_matches(is_end);
        if run.len() < SHORTEST_KEY { part.to_owned() } else { format!("{REDACTED}{}", &part[run.len()..]) }
    };
    text.split_inclusive(is_end).map(shown).collect()
}

/// Whether a run in `text` is as long as a key and has a digit, unlike the words of an ordinary path.
fn holds_key(text: &str) -> bool {
    let mut runs = text.split(|c: char| !is_of_base64(c));
    runs.any(|run| run.len() >= SHORTEST_KEY && run.contains(|c: char| c.is_ascii_digit()))
}

/// The method, if it is one of HTTP: a client can send any word.
/// `method` if it is one of HTTP: another can be a key.
pub fn known_method(method: &str) -> &'static str {
    const METHODS: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    METHODS.into_iter().find(|known| *known == method).unwrap_or("[other]")
}

fn millis(duration: Duration) -> String {
    format!("{:.1}ms", duration.as_secs_f64() * 1000.0)
}

/// `2027-01-15T08:00:00.000Z`, by the civil calendar.
pub fn rfc3339(time: Timestamp) -> String {
    let (days, of_day) = (time.millis().div_euclid(86_400_000), time.millis().rem_euclid(86_400_000));
    // Years begin in March, so that a leap day is the last: Hinnant's "days from civil", backwards.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (of_day / 3_600_000, of_day / 60_000 % 60);
    let (second, milli) = (of_day / 1000 % 60, of_day % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn lines(form: Form, level: LevelFilter, act: impl FnOnce(&Log)) -> Vec<String> {
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = lines.clone();
        act(&Log::new(form, level, Box::new(move |line| sink.lock().unwrap().push(line.to_owned()))));
        Arc::into_inner(lines).unwrap().into_inner().unwrap()
    }

    const ACCESS: Access<'static> = Access {
        method: "POST",
        path: "/openai/v1/responses",
        status: 200,
        error: None,
        key: "rag",
        received: 12,
        sent: 345,
        until_head: Duration::from_micros(1500),
        total: Duration::from_millis(20),
        is_broken: false,
    };
    fn shown_path(path: &str) -> String {
        super::shown_path(path, &LocalKeys::parse("another-key-of-thirty-two-letters", "the key").unwrap())
    }

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_042);

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (951_868_800, "2000-03-01T00:00:00.000Z"),
            (1_800_000_000, "2027-01-15T08:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc3339(Timestamp::from_secs(seconds)), date);
        }
    }

    #[test]
    fn no_part_of_a_key_is_in_a_path() {
        for (path, told) in [
            (
                "/openai/deployments/aB1h89BwsT5fy%2FaB1jcpb%2faB1yV8vV0xf8Ot7dHm/chat",
                "/openai/deployments/[encoded]/chat",
            ),
            ("/openai/v1/%61bc?b", "/openai/v1/[encoded]"),
            ("/openai/v1/a+b", "/openai/v1/a+b"),
            ("/openai/deployments/0123456789abcdef0123456789ABCDEF/chat", "/openai/deployments/[redacted]/chat"),
            (
                "/openai/v1/responses/resp_0123456789abcdef0123456789abcdef",
                "/openai/v1/responses/resp_0123456789abcdef0123456789abcdef",
            ),
            ("/openai/v1/models&api-key=0123456789abcdef0123456789abcdef", "/openai/v1/models&api-key=[redacted]"),
            (
                "/openai/deployments/key=0123456789abcdef/chat/completions",
                "/openai/deployments/key=[redacted]/chat/completions",
            ),
            (
                "/openai/deployments/gpt-40123456789abcdef0123456789abcdef/chat",
                "/openai/deployments/gpt-[redacted]/chat",
            ),
            (
                "/openai/deployments/gpt-4o;Api-Key=swordfish;a=b/chat",
                "/openai/deployments/gpt-4o;Api-Key=[redacted];a=b/chat",
            ),
            ("/openai/deployments/gpt-4o&password=Zk9w$mvq21!rtye", "/openai/deployments/gpt-4o&password=[redacted]"),
            ("/openai/v1/gpt-4.abcdefghijklmnopqrstuvwxyz012345.x", "/openai/v1/gpt-4.[redacted].x"),
            ("/openai/v1/api-key/skzwiicykbficgwfpt", "/openai/v1/[redacted]"),
            ("/openai/deployments/gpt-4o/password/swordfish/chat", "/openai/deployments/[redacted]/chat"),
            ("/openai/v1/token-counts/of-all", "/openai/v1/token-counts/of-all"),
            ("/openai/v1/resp_x&token=swordfish", "/openai/v1/resp_x&token=[redacted]"),
            (
                "/openai/deployments/my-gpt-4o-2024-08-06-in-westeurope-for-production-2/x",
                "/openai/deployments/my-gpt-4o-2024-08-06-in-westeurope-for-production-2/x",
            ),
        ] {
            assert_eq!(shown_path(path), told);
        }
    }

    #[test]
    fn what_follows_the_name_of_a_key_is_not_in_a_path() {
        for name in [
            "client_secrets",
            "realtime/client_secrets",
            "responses/input_tokens",
            "client_secret",
            "secret",
            "Authorization",
            "authorization/Bearer",
            "bearer",
            "x-authorization",
            "client_assertion",
            "clientAssertion",
            "assertion",
            "openai-api-key",
            "authorization_header",
            "Authorization:",
            "bearers",
        ] {
            for (value, behind) in [
                ("swordfishmonkey", ""),
                ("swordfishmonkey", "/x"),
                ("/swordfishmonkey", ""),
                ("resp_0123456789", "/chat"),
                ("resp_0123456789/swordfishmonkey", "/chat"),
            ] {
                let told = shown_path(&format!("/openai/v1/{name}/{value}{behind}"));
                let parts = value.split('/').filter(|part| !part.is_empty());
                assert!(told.contains(REDACTED) && parts.clone().all(|part| !told.contains(part)), "{name}: {told}");
            }
        }
        for segment in ["authorization=swordfish", "Bearer:swordfish", "client_assertion=swordfish"] {
            assert_eq!(shown_path(&format!("/openai/v1/{segment}")), "/openai/v1/[redacted]");
        }
        for path in
            ["/openai/v1/realtime/client_secrets", "/openai/v1/authorization", "/anthropic/v1/messages/count_tokens/"]
        {
            assert_eq!(shown_path(path), path);
        }
    }

    #[test]
    fn no_part_of_a_token_is_in_a_path_whatever_its_case() {
        for seed in 0..50 {
            let part = |length, seed| letters(length, seed).replace('+', "-").replace('/', "_");
            let token = format!("eyJ{}.eyJ{}.{}", part(40, seed), part(90, seed + 100), part(342, seed + 200));
            for token in [token.to_ascii_lowercase(), token.to_ascii_uppercase(), token] {
                for segment in [token.clone(), format!("gpt-4o{token}"), format!("Bearer={token}")] {
                    let told = shown_path(&format!("/openai/deployments/{segment}/chat"));
                    assert_eq!(told, "/openai/deployments/[redacted]/chat");
                }
            }
        }
    }

    #[test]
    fn a_long_path_is_cut_off_behind_what_is_hidden_in_it() {
        let key = "aB1h89BwsT5fy/x9QpLw2Zk7vM4rTn6yUc8";
        let local = "correct-horse-battery-staple-1234";
        for at in 0..60 {
            for secret in [key, local] {
                let path = format!("/{}chat/{}/{secret}{}", "x/".repeat(220), "é".repeat(at), "://a".repeat(10_000));
                let shown = super::shown_path(&path, &LocalKeys::parse(local, "the key").unwrap());
                assert!(shown.len() <= 600 && shown.ends_with("/…"), "{shown}");
                assert!(!shown.contains("aB1h89") && !shown.contains("correct"), "{shown}");
            }
        }
    }

    /// Letters of Base64 as chance has them, the same in each run of the test.
    fn letters(length: usize, seed: u64) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(LETTERS[usize::try_from(state >> 58).unwrap()])
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn no_part_of_a_key_in_base64_is_in_a_path() {
        for (length, end) in [(86, "=="), (43, "="), (1600, ""), (1600, "-----END"), (88, "&password=three/horses")] {
            for seed in 0..50 {
                let key = letters(length, seed);
                let lower = key.to_ascii_lowercase();
                for key in [key.replace('+', "%2B"), key, lower.replacen('/', "%2f", 1), lower] {
                    for (before, behind) in [
                        ("/openai/deployments/", "/chat/completions"),
                        ("/openai/v1/models/", ""),
                        ("/", "/openai/v1/responses"),
                        ("/openai/deployments/gpt-4o/", "/chat"),
                    ] {
                        let told = shown_path(&format!("{before}{key}{end}{behind}"));
                        let mut pieces =
                            told.split('/').filter(|it| !["", "gpt-4o", "…"].contains(it) && !is_of_api(it));
                        let is_hidden = |piece: &str| {
                            let rest = ["[redacted]", "[encoded]", "&password=", "-----END", "="].iter();
                            rest.fold(piece.to_owned(), |piece, hidden| piece.replace(hidden, "")).is_empty()
                        };
                        assert!(pieces.all(is_hidden), "{before}{key}{end}{behind}: {told}");
                    }
                }
            }
        }
        assert_eq!(
            shown_path("/openai/deployments/1saqvkqzj/0/nej+tgyuo01234567890123/x==/chat"),
            "/openai/deployments/[redacted]/chat"
        );
    }

    #[test]
    fn an_ordinary_path_is_told() {
        for path in [
            "*",
            "/",
            "/openai/deployments/gpt-4o/chat/completions",
            "/openai/deployments/team-1/gpt-4o/chat/completions",
            "/openai/deployments/gpt4o/",
            "/gateway/production/westeurope/teams/assistant/openai/v1/responses",
            "/api/projects/my-project/openai/v1/conversations/conv_0123456789abcdef0123456789abcdef/items",
            "/openai/v1/vector_stores/vs_0123456789abcdef0123456789abcdef/file_batches/batch-1/cancel",
            "/wp-admin/setup-config.php",
        ] {
            assert_eq!(shown_path(path), path);
        }
    }

    #[test]
    fn a_method_that_is_none_of_http_is_not_told() {
        assert_eq!((known_method("PATCH"), known_method("CORRECTHORSEBATTERYSTAPLE")), ("PATCH", "[other]"));
    }

    #[test]
    fn a_request_is_one_line_at_info() {
        let of = |access: &Access<'_>, level| lines(Form::Lines, level, |log| log.access(NOW, access));
        assert_eq!(
            of(&ACCESS, LevelFilter::INFO),
            [
                "2027-01-15T08:00:00.042Z INFO POST /openai/v1/responses 200 head=1.5ms total=20.0ms in=12 out=345 key=rag\n"
            ]
        );
        let refused = Access { key: "", error: Some("PROXY_KEY"), status: 401, is_broken: true, ..ACCESS };
        assert!(of(&refused, LevelFilter::DEBUG)[0].ends_with(" in=12 out=345 error=PROXY_KEY broken\n"));
        assert!(of(&ACCESS, LevelFilter::WARN).is_empty());
    }

    #[test]
    fn json_is_one_object_a_line() {
        let written = lines(Form::Json, LevelFilter::INFO, |log| {
            log.access(NOW, &ACCESS);
            log.event(NOW, Level::WARN, "a \"b\"\nc");
        });
        let [access, event] = written.as_slice() else { panic!("{written:?}") };
        let access: Value = serde_json::from_str(access).unwrap();
        assert_eq!((&access["path"], &access["status"]), (&"/openai/v1/responses".into(), &200.into()));
        assert!(event.matches('\n').count() == 1, "{event}");
        let event: Value = serde_json::from_str(event).unwrap();
        assert_eq!((&event["message"], &event["level"]), (&"a \"b\"\nc".into(), &"warn".into()));
    }
}
