//! A certificate and its RSA key, and the assertion that they sign.
//!
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::time::Duration;

use azure_core::Uuid;
use azure_core::base64::{encode as base64, encode_url_safe as base64url};
use pkcs8::pkcs5::pbes2::Kdf;
use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;

use crate::error::Failure;
use crate::file_form::PemFile;
use crate::secret::Secret;
use crate::shown::{Form, described, shown};
use crate::system::Timestamp;

/// As long as MSAL's: much more than a request needs, much less than a stolen one is worth.
const VALIDITY: Duration = Duration::from_secs(10 * 60);

/// OpenSSL's longest is `CAMELLIA-256-CBC`.
const LONGEST_CIPHER: usize = 16;

/// What to do if a part of the file is missing or broken.
const ONE_FILE: &str = "put the certificate and its key, both as PEM, into one file";

/// What signs.
pub(super) struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

/// What is signed.
pub(super) struct Assertion<'a> {
    /// The token endpoint.
    pub(super) audience: &'a str,
    pub(super) client_id: &'a str,
    /// Whether Entra ID is to trust it by issuer and subject name, for which it wants the whole chain.
    pub(super) send_chain: bool,
    /// AD FS knows only SHA-1 thumbprints and PKCS#1 v1.5.
    pub(super) is_adfs: bool,
}

impl Certificate {
    /// The certificates of a PEM text, the first being the one that signs, and its RSA key.
    ///
    /// The key is PKCS#8, encrypted or not, or PKCS#1.
    ///
    /// # Errors
    /// What is missing or cannot be read, without quoting it; the caller names the file.
    pub(super) fn from_pem(pem: &str, password: Option<&Secret>, file: PemFile<'_>) -> Result<Self, Failure> {
        if let Some((_, cipher)) = pem.split_once("DEK-Info:") {
            let cipher = cipher.split([',', '\n', '\r']).next().unwrap_or_default().trim();
            // A longer one, or one in small letters, can be something else of the file.
            let is_name = cipher.len() <= LONGEST_CIPHER && !cipher.contains(|c: char| c.is_ascii_lowercase());
            let cipher = if is_name { shown(Form::Word, cipher) } else { described(cipher) };
            return Err(unread(&format!("in OpenSSL's old encrypted form (DEK-Info: {cipher})"), file));
        }
        if pem.contains("-----BEGIN TRUSTED CERTIFICATE-----") {
            return Err(Failure::configuration("has an OpenSSL TRUSTED CERTIFICATE, which is not read")
                .with_next_step(
                    file.convert("convert it", &format!("openssl x509 -in FILE -out NEW && {}", copies("PRIVATE KEY"))),
                ));
        }
        let chain: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|_| Failure::configuration("has a certificate that is not PEM").with_next_step(ONE_FILE))?;
        if chain.is_empty() {
            return Err(Failure::configuration("does not contain a PEM-encoded certificate").with_next_step(ONE_FILE));
        }
        let key = read_key(pem, password, file)?;
        Ok(Self { chain: signer_first(chain, &key, file)?, key })
    }

    /// Signs an assertion that is good from `now` on.
    ///
    /// # Errors
    /// `Configuration` if the key cannot sign.
    pub(super) fn sign(&self, assertion: &Assertion<'_>, now: Timestamp) -> Result<Secret, Failure> {
        let leaf = &self.chain[0];
        let mut header = if assertion.is_adfs {
            json!({ "alg": "RS256", "typ": "JWT", "x5t": base64url(digest(&SHA1_FOR_LEGACY_USE_ONLY, leaf)) })
        } else {
            json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": base64url(digest(&SHA256, leaf)) })
        };
        if assertion.send_chain {
            header["x5c"] = self.chain.iter().map(base64).collect();
        }
        let claims = json!({
            "aud": assertion.audience,
            "iss": assertion.client_id,
            "sub": assertion.client_id,
            "jti": Uuid::new_v4().to_string(),
            "nbf": now.millis() / 1000,
            "exp": (now + VALIDITY).millis() / 1000,
        });
        let content = format!("{}.{}", base64url(header.to_string()), base64url(claims.to_string()));

        let padding: &dyn RsaEncoding = if assertion.is_adfs { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(padding, &SystemRandom::new(), content.as_bytes(), &mut signature)
            .map_err(|_| unusable("the key cannot sign"))?;
        Ok(Secret::new(format!("{content}.{}", base64url(signature))))
    }
}

