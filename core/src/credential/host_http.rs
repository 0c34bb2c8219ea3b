//! Requests that a transport of the app sends, and not this process.

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::app_credential::AppCredentials;
use super::host_request::{HostRequest, HostResponse};
use crate::error::{Code, Failure};
use crate::http::failures::look_at_way;
use crate::http::proxies;
use crate::http::request::{Http, Request, Response, Route};
use crate::http::transport;
use crate::settings::{HostTransport, TransportSettings};

/// An [`Http`] that hands requests to the app, within the bounds of those that this process sends.
pub(crate) struct HostHttp<'a> {
    pub(crate) app: &'a dyn AppCredentials,
    pub(crate) transport: HostTransport,
    /// Sends what the app cannot: it knows servers by public issuers, and not by one certificate or by a CA of their own.
    pub(crate) native: &'a dyn Http,
}

#[async_trait]
impl Http for HostHttp<'_> {
    async fn send(&self, settings: &TransportSettings, request: Request) -> Result<Response, Failure> {
        if matches!(request.route, Route::Pinned(_)) || settings.server.is_some() {
            return self.native.send(settings, request).await;
        }
        let (host, time_limit) = (request.host(), request.time_limit);
        let next_step = || look_at_way(settings, request.route);
        let sent = self.app.send(HostRequest {
            transport: self.transport,
            headers: transport::headers(settings, &request)?,
            proxy: if request.route == Route::Proxied { proxies::proxy_to(settings, &request.url)? } else { None },
            request: &request,
        });
        let answered = tokio::time::timeout(time_limit, sent).await.map_err(|_| {
            let reason = format!("{host} did not answer within {} s", time_limit.as_secs_f32());
            Failure::new(Code::Timeout, reason).with_next_step(next_step())
        })?;
        let HostResponse { status, headers, body } = answered.map_err(|mut failure| {
            failure.next_step.get_or_insert_with(next_step);
            let said = request.said(&failure.reason);
            failure.reason = format!("the exchange with {host} by the app's transport failed: {said}");
            failure
        })?;
        Response::head(&host, status, &map(&headers))?.with_body(&host, body.as_bytes())
    }
}

