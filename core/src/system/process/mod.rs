//! Child processes: an argument vector, never a shell; a time limit for the whole process group.

mod lookup;
#[cfg(unix)]
#[path = "unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;

use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;

use super::on_thread;
use lookup::Found;
use platform::Streams;

/// No tool's answer comes near this; a runaway one must not fill memory.
const OUTPUT_LIMIT: usize = 1024 * 1024;

/// How soon a caller that has gone away is noticed.
const TICK: Duration = Duration::from_millis(20);

/// How soon the end of a child is noticed that has closed its streams, as it does by ending.
const CLOSED_TICK: Duration = Duration::from_millis(2);

/// How long the end of a child is waited for that was killed at its time limit.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A program to run.
#[derive(Clone)]
pub struct Command {
    /// An absolute path; or a name, which is looked up in the `PATH` of `environment`, only in absolute directories, and on
    /// Windows with the usual extensions.
    pub program: String,
    /// One element an argument: nothing is split or expanded.
    pub arguments: Vec<String>,
    /// The working directory.
    pub directory: String,
    /// The whole environment of the child, but for directories of the `PATH` in which no program is looked for.
    pub environment: Vec<(String, String)>,
    /// When the child and whatever it started are killed.
    pub time_limit: Duration,
}

/// What a program said.
pub struct Output {
    /// The exit code; none if a signal ended it.
    pub code: Option<i32>,
    /// Standard output, with bad UTF-8 replaced.
    pub stdout: String,
    /// Standard error, with bad UTF-8 replaced.
    pub stderr: String,
}

/// Why a program gave no output.
#[derive(Debug)]
pub enum ProcessError {
    /// There is no such program in `PATH`.
    NotFound,
    /// The file with this path is in `PATH`, but may not be run.
    NotExecutable(String),
    /// It was killed at its time limit.
    TimedOut,
    /// The system would not start it or let it be read.
    Io(std::io::Error),
}

/// Runs command-line tools.
#[async_trait]
pub trait Processes: Send + Sync {
    /// Runs `command` to its end, or kills it and whatever it started at its time limit.
    async fn run(&self, command: Command) -> Result<Output, ProcessError>;
}

/// Processes of the operating system.
///
/// Each has a thread of its own that starts, reads, ends and reaps it. SIGCHLD is not used: that signal
/// has one handler in a process and libuv sets it.
pub struct OsProcesses;

#[async_trait]
impl Processes for OsProcesses {
    async fn run(&self, command: Command) -> Result<Output, ProcessError> {
        let limit = command.time_limit;
        let alone = Alone::default();
        let left = alone.0.clone();
        let work = on_thread(move || supervise(&command, &left));

        let mut work = std::pin::pin!(work);
        match tokio::time::timeout(limit, &mut work).await {
            Ok(Ok(result)) => result,
            Ok(Err(no_thread)) => Err(ProcessError::Io(no_thread)),
            Err(_) => {
                drop(alone);
                // A program that ends without this output must not leave the child behind. Killing can take its time: then the
                // thread cleans up by itself.
                let _ = tokio::time::timeout(KILL_LIMIT, work).await;
                Err(ProcessError::TimedOut)
            }
        }
    }
}

/// Tells the thread, when it is dropped, that no caller waits any more.
#[derive(Default)]
struct Alone(Arc<AtomicBool>);

impl Drop for Alone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a child to its end, or ends it and its group as soon as no caller waits. Only this thread knows the child, so
/// it can neither kill a process that is no longer its own nor leave one unreaped.
fn supervise(command: &Command, alone: &AtomicBool) -> Result<Output, ProcessError> {
    let is_alone = || alone.load(Ordering::Relaxed);
    if is_alone() {
        return Err(ProcessError::TimedOut);
    }
    let directories = lookup::directories(&command.environment);
    let file = match lookup::find(&command.program, &directories) {
        Found::Program(file) => file,
        Found::NotExecutable(path) => return Err(ProcessError::NotExecutable(path)),
        Found::Nothing => return Err(ProcessError::NotFound),
    };
    let mut child = start(command, &file, &directories).map_err(ProcessError::Io)?;
    let mut streams = Streams::of(&mut child);
    let mut kept = Kept::default();
    loop {
        streams.pump(if streams.are_open() { TICK } else { CLOSED_TICK }, &mut kept);
        if is_alone() {
            platform::kill(&mut child);
            let _ = child.wait();
            return Err(ProcessError::TimedOut);
        }
        if !platform::has_ended(&mut child) {
            continue;
        }
        while streams.are_open() && !is_alone() && streams.pump(Streams::SETTLING, &mut kept) {}
        // A process that the tool left behind can hold the streams open for as long as it likes. It is waited for only
        // if nothing was said yet.
        let may_answer = streams.are_open() && kept.is_silent();
        if !may_answer && !is_alone() {
            return Ok(kept.output(child.wait().ok()));
        }
    }
}

fn start(command: &Command, file: &Path, directories: &[&str]) -> std::io::Result<Child> {
    let builder = |file| builder(command, file, directories);
    let started = builder(file).args(&command.arguments).spawn();
    match started.as_ref().err().and_then(platform::interpreter) {
        Some(interpreter) => builder(Path::new(interpreter)).arg(file).args(&command.arguments).spawn(),
        None => started,
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the door that all processes go through")]
fn builder(command: &Command, file: &Path, directories: &[&str]) -> std::process::Command {
    let mut builder = std::process::Command::new(file);
    builder
        .current_dir(&command.directory)
        .env_clear()
        .envs(lookup::environment(&command.environment, directories))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    platform::prepare(&mut builder);
    builder
}

/// What was read of both streams, up to the limit: the rest is read too, so that the child is not blocked.
#[derive(Default)]
struct Kept([Vec<u8>; 2]);

impl Kept {
    fn add(&mut self, stream: usize, bytes: &[u8]) {
        let kept = &mut self.0[stream];
        let room = OUTPUT_LIMIT.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(&bytes[..room]);
    }

    fn is_silent(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }

    fn output(self, status: Option<ExitStatus>) -> Output {
        let [stdout, stderr] = self.0.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Output { code: status.and_then(|status| status.code()), stdout, stderr }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests;

#[cfg(test)]
#[cfg(windows)]
#[path = "windows_tests.rs"]
mod tests;
