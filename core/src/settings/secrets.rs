//! What of the settings nothing may tell.

use url::Url;

use super::application::{Application, AssertionSource};
use super::managed_identity::ManagedIdentityId;
use super::snapshot::Variables;
use super::values::Settings;
use crate::secret::Secret;
use crate::shown::{self, Form};

/// What the tools read, and quote in their messages, but for lists of folders.
const OF_TOOLS: [(&str, Form); 19] = [
    ("ACC_CLOUD", Form::Word),
    ("APPDATA", Form::Path),
    ("AZD_AUTH_ENDPOINT", Form::Url),
    ("AZD_CONFIG_DIR", Form::Path),
    ("AZD_IN_CLOUDSHELL", Form::Word),
    ("AZURE_CLOUD_NAME", Form::Word),
    ("AZURE_CONFIG_DIR", Form::Path),
    ("AZURE_EXTENSION_DIR", Form::Path),
    ("AZURE_SUBSCRIPTION_ID", Form::Subscription),
    ("CURL_CA_BUNDLE", Form::Path),
    ("HOME", Form::Path),
    ("HOMEDRIVE", Form::Path),
    ("HOMEPATH", Form::Path),
    ("LOCALAPPDATA", Form::Path),
    ("REQUESTS_CA_BUNDLE", Form::Path),
    ("SystemRoot", Form::Path),
    ("TZ", Form::Path),
    ("USERPROFILE", Form::Path),
    ("XDG_DATA_HOME", Form::Path),
];
/// The lists of folders that they read.
const LISTS_OF_TOOLS: [&str; 2] = ["PATH", "PSModulePath"];

impl Settings {
    /// What nothing may tell that comes of a fetch with these settings: the secrets, and every other value that looks like
    /// one, or that has not the form its setting asks for. Endpoints echo what they are sent, and tools what their
    /// environment holds.
    pub fn secrets(&self) -> Vec<Secret> {
        let (principal, host) = (&self.principal, &self.managed_identity.host);
        let own = [&principal.client_secret, &principal.certificate_password, &host.identity_header, &host.msi_secret];
        let own = own.into_iter().flatten().cloned();
        let environment = &self.tools.inherited.0.values;
        let inherited = environment.iter().flat_map(|(name, value)| of_variable(name, value.trim()));
        let managed = match &self.managed_identity.id {
            ManagedIdentityId::System => None,
            ManagedIdentityId::ClientId(id) | ManagedIdentityId::ObjectId(id) => Some((Form::Guid, id)),
            ManagedIdentityId::ResourceId(id) => Some((Form::Identity, id)),
        };
        let workload = &self.workload_identity;
        let vouches = match &workload.assertion {
            Some(AssertionSource::ManagedIdentity { client_id }) => client_id.as_ref().map(|id| (Form::Guid, id)),
            Some(AssertionSource::File(path)) => Some((Form::Path, path)),
            _ => None,
        };
        let given = [
            (Form::Tenant, self.tenants.option.as_ref()),
            (Form::Tenant, principal.tenant_id.as_ref()),
            (Form::Guid, principal.client_id.as_ref()),
            (Form::Tenant, workload.tenant_id.as_ref()),
            (Form::Guid, workload.client_id.as_ref()),
            (Form::Guid, host.default_client_id.as_ref()),
            (Form::Subscription, self.tools.subscription.as_ref()),
            (Form::Word, self.entra.region.as_ref()),
        ];
        let given = given.into_iter().filter_map(|(form, value)| Some((form, value?))).chain(vouches);
        let of_names = self.application.iter().flat_map(Application::names);
        let given = given.chain(managed).chain(of_names);
        let given =
            given.filter(|(form, value)| shown::is_misplaced(*form, value)).map(|(_, value)| Secret::new(value));
        let given = given.chain(of_tools(&self.tools.inherited.0));
        let is_proxy = |(name, _): &(&String, &String)| name.to_ascii_uppercase().ends_with("PROXY");
        let proxies = environment.iter().filter(is_proxy).map(|(_, proxy)| proxy);
        let proxies = proxies.chain(self.network.transport.proxy.iter().map(|(_, proxy)| proxy));
        let asked = [
            Some(self.entra.authority.as_str()),
            host.identity_endpoint.as_deref(),
            host.msi_endpoint.as_deref(),
            host.imds_endpoint.as_deref(),
            host.imds_host.as_deref(),
            workload.assertion.as_ref().and_then(AssertionSource::endpoint),
            self.application.as_ref().and_then(Application::endpoint),
        ];
        let asked = asked.into_iter().flatten().flat_map(of_address);
        let login = |value: &String| Url::parse(value).ok()?.password().map(Secret::new);
        let logins = environment.values().filter_map(login).chain(proxies.flat_map(|proxy| of_proxy(proxy)));
        let of_application = self.application.iter().flat_map(Application::secrets);
        let misplaced = self.network.transport.misplaced();
        let all = own.chain(of_application).chain(inherited).chain(misplaced).chain(given).chain(logins).chain(asked);
        // The name of a variable whose value nothing filled in, as `$(AZURE_CLIENT_SECRET)`: what to do names it as well.
        let is_name =
            |secret: &Secret| environment.contains_key(secret.expose().trim_matches(|c| "$(){}%".contains(c)));
        let mut secrets: Vec<Secret> = all.filter(|secret| is_no_word(secret.expose()) && !is_name(secret)).collect();
        // The longest first: without a shorter one in it, it would not be found any more.
        secrets.sort_by(|one, other| (other.expose().len(), one.expose()).cmp(&(one.expose().len(), other.expose())));
        secrets.dedup();
        secrets
    }
}

