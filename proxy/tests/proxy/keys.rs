use std::sync::Arc;

use azure_openai_entra_core::system::System;
use azure_openai_entra_proxy::local_key::generate;

use crate::support::*;

fn chat(bed: &Testbed, header: &str) -> String {
    format!("POST {CHAT} HTTP/1.1\r\nHost: {}\r\n{header}\r\nContent-Length: 2\r\n\r\n{{}}", bed.address())
}

/// The bytes of a client whose headers are not UTF-8.
fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(letter).unwrap()).collect()
}

#[tokio::test]
async fn a_key_is_taken_in_each_place_and_a_wrong_one_nowhere() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", ""))).start().await;
    let (key, other) = (bed.key.clone(), generate().unwrap());
    for header in [format!("api-key: {key}"), format!("x-api-key: {key}"), format!("Authorization: Bearer {key}")] {
        assert_eq!(bed.ask(chat(&bed, &header)).await.status(), 200);
    }
    for header in [format!("api-key: {other}"), format!("Authorization: Bearer {other}"), "x: y".to_owned()] {
        let answer = bed.ask(chat(&bed, &header)).await;
        assert_eq!((answer.status(), answer.header("www-authenticate")), (401, Some("Bearer")));
        assert!(
            answer.text().contains("The request has no local key of this proxy") && !answer.text().contains(&other)
        );
    }
    assert_eq!(seen.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn the_local_key_goes_nowhere_wherever_a_client_puts_it() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", ""))).start().await;
    let key = bed.key.clone();
    for header in [
        format!("Sec-WebSocket-Protocol: openai-insecure-api-key.{key}"),
        format!("Sec-WebSocket-Protocol: realtime, OpenAI-Insecure-Api-Key.{key}"),
        format!("Proxy-Authorization: Bearer {key}"),
        format!("Ocp-Apim-Subscription-Key: {key}"),
        format!("Cookie: a=b; key={key}"),
        format!("X-Own: \"{key}\""),
        format!("X-Own: sk-{key}."),
        format!("X-Own: %{:x}{}", key.as_bytes()[0], &key[1..]),
        format!("{key}: 1"),
        format!("X-{key}-Own: 1"),
        format!("Cookie: name=\u{e9}; key={key}"),
        format!("X-Own: \u{e9}{key}\u{e9}"),
        format!("Connection: X-Own, \u{e9}\r\nX-Own: {key}"),
        format!("Sec-WebSocket-Protocol: \u{e9}, openai-insecure-api-key.{key}"),
    ] {
        let text = chat(&bed, &format!("api-key: {key}\r\nX-Kept: 1\r\n{header}"));
        assert_eq!(bed.ask(latin_1(&text)).await.status(), 200);
        assert_eq!(bed.ask(text).await.status(), 200);
    }
    let trailers = format!(
        "api-key: {key}\r\nauthorization: Bearer {key}\r\nhost: x\r\nx-own: {key}\r\nx-named: \u{e9} {key}\r\nx-kept: 1\r\n"
    );
    let head = bed.head("POST", CHAT, "Transfer-Encoding: chunked\r\nTE: trailers\r\nTrailer: x-kept\r\n");
    let text = format!("{head}2\r\n{{}}\r\n0\r\n{trailers}\r\n");
    assert_eq!(bed.ask(latin_1(&text)).await.status(), 200);
    assert_eq!(bed.ask(text).await.status(), 200);
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 30);
    for request in &*seen {
        assert!(!request.head.contains(&key[1..]), "{}", request.head);
        assert_eq!(request.header("x-kept"), Some("1"), "{}", request.head);
    }
}

