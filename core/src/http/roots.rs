//! The certificates of the authorities that are trusted.

use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::Failure;
use crate::file_form::{Fault, PemFile, instead_of_pem};
use crate::settings::{TransportSettings, step_for_shell_path};
use crate::shell_word::argument;
use crate::shown::{Form, shown};
use crate::system::{Files, is_exhaustion, on_thread};

/// What messages call a file whose faults were told before.
const UNNAMED: PemFile<'_> = PemFile { path: "<file>", setting: None };

/// A file of CA certificates; the largest system bundles have 1 MB.
const ROOT_FILE_LIMIT: u64 = 8 * 1024 * 1024;

/// What is trusted.
pub(super) struct Trust {
    pub(super) roots: RootCertStore,
    /// The certificates of the CA files.
    pub(super) own: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Only the certificates in `pem`.
    pub(super) fn only(pem: &str) -> Self {
        let (own, _) = of_file(pem.as_bytes(), UNNAMED);
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(own.iter().cloned());
        Self { roots, own }
    }
}

/// Whether a CA file with `bytes` has a certificate that can be used.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_ca(bytes: &[u8], file: PemFile<'_>) -> Result<(), Fault> {
    let (found, faults) = of_file(bytes, file);
    match faults.into_iter().next() {
        Some(fault) if found.is_empty() => Err(fault),
        _ => Ok(()),
    }
}

/// Something in a CA file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaFault {
    /// The variable that names the file.
    pub variable: &'static str,
    /// What is wrong, with the path of the file.
    pub what: String,
    /// What to do.
    pub step: String,
}

impl fmt::Display for CaFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.step)
    }
}

/// Mozilla's roots, the system's, and those of the files that the environment names.
///
/// # Errors
/// If this process has no resources left to read them: a client that is kept must not lack some of them for that.
pub(super) async fn trust(files: &dyn Files, settings: &TransportSettings) -> Result<Trust, Failure> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let system = on_thread(system_roots).await.and_then(|roots| roots);
    let system = system.map_err(|error| exhausted(&error))?;
    let (added, ignored) = roots.add_parsable_certificates(system);
    tracing::debug!(added, ignored, "system CA certificates");
    let (own, faults) = of_files(files, settings).await?;
    for certificate in &own {
        // Each was tried when its file was read.
        let _ = roots.add(certificate.clone());
    }
    // As Node does with NODE_EXTRA_CA_CERTS: say so, and go on with the other roots.
    for CaFault { variable, what, step } in &faults {
        tracing::warn!(variable, step, "{what}");
    }
    Ok(Trust { roots, own })
}

/// What of the files that the environment names cannot be used.
///
/// # Errors
/// If this process has no resources left to read them.
pub async fn ca_faults(files: &dyn Files, settings: &TransportSettings) -> Result<Vec<CaFault>, Failure> {
    if settings.server.as_ref().is_some_and(|server| server.ca.is_some()) {
        return Ok(vec![CaFault {
            variable: "AZURE_KUBERNETES_CA_FILE",
            what: "only the CA of the cluster's token proxy is trusted".to_owned(),
            step: "compare AZURE_KUBERNETES_CA_FILE or AZURE_KUBERNETES_CA_DATA with the CA of the cluster".to_owned(),
        }]);
    }
    Ok(of_files(files, settings).await?.1)
}

async fn of_files(
    files: &dyn Files,
    settings: &TransportSettings,
) -> Result<(Vec<CertificateDer<'static>>, Vec<CaFault>), Failure> {
    let (mut own, mut faults) = (Vec::new(), Vec::new());
    for (variable, path) in &settings.root_files {
        let (found, wrong) = match files.read(path, ROOT_FILE_LIMIT).await {
            Ok(bytes) => {
                let path = argument(Form::Path, path, "<file>");
                of_file(&bytes, PemFile { path: &path, setting: Some(variable) })
            }
            Err(error) if is_exhaustion(&error) => return Err(exhausted(&error)),
            Err(error) => {
                let step = step_for_shell_path(path)
                    .map_or_else(|| format!("set {variable} to a file that this process can read"), str::to_owned);
                (Vec::new(), vec![Fault::new(format!("could not be read: {error}"), step)])
            }
        };
        tracing::debug!(variable, added = found.len(), ignored = wrong.len(), "CA certificates of a file");
        own.extend(found);
        faults.extend(wrong.into_iter().map(|Fault { what, step }| {
            let what = format!("the file {}, named by {variable}, {what}", shown(Form::Path, path));
            CaFault { variable, what, step }
        }));
    }
    Ok((own, faults))
}

fn exhausted(error: &std::io::Error) -> Failure {
    Failure::exhausted("read CA certificates", error)
}

/// The certificates in a file, and what keeps the others from being used: a bad entry does not cost the good ones.
fn of_file(bytes: &[u8], file: PemFile<'_>) -> (Vec<CertificateDer<'static>>, Vec<Fault>) {
    if let Some(fault) = instead_of_pem(bytes, file) {
        return (Vec::new(), vec![fault]);
    }
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    let text = String::from_utf8_lossy(bytes);
    // What stands before the first section is a comment, or a byte order mark.
    for (nth, section) in text.split("-----BEGIN ").enumerate().skip(1) {
        let label = section.split("-----").next().unwrap_or_default();
        let fault = match label {
            "CERTIFICATE" => match certificate(section) {
                Ok(certificate) => {
                    found.push(certificate);
                    continue;
                }
                Err(why) => Fault::new(
                    format!("has an entry {nth} that is not used: {why}"),
                    "copy this certificate into the file again",
                ),
            },
            "TRUSTED CERTIFICATE" => Fault::new(
                format!("has an entry {nth} that is not used: it is an OpenSSL TRUSTED CERTIFICATE"),
                file.convert(
                    "convert it",
                    "openssl crl2pkcs7 -nocrl -certfile FILE | openssl pkcs7 -print_certs -out NEW",
                ),
            ),
            "PKCS7" => Fault::new(
                format!("has an entry {nth} that is not used: it is PKCS#7"),
                file.convert("convert it", "openssl pkcs7 -in FILE -print_certs -out NEW"),
            ),
            _ => continue,
        };
        faults.push(fault);
    }
    if found.is_empty() && faults.is_empty() {
        faults.push(Fault::new("has no certificate", "put the CA's certificate into it, as PEM"));
    }
    (found, faults)
}

/// The certificate in a section of PEM, which goes on behind `-----BEGIN `. The parser's own error quotes its line, which is
/// a whole private key if the line breaks are lost.
fn certificate(section: &str) -> Result<CertificateDer<'static>, &'static str> {
    if !section.contains("-----END CERTIFICATE-----") {
        return Err("a PEM section has no end");
    }
    let certificate = CertificateDer::from_pem_slice(format!("-----BEGIN {section}").as_bytes())
        .map_err(|_| "a PEM section is not Base64")?;
    match RootCertStore::empty().add(certificate.clone()) {
        Ok(()) => Ok(certificate),
        Err(_) => Err("its content is no certificate"),
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
