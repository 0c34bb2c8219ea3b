//! What is counted of a fleet.

use serde_json::{Value, json};

use super::{DAYS, HOUR, MINUTE, Millis, OUTAGE_AT, SECOND, Scenario};

/// The herd of the first minutes is that of the start.
const STARTED: usize = 35 * 60;
/// Requests of this long after an outage are its echo.
const AFTER: usize = 5 * 60;

/// What is counted of a fleet.
pub(super) struct Tally {
    /// Requests at the identity endpoint, by the second.
    requests: Vec<u32>,
    /// By how much the number of replicas without a token changes, by the second.
    without_token: Vec<i32>,
    longest_wait: Millis,
    /// The last moment at which a replica had no token.
    last_without: Millis,
}

/// What is told of a fleet.
#[derive(Debug)]
pub(super) struct Row {
    policy: &'static str,
    replicas: u32,
    is_rolling: bool,
    life_hours: i64,
    outage_minutes: i64,
    pub(super) at_start: u32,
    /// Requests in the busiest second while all is well.
    pub(super) peak: u32,
    pub(super) mean: f64,
    pub(super) peak_in_outage: u32,
    pub(super) peak_after: u32,
    /// The largest share of replicas that had no token at one time.
    pub(super) without_token_peak: f64,
    /// From the end of the outage until the last replica has a token.
    pub(super) recovery_seconds: f64,
    /// Of a caller, for a token or an error.
    pub(super) longest_wait_seconds: f64,
}

fn second(at: Millis) -> usize {
    usize::try_from(at / SECOND).unwrap_or_default()
}

impl Tally {
    pub(super) fn new(_: &Scenario) -> Self {
        let seconds = second(DAYS) + 2;
        Self { requests: vec![0; seconds], without_token: vec![0; seconds], longest_wait: 0, last_without: 0 }
    }

    pub(super) fn request(&mut self, at: Millis) {
        if let Some(count) = self.requests.get_mut(second(at)) {
            *count += 1;
        }
    }

    /// A caller waited from one moment to another.
    pub(super) fn wait(&mut self, from: Millis, to: Millis) {
        self.longest_wait = self.longest_wait.max(to - from);
    }

    /// A replica that has had a token had none from one moment to another.
    pub(super) fn without_token(&mut self, from: Millis, to: Millis) {
        let last = self.without_token.len() - 1;
        self.without_token[second(from).min(last)] += 1;
        self.without_token[second(to).min(last)] -= 1;
        self.last_without = self.last_without.max(to);
    }

    pub(super) fn row(&self, policy: &'static str, scenario: &Scenario) -> Row {
        let (began, ended) = (second(OUTAGE_AT), second(OUTAGE_AT + scenario.outage));
        let busiest = |from: usize, to: usize| self.requests[from..to].iter().max().copied().unwrap_or_default();
        let total: u64 = self.requests.iter().map(|&count| u64::from(count)).sum();
        let mut without = 0;
        let most = self.without_token.iter().map(|change| {
            without += change;
            without
        });
        Row {
            policy,
            replicas: scenario.replicas,
            is_rolling: scenario.is_rolling,
            life_hours: scenario.life / HOUR,
            outage_minutes: scenario.outage / MINUTE,
            at_start: busiest(0, STARTED),
            peak: busiest(STARTED, began).max(busiest(ended + AFTER, second(DAYS))),
            mean: total as f64 / (DAYS / SECOND) as f64,
            peak_in_outage: busiest(began, ended),
            peak_after: busiest(ended, ended + AFTER),
            without_token_peak: f64::from(most.max().unwrap_or_default()) / f64::from(scenario.replicas),
            recovery_seconds: (self.last_without - OUTAGE_AT - scenario.outage).max(0) as f64 / SECOND as f64,
            longest_wait_seconds: self.longest_wait as f64 / SECOND as f64,
        }
    }

    /// The busiest second of each minute, from two hours before the outage on.
    pub(super) fn series(&self, policy: &'static str, scenario: &Scenario) -> Value {
        let from = second(OUTAGE_AT - 2 * HOUR);
        let minutes: Vec<_> =
            self.requests[from..from + 6 * 3600].chunks(60).map(|minute| minute.iter().max()).collect();
        json!({ "policy": policy, "lifeHours": scenario.life / HOUR, "peaks": minutes })
    }
}

impl Row {
    pub(super) fn json(&self) -> Value {
        json!({
            "policy": self.policy,
            "replicas": self.replicas,
            "isRolling": self.is_rolling,
            "lifeHours": self.life_hours,
            "outageMinutes": self.outage_minutes,
            "atStart": self.at_start,
            "peak": self.peak,
            "mean": self.mean,
            "peakInOutage": self.peak_in_outage,
            "peakAfter": self.peak_after,
            "withoutToken": self.without_token_peak,
            "recoverySeconds": self.recovery_seconds,
            "longestWaitSeconds": self.longest_wait_seconds,
        })
    }
}
