//! What tools say when they give no token, sorted by what helps.

use super::tool::Tool;
use crate::aadsts::{self, Advice, Flow};
use crate::error::{Code, Failure};
use crate::said;
use crate::secret;

/// What the tools (Python, Go and .NET) write if the network is the cause.
const NETWORK: [&str; 22] = [
    "Max retries exceeded",
    "NewConnectionError",
    "ConnectionError",
    "ConnectTimeout",
    "ReadTimeout",
    "Read timed out",
    "Connection aborted",
    "Connection refused",
    "Connection reset",
    "Connection timed out",
    "Name or service not known",
    "Temporary failure in name resolution",
    "getaddrinfo",
    "Network is unreachable",
    "No route to host",
    "no such host",
    "No such host is known",
    "i/o timeout",
    "TLS handshake timeout",
    "context deadline exceeded",
    "The remote name could not be resolved",
    "Unable to connect to the remote server",
];

const CERTIFICATE: [&str; 5] = [
    "CERTIFICATE_VERIFY_FAILED",
    "SSLError",
    "certificate signed by unknown authority",
    "failed to verify certificate",
    "The SSL connection could not be established",
];

/// What MSAL says if only a login with its user helps. az puts "Interactive authentication is needed" behind every error,
/// so that sentence says nothing.
const INTERACTION: [&str; 3] = ["InteractionRequired", "interaction_required", "User interaction is required"];

/// What Python says of a folder that a tool cannot use.
const FOLDER: [&str; 5] =
    ["PermissionError", "FileNotFoundError", "NotADirectoryError", "Read-only file system", "No space left on device"];

impl Tool {
    /// The failure of a request that the tool refused with `words`; `log_in` is the whole command that renews the login.
    pub(in crate::credential) fn refused(&self, words: &str, code: Option<i32>, log_in: &str) -> Failure {
        let by_hand = || format!("run '{}' to see why", self.by_hand);
        let quoted = quote(words);
        if quoted.is_empty() {
            let how = code.map_or_else(|| "by a signal".to_owned(), |code| format!("with exit code {code}"));
            return Failure::unavailable(format!("{} ended {how} without output", self.name)).with_next_step(by_hand());
        }
        // Once, because a tool can write a lot, and this is the thread of all fetches.
        let squeezed = squeeze(words);
        let says_any = |phrases: &[&str]| phrases.iter().any(|phrase| squeezed.contains(&squeeze(phrase)));
        let reason = format!("{} gave no token: {quoted}", self.name);
        let (code, step) = if let Some(Advice { step, is_transient }) =
            aadsts::advise(aadsts::codes(&squeezed), Flow::Developer, log_in)
        {
            (if is_transient { Code::Network } else { Code::Rejected }, step)
        } else if says_any(&CERTIFICATE) {
            let step = format!(
                "give {} your organization's root certificates (REQUESTS_CA_BUNDLE for az, SSL_CERT_FILE for azd): it \
                 does not trust the certificate that it received, perhaps a proxy's",
                self.name
            );
            (Code::Network, step)
        } else if says_any(&NETWORK) {
            (Code::Network, "check this machine's network and proxy settings, then retry".to_owned())
        } else if says_any(&["is not a supported MSI token audience"]) {
            let step = format!(
                "run '{log_in}' with an account of your own: the identity of Cloud Shell gets no tokens for this resource"
            );
            (Code::Rejected, step)
        } else if says_any(&INTERACTION) {
            let step =
                format!("run '{log_in}' and complete what the tenant asks for, such as multi-factor authentication");
            (Code::Rejected, step)
        } else if let Some(crash) = crash_in(words) {
            let step = if FOLDER.iter().any(|name| crash.contains(name)) {
                "give this user write access to that folder, or set AZURE_CONFIG_DIR to a folder that it can write to"
            } else {
                "move the folder of az's settings away (AZURE_CONFIG_DIR, or .azure in the user's home) and run 'az \
                 login', or install az again"
            };
            (Code::Rejected, step.to_owned())
        } else if let Some(code) = aadsts::codes(&squeezed).next() {
            (Code::Rejected, format!("{} (AADSTS{code}: {})", by_hand(), aadsts::page(code)))
        } else {
            (Code::Rejected, by_hand())
        };
        Failure::new(code, reason).with_next_step(step)
    }
}

/// Whether `phrase` stands in `words`, in any case. PowerShell breaks its messages at the width of a terminal that
/// is not there, in mid-word and with a bar before each line.
pub(in crate::credential) fn says(words: &str, phrase: &str) -> bool {
    squeeze(words).contains(&squeeze(phrase))
}

