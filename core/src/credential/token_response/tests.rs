use std::time::Duration;

use serde_json::json;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn answer(status: u16, body: impl Into<String>) -> Response {
    Response { status, date: None, retry_after: None, www_authenticate: None, body: Secret::new(body) }
}

fn parse(
    credential: Credential,
    host: &str,
    answer: &Response,
    secrets: &[&Secret],
    now: Timestamp,
) -> Result<Token, Failure> {
    let request = Request::get(crate::address::parse(&format!("https://{host}/token")).unwrap());
    super::parse(credential, &request, answer, secrets, now)
}

fn read(body: &Value) -> Result<Token, Failure> {
    parse(Credential::ManagedIdentity, "host", &answer(200, body.to_string()), &[], NOW)
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
    let times = |expires_on: i64| json!({"access_token": "t", "expires_on": expires_on, "refresh_on": expires_on - 60});
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
        let answer = Response { date: date.map(Timestamp::from_secs), ..answer(200, times(expires_on).to_string()) };
        let token = parse(Credential::ManagedIdentity, "host", &answer, &[], NOW).ok();
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
    for token_type in [json!("bearer"), json!("BEARER"), json!(""), json!(null)] {
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
        (r#"{"access_token": "a\r\nb", "expires_in": 5}"#, "characters that a header cannot hold"),
        (r#"{"access_token": "t", "expires_in": 5, "token_type": "pop"}"#, "token_type is not Bearer"),
        (r#"{"access_token": "t", "expires_in": 5, "token_type": 5}"#, "token_type is not Bearer"),
        (r#"{"access_token": "t", "expires_in": 5, "token_type": ["pop"]}"#, "token_type is not Bearer"),
        (r#"["t", "Bearer", null, 5, null, null, null, null, null]"#, "not JSON with an access_token"),
        (r#"{"access_token": "t"}"#, "expires_on and expires_in are missing"),
        (r#"{"access_token": "t", "expires_in": -5}"#, "expires_in is not a date"),
        (r#"{"access_token": "t", "expires_on": 1e308}"#, "expires_on or expires_in is not a date"),
        (r#"{"access_token": "t", "expires_on": 1799999990}"#, "access_token expired 10 s ago"),
    ] {
        let failure = parse(Credential::ManagedIdentity, "host", &answer(200, body), &[], NOW).err().unwrap();
        assert_eq!(failure.code, Code::Network);
        assert!(failure.reason.contains(what), "{body:?} gave {}", failure.reason);
    }
}

/// What one reader of JSON passes over and another one does not read.
fn hard_to_read() -> [String; 4] {
    [
        "1e999".to_owned(),
        r#""\ud800""#.to_owned(),
        format!("{}{}", "[".repeat(200), "]".repeat(200)),
        format!("{}1{}", r#"{"x":"#.repeat(200), "}".repeat(200)),
    ]
}

#[test]
fn an_error_beside_a_token_is_not_hidden_by_what_is_hard_to_read() {
    for value in hard_to_read() {
        for body in [
            format!(r#"{{"access_token":"opaque","expires_in":3600,"error":"denied","x":{value}}}"#),
            format!(r#"{{"x":{value},"error":"denied","access_token":"opaque","expires_in":3600}}"#),
            format!(r#"{{"access_token":"opaque","expires_in":3600,"error":{value}}}"#),
            format!(r#"{{"access_token":"opaque","expires_in":3600,"error":"denied","error":null,"x":{value}}}"#),
        ] {
            for status in [200, 201, 400, 503] {
                let answer = answer(status, body.clone());
                let given = parse(Credential::ManagedIdentity, "host", &answer, &[], NOW);
                let failure = given.err().unwrap_or_else(|| panic!("{status} with {body} gives a token"));
                assert!(!failure.reason.contains("opaque"), "{}", failure.reason);
            }
        }
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
        (json!({"error_description": {"text": "expired"}}), "an error without words"),
        (json!({"error_description": 1}), "an error without words"),
        (json!({"suberror": "bad_token"}), "bad_token"),
        (json!({"error": null, "suberror": "bad_token"}), "bad_token"),
    ] {
        let mut body = error.clone();
        body["access_token"] = json!("opaque");
        body["expires_in"] = json!(3600);
        let failure =
            parse(Credential::ManagedIdentity, "host", &answer(200, body.to_string()), &[&Secret::new("s3cret")], NOW)
                .err()
                .unwrap();
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
    let failure = parse(Credential::ManagedIdentity, "imds", &answer(403, "denied by policy"), &[], NOW).err().unwrap();
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
    let failure =
        parse(Credential::ManagedIdentity, "login", &answer(401, aadsts.to_string()), &[], NOW).err().unwrap();
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
        (400, r#"{"statusCode":400,"message":"No MSI found for specified ClientId/ResourceId."}"#, "under Identity"),
        (400, r#"{"error":"invalid_request","error_description":"Identity not found"}"#, "AZURE_CLIENT_ID"),
        (400, r#"{"error_description":"AADSTS90002: Tenant not found."}"#, "AZURE_AUTHORITY_HOST"),
        (403, "<html>Blocked</html>", "allow host through"),
        (200, "<html>Sign in</html>", "allow host through"),
        (400, r#"{"error_description":"AADSTS1: Something new."}"#, "https://login.microsoftonline.com/error?code=1"),
    ] {
        let failure = parse(Credential::ManagedIdentity, "host", &answer(status, body), &[], NOW).err().unwrap();
        let next_step = failure.next_step.unwrap();
        assert!(next_step.contains(step), "{body}: {next_step}");
    }
    let throttled = Response { retry_after: Some("30".to_owned()), ..answer(429, "{}") };
    let failure = parse(Credential::ManagedIdentity, "host", &throttled, &[], NOW).err().unwrap();
    assert_eq!(failure.next_step.unwrap(), "wait 30 s, as the endpoint asks: the first call after that retries");
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
        let failure = parse(Credential::ManagedIdentity, "host", &answer(status, "{}"), &[], NOW).err().unwrap();
        assert_eq!((failure.code, failure.status), (code, Some(status)));
    }
}

#[test]
fn an_echoed_secret_and_a_token_stay_out_of_the_reason() {
    let secret = Secret::new("s3cret");
    let body = r#"{"error":"bad","error_description":"you sent s3cret and eyJ0eXAi.e30.c2ln"}"#;
    let failure = parse(Credential::ManagedIdentity, "host", &answer(400, body), &[&secret], NOW).err().unwrap();
    assert!(failure.reason.ends_with("bad: you sent [redacted] and [redacted]"), "{}", failure.reason);
    for body in [r#"{"access_token":"opaque"}"#, r#"{"access_token":"opaque","error_codes":"none"}"#] {
        let failure = parse(Credential::ManagedIdentity, "host", &answer(400, body), &[], NOW).err().unwrap();
        assert!(failure.reason.ends_with("saying: a token, which is not shown"), "{}", failure.reason);
    }
}

#[test]
fn a_member_that_is_not_known_is_never_told() {
    const TOKEN: &str = "correct-horse-battery";
    for members in [
        r#""refresh_token":"TOKEN","client_secret":"TOKEN""#,
        r#""error":"x","error_codes":["7000215"],"error_description":"fine","refresh_token":"TOKEN""#,
        r#""error":1,"message":"m","id_token":"TOKEN""#,
        r#""error":{"code":"c","token":"TOKEN"},"trace_id":{"x":"TOKEN"}"#,
        r#""error_description":["TOKEN"],"error_codes":"TOKEN""#,
        r#""TOKEN":{"TOKEN":"TOKEN"}"#,
        r#""refresh_token":"TOKEN","error":"x","x":1e999"#,
    ] {
        let members = members.replace("TOKEN", TOKEN);
        for body in [
            format!("{{{members}}}"),
            format!("[{{{members}}}]"),
            format!("\u{feff}{{{members}"),
            format!("{{{members}}}{{}}"),
        ] {
            for status in [400, 429, 500] {
                let given = parse(Credential::ManagedIdentity, "host", &answer(status, body.clone()), &[], NOW);
                let told = format!("{:?}", given.err().unwrap());
                assert!(!told.contains(TOKEN), "{body}: {told}");
            }
        }
    }
    let codes = r#"{"error":"x","error_codes":["7000215"],"error_description":"fine"}"#;
    let failure = parse(Credential::ManagedIdentity, "host", &answer(400, codes), &[], NOW).err().unwrap();
    assert!(failure.reason.ends_with("saying: x: fine"), "{}", failure.reason);
    assert_eq!(failure.response.unwrap().codes, [7_000_215]);
}

#[test]
fn a_long_page_is_cut_and_html_is_not_quoted() {
    let failure = parse(Credential::ManagedIdentity, "host", &answer(403, "x".repeat(10_000)), &[], NOW).err().unwrap();
    assert!(failure.reason.len() < secret::QUOTE_LIMIT + 100);
    let failure =
        parse(Credential::ManagedIdentity, "host", &answer(403, "<html><body>blocked"), &[], NOW).err().unwrap();
    assert!(failure.reason.ends_with("an HTML page"), "{}", failure.reason);
}
