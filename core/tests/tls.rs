//! The real HTTP client against servers that it knows by their certificate.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod support;

use std::sync::Arc;

use azure_openai_entra_core::error::{Code, Failure};
use azure_openai_entra_core::http::pinning::Thumbprint;
use azure_openai_entra_core::http::request::{Http, Request, Response, Route};
use azure_openai_entra_core::http::transport::Transport;
use azure_openai_entra_core::settings::{KnownServer, TransportSettings};
use azure_openai_entra_core::system::DiskFiles;
use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, CertifiedKey, IsCa, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use url::Url;

use support::{Server, http, send};

/// Shows one certificate, and signs with whatever key.
#[derive(Debug)]
struct Shows(Arc<rustls::sign::CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
        Some(self.0.clone())
    }
}

/// The name that a client asks for, if it does, and the head of its request.
type Seen = mpsc::UnboundedReceiver<(Option<String>, String)>;

/// The address of a TLS server that shows `certificate` and holds `key`, and what it sees.
async fn tls_server(
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
    version: &'static rustls::SupportedProtocolVersion,
) -> (Url, Seen) {
    let provider = rustls::crypto::ring::default_provider();
    let key = provider.key_provider.load_private_key(key.serialize_der().try_into().unwrap()).unwrap();
    let shows = Shows(Arc::new(rustls::sign::CertifiedKey::new(vec![certificate.clone()], key)));
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shows));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/path", listener.local_addr().unwrap()).parse().unwrap();
    let (sees, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let mut head = [0; 4096];
            let read = socket.read(&mut head).await.unwrap_or(0);
            let name = socket.get_ref().1.server_name().map(str::to_owned);
            if read > 0 {
                let _ = sees.send((name, String::from_utf8_lossy(&head[..read]).into_owned()));
            }
            let _ = socket.write_all(http("200 OK", "", "over TLS").as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    (url, seen)
}

async fn get_by(route: Route, url: &Url) -> Result<Response, Failure> {
    send(&TransportSettings::default(), Request { route, ..Request::get(url.clone()) }).await
}

#[tokio::test]
async fn a_pinned_server_is_known_by_its_certificate_and_holds_its_key() {
    // Made for another name than the one in the URL, and self-signed.
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["cluster.example".to_owned()]).unwrap();
    let other = KeyPair::generate().unwrap();
    let right = Thumbprint::of(cert.der());
    let wrong = Thumbprint::parse(&"0".repeat(40)).unwrap();

    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (url, _) = tls_server(cert.der(), &signing_key, version).await;
        let answer = get_by(Route::Pinned(right), &url).await.unwrap_or_else(|failure| panic!("{}", failure.reason));
        assert_eq!((answer.status, answer.body.expose()), (200, "over TLS"));

        let failure = get_by(Route::Pinned(wrong), &url).await.err().unwrap();
        let address = format!("127.0.0.1:{}", url.port().unwrap());
        let reason = format!("{address} presented an unexpected certificate: thumbprint {right} instead of {wrong}");
        assert_eq!((failure.code, failure.reason), (Code::Configuration, reason));
        assert!(failure.next_step.unwrap().contains("IDENTITY_SERVER_THUMBPRINT"));

        let failure = get_by(Route::Direct, &url).await.err().unwrap();
        assert_eq!(failure.code, Code::Network);
        assert!(failure.reason.contains("invalid peer certificate"), "{}", failure.reason);
        assert!(failure.next_step.unwrap().contains("NODE_EXTRA_CA_CERTS"));

        let (stolen, _) = tls_server(cert.der(), &other, version).await;
        let failure = get_by(Route::Pinned(right), &stolen).await.err().unwrap();
        assert!(failure.reason.contains("BadSignature"), "{}", failure.reason);
    }
}