#[tokio::test]
async fn a_key_file_has_names_and_is_read_again() {
    let folder = folder();
    let path = folder.join("keys");
    let (old, new) = (generate().unwrap(), generate().unwrap());
    std::fs::write(&path, format!("rag={old}\n")).unwrap();
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", "")))
        .flags(&["--key-file", path.to_str().unwrap()])
        .start()
        .await;
    let header = |key: &str| format!("api-key: {key}");
    // The variable's key does not count beside a file.
    let (variable, keys) = (header(&bed.key), &bed.running.proxy.keys);
    let status = async |header: &str| bed.ask(chat(&bed, header)).await.status();
    assert_eq!((status(&header(&old)).await, status(&header(&new)).await, status(&variable).await), (200, 401, 401));
    std::fs::write(&path, format!("rag={old}\nchat={new}\n")).unwrap();
    assert_eq!(keys.reload().await, Ok(true));
    assert_eq!((status(&header(&old)).await, status(&header(&new)).await), (200, 200));
    std::fs::write(&path, "short").unwrap();
    assert!(keys.reload().await.is_err());
    assert_eq!((status(&header(&old)).await, status(&header(&new)).await), (200, 200));
    std::fs::write(&path, format!("chat={new}\n")).unwrap();
    assert_eq!(keys.reload().await, Ok(true));
    assert_eq!((status(&header(&old)).await, status(&header(&new)).await), (401, 200));

    let metrics = bed.probe("/metrics").await.text();
    for line in ["{status=\"2xx\",key=\"rag\"} 3", "{status=\"2xx\",key=\"chat\"} 3", "{status=\"4xx\",key=\"\"} 3"] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    let lines = bed.lines.lock().unwrap().concat();
    assert!(lines.contains(" key=rag\n") && !lines.contains(&old) && !metrics.contains(&old));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn what_runs_on_a_removed_key_ends_and_what_runs_on_another_goes_on() {
    let folder = folder();
    let path = folder.join("keys");
    let (old, new) = (generate().unwrap(), generate().unwrap());
    std::fs::write(&path, format!("{old}\n{new}\n")).unwrap();
    let mut setup = Setup::new(serving(|mut end| async move {
        while let Some(request) = end.message().await {
            if request.header("upgrade").is_some() {
                end.send(JOINED).await;
                let (mut from, mut to) = tokio::io::split(end.stream);
                let _ = tokio::io::copy(&mut from, &mut to).await;
                return;
            }
            if request.text() == "stream" {
                end.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n").await;
                let _ = end.is_closed().await;
                return;
            }
            end.send(http("200 OK", "", "")).await;
        }
    }))
    .flags(&["--key-file", path.to_str().unwrap()]);
    setup.waits.head = std::time::Duration::from_millis(500);
    let bed = setup.start().await;
    let request = |key: &str, line: &str, headers: &str, body: &str| {
        let (address, length) = (bed.address(), body.len());
        format!(
            "{line} HTTP/1.1\r\nHost: {address}\r\napi-key: {key}\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        )
    };
    let post = format!("POST {CHAT}");
    let clients_of = async |key: &str, before: &str| {
        // Each sends at once: a head has half a second.
        let mut idle = bed.connect().await;
        idle.send(request(key, &post, "", "{}")).await;
        assert_eq!(idle.message().await.unwrap().status(), 200);
        let mut stream = bed.connect().await;
        stream.send(request(key, &post, "", "stream")).await;
        assert_eq!((stream.head().await.unwrap().status(), stream.chunk().await.unwrap()), (200, b"one".to_vec()));
        // As an ingress does, which keeps connections for several clients: a socket is of its own key.
        let mut socket = bed.connect().await;
        socket.send(request(before, &post, "", "{}")).await;
        assert_eq!(socket.message().await.unwrap().status(), 200);
        socket.send(request(key, "GET /openai/v1/realtime", OPEN, "")).await;
        assert_eq!(socket.head().await.unwrap().status(), 101);
        [idle, stream, socket]
    };
    let of_old = clients_of(&old, &new).await;
    let [mut idle, _stream, mut socket] = clients_of(&new, &old).await;
    std::fs::write(&path, format!("{new}\n")).unwrap();
    assert_eq!(bed.running.proxy.keys.reload().await, Ok(true));
    for mut client in of_old {
        assert!(soon(client.is_closed()).await);
    }
    idle.send(request(&new, &post, "", "{}")).await;
    assert_eq!(idle.message().await.unwrap().status(), 200);
    socket.send("still here").await;
    assert_eq!(socket.until("still here").await.as_deref(), Some("still here"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn without_a_key_one_is_made_and_the_first_line_names_its_file() {
    let mut setup = Setup::new(answering(&Arc::default(), |_| http("200 OK", "", "")));
    setup.variables = vec![("AZURE_OPENAI_ENTRA_PLACEHOLDER".to_owned(), String::new())];
    let bed = setup.start().await;
    let line = &bed.running.first_line;
    let path = line.rsplit("the content of ").next().unwrap().trim_end_matches('.');
    let key = String::from_utf8(System::real().files.read(path, 1000).await.unwrap()).unwrap();
    assert!(key.len() == 64 && !line.contains(&key), "{line}");
    assert_eq!(bed.ask(chat(&bed, &format!("api-key: {key}"))).await.status(), 200);
}
