use super::super::redact_app;

#[test]
fn what_a_flag_of_one_dash_names_a_secret_is_replaced() {
    for (text, clean) in [
        ("Connect-Thing -ClientSecret swordfish-7 -TenantId x", "Connect-Thing -ClientSecret [redacted] -TenantId x"),
        ("Set-Thing -Password 'sword fish'", "Set-Thing -Password '[redacted]'"),
        ("+ Set-Thing -ApiKey swordfish7", "+ Set-Thing -ApiKey [redacted]"),
        ("Set-Thing -Password:swordfish7", "Set-Thing -Password:[redacted]"),
        ("tool -storepass swordfish7", "tool -storepass [redacted]"),
        ("az login --service-principal -u app -p swordfish-7", "az login --service-principal -u app -p [redacted]"),
        ("docker login -u joe -p \"swordfish7\" r.example", "docker login -u joe -p \"[redacted]\" r.example"),
    ] {
        assert_eq!(redact_app(text), clean);
    }
    for text in [
        "Connect-AzAccount -Credential $Credential -AccessToken $token -KeyVaultAccessToken $vaultToken",
        "Connect-AzAccount -Credential <PSCredential> [-GraphAccessToken <String>] [-Tenant <String>]",
        "az login --service-principal -u <app-id> -p <password-or-cert>",
        "-Password must be set, or -ClientSecret. -CertificatePassword is required for -CertificatePath /a/b.pfx",
        "docker run -p 127.0.0.1:8080:80 r.example/x, mkdir -p /home/joe/x7, ssh -p 2222222 joe",
        "az login --use-device-code, then mkdir -p one-more",
        "wait-for-token 1234567",
    ] {
        assert_eq!(redact_app(text), text);
    }
}

/// As programs print what they started.
#[test]
fn a_password_in_a_list_of_arguments_is_replaced() {
    let lists: [(&str, &str); 6] = [("\"", ","), ("\"", ", "), ("'", ", "), ("'", ","), ("\"", " "), ("", ", ")];
    for (quote, between) in lists {
        for value in ["swordfish-7", "562831994138"] {
            for arguments in [
                vec!["az", "login", "--password", value, "--tenant", "contoso.example"],
                vec!["mint", "--client-secret", value],
                vec!["-ApiKey", value, "-Tenant", "x"],
                vec!["az", "login", "-u", "app", "-p", value, "--tenant", "x"],
            ] {
                let listed: Vec<String> = arguments.iter().map(|it| format!("{quote}{it}{quote}")).collect();
                let text = format!("Command '[{}]' returned 1", listed.join(between));
                // Without quotation marks a password can end in a bracket.
                let is_last = quote.is_empty() && arguments.last() == Some(&value);
                let ending = if is_last { "]" } else { "" };
                assert_eq!(redact_app(&text), text.replace(&format!("{value}{ending}"), "[redacted]"));
            }
        }
    }
    assert_eq!(redact_app("['curl', '-u', 'joe:swordfish-7', 'x']"), "['curl', '-u', 'joe:[redacted]', 'x']");
    for text in [
        "the flags --password, --token and --api-key, or AZURE_CLIENT_SECRET, are not known",
        "['az', 'login', '--password', '--tenant', 'x']",
        "['mkdir', '-p', 'one-more-7'], ['ssh', '-p', '2222222', 'joe']",
    ] {
        assert_eq!(redact_app(text), text);
    }
}

#[test]
fn a_key_of_letters_behind_the_name_of_one_is_replaced() {
    for (text, clean) in [
        ("api-key: abcdefghijklmnopqrstuvwxyz", "api-key: [redacted]"),
        ("--api-key abcdefghijklmnopqrstuvwxyz", "--api-key [redacted]"),
        ("client_secret: QkdJsoPwmXcvLrtYhGfDsaZx.", "client_secret: [redacted]"),
    ] {
        assert_eq!(redact_app(text), clean);
    }
    for text in [
        "api-key: missing, api-key: InvalidAuthenticationTokenTenant",
        "api-key: OAuthError, client_secret: ManagedIdentityCredentialUnavailableError, api-key: UNAUTHORIZED",
    ] {
        assert_eq!(redact_app(text), text);
    }
}

#[test]
fn a_call_that_gets_a_token_and_the_key_of_a_library_hide_nothing() {
    for text in [
        "CredentialAdaptor.get_token: scopes=('https://a.example/.default',)",
        "ManagedIdentityCredential.acquire_token: scopes=['x'], kwargs={}",
        "client.acquireToken: scope-7, tokens.getToken: status=503",
        "Could not load file or assembly 'Azure.Identity, Version=1.13.1.0, Culture=neutral, PublicKeyToken=92742159e12e44c8'",
    ] {
        assert_eq!(redact_app(text), text);
    }
}

