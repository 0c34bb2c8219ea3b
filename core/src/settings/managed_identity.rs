//! Which managed identity is meant, and what the host says about those that it has.

use super::options::CredentialOptions;
use super::principal::ServicePrincipal;
use super::snapshot::Variables;
use crate::error::Failure;
use crate::secret::Secret;

/// The managed identity of the host.
#[derive(Clone, Hash)]
pub struct ManagedIdentity {
    /// Which managed identity is meant.
    pub id: ManagedIdentityId,
    /// What the host says about its managed identities.
    pub host: HostVariables,
}

impl ManagedIdentity {
    pub(super) fn read(
        variables: &Variables,
        options: &CredentialOptions,
        principal: &ServicePrincipal,
    ) -> Result<Self, Failure> {
        // Named by its class it is the one that the options say, as in @azure/identity.
        let by_variable = principal.client_id.as_deref().filter(|_| options.named.is_none());
        Ok(Self { id: id(options, by_variable)?, host: HostVariables::read(variables) })
    }
}

/// The variables by which hosts name the endpoint of their managed identities, and their kind.
#[derive(Clone, Hash)]
pub struct HostVariables {
    /// `IDENTITY_ENDPOINT`.
    pub identity_endpoint: Option<String>,
    /// `IDENTITY_HEADER`.
    pub identity_header: Option<Secret>,
    /// `IDENTITY_SERVER_THUMBPRINT`.
    pub identity_server_thumbprint: Option<String>,
    /// `IMDS_ENDPOINT`.
    pub imds_endpoint: Option<String>,
    /// `MSI_ENDPOINT`.
    pub msi_endpoint: Option<String>,
    /// `MSI_SECRET`.
    pub msi_secret: Option<Secret>,
    /// `DEFAULT_IDENTITY_CLIENT_ID`.
    pub default_client_id: Option<String>,
    /// `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
    pub imds_host: Option<String>,
    /// `ProgramData`, where Azure Arc's agent keeps its keys on Windows.
    pub program_data: Option<String>,
    /// `ProgramFiles`, where Azure Arc's agent is on Windows.
    pub program_files: Option<String>,
}

impl HostVariables {
    fn read(variables: &Variables) -> Self {
        Self {
            identity_endpoint: variables.text("IDENTITY_ENDPOINT"),
            identity_header: variables.secret("IDENTITY_HEADER"),
            identity_server_thumbprint: variables.text("IDENTITY_SERVER_THUMBPRINT"),
            imds_endpoint: variables.text("IMDS_ENDPOINT"),
            msi_endpoint: variables.text("MSI_ENDPOINT"),
            msi_secret: variables.secret("MSI_SECRET"),
            default_client_id: variables.text("DEFAULT_IDENTITY_CLIENT_ID"),
            imds_host: variables.text("AZURE_POD_IDENTITY_AUTHORITY_HOST"),
            program_data: variables.text("ProgramData"),
            program_files: variables.text("ProgramFiles"),
        }
    }
}

/// Which managed identity is meant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ManagedIdentityId {
    /// The one that the host has.
    System,
    /// A user-assigned one, by client id.
    ClientId(String),
    /// A user-assigned one, by Azure resource id.
    ResourceId(String),
    /// A user-assigned one, by the object id of its service principal.
    ObjectId(String),
}

/// The one id that the options give, else `AZURE_CLIENT_ID`, else the host's own identity.
fn id(options: &CredentialOptions, client_id: Option<&str>) -> Result<ManagedIdentityId, Failure> {
    // An empty client id says that none is meant, whatever the variable says.
    let says_none = options.managed_identity_client_id.as_deref() == Some("");
    let given = [
        options.managed_identity_client_id.clone().filter(|id| !id.is_empty()).map(ManagedIdentityId::ClientId),
        options.managed_identity_resource_id.clone().map(ManagedIdentityId::ResourceId),
        options.managed_identity_object_id.clone().map(ManagedIdentityId::ObjectId),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(_), Some(_)) => Err(Failure::configuration(
            "only one of 'managedIdentityClientId', 'managedIdentityResourceId' or 'managedIdentityObjectId' can be \
             given",
        )
        .with_next_step("keep one of them and remove the others")),
        (Some(id), None) => Ok(id),
        (None, _) if says_none => Ok(ManagedIdentityId::System),
        (None, _) => Ok(client_id.map_or(ManagedIdentityId::System, |id| ManagedIdentityId::ClientId(id.to_owned()))),
    }
}
