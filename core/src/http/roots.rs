//! The certificates of the authorities that are trusted.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

use crate::error::Failure;
use crate::settings::TransportSettings;
use crate::shown::{Form, shown};
use crate::system::{Files, is_exhaustion, on_thread};

/// A file of CA certificates; the largest system bundles have 1 MB.
const ROOT_FILE_LIMIT: u64 = 8 * 1024 * 1024;

/// Mozilla's roots, the system's, and those of the files that the environment names.
///
/// # Errors
/// If this process has no resources left to read them: a client that is kept must not lack some of them for that.
pub(super) async fn roots(files: &dyn Files, settings: &TransportSettings) -> Result<RootCertStore, Failure> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let exhausted = |error: &std::io::Error| Failure::exhausted("read CA certificates", error);
    let system = on_thread(system_roots).await.and_then(|roots| roots);
    let system = system.map_err(|error| exhausted(&error))?;
    let (added, ignored) = roots.add_parsable_certificates(system);
    tracing::debug!(added, ignored, "system CA certificates");

    for (name, path) in &settings.root_files {
        let read = files.read(path, ROOT_FILE_LIMIT).await;
        if let Some(error) = read.as_ref().err().filter(|error| is_exhaustion(error)) {
            return Err(exhausted(error));
        }
        let parsed = read.map_err(|error| error.to_string()).and_then(|pem| {
            let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            certificates.map_err(|error| why_not_pem(&error).to_owned())
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
    Ok(roots)
}

/// What is wrong with a file. The error itself quotes its line, which is a whole private key if the line breaks are lost.
fn why_not_pem(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "a PEM section has no end",
        pem::Error::IllegalSectionStart { .. } => "the first line of a PEM section has text after its dashes",
        pem::Error::Base64Decode(_) => "a PEM section is not Base64",
        _ => "the file is not PEM",
    }
}

/// On Unix the usual bundles, without the variables that would be read from the environment of the process;
/// elsewhere the system's certificate store.
///
/// # Errors
/// Only if this process has no resources left: what cannot be read otherwise is left out.
fn system_roots() -> std::io::Result<Vec<CertificateDer<'static>>> {
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
        without_exhaustion(rustls_native_certs::load_certs_from_paths(bundle, None))
    }
    #[cfg(not(all(unix, not(target_vendor = "apple"))))]
    without_exhaustion(rustls_native_certs::load_native_certs())
}

fn without_exhaustion(loaded: rustls_native_certs::CertificateResult) -> std::io::Result<Vec<CertificateDer<'static>>> {
    for error in loaded.errors {
        if let rustls_native_certs::ErrorKind::Io { inner, .. } = error.kind
            && is_exhaustion(&inner)
        {
            return Err(inner);
        }
    }
    Ok(loaded.certs)
}
