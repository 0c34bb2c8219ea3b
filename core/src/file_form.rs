//! What a file holds that should hold PEM.

/// What is wrong with a file, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, for a sentence whose subject is the file.
    pub what: String,
    /// What to do, with the command that converts the file.
    pub step: String,
}

impl Fault {
    /// A fault.
    pub fn new(what: impl Into<String>, step: impl Into<String>) -> Self {
        Self { what: what.into(), step: step.into() }
    }
}

/// What `bytes` are instead of PEM; none if they have a section of PEM. `file` is what commands call it.
pub fn instead_of_pem(bytes: &[u8], file: &str) -> Option<Fault> {
    let (what, command) = form(bytes)?;
    let step = match command {
        "" => "write the certificate as PEM into it".to_owned(),
        command => format!("convert it: {}", command.replace("FILE", file)),
    };
    Some(Fault::new(what, step))
}

fn form(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const PFX: &str = "openssl pkcs12 -in FILE -nodes -out file.pem";
    const UTF16: (&str, &str) = ("is UTF-16 text, not PEM", "iconv -f UTF-16 -t UTF-8 FILE > file.pem");
    // With a byte order mark, or with the zeros that ASCII has in it.
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'-', 0, b'-', 0, ..] | [0, b'-', 0, b'-', ..]) {
        return Some(UTF16);
    }
    if let Some(der) = Der::of(bytes) {
        return Some(match der {
            Der::Pfx => ("is a PFX (PKCS#12), not PEM", PFX),
            Der::Certificate => ("is a certificate in DER, not PEM", "openssl x509 -inform DER -in FILE -out file.pem"),
            Der::Key => ("is a private key in DER, not PEM", "openssl pkey -inform DER -in FILE -out file.pem"),
            Der::Pkcs7 => {
                ("is PKCS#7 in DER, not PEM", "openssl pkcs7 -inform DER -in FILE -print_certs -out file.pem")
            }
            Der::Other => ("is DER of an unknown kind, not PEM", ""),
        });
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.contains("-----BEGIN ") {
        let has_escapes = text.contains("-----\\n");
        return has_escapes
            .then_some(("has \\n in place of its line breaks", "printf '%b' \"$(cat FILE)\" > file.pem"));
    }
    if text.is_empty() {
        return Some(("is empty", ""));
    }
    let letters: String = text.split_whitespace().collect();
    Some(match azure_core::base64::decode(&letters).ok().map(|inner| (Der::of(&inner), inner)) {
        Some((Some(Der::Pfx), _)) => (
            "is a PFX (PKCS#12) in Base64, not PEM",
            "openssl base64 -d -A -in FILE -out file.pfx && openssl pkcs12 -in file.pfx -nodes -out file.pem",
        ),
        Some((Some(Der::Certificate), _)) => (
            "is a certificate in Base64 without the lines of PEM",
            "openssl base64 -d -A -in FILE | openssl x509 -inform DER -out file.pem",
        ),
        Some((_, inner)) if inner.starts_with(b"-----BEGIN ") => {
            ("is PEM in Base64, not PEM", "openssl base64 -d -A -in FILE -out file.pem")
        }
        _ => ("has no section of PEM", ""),
    })
}

/// The kinds of ASN.1 structures that are found in such files, by how they begin.
enum Der {
    Pfx,
    Certificate,
    Key,
    Pkcs7,
    Other,
}

impl Der {
    fn of(bytes: &[u8]) -> Option<Self> {
        const SEQUENCE: u8 = 0x30;
        const SIGNED_DATA: [u8; 3] = [0x06, 0x09, 0x2a];
        let inside = sequence(bytes)?;
        // Its version; an object identifier; a structure of its own.
        Some(match inside {
            [0x02, 0x01, 0x03, SEQUENCE, ..] => Self::Pfx,
            [0x02, 0x01, 0x00, ..] => Self::Key,
            _ if inside.starts_with(&SIGNED_DATA) => Self::Pkcs7,
            _ => match sequence(inside) {
                // An encrypted key begins with the name of its cipher.
                Some([0x06, ..]) => Self::Key,
                Some([0xa0 | 0x02, ..]) => Self::Certificate,
                _ => Self::Other,
            },
        })
    }
}

/// What is in the ASN.1 sequence that `bytes` begin with, of two bytes of length or more as files of this kind have.
fn sequence(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [0x30, 0x82, _, _, inside @ ..] | [0x30, 0x83, _, _, _, inside @ ..] | [0x30, 0x81, _, inside @ ..] => {
            Some(inside)
        }
        // A short one within: the lengths of names are below 128.
        [0x30, length, inside @ ..] if *length < 0x80 && inside.len() >= usize::from(*length) => Some(inside),
        _ => None,
    }
}
