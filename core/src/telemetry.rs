//! Log events: from `tracing` in the core to the listeners.
//!
//! The core never logs a secret: secrets have no `Debug` and no `Display`. Events of other crates are dropped, because
//! they can hold secrets.

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::secret;

/// What the targets of this project's crates begin with, and how each line does.
const OWN: &str = "azure_openai_entra";
/// What the targets of this crate begin with. A reader of the log is not told in which crate of ours a module is.
const CORE: &str = env!("CARGO_CRATE_NAME");

/// Takes a level and a line such as `azure_openai_entra::credential::chain: token acquired credential="…"`.
pub type Sink = Arc<dyn Fn(Level, &str) + Send + Sync>;

/// Ends a listener's subscription when it is dropped.
pub struct Listener(usize);

#[derive(Default)]
struct Listeners {
    next: usize,
    sinks: Vec<(usize, LevelFilter, Sink)>,
}

static LISTENERS: RwLock<Listeners> = RwLock::new(Listeners { next: 0, sinks: Vec::new() });
/// The most verbose level of all listeners, as `LevelFilter`'s order of verbosity.
static VERBOSITY: AtomicUsize = AtomicUsize::new(0);
static INSTALLED: OnceLock<bool> = OnceLock::new();

const FILTERS: [LevelFilter; 6] = [
    LevelFilter::OFF,
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];

/// Sends events up to `level` to `sink` until the listener is dropped.
///
/// ```
/// use std::sync::Arc;
///
/// use azure_openai_entra_core::telemetry::listen;
/// use tracing::level_filters::LevelFilter;
///
/// let listener = listen(LevelFilter::INFO, Arc::new(|level, line| eprintln!("{level} {line}")));
/// // Events are printed from here on.
/// drop(listener);
/// ```
pub fn listen(level: LevelFilter, sink: Sink) -> Listener {
    // If the crate is linked into a Rust program that has a subscriber, that subscriber stays.
    INSTALLED.get_or_init(|| tracing::subscriber::set_global_default(Fanout).is_ok());
    change(|listeners| {
        listeners.next += 1;
        listeners.sinks.push((listeners.next, level, sink));
        Listener(listeners.next)
    })
}

impl Drop for Listener {
    fn drop(&mut self) {
        change(|listeners| listeners.sinks.retain(|(id, ..)| *id != self.0));
    }
}

/// Changes the listeners, and with them the verbosity. Both under the lock: of two threads that do so at once, the last
/// to change the listeners must also be the last to set the verbosity.
fn change<T>(act: impl FnOnce(&mut Listeners) -> T) -> T {
    let mut listeners = LISTENERS.write().unwrap_or_else(PoisonError::into_inner);
    let done = act(&mut listeners);
    let most = listeners.sinks.iter().map(|(_, level, _)| *level).max().unwrap_or(LevelFilter::OFF);
    let index = FILTERS.iter().position(|filter| *filter == most).unwrap_or(0);
    VERBOSITY.store(index, Ordering::Relaxed);
    tracing::callsite::rebuild_interest_cache();
    done
}

fn verbosity() -> LevelFilter {
    FILTERS[VERBOSITY.load(Ordering::Relaxed)]
}

/// Hands each event of this crate to every listener. There are no spans.
struct Fanout;

impl Subscriber for Fanout {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target().starts_with(OWN) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(verbosity())
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target().starts_with(OWN) && *metadata.level() <= verbosity()
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{}:", event.metadata().target().replacen(CORE, OWN, 1)));
        event.record(&mut line);
        let line = secret::redact(&line.0, &[]);
        let level = *event.metadata().level();
        let listeners = LISTENERS.read().unwrap_or_else(PoisonError::into_inner);
        for (_, most, sink) in &listeners.sinks {
            if level <= *most {
                sink(level, &line);
            }
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// `target: message name=value …` on one line.
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_listener_hears_its_levels_of_this_crate_until_it_is_dropped() {
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = heard.clone();
        let marker = "heard by the telemetry test";
        let listener = listen(
            LevelFilter::INFO,
            Arc::new(move |level, line| {
                // Other tests of this process log too.
                if line.contains(marker) {
                    sink.lock().unwrap().push(format!("{level} {line}"));
                }
            }),
        );
        tracing::info!(number = 1, text = "a\nb", "{marker}");
        tracing::debug!("{marker}, but too detailed");
        tracing::error!(target: "another_crate", "{marker}, but foreign");
        drop(listener);
        tracing::error!("{marker}, but too late");

        let expected = format!("INFO azure_openai_entra::telemetry::tests: {marker} number=1 text=\"a\\nb\"");
        assert_eq!(*heard.lock().unwrap(), [expected]);
    }
}
