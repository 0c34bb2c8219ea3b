//! Compute of Azure Machine Learning, API version 2017-09-01.
//!
//! <https://learn.microsoft.com/azure/machine-learning/how-to-identity-based-service-authentication>

use super::address::endpoint;
use crate::credential::context::Fetch;
use crate::credential::token::Token;
use crate::credential::token_response;
use crate::error::Failure;
use crate::http::request::Request;
use crate::http::retry;
use crate::secret::Secret;
use crate::settings::{Credential, ManagedIdentityId};
use crate::shown::{Form, shown};

pub(super) async fn get_token(
    fetch: &Fetch<'_>,
    address: &str,
    secret: &Secret,
    resource: &str,
) -> Result<Token, Failure> {
    let mut url = endpoint("MSI_ENDPOINT", address)?;
    url.query_pairs_mut().append_pair("api-version", "2017-09-01").append_pair("resource", resource);
    if let Some(id) = client_id(fetch)? {
        url.query_pairs_mut().append_pair("clientid", id);
    }

    let request = Request::get(url).header("secret", secret.clone()).header("metadata", Secret::new("true"));
    tracing::debug!(host = request.host(), resource = shown(Form::Scope, resource), "asking Azure Machine Learning");
    let answer = fetch.send(retry::MANAGED_IDENTITY, &request).await?;
    token_response::parse(Credential::ManagedIdentity, &request, &answer, &[secret], fetch.system.clock.now())
}

/// The compute's own identity goes by a client id as well, which the compute names.
fn client_id<'a>(fetch: &Fetch<'a>) -> Result<Option<&'a str>, Failure> {
    let given = match &fetch.settings.managed_identity.id {
        ManagedIdentityId::System => return Ok(fetch.settings.managed_identity.host.default_client_id.as_deref()),
        ManagedIdentityId::ClientId(id) => return Ok(Some(id)),
        ManagedIdentityId::ResourceId(_) => "managedIdentityResourceId",
        ManagedIdentityId::ObjectId(_) => "managedIdentityObjectId",
    };
    Err(Failure::configuration(format!("Azure Machine Learning finds identities only by client id, not by {given}"))
        .with_next_step(format!("set managedIdentityClientId instead of {given}")))
}

#[cfg(test)]
mod tests {
    use crate::credential::Credential;
    use crate::credential::tests::ask;
    use crate::error::{AttemptOutcome, Code};
    use crate::test_support::{FakeSystem, identity_options, secret, settings, settings_with, token_body};

    const ENDPOINT: &str = "http://127.0.0.1:46808/MSI/auth";

    #[tokio::test(start_paused = true)]
    async fn one_get_with_the_secret_and_the_client_id_in_its_spelling() {
        for (default, variable, option, identity) in [
            ("", "", "", ""),
            ("d", "", "", "&clientid=d"),
            ("d", "c", "", "&clientid=c"),
            ("d", "c", "o", "&clientid=o"),
        ] {
            let (fake, msi_secret, token) = (FakeSystem::new(), secret("msi-secret"), secret("token"));
            fake.http.answer(200, token_body(&token, 86400));
            let variables = [
                ("MSI_ENDPOINT", ENDPOINT),
                ("MSI_SECRET", &msi_secret),
                ("DEFAULT_IDENTITY_CLIENT_ID", default),
                ("AZURE_CLIENT_ID", variable),
            ];
            let settings = settings_with(&variables, &identity_options(option, "", ""));
            let given = ask(&fake, Credential::ManagedIdentity, &settings).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token);
            let query = format!(
                "api-version=2017-09-01&resource=https%3A%2F%2Fcognitiveservices.azure.com{identity}\n\
                 secret: {msi_secret}\nmetadata: true"
            );
            assert_eq!(fake.http.sent(), [format!("GET {ENDPOINT}?{query}")]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn other_kinds_of_id_are_refused_without_a_request() {
        for (options, named) in [
            (identity_options("", "/sub/x", ""), "managedIdentityResourceId"),
            (identity_options("", "", "o"), "managedIdentityObjectId"),
        ] {
            let (fake, msi_secret) = (FakeSystem::new(), secret("msi-secret"));
            let settings = settings_with(&[("MSI_ENDPOINT", ENDPOINT), ("MSI_SECRET", &msi_secret)], &options);
            let attempt = ask(&fake, Credential::ManagedIdentity, &settings).await.err().unwrap();
            assert_eq!((attempt.outcome, attempt.failure.code), (AttemptOutcome::Unavailable, Code::Configuration));
            assert!(attempt.failure.reason.contains(named), "{}", attempt.failure.reason);
            assert_eq!(fake.http.count(), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_that_echoes_the_secret_does_not_show_it() {
        let (fake, msi_secret) = (FakeSystem::new(), secret("msi-secret"));
        fake.http.answer(403, format!(r#"{{"message":"{msi_secret} is not the secret"}}"#));
        let settings = settings(&[("MSI_ENDPOINT", ENDPOINT), ("MSI_SECRET", &msi_secret)]);
        let failure = ask(&fake, Credential::ManagedIdentity, &settings).await.err().unwrap().failure;
        assert_eq!((failure.code, failure.status), (Code::Rejected, Some(403)));
        assert!(failure.reason.ends_with("[redacted] is not the secret"), "{}", failure.reason);
    }
}
