//! A token in a file, such as that of a Kubernetes service account.

use super::minted;
use crate::credential::context::Fetch;
use crate::error::Failure;
use crate::secret::Secret;
use crate::shown::{Form, shown};

/// A service-account token has 1–2 KB.
const TOKEN_FILE_LIMIT: u64 = 64 * 1024;

/// The trimmed text of the file at `path`, which the setting `name` names.
pub(super) async fn read(fetch: &Fetch<'_>, path: &str, name: &str) -> Result<Secret, Failure> {
    let bad = |what: String| {
        let path = shown(Form::Path, path);
        Failure::unavailable(format!("the file {path}, named by {name}, {what}")).with_next_step(
            "check what writes the file, such as the pod's projected service-account volume. On AKS, label the pod \
             azure.workload.identity/use: \"true\" and start it again, which sets the variable and mounts the file",
        )
    };
    let bytes = fetch.read(name, path, TOKEN_FILE_LIMIT, bad).await?;
    let text = String::from_utf8(bytes).map_err(|_| bad("is not text".to_owned()))?;
    // An editor on Windows may have put a byte order mark before it.
    match text.trim_start_matches('\u{feff}').trim() {
        "" => Err(bad("is empty".to_owned())),
        assertion if minted::is_word(assertion) => Ok(Secret::new(assertion)),
        _ => Err(bad("holds no assertion, or more beside it".to_owned())),
    }
}
