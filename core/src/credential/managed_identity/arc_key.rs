//! The files of Azure Arc's agent: its program, and the keys that it writes for processes that may get a token.

use std::io::ErrorKind;

use crate::challenge;
use crate::credential::context::Fetch;
use crate::error::{Code, Failure};
use crate::http::request::Response;
use crate::secret::Secret;
use crate::settings::HostVariables;
use crate::shown::{Form, quoted, shown};
use crate::system::Os;
use crate::system::is_exhaustion;

/// The agent writes keys of some hundred bytes.
const KEY_LIMIT: u64 = 4096;

/// The paths of the agent and of its keys. It exists only for Linux and Windows.
struct Agent {
    program: String,
    /// With a separator at its end.
    keys: String,
}

impl Agent {
    fn of(os: Os, host: &HostVariables) -> Option<Self> {
        match os {
            Os::Linux => Some(Self {
                program: "/opt/azcmagent/bin/himds".to_owned(),
                keys: "/var/opt/azcmagent/tokens/".to_owned(),
            }),
            Os::Windows => Some(Self {
                program: format!(r"{}\AzureConnectedMachineAgent\himds.exe", host.program_files.as_ref()?),
                keys: format!(r"{}\AzureConnectedMachineAgent\Tokens\", host.program_data.as_ref()?),
            }),
            Os::Other => None,
        }
    }

    fn here(fetch: &Fetch<'_>) -> Option<Self> {
        Self::of(fetch.system.os, &fetch.settings.managed_identity.host)
    }
}

/// Whether the agent's program is there.
pub(super) async fn is_agent_installed(fetch: &Fetch<'_>) -> bool {
    let Some(agent) = Agent::here(fetch) else { return false };
    // What can be read and has anything in it is longer than nothing.
    match fetch.system.files.read(&agent.program, 0).await {
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::InvalidData,
    }
}

/// The key in the file that the agent's challenge names.
pub(super) async fn read(fetch: &Fetch<'_>, host: &str, answer: &Response) -> Result<Secret, Failure> {
    let refused = |what: String| Failure::new(Code::Rejected, format!("{host} answered 401 {what}")).status(401);
    let strange = |what: String| {
        refused(what)
            .with_next_step("run azcmagent show to see whether Azure Arc's agent listens there, and update the agent")
    };
    let Some(header) = &answer.www_authenticate else {
        return Err(strange("without the WWW-Authenticate header that names its key file".to_owned()));
    };
    let Some(path) = challenge::parameter(header, "Basic", "realm") else {
        return Err(strange("with a WWW-Authenticate header that is not Basic with a realm".to_owned()));
    };
    let Some(agent) = Agent::here(fetch) else {
        return Err(refused("to name a key file, but this machine has no directory of key files".to_owned())
            .with_next_step("set ProgramData on Windows, or unset IMDS_ENDPOINT on other systems"));
    };
    check_path(&path, &agent.keys, fetch.system.os).map_err(|what| {
        let path = quoted(Form::Path, &path);
        strange(format!("and named the key file {path}, which {what}"))
    })?;

    let file = shown(Form::Path, &path);
    let unusable = |what: &str| {
        refused(format!("and named the key file {file}, which {what}")).with_next_step(
            "grant the user of this process access to the key file: add the user to the group himds on Linux, or to \
             Hybrid agent extension applications on Windows",
        )
    };
    let bytes = fetch.system.files.read(&path, KEY_LIMIT).await.map_err(|error| match error.kind() {
        _ if is_exhaustion(&error) => Failure::exhausted("read Azure Arc's key file", &error),
        ErrorKind::InvalidData => {
            strange(format!("and named the key file {file}, which is longer than a key: over {KEY_LIMIT} bytes"))
        }
        _ => unusable(&format!("could not be read: {error}")),
    })?;
    match String::from_utf8(bytes).ok().as_deref().map(str::trim) {
        None => Err(unusable("is not text")),
        Some("") => Err(unusable("is empty")),
        Some(key) => Ok(Secret::new(key)),
    }
}

/// Whether `path` is a key file right in `directory`: another listener at the endpoint must not have this process
/// read and send another file.
fn check_path(path: &str, directory: &str, os: Os) -> Result<(), String> {
    if !path.ends_with(".key") {
        return Err("does not end in .key".to_owned());
    }
    let is_inside = path.split_at_checked(directory.len()).is_some_and(|(start, name)| {
        let same = if os.is_windows() { start.eq_ignore_ascii_case(directory) } else { start == directory };
        // A colon names another stream of a file on Windows.
        same && !name.contains(['/', '\\', ':'])
    });
    if is_inside { Ok(()) } else { Err(format!("is not in {}", shown(Form::Path, directory))) }
}

#[cfg(test)]
mod tests {
    use super::{Agent, Os, check_path};
    use crate::test_support::settings;

    mod on_linux {
        use crate::credential::Credential;
        use crate::credential::tests::ask;
        use crate::error::{Code, Failure};
        use crate::test_support::{FakeSystem, secret, settings, token_body};

        const KEY: &str = "/var/opt/azcmagent/tokens/x.key";

        async fn outcome(fake: &FakeSystem) -> Result<(), Failure> {
            let settings =
                settings(&[("IDENTITY_ENDPOINT", "http://127.0.0.1"), ("IMDS_ENDPOINT", "http://127.0.0.1")]);
            let outcome = ask(fake, Credential::ManagedIdentity, &settings).await;
            outcome.map(|_| ()).map_err(|attempt| attempt.failure)
        }

