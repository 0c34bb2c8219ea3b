//! Why a TLS handshake failed, in words, and what the reader can do about it.

use rustls::{AlertDescription, CertificateError, Error};

use super::roots::CaFault;
use super::self_signed::is_of_authority;
use crate::shown::{Form, shown};

const NO_COMMON_TLS: &str = "have its operator, or that of the proxy that inspects TLS, offer TLS 1.3, or TLS 1.2 with ECDHE \
                             (X25519, P-256 or P-384) and AES-GCM or ChaCha20. RSA key exchange, DHE, CBC suites and P-521 \
                             are not supported here; in an app on Node, AZURE_OPENAI_ENTRA_TRANSPORT=node uses the TLS \
                             that Node is configured for";

/// If the handshake fails for another reason.
const LOOK_AT_TLS: &str = "check that the server speaks TLS 1.2 or 1.3. In an app on Node, AZURE_OPENAI_ENTRA_TRANSPORT=node \
                           uses the TLS that Node is configured for";

/// What happened with `host`, and what to do. `faults` are what of the CA files is not used.
pub fn tls_failure(host: &str, error: &Error, faults: &[CaFault]) -> (String, String) {
    let failed = |step: &str| (format!("connecting to {host} failed: {error}"), step.to_owned());
    match error {
        Error::AlertReceived(
            AlertDescription::HandshakeFailure
            | AlertDescription::InsufficientSecurity
            | AlertDescription::ProtocolVersion,
        )
        | Error::PeerIncompatible(_) => {
            (format!("the TLS handshake with {host} failed: it has no version and cipher suite in common with this process ({error})"), NO_COMMON_TLS.into())
        }
        Error::InvalidCertificate(wrong) => match wrong {
            // A CA of the same name that has another key now.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => match faults.first() {
                Some(CaFault { what, step, .. }) => {
                    (format!("connecting to {host} failed: {error}, and {what}"), step.clone())
                }
                None => failed(
                    "set NODE_EXTRA_CA_CERTS to a PEM file with the CA that signed the certificate. A proxy that inspects \
                     TLS signs with its own CA",
                ),
            },
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => {
                failed("compare this machine's clock with the dates of the certificate")
            }
            CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => (
                format!("the certificate of {host} has no subject alternative name, and its common name is not read"),
                "have the certificate issued again with the host's name in subjectAltName. In an app on Node, \
                 AZURE_OPENAI_ENTRA_TRANSPORT=node uses the TLS that Node is configured for"
                    .to_owned(),
            ),
            CertificateError::NotValidForNameContext { presented, .. } => of_another(host, presented),
            CertificateError::NotValidForName => of_another(host, &[]),
            CertificateError::UnsupportedSignatureAlgorithmContext { .. }
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => (
                format!("the certificate of {host} has a key or a signature that is not supported"),
                "have the certificate issued again with RSA of 2048 bits or more, P-256 or P-384, and SHA-256 or SHA-384. \
                 P-521 and SHA-1 are not supported"
                    .to_owned(),
            ),
            _ if is_of_authority(error) => (
                format!("{host} presented the certificate of a CA that no CA file has"),
                "set NODE_EXTRA_CA_CERTS to a PEM file with exactly this certificate, or have the server present a \
                 certificate that is no CA's"
                    .to_owned(),
            ),
            _ => failed("check whether a proxy or a sign-in page answered instead"),
        },
        _ => (format!("the TLS handshake with {host} failed: {error}"), LOOK_AT_TLS.to_owned()),
    }
}

/// What rustls says of the names is not told: it quotes the host, even if no message shows it. `presented` are the names of the
/// certificate, as rustls writes them: `DnsName("other.example")`.
fn of_another(host: &str, presented: &[String]) -> (String, String) {
    const MOST: usize = 3;
    let names = presented.iter().filter_map(|name| name.split('"').nth(1));
    let is_host = |name: &&str| {
        let host = name.strip_prefix("*.").unwrap_or(name);
        shown(Form::Host, host) == host
    };
    let names: Vec<&str> = names.filter(is_host).take(MOST).collect();
    let names = if names.is_empty() { String::new() } else { format!(", {}", names.join(", ")) };
    (
        format!("{host} presented the certificate of another host{names}"),
        "check whether a proxy or a sign-in page answered instead".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use rustls::PeerIncompatible;
    use rustls::pki_types::ServerName;

    use super::*;
    use crate::planted::planted_digits;

    #[test]
    fn each_failure_has_its_own_step() {
        let fault = CaFault { variable: "SSL_CERT_FILE", what: "the file f is DER".into(), step: "convert it".into() };
        let name = |presented: &[&str]| {
            Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                expected: ServerName::try_from("host").unwrap(),
                presented: presented.iter().map(|&name| name.to_owned()).collect(),
            })
        };
        for (error, faults, reason, step) in [
            (Error::AlertReceived(AlertDescription::HandshakeFailure), None, "in common", "RSA key exchange, DHE"),
            (Error::AlertReceived(AlertDescription::ProtocolVersion), None, "in common", "TLS 1.2"),
            (PeerIncompatible::ServerDoesNotSupportTls12Or13.into(), None, "in common", "TLS 1.2"),
            (CertificateError::UnknownIssuer.into(), None, "UnknownIssuer", "set NODE_EXTRA_CA_CERTS"),
            (CertificateError::UnknownIssuer.into(), Some(&fault), "the file f is DER", "convert it"),
            (CertificateError::BadSignature.into(), None, "BadSignature", "set NODE_EXTRA_CA_CERTS"),
            (CertificateError::Expired.into(), Some(&fault), "Expired", "this machine's clock"),
            (name(&[]), None, "no subject alternative name", "in subjectAltName"),
            (
                name(&["DnsName(\"other.example\")", "DnsName(\"*.example\")", "IpAddress(1)"]),
                None,
                "host presented the certificate of another host, other.example, *.example",
                "a proxy or a sign-in page",
            ),
            (name(&["other"]), None, "host presented the certificate of another host", "a proxy or a sign-in page"),
            (CertificateError::NotValidForName.into(), None, "another host", "a proxy or a sign-in page"),
        ] {
            let told = tls_failure("host", &error, faults.map_or(&[], std::slice::from_ref));
            assert!(told.0.contains(reason) && told.1.contains(step), "{told:?}");
        }
    }

    #[test]
    fn no_name_is_told_that_no_message_shows() {
        for _ in 0..20 {
            let plant = planted_digits();
            let digits = &plant.text[..40];
            for name in [digits.to_owned(), format!("{digits}.openai.azure.com"), format!("*.{digits}.example")] {
                let expected = ServerName::try_from(name.trim_start_matches("*.").to_owned()).unwrap();
                let presented = vec!["DnsName(\"other.example\")".to_owned(), format!("DnsName({name:?})")];
                let wrong = CertificateError::NotValidForNameContext { expected, presented };
                let told = tls_failure("a text of 40 characters", &Error::InvalidCertificate(wrong), &[]);
                assert!(!plant.is_in(&format!("{told:?}")) && told.0.ends_with(" other.example"), "{told:?}");
            }
        }
    }
}
