//! Why an exchange failed, in words, and what the reader can do about it.

use std::time::Duration;

use rustls::CertificateError;

use super::pinning::{WrongCertificate, certificate_error};
use super::request::Route;
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
                "where NO_PROXY has the host, look at the network and the firewall in between"
            } else {
                "with the host in NO_PROXY it is reached without"
            };
            format!("look at the proxy that {name} names: whether it is up, and lets this host through; {without}")
        }
        (Route::Proxied, None) => {
            "look at the network and the firewall between this machine and it; where a proxy is the \
                                   only way, set HTTPS_PROXY"
                .to_owned()
        }
        (Route::Direct | Route::Pinned(_), _) => {
            "look at the network and the firewall between this process and it: no proxy is used for it".to_owned()
        }
    }
}

/// What to do if the host showed an untrusted certificate.
pub fn look_at_certificate(wrong: &CertificateError) -> &'static str {
    match wrong {
        CertificateError::UnknownIssuer => {
            "name a PEM file with the CA that signed its certificate in NODE_EXTRA_CA_CERTS; a proxy that looks into TLS \
             signs with a CA of its own"
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => {
            "compare this machine's clock with the dates of the certificate"
        }
        _ => "see whether something else answers in its place, such as a proxy or a sign-in page",
    }
}

/// What went wrong, without the URL.
pub(super) fn describe(host: &str, look_at_way: String, error: &reqwest::Error) -> Failure {
    if let Some(wrong) = WrongCertificate::find(error) {
        // Not a matter of the network: another try would meet the same server.
        return Failure::configuration(format!("{host} is not the server that it should be: {wrong}")).with_next_step(
            "compare IDENTITY_SERVER_THUMBPRINT with the certificate; where it was renewed, restart the service",
        );
    }
    if let Some(error) = io_error(error).filter(|error| is_exhaustion(error)) {
        return Failure::exhausted(&format!("connect to {host}"), error);
    }
    let cause = cause(error);
    if error.is_timeout() {
        let reason = format!("{host} could not be connected to within {} s", CONNECT_LIMIT.as_secs());
        return Failure::new(Code::Timeout, reason).with_next_step(look_at_way);
    }
    if let Some(wrong) = certificate_error(error) {
        let reason = format!("{host} could not be connected to: {cause}");
        return Failure::new(Code::Network, reason).with_next_step(look_at_certificate(wrong));
    }
    let what = if error.is_connect() { "could not be connected to" } else { "broke the exchange off" };
    Failure::new(Code::Network, format!("{host} {what}: {cause}")).with_next_step(look_at_way)
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
