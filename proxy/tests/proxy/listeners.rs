use std::sync::Arc;
use std::time::Duration;

use azure_openai_entra_proxy::guarded::Waits;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::*;

fn repeating(seen: &Seen) -> Setup {
    Setup::new(answering(seen, |request| http("200 OK", "x-own: 1\r\n", &request.text())))
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_serves_its_owner() {
    let folder = folder();
    let path = folder.join("proxy.sock");
    let seen = Seen::default();
    let bed = repeating(&seen).flags(&["--listen", &format!("unix:{}", path.display())]).start().await;
    let line = &bed.running.first_line;
    assert!(line.starts_with(&format!("Listening on unix:{} for ", path.display())), "{line}");
    assert!(line.contains("base URL http://localhost/openai/v1"), "{line}");
    let mut client = End::new(Box::new(tokio::net::UnixStream::connect(&path).await.unwrap()));
    for (host, status) in [("localhost", 200), ("evil.example", 421)] {
        let key = &bed.key;
        client.send(format!("GET /openai/v1/models HTTP/1.1\r\nHost: {host}\r\napi-key: {key}\r\n\r\n")).await;
        assert_eq!(client.message().await.unwrap().status(), status);
    }
    drop(bed);
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn names_that_the_operator_allows_are_the_listeners_as_well() {
    let seen = Seen::default();
    let bed = repeating(&seen).flags(&["--allow-host", "proxy.default.svc,proxy"]).start().await;
    for (host, status) in [("proxy.default.svc", 200), ("PROXY:80", 200), ("other", 421)] {
        let key = &bed.key;
        let text = format!("GET /openai/v1/models HTTP/1.1\r\nHost: {host}\r\napi-key: {key}\r\n\r\n");
        assert_eq!(bed.ask(text).await.status(), status, "{host}");
    }
}

/// A request of HTTP/2 on `stream`; its status and body.
async fn ask_http2(
    stream: Box<dyn azure_openai_entra_proxy::stream::Stream>,
    uri: &str,
    key: &str,
    method: &str,
) -> (u16, Bytes) {
    send_http2(stream, Request::builder().method(method).uri(uri).header("api-key", key)).await
}

async fn send_http2(
    stream: Box<dyn azure_openai_entra_proxy::stream::Stream>,
    request: http::request::Builder,
) -> (u16, Bytes) {
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = request.body(Full::new(Bytes::from("body")));
    let answer = soon(sender.send_request(request.unwrap())).await.unwrap();
    let status = answer.status().as_u16();
    (status, soon(answer.into_body().collect()).await.unwrap().to_bytes())
}

#[tokio::test]
async fn http_2_by_prior_knowledge_has_the_same_guards() {
    let seen = Seen::default();
    let bed = repeating(&seen).start().await;
    let connect = async || Box::new(TcpStream::connect(bed.address()).await.unwrap());
    let own = format!("http://{}", bed.address());
    let target = format!("{CHAT}?a=%2F&b");
    let (status, body) = ask_http2(connect().await, &format!("{own}{target}"), &bed.key, "POST").await;
    assert_eq!((status, body.as_ref()), (200, b"body".as_ref()));
    let key = bed.key.as_str();
    for (uri, key, method, status) in [
        (format!("http://evil.example:{}{CHAT}", bed.address().port()), key, "POST", 421),
        (format!("{own}{CHAT}"), "wrong", "POST", 401),
        (format!("{own}/openai/v1/files"), key, "POST", 403),
        (format!("{own}/openai/v1/%2e%2e/files"), key, "POST", 400),
        (format!("{own}{CHAT}/c1"), key, "DELETE", 403),
        (format!("{own}{CHAT}/c1"), key, "delete", 400),
        (format!("{own}{CHAT}/c1"), key, "Delete", 400),
        (format!("{own}{CHAT}/c1"), key, "M-SEARCH", 400),
    ] {
        assert_eq!(ask_http2(connect().await, &uri, key, method).await.0, status, "{method} {uri}");
    }
    let names = |count| (0..count).map(|it| format!("x-{it}")).collect::<Vec<_>>();
    for (names, status) in [
        (vec!["content_length".to_owned()], 400),
        (vec!["transfer_encoding".to_owned()], 400),
        (vec!["x-http-method-override".to_owned()], 400),
        (names(101), 431),
    ] {
        let request = Request::post(format!("{own}{CHAT}")).header("api-key", key);
        let request = names.iter().fold(request, |request, name| request.header(name, "1"));
        assert_eq!(send_http2(connect().await, request).await.0, status, "{names:?}");
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].head.starts_with(&format!("POST {target} HTTP/1.1\r\n")), "{}", seen[0].head);
    assert_eq!(seen[0].header("host").unwrap(), format!("localhost:{}", bed.upstream.port()));
}

#[tokio::test]
async fn tls_serves_both_protocols_and_takes_a_new_certificate() {
    let folder = folder();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    let write = || {
        let made = Certificates::new();
        std::fs::write(&certificate, &made.chain).unwrap();
        std::fs::write(&key, &made.key).unwrap();
        made.ca
    };
    let first = write();
    let seen = Seen::default();
    let flags = ["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let bed = repeating(&seen).flags(&flags).start().await;
    let dial = async |ca: &str, protocol: &str| {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(rustls::pki_types::CertificateDer::from_pem_slice(ca.as_bytes()).unwrap()).unwrap();
        let mut config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let stream = TcpStream::connect(bed.address()).await.unwrap();
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await
    };
    let mut client = End::new(Box::new(dial(&first, "http/1.1").await.unwrap()));
    client.send(bed.post("{}")).await;
    assert_eq!(client.message().await.unwrap().status(), 200);
    let stream = Box::new(dial(&first, "h2").await.unwrap());
    let uri = format!("https://{}{CHAT}", bed.address());
    assert_eq!(ask_http2(stream, &uri, &bed.key, "POST").await.0, 200);
    // Without TLS nothing is answered.
    let mut plain = bed.connect().await;
    plain.send(bed.post("{}")).await;
    assert!(plain.message().await.is_none());

    let second = write();
    assert_eq!(bed.running.tls.as_ref().unwrap().reload().await, Ok(true));
    assert!(dial(&first, "http/1.1").await.is_err());
    assert!(dial(&second, "http/1.1").await.is_ok());
    std::fs::remove_dir_all(folder).unwrap();
}

/// A frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A connection of HTTP/2 that begins with these settings and one request for a chat, whose body ends or does not.
fn http2(bed: &Testbed, settings: &[u8], key: &str, is_whole: bool) -> Vec<u8> {
    let address = bed.address().to_string();
    let headers =
        [(":method", "POST"), (":scheme", "http"), (":authority", &address), (":path", CHAT), ("api-key", key)];
    let text = headers.map(|(name, value)| {
        let (name, value) = (name.as_bytes(), value.as_bytes());
        let lengths = [u8::try_from(name.len()).unwrap(), u8::try_from(value.len()).unwrap()];
        [&[0, lengths[0]], name, &lengths[1..], value].concat()
    });
    let head = frame(1, 4 | u8::from(is_whole), 1, &text.concat());
    [&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], &frame(4, 0, 0, settings), &head].concat()
}

#[tokio::test]
async fn a_client_of_http_2_that_neither_sends_nor_reads_holds_no_connection() {
    // SETTINGS_INITIAL_WINDOW_SIZE: no byte of a body may be sent.
    const NO_WINDOW: &[u8] = &[0, 4, 0, 0, 0, 0];
    let mut setup = Setup::new(answering(&Seen::default(), |_| http("200 OK", "", "answer")));
    setup.waits = Waits { idle: Duration::from_millis(100), ..Waits::default() };
    let bed = setup.start().await;
    for (settings, key, is_whole) in [
        (NO_WINDOW, "wrong", true),
        (NO_WINDOW, &*bed.key, true),
        (&[][..], &*bed.key, false),
        (&[][..], "wrong", false),
    ] {
        let mut client = bed.connect().await;
        client.send(http2(&bed, settings, key, is_whole)).await;
        assert!(client.is_closed().await);
    }
    bed.idle().await;
}

#[tokio::test]
async fn an_upstream_that_takes_its_time_is_waited_for_over_http_2() {
    let mut setup = Setup::new(serving(|mut end| async move {
        end.message().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        end.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nso").await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        end.send("on").await;
        end.is_closed().await;
    }));
    setup.waits = Waits { idle: Duration::from_millis(100), ..Waits::default() };
    let bed = setup.start().await;
    let stream = Box::new(TcpStream::connect(bed.address()).await.unwrap());
    let uri = format!("http://{}{CHAT}", bed.address());
    let (status, body) = ask_http2(stream, &uri, &bed.key, "POST").await;
    assert_eq!((status, body.as_ref()), (200, b"soon".as_ref()));
}

/// What is kept alive by the system's own questions, as (port here, port there): `02` is the timer of them.
#[cfg(target_os = "linux")]
#[expect(clippy::disallowed_methods, reason = "the system's own table of connections")]
fn kept_alive() -> Vec<(u16, u16)> {
    let port = |address: &str| u16::from_str_radix(address.split_once(':').unwrap().1, 16).unwrap();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let lines = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.filter(|line| line[5].starts_with("02:")).map(|line| (port(line[1]), port(line[2]))).collect()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_peer_that_vanishes_without_a_word_is_noticed_on_both_sides() {
    let bed = repeating(&Seen::default()).start().await;
    let mut client = bed.connect().await;
    client.send(bed.post("{}")).await;
    assert_eq!(client.message().await.unwrap().status(), 200);
    // An acknowledgement can be on its way yet.
    soon(async {
        loop {
            let connections = kept_alive();
            let of_client = connections.iter().any(|(here, _)| *here == bed.address().port());
            if of_client && connections.iter().any(|(_, there)| *there == bed.upstream.port()) {
                return;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
}
