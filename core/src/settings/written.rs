//! How values are written: with a line break behind, in quotation marks, or as a reference that was not resolved.
//!
//! Files of Kubernetes and Key Vault end in a line break, Docker's env files keep quotation marks, and App Service leaves a
//! reference that it cannot resolve in place of the value.

use super::snapshot::{Variables, of_secret, plain, unquoted};
use crate::error::Failure;

/// The settings that people write and that have no white space and no quotation marks in them.
const PLAIN: [&str; 9] = [
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_OPENAI_ENTRA_SCOPE",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
];

/// The secrets among them: only a line break is known not to be a part of one.
const SECRETS: [&str; 2] = ["AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD"];

/// Something about how a value is written that is worth a warning. The value itself is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Oddity {
    /// The variable.
    pub variable: &'static str,
    /// What is odd, and what becomes of it.
    pub what: &'static str,
}

/// What is odd about the values of `variables`.
pub(super) fn oddities(variables: &Variables) -> Vec<Oddity> {
    let odd = |&variable, is_secret| {
        let value = variables.raw(variable)?;
        Some(Oddity { variable, what: oddity(value, is_secret)? })
    };
    let plain = PLAIN.iter().filter_map(|name| odd(name, false));
    plain.chain(SECRETS.iter().filter_map(|name| odd(name, true))).collect()
}

fn oddity(value: &str, is_secret: bool) -> Option<&'static str> {
    let meant = if is_secret { of_secret(value) } else { value };
    if unquoted(meant.trim()).is_some() {
        Some(if is_secret {
            "is in quotation marks, which are sent as a part of it"
        } else {
            "is in quotation marks, which are ignored"
        })
    } else if meant != meant.trim() {
        Some(if is_secret {
            "has white space around it, which is sent as a part of it"
        } else {
            "has white space around it, which is ignored"
        })
    } else if meant != value {
        Some("has a line break around it, which is ignored")
    } else {
        None
    }
}

/// A value that stands for another one, which was not put in its place.
struct Reference {
    begins: &'static str,
    ends: &'static str,
    what: &'static str,
    step: &'static str,
}

const REFERENCES: [Reference; 8] = [
    Reference {
        begins: "@Microsoft.KeyVault(",
        ends: "",
        what: "an unresolved Key Vault reference",
        step: "grant the app's identity the role \"Key Vault Secrets User\" on the vault and correct the reference: its \
               status is in the portal, under Environment variables",
    },
    Reference {
        begins: "@Microsoft.AppConfiguration(",
        ends: "",
        what: "an unresolved App Configuration reference",
        step: "grant the app's identity the role \"App Configuration Data Reader\" on the store and correct the reference: \
               its status is in the portal, under Environment variables",
    },
    placeholder("${", "}"),
    placeholder("$(", ")"),
    placeholder("{{", "}}"),
    placeholder("<", ">"),
    placeholder("%", "%"),
    Reference {
        begins: "{",
        ends: "}",
        what: "a value in braces",
        step: "remove the braces, or replace what is in them by the value",
    },
];

const fn placeholder(begins: &'static str, ends: &'static str) -> Reference {
    let (what, step) = ("a placeholder that was not replaced", "replace the placeholder by the value");
    Reference { begins, ends, what, step }
}

/// Whether the `value` of the setting `name` is one, and no reference that was not resolved. Sources check the values that they
/// use: what another value beats may hold anything.
///
/// # Errors
/// `Configuration`, naming the setting.
pub(crate) fn check_resolved(name: &str, value: &str) -> Result<(), Failure> {
    let value = plain(value);
    if !SECRETS.contains(&name) && value.contains(" #") {
        return Err(Failure::configuration(format!("{name} has a comment behind its value"))
            .with_next_step("remove the comment: docker's --env-file and systemd take the whole line for the value"));
    }
    let is = |it: &&Reference| value.len() > 2 && value.starts_with(it.begins) && value.ends_with(it.ends);
    REFERENCES.iter().find(is).map_or(Ok(()), |Reference { what, step, .. }| {
        Err(Failure::configuration(format!("{name} holds {what}")).with_next_step(*step))
    })
}

