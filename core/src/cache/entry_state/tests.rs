use proptest::prelude::*;

use super::*;
use crate::credential::Credential;
use crate::error::{Code, Failure};
use crate::secret::Secret;
use crate::test_support::START;

fn token(text: &str, expires_on: Timestamp) -> Token {
    Token { secret: Secret::new(text), credential: Credential::ManagedIdentity, expires_on, refresh_on: None }
}

fn error(retry_after: Option<u64>) -> Arc<Error> {
    let failure = Failure::new(Code::Network, "down");
    Arc::new(Failure { retry_after: retry_after.map(Duration::from_secs), ..failure }.into())
}

fn at(seconds: u64) -> Timestamp {
    START + Duration::from_secs(seconds)
}

/// An hour's token, acquired at the start.
fn holding() -> EntryState<()> {
    let mut state = EntryState::<()>::default();
    state.begin(());
    state.succeed(token("t", at(3600)), START, 0.0);
    state
}

fn name(step: &Step) -> &'static str {
    match step {
        Step::Serve(_) => "serve",
        Step::ServeAndFetch(_) => "serve and fetch",
        Step::Refuse(_) => "refuse",
        Step::Join => "join",
        Step::Fetch => "fetch",
    }
}

#[test]
fn a_call_by_state() {
    for (second, fetching, force, step) in [
        (0, false, false, "serve"),
        (3299, false, false, "serve"),
        (3300, false, false, "serve and fetch"),
        (3300, true, false, "serve"),
        (3599, false, false, "serve and fetch"),
        (3600, false, false, "fetch"),
        (3600, true, false, "join"),
        (0, false, true, "fetch"),
        (0, true, true, "join"),
    ] {
        let mut state = holding();
        if fetching {
            state.begin(());
        }
        assert_eq!(name(&state.ask(at(second), force)), step, "{second} s, {fetching}, {force}");
    }
}

#[test]
fn cold_failures_are_remembered_for_less_than_two_seconds() {
    let mut state = EntryState::<()>::default();
    let mut now = START;
    for pause in [1000, 1800, 1800, 1800] {
        assert_eq!(name(&state.ask(now, false)), "fetch");
        state.begin(());
        state.fail(error(None), now, 0.5);
        assert_eq!(name(&state.ask(now, true)), "refuse", "force does not break the pause");
        let end = now + Duration::from_millis(pause);
        assert_eq!(name(&state.ask(end - Duration::from_millis(1), false)), "refuse");
        now = end;
    }
}

#[test]
fn the_pauses_of_a_lasting_outage_are_a_tenth_of_it_with_jitter() {
    for (lasts, jitter, pause) in
        [(8, 0.0, 1800), (30, 0.0, 3000), (30, 1.0, 1800), (60, 0.5, 4500), (7200, 0.0, 15_000), (7200, 1.0, 7500)]
    {
        let mut state = EntryState::<()>::default();
        for failing_for in [0, lasts] {
            state.begin(());
            let error = Error { failing_for: Duration::from_secs(failing_for), ..Error::clone(&error(None)) };
            state.fail(Arc::new(error), START, jitter);
        }
        let end = START + Duration::from_millis(pause);
        assert_eq!(name(&state.ask(end - Duration::from_millis(1), false)), "refuse", "{lasts} s");
        assert_eq!(name(&state.ask(end, false)), "fetch", "{lasts} s");
    }
}

#[test]
fn failed_refreshes_come_back_after_growing_pauses_and_the_token_serves_meanwhile() {
    let mut state = holding();
    let mut now = at(3300);
    for longest in [1, 2, 4, 8, 16, 30, 30] {
        assert_eq!(name(&state.ask(now, false)), "serve and fetch");
        state.begin(());
        state.fail(error(None), now, 1.0);
        let end = now + Duration::from_secs(longest);
        assert_eq!(state.look_at(now), Some(end));
        assert_eq!(name(&state.ask(end - Duration::from_millis(1), false)), "serve");
        now = end;
    }
    let mut shortest = holding();
    shortest.begin(());
    shortest.fail(error(None), at(3300), 0.0);
    assert_eq!(shortest.look_at(at(3300)), Some(at(3300) + LEAST_PAUSE));
}

#[test]
fn at_expiry_the_long_pause_becomes_a_short_one() {
    let mut state = holding();
    for _ in 0..6 {
        state.begin(());
        state.fail(error(None), at(3598), 1.0);
    }
    assert_eq!(name(&state.ask(at(3599), false)), "serve");
    assert_eq!(name(&state.ask(at(3600), false)), "fetch", "two seconds after the failure");
}

