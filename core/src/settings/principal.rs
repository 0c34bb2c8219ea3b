//! What the environment says of a service principal.

use super::application::{CertificateProof, CertificateSource, Proof};
use super::snapshot::Variables;
use crate::secret::Secret;

/// The variables of `EnvironmentCredential`.
#[derive(Clone, Hash)]
pub struct ServicePrincipal {
    /// `AZURE_TENANT_ID`.
    pub tenant_id: Option<String>,
    /// `AZURE_CLIENT_ID`.
    pub client_id: Option<String>,
    /// `AZURE_CLIENT_SECRET`.
    pub client_secret: Option<Secret>,
    /// `AZURE_CLIENT_CERTIFICATE_PATH`.
    pub certificate_path: Option<String>,
    /// `AZURE_CLIENT_CERTIFICATE_PASSWORD`.
    pub certificate_password: Option<Secret>,
    /// `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN`.
    pub send_certificate_chain: bool,
    /// Whether the retired `AZURE_USERNAME` and `AZURE_PASSWORD` are set.
    pub has_user_password: bool,
}

impl ServicePrincipal {
    pub(super) fn read(variables: &Variables) -> Self {
        Self {
            tenant_id: variables.text("AZURE_TENANT_ID"),
            client_id: variables.text("AZURE_CLIENT_ID"),
            client_secret: variables.secret("AZURE_CLIENT_SECRET"),
            certificate_path: variables.text("AZURE_CLIENT_CERTIFICATE_PATH"),
            certificate_password: variables.secret("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
            send_certificate_chain: variables.is_true("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
            has_user_password: variables.get("AZURE_USERNAME").is_some() && variables.get("AZURE_PASSWORD").is_some(),
        }
    }

    /// How it proves itself: with the secret if both are set.
    pub fn proof(&self) -> Option<Proof> {
        if let Some(secret) = &self.client_secret {
            return Some(Proof::Secret(secret.clone()));
        }
        let source = CertificateSource::File(self.certificate_path.clone()?);
        let password = self.certificate_password.clone();
        Some(Proof::Certificate(CertificateProof { source, password, send_chain: self.send_certificate_chain }))
    }
}
