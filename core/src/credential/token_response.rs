//! What token endpoints answer: Entra ID's JSON and the likes of it, read leniently, refused clearly.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::expiry::Clocks;
use super::token::Token;
use crate::error::{Code, Failure};
use crate::http::request::Response;
use crate::secret::{self, Secret};
use crate::system::Timestamp;

/// RFC 6749 section 5.1, with the absolute times that managed identity gives.
///
/// Every time comes as a number or a string, by host and version.
#[derive(Deserialize)]
struct Success {
    access_token: String,
    token_type: Option<Value>,
    expires_on: Option<Value>,
    expires_in: Option<Value>,
    refresh_on: Option<Value>,
    refresh_in: Option<Value>,
}

/// A token from `answer`, or what the endpoint `host` says against it.
///
/// `secrets` are what was sent: an endpoint that echoes them must not put them into an error.
pub(super) fn parse(host: &str, answer: &Response, secrets: &[&Secret], now: Timestamp) -> Result<Token, Failure> {
    match answer.status {
        200 | 201 => success(host, answer, secrets, now),
        status => Err(refusal(host, answer, secrets, now).status(status)),
    }
}

fn success(host: &str, answer: &Response, secrets: &[&Secret], now: Timestamp) -> Result<Token, Failure> {
    let not_a_token = |what: &str| {
        Failure::new(Code::Network, format!("{host} answered {} without a token: {what}", answer.status))
            .with_next_step("look for a proxy or a wrong endpoint in between")
            .status(answer.status)
    };
    let body = answer.body.expose().trim();
    if body.is_empty() {
        return Err(not_a_token("the body is empty"));
    }
    // serde_json's error is left out, because it can quote the body.
    let parsed: Success = serde_json::from_str(body).map_err(|_| match body.starts_with('<') {
        true => not_a_token("the body is HTML").with_next_step(let_through(host)),
        false => not_a_token("the body is not JSON with an access_token"),
    })?;
    if let Some(said) = error_beside_a_token(body) {
        let words = secret::quote(&words(&said, "an error without words"), secrets);
        let reason = format!("{host} answered {} with a token and an error, saying: {words}", answer.status);
        return Err(Failure::new(Code::Rejected, reason)
            .with_next_step(advice(answer.status, &said.error_codes, &words))
            .status(answer.status));
    }
    if parsed.access_token.is_empty() {
        return Err(not_a_token("access_token is empty"));
    }
    if parsed.access_token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(not_a_token("access_token has characters that no header may have"));
    }
    let token_type = parsed.token_type.as_ref().and_then(Value::as_str).unwrap_or_default();
    // RFC 6749, section 7.1: a client that does not understand a type must not use the token.
    if !token_type.is_empty() && !token_type.eq_ignore_ascii_case("bearer") {
        return Err(not_a_token("its token_type is not Bearer"));
    }
    let clocks = Clocks { ours: now, theirs: answer.date };
    let expires_on = clocks.moment(parsed.expires_on.as_ref(), parsed.expires_in.as_ref()).ok_or_else(|| {
        match (&parsed.expires_on, &parsed.expires_in) {
            (None, None) => not_a_token("there is neither expires_on nor expires_in"),
            _ => not_a_token("its expires_on or expires_in is no date"),
        }
    })?;
    if expires_on <= now {
        let late = now.since(expires_on).as_secs();
        return Err(not_a_token(&format!("it expired {late} s ago"))
            .with_next_step("compare this machine's clock with the endpoint's"));
    }
    let refresh_on = clocks.moment(parsed.refresh_on.as_ref(), parsed.refresh_in.as_ref());
    Ok(Token { secret: Secret::new(parsed.access_token), expires_on, refresh_on })
}

/// What `body` says against the token in it. MSAL refuses such a token as well.
fn error_beside_a_token(body: &str) -> Option<Refusal> {
    let mut body: Value = serde_json::from_str(body).ok()?;
    let mut part = |name| body.get_mut(name).map(Value::take).filter(|it| !matches!(it.as_str(), Some("")));
    let error = part("error").filter(|error| !error.is_null() && *error != Value::Bool(false));
    let error_description = part("error_description").and_then(|text| text.as_str().map(str::to_owned));
    let is_said = error.is_some() || error_description.is_some();
    is_said.then(|| Refusal { error, error_description, ..Refusal::default() })
}

