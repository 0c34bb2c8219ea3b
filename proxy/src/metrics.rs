//! What the proxy counts, in Prometheus' text format.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use azure_openai_entra_core::cache::Stats;

/// What the names begin with.
const PREFIX: &str = "azure_openai_entra_proxy";
/// The upper bounds of the histogram's buckets, in seconds.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0];

/// The counts.
#[derive(Default)]
pub struct Metrics {
    /// By the first digit of the status and the name of the local key.
    requests: Mutex<BTreeMap<(u16, String), u64>>,
    received: AtomicU64,
    sent: AtomicU64,
    in_flight: AtomicU64,
    connections: AtomicU64,
    /// One for each bucket, and one for what is above them.
    durations: [AtomicU64; BUCKETS.len() + 1],
    microseconds: AtomicU64,
}

impl Metrics {
    /// A request has begun.
    pub fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// A request has ended.
    pub fn end(&self, status: u16, key: &str, received: u64, sent: u64, total: Duration) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.received.fetch_add(received, Ordering::Relaxed);
        self.sent.fetch_add(sent, Ordering::Relaxed);
        let bucket = BUCKETS.iter().position(|bound| total.as_secs_f64() <= *bound).unwrap_or(BUCKETS.len());
        if let Some(bucket) = self.durations.get(bucket) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.microseconds.fetch_add(u64::try_from(total.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        *requests.entry((status / 100, key.to_owned())).or_default() += 1;
    }

    /// A connection of a client has opened.
    pub fn connect(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// It has closed.
    pub fn disconnect(&self) {
        self.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many requests are in flight.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// All of it, with what the cache says of itself.
    pub fn render(&self, stats: &Stats) -> String {
        let mut text = String::new();
        head(&mut text, "requests_total", "counter", "Requests that ended, by class of status and by local key.");
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for ((class, key), count) in requests {
            let _ = writeln!(text, "{PREFIX}_requests_total{{status=\"{class}xx\",key=\"{key}\"}} {count}");
        }
        self.histogram(&mut text);
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed).to_string();
        let flying = stats.in_flight.to_string();
        for (name, kind, help, value) in [
            ("request_bytes_total", "counter", "Bytes of the bodies of requests.", of(&self.received)),
            ("response_bytes_total", "counter", "Bytes of the bodies of answers.", of(&self.sent)),
            ("requests_in_flight", "gauge", "Requests under way.", of(&self.in_flight)),
            ("connections", "gauge", "Open connections of clients.", of(&self.connections)),
            ("token_fetches_total", "counter", "Token fetches that were started.", stats.fetches.to_string()),
            ("token_fetch_failures_total", "counter", "Token fetches that failed.", stats.failures.to_string()),
            ("token_fetches_in_flight", "gauge", "Token fetches under way.", flying),
        ] {
            head(&mut text, name, kind, help);
            let _ = writeln!(text, "{PREFIX}_{name} {value}");
        }
        head(
            &mut text,
            "token_expires_timestamp_seconds",
            "gauge",
            "When a cached token expires, in seconds since the epoch.",
        );
        for token in &stats.tokens {
            let (scope, seconds) = (token.scopes.join(" "), token.expires_on.millis() / 1000);
            let _ = writeln!(text, "{PREFIX}_token_expires_timestamp_seconds{{scope=\"{}\"}} {seconds}", label(&scope));
        }
        text
    }

    fn histogram(&self, text: &mut String) {
        let name = "request_duration_seconds";
        head(text, name, "histogram", "From a request's head to the end of its answer.");
        let mut sum = 0;
        let bounds = BUCKETS.iter().map(ToString::to_string).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(&self.durations) {
            sum += count.load(Ordering::Relaxed);
            let _ = writeln!(text, "{PREFIX}_{name}_bucket{{le=\"{bound}\"}} {sum}");
        }
        let seconds = Duration::from_micros(self.microseconds.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(text, "{PREFIX}_{name}_sum {seconds}\n{PREFIX}_{name}_count {sum}");
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {PREFIX}_{name} {help}\n# TYPE {PREFIX}_{name} {kind}");
}

fn label(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_is_counted_by_class_key_and_duration() {
        let metrics = Metrics::default();
        for (status, key, millis) in [(200, "rag", 4), (204, "rag", 700), (429, "", 400_000)] {
            metrics.begin();
            metrics.end(status, key, 10, 100, Duration::from_millis(millis));
        }
        metrics.begin();
        metrics.connect();
        let text = metrics.render(&Stats::default());
        for line in [
            "_requests_total{status=\"2xx\",key=\"rag\"} 2",
            "_requests_total{status=\"4xx\",key=\"\"} 1",
            "_request_duration_seconds_bucket{le=\"0.005\"} 1",
            "_request_duration_seconds_bucket{le=\"0.5\"} 1",
            "_request_duration_seconds_bucket{le=\"1\"} 2",
            "_request_duration_seconds_bucket{le=\"300\"} 2",
            "_request_duration_seconds_bucket{le=\"+Inf\"} 3",
            "_request_duration_seconds_sum 400.704",
            "_request_duration_seconds_count 3",
            "_request_bytes_total 30",
            "_response_bytes_total 300",
            "_requests_in_flight 1",
            "_connections 1",
            "_token_fetches_total 0",
        ] {
            assert!(text.contains(&format!("\n{PREFIX}{line}\n")), "{line} in {text}");
        }
    }
}
