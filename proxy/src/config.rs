//! From the values of the flags to what the proxy needs.

use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::settings::AssertionSource;
use azure_openai_entra_core::shown::{described, has_hidden_break, not_a_url, quoted_address};
use tracing::level_filters::LevelFilter;
use url::Url;

use crate::address::Address;
use crate::cli::Values;
use crate::guard::Names;
use crate::log;
use crate::paths::Allowed;

const MAX_BODY: u64 = 32 * 1024 * 1024;

/// What the flags come to.
pub struct Config {
    /// https, without a path.
    pub upstream: Url,
    /// Where clients connect.
    pub listen: Address,
    /// Where probes connect, if anywhere.
    pub admin: Option<Address>,
    /// The file of the local keys.
    pub key_file: Option<String>,
    /// The names that the listener answers to.
    pub names: Names,
    /// The paths that pass besides those of inference.
    pub allowed: Allowed,
    /// For every request.
    pub scope: Option<String>,
    /// The source of the application's assertion, and its flag.
    pub assertion: Option<(AssertionSource, &'static str)>,
    /// In bytes.
    pub max_body: u64,
    /// The files of the certificate chain and the private key.
    pub tls: Option<(String, String)>,
    /// The form of the log.
    pub log: log::Form,
    /// How much is logged.
    pub level: LevelFilter,
}

impl Config {
    /// Reads the values.
    ///
    /// # Errors
    /// `Configuration`, which names the flag.
    pub fn read(values: &Values) -> Result<Self, Failure> {
        let is_remote = values.is_on("allow-remote");
        let names = Names(values.list("allow-host").iter().map(|name| name.to_ascii_lowercase()).collect());
        let listen = listener(values, "listen", "127.0.0.1:8787", is_remote)?;
        let tls = match (values.get("tls-cert"), values.get("tls-key")) {
            (Some(certificate), Some(key)) => Some((certificate.to_owned(), key.to_owned())),
            (None, None) => None,
            _ => return Err(wrong("--tls-cert and --tls-key need each other", "set both, or neither")),
        };
        Ok(Self {
            upstream: upstream(values.get("upstream"))?,
            listen,
            admin: admin(values, is_remote)?,
            key_file: values.get("key-file").map(str::to_owned),
            names,
            allowed: Allowed(values.list("allow-path")),
            scope: values.get("scope").map(str::to_owned),
            assertion: assertion(values)?,
            max_body: values.get("max-body").map_or(Ok(MAX_BODY), size)?,
            tls,
            log: match values.get("log") {
                None | Some("lines") => log::Form::Lines,
                Some("json") => log::Form::Json,
                Some(other) => {
                    return Err(wrong(&format!("--log is {}", described(other)), "set it to lines or json"));
                }
            },
            level: match values.get("log-level") {
                None | Some("info") => LevelFilter::INFO,
                Some("error") => LevelFilter::ERROR,
                Some("warn") => LevelFilter::WARN,
                Some("debug") => LevelFilter::DEBUG,
                Some(other) => {
                    let step = "set it to error, warn, info or debug";
                    return Err(wrong(&format!("--log-level is {}", described(other)), step));
                }
            },
        })
    }
}

fn assertion(values: &Values) -> Result<Option<(AssertionSource, &'static str)>, Failure> {
    const COMMAND: &str = "--assertion-command";
    let command = match (values.get("assertion-file"), values.get("assertion-command")) {
        (None, None) => return Ok(None),
        (Some(path), None) => return Ok(Some((AssertionSource::File(path.to_owned()), "--assertion-file"))),
        (Some(_), Some(_)) => {
            return Err(wrong(&format!("--assertion-file and {COMMAND} are both set"), "set one of them"));
        }
        (None, Some(command)) => command,
    };
    // The value is left out: it can hold a secret.
    let vector: Vec<String> = serde_json::from_str(command).unwrap_or_default();
    if vector.first().is_none_or(|program| program.trim().is_empty()) {
        return Err(wrong(
            &format!("{COMMAND} is not a JSON array of a program and its arguments"),
            r#"set it to an array such as ["/opt/mint", "azure"]"#,
        ));
    }
    Ok(Some((AssertionSource::Command(vector), COMMAND)))
}

/// The address of the listener for probes; none if it is off.
///
/// # Errors
/// `Configuration`, which names the flag.
pub fn admin(values: &Values, is_remote: bool) -> Result<Option<Address>, Failure> {
    match values.get("admin") {
        Some("off") => Ok(None),
        _ => listener(values, "admin", "127.0.0.1:8788", is_remote).map(Some),
    }
}

fn listener(values: &Values, flag: &str, default: &str, is_remote: bool) -> Result<Address, Failure> {
    let address = Address::parse(&format!("--{flag}"), values.get(flag).unwrap_or(default))?;
    if address.is_local() || is_remote {
        return Ok(address);
    }
    Err(wrong(
        &format!("--{flag} is {address}, which other machines reach"),
        "listen on 127.0.0.1, or add --allow-remote to let them in",
    ))
}

fn upstream(value: Option<&str>) -> Result<Url, Failure> {
    const EXAMPLE: &str = "set it to the endpoint of your resource, such as https://my-resource.openai.azure.com";
    let value = value.ok_or_else(|| wrong("--upstream is missing", EXAMPLE))?;
    let shown = || quoted_address(value);
    if has_hidden_break(value) {
        return Err(wrong(&format!("--upstream is {}, which has a line break or a tab", shown()), EXAMPLE));
    }
    let url = azure_openai_entra_core::address::parse(value.trim())
        .map_err(|error| wrong(&format!("--upstream is {}, which {}", shown(), not_a_url(value, error)), EXAMPLE))?;
    if url.scheme() != "https" {
        return Err(wrong(&format!("--upstream is {}, which does not begin with https://", shown()), EXAMPLE));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("--upstream holds a user name or password", EXAMPLE));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        let step = "remove it, because clients send the path";
        return Err(wrong("--upstream has a path, a query or a fragment", step));
    }
    Ok(url)
}

