//! The options of a credential.

use std::time::Duration;

use super::app_object::AppCredential;
use super::application::{Application, AssertionSource};
use super::kind::Credential;

/// Options of a credential, with the names and meaning of `@azure/identity`'s `DefaultAzureCredentialOptions`.
/// Each beats its variable.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct CredentialOptions {
    /// The tenant of the workload identity and the tools. The service principal's is always `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// The client id of a user-assigned managed identity.
    pub managed_identity_client_id: Option<String>,
    /// The resource id of a user-assigned managed identity.
    pub managed_identity_resource_id: Option<String>,
    /// The object id (principal id) of a user-assigned managed identity.
    pub managed_identity_object_id: Option<String>,
    /// The client id of the workload identity.
    pub workload_identity_client_id: Option<String>,
    /// Tenants, besides the configured one, that a call may ask for; `*` for all.
    pub additionally_allowed_tenants: Vec<String>,
    /// The authority.
    pub authority_host: Option<String>,
    /// The subscription whose login `az` is asked for, by name or id.
    pub subscription: Option<String>,
    /// The time that a command-line tool gets.
    pub process_time_limit: Option<Duration>,
    /// Whether an unknown authority is taken as it is, for private clouds and AD FS.
    pub disable_instance_discovery: bool,
    /// How often and when a request is sent again.
    pub retry: RetryOptions,
    /// How requests are sent.
    pub network: NetworkOptions,
    /// Whether the token proxy of the cluster exchanges the workload identity's token.
    pub enable_azure_proxy: Option<bool>,
    /// The source of the workload identity's assertion, and what messages call the setting that names it.
    pub assertion: Option<(AssertionSource, &'static str)>,
    /// The name of that source, as `AZURE_OPENAI_ENTRA_ASSERTION` has it.
    pub assertion_choice: Option<String>,
    /// The client id of the managed identity that is that source.
    pub assertion_client_id: Option<String>,
    /// The one credential to ask, in place of the chain and whatever variables select. Its identity is that of the
    /// options: a managed identity heeds no `AZURE_CLIENT_ID`.
    pub named: Option<Credential>,
    /// An application, in place of the chain.
    pub application: Option<Application>,
    /// A credential of the app, in place of the chain.
    pub app: Option<AppCredential>,
    /// The one credential of the chain to ask, in the manner in which the chain asks it: for diagnosis.
    pub only: Option<Credential>,
}

/// The option `retryOptions`: what it gives, it gives for every policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RetryOptions {
    /// Tries after the first.
    pub max_retries: Option<u32>,
    /// The pause before the first retry.
    pub retry_delay: Option<Duration>,
    /// The longest pause.
    pub max_retry_delay: Option<Duration>,
}

/// How the requests of one credential are sent: options that beat the variables.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct NetworkOptions {
    /// The address of `proxyOptions`, with its user name and password.
    pub proxy: Option<String>,
    /// What the `User-Agent` begins with.
    pub user_agent_prefix: Option<String>,
    /// The number of the app's transport.
    pub host: Option<u32>,
    /// By what those requests are told from others: the app's objects that get them, or a name of what TLS proves with.
    pub sender: Option<AppCredential>,
    /// Whether the log may name the identity of a token.
    pub logs_account: bool,
}
