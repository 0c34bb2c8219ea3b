//! TLS with a server that is known by the thumbprint of its certificate and not by the certificate's issuer.
//!
//! Service Fabric's token service has a certificate of the cluster's own, and hands each service its thumbprint.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use ring::digest;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

/// The SHA-1 of a certificate in DER, as Windows and Service Fabric name certificates.
///
/// Collisions of SHA-1 do no harm here: to pass for the server, an attacker needs a second preimage: a certificate with
/// the digest of another that the attacker did not make.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thumbprint([u8; 20]);

impl Thumbprint {
    /// From 40 hexadecimal digits in any case, with or without colons and blanks.
    ///
    /// ```
    /// use azure_openai_entra_core::http::pinning::Thumbprint;
    ///
    /// let colons = Thumbprint::parse("a9:99:3e:36:47:06:81:6a:ba:3e:25:71:78:50:c2:6c:9c:d0:d8:9d");
    /// assert_eq!(colons, Thumbprint::parse("A9993E364706816ABA3E25717850C26C9CD0D89D"));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| *c != ':' && !c.is_whitespace()).collect();
        if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 20];
        for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// That of `certificate`.
    pub fn of(certificate: &CertificateDer<'_>) -> Self {
        let mut bytes = [0; 20];
        let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
        bytes.copy_from_slice(digest.as_ref());
        Self(bytes)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The server showed another certificate than the one that it is known by.
#[derive(Debug)]
pub struct WrongCertificate {
    shown: Thumbprint,
    known: Thumbprint,
}

impl fmt::Display for WrongCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shown, known } = self;
        write!(f, "thumbprint {shown} instead of {known}")
    }
}

impl StdError for WrongCertificate {}

impl WrongCertificate {
    /// The one that `error`, or what caused it, is about.
    pub fn find<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        match certificate_error(error)? {
            CertificateError::Other(OtherError(other)) => other.downcast_ref(),
            _ => None,
        }
    }
}

/// What is wrong with a server's certificate, if `error`, or what caused it, is about one.
fn certificate_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a CertificateError> {
    match tls_error(error) {
        Some(Error::InvalidCertificate(wrong)) => Some(wrong),
        _ => None,
    }
}

/// The error of TLS that `error` is, or that caused it.
pub fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(wrong) = error.downcast_ref() {
            return Some(wrong);
        }
        next = match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            // An I/O error passes over what it wraps: its source is the source of that.
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    None
}

/// Accepts only this certificate, with any issuer, name and period, and checks that the server holds its key.
#[derive(Debug)]
pub struct PinnedVerifier {
    known: Thumbprint,
    provider: Arc<CryptoProvider>,
}

impl PinnedVerifier {
    /// A verifier that knows the server by `known`.
    pub fn new(known: Thumbprint, provider: Arc<CryptoProvider>) -> Self {
        Self { known, provider }
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let (shown, known) = (Thumbprint::of(certificate), self.known);
        if shown == known {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::Other(OtherError(Arc::new(WrongCertificate { shown, known }))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writings_of_a_thumbprint() {
        const SHOWN: &str = "A9993E364706816ABA3E25717850C26C9CD0D89D";
        for (text, shown) in [
            (SHOWN, Some(SHOWN)),
            ("a9993e364706816aba3e25717850c26c9cd0d89d", Some(SHOWN)),
            (" A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D\n", Some(SHOWN)),
            ("A9 99 3E 36 47 06 81 6A BA 3E 25 71 78 50 C2 6C 9C D0 D8 9D", Some(SHOWN)),
            ("A9993E364706816ABA3E25717850C26C9CD0D89", None),
            ("A9993E364706816ABA3E25717850C26C9CD0D89DA9", None),
            ("+9993E364706816ABA3E25717850C26C9CD0D89D", None),
            ("G9993E364706816ABA3E25717850C26C9CD0D89D", None),
            ("é993E364706816ABA3E25717850C26C9CD0D89Dé", None),
            ("", None),
        ] {
            assert_eq!(Thumbprint::parse(text).map(|t| t.to_string()).as_deref(), shown, "{text:?}");
        }
        // FIPS 180-4's example: the digest of "abc".
        assert_eq!(Thumbprint::of(&CertificateDer::from(b"abc".as_slice())).to_string(), SHOWN);
    }
}
