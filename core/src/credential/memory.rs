//! What sources find out about their surroundings and need not ask again.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::settings::{Oddity, Way};
use crate::system::Timestamp;

/// What sources find out about their surroundings and need not ask again.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) imds: ImdsMemory,
    pub(super) authorities: AuthorityMemory,
    pub(super) failing: FailingEndpoints,
    pub(super) cluster_ca: ClusterCa,
    oddities: Mutex<HashSet<Oddity>>,
}

impl Memory {
    /// Warns of each of `oddities` once in a process, by the name of the variable.
    pub(super) fn warn_of(&self, oddities: &[Oddity]) {
        let mut known = self.oddities.lock().unwrap_or_else(PoisonError::into_inner);
        for odd in oddities.iter().filter(|odd| known.insert(**odd)) {
            tracing::warn!("{} {}", odd.variable, odd.what);
        }
    }
}

/// More tenants than an app asks; an app that generates them must not fill memory.
const MOST_REMEMBERED: usize = 1024;

/// How long an endpoint is taken to stay, as long as by MSAL.
const LIFE_OF_ENDPOINT: Duration = Duration::from_secs(24 * 60 * 60);

/// What was discovered, by which way and when.
#[derive(Default)]
pub(super) struct AuthorityMemory {
    endpoints: Mutex<HashMap<(Way, String), (Url, Timestamp)>>,
}

impl AuthorityMemory {
    pub(super) fn get(&self, discovered: &(Way, String), now: Timestamp) -> Option<Url> {
        let endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        let (endpoint, since) = endpoints.get(discovered)?;
        // A clock that was set back makes it void rather than eternal.
        (now >= *since && now.since(*since) < LIFE_OF_ENDPOINT).then(|| endpoint.clone())
    }

    /// Has `endpoint`, which serves no tokens, discovered again.
    pub(super) fn forget(&self, endpoint: &Url) {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.retain(|_, (known, _)| known != endpoint);
    }

    pub(super) fn insert(&self, discovered: (Way, String), endpoint: Url, now: Timestamp) {
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if endpoints.len() >= MOST_REMEMBERED {
            endpoints.clear();
        }
        endpoints.insert(discovered, (endpoint, now));
    }
}

/// The newest CA file of the cluster's token proxy, by its path: while it is replaced it can be empty.
#[derive(Default)]
pub(super) struct ClusterCa(Mutex<Option<(String, String)>>);

impl ClusterCa {
    pub(super) fn of(&self, path: &str) -> Option<String> {
        let newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        newest.as_ref().filter(|(known, _)| known == path).map(|(_, ca)| ca.clone())
    }

    pub(super) fn remember(&self, path: &str, ca: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((path.to_owned(), ca.to_owned()));
    }
}

/// The endpoints that failed by some way through all the tries of an acquisition and have served nothing since. Each gets a
/// single try at a time, so that the retries of a client cost one request each.
#[derive(Default)]
pub(super) struct FailingEndpoints(Mutex<HashSet<(Way, String)>>);

impl FailingEndpoints {
    pub(super) fn has(&self, endpoint: &(Way, String)) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(endpoint)
    }

    /// Records how all the tries at `endpoint` ended.
    pub(super) fn note(&self, endpoint: (Way, String), is_failing: bool) {
        let mut failing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_failing {
            failing.remove(&endpoint);
        } else if failing.len() < MOST_REMEMBERED {
            failing.insert(endpoint);
        }
    }
}

/// How long a silent address is taken to stay silent: it spares the probe to requests for something else at about
/// the same time. No longer than a first failure is remembered, because IMDS can come up after the app.
pub(super) const ABSENCE: Duration = Duration::from_secs(1);

/// Remembers whether there is an IMDS here, by the way of those that asked: the app's transport can be silent by itself.
#[derive(Default)]
pub(super) struct ImdsMemory(Mutex<HashMap<Way, Presence>>);

/// What is known of it.
#[derive(Clone, Copy, Default)]
pub(super) enum Presence {
    #[default]
    Unknown,
    /// It gave a token: from then on silence is a fault of it and says nothing about where this machine is.
    Present,
    Absent {
        since: Timestamp,
    },
}

impl ImdsMemory {
    pub(super) fn remember(&self, way: Way, presence: Presence) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_REMEMBERED {
            known.clear();
        }
        known.insert(way, presence);
    }

    pub(super) fn presence(&self, way: &Way, now: Timestamp) -> Presence {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).get(way).copied().unwrap_or_default() {
            // A clock that was set back makes the memory void rather than eternal.
            Presence::Absent { since } if now < since || now.since(since) >= ABSENCE => Presence::Unknown,
            presence => presence,
        }
    }
}
