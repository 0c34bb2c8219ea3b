use serde_json::{Value, json};

use crate::credential::tests::ask;
use crate::credential::{Credential, Token};
use crate::error::{Attempt, Code};
use crate::test_support::{FakeSystem, secret, settings, token_body};

/// Asks for a token of `tenant` as an application, with an authority that answers `instance` and `openid`.
async fn ask_authority(
    fake: &FakeSystem,
    host: &str,
    tenant: &str,
    instance: Option<Value>,
    openid: Option<Value>,
) -> Result<Token, Attempt> {
    for answer in [instance, openid].into_iter().flatten() {
        fake.http.answer(200, answer.to_string());
    }
    fake.http.answer(200, token_body(&secret("token"), 3600));
    let (authority, secret) = (format!("https://{host}"), secret("client-secret"));
    let variables = [
        ("AZURE_AUTHORITY_HOST", &*authority),
        ("AZURE_TENANT_ID", tenant),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", &*secret),
    ];
    ask(fake, Credential::Environment, &settings(&variables)).await
}

/// Where the secret went.
fn posts(fake: &FakeSystem) -> Vec<String> {
    let posts = fake.http.sent().into_iter().filter(|request| request.starts_with("POST "));
    posts.map(|request| request.lines().next().unwrap_or_default().trim_start_matches("POST ").to_owned()).collect()
}

const PRIVATE: &str = "login.private.example";
const ISSUER: &str = "https://login.private.example/t/v2.0";

fn metadata(aliases: &[&str], preferred: &str) -> Value {
    json!({ "metadata": [
        { "preferred_network": "login.microsoftonline.com", "aliases": ["login.microsoftonline.com"] },
        { "preferred_network": preferred, "aliases": aliases },
    ] })
}

#[tokio::test(start_paused = true)]
async fn no_secret_follows_a_configuration_to_a_foreign_host() {
    let ours = "https://login.private.example/t/token";
    for (endpoint, issuer, foreign) in [
        ("https://evil.example/t/token", json!(ISSUER), "evil.example"),
        ("https://login.private.example.evil.example/", json!(ISSUER), "login.private.example.evil.example"),
        ("https://login.private.example@evil.example/", json!(ISSUER), "evil.example"),
        ("https://evil.login.private.example/", json!(ISSUER), "evil.login.private.example"),
        ("https://private.example/", json!(ISSUER), "private.example"),
        ("https://login.private.example:8443/", json!(ISSUER), "login.private.example:8443"),
        ("https://127.0.0.1/", json!(ISSUER), "127.0.0.1"),
        ("https://login.microsoftonline.com/t/oauth2/v2.0/token", json!(ISSUER), "login.microsoftonline.com"),
        (ours, json!("https://evil.example/t/v2.0"), "evil.example"),
        (ours, json!("http://login.private.example/t/v2.0"), "login.private.example"),
        (ours, json!("https://evil.ciamlogin.com/"), "evil.ciamlogin.com"),
        (ours, json!("no URL"), "which is no URL"),
    ] {
        let fake = FakeSystem::new();
        let openid = json!({ "token_endpoint": endpoint, "issuer": issuer });
        let attempt = ask_authority(&fake, PRIVATE, "t", Some(json!({})), Some(openid)).await.err().unwrap();
        assert_eq!(attempt.failure.code, Code::Configuration, "{endpoint}");
        assert!(attempt.failure.reason.ends_with(&format!("of another host, {foreign}")), "{}", attempt.failure.reason);
        assert_eq!((posts(&fake).len(), fake.http.count()), (0, 2), "{endpoint}");
    }
}

#[tokio::test(start_paused = true)]
async fn endpoints_of_the_authority_by_any_of_its_names_are_taken() {
    let names = || Some(metadata(&["Login.Private.Example", "sts.private.example"], "sts.private.example"));
    for (host, instance, endpoint, issuer) in [
        (PRIVATE, Some(json!({})), "https://login.private.example/t/token", Some(ISSUER)),
        (PRIVATE, Some(json!({})), "https://LOGIN.private.example:443/t/token", None),
        (PRIVATE, names(), "https://sts.private.example/t/token", Some("https://sts.private.example/t")),
        (PRIVATE, names(), "https://login.private.example/t/token", Some(ISSUER)),
        (PRIVATE, Some(json!({})), "https://login.private.example/token", Some("https://sts.windows.net/t/")),
        (PRIVATE, Some(json!({})), "https://login.private.example/token", Some("https://t.ciamlogin.com/t/v2.0")),
        ("eu.login.microsoft.com", Some(json!({})), "https://login.microsoftonline.com/t/token", None),
        ("private.example:8443", Some(json!({})), "https://private.example:8443/t/token", None),
    ] {
        let fake = FakeSystem::new();
        let mut openid = json!({ "token_endpoint": endpoint });
        if let Some(issuer) = issuer {
            openid["issuer"] = json!(issuer);
        }
        let outcome = ask_authority(&fake, host, "t", instance, Some(openid)).await;
        assert!(outcome.is_ok(), "{endpoint}: {}", outcome.err().unwrap().failure.reason);
        assert_eq!(posts(&fake), [url::Url::parse(endpoint).unwrap().as_str()]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_preferred_network_is_asked() {
    let openid = json!({ "token_endpoint": "https://net.private.example/t/token" });
    for (preferred, openid, asked) in [
        ("net.private.example", Some(openid), "https://net.private.example/t/token"),
        ("login.microsoftonline.us", None, "https://login.microsoftonline.us/t/oauth2/v2.0/token"),
    ] {
        let fake = FakeSystem::new();
        let instance = metadata(&[PRIVATE, preferred], preferred);
        assert!(ask_authority(&fake, PRIVATE, "t", Some(instance), openid.clone()).await.is_ok());
        assert_eq!(posts(&fake), [asked]);
        let configuration = format!("GET https://{preferred}/t/v2.0/.well-known/openid-configuration");
        assert_eq!(fake.http.sent().contains(&configuration), openid.is_some());
    }
    // Not if the authority is not one of the names.
    let fake = FakeSystem::new();
    let others = metadata(&["login.other.example"], "evil.example");
    let openid = json!({ "token_endpoint": "https://login.private.example/t/token" });
    assert!(ask_authority(&fake, PRIVATE, "t", Some(others), Some(openid)).await.is_ok());
    assert_eq!(posts(&fake), ["https://login.private.example/t/token"]);
}

#[tokio::test(start_paused = true)]
async fn instance_discovery_is_not_asked_about_external_id() {
    let (fake, host) = (FakeSystem::new(), "contoso.ciamlogin.com");
    let openid = json!({
        "token_endpoint": "https://contoso.ciamlogin.com/t/oauth2/v2.0/token",
        "issuer": "https://t.ciamlogin.com/t/v2.0",
    });
    assert!(ask_authority(&fake, host, "t", None, Some(openid)).await.is_ok());
    assert_eq!(fake.http.sent()[0], "GET https://contoso.ciamlogin.com/t/v2.0/.well-known/openid-configuration");
    assert_eq!(posts(&fake), ["https://contoso.ciamlogin.com/t/oauth2/v2.0/token"]);

    // A host that only looks like one is.
    for host in ["ciamlogin.com.evil.example", "contosociamlogin.com"] {
        let fake = FakeSystem::new();
        let invalid = json!({ "error": "invalid_instance" });
        assert!(ask_authority(&fake, host, "t", Some(invalid), None).await.is_err());
        assert_eq!((posts(&fake).len(), fake.http.count()), (0, 1), "{host}");
    }
}
