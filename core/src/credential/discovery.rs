//! What Microsoft says about an authority, and what the authority says about itself. No secret follows an OpenID
//! configuration to a foreign host.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::context::Fetch;
use crate::error::{Code, Failure};
use crate::http::exchange::exchange;
use crate::http::request::{REQUEST_LIMIT, Request, Route};
use crate::http::retry;
use crate::json;
use crate::shown::{Form, shown, shown_if};

/// The hosts of Microsoft's clouds, whose endpoints need no discovery.
///
/// <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>
pub(super) const KNOWN_HOSTS: [&str; 13] = [
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "login.microsoftonline.de",
    "login.microsoftonline.us",
    "login.usgovcloudapi.net",
    "login-us.microsoftonline.com",
    "login.sovcloud-identity.fr",
    "login.sovcloud-identity.de",
    "login.sovcloud-identity.sg",
];
const INSTANCE_DISCOVERY: &str = "https://login.microsoftonline.com/common/discovery/instance";
/// What says that the authority is trusted without Microsoft's word.
const UNCHECKED: &str =
    "set disableInstanceDiscovery or AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY=true, which trusts it";
/// A private cloud may have no way to Microsoft's; its errors must not wait long for that.
const INSTANCE_DISCOVERY_LIMIT: Duration = Duration::from_secs(5);
/// Where the tenants of External ID are: each has a host of its own, of which instance discovery knows nothing.
const EXTERNAL_ID: &str = ".ciamlogin.com";

/// An authority and the names that it goes by.
pub(super) struct Instance {
    /// Where its endpoints are.
    pub(super) network: Url,
    /// The hosts, with a port if they have one, that are this authority.
    names: Vec<String>,
}

impl Instance {
    fn itself(authority: &Url) -> Self {
        Self { network: authority.clone(), names: vec![host_and_port(authority)] }
    }

    /// Whether its endpoints are known.
    pub(super) fn is_known(&self) -> bool {
        is_known(&host_and_port(&self.network))
    }

    /// Whether secrets for this authority may go to `endpoint`.
    fn owns(&self, endpoint: &Url) -> bool {
        let host = host_and_port(endpoint);
        endpoint.scheme() == "https"
            && (self.names.contains(&host) || self.names.iter().all(|name| is_microsofts(name)) && is_microsofts(&host))
    }

    /// Whether the tokens of this authority may be issued in the name of `issuer`: the rules of MSAL.
    fn may_issue_as(&self, issuer: &str, tenant: &str) -> bool {
        let Ok(issuer) = crate::address::parse(issuer) else { return false };
        let host = host_and_port(&issuer);
        let name = tenant.strip_suffix(".onmicrosoft.com").unwrap_or(tenant);
        self.owns(&issuer)
            || issuer.scheme() == "https" && (is_microsofts(&host) || host == format!("{name}{EXTERNAL_ID}"))
    }
}

fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn is_known(host: &str) -> bool {
    KNOWN_HOSTS.contains(&host)
}

/// One of Microsoft's hosts, or a region of one.
fn is_microsofts(host: &str) -> bool {
    is_known(host) || host.split_once('.').is_some_and(|(_, host)| is_known(host))
}

#[derive(Deserialize)]
struct Metadata {
    preferred_network: String,
    aliases: Vec<String>,
}

/// The configured authority as Microsoft knows it, before a secret is sent to it.
///
/// Microsoft's "no" is heeded, and the names that it gives. Without an answer, as in a private cloud that has no way to
/// Microsoft, no secret is sent either, as of `@azure/msal-node`.
///
/// # Errors
/// `Configuration` if Microsoft does not know the authority; the transport's, or `Network` or `Throttled`, if Microsoft
/// does not say.
pub(super) async fn instance(fetch: &Fetch<'_>, tenant: &str) -> Result<Instance, Failure> {
    let settings = fetch.settings;
    let authority = &settings.entra.authority;
    let itself = Instance::itself(authority);
    let host = authority.host_str().unwrap_or_default();
    if itself.is_known()
        || settings.entra.instance_discovery_disabled
        || tenant == "adfs"
        || host.ends_with(EXTERNAL_ID)
    {
        return Ok(itself);
    }
    let metadata = metadata(fetch, tenant, &shown(Form::Host, host)).await?;
    let name = host_and_port(authority);
    let known = metadata.into_iter().find(|entry| entry.aliases.iter().any(|it| it.eq_ignore_ascii_case(&name)));
    Ok(known.and_then(|entry| named(authority, entry)).unwrap_or(itself))
}

