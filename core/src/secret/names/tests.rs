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