#[tokio::test]
async fn each_thumbprint_has_its_own_client_and_none_speaks_plain_http() {
    let made = || rcgen::generate_simple_self_signed(["cluster.example".to_owned()]).unwrap();
    let (one, two) = (made(), made());
    let transport = Transport::new(Arc::new(DiskFiles::default()));
    let (pin_one, pin_two) = (Thumbprint::of(one.cert.der()), Thumbprint::of(two.cert.der()));
    let ((url_one, _), (url_two, _)) = (
        tls_server(one.cert.der(), &one.signing_key, &rustls::version::TLS13).await,
        tls_server(two.cert.der(), &two.signing_key, &rustls::version::TLS13).await,
    );
    for (pin, url, passes) in [
        (pin_one, &url_one, true),
        (pin_one, &url_two, false),
        (pin_two, &url_two, true),
        (pin_two, &url_one, false),
        (pin_one, &url_one, true),
    ] {
        let request = Request { route: Route::Pinned(pin), ..Request::get(url.clone()) };
        assert_eq!(transport.send(&TransportSettings::default(), request).await.is_ok(), passes);
    }

    let mut plain = Server::start(http("200 OK", "", "")).await;
    assert!(get_by(Route::Pinned(pin_one), &plain.url()).await.is_err());
    assert!(plain.heads().is_empty());
}

/// A CA as PEM, and the certificate of `name` that it signed.
fn signed(name: &str) -> (String, Certificate, KeyPair) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
    (ca.pem(), certificate, key)
}

#[tokio::test]
async fn a_server_of_its_own_ca_is_asked_by_its_name_at_its_address_and_no_other_ca_is_trusted() {
    const NAME: &str = "cluster.ests.aks";
    let ((ca, certificate, key), (other, ..)) = (signed(NAME), signed(NAME));
    let file = std::env::temp_dir().join(format!("entra-ca-{}.pem", std::process::id()));
    std::fs::write(&file, &ca).unwrap();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let (url, mut seen) = tls_server(certificate.der(), &key, version).await;
        let server = |name: Option<&str>, ca: Option<String>| {
            let server = KnownServer { host: "127.0.0.1".into(), name: name.map(str::to_owned), ca };
            // Of all other servers, this file's CA is trusted.
            let root_files = vec![("SSL_CERT_FILE", file.to_str().unwrap().to_owned())];
            TransportSettings { server: Some(server), root_files, ..TransportSettings::default() }
        };
        for (settings, what) in [
            (server(Some(NAME), Some(ca.clone())), None),
            (server(Some(NAME), Some(format!("{other}{ca}"))), None),
            (server(Some(NAME), None), None),
            (server(Some(NAME), Some(other.clone())), Some("only the CA of the cluster's token proxy is trusted")),
            (server(Some("other.ests.aks"), Some(ca.clone())), Some("cluster.ests.aks")),
            (server(None, Some(ca.clone())), Some("cluster.ests.aks")),
        ] {
            let outcome = send(&settings, Request::get(url.clone())).await;
            let host = format!("127.0.0.1:{}", url.port().unwrap());
            match what {
                None => {
                    let answer = outcome.unwrap_or_else(|failure| panic!("{}", failure.reason));
                    assert_eq!(answer.body.expose(), "over TLS");
                    let (name, head) = seen.try_recv().unwrap();
                    assert_eq!(name.as_deref(), Some(NAME));
                    assert!(head.contains(&format!("\r\nhost: {host}\r\n")), "{head}");
                }
                Some(what) => {
                    let failure = outcome.err().unwrap();
                    assert!(failure.reason.contains(&host) && failure.reason.contains(what), "{}", failure.reason);
                    assert!(seen.try_recv().is_err(), "nothing is sent");
                }
            }
        }
    }
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn servers_of_one_name_at_two_addresses_are_kept_apart() {
    const NAME: &str = "cluster.ests.aks";
    let (ca, certificate, key) = signed(NAME);
    let transport = Transport::new(Arc::new(DiskFiles::default()));
    let (url, mut seen) = tls_server(certificate.der(), &key, &rustls::version::TLS13).await;
    for (host, is_there) in [("127.0.0.1", true), ("host.invalid", false), ("127.0.0.1", true)] {
        let server = KnownServer { host: host.into(), name: Some(NAME.into()), ca: Some(ca.clone()) };
        let settings = TransportSettings { server: Some(server), ..TransportSettings::default() };
        let mut at = url.clone();
        at.set_host(Some(host)).unwrap();
        let outcome = transport.send(&settings, Request::get(at)).await;
        assert_eq!((outcome.is_ok(), seen.try_recv().is_ok()), (is_there, is_there), "{host}");
    }
}
