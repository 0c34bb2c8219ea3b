//! The real HTTP client against real sockets on loopback.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use azure_openai_entra_core::error::{Code, Failure};
use azure_openai_entra_core::http::request::{Http, Request, Response};
use azure_openai_entra_core::http::transport::Transport;
use azure_openai_entra_core::secret::Secret;
use azure_openai_entra_core::settings::TransportSettings;
use azure_openai_entra_core::system::{DiskFiles, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use support::{Server, http, send};

async fn get(url: Url) -> Result<Response, Failure> {
    send(&TransportSettings::default(), Request::get(url)).await
}

#[tokio::test]
async fn a_get_and_a_post_as_they_go_out_and_come_back() {
    let mut server = Server::start(http(
        "429 Too Many Requests",
        "retry-after: 7\r\ndate: Fri, 15 Jan 2027 08:00:00 GMT\r\n",
        "body",
    ))
    .await;

    let answer = get(server.url()).await.unwrap_or_else(|failure| panic!("{}", failure.reason));
    assert_eq!((answer.status, answer.retry_after.as_deref(), answer.body.expose()), (429, Some("7"), "body"));
    assert_eq!(answer.date, Some(Timestamp::from_secs(1_800_000_000)));
    let form = Request { url: server.url(), ..Request::post(server.url(), Secret::new("a=b")) };
    assert!(send(&TransportSettings::default(), form.header("metadata", Secret::new("true"))).await.is_ok());

    let heads = server.heads();
    assert!(heads[0].starts_with("GET /path HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[1].starts_with("POST /path HTTP/1.1\r\n"), "{}", heads[1]);
    assert!(heads[1].contains("\r\nmetadata: true\r\n"), "{}", heads[1]);
    assert!(heads[1].contains("\r\ncontent-type: application/x-www-form-urlencoded\r\n"), "{}", heads[1]);
    assert!(heads[1].ends_with("\r\n\r\na=b"), "{}", heads[1]);
}

#[tokio::test]
async fn the_pause_that_is_asked_for_in_any_of_its_headers() {
    for (headers, retry_after) in [
        ("", None),
        ("retry-after: soon\r\n", Some("soon")),
        ("retry-after-ms: 300\r\nretry-after: 9\r\n", Some("0.300")),
        ("x-ms-retry-after-ms: 12000\r\n", Some("12.000")),
        ("retry-after-ms: soon\r\nx-ms-retry-after-ms: -1\r\nretry-after: 9\r\n", Some("9")),
    ] {
        let server = Server::start(http("503 Service Unavailable", headers, "")).await;
        let answer = get(server.url()).await.unwrap_or_else(|failure| panic!("{}", failure.reason));
        assert_eq!(answer.retry_after.as_deref(), retry_after, "{headers}");
    }
}

#[tokio::test]
async fn no_coding_is_asked_for_and_a_coded_body_is_named() {
    let mut server = Server::start(http("200 OK", "content-encoding: gzip\r\n", "\u{1f}")).await;
    let failure = get(server.url()).await.err().unwrap();
    assert_eq!((failure.code, failure.status), (Code::Network, Some(200)));
    assert!(failure.reason.contains("compressed body"), "{}", failure.reason);
    assert!(server.heads()[0].contains("\r\naccept-encoding: identity\r\n"));
    let server = Server::start(http("200 OK", "content-encoding: identity\r\n", "{}")).await;
    assert_eq!(get(server.url()).await.ok().unwrap().body.expose(), "{}");
}

#[tokio::test]
async fn what_the_server_asks_to_be_shown_comes_back() {
    for (headers, challenge) in [
        ("", None),
        ("WWW-Authenticate: Basic realm=/t/é.key\r\n", Some("Basic realm=/t/é.key")),
        ("www-authenticate: Negotiate\r\nwww-authenticate: Basic realm=x\r\n", Some("Negotiate, Basic realm=x")),
    ] {
        let server = Server::start(http("401 Unauthorized", headers, "")).await;
        let answer = get(server.url()).await.unwrap_or_else(|failure| panic!("{}", failure.reason));
        assert_eq!((answer.status, answer.www_authenticate.as_deref()), (401, challenge));
    }
}

#[tokio::test]
async fn an_endpoint_of_this_machine_is_not_asked_on_a_connection_from_before() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        // Open and silent after its first answer, as one from before a suspension.
        let mut open = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
            open.push(socket);
        }
    });
    let transport = Transport::new(Arc::new(DiskFiles::default()));
    for _ in 0..2 {
        let request = Request { time_limit: Duration::from_secs(2), ..Request::get(url.clone()) };
        let answer = transport.send(&TransportSettings::default(), request).await;
        assert_eq!(answer.map(|answer| answer.status).map_err(|failure| failure.reason), Ok(200));
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let mut target = Server::start(http("200 OK", "", "{}")).await;
    let server = Server::start(http("302 Found", &format!("location: {}\r\n", target.url()), "")).await;
    assert_eq!(get(server.url()).await.unwrap_or_else(|failure| panic!("{}", failure.reason)).status, 302);
    assert!(target.heads().is_empty());
}