/// What Microsoft has about the authority on `host`, and about others.
async fn metadata(fetch: &Fetch<'_>, tenant: &str, host: &str) -> Result<Vec<Metadata>, Failure> {
    let mut authorize = fetch.settings.entra.authority.clone();
    authorize.set_path(&format!("/{tenant}/oauth2/v2.0/authorize"));
    let query = [("api-version", "1.1"), ("authorization_endpoint", authorize.as_str())];
    let url = Url::parse_with_params(INSTANCE_DISCOVERY, query).map_err(|error| {
        Failure::configuration(format!("no question can be made about the authority {host}: {error}"))
    })?;
    let request = Request { time_limit: INSTANCE_DISCOVERY_LIMIT, route: Route::Proxied, ..Request::get(url) };
    let answer = fetch.send(retry::ENTRA, &request).await.map_err(|failure| {
        let first = failure.next_step.as_ref().map_or_else(String::new, |step| format!("{step}. "));
        let reason = format!("Microsoft could not be asked about the authority {host}: {}", failure.reason);
        Failure { reason, ..failure }.with_next_step(format!("{first}If {host} is of a private cloud, {UNCHECKED}"))
    })?;
    let status = answer.status;
    let said: Map<String, Value> = json::object(answer.body.expose()).unwrap_or_default();
    let error = said.get("error").and_then(Value::as_str);
    tracing::debug!(host, status, error = shown_if(Form::Word, error), "instance discovery");
    if error == Some("invalid_instance") {
        return Err(Failure::configuration(format!("Microsoft does not know {host} as an authority"))
            .with_next_step(format!("correct AZURE_AUTHORITY_HOST. For a private cloud or AD FS, {UNCHECKED}")));
    }
    let known = match said.get("metadata").filter(|_| said.contains_key("tenant_discovery_endpoint")) {
        Some(metadata) => entries(metadata),
        // It is about the tenant or the question, not about the authority. With another status it is of something on the
        // way, or of a Microsoft that is failing.
        None if error.is_some() && said.contains_key("error_description") && matches!(status, 200 | 400) => {
            Some(Vec::new())
        }
        None => None,
    };
    known.ok_or_else(|| {
        let code = if status == 429 { Code::Throttled } else { Code::Network };
        let reason = format!("Microsoft did not say whether it knows the authority {host}: status {status}");
        let step =
            format!("retry, and check for a proxy that answers instead. If {host} is of a private cloud, {UNCHECKED}");
        Failure { retry_after: answer.retry_after(fetch.system.clock.now()), ..Failure::new(code, reason) }
            .status(status)
            .with_next_step(step)
    })
}

/// The instances of an answer, if each is one.
fn entries(metadata: &Value) -> Option<Vec<Metadata>> {
    let entry = |value: &Value| value.is_object().then(|| Metadata::deserialize(value).ok()).flatten();
    metadata.as_array()?.iter().map(entry).collect()
}

/// The authority by the names that Microsoft has for it.
fn named(authority: &Url, Metadata { preferred_network, aliases }: Metadata) -> Option<Instance> {
    let preferred = crate::address::parse(&format!("https://{preferred_network}")).ok()?;
    // A host, and a port if it has one, and not what is read as an address.
    if !host_and_port(&preferred).eq_ignore_ascii_case(&preferred_network) {
        return None;
    }
    let mut network = authority.clone();
    network.set_host(preferred.host_str()).ok()?;
    network.set_port(preferred.port()).ok()?;
    let names = aliases.into_iter().chain([preferred_network, host_and_port(authority)]);
    Some(Instance { network, names: names.map(|name| name.to_ascii_lowercase()).collect() })
}

#[derive(Deserialize)]
struct OpenIdConfiguration {
    token_endpoint: String,
    issuer: Option<String>,
}

/// The endpoint that the authority's own OpenID configuration names; none if it names none over https.
///
/// # Errors
/// `Configuration` if it names an endpoint or an issuer of another authority.
pub(super) async fn token_endpoint(
    fetch: &Fetch<'_>,
    instance: &Instance,
    tenant: &str,
) -> Result<Option<Url>, Failure> {
    let mut url = instance.network.clone();
    let version = if tenant == "adfs" { "" } else { "/v2.0" };
    url.set_path(&format!("/{tenant}{version}/.well-known/openid-configuration"));
    let request = Request { time_limit: REQUEST_LIMIT, route: Route::Proxied, ..Request::get(url) };
    let host = request.host();
    let outcome = exchange(fetch.system, fetch.http, &fetch.settings.network.transport, &request).await;
    let configuration = outcome
        .ok()
        .filter(|answer| answer.status == 200)
        .and_then(|answer| json::object::<OpenIdConfiguration>(answer.body.expose()).ok());
    let endpoint = configuration.as_ref().and_then(|found| crate::address::parse(&found.token_endpoint).ok());
    let (Some(OpenIdConfiguration { issuer, .. }), Some(endpoint)) =
        (configuration, endpoint.filter(|endpoint| endpoint.scheme() == "https"))
    else {
        tracing::warn!(host, "OpenID configuration is missing; using the endpoint of Entra ID");
        return Ok(None);
    };
    let foreign = |what: &str, of: String| {
        Failure::configuration(format!("the OpenID configuration of {host} names {what} of another host, {of}"))
            .with_next_step("set AZURE_AUTHORITY_HOST to the authority itself, or correct its OpenID configuration")
    };
    if !instance.owns(&endpoint) {
        return Err(foreign("a token endpoint", shown(Form::Host, &host_and_port(&endpoint))));
    }
    match issuer {
        Some(issuer) if !instance.may_issue_as(&issuer, tenant) => {
            let host = crate::address::parse(&issuer)
                .map_or_else(|_| "which is no URL".to_owned(), |issuer| shown(Form::Host, &host_and_port(&issuer)));
            Err(foreign("an issuer", host))
        }
        _ => Ok(Some(endpoint)),
    }
}

#[cfg(test)]
mod tests;
