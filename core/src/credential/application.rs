//! An application at Entra ID's token endpoint: one way for all credentials that stand for one, by the client credentials
//! grant or on behalf of a user.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow>

use super::assertion::refusal;
use super::context::Fetch;
use super::token::Token;
use super::token_form::{self, Signed};
use super::{assertion, authority, client_certificate, token_proxy, token_response};
use crate::error::{Code, Failure};
use crate::http::request::{Request, Route};
use crate::http::retry;
use crate::secret::Secret;
use crate::settings::{Application, AssertionSource, Credential, Proof, TokenProxy};
use crate::shown::{Form, shown};

/// Names that stand for several tenants. An application has to say which directory is meant: MSAL refuses them
/// for this grant as well.
const NO_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// What an address answers that is no token endpoint.
const NO_ENDPOINT: [u16; 4] = [404, 405, 410, 501];

/// Asks for a token of the application that the options name.
///
/// # Errors
/// As of [`ask`].
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    match &fetch.settings.application {
        Some(application) => ask(fetch, application, "certificatePath").await,
        None => Err(Failure::unavailable("no application is given")
            .with_next_step("pass tenantId, clientId and a secret, a certificate or an assertion")),
    }
}

/// Asks for a token of `application`. `name` is what messages call the setting of the file that proves it, if one does.
///
/// # Errors
/// `Configuration` if its tenant, client id or proof is malformed; the refusal of the endpoint or of the assertion's issuer.
pub(super) async fn ask(fetch: &Fetch<'_>, application: &Application, name: &str) -> Result<Token, Failure> {
    let Application { tenant_id, client_id, proof, .. } = application;
    let tenant = &fetch.tenant(Some(tenant_id))?.unwrap_or_else(|| tenant_id.clone());
    let is_user = application.user_assertion.is_some();
    if !is_user && NO_TENANTS.iter().any(|name| tenant.eq_ignore_ascii_case(name)) {
        let reason = format!("the tenant is '{tenant}', but a token for an application needs one tenant");
        return Err(Failure::configuration(reason)
            .with_next_step("set AZURE_TENANT_ID to the directory's GUID or a verified domain name"));
    }
    let (tenant_shown, id) = (shown(Form::Tenant, tenant), shown(Form::Guid, client_id));
    match proof {
        Proof::Secret(secret) => {
            tracing::debug!(tenant = tenant_shown, client_id = id, "asking with a client secret");
            exchange(fetch, application, tenant, Signed::Secret(secret.clone())).await
        }
        Proof::Certificate(certificate) => {
            tracing::debug!(tenant = tenant_shown, client_id = id, "asking with a certificate");
            let signed = client_certificate::sign(fetch, certificate, tenant, client_id, name).await?;
            exchange(fetch, application, tenant, Signed::Assertion(signed)).await
        }
        Proof::Assertion(source) => {
            let first = assertion::get(fetch, source, name).await?;
            let explain = |refused: Failure, sent: &Secret| {
                let explained = refusal::explain(refused, sent, source, client_id);
                match token_proxy(fetch, application) {
                    Some(_) => token_proxy::explain(explained, client_id),
                    None => explained,
                }
            };
            tracing::debug!(tenant = tenant_shown, client_id = id, "asking with a federated token");
            match exchange(fetch, application, tenant, Signed::Assertion(first.clone())).await {
                Err(refused) if refused.code == Code::Rejected && is_renewed(source) => {
                    // It may have expired or been replaced while the exchange was under way.
                    let newer = match assertion::get(fetch, source, name).await {
                        Ok(newer) if newer != first => newer,
                        Ok(_) => return Err(explain(refused, &first)),
                        Err(failure) => {
                            tracing::info!(reason = failure.reason, "no newer federated token");
                            return Err(explain(refused, &first));
                        }
                    };
                    tracing::info!("asking again with a newer federated token");
                    let outcome = exchange(fetch, application, tenant, Signed::Assertion(newer.clone())).await;
                    outcome.map_err(|refused| explain(refused, &newer))
                }
                Err(refused) => Err(explain(refused, &first)),
                outcome => outcome,
            }
        }
    }
}

/// Whether a refused assertion is asked for once more. What the app's own code or a pipeline gives is asked for once, as
/// `@azure/identity` does.
fn is_renewed(source: &AssertionSource) -> bool {
    !matches!(source, AssertionSource::Function(_) | AssertionSource::AzurePipelines(_))
}

/// The token proxy that exchanges the assertion of `application` in place of Entra ID.
fn token_proxy<'a>(fetch: &Fetch<'a>, application: &Application) -> Option<&'a TokenProxy> {
    let is_workload = application.credential == Credential::WorkloadIdentity;
    fetch.settings.workload_identity.token_proxy.as_ref().filter(|_| is_workload)
}

async fn exchange(
    fetch: &Fetch<'_>,
    application: &Application,
    tenant: &str,
    signed: Signed,
) -> Result<Token, Failure> {
    let user = application.user_assertion.as_ref();
    let (endpoint, transport) = match token_proxy(fetch, application) {
        Some(proxy) => token_proxy::endpoint(fetch, proxy, tenant).await?,
        None => (authority::token_endpoint(fetch, tenant).await?, fetch.settings.network.transport.clone()),
    };
    let route = if transport.server.is_some() { Route::Direct } else { Route::Proxied };
    let (Signed::Secret(proof) | Signed::Assertion(proof)) = &signed;
    let secrets: Vec<_> = [proof.clone()].into_iter().chain(user.cloned()).collect();
    let client = token_form::Client { tenant: tenant.to_owned(), client_id: application.client_id.clone(), signed };
    let form = token_form::write(client, fetch.settings.entra.authority.as_str(), fetch.request, user).await?;
    let request = Request { route, ..Request::post(endpoint, form) };
    let answer = fetch.send_by(&transport, retry::ENTRA, &request).await?;
    if NO_ENDPOINT.contains(&answer.status) {
        fetch.memory.authorities.forget(&request.url);
    }
    let secrets: Vec<_> = secrets.iter().collect();
    token_response::parse(application.credential, &request, &answer, &secrets, fetch.system.clock.now())
}

#[cfg(test)]
mod tests;
