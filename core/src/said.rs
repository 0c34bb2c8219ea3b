//! What a body says, for people: of JSON the members that hold words, and never another one, which can be a token.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::shown;

/// Every other member's value is passed over unread.
const KNOWN: [&str; 13] = [
    // RFC 6749 section 5.2, as Entra ID fills it; IMDS sometimes has an object in `error`.
    "error",
    "error_description",
    "suberror",
    "error_codes",
    "timestamp",
    "trace_id",
    "correlation_id",
    // App Service, GitHub, Kubernetes and others.
    "code",
    "message",
    "Message",
    // RFC 9457.
    "title",
    "detail",
    // Azure Resource Manager, and hosts of managed identities.
    "statusCode",
];
/// Not every token looks like one, and not every body that holds one can be read.
pub const A_TOKEN: &str = "a token, which is not shown";
/// The most names of members that are told.
const MOST_NAMES: usize = 10;

/// The known members of a JSON object, and the names of all.
#[derive(Default)]
pub struct Said {
    known: HashMap<String, Value>,
    names: Vec<String>,
}

impl Said {
    /// What the JSON object `body` says; nothing if it is anything else.
    pub fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_default()
    }

    /// The text of a known member.
    pub fn text(&self, name: &str) -> Option<&str> {
        text(self.known.get(name)?)
    }

    /// The numbers of the list `name`, which some write as texts.
    pub fn numbers(&self, name: &str) -> Vec<i64> {
        let list = self.known.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|it| it.as_i64().or_else(|| it.as_str()?.parse().ok())).collect()
    }

    /// Its words; empty if it has none.
    pub fn words(&self) -> String {
        let error = match self.known.get("error") {
            Some(Value::Object(error)) => {
                let inner = || error.get("innererror")?.get("message").and_then(text);
                let message = error.get("message").and_then(text).or_else(inner);
                let parts = [error.get("code").and_then(text), message];
                parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
            }
            _ => self.first(&["error", "suberror", "code"]),
        };
        let description = self.first(&["error_description", "message", "Message", "detail", "title"]);
        match (error.as_str(), description.as_str()) {
            ("", _) => description,
            (_, "") => error,
            _ => format!("{error}: {description}"),
        }
    }

    fn first(&self, names: &[&str]) -> String {
        names.iter().find_map(|name| self.text(name)).unwrap_or_default().to_owned()
    }

    fn described(&self) -> String {
        let is_plain = |name: &&String| {
            (1..=32).contains(&name.len())
                && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
                && shown::kind(name).is_none()
        };
        let told: Vec<&str> = self.names.iter().filter(is_plain).take(MOST_NAMES).map(String::as_str).collect();
        match (told.join(", "), self.names.len() - told.len()) {
            (names, 0) if names.is_empty() => "an empty JSON object".to_owned(),
            (names, _) if names.is_empty() => "a JSON object".to_owned(),
            (names, 0) => format!("a JSON object with the members {names}"),
            (names, others) => format!("a JSON object with the members {names} and {others} more"),
        }
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Said;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
        let mut said = Said::default();
        while let Some(name) = map.next_key::<String>()? {
            if KNOWN.contains(&name.as_str()) {
                said.known.entry(name.clone()).or_insert(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            said.names.push(name);
        }
        Ok(said)
    }
}

/// What `body` says. The caller still has to take out secrets, because a text is told as it is.
pub fn words(body: &str) -> String {
    let body = body.trim_start_matches('\u{feff}').trim();
    if !body.starts_with(['{', '[']) {
        return body.to_owned();
    }
    let said = serde_json::from_str::<Said>(body).ok();
    match said.as_ref().map(Said::words) {
        Some(words) if !words.is_empty() => words,
        _ if body.contains("access_token") => A_TOKEN.to_owned(),
        _ => said.map_or_else(|| format!("JSON of {} characters", body.chars().count()), |said| said.described()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_json_only_the_known_words_are_told() {
        for (body, told) in [
            (r#"{"error":"x","error_description":"fine"}"#, "x: fine"),
            (
                r#"{"error":"x","error_codes":["7000215"],"error_description":"fine","refresh_token":"t0ken"}"#,
                "x: fine",
            ),
            (r#"{"error":1,"error_description":["t0ken"],"message":"m","id_token":"t0ken"}"#, "m"),
            (r#"{"error":{"code":"c","message":"m","innererror":{"message":"i"},"x":"t0ken"}}"#, "c m"),
            (r#"{"error":{"code":1,"innererror":{"message":"i","x":"t0ken"}}}"#, "i"),
            (r#"{"Message":"M","StatusCode":500}"#, "M"),
            (r#"{"statusCode":401,"message":"m"}"#, "m"),
            (r#"{"code":"c","message":"m"}"#, "c: m"),
            (r#"{"suberror":"s"}"#, "s"),
            (r#"{"type":"about:blank","title":"t","detail":"d"}"#, "d"),
            (r#"{"message":" m ","x":1e999,"y":[[["t0ken"]]]}"#, "m"),
            ("\u{feff}{\"message\":\"m\"}", "m"),
            (
                r#"{"refresh_token":"t0ken","client_secret":"t0ken"}"#,
                "a JSON object with the members refresh_token, client_secret",
            ),
            (r#"{"t0ken-as-a-name":1,"error":null}"#, "a JSON object with the members error and 1 more"),
            (r#"{"t0ken":1}"#, "a JSON object"),
            (
                r#"{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"k":1,"l":1}"#,
                "a JSON object with the members a, b, c, d, e, f, g, h, i, j and 2 more",
            ),
            ("{}", "an empty JSON object"),
            (r#"["t0ken"]"#, "JSON of 9 characters"),
            (r#"{"refresh_token":"t0ken""#, "JSON of 24 characters"),
            (r#"{"error":"\ud800","x":"t0ken"}"#, "JSON of 30 characters"),
            (r#"{"access_token":"t0ken"}"#, "a token, which is not shown"),
            (" Bad gateway ", "Bad gateway"),
            ("", ""),
        ] {
            assert_eq!(words(body), told, "{body}");
        }
    }

    #[test]
    fn numbers_are_read_also_as_texts() {
        let said = Said::read(r#"{"error_codes":[50034,"7000215",null,"x"]}"#);
        assert_eq!(said.numbers("error_codes"), [50_034, 7_000_215]);
        assert!(Said::read(r#"{"error_codes":"none"}"#).numbers("error_codes").is_empty());
    }
}