#[tokio::test]
async fn what_breaks_is_a_network_failure_that_names_host_and_cause() {
    let refused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let cases = [
        (refused, "connecting to {} failed: "),
        (Server::start("no http at all\r\n\r\n").await.address, "the exchange with {} failed: "),
        (
            Server::start("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort").await.address,
            "the exchange with {} failed: ",
        ),
        (
            Server::start(http("200 OK", "", &"x".repeat(10 * 1024 * 1024))).await.address,
            "{} answered with more than 256 KiB",
        ),
    ];
    for (address, what) in cases {
        let failure = get(format!("http://{address}/?secret=1").parse().unwrap()).await.err().unwrap();
        assert_eq!(failure.code, Code::Network);
        assert!(failure.reason.starts_with(&what.replace("{}", &address)), "{}", failure.reason);
        assert!(!failure.reason.contains("secret"), "{}", failure.reason);
    }
}

#[tokio::test]
async fn silence_comes_to_its_bound() {
    let server = Server::start("").await;
    let request = Request { time_limit: Duration::from_millis(200), ..Request::get(server.url()) };
    let failure = send(&TransportSettings::default(), request).await.err().unwrap();
    assert_eq!(failure.code, Code::Timeout);
    assert!(failure.reason.contains("did not answer within 0.2 s"), "{}", failure.reason);
}

#[tokio::test]
async fn the_proxy_is_only_for_entra_and_not_for_excepted_hosts() {
    let mut proxy = Server::start(http("403 Forbidden", "", "")).await;
    let mut server = Server::start(http("200 OK", "", "{}")).await;
    let settings = |no_proxy: Option<&str>| TransportSettings {
        proxy: Some(("HTTPS_PROXY", proxy.address.clone())),
        no_proxy: no_proxy.map(str::to_owned),
        ..TransportSettings::default()
    };
    let entra: Url = "https://login.microsoftonline.com/t/oauth2/v2.0/token".parse().unwrap();
    let (all, excepted) = (settings(None), settings(Some("127.0.0.1")));

    let failure = send(&all, Request::post(entra, Secret::new("a=b"))).await.err().unwrap();
    assert_eq!(failure.code, Code::Network);
    assert!(failure.next_step.unwrap().contains("the proxy of HTTPS_PROXY"));
    assert!(proxy.heads()[0].starts_with("CONNECT login.microsoftonline.com:443 HTTP/1.1\r\n"));

    assert!(send(&all, Request::get(server.url())).await.is_ok());
    assert!(send(&excepted, Request::post(server.url(), Secret::new("a=b"))).await.is_ok());
    assert_eq!((proxy.heads().len(), server.heads().len()), (0, 2));
}

#[tokio::test]
async fn a_proxy_that_is_no_url_is_named_without_its_password() {
    let settings = TransportSettings {
        proxy: Some(("PROXY", "http://user:hunter2@[bad".to_owned())),
        ..TransportSettings::default()
    };
    let entra = "https://login.microsoftonline.com/".parse().unwrap();
    let failure = send(&settings, Request::post(entra, Secret::new("a=b"))).await.err().unwrap();
    assert_eq!(failure.code, Code::Configuration);
    assert!(failure.reason.starts_with("PROXY"), "{}", failure.reason);
    assert!(!failure.reason.contains("hunter2"), "{}", failure.reason);
}

#[tokio::test]
async fn a_proxy_of_a_kind_that_is_not_spoken_is_refused_rather_than_gone_around() {
    let mut server = Server::start(http("200 OK", "", "{}")).await;
    let settings = TransportSettings {
        proxy: Some(("ALL_PROXY", "socks5://user:hunter2@127.0.0.1:1080".to_owned())),
        ..TransportSettings::default()
    };
    let failure = send(&settings, Request::post(server.url(), Secret::new("a=b"))).await.err().unwrap();
    assert_eq!(failure.code, Code::Configuration);
    assert!(failure.reason.contains("ALL_PROXY") && !failure.reason.contains("hunter2"), "{}", failure.reason);
    assert!(server.heads().is_empty());
}

#[tokio::test]
async fn a_header_that_cannot_be_one_is_refused_without_its_value() {
    let server = Server::start(http("200 OK", "", "")).await;
    let request = Request::get(server.url()).header("x-identity-header", Secret::new("hunter2\r\nhost: evil"));
    let failure = send(&TransportSettings::default(), request).await.err().unwrap();
    assert_eq!(failure.code, Code::Configuration);
    assert!(failure.reason.contains("x-identity-header") && !failure.reason.contains("hunter2"), "{}", failure.reason);
}

#[tokio::test]
async fn a_file_of_certificates_that_cannot_be_read_is_passed_over() {
    let refused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let settings = TransportSettings {
        root_files: vec![("NODE_EXTRA_CA_CERTS", "/no/such/file.pem".to_owned())],
        ..TransportSettings::default()
    };
    let url = format!("https://{refused}/").parse().unwrap();
    let failure = send(&settings, Request::post(url, Secret::new("a=b"))).await.err().unwrap();
    assert!(failure.reason.starts_with("connecting to "), "{}", failure.reason);
}
