//! Sources of tokens, one file each, and the chain that joins them.

mod app_credential;
mod authority;
mod azure_cli;
mod azure_developer_cli;
mod azure_powershell;
mod certificate;
pub mod chain;
mod deadline;
mod developer_tool;
mod discovery;
mod environment;
mod expiry;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod managed_identity;
pub mod reachability;
mod service_principal;
mod token_response;
mod workload_identity;

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::{Attempt, Code, Error, Failure, Outcome};
use crate::http::request::{Http, Request, Response};
use crate::http::retry::RetryPolicy;
use crate::secret::Secret;
use crate::settings::{Settings, check_tenant};
use crate::shown::{self, Form, described, quoted, shown, shown_if};
use crate::system::{System, Timestamp};

use deadline::Patience;

pub use app_credential::{HostCredential, HostCredentials};

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

    /// Asks the source.
    ///
    /// # Errors
    /// Why it gave no token, and whether the chain goes on.
    async fn get_token(self, fetch: &Fetch<'_>) -> Result<Token, Attempt> {
        let result = match self {
            Self::Environment => environment::get_token(fetch).await,
            Self::WorkloadIdentity => workload_identity::get_token(fetch).await,
            Self::ManagedIdentity => managed_identity::get_token(fetch).await,
            Self::VisualStudioCode => app_credential::get_token(fetch, HostCredential::VisualStudioCode).await,
            Self::AzureCli => azure_cli::get_token(fetch).await,
            Self::AzurePowerShell => azure_powershell::get_token(fetch).await,
            Self::AzureDeveloperCli => azure_developer_cli::get_token(fetch).await,
            Self::Broker => app_credential::get_token(fetch, HostCredential::Broker).await,
            Self::App => app_credential::get_token(fetch, HostCredential::App).await,
        };
        result.map_err(|failure| {
            let failure = failure.scrubbed();
            Attempt { credential: self.name(), outcome: self.outcome(&failure), failure }
        })
    }

    /// The environment names its service principal on purpose, so its refusal ends the chain; the others are
    /// found by looking, so theirs does not.
    fn outcome(self, failure: &Failure) -> Outcome {
        match self {
            Self::Environment if failure.code != Code::Unavailable => Outcome::Failed,
            _ => Outcome::Unavailable,
        }
    }
}

/// What a caller asks for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    /// In the caller's order, without repetition, one each, not empty.
    pub scopes: Vec<String>,
    /// Another tenant than the configured one.
    pub tenant: Option<String>,
    /// A claims challenge, as JSON text.
    pub claims: Option<String>,
}

impl TokenRequest {
    /// A request for `scopes`.
    ///
    /// # Errors
    /// `Configuration` where there is none or one is not a scope.
    pub fn new(scopes: Vec<String>, tenant: Option<String>, claims: Option<String>) -> Result<Self, Failure> {
        if scopes.is_empty() {
            return Err(Failure::configuration("no scope is given")
                .next("give one, such as https://cognitiveservices.azure.com/.default"));
        }
        if let Some(scope) = scopes.iter().find(|scope| !is_scope_list(scope)) {
            let reason = format!("the scope is {}, which is not a scope", quoted(Form::Scope, scope));
            return Err(
                Failure::configuration(reason).next("give one such as https://cognitiveservices.azure.com/.default")
            );
        }
        if let Some(tenant) = &tenant {
            check_tenant("tenantId", tenant)?;
        }
        if let Some(claims) = &claims
            && !serde_json::from_str::<serde_json::Value>(claims).is_ok_and(|claims| claims.is_object())
        {
            return Err(Failure::configuration("claims is not a JSON object")
                .next("hand on the decoded claims of the WWW-Authenticate challenge"));
        }
        let mut seen = HashSet::new();
        let each = scopes.iter().flat_map(|list| list.split_ascii_whitespace()).map(str::to_owned);
        let scopes = each.filter(|scope| seen.insert(scope.clone())).collect();
        Ok(Self { scopes, tenant, claims })
    }

    /// The scopes as statistics, health and events may show them.
    pub fn shown_scopes(&self) -> Vec<String> {
        self.scopes.iter().map(|scope| shown(Form::Scope, scope)).collect()
    }

    /// The same of the tenant.
    pub fn shown_tenant(&self) -> Option<String> {
        shown_if(Form::Tenant, self.tenant.as_deref())
    }

    /// The resource of the one scope, as managed identity and `az` want it.
    ///
    /// # Errors
    /// `Configuration` where there are several scopes.
    fn resource(&self) -> Result<&str, Failure> {
        match self.scopes.as_slice() {
            [scope] => match scope.strip_suffix("/.default").unwrap_or(scope) {
                "" => Err(Failure::configuration("the scope names no resource")
                    .next("ask for one such as https://cognitiveservices.azure.com/.default")),
                resource => Ok(resource),
            },
            _ => Err(Failure::configuration("Multiple scopes are not supported")
                .next("ask for one scope such as https://cognitiveservices.azure.com/.default")),
        }
    }
}

