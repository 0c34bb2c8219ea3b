//! The identity of the host: one file per kind of host.

mod app_service;
mod imds;

use url::Url;

use super::{Fetch, Token};
use crate::error::{Code, Failure};
use crate::settings::ManagedIdentityId;

pub use imds::ImdsMemory;

/// Asks the host that the environment points to; IMDS where it points nowhere.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let settings = fetch.settings;
    if settings.has_workload_identity() {
        // The node's own identity is another one, often with more rights.
        return Err(Failure::unavailable("this pod has a workload identity, so the identity of its node is not asked")
            .next("to use the node's identity on purpose, unset AZURE_FEDERATED_TOKEN_FILE"));
    }
    let resource = fetch.request.resource()?;
    match (&settings.identity_endpoint, &settings.identity_header) {
        (Some(endpoint), Some(header)) => app_service::get_token(fetch, endpoint, header, resource).await,
        _ => imds::get_token(fetch, resource).await,
    }
}

/// The address in the variable `name`. Plain http is what identity endpoints of the host speak.
fn endpoint(name: &str, value: &str) -> Result<Url, Failure> {
    let bad = |what: String| {
        Failure::configuration(format!("{name} {what}"))
            .next(format!("{name} is set by the host; unset it where this is not one"))
    };
    let url = Url::parse(value.trim()).map_err(|error| bad(format!("is not a URL ({error})")))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(bad("is not an http or https address".to_owned())),
    }
}

/// Appends the identity that is meant. Hosts differ in how they spell the resource id.
fn identify(url: &mut Url, identity: &ManagedIdentityId, resource_id_name: &str) {
    let (name, id) = match identity {
        ManagedIdentityId::System => return,
        ManagedIdentityId::ClientId(id) => ("client_id", id),
        ManagedIdentityId::ObjectId(id) => ("object_id", id),
        ManagedIdentityId::ResourceId(id) => (resource_id_name, id),
    };
    url.query_pairs_mut().append_pair(name, id);
}

/// An endpoint that turns out not to be one is unavailable, not refused.
fn absent(reason: impl Into<String>) -> Failure {
    Failure::new(Code::Unavailable, reason)
        .next("off Azure this is as it should be; on Azure, turn a managed identity on for this host")
}

#[cfg(test)]
mod tests {
    use crate::credential::tests::{ask, ask_for};
    use crate::credential::{Credential, TokenRequest};
    use crate::error::{Code, Outcome};
    use crate::test_support::{World, secret, settings};

    #[tokio::test(start_paused = true)]
    async fn a_pod_with_a_workload_identity_never_gets_its_nodes() {
        let world = World::new();
        let variables = [
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/token"),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1/msi"),
            ("IDENTITY_HEADER", "h"),
        ];
        let attempt = ask(&world, Credential::ManagedIdentity, &settings(&variables)).await.err().unwrap();
        assert_eq!((attempt.outcome, attempt.failure.code), (Outcome::Unavailable, Code::Unavailable));
        assert!(attempt.failure.reason.contains("workload identity"));
        assert_eq!(world.http.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn one_scope_alone() {
        let world = World::new();
        let request = TokenRequest::new(vec!["a/.default".into(), "b/.default".into()], None, None).unwrap();
        let attempt = ask_for(&world, Credential::ManagedIdentity, &settings(&[]), &request).await.err().unwrap();
        assert!(attempt.failure.reason.contains("Multiple scopes are not supported"));
        assert_eq!(world.http.count(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_that_is_none_is_named_and_not_asked() {
        let header = secret("identity-header");
        for bad in ["nonsense", "file:///etc/passwd", "http://", "ftp://host/"] {
            for variables in [
                vec![("IDENTITY_ENDPOINT", bad), ("IDENTITY_HEADER", header.as_str())],
                vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", bad)],
            ] {
                let world = World::new();
                let attempt = ask(&world, Credential::ManagedIdentity, &settings(&variables)).await.err().unwrap();
                assert_eq!(attempt.failure.code, Code::Configuration, "{bad}");
                assert!(attempt.failure.reason.starts_with(variables[0].0), "{}", attempt.failure.reason);
                assert_eq!(world.http.count(), 0);
            }
        }
    }
}
