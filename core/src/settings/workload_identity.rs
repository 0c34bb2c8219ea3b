//! The workload identity: an application that trusts the assertion of another issuer.

use super::application::{AssertionSource, GitHubActions};
use super::options::CredentialOptions;
use super::principal::ServicePrincipal;
use super::snapshot::Variables;
use super::token_proxy::TokenProxy;
use crate::error::Failure;
use crate::shown::described;

/// The variable that chooses the source of assertions.
pub const CHOICE: &str = "AZURE_OPENAI_ENTRA_ASSERTION";
/// The variable that names the token file.
pub(crate) const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// The application whose tokens an assertion is exchanged for, and the source of the assertion.
#[derive(Clone, Hash)]
pub struct WorkloadIdentity {
    /// The source of its assertion: a token file, unless `AZURE_OPENAI_ENTRA_ASSERTION` chooses another one.
    pub assertion: Option<AssertionSource>,
    /// What messages call the setting that names the source.
    pub assertion_setting: &'static str,
    /// The tenant of the workload identity: the option's, else `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// The client id of the workload identity.
    pub client_id: Option<String>,
    /// The token proxy of the cluster, which exchanges the assertion in place of Entra ID.
    pub token_proxy: Option<TokenProxy>,
}

impl WorkloadIdentity {
    pub(super) fn read(
        variables: &Variables,
        options: &CredentialOptions,
        principal: &ServicePrincipal,
    ) -> Result<Self, Failure> {
        let (assertion, assertion_setting) = assertion(variables, options)?;
        Ok(Self {
            assertion,
            assertion_setting,
            tenant_id: options.tenant_id.clone().or_else(|| principal.tenant_id.clone()),
            client_id: options
                .workload_identity_client_id
                .clone()
                .or_else(|| options.managed_identity_client_id.clone().filter(|id| !id.is_empty()))
                .or_else(|| principal.client_id.clone()),
            token_proxy: TokenProxy::read(variables, options.enable_azure_proxy),
        })
    }

    /// Whether its tenant, its client id and the source of its assertion are set.
    pub fn is_complete(&self) -> bool {
        self.tenant_id.is_some() && self.client_id.is_some() && self.assertion.is_some()
    }
}

/// Only a choice counts, not the surroundings: in a pod or a job, no identity changes without a word.
fn assertion(
    variables: &Variables,
    options: &CredentialOptions,
) -> Result<(Option<AssertionSource>, &'static str), Failure> {
    let file = || (variables.text("AZURE_FEDERATED_TOKEN_FILE").map(AssertionSource::File), TOKEN_FILE);
    if let Some((source, setting)) = &options.assertion {
        return Ok((Some(source.clone()), setting));
    }
    let (choice, setting) = match (&options.assertion_choice, variables.get("AZURE_OPENAI_ENTRA_ASSERTION")) {
        (Some(choice), _) => (choice.as_str(), "assertion"),
        (None, Some(choice)) => (choice, CHOICE),
        (None, None) => return Ok(file()),
    };
    let source = match choice.trim().to_ascii_lowercase().as_str() {
        "file" => return Ok(file()),
        "managed-identity" => {
            let by_option = options.assertion_client_id.clone();
            let client_id = by_option.or_else(|| variables.text("AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID"));
            AssertionSource::ManagedIdentity { client_id }
        }
        "github-actions" => AssertionSource::GitHubActions(GitHubActions {
            request_url: variables.text("ACTIONS_ID_TOKEN_REQUEST_URL"),
            request_token: variables.secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
        }),
        "google-cloud" => AssertionSource::GoogleCloud { metadata_host: variables.text("GCE_METADATA_HOST") },
        _ => {
            let reason = format!("{setting} is {}, which is no source of assertions", described(choice));
            return Err(Failure::configuration(reason)
                .with_next_step("set it to file, managed-identity, github-actions or google-cloud, or unset it"));
        }
    };
    Ok((Some(source), setting))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::planted;
    use crate::test_support::{secret, settings, settings_with, try_settings};

    const FILE: (&str, &str) = ("AZURE_FEDERATED_TOKEN_FILE", "/token");

    fn chosen(variables: &[(&str, &str)]) -> &'static str {
        match settings(variables).workload_identity.assertion {
            None => "none",
            Some(AssertionSource::File(_)) => "file",
            Some(AssertionSource::ManagedIdentity { .. }) => "managed-identity",
            Some(AssertionSource::GitHubActions(_)) => "github-actions",
            Some(AssertionSource::GoogleCloud { .. }) => "google-cloud",
            Some(_) => "of a class",
        }
    }

    #[test]
    fn the_variable_chooses_the_source_and_surroundings_do_not() {
        let token = secret("request-token");
        let surroundings = [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://token.example"),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", token.as_str()),
            ("GCE_METADATA_HOST", "metadata.example"),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1/msi"),
        ];
        for (choice, with_file, without) in [
            ("", "file", "none"),
            ("file", "file", "none"),
            ("managed-identity", "managed-identity", "managed-identity"),
            ("GitHub-Actions", "github-actions", "github-actions"),
            (" google-cloud\n", "google-cloud", "google-cloud"),
        ] {
            let mut variables = surroundings.to_vec();
            variables.push((CHOICE, choice));
            assert_eq!(chosen(&variables), without, "{choice:?}");
            variables.push(FILE);
            assert_eq!(chosen(&variables), with_file, "{choice:?} with a file");
            let given = (AssertionSource::File("/other".into()), "tokenFilePath");
            let options = CredentialOptions { assertion: Some(given), ..Default::default() };
            let of_class = settings_with(&variables, &options).workload_identity.assertion;
            assert!(of_class == Some(AssertionSource::File("/other".into())), "the option beats {choice:?}");
        }
    }

    #[test]
    fn the_option_chooses_the_source_and_beats_the_variables() {
        let id = |id: &str| Some(id.to_owned());
        for (choice, client_id, by_option) in [
            ("managed-identity", id("o"), Some(AssertionSource::ManagedIdentity { client_id: id("o") })),
            ("Managed-Identity", None, Some(AssertionSource::ManagedIdentity { client_id: id("v") })),
            ("google-cloud", None, Some(AssertionSource::GoogleCloud { metadata_host: None })),
            ("file", id("o"), Some(AssertionSource::File("/token".into()))),
        ] {
            let variables = [(CHOICE, "github-actions"), ("AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID", "v"), FILE];
            let options = CredentialOptions {
                assertion_choice: id(choice),
                assertion_client_id: client_id,
                ..CredentialOptions::default()
            };
            assert!(settings_with(&variables, &options).workload_identity.assertion == by_option, "{choice}");
        }
        let options = CredentialOptions { assertion_choice: id("aws"), ..CredentialOptions::default() };
        let failure = try_settings(&[FILE], &options).err().unwrap();
        assert!(failure.reason.starts_with("assertion is a text of 3 characters"), "{}", failure.reason);
    }

    #[test]
    fn another_choice_is_refused_and_a_secret_in_its_place_is_not_shown() {
        let refused = |value: &str| {
            let failure = try_settings(&[(CHOICE, value), FILE], &CredentialOptions::default()).err().unwrap();
            assert!(failure.reason.starts_with(CHOICE), "{}", failure.reason);
            assert!(failure.next_step.unwrap().contains("github-actions"));
            failure.reason
        };
        assert!(refused("swordfish").contains(" is a text of 9 characters, which"));
        for plant in planted() {
            let reason = refused(&plant.text);
            assert!(!plant.is_in(&reason), "{}: {reason}", plant.what);
        }
    }
}
