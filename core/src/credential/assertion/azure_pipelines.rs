//! A service connection of Azure Pipelines, whose token the pipeline exchanges for an assertion.
//!
//! <https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create>

use serde::Deserialize;

use super::minted;
use crate::credential::context::Fetch;
use crate::error::Failure;
use crate::http::request::Request;
use crate::http::retry;
use crate::json;
use crate::secret::Secret;
use crate::settings::ServiceConnection;

const API_VERSION: &str = "7.1";
const URI: &str = "SYSTEM_OIDCREQUESTURI";
const STEP: &str = "compare serviceConnectionId and systemAccessToken with the pipeline's: map $(System.AccessToken) into the \
                    task's environment";

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "oidcToken")]
    oidc_token: Option<String>,
}

/// Asks the pipeline for a token of the service connection.
pub(super) async fn request(fetch: &Fetch<'_>, connection: &ServiceConnection) -> Result<Secret, Failure> {
    let Some(uri) = &connection.request_uri else {
        return Err(Failure::unavailable(format!("{URI} is not set"))
            .with_next_step("run this in a task of Azure Pipelines, which sets it"));
    };
    let mut url = minted::https(URI, uri, "Azure Pipelines")?;
    url.query_pairs_mut().append_pair("api-version", API_VERSION).append_pair("serviceConnectionId", &connection.id);
    let token = &connection.system_access_token;
    let request = Request::post(url, Secret::new(""))
        .header("content-type", Secret::new("application/json"))
        .header("authorization", Secret::new(format!("Bearer {}", token.expose())))
        // Without it the service answers a wrong token with a redirect to a page.
        .header("x-tfs-fedauthredirect", Secret::new("Suppress"));
    let answer = fetch.send(retry::ENTRA, &request).await?;
    let parsed = json::object::<Answer>(answer.body.expose()).ok();
    match parsed.and_then(|answer| answer.oidc_token).filter(|token| minted::is_word(token)) {
        Some(assertion) if answer.status == 200 => Ok(Secret::new(assertion)),
        _ => Err(minted::refusal(fetch, &request.host(), &answer, &[token], STEP)),
    }
}
