//! An application that trusts another issuer, such as that of a Kubernetes service account: its assertion is exchanged for a
//! token.
//!
//! <https://learn.microsoft.com/azure/aks/workload-identity-overview>
//! <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>

use super::application;
use super::context::Fetch;
use super::setting_words::unset;
use super::token::Token;
use super::token_proxy;
use crate::error::Failure;
use crate::settings::{Application, AssertionSource, Credential, Proof, TOKEN_FILE, check_resolved};

/// Asks Entra ID with an assertion of the chosen source, which is asked for every fetch: Kubernetes replaces its file while
/// the pod runs, and the assertions of other issuers live for minutes.
pub(super) async fn get_token(fetch: &Fetch<'_>) -> Result<Token, Failure> {
    let settings = fetch.settings;
    let workload = &settings.workload_identity;
    let (Some(tenant), Some(client_id), Some(source)) = (&workload.tenant_id, &workload.client_id, &workload.assertion)
    else {
        let missing = unset(&[
            ("AZURE_TENANT_ID", workload.tenant_id.is_some()),
            ("AZURE_CLIENT_ID", workload.client_id.is_some()),
            (TOKEN_FILE, workload.assertion.is_some()),
        ]);
        let step = match &workload.assertion {
            None | Some(AssertionSource::File(_)) => {
                "label the pod azure.workload.identity/use: \"true\" and annotate its service account with the client id \
                 (on AKS)"
            }
            Some(_) => "set AZURE_TENANT_ID and AZURE_CLIENT_ID to those of the application that trusts the assertion",
        };
        return Err(Failure::unavailable(missing.unwrap_or_default()).with_next_step(step));
    };
    check_resolved("AZURE_TENANT_ID", tenant)?;
    check_resolved("AZURE_CLIENT_ID", client_id)?;
    let setting = workload.assertion_setting;
    if let AssertionSource::File(path) = source {
        check_resolved(setting, path)?;
    } else if workload.token_proxy.is_some() {
        return Err(Failure::configuration(format!(
            "{setting} chooses an assertion that the cluster's token proxy does not exchange"
        ))
        .with_next_step(format!("unset {setting}, or unset {}", token_proxy::ENABLE)));
    }
    let application = Application {
        credential: Credential::WorkloadIdentity,
        tenant_id: tenant.clone(),
        client_id: client_id.clone(),
        proof: Proof::Assertion(source.clone()),
        user_assertion: None,
    };
    application::ask(fetch, &application, setting).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::credential::Credential;
    use crate::credential::tests::ask;
    use crate::error::{AttemptOutcome, Code};
    use crate::settings::CredentialOptions;
    use crate::test_support::{FakeSystem, secret, settings, settings_with, token_body};

    const VARIABLES: [(&str, &str); 3] =
        [("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_FEDERATED_TOKEN_FILE", "/token")];

    #[tokio::test(start_paused = true)]
    async fn the_trimmed_file_is_the_assertion_and_is_read_each_time() {
        let fake = FakeSystem::new();
        for before in ["", "\u{feff}", " "] {
            let (assertion, token) = (secret("assertion"), secret("token"));
            fake.files.write("/token", format!("{before}{assertion}\n"));
            fake.http.answer(200, token_body(&token, 3600));
            let given = ask(&fake, Credential::WorkloadIdentity, &settings(&VARIABLES)).await.ok().unwrap();
            assert_eq!(given.secret.expose(), token);
            assert_eq!(
                *fake.http.sent().last().unwrap(),
                format!(
                    "POST https://login.microsoftonline.com/t/oauth2/v2.0/token\n\nclient_assertion={assertion}&\
                     client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&\
                     client_id=c&grant_type=client_credentials&\
                     scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default"
                )
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whose_client_id_counts() {
        let id = |id: &str| Some(id.to_owned());
        for (workload, managed, wins) in
            [(id("w"), id("m"), "client_id=w"), (None, id("m"), "client_id=m"), (None, None, "client_id=c")]
        {
            let fake = FakeSystem::new();
            fake.files.write("/token", secret("assertion"));
            let options = CredentialOptions {
                workload_identity_client_id: workload,
                managed_identity_client_id: managed,
                ..CredentialOptions::default()
            };
            let _ = ask(&fake, Credential::WorkloadIdentity, &settings_with(&VARIABLES, &options)).await;
            assert!(fake.http.sent()[0].contains(wins), "{:?}", fake.http.sent());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_tenant_of_the_option_beats_the_variables() {
        let fake = FakeSystem::new();
        fake.files.write("/token", secret("assertion"));
        let options = CredentialOptions { tenant_id: Some("other".into()), ..CredentialOptions::default() };
        let _ = ask(&fake, Credential::WorkloadIdentity, &settings_with(&VARIABLES, &options)).await;
        assert!(fake.http.sent()[0].contains("/other/oauth2/"), "{:?}", fake.http.sent());
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_without_an_assertion_is_named_and_not_sent() {
        for (contents, what) in [
            (None, "could not be read"),
            (Some(&b" \n"[..]), "is empty"),
            (Some(&[0xff, 0xfe]), "is not text"),
            (Some(b"-----BEGIN PRIVATE KEY-----\nAAAA\n"), "holds no assertion"),
            (Some(b"<html> </html>"), "holds no assertion"),
            (Some(b"Bearer e.e.e"), "holds no assertion"),
            (Some(b"e.e.e\ne.e.e\n"), "holds no assertion"),
            (Some(b"e\0.\0e\0"), "holds no assertion"),
        ] {
            let fake = FakeSystem::new();
            if let Some(contents) = contents {
                fake.files.write("/token", contents);
            }
            let attempt = ask(&fake, Credential::WorkloadIdentity, &settings(&VARIABLES)).await.err().unwrap();
            assert!(attempt.failure.reason.contains("/token"), "{}", attempt.failure.reason);
            assert!(attempt.failure.reason.contains(what), "{}", attempt.failure.reason);
            assert_eq!(fake.http.count(), 0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_replaced_during_a_refused_exchange_is_tried() {
        let (fake, old, new, token) = (FakeSystem::new(), secret("old"), secret("new"), secret("token"));
        fake.files.write("/token", &old);
        fake.http.answer_after(Duration::from_millis(1400), 401, "{}");
        fake.http.answer(200, token_body(&token, 3600));
        let files = fake.files.clone();
        let replaced = new.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            files.write("/token", replaced);
        });
        let given = ask(&fake, Credential::WorkloadIdentity, &settings(&VARIABLES)).await.ok().unwrap();
        assert_eq!(given.secret.expose(), token);
        assert!(fake.http.sent()[1].contains(&format!("client_assertion={new}")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_leaves_the_chain_open_and_keeps_the_reason() {
        let fake = FakeSystem::new();
        fake.files.write("/token", secret("assertion"));
        fake.http.answer(401, r#"{"error_description":"AADSTS700213: No matching federated identity record."}"#);
        let attempt = ask(&fake, Credential::WorkloadIdentity, &settings(&VARIABLES)).await.err().unwrap();
        assert_eq!((attempt.outcome, attempt.failure.code), (AttemptOutcome::Unavailable, Code::Rejected));
        assert!(attempt.failure.reason.contains("AADSTS700213"));
        assert!(attempt.failure.next_step.unwrap().contains("subject"));
    }
}
