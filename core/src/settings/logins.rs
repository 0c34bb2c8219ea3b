//! The logins of the developer tools.

use super::snapshot::Variables;
use crate::secret::Secret;

/// What decides the logins of the developer tools: the folder of the logins, and which program answers.
///
/// As the tools read it: blanks and quotation marks around a path are part of it.
#[derive(Clone, Default, Hash)]
pub struct Logins {
    pub(super) azure_cli: Vec<Option<String>>,
    pub(super) azure_powershell: Vec<Option<String>>,
    pub(super) azure_developer_cli: (Vec<Option<String>>, Vec<(String, Secret)>),
    pub(super) user: Vec<Option<String>>,
    pub(super) as_written: Vec<Option<Secret>>,
}

/// How the names of the variables begin by which `azd` signs in: some name a program that gives the tokens in its place, others are
/// the assertion of a pipeline. Each version of it has more.
///
/// <https://github.com/Azure/azure-dev/blob/main/cli/azd/pkg/auth/manager.go>
const OF_AZD: [&str; 5] =
    ["AZD_", "AZURE_OIDC_", "ACTIONS_ID_TOKEN_REQUEST_", "SYSTEM_ACCESSTOKEN", "SYSTEM_OIDCREQUESTURI"];
/// What every tool is given as it is, and this package reads without blanks and quotation marks.
const AS_WRITTEN: [&str; 4] = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"];

impl Logins {
    pub(super) fn read(variables: &Variables) -> Self {
        let home = home(variables);
        let below_home = |folder: &str| home.as_ref().map(|home| format!("{}/{folder}", home.trim_end_matches('/')));
        let filled = |value: &String| !value.is_empty();
        let which_program = [variables.exact("PATH"), variables.exact("BERRY_BIN_FOLDER")];
        let of_tool = |login: &[Option<String>]| [login, &which_program].concat();
        let data =
            if variables.is_windows { variables.exact("LOCALAPPDATA") } else { variables.exact("XDG_DATA_HOME") };
        let data = data.filter(filled).or_else(|| below_home(".local/share"));
        Self {
            azure_cli: of_tool(&[
                variables.exact("AZURE_CONFIG_DIR").filter(filled).or_else(|| below_home(".azure")),
                variables.exact("AZURE_CLOUD_NAME"),
                variables.exact("ACC_CLOUD"),
                // The session of an agent, for which the token is bound.
                variables.exact("COPILOT_AGENT_SESSION_ID"),
                // Whether services may challenge the token.
                variables.exact("AZURE_IDENTITY_DISABLE_CP1"),
            ]),
            azure_powershell: of_tool(&[
                home.clone(),
                data.clone(),
                variables.exact("APPDATA"),
                variables.exact("PSModulePath"),
            ]),
            azure_developer_cli: (
                of_tool(&[
                    variables.exact("AZD_CONFIG_DIR").filter(filled).or_else(|| below_home(".azd")),
                    // Its tenant is the token's if none is asked for.
                    variables.exact("AZURE_SUBSCRIPTION_ID"),
                ]),
                // The folder counts above, as it resolves.
                variables.beginning_with(&OF_AZD).into_iter().filter(|(name, _)| name != "AZD_CONFIG_DIR").collect(),
            ),
            user: vec![home, data],
            as_written: AS_WRITTEN.map(|name| variables.exact(name).map(Secret::new)).to_vec(),
        }
    }
}

/// The user's folder, as Python, Go and .NET find it.
pub(super) fn home(variables: &Variables) -> Option<String> {
    if !variables.is_windows {
        return variables.exact("HOME");
    }
    let in_two_parts = || Some(variables.exact("HOMEDRIVE").unwrap_or_default() + &variables.exact("HOMEPATH")?);
    let profile = variables.exact("USERPROFILE");
    profile.or_else(in_two_parts)
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    #[test]
    fn a_variable_of_another_platform_hides_none() {
        const UNIX: [&str; 2] = ["HOME", "XDG_DATA_HOME"];
        const WINDOWS: [&str; 2] = ["USERPROFILE", "LOCALAPPDATA"];
        let hasher = RandomState::new();
        for (is_windows, own, others) in [(false, UNIX, WINDOWS), (true, WINDOWS, UNIX)] {
            for deciding in own {
                let of = |user: &str| {
                    let all = own.into_iter().chain(others).map(|name| (name.to_owned(), "/same".to_owned()));
                    let set = all.chain([(deciding.to_owned(), format!("/{user}"))]).collect();
                    let logins = Logins::read(&Variables::new(set, is_windows));
                    [&logins.azure_powershell, &logins.user].map(|login| hasher.hash_one(login))
                };
                let (alice, bob) = (of("alice"), of("bob"));
                for (tool, (one, other)) in ["AzurePowerShell", "VisualStudioCode"].iter().zip(alice.iter().zip(bob)) {
                    assert_ne!(*one, other, "{deciding} with {tool}, on Windows: {is_windows}");
                }
            }
        }
    }
}
