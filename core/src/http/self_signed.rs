//! A server whose certificate signed itself and stands in a CA file.
//!
//! WebPKI takes no CA's certificate for a server's, and `openssl req -x509` makes a certificate that is both. Its file was named on
//! purpose, and Node trusts it.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// WebPKI's verifier, which also takes the certificates of CA files for servers that present exactly them.
#[derive(Debug)]
pub(super) struct SelfSigned {
    pub(super) webpki: Arc<WebPkiServerVerifier>,
    pub(super) own: Vec<CertificateDer<'static>>,
}

impl ServerCertVerifier for SelfSigned {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.webpki.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(refused) if is_of_authority(&refused) && self.own.contains(certificate) => {
                // The dates were found good before this was found wrong; the name is not looked at yet.
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// Whether all that is wrong is that the certificate is an authority's. WebPKI's own error type is no part of rustls.
pub(super) fn is_of_authority(refused: &Error) -> bool {
    matches!(refused, Error::InvalidCertificate(CertificateError::Other(other)) if other.to_string() == "CaUsedAsEndEntity")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, date_time_ymd};
    use rustls::RootCertStore;

    use super::*;

    fn made(change: impl FnOnce(&mut CertificateParams)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn verify(own: &CertificateDer<'static>, shown: &CertificateDer<'static>, name: &'static str) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        roots.add(own.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
        let verifier = SelfSigned { webpki, own: vec![own.clone()] };
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
        let name = ServerName::try_from(name).unwrap();
        verifier.verify_server_cert(shown, &[], &name, &[], now).map(|_| ())
    }

    #[test]
    fn a_certificate_in_a_ca_file_is_trusted_for_its_own_server_and_name_and_dates() {
        let own = made(|_| ());
        assert_eq!(verify(&own, &own, "localhost"), Ok(()));
        assert!(verify(&own, &own, "other.example").is_err(), "another name");
        assert!(verify(&own, &made(|_| ()), "localhost").is_err(), "another certificate");
        let expired = made(|params| params.not_after = date_time_ymd(2020, 1, 1));
        assert!(verify(&expired, &expired, "localhost").is_err(), "an expired one");
        let later = made(|params| params.not_before = date_time_ymd(2040, 1, 1));
        assert!(verify(&later, &later, "localhost").is_err(), "one of the future");
        let leaf = made(|params| params.is_ca = IsCa::ExplicitNoCa);
        assert_eq!(verify(&leaf, &leaf, "localhost"), Ok(()), "a certificate of no authority");
    }
}
