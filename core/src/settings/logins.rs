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
    pub(super) azure_developer_cli: (Vec<Option<String>>, Option<Secret>),
    pub(super) user: Vec<Option<String>>,
}

impl Logins {
    pub(super) fn read(variables: &Variables) -> Self {
        let home = home(variables);
        let below_home = |folder: &str| home.as_ref().map(|home| format!("{}/{folder}", home.trim_end_matches('/')));
        let exact = |name| variables.find(name).map(str::to_owned);
        let set = |name| exact(name).filter(|value| !value.is_empty());
        let program = exact("PATH");
        let [on_windows, elsewhere] = [set("LOCALAPPDATA"), set("XDG_DATA_HOME")];
        let data = on_windows.or(elsewhere).or_else(|| below_home(".local/share"));
        Self {
            azure_cli: vec![
                set("AZURE_CONFIG_DIR").or_else(|| below_home(".azure")),
                exact("AZURE_CLOUD_NAME"),
                program.clone(),
            ],
            azure_powershell: vec![
                home.clone(),
                data.clone(),
                exact("APPDATA"),
                exact("PSModulePath"),
                program.clone(),
            ],
            azure_developer_cli: (
                vec![set("AZD_CONFIG_DIR").or_else(|| below_home(".azd")), exact("AZD_AUTH_ENDPOINT"), program],
                variables.secret("AZD_AUTH_KEY"),
            ),
            user: vec![home, data],
        }
    }
}

/// The user's folder, as Python, Go and .NET find it.
pub(super) fn home(variables: &Variables) -> Option<String> {
    let exact = |name| variables.find(name).map(str::to_owned);
    if !variables.is_windows {
        return exact("HOME");
    }
    let in_two_parts = || Some(exact("HOMEDRIVE")? + &exact("HOMEPATH")?);
    let profile = exact("USERPROFILE");
    profile.or_else(in_two_parts)
}
