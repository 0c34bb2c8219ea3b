//! What a request must be before its key is looked at: no web page's, and sent to this listener by name.

use std::net::{IpAddr, SocketAddr};

use http::header::{HOST, ORIGIN, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, Version};

use crate::answer::Refusal;
use crate::headers::{OTHER_TARGETS, SEC_FETCH_SITE, words};

/// The names that a listener answers to besides its address, in lower case. Each counts with any port.
#[derive(Clone, Debug, Default)]
pub struct Names(pub Vec<String>);

/// Refuses what no client of this machine sends; `local` is the address that the client connected to, if it has one.
///
/// # Errors
/// Why, for the answer.
pub fn check(request: &Parts, names: &Names, local: Option<SocketAddr>) -> Result<(), (Refusal, String)> {
    if is_of_web_page(&request.headers) {
        let why =
            "A web page sent this request (it has an Origin or Sec-Fetch-Site header). Use a client outside a browser.";
        return Err((Refusal::WebPage, why.to_owned()));
    }
    let authority = request.uri.authority().map(|authority| authority.as_str());
    let host = request.headers.get(HOST).map(|host| host.to_str().unwrap_or_default());
    let named = match request.version {
        // RFC 9113, section 8.3.1: they must not differ.
        Version::HTTP_2 if host.is_some_and(|host| !authority.is_some_and(|it| it.eq_ignore_ascii_case(host))) => None,
        Version::HTTP_2 => authority,
        _ if authority.is_some() => None,
        _ => host,
    };
    if !named.is_some_and(|name| names.include(name, local)) {
        let why = "The Host header is not a name of this proxy. Use the address that the proxy prints when it starts, or add this name to --allow-host.";
        return Err((Refusal::ForeignHost, why.to_owned()));
    }
    if let Some(name) = OTHER_TARGETS.iter().find(|name| request.headers.contains_key(*name)) {
        let why = format!("The header {name} names another method or path than the request's own. Send it without.");
        return Err((Refusal::Path, why));
    }
    if words(&request.headers, &UPGRADE).any(|protocol| !protocol.eq_ignore_ascii_case(b"websocket")) {
        let why = "The request asks for a protocol other than websocket. Send it without an Upgrade header.";
        return Err((Refusal::Upgrade, why.to_owned()));
    }
    Ok(())
}

/// Whether a browser sent the request for a page.
pub fn is_of_web_page(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key(SEC_FETCH_SITE)
}

