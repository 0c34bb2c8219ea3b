//! What of the settings nothing may tell.

mod of_environment;

use url::Url;

use self::of_environment::of_environment;
use super::application::{Application, AssertionSource};
use super::managed_identity::ManagedIdentityId;
use super::network::TransportSettings;
use super::options::NetworkOptions;
use super::snapshot::Variables;
use super::tools::SECRETS;
use super::values::Settings;
use crate::secret::Secret;
use crate::shown::{self, Form};

impl Settings {
    /// What nothing may tell that comes of a fetch with these settings: the secrets, and every other value that looks like
    /// one, or that has not the form its setting asks for. Endpoints echo what they are sent, and tools what their
    /// environment holds.
    pub fn secrets(&self) -> Vec<Secret> {
        let (principal, host) = (&self.principal, &self.managed_identity.host);
        let own = [&principal.client_secret, &principal.certificate_password, &host.identity_header, &host.msi_secret];
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
        let asked = [
            Some(self.entra.authority.as_str()),
            host.identity_endpoint.as_deref(),
            host.msi_endpoint.as_deref(),
            host.imds_endpoint.as_deref(),
            host.imds_host.as_deref(),
            workload.assertion.as_ref().and_then(AssertionSource::endpoint),
            self.application.as_ref().and_then(Application::endpoint),
        ];
        let own = own.into_iter().flatten().cloned().chain(self.application.iter().flat_map(Application::secrets));
        let given = given.chain(managed).chain(of_names).map(|(form, value)| (form, value.as_str()));
        let asked = asked.into_iter().flatten();
        all(own, given, asked, &self.network.transport, &self.tools.inherited.0)
    }
}

/// What nothing may tell of variables of which no settings are made, be one of them invalid.
pub fn secrets_of(variables: &Variables) -> Vec<Secret> {
    /// Which have the form of their setting.
    const FORMS: [(&str, Form); 6] = [
        ("AZURE_CLIENT_ID", Form::Guid),
        ("AZURE_FEDERATED_TOKEN_FILE", Form::Path),
        ("AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID", Form::Guid),
        ("AZURE_REGIONAL_AUTHORITY_NAME", Form::Word),
        ("AZURE_TENANT_ID", Form::Tenant),
        ("DEFAULT_IDENTITY_CLIENT_ID", Form::Guid),
    ];
    /// Which are addresses that are asked.
    const ASKED: [&str; 7] = [
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "AZURE_AUTHORITY_HOST",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST",
        "IDENTITY_ENDPOINT",
        "IMDS_ENDPOINT",
        "MSI_ENDPOINT",
        "SYSTEM_OIDCREQUESTURI",
    ];
    let own = SECRETS.into_iter().filter_map(|name| variables.secret(name));
    let given = FORMS.into_iter().filter_map(|(name, form)| Some((form, variables.get(name)?)));
    let asked = ASKED.into_iter().filter_map(|name| variables.get(name));
    all(own, given, asked, &TransportSettings::read(variables, &NetworkOptions::default()), variables)
}

