//! The parameters of a credential class on their way to the core; `lib/credentials/` has checked them.

use napi_derive::napi;

use azure_openai_entra_core::secret::Secret;
use azure_openai_entra_core::settings::{
    AppCredential, Application, AssertionSource, CertificateProof, CertificateSource, Credential, CredentialOptions,
    Proof, ServiceConnection,
};

/// A credential class and its parameters, besides those that it shares with `DefaultAzureCredentialOptions`.
#[napi(object, object_to_js = false)]
pub struct ClassCall {
    /// The name of the class.
    pub name: String,
    pub client_id: Option<String>,
    pub client_secret: Option<String>,
    pub certificate_path: Option<String>,
    /// The certificate and its key, as PEM.
    pub certificate: Option<String>,
    pub certificate_password: Option<String>,
    pub send_certificate_chain: Option<bool>,
    /// The number in its thread of the function that gives the assertion.
    pub get_assertion: Option<u32>,
    pub service_connection_id: Option<String>,
    pub system_access_token: Option<String>,
    pub user_assertion_token: Option<String>,
    /// The number in its thread of the credential object, with which the user's token is forgotten.
    pub holder: Option<u32>,
    pub token_file_path: Option<String>,
    /// The source of the workload identity's assertion, by its name.
    pub assertion: Option<String>,
    pub assertion_client_id: Option<String>,
}

impl ClassCall {
    /// Puts the class into `options`, for the thread of `bridge`.
    pub(super) fn apply(mut self, options: &mut CredentialOptions, bridge: u64) {
        let credential = Credential::named(&self.name);
        options.named = credential;
        let token_file = self.token_file_path.take();
        options.assertion = token_file.map(|path| (AssertionSource::File(path), "tokenFilePath"));
        options.assertion_choice = self.assertion.take();
        options.assertion_client_id = self.assertion_client_id.take();
        if let (Some(credential), Some(tenant_id), Some(client_id), Some(proof)) =
            (credential, options.tenant_id.clone(), self.client_id.take(), self.proof(bridge))
        {
            let user_assertion = self.user_assertion_token.map(Secret::new);
            options.application = Some(Application { credential, tenant_id, client_id, proof, user_assertion });
        }
    }

    /// How the class's application proves itself; none if the class is no application's.
    fn proof(&mut self, bridge: u64) -> Option<Proof> {
        let certificate = match (self.certificate.take(), self.certificate_path.take()) {
            (Some(pem), _) => Some(CertificateSource::Pem(Secret::new(pem))),
            (None, path) => path.map(CertificateSource::File),
        };
        if let Some(source) = certificate {
            let password = self.certificate_password.take().map(Secret::new);
            let send_chain = self.send_certificate_chain.unwrap_or(false);
            return Some(Proof::Certificate(CertificateProof { source, password, send_chain }));
        }
        if let Some(secret) = self.client_secret.take() {
            return Some(Proof::Secret(Secret::new(secret)));
        }
        if let Some(object) = self.get_assertion {
            let function = AppCredential::Object { bridge, object };
            return Some(Proof::Assertion(AssertionSource::Function(function)));
        }
        let connection = (self.service_connection_id.take(), self.system_access_token.take());
        let (Some(id), Some(token)) = connection else { return None };
        let system_access_token = Secret::new(token);
        let connection = ServiceConnection { id, system_access_token, request_uri: None };
        Some(Proof::Assertion(AssertionSource::AzurePipelines(connection)))
    }
}
