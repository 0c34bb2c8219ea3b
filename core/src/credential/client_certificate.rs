//! The certificate of an application, from a file or from a text, and the assertion that it signs for one fetch.

use super::authority;
use super::certificate::{Assertion, Certificate};
use super::context::Fetch;
use crate::error::Failure;
use crate::file_form::{Fault, PemFile, instead_of_pem};
use crate::secret::Secret;
use crate::settings::{CertificateProof, CertificateSource};
use crate::shell_word::argument;
use crate::shown::{Form, shown};

/// A certificate with its key has 3 KB, with a long chain 20.
const CERTIFICATE_FILE_LIMIT: u64 = 256 * 1024;

/// Signs an assertion. `name` is what messages call the setting of the path.
///
/// # Errors
/// `Configuration` if the certificate cannot be read or cannot sign; the authority's, whose address is in the assertion.
pub(super) async fn sign(
    fetch: &Fetch<'_>,
    proof: &CertificateProof,
    tenant: &str,
    client_id: &str,
    name: &str,
) -> Result<Secret, Failure> {
    let named = |failure: Failure| {
        let what = match &proof.source {
            CertificateSource::File(path) => format!("the file {}, named by {name},", shown(Form::Path, path)),
            CertificateSource::Pem(_) => "the certificate".to_owned(),
        };
        Failure { reason: format!("{what} {}", failure.reason), ..failure }
    };
    let (path, setting) = match &proof.source {
        CertificateSource::File(path) => (argument(Form::Path, path, "<file>"), Some(name)),
        CertificateSource::Pem(_) => ("certificate".to_owned(), None),
    };
    let file = PemFile { path: &path, setting };
    let pem = match &proof.source {
        CertificateSource::File(path) => {
            // The file is read for every fetch, so that a renewed certificate counts.
            let bytes = fetch.read(name, path, CERTIFICATE_FILE_LIMIT, |what| named(unreadable(what))).await?;
            text(&bytes, file).map_err(named)?
        }
        CertificateSource::Pem(pem) => pem.clone(),
    };
    let certificate = Certificate::from_pem(pem.expose(), proof.password.as_ref(), file).map_err(named)?;
    let audience = authority::token_endpoint(fetch, tenant).await?;
    let assertion =
        Assertion { audience: audience.as_str(), client_id, send_chain: proof.send_chain, is_adfs: tenant == "adfs" };
    certificate.sign(&assertion, fetch.system.clock.now()).map_err(named)
}

fn unreadable(what: String) -> Failure {
    Failure::configuration(what)
        .with_next_step("correct the path, or grant the user of this process access to the file")
}

/// The PEM text in the `bytes` of `file`.
fn text(bytes: &[u8], file: PemFile<'_>) -> Result<Secret, Failure> {
    if let Some(Fault { what, step }) = instead_of_pem(bytes, file) {
        return Err(Failure::configuration(what).with_next_step(step));
    }
    let mut pem = String::from_utf8_lossy(bytes).into_owned();
    // Editors on Windows put byte order marks before each part.
    pem.retain(|c| c != '\u{feff}');
    Ok(Secret::new(pem))
}
