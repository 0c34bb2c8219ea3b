use std::sync::{Arc, Mutex};

use crate::support::*;

const TARGET: &str = "/openai/v1/realtime?model=gpt-realtime";

/// An upstream that joins and then repeats every byte; gives the heads that it saw.
fn repeating() -> (Arc<Mutex<Vec<Message>>>, Setup) {
    let seen = Seen::default();
    let kept = seen.clone();
    let setup = Setup::new(serving(move |mut end| {
        let seen = kept.clone();
        async move {
            let head = end.head().await.unwrap();
            seen.lock().unwrap().push(head);
            end.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: realtime\r\n\r\nhello").await;
            let (mut from, mut to) = tokio::io::split(end.stream);
            let _ = tokio::io::copy(&mut from, &mut to).await;
        }
    }));
    (seen, setup)
}

#[tokio::test]
async fn a_socket_opens_with_the_key_in_a_header_or_a_subprotocol_and_bytes_pass_both_ways() {
    let (seen, setup) = repeating();
    let bed = setup.start().await;
    let in_protocols = format!(
        "GET {TARGET} HTTP/1.1\r\nHost: {}\r\n{OPEN}Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.{}, openai-beta.realtime-v1\r\n\r\n",
        bed.address(),
        bed.key
    );
    for text in [bed.head("GET", TARGET, &format!("{OPEN}Sec-WebSocket-Protocol: realtime\r\n")), in_protocols] {
        let mut client = bed.connect().await;
        client.send(text).await;
        let head = client.head().await.unwrap();
        assert_eq!((head.status(), head.header("sec-websocket-protocol")), (101, Some("realtime")));
        assert_eq!((head.header("sec-websocket-accept"), head.header("upgrade")), (Some("x"), Some("websocket")));
        assert_eq!(client.until("hello").await.unwrap(), "hello");
        // Bytes that no parser of HTTP would let pass.
        for frame in ["\u{0}\n\r\n\r\nGET", "bye"] {
            client.send(frame).await;
            assert_eq!(client.until(frame).await.unwrap(), frame);
        }
    }
    let seen = seen.lock().unwrap();
    for (request, protocols) in seen.iter().zip(["realtime", "realtime, openai-beta.realtime-v1"]) {
        assert!(request.head.starts_with(&format!("GET {TARGET} HTTP/1.1\r\n")));
        assert_eq!(request.header("sec-websocket-protocol"), Some(protocols));
        assert_eq!(
            (request.header("upgrade"), request.header("sec-websocket-version")),
            (Some("websocket"), Some("13"))
        );
        assert!(request.header("authorization").unwrap().starts_with("Bearer token-"));
        assert!(!request.head.contains(&bed.key), "{}", request.head);
    }
}

#[tokio::test]
async fn the_end_of_one_side_is_the_end_of_the_other() {
    let (left, mut has_left) = tokio::sync::mpsc::channel(1);
    let bed = Setup::new(serving(move |mut end| {
        let left = left.clone();
        async move {
            end.head().await.unwrap();
            end.send(JOINED).await;
            assert!(end.is_closed().await);
            left.send(()).await.unwrap();
        }
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    client.send(bed.head("GET", TARGET, OPEN)).await;
    assert_eq!(client.head().await.unwrap().status(), 101);
    drop(client);
    soon(has_left.recv()).await.unwrap();
}

#[tokio::test]
async fn a_socket_that_the_upstream_declines_or_that_is_elsewhere_does_not_open() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("403 Forbidden", "", "no"))).start().await;
    let answer = bed.ask(bed.head("GET", TARGET, OPEN)).await;
    assert_eq!((answer.status(), answer.text().as_str(), answer.header("connection")), (403, "no", Some("close")));
    for (method, target, headers) in
        [("GET", CHAT, OPEN), ("POST", TARGET, OPEN), ("GET", TARGET, "Upgrade: websocket\r\n")]
    {
        let answer = bed.ask(bed.head(method, target, headers)).await;
        assert_eq!(answer.told(), (400, Some("PROXY_UPGRADE")), "{method} {target}");
    }
    // What follows was read as no request, so that the connection is of no more use.
    let keyless = |headers: &str| format!("GET {TARGET} HTTP/1.1\r\nHost: {}\r\n{headers}\r\n", bed.address());
    for (name, text, status) in [
        ("h2c", bed.head("GET", CHAT, "Connection: Upgrade\r\nUpgrade: h2c\r\n"), 400),
        ("elsewhere", bed.head("GET", CHAT, OPEN), 400),
        ("without Connection", bed.head("GET", TARGET, "Upgrade: websocket\r\n"), 400),
        ("without a key", keyless(OPEN), 401),
        ("of a page", keyless(&format!("Origin: null\r\n{OPEN}")), 403),
        ("a method", bed.head("TRACE", TARGET, OPEN), 400),
    ] {
        let mut client = bed.connect().await;
        client.send(text + &bed.post("{}")).await;
        let answer = client.message().await.unwrap();
        assert_eq!((answer.status(), answer.header("connection")), (status, Some("close")), "{name}");
        assert!(client.message().await.is_none(), "{name}");
    }
    assert_eq!(seen.lock().unwrap().len(), 1);
}
