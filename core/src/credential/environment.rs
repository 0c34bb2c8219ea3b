//! A service principal whose name and proof are in the environment: a client secret, or a certificate.

use super::application;
use super::context::Fetch;
use super::setting_words::unset;
use super::token::Token;
use crate::aadsts;
use crate::error::{Code, Failure};
use crate::secret::Secret;
use crate::settings::{Application, Credential, Proof, check_resolved};
use crate::shown::{Form, shown};

const PATH: &str = "AZURE_CLIENT_CERTIFICATE_PATH";

/// Asks Entra ID with `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`, or
/// `AZURE_CLIENT_CERTIFICATE_PATH` without a secret.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let principal = &fetch.settings.principal;
    let (Some(tenant), Some(client_id)) = (&principal.tenant_id, &principal.client_id) else {
        return Err(not_set_up(fetch));
    };
    let Some(proof) = principal.proof() else {
        let failure = not_set_up(fetch);
        // Complete except for the flow, which is gone: it names a user, and no other identity may replace it.
        let code = if principal.has_user_password { Code::Configuration } else { failure.code };
        return Err(Failure { code, ..failure });
    };
    match &proof {
        Proof::Secret(secret) => check_resolved("AZURE_CLIENT_SECRET", secret.expose())?,
        _ => {
            check_resolved(PATH, principal.certificate_path.as_deref().unwrap_or_default())?;
            if let Some(password) = &principal.certificate_password {
                check_resolved("AZURE_CLIENT_CERTIFICATE_PASSWORD", password.expose())?;
            }
        }
    }
    check_resolved("AZURE_TENANT_ID", tenant)?;
    check_resolved("AZURE_CLIENT_ID", client_id)?;
    let application = Application {
        credential: Credential::Environment,
        tenant_id: tenant.clone(),
        client_id: client_id.clone(),
        proof,
        user_assertion: None,
    };
    application::ask(fetch, &application, PATH).await.map_err(|refused| match &principal.client_secret {
        Some(secret) if aadsts::names(&refused.reason, &[7_000_215]) => about_the_secret(refused, secret),
        _ => refused,
    })
}

/// Entra ID writes secrets of 40 characters, and wrote some of 32 and 44.
const SHORTEST_SECRET: usize = 30;

/// What is wrong with a secret that is not the application's, if it can be seen.
fn about_the_secret(refused: Failure, secret: &Secret) -> Failure {
    let secret = secret.expose();
    let step = if secret.starts_with(['"', '\'']) && secret.ends_with(['"', '\'']) {
        "remove the quotation marks around AZURE_CLIENT_SECRET: they are sent as a part of it"
    } else if secret.contains(char::is_whitespace) {
        "remove the white space from AZURE_CLIENT_SECRET: no client secret has any"
    } else if shown(Form::Guid, secret) == secret {
        "set AZURE_CLIENT_SECRET to the secret's value: it holds a GUID, which is the secret's id"
    } else if secret.starts_with("http://") || secret.starts_with("https://") {
        "set AZURE_CLIENT_SECRET to the secret's value: it holds an address, such as that of a secret in Key Vault"
    } else if secret.starts_with(['/', '~', '.']) && secret[1..].contains('/') {
        "set AZURE_CLIENT_SECRET to the secret's value: it holds a path, and no file is read for it"
    } else if secret.chars().count() < SHORTEST_SECRET {
        "set AZURE_CLIENT_SECRET to the whole value of the secret, which has 40 characters: it is cut off. In a shell and in \
         an .env file, put it in single quotation marks, because of $ and #"
    } else {
        return refused;
    };
    refused.with_next_step(step)
}

fn not_set_up(fetch: &Fetch<'_>) -> Failure {
    let principal = &fetch.settings.principal;
    if principal.has_user_password {
        return Failure::unavailable(
            "AZURE_USERNAME and AZURE_PASSWORD are set, but sign-in by password is not \
                                     supported",
        )
        .with_next_step(
            "use a client secret, a certificate or a managed identity. Microsoft retired sign-in by password \
                 because it bypasses MFA",
        );
    }
    let missing = unset(&[
        ("AZURE_TENANT_ID", principal.tenant_id.is_some()),
        ("AZURE_CLIENT_ID", principal.client_id.is_some()),
        ("AZURE_CLIENT_SECRET", principal.client_secret.is_some() || principal.certificate_path.is_some()),
    ]);
    Failure::unavailable(missing.unwrap_or_default()).with_next_step(
        "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_CLIENT_CERTIFICATE_PATH) to use a \
         service principal",
    )
}

#[cfg(test)]
mod tests {
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::error::{AttemptOutcome, Code};
    use crate::settings::CredentialOptions;
    use crate::test_support::{FakeSystem, START, secret, settings, settings_with, token_body};

