//! What a message says about an assertion that Entra ID refuses: its issuer, subject and audience, and the command that
//! creates the federated credential with them. The assertion itself is never shown.

use azure_core::base64::decode_url_safe;
use serde::Deserialize;
use serde_json::Value;

use crate::aadsts;
use crate::error::Failure;
use crate::json;
use crate::secret::Secret;
use crate::settings::AssertionSource;
use crate::shown::{Form, quoted, shown};

/// No federated credential matches the issuer, the subject or the audience.
const NO_MATCH: [u32; 7] = [70_021, 70_025, 700_211, 700_212, 700_213, 7_002_137, 7_002_138];
/// The time or the key of the assertion is wrong, which another federated credential does not mend.
const NOT_VALID: [u32; 2] = [700_024, UNKNOWN_KEY];
/// Entra ID has no key that the assertion is signed with.
const UNKNOWN_KEY: u32 = 700_027;

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Value,
}

impl Claims {
    fn of(assertion: &Secret) -> Option<Self> {
        let payload = assertion.expose().split('.').nth(1)?;
        json::object(decode_url_safe(payload).ok()?).ok()
    }

    /// The first audience, if there are several.
    fn audience(&self) -> &str {
        self.aud.as_str().or_else(|| self.aud.get(0)?.as_str()).unwrap_or_default()
    }
}

/// `refused` with what `assertion` says of itself, if Entra ID refused it for that. `client_id` is the application's.
pub(in crate::credential) fn explain(
    refused: Failure,
    assertion: &Secret,
    source: &AssertionSource,
    client_id: &str,
) -> Failure {
    let is_unmatched = aadsts::names(&refused.reason, &NO_MATCH);
    if !is_unmatched && !aadsts::names(&refused.reason, &NOT_VALID) {
        return refused;
    }
    let Some(claims) = Claims::of(assertion) else { return refused };
    let (issuer, subject, audience) =
        (quoted(Form::Url, &claims.iss), quoted(Form::Scope, &claims.sub), quoted(Form::Scope, claims.audience()));
    let reason = format!(
        "{}. The assertion has the issuer {issuer}, the subject {subject} and the audience {audience}",
        refused.reason
    );
    // An app that signs its own assertions has its certificate in Entra ID.
    let is_of_issuer = !matches!(source, AssertionSource::Function(_));
    let next_step = if is_unmatched {
        Some(format!("{CREATE}: {} ({})", command(&claims, source, client_id), aadsts::FEDERATION))
    } else if is_of_issuer && aadsts::names(&refused.reason, &[UNKNOWN_KEY]) {
        let page = format!("{}/.well-known/openid-configuration", value(Form::Url, &claims.iss, "<issuer>"));
        Some(format!("let Entra ID read the issuer's keys: {page} must be public, and lead to the key that signs"))
    } else {
        refused.next_step
    };
    Failure { reason, next_step, ..refused }
}

const CREATE: &str = "create the federated credential that matches the assertion (or correct the existing one)";

/// The command that creates the matching federated credential. A managed identity vouches only for an app registration.
fn command(claims: &Claims, source: &AssertionSource, client_id: &str) -> String {
    let issuer = value(Form::Url, &claims.iss, "<issuer>");
    let subject = value(Form::Scope, &claims.sub, "<subject>");
    let audience = value(Form::Scope, claims.audience(), "<audience>");
    match source {
        AssertionSource::ManagedIdentity { .. } => {
            let id = value(Form::Guid, client_id, "<AZURE_CLIENT_ID>");
            format!(
                "az ad app federated-credential create --id {id} --parameters '{{\"name\":\"azure-openai\",\
                 \"issuer\":\"{issuer}\",\"subject\":\"{subject}\",\"audiences\":[\"{audience}\"]}}'"
            )
        }
        _ => format!(
            "az identity federated-credential create --name azure-openai --identity-name <identity> --resource-group \
             <group> --issuer \"{issuer}\" --subject \"{subject}\" --audiences \"{audience}\""
        ),
    }
}

/// `text` for a shell's quotation marks, in which an interactive one still expands `!`, or `placeholder` if it cannot be shown or quoted.
fn value(form: Form, text: &str, placeholder: &str) -> String {
    let is_plain = shown(form, text) == text && !text.contains(['\'', '"', '$', '`', '\\', '!']);
    if is_plain { text } else { placeholder }.to_owned()
}
