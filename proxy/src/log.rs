//! The log on stderr: the core's events, the proxy's, and a line for each request.

use std::fmt::Write;
use std::time::Duration;

use azure_openai_entra_core::secret::{redact, redact_app};
use azure_openai_entra_core::system::Timestamp;
use serde_json::{Value, json};
use tracing::Level;
use tracing::level_filters::LevelFilter;

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
    /// The method.
    pub method: &'a str,
    /// The path, without its query.
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

    /// An event of the core or of the proxy, as the core's telemetry hands it on.
    pub fn event(&self, now: Timestamp, level: Level, line: &str) {
        match self.form {
            Form::Lines => (self.sink)(&format!("{} {level} {line}\n", rfc3339(now))),
            Form::Json => self.object(now, level, json!({ "message": line })),
        }
    }

    /// A request that has ended.
    pub fn access(&self, now: Timestamp, access: &Access<'_>) {
        if self.level < LevelFilter::INFO {
            return;
        }
        let (method, path) = (known_method(access.method), redact(&without_keys(access.path), &[]));
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
            Form::Json => self.object(
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
            ),
        }
    }

    fn object(&self, now: Timestamp, level: Level, mut fields: Value) {
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("time".to_owned(), rfc3339(now).into());
            fields.insert("level".to_owned(), level.as_str().to_ascii_lowercase().into());
        }
        (self.sink)(&format!("{fields}\n"));
    }
}

/// `path` without the segments that have percent-encoded characters, because what they stand for can be a key, and without
/// what looks like a key or follows the name of one.
fn without_keys(path: &str) -> String {
    let shown = |segment: &str| match segment {
        encoded if encoded.contains('%') => "[encoded]".to_owned(),
        id if is_id(id) => id.to_owned(),
        segment => without_runs(&redact_app(segment)),
    };
    path.split('/').map(shown).collect::<Vec<_>>().join("/")
}

/// Whether `segment` is an id of the API: a word, and digits that Azure's keys can have as well.
fn is_id(segment: &str) -> bool {
    const KINDS: [&str; 12] =
        ["asst", "batch", "conv", "file", "ftjob", "item", "msg", "resp", "run", "thread", "video", "vs"];
    let parts = segment.split_once(['_', '-']);
    parts.is_some_and(|(kind, id)| KINDS.contains(&kind) && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `text` without its long runs of letters and digits. The names of deployments have a `-` or a `.` between their words.
fn without_runs(text: &str) -> String {
    const SHORTEST: usize = 32;
    let is_end = |c: char| !c.is_ascii_alphanumeric();
    let shown = |part: &str| {
        let run = part.trim_end_matches(is_end);
        if run.len() < SHORTEST { part.to_owned() } else { format!("[redacted]{}", &part[run.len()..]) }
    };
    text.split_inclusive(is_end).map(shown).collect()
}

/// The method, if it is one of HTTP: a client can send any word.
fn known_method(method: &str) -> &str {
    const METHODS: [&str; 9] = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    if METHODS.contains(&method) { method } else { "[other]" }
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
            ("/openai/deployments/aB1h89BwsT5fy%2FaB1jcpb%2faB1yV8vV0xf8Ot7dHm/x", "/openai/deployments/[encoded]/x"),
            ("/openai/v1/%61bc?b", "/openai/v1/[encoded]"),
            ("/openai/v1/a+b", "/openai/v1/a+b"),
            ("/openai/deployments/0123456789abcdef0123456789ABCDEF/x", "/openai/deployments/[redacted]/x"),
            (
                "/openai/v1/responses/resp_0123456789abcdef0123456789abcdef",
                "/openai/v1/responses/resp_0123456789abcdef0123456789abcdef",
            ),
            ("/openai/v1/models&api-key=0123456789abcdef0123456789abcdef", "/openai/v1/models&api-key=[redacted]"),
            (
                "/openai/deployments/key=0123456789abcdef/chat/completions",
                "/openai/deployments/key=[redacted]/chat/completions",
            ),
            ("/openai/deployments/gpt-40123456789abcdef0123456789abcdef/x", "/openai/deployments/gpt-[redacted]/x"),
            (
                "/openai/deployments/gpt-4o;Api-Key=swordfish;a=b/x",
                "/openai/deployments/gpt-4o;Api-Key=[redacted];a=b/x",
            ),
            ("/openai/deployments/gpt-4o&password=Zk9w$mvq21!rtye", "/openai/deployments/gpt-4o&password=[redacted]"),
            ("/openai/v1/gpt-4.abcdefghijklmnopqrstuvwxyz012345.x", "/openai/v1/gpt-4.[redacted].x"),
            ("/openai/v1/resp_x&token=swordfish", "/openai/v1/resp_x&token=[redacted]"),
            (
                "/openai/deployments/my-gpt-4o-2024-08-06-in-westeurope-for-production-2/x",
                "/openai/deployments/my-gpt-4o-2024-08-06-in-westeurope-for-production-2/x",
            ),
        ] {
            let access = Access { path, ..ACCESS };
            let lines = lines(Form::Lines, LevelFilter::INFO, |log| log.access(NOW, &access));
            assert_eq!(lines.len(), 1);
            assert!(lines[0].contains(&format!(" {told} 200 ")), "{lines:?}");
        }
    }

    #[test]
    fn a_method_that_is_none_of_http_is_not_told() {
        for (form, told) in [(Form::Lines, " [other] /openai"), (Form::Json, r#""method":"[other]""#)] {
            let access = Access { method: "CORRECTHORSEBATTERYSTAPLE", ..ACCESS };
            let lines = lines(form, LevelFilter::INFO, |log| log.access(NOW, &access));
            assert!(lines[0].contains(told) && !lines[0].contains("HORSE"), "{lines:?}");
        }
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
