//! What the addresses of identity endpoints have in common.

use url::Url;

use crate::error::Failure;
use crate::settings::ManagedIdentityId;
use crate::shown::{has_hidden_break, not_a_url};

/// The address in the variable `name`. Plain http is what identity endpoints of the host speak.
pub(super) fn endpoint(name: &str, value: &str) -> Result<Url, Failure> {
    let bad = |what: String| {
        Failure::configuration(format!("{name} {what}")).with_next_step(format!("unset {name} unless the host sets it"))
    };
    if has_hidden_break(value) {
        return Err(bad("has a line break or a tab".to_owned()));
    }
    let url = crate::address::parse(value.trim()).map_err(|error| bad(not_a_url(value, error)))?;
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        _ => Err(bad("is not an http or https address".to_owned())),
    }
}

/// Appends the identity that is meant. Hosts differ in how they spell the resource id.
pub(super) fn identify(url: &mut Url, identity: &ManagedIdentityId, resource_id_name: &str) {
    let (name, id) = match identity {
        ManagedIdentityId::System => return,
        ManagedIdentityId::ClientId(id) => ("client_id", id),
        ManagedIdentityId::ObjectId(id) => ("object_id", id),
        ManagedIdentityId::ResourceId(id) => (resource_id_name, id),
    };
    url.query_pairs_mut().append_pair(name, id);
}

/// Refuses an id for a host that has only one identity; `host_gives` says which that is.
pub(super) fn refuse_ids(identity: &ManagedIdentityId, host_gives: &str) -> Result<(), Failure> {
    let given = match identity {
        ManagedIdentityId::System => return Ok(()),
        ManagedIdentityId::ClientId(_) => "managedIdentityClientId (or AZURE_CLIENT_ID)",
        ManagedIdentityId::ResourceId(_) => "managedIdentityResourceId",
        ManagedIdentityId::ObjectId(_) => "managedIdentityObjectId",
    };
    Err(Failure::configuration(format!("{host_gives}; {given} cannot choose another"))
        .with_next_step(format!("remove {given}")))
}