/// RFC 6749 section 5.2 as Entra ID fills it; App Service has `message`, IMDS sometimes an object in `error`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    error: Option<Value>,
    error_description: Option<String>,
    error_codes: Vec<i64>,
    message: Option<String>,
}

fn refusal(host: &str, answer: &Response, secrets: &[&Secret], now: Timestamp) -> Failure {
    let body = answer.body.expose().trim();
    let json: Value = serde_json::from_str(body).unwrap_or_default();
    // Not every token looks like one.
    let body = if json.get("access_token").is_some() { "a token, which is not shown" } else { body };
    let parsed: Refusal = serde_json::from_value(json).unwrap_or_default();
    let words = secret::quote(&words(&parsed, body), secrets);
    let said = if words.is_empty() { "with an empty body".to_owned() } else { format!("saying: {words}") };
    let failure = match answer.status {
        429 => Failure::new(Code::Throttled, format!("{host} answered 429 Too Many Requests, {said}"))
            .with_next_step(wait(answer.retry_after(now))),
        200..=299 => {
            Failure::new(Code::Network, format!("{host} answered {}, which is not how a token comes", answer.status))
                .with_next_step("look for a proxy or a wrong endpoint in between")
        }
        300..=399 => Failure::new(
            Code::Network,
            format!("{host} answered {} and pointed elsewhere; redirects are not followed", answer.status),
        )
        .with_next_step("look for a proxy or a wrong endpoint in between"),
        // With 410 IMDS says that it is being updated.
        408 | 410 | 500.. => {
            Failure::new(Code::Network, format!("{host} failed with status {}, {said}", answer.status))
                .with_next_step("try again; if it goes on, look at the service's health")
        }
        status => {
            let failure = Failure::new(Code::Rejected, format!("{host} refused with status {status}, {said}"));
            if words == HTML {
                failure.with_next_step(let_through(host))
            } else {
                failure.with_next_step(advice(status, &parsed.error_codes, &words))
            }
        }
    };
    Failure { retry_after: answer.retry_after(now), ..failure }
}

/// Endpoints of tokens speak JSON: pages are other people's.
fn let_through(host: &str) -> String {
    format!(
        "a proxy or a sign-in page answers in its place: let {host} through, or set HTTPS_PROXY as your network asks"
    )
}

fn wait(asked: Option<Duration>) -> String {
    match asked {
        Some(pause) => format!("wait {} s, as it asks; then it is asked again", pause.as_secs()),
        None => "wait; it is asked again after a pause".to_owned(),
    }
}

/// What replaces a page, which is unreadable in a message.
const HTML: &str = "an HTML page";

/// The endpoint's own words.
fn words(parsed: &Refusal, body: &str) -> String {
    let error = match &parsed.error {
        Some(Value::String(error)) => error.clone(),
        Some(Value::Object(error)) => {
            let part = |name| error.get(name).and_then(Value::as_str).unwrap_or_default();
            format!("{} {}", part("code"), part("message"))
        }
        _ => String::new(),
    };
    let description = parsed.error_description.as_deref().or(parsed.message.as_deref()).unwrap_or_default();
    match (error.trim(), description.trim()) {
        ("", "") if body.starts_with('<') => HTML.to_owned(),
        ("", "") => body.to_owned(),
        ("", words) | (words, "") => words.to_owned(),
        (error, description) => format!("{error}: {description}"),
    }
}

