//! `check`: a token, one request, and what that means.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use azure_openai_entra_core::allowed_hosts::AllowedHosts;
use azure_openai_entra_core::cache::{Fetch, TokenCache};
use azure_openai_entra_core::error::{Code, Error, Failure};
use azure_openai_entra_core::said::words;
use azure_openai_entra_core::secret::quote;
use azure_openai_entra_core::settings::Variables;
use azure_openai_entra_core::shown::{Form, shown};
use azure_openai_entra_core::system::System;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Request};
use tokio::runtime::Handle;

use crate::body::Upload;
use crate::config::Config;
use crate::headers;
use crate::interim::Interim;
use crate::log::rfc3339;
use crate::refused_token::beginning;
use crate::start::settings;
use crate::tokens::Tokens;
use crate::upstream::Upstream;

/// Lists the models, which costs no tokens and wants the role that chats want.
const TARGET: &str = "/openai/models?api-version=2024-10-21";

/// For the head of the answer: a list of models takes a second.
pub const LIMIT: Duration = Duration::from_secs(30);

/// Whether all is well, and the report.
pub struct Report {
    /// Whether the upstream took the token.
    pub is_well: bool,
    /// For people, in lines.
    pub text: String,
}

/// Asks for a token and makes one request.
///
/// # Errors
/// What is wrong with the settings.
pub async fn check(
    config: &Config,
    variables: Variables,
    system: System,
    fetch: Arc<dyn Fetch>,
) -> Result<Report, Failure> {
    let hosts = AllowedHosts::read(&variables);
    let settings = settings(variables, config)?;
    let upstream = Upstream::new(&config.upstream, &settings, &*system.files).await?;
    let cache = TokenCache::new(system.clone(), fetch, Handle::current());
    let tokens = Tokens::new(cache, system.clock.clone(), settings, &hosts, &config.upstream, config.scope.clone())?;

    let mut text = format!("upstream  {}\nscope     {}\n", upstream.shown(), shown(Form::Scope, tokens.scope(TARGET)));
    let token = match tokens.get(TARGET).await {
        Ok(served) => served.token,
        Err(error) => {
            let _ = writeln!(text, "token     none\n\n{error}");
            return Ok(Report { is_well: false, text });
        }
    };
    let _ = writeln!(text, "token     from {}, until {}", token.credential.name(), rfc3339(token.expires_on));
    let mut request = Request::new(Upload::empty());
    *request.uri_mut() = http::Uri::from_static(TARGET);
    let mut headers = HeaderMap::new();
    headers::to_upstream(&mut headers, upstream.host());
    let bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret.expose()));
    let bearer = bearer.map_err(|_| {
        Failure::configuration("the token has characters that are not allowed in a header")
            .with_next_step("check the credential that gave it")
    })?;
    headers.insert(AUTHORIZATION, bearer);
    *request.headers_mut() = headers;
    let interim = Interim::new(None);
    let answer = tokio::select! {
        answer = upstream.send(request, &interim) => answer,
        () = system.clock.sleep(LIMIT) => {
            let reason = format!("{} did not answer within {} s", upstream.shown(), LIMIT.as_secs());
            Err(Failure::new(Code::Timeout, reason)
                .with_next_step("check the gateways between this machine and the resource, or run check again"))
        }
    };
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            let _ = writeln!(text, "request   no answer\n\n{}", Error::from(failure));
            return Ok(Report { is_well: false, text });
        }
    };
    let (status, mut body) = (answer.status().as_u16(), answer.into_body());
    let said = String::from_utf8_lossy(&beginning(&mut body).await.data).into_owned();
    let (is_well, meaning) = meaning(status, &said);
    let _ = writeln!(text, "request   GET {}: {status}\n\n{meaning}", TARGET.split('?').next().unwrap_or_default());
    if !is_well && !said.trim().is_empty() {
        let _ = writeln!(text, "The answer says: {}", quote(&words(&said), &[&token.secret]));
    }
    Ok(Report { is_well, text })
}

/// Whether the upstream took the token, and what to do if it did not, in the words of the doctor.
fn meaning(status: u16, said: &str) -> (bool, &'static str) {
    let says = |word: &str| said.to_ascii_lowercase().contains(&word.to_ascii_lowercase());
    match status {
        _ if said.trim_start().starts_with('<') => (
            false,
            "A server other than Azure OpenAI answered, with an HTML page. Check whether a proxy, a firewall or a sign-in page answered instead.",
        ),
        200..=299 => (true, "The resource accepted the token."),
        429 => (true, "The resource accepted the token, but is at its rate limit."),
        401 if says("PermissionDenied") => (
            false,
            "The identity lacks a role on the resource. Assign it Cognitive Services OpenAI User. That takes up to 5 min.",
        ),
        401 if says("tenant") => (
            false,
            "The token is of another tenant than the resource. Set AZURE_TENANT_ID to the resource's tenant, or log in there.",
        ),
        401 => (
            false,
            "The resource refused the token. Compare the tenant and the cloud of the resource with those of the token.",
        ),
        403 if says("AuthenticationTypeDisabled") || says("key based authentication") => (
            false,
            "The request arrived with a key, and keys are disabled on this resource. Check whether a proxy or a gateway adds an api-key header.",
        ),
        403 if says("virtual network") || says("firewall") => (
            false,
            "The resource's network rules do not let this machine in. Allow this machine's network in the resource's networking settings.",
        ),
        403 if says("public access") || says("private endpoint") => (
            false,
            "The resource is reachable only through its private endpoint. Run in the network of the private endpoint, and have privatelink.openai.azure.com resolved there.",
        ),
        403 => (
            false,
            "The resource does not let this request in. Check the resource's networking settings and the policies of the network.",
        ),
        404 => (
            false,
            "The resource has no such address. Set --upstream to the resource's endpoint as the portal shows it, without a path.",
        ),
        _ => (
            false,
            "Azure OpenAI does not answer this request so. Retry. If this persists, check the proxies and gateways in front of the resource.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_by_what_it_asks_for() {
        for (status, said, is_well, word) in [
            (200, "{}", true, "accepted the token"),
            (429, "{}", true, "rate limit"),
            (401, r#"{"error":{"code":"PermissionDenied"}}"#, false, "Cognitive Services OpenAI User"),
            (401, "Token tenant does not match", false, "AZURE_TENANT_ID"),
            (401, "", false, "the tenant and the cloud"),
            (403, "AuthenticationTypeDisabled", false, "keys are disabled"),
            (403, "Virtual Network/Firewall rules", false, "network rules"),
            (403, "Public access is disabled", false, "private endpoint"),
            (404, "", false, "no such address"),
            (200, " <html>", false, "HTML page"),
            (500, "", false, "Retry"),
        ] {
            let (found, meaning) = meaning(status, said);
            assert_eq!(found, is_well, "{status} {said}");
            assert!(meaning.contains(word), "{status}: {meaning}");
        }
    }
}
