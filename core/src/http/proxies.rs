//! The proxy to Entra ID.

use reqwest::{NoProxy, Proxy};
use url::Url;

use crate::error::Failure;
use crate::settings::TransportSettings;

/// The proxy that the settings name, if any.
///
/// # Errors
/// `Configuration` if the variable holds no URL of an HTTP proxy.
pub(crate) fn proxy(settings: &TransportSettings) -> Result<Option<Proxy>, Failure> {
    let Some((name, address)) = &settings.proxy else { return Ok(None) };
    // A bare host:port is what many proxies are given as.
    let address = if address.contains("://") { address.clone() } else { format!("http://{address}") };
    // The address is left out: it can hold a password.
    let unusable = |what: &str| {
        Failure::configuration(format!("{name} is not the URL of {what}"))
            .with_next_step(format!("set {name} to an address such as http://proxy.example:3128, or unset it"))
    };
    let url = Url::parse(&address).map_err(|_| unusable("a proxy"))?;
    // reqwest would go around a proxy of another kind, or speak HTTP to it.
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unusable("an HTTP proxy, which is the one kind that is supported"));
    }
    let proxy = Proxy::all(url).map_err(|_| unusable("a proxy"))?;
    Ok(Some(proxy.no_proxy(settings.no_proxy.as_deref().and_then(NoProxy::from_string))))
}