/// Names of secrets with words in them that errors, calls and public keys have as well.
const NAMES: [&str; 30] = [
    "no_reply_password",
    "noReplyPassword",
    "NO_REPLY_SMTP_PASSWORD",
    "get_client_secret",
    "getClientSecret",
    "bad_actor_api_key",
    "acquire_token_secret",
    "invalid_login_password",
    "my_bad_password",
    "missing_person_token",
    "unsupported_app_key",
    "unknown_user_password",
    "expired_password",
    "wrong_way_key",
    "public_key_password",
    "publicKeyPassphrase",
    "ssh_public_key_passphrase",
    "publickey_secret",
    "republic_key",
    "Republic_Key_Secret",
    "republic_key_token",
    "public_key_access_token",
    "password[0]",
    "client_secrets[12]",
    "api_key[]",
    "keyValue",
    "key_value",
    "token_value",
    "accessTokenValue",
    "old_password",
];

#[test]
fn a_secret_is_replaced_behind_its_name_whatever_words_are_in_it() {
    for name in NAMES {
        assert_redacted(name, |name, value| format!("failed {name}: {value}"));
        assert_redacted_in_data(name);
    }
}

#[test]
fn the_code_of_an_error_is_one_only_in_a_sentence() {
    for name in ["bad_key", "invalidToken", "expired_secret", "missing_credentials", "get_key", "unknown.token"] {
        assert_redacted_in_data(name);
    }
    for text in [
        "invalid_token: status=503, unknown_key: deployment-2, get_secret: status=404",
        "invalid_token: 'expired' bad_key: \"unreadable\" missing_key: 'AADSTS7000215'",
        "invalid_token: 'the token of 2024-01-02 expired'",
        "getAzureOpenAIToken: status=503, acquire_access_token: scope-7",
    ] {
        assert_eq!(redact_app(text), text);
    }
}

#[test]
fn a_public_key_is_no_secret() {
    for text in [
        "A, PublicKeyToken=92742159e12e44c8, publicKeyToken=\"92742159e12e44c8\" publickeytoken=92742159e12e44c8",
        "{\"publicKey\":\"swordfish7\",\"ssh_public_keys\":\"swordfish7\"} --ssh-public-key swordfish7",
        "publickey=swordfish7 public_key_2=swordfish7 publicKeyValue=swordfish7",
    ] {
        assert_eq!(redact_app(text), text);
    }
}

#[test]
fn the_field_of_a_form_or_an_object_in_brackets_is_a_name() {
    for (text, clean) in [
        ("user[password]=swordfish7&user[name]=joe", "user[password]=[redacted]&user[name]=joe"),
        ("user[password][0]=swordfish7", "user[password][0]=[redacted]"),
        ("env['CLIENT_SECRET'] = 'swordfish7'", "env['CLIENT_SECRET'] = '[redacted]'"),
    ] {
        assert_eq!(redact_app(text), clean);
    }
    for text in ["[get_token]: status=503", "usage: tool [--password]: tries-2", "a[0]=swordfish7, [12]=swordfish7"] {
        assert_eq!(redact_app(text), text);
    }
}

/// Checks that a secret behind `name` is replaced in forms, JSON, objects of JavaScript, commands and connection strings.
#[track_caller]
fn assert_redacted_in_data(name: &str) {
    let notations: [fn(&str, &str) -> String; 8] = [
        |name, value| format!("x {name}={value} y"),
        |name, value| format!("{{\"a\":1,\"{name}\":\"{value}\"}}"),
        |name, value| format!("{{\\\"{name}\\\":\\\"{value}\\\"}}"),
        |name, value| format!("run --{name} {value}"),
        |name, value| format!("a=1&{name}={value}&b=2"),
        |name, value| format!("Server=db;{name}={value};Db=x"),
        |name, value| format!("{{ a: 1, {name}: '{value}' }}"),
        |name, value| format!("{{\n  {name}: '{value}'\n}}"),
    ];
    for notation in notations {
        assert_redacted(name, notation);
    }
}

#[track_caller]
fn assert_redacted(name: &str, notation: impl Fn(&str, &str) -> String) {
    for value in ["swordfish1", "Tiger7horse", "hunter2!x"] {
        assert_eq!(redact_app(&notation(name, value)), notation(name, "[redacted]"));
    }
}
