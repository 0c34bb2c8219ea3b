//! What tools say when they give no token, sorted by what helps.

use super::tool::Tool;
use crate::error::{Code, Failure};
use crate::secret;

/// What Entra ID's refusals of a person's login ask for.
///
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
#[derive(Clone, Copy)]
enum Remedy {
    /// A second factor is missing.
    SecondFactor,
    /// The login is over.
    LogIn,
    /// A policy of the organization stands against it.
    Policy,
    /// The account is not of this tenant.
    OtherAccount,
    /// There is no such tenant.
    OtherTenant,
    /// There is no such resource in this tenant.
    OtherScope,
    /// An administrator has to allow it.
    Administrator,
    /// Entra ID is out of order for the moment.
    Wait,
}

const REMEDIES: [(Remedy, &[&str]); 8] = [
    (Remedy::SecondFactor, &["50072", "50074", "50076", "50078", "50079", "50158"]),
    (
        Remedy::LogIn,
        &[
            "50055", "50089", "50132", "50133", "50173", "70008", "70043", "70044", "700003", "700016", "700027",
            "700081", "700082", "700084", "7000215", "7000222",
        ],
    ),
    (Remedy::Policy, &["53000", "53001", "53002", "53003", "53004", "53009", "53011", "530003", "530031", "530032"]),
    (Remedy::OtherAccount, &["50020", "50034", "50128", "51004", "90072"]),
    (Remedy::OtherTenant, &["90002", "900021", "900023"]),
    (Remedy::OtherScope, &["500011", "650057", "70011"]),
    (Remedy::Administrator, &["50053", "50057", "50105", "65001", "90094"]),
    (Remedy::Wait, &["50196", "90033", "90055"]),
];

impl Remedy {
    fn failure(self, reason: String, log_in: &str) -> Failure {
        let step = match self {
            Self::SecondFactor => {
                format!("run '{log_in}' and complete the multi-factor authentication that the tenant requires")
            }
            Self::LogIn => format!("run '{log_in}' to renew the login"),
            Self::Policy => format!(
                "run '{log_in}' on a device and a network that the conditional access policy allows, or ask the \
                 tenant's administrator"
            ),
            Self::OtherAccount => {
                format!("run '{log_in}' with an account of that tenant, or correct the tenantId option")
            }
            Self::OtherTenant => "correct the tenantId option: no such tenant exists".to_owned(),
            Self::OtherScope => "correct the scope or the cloud: this tenant has no such resource".to_owned(),
            Self::Administrator => "ask the tenant's administrator to allow this account".to_owned(),
            Self::Wait => "wait: the first call after the back-off retries".to_owned(),
        };
        let code = if matches!(self, Self::Wait) { Code::Network } else { Code::Rejected };
        Failure::new(code, reason).with_next_step(step)
    }
}

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

const INTERACTION: [&str; 5] = [
    "multi-factor authentication",
    "InteractionRequired",
    "interaction_required",
    "Interactive authentication is needed",
    "User interaction is required",
];

impl Tool {
    /// What the tool says against it in `words`, where only `log_in`, a whole command, may help.
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
        if let Some(remedy) = remedy(&squeezed) {
            remedy.failure(reason, log_in)
        } else if says_any(&CERTIFICATE) {
            Failure::new(Code::Network, reason).with_next_step(format!(
                "give {} your organization's root certificates (REQUESTS_CA_BUNDLE for az, SSL_CERT_FILE for azd): it \
                 does not trust the certificate that it received, perhaps a proxy's",
                self.name
            ))
        } else if says_any(&NETWORK) {
            Failure::new(Code::Network, reason)
                .with_next_step("check this machine's network and proxy settings, then retry")
        } else if says_any(&INTERACTION) {
            Remedy::SecondFactor.failure(reason, log_in)
        } else {
            Failure::new(Code::Rejected, reason).with_next_step(by_hand())
        }
    }
}

/// By the first code in `squeezed` that is known; one refusal can name several.
fn remedy(squeezed: &str) -> Option<Remedy> {
    squeezed.split("aadsts").skip(1).find_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        REMEDIES.iter().find(|(_, codes)| codes.contains(&&rest[..end])).map(|(remedy, _)| *remedy)
    })
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
        return has_in_order(&line, &[&format!("{program}:"), "not found"]);
    }
    let is_quoted = ['\'', '"'].iter().any(|quote| {
        line.find(&format!("{quote}{program}{quote}")).is_some_and(|at| line[..at].split_whitespace().count() <= 2)
    });
    is_quoted || has_in_order(&line, &[&format!("{program}:"), "not found"])
}

fn has_in_order(line: &str, parts: &[&str]) -> bool {
    let mut rest = line;
    parts.iter().all(|part| {
        let found = rest.find(part);
        rest = found.map_or("", |at| &rest[at + part.len()..]);
        found.is_some()
    })
}

/// The tool's words without colours, for an error. What stands before `ERROR:` are warnings.
pub(in crate::credential) fn quote(words: &str) -> String {
    let words = plain(words);
    secret::quote(words.find("ERROR:").map_or(words.as_str(), |at| &words[at..]), &[])
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
            ("Interactive authentication is needed. Please run: az login --scope x", Rejected, "multi-factor"),
            ("HTTPSConnectionPool: Max retries exceeded with url", Network, "network"),
            ("dial tcp: lookup login.microsoftonline.com: no such host", Network, "network"),
            ("Max retries exceeded: SSLError(CERTIFICATE_VERIFY_FAILED)", Network, "REQUESTS_CA_BUNDLE"),
            ("\u{1b}[31mAADSTS50\n     | 076\u{1b}[0m: broken by a terminal", Rejected, "multi-factor"),
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
