//! Child processes: an argument vector, never a shell; a time limit for the whole process group.

use std::io::Read;
use std::process::{Child, Stdio};
use std::time::Duration;

use async_trait::async_trait;

use super::Processes;

/// No tool's answer comes near this; a runaway one must not fill memory.
const OUTPUT_LIMIT: u64 = 1024 * 1024;

/// A program to run.
#[derive(Clone)]
pub struct Command {
    /// Looked up in the `PATH` of `environment`.
    pub program: String,
    /// One element an argument: nothing is split or expanded.
    pub arguments: Vec<String>,
    /// The working directory.
    pub directory: String,
    /// The whole environment of the child.
    pub environment: Vec<(String, String)>,
    /// When the child and whatever it started are killed.
    pub time_limit: Duration,
}

/// What a program said.
pub struct Output {
    /// The exit code; none where a signal ended it.
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
    /// It was killed at its time limit.
    TimedOut,
    /// The system would not start it or let it be read.
    Io(std::io::Error),
}

/// Processes of the operating system.
///
/// They are waited for on threads of the blocking pool, not by SIGCHLD: that signal has one handler in a
/// process and libuv sets it.
pub struct OsProcesses;

#[async_trait]
impl Processes for OsProcesses {
    async fn run(&self, command: Command) -> Result<Output, ProcessError> {
        let limit = command.time_limit;
        let (started, leader) = tokio::sync::oneshot::channel();
        let work = tokio::task::spawn_blocking(move || run_to_end(&command, started));
        let mut guard = KillOnDrop { leader: Some(leader) };

        // At the limit the thread is left to end by itself: a grandchild that left the group can hold its pipes.
        let result = match tokio::time::timeout(limit, work).await {
            Ok(Ok(result)) => result,
            Ok(Err(lost)) => Err(ProcessError::Io(std::io::Error::other(lost))),
            Err(_) => return Err(ProcessError::TimedOut),
        };
        guard.leader = None;
        result
    }
}

/// Ends the process group when its time is over or nobody waits for it any more.
struct KillOnDrop {
    leader: Option<tokio::sync::oneshot::Receiver<u32>>,
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        let Some(mut leader) = self.leader.take() else { return };
        // From here on a child that is only being started ends itself, for its id can no longer be sent.
        leader.close();
        if let Ok(leader) = leader.try_recv() {
            kill_group(leader);
        }
    }
}

fn run_to_end(command: &Command, started: tokio::sync::oneshot::Sender<u32>) -> Result<Output, ProcessError> {
    let mut child = start(command).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => ProcessError::NotFound,
        _ => ProcessError::Io(error),
    })?;
    if started.send(child.id()).is_err() {
        // The caller's limit came before the child did.
        kill_group(child.id());
        let _ = child.wait();
        return Err(ProcessError::TimedOut);
    }

    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let stderr = std::thread::spawn(move || read(stderr));
    let stdout = read(stdout);
    let stderr = stderr.join().unwrap_or_default();
    let status = child.wait().map_err(ProcessError::Io)?;
    Ok(Output { code: status.code(), stdout, stderr })
}

#[expect(clippy::disallowed_methods, reason = "this is the door that all processes go through")]
fn start(command: &Command) -> std::io::Result<Child> {
    let mut builder = std::process::Command::new(&command.program);
    builder
        .args(&command.arguments)
        .current_dir(&command.directory)
        .env_clear()
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut builder, 0);
    builder.spawn()
}

/// Reads up to the limit, then on to the end without keeping it, so that the child is not blocked.
fn read(pipe: Option<impl Read>) -> String {
    let Some(mut pipe) = pipe else { return String::new() };
    let mut bytes = Vec::new();
    let kept = pipe.by_ref().take(OUTPUT_LIMIT).read_to_end(&mut bytes);
    if kept.is_ok() {
        let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(unix)]
fn kill_group(leader: u32) {
    let Ok(leader) = i32::try_from(leader) else { return };
    // SAFETY: kill takes no pointers; a group that is gone is an error that changes nothing.
    unsafe { libc::kill(-leader, libc::SIGKILL) };
}

#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "Windows has no process groups; taskkill ends a tree")]
fn kill_group(leader: u32) {
    let _ = std::process::Command::new("taskkill")
        .args(["/T", "/F", "/PID", &leader.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
}

#[cfg(all(test, unix))]
#[expect(clippy::disallowed_methods, reason = "the test looks at what the real door did")]
mod tests {
    use super::*;

    fn shell(script: &str, time_limit: Duration) -> Command {
        Command {
            program: "sh".into(),
            arguments: vec!["-c".into(), script.into()],
            directory: "/".into(),
            environment: vec![("PATH".into(), "/usr/bin:/bin".into()), ("GREETING".into(), "hello".into())],
            time_limit,
        }
    }

    const PLENTY: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn both_streams_the_code_the_environment_and_the_directory_come_through() {
        let script = "echo $GREETING $PWD; echo oops >&2; exit 3";
        let output = OsProcesses.run(shell(script, PLENTY)).await.unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (Some(3), "hello /\n", "oops\n"));
    }

    #[tokio::test]
    async fn more_than_the_limit_on_both_streams_neither_blocks_nor_is_kept() {
        let script = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2";
        let output = OsProcesses.run(shell(script, PLENTY)).await.unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(output.code, Some(0));
        assert_eq!((output.stdout.len(), output.stderr.len()), (OUTPUT_LIMIT as usize, OUTPUT_LIMIT as usize));
    }

    #[tokio::test]
    async fn a_missing_program_is_told_apart() {
        let mut command = shell("", PLENTY);
        command.program = "no-such-program-here".into();
        assert!(matches!(OsProcesses.run(command).await, Err(ProcessError::NotFound)));
    }

    #[tokio::test]
    async fn at_the_limit_the_grandchild_is_killed_too() {
        let pid_file = std::env::temp_dir().join(format!("entra-grandchild-{}", std::process::id()));
        let script = format!("sleep 600 & echo $! > {}; wait", pid_file.display());
        let outcome = OsProcesses.run(shell(&script, Duration::from_millis(500))).await;
        assert!(matches!(outcome, Err(ProcessError::TimedOut)));

        let grandchild: i32 = std::fs::read_to_string(&pid_file).unwrap().trim().parse().unwrap();
        std::fs::remove_file(&pid_file).unwrap();
        // SAFETY: signal 0 only asks whether the process is there.
        while unsafe { libc::kill(grandchild, 0) } == 0 && !is_zombie(grandchild) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Where nobody reaps orphans (a container without an init) the killed process stays as a zombie.
    fn is_zombie(pid: i32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
    }
}
