use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::*;

#[tokio::test]
async fn path_query_headers_and_body_go_as_they_are_and_the_key_becomes_a_token() {
    let seen = Seen::default();
    let answer = "x-request-id: 7\r\naccess-control-allow-origin: *\r\ncontent-encoding: br\r\n";
    let bed = Setup::new(answering(&seen, move |_| http("200 OK", answer, "as it is"))).start().await;
    let target = "/openai/v1/responses/a%C3%A4%20~b?include[]=x&y=%2F..%2f&z=a+b|{c}^`\\&?&";
    let headers = "Authorization: Bearer other\r\nX-Api-Key: other\r\naccept-encoding: gzip, deflate, zstd\r\nX-Own: 1\r\n\
                   Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nContent-Length: 4\r\n";
    let mut client = bed.connect().await;
    for _ in 0..2 {
        client.send(bed.head("POST", target, headers) + "body").await;
        let answer = client.message().await.unwrap();
        assert_eq!((answer.status(), answer.text().as_str()), (200, "as it is"));
        assert_eq!((answer.header("x-request-id"), answer.header("content-encoding")), (Some("7"), Some("br")));
        assert_eq!((answer.header("access-control-allow-origin"), answer.header("x-entra-id-error")), (None, None));
    }
    let seen = seen.lock().unwrap();
    let request = &seen[1];
    assert!(request.head.starts_with(&format!("POST {target} HTTP/1.1\r\n")), "{}", request.head);
    assert_eq!(request.text(), "body");
    assert!(request.header("authorization").unwrap().starts_with("Bearer token-"));
    assert_eq!(request.header("host").unwrap(), format!("localhost:{}", bed.upstream.port()));
    assert_eq!(request.header("accept-encoding"), Some("gzip, deflate, zstd"));
    assert_eq!((request.header("x-own"), request.header("content-length")), (Some("1"), Some("4")));
    for name in ["api-key", "x-api-key", "x-hop", "connection", "transfer-encoding", "user-agent"] {
        assert_eq!(request.header(name), None, "{name}");
    }
    assert!(!request.head.contains(&bed.key) && !request.head.contains("other"));
}