#[test]
fn what_the_endpoint_asks_for_is_kept_up_to_five_minutes() {
    for (asked, kept) in [(1, 1), (30, 30), (86_400, 300)] {
        for mut state in [EntryState::<()>::default(), holding()] {
            state.begin(());
            state.fail(error(Some(asked)), at(3300), 0.0);
            let last = at(3300 + kept) - Duration::from_millis(1);
            assert_ne!(name(&state.ask(last, false)), "fetch", "{asked} s");
            assert!(!state.wants_refresh(last), "{asked} s");
            assert!(name(&state.ask(at(3300 + kept), false)).contains("fetch"), "{asked} s");
        }
    }
}

#[test]
fn whoever_comes_during_a_pause_is_told_what_is_left_of_it() {
    let mut state = EntryState::<()>::default();
    for (asked, passed, left) in [(Some(60), 0, Some(60)), (Some(60), 45, Some(15)), (None, 0, None)] {
        state.begin(());
        state.fail(error(asked), START, 0.0);
        let Step::Refuse(error) = state.ask(at(passed), false) else { panic!("the pause holds") };
        assert_eq!(error.failure.retry_after, left.map(Duration::from_secs), "{asked:?}, {passed} s on");
    }
}

#[test]
fn an_answer_that_is_no_newer_is_no_error_and_pauses() {
    for (text, replaces) in [("t", false), ("other", true)] {
        let mut state = holding();
        state.begin(());
        assert_eq!(state.succeed(token(text, at(3600)), at(3300), 0.0), replaces);
        let Step::Serve(held) = state.ask(at(3301), false) else { panic!("it pauses") };
        assert_eq!(held.token.secret.expose(), text);
        assert_eq!(name(&state.ask(at(3301), true)), "fetch", "force is not kept from asking again");
        assert_eq!(name(&state.ask(at(3330), false)), "serve and fetch");
        assert_eq!(name(&state.ask(at(3600), false)), "fetch");
    }
}

#[test]
fn a_clock_that_is_set_back_voids_pauses_and_makes_the_token_due() {
    let back = START - Duration::from_secs(3600);
    assert_eq!(name(&holding().ask(back, false)), "serve and fetch");
    assert_eq!(name(&holding().ask(START - Duration::from_secs(30), false)), "serve", "less than the slack");

    let mut backing_off = EntryState::<()>::default();
    backing_off.begin(());
    backing_off.fail(error(Some(300)), START, 0.0);
    assert_eq!(name(&backing_off.ask(back, false)), "fetch");
}

#[test]
fn after_a_clock_was_set_back_the_newest_answer_says_when_the_token_ends() {
    let back = START - Duration::from_secs(7200);
    for text in ["t", "other"] {
        let mut state = holding();
        state.begin(());
        state.succeed(token(text, back + Duration::from_secs(3600)), back, 0.0);
        let refresh_at = back + Duration::from_secs(3300);
        assert_eq!(state.look_at(back), Some(refresh_at), "{text}");
        assert_eq!(name(&state.ask(refresh_at, false)), "serve and fetch", "{text}");
        assert_eq!(name(&state.ask(back + Duration::from_secs(3600), false)), "fetch", "{text}: it has expired");
    }
}

#[test]
fn when_to_look() {
    assert_eq!(EntryState::<()>::default().look_at(START), None);
    assert_eq!(holding().look_at(START), Some(at(3300)));
    assert_eq!(holding().look_at(at(3600)), None, "an expired token is fetched by a call");
    let mut fetching = holding();
    fetching.begin(());
    assert_eq!(fetching.look_at(START), None, "the fetch's end tells");
    let mut late = holding();
    late.begin(());
    late.fail(error(Some(300)), at(3400), 0.0);
    assert_eq!(late.look_at(at(3400)), None, "the pause outlasts the token");
}

/// What can happen to an entry.
#[derive(Clone, Debug)]
enum Event {
    Pass(u32),
    Jump(i32),
    Call { force: bool },
    Look { used: bool },
    Succeed { life: u16, same_text: bool, jitter: f64 },
    Fail { retry_after: Option<u8>, jitter: f64 },
    ChangeSettings,
    Clear,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..5_000_u32).prop_map(Event::Pass),
        2 => (0..4_000_000_u32).prop_map(Event::Pass),
        1 => (-90_000_000..90_000_000_i32).prop_map(Event::Jump),
        8 => any::<bool>().prop_map(|force| Event::Call { force }),
        3 => any::<bool>().prop_map(|used| Event::Look { used }),
        3 => (1..8_000_u16, any::<bool>(), 0.0..1.0).prop_map(|(life, same_text, jitter)| Event::Succeed { life, same_text, jitter }),
        5 => (prop::option::of(0..40_u8), 0.0..1.0).prop_map(|(retry_after, jitter)| Event::Fail { retry_after, jitter }),
        1 => Just(Event::ChangeSettings),
        1 => Just(Event::Clear),
    ]
}

