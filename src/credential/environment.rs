//! A service principal whose name and secret are in the environment.

use super::service_principal::{ClientAuthentication, ServicePrincipal};
use super::{Fetch, Token, unset};
use crate::error::Failure;

/// Asks Entra ID with `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET`.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let settings = fetch.settings;
    let (Some(tenant), Some(client_id), Some(secret)) =
        (&settings.tenant_id, &settings.client_id, &settings.client_secret)
    else {
        let missing = unset(&[
            ("AZURE_TENANT_ID", settings.tenant_id.is_some()),
            ("AZURE_CLIENT_ID", settings.client_id.is_some()),
            ("AZURE_CLIENT_SECRET", settings.client_secret.is_some()),
        ]);
        return Err(Failure::unavailable(missing.unwrap_or_default())
            .next("set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET to use a service principal"));
    };
    let tenant = fetch.tenant(Some(tenant))?.unwrap_or_else(|| tenant.clone());
    let authentication = ClientAuthentication::Secret(secret.clone());
    tracing::debug!(tenant, client_id, "asking with a client secret");
    ServicePrincipal { tenant, client_id: client_id.clone(), authentication }.get_token(fetch).await
}

#[cfg(test)]
mod tests {
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::error::{Code, Outcome};
    use crate::test_support::{START, World, secret, settings, token_body};

    #[tokio::test(start_paused = true)]
    async fn one_post_with_the_secret_to_the_authority() {
        for (authority, host) in [
            (None, "login.microsoftonline.com"),
            (Some("https://login.microsoftonline.us"), "login.microsoftonline.us"),
            (Some("https://login.microsoftonline.us/"), "login.microsoftonline.us"),
        ] {
            let (world, secret, token) = (World::new(), secret("client-secret"), secret("token"));
            let mut variables =
                vec![("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", secret.as_str())];
            variables.extend(authority.map(|authority| ("AZURE_AUTHORITY_HOST", authority)));
            world.http.answer(200, token_body(&token, 3600));

            let given = ask(&world, Credential::Environment, &settings(&variables)).await.ok().unwrap();

            let resource = if host.ends_with(".us") { "azure.us" } else { "azure.com" };
            assert_eq!(
                world.http.sent(),
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
    async fn claims_go_with_the_request() {
        let (world, secret) = (World::new(), secret("client-secret"));
        let settings =
            settings(&[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", &secret)]);
        let request = TokenRequest::new(vec!["s".into()], None, Some(r#"{"a":1}"#.into())).unwrap();
        let _ = ask_for(&world, Credential::Environment, &settings, &request).await;
        assert!(world.http.sent()[0].contains("claims=%7B%22a%22%3A1%7D"), "{:?}", world.http.sent());
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
            let (world, secret) = (World::new(), secret("client-secret"));
            for _ in 0..requests {
                world.http.answer(status, body.replace("Invalid", &secret));
            }
            let settings =
                settings(&[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", &secret)]);
            let attempt = ask(&world, Credential::Environment, &settings).await.err().unwrap();
            assert_eq!((attempt.outcome, attempt.failure.code), (Outcome::Failed, code), "{status}");
            assert_eq!(world.http.count(), requests, "{status}");
            assert!(!attempt.failure.reason.contains(&secret), "{}", attempt.failure.reason);
        }
    }
}
