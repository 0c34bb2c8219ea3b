//! The places of a listener's connections. A stranger, which is a client that has shown no local key, keeps its place only for a
//! time, and only until another connection needs it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

use crate::local_key::Digest;

/// The places of one listener.
pub struct Places {
    most: usize,
    most_of_http2: usize,
    grace: Duration,
    state: Mutex<State>,
    /// A stranger of HTTP/2 has left, or has shown a key.
    freed: Notify,
}

#[derive(Default)]
struct State {
    taken: usize,
    /// Those of HTTP/1.1, and those that have not said yet what they speak, the oldest first.
    strangers: VecDeque<Arc<Seat>>,
    /// Those that may send requests of HTTP/2, the oldest first.
    of_http2: VecDeque<(Instant, Arc<Seat>)>,
}

#[derive(Default)]
struct Seat {
    is_known: AtomicBool,
    /// The keys that its client has shown.
    shown: Mutex<Vec<Digest>>,
    lost: Notify,
    forgotten: Notify,
}

impl Places {
    /// So many places, and so many for strangers that send requests of HTTP/2, which have the proxy hold more than those of HTTP/1.1.
    /// Each of these is certain of its place for `grace`, in which a client shows its key.
    pub fn new(most: usize, most_of_http2: usize, grace: Duration) -> Arc<Self> {
        Arc::new(Self { most, most_of_http2, grace, state: Mutex::default(), freed: Notify::new() })
    }