/// What of a variable no tool may be quoted with: of a secret its value, and of all others what has the form of no setting.
fn of_variable(name: &str, value: &str) -> Vec<Secret> {
    const NAMES: [&str; 12] = [
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASSPHRASE",
        "_PASS",
        "_PWD",
        "KEY",
        "KEYS",
        "TOKEN",
        "CREDENTIAL",
        "HEADER",
        "PLACEHOLDER",
    ];
    let name = name.to_ascii_uppercase();
    let is_list = LISTS_OF_TOOLS.iter().any(|list| name.eq_ignore_ascii_case(list));
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let is_secret = NAMES.iter().any(|ending| plain.ends_with(ending));
    // A tool can quote a connection string, a document or a list in part.
    let parts = value.split(|c: char| c.is_whitespace() || "\"',;&{}[]".contains(c));
    let parts = parts.flat_map(|part| {
        let assigned = part.split_once('=').map_or(part, |(_, assigned)| assigned);
        [Some(part).filter(|part| shown::may_be_secret(part)), Some(assigned).filter(|part| !shown::is_ordinary(part))]
    });
    match (is_list, shown::is_ordinary(value)) {
        (true, _) => Vec::new(),
        (_, true) => is_secret.then(|| Secret::new(value)).into_iter().collect(),
        _ => std::iter::once(value).chain(parts.flatten()).map(Secret::new).collect(),
    }
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

/// Whether `text` is long enough to be found in no words that hold no secret, or no word itself.
fn is_no_word(text: &str) -> bool {
    const SHORTEST: usize = 8;
    const SHORTEST_MIXED: usize = 5;
    let has = |is: fn(char) -> bool| text.chars().any(is);
    let is_mixed = has(char::is_alphabetic) && has(|c| !c.is_alphabetic() && !"-_. ".contains(c));
    let length = text.chars().count();
    length >= SHORTEST || (length >= SHORTEST_MIXED && is_mixed)
}

/// What stands in the query of an address and behind its `#`, which servers quote, with what in its path is no word, and then
/// also a host without a dot.
fn of_address(text: &str) -> Vec<Secret> {
    let Some(address) = Url::parse(text).ok().filter(Url::has_host) else { return Vec::new() };
    let queried = address.query_pairs().filter(|(name, value)| name != "api-version" || !shown::is_version(value));
    let queried = queried.map(|(_, value)| Secret::new(value));
    let is_of_path = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || "._~:-".contains(c));
    let parts =
        address.path_segments().into_iter().flatten().filter(|part| !is_of_path(part) || shown::may_be_secret(part));
    let behind = address.fragment().into_iter().chain(parts).map(Secret::new);
    let mut hidden: Vec<Secret> = behind.chain(queried).collect();
    // Of a password with a sign in it, the parser takes a part for the host.
    let host = address.host_str().filter(|host| !host.contains(['.', ':']) && *host != "localhost");
    if !hidden.is_empty() {
        hidden.extend(host.map(Secret::new));
    }
    hidden
}