/// What must hold whatever happens, told without the rules that bring it about.
#[derive(Default)]
struct Model {
    now_millis: i64,
    fetching: bool,
    /// Text and expiry of the newest token that was brought and not cleared.
    newest: Option<(String, Timestamp)>,
    texts: u32,
    /// When the last failure came, if nothing has happened since that lifts its pause.
    failed_at: Option<i64>,
}

impl Model {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(START.millis() + self.now_millis)
    }

    fn begin(&mut self, state: &mut EntryState<()>) {
        assert!(!self.fetching, "two fetches at once");
        if let Some(failed_at) = self.failed_at {
            let since = self.now_millis - failed_at;
            let least = i64::try_from(LEAST_PAUSE.as_millis()).unwrap();
            assert!(since < 0 || since >= least, "a fetch {since} ms after a failure");
        }
        self.fetching = true;
        state.begin(());
    }

    fn assert_serves(&self, held: &Held) {
        let (text, expires_on) = self.newest.as_ref().expect("what is served was brought and not cleared");
        assert_eq!(held.token.secret.expose(), text);
        assert!(self.now() < *expires_on, "an expired token is served");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(events in prop::collection::vec(event(), 1..200)) {
        let (mut state, mut model) = (EntryState::<()>::default(), Model::default());
        for event in events {
            let now = model.now();
            let is_valid = model.newest.as_ref().is_some_and(|(_, expires_on)| now < *expires_on);
            match event {
                Event::Pass(millis) => model.now_millis += i64::from(millis),
                Event::Jump(millis) => model.now_millis += i64::from(millis),
                Event::Call { force } => match state.ask(now, force) {
                    Step::Serve(held) => model.assert_serves(&held),
                    Step::ServeAndFetch(held) => {
                        model.assert_serves(&held);
                        prop_assert!(!force);
                        model.begin(&mut state);
                    }
                    Step::Refuse(_) => {
                        prop_assert!(force || !is_valid, "a valid token is withheld");
                        prop_assert!(model.failed_at.is_some(), "a refusal without a failure");
                    }
                    Step::Join => {
                        prop_assert!(force || !is_valid, "a caller waits while a valid token is held");
                        prop_assert!(model.fetching, "a caller waits for nothing");
                    }
                    Step::Fetch => {
                        prop_assert!(force || !is_valid, "a caller waits while a valid token is held");
                        model.begin(&mut state);
                    }
                },
                Event::Look { used } => {
                    if let Some(look_at) = state.look_at(now) {
                        let (_, expires_on) = model.newest.as_ref().expect("something is held");
                        prop_assert!(look_at < *expires_on, "a look after the end");
                    }
                    if used && state.wants_refresh(now) {
                        prop_assert!(is_valid, "what is refreshed ahead is valid");
                        model.begin(&mut state);
                    }
                }
                Event::Succeed { life, same_text, jitter } if model.fetching => {
                    let text = match &model.newest {
                        Some((text, _)) if same_text => text.clone(),
                        _ => {
                            model.texts += 1;
                            format!("token {}", model.texts)
                        }
                    };
                    let expires_on = now + Duration::from_secs(life.into());
                    state.succeed(token(&text, expires_on), now, jitter);
                    model.fetching = false;
                    model.failed_at = None;
                    model.newest = Some((text, expires_on));
                }
                Event::Fail { retry_after, jitter } if model.fetching => {
                    state.fail(error(retry_after.map(u64::from)), now, jitter);
                    model.fetching = false;
                    model.failed_at = Some(model.now_millis);
                }
                Event::Succeed { .. } | Event::Fail { .. } => {}
                Event::ChangeSettings => {
                    state.reset_backoff();
                    model.failed_at = None;
                }
                Event::Clear => {
                    state.clear();
                    model = Model { now_millis: model.now_millis, texts: model.texts, ..Model::default() };
                }
            }
            prop_assert_eq!(state.fetch().is_some(), model.fetching);
        }
        // However it was left: once time has gone on and nothing is under way, a call gets a fetch.
        if state.fetch().is_none() {
            let later = model.now() + Duration::from_secs(40_000_000);
            let step = state.ask(later, false);
            prop_assert!(matches!(step, Step::Fetch), "stuck at {}", name(&step));
        }
    }
}
