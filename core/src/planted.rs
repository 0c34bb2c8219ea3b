//! Secrets of each form that people paste in the wrong place, new for each test.

use azure_core::base64::{encode, encode_url_safe};

/// A secret and the parts of it that no message may hold.
pub(crate) struct Plant {
    /// What it is.
    pub(crate) what: &'static str,
    /// The whole text.
    pub(crate) text: String,
    needles: Vec<String>,
}

impl Plant {
    fn new(what: &'static str, text: String, secret: &str) -> Self {
        // Messages cut and fold texts, so each stretch of the secret is looked for.
        let letters: Vec<char> = secret.to_ascii_lowercase().chars().collect();
        let needles = letters.chunks_exact(12).map(|chunk| chunk.iter().collect()).collect();
        Self { what, text, needles }
    }

    /// Whether a part of the secret is in `message`, in any case.
    pub(crate) fn is_in(&self, message: &str) -> bool {
        let message = message.to_ascii_lowercase();
        self.needles.iter().any(|needle| message.contains(needle))
    }
}

fn random(length: usize, alphabet: &[u8]) -> String {
    (0..length).map(|_| char::from(alphabet[fastrand::usize(..alphabet.len())])).collect()
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|_| fastrand::u8(..)).collect()
}

/// A key of hexadecimal digits. It is told from the digests and ids that messages show only if it is all of a value.
pub(crate) fn planted_digits() -> Plant {
    let digits = random(64, b"0123456789abcdef");
    Plant::new("a key of hexadecimal digits", digits.clone(), &digits)
}

/// A token of a personal account, which has signs between its letters.
pub(crate) fn planted_personal_token() -> Plant {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let parts: Vec<String> = (0..12).map(|_| random(fastrand::usize(12..30), LETTERS)).collect();
    let secret =
        parts.iter().flat_map(|part| [part.as_str(), ["*", "!", "$"][fastrand::usize(..3)]]).collect::<String>();
    Plant::new("a token of a personal account", format!("M.C540_BAY.0.U.-{secret}"), &secret)
}

/// Secrets that look like none: passwords that people think of.
pub(crate) fn planted_words() -> Vec<Plant> {
    const SMALL: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    let password = format!("P@ss!{}#{}&tiger", random(6, SMALL), random(6, SMALL));
    let phrase = format!("{} horse? {}, staple!", random(5, SMALL), random(6, SMALL));
    let word = format!("{}19{}", random(9, SMALL), random(9, SMALL));
    vec![
        Plant::new("a password with signs", password.clone(), &password),
        Plant::new("a phrase", phrase.clone(), &phrase),
        Plant::new("a word", word.clone(), &word),
        Plant::new("a setting of a database", format!("server=db;pwd={password}"), &password),
    ]
}

