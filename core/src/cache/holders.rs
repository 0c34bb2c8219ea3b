//! What can ask for the token of a user.

use std::collections::HashSet;

use crate::settings::AppCredential;
use crate::system::Timestamp;

/// What of the app can ask for a user's token: by nothing else can it be asked for again.
#[derive(Default)]
pub(super) struct Holders {
    known: HashSet<AppCredential>,
    /// When one asked last.
    pub(super) asked_at: Option<Timestamp>,
}

impl Holders {
    pub(super) fn note(&mut self, holder: Option<AppCredential>) {
        self.known.extend(holder);
    }

    /// Whether the last one is gone with those that are gone.
    pub(super) fn end_with(&mut self, is_gone: impl Fn(&AppCredential) -> bool) -> bool {
        let had_some = !self.known.is_empty();
        self.known.retain(|holder| !is_gone(holder));
        had_some && self.known.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(number: u32) -> AppCredential {
        AppCredential::Object { bridge: 0, object: number }
    }

    #[test]
    fn a_token_ends_with_the_last_that_can_ask_for_it() {
        let mut holders = Holders::default();
        assert!(!holders.end_with(|_| true), "the tokens of applications have no holders");
        for holder in [1, 2, 1] {
            holders.note(Some(object(holder)));
        }
        holders.note(None);
        assert!(!holders.end_with(|gone| *gone == object(1)));
        assert!(!holders.end_with(|gone| *gone == object(7)));
        assert!(holders.end_with(|gone| *gone == object(2)));
    }
}
