//! What an access token says of itself. Nothing verifies it and nothing is decided by it: it is for people who look
//! for the identity behind a token.

use serde::Deserialize;

use crate::json;
use crate::secret::Secret;
use crate::shown::{described, is_ordinary};

/// Entra ID's access tokens are one to three KiB; those with many groups in them reach a multiple.
const LONGEST: usize = 64 * 1024;

/// The claims that tell whose token it is and what it opens. A claim that can be a secret is described.
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
        let claims: Self = json::object(azure_core::base64::decode_url_safe(payload).ok()?).ok()?;
        Some(Self {
            audience: claims.audience.map(shown),
            tenant: claims.tenant.map(shown),
            client: claims.client.map(shown),
            object: claims.object.map(shown),
            user: claims.user.map(shown),
            roles: claims.roles.into_iter().map(shown).collect(),
            ..claims
        })
    }
}

/// `claim`, unless it can be a secret: an emulator repeats whatever scope or id it is sent.
fn shown(claim: String) -> String {
    // Entra ID names guests so.
    let name = claim.replacen("#EXT#", "-", 1);
    // A user name and a password of an address have a sign of these.
    let is_of_user = |user: &str| is_ordinary(user) && !user.contains([':', '/']);
    let is_name = name.split_once('@').is_some_and(|(user, domain)| is_of_user(user) && is_ordinary(domain));
    if is_name || is_ordinary(&claim) { claim } else { described(&claim) }
}

#[cfg(test)]
mod tests {
    use azure_core::base64::encode_url_safe;
    use serde_json::json;

    use super::*;
    use crate::planted::planted;

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
    fn a_claim_that_can_be_a_secret_is_described() {
        for plant in (0..20).flat_map(|_| planted()) {
            let text = &plant.text;
            let all = json!({ "aud": text, "tid": text, "oid": text, "appid": text, "upn": text, "roles": [text] });
            let told = format!("{:?}", claims(&all.to_string()));
            assert!(!plant.is_in(&told), "{}: {told}", plant.what);
        }
        for login in
            ["https://joe:swordfish@host.example/p", "joe:swordfish@host.example", "redis://swordfish@host.example"]
        {
            let told = claims(&json!({ "aud": login, "upn": login }).to_string()).unwrap();
            let is_told = [told.audience, told.user].iter().flatten().any(|it| it.contains("swordfish"));
            assert!(!is_told, "{login}");
        }
        for user in ["joe.o-neil7@contoso.com", "joe_fabrikam.com#EXT#@contoso.onmicrosoft.com"] {
            assert_eq!(claims(&json!({ "upn": user }).to_string()).unwrap().user.as_deref(), Some(user));
        }
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
