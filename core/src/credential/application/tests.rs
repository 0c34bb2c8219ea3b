use async_trait::async_trait;

use crate::credential::chain::Chain;
use crate::credential::tests::ask_for;
use crate::credential::{Acquisition, AppCredentials, AppSource, Credential, Token, TokenRequest};
use crate::error::{Attempt, AttemptOutcome, Code, Failure};
use crate::secret::Secret;
use crate::settings::{
    AppCredential, Application, AssertionSource, CertificateProof, CertificateSource, CredentialOptions, Proof,
    ServiceConnection, Settings,
};
use crate::test_support::{FakeSystem, secret, settings_with, token_body};

const TYPE: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

fn application(credential: Credential, proof: Proof) -> Application {
    Application { credential, tenant_id: "t".into(), client_id: "c".into(), proof, user_assertion: None }
}

fn with(application: Application, variables: &[(&str, &str)]) -> Settings {
    let options =
        CredentialOptions { tenant_id: Some("t".into()), application: Some(application), ..Default::default() };
    settings_with(variables, &options)
}

fn request() -> TokenRequest {
    TokenRequest::new(vec!["s/.default".into()], None, None).unwrap()
}

async fn ask(fake: &FakeSystem, settings: &Settings) -> Result<Token, Attempt> {
    ask_for(fake, settings.sources.selection[0], settings, &request()).await
}

/// A class has its own application, whatever service principal the variables name.
const OTHER: [(&str, &str); 3] =
    [("AZURE_TENANT_ID", "other"), ("AZURE_CLIENT_ID", "other"), ("AZURE_CLIENT_SECRET", "another-secret")];

