//! Writes the log's lines from a thread of its own: a reader that is slow, or has stopped, does not hold up the proxy.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use azure_openai_entra_core::system::STACK;

/// So many lines wait to be written, mostly of 200 bytes, at most of some 2 KiB.
const MOST_WAITING: usize = 1024;

/// Before a full pipe or a full queue is tried again.
const PAUSE: Duration = Duration::from_millis(5);

enum Entry {
    Line(String),
    /// All lines before it are written.
    Mark(SyncSender<()>),
}

/// Takes lines without waiting. Those for which no room is left are counted and dropped.
pub struct Writer {
    entries: SyncSender<Entry>,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    /// Writes to `to`, and what `tell_of` says of each number of dropped lines.
    ///
    /// # Errors
    /// The system's, if it gives no thread.
    pub fn start(
        to: impl Write + Send + 'static,
        tell_of: impl Fn(u64) -> String + Send + 'static,
    ) -> io::Result<Self> {
        let (entries, waiting) = sync_channel(MOST_WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let missing = dropped.clone();
        thread::Builder::new()
            .name("log".to_owned())
            .stack_size(STACK)
            .spawn(move || write_all(waiting, to, &missing, tell_of))?;
        Ok(Self { entries, dropped })
    }

    /// Has `line` written, with its line break.
    pub fn write(&self, line: &str) {
        if self.entries.try_send(Entry::Line(line.to_owned())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all lines are written, but not longer than `limit`.
    pub fn flush(&self, limit: Duration) {
        let (mark, is_written) = sync_channel(1);
        let mut left = limit;
        while let Err(TrySendError::Full(_)) = self.entries.try_send(Entry::Mark(mark.clone())) {
            let Some(rest) = left.checked_sub(PAUSE) else { return };
            left = rest;
            thread::sleep(PAUSE);
        }
        let _ = is_written.recv_timeout(left);
    }
}

fn write_all(waiting: Receiver<Entry>, mut to: impl Write, dropped: &AtomicU64, tell_of: impl Fn(u64) -> String) {
    let mut write = |line: &str| {
        let mut rest = line.as_bytes();
        while !rest.is_empty() {
            match to.write(rest) {
                Ok(written @ 1..) => rest = rest.get(written..).unwrap_or_default(),
                // A parent can have made the pipe non-blocking.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock) => thread::sleep(PAUSE),
                Err(error) if matches!(error.kind(), ErrorKind::Interrupted) => {}
                // A closed pipe must not end the proxy.
                Ok(_) | Err(_) => return,
            }
        }
        let _ = to.flush();
    };
    for entry in waiting {
        match entry {
            Entry::Line(line) => write(&line),
            Entry::Mark(mark) => {
                let _ = mark.send(());
            }
        }
        let missing = dropped.swap(0, Ordering::Relaxed);
        if missing > 0 {
            write(&tell_of(missing));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Takes a line only if it is let.
    struct Slow(Receiver<()>, Sender<String>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(String::from_utf8_lossy(bytes).into_owned());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_that_nobody_reads_are_dropped_and_counted() {
        let ((may_write, let_in), (read, lines)) = (channel(), channel());
        let writer = Writer::start(Slow(let_in, read), |missing| format!("{missing} missing\n")).unwrap();
        for at in 0..5000 {
            writer.write(&format!("{at}\n"));
        }
        writer.flush(Duration::ZERO);
        drop(may_write);
        // Now there is room for it.
        while lines.recv().unwrap() != "0\n" {}
        let rest: Vec<String> = std::iter::from_fn(|| {
            writer.flush(Duration::from_secs(20));
            lines.try_recv().ok()
        })
        .collect();
        let missing: usize =
            rest.iter().filter_map(|line| line.strip_suffix(" missing\n")?.parse::<usize>().ok()).sum();
        let written = rest.iter().filter(|line| !line.contains("missing")).count() + 1;
        assert_eq!(written + missing, 5000);
        assert!((MOST_WAITING..MOST_WAITING + 3).contains(&written), "{written}");
    }

    /// Takes a few bytes at a time, and none each other time.
    struct Full(bool, Sender<u8>);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = !self.0;
            if self.0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            let taken = bytes.len().min(3);
            bytes.iter().take(taken).for_each(|byte| self.1.send(*byte).unwrap());
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_pipe_that_is_full_for_a_moment_gets_whole_lines() {
        let (read, bytes) = channel();
        let writer = Writer::start(Full(false, read), |_| String::new()).unwrap();
        for _ in 0..10 {
            writer.write("a whole line\n");
        }
        writer.flush(Duration::from_secs(20));
        assert_eq!(String::from_utf8(bytes.try_iter().collect()).unwrap(), "a whole line\n".repeat(10));
    }

    #[test]
    fn all_lines_are_written_before_a_flush_ends() {
        let ((may_write, let_in), (read, lines)) = (channel(), channel());
        drop(may_write);
        let writer = Writer::start(Slow(let_in, read), |_| String::new()).unwrap();
        for at in 0..100 {
            writer.write(&at.to_string());
        }
        writer.flush(Duration::from_secs(20));
        assert_eq!(lines.try_iter().count(), 100);
    }
}