#[tokio::test]
async fn no_header_that_repeats_the_token_reaches_the_client() {
    let bed = Setup::new(serving(|mut end| async move {
        while let Some(request) = end.message().await {
            let bearer = request.header("authorization").unwrap().to_owned();
            let token = bearer.strip_prefix("Bearer ").unwrap();
            let told = request.head.contains("pim-");
            let echoes = format!("location: https://a.example/?t={token}&x\r\nx-echo: {bearer}\r\nx-{token}: 1\r\nx-own: 1\r\n");
            end.send(format!("HTTP/1.1 103 Early Hints\r\n{echoes}\r\n")).await;
            let head = format!("HTTP/1.1 302 {bearer}\r\n{echoes}x-traced: {told}\r\ntransfer-encoding: chunked\r\ntrailer: x-sum, x-echo\r\n");
            end.send(format!("{head}\r\n4\r\nbody\r\n0\r\nx-sum: 9\r\nx-echo: {token}\r\n\r\n")).await;
        }
    }))
    .start()
    .await;
    let mut client = bed.connect().await;
    let traces = "Ocp-Apim-Trace: true\r\nOcp-Apim-Trace-Location: x\r\nApim-Debug-Authorization: x\r\n";
    client.send(bed.head("POST", CHAT, &format!("{traces}TE: trailers\r\nContent-Length: 0\r\n"))).await;
    let hint = client.head().await.unwrap();
    assert_eq!(hint.head, "HTTP/1.1 103 Early Hints\r\nx-own: 1\r\n\r\n");
    let answer = client.message().await.unwrap();
    assert_eq!((answer.status(), answer.text().as_str()), (302, "body"));
    assert!(answer.head.starts_with("HTTP/1.1 302 Found\r\n"), "{}", answer.head);
    assert!(!answer.head.to_ascii_lowercase().contains(&token().to_ascii_lowercase()), "{}", answer.head);
    for (name, value) in
        [("location", None), ("x-echo", None), ("x-own", Some("1")), ("x-traced", Some("false")), ("x-sum", Some("9"))]
    {
        assert_eq!(answer.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn a_refused_token_is_told_by_no_answer_to_its_successor() {
    let (old, new) = (token(), token());
    let echoes = format!("x-first: {old}\r\nx-second: {new}\r\nx-own: 1\r\n");
    let refused = format!("Bearer {old}");
    let mut setup = Setup::new(serving(move |mut end| {
        let (echoes, refused) = (echoes.clone(), refused.clone());
        async move {
            while let Some(request) = end.message().await {
                if request.header("authorization") == Some(&refused) {
                    end.send(http("401 Unauthorized", "", "{}")).await;
                } else {
                    end.send(format!("HTTP/1.1 103 Early Hints\r\n{echoes}\r\n")).await;
                    end.send(http("200 OK", &echoes, "done")).await;
                }
            }
        }
    }));
    setup.tokens = vec![Ok(old), Ok(new)];
    let bed = setup.start().await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    assert_eq!(client.head().await.unwrap().head, "HTTP/1.1 103 Early Hints\r\nx-own: 1\r\n\r\n");
    let answer = client.message().await.unwrap();
    assert_eq!((answer.status(), answer.header("x-first"), answer.header("x-second")), (200, None, None));
}

#[tokio::test]
async fn statuses_and_their_headers_pass_and_nothing_is_retried() {
    for (status, headers) in [
        ("429 Too Many Requests", "retry-after: 3\r\nretry-after-ms: 2500\r\nx-ratelimit-remaining-tokens: 0\r\n"),
        ("500 Internal Server Error", ""),
        ("503 Service Unavailable", "retry-after: 1\r\n"),
        ("403 Forbidden", ""),
        ("302 Found", "location: https://elsewhere.example/\r\n"),
        ("307 Temporary Redirect", "location: /openai/v1/files\r\n"),
        ("204 No Content", ""),
    ] {
        let seen = Seen::default();
        let text = http(status, headers, if status.starts_with("204") { "" } else { "said" });
        let bed = Setup::new(answering(&seen, move |_| text.clone())).start().await;
        let answer = bed.ask(bed.post("{}")).await;
        assert_eq!(answer.status().to_string(), status[..3]);
        for line in headers.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            assert_eq!(answer.header(name), Some(value), "{status}");
        }
        assert_eq!(seen.lock().unwrap().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn chunks_and_trailers_pass_both_ways() {
    let seen = Seen::default();
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum, x_sum\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 9\r\nx_sum: 8\r\n\r\n";
    let bed = Setup::new(answering(&seen, move |_| answer.to_owned())).start().await;
    let head = bed.head("POST", CHAT, "Transfer-Encoding: chunked\r\nTE: trailers\r\nTrailer: x-in\r\n");
    let answer = bed.ask(head + "2\r\n{ \r\n1\r\n}\r\n0\r\nx-in: 5\r\n\r\n").await;
    assert_eq!((answer.text().as_str(), answer.header("x-sum"), answer.header("x_sum")), ("abc", Some("9"), Some("8")));
    let lines = bed.lines.clone();
    soon(async {
        while lines.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!lines.lock().unwrap()[0].contains("broken"), "{lines:?}");
    let seen = seen.lock().unwrap();
    assert_eq!(
        (seen[0].text().as_str(), seen[0].header("x-in"), seen[0].header("te")),
        ("{ }", Some("5"), Some("trailers"))
    );
}

#[tokio::test]
async fn a_client_that_expects_100_is_told_to_go_on() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", ""))).start().await;
    let mut client = bed.connect().await;
    client.send(bed.head("POST", CHAT, "Expect: 100-continue\r\nContent-Length: 2\r\n")).await;
    assert!(client.until("\r\n\r\n").await.unwrap().starts_with("HTTP/1.1 100 "));
    client.send("{}").await;
    assert_eq!(client.message().await.unwrap().status(), 200);
    assert_eq!(seen.lock().unwrap()[0].header("expect"), None);
}

#[tokio::test]
async fn a_dead_pooled_connection_is_replaced_before_a_byte_is_sent() {
    let seen = Seen::default();
    let kept = seen.clone();
    let bed = Setup::new(serving(move |mut end| {
        let seen = kept.clone();
        async move {
            // One answer that promises to stay, and then the end.
            if let Some(request) = end.message().await {
                seen.lock().unwrap().push(request);
                let _ = end.try_send(http("200 OK", "", "ok")).await;
            }
        }
    }))
    .start()
    .await;
    for count in 1..=5 {
        let answer = bed.ask(bed.post("{}")).await;
        assert_eq!((answer.status(), seen.lock().unwrap().len()), (200, count));
    }
}

#[tokio::test]
async fn an_upstream_that_breaks_off_or_is_not_there_is_a_502() {
    let seen = Seen::default();
    let kept = seen.clone();
    let bed = Setup::new(serving(move |mut end| {
        let seen = kept.clone();
        async move {
            // The request has come, so that it must not be sent again.
            let request = end.message().await.unwrap();
            seen.lock().unwrap().push(request);
        }
    }))
    .start()
    .await;
    let answer = bed.ask(bed.post("{}")).await;
    assert_eq!(answer.told(), (502, Some("PROXY_UPSTREAM")));
    assert_eq!(seen.lock().unwrap().len(), 1);

    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nowhere = format!("https://localhost:{}", free.port());
    let bed = Setup::new(answering(&seen, |_| String::new())).flags(&["--upstream", &nowhere]).start().await;
    let answer = bed.ask(bed.post("{}")).await;
    assert_eq!(answer.status(), 502);
    assert!(answer.text().contains(" failed: "), "{}", answer.text());
}

#[tokio::test]
async fn an_upstream_of_another_name_gets_no_request() {
    let seen = Seen::default();
    let mut setup = Setup::new(answering(&seen, |_| http("200 OK", "", "")));
    setup.variables = vec![("AZURE_OPENAI_ENTRA_HOSTS".to_owned(), "127.0.0.2".to_owned())];
    // The certificate has no such name; loopback answers at it.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    drop(listener);
    let bed = setup.flags(&["--upstream", "https://127.0.0.2:9"]).start().await;
    assert_eq!(bed.ask(bed.post("{}")).await.status(), 502);
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_proxy_of_the_environment_leads_to_the_upstream() {
    // The port that the name has is not the upstream's: only by the proxy is it reached.
    let inner = Seen::default();
    let upstream = Setup::new(answering(&inner, |_| http("200 OK", "", "ok"))).start().await;
    for (answer, status) in
        [("HTTP/1.1 200 OK\r\n\r\n", 200), ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 502)]
    {
        let (address, seen) = connect_proxy(upstream.upstream, answer).await;
        let mut setup = Setup::new(answering(&inner, |_| String::new()));
        let user = "user";
        setup.variables = vec![
            ("HTTPS_PROXY".to_owned(), format!("http://{user}:{user}@{address}")),
            ("NODE_EXTRA_CA_CERTS".to_owned(), upstream.folder.join("ca.pem").to_str().unwrap().to_owned()),
        ];
        let bed = setup.flags(&["--upstream", &format!("https://{RESOURCE}")]).start().await;
        let reply = bed.ask(bed.post("{}")).await;
        assert_eq!(reply.status(), status, "{}", reply.text());
        let heads = seen.lock().unwrap();
        assert!(heads[0].head.starts_with(&format!("CONNECT {RESOURCE}:443 HTTP/1.1\r\n")), "{}", heads[0].head);
        assert_eq!(heads[0].header("proxy-authorization"), Some("Basic dXNlcjp1c2Vy"));
        assert!(!reply.text().contains(user), "{}", reply.text());
    }
}

#[tokio::test]
async fn a_password_in_place_of_a_host_is_not_told() {
    let password = "Kp7xWq2mZr9t";
    let mut setup = Setup::new(answering(&Seen::default(), |_| String::new()));
    setup.variables = vec![
        ("AZURE_CLIENT_SECRET".to_owned(), password.to_owned()),
        ("HTTPS_PROXY".to_owned(), format!("http://{password}:9")),
    ];
    let bed = setup.start().await;
    let reply = bed.ask(bed.post("{}")).await;
    assert_eq!(reply.told(), (502, Some("PROXY_UPSTREAM")));
    let told = format!("{}{:?}{}", reply.text(), bed.lines.lock().unwrap(), LOG.lock().unwrap());
    assert!(!told.to_lowercase().contains(&password.to_lowercase()), "{}", reply.text());
}

#[tokio::test]
async fn no_proxy_names_what_is_reached_directly() {
    let seen = Seen::default();
    let mut setup = Setup::new(answering(&seen, |_| http("200 OK", "", "ok")));
    setup.variables = vec![
        ("HTTPS_PROXY".to_owned(), "http://127.0.0.1:9".to_owned()),
        ("NO_PROXY".to_owned(), "localhost".to_owned()),
    ];
    let bed = setup.start().await;
    assert_eq!(bed.ask(bed.post("{}")).await.status(), 200);
}

#[tokio::test]
async fn a_request_of_http_1_0_gets_an_answer_that_ends() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", "ok"))).start().await;
    let mut stream = TcpStream::connect(bed.address()).await.unwrap();
    let text = bed.head("GET", "/openai/v1/models", "").replace("HTTP/1.1", "HTTP/1.0");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\nok"), "{answer}");
}

#[tokio::test]
async fn a_request_of_http_1_0_is_reset_if_its_answer_breaks_off() {
    let cut = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n";
    let bed = Setup::new(serving(move |mut end| async move {
        end.message().await.unwrap();
        end.send(cut).await;
    }))
    .start()
    .await;
    let mut stream = TcpStream::connect(bed.address()).await.unwrap();
    let text = bed.head("GET", "/openai/v1/models", "").replace("HTTP/1.1", "HTTP/1.0");
    stream.write_all(text.as_bytes()).await.unwrap();
    let error = soon(stream.read_to_end(&mut Vec::new())).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}
