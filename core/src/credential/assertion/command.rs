//! A program that writes an assertion to its standard output, such as a client of SPIFFE or Vault.

use super::minted;
use crate::credential::context::Fetch;
use crate::credential::developer_tool::directory;
use crate::error::{Code, Failure};
use crate::said;
use crate::secret::{self, Secret};
use crate::shell_word::argument;
use crate::shown::Form;
use crate::system::{Command, Output, ProcessError, is_exhaustion};

/// Runs `command`, which the setting `name` names: a program and its arguments, which no shell sees.
pub(super) async fn run(fetch: &Fetch<'_>, command: &[String], name: &str) -> Result<Secret, Failure> {
    let [program, arguments @ ..] = command else {
        return Err(Failure::configuration(format!("{name} is empty"))
            .with_next_step(format!("set {name} to a program and its arguments")));
    };
    let settings = fetch.settings;
    let time_limit = settings.tools.process_time_limit;
    let shown = &shown(program);
    let by_hand = || format!("run {shown} with its arguments as the user of this process, and look at what it writes");
    let ran = fetch
        .system
        .processes
        .run(Command {
            program: program.clone(),
            arguments: arguments.to_vec(),
            directory: directory(settings, fetch.system.os),
            environment: settings.tools.inherited.pairs(),
            time_limit,
        })
        .await;
    let Output { code, stdout, stderr } = ran.map_err(|error| match error {
        ProcessError::NotFound => Failure::unavailable(format!("the program {shown} of {name} is not found"))
            .with_next_step(if program.contains(char::is_whitespace) {
                format!("write the program and each of its arguments as an element of its own in {name}")
            } else {
                format!("set {name} to an absolute path, or to a name that PATH has")
            }),
        ProcessError::NotExecutable(_) => Failure::unavailable(format!("this user may not run {shown} of {name}"))
            .with_next_step("make the program executable for the user of this process"),
        ProcessError::TimedOut => {
            let limit = time_limit.as_secs_f32();
            Failure::new(Code::Timeout, format!("{shown} of {name} did not end within {limit} s"))
                .with_next_step(by_hand())
        }
        ProcessError::Io(error) if is_exhaustion(&error) => Failure::exhausted(&format!("run {shown}"), &error),
        ProcessError::Io(error) => {
            Failure::unavailable(format!("{shown} of {name} could not be run: {error}")).with_next_step(by_hand())
        }
    })?;
    if code != Some(0) {
        let ended = code.map_or_else(|| "by a signal".to_owned(), |code| format!("with code {code}"));
        let secrets = values_of(arguments);
        let said = secret::quote(&said::words(&stderr), &secrets.iter().collect::<Vec<_>>());
        let said = if said.is_empty() { String::new() } else { format!(", saying: {said}") };
        return Err(Failure::unavailable(format!("{shown} of {name} ended {ended}{said}")).with_next_step(by_hand()));
    }
    minted::token(&stdout).ok_or_else(|| {
        Failure::unavailable(format!("{shown} of {name} wrote no JSON Web Token, or more beside it"))
            .with_next_step(format!("have it write only the assertion. To see what it writes, {}", by_hand()))
    })
}

