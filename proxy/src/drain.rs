//! The end of the process: no request that has begun is lost, unless it takes too long.

use std::time::Duration;

use tokio::sync::{mpsc, watch};

/// What is under way gets so long.
pub const LIMIT: Duration = Duration::from_secs(30);
/// An idle connection stays open for so long: its client may be sending a request that must not be met by a reset.
const GRACE: Duration = Duration::from_secs(1);

/// How far the end has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It has not begun.
    Serving,
    /// No new connection is accepted, and each answer is its connection's last.
    Draining,
    /// Idle connections are closed.
    Closing,
    /// Whatever is under way is ended.
    Ending,
}

/// Tells everything that is under way how far the end has come, and knows when nothing is.
pub struct Drain {
    phase: watch::Sender<Phase>,
    /// Each connection holds one.
    open: std::sync::Mutex<Option<mpsc::Sender<()>>>,
    closed: tokio::sync::Mutex<mpsc::Receiver<()>>,
}

impl Default for Drain {
    fn default() -> Self {
        let (open, closed) = mpsc::channel(1);
        Self {
            phase: watch::Sender::new(Phase::Serving),
            open: std::sync::Mutex::new(Some(open)),
            closed: tokio::sync::Mutex::new(closed),
        }
    }
}

/// A connection that is open.
#[derive(Clone)]
pub struct Open {
    _open: Option<mpsc::Sender<()>>,
}

impl Drain {
    /// Whether the end has begun.
    pub fn has_begun(&self) -> bool {
        *self.phase.borrow() > Phase::Serving
    }

    /// Waits until the end has come so far.
    pub async fn reached(&self, phase: Phase) {
        // The sender is this object's.
        let _ = self.phase.subscribe().wait_for(|reached| *reached >= phase).await;
    }

    /// Notes a connection, until the value is dropped.
    pub fn open(&self) -> Open {
        Open { _open: self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone() }
    }

    /// Ends everything; says whether nothing had to be broken off.
    pub async fn run(&self, limit: Duration) -> bool {
        self.phase.send_replace(Phase::Draining);
        drop(self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
        let mut closed = self.closed.lock().await;
        if tokio::time::timeout(GRACE.min(limit), closed.recv()).await.is_ok() {
            return true;
        }
        self.phase.send_replace(Phase::Closing);
        let is_clean = tokio::time::timeout(limit.saturating_sub(GRACE), closed.recv()).await.is_ok();
        self.phase.send_replace(Phase::Ending);
        is_clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_ends_with_the_last_connection_or_at_the_limit() {
        let began = tokio::time::Instant::now();
        assert!(Drain::default().run(LIMIT).await);
        assert_eq!(began.elapsed(), Duration::ZERO);

        let drain = Drain::default();
        let open = drain.open();
        let close = async {
            drain.reached(Phase::Draining).await;
            assert!(drain.has_begun());
            tokio::time::sleep(Duration::from_secs(5)).await;
            drop(open);
        };
        assert!(tokio::join!(drain.run(LIMIT), close).0);
        assert_eq!(began.elapsed(), Duration::from_secs(5));

        let drain = Drain::default();
        let _open = drain.open();
        assert!(!drain.run(LIMIT).await);
        drain.reached(Phase::Ending).await;
        assert_eq!(began.elapsed(), Duration::from_secs(35));
    }
}
