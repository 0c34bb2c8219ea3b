//! The command line, and the variables of the same names.

use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::settings::Variables;
use azure_openai_entra_core::shown::{Form, described, quoted};

/// What a flag's variable begins with: `--max-body` is `AZURE_OPENAI_ENTRA_PROXY_MAX_BODY`.
const PREFIX: &str = "AZURE_OPENAI_ENTRA_PROXY_";

/// A flag.
pub struct Flag {
    /// Without its hyphens.
    pub name: &'static str,
    /// What its value is called in the help; empty for a switch.
    pub value: &'static str,
    /// The help, in lines.
    pub help: &'static [&'static str],
}

/// The flags.
pub const FLAGS: [Flag; 16] = [
    Flag {
        name: "upstream",
        value: "URL",
        help: &["The resource, such as https://my-resource.openai.azure.com. Required."],
    },
    Flag {
        name: "listen",
        value: "ADDRESS",
        help: &[
            "The address for clients: an address and a port, or unix:/path.",
            "Default: 127.0.0.1:8787. With port 0, the proxy takes a free port.",
        ],
    },
    Flag {
        name: "admin",
        value: "ADDRESS",
        help: &["The address of /livez, /readyz and /metrics, or off. Default: 127.0.0.1:8788."],
    },
    Flag {
        name: "key-file",
        value: "PATH",
        help: &[
            "A file with a local key in each line, as key or name=key.",
            "The proxy reads it again when it changes.",
        ],
    },
    Flag {
        name: "allow-remote",
        value: "",
        help: &["Allow --listen and --admin to be addresses that other machines reach."],
    },
    Flag {
        name: "allow-host",
        value: "NAMES",
        help: &[
            "Further names that clients can send as Host, separated by commas,",
            "such as the name of a Kubernetes Service.",
        ],
    },
    Flag {
        name: "allow-path",
        value: "GLOBS",
        help: &[
            "Paths that the proxy passes besides those of inference, separated by commas,",
            "such as '/openai/v1/files*'. * stands for any characters.",
        ],
    },
    Flag {
        name: "scope",
        value: "SCOPE",
        help: &["The scope of the token. Default: the scope of the upstream's cloud."],
    },
    Flag {
        name: "assertion-file",
        value: "PATH",
        help: &[
            "A file with an assertion that the application AZURE_CLIENT_ID trusts.",
            "The proxy reads it for every exchange.",
        ],
    },
    Flag {
        name: "assertion-command",
        value: "JSON",
        help: &[
            "A program that writes one, and its arguments: '[\"/opt/mint\", \"azure\"]'.",
            "The proxy runs it for every exchange, without a shell, and ends it after 30 s.",
        ],
    },
    Flag { name: "max-body", value: "SIZE", help: &["The longest body of a request, such as 512KiB. Default: 32MiB."] },
    Flag { name: "tls-cert", value: "PATH", help: &["Serve clients over TLS, with this certificate chain (PEM)."] },
    Flag {
        name: "tls-key",
        value: "PATH",
        help: &["The private key (PEM) of --tls-cert. The proxy reads both again when they change."],
    },
    Flag { name: "log", value: "FORM", help: &["lines or json. Default: lines."] },
    Flag {
        name: "log-level",
        value: "LEVEL",
        help: &["error, warn, info (a line for each request) or debug. Default: info."],
    },
    Flag { name: "timeout", value: "SECONDS", help: &["With wait: the longest wait. Default: 60."] },
];

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Serve clients.
    Serve,
    /// Wait until a proxy on this machine is ready.
    Wait,
    /// Ask for a token, make one request, and say what that means.
    Check,
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// The values of the flags.
#[derive(Debug, Default)]
pub struct Values(Vec<(&'static str, String)>);

impl Values {
    /// The value of a flag. A flag given twice has the last value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The items of all values of a flag that is a list.
    pub fn list(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let items = values.flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty());
        items.map(str::to_owned).collect()
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// Reads `arguments`, and for each flag that they do not give, its variable.
///
/// # Errors
/// `Configuration`, which names the flag or the variable.
pub fn parse(arguments: &[String], variables: &Variables) -> Result<(Command, Values), Failure> {
    let mut values = Values::default();
    let mut command = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let Some(text) = argument.strip_prefix("--") else {
            let named = match argument.as_str() {
                "wait" => Command::Wait,
                "check" => Command::Check,
                "-h" => Command::Help,
                "-V" => Command::Version,
                other => return Err(unknown("command", other)),
            };
            command = Some(command.unwrap_or(named));
            continue;
        };
        let (name, given) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
        match (name, FLAGS.iter().find(|flag| flag.name == name)) {
            ("help", _) => return Ok((Command::Help, values)),
            ("version", _) => return Ok((Command::Version, values)),
            (_, None) => return Err(unknown("flag", argument)),
            (_, Some(flag)) if flag.value.is_empty() => {
                if given.is_some() {
                    return Err(usage(format!("--{name} takes no value")));
                }
                values.0.push((flag.name, String::new()));
            }
            (_, Some(flag)) => match given.or_else(|| rest.next().cloned()).filter(|value| !value.trim().is_empty()) {
                Some(value) => values.0.push((flag.name, value)),
                None => return Err(usage(format!("--{name} needs a value"))),
            },
        }
    }
    for flag in &FLAGS {
        let variable = variable(flag.name);
        if values.get(flag.name).is_some() {
            continue;
        }
        match variables.get(&variable).map(str::trim) {
            None => {}
            Some(value) if !flag.value.is_empty() => values.0.push((flag.name, value.to_owned())),
            Some("true" | "1") => values.0.push((flag.name, String::new())),
            Some("false" | "0") => {}
            Some(value) => {
                return Err(usage(format!("{variable} is {}, not true or false", described(value))));
            }
        }
    }
    Ok((command.unwrap_or(Command::Serve), values))
}

/// The variable of a flag.
pub fn variable(flag: &str) -> String {
    format!("{PREFIX}{}", flag.to_ascii_uppercase().replace('-', "_"))
}

fn usage(reason: String) -> Failure {
    Failure::configuration(reason).with_next_step("run azure-openai-entra-proxy --help for the usage")
}

fn unknown(what: &str, text: &str) -> Failure {
    let name = text.split('=').next().unwrap_or_default();
    usage(format!("there is no {what} {}", quoted(Form::Words, name)))
}

/// The help.
pub fn help() -> String {
    let mut text = String::from(
        "Azure OpenAI without API keys, for clients that need a key: they send this proxy a local key,\n\
         and the proxy sends their requests to Azure OpenAI with a Microsoft Entra ID token.\n\n\
         Usage:\n  \
         azure-openai-entra-proxy --upstream URL [flags]\n  \
         azure-openai-entra-proxy check --upstream URL   asks for a token, sends one request, explains the answer\n  \
         azure-openai-entra-proxy wait                   waits until the proxy on this machine is ready\n\n\
         Flags:\n",
    );
    for flag in &FLAGS {
        let name = format!("--{} {}", flag.name, flag.value);
        for (at, line) in flag.help.iter().enumerate() {
            let left = if at == 0 { name.as_str() } else { "" };
            text.push_str(&format!("  {left:<24}  {line}\n"));
        }
    }
    text.push_str(
        "  --version                 Print the version.\n\n\
         Each flag is also a variable: --max-body is AZURE_OPENAI_ENTRA_PROXY_MAX_BODY.\n\
         Without --key-file, AZURE_OPENAI_ENTRA_PLACEHOLDER is the local key. Without both, the proxy makes a key.\n\
         The variables of azure-openai-entra set credentials, proxies, CA files and allowed hosts.\n\n\
         Exit code: 0 ended or succeeded; 1 failed; 2 wrong flags or settings.\n\n\
         Example, after az login:\n  \
         azure-openai-entra-proxy --upstream https://my-resource.openai.azure.com\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn read(arguments: &[&str], variables: &[(&str, &str)]) -> Result<(Command, Values), Failure> {
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let variables: HashMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        parse(&arguments, &Variables::new(variables, false))
    }

    #[test]
    fn a_flag_beats_its_variable() {
        let variables = [
            ("AZURE_OPENAI_ENTRA_PROXY_UPSTREAM", "https://v"),
            ("AZURE_OPENAI_ENTRA_PROXY_ALLOW_REMOTE", "true"),
            ("AZURE_OPENAI_ENTRA_PROXY_ALLOW_HOST", " a, b,"),
            ("AZURE_OPENAI_ENTRA_PROXY_LOG", ""),
        ];
        let (command, values) = read(&["--listen", "127.0.0.1:0", "--upstream=https://f"], &variables).unwrap();
        assert_eq!((command, values.get("upstream"), values.get("log")), (Command::Serve, Some("https://f"), None));
        assert!(values.is_on("allow-remote") && !values.is_on("tls-key"));
        assert_eq!(values.list("allow-host"), ["a", "b"]);
        let (_, values) = read(&["--allow-path", "/a,/b", "--allow-path=/c"], &[]).unwrap();
        assert_eq!(values.list("allow-path"), ["/a", "/b", "/c"]);
        assert!(!read(&[], &[("AZURE_OPENAI_ENTRA_PROXY_ALLOW_REMOTE", "false")]).unwrap().1.is_on("allow-remote"));
    }

    #[test]
    fn commands_stand_before_or_after_their_flags() {
        for (arguments, command) in [
            (vec![], Command::Serve),
            (vec!["wait"], Command::Wait),
            (vec!["--admin", "127.0.0.1:1", "wait", "--timeout=5"], Command::Wait),
            (vec!["check", "--upstream", "https://r"], Command::Check),
            (vec!["--help"], Command::Help),
            (vec!["wait", "-h"], Command::Wait),
            (vec!["-h"], Command::Help),
            (vec!["-V"], Command::Version),
            (vec!["--version"], Command::Version),
        ] {
            assert_eq!(read(&arguments, &[]).unwrap().0, command, "{arguments:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_no_value_is_shown() {
        for (arguments, variables, what) in [
            (vec!["serve"], vec![], "there is no command 'serve'"),
            (vec!["--keyfile=sekrit"], vec![], "there is no flag '--keyfile'"),
            (vec!["tiger7horse"], vec![], "there is no command a text of 11 characters"),
            (vec!["--key-file"], vec![], "--key-file needs a value"),
            (vec!["--key-file", " "], vec![], "--key-file needs a value"),
            (vec!["--allow-remote=yes"], vec![], "--allow-remote takes no value"),
            (
                vec![],
                vec![("AZURE_OPENAI_ENTRA_PROXY_ALLOW_REMOTE", "yes")],
                "ALLOW_REMOTE is a text of 3 characters, not true or false",
            ),
        ] {
            let failure = read(&arguments, &variables).unwrap_err();
            assert!(failure.reason.contains(what) && !failure.reason.contains("sekrit"), "{}", failure.reason);
        }
    }

    #[test]
    fn the_help_names_every_flag_in_lines_of_a_terminal() {
        let help = help();
        for flag in &FLAGS {
            assert!(help.contains(&format!("--{}", flag.name)), "{}", flag.name);
        }
        assert!(help.lines().all(|line| line.len() <= 110), "{help}");
    }
}
