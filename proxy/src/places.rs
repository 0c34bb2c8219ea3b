//! The places of a listener's connections. A stranger, which is a client that has shown no local key, keeps its place only for a
//! time, and then only until another connection needs it.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until};

/// The places of one listener.
pub struct Places {
    most: usize,
    most_strangers: usize,
    grace: Duration,
    state: Mutex<State>,
    /// A stranger has left, or has shown a key.
    freed: Notify,
}

#[derive(Default)]
struct State {
    taken: usize,
    /// Connections whose handshake is under way, or that wait to become strangers.
    arriving: VecDeque<Arc<Seat>>,
    /// Those that may send requests, the oldest first.
    strangers: VecDeque<(Instant, Arc<Seat>)>,
}

#[derive(Default)]
struct Seat {
    is_known: AtomicBool,
    lost: Notify,
}

impl Places {
    /// So many places, and so many for strangers that may send requests. Each of these is certain of its place for `grace`, in which
    /// a client shows its key.
    pub fn new(most: usize, most_strangers: usize, grace: Duration) -> Arc<Self> {
        Arc::new(Self { most, most_strangers, grace, state: Mutex::default(), freed: Notify::new() })
    }

    /// A place for a connection; if all are taken, that of the oldest stranger; none if all strangers are arriving.
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut state = self.state();
        if state.taken >= self.most {
            displace(&mut state, Duration::ZERO).ok()?;
        }
        state.taken += 1;
        let seat = Arc::new(Seat::default());
        state.arriving.push_back(seat.clone());
        Some(Place { places: self.clone(), seat })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes its place from the oldest stranger. The error is when that can be, if no stranger is there or the oldest is still certain of its place.
fn displace(state: &mut State, grace: Duration) -> Result<(), Instant> {
    let now = Instant::now();
    let Some((since, oldest)) = state.strangers.front() else { return Err(now + grace) };
    let until = *since + grace;
    if until > now {
        return Err(until);
    }
    oldest.lost.notify_one();
    state.strangers.pop_front();
    state.taken -= 1;
    Ok(())
}

/// The place of one connection, until it is dropped.
pub struct Place {
    places: Arc<Places>,
    seat: Arc<Seat>,
}

impl Place {
    /// The handshake is over: waits until the client may send requests.
    pub async fn arrive(&self) {
        loop {
            let freed = self.places.freed.notified();
            let Err(next) = self.try_arrive() else { return };
            tokio::select! {
                () = freed => {}
                () = sleep_until(next) => {}
            }
        }
    }

    /// The error is the time at which the next stranger can be displaced.
    fn try_arrive(&self) -> Result<(), Instant> {
        let mut state = self.places.state();
        if state.strangers.len() >= self.places.most_strangers {
            displace(&mut state, self.places.grace)?;
        }
        state.arriving.retain(|seat| !Arc::ptr_eq(seat, &self.seat));
        state.strangers.push_back((Instant::now(), self.seat.clone()));
        Ok(())
    }

    /// The client has shown a local key, so that it keeps its place.
    pub fn keep(&self) {
        if !self.seat.is_known.load(Ordering::Relaxed) && self.leave() {
            self.seat.is_known.store(true, Ordering::Relaxed);
        }
    }

    /// A stranger gives it up if it has more requests under way than `most`: it does not take their answers.
    pub fn bound_requests(&self, under_way: usize, most: usize) {
        if under_way > most && !self.seat.is_known.load(Ordering::Relaxed) {
            self.seat.lost.notify_one();
        }
    }

    /// Ends when the place is needed, or if the client is a stranger for longer than `limit`.
    pub async fn lost(&self, limit: Duration) {
        tokio::select! {
            () = self.seat.lost.notified() => {}
            () = sleep(limit) => {
                if self.seat.is_known.load(Ordering::Relaxed) {
                    pending::<()>().await;
                }
            }
        }
    }

    /// Whether it was among those without a key.
    fn leave(&self) -> bool {
        let mut state = self.places.state();
        if let Some(at) = state.strangers.iter().position(|(_, seat)| Arc::ptr_eq(seat, &self.seat)) {
            state.strangers.remove(at);
            self.places.freed.notify_one();
            return true;
        }
        let at = state.arriving.iter().position(|seat| Arc::ptr_eq(seat, &self.seat));
        at.is_some_and(|at| state.arriving.remove(at).is_some())
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

    async fn is_lost(place: &Place) -> bool {
        tokio::time::timeout(Duration::ZERO, place.lost(LIMIT)).await.is_ok()
    }

    /// A place of a client that may send requests at once.
    async fn enter(places: &Arc<Places>) -> Option<Place> {
        let began = Instant::now();
        let place = places.enter()?;
        place.arrive().await;
        assert_eq!(began.elapsed(), Duration::ZERO);
        Some(place)
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_stranger_gives_its_place_to_the_next_client_and_one_with_a_key_keeps_it() {
        let places = Places::new(3, 3, Duration::ZERO);
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(enter(&places).await.unwrap());
        }
        clients[0].keep();
        let next = enter(&places).await.unwrap();
        assert!(is_lost(&clients[1]).await && !is_lost(&clients[0]).await && !is_lost(&clients[2]).await);
        clients[2].keep();
        next.keep();
        assert!(places.enter().is_none());
        // What it shows afterwards brings it no place.
        clients[1].keep();
        drop(clients);
        assert_eq!(places.state().taken, 1);
        drop(next);
        assert_eq!(places.state().taken, 0);
        assert!(places.state().strangers.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_have_places_of_their_own_number() {
        let places = Places::new(100, 2, Duration::ZERO);
        let mut clients = Vec::new();
        for _ in 0..5 {
            clients.push(enter(&places).await.unwrap());
        }
        for (at, client) in clients.iter().enumerate() {
            assert_eq!(is_lost(client).await, at < 3, "{at}");
        }
        assert_eq!(places.state().taken, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_client_waits_for_the_grace_of_a_stranger_or_until_one_has_shown_a_key_or_left() {
        const GRACE: Duration = Duration::from_secs(1);
        let places = Places::new(100, 2, GRACE);
        let (first, second) = (enter(&places).await.unwrap(), enter(&places).await.unwrap());
        let began = Instant::now();
        let (third, fourth, fifth) = (places.enter().unwrap(), places.enter().unwrap(), places.enter().unwrap());
        tokio::join!(third.arrive(), async { second.keep() });
        tokio::join!(fourth.arrive(), async { drop(third) });
        assert_eq!(began.elapsed(), Duration::ZERO);
        fifth.arrive().await;
        assert_eq!(began.elapsed(), GRACE);
        assert!(is_lost(&first).await && !is_lost(&fourth).await && !is_lost(&fifth).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_takes_no_place_of_those_that_send_requests() {
        let places = Places::new(10, 1, Duration::ZERO);
        let speaking = enter(&places).await.unwrap();
        let arriving: Vec<Place> = (0..9).map(|_| places.enter().unwrap()).collect();
        assert!(!is_lost(&speaking).await);
        drop(arriving);
        assert_eq!(places.state().taken, 1);
        assert!(places.state().arriving.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stranger_has_its_place_for_a_time() {
        let places = Places::new(2, 2, Duration::ZERO);
        let (stranger, known) = (enter(&places).await.unwrap(), enter(&places).await.unwrap());
        known.keep();
        stranger.lost(LIMIT).await;
        assert!(tokio::time::timeout(LIMIT * 2, known.lost(LIMIT)).await.is_err());
    }
}
