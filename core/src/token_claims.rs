//! What an access token says of itself. Nothing verifies it and nothing is decided by it: it is for people who look
//! for the identity behind a token.

use serde::Deserialize;

use crate::secret::Secret;

/// Entra ID's access tokens are one to three KiB; those with many groups in them reach a multiple.
const LONGEST: usize = 64 * 1024;

/// The claims that tell whose token it is and what it opens.
///
/// <https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference>
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// The resource that it opens.
    #[serde(rename = "aud")]
    pub audience: Option<String>,
    /// The tenant that issued it.
    #[serde(rename = "tid")]
    pub tenant: Option<String>,
    /// The application (client) id that it was issued to.
    #[serde(rename = "appid", alias = "azp")]
    pub client: Option<String>,
    /// The object (principal) id: what role assignments name.
    #[serde(rename = "oid")]
    pub object: Option<String>,
    /// The name that a user signs in with.
    #[serde(rename = "upn")]
    pub user: Option<String>,
    /// When it expires, in seconds since 1970.
    #[serde(rename = "exp")]
    pub expires: Option<i64>,
    /// Roles of the application, not those of Azure RBAC.
    pub roles: Vec<String>,
}

impl Claims {
    /// The claims of `token`; `None` if it is not a JSON Web Token in the clear (RFC 7519).
    ///
    /// ```
    /// use azure_openai_entra_core::secret::Secret;
    /// use azure_openai_entra_core::token_claims::Claims;
    ///
    /// let token = Secret::new("e30.eyJ0aWQiOiJjb250b3NvIn0.c2ln");
    /// assert_eq!(Claims::of(&token).unwrap().tenant.as_deref(), Some("contoso"));
    /// ```
    pub fn of(token: &Secret) -> Option<Self> {
        let mut parts = token.expose().split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || payload.len() > LONGEST {
            return None;
        }
        serde_json::from_slice(&azure_core::base64::decode_url_safe(payload).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use azure_core::base64::encode_url_safe;
    use serde_json::json;

    use super::*;

    fn claims(payload: &str) -> Option<Claims> {
        Claims::of(&Secret::new(format!("e30.{}.c2ln", encode_url_safe(payload))))
    }

    #[test]
    fn both_versions_of_tokens_are_read() {
        let version_1 = json!({
            "aud": "https://cognitiveservices.azure.com", "tid": "t", "oid": "o", "appid": "a", "roles": ["r"],
            "exp": 1_893_456_000, "unknown": {},
        });
        let read = claims(&version_1.to_string()).unwrap();
        assert_eq!(read.audience.as_deref(), Some("https://cognitiveservices.azure.com"));
        assert_eq!([&read.tenant, &read.object, &read.client].map(Option::as_deref), [Some("t"), Some("o"), Some("a")]);
        assert_eq!(read.roles, ["r"]);
        assert_eq!(claims(r#"{"azp":"b"}"#).unwrap().client.as_deref(), Some("b"));
    }

    #[test]
    fn what_is_no_json_web_token_has_none() {
        for text in ["", "opaque", "a.b", "a.b.c.d.e", "e30.!.e30"] {
            assert_eq!(Claims::of(&Secret::new(text)), None, "{text}");
        }
        assert_eq!(claims(r#"{"tid":5}"#), None);
        assert_eq!(claims(&format!(r#"{{"tid":"{}"}}"#, "a".repeat(LONGEST))), None);
    }
}
