use std::time::Duration;

use azure_openai_entra_proxy::guarded::Waits;
use tokio::io::AsyncWriteExt;

use crate::support::*;

/// What a hostile page, program or client sends, and the code and status of the answer.
#[tokio::test]
async fn what_attacks_send_is_refused_and_reaches_no_upstream() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", ""))).start().await;
    let (address, key) = (bed.address(), bed.key.clone());
    let with = |headers: &str| bed.head("GET", "/openai/v1/models", headers);
    let to = |target: &str| bed.head("POST", target, "Content-Length: 0\r\n");
    let host = |host: &str| format!("GET /openai/v1/models HTTP/1.1\r\nHost: {host}\r\napi-key: {key}\r\n\r\n");
    let post = |headers: &str, body: &str| bed.head("POST", CHAT, headers) + body;
    for (name, text, status, code) in [
        ("a page", with("Origin: https://evil.example\r\n"), 403, "PROXY_WEB_PAGE"),
        ("a page of the same origin", with(&format!("Origin: http://{address}\r\n")), 403, "PROXY_WEB_PAGE"),
        ("a sandboxed page", with("Origin: null\r\n"), 403, "PROXY_WEB_PAGE"),
        ("an image of a page", with("Sec-Fetch-Site: cross-site\r\n"), 403, "PROXY_WEB_PAGE"),
        ("an address that was typed", with("Sec-Fetch-Site: none\r\n"), 403, "PROXY_WEB_PAGE"),
        (
            "a preflight",
            format!(
                "OPTIONS {CHAT} HTTP/1.1\r\nHost: {address}\r\nOrigin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n"
            ),
            403,
            "PROXY_WEB_PAGE",
        ),
        ("a name that was rebound", host(&format!("evil.example:{}", address.port())), 421, "PROXY_HOST"),
        ("a name of the address", host(&format!("127.0.0.1.nip.io:{}", address.port())), 421, "PROXY_HOST"),
        ("another port", host("127.0.0.1:1"), 421, "PROXY_HOST"),
        ("the upstream's name", host(&format!("localhost:{}", bed.upstream.port())), 421, "PROXY_HOST"),
        ("an empty host", host(""), 421, "PROXY_HOST"),
        ("two hosts", with("Host: evil.example\r\n"), 400, "PROXY_REQUEST"),
        (
            "CONNECT",
            format!("CONNECT r:443 HTTP/1.1\r\nHost: {address}\r\napi-key: {key}\r\n\r\n"),
            400,
            "PROXY_REQUEST",
        ),
        ("absolute form", to("https://evil.example/openai/v1/models"), 400, "PROXY_REQUEST"),
        ("absolute form of itself", to(&format!("http://{address}/openai/v1/models")), 400, "PROXY_REQUEST"),
        ("asterisk form", bed.head("OPTIONS", "*", ""), 400, "PROXY_REQUEST"),
        (
            "h2c",
            with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
            400,
            "PROXY_UPGRADE",
        ),
        ("no key", format!("GET /openai/v1/models HTTP/1.1\r\nHost: {address}\r\n\r\n"), 401, "PROXY_KEY"),
        ("a key in the query", to(&format!("{CHAT}?api-key=x")), 400, "PROXY_KEY_IN_QUERY"),
        ("the key in the query", to(&format!("{CHAT}?other={key}&x")), 400, "PROXY_KEY_IN_QUERY"),
        ("the key in the path", to(&format!("/openai/v1/x/{key}")), 400, "PROXY_KEY_IN_QUERY"),
        (
            "both lengths",
            post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
            400,
            "PROXY_REQUEST",
        ),
        (
            "both lengths, turned",
            post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
            400,
            "PROXY_REQUEST",
        ),
        ("two lengths", post("Content-Length: 4\r\nContent-Length: 4\r\n", "body"), 400, "PROXY_REQUEST"),
        ("a coding that is hidden", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400, "PROXY_REQUEST"),
        ("a blank before a colon", post("Content-Length : 4\r\n", "body"), 400, "PROXY_REQUEST"),
        ("obs-fold", with("X: a\r\n b\r\n"), 400, "PROXY_REQUEST"),
        ("a bare LF", with("X: a\nY: b\r\n"), 400, "PROXY_REQUEST"),
        ("a bare CR", with("X: a\rY: b\r\n"), 400, "PROXY_REQUEST"),
        ("a NUL", with("X: a\0\r\n"), 400, "PROXY_REQUEST"),
        (
            "a chunk extension",
            post("Transfer-Encoding: chunked\r\n", "2;x=y\r\n{}\r\n0\r\n\r\n"),
            400,
            "PROXY_BODY_BROKEN",
        ),
        ("a chunk that lies", post("Transfer-Encoding: chunked\r\n", "1\r\n{}\r\n0\r\n\r\n"), 400, "PROXY_BODY_BROKEN"),
        ("another method in a header", with("X-HTTP-Method-Override: DELETE\r\n"), 400, "PROXY_PATH"),
        ("another path in a header", with("X-Original-URL: /openai/v1/files\r\n"), 400, "PROXY_PATH"),
        ("a method in small letters", bed.head("delete", "/openai/v1/responses/r", ""), 400, "PROXY_REQUEST"),
        ("a method that repeats the token", bed.head("TRACE", CHAT, ""), 400, "PROXY_PATH"),
        ("another one", bed.head("TRACK", CHAT, ""), 400, "PROXY_PATH"),
        ("a length with an underscore", post("Content_Length: 4\r\n", ""), 400, "PROXY_REQUEST"),
        ("the key beside other characters", to(&format!("{CHAT}?other=sk-{key}")), 400, "PROXY_KEY_IN_QUERY"),
        ("the key in capitals", to(&format!("{CHAT}?{}", key.to_uppercase())), 400, "PROXY_KEY_IN_QUERY"),
        ("the key encoded", to(&format!("{CHAT}?x=%{:x}{}", key.as_bytes()[0], &key[1..])), 400, "PROXY_KEY_IN_QUERY"),
        ("an overlong dot", to("/openai/v1/%c0%ae%c0%ae/files"), 400, "PROXY_PATH"),
        ("a dot that is cut off", to("/openai/v1/files."), 400, "PROXY_PATH"),
        ("dots", to("/openai/v1/../../management"), 400, "PROXY_PATH"),
        ("encoded dots", to("/openai/v1/%2e%2E/files"), 400, "PROXY_PATH"),
        ("an encoded slash", to("/openai/v1/x%2f..%2ffiles"), 400, "PROXY_PATH"),
        ("two slashes", to("//openai/v1/models"), 400, "PROXY_PATH"),
        ("a backslash", to("/openai/v1\\files"), 400, "PROXY_PATH"),
        ("a letter that is encoded", to("/openai/v1/%66iles"), 400, "PROXY_PATH"),
        ("a fragment", to("/openai/v1/models#/../files"), 400, "PROXY_REQUEST"),
        ("a backtick", to("/openai/v1/models`"), 400, "PROXY_REQUEST"),
        ("files", to("/openai/v1/files"), 403, "PROXY_PATH_NOT_ALLOWED"),
        ("management", to("/openai/deployments/d"), 403, "PROXY_PATH_NOT_ALLOWED"),
        ("the root", to("/"), 403, "PROXY_PATH_NOT_ALLOWED"),
        ("a huge header", with(&format!("X: {}\r\n", "y".repeat(70_000))), 431, "PROXY_REQUEST"),
        ("a huge body", post("Content-Length: 33554433\r\n", ""), 413, "PROXY_BODY_TOO_LARGE"),
    ] {
        let mut client = bed.connect().await;
        let _ = client.try_send(&text).await;
        let answer = client.message().await.unwrap_or_else(|| panic!("{name}: no answer"));
        assert_eq!(answer.told(), (status, Some(code)), "{name}: {}", answer.text());
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["error"]["code"], code, "{name}");
        let message = body["error"]["message"].as_str().unwrap();
        let (_, instruction) = message.rsplit_once(". ").unwrap_or_else(|| panic!("{name}: only a fact: {message}"));
        assert!(instruction.starts_with(char::is_uppercase) && instruction.ends_with('.'), "{name}: {message}");
        for header in ["access-control-allow-origin", "access-control-allow-methods"] {
            assert_eq!(answer.header(header), None, "{name}");
        }
        assert!(!answer.text().contains(&key) && !answer.text().contains("token-"), "{name}");
    }
    let lines = bed.lines.lock().unwrap().concat();
    assert!(lines.contains("/openai/v1/x/[key] 400") && !lines.contains(&key), "{lines}");
    // A broken chunk is seen only after its request has begun; nothing of it is a request of its own.
    assert!(seen.lock().unwrap().is_empty(), "{:?}", seen.lock().unwrap());
}

