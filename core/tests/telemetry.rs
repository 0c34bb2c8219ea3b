//! Listeners that come and go in several threads. A process of its own, for those of other tests hear everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use azure_openai_entra_core::telemetry::listen;
use tracing::level_filters::LevelFilter;

#[test]
fn one_who_listens_is_heard_whoever_comes_and_goes_meanwhile() {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    drop(listen(LevelFilter::ERROR, Arc::new(|_, _| ())));
                }
            });
        }
        let missed = (0..100_000).filter(|_| !is_heard()).count();
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(missed, 0);
    });
}

fn is_heard() -> bool {
    let heard = Arc::new(AtomicUsize::new(0));
    let counted = heard.clone();
    let _listener = listen(
        LevelFilter::DEBUG,
        Arc::new(move |_, _| {
            counted.fetch_add(1, Ordering::Relaxed);
        }),
    );
    tracing::debug!(target: "azure_openai_entra::test", "said");
    heard.load(Ordering::Relaxed) == 1
}
