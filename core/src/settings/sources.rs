//! Which credentials are asked.

use super::app_object::AppCredential;
use super::kind::{CHAIN, Credential};
use super::options::CredentialOptions;
use super::snapshot::Variables;
use super::written::check_resolved;
use crate::error::Failure;
use crate::shown::{Form, quoted};

/// The credentials that are asked.
#[derive(Clone, Hash)]
pub struct Sources {
    /// Which credentials are asked, in order.
    pub selection: Vec<Credential>,
    /// The only one of them that is asked, for diagnosis.
    pub only: Option<Credential>,
    /// Whether the options name the one that is asked.
    pub is_named: bool,
    /// A credential of the app, in place of the chain.
    pub app: Option<AppCredential>,
}

impl Sources {
    pub(super) fn read(variables: &Variables, options: &CredentialOptions) -> Result<Self, Failure> {
        let named = match (&options.app, &options.application) {
            (Some(_), _) => Some(Credential::App),
            (None, Some(application)) => Some(application.credential),
            (None, None) => options.named,
        };
        let selection = match named {
            Some(credential) => vec![credential],
            None => selection(variables.get("AZURE_TOKEN_CREDENTIALS"))?,
        };
        Ok(Self { selection, only: options.only, is_named: named.is_some(), app: options.app.clone() })
    }
}

/// `AZURE_TOKEN_CREDENTIALS`: a group or one name, trimmed, in any case.
fn selection(value: Option<&str>) -> Result<Vec<Credential>, Failure> {
    let Some(value) = value else { return Ok(CHAIN.to_vec()) };
    check_resolved("AZURE_TOKEN_CREDENTIALS", value)?;
    let wanted = value.to_ascii_lowercase();
    let picked: Vec<Credential> = match wanted.as_str() {
        "prod" => CHAIN.iter().copied().filter(|c| !c.is_developer_tool()).collect(),
        "dev" => CHAIN.iter().copied().filter(|c| c.is_developer_tool()).collect(),
        name => CHAIN.iter().copied().filter(|c| c.name().eq_ignore_ascii_case(name)).collect(),
    };
    if picked.is_empty() {
        let names: Vec<&str> = CHAIN.iter().map(|c| c.name()).collect();
        return Err(Failure::configuration(format!(
            "AZURE_TOKEN_CREDENTIALS is {}, which is not the name of a credential",
            quoted(Form::Words, value)
        ))
        .with_next_step(format!("set it to prod, dev or one of {}, or unset it", names.join(", "))));
    }
    Ok(picked)
}
