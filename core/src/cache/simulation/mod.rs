//! Fleets of replicas over days: the shipped rules of the cache and of the retries, with a clock and randomness of their
//! own, beside those of `@azure/identity`. `npm run lab -- simulation` runs it whole.

mod baseline;
mod ours;
mod tally;

use fastrand::Rng;
use tally::Tally;

/// Milliseconds since the first replica started.
type Millis = i64;

const SECOND: Millis = 1000;
const MINUTE: Millis = 60 * SECOND;
const HOUR: Millis = 60 * MINUTE;
const DAYS: Millis = 3 * 24 * HOUR;
/// How long the endpoint takes for an answer.
const LATENCY: Millis = 50;
/// Each replica serves a request so often.
const CALL_EVERY: Millis = SECOND;
/// Shortly before the third refresh of a day's token, half of its life after the second.
const OUTAGE_AT: Millis = 36 * HOUR - 5 * MINUTE;
/// A rolling update takes so long.
const ROLLING: Millis = 30 * MINUTE;
/// Replicas that start together are not started at the same millisecond.
const TOGETHER: Millis = 2 * SECOND;

/// What happens to a fleet.
#[derive(Clone, Copy)]
struct Scenario {
    replicas: u32,
    is_rolling: bool,
    life: Millis,
    outage: Millis,
}

impl Scenario {
    fn is_down(&self, now: Millis) -> bool {
        (OUTAGE_AT..OUTAGE_AT + self.outage).contains(&now)
    }
}

/// A replica with a steady traffic, from its start to the end of the three days.
type Replica = fn(&Scenario, start: Millis, rng: &mut Rng, tally: &mut Tally);

const POLICIES: [(&str, Replica); 2] = [("ours", ours::live), ("baseline", baseline::live)];

fn simulate(scenario: &Scenario, live: Replica, seed: u64) -> Tally {
    let (mut rng, mut tally) = (Rng::with_seed(seed), Tally::new(scenario));
    let spread = if scenario.is_rolling { ROLLING } else { TOGETHER };
    for _ in 0..scenario.replicas {
        let start = rng.i64(0..spread);
        live(scenario, start, &mut rng, &mut tally);
    }
    tally
}

/// The first call at or after `at` of a replica that started at `start`.
fn next_call(start: Millis, at: Millis) -> Millis {
    start + ((at - start).max(0) + CALL_EVERY - 1) / CALL_EVERY * CALL_EVERY
}

fn scenarios(sizes: &[u32]) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for &replicas in sizes {
        for is_rolling in [false, true] {
            for life in [HOUR, 24 * HOUR] {
                for outage in [10 * MINUTE, 2 * HOUR] {
                    scenarios.push(Scenario { replicas, is_rolling, life, outage });
                }
            }
        }
    }
    scenarios
}

#[test]
fn a_fleet_does_not_march_in_step_and_spares_an_endpoint_that_is_down() {
    for scenario in scenarios(&[1, 300]) {
        let row = simulate(&scenario, ours::live, 1).row("ours", &scenario);
        let at_most = |share: f64| (share * f64::from(scenario.replicas)).max(2.0);
        assert!(f64::from(row.peak) <= at_most(0.1), "the refreshes come together: {row:?}");
        assert!(f64::from(row.peak_in_outage) <= at_most(0.35), "the retries come together: {row:?}");
        assert!(f64::from(row.peak_after) <= at_most(0.3), "a herd after the outage: {row:?}");
        assert!(row.recovery_seconds <= 17.0, "{row:?}");
        assert!(row.longest_wait_seconds <= 8.0, "{row:?}");
        assert!(scenario.life == HOUR || row.without_token_peak == 0.0, "half a day is left: {row:?}");
    }
}

#[test]
#[ignore = "minutes in a debug build: the lab runs it"]
#[expect(clippy::disallowed_methods, reason = "a variable of the lab names the file of the results")]
fn whole() {
    let path = std::env::var("ENTRA_SIMULATION").unwrap_or_else(|_| "simulation.json".to_owned());
    let mut rows = Vec::new();
    let mut series = Vec::new();
    for scenario in scenarios(&[1, 100, 10_000, 100_000]) {
        for (name, live) in POLICIES {
            let tally = simulate(&scenario, live, 1);
            rows.push(tally.row(name, &scenario).json());
            if scenario.replicas == 10_000 && !scenario.is_rolling && scenario.outage > HOUR {
                series.push(tally.series(name, &scenario));
            }
        }
    }
    let results = serde_json::json!({ "rows": rows, "series": series });
    std::fs::write(path, results.to_string()).unwrap();
}
