//! The token proxy of an AKS cluster with identity bindings: it exchanges the assertion of a pod in place of Entra ID, and is
//! known by a CA and a name of its own.
//!
//! <https://learn.microsoft.com/azure/aks/identity-bindings-concepts>

use rustls::pki_types::DnsName;
use url::{Host, Url};

use super::authority;
use super::context::Fetch;
use crate::error::{Code, Failure};
use crate::file_form::PemFile;
use crate::http::roots::check_ca;
use crate::settings::{KnownServer, TokenProxy, TransportSettings, check_resolved};
use crate::shell_word::argument;
use crate::shown::{Form, has_hidden_break, shown};

/// The variable that opts in.
pub(super) const ENABLE: &str = "AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY";
const ADDRESS: &str = "AZURE_KUBERNETES_TOKEN_PROXY";
const CA_FILE: &str = "AZURE_KUBERNETES_CA_FILE";
const CA_DATA: &str = "AZURE_KUBERNETES_CA_DATA";
const SNI_NAME: &str = "AZURE_KUBERNETES_SNI_NAME";
/// The file has one or two certificates.
const CA_FILE_LIMIT: u64 = 1024 * 1024;

const AS_SET: &str = "leave it as AKS's webhook sets it, or turn enableAzureProxy off to ask Entra ID directly";

/// The address at which `proxy` exchanges assertions for tokens of `tenant`, and how it is reached. The path is that of the
/// authority, behind the path of the proxy.
///
/// # Errors
/// `Configuration` if the variables contradict each other or cannot be used; `Unavailable` if the CA file cannot be.
pub(super) async fn endpoint(
    fetch: &Fetch<'_>,
    proxy: &TokenProxy,
    tenant: &str,
) -> Result<(Url, TransportSettings), Failure> {
    let mut endpoint = address(proxy)?;
    let path = authority::conventional(&fetch.settings.entra.authority, tenant);
    let before = endpoint.path().strip_suffix('/').unwrap_or(endpoint.path()).to_owned();
    endpoint.set_path(&format!("{before}{}", path.path()));
    let host = match endpoint.host() {
        Some(Host::Ipv6(address)) => address.to_string(),
        _ => endpoint.host_str().unwrap_or_default().to_owned(),
    };
    let server = KnownServer { host, name: name(proxy)?, ca: ca(fetch, proxy).await? };
    let transport = &fetch.settings.network.transport;
    Ok((endpoint, TransportSettings { proxy: None, no_proxy: None, server: Some(server), ..transport.clone() }))
}

fn address(proxy: &TokenProxy) -> Result<Url, Failure> {
    let Some(address) = &proxy.address else {
        return Err(Failure::configuration(format!("{ADDRESS} is not set, but its CA or SNI name is"))
            .with_next_step("set all variables of the token proxy as AKS's webhook does, or none"));
    };
    check_resolved(ADDRESS, address)?;
    // The value is left out: it can hold a password.
    crate::address::parse(address)
        .ok()
        .filter(|url| {
            let is_plain = url.username().is_empty() && url.password().is_none();
            let is_bare = [url.query(), url.fragment()].into_iter().flatten().all(str::is_empty);
            !has_hidden_break(address) && url.scheme() == "https" && url.has_host() && is_plain && is_bare
        })
        .map(|mut url| {
            url.set_query(None);
            url.set_fragment(None);
            url
        })
        .ok_or_else(|| {
            Failure::configuration(format!(
                "{ADDRESS} is not an https:// address without a user name, a query and a fragment"
            ))
            .with_next_step(AS_SET)
        })
}

fn name(proxy: &TokenProxy) -> Result<Option<String>, Failure> {
    let Some(name) = &proxy.sni_name else { return Ok(None) };
    match DnsName::try_from(name.as_str()) {
        Ok(_) => Ok(Some(name.clone())),
        Err(_) => Err(Failure::configuration(format!("{SNI_NAME} is not a host name")).with_next_step(AS_SET)),
    }
}

/// The certificates of the CA; none if the usual ones are trusted.
async fn ca(fetch: &Fetch<'_>, proxy: &TokenProxy) -> Result<Option<String>, Failure> {
    let path = match (&proxy.ca_file, &proxy.ca_data) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(Failure::configuration(format!("{CA_FILE} and {CA_DATA} are both set"))
                .with_next_step("unset one of them"));
        }
        (None, Some(data)) => {
            return match check_ca(data.as_bytes(), PemFile { path: "<file>", setting: None }) {
                Ok(()) => Ok(Some(data.clone())),
                Err(fault) => {
                    Err(Failure::configuration(format!("{CA_DATA} {}", fault.what)).with_next_step(fault.step))
                }
            };
        }
        (Some(path), None) => path,
    };
    let bad = |what: String| {
        Failure::unavailable(format!("the file {}, named by {CA_FILE}, {what}", shown(Form::Path, path)))
            .with_next_step("check the volume that AKS's webhook mounts into the pod")
    };
    let bytes = fetch.read(CA_FILE, path, CA_FILE_LIMIT, bad).await?;
    if bytes.is_empty()
        && let Some(newest) = fetch.memory.cluster_ca.of(path)
    {
        return Ok(Some(newest));
    }
    let named = PemFile { path: &argument(Form::Path, path, "<file>"), setting: Some(CA_FILE) };
    check_ca(&bytes, named).map_err(|fault| bad(fault.what))?;
    let ca = String::from_utf8_lossy(&bytes).into_owned();
    fetch.memory.cluster_ca.remember(path, &ca);
    Ok(Some(ca))
}

/// `refused` with what to do if the proxy refused it: AKS itself keeps the federated credential of an identity binding.
pub(super) fn explain(refused: Failure, client_id: &str) -> Failure {
    if refused.code != Code::Rejected {
        return refused;
    }
    let id = argument(Form::Guid, client_id, "<client-id>");
    refused.with_next_step(format!(
        "list the cluster's bindings with: az aks identity-binding list --resource-group <group> --cluster-name <cluster>. \
         Bind the identity, and grant the pod's service account the verb use-managed-identity on {id} of the API group \
         cid.wi.aks.azure.com"
    ))
}

#[cfg(test)]
mod tests;
