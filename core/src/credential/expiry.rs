//! When a token expires: every endpoint, tool and version writes that in its own way.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::system::Timestamp;

/// What is not quite ISO 8601, and what App Service's version 2017-09-01 writes: with AM and PM on Windows, without
/// on Linux, and sometimes with PM after an hour of 24.
const FORMS: [&str; 4] =
    ["%Y-%m-%d %H:%M:%S %:z", "%m/%d/%Y %I:%M:%S %p %:z", "%m/%d/%Y %H:%M:%S %p %:z", "%m/%d/%Y %H:%M:%S %:z"];

/// Above this a number counts milliseconds: as seconds it would be in the year 5138.
const SECONDS_END: i64 = 100_000_000_000;

/// Clocks that differ by less count as equal: `Date` has whole seconds, and the answer took its time.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(10);
/// No token lives longer, managed identity's have 24 h: a `Date` that is further from an expiry is itself wrong.
const LONGEST_LIFE: Duration = Duration::from_secs(48 * 60 * 60);

/// The clocks by which an answer's times are read, at the moment of the answer.
pub(super) struct Clocks {
    /// This machine's.
    pub(super) ours: Timestamp,
    /// The endpoint's, if it told.
    pub(super) theirs: Option<Timestamp>,
}

impl Clocks {
    /// The absolute form if it can be read, else the relative one; by this machine's clock. Without a date, none.
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

