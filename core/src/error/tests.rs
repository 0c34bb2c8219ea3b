use super::*;

fn attempt(credential: &'static str, outcome: AttemptOutcome, failure: Failure) -> Attempt {
    Attempt { credential, outcome, failure }
}

#[test]
fn who_decides_the_code() {
    let unset = || attempt("A", AttemptOutcome::Unavailable, Failure::unavailable("not set up"));
    let slow = || attempt("B", AttemptOutcome::Unavailable, Failure::new(Code::Timeout, "slow"));
    let refused = || attempt("C", AttemptOutcome::Unavailable, Failure::new(Code::Rejected, "refused"));
    let failed = || attempt("D", AttemptOutcome::Failed, Failure::new(Code::Network, "down"));
    for (attempts, code, credential) in [
        (vec![unset(), unset()], Code::Unavailable, None),
        (vec![unset()], Code::Unavailable, Some("A")),
        (vec![unset(), slow(), refused()], Code::Timeout, Some("B")),
        (vec![unset(), refused(), slow()], Code::Rejected, Some("C")),
        (vec![refused(), failed()], Code::Network, Some("D")),
    ] {
        let error = Error::from_attempts(attempts);
        assert_eq!((error.failure.code, error.credential), (code, credential));
    }
}

#[test]
fn the_message_names_everyone_their_reason_and_the_next_step() {
    let error = Error::from_attempts(vec![
        attempt("A", AttemptOutcome::Unavailable, Failure::unavailable("X is not set").with_next_step("set X")),
        attempt(
            "B",
            AttemptOutcome::Unavailable,
            Failure::unavailable("az was not found").with_next_step("install az."),
        ),
    ]);
    assert_eq!(
        error.to_string(),
        "No credential gave a token. Tried in order:\n\
         - A: X is not set. Set X.\n\
         - B: az was not found. Install az.\n\
         Troubleshooting: https://github.com/azure-openai-entra/azure-openai-entra#entra_id_unavailable"
    );
}

#[test]
fn the_source_of_an_error_is_the_failure_that_decided() {
    use std::error::Error as _;

    let error = Error::from_attempts(vec![
        attempt("A", AttemptOutcome::Unavailable, Failure::unavailable("X is not set")),
        attempt("B", AttemptOutcome::Failed, Failure::new(Code::Network, "the host is down").with_next_step("wait")),
    ]);
    let source = error.source().unwrap();
    assert_eq!(source.to_string(), "The host is down. Wait.");
    assert!(source.source().is_none());
}

#[test]
fn control_characters_are_written_out() {
    let error =
        Error::from(Failure::configuration("X is 'a\r', which\r\nis\u{1b}[31m not b\u{7f}").with_next_step("set \tX"));
    let message = error.to_string();
    assert!(message.starts_with("X is 'a\\r', which\nis\\u{1b}[31m not b\\u{7f}. Set \\tX.\n"), "{message}");
}

#[test]
fn what_turns_or_breaks_a_line_is_written_out_and_what_joins_letters_is_not() {
    for letter in
        ['\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}']
    {
        let message = Error::from(Failure::configuration(format!("X is a{letter}b"))).to_string();
        assert!(message.starts_with(&format!("X is a{}b.", letter.escape_default())), "{message}");
    }
    for letter in ['\u{200c}', '\u{200d}', '\u{fe0f}', 'é', 'ب'] {
        let message = Error::from(Failure::configuration(format!("X is a{letter}b"))).to_string();
        assert!(message.starts_with(&format!("X is a{letter}b.")), "{message}");
    }
}

#[test]
fn names_keep_their_case_and_commands_end_with_their_last_word() {
    for (reason, step, written) in [
        ("azd gave no token", "run it", "azd gave no token. Run it."),
        ("azure is down", "wait!", "Azure is down. Wait!"),
        ("localhost:50342 answered 500", "it's late", "localhost:50342 answered 500. It's late."),
        ("login.example.com refused", "wait", "login.example.com refused. Wait."),
        ("authorityHost: no URL", "correct it", "authorityHost: no URL. Correct it."),
        ("no", "please run the following command: az login --tenant t", "az login --tenant t\n"),
    ] {
        let message = Error::from(Failure::unavailable(reason).with_next_step(step)).to_string();
        assert!(message.contains(written), "{message}");
    }
}

#[test]
fn no_text_makes_a_message_longer_than_a_log_should_be() {
    for letter in ["x", "é", "😀", "\n"] {
        let long = || Failure::configuration(letter.repeat(100_000)).with_next_step(letter.repeat(100_000));
        let scrubbed = long().scrubbed();
        let attempts = vec![attempt("A", AttemptOutcome::Unavailable, scrubbed)];
        for error in [Error::from(long()), Error::from_attempts(attempts)] {
            assert!(error.to_string().chars().count() < 10_000);
            assert!(error.failure.reason.chars().count() <= 4_001);
        }
    }
    let short = Failure::configuration("x".repeat(4_000));
    assert_eq!(Error::from(short.clone()).failure, short);
}
