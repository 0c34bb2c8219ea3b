//! An application at Entra ID's token endpoint: the client credentials grant, through azure_identity.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::TokenCredential;
use azure_core::error::ErrorKind;
use azure_core::http::{
    AsyncRawResponse, Body, ClientMethodOptions, ClientOptions, HttpClient, RetryOptions, Transport,
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions,
};
use url::{Url, form_urlencoded};

use super::context::Fetch;
use super::token::Token;
use super::{authority, token_response};
use crate::error::{Code, Failure};
use crate::http::request::{Http, Request, Response};
use crate::http::retry::{self, RetryPolicy};
use crate::secret::Secret;
use crate::settings::TransportSettings;
use crate::system::System;

/// What stands for a tenant where people sign in. An application has to say which directory is meant: MSAL refuses them
/// for this grant as well.
const NO_TENANTS: [&str; 3] = ["common", "organizations", "consumers"];

/// What to do where azure_identity itself refuses.
const COMPARE: &str = "compare AZURE_TENANT_ID and AZURE_CLIENT_ID with the app registration";

/// Who asks.
pub(super) struct ServicePrincipal {
    pub(super) tenant: String,
    pub(super) client_id: String,
    pub(super) authentication: ClientAuthentication,
}

/// How the application proves itself.
pub(super) enum ClientAuthentication {
    /// With its secret.
    Secret(Secret),
    /// With a signed assertion.
    Assertion(Secret),
}

impl ServicePrincipal {
    /// One token.
    ///
    /// azure_identity writes the request; the answer is read here, from what passed through [`Wire`], because
    /// azure_identity drops `refresh_in` and the error's body. Its credential is made anew each time: it keeps a
    /// cache of its own until 300 s before expiry, which would undo the refresh ahead.
    pub(super) async fn get_token(self, fetch: &Fetch<'_>) -> Result<Token, Failure> {
        if NO_TENANTS.iter().any(|name| self.tenant.eq_ignore_ascii_case(name)) {
            let reason = format!("the tenant is '{}', and an application's token is of one tenant", self.tenant);
            return Err(Failure::configuration(reason)
                .next("name the directory by its GUID or a verified domain name: in AZURE_TENANT_ID, or as tenantId"));
        }
        let endpoint = authority::token_endpoint(fetch, &self.tenant).await?;
        let host = endpoint.host_str().unwrap_or("the authority").to_owned();
        let wire = Arc::new(Wire {
            endpoint,
            system: fetch.system.clone(),
            http: fetch.http.clone(),
            settings: fetch.settings.transport.clone(),
            policy: retry::ENTRA.with(fetch.settings.retry),
            claims: fetch.request.claims.clone(),
            outcome: Mutex::new(None),
        });
        let options = ClientOptions {
            transport: Some(Transport::new(wire.clone())),
            retry: RetryOptions::none(),
            cloud: Some(Arc::new(cloud(fetch))),
            ..ClientOptions::default()
        };
        let (ClientAuthentication::Secret(secret) | ClientAuthentication::Assertion(secret)) = &self.authentication;
        let secret = secret.clone();
        let credential =
            self.credential(options).map_err(|error| Failure::configuration(error.to_string()).next(COMPARE))?;

        let scopes: Vec<&str> = fetch.request.scopes.iter().map(String::as_str).collect();
        let result = credential.get_token(&scopes, None).await;
        let answer = match wire.outcome.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(outcome) => outcome?,
            // Nothing was sent, so azure_identity itself refused.
            None => {
                let reason = result.err().map_or_else(|| "nothing was sent".to_owned(), |error| error.to_string());
                return Err(Failure::configuration(reason).next(COMPARE));
            }
        };
        token_response::parse(&host, &answer, &[&secret], fetch.system.clock.now())
    }

    fn credential(self, client_options: ClientOptions) -> azure_core::Result<Arc<dyn TokenCredential>> {
        Ok(match self.authentication {
            ClientAuthentication::Secret(secret) => ClientSecretCredential::new(
                &self.tenant,
                self.client_id,
                secret.expose().to_owned().into(),
                Some(ClientSecretCredentialOptions { client_options }),
            )?,
            ClientAuthentication::Assertion(assertion) => ClientAssertionCredential::new(
                self.tenant,
                self.client_id,
                Assertion(assertion),
                Some(ClientAssertionCredentialOptions { client_options }),
            )?,
        })
    }
}

fn cloud(fetch: &Fetch<'_>) -> CloudConfiguration {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = fetch.settings.authority.to_string();
    cloud.into()
}

struct Assertion(Secret);

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assertion")
    }
}

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose().to_owned())
    }
}

/// The way of azure_identity's request to our transport: to where it belongs, with claims and retries; keeps the answer.
struct Wire {
    /// Where the tokens are, which azure_identity takes to be where they usually are.
    endpoint: Url,
    system: System,
    http: Arc<dyn Http>,
    settings: TransportSettings,
    policy: RetryPolicy,
    claims: Option<String>,
    outcome: Mutex<Option<Result<Response, Failure>>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Wire {
    async fn send(&self, request: &azure_core::http::Request) -> Result<Response, Failure> {
        let Body::Bytes(body) = request.body() else {
            return Err(Failure::new(Code::Network, "the token request is not a form"));
        };
        let form = with_claims(body, self.claims.as_deref());
        let request = Request::post(self.endpoint.clone(), form);
        self.policy.send(&self.system, &*self.http, &self.settings, &request).await
    }
}

fn with_claims(form: &[u8], claims: Option<&str>) -> Secret {
    let mut form = form_urlencoded::Serializer::new(String::from_utf8_lossy(form).into_owned());
    if let Some(claims) = claims {
        form.append_pair("claims", claims);
    }
    Secret::new(form.finish())
}

#[async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, request: &azure_core::http::Request) -> azure_core::Result<AsyncRawResponse> {
        let outcome = self.send(request).await;
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        // azure_identity does not get to read it: an expires_in beyond its calendar would have it panic.
        Err(azure_core::Error::with_message(ErrorKind::Io, "the answer is read elsewhere"))
    }
}