/// `1048576`, `512KiB`, `32MiB`.
fn size(text: &str) -> Result<u64, Failure> {
    let (digits, unit) =
        text.trim().split_at(text.trim().find(|c: char| !c.is_ascii_digit()).unwrap_or(text.trim().len()));
    let unit = match unit.trim() {
        "" => Some(1),
        "KiB" => Some(1024),
        "MiB" => Some(1024 * 1024),
        "GiB" => Some(1024 * 1024 * 1024),
        _ => None,
    };
    let size = digits.parse::<u64>().ok().zip(unit).and_then(|(count, unit)| count.checked_mul(unit));
    size.filter(|size| *size > 0).ok_or_else(|| {
        wrong("--max-body is not a size", "set it to a number of bytes, or to a size such as 512KiB or 32MiB")
    })
}

fn wrong(reason: &str, step: &str) -> Failure {
    Failure::configuration(reason).with_next_step(step)
}

#[cfg(test)]
mod tests {
    use azure_openai_entra_core::settings::Variables;

    use super::*;
    use crate::cli;

    fn read(arguments: &str) -> Result<Config, Failure> {
        let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        Config::read(&cli::parse(&arguments, &Variables::default()).unwrap().1)
    }

    #[test]
    fn what_is_not_given_has_a_safe_default() {
        let config = read("--upstream https://r.openai.azure.com/").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8787");
        assert_eq!(config.admin.unwrap().to_string(), "127.0.0.1:8788");
        assert_eq!((config.max_body, config.level), (33_554_432, LevelFilter::INFO));
        assert!(config.tls.is_none() && config.key_file.is_none() && config.allowed.0.is_empty());
        assert!(read("--upstream https://r.openai.azure.com --admin off").unwrap().admin.is_none());
        for (size, bytes) in [("1", 1), ("2KiB", 2048), ("3MiB", 3_145_728), ("1GiB", 1_073_741_824)] {
            assert_eq!(read(&format!("--upstream https://r --max-body {size}")).unwrap().max_body, bytes);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (arguments, what) in [
            ("", "--upstream is missing"),
            (
                "--upstream my-resource",
                "--upstream is a text of 11 characters, which is not a URL (relative URL without a base)",
            ),
            ("--upstream https://BÜCHER.example", "beyond ASCII in its host as Punycode (xn--)"),
            ("--upstream http://r.openai.azure.com", "does not begin with https://"),
            ("--upstream https://u:p@r.openai.azure.com", "--upstream holds a user name or password"),
            ("--upstream https://r.openai.azure.com/openai/v1", "--upstream has a path"),
            ("--upstream https://r.openai.azure.com?x", "--upstream has a path, a query"),
            ("--upstream https://r --listen 0.0.0.0:8787", "--listen is 0.0.0.0:8787, which other machines reach"),
            ("--upstream https://r --admin [::]:1", "--admin is [::]:1, which other machines reach"),
            ("--upstream https://r --tls-cert /c.pem", "--tls-cert and --tls-key need each other"),
            ("--upstream https://r --max-body 0", "--max-body is not a size"),
            ("--upstream https://r --max-body 5MB", "--max-body is not a size"),
            ("--upstream https://r --max-body 99999999999GiB", "--max-body is not a size"),
            ("--upstream https://r --assertion-file /a --assertion-command [\"/b\"]", "are both set"),
            ("--upstream https://r --assertion-command /b", "--assertion-command is not a JSON array"),
            ("--upstream https://r --assertion-command []", "--assertion-command is not a JSON array"),
            ("--upstream https://r --assertion-command [\"\"]", "--assertion-command is not a JSON array"),
            ("--upstream https://r --assertion-command [\"/b\",1]", "--assertion-command is not a JSON array"),
            ("--upstream https://r --log xml", "--log is a text of 3 characters"),
            ("--upstream https://r --log-level tiger7", "--log-level is a text of 6 characters"),
        ] {
            let failure = read(arguments).err().unwrap();
            assert!(failure.reason.contains(what) && failure.next_step.is_some(), "{arguments}: {}", failure.reason);
        }
        for (flag, value) in [
            ("upstream", "Sommer2024"),
            ("upstream", "swordfish1:8787"),
            ("upstream", "swordfish.horse"),
            ("upstream", "tiger7horse://swordfish"),
            ("upstream", "https://sword\tfish"),
            ("listen", "Sommer2024"),
            ("listen", "swordfish1:8787"),
            ("admin", "tiger7horse"),
            ("admin", "9swordfish"),
            ("listen", "unix:swordfish/ "),
        ] {
            let rest =
                if flag == "upstream" { [].as_slice() } else { &["--upstream".to_owned(), "https://r".to_owned()] };
            let arguments = [&[format!("--{flag}"), value.to_owned()], rest].concat();
            let failure = Config::read(&cli::parse(&arguments, &Variables::default()).unwrap().1).err().unwrap();
            let is_told = ["ommer", "sword", "tiger"].iter().any(|part| failure.reason.contains(part));
            assert!(!is_told && failure.reason.contains(flag), "{flag} {value:?}: {}", failure.reason);
        }
        let broken = ["--upstream".to_owned(), "https://three\nhorses.example".to_owned()];
        let failure = Config::read(&cli::parse(&broken, &Variables::default()).unwrap().1).err().unwrap();
        assert_eq!(failure.reason, "--upstream is a text of 28 characters, which has a line break or a tab");
        assert!(read("--upstream https://r --listen 0.0.0.0:8787 --admin 0.0.0.0:8788 --allow-remote").is_ok());
    }
}
