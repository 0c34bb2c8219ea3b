//! A server of one's own that is enrolled in Azure Arc, API version 2020-06-01.
//!
//! Its agent answers 401 and names a file. A process that can read it may get a token: the file holds the key for a
//! second request.
//!
//! <https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication>

use serde::Deserialize;

use super::address::{endpoint, identify};
use super::arc_key;
use crate::credential::context::Fetch;
use crate::credential::token::Token;
use crate::credential::token_response;
use crate::error::{Code, Failure};
use crate::http::request::{Request, Response};
use crate::http::retry;
use crate::json;
use crate::secret::Secret;
use crate::settings::{Credential, ManagedIdentityId};
use crate::shown::{Form, shown};

/// The agent's address, unless a variable says otherwise.
pub(super) const ENDPOINT: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";

pub(super) async fn get_token(fetch: &Fetch<'_>, address: &str, resource: &str) -> Result<Token, Failure> {
    let mut url = endpoint("IDENTITY_ENDPOINT", address)?;
    if url.host_str() == Some("localhost") {
        // The agent listens only on IPv4, and the name can mean IPv6.
        let _ = url.set_host(Some("127.0.0.1"));
    }
    url.query_pairs_mut().append_pair("api-version", "2020-06-01").append_pair("resource", resource);
    identify(&mut url, &fetch.settings.managed_identity.id, "msi_res_id");

    let mut request = Request::get(url).header("metadata", Secret::new("true"));
    let host = request.host();
    tracing::debug!(host, resource = shown(Form::Scope, resource), "asking Azure Arc's agent");
    let mut answer = fetch.send(retry::MANAGED_IDENTITY, &request).await?;
    let mut key = Secret::new("");
    if answer.status == 401 {
        key = arc_key::read(fetch, &host, &answer).await?;
        request = request.header("authorization", Secret::new(format!("Basic {}", key.expose())));
        answer = fetch.send(retry::MANAGED_IDENTITY, &request).await?;
    }
    let token =
        token_response::parse(Credential::ManagedIdentity, &request, &answer, &[&key], fetch.system.clock.now())?;
    confirm(&host, &fetch.settings.managed_identity.id, &answer)?;
    Ok(token)
}

/// The identity that the agent says the token is for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Echo {
    client_id: Option<String>,
    object_id: Option<String>,
    msi_res_id: Option<String>,
    mi_res_id: Option<String>,
}

/// Refuses a token of another identity than the one that was asked for: older agents do not heed ids, and give the
/// machine's own. Newer ones name the identity in their answer.
fn confirm(host: &str, identity: &ManagedIdentityId, answer: &Response) -> Result<(), Failure> {
    let echo: Echo = json::object(answer.body.expose()).unwrap_or_default();
    let (wanted, given) = match identity {
        ManagedIdentityId::System => return Ok(()),
        ManagedIdentityId::ClientId(id) => (id, echo.client_id),
        ManagedIdentityId::ObjectId(id) => (id, echo.object_id),
        ManagedIdentityId::ResourceId(id) => (id, echo.msi_res_id.or(echo.mi_res_id)),
    };
    if given.is_some_and(|given| given.to_lowercase() == wanted.to_lowercase()) {
        return Ok(());
    }
    let wanted = shown(Form::Identity, wanted);
    Err(Failure::new(
        Code::Rejected,
        format!("{host} did not confirm that its token is for the user-assigned identity {wanted}"),
    )
    .with_next_step(
        "update Azure Arc's agent to a version with user-assigned identities, or remove the id (and AZURE_CLIENT_ID) \
         to use the machine's own identity",
    ))
}

#[cfg(test)]
mod tests {
    use crate::credential::Credential;
    use crate::credential::tests::ask;
    use crate::error::Code;
    use crate::test_support::{FakeSystem, identity_options, secret, settings, settings_with, token_body};

    const ENDPOINT: &str = "http://127.0.0.1:40342/metadata/identity/oauth2/token";
    const VARIABLES: [(&str, &str); 2] = [("IDENTITY_ENDPOINT", ENDPOINT), ("IMDS_ENDPOINT", "http://127.0.0.1")];
    const QUERY: &str = "api-version=2020-06-01&resource=https%3A%2F%2Fcognitiveservices.azure.com";
    const KEY: &str = "/var/opt/azcmagent/tokens/x.key";

