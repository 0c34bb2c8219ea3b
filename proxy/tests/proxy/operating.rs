use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use azure_openai_entra_core::settings::Variables;
use azure_openai_entra_core::system::{Clock, System, Timestamp};
use azure_openai_entra_proxy::config::Config;
use azure_openai_entra_proxy::{check, cli, wait};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::*;

#[tokio::test]
async fn probes_and_metrics_tell_how_it_stands() {
    let seen = Seen::default();
    let bed = Setup::new(answering(&seen, |_| http("200 OK", "", "answer"))).start().await;
    bed.ready().await;
    assert_eq!(wait::wait(bed.running.admin.as_ref().unwrap(), SOON).await, Ok(()));
    assert_eq!(bed.ask(bed.post("{}")).await.status(), 200);
    assert_eq!((bed.probe("/livez").await.status(), bed.probe("/other").await.status()), (200, 404));
    let metrics = bed.probe("/metrics").await.text();
    for line in [
        "requests_total{status=\"2xx\",key=\"\"} 1\n",
        "request_bytes_total 2\n",
        "response_bytes_total 6\n",
        "request_duration_seconds_count 1\n",
        "token_fetches_total 1\n",
        "token_expires_timestamp_seconds{scope=\"https://cognitiveservices.azure.com/.default\"} ",
    ] {
        assert!(metrics.contains(&format!("azure_openai_entra_proxy_{line}")), "{line} in {metrics}");
    }
    let line = bed.lines.lock().unwrap().last().unwrap().clone();
    assert!(line.contains(&format!(" INFO POST {CHAT} 200 head=")) && line.ends_with(" in=2 out=6\n"), "{line}");
}

#[tokio::test]
async fn a_web_page_reads_no_metrics_also_by_another_name() {
    let bed = Setup::new(answering(&Seen::default(), |_| http("200 OK", "", ""))).start().await;
    let own = format!("Host: {}\r\n", tcp(bed.running.admin.as_ref().unwrap()));
    for (path, headers, status) in [
        ("/metrics", own.clone(), 200),
        ("/metrics", format!("{own}Origin: https://evil.example\r\n"), 403),
        ("/metrics", format!("{own}Sec-Fetch-Site: same-origin\r\n"), 403),
        ("/metrics", "Host: evil.example\r\n".to_owned(), 421),
        ("/livez", "Host: evil.example\r\nSec-Fetch-Site: same-origin\r\n".to_owned(), 403),
        // Probes of a load balancer name what they like, and are told nothing.
        ("/livez", "Host: health.example\r\n".to_owned(), 200),
    ] {
        assert_eq!(bed.probe_with(path, &headers).await.status(), status, "{path} {headers}");
    }
}

