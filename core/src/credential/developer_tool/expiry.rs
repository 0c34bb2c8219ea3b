//! When a tool's token expires, in whatever form the tool writes that.

use jiff::tz::TimeZone;
use jiff::{civil, fmt::strtime};
use serde_json::Value;

use crate::system::Timestamp;

/// Above this a number counts milliseconds: as seconds it would be in the year 5138.
const SECONDS_END: i64 = 100_000_000_000;

/// Seconds or milliseconds since the epoch as number or text, `/Date(ms)/`, ISO 8601, and a date without an offset,
/// which is local time in `zone` or, without one, in this machine's.
pub(super) fn moment(value: &Value, zone: Option<&str>) -> Option<Timestamp> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(whole)).and_then(since_epoch),
        Value::String(text) => of_text(text.trim(), zone),
        // Windows PowerShell writes a date as an object with all its parts.
        Value::Object(parts) => ["UtcDateTime", "value", "DateTime"]
            .iter()
            .find_map(|name| parts.get(*name).and_then(|part| moment(part, zone))),
        _ => None,
    }
}

fn of_text(text: &str, zone: Option<&str>) -> Option<Timestamp> {
    if let Ok(number) = text.parse::<f64>() {
        return since_epoch(whole(number));
    }
    if let Some(date) = text.strip_prefix("/Date(").and_then(|text| text.strip_suffix(")/")) {
        // The offset behind it only says how to show it.
        let end = date.find(|c: char| !c.is_ascii_digit()).unwrap_or(date.len());
        return date[..end].parse().ok().map(Timestamp::from_millis);
    }
    let moment = text
        .parse::<jiff::Timestamp>()
        .or_else(|_| {
            // The invariant culture of PowerShell.
            strtime::parse("%m/%d/%Y %H:%M:%S %:z", text).and_then(|parsed| parsed.to_timestamp())
        })
        .or_else(|_| {
            let local: civil::DateTime = text.parse()?;
            time_zone(zone).to_timestamp(local)
        })
        .ok()?;
    Some(Timestamp::from_millis(moment.as_millisecond()))
}

fn since_epoch(number: i64) -> Option<Timestamp> {
    match number {
        ..=0 => None,
        1..SECONDS_END => Some(Timestamp::from_secs(number)),
        _ => Some(Timestamp::from_millis(number)),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and nobody needs the fraction")]
fn whole(number: f64) -> i64 {
    number as i64
}

/// As `TZ` names it for the tool, which is a child with the same variable: what it does not know is UTC to it.
fn time_zone(name: Option<&str>) -> TimeZone {
    let Some(name) = name else { return TimeZone::system() };
    let name = name.trim().trim_start_matches(':');
    // A path to a file of the database, or to a copy of one that has no name.
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
            assert_eq!(moment(&value, None), millis.map(Timestamp::from_millis), "{value}");
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
            assert_eq!(moment(&json!(text), Some(zone)), Some(Timestamp::from_secs(seconds)), "{text} in {zone}");
        }
    }
}
