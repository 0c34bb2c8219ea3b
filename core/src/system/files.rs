//! Files on disk.

use std::io::{Error, ErrorKind, Read};
use std::time::Duration;

use async_trait::async_trait;

use super::Threads;

/// Reads files.
#[async_trait]
pub trait Files: Send + Sync {
    /// The bytes of the file at `path`; an error if it is longer than `limit` bytes.
    async fn read(&self, path: &str, limit: u64) -> std::io::Result<Vec<u8>>;
}

/// A network file system can stall for ever; nothing that is read here takes longer than this when it is well.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// How soon a pipe is looked at again that had nothing to read.
const TICK: Duration = Duration::from_millis(20);

/// A read that stalls keeps its thread. More reads than this wait without one.
const MOST_THREADS: usize = 16;

/// Reads with a bound on time, size and threads.
pub struct DiskFiles(Threads);

impl Default for DiskFiles {
    fn default() -> Self {
        Self(Threads::at_most(MOST_THREADS))
    }
}

#[async_trait]
impl Files for DiskFiles {
    async fn read(&self, path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
        let path = path.to_owned();
        let read = self.0.run(move || read_bounded(&path, limit));
        match tokio::time::timeout(READ_LIMIT, read).await {
            Ok(read) => read?,
            Err(_) => {
                Err(Error::new(ErrorKind::TimedOut, format!("reading took longer than {} s", READ_LIMIT.as_secs())))
            }
        }
    }
}

fn read_bounded(path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = open(path)?.take(limit.saturating_add(1));
    let mut left = READ_LIMIT;
    // A pipe whose other end has not written yet would block; the bytes that have come are kept.
    while let Err(error) = file.read_to_end(&mut bytes) {
        if error.kind() != ErrorKind::WouldBlock {
            return Err(error);
        }
        if left.is_zero() {
            return Err(Error::new(ErrorKind::TimedOut, "nothing more was written to the pipe"));
        }
        std::thread::sleep(TICK);
        left = left.saturating_sub(TICK);
    }
    if bytes.len() as u64 > limit {
        return Err(Error::new(ErrorKind::InvalidData, format!("the file is longer than {limit} bytes")));
    }
    Ok(bytes)
}

/// A path can lead to a pipe or a terminal: a thread that waited for its other end would wait for ever.
fn open(path: &str) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    options.read(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn a_pipe_is_read_without_a_thread_that_waits_for_its_other_end() {
        use std::io::Write;
        use std::os::unix::ffi::OsStrExt;

        let path = std::env::temp_dir().join(format!("entra-pipe-{}", std::process::id()));
        let name = std::ffi::CString::new(path.as_os_str().as_bytes()).unwrap();
        // SAFETY: the string ends in a zero, and mkfifo keeps nothing of it.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
        let name = path.to_str().unwrap();

        let files = DiskFiles::default();
        // A thread that waits would keep the runtime, and so this test, from ending.
        assert_eq!(files.read(name, 5).await.unwrap(), b"");

        let mut end = std::fs::File::options().read(true).write(true).open(&path).unwrap();
        let reading = tokio::spawn({
            let name = name.to_owned();
            async move { files.read(&name, 5).await }
        });
        end.write_all(b"123456").unwrap();
        let refused = reading.await.unwrap().unwrap_err();
        assert!(refused.to_string().contains("longer than 5 bytes"), "{refused}");
        std::fs::remove_file(&path).unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn while_reads_are_stalled_others_take_no_more_threads_and_wait_no_longer() {
        let files = DiskFiles(Threads::at_most(0));
        let late = files.read("Cargo.toml", 1_000_000).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read() {
        let path = std::env::temp_dir().join(format!("entra-files-{}", std::process::id()));
        std::fs::write(&path, b"12345").unwrap();
        let path = path.to_str().unwrap();

        let files = DiskFiles::default();
        assert_eq!(files.read(path, 5).await.unwrap(), b"12345");
        let refused = files.read(path, 4).await.unwrap_err();
        assert!(refused.to_string().contains("longer than 4 bytes"), "{refused}");

        std::fs::remove_file(path).unwrap();
        assert_eq!(files.read(path, 5).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}
