//! The real HTTP client against servers that it knows by their certificate.
#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is what it should do")]

mod support;

use std::sync::Arc;

use azure_openai_entra_core::error::{Code, Failure};
use azure_openai_entra_core::http::pinning::Thumbprint;
use azure_openai_entra_core::http::request::{Http, Request, Response, Route};
use azure_openai_entra_core::http::transport::Transport;
use azure_openai_entra_core::settings::TransportSettings;
use azure_openai_entra_core::system::DiskFiles;
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
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

/// The address of a TLS server that shows `certificate` and holds `key`.
async fn tls_server(
    certificate: &CertificateDer<'static>,
    key: &KeyPair,
    version: &'static rustls::SupportedProtocolVersion,
) -> Url {
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
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let Ok(mut socket) = acceptor.accept(socket).await else { continue };
            let _ = socket.read(&mut [0; 4096]).await;
            let _ = socket.write_all(http("200 OK", "", "over TLS").as_bytes()).await;
            let _ = socket.shutdown().await;
        }
    });
    url
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
        let url = tls_server(cert.der(), &signing_key, version).await;
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

        let stolen = tls_server(cert.der(), &other, version).await;
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
    let (url_one, url_two) = (
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