/// What to do about a path that only a shell would find.
pub(crate) fn step_for_shell_path(path: &str) -> Option<&'static str> {
    let is_of_shell = path.starts_with('~') || path.contains('$') || path.split('%').count() > 2;
    is_of_shell.then_some("write the path in full: only a shell replaces ~ and variables")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{AssertionSource, CredentialOptions};
    use crate::test_support::{settings, try_settings};

    #[test]
    fn what_is_around_a_plain_value_is_ignored() {
        for value in ["v", "v\n", "v\r\n", " v ", "\"v\"", "'v'", "'v'\n", "\" v\"", "\n\t'v\n'"] {
            for name in PLAIN.into_iter().filter(|name| !OF_ALL_SOURCES.contains(name)) {
                let settings = settings(&[(name, value)]);
                let (principal, pod) = (&settings.principal, &settings.workload_identity);
                let files = &settings.network.transport.root_files;
                let read = [&principal.tenant_id, &principal.client_id, &principal.certificate_path];
                let token_file = match &pod.assertion {
                    Some(AssertionSource::File(path)) => Some(path),
                    _ => None,
                };
                let read =
                    read.into_iter().flatten().chain(token_file).chain(files.iter().map(|(_, path)| path)).next();
                assert_eq!(read.map(String::as_str), Some("v"), "{name}={value:?}");
                assert_eq!(settings.oddities.len(), usize::from(value != "v"), "{name}={value:?}");
            }
        }
    }

    #[test]
    fn only_line_breaks_around_a_secret_are_ignored() {
        for (value, meant, what) in [
            ("s", "s", None),
            ("s\n", "s", Some("line break around it, which is ignored")),
            ("s\r\n", "s", Some("line break around it, which is ignored")),
            (" s", " s", Some("white space around it, which is sent")),
            ("\"s\"", "\"s\"", Some("quotation marks, which are sent")),
            ("'s'\n", "'s'", Some("quotation marks, which are sent")),
            ("s\"s", "s\"s", None),
        ] {
            for name in SECRETS {
                let settings = settings(&[(name, value)]);
                let principal = &settings.principal;
                let read = principal.client_secret.as_ref().or(principal.certificate_password.as_ref());
                assert_eq!(read.map(crate::secret::Secret::expose), Some(meant), "{value:?}");
                let odd = settings.oddities.first().copied();
                assert_eq!(odd.map(|odd| odd.variable), what.map(|_| name));
                assert!(odd.is_none_or(|odd| odd.what.contains(what.unwrap())), "{odd:?}");
            }
        }
    }

    /// The settings that every source goes by.
    const OF_ALL_SOURCES: [&str; 3] = ["AZURE_AUTHORITY_HOST", "AZURE_TOKEN_CREDENTIALS", "AZURE_OPENAI_ENTRA_SCOPE"];

    #[test]
    fn a_reference_is_no_value() {
        for (value, what) in [
            ("@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s)", Some("Key Vault reference")),
            ("@Microsoft.AppConfiguration(Endpoint=x)", Some("App Configuration reference")),
            ("${AZURE_TENANT_ID}", Some("a placeholder")),
            ("$(TENANT)", Some("a placeholder")),
            ("{{ .Values.tenant }}", Some("a placeholder")),
            ("<your tenant>", Some("a placeholder")),
            ("\"<your tenant>\"\n", Some("a placeholder")),
            ("%TENANT%", Some("a placeholder")),
            ("a<b>", None),
            ("%", None),
        ] {
            for name in PLAIN.iter().chain(&SECRETS) {
                let failure = check_resolved(name, value).err();
                assert_eq!(failure.is_some(), what.is_some(), "{name}={value}");
                assert!(failure.is_none_or(|it| it.reason.contains(what.unwrap()) && !it.reason.contains(value)));
            }
            for name in OF_ALL_SOURCES {
                let failure = try_settings(&[(name, value)], &CredentialOptions::default()).err();
                assert!(what.is_none() || failure.unwrap().reason.contains(what.unwrap()), "{name}={value}");
            }
        }
    }
}
