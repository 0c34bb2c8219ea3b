//! What of the variables that a tool inherits nothing may tell: a tool quotes any of them.

use url::Url;

use super::super::snapshot::Variables;
use crate::secret::{Secret, is_name_of_secret};
use crate::shown::{self, Form};

/// What the tools and this package read, and tools quote in their messages, but for lists of folders.
const OF_TOOLS: [(&str, Form); 26] = [
    ("ACC_CLOUD", Form::Word),
    ("APPDATA", Form::Path),
    ("AZD_AUTH_ENDPOINT", Form::Url),
    ("AZD_CONFIG_DIR", Form::Path),
    ("AZD_IN_CLOUDSHELL", Form::Word),
    ("AZURE_CLOUD_NAME", Form::Word),
    ("AZURE_CONFIG_DIR", Form::Path),
    ("AZURE_EXTENSION_DIR", Form::Path),
    ("AZURE_IDENTITY_DISABLE_CP1", Form::Word),
    ("AZURE_LOG_LEVEL", Form::Word),
    ("AZURE_SUBSCRIPTION_ID", Form::Subscription),
    ("BERRY_BIN_FOLDER", Form::Path),
    ("COPILOT_AGENT_SESSION_ID", Form::Word),
    ("CURL_CA_BUNDLE", Form::Path),
    ("DEBUG_LOGGING", Form::Word),
    ("DEBUG_OPENAI", Form::Word),
    ("HOME", Form::Path),
    ("HOMEDRIVE", Form::Path),
    ("HOMEPATH", Form::Path),
    ("LOCALAPPDATA", Form::Path),
    ("REGION_NAME", Form::Word),
    ("REQUESTS_CA_BUNDLE", Form::Path),
    ("SystemRoot", Form::Path),
    ("TZ", Form::Path),
    ("USERPROFILE", Form::Path),
    ("XDG_DATA_HOME", Form::Path),
];
/// The lists of folders that they read.
const LISTS_OF_TOOLS: [&str; 2] = ["PATH", "PSModulePath"];

/// Of each variable, and of those that the tools read by their form.
pub(super) fn of_environment(variables: &Variables) -> impl Iterator<Item = Secret> {
    let each = variables.values.iter().flat_map(|(name, value)| of_variable(name, value.trim()));
    each.chain(of_tools(variables))
}

/// What of a variable no tool may be quoted with: of a secret its value, and of all others what has the form of no setting.
fn of_variable(name: &str, value: &str) -> Vec<Secret> {
    /// What is sent as it is, whatever it holds.
    const SENT: [&str; 2] = ["HEADER", "PLACEHOLDER"];
    /// Of folders.
    const OTHERS: [&str; 2] = ["PWD", "OLDPWD"];
    let name = name.to_ascii_uppercase();
    let is_list = LISTS_OF_TOOLS.iter().any(|list| name.eq_ignore_ascii_case(list));
    let is_secret = (is_name_of_secret(&name) && !OTHERS.contains(&name.as_str()))
        || SENT.iter().any(|ending| name.ends_with(ending));
    // A tool can quote a connection string, a document or a list in part.
    let parts = value.split(|c: char| c.is_whitespace() || "\"',;&{}[]".contains(c));
    let parts = parts.flat_map(|part| {
        let assigned = part.split_once('=').map_or(part, |(_, assigned)| assigned);
        [Some(part).filter(|part| shown::may_be_secret(part)), Some(assigned).filter(|part| !shown::is_ordinary(part))]
    });
    let is_proxy = name.ends_with("PROXY") && !name.ends_with("NO_PROXY");
    let mut secrets: Vec<Secret> = match (is_list, shown::is_ordinary(value)) {
        (true, _) => Vec::new(),
        (_, true) => is_secret.then(|| Secret::new(value)).into_iter().collect(),
        _ => std::iter::once(value).chain(parts.flatten()).map(Secret::new).collect(),
    };
    if is_proxy {
        secrets.extend(of_no_proxy(value));
    }
    secrets
}

/// What of a proxy's variable can be a password, if its value is not the address of one, as `proxy:3128:user:password` is not.
fn of_no_proxy(value: &str) -> Vec<Secret> {
    const SHORTEST: usize = 6;
    let address = crate::address::parse(value)
        .ok()
        .filter(Url::has_host)
        .or_else(|| crate::address::parse(&format!("http://{value}")).ok());
    let is_address = |it: &Url| matches!(it.path(), "" | "/") && it.query().is_none() && it.fragment().is_none();
    if value.is_empty() || address.is_some_and(|it| is_address(&it)) {
        return Vec::new();
    }
    let behind = value.split_once("://").map_or(value, |(_, rest)| rest);
    // The first is the host, which people need to see.
    let pieces = behind.split(['/', ':', '@', ',', '=']).skip(1).filter(|piece| piece.len() >= SHORTEST);
    std::iter::once(value).chain(pieces).map(Secret::new).collect()
}

