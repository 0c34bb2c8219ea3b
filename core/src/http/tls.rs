//! TLS as a client, for this crate's requests and for programs that open connections of their own.

use std::sync::Arc;

use rustls::client::{WantsClientCert, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ConfigBuilder, WantsVerifier};

use super::roots::{Trust, trust};
use super::self_signed::SelfSigned;
use crate::error::Failure;
use crate::settings::TransportSettings;
use crate::system::Files;

/// A client that trusts Mozilla's roots, the system's and those in the files of `settings`.
///
/// # Errors
/// If this process has no resources left to read the roots.
pub async fn client_config(files: &dyn Files, settings: &TransportSettings) -> Result<ClientConfig, Failure> {
    Ok(trusting(files, settings).await?.with_no_client_auth())
}

pub(super) async fn trusting(
    files: &dyn Files,
    settings: &TransportSettings,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Failure> {
    let Trust { roots, own } = match settings.server.as_ref().and_then(|server| server.ca.as_deref()) {
        Some(ca) => Trust::only(ca),
        None => trust(files, settings).await?,
    };
    let builder = builder(provider())?;
    if own.is_empty() {
        return Ok(builder.with_root_certificates(roots));
    }
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| Failure::configuration(format!("TLS cannot be set up: {error}")))?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(SelfSigned { webpki, own })))
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub(super) fn builder(provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Failure> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::configuration(format!("TLS cannot be set up: {error}")))
}
