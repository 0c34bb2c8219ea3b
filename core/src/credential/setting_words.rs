//! What is said of the variables that a source needs, and of the options that take their places.

use crate::error::Failure;
use crate::settings::{Credential, Settings};
use crate::shown::{self, described};

/// The path in the variable `name`.
///
/// # Errors
/// `Configuration` if it holds what should be in the file.
pub(super) fn check_path(name: &str, path: &str) -> Result<(), Failure> {
    if shown::kind(path).is_none() && !path.contains(['\n', '\r']) {
        return Ok(());
    }
    Err(Failure::configuration(format!("{name} holds {}, not a path", described(path)))
        .with_next_step(format!("write the value to a file and set {name} to the path of that file")))
}

/// The options of the classes, by the variables that say the same.
const OPTIONS: [(&str, &str); 6] = [
    ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "sendCertificateChain"),
    ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "certificatePassword"),
    ("AZURE_CLIENT_CERTIFICATE_PATH", "certificatePath"),
    ("AZURE_CLIENT_SECRET", "clientSecret"),
    ("AZURE_CLIENT_ID", "clientId"),
    ("AZURE_TENANT_ID", "tenantId"),
];

/// `failure` with options in its next step, if a class was given that reads no variable.
pub(super) fn in_words_of(settings: &Settings, failure: Failure) -> Failure {
    let takes_none = settings.application.is_some()
        || settings.sources.is_named && settings.sources.selection == [Credential::ManagedIdentity];
    if !takes_none {
        return failure;
    }
    let reworded = |text: String| OPTIONS.iter().fold(text, |text, (variable, option)| text.replace(variable, option));
    Failure { next_step: failure.next_step.map(reworded), ..failure }
}

/// Joins names for a sentence: `a`, `a and b`, `a, b and c`.
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `A is not set`, `A and B are not set`, from pairs of name and whether it is set; none if all are.
pub(super) fn unset(variables: &[(&str, bool)]) -> Option<String> {
    let missing: Vec<&str> = variables.iter().filter(|(_, set)| !set).map(|(name, _)| *name).collect();
    match missing.len() {
        0 => None,
        1 => Some(format!("{} is not set", missing[0])),
        _ => Some(format!("{} are not set", list(&missing))),
    }
}
