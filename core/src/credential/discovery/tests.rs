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
    json!({ "tenant_discovery_endpoint": "https://login.microsoftonline.com/common", "metadata": [
        { "preferred_network": "login.microsoftonline.com", "aliases": ["login.microsoftonline.com"] },
        { "preferred_network": preferred, "aliases": aliases },
    ] })
}

/// Microsoft has nothing against an authority, and nothing to say about it.
fn known() -> Value {
    metadata(&[], "login.microsoftonline.com")
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
        let attempt = ask_authority(&fake, PRIVATE, "t", Some(known()), Some(openid)).await.err().unwrap();
        assert_eq!(attempt.failure.code, Code::Configuration, "{endpoint}");
        assert!(attempt.failure.reason.ends_with(&format!("of another host, {foreign}")), "{}", attempt.failure.reason);
        assert_eq!((posts(&fake).len(), fake.http.count()), (0, 2), "{endpoint}");
    }
}

#[tokio::test(start_paused = true)]
async fn endpoints_of_the_authority_by_any_of_its_names_are_taken() {
    let names = || Some(metadata(&["Login.Private.Example", "sts.private.example"], "sts.private.example"));
    for (host, instance, endpoint, issuer) in [
        (PRIVATE, Some(known()), "https://login.private.example/t/token", Some(ISSUER)),
        (PRIVATE, Some(known()), "https://LOGIN.private.example:443/t/token", None),
        (PRIVATE, names(), "https://sts.private.example/t/token", Some("https://sts.private.example/t")),
        (PRIVATE, names(), "https://login.private.example/t/token", Some(ISSUER)),
        (PRIVATE, Some(known()), "https://login.private.example/token", Some("https://sts.windows.net/t/")),
        (PRIVATE, Some(known()), "https://login.private.example/token", Some("https://t.ciamlogin.com/t/v2.0")),
        ("eu.login.microsoft.com", Some(known()), "https://login.microsoftonline.com/t/token", None),
        ("private.example:8443", Some(known()), "https://private.example:8443/t/token", None),
    ] {
        let fake = FakeSystem::new();
        let mut openid = json!({ "token_endpoint": endpoint });
        if let Some(issuer) = issuer {
            openid["issuer"] = json!(issuer);
        }
        let outcome = ask_authority(&fake, host, "t", instance, Some(openid)).await;
        assert!(outcome.is_ok(), "{endpoint}: {}", outcome.err().unwrap().failure.reason);
        assert_eq!(posts(&fake), [crate::address::parse(endpoint).unwrap().as_str()]);
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
    // Not if it is more than a host.
    for preferred in ["evil.example/x", "evil.example#", "a@evil.example", "evil.example?x", "evil.example\\x", " ", ""]
    {
        let fake = FakeSystem::new();
        let instance = metadata(&[PRIVATE, preferred], preferred);
        assert!(ask_authority(&fake, PRIVATE, "t", Some(instance), Some(json!({}))).await.is_ok());
        assert_eq!(posts(&fake), ["https://login.private.example/t/oauth2/v2.0/token"], "{preferred}");
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

#[tokio::test(start_paused = true)]
async fn without_microsofts_word_no_secret_goes_to_an_unknown_authority() {
    let endpoint = r#""tenant_discovery_endpoint":"https://x""#;
    let description = r#""error_description":"AADSTS50049: Unknown instance.""#;
    let no = r#""error":"invalid_instance""#;
    let silent = [
        String::new(),
        "<html>".into(),
        "null".into(),
        "[]".into(),
        "{}".into(),
        "{".into(),
        r#""invalid_instance""#.into(),
        r#"{"metadata":[]}"#.into(),
        format!("{{{endpoint}}}"),
        format!(r#"{{{endpoint},"metadata":null}}"#),
        format!(r#"{{{endpoint},"metadata":{{}}}}"#),
        format!(r#"{{{endpoint},"metadata":[null]}}"#),
        format!(r#"{{{endpoint},"metadata":[{{"preferred_network":1,"aliases":[]}}]}}"#),
        format!(r#"{{{endpoint},"metadata":[{{"preferred_network":"x"}}]}}"#),
        format!(r#"{{{endpoint},"metadata":[["x",["login.private.example"]]]}}"#),
        r#"["https://x",[]]"#.into(),
        r#"["invalid_instance"]"#.into(),
        format!(r#"{{{description}}}"#),
        format!(r#"{{"error":"other",{description},{endpoint},"metadata":null}}"#),
        format!(r#"{{"error":"other",{description},{endpoint},"metadata":[{{}}]}}"#),
        format!(r#"{{"error":["invalid_instance"],{description}}}"#),
        format!(r#"{{"error":null,{description}}}"#),
        r#"{"error":"other"}"#.into(),
    ]
    .map(|body| (body, Code::Network));
    let refused = [
        format!("{{{no}}}"),
        format!("{{{no},{description}}}"),
        format!(r#"{{{no},"metadata":null}}"#),
        format!(r#"{{{no},{endpoint},"metadata":[]}}"#),
        format!(r#"{{{endpoint},"metadata":[{{"aliases":1}}],{no}}}"#),
        format!(r#"{{{no},"error_description":[1]}}"#),
    ]
    .map(|body| (body, Code::Configuration));
    for ((body, code), status) in silent.into_iter().chain(refused).flat_map(|it| [(it.clone(), 200), (it, 400)]) {
        let fake = FakeSystem::new();
        fake.http.answer(status, &body);
        let attempt = ask_authority(&fake, PRIVATE, "t", None, None).await.err().unwrap();
        assert_eq!((attempt.failure.code, posts(&fake).len(), fake.http.count()), (code, 0, 1), "{body}");
        let step = attempt.failure.next_step.unwrap();
        assert!(
            step.contains("set disableInstanceDiscovery or AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY"),
            "{step}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn microsoft_is_asked_again_about_an_authority_until_it_answers() {
    for (status, code) in [(429, Code::Throttled), (500, Code::Network), (503, Code::Network)] {
        for failures in [1, 3, 4] {
            let fake = FakeSystem::new();
            (0..failures).for_each(|_| fake.http.answer(status, "{}"));
            let outcome = ask_authority(&fake, PRIVATE, "t", Some(known()), Some(json!({}))).await;
            assert_eq!(
                outcome.err().map(|attempt| attempt.failure.code),
                (failures == 4).then_some(code),
                "{failures}"
            );
            assert_eq!(posts(&fake).len(), usize::from(failures < 4), "{failures} times {status}");
        }
    }
    for (code, requests) in [(Code::Network, 3), (Code::Timeout, 1)] {
        let fake = FakeSystem::new();
        (0..requests).for_each(|_| fake.http.fail(code, "of the transport"));
        let failure = ask_authority(&fake, PRIVATE, "t", Some(known()), None).await.err().unwrap().failure;
        assert_eq!((failure.code, posts(&fake).len(), fake.http.count()), (code, 0, requests));
        let reason = "Microsoft could not be asked about the authority login.private.example: of the transport";
        assert_eq!(failure.reason, reason);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_that_is_not_about_the_authority_is_no_refusal_of_it() {
    let other = r#"{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant not found."}"#;
    for (status, is_answer) in [(400, true), (200, true), (302, false), (407, false), (404, false), (500, false)] {
        let fake = FakeSystem::new();
        (0..if status == 500 { 4 } else { 1 }).for_each(|_| fake.http.answer(status, other));
        assert_eq!(ask_authority(&fake, PRIVATE, "t", None, Some(json!({}))).await.is_ok(), is_answer, "{status}");
        assert_eq!(posts(&fake).len(), usize::from(is_answer));
    }
}
