//! An application with parameters of its own, as a credential class gets it.

use super::app_object::AppCredential;
use super::kind::Credential;
use super::snapshot::Variables;
use crate::secret::Secret;
use crate::shown::Form;

/// An application, how it proves itself, and the user on whose behalf it asks.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Application {
    /// The credential that its tokens are of.
    pub credential: Credential,
    /// The tenant, unless the call names another one.
    pub tenant_id: String,
    /// The application's id.
    pub client_id: String,
    /// How it proves itself.
    pub proof: Proof,
    /// The token of the user on whose behalf it asks.
    pub user_assertion: Option<Secret>,
}

/// How an application proves itself.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Proof {
    /// With its secret.
    Secret(Secret),
    /// With an assertion that its certificate's key signs.
    Certificate(CertificateProof),
    /// With an assertion that another issuer signed.
    Assertion(AssertionSource),
}

/// A certificate with its private key, as PEM.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CertificateProof {
    /// Its source.
    pub source: CertificateSource,
    /// What decrypts its key.
    pub password: Option<Secret>,
    /// Whether Entra ID gets the whole chain, to trust it by subject name and issuer.
    pub send_chain: bool,
}

/// The source of a certificate.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum CertificateSource {
    /// In the file at this path, which is read for every fetch.
    File(String),
    /// In the text itself.
    Pem(Secret),
}

/// The source of an application's assertion. Each fetch asks it again.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum AssertionSource {
    /// The file at this path, which its issuer replaces.
    File(String),
    /// A program, which writes it to its standard output, and its arguments.
    Command(Vec<String>),
    /// A function of the app.
    Function(AppCredential),
    /// A service connection of Azure Pipelines.
    AzurePipelines(ServiceConnection),
    /// A managed identity of the host.
    ManagedIdentity {
        /// The client id of a user-assigned one: `AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID`.
        client_id: Option<String>,
    },
    /// A job of GitHub Actions.
    GitHubActions(GitHubActions),
    /// The metadata server of Google Cloud.
    GoogleCloud {
        /// `GCE_METADATA_HOST`.
        metadata_host: Option<String>,
    },
}

/// What GitHub Actions hands to a job that has the permission `id-token: write`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct GitHubActions {
    /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
    pub request_url: Option<String>,
    /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    pub request_token: Option<Secret>,
}

/// A service connection of Azure Pipelines.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ServiceConnection {
    /// Its id.
    pub id: String,
    /// The pipeline's `System.AccessToken`.
    pub system_access_token: Secret,
    /// `SYSTEM_OIDCREQUESTURI`.
    pub request_uri: Option<String>,
}

impl AssertionSource {
    /// The address that gives the assertion, if a variable has one.
    pub(super) fn endpoint(&self) -> Option<&str> {
        match self {
            Self::AzurePipelines(connection) => connection.request_uri.as_deref(),
            Self::GitHubActions(job) => job.request_url.as_deref(),
            _ => None,
        }
    }
}

impl Application {
    /// The option's application, with what the variables say of its surroundings.
    pub(super) fn read(variables: &Variables, option: Option<&Self>) -> Option<Self> {
        let mut application = option.cloned()?;
        if let Proof::Assertion(AssertionSource::AzurePipelines(connection)) = &mut application.proof {
            connection.request_uri = variables.text("SYSTEM_OIDCREQUESTURI");
        }
        Some(application)
    }

    /// What nothing may tell of it.
    pub(super) fn secrets(&self) -> impl Iterator<Item = Secret> {
        let proof = match &self.proof {
            Proof::Secret(secret) => Some(secret),
            Proof::Certificate(CertificateProof { password, .. }) => password.as_ref(),
            Proof::Assertion(AssertionSource::AzurePipelines(connection)) => Some(&connection.system_access_token),
            Proof::Assertion(_) => None,
        };
        proof.into_iter().chain(&self.user_assertion).cloned()
    }

    /// The address that gives its assertion, if a variable has one.
    pub(super) fn endpoint(&self) -> Option<&str> {
        match &self.proof {
            Proof::Assertion(source) => source.endpoint(),
            _ => None,
        }
    }

    /// What should be no secret, though one can stand in its place by mistake.
    pub(super) fn names(&self) -> impl Iterator<Item = (Form, &String)> {
        let of_proof = match &self.proof {
            Proof::Certificate(CertificateProof { source: CertificateSource::File(path), .. })
            | Proof::Assertion(AssertionSource::File(path)) => Some((Form::Path, path)),
            Proof::Assertion(AssertionSource::AzurePipelines(connection)) => Some((Form::Guid, &connection.id)),
            _ => None,
        };
        [(Form::Guid, &self.client_id), (Form::Tenant, &self.tenant_id)].into_iter().chain(of_proof)
    }

    /// The function of the app that gives its assertion.
    pub(super) fn function(&self) -> Option<&AppCredential> {
        match &self.proof {
            Proof::Assertion(AssertionSource::Function(function)) => Some(function),
            _ => None,
        }
    }
}
