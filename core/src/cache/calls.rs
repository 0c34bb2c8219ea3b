//! Calls for tokens, and for others in place of refused ones.

use std::collections::hash_map::Entry as MapEntry;
use std::sync::Arc;

use super::answer::{Answer, Call};
use super::entry::{Entry, serve};
use super::entry_state::Step;
use super::fetch::Subject;
use super::key::Key;
use super::unauthorized::{self, Unauthorized};
use super::{Start, State, TokenCache};
use crate::challenge;

impl TokenCache {
    /// A token: the held one while it is valid, else the one that the fetch under way brings, else that of a new
    /// fetch. It meets the claims of the last challenge to the key's tokens.
    pub fn get_token(self: &Arc<Self>, mut call: Call) -> Answer {
        let mut state = self.lock();
        if call.request.claims.is_none() && !state.unauthorized.is_empty() {
            let known = state.unauthorized.get(&Key::new(&call.settings, &call.request));
            call.request.claims = known.and_then(Unauthorized::claims).cloned();
        }
        self.ask(&mut state, call)
    }

    /// A token in place of `refused`, which a service answered with 401 and perhaps a `WWW-Authenticate` header: the one
    /// that has meanwhile taken its place, or that of a renewal. `refused` itself if there is no reason to renew it.
    ///
    /// `unauthorized.rs` has the rules. The call's own claims are not heeded.
    pub fn replace(self: &Arc<Self>, mut call: Call, refused: &str, www_authenticate: &str) -> Answer {
        let challenged = challenge::claims(www_authenticate);
        let mut guard = self.lock();
        let (state, now) = (&mut *guard, self.system.clock.now());
        call.force = false;
        call.request.claims = None;
        let plain = Key::new(&call.settings, &call.request);
        let known = state.unauthorized.entry(plain.clone()).or_default();
        call.request.claims = known.claims().cloned();
        let key = plain.with_claims(known.claims());
        if !state.entries.get(&key).is_some_and(|entry| entry.holds(refused, now)) {
            return self.ask(state, call);
        }
        match known.ask(now, challenged) {
            unauthorized::Step::Keep => self.ask(state, call),
            unauthorized::Step::Join(claims) => {
                call.request.claims = claims;
                self.ask(state, Call { force: true, ..call })
            }
            unauthorized::Step::Renew { claims, force } => {
                // First, because a fetch can end at once.
                known.begin(claims.clone());
                call.request.claims.clone_from(&claims);
                let mut answer = self.ask(state, Call { force, ..call });
                let Some(known) = state.unauthorized.get_mut(&plain) else { return answer };
                match &mut answer {
                    Answer::Pending(_) => {}
                    Answer::Refused(_) => known.give_up(),
                    Answer::Ready(served) => {
                        if known.is_met() {
                            state.move_readers(&plain, claims.as_ref());
                            served.generation = state.generation;
                        }
                    }
                }
                answer
            }
        }
    }

    fn ask(self: &Arc<Self>, state: &mut State, call: Call) -> Answer {
        let Call { settings, request, app, holder, place, force } = call;
        let now = self.system.clock.now();
        let key = Key::new(&settings, &request);
        let is_of_user = settings.is_of_user();
        let unmet = state.unmet_claims.failure(&key, settings.fingerprint(), now);
        let subject = || Subject { request: Arc::new(request), settings: Arc::new(settings), app };
        state.sweep(now);
        if is_of_user && !state.entries.contains_key(&key) {
            state.make_room_for_user();
        }
        let generation = state.generation;
        let entry = match state.entries.entry(key.clone()) {
            MapEntry::Occupied(known) => {
                let entry = known.into_mut();
                entry.note(subject());
                entry
            }
            MapEntry::Vacant(new) => new.insert(Entry::new(subject())),
        };
        entry.note_holder(holder);
        if let Some((reader, slot)) = place {
            entry.note_place(&reader, slot);
        }

        match entry.ask(now, force) {
            Step::Serve(held) => Answer::Ready(Box::new(serve(&held, now, generation))),
            Step::ServeAndFetch(held) => {
                self.start(state, &key, Start::Call);
                Answer::Ready(Box::new(serve(&held, now, generation)))
            }
            Step::Refuse(error) => Answer::Refused(error),
            Step::Join => {
                let wait = entry.wait(false);
                if entry.outdate_flight() {
                    self.start(state, &key, Start::Substitute);
                }
                Answer::Pending(wait)
            }
            Step::Fetch => match unmet {
                Some(error) => Answer::Refused(error),
                None => {
                    let wait = entry.wait(true);
                    self.start(state, &key, Start::Call);
                    Answer::Pending(wait)
                }
            },
        }
    }
}
