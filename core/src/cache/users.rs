//! The tokens of users, of which a server has many: how many are kept, and for how long.

use super::State;
use super::entry::Entry;
use crate::settings::AppCredential;
use crate::system::Timestamp;

/// So many users have tokens in the cache. One more takes the places of those whose tokens were asked for the longest ago.
pub(super) const MOST_USERS: usize = 10_000;

impl Entry {
    /// Records what of the app asks.
    pub(super) fn note_holder(&mut self, holder: Option<AppCredential>) {
        self.holders.note(holder);
    }

    /// Whether nothing can ask for its token again once those that `is_gone` says are gone.
    pub(super) fn ends_with(&mut self, is_gone: impl Fn(&AppCredential) -> bool) -> bool {
        self.objects().any(&is_gone) || self.holders.end_with(is_gone)
    }

    /// Whether it is asked for on behalf of a user.
    pub(super) fn is_of_user(&self) -> bool {
        self.subject.settings.is_of_user()
    }
}

impl State {
    /// Forgets users if there are too many for another one: an eighth of them, so that not every new one searches them.
    pub(super) fn make_room_for_user(&mut self) {
        if self.entries.len() < MOST_USERS {
            return;
        }
        let mut asked: Vec<Option<Timestamp>> =
            self.entries.values().filter(|entry| entry.is_of_user()).map(|entry| entry.holders.asked_at).collect();
        if asked.len() < MOST_USERS {
            return;
        }
        let mut left = MOST_USERS / 8;
        let (_, &mut newest_evicted, _) = asked.select_nth_unstable(left - 1);
        self.entries.retain(|_, entry| {
            let is_evicted =
                left > 0 && entry.is_of_user() && !entry.is_in_flight() && entry.holders.asked_at <= newest_evicted;
            if is_evicted {
                left -= 1;
                entry.set_timer(None);
            }
            !is_evicted
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use std::sync::Arc;

    use super::super::fetch::{ChainFetch, Subject};
    use super::super::key::Key;
    use super::*;
    use crate::credential::{Credential, Token, TokenRequest};
    use crate::secret::Secret;
    use crate::settings::{Application, CredentialOptions, Proof, Settings};
    use crate::test_support::{FakeSystem, START, settings_with};

    fn of_user(number: usize) -> Settings {
        let application = Application {
            credential: Credential::OnBehalfOf,
            tenant_id: "t".into(),
            client_id: "c".into(),
            proof: Proof::Secret(Secret::new("s")),
            user_assertion: Some(Secret::new(number.to_string())),
        };
        settings_with(&[], &CredentialOptions { application: Some(application), ..CredentialOptions::default() })
    }

    #[test]
    fn one_user_too_many_takes_the_places_of_those_who_asked_the_longest_ago() {
        let request = TokenRequest::new(vec!["s".into()], None, None).unwrap();
        let fetch = ChainFetch::new(FakeSystem::new().system(), FakeSystem::new().http());
        let mut state = State::new(Arc::new(fetch));
        let mut keys = HashMap::new();
        for number in 0..MOST_USERS + 1 {
            let settings =
                if number == 0 { settings_with(&[], &CredentialOptions::default()) } else { of_user(number) };
            let key = Key::new(&settings, &request);
            keys.insert(number, key.clone());
            state.make_room_for_user();
            let subject = Subject { request: request.clone().into(), settings: settings.into(), app: None };
            let entry = state.entries.entry(key).or_insert_with(|| Entry::new(subject));
            let now = START + std::time::Duration::from_secs(number as u64);
            let _ = entry.ask(now, false);
            let expires_on = now + std::time::Duration::from_secs(1_000_000);
            let token =
                Token { secret: Secret::new("t"), credential: Credential::OnBehalfOf, expires_on, refresh_on: None };
            entry.land(Ok(token), now, 0.5);
        }
        assert_eq!(state.entries.len(), MOST_USERS + 1, "as many users, and a token of no user");
        state.make_room_for_user();
        assert_eq!(state.entries.len(), MOST_USERS + 1 - MOST_USERS / 8);
        for (number, key) in keys {
            assert_eq!(state.entries.contains_key(&key), number == 0 || number > MOST_USERS / 8, "{number}");
        }
    }
}
