//! Work that blocks, each on a thread of its own.
//!
//! tokio's pool panics if the system gives it no thread. Here the caller gets an error instead.

use std::io::{Error, Result};
use std::sync::Arc;

use tokio::sync::{Semaphore, oneshot};

/// The stack of a thread, in bytes: Rust's own default, which the variable `RUST_MIN_STACK` would change, down to nothing.
pub const STACK: usize = 2 * 1024 * 1024;

/// Runs `work` on a thread of its own. A caller that leaves does not end it.
///
/// # Errors
/// The system's, if it gives no thread; one of this module's, if `work` panics.
pub(crate) async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (sender, result) = oneshot::channel();
    let thread = std::thread::Builder::new().name("entra-id-work".to_owned()).stack_size(STACK);
    thread.spawn(move || sender.send(work()))?;
    result.await.map_err(|_| Error::other("the thread ended without a result"))
}

/// At most so many threads at a time: work that stalls keeps its thread, and must not take all that the process may have.
#[derive(Clone)]
pub(crate) struct Threads(Arc<Semaphore>);

impl Threads {
    pub(crate) fn at_most(count: usize) -> Self {
        Self(Arc::new(Semaphore::new(count)))
    }

    /// The same as [`on_thread`], once a thread is free.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let place = self.0.clone().acquire_owned().await.map_err(Error::other)?;
        on_thread(move || {
            // The thread's, not the caller's, which may leave first.
            let _place = place;
            work()
        })
        .await
    }
}

/// Whether `error` says that this process, or the system, has no file descriptor, thread or memory left.
pub(crate) fn is_exhaustion(error: &Error) -> bool {
    #[cfg(unix)]
    const CODES: [i32; 4] = [libc::EMFILE, libc::ENFILE, libc::EAGAIN, libc::ENOMEM];
    // ERROR_TOO_MANY_OPEN_FILES, ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_NO_SYSTEM_RESOURCES,
    // ERROR_COMMITMENT_LIMIT, WSAEMFILE, WSAENOBUFS
    #[cfg(windows)]
    const CODES: [i32; 7] = [4, 8, 14, 1450, 1455, 10024, 10055];
    error.raw_os_error().is_some_and(|code| CODES.contains(&code))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_that_panics_is_an_error_and_leaves_its_place() {
        let threads = Threads::at_most(1);
        let lost = threads.run(|| panic!("on purpose")).await.map(|()| 0).unwrap_err();
        assert!(lost.to_string().contains("without a result"), "{lost}");
        assert_eq!(threads.run(|| 1).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn work_whose_caller_has_left_keeps_its_place_until_it_ends() {
        let threads = Threads::at_most(1);
        let (release, released) = mpsc::channel::<()>();
        let (entered, is_running) = oneshot::channel();
        let stalled = tokio::spawn({
            let threads = threads.clone();
            async move {
                threads
                    .run(move || {
                        let _ = entered.send(());
                        released.recv()
                    })
                    .await
            }
        });
        is_running.await.unwrap();
        stalled.abort();
        assert!(stalled.await.unwrap_err().is_cancelled());
        assert_eq!(threads.0.available_permits(), 0);
        drop(release);
        assert_eq!(threads.run(|| 2).await.unwrap(), 2);
    }
}
