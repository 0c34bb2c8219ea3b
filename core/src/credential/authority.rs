//! Where a tenant's token endpoint is: known for Microsoft's clouds, discovered for others, regional on request.

use std::time::Duration;

use url::Url;

use super::context::Fetch;
use super::discovery;
use crate::error::Failure;
use crate::http::request::Request;
use crate::secret::Secret;

/// The hosts of the public cloud, which share regional endpoints.
const PUBLIC_HOSTS: [&str; 4] =
    ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"];
/// IMDS answers within milliseconds or is not there.
const REGION_LIMIT: Duration = Duration::from_secs(2);
const REGION_ENDPOINT: &str =
    "http://169.254.169.254/metadata/instance/compute/location?api-version=2021-02-01&format=text";
/// The value of `AZURE_REGIONAL_AUTHORITY_NAME` that means: find out.
const AUTO_DISCOVER: &str = "AutoDiscoverRegion";

/// The token endpoint of `tenant` under the configured authority.
///
/// # Errors
/// `Configuration` if Microsoft does not know the authority, or the authority names a foreign token endpoint.
pub(super) async fn token_endpoint(fetch: &Fetch<'_>, tenant: &str) -> Result<Url, Failure> {
    let settings = fetch.settings;
    let region = settings.entra.region.as_deref();
    // What decides whether Microsoft was asked, and which region is meant, is part of the name.
    let name = format!(
        "{}|{tenant}|{}|{}|{}",
        settings.entra.authority,
        settings.entra.instance_discovery_disabled,
        region.unwrap_or_default(),
        settings.entra.region_name.as_deref().unwrap_or_default()
    );
    let discovered = (settings.network.way(&settings.network.transport), name);
    if let Some(endpoint) = fetch.memory.authorities.get(&discovered, fetch.system.clock.now()) {
        return Ok(endpoint);
    }
    let instance = discovery::instance(fetch, tenant).await?;
    let mut is_certain = true;
    let endpoint = if instance.is_known() {
        conventional(&instance.network, tenant)
    } else {
        let discovered = discovery::token_endpoint(fetch, &instance, tenant).await?;
        is_certain = discovered.is_some();
        discovered.unwrap_or_else(|| conventional(&instance.network, tenant))
    };
    let endpoint = match region {
        Some(region) if tenant != "adfs" => regional(fetch, endpoint, region).await,
        _ => endpoint,
    };
    // An assumption made without a response is dropped when the authority has recovered.
    if is_certain {
        fetch.memory.authorities.insert(discovered, endpoint.clone(), fetch.system.clock.now());
    }
    Ok(endpoint)
}

/// The address that Microsoft's authorities have by convention.
pub(super) fn conventional(authority: &Url, tenant: &str) -> Url {
    let mut endpoint = authority.clone();
    // AD FS has no tenants and no version 2.
    endpoint.set_path(&if tenant == "adfs" {
        "/adfs/oauth2/token".into()
    } else {
        format!("/{tenant}/oauth2/v2.0/token")
    });
    endpoint
}

/// The endpoint of a region; the global one if the region cannot be discovered or is no name.
async fn regional(fetch: &Fetch<'_>, endpoint: Url, region: &str) -> Url {
    let region = if region == AUTO_DISCOVER { detect_region(fetch).await } else { Some(region.to_owned()) };
    let Some(region) = region.filter(|region| is_region(region)) else {
        tracing::warn!("the region is unknown; using the global authority");
        return endpoint;
    };
    let host = endpoint.host_str().unwrap_or_default();
    let base = if PUBLIC_HOSTS.contains(&host) { "login.microsoft.com" } else { host };
    let mut regional = endpoint.clone();
    match regional.set_host(Some(&format!("{region}.{base}"))) {
        Ok(()) => regional,
        Err(_) => endpoint,
    }
}