/// What of a proxy's address, which can be without a scheme, leads to no host.
fn of_proxy(text: &str) -> Vec<Secret> {
    // A password can hold a sign that should have been percent-encoded, and then the parser finds none.
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let login = shown::login(bare).map(|end| &bare[..end]);
    let password = login.map(|login| login.split_once(':').map_or(login, |(_, password)| password));
    let address = Url::parse(text).ok().filter(Url::has_host);
    let address = address.or_else(|| Url::parse(&format!("http://{text}")).ok());
    let behind = address.iter().flat_map(|address| [address.query(), address.fragment()]);
    behind.chain([password, login]).flatten().map(Secret::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{secret, settings};

    #[test]
    fn every_variable_that_a_tool_reads_has_a_form_or_is_a_secret() {
        // What tools read as it is written, and this package so as to keep their logins apart.
        let read = include_str!("logins.rs").split("exact(\"").skip(1);
        let names: Vec<&str> = read.filter_map(|rest| rest.split('"').next()).collect();
        assert!(names.len() > 15, "{names:?}");
        for name in names {
            let has_form = OF_TOOLS.iter().any(|(it, _)| *it == name) || LISTS_OF_TOOLS.contains(&name);
            assert!(has_form || name == "AZD_AUTH_KEY", "{name}");
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

    #[test]
    fn what_tools_quote_of_their_environment_is_told_without_what_does_not_belong_there() {
        let password = secret("password");
        for (name, value) in [
            ("HTTPS_PROXY", format!("joe:{password}@proxy.example:8080")),
            ("http_proxy", format!("joe:{password}@proxy.example:8080")),
            ("ALL_PROXY", format!("http://{password}@proxy.example")),
            ("HTTPS_PROXY", format!("http://proxy.example/?code={password}")),
            ("HTTPS_PROXY", format!("proxy.example:8080#{password}")),
            ("HTTPS_PROXY", format!("joe:/{password}@proxy.example:8080")),
            ("HTTPS_PROXY", format!("joe:a/{password}@proxy.example:8080")),
            ("HTTPS_PROXY", format!("joe:{}x7!@proxy.example:8080", &password[..4])),
            ("IDENTITY_ENDPOINT", format!("http://127.0.0.1:1/msi/token?code={password}")),
            ("AZURE_AUTHORITY_HOST", format!("https://login.example/?code={password}&api-version=1")),
            ("AZURE_CLIENT_ID", format!("{}x7!", &password[..4])),
            ("AZURE_SUBSCRIPTION_ID", format!("Server=db.example;Password={password}")),
            ("AZURE_CONFIG_DIR", format!("Password={password}")),
        ] {
            let secrets = settings(&[(name, &value)]).secrets();
            assert!(secrets.iter().any(|known| known.expose().contains(&password[..4])), "{name}={value}");
        }
        for (name, value) in [
            ("HTTPS_PROXY", "proxy.example:8080"),
            ("HTTPS_PROXY", "http://proxy.example:8080/"),
            ("NO_PROXY", "localhost,.example,10.0.0.0/8"),
            ("AZURE_SUBSCRIPTION_ID", "Visual Studio Enterprise"),
            ("AZURE_CONFIG_DIR", "/home/joe/.azure"),
            ("HOME", "/home/joe"),
            ("TZ", "Europe/Berlin"),
            ("TZ", "EST5EDT"),
            ("ACC_CLOUD", "PROD"),
            ("AZD_IN_CLOUDSHELL", "true"),
            ("AZD_AUTH_ENDPOINT", "http://localhost:4711"),
            ("PATH", "/usr/local/bin:/usr/bin:/home/joe/.local/share/node@20/bin"),
            ("PSModulePath", "/opt/microsoft/powershell/7/Modules"),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token?api-version=2019-08-01"),
            ("AZURE_CLIENT_ID", "my-app"),
        ] {
            assert_eq!(settings(&[(name, value)]).secrets().len(), 0, "{name}={value}");
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

    #[test]
    fn what_in_the_path_of_an_endpoint_is_no_word_is_hidden() {
        let digits = "1f3b".repeat(8);
        let password = secret("pass!word");
        for name in ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"] {
            for hidden in [&digits, &password] {
                for value in [
                    format!("http://127.0.0.1:1/msi/token{hidden}"),
                    format!("http://127.0.0.1:1/msi/token/{hidden}"),
                    format!("http://127.0.0.1:1/msi/token?api-version={hidden}"),
                ] {
                    let secrets = settings(&[(name, &value)]).secrets();
                    assert!(secrets.iter().any(|known| known.expose().contains(hidden.as_str())), "{name}={value}");
                }
            }
        }
    }

    #[test]
    fn the_name_of_a_variable_in_its_place_is_no_secret() {
        const NAME: &str = "AZURE_CLIENT_SECRET";
        let count = |value: &str| settings(&[(NAME, value)]).secrets().len();
        for value in
            ["AZURE_CLIENT_SECRET", "$(AZURE_CLIENT_SECRET)", "${AZURE_CLIENT_SECRET}", "%AZURE_CLIENT_SECRET%"]
        {
            assert_eq!(count(value), 0, "{value}");
        }
        for value in ["$(AZURE_CLIENT_SECRET)x", "$(summer_tiger)", "azure_client_secret"] {
            assert!(count(value) > 0, "{value}");
        }
    }
}
