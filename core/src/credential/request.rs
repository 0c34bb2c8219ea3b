//! What a caller asks for.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::error::Failure;
use crate::secret::Secret;
use crate::settings::check_tenant;
use crate::shown::{self, Form, quoted, shown, shown_if};

/// What a caller asks for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    /// In the caller's order, without repetition, one each, not empty.
    pub scopes: Vec<String>,
    /// Another tenant than the configured one.
    pub tenant: Option<String>,
    /// A claims challenge, as JSON text.
    pub claims: Option<String>,
    /// Whether the caller takes claims challenges, so that Entra ID may give a token that lives longer and is revoked.
    pub cae: bool,
}

impl TokenRequest {
    /// A request for `scopes`.
    ///
    /// ```
    /// use azure_openai_entra_core::credential::TokenRequest;
    ///
    /// let scopes = vec!["https://cognitiveservices.azure.com/.default".to_owned()];
    /// assert!(TokenRequest::new(scopes, None, None).is_ok());
    /// assert!(TokenRequest::new(Vec::new(), None, None).is_err());
    /// ```
    ///
    /// # Errors
    /// `Configuration` if `scopes` is empty or holds a value that is not a scope.
    pub fn new(scopes: Vec<String>, tenant: Option<String>, claims: Option<String>) -> Result<Self, Failure> {
        if scopes.is_empty() {
            return Err(Failure::configuration("no scope is given")
                .with_next_step("pass a scope such as https://cognitiveservices.azure.com/.default"));
        }
        if let Some(scope) = scopes.iter().find(|scope| !is_scope_list(scope)) {
            let reason = format!("the scope is {}, which is not a scope", quoted(Form::Scope, scope));
            return Err(Failure::configuration(reason)
                .with_next_step("pass a scope such as https://cognitiveservices.azure.com/.default"));
        }
        if let Some(tenant) = &tenant {
            check_tenant("tenantId", tenant)?;
        }
        if let Some(claims) = &claims
            && !serde_json::from_str::<serde_json::Value>(claims).is_ok_and(|claims| claims.is_object())
        {
            return Err(Failure::configuration("claims is not a JSON object")
                .with_next_step("pass the decoded claims JSON of the WWW-Authenticate challenge"));
        }
        let mut seen = HashSet::new();
        let each = scopes.iter().flat_map(|list| list.split_ascii_whitespace()).map(str::to_owned);
        let scopes = each.filter(|scope| seen.insert(scope.clone())).collect();
        Ok(Self { scopes, tenant, claims, cae: false })
    }

    /// The claims of the request to Entra ID: those of the challenge, and that the caller takes challenges.
    pub(super) fn all_claims(&self) -> Option<String> {
        if !self.cae {
            return self.claims.clone();
        }
        let mut claims: Map<String, Value> =
            self.claims.as_deref().and_then(|claims| serde_json::from_str(claims).ok()).unwrap_or_default();
        let of_token = claims.entry("access_token").or_insert_with(|| json!({}));
        if !of_token.is_object() {
            *of_token = json!({});
        }
        of_token["xms_cc"] = json!({ "values": ["cp1"] });
        Some(Value::Object(claims).to_string())
    }

    /// The scopes as statistics, health and events may show them: of a secret with blanks in it, each can have the form of one.
    pub fn shown_scopes(&self) -> Vec<String> {
        let whole = self.scopes.join(" ");
        let told = shown(Form::Scope, &whole);
        if told == whole { self.scopes.clone() } else { vec![told] }
    }

    /// The same of the tenant.
    pub fn shown_tenant(&self) -> Option<String> {
        shown_if(Form::Tenant, self.tenant.as_deref())
    }

    /// What nothing may tell of it, though endpoints and tools echo it.
    pub(super) fn secrets(&self) -> impl Iterator<Item = Secret> {
        /// A shorter part of a secret with blanks in it is a word.
        const SHORTEST: usize = 8;
        let whole = self.scopes.join(" ");
        let is_part = self.scopes.len() > 1 && shown::is_misplaced(Form::Scope, &whole);
        let resources = self.scopes.iter().map(|scope| scope.strip_suffix("/.default").unwrap_or(scope));
        let given =
            resources.map(|scope| (Form::Scope, scope)).chain(self.tenant.as_deref().map(|it| (Form::Tenant, it)));
        let is_secret = move |form, value: &str| {
            shown::is_misplaced(form, value) || (is_part && form == Form::Scope && value.len() >= SHORTEST)
        };
        let pieces = given.filter(move |(form, value)| is_secret(*form, value)).map(|(_, value)| Secret::new(value));
        is_part.then(|| Secret::new(whole)).into_iter().chain(pieces)
    }

    /// The resource of the one scope, as managed identity and `az` want it.
    ///
    /// # Errors
    /// `Configuration` if the request has several scopes.
    pub(super) fn resource(&self) -> Result<&str, Failure> {
        match self.scopes.as_slice() {
            [scope] => match scope.strip_suffix("/.default").unwrap_or(scope) {
                "" => Err(Failure::configuration("the scope names no resource")
                    .with_next_step("pass a scope such as https://cognitiveservices.azure.com/.default")),
                resource => Ok(resource),
            },
            _ => Err(Failure::configuration("Multiple scopes are not supported")
                .with_next_step("pass one scope such as https://cognitiveservices.azure.com/.default")),
        }
    }
}

