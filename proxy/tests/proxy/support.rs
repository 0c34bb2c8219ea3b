//! A proxy on loopback between raw clients and a TLS upstream whose every byte a test decides.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use async_trait::async_trait;
use azure_openai_entra_core::cache::{Fetch, Subject};
use azure_openai_entra_core::credential::{Acquisition, Token};
use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::http::sent::SentLog;
use azure_openai_entra_core::secret::Secret;
use azure_openai_entra_core::settings::{Credential, Variables};
use azure_openai_entra_core::system::System;
use azure_openai_entra_core::telemetry;
use azure_openai_entra_proxy::address::Address;
use azure_openai_entra_proxy::cli;
use azure_openai_entra_proxy::config::Config;
use azure_openai_entra_proxy::guarded::Waits;
use azure_openai_entra_proxy::local_key;
use azure_openai_entra_proxy::log::Log;
use azure_openai_entra_proxy::start::{Running, Surroundings, start};
use azure_openai_entra_proxy::stream::Stream;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tracing::level_filters::LevelFilter;

/// A test waits for what must come; if it does not, this ends the test.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// The end of `work`, which must come.
pub(crate) async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, work).await.expect("it never came")
}

/// A folder of one test.
pub(crate) fn folder() -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("entra-proxy-test-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A certificate for `localhost` and a resource, and the CA that signed it, as PEM.
pub(crate) struct Certificates {
    pub(crate) ca: String,
    pub(crate) chain: String,
    pub(crate) key: String,
}

pub(crate) const RESOURCE: &str = "my-resource.openai.azure.com";
/// The same resource, as the host of Foundry's projects.
pub(crate) const FOUNDRY: &str = "my-resource.services.ai.azure.com";

impl Certificates {
    pub(crate) fn new() -> Self {
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let names = ["localhost", "127.0.0.1", RESOURCE, FOUNDRY].map(str::to_owned);
        let leaf = CertificateParams::new(names.to_vec()).unwrap().signed_by(&key, &ca).unwrap();
        Self { ca: ca.as_ref().pem(), chain: leaf.pem(), key: key.serialize_pem() }
    }

    fn acceptor(&self) -> TlsAcceptor {
        use rustls::pki_types::pem::PemObject;
        let chain = rustls::pki_types::CertificateDer::pem_slice_iter(self.chain.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.map(Result::unwrap).collect(), key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// One end of a connection, read message by message.
pub(crate) struct End {
    pub(crate) stream: Box<dyn Stream>,
    buffered: Vec<u8>,
}

/// A request or an answer.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Message {
    pub(crate) fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The status, and the code if the proxy itself answered.
    pub(crate) fn told(&self) -> (u16, Option<&str>) {
        (self.status(), self.header("x-entra-id-error"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl End {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, buffered: Vec::new() }
    }

    pub(crate) async fn send(&mut self, text: impl AsRef<[u8]>) {
        self.try_send(text).await.unwrap();
    }

    pub(crate) async fn try_send(&mut self, text: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(text.as_ref()).await?;
        self.stream.flush().await
    }

    /// Reads more; false at the end.
    async fn more(&mut self) -> bool {
        let mut space = vec![0; 16 * 1024];
        let read = soon(self.stream.read(&mut space)).await.unwrap_or(0);
        self.buffered.extend_from_slice(&space[..read]);
        read > 0
    }

    async fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffered.len() < length {
            if !self.more().await {
                return None;
            }
        }
        Some(self.buffered.drain(..length).collect())
    }

    pub(crate) async fn until(&mut self, mark: &str) -> Option<String> {
        loop {
            if let Some(at) = self.buffered.windows(mark.len()).position(|part| part == mark.as_bytes()) {
                return self.take(at + mark.len()).await.map(|text| String::from_utf8_lossy(&text).into_owned());
            }
            if !self.more().await {
                return None;
            }
        }
    }

    pub(crate) async fn head(&mut self) -> Option<Message> {
        Some(Message { head: self.until("\r\n\r\n").await?, body: Vec::new() })
    }

    /// One chunk of a chunked body; empty for the last.
    pub(crate) async fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = self.until("\r\n").await?;
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        let chunk = self.take(size).await?;
        if size > 0 {
            self.take(2).await?;
        }
        Some(chunk)
    }

    /// The next message, whole; none if the connection ends before it does.
    pub(crate) async fn message(&mut self) -> Option<Message> {
        let mut message = self.head().await?;
        if message.header("transfer-encoding") == Some("chunked") {
            while let chunk = self.chunk().await?
                && !chunk.is_empty()
            {
                message.body.extend(chunk);
            }
            // Trailers, and the empty line.
            while let line = self.until("\r\n").await?
                && line != "\r\n"
            {
                message.head.push_str(&line);
            }
        } else if let Some(length) = message.header("content-length") {
            let length = length.parse().unwrap();
            message.body = self.take(length).await?;
        }
        Some(message)
    }

    /// Whether the other end has closed; what it sends before that is dropped.
    pub(crate) async fn is_closed(&mut self) -> bool {
        while self.more().await {}
        true
    }
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;
type Serve = Arc<dyn Fn(End) -> Work + Send + Sync>;

/// What becomes of a connection to the upstream.
pub(crate) fn serving<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(End) -> F + Send + Sync + 'static,
) -> Serve {
    Arc::new(move |end| Box::pin(serve(end)))
}

/// The requests that an upstream got.
pub(crate) type Seen = Arc<Mutex<Vec<Message>>>;

/// An upstream that never answers, and tells when a request has come and when its client has left.
pub(crate) fn watching() -> (Serve, mpsc::Receiver<()>, mpsc::Receiver<()>) {
    let (arrived, has_arrived) = mpsc::channel(1);
    let (left, has_left) = mpsc::channel(1);
    let serve = serving(move |mut end| {
        let (left, arrived) = (left.clone(), arrived.clone());
        async move {
            end.message().await.unwrap();
            arrived.send(()).await.unwrap();
            assert!(end.is_closed().await);
            left.send(()).await.unwrap();
        }
    });
    (serve, has_arrived, has_left)
}

/// Answers each request by `answer`, and records it.
pub(crate) fn answering(seen: &Seen, answer: impl Fn(&Message) -> String + Send + Sync + 'static) -> Serve {
    let (seen, answer) = (seen.clone(), Arc::new(answer));
    serving(move |mut end| {
        let (seen, answer) = (seen.clone(), answer.clone());
        async move {
            while let Some(request) = end.message().await {
                let text = answer(&request);
                seen.lock().unwrap().push(request);
                if end.try_send(text).await.is_err() {
                    return;
                }
            }
        }
    })
}

pub(crate) fn http(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

/// A proxy that takes CONNECT and leads to `target`; gives its address and the heads that it saw.
pub(crate) async fn connect_proxy(target: SocketAddr, answer: &'static str) -> (String, Seen) {
    let seen = Seen::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let kept = seen.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut end = End::new(Box::new(stream));
            let head = end.head().await.unwrap();
            kept.lock().unwrap().push(head);
            end.send(answer).await;
            if answer.contains(" 200 ") {
                let mut to = TcpStream::connect(target).await.unwrap();
                tokio::spawn(async move { tokio::io::copy_bidirectional(&mut end.stream, &mut to).await });
            }
        }
    });
    (address.to_string(), seen)
}

/// Gives tokens or failures in order, and the last one again and again.
pub(crate) struct ScriptedFetch {
    script: Mutex<VecDeque<Result<String, Failure>>>,
    pub(crate) fetches: AtomicU64,
    pub(crate) scopes: Mutex<Vec<String>>,
}

#[async_trait]
impl Fetch for ScriptedFetch {
    async fn fetch(&self, subject: &Subject, _: &SentLog) -> Acquisition {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        self.scopes.lock().unwrap().extend(subject.request.scopes.iter().cloned());
        let mut script = self.script.lock().unwrap();
        let next = if script.len() > 1 { script.pop_front() } else { script.front().cloned() };
        let text = next.unwrap()?;
        let expires_on = System::real().clock.now() + Duration::from_secs(3600);
        Ok(Token { secret: Secret::new(text), credential: Credential::Environment, expires_on, refresh_on: None })
    }

    fn forgetful(&self) -> Arc<dyn Fetch> {
        Arc::new(Self { script: Mutex::default(), fetches: AtomicU64::new(0), scopes: Mutex::default() })
    }
}

/// Everything that was logged by this process.
pub(crate) static LOG: Mutex<String> = Mutex::new(String::new());

fn capture_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let sink =
            Arc::new(|level: tracing::Level, line: &str| LOG.lock().unwrap().push_str(&format!("{level} {line}\n")));
        std::mem::forget(telemetry::listen(LevelFilter::TRACE, sink));
    });
}

