use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::Identity;
use crate::secret::Secret;
use crate::settings::logins::{Logins, home};
use crate::settings::{
    AppCredential, Application, AssertionSource, CHAIN, CertificateProof, CertificateSource, Credential,
    CredentialOptions, ManagedIdentityId, NetworkOptions, Proof, RetryOptions, ServiceConnection, Variables,
};
use crate::test_support::{secret, settings, settings_with};

const DOCUMENT: &str = include_str!("../../../../docs/configuration.md");

/// The variables that decide neither whose token comes nor what it is for, and why.
const DO_NOT_DECIDE: [(&str, &str); 25] = [
    ("AZURE_OPENAI_ENTRA_TRANSPORT", ROUTE),
    ("ALL_PROXY", ROUTE),
    ("HTTPS_PROXY", ROUTE),
    ("HTTP_PROXY", ROUTE),
    ("NO_PROXY", ROUTE),
    ("PROXY", ROUTE),
    ("NODE_EXTRA_CA_CERTS", ROUTE),
    ("SSL_CERT_FILE", ROUTE),
    ("AZURE_REGIONAL_AUTHORITY_NAME", "another endpoint of the same authority"),
    ("REGION_NAME", "another endpoint of the same authority"),
    ("AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY", "how the same authority is checked"),
    ("AZURE_CLIENT_CERTIFICATE_PASSWORD", PROOF),
    ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", PROOF),
    ("AZURE_USERNAME", "refused whatever its value"),
    ("AZURE_PASSWORD", "refused whatever its value"),
    ("AZURE_OPENAI_ENTRA_SCOPE", "part of the request, which the key holds as well"),
    ("AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID", CHOSEN),
    ("GCE_METADATA_HOST", CHOSEN),
    ("AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY", "with the variables of a token proxy, and then it does"),
    ("AZURE_KUBERNETES_TOKEN_PROXY", ENABLED),
    ("AZURE_KUBERNETES_CA_FILE", ENABLED),
    ("AZURE_KUBERNETES_CA_DATA", ENABLED),
    ("AZURE_KUBERNETES_SNI_NAME", ENABLED),
    ("SystemRoot", "where Windows is"),
    ("TZ", "how an expiry is read"),
];
const ROUTE: &str = "the way to the same endpoint";
const CHOSEN: &str = "if AZURE_OPENAI_ENTRA_ASSERTION chooses its source, and then it does";
const ENABLED: &str = "if AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY is on, and then it does";
const PROOF: &str = "of a certificate, and then it does";

/// Windows has other names for the user's folders.
fn is_of_another_platform(name: &str) -> bool {
    ["USERPROFILE", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA"].contains(&name)
}

/// Two values of `name`.
fn values(name: &str) -> [&'static str; 2] {
    match name {
        "AZURE_AUTHORITY_HOST" => ["https://login.microsoftonline.com", "https://login.microsoftonline.us"],
        "AZURE_TOKEN_CREDENTIALS" => ["AzureCliCredential", "prod"],
        "AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY"
        | "AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY"
        | "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN" => ["true", "false"],
        "AZURE_OPENAI_ENTRA_TRANSPORT" => ["native", "node"],
        "AZURE_OPENAI_ENTRA_ASSERTION" => ["github-actions", "google-cloud"],
        // Any value switches it on.
        "AZURE_IDENTITY_DISABLE_MULTITENANTAUTH" => ["", "true"],
        _ => ["alice", "bob"],
    }
}

/// The variables that the core reads, as the documentation lists them.
fn documented() -> Vec<&'static str> {
    let rows = DOCUMENT.lines().filter(|line| line.starts_with("| `") && line.contains(".rs]("));
    rows.filter_map(|line| line.split('`').nth(1)).collect()
}

fn identity(variables: &[(&str, &str)]) -> Identity {
    settings(variables).identity
}

