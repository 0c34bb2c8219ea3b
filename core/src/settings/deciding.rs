//! Which settings decide whose token comes.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::application::AssertionSource;
use super::identity::Identity;
use super::kind::Credential;
use super::values::Settings;

impl Settings {
    /// With its identity and its fingerprint, once nothing else changes any more.
    pub(super) fn complete(mut self) -> Self {
        self.identity = Identity::of(&Deciding(&self));
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        self.fingerprint = hasher.finish();
        self
    }
}

/// The settings that decide, and no others: a new proxy finds the token that is held.
struct Deciding<'a>(&'a Settings);

impl Hash for Deciding<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let settings = self.0;
        (&settings.entra.authority, &settings.sources).hash(hasher);
        // They decide whether a token is given at all: a caller that may not ask is not served what another got.
        (&settings.tenants.allowed, settings.tenants.multi_tenant_disabled).hash(hasher);
        for source in &settings.sources.selection {
            self.source(*source, hasher);
        }
    }
}

impl Deciding<'_> {
    /// What decides whose tokens `source` gives, and whether it is asked before the sources behind it.
    fn source<H: Hasher>(&self, source: Credential, hasher: &mut H) {
        let settings = self.0;
        let (principal, logins) = (&settings.principal, &settings.tools.logins);
        if !source.is_developer_tool() {
            // The app's own code can send a request as another identity, and a gateway tell callers by their certificate.
            settings.network.sender.hash(hasher);
        } else {
            // A login can be that of the host's identity (`az login --identity`), which the tool asks by these.
            (&settings.managed_identity.host, &logins.as_written).hash(hasher);
        }
        match source {
            // With its proof: a caller without the right one must not be served what another caller got.
            Credential::Environment => {
                (&principal.tenant_id, &principal.client_id, principal.proof(), principal.has_user_password)
                    .hash(hasher);
            }
            Credential::WorkloadIdentity => {
                settings.workload_identity.hash(hasher);
                if let Some(AssertionSource::ManagedIdentity { .. }) = &settings.workload_identity.assertion {
                    settings.managed_identity.host.hash(hasher);
                }
            }
            Credential::ManagedIdentity => {
                // In a pod that has a workload identity, that one answers.
                (&settings.managed_identity, &settings.workload_identity).hash(hasher);
            }
            Credential::AzureCli => {
                (&settings.tenants.option, &settings.tools.subscription, &logins.azure_cli).hash(hasher);
            }
            Credential::AzurePowerShell => (&settings.tenants.option, &logins.azure_powershell).hash(hasher),
            // It can be told to hand over to `az`.
            Credential::AzureDeveloperCli => {
                (&settings.tenants.option, &logins.azure_developer_cli, &logins.azure_cli).hash(hasher);
            }
            Credential::VisualStudioCode | Credential::Broker => {
                (&settings.tenants.option, &logins.user).hash(hasher);
            }
            // With its proof, too.
            Credential::ClientSecret
            | Credential::ClientCertificate
            | Credential::ClientAssertion
            | Credential::OnBehalfOf
            | Credential::AzurePipelines => settings.application.hash(hasher),
            Credential::App => {}
        }
    }
}
