use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::support::*;

const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[tokio::test]
async fn an_event_passes_before_the_next_one_is_made() {
    let (go_on, may_go_on) = mpsc::channel::<()>(1);
    let may_go_on = Arc::new(tokio::sync::Mutex::new(may_go_on));
    let bed = Setup::new(serving(move |mut end| {
        let may_go_on = may_go_on.clone();
        async move {
            end.message().await.unwrap();
            end.send(STREAM).await;
            for event in 0..5 {
                may_go_on.lock().await.recv().await.unwrap();
                end.send(chunk(&format!("data: {event}\n\n"))).await;
            }
            end.send("0\r\n\r\n").await;
        }
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    let head = client.head().await.unwrap();
    assert_eq!((head.status(), head.header("content-type")), (200, Some("text/event-stream")));
    for event in 0..5 {
        go_on.send(()).await.unwrap();
        assert_eq!(client.chunk().await.unwrap(), format!("data: {event}\n\n").as_bytes());
    }
    assert!(client.chunk().await.unwrap().is_empty());
}

#[tokio::test]
async fn interim_answers_pass_before_the_final_one_is_made() {
    let (go_on, may_go_on) = mpsc::channel::<()>(1);
    let may_go_on = Arc::new(tokio::sync::Mutex::new(may_go_on));
    let bed = Setup::new(serving(move |mut end| {
        let may_go_on = may_go_on.clone();
        async move {
            while let Some(request) = end.message().await {
                end.send("HTTP/1.1 100 Continue\r\n\r\n").await;
                for hint in 0..3 {
                    let headers =
                        "connection: x-hop\r\nx-hop: 1\r\ncontent-length: 9\r\naccess-control-allow-origin: *\r\n";
                    end.send(format!("HTTP/1.1 103 Early Hints\r\nlink: <{hint}>\r\n{headers}\r\n")).await;
                    if request.text() != "old" {
                        may_go_on.lock().await.recv().await.unwrap();
                    }
                }
                end.send(http("200 OK", "", &request.text())).await;
            }
        }
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    // Pipelined: hints to the second request come behind the whole answer to the first.
    client.send(bed.post("one") + &bed.post("two")).await;
    for body in ["one", "two"] {
        for hint in 0..3 {
            let interim = client.head().await.unwrap();
            assert_eq!(interim.head, format!("HTTP/1.1 103 Early Hints\r\nlink: <{hint}>\r\n\r\n"));
            go_on.send(()).await.unwrap();
        }
        let answer = client.message().await.unwrap();
        assert_eq!((answer.status(), answer.text().as_str()), (200, body));
    }
    let old = bed.ask(bed.post("old").replace("HTTP/1.1", "HTTP/1.0")).await;
    assert_eq!((old.status(), old.text().as_str()), (200, "old"), "HTTP/1.0 knows no interim answers");
}

#[tokio::test]
async fn a_request_passes_while_it_is_made() {
    let (seen, mut has_seen) = mpsc::channel(8);
    let bed = Setup::new(serving(move |mut end| {
        let seen = seen.clone();
        async move {
            end.head().await.unwrap();
            while let Some(chunk) = end.chunk().await
                && !chunk.is_empty()
            {
                seen.send(chunk).await.unwrap();
            }
            end.until("\r\n").await;
            end.send(http("200 OK", "", "")).await;
        }
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    client.send(bed.head("POST", "/openai/v1/audio/transcriptions", "Transfer-Encoding: chunked\r\n")).await;
    for part in ["one", "two"] {
        client.send(chunk(part)).await;
        assert_eq!(soon(has_seen.recv()).await.unwrap(), part.as_bytes());
    }
    client.send("0\r\n\r\n").await;
    assert_eq!(client.message().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_upstreams_work() {
    let (left, mut has_left) = mpsc::channel(1);
    let bed = Setup::new(serving(move |mut end| {
        let left = left.clone();
        async move {
            end.message().await.unwrap();
            end.send(STREAM).await;
            while end.try_send(chunk("data: x\n\n")).await.is_ok() {
                tokio::task::yield_now().await;
            }
            left.send(()).await.unwrap();
        }
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    client.head().await.unwrap();
    client.chunk().await.unwrap();
    drop(client);
    soon(has_left.recv()).await.unwrap();
    soon(async {
        while !bed.lines.lock().unwrap().iter().any(|line| line.contains(" broken")) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_leaves_in_its_request_ends_that_as_well() {
    let (left, mut has_left) = mpsc::channel(1);
    let bed = Setup::new(serving(move |mut end| {
        let left = left.clone();
        async move {
            end.head().await.unwrap();
            assert!(end.is_closed().await);
            left.send(()).await.unwrap();
        }
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    client.send(bed.head("POST", CHAT, "Content-Length: 1000\r\n") + "{").await;
    bed.ready().await;
    drop(client);
    // The upstream may not have been connected to by then, and need not be.
    let _ = tokio::time::timeout(Duration::from_secs(2), has_left.recv()).await;
    bed.idle().await;
}

#[tokio::test]
async fn an_upstream_that_breaks_off_is_seen_to_break_off() {
    let bed = Setup::new(serving(|mut end| async move {
        end.message().await.unwrap();
        end.send(STREAM.to_owned() + &chunk("data: x\n\n")).await;
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    client.head().await.unwrap();
    client.chunk().await.unwrap();
    assert!(client.chunk().await.is_none(), "no end of the body, but of the connection");
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_a_bounded_amount() {
    const MANY: u64 = 256 * 1024 * 1024;
    let written = Arc::new(AtomicU64::new(0));
    let counted = written.clone();
    let bed = Setup::new(serving(move |mut end| {
        let counted = counted.clone();
        async move {
            end.message().await.unwrap();
            end.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {MANY}\r\n\r\n")).await;
            let piece = vec![b'x'; 64 * 1024];
            while counted.load(Ordering::Relaxed) < MANY && end.try_send(&piece).await.is_ok() {
                counted.fetch_add(piece.len() as u64, Ordering::Relaxed);
            }
        }
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    client.head().await.unwrap();
    // Until nothing more goes in. The sockets of the system hold some MB.
    let mut before = u64::MAX;
    while before != written.load(Ordering::Relaxed) {
        before = written.load(Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(before < MANY / 4, "{before} bytes went in");
}

#[tokio::test]
async fn answers_of_many_clients_do_not_mix() {
    let seen = Seen::default();
    let bed = Arc::new(Setup::new(answering(&seen, |request| http("200 OK", "", &request.text()))).start().await);
    let mut clients = Vec::new();
    for number in 0..50 {
        let bed = bed.clone();
        clients.push(tokio::spawn(async move {
            let mut client = bed.connect().await;
            for turn in 0..10 {
                let text = format!("{number}-{turn}");
                client.send(bed.post(&text)).await;
                assert_eq!(client.message().await.unwrap().text(), text);
            }
        }));
    }
    for client in clients {
        client.await.unwrap();
    }
    assert_eq!(seen.lock().unwrap().len(), 500);
}

#[tokio::test]
async fn a_401_that_breaks_off_is_seen_to_break_off() {
    const CHUNKED: &str = "transfer-encoding: chunked\r\n\r\n";
    for (name, rest, begins) in [
        ("in its chunks", CHUNKED.to_owned() + &chunk("denied"), true),
        ("before its chunks", CHUNKED.to_owned(), false),
        ("in a chunk", CHUNKED.to_owned() + "9\r\ndenied", true),
        ("before its trailers", CHUNKED.to_owned() + &chunk("denied") + "0\r\n", true),
        ("in its length", "content-length: 9\r\n\r\ndenied".to_owned(), true),
        ("without a length", "\r\ndenied".to_owned(), true),
    ] {
        let bed = Setup::new(serving(move |mut end| {
            let rest = rest.clone();
            async move {
                end.message().await.unwrap();
                end.send(format!("HTTP/1.1 401 Unauthorized\r\n{rest}")).await;
            }
        }))
        .start()
        .await;
        let mut client = bed.connect().await;
        client.send(bed.post("{}")).await;
        let head = client.head().await.unwrap_or_else(|| panic!("{name}: no head"));
        assert_eq!(head.status(), 401, "{name}");
        if head.header("content-length").is_some() {
            assert!(client.until("denied").await.is_some(), "{name}");
            assert!(client.is_closed().await);
            continue;
        }
        if begins {
            assert_eq!(client.chunk().await.unwrap(), b"denied", "{name}");
        }
        assert!(client.chunk().await.is_none(), "{name}: no end of the body, but of the connection");
    }
}

#[tokio::test]
async fn a_401_keeps_its_trailers() {
    let answer = "HTTP/1.1 401 Unauthorized\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n6\r\ndenied\r\n0\r\nx-sum: 1\r\n\r\n";
    let bed = Setup::new(answering(&Seen::default(), |_| answer.to_owned())).start().await;
    let answer = bed.ask(bed.head("POST", CHAT, "TE: trailers\r\nContent-Length: 0\r\n")).await;
    assert_eq!((answer.text().as_str(), answer.header("x-sum")), ("denied", Some("1")));
}

#[tokio::test]
async fn a_client_that_leaves_has_left_whatever_it_sent_ahead() {
    let (upstream, mut has_arrived, mut has_left) = watching();
    let bed = Setup::new(upstream).start().await;
    for ahead in [bed.post("{}"), "GET ".to_owned(), bed.head("POST", CHAT, "Content-Length: 9\r\n"), "x".to_owned()] {
        let mut client = bed.connect().await;
        client.send(bed.post("{}") + &ahead).await;
        soon(has_arrived.recv()).await.unwrap();
        drop(client);
        soon(has_left.recv()).await.unwrap();
    }
}