    #[tokio::test(start_paused = true)]
    async fn a_challenge_and_the_same_request_with_the_key() {
        for (endpoint, realm) in
            [(ENDPOINT, KEY), ("http://localhost:40342/metadata/identity/oauth2/token", &*format!("\"{KEY}\""))]
        {
            let (fake, key, token) = (FakeSystem::new(), secret("arc-key"), secret("token"));
            fake.files.write(KEY, format!("{key}\n"));
            fake.http.answer_challenge(401, &format!("Basic realm={realm}"));
            fake.http.answer(200, token_body(&token, 86400));
            let settings = settings(&[("IDENTITY_ENDPOINT", endpoint), VARIABLES[1]]);
            let given = ask(&fake, Credential::ManagedIdentity, &settings).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token);
            let first = format!("GET {ENDPOINT}?{QUERY}\nmetadata: true");
            assert_eq!(fake.http.sent(), [first.clone(), format!("{first}\nauthorization: Basic {key}")]);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn found_by_its_program_it_is_asked_at_its_usual_address() {
        let fake = FakeSystem::new();
        fake.files.write("/opt/azcmagent/bin/himds", "a program");
        fake.http.answer(200, token_body(&secret("token"), 86400));
        assert!(ask(&fake, Credential::ManagedIdentity, &settings(&[])).await.is_ok());
        assert_eq!(fake.http.sent(), [format!("GET {ENDPOINT}?{QUERY}\nmetadata: true")]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_that_is_refused_ends_it_and_is_not_shown() {
        let (fake, key) = (FakeSystem::new(), secret("arc-key"));
        fake.files.write(KEY, &key);
        for _ in 0..2 {
            fake.http.answer_challenge(401, &format!("Basic realm={KEY}, error=\"{key}\""));
        }
        let settings = settings(&VARIABLES);
        let failure = ask(&fake, Credential::ManagedIdentity, &settings).await.err().unwrap().failure;
        assert_eq!((failure.code, failure.status, fake.http.count()), (Code::Rejected, Some(401), 2));
        assert!(!failure.reason.contains(&key), "{}", failure.reason);
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_taken_for_the_identity_that_was_asked_for_alone() {
        let client = || identity_options("AbC", "", "");
        for (options, asked, echo, passes) in [
            (client(), "client_id=AbC", r#""client_id":"aBc""#, true),
            (client(), "client_id=AbC", r#""client_id":"other""#, false),
            (client(), "client_id=AbC", r#""client_id":5"#, false),
            (client(), "client_id=AbC", r#""object_id":"AbC""#, false),
            (client(), "client_id=AbC", r#""token_type":"Bearer""#, false),
            (identity_options("", "", "AbC"), "object_id=AbC", r#""object_id":"ABC""#, true),
            (identity_options("", "", "AbC"), "object_id=AbC", r#""client_id":"AbC""#, false),
            (identity_options("", "/Sub", ""), "msi_res_id=%2FSub", r#""msi_res_id":"/sub""#, true),
            (identity_options("", "/Sub", ""), "msi_res_id=%2FSub", r#""mi_res_id":"/sub""#, true),
            (identity_options("", "/Sub", ""), "msi_res_id=%2FSub", r#""msi_res_id":"/other""#, false),
        ] {
            let (fake, token) = (FakeSystem::new(), secret("token"));
            fake.http.answer(200, format!(r#"{{"access_token":"{token}","expires_in":"86400",{echo}}}"#));
            let settings = settings_with(&VARIABLES, &options);
            let outcome = ask(&fake, Credential::ManagedIdentity, &settings).await;
            assert_eq!(fake.http.sent(), [format!("GET {ENDPOINT}?{QUERY}&{asked}\nmetadata: true")]);
            match outcome {
                Ok(_) => assert!(passes, "{echo}"),
                Err(attempt) => {
                    let failure = attempt.failure;
                    assert!(!passes && failure.code == Code::Rejected, "{echo}");
                    assert!(failure.reason.contains("did not confirm"), "{}", failure.reason);
                }
            }
        }
    }
}