/// What of `own` secrets, of values of a form, of addresses that are `asked`, of proxies and of the variables nothing may tell.
fn all<'a>(
    own: impl Iterator<Item = Secret>,
    given: impl Iterator<Item = (Form, &'a str)>,
    asked: impl Iterator<Item = &'a str>,
    transport: &TransportSettings,
    variables: &Variables,
) -> Vec<Secret> {
    let environment = &variables.values;
    let given = given.filter(|(form, value)| shown::is_misplaced(*form, value)).map(|(_, value)| Secret::new(value));
    let is_proxy = |(name, _): &(&String, &String)| name.to_ascii_uppercase().ends_with("PROXY");
    let proxies = environment.iter().filter(is_proxy).map(|(_, proxy)| proxy);
    let proxies = proxies.chain(transport.proxy.iter().map(|(_, proxy)| proxy));
    let login = |value: &String| login_in(value.split_once("://")?.1)?.split_once(':').map(|(_, it)| Secret::new(it));
    let logins = environment.values().filter_map(login).chain(proxies.flat_map(|proxy| of_proxy(proxy)));
    let all = own.chain(of_environment(variables)).chain(transport.misplaced()).chain(given).chain(logins);
    let all = all.chain(asked.flat_map(of_address));
    // The name of a variable whose value nothing filled in, as `$(AZURE_CLIENT_SECRET)`: what to do names it as well.
    let is_name = |secret: &Secret| environment.contains_key(secret.expose().trim_matches(|c| "$(){}%".contains(c)));
    let mut secrets: Vec<Secret> = all.filter(|secret| is_no_word(secret.expose()) && !is_name(secret)).collect();
    // The longest first: without a shorter one in it, it would not be found any more.
    secrets.sort_by(|one, other| (other.expose().len(), one.expose()).cmp(&(one.expose().len(), other.expose())));
    secrets.dedup();
    secrets
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
    let Some(address) = readable(text) else { return Vec::new() };
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

/// `text` as an address. The parser refuses letters beyond ASCII in a host, and behind such a host can be a secret all the same.
fn readable(text: &str) -> Option<Url> {
    crate::address::parse(text).ok().or_else(|| in_ascii(text)).filter(Url::has_host)
}

fn in_ascii(text: &str) -> Option<Url> {
    let begin = text.find("://")? + "://".len();
    let end = text[begin..].find(['/', '?', '#', '\\']).map_or(text.len(), |end| begin + end);
    let host: String =
        text[begin..end].chars().map(|letter| if letter.is_ascii() && letter != '%' { letter } else { 'x' }).collect();
    crate::address::parse(&format!("{}{host}{}", &text[..begin], &text[end..])).ok()
}

/// The user name and the password in `address`, which begins behind `://`. A password can hold a sign that should have been
/// percent-encoded, and then the parser finds none.
fn login_in(address: &str) -> Option<&str> {
    shown::login(address).map(|end| &address[..end])
}

/// What of a proxy's address, which can be without a scheme, leads to no host.
fn of_proxy(text: &str) -> Vec<Secret> {
    let login = login_in(text.split_once("://").map_or(text, |(_, rest)| rest));
    let password = login.map(|login| login.split_once(':').map_or(login, |(_, password)| password));
    let address = readable(text).or_else(|| readable(&format!("http://{text}")));
    let behind = address.iter().flat_map(|address| [address.query(), address.fragment()]);
    behind.chain([password, login]).flatten().map(Secret::new).collect()
}

#[cfg(test)]
mod tests {
    use crate::secret::redact;
    use crate::test_support::{secret, settings};

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
            ("HTTPS_PROXY", format!("http://proxy.example:8080:joe:{password}")),
            ("http_proxy", format!("proxy.example:8080:joe:{password}")),
            ("ALL_PROXY", format!("http://proxy.example:8080/joe:{password}")),
            ("HTTPS_PROXY", format!("joe:a/{password}@proxy.example:8080")),
            ("HTTPS_PROXY", format!("joe:{}x7!@proxy.example:8080", &password[..4])),
            ("IDENTITY_ENDPOINT", format!("http://127.0.0.1:1/msi/token?code={password}")),
            ("IDENTITY_ENDPOINT", format!("http://bücher.example/msi/token?code={password}")),
            ("HTTPS_PROXY", format!("http://BÜCHER.example/?code={password}")),
            ("IDENTITY_ENDPOINT", format!("http://b%20cher.example/?code={password}")),
            ("HTTPS_PROXY", format!("bücher.example#{password}")),
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
    fn the_value_of_a_secret_is_known_whatever_its_form() {
        for value in [
            "joe:Tiger7horse",
            "Tiger7horse",
            "swordfish",
            "72f988bf-86f1-41af-91ab-2d7cd011db47",
            "contoso.onmicrosoft.com",
            "https://login.microsoftonline.us/",
            "https://joe:Tiger7horse@h.example/x?y=z#t",
            "127.0.0.1:8080",
            "proxy.example:8080",
            "/var/run/secrets/token",
            "C:\\certs\\a.pfx",
            "Visual Studio Enterprise",
            "prod,dev",
            "ManagedIdentityCredential",
            "api://x/.default",
            "Server=db.example;Password=tiger-horse",
            "{\"a\":\"tiger-horse\"}",
            "tiger horse\tmonday",
            "'tiger horse'",
            "$TIGER_HORSE",
            "$(tiger horse)",
            "a\\nb\\tc%41%42",
            "tiger&amp;horse",
            "[tiger;1m]",
        ] {
            for name in [
                "AZURE_CLIENT_SECRET",
                "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                "IDENTITY_HEADER",
                "MSI_SECRET",
                "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
                "AZURE_OPENAI_ENTRA_PLACEHOLDER",
                "SYSTEM_ACCESSTOKEN",
                "AZURE_PASSWORD",
                "AZD_AUTH_KEY",
            ] {
                let secrets = settings(&[(name, value)]).secrets();
                let told = redact(&format!("({value})"), &secrets.iter().collect::<Vec<_>>());
                assert_eq!(told, "([redacted])", "{name}");
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
