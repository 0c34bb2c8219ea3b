//! Why an exchange failed, in words, and what the reader can do about it.

use std::time::Duration;

use super::pinning::{WrongCertificate, tls_error};
use super::request::Route;
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

/// What went wrong, without the URL.
pub(super) fn describe(host: &str, look_at_way: String, error: &reqwest::Error, faults: &[CaFault]) -> Failure {
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
    if error.is_timeout() {
        let reason = format!("connecting to {host} timed out after {} s", CONNECT_LIMIT.as_secs());
        return Failure::new(Code::Timeout, reason).with_next_step(look_at_way);
    }
    if let Some(wrong) = tls_error(error) {
        let (reason, step) = tls_failure(host, wrong, faults);
        return Failure::new(Code::Network, reason).with_next_step(step);
    }
    let what = if error.is_connect() { "connecting to" } else { "the exchange with" };
    Failure::new(Code::Network, format!("{what} {host} failed: {cause}")).with_next_step(look_at_way)
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
