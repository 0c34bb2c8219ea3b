//! A job of GitHub Actions, whose request token GitHub exchanges for an assertion that lives for some minutes.
//!
//! <https://docs.github.com/actions/reference/security/oidc>

use serde::Deserialize;

use super::minted;
use crate::credential::context::Fetch;
use crate::credential::setting_words::unset;
use crate::error::Failure;
use crate::http::request::{Request, Route};
use crate::http::retry;
use crate::json;
use crate::secret::Secret;
use crate::settings::GitHubActions;

const URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
const TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
const PERMISSION: &str = "grant the job the permission 'id-token: write' in the workflow";

#[derive(Deserialize)]
struct Answer {
    value: Option<String>,
}

/// Asks GitHub for an assertion of the job.
pub(super) async fn request(fetch: &Fetch<'_>, job: &GitHubActions) -> Result<Secret, Failure> {
    let (Some(url), Some(token)) = (&job.request_url, &job.request_token) else {
        let missing = unset(&[(URL, job.request_url.is_some()), (TOKEN, job.request_token.is_some())]);
        return Err(Failure::unavailable(missing.unwrap_or_default()).with_next_step(PERMISSION));
    };
    let mut url = minted::https(URL, url, "GitHub Actions")?;
    url.query_pairs_mut().append_pair("audience", fetch.settings.entra.exchange_audience());
    let request = Request { route: Route::Proxied, ..Request::get(url) }
        .header("authorization", Secret::new(format!("Bearer {}", token.expose())))
        .header("accept", Secret::new("application/json"));
    tracing::debug!(host = request.host(), "asking GitHub Actions for an assertion");
    let answer = fetch.send(retry::ENTRA, &request).await?;
    let parsed = json::object::<Answer>(answer.body.expose()).ok();
    match parsed.and_then(|answer| minted::token(&answer.value?)) {
        Some(assertion) if answer.status == 200 => Ok(assertion),
        _ => Err(minted::refusal(fetch, &request.host(), &answer, &[token], PERMISSION)),
    }
}
