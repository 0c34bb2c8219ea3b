//! What decides a token, and so what keeps two apart.

use crate::credential::TokenRequest;
use crate::settings::{Identity, Settings};

/// The name of an entry: whose token it holds, and what for. No object identity, so that all credentials configured
/// alike share.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    identity: Identity,
    /// With its scopes in order: they are a set.
    request: TokenRequest,
}

impl Key {
    pub(super) fn new(settings: &Settings, request: &TokenRequest) -> Self {
        let mut request = request.clone();
        request.scopes.sort_unstable();
        Self { identity: settings.identity, request }
    }

    /// The claims that its token meets.
    pub(super) fn claims(&self) -> Option<&String> {
        self.request.claims.as_ref()
    }

    /// That of the same request with other claims.
    pub(super) fn with_claims(&self, claims: Option<&String>) -> Self {
        let request = TokenRequest { claims: claims.cloned(), ..self.request.clone() };
        Self { request, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::Key;
    use crate::credential::TokenRequest;
    use crate::test_support::settings;

    #[test]
    fn two_requests_share_an_entry_if_they_ask_for_the_same_token() {
        let key = |scopes: &[&str], tenant: Option<&str>, claims: Option<&str>| {
            let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            let request = TokenRequest::new(scopes, tenant.map(str::to_owned), claims.map(str::to_owned));
            Key::new(&settings(&[]), &request.unwrap())
        };
        let plain = key(&["a", "b"], None, None);
        for same in [key(&["b", "a"], None, None), key(&["a b"], None, None), key(&["b", "a", "b"], None, None)] {
            assert!(plain == same);
        }
        for other in [
            key(&["a"], None, None),
            key(&["a", "B"], None, None),
            key(&["a", "b"], Some("t"), None),
            key(&["a", "b"], None, Some("{}")),
        ] {
            assert!(plain != other);
        }
        let challenged = key(&["a", "b"], None, Some("{}"));
        assert!(challenged.with_claims(None) == plain && plain.with_claims(Some(&"{}".to_owned())) == challenged);
    }
}
