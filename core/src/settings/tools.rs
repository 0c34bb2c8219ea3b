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
pub(super) const SECRETS: [&str; 8] = [
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
    use std::collections::HashMap;

    use super::SECRETS;
    use crate::secret::{Secret, redact, redact_app_knowing};
    use crate::settings::{AppCredential, CredentialOptions, Variables, secrets_of};
    use crate::test_support::{secret, settings_with, try_settings};

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
        for (name, wrong) in names.iter().flat_map(|name| INVALID.iter().map(move |wrong| (*name, *wrong))) {
            let value = secret("correct horse");
            let set = HashMap::from([(name, value.as_str()), wrong]);
            assert!(name == wrong.0 || try_settings(&[wrong], &CredentialOptions::default()).is_err(), "{wrong:?}");
            let set = set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
            let told =
                redact_app_knowing(&format!("refused {value}"), secrets_of(&Variables::new(set.collect(), false)));
            assert!(name == wrong.0 || told == "refused [redacted]", "{name} beside {}: {told}", wrong.0);
        }
    }

    /// One wrong value of each setting for whose sake no settings are made.
    const INVALID: [(&str, &str); 5] = [
        ("AZURE_OPENAI_ENTRA_TRANSPORT", "other"),
        ("AZURE_AUTHORITY_HOST", "http://login.example"),
        ("AZURE_TOKEN_CREDENTIALS", "nonsense"),
        ("AZURE_OPENAI_ENTRA_ASSERTION", "aws"),
        ("AZURE_OPENAI_ENTRA_SCOPE", "$(SCOPE)"),
    ];

    /// Whatever settings know of variables is known without the settings.
    #[test]
    fn what_settings_know_of_variables_is_known_of_the_variables() {
        let password = secret("pass!word");
        for (name, value) in [
            ("AZURE_TENANT_ID", "three horses swim".to_owned()),
            ("AZURE_CLIENT_ID", "three horses swim".to_owned()),
            ("DEFAULT_IDENTITY_CLIENT_ID", "three horses swim".to_owned()),
            ("AZURE_REGIONAL_AUTHORITY_NAME", "three horses swim".to_owned()),
            ("AZURE_FEDERATED_TOKEN_FILE", format!("Password={password}")),
            ("AZURE_AUTHORITY_HOST", format!("https://login.example/?code={password}")),
            ("IDENTITY_ENDPOINT", format!("http://127.0.0.1:1/msi/token?code={password}")),
            ("MSI_ENDPOINT", format!("http://127.0.0.1:1/msi/token?code={password}")),
            ("IMDS_ENDPOINT", format!("http://127.0.0.1:1/?code={password}")),
            ("AZURE_POD_IDENTITY_AUTHORITY_HOST", format!("http://127.0.0.1:1/?code={password}")),
            ("HTTPS_PROXY", format!("joe:/{password}@proxy.example:8080")),
            ("https_proxy", format!("proxy.example:8080:joe:{password}")),
            ("DATABASE_URL", format!("postgres://joe:pL4/{password}#q@db.example.com:5432/x")),
        ] {
            let known = settings_with(&[(name, &value)], &CredentialOptions::default()).secrets();
            let set = HashMap::from([(name.to_owned(), value.clone())]);
            let of_variables = secrets_of(&Variables::new(set, false));
            let expose = |secrets: &[Secret]| secrets.iter().map(|it| it.expose().to_owned()).collect::<Vec<_>>();
            assert!(!known.is_empty() && expose(&known) == expose(&of_variables), "{name}={value}");
        }
    }
}
