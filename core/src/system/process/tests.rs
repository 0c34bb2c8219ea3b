#![expect(clippy::disallowed_methods, reason = "the tests look at what the real door did")]

use std::path::PathBuf;
use std::time::Instant;

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
const SHORT: Duration = Duration::from_secs(1);

async fn run(command: Command) -> Output {
    OsProcesses.run(command).await.unwrap_or_else(|error| panic!("{error:?}"))
}

/// A file of this test's own, gone when it ends.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("entra-process-{name}-{}", std::process::id())))
    }

    fn pid(&self) -> i32 {
        std::fs::read_to_string(&self.0).unwrap().trim().parse().unwrap()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn is_there(pid: i32) -> bool {
    // SAFETY: signal 0 only asks whether the process is there.
    unsafe { libc::kill(pid, 0) == 0 }
}

/// Waits for a process that is not ours to reap. Where nobody reaps orphans (a container without an init) the
/// killed process stays as a zombie.
async fn await_death(pid: i32) {
    let is_zombie = || std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "));
    let began = Instant::now();
    while is_there(pid) && !is_zombie() {
        assert!(began.elapsed() < PLENTY, "{pid} lives");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for a child of ours to be gone without a trace.
async fn await_reaping(pid: i32) {
    let began = Instant::now();
    while is_there(pid) {
        assert!(began.elapsed() < PLENTY, "{pid} was not reaped");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn both_streams_the_code_the_environment_and_the_directory_come_through() {
    let output = run(shell("echo $GREETING $PWD; echo oops >&2; exit 3", PLENTY)).await;
    assert_eq!((output.code, output.stdout.as_str(), output.stderr.as_str()), (Some(3), "hello /\n", "oops\n"));
}

#[tokio::test]
async fn an_argument_is_never_split_or_expanded() {
    let mut command = shell(r#"for argument; do echo "<$argument>"; done"#, PLENTY);
    command.arguments.extend(["x", "two words", "$(id)", "*", "", "\"'"].map(str::to_owned));
    assert_eq!(run(command).await.stdout, "<two words>\n<$(id)>\n<*>\n<>\n<\"'>\n");
}

#[tokio::test]
async fn a_signal_is_no_exit_code() {
    assert_eq!(run(shell("kill -9 $$", PLENTY)).await.code, None);
}

#[tokio::test]
async fn more_than_the_limit_on_both_streams_neither_blocks_nor_is_kept() {
    let output = run(shell("head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2", PLENTY)).await;
    assert_eq!(output.code, Some(0));
    assert_eq!((output.stdout.len(), output.stderr.len()), (OUTPUT_LIMIT, OUTPUT_LIMIT));
}

#[tokio::test]
async fn a_missing_program_is_told_apart_from_one_that_cannot_run() {
    let outcome = |program: &str, directory: &str, environment: &[(&str, &str)]| {
        let environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let command = shell("", PLENTY);
        OsProcesses.run(Command { program: program.into(), directory: directory.into(), environment, ..command })
    };
    let path = ("PATH", "/usr/bin:/bin");
    assert!(matches!(outcome("no-such-program", "/", &[path]).await, Err(ProcessError::NotFound)));
    assert!(matches!(outcome("sh", "/", &[]).await, Err(ProcessError::NotFound)));
    // The working directory is never looked at.
    assert!(matches!(outcome("sh", "/bin", &[("PATH", ".::")]).await, Err(ProcessError::NotFound)));
    assert!(matches!(outcome("sh", "/no/such/directory", &[path]).await, Err(ProcessError::Io(_))));
    assert!(matches!(outcome("sh", "/", &[path, ("NUL", "a\0b")]).await, Err(ProcessError::Io(_))));
}

#[tokio::test]
async fn what_a_program_starts_is_looked_for_where_the_program_was() {
    let scratch = Scratch::new("packages");
    let root = scratch.0.to_str().unwrap().to_owned();
    // A link to packages' commands, and one to the folder above them.
    let script =
        r#"mkdir -p "$0/node_modules/.bin" && ln -s node_modules/.bin "$0/link" && ln -s node_modules "$0/up""#;
    let mut command = shell(script, PLENTY);
    command.arguments.push(root.clone());
    assert_eq!(run(command).await.stderr, "");

    let packages = format!("{root}/node_modules/.bin:{root}/link:{root}/up/.bin");
    let mut command = shell("echo $PATH", PLENTY);
    command.environment = vec![("PATH".into(), format!("{packages}:relative::/usr/bin:/bin"))];
    assert_eq!(run(command.clone()).await.stdout, "/usr/bin:/bin\n");
    // An empty one would stand for the working directory.
    command.environment = vec![("PATH".into(), packages)];
    command.program = "/usr/bin/env".into();
    command.arguments.clear();
    assert_eq!(run(command).await.stdout, "");
}

#[tokio::test]
async fn what_cannot_be_run_is_passed_over_and_a_script_without_an_interpreter_is_the_shell_s() {
    let scratch = Scratch::new("path");
    // Written by a child: a file that this process has open for writing while another test forks cannot be run.
    let script = r#"
        mkdir -p "$0/directory/tool" "$0/plain" "$0/script"
        echo 'echo wrong' > "$0/plain/tool"
        echo 'echo "$1" from $0' > "$0/script/tool" && chmod 755 "$0/script/tool""#;
    let mut command = shell(script, PLENTY);
    let root = scratch.0.to_str().unwrap().to_owned();
    command.arguments.push(root.clone());
    assert_eq!(run(command).await.stderr, "");

    let mut command = shell("", PLENTY);
    command.program = "tool".into();
    command.arguments = vec!["two words".into()];
    command.environment = vec![("PATH".into(), format!("{root}/directory:{root}/plain:{root}/script"))];
    assert_eq!(run(command).await.stdout, format!("two words from {root}/script/tool\n"));
}

#[tokio::test]
async fn at_the_limit_the_child_is_reaped_and_the_grandchild_killed() {
    let (child, grandchild) = (Scratch::new("limit-child"), Scratch::new("limit-grandchild"));
    let script = format!("echo $$ > {}; sleep 600 & echo $! > {}; wait", child.0.display(), grandchild.0.display());
    assert!(matches!(OsProcesses.run(shell(&script, SHORT)).await, Err(ProcessError::TimedOut)));
    await_death(grandchild.pid()).await;
    await_reaping(child.pid()).await;
}

#[tokio::test]
async fn when_the_caller_goes_away_all_are_killed() {
    let (child, grandchild) = (Scratch::new("gone-child"), Scratch::new("gone-grandchild"));
    let script = format!("echo $$ > {}; sleep 600 & echo $! > {}; wait", child.0.display(), grandchild.0.display());
    let caller = tokio::time::timeout(SHORT, OsProcesses.run(shell(&script, PLENTY * 10)));
    assert!(caller.await.is_err());
    await_death(grandchild.pid()).await;
    await_reaping(child.pid()).await;
}

#[tokio::test]
async fn a_child_that_ignores_signals_or_talks_for_ever_is_killed_too() {
    let child = Scratch::new("stubborn");
    for act in
        ["trap '' TERM INT HUP; while :; do sleep 1; done", "exec yes", "exec yes >&2", "exec >&- 2>&-; sleep 600"]
    {
        let script = format!("echo $$ > {}; {act}", child.0.display());
        assert!(matches!(OsProcesses.run(shell(&script, SHORT)).await, Err(ProcessError::TimedOut)), "{act}");
        assert!(!is_there(child.pid()), "{act}: it has ended before its end is told");
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_grandchild_that_escaped_with_the_streams_holds_up_nobody() {
    let (child, escaped) = (Scratch::new("escape-child"), Scratch::new("escape-grandchild"));
    let leave =
        format!("setsid sh -c 'echo $$ > {0}; exec sleep 600' & while [ ! -s {0} ]; do :; done", escaped.0.display());

    // The tool has answered: its answer counts at once.
    let began = Instant::now();
    let output = run(shell(&format!("{leave}; echo answer"), PLENTY)).await;
    assert_eq!((output.code, output.stdout.as_str()), (Some(0), "answer\n"));
    assert!(began.elapsed() < PLENTY / 3, "{:?}", began.elapsed());
    // SAFETY: kill takes no pointers.
    unsafe { libc::kill(escaped.pid(), libc::SIGKILL) };
    std::fs::remove_file(&escaped.0).unwrap();

    // It has not and never will: the limit holds and no thread stays with the pipes, or the runtime would not end.
    let script = format!("echo $$ > {}; {leave}; sleep 600", child.0.display());
    assert!(matches!(OsProcesses.run(shell(&script, SHORT)).await, Err(ProcessError::TimedOut)));
    await_reaping(child.pid()).await;
    assert!(is_there(escaped.pid()), "it is out of reach");
    // SAFETY: kill takes no pointers.
    unsafe { libc::kill(escaped.pid(), libc::SIGKILL) };
}

#[tokio::test]
async fn an_answer_that_a_helper_gives_after_the_tool_has_ended_is_waited_for() {
    assert_eq!(run(shell("(sleep 0.3; echo late) & exit 0", PLENTY)).await.stdout, "late\n");
}

#[tokio::test]
async fn many_at_once_neither_mix_nor_leave_anything() {
    let all: Vec<_> = (0..20)
        .map(|n| tokio::spawn(async move { run(shell(&format!("echo {n}; echo {n} >&2; exit {n}"), PLENTY)).await }))
        .collect();
    for (n, output) in all.into_iter().enumerate() {
        let output = output.await.unwrap();
        assert_eq!(output.code, i32::try_from(n).ok());
        assert_eq!((output.stdout, output.stderr), (format!("{n}\n"), format!("{n}\n")));
    }
}
