//! The identity token of a Google service account, from the metadata server of Compute Engine, GKE and Cloud Run.
//!
//! <https://cloud.google.com/compute/docs/instances/verifying-instance-identity>

use url::Url;

use super::minted;
use crate::credential::context::Fetch;
use crate::error::{Code, Failure};
use crate::http::request::Request;
use crate::http::retry;
use crate::secret::Secret;
use crate::shown::has_hidden_break;

const VARIABLE: &str = "GCE_METADATA_HOST";
const HOST: &str = "metadata.google.internal";
const STEP: &str = "run this on Google Cloud, with a service account attached";
const PATH: &str = "/computeMetadata/v1/instance/service-accounts/default/identity";

/// Asks the metadata server for an assertion of the default service account.
pub(super) async fn request(fetch: &Fetch<'_>, metadata_host: Option<&str>) -> Result<Secret, Failure> {
    let mut url = address(metadata_host.unwrap_or(HOST))?;
    url.query_pairs_mut()
        .append_pair("audience", fetch.settings.entra.exchange_audience())
        .append_pair("format", "full");
    let request = Request::get(url).header("metadata-flavor", Secret::new("Google"));
    tracing::debug!(host = request.host(), "asking Google Cloud for an assertion");
    let answer = fetch.send(retry::ENTRA, &request).await.map_err(elsewhere)?;
    match minted::token(answer.body.expose()) {
        Some(assertion) if answer.status == 200 => Ok(assertion),
        _ => {
            let failure = minted::refusal(fetch, &request.host(), &answer, &[], STEP);
            Err(if failure.code == Code::Network { elsewhere(failure) } else { failure })
        }
    }
}

/// `failure`, which is to be expected anywhere but on Google Cloud.
fn elsewhere(failure: Failure) -> Failure {
    let other = failure.next_step.as_deref().map(|other| format!(". On it, {other}")).unwrap_or_default();
    failure.with_next_step(format!("{STEP}{other}"))
}

/// The metadata server at `host`, which Google's libraries take as a name or an address with an optional port.
fn address(host: &str) -> Result<Url, Failure> {
    let url = crate::address::parse(&format!("http://{}{PATH}", host.trim())).ok();
    url.filter(|url| {
        !has_hidden_break(host) && url.path() == PATH && url.username().is_empty() && url.password().is_none()
    })
    .ok_or_else(|| {
        Failure::configuration(format!("{VARIABLE} is not a host"))
            .with_next_step(format!("unset {VARIABLE}, or set it to a host with an optional port"))
    })
}
