//! The refusals that people meet, each with its cause and its next step. A row is one line of the table below.
//!
//! <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>

use Flow::{Any, App, Developer, Federated};

/// How the token is asked for, which decides what mends the refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Every flow.
    Any,
    /// An application with a secret or a certificate.
    App,
    /// An application with the token of another issuer.
    Federated,
    /// A person, by a developer tool.
    Developer,
}

/// One AADSTS code.
pub(super) struct Row {
    pub(super) code: u32,
    /// What is wrong, in words that a table can hold.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "only the page has it: Entra ID's own words tell it in a message")
    )]
    pub(super) cause: &'static str,
    /// What to do, by how the token is asked for. `{login}` is the login of the developer tool, a whole command.
    pub(super) steps: &'static [(Flow, &'static str)],
    /// Microsoft's page about it, if there is more than the page of the code.
    pub(super) page: Option<&'static str>,
}

const fn row(code: u32, cause: &'static str, steps: &'static [(Flow, &'static str)]) -> Row {
    Row { code, cause, steps, page: None }
}

const fn with_page(page: &'static str, row: Row) -> Row {
    Row { page: Some(page), ..row }
}

/// Microsoft's page about what Entra ID compares.
pub const FEDERATION: &str =
    "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations";
const CERTIFICATES: &str = "https://learn.microsoft.com/entra/identity-platform/certificate-credentials";
const NO_RESOURCE: &str = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-aadsts500011-resource-principal-not-found";
const DISABLED_APP: &str = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-aadsts7000112-application-is-disabled";
const FOREIGN_ACCOUNT: &str = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-AADSTS50020-user-account-identity-provider-does-not-exist";
const GRANT_REVOKED: &str = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-aadsts50173-grant-expired-revoked";
const UNASSIGNED: &str = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration/error-code-AADSTS50105-user-not-assigned-role";

const RENEW: &str = "run '{login}' to renew the login";
const SECOND_FACTOR: &str = "run '{login}' and complete the multi-factor authentication that the tenant requires";
const POLICY: &str = "run '{login}' on a device and a network that the conditional access policy allows, or ask the tenant's administrator";
const OTHER_ACCOUNT: &str = "run '{login}' with an account of that tenant, or correct the tenantId option";
const OTHER_TENANT: &str = "correct the tenantId option: no such tenant exists";
const OTHER_SCOPE: &str = "correct the scope or the cloud: this tenant has no such resource";
const NO_TENANT: &str = "set AZURE_TENANT_ID to the Directory (tenant) ID, and AZURE_AUTHORITY_HOST to the authority of its cloud: no such tenant exists";
const ADMINISTRATOR: &str = "ask the tenant's administrator to allow this account";
const CONDITIONAL_ACCESS: &str = "ask the tenant's administrator to allow this identity in conditional access";
const DEFAULT_SCOPE: &str =
    "set the scope to the resource followed by /.default, such as https://cognitiveservices.azure.com/.default";
const COMPARE_APP: &str = "compare AZURE_CLIENT_ID with the Application (client) ID of the app registration, and AZURE_TENANT_ID with its Directory (tenant) ID";
const CONSENT: &str = "ask the tenant's administrator to consent to this application for Azure OpenAI";
const LATER: &str = "wait: the first call after the back-off retries";
const FEDERATED_CREDENTIAL: &str = "compare issuer, subject and audience with the application's federated credentials: az ad app federated-credential list --id <AZURE_CLIENT_ID>";
const CLOCK: &str = "set this machine's clock, for instance with NTP";
const UPLOAD: &str = "upload the certificate of AZURE_CLIENT_CERTIFICATE_PATH to the app registration: az ad app credential reset --id <AZURE_CLIENT_ID> --cert @cert.pem --append";
const NEW_SECRET: &str =
    "create a new client secret and set AZURE_CLIENT_SECRET to its value: the current secret has expired";
const NOT_FEDERATED: &str = "run the federated login again in this job: a federated login of az lasts as long as its token, minutes. Or use WorkloadIdentityCredential, which reads the token file each time";

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    row(50_001, "The resource is not known in this tenant", &[(Any, OTHER_SCOPE)]),
    row(50_012, "The client assertion is not valid", &[(App, UPLOAD), (Federated, FEDERATED_CREDENTIAL), (Developer, RENEW)]),
    row(50_013, "The assertion is not valid", &[(Any, FEDERATED_CREDENTIAL)]),
    with_page(FOREIGN_ACCOUNT, row(50_020, "The account is of another tenant and not a guest of this one", &[(Any, OTHER_ACCOUNT)])),
    row(50_034, "The tenant has no such account", &[(Any, OTHER_ACCOUNT)]),
    row(50_053, "The account is locked, or signs in from an address that is blocked", &[(Any, ADMINISTRATOR)]),
    row(50_055, "The password has expired", &[(Any, RENEW)]),
    row(50_057, "The account is disabled", &[(Any, ADMINISTRATOR)]),
    row(50_058, "The login is over", &[(Any, RENEW)]),
    row(50_059, "The request names no tenant", &[(App, NO_TENANT), (Federated, NO_TENANT), (Developer, OTHER_TENANT)]),
    row(50_072, "The user must enroll for multi-factor authentication", &[(Any, SECOND_FACTOR)]),
    row(50_074, "Multi-factor authentication is required", &[(Any, SECOND_FACTOR)]),
    row(50_076, "Multi-factor authentication is required", &[(Any, SECOND_FACTOR)]),
    row(50_078, "Multi-factor authentication has expired", &[(Any, SECOND_FACTOR)]),
    row(50_079, "The user must enroll for multi-factor authentication", &[(Any, SECOND_FACTOR)]),
    row(50_089, "The login has expired", &[(Any, RENEW)]),
    row(50_097, "A known device is required", &[(Any, POLICY)]),
    with_page(UNASSIGNED, row(50_105, "The account is not assigned to the application", &[(Any, ADMINISTRATOR)])),
    row(50_126, "User name or password is wrong", &[(Any, RENEW)]),
    row(50_128, "The domain is of no tenant", &[(Any, OTHER_ACCOUNT)]),
    row(50_131, "A conditional access policy blocks this device or network", &[(Any, POLICY)]),
    row(50_132, "The login was revoked", &[(Any, RENEW)]),
    row(50_133, "The login was revoked by a changed password", &[(Any, RENEW)]),
    row(50_158, "Another authentication is required", &[(Any, SECOND_FACTOR)]),
    with_page(GRANT_REVOKED, row(50_173, "The login was revoked, by a changed password or an administrator", &[(Any, RENEW)])),
    row(50_194, "The application is of a single tenant, another one than this", &[(Any, "set AZURE_TENANT_ID to the tenant of the app registration")]),
    row(50_196, "The same request came too often", &[(Any, LATER)]),
    row(51_004, "The account is not in the directory", &[(Any, OTHER_ACCOUNT)]),
    row(53_000, "A compliant device is required", &[(Any, POLICY)]),
    row(53_001, "A device that is joined to the domain is required", &[(Any, POLICY)]),
    row(53_002, "An approved application is required", &[(Any, POLICY)]),
    row(53_003, "Conditional access blocks this identity", &[(App, CONDITIONAL_ACCESS), (Federated, CONDITIONAL_ACCESS), (Developer, POLICY)]),
    row(53_004, "The user must register for multi-factor authentication from a trusted place", &[(Any, POLICY)]),
    row(53_009, "A protected application is required", &[(Any, POLICY)]),
    row(53_011, "The user is blocked because of risk", &[(Any, POLICY)]),
    row(65_001, "The user or the administrator has not consented", &[(App, CONSENT), (Federated, CONSENT), (Developer, ADMINISTRATOR)]),
    row(65_002, "The tool's application is not authorized for this resource", &[(Any, "correct the scope: the developer tool cannot get tokens for it. Use another credential for this resource")]),
    row(70_001, "The tenant has no such application", &[(Any, COMPARE_APP)]),
    row(70_008, "The login has expired", &[(Any, RENEW)]),
    row(70_011, "The scope is not valid", &[(App, DEFAULT_SCOPE), (Federated, DEFAULT_SCOPE), (Developer, OTHER_SCOPE)]),
    with_page(FEDERATION, row(70_021, "No federated credential matches the token", &[(Any, FEDERATED_CREDENTIAL)])),
    with_page(FEDERATION, row(70_023, "The external token is not accepted for this application", &[(Any, FEDERATED_CREDENTIAL)])),
    with_page(FEDERATION, row(70_025, "The application has no federated credential", &[(Any, "add a federated credential with the issuer, subject and audience of the token: az ad app federated-credential create --id <AZURE_CLIENT_ID> --parameters credential.json")])),
    row(70_043, "The login has expired under the tenant's sign-in frequency", &[(Any, RENEW)]),
    row(70_044, "The session has expired under conditional access", &[(Any, RENEW)]),
    row(90_002, "No such tenant exists in this cloud", &[(App, NO_TENANT), (Federated, NO_TENANT), (Developer, OTHER_TENANT)]),
    row(90_006, "Another service of Entra ID failed", &[(Any, LATER)]),
    row(90_014, "A parameter of the request is missing", &[(App, "set AZURE_TENANT_ID, AZURE_CLIENT_ID and one proof: a secret, a certificate or a federated token"), (Federated, "check that the source of the assertion gives one"), (Developer, RENEW)]),
    row(90_019, "The request names no tenant", &[(App, NO_TENANT), (Federated, NO_TENANT), (Developer, OTHER_TENANT)]),
    row(90_023, "The request is not valid", &[(App, COMPARE_APP), (Federated, COMPARE_APP), (Developer, OTHER_TENANT)]),
    row(90_033, "Entra ID is out of order for the moment", &[(Any, LATER)]),
    row(90_055, "The tenant is throttled", &[(Any, LATER)]),
    row(90_072, "The account is of another tenant and not a guest of this one", &[(Any, OTHER_ACCOUNT)]),
    row(90_094, "An administrator must consent", &[(App, CONSENT), (Federated, CONSENT), (Developer, ADMINISTRATOR)]),
    with_page(NO_RESOURCE, row(500_011, "This tenant has no such resource", &[(Any, OTHER_SCOPE)])),
    row(500_014, "The resource is disabled in this tenant", &[(Any, "ask the tenant's administrator to enable the service principal of the resource")]),
    row(500_021, "The network's proxy restricts the tenants", &[(Any, "ask the network's administrator to allow this tenant in tenant restrictions")]),
    row(500_133, "The assertion is outside its validity", &[(App, CLOCK), (Federated, "check this machine's clock and the age of the assertion: it is outside its validity"), (Developer, RENEW)]),
    row(500_571, "The guest account is disabled", &[(Any, ADMINISTRATOR)]),
    row(501_051, "The application is not assigned to a role of the resource", &[(Any, "ask the tenant's administrator to assign this application to the resource's enterprise application")]),
    row(530_003, "A managed device is required", &[(Any, POLICY)]),
    row(530_031, "An access policy does not allow tokens for this device", &[(Any, POLICY)]),
    row(530_032, "A security policy of the tenant blocks the login", &[(Any, POLICY)]),
    row(650_052, "The organization has no subscription to the service", &[(Any, OTHER_SCOPE)]),
    row(650_057, "The application does not list the resource", &[(Any, OTHER_SCOPE)]),
    row(700_003, "The device was deleted or disabled", &[(Any, RENEW)]),
    row(700_016, "The tenant has no such application", &[(App, COMPARE_APP), (Federated, COMPARE_APP), (Developer, RENEW)]),
    row(700_023, "The audience of the assertion is not this token endpoint", &[(Any, "set AZURE_AUTHORITY_HOST and AZURE_TENANT_ID to the cloud and the tenant of the app registration")]),
    row(700_024, "The assertion is outside its validity", &[(App, CLOCK), (Federated, "check this machine's clock and the age of the assertion: it is outside its validity"), (Developer, NOT_FEDERATED)]),
    row(700_025, "The application is a public client, and sends a secret or an assertion", &[(Any, "turn off \"Allow public client flows\" in the app registration, under Authentication")]),
    with_page(CERTIFICATES, row(700_027, "The application does not know the certificate", &[(App, UPLOAD), (Federated, UPLOAD), (Developer, RENEW)])),
    row(700_030, "The certificate's subject is not authorized", &[(Any, "upload the certificate itself, or allow its subject and issuer in the app registration and set AZURE_CLIENT_SEND_CERTIFICATE_CHAIN=true")]),
    row(700_081, "The login has expired: its longest lifetime is over", &[(Any, RENEW)]),
    row(700_082, "The login has expired: it was not used for long", &[(Any, RENEW)]),
    row(700_084, "The login of a single-page application has expired", &[(Any, RENEW)]),
    with_page(FEDERATION, row(700_211, "No federated credential has the token's issuer", &[(Any, "give the federated credential exactly the issuer of the token. On AKS: az aks show --query oidcIssuerProfile.issuerUrl")])),
    with_page(FEDERATION, row(700_212, "No federated credential has the token's audience", &[(Any, "give the federated credential exactly the audience of the token, api://AzureADTokenExchange unless it was changed")])),
    with_page(FEDERATION, row(700_213, "No federated credential has the token's subject", &[(Any, "give the application a federated credential with exactly this subject and the issuer of the cluster")])),
    with_page(FEDERATION, row(700_222, "A token of Entra ID is presented as a federated token", &[(Any, "use a managed identity as the federated credential, in the tenant of the application, or the token of another issuer")])),
    with_page(FEDERATION, row(700_223, "The tenant forbids federation", &[(Any, "ask the tenant's administrator to allow workload identity federation")])),
    with_page(FEDERATION, row(700_236, "The managed identity is of another tenant than the application", &[(Any, "put the managed identity and the app registration into the same tenant")])),
    with_page(FEDERATION, row(700_238, "The tenant does not accept tokens of this issuer", &[(Any, "ask the tenant's administrator to allow this issuer for workload identity federation")])),
    row(900_021, "The tenant is not a valid id", &[(App, NO_TENANT), (Federated, NO_TENANT), (Developer, OTHER_TENANT)]),
    row(900_023, "The tenant is neither a GUID nor a domain name", &[(App, NO_TENANT), (Federated, NO_TENANT), (Developer, OTHER_TENANT)]),
    row(900_144, "A parameter of the request is missing", &[(App, "set AZURE_TENANT_ID, AZURE_CLIENT_ID and one proof: a secret, a certificate or a federated token"), (Federated, "check that the source of the assertion gives one"), (Developer, RENEW)]),
    row(900_382, "The application is of another cloud", &[(Any, "set AZURE_AUTHORITY_HOST to the authority of the application's cloud: https://login.microsoftonline.us for US Government, https://login.chinacloudapi.cn for China, unset for the public one")]),
    row(900_971, "The application has no reply address", &[(Any, "add a redirect URI to the app registration, under Authentication. To sign in as an app, use a secret, a certificate or a federated credential")]),
    row(1_002_012, "The scope does not end in /.default", &[(Any, DEFAULT_SCOPE)]),
    with_page(DISABLED_APP, row(7_000_112, "The application is disabled in this tenant", &[(Any, "ask the tenant's administrator to enable the enterprise application")])),
    row(7_000_215, "The client secret is not one of this application's", &[(App, "set AZURE_CLIENT_SECRET to the secret's value, not to its id, and compare AZURE_CLIENT_ID with the application that has the secret"), (Federated, FEDERATED_CREDENTIAL), (Developer, RENEW)]),
    row(7_000_216, "The request has no proof of the application", &[(App, "set AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE_PATH"), (Federated, "check that the source of the assertion gives one"), (Developer, RENEW)]),
    row(7_000_218, "The request has no proof of the application", &[(App, "set AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE_PATH"), (Federated, "check that the source of the assertion gives one"), (Developer, RENEW)]),
    row(7_000_222, "The client secret has expired", &[(App, NEW_SECRET), (Federated, NEW_SECRET), (Developer, RENEW)]),
    row(7_000_229, "The application has no service principal in this tenant", &[(Any, "create the service principal in the tenant of AZURE_TENANT_ID: az ad sp create --id <AZURE_CLIENT_ID>")]),
    with_page(FEDERATION, row(7_002_137, "No federated credential matches the token", &[(Any, FEDERATED_CREDENTIAL)])),
    with_page(FEDERATION, row(7_002_138, "The subject of the token is written with other capitals than the federated credential's", &[(Any, "give the federated credential exactly the subject of the token, with its capitals")])),
    with_page(FEDERATION, row(7_002_381, "The tenant accepts GitHub tokens only of certain enterprises", &[(Any, "run the workflow in a repository of an enterprise that the tenant allows, or use another tenant")])),
    row(9_002_313, "The request is malformed", &[(App, "correct AZURE_TENANT_ID, AZURE_CLIENT_ID and the scope: one of them has characters that do not belong there"), (Federated, "check that the assertion is one whole JSON Web Token"), (Developer, "correct the scope, then run '{login}': the tool's request is malformed")]),
];

/// The codes that pass by themselves.
pub(super) const TRANSIENT: [u32; 4] = [50_196, 90_006, 90_033, 90_055];