    /// A place for a connection; if all are taken, that of the oldest stranger; none if no stranger has one.
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut state = self.state();
        if state.taken >= self.most {
            let oldest = state.strangers.pop_front();
            let oldest = oldest.or_else(|| state.of_http2.pop_front().map(|(_, oldest)| oldest))?;
            state.taken -= 1;
            oldest.lost.notify_one();
        }
        state.taken += 1;
        let seat = Arc::new(Seat::default());
        state.strangers.push_back(seat.clone());
        Some(Place { places: self.clone(), seat })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection, until it is dropped.
pub struct Place {
    places: Arc<Places>,
    seat: Arc<Seat>,
}

impl Place {
    /// The client speaks HTTP/2: waits until it may send requests.
    pub async fn speak_http2(&self) {
        loop {
            let freed = self.places.freed.notified();
            let Err(next) = self.try_http2() else { return };
            tokio::select! {
                () = freed => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// The error is the time at which the oldest of them can be displaced.
    fn try_http2(&self) -> Result<(), Instant> {
        let mut state = self.places.state();
        let now = Instant::now();
        if state.of_http2.len() >= self.places.most_of_http2
            && let Some((since, oldest)) = state.of_http2.front()
        {
            let until = *since + self.places.grace;
            if until > now {
                return Err(until);
            }
            oldest.lost.notify_one();
            state.of_http2.pop_front();
            state.taken -= 1;
        }
        if let Some(at) = state.strangers.iter().position(|seat| Arc::ptr_eq(seat, &self.seat)) {
            state.strangers.remove(at);
            state.of_http2.push_back((now, self.seat.clone()));
        }
        Ok(())
    }

    /// The client has shown a local key, so that it keeps its place. Over HTTP/2 it can have requests with others under way.
    pub fn keep(&self, key: Digest, is_http2: bool) {
        let mut shown = self.shown();
        if !shown.contains(&key) {
            if !is_http2 {
                shown.clear();
            }
            shown.push(key);
        }
        drop(shown);
        if !self.seat.is_known.load(Ordering::Relaxed) && self.leave() {
            self.seat.is_known.store(true, Ordering::Relaxed);
        }
    }

    fn shown(&self) -> MutexGuard<'_, Vec<Digest>> {
        self.seat.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client has sent a request without a local key, or with a key that has been removed: it is a stranger again.
    pub fn forget(&self) {
        if self.seat.is_known.swap(false, Ordering::Relaxed) {
            self.places.state().strangers.push_back(self.seat.clone());
            self.seat.forgotten.notify_one();
        }
    }

    /// A stranger gives it up if it has more requests under way than `most`: it does not take their answers.
    pub fn bound_requests(&self, under_way: usize, most: usize) {
        if under_way > most && !self.seat.is_known.load(Ordering::Relaxed) {
            self.seat.lost.notify_one();
        }
    }

    /// Ends when the place is needed, if the client is a stranger for longer than `limit`, or if none of the keys that it has shown
    /// is one any more, which is looked at after each `limit`.
    pub async fn lost(&self, limit: Duration, are_keys: impl Fn(&[Digest]) -> bool) {
        loop {
            tokio::select! {
                () = self.seat.lost.notified() => return,
                // From now on it is a stranger.
                () = self.seat.forgotten.notified() => continue,
                () = sleep(limit) => {}
            }
            if !self.seat.is_known.load(Ordering::Relaxed) || !are_keys(&self.shown()) {
                return;
            }
        }
    }

    /// Whether it was among the strangers.
    fn leave(&self) -> bool {
        let mut state = self.places.state();
        if let Some(at) = state.of_http2.iter().position(|(_, seat)| Arc::ptr_eq(seat, &self.seat)) {
            state.of_http2.remove(at);
            self.places.freed.notify_one();
            return true;
        }
        let at = state.strangers.iter().position(|seat| Arc::ptr_eq(seat, &self.seat));
        at.is_some_and(|at| state.strangers.remove(at).is_some())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.leave() || self.seat.is_known.load(Ordering::Relaxed) {
            self.places.state().taken -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);
    const GRACE: Duration = Duration::from_secs(1);
    const KEY: Digest = [1; 32];

    async fn is_lost(place: &Place) -> bool {
        tokio::time::timeout(Duration::ZERO, place.lost(LIMIT, |_| true)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_stranger_gives_its_place_to_the_next_client_and_one_with_a_key_keeps_it() {
        let places = Places::new(3, 3, GRACE);
        let clients: Vec<Place> = (0..3).map(|_| places.enter().unwrap()).collect();
        clients[0].keep(KEY, false);
        let next = places.enter().unwrap();
        assert!(is_lost(&clients[1]).await && !is_lost(&clients[0]).await && !is_lost(&clients[2]).await);
        clients[2].keep(KEY, false);
        next.keep(KEY, false);
        assert!(places.enter().is_none());
        // What it shows afterwards brings it no place.
        clients[1].keep(KEY, false);
        drop(clients);
        assert_eq!(places.state().taken, 1);
        drop(next);
        assert_eq!(places.state().taken, 0);
        assert!(places.state().strangers.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_whose_key_is_none_any_more_is_a_stranger_again() {
        let places = Places::new(2, 2, GRACE);
        let (first, second) = (places.enter().unwrap(), places.enter().unwrap());
        first.keep(KEY, false);
        second.keep(KEY, false);
        first.forget();
        let third = places.enter().unwrap();
        assert!(is_lost(&first).await && !is_lost(&second).await);
        second.forget();
        third.keep(KEY, false);
        let began = Instant::now();
        second.lost(LIMIT, |_| true).await;
        assert_eq!(began.elapsed(), LIMIT);
        drop((first, second, third));
        assert_eq!(places.state().taken, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_of_http2_wait_for_the_grace_of_the_oldest_or_until_one_has_shown_a_key_or_left() {
        let places = Places::new(100, 2, GRACE);
        let clients: Vec<Place> = (0..5).map(|_| places.enter().unwrap()).collect();
        let began = Instant::now();
        let [first, second, third, fourth, fifth] = <[Place; 5]>::try_from(clients).ok().unwrap();
        first.speak_http2().await;
        second.speak_http2().await;
        tokio::join!(third.speak_http2(), async { second.keep(KEY, true) });
        tokio::join!(fourth.speak_http2(), async { drop(third) });
        assert_eq!(began.elapsed(), Duration::ZERO);
        fifth.speak_http2().await;
        assert_eq!(began.elapsed(), GRACE);
        assert!(is_lost(&first).await && !is_lost(&fourth).await && !is_lost(&fifth).await);
        // One of HTTP/1.1 has its place beside them.
        assert!(!is_lost(&places.enter().unwrap()).await);
        drop((first, second, fourth, fifth));
        assert_eq!(places.state().taken, 0);
        assert!(places.state().of_http2.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_has_its_place_for_a_time() {
        let places = Places::new(2, 2, GRACE);
        let (stranger, known) = (places.enter().unwrap(), places.enter().unwrap());
        known.keep(KEY, false);
        stranger.lost(LIMIT, |_| true).await;
        assert!(tokio::time::timeout(LIMIT * 3, known.lost(LIMIT, |_| true)).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_whose_keys_have_all_been_removed_loses_its_place_whatever_it_does() {
        let places = Places::new(1, 1, GRACE);
        let client = places.enter().unwrap();
        const OTHER: Digest = [2; 32];
        client.keep(KEY, true);
        client.keep(OTHER, true);
        let only = |key: Digest| move |shown: &[Digest]| shown.contains(&key);
        for key in [KEY, OTHER] {
            assert!(tokio::time::timeout(LIMIT * 3, client.lost(LIMIT, only(key))).await.is_err());
        }
        let began = Instant::now();
        client.lost(LIMIT, |_| false).await;
        assert_eq!(began.elapsed(), LIMIT);
        client.keep(KEY, false);
        client.keep([3; 32], false);
        client.lost(LIMIT, only(KEY)).await;
    }
}
