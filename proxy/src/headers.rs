//! Which headers pass, and which end at the proxy.

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, ORIGIN, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION,
    SEC_WEBSOCKET_PROTOCOL, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

/// What stands before a key in the list of subprotocols, which is the only header that browsers' WebSockets have.
pub const SUBPROTOCOL: &str = "openai-insecure-api-key.";

/// What browsers add to the requests of a page.
pub const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The headers of a key besides `authorization`: of Azure OpenAI, and of the Anthropic models of Microsoft Foundry.
pub static KEYS: [HeaderName; 2] = [HeaderName::from_static("api-key"), HeaderName::from_static("x-api-key")];

/// What the names begin with of headers that make API Management tell or keep the headers of a request, the token among them.
const TRACES: [&str; 2] = ["ocp-apim-trace", "apim-debug-authorization"];

/// Headers by which some servers and gateways take another method or path than that of the request line.
pub static OTHER_TARGETS: [HeaderName; 7] = [
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-method-override"),
    HeaderName::from_static("x-original-uri"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-override-url"),
    HeaderName::from_static("x-rewrite-url"),
];

/// The same, of those that gateways before this proxy add, so that such a request is served without them.
const TARGETS_OF_GATEWAYS: [&str; 20] = [
    "script-name",
    "x-arr-original-url",
    "x-envoy-original-method",
    "x-envoy-original-path",
    "x-forwarded-method",
    "x-forwarded-path",
    "x-forwarded-prefix",
    "x-forwarded-uri",
    "x-forwarded-url",
    "x-ms-original-url",
    "x-original-forwarded-uri",
    "x-original-method",
    "x-original-path",
    "x-path-info",
    "x-replaced-path",
    "x-request-path",
    "x-request-uri",
    "x-rewrite-uri",
    "x-script-name",
    "x-waws-unencoded-url",
];

/// Those of one connection, RFC 9110 section 7.6.1.
const HOP_BY_HOP: [HeaderName; 8] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Turns the headers of a request into those that go upstream, without a credential.
pub fn to_upstream(headers: &mut HeaderMap, upstream: &HeaderValue) {
    let takes_trailers = has_word(headers, &TE, "trailers");
    remove_hop_by_hop(headers);
    for name in KEYS.iter().chain([&AUTHORIZATION, &EXPECT]) {
        headers.remove(name);
    }
    remove_all(headers, |name, _| is_read_otherwise(name.as_str()));
    remove_subprotocols_of_keys(headers);
    if takes_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
        headers.insert(CONNECTION, HeaderValue::from_static("te"));
    }
    headers.insert(HOST, upstream.clone());
}

/// Whether a server can take more from a header than this proxy wants it to. Some servers read `_` as `-`.
fn is_read_otherwise(name: &str) -> bool {
    let is_meant = |name: &str| TARGETS_OF_GATEWAYS.contains(&name) || TRACES.iter().any(|it| name.starts_with(it));
    if !name.contains('_') {
        return is_meant(name);
    }
    let read = name.replace('_', "-");
    is_meant(&read) || has_rule(&read)
}

/// Whether this proxy takes a header for itself, or refuses it.
fn has_rule(name: &str) -> bool {
    const OTHERS: [HeaderName; 7] =
        [AUTHORIZATION, CONTENT_LENGTH, EXPECT, HOST, ORIGIN, SEC_FETCH_SITE, SEC_WEBSOCKET_PROTOCOL];
    let is_rule = |rule: &HeaderName| rule == name;
    OTHER_TARGETS.iter().chain(&KEYS).any(is_rule) || HOP_BY_HOP.iter().any(is_rule) || OTHERS.iter().any(is_rule)
}

fn remove_subprotocols_of_keys(headers: &mut HeaderMap) {
    let prefix = SUBPROTOCOL.as_bytes();
    let is_of_key = |word: &[u8]| word.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix));
    let kept: Vec<&[u8]> = words(headers, &SEC_WEBSOCKET_PROTOCOL).filter(|word| !is_of_key(word)).collect();
    let kept = HeaderValue::from_bytes(&kept.join(&b", "[..])).ok().filter(|kept| !kept.is_empty());
    headers.remove(SEC_WEBSOCKET_PROTOCOL);
    if let Some(kept) = kept {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, kept);
    }
}

