//! What to do about a refusal of Entra ID, by its AADSTS code. Errors, the doctor and docs/aadsts.md share one table.

mod table;

pub use table::{FEDERATION, Flow};
use table::{Row, TABLE, TRANSIENT};

/// What to do about one refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// The next step, with Microsoft's page about it.
    pub step: String,
    /// Whether the same request may succeed later.
    pub is_transient: bool,
}

/// What to do about the first of `codes` that is known. `login` is the login of a developer tool, a whole command.
pub fn advise(codes: impl IntoIterator<Item = u32>, flow: Flow, login: &str) -> Option<Advice> {
    codes.into_iter().find_map(|code| {
        let row = TABLE.iter().find(|row| row.code == code)?;
        let step = row.step(flow)?;
        // Only a developer tool has a login to run again.
        if login.is_empty() && step.contains("{login}") {
            return None;
        }
        let step = format!("{} ({})", step.replace("{login}", login), row.page());
        Some(Advice { step, is_transient: TRANSIENT.contains(&code) })
    })
}

/// The address of Microsoft's page about `code`.
pub fn page(code: u32) -> String {
    format!("https://login.microsoftonline.com/error?code={code}")
}

/// The codes that `words` name, in their order.
pub fn codes(words: &str) -> impl Iterator<Item = u32> {
    const MARK: &str = "AADSTS";
    words.match_indices(['A', 'a']).filter_map(|(at, _)| {
        let rest = words.get(at..at + MARK.len())?.eq_ignore_ascii_case(MARK).then(|| &words[at + MARK.len()..])?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    })
}

/// Whether `words` name one of `known`.
pub fn names(words: &str, known: &[u32]) -> bool {
    codes(words).any(|code| known.contains(&code))
}

impl Row {
    fn step(&self, flow: Flow) -> Option<&'static str> {
        let of = |wanted| self.steps.iter().find(|(flow, _)| *flow == wanted).map(|(_, step)| *step);
        of(flow).or_else(|| of(Flow::Any))
    }

    fn page(&self) -> String {
        self.page.map_or_else(|| page(self.code), str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_once_in_order_and_has_a_cause_and_steps_that_begin_with_a_verb() {
        assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
        for row in TABLE {
            assert!(row.cause.starts_with(char::is_uppercase) && !row.cause.ends_with('.'), "{}", row.code);
            assert!(!row.steps.is_empty(), "{}", row.code);
            for (_, step) in row.steps {
                assert!(step.starts_with(char::is_lowercase) && !step.ends_with('.'), "{}: {step}", row.code);
            }
        }
        assert!(TRANSIENT.iter().all(|code| TABLE.iter().any(|row| row.code == *code)));
    }

    #[test]
    fn the_first_known_code_decides() {
        let step = |words, flow, login| advise(codes(words), flow, login).map(|advice| advice.step);
        for (words, flow, login, expected) in [
            ("AADSTS1: x. AADSTS90002: y", Flow::App, "", Some("set AZURE_TENANT_ID to the Directory")),
            ("AADSTS90002: y", Flow::Developer, "az login", Some("correct the tenantId option")),
            ("aadsts50076", Flow::Developer, "az login --scope x", Some("run 'az login --scope x' and complete")),
            ("AADSTS50076", Flow::App, "", None),
            ("AADSTS1", Flow::App, "", None),
            ("AADSTS", Flow::App, "", None),
            ("é AADSTS99999999999999", Flow::App, "", None),
        ] {
            let found = step(words, flow, login);
            assert_eq!(found.is_some(), expected.is_some(), "{words}");
            assert!(found.unwrap_or_default().starts_with(expected.unwrap_or_default()), "{words}");
        }
    }

    #[test]
    fn a_step_ends_with_the_page_of_the_code_or_a_better_one() {
        let step = |code| advise([code], Flow::App, "").unwrap().step;
        assert!(step(7_000_215).ends_with(" (https://login.microsoftonline.com/error?code=7000215)"));
        assert!(
            step(700_213).ends_with(
                " (https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations)"
            )
        );
    }

    /// Its rows as docs/aadsts.md has them; the padding of its columns is prettier's.
    fn page_of_the_table() -> String {
        let mut page = String::from(
            "# Refusals of Entra ID, by code\n\n<!-- Written from core/src/aadsts/table.rs: UPDATE_DOCS=1 cargo test -p azure-openai-entra-core the_page -->\n\n\
             Find the `AADSTS` number of the message. Each row has the cause first, then the next step by how the token is asked \
             for: as an app with a secret or a certificate, by federation, or by a developer tool (`az`, `azd`, PowerShell). The \
             number links to Microsoft's page.\n\n| code | cause | next step |\n| --- | --- | --- |\n",
        );
        for row in TABLE {
            let steps: Vec<_> = row
                .steps
                .iter()
                .map(|(flow, step)| {
                    let name = match flow {
                        Flow::Any => "",
                        Flow::App => "app: ",
                        Flow::Federated => "federation: ",
                        Flow::Developer => "developer tool: ",
                    };
                    format!("{name}{}", step.replace("{login}", "az login").replace('<', "\\<"))
                })
                .collect();
            page += &format!("| [AADSTS{}]({}) | {} | {} |\n", row.code, row.page(), row.cause, steps.join("; "));
        }
        page
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads and writes the page of the repository")]
    fn the_page_has_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/aadsts.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, page_of_the_table()).unwrap();
        }
        let rows = |page: &str| -> Vec<Vec<String>> {
            let rows = page.lines().filter(|line| line.starts_with("| ["));
            rows.map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
        };
        let written = std::fs::read_to_string(path).unwrap();
        assert_eq!(rows(&written), rows(&page_of_the_table()), "run it with UPDATE_DOCS=1, then prettier");
    }
}
