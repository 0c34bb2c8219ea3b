//! The back-off of fetches with claims, whatever these are: a service can ask for others each time, and each has an entry of its
//! own.

use std::collections::HashMap;
use std::sync::Arc;

use super::entry_state::{EntryState, Step};
use super::key::Key;
use crate::error::Error;
use crate::system::Timestamp;

/// By the keys without claims: the settings of the last fetch that failed, and its back-off.
#[derive(Default)]
pub(super) struct UnmetClaims(HashMap<Key, (u64, EntryState<()>)>);

impl UnmetClaims {
    /// A fetch with claims has failed, under the settings of this fingerprint. `jitter`, from 0 to 1, spreads the pause.
    pub(super) fn fail(&mut self, plain: &Key, fingerprint: u64, error: &Arc<Error>, now: Timestamp, jitter: f64) {
        let (of, fetches) = self.0.entry(plain.clone()).or_default();
        if *of != fingerprint {
            (*of, *fetches) = (fingerprint, EntryState::default());
        }
        fetches.fail(error.clone(), now, jitter);
    }

    /// A fetch with claims has brought a token.
    pub(super) fn succeed(&mut self, plain: &Key) {
        self.0.remove(plain);
    }

    /// Why no fetch begins for `key`, if it has claims: one with these or with others has just failed.
    pub(super) fn failure(&self, key: &Key, fingerprint: u64, now: Timestamp) -> Option<Arc<Error>> {
        key.claims()?;
        let (_, fetches) = self.0.get(&key.with_claims(None)).filter(|(of, _)| *of == fingerprint)?;
        match fetches.ask(now, true) {
            Step::Refuse(error) => Some(error),
            _ => None,
        }
    }

    /// Drops what is of no use any more.
    pub(super) fn sweep(&mut self, now: Timestamp) {
        self.0.retain(|_, (_, fetches)| fetches.is_of_use(now));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
