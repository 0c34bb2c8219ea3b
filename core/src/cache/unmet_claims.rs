//! The back-off of fetches with claims, whatever these are: a service can ask for others each time, and each has an entry of its
//! own.

use std::collections::HashMap;
use std::sync::Arc;

use super::entry_state::{EntryState, Step};
use super::key::Key;
use crate::error::Error;
use crate::system::Timestamp;

/// By the keys without claims.
#[derive(Default)]
pub(super) struct UnmetClaims(HashMap<Key, Unmet>);

#[derive(Default)]
struct Unmet {
    /// The settings of the last fetch that failed.
    fingerprint: u64,
    /// The claims that it asked with.
    claims: Option<String>,
    /// The back-off of fetches with changing claims. Those that are asked for again have one of their own, and can fail for ever
    /// while others are met.
    fetches: EntryState<()>,
}

impl UnmetClaims {
    /// A fetch with claims has failed, under the settings of this fingerprint. `jitter`, from 0 to 1, spreads the pause.
    pub(super) fn fail(&mut self, key: &Key, fingerprint: u64, error: &Arc<Error>, now: Timestamp, jitter: f64) {
        let unmet = self.0.entry(key.with_claims(None)).or_default();
        let is_other = unmet.claims.as_ref().is_some_and(|claims| Some(claims) != key.claims());
        unmet.claims = key.claims().cloned();
        if unmet.fingerprint != fingerprint {
            (unmet.fingerprint, unmet.fetches) = (fingerprint, EntryState::default());
        } else if is_other {
            unmet.fetches.fail(error.clone(), now, jitter);
        }
    }

    /// A fetch with claims has brought a token.
    pub(super) fn succeed(&mut self, plain: &Key) {
        self.0.remove(plain);
    }

    /// Why no fetch begins for `key`, if it has claims: one with these or with others has just failed.
    pub(super) fn failure(&self, key: &Key, fingerprint: u64, now: Timestamp) -> Option<Arc<Error>> {
        key.claims()?;
        let unmet = self.0.get(&key.with_claims(None)).filter(|unmet| unmet.fingerprint == fingerprint)?;
        match unmet.fetches.ask(now, true) {
            Step::Refuse(error) => Some(error),
            _ => None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Drops what holds off no fetch.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.0.retain(|_, unmet| unmet.fetches.is_of_use(now));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