/// `chain` with the certificate of `key` first: files have a CA's before it. A certificate holds its public key as the key
/// itself writes it (RFC 3279, section 2.3.1).
///
/// # Errors
/// `Configuration` if no certificate is of the key.
fn signer_first(
    mut chain: Vec<CertificateDer<'static>>,
    key: &KeyPair,
    file: PemFile<'_>,
) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let public = key.public().as_ref();
    let signer = chain.iter().position(|certificate| certificate.windows(public.len()).any(|part| part == public));
    let Some(signer) = signer else {
        let path = file.path;
        return Err(Failure::configuration("has no certificate that belongs to its private key").with_next_step(
            format!(
                "put the key's own certificate into the file. They belong together if 'openssl x509 -in {path} -noout \
             -pubkey' and 'openssl pkey -in {path} -pubout' print the same"
            ),
        ));
    };
    chain[..=signer].rotate_right(1);
    Ok(chain)
}

/// The key is encrypted in a way that no maintained library reads.
fn unread(how: &str, file: PemFile<'_>) -> Failure {
    Failure::configuration(format!("has a private key {how}, which is not read"))
        .with_next_step(encrypt_again("convert the key with the same password", file))
}

fn encrypt_again(what: &str, file: PemFile<'_>) -> String {
    file.convert(what, &format!("openssl pkcs8 -topk8 -in FILE -out NEW && {}", copies("CERTIFICATE")))
}

/// The command that copies the sections of a label as they are.
fn copies(label: &str) -> String {
    format!("sed -n '/BEGIN.*{label}/,/END/p' FILE >> NEW")
}

/// What `document`, an encrypted key in DER, is encrypted with, if it is known not to be read.
fn unread_cipher(document: &[u8]) -> Option<&'static str> {
    /// By the bytes of their object identifiers.
    const CIPHERS: [(&[u8], &str); 3] = [
        (
            &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01],
            "encrypted under PBES1 of PKCS#12 (3DES, RC2 or RC4)",
        ),
        (&[0x2a, 0x83, 0x08, 0x8c, 0x9a, 0x4b, 0x3d, 0x01, 0x01, 0x01], "encrypted with Camellia"),
        (&[0x2a, 0x83, 0x1a, 0x8c, 0x9a, 0x6e, 0x01], "encrypted with ARIA"),
    ];
    /// PKCS#5's PBES1 are numbers 1 to 11 behind this; PBES2 is 13.
    const PKCS5: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05];
    /// The names of ciphers are in the first bytes.
    const BEGINNING: usize = 192;
    let beginning = &document[..document.len().min(BEGINNING)];
    let at = |name: &[u8]| beginning.windows(name.len()).position(|part| part == name);
    if let Some((_, what)) = CIPHERS.iter().find(|(name, _)| at(name).is_some()) {
        return Some(what);
    }
    let number = beginning.get(at(PKCS5)? + PKCS5.len())?;
    (*number <= 11).then_some("encrypted under PBES1 (DES or RC2)")
}

fn read_key(pem: &str, password: Option<&Secret>, file: PemFile<'_>) -> Result<KeyPair, Failure> {
    if let Some(encrypted) = section(pem, "ENCRYPTED PRIVATE KEY") {
        let key = decrypt(encrypted, password, file)?;
        return KeyPair::from_pkcs8(key.as_bytes()).map_err(|rejected| unusable(&rejected.to_string()));
    }
    match PrivateKeyDer::from_pem_slice(pem.as_bytes()) {
        Ok(PrivateKeyDer::Pkcs1(key)) => KeyPair::from_der(key.secret_pkcs1_der()),
        Ok(PrivateKeyDer::Pkcs8(key)) => KeyPair::from_pkcs8(key.secret_pkcs8_der()),
        Ok(_) => return Err(unusable("the key is not an RSA key")),
        Err(_) => {
            return Err(Failure::configuration("does not contain a PEM-encoded private key").with_next_step(ONE_FILE));
        }
    }
    .map_err(|rejected| unusable(&rejected.to_string()))
}

fn unusable(why: &str) -> Failure {
    Failure::configuration(format!("has a private key that cannot be used: {why}"))
        .with_next_step("use an RSA key of 2048 to 8192 bits")
}

fn decrypt(encrypted: &str, password: Option<&Secret>, file: PemFile<'_>) -> Result<SecretDocument, Failure> {
    let password = password.ok_or_else(|| {
        Failure::configuration("has an encrypted private key").with_next_step("set AZURE_CLIENT_CERTIFICATE_PASSWORD")
    })?;
    let bad = || Failure::configuration("has an encrypted private key that is not PEM").with_next_step(ONE_FILE);
    let (_, document) = SecretDocument::from_pem(encrypted).map_err(|_| bad())?;
    if let Some(how) = unread_cipher(document.as_bytes()) {
        return Err(unread(how, file));
    }
    let key = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes()).map_err(|_| bad())?;
    if !key.encryption_algorithm.pbes2().is_none_or(|parameters| is_affordable(&parameters.kdf)) {
        return Err(Failure::configuration("has an encrypted private key whose derivation costs too much, or nothing")
            .with_next_step(encrypt_again("encrypt the key again", file)));
    }
    key.decrypt(password.expose()).map_err(|_| {
        Failure::configuration("has a private key that the password does not decrypt")
            .with_next_step("correct AZURE_CLIENT_CERTIFICATE_PASSWORD")
    })
}