#[test]
fn every_variable_that_decides_whose_token_comes_keeps_two_apart() {
    let names = documented();
    assert!(names.len() > 40, "{names:?}");
    for (name, why) in DO_NOT_DECIDE {
        assert!(names.contains(&name), "{name} ({why}) is not documented");
    }
    for name in names.into_iter().filter(|name| !is_of_another_platform(name)) {
        let [one, other] = values(name);
        let is_apart = identity(&[(name, one)]) != identity(&[(name, other)]);
        let decides = !DO_NOT_DECIDE.iter().any(|(known, _)| *known == name);
        assert_eq!(is_apart, decides, "{name}: {one} and {other}");
        assert!(identity(&[(name, one)]) == identity(&[(name, one)]), "{name}");
    }
}

#[test]
fn a_chosen_source_of_assertions_is_kept_apart_by_its_own_variables() {
    const CHOICE: &str = "AZURE_OPENAI_ENTRA_ASSERTION";
    for (variable, choice, names) in [
        (CHOICE, "managed-identity", &["AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID"][..]),
        (CHOICE, "managed-identity", &["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"]),
        (CHOICE, "managed-identity", &["MSI_ENDPOINT", "MSI_SECRET", "DEFAULT_IDENTITY_CLIENT_ID", "IMDS_ENDPOINT"]),
        (CHOICE, "managed-identity", &["AZURE_POD_IDENTITY_AUTHORITY_HOST", "ProgramData", "ProgramFiles"]),
        (CHOICE, "github-actions", &["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"]),
        (CHOICE, "google-cloud", &["GCE_METADATA_HOST"]),
        (
            "AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY",
            "true",
            &["AZURE_KUBERNETES_TOKEN_PROXY", "AZURE_KUBERNETES_SNI_NAME"],
        ),
        ("AZURE_OPENAI_ENTRA_ENABLE_AZURE_PROXY", "true", &["AZURE_KUBERNETES_CA_FILE", "AZURE_KUBERNETES_CA_DATA"]),
    ] {
        for (name, selected) in names.iter().flat_map(|name| [(name, "prod"), (name, "WorkloadIdentityCredential")]) {
            let of = |value| identity(&[(variable, choice), ("AZURE_TOKEN_CREDENTIALS", selected), (name, value)]);
            assert!(of("alice") != of("bob") && of("alice") == of("alice"), "{name} with {choice} and {selected}");
        }
    }
}