/// RFC 6749, section 3.3: a list that blanks separate. Mostly of one, perhaps with the line break of a file behind it.
fn is_scope_list(list: &str) -> bool {
    let is_scope = |scope: &str| scope.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
    list.split_ascii_whitespace().next().is_some() && list.split_ascii_whitespace().all(is_scope)
}

/// An access token.
#[derive(Clone)]
pub struct Token {
    /// The token itself.
    pub secret: Secret,
    /// When it expires.
    pub expires_on: Timestamp,
    /// From when the endpoint wants it refreshed, where it says so.
    pub refresh_on: Option<Timestamp>,
}

/// One walk through the chain: what sources are handed.
struct Fetch<'a> {
    system: &'a System,
    http: &'a Arc<dyn Http>,
    settings: &'a Settings,
    request: &'a TokenRequest,
    memory: &'a Memory,
    /// The app's own credentials, where the fetch has a way to them.
    host: Option<&'a dyn HostCredentials>,
    patience: &'a Patience,
}

/// What sources find out about their surroundings and need not ask again.
#[derive(Default)]
struct Memory {
    imds: managed_identity::ImdsMemory,
    authorities: authority::AuthorityMemory,
}

impl Fetch<'_> {
    /// Sends `request`, and again as `policy` and the options say.
    ///
    /// # Errors
    /// The transport's, after the last try.
    async fn send(&self, policy: RetryPolicy, request: &Request) -> Result<Response, Failure> {
        policy.with(self.settings.retry).send(self.system, &**self.http, &self.settings.transport, request).await
    }

    /// The tenant to ask, given the one that the source is configured for.
    ///
    /// # Errors
    /// `Configuration` where the call names a tenant that is not allowed, or a tenant is no tenant.
    fn tenant(&self, configured: Option<&str>) -> Result<Option<String>, Failure> {
        let settings = self.settings;
        let asked = match self.request.tenant.as_deref() {
            _ if settings.multi_tenant_disabled || configured == Some("adfs") => configured,
            Some(asked) => Some(asked),
            None => configured,
        };
        if let (Some(configured), Some(asked)) = (configured, asked)
            && !configured.eq_ignore_ascii_case(asked)
            && !settings.allowed_tenants.iter().any(|t| t == "*" || t.eq_ignore_ascii_case(asked))
        {
            let asked = shown(Form::Tenant, asked);
            return Err(Failure::configuration(format!(
                "the call asks for the tenant {asked}, which is not among the AdditionallyAllowedTenants"
            ))
            .next(format!("add {asked} (or *) to additionallyAllowedTenants or AZURE_ADDITIONALLY_ALLOWED_TENANTS")));
        }
        if let Some(configured) = configured {
            let is_option = settings.tenant_option.as_deref() == Some(configured);
            let name = if is_option { "tenantId" } else { "AZURE_TENANT_ID" };
            check_tenant(name, configured)?;
        }
        Ok(asked.map(str::to_owned))
    }
}

/// The path in the variable `name`.
///
/// # Errors
/// `Configuration` where it holds what should be in the file.
fn check_path(name: &str, path: &str) -> Result<(), Failure> {
    if shown::kind(path).is_none() && !path.contains(['\n', '\r']) {
        return Ok(());
    }
    Err(Failure::configuration(format!("{name} holds {}, not a path", described(path)))
        .next(format!("write it to a file and set {name} to the path of the file")))
}

/// Joins names for a sentence: `a`, `a and b`, `a, b and c`.
fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// `A is not set`, `A and B are not set`, from pairs of name and whether it is set; none where all are.
fn unset(variables: &[(&str, bool)]) -> Option<String> {
    let missing: Vec<&str> = variables.iter().filter(|(_, set)| !set).map(|(name, _)| *name).collect();
    match missing.len() {
        0 => None,
        1 => Some(format!("{} is not set", missing[0])),
        _ => Some(format!("{} are not set", list(&missing))),
    }
}

/// The outcome of a chain: a token and who gave it.
#[derive(Clone)]
pub struct Acquired {
    /// The token.
    pub token: Token,
    /// Who gave it.
    pub credential: Credential,
}

