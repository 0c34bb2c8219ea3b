//! The certificates of the authorities that are trusted.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::settings::TransportSettings;
use crate::shown::{Form, shown};
use crate::system::Files;

/// A file of CA certificates; the largest system bundles have 1 MB.
const ROOT_FILE_LIMIT: u64 = 8 * 1024 * 1024;

/// Mozilla's roots, the system's, and those of the files that the environment names.
pub(super) async fn roots(files: &dyn Files, settings: &TransportSettings) -> RootCertStore {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let system = tokio::task::spawn_blocking(system_roots).await.unwrap_or_default();
    let (added, ignored) = roots.add_parsable_certificates(system);
    tracing::debug!(added, ignored, "system CA certificates");

    for (name, path) in &settings.root_files {
        let read = files.read(path, ROOT_FILE_LIMIT).await.map_err(|error| error.to_string());
        let parsed = read.and_then(|pem| {
            let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            certificates.map_err(|error| error.to_string())
        });
        match parsed {
            Ok(certificates) => {
                let (added, ignored) = roots.add_parsable_certificates(certificates);
                tracing::debug!(variable = name, added, ignored, "CA certificates of a file");
            }
            // As Node does with NODE_EXTRA_CA_CERTS: say so, and go on with the other roots.
            Err(error) => tracing::warn!(
                variable = name,
                path = shown(Form::Path, path),
                error,
                "CA certificates could not be read"
            ),
        }
    }
    roots
}

/// On Unix the usual bundles, without the variables that would be read from the environment of the process;
/// elsewhere the system's certificate store.
fn system_roots() -> Vec<CertificateDer<'static>> {
    #[cfg(all(unix, not(target_vendor = "apple")))]
    {
        const BUNDLES: [&str; 5] = [
            "/etc/ssl/certs/ca-certificates.crt",                // Debian, Ubuntu, Alpine, Arch
            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
            "/etc/pki/tls/certs/ca-bundle.crt",                  // Amazon Linux, older RHEL
            "/etc/ssl/ca-bundle.pem",                            // SUSE
            "/etc/ssl/cert.pem",                                 // Alpine without ca-certificates, BSD
        ];
        let bundle = BUNDLES.iter().map(std::path::Path::new).find(|path| path.exists());
        rustls_native_certs::load_certs_from_paths(bundle, None).certs
    }
    #[cfg(not(all(unix, not(target_vendor = "apple"))))]
    rustls_native_certs::load_native_certs().certs
}
