//! The pipes of a child and the end of its tree, on Windows.

use std::io::Read;
use std::os::windows::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use super::Kept;
use crate::system::STACK;

/// `CREATE_NO_WINDOW`: a desktop app has no console, and none must flash up.
const NO_WINDOW: u32 = 0x0800_0000;

/// Both streams of a child. An anonymous pipe cannot be polled, so each has a thread, which ends with its pipe.
pub(super) struct Streams {
    chunks: Option<Receiver<(usize, Vec<u8>)>>,
}

impl Streams {
    /// How long after the child's end something that it wrote may still come: from the thread that read it.
    pub(super) const SETTLING: Duration = Duration::from_millis(100);

    pub(super) fn of(child: &mut Child) -> Self {
        // Few chunks wait, so that a runaway child is slowed down and not kept in memory.
        let (sender, chunks) = sync_channel(4);
        if let Some(stdout) = child.stdout.take() {
            forward(0, stdout, sender.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            forward(1, stderr, sender);
        }
        Self { chunks: Some(chunks) }
    }

    pub(super) fn are_open(&self) -> bool {
        self.chunks.is_some()
    }

    /// Waits so long for something that was read and says whether there was something or an end.
    pub(super) fn pump(&mut self, wait: Duration, kept: &mut Kept) -> bool {
        let Some(chunks) = &self.chunks else {
            std::thread::sleep(wait);
            return false;
        };
        match chunks.recv_timeout(wait) {
            Ok((index, chunk)) => kept.add(index, &chunk),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => self.chunks = None,
        }
        true
    }
}

fn forward(index: usize, mut pipe: impl Read + Send + 'static, chunks: SyncSender<(usize, Vec<u8>)>) {
    let work = move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            if chunks.send((index, buffer[..length].to_vec())).is_err() {
                return;
            }
        }
    };
    // Without a thread the stream is as good as closed.
    let _ = std::thread::Builder::new().name("entra-id-tool".to_owned()).stack_size(STACK).spawn(work);
}

pub(super) fn prepare(command: &mut Command) {
    command.creation_flags(NO_WINDOW);
}

/// Whether the child has ended.
pub(super) fn has_ended(child: &mut Child) -> bool {
    !matches!(child.try_wait(), Ok(None))
}

/// Ends the child and what it started. Its handle is open, so its number is not reused.
#[expect(clippy::disallowed_methods, reason = "Windows has no process groups; taskkill ends a tree")]
pub(super) fn kill(child: &mut Child) {
    let mut taskkill = Command::new("taskkill");
    taskkill.args(["/T", "/F", "/PID", &child.id().to_string()]).creation_flags(NO_WINDOW);
    let _ = taskkill.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let _ = child.kill();
}

/// Windows goes by a file's extension.
pub(super) fn interpreter(_: &std::io::Error) -> Option<&'static str> {
    None
}