/// What a chain gives.
pub type Acquisition = Result<Acquired, Error>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::CredentialOptions;
    use crate::test_support::{World, secret, settings, settings_with};

    /// Asks one source for Azure OpenAI's scope.
    pub(super) async fn ask(world: &World, credential: Credential, settings: &Settings) -> Result<Token, Attempt> {
        let scopes = vec![settings.openai_scope()];
        ask_for(world, credential, settings, &TokenRequest::new(scopes, None, None).unwrap()).await
    }

    pub(super) async fn ask_for(
        world: &World,
        credential: Credential,
        settings: &Settings,
        request: &TokenRequest,
    ) -> Result<Token, Attempt> {
        let (system, memory, patience) = (world.system(), Memory::default(), Patience::new(settings));
        let http = world.http();
        let fetch =
            Fetch { system: &system, http: &http, settings, request, memory: &memory, host: None, patience: &patience };
        credential.get_token(&fetch).await
    }

    #[test]
    fn scopes_are_scopes_without_repetition() {
        let scopes = |list: &[&str]| {
            let list = list.iter().map(|&scope| scope.to_owned()).collect();
            TokenRequest::new(list, None, None).map(|request| request.scopes)
        };
        assert_eq!(scopes(&["b", "a", "b"]).unwrap(), ["b", "a"]);
        assert!(scopes(&["api://app~1/it's/.default"]).is_ok());
        assert!(scopes(&[]).unwrap_err().reason.contains("no scope"));
        assert_eq!(scopes(&[" b\n", "b a", "c"]).unwrap(), ["b", "a", "c"]);
        for bad in ["", " ", "a\\b", "\"", "ü", "a\u{a0}b"] {
            assert!(scopes(&[bad]).unwrap_err().reason.contains("is not a scope"), "{bad:?}");
        }
    }

    #[test]
    fn the_resource_of_a_scope() {
        for (scopes, resource) in [
            (vec!["https://a/.default"], Ok("https://a")),
            (vec!["https://a//.default"], Ok("https://a/")),
            (vec!["guid"], Ok("guid")),
            (vec!["/.default"], Err("names no resource")),
            (vec!["https://a/.default https://b/.default"], Err("Multiple scopes")),
        ] {
            let request = TokenRequest::new(scopes.into_iter().map(str::to_owned).collect(), None, None).unwrap();
            match (request.resource(), resource) {
                (Ok(given), Ok(wanted)) => assert_eq!(given, wanted),
                (Err(failure), Err(why)) => assert!(failure.reason.contains(why), "{}", failure.reason),
                (given, _) => panic!("{given:?} for {:?}", request.scopes),
            }
        }
    }

    #[test]
    fn claims_are_a_json_object_and_a_tenant_is_a_tenant() {
        let request = |tenant: Option<&str>, claims: Option<&str>| {
            TokenRequest::new(vec!["s".into()], tenant.map(str::to_owned), claims.map(str::to_owned))
        };
        assert!(request(Some("contoso.onmicrosoft.com"), Some(r#"{"access_token":{}}"#)).is_ok());
        for bad in ["", "e30=", "[]", "5"] {
            assert!(request(None, Some(bad)).err().unwrap().reason.contains("claims"), "{bad:?}");
        }
        for bad in ["", "a/b", "a b", "?"] {
            assert!(request(Some(bad), None).err().unwrap().reason.contains("tenantId"), "{bad:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn which_tenant_is_asked() {
        let secret = secret("client-secret");
        let principal =
            [("AZURE_TENANT_ID", "home"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", secret.as_str())];
        for (extra, asked, path) in [
            (("", ""), None, Some("/home/")),
            (("", ""), Some("HOME"), Some("/HOME/")),
            (("", ""), Some("other"), None),
            (("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "a; other"), Some("other"), Some("/other/")),
            (("AZURE_ADDITIONALLY_ALLOWED_TENANTS", "*"), Some("other"), Some("/other/")),
            (("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH", "1"), Some("other"), Some("/home/")),
        ] {
            let world = World::new();
            let mut variables = principal.to_vec();
            variables.push(extra);
            let request = TokenRequest::new(vec!["s/.default".into()], asked.map(str::to_owned), None).unwrap();
            let settings = settings_with(&variables, &CredentialOptions::default());
            let failure = ask_for(&world, Credential::Environment, &settings, &request).await.err().unwrap().failure;
            match path {
                Some(path) => assert!(world.http.sent()[0].contains(path), "{asked:?} with {extra:?}"),
                None => {
                    assert_eq!(world.http.count(), 0);
                    assert!(failure.reason.contains("AdditionallyAllowedTenants"), "{}", failure.reason);
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_is_not_set_up_names_what_is_missing_and_sends_nothing() {
        let world = World::new();
        for (credential, variables, reason) in [
            (Credential::Environment, vec![], "AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set"),
            (
                Credential::Environment,
                vec![("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", " ")],
                "AZURE_CLIENT_SECRET is not set",
            ),
            (
                Credential::WorkloadIdentity,
                vec![("AZURE_FEDERATED_TOKEN_FILE", "/token")],
                "AZURE_TENANT_ID and AZURE_CLIENT_ID are not set",
            ),
            (Credential::AzureCli, vec![], "Azure CLI could not be found"),
            (Credential::AzurePowerShell, vec![], "Unable to execute PowerShell"),
            (Credential::AzureDeveloperCli, vec![], "Azure Developer CLI couldn't be found"),
        ] {
            let attempt = ask(&world, credential, &settings(&variables)).await.err().unwrap();
            assert_eq!(attempt.outcome, Outcome::Unavailable);
            assert_eq!((attempt.failure.code, attempt.failure.reason.as_str()), (Code::Unavailable, reason));
            assert!(attempt.failure.next_step.is_some());
        }
        assert_eq!(world.http.count(), 0);
    }
}
