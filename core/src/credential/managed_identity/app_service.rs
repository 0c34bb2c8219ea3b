//! App Service, Functions and Container Apps, API version 2019-08-01.
//!
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>

use super::address::{endpoint, identify};
use crate::credential::context::Fetch;
use crate::credential::token::Token;
use crate::credential::token_response;
use crate::error::Failure;
use crate::http::request::Request;
use crate::http::retry;
use crate::secret::Secret;
use crate::settings::Credential;
use crate::shown::{Form, shown};

pub(super) async fn get_token(
    fetch: &Fetch<'_>,
    address: &str,
    header: &Secret,
    resource: &str,
) -> Result<Token, Failure> {
    let mut url = endpoint("IDENTITY_ENDPOINT", address)?;
    url.query_pairs_mut().append_pair("api-version", "2019-08-01").append_pair("resource", resource);
    identify(&mut url, &fetch.settings.managed_identity.id, "mi_res_id");

    let request = Request::get(url).header("x-identity-header", header.clone());
    tracing::debug!(host = request.host(), resource = shown(Form::Scope, resource), "asking App Service");
    let answer = fetch.send(retry::MANAGED_IDENTITY, &request).await?;
    token_response::parse(Credential::ManagedIdentity, &request, &answer, &[header], fetch.system.clock.now())
}

#[cfg(test)]
mod tests {
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::error::{AttemptOutcome, Code};
    use crate::settings::CredentialOptions;
    use crate::test_support::{FakeSystem, identity_options, secret, settings, settings_with, token_body};

    const ENDPOINT: &str = "http://127.0.0.1:41741/msi/token";
    const QUERY: &str = "api-version=2019-08-01&resource=https%3A%2F%2Fcognitiveservices.azure.com";

    #[tokio::test(start_paused = true)]
    async fn one_get_with_the_header_and_the_identity_in_its_spelling() {
        for (client_id, options, identity) in [
            (None, CredentialOptions::default(), ""),
            (Some("c"), CredentialOptions::default(), "&client_id=c"),
            (Some("c"), identity_options("o", "", ""), "&client_id=o"),
            (Some("c"), identity_options("", "/sub/x", ""), "&mi_res_id=%2Fsub%2Fx"),
            (Some("c"), identity_options("", "", "o"), "&object_id=o"),
        ] {
            let (fake, header, token) = (FakeSystem::new(), secret("identity-header"), secret("token"));
            let mut variables = vec![("IDENTITY_ENDPOINT", ENDPOINT), ("IDENTITY_HEADER", header.as_str())];
            variables.extend(client_id.map(|id| ("AZURE_CLIENT_ID", id)));
            fake.http.answer(200, token_body(&token, 3600));
            let settings = settings_with(&variables, &options);
            let given = ask(&fake, Credential::ManagedIdentity, &settings).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token);
            assert_eq!(fake.http.sent(), [format!("GET {ENDPOINT}?{QUERY}{identity}\nx-identity-header: {header}")]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_scope_without_default_is_the_resource() {
        let (fake, header) = (FakeSystem::new(), secret("identity-header"));
        let settings = settings(&[("IDENTITY_ENDPOINT", ENDPOINT), ("IDENTITY_HEADER", &header)]);
        let request = TokenRequest::new(vec!["api://thing".into()], None, None).unwrap();
        let _ = ask_for(&fake, Credential::ManagedIdentity, &settings, &request).await;
        assert!(fake.http.sent()[0].contains("resource=api%3A%2F%2Fthing\n"), "{:?}", fake.http.sent());
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_kept_and_a_passing_fault_is_tried_again() {
        for (faults, status, requests, code) in [
            (0, 400, 1, Some(Code::Rejected)),
            (2, 500, 3, None),
            (6, 500, 6, Some(Code::Network)),
            (6, 429, 6, Some(Code::Throttled)),
            (6, 404, 6, Some(Code::Rejected)),
        ] {
            let (fake, header) = (FakeSystem::new(), secret("identity-header"));
            for _ in 0..faults.max(u32::from(status == 400)) {
                fake.http.answer(status, r#"{"statusCode":400,"message":"Identity not found"}"#);
            }
            fake.http.answer(200, token_body(&secret("token"), 3600));
            let settings = settings(&[("IDENTITY_ENDPOINT", ENDPOINT), ("IDENTITY_HEADER", &header)]);
            let outcome = ask(&fake, Credential::ManagedIdentity, &settings).await;
            assert_eq!(fake.http.count(), requests, "{faults} times {status}");
            let attempt = outcome.err();
            assert_eq!(attempt.as_ref().map(|attempt| attempt.failure.code), code, "{faults} times {status}");
            assert!(attempt.is_none_or(|attempt| attempt.outcome == AttemptOutcome::Unavailable));
        }
    }
}