/// A region becomes a DNS label.
fn is_region(region: &str) -> bool {
    region.len() <= 63
        && region.starts_with(|c: char| c.is_ascii_alphabetic())
        && !region.ends_with('-')
        && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// `REGION_NAME`, as App Service sets it, else what IMDS says.
async fn detect_region(fetch: &Fetch<'_>) -> Option<String> {
    if let Some(region) = &fetch.settings.entra.region_name {
        return Some(region.to_lowercase().replace(' ', ""));
    }
    let request = Request {
        time_limit: REGION_LIMIT,
        ..Request::get(crate::address::parse(REGION_ENDPOINT).ok()?).header("metadata", Secret::new("true"))
    };
    let answer = fetch.http.send(&fetch.settings.network.transport, request).await.ok()?;
    (answer.status == 200).then(|| answer.body.expose().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::deadline::Deadline;
    use crate::credential::memory::Memory;
    use crate::credential::tests::ask;
    use crate::credential::{Credential, TokenRequest};
    use crate::error::Code;
    use crate::settings::{AppCredential, CredentialOptions, NetworkOptions, Settings};
    use crate::test_support::{FakeSystem, secret, settings, settings_with, token_body};

    async fn endpoint(fake: &FakeSystem, memory: &Memory, variables: &[(&str, &str)]) -> Result<String, Failure> {
        endpoint_by(fake, memory, settings(variables)).await
    }

    async fn endpoint_by(fake: &FakeSystem, memory: &Memory, settings: Settings) -> Result<String, Failure> {
        let request = TokenRequest::new(vec!["s".into()], None, None).unwrap();
        let (system, http, deadline) = (fake.system(), fake.http(), Deadline::new(&settings));
        let fetch = Fetch {
            system: &system,
            http: &*http,
            settings: &settings,
            request: &request,
            memory,
            app: None,
            deadline: &deadline,
        };
        let tenant = settings.principal.tenant_id.clone().unwrap_or_else(|| "t".to_owned());
        token_endpoint(&fetch, &tenant).await.map(|url| url.to_string())
    }

    const OWN: (&str, &str) = ("AZURE_AUTHORITY_HOST", "https://login.private.example");
    const DISCOVERY: &str = "GET https://login.microsoftonline.com/common/discovery/instance?api-version=1.1&\
                             authorization_endpoint=https%3A%2F%2Flogin.private.example%2Ft%2Foauth2%2Fv2.0%2Fauthorize";
    const KNOWN: &str = r#"{"tenant_discovery_endpoint":"https://x","metadata":[]}"#;
    const CONFIGURATION: &str = "GET https://login.private.example/t/v2.0/.well-known/openid-configuration";

    #[tokio::test(start_paused = true)]
    async fn known_hosts_are_not_discovered() {
        for host in discovery::KNOWN_HOSTS {
            let fake = FakeSystem::new();
            let authority = format!("https://{host}/");
            let found = endpoint(&fake, &Memory::default(), &[("AZURE_AUTHORITY_HOST", &authority)]).await.unwrap();
            assert_eq!(found, format!("https://{host}/t/oauth2/v2.0/token"));
            assert_eq!(fake.http.count(), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_authority_that_was_taken_unchecked_is_checked_for_others() {
        const UNCHECKED: (&str, &str) = ("AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY", "true");
        let (fake, memory) = (FakeSystem::new(), Memory::default());
        fake.http.answer(200, r#"{"token_endpoint":"https://login.private.example/t/token"}"#);
        assert!(endpoint(&fake, &memory, &[OWN, UNCHECKED]).await.is_ok());
        assert_eq!(fake.http.sent(), [CONFIGURATION]);
        fake.http.answer(400, r#"{"error":"invalid_instance"}"#);
        let refused = endpoint(&fake, &memory, &[OWN]).await.err().unwrap();
        assert_eq!((refused.code, fake.http.sent()[1].as_str()), (Code::Configuration, DISCOVERY));
        // Still no question for those that want none.
        assert!(endpoint(&fake, &memory, &[OWN, UNCHECKED]).await.is_ok());
        assert_eq!(fake.http.count(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_region_that_moves_is_asked_anew() {
        const AUTO: (&str, &str) = ("AZURE_REGIONAL_AUTHORITY_NAME", AUTO_DISCOVER);
        let (fake, memory) = (FakeSystem::new(), Memory::default());
        for region in ["westus", "eastus"] {
            let found = endpoint(&fake, &memory, &[AUTO, ("REGION_NAME", region)]).await.unwrap();
            assert_eq!(found, format!("https://{region}.login.microsoft.com/t/oauth2/v2.0/token"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_unknown_host_is_discovered_once() {
        let (fake, memory) = (FakeSystem::new(), Memory::default());
        fake.http.answer(200, KNOWN);
        fake.http.answer(200, r#"{"token_endpoint":"https://login.private.example/t/token"}"#);
        for _ in 0..2 {
            assert_eq!(endpoint(&fake, &memory, &[OWN]).await.unwrap(), "https://login.private.example/t/token");
        }
        assert_eq!(fake.http.sent(), [DISCOVERY, CONFIGURATION]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_discovered_is_believed_for_a_day_unless_it_is_no_endpoint() {
        let (fake, memory) = (FakeSystem::new(), Memory::default());
        for at in ["a", "b", "c"] {
            let told = format!("https://login.private.example/{at}");
            fake.http.answer(200, KNOWN);
            fake.http.answer(200, format!(r#"{{"token_endpoint":"{told}"}}"#));
            for _ in 0..2 {
                assert_eq!(endpoint(&fake, &memory, &[OWN]).await.unwrap(), told);
            }
            match at {
                "a" => tokio::time::sleep(Duration::from_secs(24 * 60 * 60)).await,
                _ => memory.authorities.forget(&crate::address::parse(&told).unwrap()),
            }
        }
        assert_eq!(fake.http.count(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_way_tells_of_an_authority_is_not_believed_by_another() {
        let sender = |object| Some(AppCredential::Object { bridge: 1, object });
        let ways = [
            (vec![], NetworkOptions::default()),
            (vec![("HTTPS_PROXY", "http://proxy.example:8080")], NetworkOptions::default()),
            (
                vec![("HTTPS_PROXY", "http://proxy.example:8080"), ("NO_PROXY", ".private.example")],
                NetworkOptions::default(),
            ),
            (vec![("NODE_EXTRA_CA_CERTS", "/own.pem")], NetworkOptions::default()),
            (vec![("SSL_CERT_FILE", "/own.pem")], NetworkOptions::default()),
            (vec![("AZURE_OPENAI_ENTRA_TRANSPORT", "node")], NetworkOptions::default()),
            (vec![], NetworkOptions { proxy: Some("http://proxy.example:8080".into()), ..NetworkOptions::default() }),
            (vec![], NetworkOptions { host: Some(1), sender: sender(1), ..NetworkOptions::default() }),
            (vec![], NetworkOptions { host: Some(1), sender: sender(2), ..NetworkOptions::default() }),
        ];
        let (fake, memory) = (FakeSystem::new(), Memory::default());
        for round in 0..2 {
            for (at, (variables, network)) in ways.iter().enumerate() {
                let told = format!("https://login.private.example/{at}");
                if round == 0 {
                    fake.http.answer(200, KNOWN);
                    fake.http.answer(200, format!(r#"{{"token_endpoint":"{told}"}}"#));
                }
                let options = CredentialOptions { network: network.clone(), ..CredentialOptions::default() };
                let settings = settings_with(&[variables.as_slice(), &[OWN]].concat(), &options);
                assert_eq!(endpoint_by(&fake, &memory, settings).await.unwrap(), told);
            }
        }
        assert_eq!(fake.http.count(), 2 * ways.len());
    }

    #[tokio::test(start_paused = true)]
    async fn a_discovery_that_failed_is_made_up_for() {
        let (fake, memory) = (FakeSystem::new(), Memory::default());
        let switched_off = [OWN, ("AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY", "true")];
        fake.http.fail(Code::Network, "connection refused");
        let assumed = endpoint(&fake, &memory, &switched_off).await.unwrap();
        assert_eq!(assumed, "https://login.private.example/t/oauth2/v2.0/token");
        fake.http.answer(200, r#"{"token_endpoint":"https://login.private.example/t/token"}"#);
        let found = endpoint(&fake, &memory, &switched_off).await.unwrap();
        assert_eq!(found, "https://login.private.example/t/token");
    }

    #[tokio::test(start_paused = true)]
    async fn discovery_goes_on_without_configuration() {
        for (status, configuration) in
            [(200, "{}"), (200, "<html>"), (200, r#"{"token_endpoint":"http://plain.example/"}"#), (404, "")]
        {
            let fake = FakeSystem::new();
            fake.http.answer(200, KNOWN);
            fake.http.answer(status, configuration);
            let found = endpoint(&fake, &Memory::default(), &[OWN]).await.unwrap();
            assert_eq!(found, "https://login.private.example/t/oauth2/v2.0/token", "{configuration}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_can_be_switched_off_by_option_and_by_variable() {
        let by_variable = [OWN, ("AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY", "true")];
        let fake = FakeSystem::new();
        assert!(endpoint(&fake, &Memory::default(), &by_variable).await.is_ok());
        assert_eq!(fake.http.sent(), [CONFIGURATION]);

        let options = CredentialOptions { disable_instance_discovery: true, ..CredentialOptions::default() };
        assert!(settings_with(&[OWN], &options).entra.instance_discovery_disabled);
    }

    #[tokio::test(start_paused = true)]
    async fn adfs_has_its_own_endpoints() {
        let fake = FakeSystem::new();
        let variables = [OWN, ("AZURE_TENANT_ID", "adfs")];
        let found = endpoint(&fake, &Memory::default(), &variables).await.unwrap();
        assert_eq!(found, "https://login.private.example/adfs/oauth2/token");
        assert_eq!(fake.http.sent(), ["GET https://login.private.example/adfs/.well-known/openid-configuration"]);
    }

    #[tokio::test(start_paused = true)]
    async fn regions() {
        let region = |name: &'static str| ("AZURE_REGIONAL_AUTHORITY_NAME", name);
        for (variables, found, asked) in [
            (vec![region("westus")], "https://westus.login.microsoft.com/t/oauth2/v2.0/token", 0),
            (
                vec![region("usgovvirginia"), ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us")],
                "https://usgovvirginia.login.microsoftonline.us/t/oauth2/v2.0/token",
                0,
            ),
            (
                vec![region("AutoDiscoverRegion"), ("REGION_NAME", "West Europe")],
                "https://westeurope.login.microsoft.com/t/oauth2/v2.0/token",
                0,
            ),
            (vec![region("AutoDiscoverRegion")], "https://eastus.login.microsoft.com/t/oauth2/v2.0/token", 1),
            (vec![region("evil.example/")], "https://login.microsoftonline.com/t/oauth2/v2.0/token", 0),
        ] {
            let fake = FakeSystem::new();
            fake.http.answer(200, "eastus");
            assert_eq!(endpoint(&fake, &Memory::default(), &variables).await.unwrap(), found);
            assert_eq!(fake.http.count(), asked);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_token_is_asked_for_where_discovery_says() {
        let (fake, secret) = (FakeSystem::new(), secret("client-secret"));
        fake.http.answer(200, KNOWN);
        fake.http.answer(200, r#"{"token_endpoint":"https://login.private.example/t/token"}"#);
        fake.http.answer(200, token_body("t", 3600));
        let variables =
            [OWN, ("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", secret.as_str())];
        assert!(ask(&fake, Credential::Environment, &settings(&variables)).await.is_ok());
        assert!(fake.http.sent()[2].starts_with("POST https://login.private.example/t/token\n"));
    }
}