/// Removes from the trailers of a request what may stand only in a head, or would end at this proxy there.
pub fn of_upload(trailers: &mut HeaderMap) {
    of_trailers(trailers);
    remove_all(trailers, |name, _| is_read_otherwise(name.as_str()) || has_rule(name.as_str()));
}

/// Removes from trailers, of either side, what may stand only in a head (RFC 9110, section 6.5.1).
pub fn of_trailers(trailers: &mut HeaderMap) {
    to_client(trailers);
    for name in KEYS.iter().chain([&AUTHORIZATION, &CONTENT_LENGTH, &EXPECT, &HOST, &SEC_WEBSOCKET_PROTOCOL]) {
        trailers.remove(name);
    }
}

/// Turns the headers of an answer into those for the client. No web page may read it.
pub fn to_client(headers: &mut HeaderMap) {
    // Beside a transfer coding, the length is another message's (RFC 9112, section 6.3).
    if headers.contains_key(TRANSFER_ENCODING) {
        headers.remove(CONTENT_LENGTH);
    }
    // `5, 5` is a length to some clients only.
    let length = words(headers, &CONTENT_LENGTH).next().and_then(|length| HeaderValue::from_bytes(length).ok());
    if let Some(length) = length {
        headers.insert(CONTENT_LENGTH, length);
    }
    remove_hop_by_hop(headers);
    remove_all(headers, |name, _| name.as_str().starts_with("access-control-"));
}

/// Removes from the headers of an answer those that hold a token, as the name in small letters: an upstream can repeat what it was
/// sent.
pub fn without_tokens<'a>(headers: &mut HeaderMap, tokens: impl IntoIterator<Item = &'a [u8]> + Clone) {
    remove_all(headers, |name, value| {
        let is_in = |token: &[u8], text: &[u8]| text.windows(token.len()).any(|part| part.eq_ignore_ascii_case(token));
        let holds = |token: &&[u8]| is_in(token, name.as_str().as_bytes()) || is_in(token, value.as_bytes());
        tokens.clone().into_iter().filter(|token| !token.is_empty()).any(|token| holds(&token))
    });
}

/// Removes each header of which `is_meant` holds for one value.
fn remove_all(headers: &mut HeaderMap, is_meant: impl Fn(&HeaderName, &HeaderValue) -> bool) {
    let meant: Vec<HeaderName> =
        headers.iter().filter(|(name, value)| is_meant(name, value)).map(|(name, _)| name.clone()).collect();
    for name in meant {
        headers.remove(name);
    }
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = words(headers, &CONNECTION)
        .filter_map(|word| HeaderName::from_bytes(word).ok())
        // Without these the message would be another one.
        .filter(|name| name != CONTENT_LENGTH && name != HOST)
        .collect();
    for name in HOP_BY_HOP.iter().chain(&listed) {
        headers.remove(name);
    }
}

/// Whether `word` is in a header that is a list, in any case.
pub fn has_word(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    words(headers, name).any(|known| known.eq_ignore_ascii_case(word.as_bytes()))
}

/// The items of a header that is a list; as bytes, because a letter that is not ASCII hides none of the others.
pub fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    let values = headers.get_all(name).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    values.map(<[u8]>::trim_ascii).filter(|word| !word.is_empty())
}

