use azure_core::base64::encode_url_safe;

use crate::credential::Credential;
use crate::credential::tests::ask;
use crate::error::{Code, Failure};
use crate::http::request::Route;
use crate::settings::Settings;
use crate::test_support::{FakeSystem, secret, settings, token_body};

const GITHUB: &str = "https://token.example/oidc?api-version=2.0";
const METADATA: &str = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity";
const APP_SERVICE: &str = "http://127.0.0.1:41741/msi/token";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const SUBJECT: &str = "repo:octo-org/octo-repo:environment:Production";
const SOURCES: [&str; 3] = ["github-actions", "google-cloud", "managed-identity"];

/// A new assertion, as its issuer signs it.
fn assertion() -> String {
    let claims = serde_json::json!({ "iss": ISSUER, "sub": SUBJECT, "aud": "api://AzureADTokenExchange" });
    let signature = encode_url_safe(secret("signature"));
    format!("{}.{}.{signature}", encode_url_safe(r#"{"alg":"RS256"}"#), encode_url_safe(claims.to_string()))
}

/// How the endpoint of `choice` gives `assertion`.
fn given(choice: &str, assertion: &str) -> String {
    match choice {
        "github-actions" => serde_json::json!({ "count": 1, "value": assertion }).to_string(),
        "google-cloud" => format!("{assertion}\n"),
        _ => token_body(assertion, 3600),
    }
}

struct Fixture {
    fake: FakeSystem,
    request_token: String,
    header: String,
    choice: &'static str,
}

impl Fixture {
    fn new(choice: &'static str) -> Self {
        Self { fake: FakeSystem::new(), request_token: secret("request-token"), header: secret("header"), choice }
    }

    fn settings(&self, more: &[(&str, &str)]) -> Settings {
        let mut variables = vec![
            ("AZURE_OPENAI_ENTRA_ASSERTION", self.choice),
            ("AZURE_TENANT_ID", "t"),
            ("AZURE_CLIENT_ID", "c"),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", GITHUB),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", &self.request_token),
            ("IDENTITY_ENDPOINT", APP_SERVICE),
            ("IDENTITY_HEADER", &self.header),
        ];
        variables.extend(more);
        settings(&variables)
    }

    async fn ask(&self, more: &[(&str, &str)]) -> Result<(), Failure> {
        let outcome = ask(&self.fake, Credential::WorkloadIdentity, &self.settings(more)).await;
        outcome.map(|_| ()).map_err(|attempt| attempt.failure)
    }
}

#[tokio::test(start_paused = true)]
async fn each_source_is_asked_by_its_protocol_and_its_assertion_is_exchanged() {
    for choice in SOURCES {
        for (host, suffix) in [
            ("login.microsoftonline.com", ""),
            ("login.microsoftonline.us", "USGov"),
            ("login.chinacloudapi.cn", "China"),
        ] {
            let (fixture, minted) = (Fixture::new(choice), assertion());
            let Fixture { fake, request_token, header, .. } = &fixture;
            fake.http.answer(200, given(choice, &minted));
            fake.http.answer(200, token_body(&secret("token"), 3600));
            fixture.ask(&[("AZURE_AUTHORITY_HOST", &format!("https://{host}"))]).await.unwrap();
            let audience = format!("api%3A%2F%2FAzureADTokenExchange{suffix}");
            let (asked, route) = match choice {
                "github-actions" => (
                    format!(
                        "GET {GITHUB}&audience={audience}\nauthorization: Bearer {request_token}\naccept: application/json"
                    ),
                    Route::Proxied,
                ),
                "google-cloud" => {
                    (format!("GET {METADATA}?audience={audience}&format=full\nmetadata-flavor: Google"), Route::Direct)
                }
                _ => (
                    format!(
                        "GET {APP_SERVICE}?api-version=2019-08-01&resource={audience}\nx-identity-header: {header}"
                    ),
                    Route::Direct,
                ),
            };
            let sent = fake.http.sent();
            assert_eq!((sent[0].as_str(), fake.http.routes()[0]), (asked.as_str(), route), "{choice}");
            assert!(sent[1].starts_with(&format!("POST https://{host}/t/oauth2/v2.0/token")), "{}", sent[1]);
            assert!(sent[1].contains(&format!("client_assertion={minted}&")) && sent[1].contains("&client_id=c&"));
            assert_eq!(sent.len(), 2);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_assertion_of_a_user_assigned_identity_goes_by_its_own_client_id() {
    let fixture = Fixture::new("managed-identity");
    let _ = fixture.ask(&[("AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID", "user-assigned")]).await;
    assert!(fixture.fake.http.sent()[0].contains("&client_id=user-assigned\n"), "{:?}", fixture.fake.http.sent());
}

#[tokio::test(start_paused = true)]
async fn a_refused_assertion_is_minted_again_once() {
    for choice in SOURCES {
        for (is_renewed, mends, requests) in [(true, true, 4), (true, false, 4), (false, false, 3)] {
            let (fixture, first) = (Fixture::new(choice), assertion());
            let second = if is_renewed { assertion() } else { first.clone() };
            let http = &fixture.fake.http;
            http.answer(200, given(choice, &first));
            http.answer(401, r#"{"error":"invalid_client","error_description":"AADSTS700024: not in its validity"}"#);
            http.answer(200, given(choice, &second));
            match mends {
                true => http.answer(200, token_body(&secret("token"), 3600)),
                false => http.answer(401, r#"{"error":"invalid_client","error_description":"AADSTS700024: again"}"#),
            }
            let outcome = fixture.ask(&[]).await;
            assert_eq!((outcome.is_ok(), http.count()), (mends, requests), "{choice}");
            if let (true, Some(last)) = (is_renewed, http.sent().last()) {
                assert!(last.contains(&format!("client_assertion={second}&")), "{choice}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_issuer_that_gives_no_second_assertion_does_not_hide_the_refusal_of_the_first() {
    for choice in SOURCES {
        let fixture = Fixture::new(choice);
        let http = &fixture.fake.http;
        http.answer(200, given(choice, &assertion()));
        http.answer(401, r#"{"error":"invalid_client","error_description":"AADSTS700213: no match"}"#);
        http.answer(403, r#"{"error":"gone"}"#);
        let failure = fixture.ask(&[]).await.err().unwrap();
        assert_eq!((failure.code, http.count()), (Code::Rejected, 3), "{choice}");
        assert!(failure.reason.contains("AADSTS700213") && failure.reason.contains(SUBJECT), "{}", failure.reason);
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_refuses_an_assertion_is_told_of_the_identity_and_not_of_the_application() {
    const ID: &str = "AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID";
    for (id, said) in [
        ("<client-id>", ""),
        ("@Microsoft.KeyVault(x)", ""),
        ("id", "Identity not found"),
        ("id", "No managed identity found"),
        ("id", "Multiple user assigned identities exist"),
    ] {
        let fixture = Fixture::new("managed-identity");
        fixture.fake.http.answer(400, serde_json::json!({ "error": "e", "error_description": said }).to_string());
        let failure = fixture.ask(&[(ID, id)]).await.err().unwrap();
        let text = failure.to_string();
        assert!(text.contains(ID) && !text.contains("AZURE_CLIENT_ID"), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_file_that_another_source_replaces_may_be_a_placeholder() {
    for choice in SOURCES {
        let fixture = Fixture::new(choice);
        fixture.fake.http.answer(200, given(choice, &assertion()));
        fixture.fake.http.answer(200, token_body(&secret("token"), 3600));
        fixture.ask(&[("AZURE_FEDERATED_TOKEN_FILE", "${FILE}")]).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_gives_no_assertion_is_named_and_its_secret_is_not_shown() {
    for choice in ["github-actions", "google-cloud"] {
        for (status, body, code) in [
            (200, "<html>sign in</html>", Code::Network),
            (200, r#"{"value":""}"#, Code::Network),
            (200, "", Code::Network),
            (200, r#"{"value":"opaque"}"#, Code::Network),
            (302, "", Code::Network),
            (408, "", Code::Network),
            (429, "", Code::Throttled),
            (501, "<html>", Code::Network),
            (401, "", Code::Rejected),
            (403, "<html>", Code::Rejected),
            (401, "the token $TOKEN is not valid", Code::Rejected),
            (403, "Missing Metadata-Flavor:Google header.", Code::Rejected),
            (404, "no service account", Code::Rejected),
        ] {
            let fixture = Fixture::new(choice);
            // The metadata server gets no secret that it could echo.
            let echo = if choice == "github-actions" { fixture.request_token.as_str() } else { "" };
            for _ in 0..4 {
                fixture.fake.http.answer(status, body.replace("$TOKEN", echo));
            }
            let failure = fixture.ask(&[]).await.err().unwrap();
            assert_eq!((failure.code, failure.status), (code, Some(status)), "{choice}: {body}");
            let host = if choice == "google-cloud" { "metadata.google.internal" } else { "token.example" };
            assert!(failure.reason.starts_with(host), "{}", failure.reason);
            assert!(!failure.reason.contains(&fixture.request_token), "{}", failure.reason);
            assert!(!failure.reason.contains("opaque"), "what a success holds may be an assertion: {}", failure.reason);
            assert!(!failure.reason.ends_with(": ") && !failure.reason.contains('<'), "{}", failure.reason);
            // What mends a refusal says nothing about another answer.
            let step = failure.next_step.unwrap();
            let mends = ["grant the job", "run this on Google Cloud, with a service account attached"];
            assert_eq!(
                mends.iter().any(|it| step.starts_with(it) && !step.contains(". On it, ")),
                code == Code::Rejected,
                "{step}"
            );
            assert!(fixture.fake.http.sent().iter().all(|sent| sent.starts_with("GET ")), "Entra ID is not asked");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_missing_or_malformed_is_named_and_nothing_is_sent() {
    for (choice, variable, value, code) in [
        ("github-actions", "ACTIONS_ID_TOKEN_REQUEST_URL", "", Code::Unavailable),
        ("github-actions", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "", Code::Unavailable),
        ("github-actions", "ACTIONS_ID_TOKEN_REQUEST_URL", "http://token.example", Code::Configuration),
        ("github-actions", "ACTIONS_ID_TOKEN_REQUEST_URL", "nonsense", Code::Configuration),
        ("google-cloud", "GCE_METADATA_HOST", "user:pass@host", Code::Configuration),
        ("google-cloud", "GCE_METADATA_HOST", "host/path", Code::Configuration),
        ("google-cloud", "GCE_METADATA_HOST", "host?query", Code::Configuration),
        ("managed-identity", "AZURE_CLIENT_ID", "", Code::Unavailable),
        ("google-cloud", "AZURE_TENANT_ID", "", Code::Unavailable),
    ] {
        let fixture = Fixture::new(choice);
        let failure = fixture.ask(&[(variable, value)]).await.err().unwrap();
        assert_eq!((failure.code, fixture.fake.http.count()), (code, 0), "{variable}={value}");
        assert!(failure.reason.starts_with(variable), "{}", failure.reason);
        assert!(failure.next_step.is_some() && !failure.reason.contains("pass"), "{}", failure.reason);
    }
}

#[tokio::test(start_paused = true)]
async fn a_chosen_workload_identity_does_not_give_way_to_the_hosts_own() {
    for choice in SOURCES {
        let fixture = Fixture::new(choice);
        let attempt = ask(&fixture.fake, Credential::ManagedIdentity, &fixture.settings(&[])).await.err().unwrap();
        assert_eq!((attempt.failure.code, fixture.fake.http.count()), (Code::Unavailable, 0));
        assert!(attempt.failure.reason.starts_with("AZURE_OPENAI_ENTRA_ASSERTION"), "{}", attempt.failure.reason);

        fixture.fake.http.answer(200, token_body(&secret("token"), 3600));
        let only = fixture.settings(&[("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential")]);
        assert!(
            ask(&fixture.fake, Credential::ManagedIdentity, &only).await.is_ok(),
            "if it is the only one, it is the host's"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_what_the_assertion_claims_and_how_to_create_the_federated_credential() {
    for choice in SOURCES {
        for (code, is_unmatched) in [
            (70_021, true),
            (700_211, true),
            (700_212, true),
            (700_213, true),
            (7_002_138, true),
            (700_024, false),
            (700_027, false),
        ] {
            let (fixture, minted) = (Fixture::new(choice), assertion());
            for _ in 0..2 {
                fixture.fake.http.answer(200, given(choice, &minted));
                let said =
                    serde_json::json!({ "error": "invalid_client", "error_description": format!("AADSTS{code}: no") });
                fixture.fake.http.answer(401, said.to_string());
            }
            let failure = fixture.ask(&[]).await.err().unwrap();
            for claim in [ISSUER, SUBJECT, "api://AzureADTokenExchange"] {
                assert!(failure.reason.contains(&format!("'{claim}'")), "{code}: {}", failure.reason);
            }
            let text = failure.to_string();
            assert!(minted.split('.').all(|part| !text.contains(part)), "{text}");
            let step = failure.next_step.unwrap();
            let command = match choice {
                "managed-identity" => "az ad app federated-credential create --id ",
                _ => "az identity federated-credential create --name ",
            };
            let has_command = step.contains(command) && step.contains(ISSUER) && step.contains(SUBJECT);
            assert_eq!(has_command, is_unmatched, "{code}: {step}");
            let has_keys = step.contains(&format!("{ISSUER}/.well-known/openid-configuration"));
            assert_eq!(has_keys, code == 700_027, "{code}: {step}");
        }
    }
}