/// RFC 6749, section 3.3: a list that blanks separate. Mostly of one, perhaps with the line break of a file behind it. The lines of
/// a key are no list.
fn is_scope_list(list: &str) -> bool {
    let is_scope = |scope: &str| scope.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
    let is_key = list.contains("-----BEGIN ") || shown::is_base64(list.trim());
    !is_key && list.split_ascii_whitespace().next().is_some() && list.split_ascii_whitespace().all(is_scope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planted::{planted, planted_words};

    #[test]
    fn scopes_are_scopes_without_repetition() {
        let scopes = |list: &[&str]| {
            let list = list.iter().map(|&scope| scope.to_owned()).collect();
            TokenRequest::new(list, None, None).map(|request| request.scopes)
        };
        assert_eq!(scopes(&["b", "a", "b"]).unwrap(), ["b", "a"]);
        assert!(scopes(&["api://app~1/it's/.default"]).is_ok());
        assert!(scopes(&[]).unwrap_err().reason.contains("no scope"));
        assert_eq!(scopes(&[" b\n", "b a", "c"]).unwrap(), ["b", "a", "c"]);
        for bad in ["", " ", "a\\b", "\"", "ü", "a\u{a0}b"] {
            assert!(scopes(&[bad]).unwrap_err().reason.contains("is not a scope"), "{bad:?}");
        }
    }

    #[test]
    fn no_piece_of_a_secret_is_a_scope() {
        for _ in 0..20 {
            // One word has the form of a scope.
            let words = planted_words().into_iter().filter(|plant| plant.what != "a word");
            for plant in planted().into_iter().chain(words) {
                let broken = |width: usize, separator: &str| {
                    let letters: Vec<char> = plant.text.chars().collect();
                    letters.chunks(width).map(String::from_iter).collect::<Vec<_>>().join(separator)
                };
                for text in [plant.text.clone(), broken(20, "\n"), broken(33, " "), broken(64, "\r\n")] {
                    let request = TokenRequest::new(vec![text], None, None);
                    let told = request.map_or_else(|it| it.reason, |request| request.shown_scopes().join("\n"));
                    assert!(!plant.is_in(&told), "{}: {told}", plant.what);
                }
            }
        }
        let pem = planted().into_iter().find(|plant| plant.what == "a PEM text").unwrap();
        let base64 = vec!["aB3xK9dQ2mZ7/tY4kL8wR"; 30].join("\n");
        for text in [pem.text, base64] {
            let refused = TokenRequest::new(vec![text], None, None).err().unwrap().reason;
            assert!(refused.contains("which is not a scope"), "{refused}");
        }
    }

    #[test]
    fn an_endpoint_brings_no_piece_of_a_secret_into_an_error() {
        let request =
            TokenRequest::new(vec!["https://joe:three horses-swim@h.example".to_owned()], None, None).unwrap();
        let told =
            request.secrets().fold("of https://joe:three and horses-swim@h.example".to_owned(), |text, secret| {
                text.replace(secret.expose(), "-")
            });
        assert_eq!(told, "of - and -");
        let of_openid = TokenRequest::new(vec!["openid https://h/.default".to_owned()], None, None).unwrap();
        assert_eq!((of_openid.secrets().count(), of_openid.shown_scopes().len()), (0, 2));
    }

    #[test]
    fn the_resource_of_a_scope() {
        for (scopes, resource) in [
            (vec!["https://a/.default"], Ok("https://a")),
            (vec!["https://a//.default"], Ok("https://a/")),
            (vec!["guid"], Ok("guid")),
            (vec!["/.default"], Err("names no resource")),
            (vec!["https://a/.default https://b/.default"], Err("Multiple scopes")),
        ] {
            let request = TokenRequest::new(scopes.into_iter().map(str::to_owned).collect(), None, None).unwrap();
            match (request.resource(), resource) {
                (Ok(given), Ok(wanted)) => assert_eq!(given, wanted),
                (Err(failure), Err(why)) => assert!(failure.reason.contains(why), "{}", failure.reason),
                (given, _) => panic!("{given:?} for {:?}", request.scopes),
            }
        }
    }

    #[test]
    fn claims_are_a_json_object_and_a_tenant_is_a_tenant() {
        let request = |tenant: Option<&str>, claims: Option<&str>| {
            TokenRequest::new(vec!["s".into()], tenant.map(str::to_owned), claims.map(str::to_owned))
        };
        assert!(request(Some("contoso.onmicrosoft.com"), Some(r#"{"access_token":{}}"#)).is_ok());
        for bad in ["", "e30=", "[]", "5"] {
            assert!(request(None, Some(bad)).err().unwrap().reason.contains("claims"), "{bad:?}");
        }
        for bad in ["", "a/b", "a b", "?"] {
            assert!(request(Some(bad), None).err().unwrap().reason.contains("tenantId"), "{bad:?}");
        }
    }
}
