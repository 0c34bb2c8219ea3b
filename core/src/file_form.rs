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

/// A file of PEM, and the setting that names it, as the commands that convert it call them.
#[derive(Clone, Copy, Debug)]
pub struct PemFile<'a> {
    /// Its path, as one word of a shell.
    pub path: &'a str,
    /// The setting of its path; none if its text was given.
    pub setting: Option<&'a str>,
}

impl PemFile<'_> {
    /// The step `what`, with the command that makes NEW of FILE, and what to do with NEW.
    pub fn convert(self, what: &str, command: &str) -> String {
        // Behind its quotation marks, PowerShell reads another word.
        let with = |ending: &str| match self.path.strip_suffix('"') {
            Some(open) => format!("{open}{ending}\""),
            None => format!("{}{ending}", self.path),
        };
        let new = with(".pem");
        let mut parts = command.split("FILE");
        let mut command = parts.next().map(|part| part.replace("NEW", &new)).unwrap_or_default();
        // Not one after the other: a path can have these words in it.
        for part in parts {
            let (file, rest) = part.strip_prefix(".pfx").map_or((with(""), part), |rest| (with(".pfx"), rest));
            command.push_str(&file);
            command.push_str(&rest.replace("NEW", &new));
        }
        match self.setting {
            Some(setting) => format!("{what}: {command}, and set {setting} to {new}"),
            None => format!("{what}: {command}, and pass the text of {new}"),
        }
    }
}

/// What `bytes` are instead of PEM; none if they have a section of PEM.
pub fn instead_of_pem(bytes: &[u8], file: PemFile<'_>) -> Option<Fault> {
    let (what, command) = form(bytes)?;
    let step = match command {
        "" => "write the certificate as PEM into it".to_owned(),
        command => file.convert("convert it", command),
    };
    Some(Fault::new(what, step))
}

fn form(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const UTF16: (&str, &str) = ("is UTF-16 text, not PEM", "iconv -f UTF-16 -t UTF-8 FILE > NEW");
    // With a byte order mark, or with the zeros that ASCII has in it.
    if matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'-', 0, b'-', 0, ..] | [0, b'-', 0, b'-', ..]) {
        return Some(UTF16);
    }
    if let Some(der) = Der::of(bytes) {
        return Some(match der {
            Der::Pfx => ("is a PFX (PKCS#12), not PEM", "openssl pkcs12 -in FILE -nodes -out NEW"),
            Der::OldPfx => {
                ("is a PFX (PKCS#12) with old ciphers, not PEM", "openssl pkcs12 -legacy -in FILE -nodes -out NEW")
            }
            Der::Certificate => ("is a certificate in DER, not PEM", "openssl x509 -inform DER -in FILE -out NEW"),
            Der::Key => ("is a private key in DER, not PEM", "openssl pkey -inform DER -in FILE -out NEW"),
            Der::Pkcs7 => ("is PKCS#7 in DER, not PEM", "openssl pkcs7 -inform DER -in FILE -print_certs -out NEW"),
            Der::Other => ("is DER of an unknown kind, not PEM", ""),
        });
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.contains("-----BEGIN ") {
        let has_escapes = text.contains("-----\\n");
        return has_escapes.then_some(("has \\n in place of its line breaks", "printf '%b' \"$(cat FILE)\" > NEW"));
    }
    if text.is_empty() {
        return Some(("is empty", ""));
    }
    let letters: String = text.split_whitespace().collect();
    Some(match azure_core::base64::decode(&letters).ok().map(|inner| (Der::of(&inner), inner)) {
        Some((Some(Der::Pfx), _)) => (
            "is a PFX (PKCS#12) in Base64, not PEM",
            "openssl base64 -d -A -in FILE -out FILE.pfx && openssl pkcs12 -in FILE.pfx -nodes -out NEW",
        ),
        Some((Some(Der::OldPfx), _)) => (
            "is a PFX (PKCS#12) with old ciphers in Base64, not PEM",
            "openssl base64 -d -A -in FILE -out FILE.pfx && openssl pkcs12 -legacy -in FILE.pfx -nodes -out NEW",
        ),
        Some((Some(Der::Certificate), _)) => (
            "is a certificate in Base64 without the lines of PEM",
            "openssl base64 -d -A -in FILE | openssl x509 -inform DER -out NEW",
        ),
        Some((_, inner)) if inner.starts_with(b"-----BEGIN ") => {
            ("is PEM in Base64, not PEM", "openssl base64 -d -A -in FILE -out NEW")
        }
        _ => ("has no section of PEM", ""),
    })
}

/// The kinds of ASN.1 structures that are found in such files, by how they begin.
enum Der {
    Pfx,
    /// OpenSSL 3 opens it only with `-legacy`.
    OldPfx,
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
            [0x02, 0x01, 0x03, SEQUENCE, ..] if has_old_ciphers(bytes) => Self::OldPfx,
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

/// Whether a PFX is encrypted with RC2 or RC4, as Windows and OpenSSL before 3 do: RFC 7292, appendix C.
fn has_old_ciphers(pfx: &[u8]) -> bool {
    const PBE: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01];
    pfx.windows(PBE.len() + 1).any(|part| part.starts_with(&PBE) && matches!(part.last(), Some(1 | 2 | 5 | 6)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversion_says_what_to_do_with_its_result() {
        let of = |path, setting| PemFile { path, setting }.convert("convert it", "tool FILE | other -out NEW");
        assert_eq!(of("'/a b'", Some("V")), "convert it: tool '/a b' | other -out '/a b'.pem, and set V to '/a b'.pem");
        assert_eq!(
            of("\"C:/a b\"", Some("V")),
            "convert it: tool \"C:/a b\" | other -out \"C:/a b.pem\", and set V to \"C:/a b.pem\""
        );
        assert_eq!(
            of("/NEW/FILE", None),
            "convert it: tool /NEW/FILE | other -out /NEW/FILE.pem, and pass the text of /NEW/FILE.pem"
        );
    }

    #[test]
    fn a_pfx_of_old_ciphers_is_told_apart() {
        let pfx = |number| {
            let name = [0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, number];
            [&[0x30, 0x81, 0x80, 0x02, 0x01, 0x03, 0x30, 0x0c][..], &name].concat()
        };
        for (number, is_old) in [(1, true), (2, true), (3, false), (4, false), (5, true), (6, true), (7, false)] {
            let Fault { step, .. } = instead_of_pem(&pfx(number), PemFile { path: "a", setting: None }).unwrap();
            assert_eq!(step.contains("pkcs12 -legacy -in a -nodes"), is_old, "{number}: {step}");
        }
    }
}
