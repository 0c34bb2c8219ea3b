//! The token request of an application, as azure_identity writes it.
//!
//! azure_identity knows the grant: its parameters, and how an application proves itself. What it writes is sent and read by
//! us, because azure_identity drops `refresh_in` and the body of a refusal, panics at an expiry beyond its calendar, and
//! has a cache of its own that would undo the refresh ahead. So its credential gets an HTTP client that sends nothing:
//! it keeps the form.

use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::TokenCredential;
use azure_core::error::ErrorKind;
use azure_core::http::{
    AsyncRawResponse, Body, ClientMethodOptions, ClientOptions, HttpClient, Request, RetryOptions, Transport,
};
use azure_identity::{
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions,
};

use url::form_urlencoded::{self, Serializer};

use super::request::TokenRequest;
use crate::error::Failure;
use crate::secret::Secret;

/// An application, and the proof that it sends.
pub(super) struct Client {
    pub(super) tenant: String,
    pub(super) client_id: String,
    pub(super) signed: Signed,
}

/// The proof that an application sends.
pub(super) enum Signed {
    /// With its secret.
    Secret(Secret),
    /// With a signed assertion.
    Assertion(Secret),
}

/// What a request on behalf of a user has beside those of other requests.
const ON_BEHALF_OF: [(&str, &str); 2] =
    [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("requested_token_use", "on_behalf_of")];

/// The form that asks `authority` for a token of `client`; on behalf of the user whose token is given.
///
/// # Errors
/// `Configuration`, with the reason of azure_identity, which refuses what is no tenant or client id.
pub(super) async fn write(
    client: Client,
    authority: &str,
    request: &TokenRequest,
    user: Option<&Secret>,
) -> Result<Secret, Failure> {
    let refused = |reason: String| {
        Failure::configuration(reason)
            .with_next_step("compare AZURE_TENANT_ID and AZURE_CLIENT_ID with the app registration")
    };
    let keeper = Arc::new(FormKeeper::default());
    let credential = credential(client, authority, keeper.clone()).map_err(|error| refused(error.to_string()))?;
    let scopes: Vec<&str> = request.scopes.iter().map(String::as_str).collect();
    // An error either way: that of azure_identity, or that nothing was sent.
    let outcome = credential.get_token(&scopes, None).await;
    match (keeper.form.get(), outcome) {
        (Some(form), _) => Ok(complete(form, request, user)),
        (None, Err(error)) => Err(refused(error.to_string())),
        (None, Ok(_)) => Err(refused("azure_identity wrote no form".to_owned())),
    }
}

/// The form with what azure_identity does not know: the user, and claims.
fn complete(form: &Secret, request: &TokenRequest, user: Option<&Secret>) -> Secret {
    let mut complete = Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(form.expose().as_bytes()) {
        if user.is_none() || name != "grant_type" {
            complete.append_pair(&name, &value);
        }
    }
    if let Some(user) = user {
        complete.extend_pairs(ON_BEHALF_OF).append_pair("assertion", user.expose());
    }
    if let Some(claims) = request.all_claims() {
        complete.append_pair("claims", &claims);
    }
    Secret::new(complete.finish())
}

fn credential(
    Client { tenant, client_id, signed }: Client,
    authority: &str,
    keeper: Arc<FormKeeper>,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host = authority.to_owned();
    let client_options = ClientOptions {
        transport: Some(Transport::new(keeper)),
        retry: RetryOptions::none(),
        cloud: Some(Arc::new(CloudConfiguration::from(cloud))),
        ..ClientOptions::default()
    };
    Ok(match signed {
        Signed::Secret(secret) => ClientSecretCredential::new(
            &tenant,
            client_id,
            secret.expose().to_owned().into(),
            Some(ClientSecretCredentialOptions { client_options }),
        )?,
        Signed::Assertion(assertion) => ClientAssertionCredential::new(
            tenant,
            client_id,
            Assertion(assertion),
            Some(ClientAssertionCredentialOptions { client_options }),
        )?,
    })
}

/// Keeps the form of the first request, and sends none.
#[derive(Default)]
struct FormKeeper {
    form: OnceLock<Secret>,
}

#[async_trait]
impl HttpClient for FormKeeper {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        if let Body::Bytes(form) = request.body() {
            self.form.get_or_init(|| Secret::new(String::from_utf8_lossy(form)));
        }
        Err(azure_core::Error::with_message(ErrorKind::Io, "nothing is sent from here"))
    }
}

impl fmt::Debug for FormKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormKeeper")
    }
}

/// An assertion that has been signed already.
struct Assertion(Secret);

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.expose().to_owned())
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Assertion")
    }
}
