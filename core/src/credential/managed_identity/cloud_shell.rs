//! Azure Cloud Shell, which gives the identity of its user.
//!
//! <https://learn.microsoft.com/azure/cloud-shell/msi-authorization>

use url::form_urlencoded;

use super::address::{endpoint, refuse_ids};
use crate::credential::context::Fetch;
use crate::credential::token::Token;
use crate::credential::token_response;
use crate::error::Failure;
use crate::http::request::{Request, Route};
use crate::http::retry;
use crate::secret::Secret;
use crate::settings::Credential;
use crate::shown::{Form, shown};

pub(super) async fn get_token(fetch: &Fetch<'_>, address: &str, resource: &str) -> Result<Token, Failure> {
    // It would not heed an id, and give the user's token for an application's.
    refuse_ids(&fetch.settings.managed_identity.id, "Cloud Shell gives only the identity of its user")?;
    let url = endpoint("MSI_ENDPOINT", address)?;
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("resource", resource).finish();

    let request = Request { route: Route::Direct, ..Request::post(url, Secret::new(form)) };
    let request = request.header("metadata", Secret::new("true"));
    tracing::debug!(host = request.host(), resource = shown(Form::Scope, resource), "asking Cloud Shell");
    let answer = fetch.send(retry::MANAGED_IDENTITY, &request).await?;
    token_response::parse(Credential::ManagedIdentity, &request, &answer, &[], fetch.system.clock.now())
}

#[cfg(test)]
mod tests {
    use crate::credential::Credential;
    use crate::credential::tests::ask;
    use crate::error::{AttemptOutcome, Code};
    use crate::http::request::Route;
    use crate::settings::CredentialOptions;
    use crate::system::Timestamp;
    use crate::test_support::{FakeSystem, identity_options, secret, settings, settings_with};

    const ENDPOINT: &str = "http://localhost:50342/oauth2/token";

    #[tokio::test(start_paused = true)]
    async fn one_post_with_the_resource_alone() {
        let (fake, token) = (FakeSystem::new(), secret("token"));
        let answer = serde_json::json!({
            "access_token": token,
            "refresh_token": "",
            "expires_in": "2500",
            "expires_on": "1893456000",
            "not_before": "1799999700",
            "resource": "https://cognitiveservices.azure.com",
            "token_type": "Bearer",
        });
        fake.http.answer(200, answer.to_string());
        let settings = settings(&[("MSI_ENDPOINT", ENDPOINT)]);
        let given = ask(&fake, Credential::ManagedIdentity, &settings).await.ok().unwrap();
        assert_eq!((given.secret.expose(), given.expires_on), (token.as_str(), Timestamp::from_secs(1_893_456_000)));
        assert_eq!(
            fake.http.sent(),
            [format!("POST {ENDPOINT}\nmetadata: true\n\nresource=https%3A%2F%2Fcognitiveservices.azure.com")]
        );
        assert_eq!(fake.http.routes(), [Route::Direct], "never through a proxy");
    }

    #[tokio::test(start_paused = true)]
    async fn an_id_is_refused_without_a_request() {
        for (client_id, options, named) in [
            ("c", CredentialOptions::default(), "AZURE_CLIENT_ID"),
            ("", identity_options("c", "", ""), "managedIdentityClientId"),
            ("", identity_options("", "/sub/x", ""), "managedIdentityResourceId"),
            ("", identity_options("", "", "o"), "managedIdentityObjectId"),
        ] {
            let fake = FakeSystem::new();
            let settings = settings_with(&[("MSI_ENDPOINT", ENDPOINT), ("AZURE_CLIENT_ID", client_id)], &options);
            let attempt = ask(&fake, Credential::ManagedIdentity, &settings).await.err().unwrap();
            assert_eq!((attempt.outcome, attempt.failure.code), (AttemptOutcome::Unavailable, Code::Configuration));
            assert!(attempt.failure.reason.contains("Cloud Shell"), "{}", attempt.failure.reason);
            assert!(attempt.failure.next_step.unwrap().contains(named));
            assert_eq!(fake.http.count(), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_keeps_the_words() {
        let fake = FakeSystem::new();
        fake.http.answer(400, r#"{"error":{"code":"bad_request","message":"Required metadata header not specified"}}"#);
        let settings = settings(&[("MSI_ENDPOINT", ENDPOINT)]);
        let failure = ask(&fake, Credential::ManagedIdentity, &settings).await.err().unwrap().failure;
        assert_eq!((failure.code, failure.status), (Code::Rejected, Some(400)));
        assert!(failure.reason.contains("Required metadata header"), "{}", failure.reason);
    }
}
