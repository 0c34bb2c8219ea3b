//! A managed identity of the host, whose token an application of another tenant can trust.
//!
//! <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity>

use crate::credential::context::Fetch;
use crate::credential::managed_identity::host;
use crate::credential::request::TokenRequest;
use crate::error::Failure;
use crate::secret::Secret;
use crate::settings::{ASSERTION_CHOICE, Credential, ManagedIdentityId};

/// Requests a token of the host's managed identity, with the audience of token exchanges. `name` is what messages call the
/// setting that chooses this source.
pub(super) async fn request(fetch: &Fetch<'_>, client_id: Option<&str>, name: &str) -> Result<Secret, Failure> {
    let scope = format!("{}/.default", fetch.settings.entra.exchange_audience());
    let request = TokenRequest::new(vec![scope], None, None)?;
    let mut settings = fetch.settings.clone();
    // AZURE_CLIENT_ID names the application that trusts this identity, not the identity.
    settings.managed_identity.id =
        client_id.map_or(ManagedIdentityId::System, |id| ManagedIdentityId::ClientId(id.to_owned()));
    // The operator chose the host, so no probe has to find it.
    settings.sources.selection = vec![Credential::ManagedIdentity];
    let asked = host::get_token(&Fetch { request: &request, settings: &settings, ..*fetch }).await;
    let token = asked.map_err(|failure| {
        // The host's messages are about an identity that AZURE_CLIENT_ID names.
        let id = if name == ASSERTION_CHOICE { "AZURE_OPENAI_ENTRA_ASSERTION_CLIENT_ID" } else { "assertionClientId" };
        let named = |text: String| text.replace("AZURE_CLIENT_ID", id);
        Failure { reason: named(failure.reason), next_step: failure.next_step.map(named), ..failure }
    })?;
    Ok(token.secret)
}