/// The values of a header, joined by commas.
pub fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<_> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    values.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect::<Vec<_>>()
            .into_iter()
            .fold(HeaderMap::new(), |mut map, (name, value)| {
                map.append(name, value);
                map
            })
    }

    #[test]
    fn what_is_of_one_connection_or_a_credential_stays_here() {
        let mut headers = map(&[
            ("connection", "keep-alive, X-Own"),
            ("connection", "te, content-length, host"),
            ("keep-alive", "timeout=5"),
            ("proxy-connection", "keep-alive"),
            ("proxy-authorization", "Basic x"),
            ("te", "deflate, trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("expect", "100-continue"),
            ("x-own", "1"),
            ("api-key", "k"),
            ("x-api-key", "k"),
            ("authorization", "Bearer k"),
            ("host", "127.0.0.1:8787"),
            ("content-length", "5"),
            ("accept-encoding", "gzip, deflate, zstd"),
            ("ocp-apim-subscription-key", "s"),
            ("ocp-apim-trace", "true"),
            ("ocp-apim-trace-id", "1"),
            ("apim-debug-authorization", "d"),
            ("apim_debug_authorization", "d"),
            ("x_api_key", "k"),
            ("x_http_method_override", "DELETE"),
            ("x-forwarded-uri", "/openai/v1/files"),
            ("session_id", "1"),
            ("x-stainless-lang", "js"),
            ("trailer", "x-sum"),
        ]);
        to_upstream(&mut headers, &HeaderValue::from_static("r.openai.azure.com"));
        let mut left: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        left.sort();
        assert_eq!(
            left,
            [
                "accept-encoding: gzip, deflate, zstd",
                "connection: te",
                "content-length: 5",
                "host: r.openai.azure.com",
                "ocp-apim-subscription-key: s",
                "session_id: 1",
                "te: trailers",
                "trailer: x-sum",
                "x-stainless-lang: js",
            ]
        );
    }

    #[test]
    fn trailers_say_nothing_that_a_head_may_not() {
        let ours: Vec<HeaderName> = OTHER_TARGETS.clone().into_iter().chain(KEYS.clone()).chain(HOP_BY_HOP).collect();
        let known = ours.iter().map(HeaderName::as_str);
        let traces = ["ocp-apim-trace", "ocp-apim-trace-id", "apim-debug-authorization"];
        let framing =
            ["authorization", "content-length", "expect", "host", "origin", "sec-fetch-site", "sec-websocket-protocol"];
        for name in known.chain(traces).chain(TARGETS_OF_GATEWAYS).chain(framing) {
            for name in [name.to_owned(), name.replace('-', "_")] {
                let mut trailers = map(&[("x-sum", "1")]);
                trailers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static("x"));
                of_upload(&mut trailers);
                assert_eq!(trailers, map(&[("x-sum", "1")]), "{name}");
            }
        }
    }

    #[test]
    fn a_letter_that_is_not_ascii_hides_no_item_of_a_list() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", &b"x-own, \xe9"[..]),
            ("x-own", b"1"),
            ("te", b"\xc3\xa9, trailers"),
            ("sec-websocket-protocol", b"realtime, openai-insecure-api-key.k\xe9"),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
        }
        to_upstream(&mut headers, &HeaderValue::from_static("r.openai.azure.com"));
        assert!(!headers.contains_key("x-own"));
        assert_eq!((headers[TE].as_bytes(), headers[CONNECTION].as_bytes()), (&b"trailers"[..], &b"te"[..]));
        assert_eq!(headers[SEC_WEBSOCKET_PROTOCOL], "realtime");
    }

    #[test]
    fn an_answer_has_no_header_that_holds_the_token() {
        let mut headers = map(&[
            ("location", "https://elsewhere.example/?t=t0ken-1#x"),
            ("x-echo", "other"),
            ("x-echo", "Bearer t0ken-2"),
            ("x-cut", "t0ken-"),
            ("x-own", "1"),
            ("x-t0ken-1-x", "1"),
            ("x-case", "T0KEN-1"),
        ]);
        without_tokens(&mut headers, [&b"t0ken-1"[..], b"t0ken-2", b""]);
        assert_eq!(headers, map(&[("x-cut", "t0ken-"), ("x-own", "1")]));
    }

    #[test]
    fn an_answer_keeps_its_own_headers_but_opens_to_no_web_page() {
        let mut headers = map(&[
            ("connection", "close, x-own"),
            ("x-own", "1"),
            ("transfer-encoding", "chunked"),
            ("access-control-allow-origin", "*"),
            ("access-control-expose-headers", "*"),
            ("retry-after-ms", "300"),
            ("location", "https://elsewhere.example"),
        ]);
        to_client(&mut headers);
        let mut twice = map(&[("content-length", "5, 5"), ("content-length", "5")]);
        to_client(&mut twice);
        assert_eq!(twice, map(&[("content-length", "5")]));
        let mut left: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["location", "retry-after-ms"]);
    }
}