fn squeeze(words: &str) -> String {
    plain(words).chars().filter(|c| !c.is_whitespace() && *c != '|').collect::<String>().to_lowercase()
}

/// Whether the system's shell says in `stderr` that there is no `program`, in whatever language: it quotes the name,
/// at the beginning or, in German and Polish, after a word or two.
pub(in crate::credential) fn names_missing_command(stderr: &str, program: &str) -> bool {
    let line = stderr.trim_start().lines().next().unwrap_or_default().to_ascii_lowercase();
    if line.starts_with(program) || line.starts_with("error") || line.starts_with("warning") {
        return is_not_found(&line, program);
    }
    let is_quoted = ['\'', '"'].iter().any(|quote| {
        line.find(&format!("{quote}{program}{quote}")).is_some_and(|at| line[..at].split_whitespace().count() <= 2)
    });
    is_quoted || is_not_found(&line, program)
}

/// `az: not found`, `az: command not found`; not what `az` itself does not find.
fn is_not_found(line: &str, program: &str) -> bool {
    let rest = line.split_once(&format!("{program}:")).map_or("", |(_, rest)| rest.trim_start());
    rest.starts_with("not found") || rest.starts_with("command not found")
}

/// The tool's words without colours, for an error. What stands before `ERROR:` are warnings.
pub(in crate::credential) fn quote(words: &str) -> String {
    let words = plain(words);
    let error = || words.find("ERROR:").map(|at| &words[at..]);
    secret::quote(&said::words(crash_in(&words).or_else(error).unwrap_or(&words)), &[])
}

/// What a program in Python ended with: the exception, which stands behind the lines of its traceback.
fn crash_in(words: &str) -> Option<&str> {
    let begin = words.rfind("Traceback (most recent call last)")?;
    let lines = words[begin..].split_inclusive('\n');
    let trace = lines.enumerate().take_while(|(nth, line)| *nth == 0 || line.starts_with(' '));
    let length: usize = trace.map(|(_, line)| line.len()).sum();
    // az puts an address for reports behind it.
    let exception = words[begin + length..].split("To check existing issues").next()?;
    Some(exception).filter(|exception| !exception.trim().is_empty())
}

