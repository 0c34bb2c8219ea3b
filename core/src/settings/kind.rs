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
    /// Whoever is signed in to Visual Studio Code, by a plugin of the app's own `@azure/identity`.
    VisualStudioCode,
    /// Whoever is logged in with `az login`.
    AzureCli,
    /// Whoever is logged in with `Connect-AzAccount`.
    AzurePowerShell,
    /// Whoever is logged in with `azd auth login`.
    AzureDeveloperCli,
    /// Whoever is signed in to Windows, by a plugin of the app's own `@azure/identity`.
    Broker,
    /// A `TokenCredential` of the app. Not part of the default chain.
    App,
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
        }
    }

    /// Whether it is meant for a developer's machine: the `dev` group, the others being `prod`.
    pub const fn is_developer_tool(self) -> bool {
        matches!(
            self,
            Self::VisualStudioCode | Self::AzureCli | Self::AzurePowerShell | Self::AzureDeveloperCli | Self::Broker
        )
    }
}