/// The program as one word of a shell. One with a blank can be a whole command, and its arguments secrets.
fn shown(program: &str) -> String {
    const FOLDERS: [&str; 2] = [r"C:\Program Files\", r"C:\Program Files (x86)\"];
    let in_folder = FOLDERS.iter().find_map(|folder| program.strip_prefix(folder)).unwrap_or(program);
    let is_of_name = |c: char| c.is_alphanumeric() || r"/\:._-+~@".contains(c);
    let form = match program.contains(['/', '\\']) {
        true if in_folder.chars().all(is_of_name) => Form::Path,
        _ => Form::Word,
    };
    argument(form, program, "<program>")
}

/// What of `arguments` could be a secret: programs say what they were given. A shorter one would be found in any words.
/// A secret can be a part of an argument, as in `token=…`, `Authorization: Bearer …` or a text of JSON.
fn values_of(arguments: &[String]) -> Vec<Secret> {
    const SHORTEST: usize = 8;
    let values = |it: &String| {
        let behind = ['=', ':'].into_iter().filter_map(|mark| it.split_once(mark)).map(|(_, value)| value.trim());
        let parts = it.split(|c: char| c.is_whitespace() || "=:,;&\"'{}[]".contains(c));
        let all = std::iter::once(it.as_str()).chain(behind).chain(parts);
        all.filter(|value| value.chars().count() >= SHORTEST).map(Secret::new).collect::<Vec<_>>()
    };
    let mut all: Vec<Secret> = arguments.iter().flat_map(values).collect();
    // The longest first: without a shorter one in it, it would not be found any more.
    all.sort_by_key(|value| std::cmp::Reverse(value.expose().len()));
    all
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use azure_core::base64::encode_url_safe;

    use crate::credential::Credential;
    use crate::credential::tests::ask;
    use crate::error::{Code, Failure};
    use crate::settings::{AssertionSource, CredentialOptions};
    use crate::system::ProcessError;
    use crate::test_support::{FakeSystem, secret, settings_with, token_body};

    const FLAG: &str = "--assertion-command";
    const VARIABLES: [(&str, &str); 3] = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("VAULT_ADDR", "v")];

    async fn asked(fake: &FakeSystem, command: &[&str]) -> Result<(), Failure> {
        let command = command.iter().map(|&part| part.to_owned()).collect();
        let assertion = Some((AssertionSource::Command(command), FLAG));
        let settings = settings_with(&VARIABLES, &CredentialOptions { assertion, ..CredentialOptions::default() });
        let outcome = ask(fake, Credential::WorkloadIdentity, &settings).await;
        outcome.map(|_| ()).map_err(|attempt| attempt.failure)
    }

    fn assertion() -> String {
        format!("{}.{}.{}", encode_url_safe("{}"), encode_url_safe("{}"), encode_url_safe(secret("signature")))
    }

    #[tokio::test(start_paused = true)]
    async fn its_output_is_the_assertion_and_a_refused_one_is_asked_for_once_more() {
        let (fake, first, second) = (FakeSystem::new(), assertion(), assertion());
        fake.processes.print(0, format!("{first}\n"), "a warning");
        fake.http.answer(401, r#"{"error":"invalid_client","error_description":"AADSTS700024: not in its validity"}"#);
        fake.processes.print(0, second.as_str(), "");
        fake.http.answer(200, token_body(&secret("token"), 3600));
        asked(&fake, &["/opt/mint", "$(id)", "a b"]).await.unwrap();
        let (ran, sent) = (fake.processes.ran(), fake.http.sent());
        assert_eq!((ran.len(), ran[0].program.as_str()), (2, "/opt/mint"));
        assert_eq!(ran[0].arguments, ["$(id)", "a b"]);
        assert!(ran[0].environment.contains(&("VAULT_ADDR".to_owned(), "v".to_owned())));
        assert!(sent[0].contains(&first) && sent[1].contains(&second));
    }

    #[tokio::test(start_paused = true)]
    async fn what_gives_no_assertion_is_told_and_no_argument_and_no_output_is() {
        let (planted, wrote) = (secret("planted"), assertion());
        let argument = format!("--token={planted}");
        for (code, stdout, stderr, what) in [
            (0, "", "", "wrote no JSON Web Token, or more beside it"),
            (0, "usage: mint", "", "wrote no JSON Web Token"),
            (0, &*format!("{wrote} {wrote}"), "", "wrote no JSON Web Token"),
            (1, "", "permission denied", "ended with code 1, saying: permission denied"),
            (2, "", &*wrote, "ended with code 2, saying: "),
            (3, "", &*argument, "ended with code 3, saying: "),
        ] {
            let fake = FakeSystem::new();
            fake.processes.print(code, stdout, stderr);
            let failure = asked(&fake, &["/opt/mint", &argument]).await.err().unwrap();
            let text = failure.to_string();
            assert!(failure.reason.starts_with("/opt/mint of --assertion-command"), "{text}");
            assert!(failure.reason.contains(what) && !text.contains(&wrote) && !text.contains(&planted), "{text}");
            assert_eq!((failure.code, fake.http.count()), (Code::Unavailable, 0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_that_is_a_part_of_an_argument_is_not_told() {
        const PLANTED: &str = "correct.horse.battery";
        for argument in [
            "PLANTED",
            "-tPLANTED",
            "--token=PLANTED",
            "jwt=PLANTED",
            "-utool:PLANTED",
            "Authorization: Bearer PLANTED",
            "X-Vault-Token:PLANTED",
            "role=app&jwt=PLANTED&x=1",
            r#"{"role":"app","jwt":"PLANTED"}"#,
        ] {
            let fake = FakeSystem::new();
            let argument = argument.replace("PLANTED", PLANTED);
            let value = if argument.starts_with("-t") { argument.as_str() } else { PLANTED };
            fake.processes.print(1, "", &format!("the value {value} is wrong"));
            let failure = asked(&fake, &["/opt/mint", &argument]).await.err().unwrap();
            assert!(failure.reason.ends_with("saying: the value [redacted] is wrong"), "{}", failure.reason);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_whole_command_in_place_of_a_program_is_not_told() {
        const PLANTED: &str = "Xk9!c9111aQ2v";
        for command in [
            "/opt/mint --client-secret PLANTED --azure",
            "/opt/mint PLANTED",
            "/opt/mint PLANTED/azure",
            "/opt/mint\u{a0}PLANTED",
            "/opt/mint,--client-secret,PLANTED",
            "'/opt/mint' 'PLANTED'",
            "./mint -tPLANTED",
            "mint --client-secret PLANTED",
            r"C:\mint\mint.exe --client-secret PLANTED",
            r"C:\Program Files\mint.exe PLANTED\azure",
            r"C:\Program Files (x86)\mint.exe /t PLANTED",
        ] {
            let command = command.replace("PLANTED", PLANTED);
            for outcome in [
                ProcessError::NotFound,
                ProcessError::NotExecutable(command.clone()),
                ProcessError::TimedOut,
                ProcessError::Io(std::io::ErrorKind::InvalidData.into()),
            ] {
                let is_missing = matches!(outcome, ProcessError::NotFound) && command.contains(char::is_whitespace);
                let fake = FakeSystem::new();
                fake.processes.push_after(Duration::ZERO, Err(outcome));
                let failure = asked(&fake, &[&command]).await.err().unwrap();
                let text = format!("{failure} {failure:?}");
                assert!(!text.contains("Xk9") && text.contains("<program>"), "{text}");
                assert_eq!(text.contains("each of its arguments as an element"), is_missing, "{text}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_program_is_told() {
        for program in
            ["mint", "/opt/mint-2.0/bin/mint_x", "./mint", r"C:\Program Files\Mint\mint.exe", r"\\host\share\mint.exe"]
        {
            let fake = FakeSystem::new();
            fake.processes.push_after(Duration::ZERO, Err(ProcessError::NotFound));
            let failure = asked(&fake, &[program]).await.err().unwrap();
            let told = match program.contains(' ') {
                _ if cfg!(unix) && program.contains('\\') => format!("'{program}'"),
                true => format!("\"{program}\""),
                false => program.to_owned(),
            };
            assert_eq!(failure.reason, format!("the program {told} of --assertion-command is not found"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_program_that_does_not_run_or_does_not_end_is_told() {
        for (outcome, after, code, what) in [
            (ProcessError::NotFound, 0, Code::Unavailable, "the program mint of --assertion-command is not found"),
            (ProcessError::NotExecutable("/bin/mint".into()), 0, Code::Unavailable, "may not run mint"),
            (ProcessError::Io(std::io::ErrorKind::InvalidData.into()), 0, Code::Unavailable, "could not be run"),
            (ProcessError::NotFound, 60, Code::Timeout, "mint of --assertion-command did not end within 30 s"),
        ] {
            let fake = FakeSystem::new();
            fake.processes.push_after(Duration::from_secs(after), Err(outcome));
            let failure = asked(&fake, &["mint"]).await.err().unwrap();
            assert_eq!((failure.code, failure.next_step.is_some()), (code, true));
            assert!(failure.reason.contains(what), "{}", failure.reason);
        }
    }
}
