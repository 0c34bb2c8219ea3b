//! What the sources of one acquisition are handed.

use std::time::Duration;

use url::Position;

use super::app_credential::AppCredentials;
use super::deadline::Deadline;
use super::memory::Memory;
use super::request::TokenRequest;
use super::setting_words::check_path;
use crate::error::Failure;
use crate::http::request::{Http, Request, Response, Route};
use crate::http::retry::RetryPolicy;
use crate::settings::{Credential, Settings, TransportSettings, check_tenant, step_for_shell_path};
use crate::shown::{Form, shown};
use crate::system::{System, is_exhaustion};

/// The longest that one request to an endpoint of the host may take if there is nothing else to ask: some hosts take more
/// than half a minute for the first token.
const LIMIT_OF_LAST_RESORT: Duration = Duration::from_secs(55);

/// In place of a tenant: AD FS, which has no tenants.
const ADFS: &str = "adfs";

/// One walk through the chain: what sources are handed.
pub(super) struct Fetch<'a> {
    pub(super) system: &'a System,
    pub(super) http: &'a dyn Http,
    pub(super) settings: &'a Settings,
    pub(super) request: &'a TokenRequest,
    pub(super) memory: &'a Memory,
    /// The app's own credentials, if the fetch has a way to them.
    pub(super) app: Option<&'a dyn AppCredentials>,
    pub(super) deadline: &'a Deadline,
}

impl Fetch<'_> {
    /// Sends `request`, and again as `policy` and the options say; once if its endpoint is failing.
    ///
    /// # Errors
    /// The transport's, after the last try.
    pub(super) async fn send(&self, policy: RetryPolicy, request: &Request) -> Result<Response, Failure> {
        self.send_by(&self.settings.network.transport, policy, request).await
    }

    /// The same by `transport` in place of the settings'.
    ///
    /// # Errors
    /// The same.
    pub(super) async fn send_by(
        &self,
        transport: &TransportSettings,
        policy: RetryPolicy,
        request: &Request,
    ) -> Result<Response, Failure> {
        // Without its query, which tells only what is asked for.
        let address = request.url[..Position::AfterPath].to_owned();
        let endpoint = (self.settings.network.way(transport), address);
        let is_failing = self.memory.failing.has(&endpoint);
        let policy = policy.with(self.settings.network.retry);
        let policy = if is_failing { policy.once() } else { policy };
        // 410 says that IMDS is being updated: the one answer that is worth waiting longer for.
        let note = |status| {
            if status == 410 {
                self.deadline.extend();
            }
        };
        let is_patient = self.is_last_resort(request) && !is_failing;
        let time_limit = if is_patient { LIMIT_OF_LAST_RESORT } else { request.time_limit };
        let limited = Request { time_limit, ..request.clone() };
        let outcome = policy.send(self.system, self.http, transport, &limited, note).await;
        self.memory.failing.note(endpoint, policy.may_pass(&outcome));
        outcome
    }

    /// What is in the file at `path`, which the setting `name` names. `bad` makes the failure of a file that cannot be read.
    ///
    /// # Errors
    /// `Configuration` if the setting holds no path; else what the process lacks, or `bad`'s.
    pub(super) async fn read(
        &self,
        name: &str,
        path: &str,
        limit: u64,
        bad: impl Fn(String) -> Failure,
    ) -> Result<Vec<u8>, Failure> {
        check_path(name, path)?;
        self.system.files.read(path, limit).await.map_err(|error| match is_exhaustion(&error) {
            true => Failure::exhausted(&format!("read the file that {name} names"), &error),
            false => match step_for_shell_path(path) {
                Some(step) => bad(format!("could not be read: {error}")).with_next_step(step),
                None => bad(format!("could not be read: {error}")),
            },
        })
    }

    /// Whether `request` is to an endpoint of the host, and the chain has no credential behind it.
    fn is_last_resort(&self, request: &Request) -> bool {
        request.route != Route::Proxied && self.settings.sources.selection.last() == Some(&Credential::ManagedIdentity)
    }

    /// The tenant to ask, given the one that the source is configured for.
    ///
    /// # Errors
    /// `Configuration` if the call names a tenant that is not allowed, or a tenant is malformed.
    pub(super) fn tenant(&self, configured: Option<&str>) -> Result<Option<String>, Failure> {
        let settings = self.settings;
        let asked = match self.request.tenant.as_deref() {
            _ if settings.tenants.multi_tenant_disabled || configured == Some(ADFS) => configured,
            // AD FS is not of any authority's tenants, and trusted as the one that is configured.
            Some(ADFS) if configured.is_some() => {
                return Err(Failure::configuration("the tenant of the call is adfs, which is not the credential's")
                    .with_next_step("set tenantId or AZURE_TENANT_ID to adfs, or pass the tenant of a directory")
                    .of_call());
            }
            Some(asked) => Some(asked),
            None => configured,
        };
        if let (Some(configured), Some(asked)) = (configured, asked)
            && !configured.eq_ignore_ascii_case(asked)
            && !settings.tenants.allowed.iter().any(|t| t == "*" || t.eq_ignore_ascii_case(asked))
        {
            let asked = shown(Form::Tenant, asked);
            return Err(Failure::configuration(format!(
                "the tenant {asked} of the call is not among the AdditionallyAllowedTenants"
            ))
            .with_next_step(format!(
                "add {asked} (or *) to additionallyAllowedTenants or AZURE_ADDITIONALLY_ALLOWED_TENANTS"
            ))
            .of_call());
        }
        if let Some(configured) = configured {
            let is_option = settings.tenants.option.as_deref() == Some(configured);
            let name = if is_option { "tenantId" } else { "AZURE_TENANT_ID" };
            check_tenant(name, configured)?;
        }
        Ok(asked.map(str::to_owned))
    }
}
