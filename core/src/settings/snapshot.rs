//! The environment as it is handed in.

use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::error::Failure;
use crate::secret::Secret;
use crate::shown::{Form, shown};

/// A snapshot of environment variables.
#[derive(Default)]
pub struct Variables {
    pub(super) values: HashMap<String, String>,
    pub(super) is_windows: bool,
}

impl Variables {
    /// From names and values. On Windows a name is the same in any case, and the snapshot has it as its setter
    /// wrote it.
    pub fn new(values: HashMap<String, String>, is_windows: bool) -> Self {
        Self { values, is_windows }
    }

    /// The value of `name`, without white space and quotation marks around it; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).map(plain).filter(|value| !value.is_empty())
    }

    /// The same as it is written.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.find(name).filter(|value| !value.trim().is_empty())
    }

    /// The same, be it blank.
    pub fn find(&self, name: &str) -> Option<&str> {
        let as_written =
            || self.values.iter().find(|(written, _)| written.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        self.values.get(name).or_else(|| if self.is_windows { as_written() } else { None }).map(String::as_str)
    }

    /// Only those of `names`.
    pub(super) fn of(&self, names: &[&str]) -> Self {
        let found = names.iter().filter_map(|name| Some(((*name).to_owned(), self.find(name)?.to_owned())));
        Self { values: found.collect(), is_windows: self.is_windows }
    }

    /// As a tool that reads the variable by itself finds it, empty or with blanks.
    pub(super) fn exact(&self, name: &str) -> Option<String> {
        self.find(name).map(str::to_owned)
    }

    /// Those whose names begin with one of `prefixes`, each as a tool finds it. On Windows the names are in capitals.
    pub(super) fn beginning_with(&self, prefixes: &[&str]) -> BTreeMap<String, Secret> {
        let name_of = |written: &str| if self.is_windows { written.to_ascii_uppercase() } else { written.to_owned() };
        let named = self.values.iter().map(|(written, value)| (name_of(written), value));
        named
            .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
            .map(|(name, value)| (name, Secret::new(value)))
            .collect()
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// `true` or `1`, as the Azure SDKs read their switches.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| matches!(value.trim().to_ascii_lowercase().as_str(), "true" | "1"))
    }

    pub(super) fn secret(&self, name: &str) -> Option<Secret> {
        self.raw(name).map(of_secret).map(Secret::new)
    }
}

/// `value` without white space around it and without one pair of quotation marks.
pub(super) fn plain(value: &str) -> &str {
    unquoted(value.trim()).unwrap_or_else(|| value.trim())
}

/// `value` without the line breaks around it.
pub(super) fn of_secret(value: &str) -> &str {
    value.trim_matches(['\r', '\n'])
}

/// What stands between quotation marks, if `value` is in a pair of them.
pub(super) fn unquoted(value: &str) -> Option<&str> {
    ['"', '\''].into_iter().find_map(|mark| {
        let inner = value.strip_prefix(mark)?.strip_suffix(mark)?;
        (!inner.contains(mark)).then(|| inner.trim())
    })
}

/// The environment that child processes get.
#[derive(Clone, Default)]
pub struct Inherited(pub(super) Arc<Variables>);

impl Inherited {
    /// Name and value of each variable.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.0.values.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

impl Hash for Inherited {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Whether all of `names` are set: the option `requiredEnvVars`.
///
/// # Errors
/// `Configuration`, naming those that are not.
pub fn check_required(variables: &Variables, names: &[String]) -> Result<(), Failure> {
    let missing: Vec<&str> = names.iter().map(String::as_str).filter(|name| variables.get(name).is_none()).collect();
    let (noun, verb) = match missing.len() {
        0 => return Ok(()),
        1 => ("variable", "is"),
        _ => ("variables", "are"),
    };
    Err(Failure::configuration(format!(
        "Required environment {noun} '{}' for DefaultAzureCredential {verb} not set or empty",
        missing.iter().map(|name| shown(Form::Word, name)).collect::<Vec<_>>().join(", ")
    )))
}