        #[tokio::test(start_paused = true)]
        async fn a_challenge_that_is_none_is_told_apart_from_others() {
            for (header, what) in [
                (None, "without the WWW-Authenticate header"),
                (Some("Negotiate"), "not Basic with a realm"),
                (Some("Basic charset=x"), "not Basic with a realm"),
                (Some("Basic realm=/var/opt/azcmagent/tokens/x.txt"), "does not end in .key"),
                (Some("Basic realm="), "does not end in .key"),
                (Some("Basic realm=/etc/x.key"), "is not in /var/opt/azcmagent/tokens/"),
                (Some("Basic realm=/var/opt/azcmagent/tokens/../x.key"), "is not in /var/opt/azcmagent/tokens/"),
            ] {
                let fake = FakeSystem::new();
                for path in ["/etc/x.key", "/var/opt/azcmagent/tokens/x.txt", "/var/opt/azcmagent/tokens/../x.key"] {
                    fake.files.write(path, secret("never-sent"));
                }
                match header {
                    Some(header) => fake.http.answer_challenge(401, header),
                    None => fake.http.answer(401, "{}"),
                }
                let failure = outcome(&fake).await.err().unwrap();
                assert_eq!((failure.code, failure.status), (Code::Rejected, Some(401)), "{header:?}");
                assert!(failure.reason.contains(what), "{}", failure.reason);
                assert!(failure.next_step.is_some());
                assert_eq!((fake.http.count(), fake.files.opened().len()), (1, 0), "nothing is read");
            }
        }

        #[tokio::test(start_paused = true)]
        async fn a_file_that_holds_no_key_is_told_apart_from_others() {
            let long = "k".repeat(4097);
            for (contents, what) in [
                (None, "could not be read: no such file"),
                (Some(long.as_bytes()), "is longer than a key: over 4096 bytes"),
                (Some(&b" \n"[..]), "is empty"),
                (Some(&[0xff, 0xfe]), "is not text"),
            ] {
                let fake = FakeSystem::new();
                if let Some(contents) = contents {
                    fake.files.write(KEY, contents);
                }
                fake.http.answer_challenge(401, &format!("Basic realm={KEY}"));
                let failure = outcome(&fake).await.err().unwrap();
                assert!(failure.reason.contains(KEY) && failure.reason.contains(what), "{}", failure.reason);
                assert_eq!((failure.code, fake.http.count()), (Code::Rejected, 1));
            }
            let fake = FakeSystem::new();
            fake.files.write(KEY, &long[1..]);
            fake.http.answer_challenge(401, &format!("Basic realm={KEY}"));
            fake.http.answer(200, token_body(&secret("token"), 86400));
            assert!(outcome(&fake).await.is_ok(), "4096 bytes are a key");
        }
    }

    #[test]
    fn which_files_are_keys() {
        const LINUX: &str = "/var/opt/azcmagent/tokens/";
        const WINDOWS: &str = r"C:\ProgramData\AzureConnectedMachineAgent\Tokens\";
        for (directory, path, is_key) in [
            (LINUX, "/var/opt/azcmagent/tokens/a-1.key", true),
            (LINUX, "/var/opt/azcmagent/tokens/a-1.KEY", false),
            (LINUX, "/VAR/opt/azcmagent/tokens/a-1.key", false),
            (LINUX, "/var/opt/azcmagent/tokens/sub/a.key", false),
            (LINUX, "/var/opt/azcmagent/tokens/../../../etc/a.key", false),
            (LINUX, "/var/opt/azcmagent/tokens-2/a.key", false),
            (LINUX, "/var/opt/azcmagent/./tokens/a.key", false),
            (LINUX, "//var/opt/azcmagent/tokens/a.key", false),
            (LINUX, "a.key", false),
            (LINUX, ".key", false),
            (LINUX, "/var/opt/azcmagent/token/é.key", false),
            (WINDOWS, r"C:\ProgramData\AzureConnectedMachineAgent\Tokens\a-1.key", true),
            (WINDOWS, r"c:\programdata\azureconnectedmachineagent\tokens\a-1.key", true),
            (WINDOWS, r"C:\ProgramData\AzureConnectedMachineAgent\Tokens\..\a.key", false),
            (WINDOWS, r"C:\ProgramData\AzureConnectedMachineAgent\Tokens\../a.key", false),
            (WINDOWS, r"C:\ProgramData\AzureConnectedMachineAgent\Tokens\a.txt:b.key", false),
            (WINDOWS, r"D:\ProgramData\AzureConnectedMachineAgent\Tokens\a.key", false),
        ] {
            let os = if directory == WINDOWS { Os::Windows } else { Os::Linux };
            assert_eq!(check_path(path, directory, os).is_ok(), is_key, "{path}");
        }
    }

    #[test]
    fn where_the_agent_is() {
        let host = settings(&[("ProgramData", r"D:\Data"), ("ProgramFiles", r"D:\Programs")]).managed_identity.host;
        let windows = Agent::of(Os::Windows, &host).unwrap();
        assert_eq!(windows.keys, r"D:\Data\AzureConnectedMachineAgent\Tokens\");
        assert_eq!(windows.program, r"D:\Programs\AzureConnectedMachineAgent\himds.exe");
        assert!(Agent::of(Os::Windows, &settings(&[]).managed_identity.host).is_none());
        assert!(Agent::of(Os::Linux, &settings(&[]).managed_identity.host).is_some());
        assert!(Agent::of(Os::Other, &host).is_none());
    }
}
