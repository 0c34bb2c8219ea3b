//! Service Fabric's token service, API version 2019-07-01-preview.
//!
//! <https://learn.microsoft.com/azure/service-fabric/how-to-managed-identity-service-fabric-app-code>

use url::{Host, Url};

use super::address::{endpoint, refuse_ids};
use crate::credential::context::Fetch;
use crate::credential::token::Token;
use crate::credential::token_response;
use crate::error::Failure;
use crate::http::pinning::Thumbprint;
use crate::http::request::{Request, Route};
use crate::http::retry;
use crate::secret::Secret;
use crate::settings::Credential;
use crate::shown::{Form, shown};

pub(super) async fn get_token(
    fetch: &Fetch<'_>,
    address: &str,
    header: &Secret,
    thumbprint: &str,
    resource: &str,
) -> Result<Token, Failure> {
    const GIVES: &str = "Service Fabric gives the managed identity that the resource configuration of the cluster's \
                         application names (https://aka.ms/servicefabricmi)";
    refuse_ids(&fetch.settings.managed_identity.id, GIVES)?;
    let mut url = endpoint("IDENTITY_ENDPOINT", address)?;
    let route = route(&url, thumbprint)?;
    url.query_pairs_mut().append_pair("api-version", "2019-07-01-preview").append_pair("resource", resource);

    let request = Request { route, ..Request::get(url) }.header("secret", header.clone());
    tracing::debug!(host = request.host(), resource = shown(Form::Scope, resource), "asking Service Fabric");
    let answer = fetch.send(retry::MANAGED_IDENTITY, &request).await?;
    token_response::parse(Credential::ManagedIdentity, &request, &answer, &[header], fetch.system.clock.now())
}

/// The certificate is the cluster's own, so that its thumbprint replaces the check of its issuer.
fn route(url: &Url, thumbprint: &str) -> Result<Route, Failure> {
    if url.scheme() == "https" {
        return Thumbprint::parse(thumbprint).map(Route::Pinned).ok_or_else(|| {
            Failure::configuration("IDENTITY_SERVER_THUMBPRINT is not a thumbprint of 40 hexadecimal digits")
                .with_next_step("remove what overrides Service Fabric's value, or unset the variable outside a cluster")
        });
    }
    // Without TLS there is no certificate to compare, so the secret must not leave the machine.
    let is_this_machine = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if is_this_machine {
        return Ok(Route::Direct);
    }
    Err(Failure::configuration(
        "IDENTITY_ENDPOINT is not an https address, so IDENTITY_SERVER_THUMBPRINT cannot be \
                                checked",
    )
    .with_next_step("remove what overrides Service Fabric's values, or unset both variables outside a cluster"))
}

#[cfg(test)]
mod tests {
    use crate::credential::Credential;
    use crate::credential::tests::ask;
    use crate::error::{AttemptOutcome, Code};
    use crate::http::pinning::Thumbprint;
    use crate::http::request::Route;
    use crate::settings::CredentialOptions;
    use crate::system::Timestamp;
    use crate::test_support::{FakeSystem, identity_options, secret, settings, settings_with};

    const ENDPOINT: &str = "https://10.0.0.4:2377/metadata/identity/oauth2/token";
    const THUMBPRINT: &str = "a9:99:3e:36:47:06:81:6a:ba:3e:25:71:78:50:c2:6c:9c:d0:d8:9d";

    fn variables<'a>(endpoint: &'a str, header: &'a str, thumbprint: &'a str) -> [(&'a str, &'a str); 3] {
        [("IDENTITY_ENDPOINT", endpoint), ("IDENTITY_HEADER", header), ("IDENTITY_SERVER_THUMBPRINT", thumbprint)]
    }

    #[tokio::test(start_paused = true)]
    async fn one_get_with_the_secret_to_the_server_with_that_thumbprint() {
        let pinned = Route::Pinned(Thumbprint::parse(THUMBPRINT).unwrap());
        for (endpoint, route) in [
            (ENDPOINT, pinned),
            ("https://localhost:2377/token", pinned),
            ("http://localhost:2377/token", Route::Direct),
            ("http://127.0.0.1:2377/token", Route::Direct),
            ("http://[::1]:2377/token", Route::Direct),
        ] {
            let (fake, header, token) = (FakeSystem::new(), secret("identity-header"), secret("token"));
            let answer = serde_json::json!({
                "token_type": "Bearer",
                "access_token": token,
                "expires_on": 1_893_456_000,
                "resource": "https://cognitiveservices.azure.com/",
            });
            fake.http.answer(200, answer.to_string());
            let settings = settings(&variables(endpoint, &header, THUMBPRINT));
            let given = ask(&fake, Credential::ManagedIdentity, &settings).await.ok().unwrap();
            assert_eq!((given.secret.expose(), given.expires_on), (&*token, Timestamp::from_secs(1_893_456_000)));
            let query = "api-version=2019-07-01-preview&resource=https%3A%2F%2Fcognitiveservices.azure.com";
            assert_eq!(fake.http.sent(), [format!("GET {endpoint}?{query}\nsecret: {header}")]);
            assert_eq!(fake.http.routes(), [route]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_trusted_is_not_asked() {
        for (endpoint, thumbprint, named) in [
            (ENDPOINT, "nonsense", "IDENTITY_SERVER_THUMBPRINT"),
            (ENDPOINT, "a9993e", "IDENTITY_SERVER_THUMBPRINT"),
            ("http://10.0.0.4:2377/token", THUMBPRINT, "IDENTITY_ENDPOINT"),
            ("http://localhost.example/token", THUMBPRINT, "IDENTITY_ENDPOINT"),
        ] {
            let (fake, header) = (FakeSystem::new(), secret("identity-header"));
            let settings = settings(&variables(endpoint, &header, thumbprint));
            let failure = ask(&fake, Credential::ManagedIdentity, &settings).await.err().unwrap().failure;
            assert_eq!(failure.code, Code::Configuration);
            assert!(failure.reason.starts_with(named), "{}", failure.reason);
            assert_eq!(fake.http.count(), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_id_is_refused_without_a_request() {
        for (client_id, options, named) in [
            ("c", CredentialOptions::default(), "AZURE_CLIENT_ID"),
            ("", identity_options("c", "", ""), "managedIdentityClientId"),
            ("", identity_options("", "/sub/x", ""), "managedIdentityResourceId"),
            ("", identity_options("", "", "o"), "managedIdentityObjectId"),
        ] {
            let (fake, header) = (FakeSystem::new(), secret("identity-header"));
            let mut variables = variables(ENDPOINT, &header, THUMBPRINT).to_vec();
            variables.push(("AZURE_CLIENT_ID", client_id));
            let settings = settings_with(&variables, &options);
            let attempt = ask(&fake, Credential::ManagedIdentity, &settings).await.err().unwrap();
            assert_eq!((attempt.outcome, attempt.failure.code), (AttemptOutcome::Unavailable, Code::Configuration));
            assert!(attempt.failure.reason.contains("resource configuration"), "{}", attempt.failure.reason);
            assert!(attempt.failure.reason.contains("cluster"), "{}", attempt.failure.reason);
            assert!(attempt.failure.next_step.unwrap().contains(named));
            assert_eq!(fake.http.count(), 0);
        }
    }
}
