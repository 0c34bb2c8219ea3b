//! When an endpoint wants to be asked again, and what time it has.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};

use crate::error::{LONGEST_ASKED_PAUSE, asked_pause};
use crate::system::Timestamp;

/// Azure's services have names of their own for milliseconds, which say more than the seconds beside them.
pub(super) fn in_headers(headers: &HeaderMap) -> Option<String> {
    let header = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let in_millis =
        [const { HeaderName::from_static("retry-after-ms") }, const { HeaderName::from_static("x-ms-retry-after-ms") }]
            .iter()
            .find_map(|name| header(name)?.trim().parse::<u64>().ok());
    match in_millis {
        Some(millis) => Some(format!("{}.{:03}", millis / 1000, millis % 1000)),
        None => header(&RETRY_AFTER).map(str::to_owned),
    }
}

/// Seconds, also with a fraction, or an HTTP date, RFC 9110 section 10.2.3. What is neither is not heeded.
pub(crate) fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return asked_pause(seconds);
    }
    Some(parse_http_date(value)?.since(now).min(LONGEST_ASKED_PAUSE))
}

/// A date, RFC 9110 section 5.6.7.
pub(crate) fn parse_http_date(value: &str) -> Option<Timestamp> {
    let date: SystemTime = httpdate::parse_http_date(value).ok()?;
    let millis = i64::try_from(date.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()?;
    Some(Timestamp::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT

    #[test]
    fn the_forms_of_retry_after() {
        for (value, seconds) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:07 GMT", Some(0)),
            ("2.0", Some(2)),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("soon", None),
            ("", None),
            ("300", Some(300)),
            ("301", Some(300)),
            ("999999999999", Some(300)),
            ("99999999999999999999999", Some(300)),
            ("1e308", Some(300)),
            ("1e309", None),
            ("-1e308", None),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(300)),
        ] {
            assert_eq!(parse_retry_after(value, NOW), seconds.map(Duration::from_secs), "{value:?}");
        }
    }
}