#[test]
fn a_service_principal_is_kept_apart_by_its_proof() {
    const FILE: (&str, &str) = ("AZURE_CLIENT_CERTIFICATE_PATH", "/one");
    let proofs: [&[(&str, &str)]; 8] = [
        &[],
        &[("AZURE_CLIENT_SECRET", "one")],
        &[("AZURE_CLIENT_SECRET", "other")],
        &[FILE],
        &[("AZURE_CLIENT_CERTIFICATE_PATH", "/other")],
        &[FILE, ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "one")],
        &[FILE, ("AZURE_CLIENT_CERTIFICATE_PASSWORD", "other")],
        &[FILE, ("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "true")],
    ];
    for chain in [&[][..], &[("AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential")]] {
        let of = |proof: &[(&str, &str)]| identity(&[chain, proof].concat());
        let identities: HashSet<Identity> = proofs.iter().map(|proof| of(proof)).collect();
        assert_eq!(identities.len(), proofs.len(), "{chain:?}");
        // The secret is the proof if both are set.
        assert!(of(&[proofs[1], &[FILE]].concat()) == of(proofs[1]));
    }
    let user = [("AZURE_USERNAME", "x"), ("AZURE_PASSWORD", "x")];
    assert!(identity(&user) != identity(&[]), "a sign-in by password ends the chain");
}

#[test]
fn what_concerns_no_selected_source_keeps_nobody_apart() {
    for (selected, name, is_apart) in [
        ("ManagedIdentityCredential", "HOME", false),
        ("ManagedIdentityCredential", "PATH", false),
        ("ManagedIdentityCredential", "AZURE_CONFIG_DIR", false),
        ("ManagedIdentityCredential", "IDENTITY_HEADER", true),
        ("EnvironmentCredential", "IDENTITY_ENDPOINT", false),
        ("EnvironmentCredential", "AZURE_TENANT_ID", true),
        ("WorkloadIdentityCredential", "AZURE_FEDERATED_TOKEN_FILE", true),
        ("WorkloadIdentityCredential", "MSI_ENDPOINT", false),
        ("AzureCliCredential", "AZURE_CONFIG_DIR", true),
        ("AzureCliCredential", "AZD_CONFIG_DIR", false),
        ("AzureCliCredential", "IDENTITY_ENDPOINT", true),
        ("AzureDeveloperCliCredential", "MSI_SECRET", true),
        ("AzurePowerShellCredential", "IDENTITY_HEADER", true),
        ("AzureCliCredential", "AZURE_CLIENT_ID", false),
        ("AzurePowerShellCredential", "PSModulePath", true),
        ("AzurePowerShellCredential", "AZURE_CONFIG_DIR", false),
        ("AzureCliCredential", "ACC_CLOUD", true),
        ("AzureCliCredential", "AZURE_SUBSCRIPTION_ID", false),
        ("AzureCliCredential", "AZD_AUTH_KEY", false),
        ("AzureDeveloperCliCredential", "AZD_AUTH_ENDPOINT", true),
        ("AzureDeveloperCliCredential", "AZD_IN_CLOUDSHELL", true),
        ("AzureDeveloperCliCredential", "AZD_AUTH_HOST", true),
        ("AzureDeveloperCliCredential", "AZD_AUTH_CERT", true),
        ("AzureDeveloperCliCredential", "AZD_OF_A_LATER_VERSION", true),
        ("AzureDeveloperCliCredential", "MY_AZD_AUTH_HOST", false),
        ("AzureDeveloperCliCredential", "AZURE_OIDC_TOKEN", true),
        ("AzureDeveloperCliCredential", "AZURE_OIDC_REQUEST_URL", true),
        ("AzureDeveloperCliCredential", "AZURE_OIDC_REQUEST_TOKEN", true),
        ("AzureDeveloperCliCredential", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", true),
        ("AzureDeveloperCliCredential", "SYSTEM_ACCESSTOKEN", true),
        ("AzureDeveloperCliCredential", "SYSTEM_OIDCREQUESTURI", true),
        ("AzureCliCredential", "AZURE_OIDC_TOKEN", false),
        ("AzureCliCredential", "AZD_AUTH_HOST", false),
        ("AzureCliCredential", "COPILOT_AGENT_SESSION_ID", true),
        ("AzureCliCredential", "AZURE_IDENTITY_DISABLE_CP1", true),
        ("AzureDeveloperCliCredential", "AZURE_IDENTITY_DISABLE_CP1", true),
        ("AzurePowerShellCredential", "AZURE_IDENTITY_DISABLE_CP1", false),
        ("AzureDeveloperCliCredential", "AZURE_SUBSCRIPTION_ID", true),
    ] {
        let of = |value| identity(&[("AZURE_TOKEN_CREDENTIALS", selected), (name, value)]);
        assert_eq!(of("alice") != of("bob"), is_apart, "{name} with {selected}");
    }
}

#[test]
fn a_login_folder_counts_as_it_resolves() {
    const AZ: (&str, &str) = ("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential");
    let by_home = identity(&[AZ, ("HOME", "/home/alice")]);
    assert!(by_home == identity(&[AZ, ("AZURE_CONFIG_DIR", "/home/alice/.azure")]));
    let moved = |home| identity(&[AZ, ("HOME", home), ("AZURE_CONFIG_DIR", "/logins")]);
    assert!(moved("/home/alice") == moved("/home/bob"));
}

#[test]
fn a_tools_variable_counts_as_the_tool_reads_it() {
    let folders = ["/a", " /a", "/a ", "/a\n", "\"/a\"", "'/a'", "/A", "/a/", " "];
    let host = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"];
    for (tool, names) in [
        ("AzureCliCredential", &host[..]),
        ("AzureDeveloperCliCredential", &host),
        ("AzurePowerShellCredential", &host),
        ("AzureCliCredential", &["AZURE_CONFIG_DIR", "HOME", "PATH", "BERRY_BIN_FOLDER", "ACC_CLOUD"]),
        ("AzureDeveloperCliCredential", &["AZD_CONFIG_DIR", "HOME", "PATH", "AZURE_CONFIG_DIR"]),
        ("AzureDeveloperCliCredential", &["AZD_AUTH_ENDPOINT", "AZD_AUTH_KEY", "AZURE_SUBSCRIPTION_ID"]),
        ("AzureDeveloperCliCredential", &["AZD_AUTH_PORT", "AZD_AUTH_CERTS_DIR", "AZD_OF_A_LATER_VERSION"]),
        ("AzurePowerShellCredential", &["HOME", "PATH", "PSModulePath"]),
    ] {
        for name in names {
            let of = |folder: &str| identity(&[("AZURE_TOKEN_CREDENTIALS", tool), (name, folder)]);
            let apart: HashSet<Identity> = folders.iter().map(|folder| of(folder)).collect();
            // A slash behind the user's folder changes nothing below it.
            let same = usize::from(*name == "HOME" && tool != "AzurePowerShellCredential");
            assert_eq!(apart.len(), folders.len() - same, "{name} with {tool}");
        }
        let unset = identity(&[("AZURE_TOKEN_CREDENTIALS", tool)]);
        assert!(unset != identity(&[("AZURE_TOKEN_CREDENTIALS", tool), ("HOME", "")]), "the user's own folder");
    }
}

#[test]
fn a_variable_of_azd_is_the_same_in_any_case_on_windows_only() {
    let of = |name: &str, is_windows| {
        let variables = HashMap::from([(name.to_owned(), "x".to_owned())]);
        Logins::read(&Variables::new(variables, is_windows)).azure_developer_cli
    };
    for (is_windows, is_same) in [(true, true), (false, false)] {
        assert_eq!(of("AZD_AUTH_HOST", is_windows) == of("azd_Auth_Host", is_windows), is_same);
        let folder = |name| of(name, is_windows).1.is_empty();
        assert!(folder("AZD_CONFIG_DIR") && !folder("AZD_CONFIG_DIRS"));
    }
}

#[test]
fn the_users_folder_on_each_platform() {
    let alice = [("HOME", "/home/alice"), ("USERPROFILE", r"C:\alice"), ("HOMEDRIVE", "D:"), ("HOMEPATH", r"\bob")];
    for (variables, is_windows, found) in [
        (&alice[..], false, Some("/home/alice")),
        (&alice[1..], false, None),
        (&alice[..], true, Some(r"C:\alice")),
        (&alice[2..], true, Some(r"D:\bob")),
        (&alice[3..], true, Some(r"\bob")),
        (&alice[..1], true, None),
    ] {
        let map: HashMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(home(&Variables::new(map, is_windows)).as_deref(), found, "{variables:?}");
    }
}

fn sent_by(sender: AppCredential) -> NetworkOptions {
    NetworkOptions { sender: Some(sender), ..NetworkOptions::default() }
}

#[test]
fn every_option_that_decides_whose_token_comes_keeps_two_apart() {
    let plain = CredentialOptions::default;
    // A new option has to be judged here.
    let CredentialOptions {
        tenant_id: _,
        managed_identity_client_id: _,
        managed_identity_resource_id: _,
        managed_identity_object_id: _,
        workload_identity_client_id: _,
        additionally_allowed_tenants: _,
        authority_host: _,
        subscription: _,
        process_time_limit: _,
        disable_instance_discovery: _,
        // Judged with the variables of the proxy.
        enable_azure_proxy: _,
        retry: _,
        app: _,
        only: _,
        assertion: _,
        assertion_choice: _,
        assertion_client_id: _,
        named: _,
        application: _,
        network: _,
    } = plain();
    let text = |value: &str| Some(value.to_owned());
    let deciding: [fn(&str) -> CredentialOptions; 15] = [
        |name| CredentialOptions { tenant_id: Some(name.into()), ..Default::default() },
        |name| CredentialOptions { managed_identity_client_id: Some(name.into()), ..Default::default() },
        |name| CredentialOptions { managed_identity_resource_id: Some(name.into()), ..Default::default() },
        |name| CredentialOptions { managed_identity_object_id: Some(name.into()), ..Default::default() },
        |name| CredentialOptions { workload_identity_client_id: Some(name.into()), ..Default::default() },
        |name| CredentialOptions { additionally_allowed_tenants: vec![name.into()], ..Default::default() },
        |name| CredentialOptions { authority_host: Some(format!("https://{name}.example")), ..Default::default() },
        |name| CredentialOptions { subscription: Some(name.into()), ..Default::default() },
        |name| CredentialOptions { app: Some(AppCredential::Named(name.into())), ..Default::default() },
        |name| CredentialOptions { network: sent_by(AppCredential::Named(name.into())), ..Default::default() },
        |name| CredentialOptions {
            only: CHAIN.into_iter().find(|source| *source == Credential::AzureCli || name == "bob"),
            ..Default::default()
        },
        |name| CredentialOptions {
            named: CHAIN.into_iter().find(|source| *source == Credential::AzureCli || name == "bob"),
            ..Default::default()
        },
        |name| CredentialOptions {
            assertion: Some((AssertionSource::File(format!("/{name}")), "tokenFilePath")),
            ..Default::default()
        },
        |name| CredentialOptions {
            assertion_choice: Some(if name == "bob" { "github-actions" } else { "google-cloud" }.into()),
            ..Default::default()
        },
        |name| CredentialOptions {
            assertion_choice: Some("managed-identity".into()),
            assertion_client_id: Some(name.into()),
            ..Default::default()
        },
    ];
    let of = |options: &CredentialOptions| settings_with(&[], options).identity;
    let mut seen = vec![of(&plain())];
    for options in deciding {
        for name in ["alice", "bob"] {
            let identity = of(&options(name));
            assert!(!seen.contains(&identity), "deciding option {}, {name}", seen.len() / 2);
            seen.push(identity);
        }
    }
    let object =
        |bridge, object| of(&CredentialOptions { app: Some(AppCredential::Object { bridge, object }), ..plain() });
    assert!(object(0, 1) != object(1, 1) && object(0, 1) != object(0, 2));
    let sender = |source: &str, object| {
        let network = sent_by(AppCredential::Object { bridge: 0, object });
        settings_with(&[("AZURE_TOKEN_CREDENTIALS", source)], &CredentialOptions { network, ..plain() }).identity
    };
    for source in CHAIN {
        let is_apart = sender(source.name(), 1) != sender(source.name(), 2);
        assert_eq!(is_apart, !source.is_developer_tool(), "{}", source.name());
    }

    let of_no_matter = [
        CredentialOptions { process_time_limit: Some(Duration::from_secs(1)), ..plain() },
        CredentialOptions { disable_instance_discovery: true, ..plain() },
        CredentialOptions { enable_azure_proxy: Some(true), ..plain() },
        CredentialOptions { retry: RetryOptions { max_retries: Some(0), ..RetryOptions::default() }, ..plain() },
        CredentialOptions {
            network: NetworkOptions {
                proxy: text("http://proxy.example"),
                user_agent_prefix: text("app"),
                host: Some(1),
                sender: None,
                logs_account: true,
            },
            ..plain()
        },
    ];
    for (number, options) in of_no_matter.iter().enumerate() {
        assert!(of(options) == of(&plain()), "option {number}");
    }
    // The option and the variable mean the same.
    let by_option = CredentialOptions { managed_identity_client_id: text("c"), ..plain() };
    let managed = ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential");
    assert!(settings_with(&[managed], &by_option).identity == identity(&[managed, ("AZURE_CLIENT_ID", "c")]));
}

#[test]
fn everything_about_an_application_keeps_two_apart() {
    let connection = |id: &str, token: &str| {
        Proof::Assertion(AssertionSource::AzurePipelines(ServiceConnection {
            id: id.into(),
            system_access_token: Secret::new(token),
            request_uri: None,
        }))
    };
    let certificate = |source: CertificateSource, password: &str, send_chain: bool| {
        Proof::Certificate(CertificateProof { source, password: Some(Secret::new(password)), send_chain })
    };
    let function =
        |bridge, object| Proof::Assertion(AssertionSource::Function(AppCredential::Object { bridge, object }));
    let applications: Vec<Application> = [
        ("t", "c", Proof::Secret(Secret::new("one")), None),
        ("t", "c", Proof::Secret(Secret::new("other")), None),
        ("u", "c", Proof::Secret(Secret::new("one")), None),
        ("t", "d", Proof::Secret(Secret::new("one")), None),
        ("t", "c", Proof::Secret(Secret::new("one")), Some("alice")),
        ("t", "c", Proof::Secret(Secret::new("one")), Some("bob")),
        ("t", "c", certificate(CertificateSource::File("/one".into()), "p", false), None),
        ("t", "c", certificate(CertificateSource::File("/other".into()), "p", false), None),
        ("t", "c", certificate(CertificateSource::File("/one".into()), "q", false), None),
        ("t", "c", certificate(CertificateSource::File("/one".into()), "p", true), None),
        ("t", "c", certificate(CertificateSource::Pem(Secret::new("/one")), "p", false), None),
        ("t", "c", Proof::Assertion(AssertionSource::File("/one".into())), None),
        ("t", "c", Proof::Assertion(AssertionSource::Command(vec!["/one".into()])), None),
        ("t", "c", Proof::Assertion(AssertionSource::Command(vec!["/one".into(), "a".into()])), None),
        ("t", "c", function(0, 1), None),
        ("t", "c", function(1, 1), None),
        ("t", "c", function(0, 2), None),
        ("t", "c", connection("one", "token"), None),
        ("t", "c", connection("other", "token"), None),
        ("t", "c", connection("one", "another"), None),
    ]
    .into_iter()
    .map(|(tenant, client, proof, user)| Application {
        credential: Credential::ClientSecret,
        tenant_id: tenant.into(),
        client_id: client.into(),
        proof,
        user_assertion: user.map(Secret::new),
    })
    .collect();
    let of = |application: &Application| {
        let options = CredentialOptions { application: Some(application.clone()), ..Default::default() };
        settings_with(&[], &options).identity
    };
    let identities: HashSet<Identity> = applications.iter().map(of).collect();
    assert_eq!(identities.len(), applications.len());
    assert!(of(&applications[0]) == of(&applications[0].clone()), "equal ones share, whatever object asks");
    // And so does the address that its pipeline's token goes to.
    let options = CredentialOptions { application: applications.last().cloned(), ..Default::default() };
    let at = |uri: &str| settings_with(&[("SYSTEM_OIDCREQUESTURI", uri)], &options).identity;
    assert!(at("https://one.example") != at("https://other.example"));
}

#[test]
fn a_class_is_no_chain_and_heeds_no_variable_of_another_identity() {
    let named = |credential| CredentialOptions { named: Some(credential), ..Default::default() };
    for credential in CHAIN {
        let settings = settings_with(&[("AZURE_TOKEN_CREDENTIALS", "nonsense")], &named(credential));
        assert_eq!((settings.sources.selection, settings.sources.is_named), (vec![credential], true));
    }
    let variables = [("AZURE_CLIENT_ID", "v")];
    let managed = |id: Option<&str>, options: CredentialOptions| {
        let options = CredentialOptions { managed_identity_client_id: id.map(str::to_owned), ..options };
        settings_with(&variables, &options).managed_identity.id
    };
    let class = || named(Credential::ManagedIdentity);
    assert_eq!(managed(None, class()), ManagedIdentityId::System);
    assert_eq!(managed(Some("c"), class()), ManagedIdentityId::ClientId("c".into()));
    assert_eq!(managed(None, CredentialOptions::default()), ManagedIdentityId::ClientId("v".into()));
    assert_eq!(managed(Some(""), CredentialOptions::default()), ManagedIdentityId::System);
}

#[test]
fn no_secret_stands_in_it() {
    for name in ["IDENTITY_HEADER", "MSI_SECRET", "AZD_AUTH_KEY", "AZURE_CLIENT_SECRET"] {
        let planted = secret("planted");
        let identity = identity(&[(name, &planted)]);
        for shown in [identity.to_string(), format!("{identity:?}")] {
            assert!(!shown.contains(&planted[..8]), "{name}: {shown}");
        }
    }
}