#[tokio::test]
async fn many_headers_are_refused() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", ""))).start().await;
    // Two of them are those of every request here.
    for (count, status, code) in [(98, 200, None), (99, 431, Some("PROXY_REQUEST")), (2000, 431, Some("PROXY_REQUEST"))]
    {
        let headers: String = (0..count).map(|number| format!("x-{number}: 1\r\n")).collect();
        let answer = bed.ask(bed.head("GET", "/openai/v1/models", &headers)).await;
        assert_eq!(answer.told(), (status, code), "{count}");
    }
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_turn_and_a_bad_one_ends_the_connection() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |request| http("200 OK", "", &request.text()))).start().await;
    let mut client = bed.connect().await;
    let bad = bed.head("POST", CHAT, "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n");
    client.send(bed.post("one") + &bed.post("two") + &bad + &bed.post("three")).await;
    for body in ["one", "two"] {
        assert_eq!(client.message().await.unwrap().text(), body);
    }
    let refused = client.message().await.unwrap();
    assert_eq!((refused.status(), refused.header("connection")), (400, Some("close")));
    assert!(client.message().await.is_none());
    assert_eq!(seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_head_that_trickles_gets_no_further_time() {
    let seen = Seen::default();
    let mut setup = Setup::new(answering(&seen, |_| http("200 OK", "", "")));
    setup.waits = Waits { head: Duration::from_millis(100), ..Waits::default() };
    let bed = setup.start().await;
    // A silent connection, then half of a first request, then half of a second one.
    assert!(bed.connect().await.message().await.is_none());
    let mut client = bed.connect().await;
    client.send("GET /openai/v1/models HTTP/1.1\r\nHo").await;
    assert_eq!(client.message().await.unwrap().status(), 408);
    assert!(client.is_closed().await);
    let mut client = bed.connect().await;
    client.send(bed.post("{}") + "GET").await;
    assert_eq!(client.message().await.unwrap().status(), 200);
    assert_eq!(client.message().await.unwrap().status(), 408);
}

#[tokio::test]
async fn a_body_that_stops_and_an_idle_connection_end() {
    let seen = Seen::default();
    let mut setup = Setup::new(answering(&seen, |_| http("200 OK", "", "")));
    setup.waits = Waits { idle: Duration::from_millis(100), ..Waits::default() };
    let bed = setup.start().await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    assert_eq!(client.message().await.unwrap().status(), 200);
    assert!(client.message().await.is_none(), "an idle connection is closed without a word");
    let mut client = bed.connect().await;
    client.send(bed.head("POST", CHAT, "Content-Length: 100\r\n") + "{").await;
    let answer = client.message().await;
    assert!(answer.is_none_or(|answer| answer.header("x-entra-id-error") == Some("PROXY_BODY_BROKEN")));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_client_that_closes_its_side_has_left_and_so_has_its_request() {
    let (upstream, mut has_arrived, mut has_left) = watching();
    let bed = Setup::new(upstream).start().await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    soon(has_arrived.recv()).await.unwrap();
    client.stream.shutdown().await.unwrap();
    soon(has_left.recv()).await.unwrap();
}

#[tokio::test]
async fn over_the_limit_of_connections_a_client_is_told_so_and_a_place_comes_back() {
    let seen = Seen::default();
    let mut setup = Setup::new(answering(&seen, |_| http("200 OK", "", "")));
    setup.most_connections = 2;
    let bed = setup.start().await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut client = bed.connect().await;
        client.send(bed.post("{}")).await;
        assert_eq!(client.message().await.unwrap().status(), 200);
        held.push(client);
    }
    for _ in 0..50 {
        let mut client = bed.connect().await;
        let answer = client.message().await.unwrap();
        assert_eq!(answer.told(), (503, Some("PROXY_CONNECTIONS")));
    }
    held.pop();
    bed.serves_again().await;
}

#[tokio::test]
async fn clients_without_a_key_do_not_take_the_places_of_those_with_one() {
    let silent = String::new();
    let refused = format!("GET /openai/v1/models HTTP/1.1\r\nhost: {RESOURCE}\r\n\r\n");
    let http2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_owned();
    for beginning in [silent, refused, http2] {
        let seen = Seen::default();
        let mut setup = Setup::new(answering(&seen, |_| http("200 OK", "", "")));
        setup.most_connections = 8;
        let bed = setup.start().await;
        let mut client = bed.connect().await;
        client.send(bed.post("{}")).await;
        assert_eq!(client.message().await.unwrap().status(), 200);
        let mut strangers = Vec::new();
        for _ in 0..20 {
            let mut stranger = bed.connect().await;
            let _ = stranger.try_send(&beginning).await;
            strangers.push(stranger);
        }
        assert_eq!(bed.ask(bed.post("{}")).await.status(), 200);
        client.send(bed.post("{}")).await;
        assert_eq!(client.message().await.unwrap().status(), 200);
    }
}

#[tokio::test]
async fn a_client_without_a_key_has_its_connection_for_a_time() {
    let mut setup = Setup::new(answering(&Seen::default(), |_| http("200 OK", "", "")));
    setup.waits.head = Duration::from_millis(200);
    let bed = setup.start().await;
    let mut refused = bed.connect().await;
    refused.send(bed.post("{}").replace(&bed.key, "wrong")).await;
    assert_eq!(refused.message().await.unwrap().status(), 401);
    assert!(soon(refused.is_closed()).await);
    let mut http2 = bed.connect().await;
    http2.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
    assert!(soon(http2.is_closed()).await);
}

#[tokio::test]
async fn a_client_without_a_key_that_takes_no_answers_loses_its_connection() {
    let bed = Setup::new(answering(&Seen::default(), |_| http("200 OK", "", ""))).start().await;
    // SETTINGS_INITIAL_WINDOW_SIZE is 0: no body of an answer may be sent.
    let mut text = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0".to_vec();
    let host = bed.address().to_string();
    for stream in (1..100_u8).step_by(2) {
        // GET, http and / are in HPACK's table.
        let block = [&[0x82, 0x86, 0x84, 0x01, u8::try_from(host.len()).unwrap()], host.as_bytes()].concat();
        text.extend([0, 0, u8::try_from(block.len()).unwrap(), 1, 5, 0, 0, 0, stream]);
        text.extend(block);
    }
    let mut client = bed.connect().await;
    let _ = client.try_send(&text).await;
    assert!(soon(client.is_closed()).await);
}

#[tokio::test]
async fn a_client_that_sends_no_key_any_more_is_a_stranger_again() {
    let mut setup = Setup::new(answering(&Seen::default(), |_| http("200 OK", "", "")));
    setup.most_connections = 1;
    let bed = setup.start().await;
    let refused = bed.post("{}").replace(&bed.key, "wrong");
    let foreign = bed.post("{}").replace(&bed.address().to_string(), "foreign.example");
    for then in [refused, foreign] {
        let mut client = bed.connect().await;
        client.send(bed.post("{}")).await;
        assert_eq!(client.message().await.unwrap().status(), 200);
        assert_eq!(bed.ask(bed.post("{}")).await.status(), 503);
        client.send(then).await;
        assert!(client.message().await.unwrap().status() > 400);
        assert_eq!(bed.ask(bed.post("{}")).await.status(), 200);
    }
}

#[tokio::test]
async fn probes_are_answered_beside_connections_that_send_nothing() {
    let bed = Setup::new(answering(&Seen::default(), |_| http("200 OK", "", ""))).start().await;
    let admin = tcp(bed.running.admin.as_ref().unwrap());
    let mut held = Vec::new();
    for _ in 0..100 {
        held.push(tokio::net::TcpStream::connect(admin).await.unwrap());
    }
    assert_eq!(bed.probe("/livez").await.status(), 200);
}

#[tokio::test]
async fn ten_thousand_connections_leave_room_for_the_next_client() {
    let seen = Seen::default();
    let mut setup = Setup::new(answering(&seen, |_| http("200 OK", "", "")));
    setup.most_connections = 64;
    let bed = setup.start().await;
    for _ in 0..100 {
        let mut held = Vec::new();
        for _ in 0..100 {
            held.push(bed.connect().await);
        }
    }
    bed.serves_again().await;
    let metrics = bed.probe("/metrics").await.text();
    assert!(metrics.contains("proxy_requests_in_flight 0\n"), "{metrics}");
}

#[tokio::test]
async fn an_upstream_whose_head_never_ends_is_cut_off() {
    let bed = Setup::new(serving(|mut end| async move {
        end.message().await;
        let _ = end.try_send("HTTP/1.1 200 OK\r\n").await;
        while end.try_send(format!("x-more: {}\r\n", "y".repeat(1000))).await.is_ok() {}
    }))
    .start()
    .await;
    let answer = bed.ask(bed.post("{}")).await;
    assert_eq!(answer.told(), (502, Some("PROXY_UPSTREAM")));
}

#[tokio::test]
async fn an_answer_that_two_clients_could_read_in_two_ways_becomes_one_that_they_cannot() {
    let both = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 99\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    let bed = Setup::new(answering(&Seen::default(), |_| both.to_owned())).start().await;
    let answer = bed.ask(bed.post("{}")).await;
    assert_eq!((answer.text().as_str(), answer.header("content-length")), ("ok", None));

    // Once the header is removed, nothing would tell the client of the coding, and hyper takes off no other than chunked.
    for coding in [
        "gzip, chunked",
        "gzip",
        "chunked, gzip",
        "identity",
        "chunked, chunked",
        "chunked\r\ntransfer-encoding: chunked",
        "",
    ] {
        let seen = Seen::default();
        let answer = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: {coding}\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        let bed = Setup::new(answering(&seen, move |_| answer.clone())).start().await;
        let answer = bed.ask(bed.post("{}")).await;
        assert_eq!(answer.told(), (502, Some("PROXY_UPSTREAM")), "{coding}");
        assert!(answer.text().contains("with a transfer coding other than chunked"), "{}", answer.text());
        assert_eq!(seen.lock().unwrap().len(), 1, "{coding}");
    }

    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let bed = Setup::new(answering(&Seen::default(), |_| upgrade.to_owned())).start().await;
    let answer = bed.ask(bed.post("{}")).await;
    assert_eq!(answer.told(), (502, Some("PROXY_UPSTREAM")));
}

#[tokio::test]
async fn a_flood_of_interim_answers_is_cut_off_and_a_few_are_not() {
    let few = "HTTP/1.1 102 Processing\r\n\r\n".repeat(8) + &http("200 OK", "", "ok");
    let bed = Setup::new(answering(&Seen::default(), move |_| few.clone())).start().await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    for _ in 0..8 {
        assert_eq!(client.message().await.unwrap().status(), 102);
    }
    assert_eq!(client.message().await.unwrap().text(), "ok");
    let bed = Setup::new(serving(|mut end| async move {
        end.message().await;
        while end.try_send("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n").await.is_ok() {}
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    for _ in 0..32 {
        assert_eq!(client.message().await.unwrap().status(), 103);
    }
    let answer = client.message().await.unwrap();
    assert_eq!(answer.told(), (502, Some("PROXY_UPSTREAM")));
}

#[tokio::test]
async fn a_body_over_the_limit_ends_at_the_limit() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", ""))).flags(&["--max-body", "1KiB"]).start().await;
    assert_eq!(bed.ask(bed.post(&"x".repeat(1024))).await.status(), 200);
    assert_eq!(bed.ask(bed.post(&"x".repeat(1025))).await.status(), 413);
    let chunked =
        bed.head("POST", CHAT, "Transfer-Encoding: chunked\r\n") + "401\r\n" + &"x".repeat(1025) + "\r\n0\r\n\r\n";
    assert_eq!(bed.ask(chunked).await.status(), 413);
    assert_eq!(seen.lock().unwrap().len(), 1);
}