/// Whether making a key out of the password takes a second or so and 128 MiB at most, whatever the file says: without
/// a bound one number in it holds a thread for hours, or takes more memory than there is and the process with it.
fn is_affordable(kdf: &Kdf) -> bool {
    /// OWASP asks for 1.3 million at most.
    const PBKDF2: u32 = 2_000_000;
    /// N times r times p; OWASP asks for 2^17 times 8 at most, OpenSSL takes an eighth of that.
    const SCRYPT: u64 = 1 << 20;
    match kdf {
        Kdf::Pbkdf2(kdf) => kdf.iteration_count <= PBKDF2,
        Kdf::Scrypt(kdf) => [kdf.block_size, kdf.parallelization]
            .iter()
            .try_fold(kdf.cost_parameter, |cost, &factor| cost.checked_mul(factor.into()))
            // The crate that makes the key panics at a cost of 0.
            .is_some_and(|cost| (1..=SCRYPT).contains(&cost)),
        _ => false,
    }
}

/// The first section of that label, with its BEGIN and END lines.
fn section<'a>(pem: &'a str, label: &str) -> Option<&'a str> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let start = pem.find(&begin)?;
    let length = pem[start..].find(&end)? + end.len();
    Some(&pem[start..start + length])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pem: &str, password: Option<&Secret>) -> Failure {
        let file = PemFile { path: "a.pem", setting: Some("PATH") };
        Certificate::from_pem(pem, password, file).err().unwrap()
    }

    // What does sign is shown where keys can be made: __test__/certificate.test.mjs.
    #[test]
    fn what_cannot_sign_is_told_apart() {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, elliptic) = (made.cert.pem(), made.signing_key.serialize_pem());
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAA==\n\
                   -----END RSA PRIVATE KEY-----\n";
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n";
        let password = Secret::new("p");
        for (pem, password, reason) in [
            (String::new(), None, "does not contain a PEM-encoded certificate"),
            (elliptic.clone(), None, "does not contain a PEM-encoded certificate"),
            ("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----".into(), None, "a certificate that is not PEM"),
            (certificate.clone(), None, "does not contain a PEM-encoded private key"),
            (format!("{certificate}{elliptic}"), None, "a private key that cannot be used"),
            (format!("{certificate}{old}"), None, "OpenSSL's old encrypted form (DEK-Info: AES-256-CBC)"),
            (old.replace("256-CBC", &"6".repeat(28)), None, "old encrypted form (DEK-Info: a text of 32 characters)"),
            (old.replace("AES-256-CBC", "hunter"), None, "old encrypted form (DEK-Info: a text of 6 characters)"),
            (format!("{certificate}{encrypted}"), None, "has an encrypted private key"),
            (format!("{certificate}{encrypted}"), Some(&password), "an encrypted private key that is not PEM"),
        ] {
            let failure = refused(&pem, password);
            assert!(failure.reason.contains(reason), "{}", failure.reason);
            assert!(failure.next_step.is_some(), "{} says what to do", failure.reason);
        }
    }

    #[test]
    fn a_key_that_would_take_hours_or_all_memory_to_decrypt_is_refused() {
        use pkcs8::pkcs5::pbes2::{Pbkdf2Params, Pbkdf2Prf, Salt, ScryptParams};
        let salt = Salt::new([0; 8]).unwrap();
        let pbkdf2 = |iteration_count| {
            Kdf::Pbkdf2(Pbkdf2Params { salt, iteration_count, key_length: None, prf: Pbkdf2Prf::HmacWithSha256 })
        };
        let scrypt = |cost_parameter, block_size, parallelization| {
            Kdf::Scrypt(ScryptParams { salt, cost_parameter, block_size, parallelization, key_length: None })
        };
        for (kdf, affordable) in [
            (pbkdf2(2048), true),
            (pbkdf2(2_000_000), true),
            (pbkdf2(2_000_001), false),
            (pbkdf2(u32::MAX), false),
            (scrypt(1 << 14, 8, 1), true),
            (scrypt(1 << 17, 8, 1), true),
            (scrypt(1 << 17, 8, 2), false),
            (scrypt(1 << 40, 8, 1), false),
            (scrypt(0, 8, 1), false),
            (scrypt(1 << 14, 0, 1), false),
            (scrypt(1 << 14, 8, 0), false),
            (scrypt(u64::MAX, u16::MAX, u16::MAX), false),
        ] {
            assert_eq!(is_affordable(&kdf), affordable, "{kdf:?}");
        }
    }
}