/// Without what is no header, and without what a map has no room for: nothing that is read here is.
fn map(headers: &[(String, String)]) -> HeaderMap {
    let parsed = |(name, value): &(String, String)| {
        Some((HeaderName::try_from(name).ok()?, HeaderValue::from_bytes(value.as_bytes()).ok()?))
    };
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter().filter_map(parsed) {
        if map.try_append(name, value).is_err() {
            break;
        }
    }
    map
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;
    use crate::http::pinning::Thumbprint;
    use crate::http::request::BODY_LIMIT;
    use crate::secret::Secret;
    use crate::settings::{CredentialOptions, NetworkOptions};
    use crate::test_support::{FakeSystem, settings_with};

    /// The app's transport: answers so, and keeps the proxy of each request.
    struct Answering(Box<dyn Fn() -> Option<Result<HostResponse, Failure>> + Send + Sync>, Mutex<Vec<Option<String>>>);

    impl Answering {
        fn new(answer: impl Fn() -> Option<Result<HostResponse, Failure>> + Send + Sync + 'static) -> Self {
            Self(Box::new(answer), Mutex::default())
        }
    }

    #[async_trait]
    impl AppCredentials for Answering {
        async fn send(&self, request: HostRequest<'_>) -> Result<HostResponse, Failure> {
            self.1.lock().unwrap().push(request.proxy.map(String::from));
            match (self.0)() {
                Some(answer) => answer,
                None => std::future::pending().await,
            }
        }
    }

    const PROXY: &str = "http://user:word@proxy.example:3128/";

    async fn sent(app: &Answering, request: Request) -> (Result<Response, Failure>, usize) {
        let network = NetworkOptions { proxy: Some(PROXY.into()), ..NetworkOptions::default() };
        let options = CredentialOptions { network, ..CredentialOptions::default() };
        let settings = settings_with(&[("NO_PROXY", "near.example")], &options);
        let fake = FakeSystem::new();
        fake.http.answer(200, "native");
        let http = HostHttp { app, transport: HostTransport::Node, native: &*fake.http };
        (http.send(&settings.network.transport, request).await, fake.http.count())
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> HostResponse {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        HostResponse { status, headers, body: body.to_owned() }
    }

    fn post(url: &str) -> Request {
        Request::post(crate::address::parse(url).unwrap(), Secret::new("form"))
    }

    #[tokio::test]
    async fn the_response_is_read_as_one_of_the_native_transport() {
        let headers = [("Retry-After", "7"), ("www-authenticate", "a"), ("WWW-Authenticate", "b"), ("no header", "\n")];
        let app = Answering::new(move || Some(Ok(answer(503, &headers, "body"))));
        let (response, native) = sent(&app, post("https://login.example/")).await;
        let response = response.unwrap();
        assert_eq!((response.status, response.body.expose(), native), (503, "body", 0));
        assert_eq!(response.retry_after.as_deref(), Some("7"));
        assert_eq!(response.www_authenticate.as_deref(), Some("a, b"));
    }

    #[tokio::test]
    async fn more_headers_than_a_map_holds_end_nothing() {
        let headers: Vec<(String, String)> = (0..40_000).map(|at| (format!("x-{at}"), "1".to_owned())).collect();
        let app = Answering::new(move || {
            Some(Ok(HostResponse { status: 200, headers: headers.clone(), body: "body".to_owned() }))
        });
        let (response, _) = sent(&app, post("https://login.example/")).await;
        assert_eq!(response.unwrap().body.expose(), "body");
    }

    #[tokio::test]
    async fn a_long_or_compressed_response_is_refused() {
        let long = Answering::new(|| Some(Ok(answer(200, &[], &"x".repeat(BODY_LIMIT + 1)))));
        let compressed = Answering::new(|| Some(Ok(answer(200, &[("content-encoding", "gzip")], "x"))));
        for (app, what) in [(long, "more than 256 KiB"), (compressed, "compressed")] {
            let failure = sent(&app, post("https://login.example/")).await.0.err().unwrap();
            assert_eq!(failure.code, Code::Network);
            assert!(failure.reason.contains(what), "{}", failure.reason);
        }
    }

    #[tokio::test]
    async fn a_proxy_is_for_entra_id_and_not_for_what_no_proxy_names() {
        let app = Answering::new(|| Some(Ok(answer(200, &[], ""))));
        for request in [
            post("https://login.example/"),
            post("https://near.example/"),
            Request::get(crate::address::parse("http://169.254.169.254/").unwrap()),
        ] {
            sent(&app, request).await.0.unwrap();
        }
        assert_eq!(*app.1.lock().unwrap(), [Some(PROXY.to_owned()), None, None]);
    }

    #[tokio::test]
    async fn a_server_that_is_known_by_its_certificate_is_asked_by_this_process() {
        let app = Answering::new(|| Some(Ok(answer(200, &[], "app"))));
        let thumbprint = Thumbprint::parse(&"0".repeat(40)).unwrap();
        let pinned = Request {
            route: Route::Pinned(thumbprint),
            ..Request::get(crate::address::parse("https://fabric").unwrap())
        };
        let (response, native) = sent(&app, pinned).await;
        assert_eq!((response.unwrap().body.expose(), native), ("native", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_names_the_host_and_a_silent_transport_is_given_up() {
        let failing = Answering::new(|| Some(Err(Failure::new(Code::Network, "ECONNREFUSED"))));
        let failure = sent(&failing, post("https://login.example/")).await.0.err().unwrap();
        assert_eq!(failure.reason, "the exchange with login.example by the app's transport failed: ECONNREFUSED");
        assert!(failure.next_step.unwrap().contains("proxyOptions"));

        let name = format!("{}.example", "a1".repeat(16));
        let said = format!("getaddrinfo ENOTFOUND {name}");
        let naming = Answering::new(move || Some(Err(Failure::new(Code::Network, said.clone()))));
        let failure = sent(&naming, post(&format!("https://{name}/"))).await.0.err().unwrap();
        assert!(!failure.reason.contains(&name) && failure.reason.ends_with(" of 40 characters"), "{}", failure.reason);

        let began = tokio::time::Instant::now();
        let silent = Request { time_limit: Duration::from_secs(3), ..post("https://login.example/") };
        let failure = sent(&Answering::new(|| None), silent).await.0.err().unwrap();
        assert_eq!((failure.code, began.elapsed().as_secs()), (Code::Timeout, 3));
    }
}