/// How a test's proxy differs from the usual one.
pub(crate) struct Setup {
    pub(crate) serve: Serve,
    pub(crate) flags: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) tokens: Vec<Result<String, Failure>>,
    pub(crate) waits: Waits,
    pub(crate) most_connections: usize,
    pub(crate) system: System,
}

impl Setup {
    pub(crate) fn new(serve: Serve) -> Self {
        Self {
            serve,
            flags: Vec::new(),
            variables: Vec::new(),
            tokens: vec![Ok(token())],
            waits: Waits::default(),
            most_connections: Surroundings::MOST_CONNECTIONS,
            system: System::real(),
        }
    }

    pub(crate) fn flags(mut self, flags: &[&str]) -> Self {
        self.flags.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    pub(crate) async fn start(self) -> Testbed {
        capture_log();
        let folder = folder();
        let certificates = Certificates::new();
        let ca = folder.join("ca.pem");
        std::fs::write(&ca, &certificates.ca).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = listener.local_addr().unwrap();
        let acceptor = certificates.acceptor();
        let serve = self.serve;
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, serve) = (acceptor.clone(), serve.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(End::new(Box::new(stream))).await;
                    }
                });
            }
        });

        let key = local_key::generate().unwrap();
        let mut variables: HashMap<String, String> = [
            ("SSL_CERT_FILE".to_owned(), ca.to_str().unwrap().to_owned()),
            ("AZURE_OPENAI_ENTRA_HOSTS".to_owned(), format!("localhost {RESOURCE} {FOUNDRY}")),
            ("AZURE_OPENAI_ENTRA_PLACEHOLDER".to_owned(), key.clone()),
        ]
        .into();
        variables.extend(self.variables);
        let mut flags = self.flags;
        for (flag, value) in [
            ("--upstream", format!("https://localhost:{}", upstream.port())),
            ("--listen", "127.0.0.1:0".to_owned()),
            ("--admin", "127.0.0.1:0".to_owned()),
        ] {
            if !flags.iter().any(|given| given == flag) {
                flags.extend([flag.to_owned(), value]);
            }
        }
        let (_, values) = cli::parse(&flags, &Variables::new(variables.clone(), false)).unwrap();
        let config = Config::read(&values).unwrap();
        let fetch = Arc::new(ScriptedFetch {
            script: Mutex::new(self.tokens.into()),
            fetches: AtomicU64::new(0),
            scopes: Mutex::default(),
        });
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let sink = lines.clone();
        let running = start(
            config,
            Surroundings {
                variables: Variables::new(variables, false),
                system: self.system,
                fetch: fetch.clone(),
                log: Log::new(
                    azure_openai_entra_proxy::log::Form::Lines,
                    LevelFilter::TRACE,
                    Box::new(move |line| sink.lock().unwrap().push(line.to_owned())),
                ),
                waits: self.waits,
                most_connections: self.most_connections,
                temporary: folder.clone(),
            },
        )
        .await
        .unwrap_or_else(|failure| panic!("{}", failure.reason));
        Testbed { running, key, fetch, lines, folder, upstream }
    }
}