/// One secret of each form.
pub(crate) fn planted() -> Vec<Plant> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const OF_SECRETS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    let client_secret = format!("{}8Q~{}", random(3, LETTERS), random(34, OF_SECRETS));
    let key = encode(bytes(1200));
    let lines: Vec<String> = key.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let pem = |separator: &str| {
        let label = "PRIVATE KEY";
        let body = lines.join(separator);
        format!("-----BEGIN {label}-----{separator}{body}{separator}-----END {label}-----{separator}")
    };
    let pfx = encode([[0x30, 0x82, 0x0a, 0x71, 0x02, 0x01, 0x03].as_slice(), &bytes(2000)].concat());
    let payload = format!(r#"{{"aud":"api://AzureADTokenExchange","jti":"{}"}}"#, random(60, LETTERS));
    let jwt =
        [encode_url_safe(r#"{"alg":"RS256","typ":"JWT"}"#), encode_url_safe(payload), encode_url_safe(bytes(256))];
    let signature = random(43, LETTERS);
    let password = random(24, LETTERS);
    let key_in_parts = [13, 7, 18].map(|length| format!("aB1{}", random(length - 3, LETTERS))).join("/");
    let [_, payload, _] = &jwt;
    vec![
        Plant::new("a client secret", client_secret.clone(), &client_secret),
        Plant::new("a PEM text", pem("\n"), &lines.concat()),
        Plant::new("a PEM text on one line", pem(r"\n"), &lines.concat()),
        Plant::new("a PFX in Base64", pfx.clone(), &pfx),
        Plant::new("a JWT", jwt.join("."), payload),
        Plant::new("a SAS", format!("sv=2024-11-04&ss=b&srt=sco&sp=r&sig={signature}%3D"), &signature),
        Plant::new("a key in Base64", key_in_parts.clone(), &key_in_parts),
        Plant::new("a URL with a password", format!("https://joe:{password}@host.example/p"), &password),
        Plant::new("a URL with signs in its password", format!("http://joe:w@{password}#1@host.example/p"), &password),
    ]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::credential::TokenRequest;
    use crate::credential::chain::Chain;
    use crate::http::request::Http;
    use crate::settings::CredentialOptions;
    use crate::test_support::{FakeSystem, secret, try_settings};

    /// Its table names every variable that is read.
    const DOCUMENT: &str = include_str!("../../docs/configuration.md");

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_brings_no_value_of_another_form_into_an_error() {
        let options = |tenant: &str| CredentialOptions { tenant_id: Some(tenant.to_owned()), ..Default::default() };
        for name in ["AZURE_CLIENT_ID", "AZURE_TENANT_ID", "tenantId"] {
            for plant in planted_words() {
                let of_principal = secret("client-secret");
                let mut variables = vec![
                    ("AZURE_TENANT_ID", "contoso.example"),
                    ("AZURE_CLIENT_ID", "72f988bf-86f1-41af-91ab-2d7cd011db47"),
                    ("AZURE_CLIENT_SECRET", &of_principal),
                ];
                variables.retain(|(other, _)| *other != name);
                variables.push((name, &plant.text));
                let fake = FakeSystem::new();
                for _ in 0..8 {
                    let said = format!("AADSTS700016: Application with identifier '{}' was not found", plant.text);
                    fake.http.answer(400, serde_json::json!({ "error_description": said }).to_string());
                }
                let options = if name == "tenantId" { options(&plant.text) } else { CredentialOptions::default() };
                let settings = try_settings(&variables, &options).unwrap();
                let request = TokenRequest::new(vec!["s/.default".into()], None, None).unwrap();
                let http: &dyn Http = &*fake.http;
                let outcome = Chain::default().get_token(&fake.system(), http, &settings, &request, None).await;
                let error = outcome.err().unwrap();
                let told = format!("{error}\n{error:?}");
                assert!(!plant.is_in(&told), "{} in {name}: {told}", plant.what);
            }
        }
    }

    /// What makes each address of a variable the one that is asked.
    const ASKED: [(&str, &[(&str, &str)]); 8] = [
        ("AZURE_AUTHORITY_HOST", &[("AZURE_CLIENT_SECRET", "client-secret")]),
        ("AZURE_AUTHORITY_HOST", &[("AZURE_CLIENT_SECRET", "s"), (NO_DISCOVERY, "true")]),
        ("IDENTITY_ENDPOINT", &[("IDENTITY_HEADER", "identity-header")]),
        ("MSI_ENDPOINT", &[("AZURE_CLIENT_ID", "")]),
        ("MSI_ENDPOINT", &[("MSI_SECRET", "msi-secret")]),
        ("AZURE_POD_IDENTITY_AUTHORITY_HOST", &[]),
        (
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            &[(ASSERTION, "github-actions"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "request-token")],
        ),
        ("GCE_METADATA_HOST", &[(ASSERTION, "google-cloud")]),
    ];
    const NO_DISCOVERY: &str = "AZURE_OPENAI_ENTRA_DISABLE_INSTANCE_DISCOVERY";
    const ASSERTION: &str = "AZURE_OPENAI_ENTRA_ASSERTION";

    #[tokio::test(start_paused = true)]
    async fn a_key_in_place_of_a_host_is_in_no_error() {
        let answers = [
            (200, "{}"),
            (200, "<html>"),
            (200, r#"{"error":"invalid_instance"}"#),
            (302, ""),
            (400, "{}"),
            (401, ""),
            (403, "<html>"),
            (408, ""),
            (429, ""),
            (500, "no"),
        ];
        for ((name, more), (status, body)) in ASKED.into_iter().flat_map(|asked| answers.map(|answer| (asked, answer)))
        {
            for behind in ["", ".onmicrosoft.com", ".openai.azure.com:8443"] {
                let plant = planted_digits();
                let host = format!("{}{behind}", &plant.text[..40]);
                let address = if name == "GCE_METADATA_HOST" { host } else { format!("https://{host}/") };
                let of_principal = [
                    ("AZURE_TENANT_ID", "contoso.example"),
                    ("AZURE_CLIENT_ID", "72f988bf-86f1-41af-91ab-2d7cd011db47"),
                    (name, &address),
                ];
                let variables = [&of_principal, more].concat();
                let fake = FakeSystem::new();
                for _ in 0..64 {
                    fake.http.answer(status, body);
                }
                let request = TokenRequest::new(vec!["s/.default".into()], None, None).unwrap();
                let mut settings = try_settings(&variables, &CredentialOptions::default()).unwrap();
                // As of a class, which inherits no variables whose values nothing tells.
                settings.tools.inherited = crate::test_support::settings(&[]).tools.inherited;
                let http: Arc<dyn Http> = fake.http.clone();
                let outcome = Chain::default().get_token(&fake.system(), &*http, &settings, &request, None).await;
                let error = outcome.err().unwrap();
                let told = format!("{error}\n{error:?}");
                assert!(fake.http.count() > 0, "{name} is not asked: {told}");
                assert!(!plant.is_in(&told), "{status} of {name}: {told}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_secret_in_a_variable_is_in_no_error() {
        let table = DOCUMENT.split("<!-- /variables -->").next().unwrap();
        let names: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert!(names.contains(&"AZURE_CLIENT_CERTIFICATE_PATH"));
        for name in names {
            for plant in planted().into_iter().chain([planted_digits()]) {
                let of_principal = secret("client-secret");
                let mut variables = vec![
                    ("AZURE_TENANT_ID", "contoso.example"),
                    ("AZURE_CLIENT_ID", "72f988bf-86f1-41af-91ab-2d7cd011db47"),
                ];
                // The one proof or the other, and the endpoint says again what it was sent.
                if name != "AZURE_CLIENT_CERTIFICATE_PATH" {
                    variables.push(("AZURE_CLIENT_SECRET", &of_principal));
                }
                variables.retain(|(other, _)| *other != name);
                variables.push((name, &plant.text));
                let fake = FakeSystem::new();
                for _ in 0..8 {
                    let said = serde_json::json!({ "error": "invalid_client", "error_description": plant.text });
                    fake.http.answer(401, said.to_string());
                }
                let http: Arc<dyn Http> = fake.http.clone();
                let told = match try_settings(&variables, &CredentialOptions::default()) {
                    Err(failure) => format!("{failure:?}"),
                    Ok(settings) => {
                        let request = TokenRequest::new(vec!["s/.default".into()], None, None).unwrap();
                        let outcome =
                            Chain::default().get_token(&fake.system(), &*http, &settings, &request, None).await;
                        outcome.err().map(|error| format!("{error}\n{error:?}")).unwrap_or_default()
                    }
                };
                assert!(!plant.is_in(&told), "{} in {name}: {told}", plant.what);
            }
        }
    }
}
