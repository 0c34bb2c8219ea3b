//! The developer tools as real programs: scripts in a folder of their own on the `PATH`.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]
#![expect(clippy::disallowed_methods, reason = "the test sets up and looks at what goes through the real doors")]

use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use azure_openai_entra_core::credential::chain::Chain;
use azure_openai_entra_core::credential::{Acquisition, TokenRequest};
use azure_openai_entra_core::error::Code;
use azure_openai_entra_core::http::request::Http;
use azure_openai_entra_core::http::transport::Transport;
use azure_openai_entra_core::settings::{CredentialOptions, Settings, Variables};
use azure_openai_entra_core::system::System;

/// A tool: its program, its credential, the answer that it gives, and the arguments that it gets.
struct Tool {
    program: &'static str,
    credential: &'static str,
    answer: &'static str,
    arguments: &'static [&'static str],
}

const TOOLS: [Tool; 3] = [
    Tool {
        program: "az",
        credential: "AzureCliCredential",
        answer: r#"{"accessToken":"made-up","expiresOn":"2030-01-01 00:00:00.000000","expires_on":1893456000}"#,
        arguments: &[
            "account",
            "get-access-token",
            "--output",
            "json",
            "--resource",
            "https://cognitiveservices.azure.com",
            "--tenant",
            "some-tenant",
            "--subscription",
            "my sub",
        ],
    },
    Tool {
        program: "azd",
        credential: "AzureDeveloperCliCredential",
        answer: r#"{"token":"made-up","expiresOn":"2030-01-01T00:00:00Z"}"#,
        arguments: &[
            "auth",
            "token",
            "--output",
            "json",
            "--no-prompt",
            "--scope",
            "https://cognitiveservices.azure.com/.default",
            "--tenant-id",
            "some-tenant",
        ],
    },
    Tool {
        program: "pwsh",
        credential: "AzurePowerShellCredential",
        answer: r#"{"Token":"made-up","ExpiresOn":"2030-01-01T00:00:00Z"}"#,
        arguments: &["-NoProfile", "-NonInteractive", "-Command"],
    },
];

/// Notes how it was called, each argument with a zero behind it.
const RECORD: &str = r#"#!/bin/sh
printf '%s\0' "$@" > "$RECORD/arguments"
pwd -P > "$RECORD/directory"
echo "$AZURE_IDENTITY_POWERSHELL_RESOURCE $AZURE_IDENTITY_POWERSHELL_TENANT_ID" > "$RECORD/asked"
echo $$ > "$RECORD/pid"
"#;

/// A folder with one tool in it, gone when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn with(tool: &Tool, purpose: &str, rest: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("entra-{}-{purpose}-{}", tool.program, std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        // Written by a child: a file that this process has open for writing while it forks cannot be run.
        let script = "cat > \"$0\" && chmod 755 \"$0\"";
        let mut child = Command::new("/bin/sh")
            .args(["-c", script])
            .arg(folder.join(tool.program))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        write!(child.stdin.take().unwrap(), "{RECORD}{rest}").unwrap();
        assert!(child.wait().unwrap().success());
        Self(folder)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Asks only the tool's credential.
    async fn ask(&self, tool: &Tool, time_limit: Duration) -> Acquisition {
        let folder = self.0.to_str().unwrap();
        let variables = [
            ("PATH", format!("{folder}:/usr/bin:/bin")),
            ("RECORD", folder.to_owned()),
            ("AZURE_TOKEN_CREDENTIALS", tool.credential.to_owned()),
        ];
        let variables: HashMap<_, _> = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let options = CredentialOptions {
            tenant_id: Some("some-tenant".to_owned()),
            subscription: Some("my sub".to_owned()),
            process_time_limit: Some(time_limit),
            ..CredentialOptions::default()
        };
        let settings = Settings::parse(Variables::new(variables, false), &options).ok().unwrap();
        let request = TokenRequest::new(vec![settings.openai_scope()], None, None).ok().unwrap();
        let system = System::real();
        let http: Arc<dyn Http> = Arc::new(Transport::new(system.files.clone()));
        Chain::default().get_token(&system, &*http, &settings, &request, None).await
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const PLENTY: Duration = Duration::from_secs(30);

#[tokio::test]
async fn each_is_run_as_it_expects_and_its_answer_is_the_token() {
    for tool in &TOOLS {
        let folder = Folder::with(tool, "answers", &format!("echo 'WARNING: old' >&2\necho '{}'\n", tool.answer));
        let token = folder.ask(tool, PLENTY).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(token.credential.name(), tool.credential);
        assert_eq!(token.secret.expose(), "made-up");
        assert_eq!(token.expires_on.millis(), 1_893_456_000_000);

        let arguments = folder.read("arguments");
        let arguments: Vec<&str> = arguments.trim_end_matches('\0').split('\0').collect();
        if tool.program == "pwsh" {
            let (script, options) = arguments.split_last().unwrap();
            assert_eq!(options, tool.arguments);
            assert!(script.contains("Get-AzAccessToken"), "{script}");
            assert_eq!(folder.read("asked"), "https://cognitiveservices.azure.com some-tenant\n");
        } else {
            assert_eq!(arguments, tool.arguments);
        }
        // /bin is a link to /usr/bin on most systems.
        assert_eq!(PathBuf::from(folder.read("directory").trim()), std::fs::canonicalize("/bin").unwrap());
    }
}

#[tokio::test]
async fn each_is_killed_with_its_child_where_it_hangs() {
    for tool in &TOOLS {
        let folder = Folder::with(tool, "hangs", "sleep 600 &\necho $! > \"$RECORD/child\"\nwait\n");
        let began = Instant::now();
        let error = folder.ask(tool, Duration::from_secs(2)).await.err().unwrap();
        assert!(began.elapsed() < PLENTY / 3, "{:?}", began.elapsed());
        assert_eq!(error.failure.code, Code::Timeout);
        assert!(error.to_string().contains(&format!("{} did not answer within 2 s", tool.program)), "{error}");
        for name in ["pid", "child"] {
            await_death(&folder.read(name)).await;
        }
    }
}

#[tokio::test]
async fn each_says_what_it_has_against_it() {
    for tool in &TOOLS {
        let folder = Folder::with(tool, "refuses", "echo 'ERROR: AADSTS53003: blocked by policy' >&2\nexit 1\n");
        let error = folder.ask(tool, PLENTY).await.err().unwrap();
        assert_eq!((error.failure.code, error.credential), (Code::Rejected, Some(tool.credential)));
        assert!(error.to_string().contains("AADSTS53003: blocked by policy"), "{error}");
        assert!(error.to_string().contains("conditional access"), "{error}");
    }
}

/// Waits for the process to be gone; without a process that reaps orphans it stays as a zombie.
async fn await_death(pid: &str) {
    let stat = format!("/proc/{}/stat", pid.trim());
    let is_alive = || {
        let listed = Command::new("/bin/sh").args(["-c", "kill -0 $0", pid.trim()]).stderr(Stdio::null()).status();
        let is_zombie = std::fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") Z "));
        listed.unwrap().success() && !is_zombie
    };
    let began = Instant::now();
    while is_alive() {
        assert!(began.elapsed() < PLENTY, "{pid} lives");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
