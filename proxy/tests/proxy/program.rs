//! The program itself: its first line, its signals and its exit codes.
#![cfg(unix)]

use std::process::Stdio;

use azure_openai_entra_core::system::System;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::*;

fn program(arguments: &[&str]) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the test starts the program that it is about")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_azure-openai-entra-proxy"));
    // Without a credential, so that nothing is asked for one.
    command.args(arguments).env_clear().env("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential").kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

async fn outcome(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = soon(program(arguments).output()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn signal(child: &Child, signal: libc::c_int) {
    let id = libc::pid_t::try_from(child.id().unwrap()).unwrap();
    // SAFETY: the process is this test's child, and has not been waited for.
    assert_eq!(unsafe { libc::kill(id, signal) }, 0);
}

/// A program that listens, in a folder of its own.
struct Started {
    child: Child,
    /// Its first line.
    line: String,
    /// Where it listens.
    base: String,
    folder: std::path::PathBuf,
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Started {
    async fn new(admin: &str, variables: &[(&str, &str)]) -> Self {
        Self::with(admin, variables, |_| {}).await
    }

    async fn with(admin: &str, variables: &[(&str, &str)], change: impl FnOnce(&mut Command)) -> Self {
        let folder = folder();
        let mut command =
            program(&["--upstream", "https://r.openai.azure.com", "--listen", "127.0.0.1:0", "--admin", admin]);
        change(&mut command);
        let mut child = command.env("TMPDIR", &folder).envs(variables.iter().copied()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon(lines.next_line()).await.unwrap().unwrap();
        let base =
            line.strip_prefix("Listening on http://").and_then(|rest| rest.split(' ').next()).unwrap().to_owned();
        Self { child, line, base, folder }
    }

    fn key_file(&self) -> &str {
        self.line.rsplit("the content of ").next().unwrap().trim_end_matches('.')
    }

    async fn connect(&self) -> End {
        End::new(Box::new(tokio::net::TcpStream::connect(&self.base).await.unwrap()))
    }

    /// A request with the key.
    async fn request(&self) -> String {
        let key = String::from_utf8(System::real().files.read(self.key_file(), 1000).await.unwrap()).unwrap();
        format!("GET /openai/v1/models HTTP/1.1\r\nHost: {}\r\napi-key: {key}\r\n\r\n", self.base)
    }

    async fn ends_well(&mut self) {
        assert_eq!(soon(self.child.wait()).await.unwrap().code(), Some(0));
    }

    /// What it logged until its end.
    async fn log(&mut self) -> String {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
        log
    }
}

#[tokio::test]
async fn it_says_where_it_listens_and_ends_with_0_at_a_signal() {
    for number in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
        let mut started = Started::new("127.0.0.1:0", &[]).await;
        let (line, path) = (&started.line, started.key_file().to_owned());
        assert!(line.contains(&format!("base URL http://{}/openai/v1", started.base)), "{line}");

        let mut client = started.connect().await;
        client.send(started.request().await).await;
        let answer = client.message().await.unwrap();
        assert_eq!(answer.header("x-entra-id-error"), Some("ENTRA_ID_UNAVAILABLE"), "{}", answer.text());

        signal(&started.child, number);
        started.ends_well().await;
        assert!(!std::path::Path::new(&path).exists(), "the key goes with the process");
        let log = started.log().await;
        assert!(log.contains("INFO GET /openai/v1/models 401 ") && log.contains("ending: waiting up to 30 s"), "{log}");
    }
}

/// Has `command` run with so many files at most.
fn limit_files(command: &mut Command, files: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: files, rlim_max: files };
    set_limit(command, move || {
        // SAFETY: it reads a limit of this frame.
        unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }
    });
}

/// Has `command` write no more than so many bytes to a file.
fn limit_file_size(command: &mut Command, bytes: libc::rlim_t) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    set_limit(command, move || {
        // SAFETY: it reads a limit of this frame.
        unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) }
    });
}

