//! A service connection of Azure Pipelines, whose token the pipeline exchanges for an assertion.
//!
//! <https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create>

use serde::Deserialize;
use url::Url;

use crate::credential::context::Fetch;
use crate::error::{Code, Failure};
use crate::http::request::Request;
use crate::http::retry;
use crate::secret::{self, Secret};
use crate::settings::ServiceConnection;

const API_VERSION: &str = "7.1";
const URI: &str = "SYSTEM_OIDCREQUESTURI";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "oidcToken")]
    oidc_token: Option<String>,
}

/// Asks the pipeline for a token of the service connection.
pub(super) async fn request(fetch: &Fetch<'_>, connection: &ServiceConnection) -> Result<Secret, Failure> {
    let mut url = address(connection)?;
    url.query_pairs_mut().append_pair("api-version", API_VERSION).append_pair("serviceConnectionId", &connection.id);
    let token = &connection.system_access_token;
    let request = Request::post(url, Secret::new(""))
        .header("content-type", Secret::new("application/json"))
        .header("authorization", Secret::new(format!("Bearer {}", token.expose())))
        // Without it the service answers a wrong token with a redirect to a page.
        .header("x-tfs-fedauthredirect", Secret::new("Suppress"));
    let host = request.host();
    let answer = fetch.send(retry::ENTRA, &request).await?;
    let parsed = serde_json::from_str::<Answer>(answer.body.expose()).ok();
    if answer.status == 200
        && let Some(assertion) = parsed.and_then(|answer| answer.oidc_token).filter(|token| !token.is_empty())
    {
        return Ok(Secret::new(assertion));
    }
    let code = match answer.status {
        200..=399 | 500.. => Code::Network,
        429 => Code::Throttled,
        _ => Code::Rejected,
    };
    let said = secret::quote(answer.body.expose(), &[token]);
    let reason = format!("{host} answered {} without an oidcToken, saying: {said}", answer.status);
    Err(Failure { retry_after: answer.retry_after(fetch.system.clock.now()), ..Failure::new(code, reason) }
        .with_next_step("compare serviceConnectionId and systemAccessToken with the pipeline's: map $(System.AccessToken) into the task's environment")
        .status(answer.status))
}

/// Where the pipeline answers: https, because the pipeline's token goes there.
fn address(connection: &ServiceConnection) -> Result<Url, Failure> {
    let Some(uri) = &connection.request_uri else {
        return Err(Failure::unavailable(format!("{URI} is not set"))
            .with_next_step("run this in a task of Azure Pipelines, which sets it"));
    };
    Url::parse(uri.trim()).ok().filter(|url| url.scheme() == "https" && url.has_host()).ok_or_else(|| {
        Failure::configuration(format!("{URI} is not an address that begins with https://"))
            .with_next_step("leave it as Azure Pipelines sets it")
    })
}