    /// An absolute time is that of the endpoint's clock, which can be minutes off.
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

/// Without its fraction, and saturated: a value without a date is refused when it is read.
fn whole(seconds: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and seconds need no fraction")]
    (!seconds.is_nan()).then_some(seconds as i64)
}

/// A date in ISO 8601, of HTTP or in the American way. One without an offset is taken as UTC, which is what hosts
/// count in.
fn date(text: &str) -> Option<Timestamp> {
    let in_a_form = |text: &str| FORMS.iter().find_map(|form| jiff::Timestamp::strptime(form, text).ok());
    let moment = iso(text, || TimeZone::UTC)
        .or_else(|| jiff::Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok())
        .or_else(|| in_a_form(text))
        .or_else(|| in_a_form(&format!("{text} +00:00")))?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

/// A date in ISO 8601; one without an offset is of `zone`.
fn iso(text: &str, zone: impl FnOnce() -> TimeZone) -> Option<jiff::Timestamp> {
    text.parse().ok().or_else(|| zone().to_timestamp(text.parse::<DateTime>().ok()?).ok())
}

/// The moment that a tool writes: seconds or milliseconds since the epoch as number or text, `/Date(ms)/`, ISO 8601, and
/// a date without an offset, which is local time in `zone` or, without one, in this machine's.
pub(super) fn tool_moment(value: &Value, zone: Option<&str>) -> Option<Timestamp> {
    if let Some(number) = number(value) {
        return since_epoch(number);
    }
    match value {
        Value::String(text) => tool_date(text.trim(), zone),
        // Windows PowerShell writes a date as an object with all its parts.
        Value::Object(parts) => ["UtcDateTime", "value", "DateTime"]
            .iter()
            .find_map(|name| parts.get(*name).and_then(|part| tool_moment(part, zone))),
        _ => None,
    }
}

fn tool_date(text: &str, zone: Option<&str>) -> Option<Timestamp> {
    if let Some(date) = text.strip_prefix("/Date(").and_then(|text| text.strip_suffix(")/")) {
        // The offset behind it only says how to show it.
        let end = date.find(|c: char| !c.is_ascii_digit()).unwrap_or(date.len());
        return date[..end].parse().ok().map(Timestamp::from_millis);
    }
    // The invariant culture of PowerShell, or ISO 8601.
    let invariant = || jiff::Timestamp::strptime("%m/%d/%Y %H:%M:%S %:z", text).ok();
    let moment = invariant().or_else(|| iso(text, || time_zone(zone)))?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

fn since_epoch(number: i64) -> Option<Timestamp> {
    match number {
        ..=0 => None,
        1..SECONDS_END => Some(Timestamp::from_secs(number)),
        _ => Some(Timestamp::from_millis(number)),
    }
}

/// As `TZ` names it for the tool, which is a child with the same variable: what it does not know is UTC to it.
fn time_zone(name: Option<&str>) -> TimeZone {
    let Some(name) = name else { return TimeZone::system() };
    let name = name.trim().trim_start_matches(':');
    // A path to a file of the database, or to a copy without a name.
    match name.split_once("zoneinfo/") {
        Some((_, name)) => zone_named(name),
        None if name.starts_with('/') => TimeZone::system(),
        None => zone_named(name),
    }
}

fn zone_named(name: &str) -> TimeZone {
    TimeZone::get(name).or_else(|_| TimeZone::posix(name)).unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NEW_YEAR: i64 = 1_893_456_000;

    #[test]
    fn every_form_of_expiry() {
        for (value, millis) in [
            (json!(NEW_YEAR), Some(NEW_YEAR * 1000)),
            (json!(1_893_456_000.7), Some(NEW_YEAR * 1000)),
            (json!(NEW_YEAR * 1000), Some(NEW_YEAR * 1000)),
            (json!("1893456000"), Some(NEW_YEAR * 1000)),
            (json!(" 1893456000.0 "), Some(NEW_YEAR * 1000)),
            (json!("1893456000000"), Some(NEW_YEAR * 1000)),
            (json!("2030-01-01T00:00:00Z"), Some(NEW_YEAR * 1000)),
            (json!("2030-01-01T00:00:00.0000000+00:00"), Some(NEW_YEAR * 1000)),
            (json!("2030-01-01T05:30:00+05:30"), Some(NEW_YEAR * 1000)),
            (json!("2030-01-01 00:00:00.500Z"), Some(NEW_YEAR * 1000 + 500)),
            (json!("01/01/2030 01:00:00 +01:00"), Some(NEW_YEAR * 1000)),
            (json!("/Date(1893456000000)/"), Some(NEW_YEAR * 1000)),
            (json!("/Date(1893456000000+0200)/"), Some(NEW_YEAR * 1000)),
            (json!({"value": "/Date(1893456000000)/", "DateTime": "Tuesday"}), Some(NEW_YEAR * 1000)),
            (json!({"DateTime": {"DateTime": "/Date(1893456000000)/"}, "Offset": {}}), Some(NEW_YEAR * 1000)),
            (json!({"DateTime": "/Date(1)/", "UtcDateTime": "/Date(1893456000000)/"}), Some(NEW_YEAR * 1000)),
            (json!(i64::MAX), Some(i64::MAX)),
            (json!(u64::MAX), Some(i64::MAX)),
            (json!("1e400"), Some(i64::MAX)),
            (json!("/Date(99999999999999999999)/"), None),
            (json!("/Date()/"), None),
            (json!("/Date(-62135596800000)/"), None),
            (json!("9999-12-31T23:59:59-23:00"), None),
            (json!(0), None),
            (json!(-5), None),
            (json!("NaN"), None),
            (json!("soon"), None),
            (json!(""), None),
            (json!(null), None),
            (json!(true), None),
            (json!([NEW_YEAR]), None),
            (json!({}), None),
        ] {
            assert_eq!(tool_moment(&value, None), millis.map(Timestamp::from_millis), "{value}");
        }
    }

    #[test]
    fn a_date_without_an_offset_is_local_time() {
        const NEW_YORK: i64 = 5 * 3600;
        for (text, zone, seconds) in [
            ("2030-01-01 00:00:00.000000", "America/New_York", NEW_YEAR + NEW_YORK),
            ("2030-01-01T00:00:00", ":America/New_York", NEW_YEAR + NEW_YORK),
            ("2030-01-01 00:00:00", "/usr/share/zoneinfo/America/New_York", NEW_YEAR + NEW_YORK),
            ("2030-01-01 00:00:00", "EST5EDT", NEW_YEAR + NEW_YORK),
            ("2030-01-01 00:00:00", "XYZ-2", NEW_YEAR - 2 * 3600),
            ("2030-01-01 00:00:00", "UTC", NEW_YEAR),
            ("2030-01-01 00:00:00", "No/Such_Zone", NEW_YEAR),
            // Summer time, and the hour that comes twice: the earlier one, as for JavaScript's Date.
            ("2030-07-01 00:00:00", "America/New_York", 1_909_108_800),
            ("2030-11-03 01:30:00", "America/New_York", 1_919_914_200),
        ] {
            assert_eq!(tool_moment(&json!(text), Some(zone)), Some(Timestamp::from_secs(seconds)), "{text} in {zone}");
        }
    }
}