#[tokio::test(start_paused = true)]
async fn a_secret_is_posted_for_the_application_of_the_options() {
    let (fake, proof, token) = (FakeSystem::new(), secret("client-secret"), secret("token"));
    fake.http.answer(200, token_body(&token, 3600));
    let settings = with(application(Credential::ClientSecret, Proof::Secret(Secret::new(&*proof))), &OTHER);
    let given = ask(&fake, &settings).await.ok().unwrap();
    assert_eq!((given.secret.expose(), given.credential.name()), (token.as_str(), "ClientSecretCredential"));
    assert_eq!(
        fake.http.sent(),
        [format!(
            "POST https://login.microsoftonline.com/t/oauth2/v2.0/token\n\nclient_id=c&client_secret={proof}&\
             grant_type=client_credentials&scope=s%2F.default"
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn the_user_s_token_is_exchanged_on_behalf_of_the_user() {
    let (fake, proof, user) = (FakeSystem::new(), secret("client-secret"), secret("user"));
    fake.http.answer(200, token_body(&secret("token"), 3600));
    let mut application = application(Credential::OnBehalfOf, Proof::Secret(Secret::new(&*proof)));
    application.user_assertion = Some(Secret::new(&*user));
    assert!(ask(&fake, &with(application, &[])).await.is_ok());
    assert_eq!(
        fake.http.sent(),
        [format!(
            "POST https://login.microsoftonline.com/t/oauth2/v2.0/token\n\nassertion={user}&client_id=c&\
             client_secret={proof}&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&\
             requested_token_use=on_behalf_of&scope=s%2F.default"
        )]
    );
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_takes_challenges_says_so_beside_the_claims_of_one() {
    for (claims, sent) in [
        (None, r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
        (
            Some(r#"{"access_token":{"nbf":{"value":"1"}},"id_token":{}}"#),
            r#"{"access_token":{"nbf":{"value":"1"},"xms_cc":{"values":["cp1"]}},"id_token":{}}"#,
        ),
        (Some(r#"{"access_token":1}"#), r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#),
    ] {
        let fake = FakeSystem::new();
        let request = TokenRequest::new(vec!["s".into()], None, claims.map(str::to_owned)).unwrap();
        let request = TokenRequest { cae: true, ..request };
        let settings = with(application(Credential::ClientSecret, Proof::Secret(Secret::new("secret"))), &[]);
        let _ = ask_for(&fake, Credential::ClientSecret, &settings, &request).await;
        let sent_whole = fake.http.sent().remove(0);
        let form = sent_whole.lines().last().unwrap();
        let claims = url::form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == "claims");
        assert_eq!(claims.unwrap().1, sent);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_speaks_of_options_and_ends_the_chain() {
    let fake = FakeSystem::new();
    fake.http.answer(401, r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret."}"#);
    let settings = with(application(Credential::ClientSecret, Proof::Secret(Secret::new("secret"))), &[]);
    let attempt = ask(&fake, &settings).await.err().unwrap();
    assert_eq!((attempt.outcome, attempt.failure.code), (AttemptOutcome::Failed, Code::Rejected));
    let next_step = attempt.failure.next_step.unwrap();
    assert!(next_step.starts_with("set clientSecret to the secret's value, not to its id"), "{next_step}");
}

#[tokio::test(start_paused = true)]
async fn a_certificate_is_read_from_its_file_or_its_text() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let pem = format!("{}{}", made.cert.pem(), made.signing_key.serialize_pem());
    let proof = |source| Proof::Certificate(CertificateProof { source, password: None, send_chain: false });
    for (source, reason) in [
        (CertificateSource::File("/missing.pem".into()), "the file /missing.pem, named by certificatePath, could not"),
        // The test's key is no RSA key, which is as far as it comes.
        (CertificateSource::File("/app.pem".into()), "the file /app.pem, named by certificatePath, has a private key"),
        (CertificateSource::Pem(Secret::new(&*pem)), "the certificate has a private key that cannot be used"),
        (CertificateSource::Pem(Secret::new("text")), "the certificate does not contain a PEM-encoded certificate"),
    ] {
        let fake = FakeSystem::new();
        fake.files.write("/app.pem", &pem);
        let settings = with(application(Credential::ClientCertificate, proof(source)), &[]);
        let failure = ask(&fake, &settings).await.err().unwrap().failure;
        assert_eq!((failure.code, fake.http.count()), (Code::Configuration, 0));
        assert!(failure.reason.starts_with(reason), "{}", failure.reason);
    }
}

#[tokio::test(start_paused = true)]
async fn without_one_tenant_no_proof_is_asked_for() {
    let connection =
        ServiceConnection { id: "i".into(), system_access_token: Secret::new(secret("system")), request_uri: None };
    let of_pipeline =
        application(Credential::AzurePipelines, Proof::Assertion(AssertionSource::AzurePipelines(connection)));
    for tenant in ["common", "organizations", "consumers"] {
        let fake = FakeSystem::new();
        let application = Application { tenant_id: tenant.into(), ..of_pipeline.clone() };
        let settings = with(application, &[("SYSTEM_OIDCREQUESTURI", "https://dev.azure.com/o/token")]);
        let failure = ask(&fake, &settings).await.err().unwrap().failure;
        assert_eq!((failure.code, fake.http.count()), (Code::Configuration, 0), "{tenant}");
        assert_eq!(
            failure.next_step.as_deref(),
            Some("set tenantId to the directory's GUID or a verified domain name")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn variables_that_an_application_of_options_does_not_use_may_be_placeholders() {
    let fake = FakeSystem::new();
    fake.http.answer(200, token_body(&secret("token"), 3600));
    let settings = with(
        application(Credential::ClientSecret, Proof::Secret(Secret::new(secret("own")))),
        &[
            ("AZURE_TENANT_ID", "${TENANT}"),
            ("AZURE_CLIENT_ID", "<client>"),
            ("AZURE_CLIENT_SECRET", "@Microsoft.KeyVault(SecretUri=x)"),
            ("AZURE_TOKEN_CREDENTIALS", "%CREDENTIALS%"),
        ],
    );
    assert!(ask(&fake, &settings).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_pipeline_exchanges_its_token_for_an_assertion() {
    let (fake, system, assertion) = (FakeSystem::new(), secret("system"), secret("assertion"));
    let connection =
        ServiceConnection { id: "id&x".into(), system_access_token: Secret::new(&*system), request_uri: None };
    let of_pipeline =
        application(Credential::AzurePipelines, Proof::Assertion(AssertionSource::AzurePipelines(connection)));
    let settings = with(of_pipeline.clone(), &[("SYSTEM_OIDCREQUESTURI", "https://dev.azure.com/o/token")]);
    fake.http.answer(200, format!(r#"{{"oidcToken":"{assertion}"}}"#));
    fake.http.answer(200, token_body(&secret("token"), 3600));
    assert!(ask(&fake, &settings).await.is_ok());
    let [first, second] = &fake.http.sent()[..] else { panic!("{:?}", fake.http.sent()) };
    assert!(first.starts_with("POST https://dev.azure.com/o/token?api-version=7.1&serviceConnectionId=id%26x\n"));
    assert!(first.contains(&format!("authorization: Bearer {system}")), "{first}");
    assert!(second.contains(&format!("client_assertion={assertion}&{TYPE}&client_id=c&")), "{second}");

    for (status, body, code) in [
        (200, "<html>", Code::Network),
        (302, "", Code::Network),
        (401, r#"{"message":"TF400813: not authorized"}"#, Code::Rejected),
        (200, r#"{"oidcToken":""}"#, Code::Network),
    ] {
        let fake = FakeSystem::new();
        fake.http.answer(status, body);
        let failure = ask(&fake, &settings).await.err().unwrap().failure;
        assert_eq!((failure.code, failure.status), (code, Some(status)), "{body}");
        assert!(failure.reason.contains("dev.azure.com") && !failure.reason.contains(&system), "{}", failure.reason);
    }
    for (variables, code) in [
        (&[][..], Code::Unavailable),
        (&[("SYSTEM_OIDCREQUESTURI", "http://dev.azure.com/o/token")], Code::Configuration),
        (&[("SYSTEM_OIDCREQUESTURI", "nonsense")], Code::Configuration),
    ] {
        let fake = FakeSystem::new();
        let failure = ask(&fake, &with(of_pipeline.clone(), variables)).await.err().unwrap().failure;
        assert_eq!((failure.code, fake.http.count()), (code, 0));
        assert!(failure.reason.starts_with("SYSTEM_OIDCREQUESTURI"), "{}", failure.reason);
    }
}

/// An app whose function gives an assertion, or fails without one.
struct Function(Option<String>);

#[async_trait]
impl AppCredentials for Function {
    async fn get_token(&self, _: AppSource, _: &TokenRequest, _: &Settings) -> Result<Token, Failure> {
        Err(Failure::unavailable("it has no credential"))
    }

    async fn get_assertion(&self, function: u32) -> Result<Secret, Failure> {
        assert_eq!(function, 7);
        self.0.as_deref().map(Secret::new).ok_or_else(|| Failure::new(Code::Rejected, "the vault is closed"))
    }
}

async fn ask_with(fake: &FakeSystem, settings: &Settings, app: Option<&dyn AppCredentials>) -> Acquisition {
    Chain::default().get_token(&fake.system(), &*fake.http(), settings, &request(), app).await
}

#[tokio::test(start_paused = true)]
async fn a_function_of_the_app_gives_the_assertion() {
    let source = AssertionSource::Function(AppCredential::Object { bridge: 1, object: 7 });
    let settings = with(application(Credential::ClientAssertion, Proof::Assertion(source)), &[]);
    let (fake, assertion) = (FakeSystem::new(), secret("assertion"));
    fake.http.answer(200, token_body(&secret("token"), 3600));
    assert!(ask_with(&fake, &settings, Some(&Function(Some(assertion.clone())))).await.is_ok());
    assert!(fake.http.sent()[0].contains(&format!("client_assertion={assertion}&{TYPE}")));

    for (app, code, reason) in [
        (Some(&Function(None) as &dyn AppCredentials), Code::Rejected, "the vault is closed"),
        (None, Code::Unavailable, "no JavaScript app is attached"),
    ] {
        let error = ask_with(&fake, &settings, app).await.err().unwrap();
        assert_eq!((error.failure.code, error.failure.reason.as_str()), (code, reason));
        assert_eq!(fake.http.count(), 1);
    }
}
