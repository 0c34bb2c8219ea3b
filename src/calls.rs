//! What JavaScript passes with a call; `lib/options.js` has checked the types.

use std::time::Duration;

use napi_derive::napi;

use crate::credential_class::ClassCall;
use azure_openai_entra_core::credential::{Credential, TokenRequest};
use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::settings::{AppCredential, CredentialOptions, NetworkOptions, RetryOptions, Settings};

/// What a call asks for.
#[napi(object, object_to_js = false)]
pub struct TokenCall {
    pub scopes: Option<Vec<String>>,
    pub tenant_id: Option<String>,
    pub claims: Option<String>,
    pub force_refresh: Option<bool>,
    /// Whether the caller takes claims challenges.
    pub enable_cae: Option<bool>,
    pub credential: Option<CredentialCall>,
    /// A `TokenCredential` of the app, in place of the chain.
    pub app: Option<AppCall>,
    /// The token that a service refused, if the call is for another one.
    pub in_place_of: Option<RefusedToken>,
}

/// A token that a service answered with 401.
#[napi(object, object_to_js = false)]
pub struct RefusedToken {
    pub token: String,
    /// The answer's `WWW-Authenticate`.
    pub challenge: Option<String>,
}

/// A `TokenCredential` of the app.
#[napi(object, object_to_js = false)]
pub struct AppCall {
    /// The object's number in its thread.
    pub object: u32,
    /// What the app calls the identity that it stands for, if it may be shared.
    pub cache_key: Option<String>,
}

/// `DefaultAzureCredentialOptions`.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct CredentialCall {
    pub tenant_id: Option<String>,
    pub managed_identity_client_id: Option<String>,
    pub managed_identity_resource_id: Option<String>,
    pub managed_identity_object_id: Option<String>,
    pub workload_identity_client_id: Option<String>,
    pub additionally_allowed_tenants: Option<Vec<String>>,
    pub authority_host: Option<String>,
    pub process_timeout_in_ms: Option<f64>,
    pub disable_instance_discovery: Option<bool>,
    pub enable_azure_proxy: Option<bool>,
    pub required_env_vars: Option<Vec<String>>,
    pub subscription: Option<String>,
    pub retry_options: Option<RetryCall>,
    pub network: Option<NetworkCall>,
    /// The one credential of the chain to ask, by its name: for diagnosis.
    pub only: Option<String>,
    /// A class with parameters of its own, in place of the chain.
    pub class: Option<ClassCall>,
}

/// How requests are sent.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct NetworkCall {
    /// The address of `proxyOptions`.
    pub proxy: Option<String>,
    pub user_agent_prefix: Option<String>,
    /// The number of a transport of the app.
    pub transport: Option<u32>,
    /// Whether objects of the app are part of that transport.
    pub has_objects: Option<bool>,
    /// The digest of `tlsOptions`.
    pub tls: Option<String>,
    /// `loggingOptions.allowLoggingAccountIdentifiers`.
    pub logs_account: Option<bool>,
}

impl NetworkCall {
    /// The options of the core. `bridge`: that of the calling thread, whose objects the numbers mean.
    fn options(self, bridge: u64) -> NetworkOptions {
        let object = self.transport.filter(|_| self.has_objects.unwrap_or(false));
        let object = object.map(|object| AppCredential::Object { bridge, object });
        NetworkOptions {
            proxy: self.proxy,
            user_agent_prefix: self.user_agent_prefix,
            host: self.transport,
            sender: object.or(self.tls.map(AppCredential::Named)),
            logs_account: self.logs_account.unwrap_or(false),
        }
    }
}

/// `retryOptions`.
#[napi(object, object_to_js = false)]
#[derive(Default)]
pub struct RetryCall {
    pub max_retries: Option<u32>,
    pub retry_delay_in_ms: Option<f64>,
    pub max_retry_delay_in_ms: Option<f64>,
}

/// The bridge of no thread: with such settings nothing of the app is called.
pub(super) const NO_BRIDGE: u64 = u64::MAX;

impl CredentialCall {
    /// The options of the core. `bridge`: that of the calling thread, whose objects the numbers mean.
    pub(super) fn options(self, bridge: u64) -> CredentialOptions {
        let call = self;
        // An empty string counts as unset, as it does in a variable.
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let millis = |millis: Option<f64>| Duration::try_from_secs_f64(millis? / 1000.0).ok();
        let retry = call.retry_options.unwrap_or_default();
        let mut options = CredentialOptions {
            tenant_id: given(call.tenant_id),
            // An empty one says that none is meant.
            managed_identity_client_id: call.managed_identity_client_id.map(|id| id.trim().to_owned()),
            managed_identity_resource_id: given(call.managed_identity_resource_id),
            managed_identity_object_id: given(call.managed_identity_object_id),
            workload_identity_client_id: given(call.workload_identity_client_id),
            additionally_allowed_tenants: call.additionally_allowed_tenants.unwrap_or_default(),
            authority_host: given(call.authority_host),
            subscription: given(call.subscription),
            process_time_limit: millis(call.process_timeout_in_ms),
            disable_instance_discovery: call.disable_instance_discovery.unwrap_or(false),
            enable_azure_proxy: call.enable_azure_proxy,
            retry: RetryOptions {
                max_retries: retry.max_retries,
                retry_delay: millis(retry.retry_delay_in_ms),
                max_retry_delay: millis(retry.max_retry_delay_in_ms),
            },
            network: call.network.unwrap_or_default().options(bridge),
            only: call.only.and_then(|name| Credential::named(&name)),
            ..CredentialOptions::default()
        };
        if let Some(class) = call.class {
            class.apply(&mut options, bridge);
        }
        options
    }
}

impl TokenCall {
    /// The request that the call makes under `settings`.
    pub(super) fn request(self, settings: &Settings) -> Result<TokenRequest, Failure> {
        let scopes = self.scopes.unwrap_or_else(|| vec![settings.openai_scope()]);
        let request = TokenRequest::new(scopes, self.tenant_id, self.claims)?;
        // If Entra ID is not asked it makes no difference, and callers share.
        Ok(TokenRequest { cae: self.enable_cae.unwrap_or(false) && settings.takes_capabilities(), ..request })
    }
}
