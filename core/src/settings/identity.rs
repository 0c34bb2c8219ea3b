//! Whose tokens a configuration brings, as one value.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use super::Credential;
use super::{Settings, Variables};
use crate::secret::Secret;

/// Everything that decides whose token comes, as it resolves: a login folder, not the variable that moved it.
///
/// A keyed hash: two configurations that can bring tokens of two identities are never equal, and no secret can be read
/// from it. Only this process has the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Identity([u64; 2]);

static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);

impl Identity {
    pub(super) fn of(settings: &Settings) -> Self {
        Self(KEYS.each_ref().map(|key| key.hash_one(Deciding(settings))))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([first, second]) = self;
        write!(f, "{first:016x}{second:016x}")
    }
}

/// The settings that decide, and no others: a rotated secret or a new proxy finds the token that is held.
struct Deciding<'a>(&'a Settings);

impl Hash for Deciding<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let settings = self.0;
        (&settings.authority, &settings.selection, settings.only, &settings.app).hash(hasher);
        // They decide whether a token is given at all: a caller that may not ask is not served what another got.
        (&settings.allowed_tenants, settings.multi_tenant_disabled).hash(hasher);
        for source in &settings.selection {
            self.source(*source, hasher);
        }
    }
}

impl Deciding<'_> {
    /// What decides for whom `source` answers, and whether it is asked before the sources behind it.
    fn source<H: Hasher>(&self, source: Credential, hasher: &mut H) {
        let settings = self.0;
        let logins = &settings.logins;
        match source {
            Credential::Environment => (
                (&settings.tenant_id, &settings.client_id),
                // Which of them are set, not their values.
                [settings.client_secret.is_some(), settings.certificate_path.is_some(), settings.has_user_password],
            )
                .hash(hasher),
            Credential::WorkloadIdentity => self.workload_identity(hasher),
            Credential::ManagedIdentity => {
                (&settings.managed_identity, &settings.host).hash(hasher);
                // In a pod that has a workload identity, that one answers.
                self.workload_identity(hasher);
            }
            Credential::AzureCli => (&settings.tenant_option, &settings.subscription, &logins.azure_cli).hash(hasher),
            Credential::AzurePowerShell => (&settings.tenant_option, &logins.azure_powershell).hash(hasher),
            // It can be told to hand over to `az`.
            Credential::AzureDeveloperCli => {
                (&settings.tenant_option, &logins.azure_developer_cli, &logins.azure_cli).hash(hasher);
            }
            Credential::VisualStudioCode | Credential::Broker => {
                (&settings.tenant_option, &logins.user).hash(hasher);
            }
            Credential::App => {}
        }
    }

    fn workload_identity<H: Hasher>(&self, hasher: &mut H) {
        let settings = self.0;
        (&settings.workload_tenant_id, &settings.workload_client_id, &settings.federated_token_file).hash(hasher);
    }
}

/// What decides who is logged in to the developer tools: the folder of the logins, and which program answers.
#[derive(Clone, Default, Hash)]
pub struct Logins {
    azure_cli: Vec<Option<String>>,
    azure_powershell: Vec<Option<String>>,
    azure_developer_cli: (Vec<Option<String>>, Option<Secret>),
    user: Vec<Option<String>>,
}

impl Logins {
    pub(super) fn read(variables: &Variables) -> Self {
        let home = home(variables, cfg!(windows));
        let below_home = |folder: &str| home.as_ref().map(|home| format!("{}/{folder}", home.trim_end_matches('/')));
        let program = variables.text("PATH");
        let [on_windows, elsewhere] = [variables.text("LOCALAPPDATA"), variables.text("XDG_DATA_HOME")];
        let data = on_windows.or(elsewhere).or_else(|| below_home(".local/share"));
        Self {
            azure_cli: vec![
                variables.text("AZURE_CONFIG_DIR").or_else(|| below_home(".azure")),
                variables.text("AZURE_CLOUD_NAME"),
                program.clone(),
            ],
            azure_powershell: vec![
                home.clone(),
                data.clone(),
                variables.text("APPDATA"),
                variables.text("PSModulePath"),
                program.clone(),
            ],
            azure_developer_cli: (
                vec![
                    variables.text("AZD_CONFIG_DIR").or_else(|| below_home(".azd")),
                    variables.text("AZD_AUTH_ENDPOINT"),
                    program,
                ],
                variables.secret("AZD_AUTH_KEY"),
            ),
            user: vec![home, data],
        }
    }
}

/// The user's folder, as Python, Go and .NET find it.
fn home(variables: &Variables, is_windows: bool) -> Option<String> {
    if !is_windows {
        return variables.text("HOME");
    }
    let in_two_parts = || Some(variables.text("HOMEDRIVE")? + &variables.text("HOMEPATH")?);
    let profile = variables.text("USERPROFILE");
    profile.or_else(in_two_parts)
}

#[cfg(test)]
mod tests;