    #[tokio::test(start_paused = true)]
    async fn one_post_with_the_secret_to_the_authority() {
        for (authority, host) in [
            (None, "login.microsoftonline.com"),
            (Some("https://login.microsoftonline.us"), "login.microsoftonline.us"),
            (Some("https://login.microsoftonline.us/"), "login.microsoftonline.us"),
        ] {
            let (fake, secret, token) = (FakeSystem::new(), secret("client-secret"), secret("token"));
            let mut variables =
                vec![("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", secret.as_str())];
            variables.extend(authority.map(|authority| ("AZURE_AUTHORITY_HOST", authority)));
            fake.http.answer(200, token_body(&token, 3600));

            let given = ask(&fake, Credential::Environment, &settings(&variables)).await.ok().unwrap();

            let resource = if host.ends_with(".us") { "azure.us" } else { "azure.com" };
            assert_eq!(
                fake.http.sent(),
                [format!(
                    "POST https://{host}/t/oauth2/v2.0/token\n\nclient_id=c&client_secret={secret}&\
                     grant_type=client_credentials&scope=https%3A%2F%2Fcognitiveservices.{resource}%2F.default"
                )]
            );
            assert_eq!(given.secret.expose(), token);
            assert_eq!(given.expires_on.since(START).as_secs(), 3600);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn its_tenant_is_the_variables_whatever_the_option_says() {
        let (fake, secret) = (FakeSystem::new(), secret("client-secret"));
        let options = CredentialOptions { tenant_id: Some("other".into()), ..CredentialOptions::default() };
        let variables = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", secret.as_str())];
        let _ = ask(&fake, Credential::Environment, &settings_with(&variables, &options)).await;
        assert!(fake.http.sent()[0].contains("/t/oauth2/"), "{:?}", fake.http.sent());
        // And without the variable there is no service principal.
        let attempt = ask(&fake, Credential::Environment, &settings_with(&variables[1..], &options)).await.err();
        assert_eq!(attempt.unwrap().failure.reason, "AZURE_TENANT_ID is not set");
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_name_and_a_password_end_the_chain_and_are_not_sent() {
        let (fake, password) = (FakeSystem::new(), secret("password"));
        let variables = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_USERNAME", "u")];
        for (with_password, with_tenant, outcome, code) in [
            (true, true, AttemptOutcome::Failed, Code::Configuration),
            (false, true, AttemptOutcome::Unavailable, Code::Unavailable),
            (true, false, AttemptOutcome::Unavailable, Code::Unavailable),
        ] {
            let mut variables = variables[usize::from(!with_tenant)..].to_vec();
            variables.extend(with_password.then_some(("AZURE_PASSWORD", password.as_str())));
            let attempt = ask(&fake, Credential::Environment, &settings(&variables)).await.err().unwrap();
            assert_eq!((attempt.outcome, attempt.failure.code), (outcome, code));
            assert_eq!(attempt.failure.reason.contains("AZURE_PASSWORD"), with_password, "{}", attempt.failure.reason);
        }
        assert_eq!(fake.http.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_application_has_one_tenant() {
        for tenant in ["common", "Organizations", "consumers"] {
            let (fake, secret) = (FakeSystem::new(), secret("client-secret"));
            let variables = [("AZURE_TENANT_ID", tenant), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", &*secret)];
            let attempt = ask(&fake, Credential::Environment, &settings(&variables)).await.err().unwrap();
            assert_eq!((attempt.failure.code, fake.http.count()), (Code::Configuration, 0), "{tenant}");
            assert!(attempt.failure.reason.contains(tenant), "{}", attempt.failure.reason);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_placeholder_is_refused_only_in_what_is_used() {
        let secret = secret("client-secret");
        let complete = [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", secret.as_str())];
        for (name, is_used) in [
            ("AZURE_TENANT_ID", true),
            ("AZURE_CLIENT_ID", true),
            ("AZURE_CLIENT_SECRET", true),
            ("AZURE_CLIENT_CERTIFICATE_PATH", false),
            ("AZURE_CLIENT_CERTIFICATE_PASSWORD", false),
            ("AZURE_FEDERATED_TOKEN_FILE", false),
            ("IDENTITY_ENDPOINT", false),
        ] {
            let fake = FakeSystem::new();
            fake.http.answer(200, token_body(&crate::test_support::secret("token"), 3600));
            let variables: Vec<_> = complete.iter().copied().filter(|(it, _)| *it != name).collect();
            let settings = settings(&[&variables[..], &[(name, "${X}")]].concat());
            let failure = ask(&fake, Credential::Environment, &settings).await.err().map(|attempt| attempt.failure);
            assert_eq!(
                failure.is_some_and(|it| it.reason == format!("{name} holds a placeholder that was not replaced")),
                is_used,
                "{name}"
            );
            assert_eq!(fake.http.count(), usize::from(!is_used), "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn claims_go_with_the_request() {
        let (fake, secret) = (FakeSystem::new(), secret("client-secret"));
        let settings =
            settings(&[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", &secret)]);
        let request = TokenRequest::new(vec!["s".into()], None, Some(r#"{"a":1}"#.into())).unwrap();
        let _ = ask_for(&fake, Credential::Environment, &settings, &request).await;
        assert!(fake.http.sent()[0].contains("claims=%7B%22a%22%3A1%7D"), "{:?}", fake.http.sent());
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_goes_wrong_ends_the_chain_and_never_shows_the_secret() {
        let refusal = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}"#;
        for (status, body, code, requests) in [
            (401, refusal, Code::Rejected, 1),
            (400, "not json", Code::Rejected, 1),
            (302, "", Code::Network, 1),
            (200, "<html>", Code::Network, 1),
            (503, "{}", Code::Network, 4),
            (429, "{}", Code::Throttled, 4),
        ] {
            let (fake, secret) = (FakeSystem::new(), secret("client-secret"));
            for _ in 0..requests {
                fake.http.answer(status, body.replace("Invalid", &secret));
            }
            let settings =
                settings(&[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", &secret)]);
            let attempt = ask(&fake, Credential::Environment, &settings).await.err().unwrap();
            assert_eq!((attempt.outcome, attempt.failure.code), (AttemptOutcome::Failed, code), "{status}");
            assert_eq!(fake.http.count(), requests, "{status}");
            assert!(!attempt.failure.reason.contains(&secret), "{}", attempt.failure.reason);
        }
    }
}
