//! An application at Entra ID's token endpoint: the client credentials grant.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use url::form_urlencoded::Serializer;

use super::context::Fetch;
use super::token::Token;
use super::token_form::{self, Application, Proof};
use super::{authority, token_response};
use crate::error::Failure;
use crate::http::request::Request;
use crate::http::retry;
use crate::secret::Secret;
use crate::settings::Credential;

/// What stands for a tenant where people sign in. An application has to say which directory is meant: MSAL refuses them
/// for this grant as well.
const NO_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// A token of `application`, for `credential`.
///
/// # Errors
/// `Configuration` if its tenant or client id is malformed; the endpoint's refusal.
pub(super) async fn get_token(
    credential: Credential,
    application: Application,
    fetch: &Fetch<'_>,
) -> Result<Token, Failure> {
    if NO_TENANTS.iter().any(|name| application.tenant.eq_ignore_ascii_case(name)) {
        let reason = format!("the tenant is '{}', but a token for an application needs one tenant", application.tenant);
        return Err(Failure::configuration(reason)
            .with_next_step("set AZURE_TENANT_ID or tenantId to the directory's GUID or a verified domain name"));
    }
    let endpoint = authority::token_endpoint(fetch, &application.tenant).await?;
    let host = endpoint.host_str().unwrap_or("the authority").to_owned();
    let (Proof::Secret(secret) | Proof::Assertion(secret)) = &application.proof;
    let secret = secret.clone();
    let form = token_form::write(application, fetch.settings.entra.authority.as_str(), fetch.request).await?;
    let form = with_claims(&form, fetch.request.claims.as_deref());
    let answer = fetch.send(retry::ENTRA, &Request::post(endpoint, form)).await?;
    token_response::parse(credential, &host, &answer, &[&secret], fetch.system.clock.now())
}

fn with_claims(form: &Secret, claims: Option<&str>) -> Secret {
    let mut form = Serializer::new(form.expose().to_owned());
    if let Some(claims) = claims {
        form.append_pair("claims", claims);
    }
    Secret::new(form.finish())
}