/// What of the variables of the tools has not the form that it should have.
fn of_tools(variables: &Variables) -> impl Iterator<Item = Secret> {
    let whole =
        OF_TOOLS.into_iter().filter_map(|(name, form)| Some((name, form, variables.raw(name)?.trim().to_owned())));
    // The names of time zones without a folder are words.
    let is_word = |name: &str, value: &str| name == "TZ" && shown::shown(Form::Word, value) == value;
    let whole = whole.filter(move |(name, form, value)| shown::is_misplaced(*form, value) && !is_word(name, value));
    let lists = LISTS_OF_TOOLS.into_iter().filter_map(|name| variables.raw(name));
    let folders = lists.flat_map(std::env::split_paths).map(|folder| folder.to_string_lossy().trim().to_owned());
    let folders = folders.filter(|folder| shown::is_misplaced(Form::Path, folder));
    whole.map(|(_, _, value)| value).chain(folders).map(Secret::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{secret, settings};

    #[test]
    fn every_variable_that_a_tool_reads_has_a_form_or_is_a_secret() {
        // What tools read as it is written, and this package so as to keep their logins apart.
        let read = include_str!("../logins.rs").split("exact(\"").skip(1);
        let names: Vec<&str> = read.filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.len() > 14, "{names:?}");
        for name in names {
            let has_form = OF_TOOLS.iter().any(|(it, _)| *it == name) || LISTS_OF_TOOLS.contains(&name);
            assert!(has_form, "{name}");
        }
    }

    #[test]
    fn a_password_in_a_variable_of_a_tool_is_known() {
        for name in OF_TOOLS.iter().map(|(name, _)| *name).chain(LISTS_OF_TOOLS) {
            let value = format!("Pwd={};x", secret("password"));
            let secrets = settings(&[(name, &value)]).secrets();
            assert!(secrets.iter().any(|known| known.expose().contains(&value[4..12])), "{name}");
        }
    }

    /// The app's own variables, which a tool is handed with the rest, and this package's with a password in its place.
    #[test]
    fn what_tools_quote_of_any_variable_is_told_without_a_password() {
        let [password, digits] = [secret("pass!word"), format!("{}0a", "1f3b".repeat(8))];
        for (name, value) in [
            (
                "SQLAZURECONNSTR_Main",
                format!("Server=tcp:db.example,1433;User ID=sa;Password={password};Encrypt=True;"),
            ),
            ("ConnectionStrings__Default", format!("Host=db;Password={password}")),
            ("DB_PASS", password.clone()),
            ("API_SECRET_1", password.replace(['!', '-'], "x")),
            ("LDAP_BIND_CREDENTIALS", password.clone()),
            ("APP_AUTH", password.clone()),
            ("LDAP_BIND_CREDENTIALS", password.replace(['!', '-'], "x")),
            ("DBPASS", password.replace(['!', '-'], "x")),
            ("PASSWORD_PROD", password.replace(['!', '-'], "x")),
            ("NEO4J_AUTH", format!("neo4j/{}", password.replace(['!', '-'], "$"))),
            ("DATABASE_URL", format!("postgres://joe:pL4/{password}#q@db.example.com:5432/x")),
            ("AZURE_LOG_LEVEL", format!("{}/a", password.replace('!', "@"))),
            ("OPENAI_CONFIG", format!(r#"{{"api_key":"{digits}"}}"#)),
            ("AZURE_OPENAI_KEYS", format!("eastus={digits},westus=x")),
            ("AZURE_KUBERNETES_SNI_NAME", format!("\"{digits}\"")),
            ("AZURE_CLIENT_CERTIFICATE_PATH", password.clone()),
            ("NODE_EXTRA_CA_CERTS", password.clone()),
            ("AZURE_LOG_LEVEL", password.clone()),
            ("AZURE_OPENAI_ENTRA_HOSTS", password.clone()),
            ("GCE_METADATA_HOST", password.clone()),
            ("NO_PROXY", password.clone()),
            ("AZURE_USERNAME", password.clone()),
        ] {
            let hidden = if value.contains(&digits) { &digits } else { &value[value.len().min(12) - 12..] };
            let hidden = if value.contains(&password) { &password } else { hidden };
            let settings = settings(&[(name, &value)]);
            let secrets = settings.secrets();
            for echo in [format!("KeyError: environ({{'{name}': '{value}'}})"), format!("cannot parse {hidden}")] {
                let told = crate::secret::redact(&echo, &secrets.iter().collect::<Vec<_>>());
                assert!(!told.contains(hidden), "{name}: {told}");
            }
        }
    }

    #[test]
    fn what_any_variable_holds_of_a_usual_form_may_be_told() {
        for (name, value) in [
            ("LANG", "de_DE.UTF-8"),
            ("TERM", "xterm-256color"),
            ("NODE_PATH", "/usr/lib/node_modules:/opt/node"),
            ("AZURE_OPENAI_ENDPOINT", "https://my-resource.openai.azure.com/openai?api-version=2024-10-21"),
            ("AZURE_OPENAI_SCOPE", "https://cognitiveservices.azure.com/.default"),
            ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential"),
            ("AZURE_FEDERATED_TOKEN_FILE", "/var/run/secrets/azure/tokens/azure-identity-token"),
            ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us/"),
            ("HOSTNAME", "librechat-0"),
            ("PWD", "/home/joe/my app (x86)/src"),
            ("AZURE_CLIENT_CERTIFICATE_PATH", "/tmp/job-7g2x4b/bad2.pem"),
            ("KUBERNETES_PORT", "tcp://10.0.0.1:443"),
            ("WEBSITE_SITE_NAME", "my-site"),
            ("APP_TITLE", "Chat of the whole house"),
            ("NO_PROXY", "localhost,.svc,*.example.com,10.0.0.0/8"),
            ("npm_config_user_agent", "npm/10.8.2 node/v20.20.2 linux x64"),
            ("APPDATA", "C:\\Users\\joe\\AppData\\Roaming"),
        ] {
            let secrets = settings(&[(name, value)]).secrets();
            assert_eq!(secrets.iter().map(Secret::expose).collect::<Vec<_>>(), [""; 0], "{name}");
        }
    }
}
