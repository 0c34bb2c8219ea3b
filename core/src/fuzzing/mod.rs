//! Fuzz targets: every parser of foreign bytes, with the invariants for all input.
//!
//! `lab/fuzz/` feeds these functions with made-up bytes (`npm run lab -- fuzz`), and the tests with the seeds of
//! `lab/fuzz/corpus/`.
//! No ordinary build has this module.

mod fake_system;

use crate::challenge::{self, Challenge};
use crate::error::{Error, Failure};
use crate::secret::{self, QUOTE_LIMIT, Secret};

pub use crate::credential::fuzzing::{
    certificate, discovery, environment, managed_identity, times, token_answer, tool_answer,
};
pub(crate) use fake_system::{FakeSystem, NOW, answer, logged, outcome};

/// What a secret of an input begins with, so that it is known for one: no message of ours has these letters.
const SECRET_START: &str = "hush-";
/// Shorter ones can stand somewhere by chance.
const SHORTEST_SECRET: usize = 12;

/// `WWW-Authenticate`: nothing is added to what the header holds, and what was read reads the same when it is written
/// by the rules.
pub fn challenge(input: &[u8]) {
    let header = String::from_utf8_lossy(input);
    let challenges = challenge::parse(&header);
    let length = |challenge: &Challenge<'_>| {
        let parameters = challenge.parameters.iter().map(|(name, value)| name.len() + value.len());
        challenge.scheme.len() + parameters.sum::<usize>()
    };
    assert!(challenges.iter().map(length).sum::<usize>() <= header.len(), "more came out than went in");

    let written: Vec<String> = challenges.iter().map(write_challenge).collect();
    assert_eq!(challenge::parse(&written.join(", ")), challenges, "what was written reads otherwise");
    for Challenge { scheme, .. } in &challenges {
        let named = challenges.iter().filter(|challenge| challenge.scheme.eq_ignore_ascii_case(scheme));
        let first = named.into_iter().find_map(|challenge| challenge.parameter("realm"));
        assert_eq!(challenge::parameter(&header, scheme, "REALM").as_deref(), first);
    }
}

fn write_challenge(challenge: &Challenge<'_>) -> String {
    let parameters = challenge.parameters.iter().map(|(name, value)| {
        let value = value.replace('\\', r"\\").replace('"', "\\\"");
        format!("{name}=\"{value}\"")
    });
    format!("{} {}", challenge.scheme, parameters.collect::<Vec<_>>().join(", "))
}

/// What is quoted from others: a first line with a secret, then words that may hold it in the forms in which endpoints
/// echo what they were sent.
pub fn redaction(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (secret, words) = text.split_once('\n').unwrap_or(("", &text));
    let quoted = secret::quote(words, &[&Secret::new(secret)]);
    assert!(quoted.chars().count() <= QUOTE_LIMIT + 1, "the quotation is too long");
    assert!(!quoted.contains(char::is_control), "the quotation has a control character");
    assert!(!quoted.contains("eyJ"), "the quotation has a JSON web token");
    if !is_secret(secret) {
        return;
    }
    assert!(!quoted.contains(secret), "the quotation has the secret");
    // What reads a code twice has more than one way of writing.
    if secret.contains(['%', '\\']) {
        return;
    }
    for (name, value) in url::form_urlencoded::parse(quoted.as_bytes()) {
        assert!(!name.contains(secret) && !value.contains(secret), "the quotation has the secret, as a form has it");
    }
    if let Ok(text) = serde_json::from_str::<String>(&format!("\"{quoted}\"")) {
        assert!(!text.contains(secret), "the quotation has the secret, as JSON has it");
    }
}

/// Whether `text` is a secret that can be looked for. Brackets are what replaces a secret.
pub(crate) fn is_secret(text: &str) -> bool {
    text.len() >= SHORTEST_SECRET
        && text.starts_with(SECRET_START)
        && text.chars().all(|c| c.is_ascii_graphic() && !"[]".contains(c))
}

/// What holds for every failure: it says what happened and what to do, within `longest` bytes each; as an error it has
/// no control character but line breaks, and holds none of `secrets`, however it is shown.
pub(crate) fn check_failure(failure: &Failure, longest: usize, secrets: &[&str]) {
    for text in std::iter::once(&failure.reason).chain(&failure.next_step) {
        assert!(!text.trim().is_empty(), "there is nothing in it");
        assert!(text.len() <= longest, "{} bytes are too long", text.len());
    }
    assert!(failure.next_step.is_some(), "'{}' does not say what to do", failure.reason);
    let error = Error::general(failure.clone());
    let message = error.to_string();
    assert!(!message.contains(|c: char| c.is_control() && c != '\n'), "{message:?} has a control character");
    check_secrets(&message, secrets);
    check_secrets(&format!("{error:?}"), secrets);
}

/// Whether `text` holds none of `secrets`; those that cannot be looked for are passed over.
pub(crate) fn check_secrets(text: &str, secrets: &[&str]) {
    for secret in secrets.iter().filter(|secret| is_secret(secret)) {
        assert!(!text.contains(secret), "a secret is in: {text}");
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    type Target = fn(&[u8]);

    const TARGETS: [(&str, Target); 9] = [
        ("certificate", super::certificate),
        ("challenge", super::challenge),
        ("discovery", super::discovery),
        ("environment", super::environment),
        ("managed_identity", super::managed_identity),
        ("redaction", super::redaction),
        ("times", super::times),
        ("token_answer", super::token_answer),
        ("tool_answer", super::tool_answer),
    ];

    /// The proxy's, which has a test of its own.
    const OF_THE_PROXY: [&str; 3] = ["key_file", "request", "request_target"];

    #[expect(clippy::disallowed_methods, reason = "the seeds are files beside the code")]
    #[test]
    fn every_target_holds_for_its_seeds() {
        for (name, target) in TARGETS {
            let seeds = files_in(&fuzz_crate().join("corpus").join(name));
            assert!(seeds.len() > 1, "{name} has no seeds");
            for seed in seeds {
                let bytes = std::fs::read(&seed).unwrap();
                std::panic::catch_unwind(|| target(&bytes)).unwrap_or_else(|_| panic!("{}", seed.display()));
            }
        }
    }

    #[test]
    fn every_target_has_its_program_and_its_seeds_and_no_other_has() {
        let names = TARGETS.iter().map(|(name, _)| *name).chain(OF_THE_PROXY);
        let targets: BTreeSet<String> = names.map(str::to_owned).collect();
        for folder in ["fuzz_targets", "corpus"] {
            let found = files_in(&fuzz_crate().join(folder));
            let names = found.iter().map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
            assert_eq!(names.collect::<BTreeSet<_>>(), targets, "{folder}");
        }
    }

    fn fuzz_crate() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../lab/fuzz")
    }

    fn files_in(folder: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}
