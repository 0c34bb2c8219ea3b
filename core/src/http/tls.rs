//! TLS as a client, for this crate's requests and for programs that open connections of their own.

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ConfigBuilder, WantsVerifier};

use super::roots::roots;
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
    Ok(builder(provider())?.with_root_certificates(roots(files, settings).await?))
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

pub(super) fn builder(provider: Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Failure> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::configuration(format!("TLS cannot be set up: {error}")))
}
