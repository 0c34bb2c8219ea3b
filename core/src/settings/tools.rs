//! How the developer tools are run.

use std::sync::Arc;
use std::time::Duration;

use super::logins::Logins;
use super::options::CredentialOptions;
use super::snapshot::{Inherited, Variables};
use super::sources::Sources;

/// The time that a command-line tool gets. `az` needs 1–3 s warm and up to 8 s cold on a small machine, and more on a slow
/// disk. Three that hang come to their ends within the deadline of the chain.
const PROCESS_TIME_LIMIT: Duration = Duration::from_secs(30);

/// The variables that hold a secret, of those that this package reads.
const SECRETS: [&str; 8] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "AZD_AUTH_KEY",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_SECRET",
    "AZURE_OPENAI_ENTRA_PLACEHOLDER",
    "AZURE_PASSWORD",
    "IDENTITY_HEADER",
    "MSI_SECRET",
];

/// What the developer tools are given.
#[derive(Clone, Hash)]
pub struct Tools {
    /// The subscription whose login `az` is asked for.
    pub subscription: Option<String>,
    /// The logins of the developer tools; none if none of them is selected.
    pub logins: Logins,
    /// The time that a command-line tool gets.
    pub process_time_limit: Duration,
    /// Whether the app says how long that is.
    pub has_own_limit: bool,
    /// `SystemRoot`, the working directory of tools on Windows.
    pub system_root: Option<String>,
    /// `TZ`, for tools that print local time.
    pub time_zone: Option<String>,
    /// The whole snapshot if tools can be run, because they are children of the app and get its environment. Else only the
    /// variables that hold secrets, which no message may show. Not part of what tells two configurations apart.
    pub inherited: Inherited,
}

impl Tools {
    pub(super) fn read(variables: Variables, options: &CredentialOptions, sources: &Sources) -> Self {
        let are_asked = sources.selection.iter().any(|source| source.is_developer_tool());
        Self {
            subscription: options.subscription.clone(),
            logins: if are_asked { Logins::read(&variables) } else { Logins::default() },
            has_own_limit: options.process_time_limit.is_some(),
            process_time_limit: options.process_time_limit.unwrap_or(PROCESS_TIME_LIMIT),
            system_root: variables.text("SystemRoot"),
            time_zone: variables.text("TZ"),
            // A credential or an application of the app runs no tools, and there can be one a user. What it says can hold a secret
            // of this package's.
            inherited: Inherited(Arc::new(if options.app.is_some() || options.application.is_some() {
                variables.of(&SECRETS)
            } else {
                variables
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::SECRETS;
    use crate::secret::redact;
    use crate::settings::{AppCredential, CredentialOptions};
    use crate::test_support::{secret, settings_with};

    #[test]
    fn the_secrets_of_each_variable_are_known_whatever_is_asked() {
        let table = include_str!("../../../docs/configuration.md").lines().filter_map(|row| {
            let mut cells = row.split('|').map(str::trim).skip(1);
            let name = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
            (cells.next()? == "secret").then_some(name)
        });
        let names: Vec<&str> = table.chain(SECRETS).collect();
        assert!(names.len() > SECRETS.len() + 5, "{names:?}");
        let app = CredentialOptions { app: Some(AppCredential::Named("one".into())), ..Default::default() };
        let ways = [app, CredentialOptions::default()];
        for (name, options) in names.iter().flat_map(|name| ways.iter().map(move |options| (name, options))) {
            let value = secret("correct horse");
            let secrets = settings_with(&[(name, &value)], options).secrets();
            let told = redact(&format!("refused {value}"), &secrets.iter().collect::<Vec<_>>());
            assert_eq!(told, "refused [redacted]", "{name}");
        }
    }
}