/// What a token looks like, made at test time.
pub(crate) fn token() -> String {
    format!("token-{}", local_key::generate().unwrap())
}

/// A proxy that runs, with its surroundings.
pub(crate) struct Testbed {
    pub(crate) running: Running,
    pub(crate) key: String,
    pub(crate) fetch: Arc<ScriptedFetch>,
    pub(crate) lines: Arc<Mutex<Vec<String>>>,
    pub(crate) folder: PathBuf,
    pub(crate) upstream: SocketAddr,
}

impl Drop for Testbed {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

pub(crate) fn tcp(address: &Address) -> SocketAddr {
    let Address::Tcp(address) = address else { panic!("{address}") };
    *address
}

impl Testbed {
    pub(crate) fn address(&self) -> SocketAddr {
        tcp(&self.running.address)
    }

    pub(crate) async fn connect(&self) -> End {
        End::new(Box::new(TcpStream::connect(self.address()).await.unwrap()))
    }

    /// The head of a request that passes.
    pub(crate) fn head(&self, method: &str, target: &str, headers: &str) -> String {
        let (address, key) = (self.address(), &self.key);
        format!("{method} {target} HTTP/1.1\r\nHost: {address}\r\napi-key: {key}\r\n{headers}\r\n")
    }

    /// A chat.
    pub(crate) fn post(&self, body: &str) -> String {
        self.head("POST", CHAT, &format!("Content-Length: {}\r\n", body.len())) + body
    }

    /// The answer to `text` on a connection of its own.
    pub(crate) async fn ask(&self, text: impl AsRef<[u8]>) -> Message {
        let mut client = self.connect().await;
        // An answer can come before all of it is sent.
        let _ = client.try_send(text).await;
        client.message().await.expect("no answer")
    }

    /// Waits until a new connection is served.
    pub(crate) async fn serves_again(&self) {
        soon(async {
            loop {
                let mut client = self.connect().await;
                let _ = client.try_send(self.post("{}")).await;
                if client.message().await.is_some_and(|answer| answer.status() == 200) {
                    return;
                }
            }
        })
        .await;
    }

    pub(crate) async fn probe(&self, path: &str) -> Message {
        let address = tcp(self.running.admin.as_ref().unwrap());
        self.probe_with(path, &format!("Host: {address}\r\n")).await
    }

    /// A probe with these headers.
    pub(crate) async fn probe_with(&self, path: &str, headers: &str) -> Message {
        let stream = TcpStream::connect(tcp(self.running.admin.as_ref().unwrap())).await.unwrap();
        let mut end = End::new(Box::new(stream));
        end.send(format!("GET {path} HTTP/1.1\r\n{headers}\r\n")).await;
        end.message().await.unwrap()
    }

    /// When no request is under way.
    pub(crate) async fn idle(&self) {
        soon(async {
            while !self.probe("/metrics").await.text().contains("requests_in_flight 0\n") {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// Waits until the proxy holds its first token.
    pub(crate) async fn ready(&self) {
        soon(async {
            while self.probe("/readyz").await.status() != 200 {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

/// What asks for a WebSocket.
pub(crate) const OPEN: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
/// What joins one.
pub(crate) const JOINED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

pub(crate) const CHAT: &str = "/openai/v1/chat/completions";