/// What to do about the refusals that people meet most, and where to look for the others.
///
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
fn advice(status: u16, codes: &[i64], words: &str) -> &'static str {
    const NO_TENANT: &str = "no such tenant: set AZURE_TENANT_ID to the Directory (tenant) ID, and AZURE_AUTHORITY_HOST to \
                             the authority of its cloud";
    const NO_IDENTITY: &str = "turn the identity of this app or machine on (in the portal, under Identity), or assign it \
                               the user-assigned one and give that one's client id in AZURE_CLIENT_ID";
    // What IMDS, App Service and Container Apps say without one.
    const WITHOUT_IDENTITY: [&str; 3] = ["identity not found", "managed identity found", "no msi found"];
    const ADVICE: [(i64, &str); 11] = [
        (7_000_215, "AZURE_CLIENT_SECRET is wrong: set it to the secret's value, not to its id"),
        (7_000_222, "the client secret has expired: make a new one and set AZURE_CLIENT_SECRET to it"),
        (
            700_016,
            "no such application in this tenant: compare AZURE_CLIENT_ID with the Application (client) ID of the app \
             registration, and AZURE_TENANT_ID with its Directory (tenant) ID",
        ),
        (
            700_213,
            "give the application a federated credential with exactly this subject, and with the issuer of the cluster",
        ),
        (70_021, "no federated credential matches: compare issuer, subject and audience"),
        (700_024, "the assertion is outside its validity: compare this machine's clock, and the token file's age"),
        (700_027, "the certificate is not known to the application: upload it to the app registration"),
        (90_002, NO_TENANT),
        (900_023, NO_TENANT),
        (500_011, "no such resource in this tenant: correct the scope or the cloud"),
        (53_003, "conditional access blocks it: ask the tenant's administrator"),
    ];
    let said = |code: i64| codes.contains(&code) || words.contains(&format!("AADSTS{code}:"));
    if let Some((_, step)) = ADVICE.iter().find(|(code, _)| said(*code)) {
        step
    } else if WITHOUT_IDENTITY.iter().any(|phrase| words.to_ascii_lowercase().contains(phrase)) {
        NO_IDENTITY
    } else if words.contains("AADSTS") {
        "look the number up at https://learn.microsoft.com/entra/identity-platform/reference-error-codes"
    } else if status == 403 {
        // Neither Entra ID nor an identity endpoint says so without a word that is known above.
        "see whether a firewall, a proxy or a service mesh answers in its place: it must let this process through to it; \
         else compare the ids that are set here with those of the identity that is meant"
    } else {
        "compare the ids and secrets that are set here with those of the identity that is meant"
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn answer(status: u16, body: impl Into<String>) -> Response {
        Response { status, date: None, retry_after: None, www_authenticate: None, body: Secret::new(body) }
    }

    fn read(body: &Value) -> Result<Token, Failure> {
        parse("host", &answer(200, body.to_string()), &[], NOW)
    }

    #[test]
    fn every_form_of_expiry() {
        let at = |secs| Some(Timestamp::from_secs(secs));
        let now = 1_800_000_000;
        for (times, expires) in [
            (json!({"expires_on": 1_893_456_000}), at(1_893_456_000)),
            (json!({"expires_on": "1893456000"}), at(1_893_456_000)),
            (json!({"expires_on": " 1893456000 "}), at(1_893_456_000)),
            (json!({"expires_on": "2030-01-01T00:00:00Z"}), at(1_893_456_000)),
            (json!({"expires_on": "1893456000.75"}), at(1_893_456_000)),
            (json!({"expires_on": "1.893456e9"}), at(1_893_456_000)),
            (json!({"expires_on": 1_893_456_000.75}), at(1_893_456_000)),
            (json!({"expires_on": "2030-01-01T00:00:00.000Z"}), at(1_893_456_000)),
            (json!({"expires_on": "2030-01-01T00:00:00.0000000+00:00"}), at(1_893_456_000)),
            (json!({"expires_on": "2030-01-01T02:00:00+02:00"}), at(1_893_456_000)),
            (json!({"expires_on": "2030-01-01T00:00:00"}), at(1_893_456_000)),
            (json!({"expires_on": "2030-01-01 00:00:00"}), at(1_893_456_000)),
            (json!({"expires_on": "2030-01-01 00:00:00 +00:00"}), at(1_893_456_000)),
            (json!({"expires_on": "Tue, 01 Jan 2030 00:00:00 GMT"}), at(1_893_456_000)),
            (json!({"expires_on": "01/01/2030 12:00:00 AM +00:00"}), at(1_893_456_000)),
            (json!({"expires_on": "1/1/2030 12:0:12 AM +00:00"}), at(1_893_456_012)),
            (json!({"expires_on": "1/16/2030 5:24:12 am +00:00"}), at(1_894_771_452)),
            (json!({"expires_on": "01/01/2030 01:00:00 PM +00:00"}), at(1_893_502_800)),
            (json!({"expires_on": "01/01/2030 12:30:00 PM"}), at(1_893_501_000)),
            (json!({"expires_on": "01/01/2030 13:00:00 PM +00:00"}), at(1_893_502_800)),
            (json!({"expires_on": "01/01/2030 13:00:00 +00:00"}), at(1_893_502_800)),
            (json!({"expires_on": "01/01/2030 02:00:00 +02:00"}), at(1_893_456_000)),
            (json!({"expires_on": "01/01/2030 00:00:00"}), at(1_893_456_000)),
            (json!({"expires_on": "13/01/2030 00:00:00", "expires_in": 60}), at(now + 60)),
            (json!({"expires_on": "01/01/2030", "expires_in": 60}), at(now + 60)),
            (json!({"expires_on": "", "expires_in": 60}), at(now + 60)),
            (json!({"expires_on": "NaN", "expires_in": 60}), at(now + 60)),
            (json!({"expires_on": "inf", "expires_in": 60}), at(now + 60)),
            (json!({"expires_on": {}, "expires_in": 60}), at(now + 60)),
            (json!({"expires_in": 3599}), at(now + 3599)),
            (json!({"expires_in": "3599"}), at(now + 3599)),
            (json!({"expires_in": "3599.0"}), at(now + 3599)),
            (json!({"expires_in": 3599.5}), at(now + 3599)),
            (json!({"expires_on": "soon", "expires_in": 60}), at(now + 60)),
            (json!({"expires_on": 1_893_456_000, "expires_in": 60}), at(1_893_456_000)),
            (json!({"expires_on": 8_640_000_000_000_i64}), at(8_640_000_000_000)),
            (json!({"expires_on": 8_640_000_000_001_i64}), None),
            (json!({"expires_on": "9999-12-30T00:00:00Z"}), at(253_402_128_000)),
            (json!({"expires_in": i64::MAX}), None),
            (json!({"expires_on": 1e308, "expires_in": 60}), at(now + 60)),
            (json!({}), None),
            (json!({"expires_on": null, "expires_in": null}), None),
            (json!({"expires_in": -5}), None),
            (json!({"expires_on": 0}), None),
            (json!({"expires_on": 1_700_000_000}), None),
            (json!({"expires_in": 0}), None),
        ] {
            let mut body = times.clone();
            body["access_token"] = json!("t");
            assert_eq!(read(&body).ok().map(|token| token.expires_on), expires, "{times}");
        }
    }

    #[test]
    fn absolute_times_are_the_endpoints_which_can_be_off() {
        let times =
            |expires_on: i64| json!({"access_token": "t", "expires_on": expires_on, "refresh_on": expires_on - 60});
        let (now, hour, day) = (1_800_000_000, 3600, 86_400);
        for (what, date, expires_on, left) in [
            ("no Date", None, now + hour, Some(hour)),
            ("the same clock", Some(now), now + hour, Some(hour)),
            ("within the tolerance", Some(now - 10), now + hour, Some(hour)),
            ("ten minutes behind us", Some(now - 600), now - 600 + hour, Some(hour)),
            ("expired only by our clock", Some(now - 2 * hour), now - hour, Some(hour)),
            ("ten minutes ahead", Some(now + 600), now + 600 + hour, Some(hour)),
            ("expired only by its clock", Some(now + 2 * hour), now + hour, None),
            ("years behind, as after a start without a network", Some(now - 1000 * day), now - 999 * day, Some(day)),
            ("a Date that is nonsense", Some(0), now + hour, Some(hour)),
        ] {
            let answer =
                Response { date: date.map(Timestamp::from_secs), ..answer(200, times(expires_on).to_string()) };
            let token = parse("host", &answer, &[], NOW).ok();
            let seconds = |at: Timestamp| i64::try_from(at.since(NOW).as_secs()).unwrap();
            assert_eq!(token.as_ref().map(|token| seconds(token.expires_on)), left, "{what}");
            let refresh_in = token.and_then(|token| token.refresh_on).map(seconds);
            assert_eq!(refresh_in, left.map(|left| left - 60), "{what}");
        }
    }

    #[test]
    fn the_endpoints_hint_when_to_refresh() {
        let body = json!({"access_token": "t", "expires_in": 86400, "refresh_in": "43200"});
        assert_eq!(read(&body).unwrap().refresh_on, Some(NOW + Duration::from_secs(43200)));
        let body = json!({"access_token": "t", "expires_in": 86400, "refresh_on": 1_800_000_100});
        assert_eq!(read(&body).unwrap().refresh_on, Some(NOW + Duration::from_secs(100)));
    }

    #[test]
    fn a_bearer_token_in_any_spelling() {
        for token_type in [json!("bearer"), json!("BEARER"), json!(""), json!(null), json!(5)] {
            assert!(read(&json!({"access_token": "t", "expires_in": 5, "token_type": token_type})).is_ok());
        }
    }

    #[test]
    fn what_is_no_token_is_named() {
        for (body, what) in [
            ("", "the body is empty"),
            ("<html>sign in</html>", "the body is HTML"),
            ("{", "not JSON"),
            ("[]", "not JSON with an access_token"),
            (r#"{"expires_in": 5}"#, "not JSON with an access_token"),
            (r#"{"access_token": "", "expires_in": 5}"#, "access_token is empty"),
            (r#"{"access_token": "a\r\nb", "expires_in": 5}"#, "characters that no header may have"),
            (r#"{"access_token": "t", "expires_in": 5, "token_type": "pop"}"#, "token_type is not Bearer"),
            (r#"{"access_token": "t"}"#, "neither expires_on nor expires_in"),
            (r#"{"access_token": "t", "expires_in": -5}"#, "expires_in is no date"),
            (r#"{"access_token": "t", "expires_on": 1e308}"#, "expires_on or expires_in is no date"),
            (r#"{"access_token": "t", "expires_on": 1799999990}"#, "it expired 10 s ago"),
        ] {
            let failure = parse("host", &answer(200, body), &[], NOW).err().unwrap();
            assert_eq!(failure.code, Code::Network);
            assert!(failure.reason.contains(what), "{body:?} gave {}", failure.reason);
        }
    }

    #[test]
    fn a_token_beside_an_error_is_refused() {
        for (error, words) in [
            (json!({"error": "invalid_client"}), "invalid_client"),
            (json!({"error": "bad", "error_description": "AADSTS7000215: s3cret"}), "bad: AADSTS7000215: [redacted]"),
            (json!({"error_description": "expired"}), "expired"),
            (json!({"error": {"code": "no", "message": "way"}}), "no way"),
            (json!({"error": "bad", "error_codes": "none"}), "bad"),
            (json!({"error": 1}), "an error without words"),
            (json!({"error": true}), "an error without words"),
            (json!({"error": {}}), "an error without words"),
            (json!({"error": ["opaque"]}), "an error without words"),
        ] {
            let mut body = error.clone();
            body["access_token"] = json!("opaque");
            body["expires_in"] = json!(3600);
            let failure = parse("host", &answer(200, body.to_string()), &[&Secret::new("s3cret")], NOW).err().unwrap();
            assert_eq!((failure.code, failure.status), (Code::Rejected, Some(200)), "{error}");
            assert_eq!(failure.reason, format!("host answered 200 with a token and an error, saying: {words}"));
        }
        for error in [json!({"error": null}), json!({"error": ""}), json!({"error": false}), json!({"message": "hi"})] {
            let mut body = error.clone();
            body["access_token"] = json!("t");
            body["expires_in"] = json!(3600);
            assert!(read(&body).is_ok(), "{error}");
        }
    }

    #[test]
    fn a_403_of_nobody_that_is_known_may_come_from_something_in_between() {
        let failure = parse("imds", &answer(403, "denied by policy"), &[], NOW).err().unwrap();
        assert_eq!(failure.code, Code::Rejected);
        assert!(failure.next_step.unwrap().contains("service mesh"));
    }

    #[test]
    fn refusals_keep_the_words_and_say_what_to_do() {
        let aadsts = json!({
            "error": "invalid_client",
            "error_description": "AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1",
            "error_codes": [7_000_215],
        });
        let failure = parse("login", &answer(401, aadsts.to_string()), &[], NOW).err().unwrap();
        assert_eq!((failure.code, failure.status), (Code::Rejected, Some(401)));
        assert_eq!(
            failure.reason,
            "login refused with status 401, saying: invalid_client: AADSTS7000215: Invalid client secret provided. \
             Trace ID: 1"
        );
        assert!(failure.next_step.unwrap().contains("not to its id"));
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (status, body, step) in [
            (
                400,
                r#"{"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId"}"#,
                "under Identity",
            ),
            (
                400,
                r#"{"statusCode":400,"message":"No MSI found for specified ClientId/ResourceId."}"#,
                "under Identity",
            ),
            (400, r#"{"error":"invalid_request","error_description":"Identity not found"}"#, "AZURE_CLIENT_ID"),
            (400, r#"{"error_description":"AADSTS90002: Tenant not found."}"#, "AZURE_AUTHORITY_HOST"),
            (403, "<html>Blocked</html>", "let host through"),
            (200, "<html>Sign in</html>", "let host through"),
            (400, r#"{"error_description":"AADSTS1: Something new."}"#, "reference-error-codes"),
        ] {
            let failure = parse("host", &answer(status, body), &[], NOW).err().unwrap();
            let next_step = failure.next_step.unwrap();
            assert!(next_step.contains(step), "{body}: {next_step}");
        }
        let throttled = Response { retry_after: Some("30".to_owned()), ..answer(429, "{}") };
        let failure = parse("host", &throttled, &[], NOW).err().unwrap();
        assert_eq!(failure.next_step.unwrap(), "wait 30 s, as it asks; then it is asked again");
    }

    #[test]
    fn which_statuses_mean_what() {
        for (status, code) in [
            (202, Code::Network),
            (204, Code::Network),
            (302, Code::Network),
            (400, Code::Rejected),
            (401, Code::Rejected),
            (403, Code::Rejected),
            (404, Code::Rejected),
            (408, Code::Network),
            (410, Code::Network),
            (429, Code::Throttled),
            (500, Code::Network),
            (503, Code::Network),
        ] {
            let failure = parse("host", &answer(status, "{}"), &[], NOW).err().unwrap();
            assert_eq!((failure.code, failure.status), (code, Some(status)));
        }
    }

    #[test]
    fn an_echoed_secret_and_a_token_stay_out_of_the_reason() {
        let secret = Secret::new("s3cret");
        let body = r#"{"error":"bad","error_description":"you sent s3cret and eyJ0eXAi.e30.c2ln"}"#;
        let failure = parse("host", &answer(400, body), &[&secret], NOW).err().unwrap();
        assert!(failure.reason.ends_with("bad: you sent [redacted] and [redacted]"), "{}", failure.reason);
        for body in [r#"{"access_token":"opaque"}"#, r#"{"access_token":"opaque","error_codes":"none"}"#] {
            let failure = parse("host", &answer(400, body), &[], NOW).err().unwrap();
            assert!(failure.reason.ends_with("saying: a token, which is not shown"), "{}", failure.reason);
        }
    }

    #[test]
    fn a_long_page_is_cut_and_html_is_not_quoted() {
        let failure = parse("host", &answer(403, "x".repeat(10_000)), &[], NOW).err().unwrap();
        assert!(failure.reason.len() < secret::QUOTE_LIMIT + 100);
        let failure = parse("host", &answer(403, "<html><body>blocked"), &[], NOW).err().unwrap();
        assert!(failure.reason.ends_with("an HTML page"), "{}", failure.reason);
    }
}
