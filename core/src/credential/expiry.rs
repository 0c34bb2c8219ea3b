//! The moments in token answers: every host and version writes them in its own way.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::Value;

use crate::system::Timestamp;

/// What is not quite ISO 8601, and what App Service's version 2017-09-01 writes: with AM and PM on Windows, without
/// on Linux, and sometimes with PM after an hour of 24.
const FORMS: [&str; 4] =
    ["%Y-%m-%d %H:%M:%S %:z", "%m/%d/%Y %I:%M:%S %p %:z", "%m/%d/%Y %H:%M:%S %p %:z", "%m/%d/%Y %H:%M:%S %:z"];

/// Clocks that differ by less count as equal: `Date` has whole seconds, and the answer took its time.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(10);
/// No token lives longer, managed identity's have 24 h: a `Date` that is further from an expiry is itself wrong.
const LONGEST_LIFE: Duration = Duration::from_secs(48 * 60 * 60);

/// The clocks by which an answer's times are read, at the moment of the answer.
pub(super) struct Clocks {
    /// This machine's.
    pub(super) ours: Timestamp,
    /// The endpoint's, where it told.
    pub(super) theirs: Option<Timestamp>,
}

impl Clocks {
    /// The absolute form if it can be read, else the relative one; by this machine's clock. What has no date is none.
    pub(super) fn moment(&self, absolute: Option<&Value>, relative: Option<&Value>) -> Option<Timestamp> {
        absolute
            .and_then(absolute_time)
            .filter(|moment| *moment <= Timestamp::LAST)
            .map(|moment| self.by_our_clock(moment))
            .or_else(|| {
                let seconds = number(relative?)?;
                let moment = self.ours + Duration::from_secs(u64::try_from(seconds).ok()?);
                (moment <= Timestamp::LAST).then_some(moment)
            })
    }

    /// Whoever wrote an absolute time meant the endpoint's clock, which can be minutes off.
    fn by_our_clock(&self, moment: Timestamp) -> Timestamp {
        let Some(theirs) = self.theirs else { return moment };
        let (left, past) = (moment.since(theirs), theirs.since(moment));
        let apart = theirs.since(self.ours).max(self.ours.since(theirs));
        if apart <= CLOCK_TOLERANCE || left.max(past) > LONGEST_LIFE { moment } else { self.ours + left - past }
    }
}

/// Seconds since the epoch as number or text, or a date.
fn absolute_time(value: &Value) -> Option<Timestamp> {
    if let Some(seconds) = number(value) {
        return (seconds > 0).then(|| Timestamp::from_secs(seconds));
    }
    date(value.as_str()?.trim())
}

/// Seconds as a number, or as text such as "3599" and "3599.0".
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    }
}

fn whole(seconds: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and seconds need no fraction")]
    seconds.is_finite().then_some(seconds as i64)
}

/// A date in ISO 8601, of HTTP or in the American way. One without an offset is taken as UTC, which is what hosts
/// count in.
fn date(text: &str) -> Option<Timestamp> {
    let in_utc = |moment: DateTime| Offset::UTC.to_timestamp(moment).ok();
    let in_a_form = |text: &str| FORMS.iter().find_map(|form| jiff::Timestamp::strptime(form, text).ok());
    let moment = text
        .parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| in_utc(text.parse().ok()?))
        .or_else(|| jiff::Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok())
        .or_else(|| in_a_form(text))
        .or_else(|| in_a_form(&format!("{text} +00:00")))?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}
