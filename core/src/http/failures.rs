//! Why an exchange failed, in words, and what the reader can do about it.

use std::time::Duration;

use url::Url;

use super::dns::NoAddress;
use super::pinning::{WrongCertificate, tls_error};
use super::proxies::{name_of_proxy, proxy_to};
use super::request::{Request, Route, host as host_of};
use super::roots::CaFault;
use super::tls_failure::tls_failure;
use crate::error::{Code, Failure};
use crate::settings::TransportSettings;
use crate::system::is_exhaustion;

/// Entra ID and every identity endpoint accept within milliseconds; five seconds allow two lost SYN packets.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// What to do if a host cannot be reached that way.
pub fn look_at_way(settings: &TransportSettings, route: Route) -> String {
    match (route, &settings.proxy) {
        (Route::Proxied, Some((name, _))) => {
            let without = if settings.no_proxy.is_some() {
                "If NO_PROXY has the host, check the network and the firewall"
            } else {
                "Add the host to NO_PROXY to connect without the proxy"
            };
            format!("check that the proxy of {name} is running and allows this host. {without}")
        }
        (Route::Proxied, None) => {
            "check the network and the firewall, or set HTTPS_PROXY if this network requires a proxy".to_owned()
        }
        (Route::Direct | Route::Pinned(_), _) => {
            "check the network and the firewall: this connection does not use a proxy".to_owned()
        }
    }
}

/// The host as a failure to connect to it names it: with the proxy that the request takes.
pub fn through(host: &str, proxy: Option<&Url>) -> String {
    proxy.map_or_else(|| host.to_owned(), |proxy| format!("{host} through the proxy {}", host_of(proxy)))
}

/// What to do if this machine finds no address of a host; none if the proxy's variable does not decide which host it is.
pub fn look_at_name(settings: &TransportSettings, proxy: Option<&Url>) -> Option<String> {
    let (name, _) = settings.proxy.as_ref().filter(|_| proxy.is_some())?;
    Some(format!("correct the host in {name}, or unset {name} if this network requires no proxy"))
}

/// What went wrong with `request`, without its URL.
pub(super) fn describe(
    settings: &TransportSettings,
    request: &Request,
    error: &reqwest::Error,
    faults: &[CaFault],
) -> Failure {
    let host = &request.host();
    let proxy = proxy_of(settings, request);
    let look_at_way = look_at_way(settings, request.route);
    if let Some(wrong) = WrongCertificate::find(error) {
        // Not a matter of the network: another try would meet the same server.
        return Failure::configuration(format!("{host} presented an unexpected certificate: {wrong}")).with_next_step(
            "compare IDENTITY_SERVER_THUMBPRINT with the certificate. If the certificate was renewed, restart the \
             service",
        );
    }
    if let Some(error) = io_error(error).filter(|error| is_exhaustion(error)) {
        return Failure::exhausted(&format!("connect to {host}"), error);
    }
    let cause = cause(error);
    let way = through(host, proxy.as_ref());
    if error.is_timeout() {
        let reason = format!("connecting to {way} timed out after {} s", CONNECT_LIMIT.as_secs());
        return Failure::new(Code::Timeout, reason).with_next_step(look_at_way);
    }
    if let Some(wrong) = tls_error(error) {
        if let (Some("https"), rustls::Error::InvalidMessage(_)) = (proxy.as_ref().map(Url::scheme), wrong) {
            return Failure::new(Code::Network, format!("the TLS handshake with {way} failed: {wrong}"))
                .with_next_step(no_tls_to_proxy(settings));
        }
        let (reason, step) = tls_failure(host, wrong, faults);
        return Failure::new(Code::Network, reason).with_next_step(step);
    }
    if !error.is_connect() {
        return Failure::new(Code::Network, format!("the exchange with {host} failed: {cause}"))
            .with_next_step(look_at_way);
    }
    let step = if is_without_address(error) {
        look_at_name(settings, proxy.as_ref())
    } else if cause.contains("proxy authorization required") {
        Some(log_in_to_proxy(settings))
    } else {
        None
    };
    Failure::new(Code::Network, format!("connecting to {way} failed: {cause}"))
        .with_next_step(step.unwrap_or(look_at_way))
}

/// What answers with other bytes than TLS is a proxy that speaks plain HTTP, as nearly all do.
fn no_tls_to_proxy(settings: &TransportSettings) -> String {
    let name = name_of_proxy(settings);
    format!(
        "write http:// in place of https:// in {name}, if the proxy is a usual one: also requests to https addresses go to it by plain HTTP"
    )
}

fn log_in_to_proxy(settings: &TransportSettings) -> String {
    let name = name_of_proxy(settings);
    format!(
        "set {name} to http://<user>:<password>@<host>:<port>, with percent codes for special characters. A proxy that \
         wants NTLM or Kerberos needs another one before it that logs in, such as px or cntlm"
    )
}

/// The proxy that `request` takes.
pub(super) fn proxy_of(settings: &TransportSettings, request: &Request) -> Option<Url> {
    if request.route == Route::Proxied { proxy_to(settings, &request.url).ok().flatten() } else { None }
}

fn is_without_address(error: &reqwest::Error) -> bool {
    let first: Option<&dyn std::error::Error> = Some(error);
    let mut causes = std::iter::successors(first, |cause| cause.source());
    causes.any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(has_no_address))
}

/// Whether the system found no address of the host.
pub fn has_no_address(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<NoAddress>())
}

/// The system's error that is behind it.
fn io_error(error: &reqwest::Error) -> Option<&std::io::Error> {
    let first: Option<&dyn std::error::Error> = Some(error);
    let mut causes = std::iter::successors(first, |cause| cause.source());
    causes.find_map(|cause| cause.downcast_ref::<std::io::Error>().filter(|error| error.raw_os_error().is_some()))
}

/// The innermost error: the others repeat it, and the outermost shows the URL.
pub(super) fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