impl Names {
    /// Whether `authority` is a name of the listener, to which a client connected at `local`.
    pub fn include(&self, authority: &str, local: Option<SocketAddr>) -> bool {
        let (host, port) = split_port(authority);
        let host = host.to_ascii_lowercase();
        if self.0.contains(&host) {
            return true;
        }
        let is_localhost = host == "localhost";
        match local {
            // No browser reaches a Unix socket.
            None => is_localhost,
            Some(local) => {
                let in_brackets = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
                let address: Option<IpAddr> = match in_brackets {
                    Some(address) => address.parse().ok().map(IpAddr::V6),
                    None => host.parse().ok().map(IpAddr::V4),
                };
                let is_loopback = local.ip().to_canonical().is_loopback();
                let is_own = match address.map(|address| address.to_canonical()) {
                    // A page that rebinds a name sends that name, never an address.
                    Some(address) => address == local.ip().to_canonical() || (is_loopback && address.is_loopback()),
                    None => is_localhost && is_loopback,
                };
                is_own && port.map_or(local.port() == 80, |port| port == local.port().to_string())
            }
        }
    }
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn parts(headers: &[(&str, &str)]) -> Parts {
        let request =
            headers.iter().fold(Request::builder(), |builder, (name, value)| builder.header(*name, value.as_bytes()));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_listener_answers_to_its_own_names_only() {
        let loopback: Option<SocketAddr> = Some("127.0.0.1:8787".parse().unwrap());
        let mapped: Option<SocketAddr> = Some("[::ffff:127.0.0.1]:8787".parse().unwrap());
        let sixth: Option<SocketAddr> = Some("[::1]:8787".parse().unwrap());
        let remote: Option<SocketAddr> = Some("10.0.0.5:8787".parse().unwrap());
        let names = Names(vec!["proxy.svc".to_owned()]);
        for (host, local, is_own) in [
            ("127.0.0.1:8787", loopback, true),
            ("localhost:8787", loopback, true),
            ("LOCALHOST:8787", loopback, true),
            ("[::1]:8787", loopback, true),
            ("[::1]:8787", sixth, true),
            ("127.0.0.1:8787", mapped, true),
            ("127.0.0.1", loopback, false),
            ("127.0.0.1:8788", loopback, false),
            ("localhost.:8787", loopback, false),
            ("localhost.evil.example:8787", loopback, false),
            ("evil.example:8787", loopback, false),
            ("\u{e9}.localhost:8787", loopback, false),
            ("127.0.0.1.nip.io:8787", loopback, false),
            ("2130706433:8787", loopback, false),
            ("0x7f.1:8787", loopback, false),
            ("user@127.0.0.1:8787", loopback, false),
            ("", loopback, false),
            ("[[127.0.0.1]]:8787", loopback, false),
            ("[127.0.0.1]:8787", loopback, false),
            ("127.0.0.1]:8787", loopback, false),
            ("[127.0.0.1:8787", loopback, false),
            ("::1", loopback, false),
            ("[[::1]]:8787", sixth, false),
            ("10.0.0.5:8787", remote, true),
            ("localhost:8787", remote, false),
            ("127.0.0.1:8787", remote, false),
            ("proxy.svc", remote, true),
            ("Proxy.svc:80", remote, true),
            ("other.svc:8787", remote, false),
            ("localhost", None, true),
            ("evil.example", None, false),
        ] {
            let found = check(&parts(&[("host", host)]), &names, local);
            assert_eq!(
                found.err().map(|(refusal, _)| refusal),
                (!is_own).then_some(Refusal::ForeignHost),
                "{host} {local:?}"
            );
        }
    }

    #[test]
    fn over_http2_both_names_are_the_listeners() {
        let local = Some("127.0.0.1:8787".parse().unwrap());
        for (host, is_own) in [
            (None, true),
            (Some("LOCALHOST:8787"), true),
            (Some("127.0.0.1:8787"), false),
            (Some("evil.example"), false),
        ] {
            let mut request = parts(&host.map_or(vec![], |host| vec![("host", host)]));
            request.version = Version::HTTP_2;
            request.uri = "http://localhost:8787/x".parse().unwrap();
            assert_eq!(check(&request, &Names::default(), local).is_ok(), is_own, "{host:?}");
        }
    }

    #[test]
    fn what_a_browser_sends_for_a_page_is_refused() {
        let local = Some("127.0.0.1:8787".parse().unwrap());
        for (name, value, refusal) in [
            ("origin", "https://evil.example", Refusal::WebPage),
            ("origin", "null", Refusal::WebPage),
            ("origin", "http://127.0.0.1:8787", Refusal::WebPage),
            ("sec-fetch-site", "cross-site", Refusal::WebPage),
            ("sec-fetch-site", "none", Refusal::WebPage),
            ("upgrade", "h2c", Refusal::Upgrade),
            ("upgrade", "websocket, h2c", Refusal::Upgrade),
            ("upgrade", "TLS/1.0", Refusal::Upgrade),
            ("upgrade", "h2c, \u{e9}", Refusal::Upgrade),
            ("origin", "https://\u{e9}.example", Refusal::WebPage),
        ] {
            let found = check(&parts(&[("host", "127.0.0.1:8787"), (name, value)]), &Names::default(), local);
            assert_eq!(found.unwrap_err().0, refusal, "{name}: {value}");
        }
        assert!(
            check(&parts(&[("host", "127.0.0.1:8787"), ("upgrade", "WebSocket")]), &Names::default(), local).is_ok()
        );
    }
}
