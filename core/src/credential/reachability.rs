//! Whether the authority answers, by the way that tokens come: for diagnosis.

use std::time::Duration;

use serde_json::Value;

use crate::error::{Code, Failure};
use crate::http::request::{Http, Request, Response, Route};
use crate::http::roots::{CaFault, ca_faults};
use crate::settings::Settings;
use crate::system::{System, Timestamp};

/// A user waits for it at a terminal.
const LIMIT: Duration = Duration::from_secs(10);

/// What came back.
pub struct Reachability {
    /// The host that was asked.
    pub host: String,
    /// How long it took, by the wall clock.
    pub duration: Duration,
    /// The status of the response and the clock of its sender, or why none came.
    pub answer: Result<(u16, Option<Timestamp>), Failure>,
    /// What of the CA files is not used.
    pub ca_faults: Vec<CaFault>,
}

/// Asks the authority for its public metadata.
///
/// <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>
///
/// # Errors
/// `Configuration` if authority and tenant make no address.
pub async fn reach_authority(system: &System, http: &dyn Http, settings: &Settings) -> Result<Reachability, Failure> {
    Failure::scrubbing(settings.secrets(), answer_of(system, http, settings)).await
}

async fn answer_of(system: &System, http: &dyn Http, settings: &Settings) -> Result<Reachability, Failure> {
    let authority = settings.entra.authority.as_str().trim_end_matches('/');
    let address = match settings.principal.tenant_id.as_deref().or(settings.tenants.option.as_deref()) {
        Some("adfs") => format!("{authority}/adfs/.well-known/openid-configuration"),
        tenant => format!("{authority}/{}/v2.0/.well-known/openid-configuration", tenant.unwrap_or("common")),
    };
    let url = crate::address::parse(&address)
        .map_err(|_| Failure::new(Code::Configuration, "AZURE_AUTHORITY_HOST and AZURE_TENANT_ID make no address"))?;
    let request = Request { route: Route::Proxied, time_limit: LIMIT, ..Request::get(url) };
    let began = system.clock.now();
    let answer = http.send(&settings.network.transport, request.clone()).await;
    let duration = system.clock.now().since(began);
    let host = request.host();
    Ok(Reachability {
        ca_faults: ca_faults(&*system.files, &settings.network.transport).await?,
        duration,
        answer: answer.and_then(|response| genuine(&host, &response)).map_err(Failure::scrubbed),
        host,
    })
}

/// Status and clock of an answer that can be the authority's: a sign-in page says 200 to everything.
fn genuine(host: &str, response: &Response) -> Result<(u16, Option<Timestamp>), Failure> {
    let metadata: Value = serde_json::from_str(response.body.expose()).unwrap_or_default();
    if response.status == 200 && metadata.get("token_endpoint").is_none() {
        let reason = format!("unexpected response from {host}: 200 without an authority's metadata");
        let step = "check AZURE_AUTHORITY_HOST, and whether a proxy or a sign-in page answered instead";
        return Err(Failure::new(Code::Network, reason).with_next_step(step).status(200));
    }
    Ok((response.status, response.date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{FakeSystem, settings};

    async fn ask(fake: &FakeSystem, variables: &[(&str, &str)]) -> Reachability {
        reach_authority(&fake.system(), &*fake.http, &settings(variables)).await.ok().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn it_asks_for_the_metadata_of_the_tenant() {
        let fake = FakeSystem::new();
        for (variables, path) in [
            (vec![], "/common/v2.0/.well-known/openid-configuration"),
            (vec![("AZURE_TENANT_ID", "contoso.example")], "/contoso.example/v2.0/.well-known/openid-configuration"),
            (vec![("AZURE_TENANT_ID", "adfs")], "/adfs/.well-known/openid-configuration"),
        ] {
            fake.http.answer(200, r#"{"token_endpoint": "https://login.example/token"}"#);
            let reached = ask(&fake, &variables).await;
            assert_eq!((reached.host.as_str(), reached.answer.unwrap().0), ("login.microsoftonline.com", 200));
            let sent = fake.http.sent().pop().unwrap();
            assert_eq!(sent, format!("GET https://login.microsoftonline.com{path}"));
        }
        assert_eq!(fake.http.routes(), [Route::Proxied; 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_in_its_place_is_not_the_authority_and_a_refusal_is() {
        let fake = FakeSystem::new();
        fake.http.answer(200, "<html>sign in to the network</html>");
        let failure = ask(&fake, &[]).await.answer.unwrap_err();
        assert!(failure.next_step.unwrap().contains("sign-in page"));
        fake.http.answer(400, r#"{"error": "invalid_tenant"}"#);
        assert_eq!(ask(&fake, &[]).await.answer.unwrap().0, 400);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_a_failure_with_its_reason() {
        let fake = FakeSystem::new();
        fake.http.fail(Code::Network, "connection refused");
        assert_eq!(ask(&fake, &[]).await.answer.unwrap_err().reason, "connection refused");
    }
}
