//! The pipes of a child and the end of its group, on Unix.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::time::Duration;

use super::Kept;

/// Both streams of a child, read by one thread that can always leave: what a process that outlives the child
/// holds open is not waited for.
pub(super) struct Streams {
    pipes: [Option<File>; 2],
}

impl Streams {
    /// How long after the child's end something that it wrote may still come: a pipe has it at once.
    pub(super) const SETTLING: Duration = Duration::ZERO;

    pub(super) fn of(child: &mut Child) -> Self {
        let stdout = child.stdout.take().map(|pipe| File::from(OwnedFd::from(pipe)));
        let stderr = child.stderr.take().map(|pipe| File::from(OwnedFd::from(pipe)));
        Self { pipes: [stdout, stderr] }
    }

    pub(super) fn are_open(&self) -> bool {
        self.pipes.iter().any(Option::is_some)
    }

    /// Waits so long for something to read, reads it, and says whether there was something or an end.
    pub(super) fn pump(&mut self, wait: Duration, kept: &mut Kept) -> bool {
        if !self.are_open() {
            std::thread::sleep(wait);
            return false;
        }
        // A negative descriptor is passed over.
        let mut polled = [0, 1].map(|index| libc::pollfd {
            fd: self.pipes[index].as_ref().map_or(-1, AsRawFd::as_raw_fd),
            events: libc::POLLIN,
            revents: 0,
        });
        let wait = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the pointer and the length are those of one array, whose descriptors are open or negative.
        let ready = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, wait) };
        if ready <= 0 {
            return false;
        }
        for (index, poll) in polled.iter().enumerate().filter(|(_, poll)| poll.revents != 0) {
            debug_assert!(poll.fd >= 0, "only open pipes are ready");
            if !self.read(index, kept) {
                self.pipes[index] = None;
            }
        }
        true
    }

    /// Reads once, which does not block where poll saw something; whether the stream goes on.
    fn read(&mut self, index: usize, kept: &mut Kept) -> bool {
        let Some(pipe) = &mut self.pipes[index] else { return false };
        let mut buffer = [0; 16 * 1024];
        match pipe.read(&mut buffer) {
            Ok(0) => false,
            Ok(length) => {
                kept.add(index, &buffer[..length]);
                true
            }
            Err(error) => error.kind() == ErrorKind::Interrupted,
        }
    }
}

/// A group of its own, so that all that the child starts can be ended with it.
pub(super) fn prepare(command: &mut Command) {
    command.process_group(0);
}

/// Whether the child has ended. It is left to be waited for, so that its number, which is also its group's, cannot
/// go to another process before [`kill`].
pub(super) fn has_ended(child: &mut Child) -> bool {
    // SAFETY: all zeros is a value of this structure of numbers and pointers that are not followed.
    let mut told: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let how = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the pointer is to a local that waitid fills.
    if unsafe { libc::waitid(libc::P_PID, child.id(), &raw mut told, how) } != 0 {
        // The host application waits for every child that it finds.
        return true;
    }
    // SAFETY: waitid has filled the structure for a child, or left its zeros.
    unsafe { told.si_pid() != 0 }
}

/// Ends the child, though it left its group, and the group, though the child has ended.
pub(super) fn kill(child: &mut Child) {
    let _ = child.kill();
    let Ok(leader) = i32::try_from(child.id()) else { return };
    // SAFETY: kill takes no pointers; a group that is gone is an error that changes nothing.
    unsafe { libc::kill(-leader, libc::SIGKILL) };
}

/// What runs a script that does not name its interpreter: a shell and `execvp` do the same.
pub(super) fn interpreter(error: &std::io::Error) -> Option<&'static str> {
    (error.raw_os_error() == Some(libc::ENOEXEC)).then_some("/bin/sh")
}
