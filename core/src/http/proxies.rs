//! The proxy to Entra ID.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{NoProxy, Proxy};
use url::{Position, Url};

use crate::error::Failure;
use crate::settings::TransportSettings;
use crate::shown::has_hidden_break;

/// The proxy that the settings name, if any.
///
/// # Errors
/// `Configuration` if the variable holds no URL of an HTTP proxy.
pub(crate) fn proxy(settings: &TransportSettings) -> Result<Option<Proxy>, Failure> {
    let Some(url) = address(settings)? else { return Ok(None) };
    let proxy = Proxy::all(url).map_err(|_| unusable(settings, "a proxy"))?;
    Ok(Some(proxy.no_proxy(settings.no_proxy.as_deref().and_then(NoProxy::from_string))))
}

/// The address of that proxy if requests to `target` take it.
///
/// # Errors
/// The same.
pub(crate) fn proxy_to(settings: &TransportSettings, target: &Url) -> Result<Option<Url>, Failure> {
    let Some(address) = address(settings)? else { return Ok(None) };
    let rules = Matcher::builder().all(address.as_str()).no(settings.no_proxy.as_deref().unwrap_or_default()).build();
    let is_proxied = target.as_str().parse().is_ok_and(|target| rules.intercept(&target).is_some());
    Ok(is_proxied.then_some(address))
}

/// The address of that proxy, which can hold a password.
///
/// # Errors
/// The same.
pub fn address(settings: &TransportSettings) -> Result<Option<Url>, Failure> {
    let Some((_, address)) = &settings.proxy else { return Ok(None) };
    if has_hidden_break(address) {
        return Err(unusable(settings, "a proxy: it has a line break or a tab"));
    }
    // A bare host:port is what many proxies are given as.
    let address = if address.contains("://") { address.clone() } else { format!("http://{address}") };
    let url = crate::address::parse(&address).map_err(|_| {
        let is_ascii = address.rsplit('@').next().is_none_or(str::is_ascii);
        unusable(
            settings,
            if is_ascii { "a proxy" } else { "a proxy: write the letters beyond ASCII in its host as Punycode (xn--)" },
        )
    })?;
    // Of a password with one of `/`, `?` and `#` in it, the parser takes what is before that for the host.
    if url[Position::AfterPort..].contains('@') {
        return Err(unusable(settings, "a proxy"));
    }
    // reqwest would go around a proxy of another kind, or speak HTTP to it.
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unusable(settings, "an HTTP proxy, the only supported kind"));
    }
    Ok(Some(url))
}

/// The variable of the proxy, for messages.
pub(super) fn name_of_proxy(settings: &TransportSettings) -> &str {
    settings.proxy.as_ref().map_or("HTTPS_PROXY", |(name, _)| name)
}

/// The address is left out: it can hold a password.
fn unusable(settings: &TransportSettings, what: &str) -> Failure {
    let name = name_of_proxy(settings);
    let has_login = settings.proxy.as_ref().is_some_and(|(_, address)| address.contains('@') || address.contains('#'));
    let step = if has_login {
        format!(
            "write the user name and the password in {name} with percent codes: %23 for #, %2F for /, %3F for ?, %40 for @"
        )
    } else {
        format!("set {name} to an address such as http://proxy.example:3128, or unset it")
    };
    Failure::configuration(format!("{name} is not the URL of {what}")).with_next_step(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_with_a_line_break_is_refused_by_its_name() {
        for value in ["three\nhorses", "http://three\thorses:1", "http://three\r\nhorses/"] {
            let proxy = Some(("ALL_PROXY", value.to_owned()));
            let refused = address(&TransportSettings { proxy, ..TransportSettings::default() }).unwrap_err();
            assert_eq!(refused.reason, "ALL_PROXY is not the URL of a proxy: it has a line break or a tab");
        }
    }

    #[test]
    fn a_proxy_whose_host_has_letters_beyond_ascii_is_refused_with_what_to_write() {
        for (value, is_refused) in [
            ("http://bücher.example:3128", true),
            ("bücher.example", true),
            ("http://joe:bücher@proxy.example:3128", false),
            ("http://xn--bcher-kva.example", false),
        ] {
            let proxy = Some(("ALL_PROXY", value.to_owned()));
            let told = address(&TransportSettings { proxy, ..TransportSettings::default() }).map_err(|it| it.reason);
            assert_eq!(told.is_err_and(|reason| reason.contains("as Punycode (xn--)")), is_refused, "{value}");
        }
    }

    #[test]
    fn a_proxy_whose_login_has_signs_is_refused_without_a_part_of_it() {
        for sign in ["/", "?", "#", "\\"] {
            let logins = ["joe:w@rd-a", "rd-a"].map(|login| format!("{login}{sign}rd-b@proxy.example:3128"));
            for address_of in
                logins.iter().flat_map(|it| ["", "http://", "https://"].map(|scheme| format!("{scheme}{it}")))
            {
                let proxy = Some(("HTTPS_PROXY", address_of));
                let refused = address(&TransportSettings { proxy, ..TransportSettings::default() }).unwrap_err();
                assert_eq!(refused.reason, "HTTPS_PROXY is not the URL of a proxy");
                assert!(refused.next_step.unwrap().contains("%40 for @"));
            }
        }
    }
}
