#![expect(clippy::disallowed_methods, reason = "the tests look at what the real door did")]

use std::path::PathBuf;
use std::time::Instant;

use super::*;

const PLENTY: Duration = Duration::from_secs(60);

/// A folder of this test's own with a batch file in it, gone when it ends.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, batch: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("entra process {name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("tool.cmd"), batch.replace('\n', "\r\n")).unwrap();
        Self(folder)
    }

    fn command(&self, arguments: &[&str], time_limit: Duration) -> Command {
        let root = std::env::var("SystemRoot").unwrap();
        let path = format!("relative;{};{root}\\System32", self.0.display());
        Command {
            program: "tool".into(),
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            directory: root.clone(),
            environment: vec![("Path".into(), path), ("SystemRoot".into(), root), ("GREETING".into(), "hello".into())],
            time_limit,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_batch_file_is_found_by_its_name_and_gets_its_arguments_whole() {
    let batch = "@echo off\necho %GREETING% [%~1] [%~2]\ncd\necho oops 1>&2\nexit /b 3\n";
    let folder = Folder::with("runs", batch);
    let command = folder.command(&["two words", "https://r/.default"], PLENTY);
    let directory = command.directory.to_lowercase();
    let output = OsProcesses.run(command).await.unwrap_or_else(|error| panic!("{error:?}"));
    let lines: Vec<&str> = output.stdout.lines().map(str::trim).collect();
    assert_eq!(lines[0], "hello [two words] [https://r/.default]");
    assert_eq!(lines[1].to_lowercase(), directory);
    assert_eq!((output.code, output.stderr.trim()), (Some(3), "oops"));
}

#[tokio::test]
async fn a_missing_program_is_told_apart() {
    let mut command = Folder::with("missing", "").command(&[], PLENTY);
    command.program = "no-such-program".into();
    assert!(matches!(OsProcesses.run(command).await, Err(ProcessError::NotFound)));
}

#[tokio::test]
async fn at_the_limit_and_when_the_caller_goes_away_the_tree_is_killed() {
    let folder = Folder::with("hangs", "@ping -n 600 127.0.0.1\n@echo too late> %1\n");
    let began = Instant::now();
    let limit = Duration::from_secs(2);
    assert!(matches!(OsProcesses.run(folder.command(&[], limit)).await, Err(ProcessError::TimedOut)));
    assert!(tokio::time::timeout(limit, OsProcesses.run(folder.command(&[], PLENTY * 10))).await.is_err());
    assert!(began.elapsed() < PLENTY, "{:?}", began.elapsed());
    // The runtime waits for the threads that wait for the children: this test ends if they have.
}
