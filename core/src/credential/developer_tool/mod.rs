//! What the command-line tools of developers have in common.

mod refusal;
mod tool;

pub(super) use refusal::{names_missing_command, quote, says};
pub(super) use tool::{
    Tool, base64, claims_challenge, directory, moment, objects, resource, scope, tenant, text, value, with_claims,
};