fn set_limit(command: &mut Command, set: impl Fn() -> libc::c_int + Send + Sync + 'static) {
    // SAFETY: between fork and exec it only sets a limit, which is safe there.
    unsafe {
        command.pre_exec(move || match set() {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
}

#[tokio::test]
async fn a_file_that_may_not_grow_ends_it_with_a_reason_or_takes_no_more_lines() {
    let full = folder();
    let log = std::fs::File::create(full.join("log")).unwrap();
    let mut started = Started::with("off", &[], |command| {
        limit_file_size(command, 500);
        command.stderr(log);
    })
    .await;
    for _ in 0..30 {
        let mut client = started.connect().await;
        client.send(started.request().await).await;
        assert_eq!(soon(client.message()).await.unwrap().status(), 401);
    }
    signal(&started.child, libc::SIGTERM);
    started.ends_well().await;
    assert_eq!(std::fs::metadata(full.join("log")).unwrap().len(), 500);

    let mut command = program(&["--upstream", "https://r.openai.azure.com", "--listen", "127.0.0.1:0"]);
    limit_file_size(&mut command, 0);
    let output = soon(command.env("TMPDIR", &full).output()).await.unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && errors.contains("File too large"), "{:?} {errors}", output.status);

    let mut command = program(&["--help"]);
    limit_file_size(&mut command, 100);
    let help = std::fs::File::create(full.join("help")).unwrap();
    assert_eq!(soon(command.stdout(help).status()).await.unwrap().code(), Some(1), "it is cut off");
    std::fs::remove_dir_all(full).unwrap();
}

#[tokio::test]
async fn without_files_it_ends_with_a_reason_and_no_panic() {
    let upstream = ["--upstream", "https://r.openai.azure.com"];
    let serve = [&upstream[..], &["--listen", "127.0.0.1:0", "--admin", "off"]].concat();
    let check = [&["check"], &upstream[..]].concat();
    for files in 4..16 {
        for arguments in [&serve, &check, &vec!["wait", "--admin", "127.0.0.1:9", "--timeout", "1"]] {
            let mut command = program(arguments);
            limit_files(&mut command, files);
            let mut child = command.spawn().unwrap();
            let mut errors = BufReader::new(child.stderr.take().unwrap());
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut first = String::new();
            // It ends, or says that it listens.
            soon(out.read_line(&mut first)).await.unwrap();
            if first.starts_with("Listening") {
                signal(&child, libc::SIGTERM);
            }
            let code = soon(child.wait()).await.unwrap().code();
            let mut log = String::new();
            soon(errors.read_to_string(&mut log)).await.unwrap();
            assert!(matches!(code, Some(0..=2)), "{files} {arguments:?}: {code:?} {log}");
            assert!(!log.contains("panicked"), "{files} {arguments:?}: {log}");
        }
    }
}

#[tokio::test]
async fn a_full_stdout_stops_neither_requests_nor_the_end() {
    let (full, _reader) = tokio::net::unix::pipe::pipe().unwrap();
    full.writable().await.unwrap();
    while full.try_write(&[0; 4096]).is_ok() {}
    let admin = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let mut command =
        program(&["--upstream", "https://r.openai.azure.com", "--listen", "127.0.0.1:0", "--admin", &admin]);
    let mut child = command.stdout(full.into_blocking_fd().unwrap()).spawn().unwrap();
    soon(async {
        while tokio::net::TcpStream::connect(&admin).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    })
    .await;
    let mut probe = End::new(Box::new(tokio::net::TcpStream::connect(&admin).await.unwrap()));
    probe.send(format!("GET /livez HTTP/1.1\r\nHost: {admin}\r\n\r\n")).await;
    assert_eq!(soon(probe.message()).await.unwrap().status(), 200);
    signal(&child, libc::SIGTERM);
    assert_eq!(soon(child.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn connections_without_a_key_leave_files_for_the_next_client_however_few_it_may_open() {
    for files in [32, 256] {
        let mut started = Started::with("off", &[], |command| limit_files(command, files)).await;
        let mut strangers = Vec::new();
        for _ in 0..300 {
            strangers.push(started.connect().await);
        }
        let mut client = started.connect().await;
        client.send(started.request().await).await;
        assert_eq!(soon(client.message()).await.unwrap().header("x-entra-id-error"), Some("ENTRA_ID_UNAVAILABLE"));
        drop((client, strangers));
        signal(&started.child, libc::SIGTERM);
        started.ends_well().await;
        let log = started.log().await;
        assert!(log.contains("the limit on open files (ulimit -n) is too low"), "{log}");
        assert!(files < 256 || !log.contains("Accepting a connection failed"), "{log}");
    }
}

#[tokio::test]
async fn a_signal_that_comes_twice_is_one() {
    let mut started = Started::new("off", &[]).await;
    // It is open until the process drains.
    let _idle = started.connect().await;
    let mut log = BufReader::new(started.child.stderr.take().unwrap()).lines();
    signal(&started.child, libc::SIGINT);
    while !soon(log.next_line()).await.unwrap().unwrap().contains("ending: waiting") {}
    signal(&started.child, libc::SIGINT);
    started.ends_well().await;
    let mut rest = String::new();
    log.into_inner().read_to_string(&mut rest).await.unwrap();
    assert!(!rest.contains("second signal"), "{rest}");
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_neither_requests_nor_the_end() {
    let mut started = Started::new("off", &[]).await;
    // A pipe holds 64 KiB, and the queue 1,024 lines.
    for _ in 0..1200 {
        let mut client = started.connect().await;
        client.send(format!("GET /{} HTTP/1.1\r\nHost: {}\r\n\r\n", "a/".repeat(250), started.base)).await;
        assert_eq!(soon(client.message()).await.unwrap().status(), 401);
    }
    signal(&started.child, libc::SIGTERM);
    started.ends_well().await;
}

#[tokio::test]
async fn a_parent_that_ignores_the_ends_of_children_leaves_the_ends_of_tools_known() {
    let script = folder().join("assertion.sh");
    std::fs::write(&script, "#!/bin/sh\necho not-a-token\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let tenant = "11111111-2222-3333-4444-555555555555";
    let mut command = program(&[
        "check",
        "--upstream",
        "https://r.openai.azure.com",
        "--assertion-command",
        &format!("[{script:?}]"),
    ]);
    command.env("AZURE_TENANT_ID", tenant).env("AZURE_CLIENT_ID", tenant);
    command.env("AZURE_TOKEN_CREDENTIALS", "WorkloadIdentityCredential");
    // SAFETY: between fork and exec it only sets a disposition, which is safe there.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGCHLD, libc::SIG_IGN);
            Ok(())
        });
    }
    let output = soon(command.output()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (report, errors) = (text(output.stdout), text(output.stderr));
    assert!(!report.contains("ended by a signal") && report.contains("assertion"), "{report}{errors}");
}

#[tokio::test]
async fn the_lines_of_requests_that_are_broken_off_are_written() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let identity = format!("http://{}/msi/token", silent.local_addr().unwrap());
    let admin = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let variables = [
        ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"),
        ("IDENTITY_ENDPOINT", &identity),
        ("IDENTITY_HEADER", "header"),
    ];
    let mut started = Started::new(&admin, &variables).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = started.connect().await;
        client.send(started.request().await).await;
        clients.push(client);
    }
    let all_are_under_way = async || {
        let mut probe = End::new(Box::new(tokio::net::TcpStream::connect(&admin).await.unwrap()));
        probe.send(format!("GET /metrics HTTP/1.1\r\nHost: {admin}\r\n\r\n")).await;
        probe.message().await.unwrap().text().contains("proxy_requests_in_flight 5\n")
    };
    soon(async { while !all_are_under_way().await {} }).await;
    let mut log = BufReader::new(started.child.stderr.take().unwrap()).lines();
    signal(&started.child, libc::SIGTERM);
    while !soon(log.next_line()).await.unwrap().unwrap().contains("ending: waiting") {}
    // Until then, a second signal is the first one again.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    signal(&started.child, libc::SIGTERM);
    started.ends_well().await;
    let mut rest = String::new();
    log.into_inner().read_to_string(&mut rest).await.unwrap();
    assert_eq!(rest.matches("INFO GET /openai/v1/models 499 ").count(), 5, "{rest}");
}

#[tokio::test]
async fn its_exit_code_tells_a_wrong_setting_from_a_failure() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let upstream = "https://r.openai.azure.com";
    for (arguments, code, what) in [
        (vec![], 2, "--upstream is missing"),
        (vec!["--nonsense"], 2, "There is no flag '--nonsense'"),
        (vec!["--upstream", "https://gateway.example"], 2, "AZURE_OPENAI_ENTRA_ALLOWED_HOSTS"),
        (vec!["--upstream", upstream, "--key-file", "/nowhere/keys.txt"], 2, "/nowhere/keys.txt"),
        (vec!["--upstream", upstream, "--listen", &taken], 2, "failed: Address already in use"),
        (vec!["--upstream", upstream, "--scope", "\"x\""], 2, "is not a scope"),
        (vec!["wait", "--admin", "127.0.0.1:9", "--timeout", "1"], 1, "is not ready after 1 s"),
        (vec!["wait", "--timeout", "soon"], 2, "--timeout is not a number"),
        (vec!["wait", "--admin", "off"], 2, "--admin is off"),
    ] {
        let (found, _, errors) = outcome(&arguments).await;
        assert_eq!(found, Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains(what), "{arguments:?}: {errors}");
    }
    let (code, report, _) = outcome(&["check", "--upstream", upstream]).await;
    assert_eq!(code, Some(1));
    assert!(report.contains("token     none") && report.contains("EnvironmentCredential"), "{report}");
}

#[tokio::test]
async fn a_credential_that_it_does_not_have_is_named() {
    for name in ["VisualStudioCodeCredential", "BrokerCredential"] {
        let mut command =
            program(&["--upstream", "https://r.openai.azure.com", "--listen", "127.0.0.1:0", "--admin", "off"]);
        let output = soon(command.env("AZURE_TOKEN_CREDENTIALS", name).output()).await.unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(errors.contains("needs an app's @azure/identity"), "{errors}");
    }
}

#[tokio::test]
async fn help_and_version_are_asked_for_without_settings() {
    let (code, help, _) = outcome(&["--help"]).await;
    assert!(code == Some(0) && help.contains("--allow-path GLOBS"), "{help}");
    let (code, version, _) = outcome(&["--version"]).await;
    assert_eq!((code, version), (Some(0), format!("azure-openai-entra-proxy {}\n", env!("CARGO_PKG_VERSION"))));
}

#[tokio::test]
async fn a_key_in_place_of_a_resource_or_a_scope_is_not_told() {
    let key = &"4ac4b30c29a6dd07".repeat(2);
    for upstream in [format!("https://{key}.openai.azure.com"), "https://r.openai.azure.com".to_owned()] {
        let flags = ["check", "--upstream", &upstream, "--scope", key];
        let (code, report, log) = outcome(&flags).await;
        assert_eq!(code, Some(1), "{report}{log}");
        assert!(report.contains("scope     a text of 32 characters"), "{report}");
        assert!(!format!("{report}{log}").contains(key), "{report}{log}");
    }
}
