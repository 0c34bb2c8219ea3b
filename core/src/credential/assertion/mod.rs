//! The sources of the assertion by which another issuer vouches for an application, one file each.

mod azure_pipelines;
mod command;
mod file;
mod github_actions;
mod google_cloud;
mod managed_identity;
mod minted;
pub(super) mod refusal;

use super::context::Fetch;
use crate::error::Failure;
use crate::secret::Secret;
use crate::settings::{AppCredential, AssertionSource};

/// A new assertion of `source`. `name` is what messages call the setting that names the source.
///
/// # Errors
/// The reason of the source.
pub(super) async fn get(fetch: &Fetch<'_>, source: &AssertionSource, name: &str) -> Result<Secret, Failure> {
    match source {
        AssertionSource::File(path) => file::read(fetch, path, name).await,
        AssertionSource::Command(command) => command::run(fetch, command, name).await,
        AssertionSource::Function(function) => call(fetch, function).await,
        AssertionSource::AzurePipelines(connection) => azure_pipelines::request(fetch, connection).await,
        AssertionSource::ManagedIdentity { client_id } => {
            managed_identity::request(fetch, client_id.as_deref(), name).await
        }
        AssertionSource::GitHubActions(job) => github_actions::request(fetch, job).await,
        AssertionSource::GoogleCloud { metadata_host } => google_cloud::request(fetch, metadata_host.as_deref()).await,
    }
}

/// Calls a function of the app.
async fn call(fetch: &Fetch<'_>, function: &AppCredential) -> Result<Secret, Failure> {
    match (fetch.app, function) {
        (Some(app), AppCredential::Object { object, .. }) => app.get_assertion(*object).await,
        _ => Err(Failure::unavailable("no JavaScript app is attached")
            .with_next_step("call from the Node process that has the function")),
    }
}

#[cfg(test)]
mod tests;
