//! What the cache forgets when it is asked to.

use std::sync::Arc;

use super::entry::Cleared;
use super::key::Key;
use super::{Start, State, TokenCache};
use crate::settings::AppCredential;

impl State {
    /// Forgets the entry, and has readers that got its token ask again.
    pub(super) fn forget(&mut self, key: &Key) {
        if let Some(mut entry) = self.entries.remove(key) {
            entry.set_timer(None);
        }
        self.advance();
    }
}

impl TokenCache {
    /// Forgets every token, failure and remembered credential. A fetch under way is ended and, if callers wait for it,
    /// started again, so that nothing learned before outlives this call. A fetch that was started again already
    /// goes on: its callers get its token, which is not kept.
    pub fn clear(self: &Arc<Self>) {
        let mut guard = self.lock();
        let state = &mut *guard;
        state.fetch = state.fetch.forgetful();
        state.unauthorized.clear();
        state.unmet_claims.clear();
        let mut waited_for = Vec::new();
        state.entries.retain(|key, entry| {
            let cleared = entry.clear();
            if cleared == Cleared::IsWaitedFor {
                waited_for.push(key.clone());
            }
            cleared != Cleared::IsOfNoUse
        });
        for key in &waited_for {
            self.start(state, key, Start::Substitute);
        }
        state.advance();
    }

    /// Forgets the tokens of the app's credentials that `is_gone` says were garbage-collected: no caller can ask for
    /// them again.
    pub fn forget(&self, is_gone: impl Fn(&AppCredential) -> bool) {
        self.lock().entries.retain(|_, entry| {
            // The entry of a fetch under way is forgotten when its token has expired.
            let is_kept = !entry.ends_with(&is_gone) || entry.is_in_flight();
            if !is_kept {
                entry.set_timer(None);
            }
            is_kept
        });
    }
}