#[tokio::test]
async fn while_it_ends_what_has_begun_goes_on_and_nothing_begins() {
    let (arrived, mut has_arrived) = mpsc::channel(1);
    let (go_on, may_go_on) = mpsc::channel::<()>(1);
    let may_go_on = Arc::new(tokio::sync::Mutex::new(may_go_on));
    let bed = Setup::new(serving(move |mut end| {
        let (arrived, may_go_on) = (arrived.clone(), may_go_on.clone());
        async move {
            while end.message().await.is_some() {
                arrived.send(()).await.unwrap();
                may_go_on.lock().await.recv().await.unwrap();
                end.send(http("200 OK", "", "done")).await;
            }
        }
    }))
    .start()
    .await;
    bed.ready().await;
    let mut idle = bed.connect().await;
    let mut busy = bed.connect().await;
    busy.send(bed.post("{}")).await;
    soon(has_arrived.recv()).await.unwrap();
    let script = async {
        bed.running.proxy.drain.reached(azure_openai_entra_proxy::drain::Phase::Draining).await;
        assert_eq!((bed.probe("/readyz").await.status(), bed.probe("/livez").await.status()), (503, 200));
        soon(async { while TcpStream::connect(bed.address()).await.is_ok() {} }).await;
        // A request that crosses the signal on an open connection is served, as its last.
        idle.send(bed.post("{}")).await;
        go_on.send(()).await.unwrap();
        let answer = busy.message().await.unwrap();
        assert_eq!((answer.text().as_str(), answer.header("connection")), ("done", Some("close")));
        soon(has_arrived.recv()).await.unwrap();
        go_on.send(()).await.unwrap();
        let answer = idle.message().await.unwrap();
        assert_eq!((answer.text().as_str(), answer.header("connection")), ("done", Some("close")));
        assert!(busy.is_closed().await && idle.is_closed().await);
    };
    let (is_clean, ()) = tokio::join!(soon(bed.running.end()), script);
    assert!(is_clean);
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_the_end() {
    let bed = Setup::new(answering(&Seen::default(), |_| http("200 OK", "", ""))).start().await;
    let mut idle = bed.connect().await;
    idle.send(bed.post("{}")).await;
    assert_eq!(idle.message().await.unwrap().status(), 200);
    assert!(soon(bed.running.end()).await);
    assert!(idle.is_closed().await);
}

#[tokio::test]
async fn no_secret_is_logged_at_the_most_verbose_level() {
    let seen = Seen::default();
    let token = token();
    let mut setup = Setup::new(answering(&seen, |_| http("500 Oops", "x-in: header-text\r\n", "answer-text")));
    setup.tokens = vec![Ok(token.clone())];
    let bed = setup.start().await;
    let text = bed.head("POST", &format!("{CHAT}?query-text=1"), "x-own: header-text\r\nContent-Length: 9\r\n");
    assert_eq!(bed.ask(text + "body-text").await.status(), 500);
    bed.ask(bed.head("POST", &format!("{CHAT}?api-key={}", bed.key), "")).await;
    bed.ask(bed.post("{}").replace(&bed.key, &format!("{}x", bed.key))).await;
    let lines = bed.lines.lock().unwrap().concat() + &LOG.lock().unwrap();
    assert!(lines.contains(CHAT) && lines.contains("error=PROXY_KEY"), "{lines}");
    for secret in [bed.key.as_str(), &token, "query-text", "header-text", "body-text", "answer-text"] {
        assert!(!lines.contains(secret), "{secret}");
    }
}

/// A clock on which the longest wait for an answer passes at once.
struct Hurried(System);

#[async_trait]
impl Clock for Hurried {
    fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        if duration != check::LIMIT {
            self.0.clock.sleep(duration).await;
        }
    }
}

#[tokio::test]
async fn a_check_ends_though_the_upstream_never_answers() {
    let (serve, ..) = watching();
    let bed = Setup::new(serve).start().await;
    let ca = bed.folder.join("ca.pem").to_str().unwrap().to_owned();
    let variables = [("SSL_CERT_FILE", ca), ("AZURE_OPENAI_ENTRA_HOSTS", "localhost".to_owned())];
    let variables = Variables::new(variables.map(|(name, value)| (name.to_owned(), value)).into(), false);
    let flags = ["check".to_owned(), "--upstream".to_owned(), format!("https://localhost:{}", bed.upstream.port())];
    let (_, values) = cli::parse(&flags, &variables).unwrap();
    let system = System { clock: Arc::new(Hurried(System::real())), ..System::real() };
    let config = Config::read(&values).unwrap();
    let report = soon(check::check(&config, variables, system, bed.fetch.clone())).await.unwrap();
    assert!(!report.is_well && report.text.contains("did not answer within 30 s"), "{}", report.text);
}

/// A clock that panics once, as a fault anywhere in a request would.
struct Faulty(System, AtomicBool);

#[async_trait]
impl Clock for Faulty {
    fn now(&self) -> Timestamp {
        assert!(!self.1.swap(false, Ordering::SeqCst), "on purpose");
        self.0.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.clock.sleep(duration).await;
    }
}

#[tokio::test]
async fn a_panic_in_one_request_ends_only_that_request() {
    let clock = Arc::new(Faulty(System::real(), AtomicBool::new(false)));
    let mut setup = Setup::new(answering(&Seen::default(), |_| http("200 OK", "", "")));
    setup.system = System { clock: clock.clone(), ..System::real() };
    let bed = setup.start().await;
    bed.ready().await;
    let mut client = bed.connect().await;
    clock.1.store(true, Ordering::SeqCst);
    client.send(bed.post("{}")).await;
    let answer = client.message().await.unwrap();
    assert_eq!(answer.told(), (500, Some("PROXY_INTERNAL")));
    client.send(bed.post("{}")).await;
    let answer = match client.message().await {
        Some(answer) => answer,
        // The body of the first was not read, so that its connection ended.
        None => bed.ask(bed.post("{}")).await,
    };
    assert_eq!(answer.status(), 200);
}
