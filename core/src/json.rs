//! JSON that others write.

use serde::de::{DeserializeOwned, Error};

/// What a JSON object says. serde reads a struct from an array as well, whose elements have no names.
///
/// # Errors
/// If `text` is no object, or none of this form.
pub(crate) fn object<T: DeserializeOwned>(text: impl AsRef<[u8]>) -> serde_json::Result<T> {
    let text = text.as_ref().trim_ascii_start();
    if text.starts_with(b"{") { serde_json::from_slice(text) } else { Err(Error::custom("no object")) }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::object;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Answer {
        token: String,
    }

    #[test]
    fn only_an_object_is_one() {
        assert_eq!(object::<Answer>(" \n{\"token\":\"x\"}").unwrap().token, "x");
        for text in ["[\"x\"]", "\"x\"", "", "{}", "null", "[{\"token\":\"x\"}]", "{\"token\":\"x\"}[]"] {
            assert!(object::<Answer>(text).is_err(), "{text}");
        }
    }
}
