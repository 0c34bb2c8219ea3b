use std::time::Duration;

use super::*;
use crate::credential::{AppSource, CHAIN, Token};
use crate::secret::Secret;
use crate::settings::RetryOptions;
use crate::settings::{AppCredential, CredentialOptions};
use crate::system::{Output, ProcessError};
use crate::test_support::{FakeSystem, START, secret, settings, settings_with, token_body};

const HOST: [(&str, &str); 2] = [("IDENTITY_ENDPOINT", "http://127.0.0.1/msi"), ("IDENTITY_HEADER", "h")];

fn request() -> TokenRequest {
    TokenRequest::new(vec!["s/.default".into()], None, None).unwrap()
}

fn az_answers(fake: &FakeSystem) {
    let token = secret("token");
    fake.processes.print(0, format!(r#"{{"accessToken":"{token}","expires_on":1893456000}}"#), "");
}

#[tokio::test(start_paused = true)]
async fn all_are_asked_in_order_and_all_are_named() {
    let fake = FakeSystem::new();
    let error = Chain::default()
        .get_token(&fake.system(), &*fake.http(), &settings(&[]), &request(), None)
        .await
        .err()
        .unwrap();
    let named: Vec<&str> = error.attempts.iter().map(|attempt| attempt.credential).collect();
    assert_eq!(named, CHAIN.map(Credential::name));
    let message = error.to_string();
    for attempt in &error.attempts {
        assert!(message.contains(attempt.credential), "{message}");
        assert!(attempt.failure.next_step.is_some() || attempt.failure.code != Code::Unavailable);
    }
}

#[tokio::test(start_paused = true)]
async fn one_alone_is_asked_for_diagnosis() {
    let fake = FakeSystem::new();
    az_answers(&fake);
    let only = |credential| {
        settings_with(&HOST, &CredentialOptions { only: Some(credential), ..CredentialOptions::default() })
    };
    let chain = Chain::default();
    let acquired = chain.get_token(&fake.system(), &*fake.http(), &only(Credential::AzureCli), &request(), None).await;
    assert_eq!(acquired.ok().unwrap().credential, Credential::AzureCli);
    assert_eq!(fake.http.count(), 0);
    let error = chain
        .get_token(&fake.system(), &*fake.http(), &only(Credential::WorkloadIdentity), &request(), None)
        .await
        .err()
        .unwrap();
    assert_eq!(error.attempts.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_environment_ends_the_chain() {
    let (fake, secret) = (FakeSystem::new(), secret("client-secret"));
    fake.http.answer(401, "{}");
    az_answers(&fake);
    let settings = settings(&[("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", &secret)]);
    let error =
        Chain::default().get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.err().unwrap();
    assert_eq!((error.credential, error.attempts.len()), (Some("EnvironmentCredential"), 1));
    assert!(fake.processes.ran().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_refused_managed_identity_does_not() {
    let fake = FakeSystem::new();
    fake.http.answer(400, "{}");
    az_answers(&fake);
    let acquired = Chain::default()
        .get_token(&fake.system(), &*fake.http(), &settings(&HOST), &request(), None)
        .await
        .ok()
        .unwrap();
    assert_eq!(acquired.credential, Credential::AzureCli);
}

#[tokio::test(start_paused = true)]
async fn the_winner_is_asked_alone_and_keeps_its_place_through_a_blip() {
    type Blip = fn(&FakeSystem);
    let blips: [(Code, usize, Blip); 4] = [
        (Code::Network, 3, |fake| fake.http.fail(Code::Network, "refused")),
        (Code::Network, 6, |fake| fake.http.answer(503, "{}")),
        (Code::Throttled, 6, |fake| fake.http.answer(429, "{}")),
        // A silent request is repeated every 1.5 s, up to the limit of one request.
        (Code::Timeout, 17, |fake| fake.http.answer_after(Duration::from_secs(600), 200, "")),
    ];
    for (code, tries, blip) in blips {
        let (fake, chain) = (FakeSystem::new(), Chain::default());
        fake.http.answer(200, token_body(&secret("token"), 3600));
        let settings = settings(&HOST);
        assert!(chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.is_ok());

        az_answers(&fake);
        (0..tries).for_each(|_| blip(&fake));
        let error = chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.err().unwrap();
        assert_eq!((error.credential, error.attempts.len()), (Some("ManagedIdentityCredential"), 1));
        assert_eq!((error.failure.code, fake.http.count()), (code, 1 + tries));
        assert!(fake.processes.ran().is_empty(), "az was not asked");

        // A definitive refusal opens the chain again.
        fake.http.answer(400, "{}");
        let acquired = chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.ok().unwrap();
        assert_eq!(acquired.credential, Credential::AzureCli);
    }
}

/// Whether and when an acquisition ended, and the requests since the last one.
async fn acquire(chain: &Chain, fake: &FakeSystem, settings: &Settings) -> (Acquisition, f64, usize) {
    let (began, requests) = (tokio::time::Instant::now(), fake.http.count());
    let acquired = chain.get_token(&fake.system(), &*fake.http(), settings, &request(), None).await;
    (acquired, began.elapsed().as_secs_f64(), fake.http.count() - requests)
}

#[tokio::test(start_paused = true)]
async fn what_is_no_identity_endpoint_leaves_the_next_source_its_turn_within_three_seconds() {
    let strange = |status, body: &str| {
        let (fake, body) = (FakeSystem::new(), body.to_owned());
        fake.http.answer_until(Duration::from_secs(600), status, body);
        fake
    };
    let refusing = FakeSystem::new();
    refusing.http.give_until(Duration::from_secs(600), Err(Failure::new(Code::Network, "connection refused")));
    let elsewhere = [
        strange(404, "<?xml version=\"1.0\"?><html><title>404 - Not Found</title></html>"),
        strange(502, "<html><title>502 Bad Gateway</title></html>"),
        strange(503, "upstream connect error or disconnect/reset before headers"),
        strange(511, "<html>Sign in to the network</html>"),
    ];
    for fake in elsewhere.iter().chain([&refusing]) {
        for variables in [&HOST[..], &[]] {
            az_answers(fake);
            let (acquired, seconds, requests) = acquire(&Chain::default(), fake, &settings(variables)).await;
            assert_eq!(acquired.ok().unwrap().credential, Credential::AzureCli);
            // With one for the probe of IMDS.
            assert!(seconds <= 3.0 && (1..=4).contains(&requests), "{seconds} s, {requests} requests");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_failed_a_whole_acquisition_gets_one_try_until_it_serves() {
    let outcomes = [
        Err(Failure::new(Code::Network, "connection refused")),
        Ok((503, "<html>")),
        Ok((500, "{}")),
        Ok((429, "{}")),
        Ok((404, "{}")),
        Ok((410, "{}")),
    ];
    for outcome in outcomes {
        let (fake, chain, settings) = (FakeSystem::new(), Chain::default(), settings(&HOST));
        let down = |seconds| match &outcome {
            Err(failure) => fake.http.give_until(Duration::from_secs(seconds), Err(failure.clone())),
            Ok((status, body)) => fake.http.answer_until(Duration::from_secs(seconds), *status, *body),
        };
        down(100);
        let (failed, _, requests) = acquire(&chain, &fake, &settings).await;
        assert!(failed.is_err() && requests > 1, "{outcome:?}: {requests} requests");
        for _ in 0..6 {
            let (failed, seconds, requests) = acquire(&chain, &fake, &settings).await;
            assert_eq!((failed.is_err(), seconds, requests), (true, 0.0, 1), "{outcome:?}");
        }
        tokio::time::sleep(Duration::from_secs(100)).await;
        fake.http.answer(200, token_body(&secret("token"), 3600));
        let (served, _, requests) = acquire(&chain, &fake, &settings).await;
        assert_eq!((served.is_ok(), requests), (true, 1));

        down(100);
        let (_, _, requests) = acquire(&chain, &fake, &settings).await;
        assert!(requests > 1, "{outcome:?}: it served in between, so it gets all tries");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_ends_an_outage_of_its_own_endpoint_only() {
    let (fake, chain) = (FakeSystem::new(), Chain::default());
    let other = [("IDENTITY_ENDPOINT", "http://127.0.0.1/other"), HOST[1]];
    let tries = async |settings: &Settings, status| {
        fake.http.answer_until(Duration::from_secs(20), status, "{}");
        let (_, _, requests) = acquire(&chain, &fake, settings).await;
        tokio::time::sleep(Duration::from_secs(20)).await;
        requests
    };
    assert_eq!(tries(&settings(&HOST), 500).await, 6);
    assert_eq!(tries(&settings(&HOST), 500).await, 1);
    assert_eq!(tries(&settings(&other), 500).await, 6);
    assert_eq!(tries(&settings(&HOST), 400).await, 1);
    assert_eq!(tries(&settings(&HOST), 500).await, 6);
}

#[tokio::test(start_paused = true)]
async fn what_one_request_meets_leaves_the_winner_of_others_in_its_place() {
    let other = || TokenRequest::new(vec!["other/.default".into()], None, None).unwrap();
    for is_served in [true, false] {
        let (fake, chain, settings) = (FakeSystem::new(), Chain::default(), settings(&HOST));
        fake.http.answer(200, token_body(&secret("token"), 3600));
        assert!(chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.is_ok());

        fake.http.answer(400, "{}");
        if is_served {
            az_answers(&fake);
        }
        let outcome = chain.get_token(&fake.system(), &*fake.http(), &settings, &other(), None).await;
        assert_eq!(outcome.ok().map(|acquired| acquired.credential), is_served.then_some(Credential::AzureCli));

        let ran = fake.processes.ran().len();
        az_answers(&fake);
        (0..6).for_each(|_| fake.http.answer(503, "{}"));
        let error = chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.err().unwrap();
        assert_eq!(error.credential, Some("ManagedIdentityCredential"));
        assert_eq!(fake.processes.ran().len(), ran, "az was not asked");
    }
}

/// An app whose credentials all give a token.
struct Giving;

#[async_trait::async_trait]
impl AppCredentials for Giving {
    async fn get_token(&self, source: AppSource, _: &TokenRequest, _: &Settings) -> Result<Token, Failure> {
        let expires_on = START + Duration::from_secs(3600);
        Ok(Token {
            secret: Secret::new(secret("token")),
            credential: source.credential(),
            expires_on,
            refresh_on: None,
        })
    }

    async fn get_assertion(&self, _: u32) -> Result<Secret, Failure> {
        Err(Failure::unavailable("no function is here"))
    }
}

#[tokio::test(start_paused = true)]
async fn credentials_of_the_app_however_many_leave_the_winner_in_its_place() {
    let (fake, chain) = (FakeSystem::new(), Chain::default());
    fake.http.answer(200, token_body(&secret("token"), 3600));
    assert!(chain.get_token(&fake.system(), &*fake.http(), &settings(&HOST), &request(), None).await.is_ok());
    for object in 0..2000 {
        let app = Some(AppCredential::Object { bridge: 0, object });
        let settings = settings_with(&HOST, &CredentialOptions { app, ..CredentialOptions::default() });
        assert!(chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), Some(&Giving)).await.is_ok());
    }
    az_answers(&fake);
    (0..6).for_each(|_| fake.http.answer(503, "{}"));
    let error = chain.get_token(&fake.system(), &*fake.http(), &settings(&HOST), &request(), None).await.err().unwrap();
    assert_eq!(error.credential, Some("ManagedIdentityCredential"));
    assert!(fake.processes.ran().is_empty(), "az was not asked");
}

#[tokio::test(start_paused = true)]
async fn settings_that_say_how_and_not_whom_leave_the_winner_in_its_place() {
    let (fake, chain) = (FakeSystem::new(), Chain::default());
    fake.http.answer(200, token_body(&secret("token"), 3600));
    assert!(chain.get_token(&fake.system(), &*fake.http(), &settings(&HOST), &request(), None).await.is_ok());

    az_answers(&fake);
    let options = CredentialOptions {
        process_time_limit: Some(Duration::from_secs(20)),
        disable_instance_discovery: true,
        retry: RetryOptions { max_retries: Some(0), ..RetryOptions::default() },
        ..CredentialOptions::default()
    };
    let proxy = ("HTTPS_PROXY", "http://127.0.0.1:3128");
    let variables = [HOST[0], HOST[1], ("TZ", "UTC"), ("AZURE_OPENAI_ENTRA_SCOPE", "s"), proxy];
    fake.http.answer(503, "{}");
    let settings = settings_with(&variables, &options);
    let error = chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.err().unwrap();
    assert_eq!(error.credential, Some("ManagedIdentityCredential"));
    assert!(fake.processes.ran().is_empty(), "az was not asked");
}

#[tokio::test(start_paused = true)]
async fn imds_that_served_is_not_gone_because_it_cannot_be_reached() {
    let (fake, chain, settings) = (FakeSystem::new(), Chain::default(), settings(&[]));
    fake.http.answer(400, "{}");
    fake.http.answer(200, token_body(&secret("token"), 3600));
    let acquired = chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.ok().unwrap();
    assert_eq!(acquired.credential, Credential::ManagedIdentity);

    az_answers(&fake);
    (0..6).for_each(|_| fake.http.fail(Code::Network, "connection refused"));
    let error = chain.get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.err().unwrap();
    assert_eq!((error.credential, error.failure.code), (Some("ManagedIdentityCredential"), Code::Network));
    assert!(fake.processes.ran().is_empty(), "az was not asked");
}

#[tokio::test(start_paused = true)]
async fn other_settings_walk_the_chain_anew() {
    let (fake, chain) = (FakeSystem::new(), Chain::default());
    az_answers(&fake);
    fake.http.answer(400, "{}");
    assert!(chain.get_token(&fake.system(), &*fake.http(), &settings(&[]), &request(), None).await.is_ok());

    fake.http.answer(200, token_body(&secret("token"), 3600));
    let acquired =
        chain.get_token(&fake.system(), &*fake.http(), &settings(&HOST), &request(), None).await.ok().unwrap();
    assert_eq!(acquired.credential, Credential::ManagedIdentity);
}

#[tokio::test(start_paused = true)]
async fn only_the_selected_are_asked() {
    for (selected, names) in [
        ("prod", &["EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential"][..]),
        (
            "dev",
            &[
                "VisualStudioCodeCredential",
                "AzureCliCredential",
                "AzurePowerShellCredential",
                "AzureDeveloperCliCredential",
                "BrokerCredential",
            ],
        ),
        (" azureCLIcredential ", &["AzureCliCredential"]),
    ] {
        let fake = FakeSystem::new();
        fake.processes.push(Err(ProcessError::NotFound));
        let settings = settings(&[("AZURE_TOKEN_CREDENTIALS", selected)]);
        let error =
            Chain::default().get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await.err().unwrap();
        let asked: Vec<&str> = error.attempts.iter().map(|attempt| attempt.credential).collect();
        assert_eq!(asked, names, "{selected:?}");
    }
}

/// The answer of `az`, `pwsh` or `azd` after so many seconds; none if it is not installed.
fn answers_after(fake: &FakeSystem, seconds: u64, token: Option<&str>) {
    let answer = token.map(|token| {
        let stdout = serde_json::json!({ "accessToken": token, "Token": token, "token": token,
            "expires_on": 1_893_456_000, "ExpiresOn": "2030-01-01T00:00:00Z", "expiresOn": "2030-01-01T00:00:00Z" });
        Output { code: Some(0), stdout: stdout.to_string(), stderr: String::new() }
    });
    fake.processes.push_after(Duration::from_secs(seconds), answer.ok_or(ProcessError::NotFound));
}

#[tokio::test(start_paused = true)]
async fn a_slow_tool_serves_if_it_was_named_or_nothing_else_serves() {
    const TOOLS: &str = "dev";
    for (selected, limit, az, pwsh, azd, expected, seconds) in [
        ("AzureCliCredential", None, 12, None, None, Ok("az"), 12),
        ("AzureCliCredential", Some(5), 12, None, None, Err(Code::Timeout), 5),
        ("AzureCliCredential", None, 600, None, None, Err(Code::Timeout), 30),
        (TOOLS, None, 12, None, None, Ok("az"), 12),
        // It is asked before, but the next one answers while it does not.
        (TOOLS, None, 20, Some(1), None, Ok("pwsh"), 11),
        (TOOLS, None, 3, Some(1), None, Ok("az"), 3),
        (TOOLS, None, 15, Some(12), Some(11), Ok("az"), 15),
        (TOOLS, None, 25, Some(14), Some(1), Ok("azd"), 21),
        (TOOLS, Some(5), 12, Some(1), None, Ok("pwsh"), 6),
        (TOOLS, None, 600, Some(600), Some(600), Err(Code::Timeout), 50),
    ] {
        let (fake, tokens) = (FakeSystem::new(), ["az", "pwsh", "azd"].map(secret));
        answers_after(&fake, az, Some(&tokens[0]));
        for (seconds, token) in [pwsh, azd].into_iter().zip(&tokens[1..]) {
            answers_after(&fake, seconds.unwrap_or(0), seconds.map(|_| &**token));
        }
        let options =
            CredentialOptions { process_time_limit: limit.map(Duration::from_secs), ..CredentialOptions::default() };
        let settings = settings_with(&[("AZURE_TOKEN_CREDENTIALS", selected)], &options);
        let began = tokio::time::Instant::now();
        let acquired = Chain::default().get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await;
        let case = (selected, limit, az, pwsh, azd);
        match expected {
            Ok(tool) => {
                let token = acquired.ok().unwrap().secret;
                assert!(token.expose().ends_with(&format!("-{tool}")), "{case:?}");
            }
            Err(code) => assert_eq!(acquired.err().unwrap().failure.code, code, "{case:?}"),
        }
        assert_eq!(began.elapsed().as_secs(), seconds, "{case:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_of_the_host_that_takes_35_seconds_serves_if_nothing_is_behind_it() {
    for selected in ["ManagedIdentityCredential", "prod"] {
        let (fake, token) = (FakeSystem::new(), secret("token"));
        fake.http.answer_after(Duration::from_secs(35), 200, token_body(&token, 3600));
        for _ in 0..60 {
            fake.http.answer_after(Duration::from_secs(600), 200, "{}");
        }
        let variables = [HOST[0], HOST[1], ("AZURE_TOKEN_CREDENTIALS", selected)];
        let settings = settings(&variables);
        let acquired = Chain::default().get_token(&fake.system(), &*fake.http(), &settings, &request(), None).await;
        assert!(acquired.is_ok_and(|given| given.secret.expose() == token), "{selected}");
    }
}
