//! The sources of tokens, by name.

/// A source of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credential {
    /// A service principal from `AZURE_*` variables.
    Environment,
    /// A Kubernetes service account, federated.
    WorkloadIdentity,
    /// The identity of the machine or app service.
    ManagedIdentity,
    /// The user of Visual Studio Code, by a plugin of the app's own `@azure/identity`.
    VisualStudioCode,
    /// The user of `az login`.
    AzureCli,
    /// The user of `Connect-AzAccount`.
    AzurePowerShell,
    /// The user of `azd auth login`.
    AzureDeveloperCli,
    /// The user of Windows, by a plugin of the app's own `@azure/identity`.
    Broker,
    /// A `TokenCredential` of the app. From here on they are not part of the default chain.
    App,
    /// An application with a secret.
    ClientSecret,
    /// An application with a certificate.
    ClientCertificate,
    /// An application that another issuer vouches for.
    ClientAssertion,
    /// An application that asks on behalf of a user.
    OnBehalfOf,
    /// The application of a service connection of Azure Pipelines.
    AzurePipelines,
}

/// The default chain, in `@azure/identity`'s order.
pub const CHAIN: [Credential; 8] = [
    Credential::Environment,
    Credential::WorkloadIdentity,
    Credential::ManagedIdentity,
    Credential::VisualStudioCode,
    Credential::AzureCli,
    Credential::AzurePowerShell,
    Credential::AzureDeveloperCli,
    Credential::Broker,
];

impl Credential {
    const ALL: [Self; 14] = [
        Self::Environment,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::VisualStudioCode,
        Self::AzureCli,
        Self::AzurePowerShell,
        Self::AzureDeveloperCli,
        Self::Broker,
        Self::App,
        Self::ClientSecret,
        Self::ClientCertificate,
        Self::ClientAssertion,
        Self::OnBehalfOf,
        Self::AzurePipelines,
    ];

    /// The credential of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|credential| credential.name() == name)
    }

    /// The name, as in `AZURE_TOKEN_CREDENTIALS`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environment => "EnvironmentCredential",
            Self::WorkloadIdentity => "WorkloadIdentityCredential",
            Self::ManagedIdentity => "ManagedIdentityCredential",
            Self::VisualStudioCode => "VisualStudioCodeCredential",
            Self::AzureCli => "AzureCliCredential",
            Self::AzurePowerShell => "AzurePowerShellCredential",
            Self::AzureDeveloperCli => "AzureDeveloperCliCredential",
            Self::Broker => "BrokerCredential",
            Self::App => "TokenCredential",
            Self::ClientSecret => "ClientSecretCredential",
            Self::ClientCertificate => "ClientCertificateCredential",
            Self::ClientAssertion => "ClientAssertionCredential",
            Self::OnBehalfOf => "OnBehalfOfCredential",
            Self::AzurePipelines => "AzurePipelinesCredential",
        }
    }

    /// Whether it runs a program, which may take its time.
    pub const fn is_command_line_tool(self) -> bool {
        matches!(self, Self::AzureCli | Self::AzurePowerShell | Self::AzureDeveloperCli)
    }

    /// Whether it is meant for a developer's machine: the `dev` group, the others being `prod`.
    pub const fn is_developer_tool(self) -> bool {
        matches!(
            self,
            Self::VisualStudioCode | Self::AzureCli | Self::AzurePowerShell | Self::AzureDeveloperCli | Self::Broker
        )
    }
}
