use super::*;
use crate::credential::deadline::Deadline;
use crate::credential::memory::Memory;
use crate::credential::tests::ask;
use crate::credential::{Credential, TokenRequest};
use crate::http::request::Route;
use crate::settings::{CredentialOptions, Settings};
use crate::test_support::{FakeSystem, secret, settings, settings_with, token_body};

const CA: &str = "/var/run/ca.pem";
const PROXY: (&str, &str) = (ADDRESS, "https://10.0.0.1:6443/proxy/");
const POD: [(&str, &str); 4] =
    [(ENABLE, "true"), ("AZURE_TENANT_ID", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_FEDERATED_TOKEN_FILE", "/token")];

fn pod(variables: &[(&str, &str)]) -> Settings {
    settings(&[&POD, variables].concat())
}

fn certificate(name: &str) -> String {
    rcgen::generate_simple_self_signed([name.to_owned()]).unwrap().cert.pem()
}

async fn found(fake: &FakeSystem, memory: &Memory, settings: &Settings) -> Result<(Url, TransportSettings), Failure> {
    let request = TokenRequest::new(vec!["s".into()], None, None)?;
    let (system, http, deadline) = (fake.system(), fake.http(), Deadline::new(settings));
    let fetch =
        Fetch { system: &system, http: &*http, settings, request: &request, memory, app: None, deadline: &deadline };
    endpoint(&fetch, settings.workload_identity.token_proxy.as_ref().unwrap(), "t").await
}

#[tokio::test(start_paused = true)]
async fn the_assertion_goes_to_the_proxy_alone_whatever_the_authority() {
    for (variables, sent) in [
        (vec![PROXY], "https://10.0.0.1:6443/proxy/t/oauth2/v2.0/token"),
        (vec![(ADDRESS, "https://cluster.example")], "https://cluster.example/t/oauth2/v2.0/token"),
        (vec![PROXY, ("AZURE_REGIONAL_AUTHORITY_NAME", "westus")], "https://10.0.0.1:6443/proxy/t/oauth2/v2.0/token"),
        (
            vec![PROXY, ("AZURE_AUTHORITY_HOST", "https://login.private.example")],
            "https://10.0.0.1:6443/proxy/t/oauth2/v2.0/token",
        ),
    ] {
        let (fake, assertion, token) = (FakeSystem::new(), secret("assertion"), secret("token"));
        fake.files.write("/token", &assertion);
        fake.http.answer(200, token_body(&token, 3600));
        let given = ask(&fake, Credential::WorkloadIdentity, &pod(&variables)).await.ok().unwrap();
        assert_eq!(given.secret.expose(), token);
        let all = fake.http.sent();
        assert!(all[0].starts_with(&format!("POST {sent}\n")), "{all:?}");
        assert!(all[0].contains(&assertion));
        assert_eq!((all.len(), fake.http.routes()), (1, vec![Route::Direct]));
    }
}

#[tokio::test(start_paused = true)]
async fn the_managed_identity_of_the_pod_takes_it_too_and_a_pod_without_the_opt_in_does_not() {
    let only_managed = ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential");
    for (enabled, sent) in [("true", "https://10.0.0.1:6443/proxy/t/"), ("", "https://login.microsoftonline.com/t/")] {
        let fake = FakeSystem::new();
        fake.files.write("/token", secret("assertion"));
        fake.http.answer(200, token_body(&secret("token"), 3600));
        let settings = settings(&[&POD[1..], &[PROXY, only_managed, (ENABLE, enabled)]].concat());
        assert!(ask(&fake, Credential::ManagedIdentity, &settings).await.is_ok());
        assert!(fake.http.sent()[0].starts_with(&format!("POST {sent}")), "{:?}", fake.http.sent());
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_variables_say_of_the_server_is_what_the_transport_gets() {
    let ca = certificate("ca");
    let proxied = [PROXY, ("HTTPS_PROXY", "http://proxy.example"), (SNI_NAME, "cluster.ests.aks")];
    for (variables, server) in [
        (vec![(CA_DATA, ca.as_str())], ("10.0.0.1", Some("cluster.ests.aks"), Some(ca.clone()))),
        (vec![(CA_FILE, CA)], ("10.0.0.1", Some("cluster.ests.aks"), Some(ca.clone()))),
        (vec![(ADDRESS, "https://[::1]:1/")], ("::1", Some("cluster.ests.aks"), None)),
        (vec![(SNI_NAME, "")], ("10.0.0.1", None, None)),
    ] {
        let fake = FakeSystem::new();
        fake.files.write(CA, &ca);
        let settings = pod(&[&proxied, &variables[..]].concat());
        let (_, transport) = found(&fake, &Memory::default(), &settings).await.ok().unwrap();
        let known = transport.server.unwrap();
        let trimmed = |ca: &Option<String>| ca.as_ref().map(|ca| ca.trim().to_owned());
        assert_eq!((known.host.as_str(), known.name.as_deref()), (server.0, server.1));
        assert_eq!(trimmed(&known.ca), trimmed(&server.2));
        assert!(transport.proxy.is_none(), "no proxy of the network stands between a pod and its cluster");
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_used_is_named_and_nothing_is_sent() {
    let planted = secret("planted");
    let with_password = format!("https://user:{planted}@10.0.0.1");
    let ca = certificate("ca");
    for (variables, named) in [
        (vec![(SNI_NAME, "cluster.ests.aks")], ADDRESS),
        (vec![(CA_FILE, CA)], ADDRESS),
        (vec![(ADDRESS, "http://10.0.0.1")], ADDRESS),
        (vec![(ADDRESS, "10.0.0.1")], ADDRESS),
        (vec![(ADDRESS, "https://10.0.0.1?a=b")], ADDRESS),
        (vec![(ADDRESS, "https://10.0.0.1#a")], ADDRESS),
        (vec![(ADDRESS, with_password.as_str())], ADDRESS),
        (vec![(ADDRESS, "${TOKEN_PROXY}")], ADDRESS),
        (vec![PROXY, (SNI_NAME, "no name")], SNI_NAME),
        (vec![PROXY, (SNI_NAME, "10.0.0.1")], SNI_NAME),
        (vec![PROXY, (CA_FILE, CA), (CA_DATA, ca.as_str())], "AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA"),
        (vec![PROXY, (CA_DATA, "no certificate")], CA_DATA),
        (vec![PROXY, (CA_FILE, "/missing")], "/missing"),
        (vec![PROXY, (CA_FILE, "/empty")], "is empty"),
        (vec![PROXY, ("AZURE_OPENAI_ENTRA_ASSERTION", "google-cloud")], "AZURE_OPENAI_ENTRA_ASSERTION"),
    ] {
        let fake = FakeSystem::new();
        fake.files.write("/token", secret("assertion"));
        fake.files.write(CA, &ca);
        fake.files.write("/empty", "");
        let failure = ask(&fake, Credential::WorkloadIdentity, &pod(&variables)).await.err().unwrap().failure;
        assert!(failure.reason.contains(named), "{}", failure.reason);
        assert!(!failure.reason.contains(&planted) && failure.next_step.is_some(), "{}", failure.reason);
        assert_eq!(fake.http.count(), 0, "{variables:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_ca_file_is_read_each_time_and_one_that_is_being_replaced_leaves_the_newest_in_use() {
    let (fake, memory, settings) = (FakeSystem::new(), Memory::default(), pod(&[PROXY, (CA_FILE, CA)]));
    let (old, new) = (certificate("old"), certificate("new"));
    for (written, used) in [(&old, &old), (&String::new(), &old), (&new, &new), (&String::new(), &new)] {
        fake.files.write(CA, written);
        let (_, transport) = found(&fake, &memory, &settings).await.ok().unwrap();
        assert_eq!(transport.server.unwrap().ca.as_ref(), Some(used));
    }
    fake.files.write(CA, "no certificate");
    assert!(found(&fake, &memory, &settings).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_names_the_binding_and_not_a_federated_credential() {
    let options = CredentialOptions { enable_azure_proxy: Some(true), ..CredentialOptions::default() };
    for (status, body) in [
        (401, r#"{"error_description":"AADSTS700213: No matching federated identity record."}"#),
        (403, r#"{"kind":"Status","message":"forbidden"}"#),
    ] {
        let fake = FakeSystem::new();
        fake.files.write("/token", secret("assertion"));
        fake.http.answer(status, body);
        let settings = settings_with(&[&POD[1..], &[PROXY]].concat(), &options);
        let failure = ask(&fake, Credential::WorkloadIdentity, &settings).await.err().unwrap().failure;
        assert!(failure.reason.starts_with("10.0.0.1:6443 refused"), "{}", failure.reason);
        let step = failure.next_step.unwrap();
        assert!(step.contains("az aks identity-binding") && !step.contains("federated-credential"), "{step}");
    }
}