/// `words` without the codes that colour a terminal, and other characters that no log should have.
fn plain(words: &str) -> String {
    let mut clean = String::with_capacity(words.len());
    let mut letters = words.chars();
    while let Some(letter) = letters.next() {
        match letter {
            // ECMA-48: ESC [ parameters, and a final byte.
            '\u{1b}' => {
                if letters.next() == Some('[') {
                    letters.find(|c| ('\u{40}'..='\u{7e}').contains(c));
                }
            }
            '\n' | '\r' | '\t' => clean.push(letter),
            _ if letter.is_control() => {}
            _ => clean.push(letter),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Credential;

    const TOOL: Tool = Tool { credential: Credential::AzureCli, name: "az", by_hand: "az account get-access-token" };

    #[test]
    fn what_is_said_and_what_helps() {
        use Code::{Network, Rejected, Unavailable};
        for (words, code, step) in [
            (
                "ERROR: AADSTS50076: Due to a configuration change",
                Rejected,
                "run 'az login' and complete the multi-factor",
            ),
            ("ERROR: AADSTS50079: the user must enroll", Rejected, "multi-factor authentication"),
            ("AADSTS70043: The refresh token has expired", Rejected, "run 'az login' to renew the login"),
            ("AADSTS700082: The refresh token has expired", Rejected, "to renew the login"),
            ("AADSTS7000222: The provided client secret keys are expired", Rejected, "to renew the login"),
            ("AADSTS53003: Access has been blocked", Rejected, "the conditional access policy allows"),
            ("AADSTS530003: Your device is required to be managed", Rejected, "a device and a network"),
            ("AADSTS50020: User account does not exist in tenant", Rejected, "with an account of that tenant"),
            ("AADSTS90002: Tenant 'x' not found", Rejected, "correct the tenantId option"),
            ("AADSTS500011: The resource principal named x", Rejected, "correct the scope"),
            ("AADSTS65001: The user has not consented", Rejected, "ask the tenant's administrator"),
            ("AADSTS90033: A transient error has occurred", Network, "wait"),
            // The first that is known decides.
            ("AADSTS1: unknown. AADSTS50076: MFA", Rejected, "multi-factor"),
            ("AADSTS1: unknown.", Rejected, "run 'az account get-access-token' to see why"),
            ("aadsts500761: another code", Rejected, "run 'az account get-access-token' to see why"),
            ("Interactive authentication is needed. Please run: az login --scope x", Rejected, "to see why"),
            (
                "Audience x is not a supported MSI token audience. Interactive authentication is needed",
                Rejected,
                "with an account of your own",
            ),
            ("AADSTS65002: Consent between. Interactive authentication is needed", Rejected, "correct the scope"),
            ("AADSTS9002313: Invalid request. Interactive authentication is needed", Rejected, "correct the scope"),
            ("AADSTS700024: Client assertion is not within its valid time range", Rejected, "federated login again"),
            ("(pii). Status: InteractionRequired", Rejected, "run 'az login'"),
            ("HTTPSConnectionPool: Max retries exceeded with url", Network, "network"),
            ("dial tcp: lookup login.microsoftonline.com: no such host", Network, "network"),
            ("Max retries exceeded: SSLError(CERTIFICATE_VERIFY_FAILED)", Network, "REQUESTS_CA_BUNDLE"),
            ("\u{1b}[31mAADSTS50\n     | 076\u{1b}[0m: broken by a terminal", Rejected, "multi-factor"),
            (
                "Traceback (most recent call last):\n  File \"a.py\", line 1\nPermissionError: [Errno 13]: '/.azure'",
                Rejected,
                "set AZURE_CONFIG_DIR to a folder that it can write to",
            ),
            ("Traceback (most recent call last):\n  File \"a.py\"\nValueError: x", Rejected, "settings away"),
            ("anything", Rejected, "run 'az account get-access-token' to see why"),
            ("", Unavailable, "run 'az account get-access-token' to see why"),
            (" \u{1b}[0m\n", Unavailable, "run 'az account get-access-token' to see why"),
        ] {
            let failure = TOOL.refused(words, Some(1), "az login");
            assert_eq!(failure.code, code, "{words}");
            let next_step = failure.next_step.unwrap();
            assert!(next_step.contains(step), "{words}: {next_step}");
        }
        assert!(TOOL.refused("", None, "").reason.ends_with("ended by a signal without output"));
    }

    #[test]
    fn how_a_tool_is_quoted() {
        let long = "é".repeat(1000);
        for (words, quoted) in [
            ("WARNING: old\n\u{1b}[31mERROR: two\r\n  lines\u{1b}[0m\u{7}", "ERROR: two lines".to_owned()),
            (
                "ERROR: Here is the traceback:\nTraceback (most recent call last):\r\n  File \"a\", line 1, in b\r\n    c\r\n    \
                 ^\r\nKeyError: 'd'\n\nDuring handling of it:\n\nTraceback (most recent call last):\n  File \"e\"\n\
                 configparser.Error: no section\nline: 1\nTo check existing issues, please visit: x",
                "configparser.Error: no section line: 1".to_owned(),
            ),
            ("Traceback (most recent call last):\n  File", "Traceback (most recent call last): File".to_owned()),
            ("Traceback (most recent call last):\n", "Traceback (most recent call last):".to_owned()),
            ("leaked eyJhbGciOi.e30.c2ln here", "leaked [redacted] here".to_owned()),
            (&long, format!("{}…", "é".repeat(secret::QUOTE_LIMIT))),
            ("\u{1b}", String::new()),
            ("\u{1b}[", String::new()),
        ] {
            assert_eq!(quote(words), quoted);
        }
    }

    #[test]
    fn a_missing_command_in_many_languages() {
        for (stderr, is_missing) in [
            ("'az' is not recognized as an internal or external command,\r\noperable program or batch file.", true),
            ("'az' n'est pas reconnu en tant que commande interne", true),
            ("Der Befehl \"az\" ist entweder falsch geschrieben oder", true),
            ("\"az\" non \u{fffd} riconosciuto come comando interno o esterno", true),
            ("Nazwa 'az' nie jest rozpoznawana jako polecenie", true),
            ("\n'az' 不是内部或外部命令", true),
            ("/bin/sh: 1: az: not found", true),
            ("bash: az: command not found", true),
            ("az:not found", true),
            ("/usr/bin/az: 2: exec: /opt/az/bin/python3: not found", false),
            ("ERROR: 'az' is misspelled or not recognized by the system.", false),
            ("az: 'foo' is not in the 'az' command group", false),
            ("WARNING: a newer 'az' is there", false),
            ("The module of the 'az' command was not found", false),
            ("ERROR: Subscription 'x' not found.", false),
            ("", false),
        ] {
            assert_eq!(names_missing_command(stderr, "az"), is_missing, "{stderr}");
        }
    }
}
