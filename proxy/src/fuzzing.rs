//! The fuzz targets: what clients send, with the invariants for all input.
//!
//! `lab/fuzz/` feeds them with made-up bytes (`npm run lab -- fuzz`), and the test with the seeds of `lab/fuzz/corpus/`. No
//! ordinary build has this module.

use std::collections::HashSet;

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use crate::framing::{Fault, Framing, target_of_request};
use crate::local_key::LocalKeys;
use crate::paths::Allowed;

/// A connection of HTTP/1.1: what passes is what came, and neither it nor the fault depends on the pieces in which it came.
pub fn request(input: &[u8]) {
    let (whole, fault) = feed(input, input.len().max(1));
    assert!(input.starts_with(&whole), "something else passed than came");
    for size in [1, 7] {
        let (pieces, other) = feed(input, size);
        assert_eq!(other, fault, "in pieces of {size}");
        // Of a body that turns out to be malformed, pieces pass until then.
        let is_alike = if fault.is_some() { pieces.starts_with(&whole) } else { pieces == whole };
        assert!(is_alike && input.starts_with(&pieces), "in pieces of {size} something else passed");
    }
    // A request that passed has been read in one way only.
    let head = whole.windows(4).position(|part| part == b"\r\n\r\n").and_then(|end| whole.get(..end));
    let has = |name: &str| {
        let lines = head.unwrap_or_default().split(|byte| *byte == b'\n');
        lines
            .filter(|line| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes())))
            .count()
    };
    let lengths = has("content-length:") + has("transfer-encoding:");
    assert!(lengths <= 1 && has("host:") <= 1 && has(" ") == 0, "a head passed that reads in two ways");
}

/// A target that passes is the same one for a server that decodes it, or that removes dots and empty segments.
pub fn target(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if target_of_request(b"POST", input).is_err() {
        return;
    }
    let Ok(uri) = text.parse::<Uri>() else { panic!("hyper's parser refuses what passed, in words of its own") };
    if Allowed::default().check(&Method::POST, &uri).is_err() {
        return;
    }
    let path = uri.path();
    // What a server makes of it that decodes it once.
    let decoded: Vec<u8> = percent_decode_str(path).collect();
    let segments = || decoded.split(|byte| *byte == b'/').skip(1);
    assert_eq!(segments().count(), path.split('/').skip(1).count(), "a segment is two when it is decoded");
    assert!(segments().all(|segment| segment != b"." && segment != b".."), "dots come out when it is decoded");
    let first = segments().next().unwrap_or_default().to_ascii_lowercase();
    assert!(
        [&b"openai"[..], b"models", b"anthropic"].contains(&&first[..]),
        "a path passed that is not one of inference"
    );
    if let Ok(url) = azure_openai_entra_core::address::parse(&format!("https://host{text}")) {
        assert_eq!(
            percent_decode_str(url.path()).collect::<Vec<u8>>(),
            decoded,
            "a browser's parser reads another path"
        );
        assert!(url.query_pairs().all(|(name, _)| !name.eq_ignore_ascii_case("api-key")), "a key passed in the query");
    }
}

/// The local keys of a file: what is read does not panic, and no error and no text that is cleaned holds a key.
pub fn key_file(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let keys = text.lines().map(|line| line.split_once('=').map_or(line, |(_, key)| key).trim());
    let long: Vec<&str> = keys.filter(|key| key.len() >= 32).collect();
    match LocalKeys::parse(text, "the key file") {
        Ok(parsed) => {
            for key in long.iter().filter(|key| parsed.includes(key)) {
                let clean = parsed.redacted(&format!("/a/{key}/b?c={key}&d")).into_owned();
                assert!(parsed.are_in(format!("x={key}").as_bytes()) && !clean.contains(key), "a key is not found");
                assert!(key.bytes().collect::<HashSet<u8>>().len() >= 8, "a key passed that repeats few characters");
            }
        }
        Err(failure) => {
            let shown = format!("{} {:?}", failure.reason, failure.next_step);
            // With blanks, a key can be a sentence of the error.
            let mut pieces = long.iter().flat_map(|key| key.split(' ')).filter(|piece| piece.len() >= 32);
            assert!(pieces.all(|piece| !shown.contains(piece)), "an error holds what may be a key");
        }
    }
}

/// Feeds pieces of `size` bytes; gives what passed, and why the rest did not.
fn feed(input: &[u8], size: usize) -> (Vec<u8>, Option<Fault>) {
    let (mut framing, mut held, mut passed) = (Framing::default(), Vec::new(), Vec::new());
    for piece in input.chunks(size) {
        held.extend_from_slice(piece);
        while !held.is_empty() {
            match framing.check(&held) {
                Ok(0) => break,
                Ok(sound) => passed.extend(held.drain(..sound)),
                Err(fault) => return (passed, Some(fault)),
            }
        }
    }
    (passed, None)
}

#[cfg(test)]
mod tests {
    use azure_openai_entra_core::system::System;

    #[tokio::test]
    async fn the_seeds_hold_the_invariants() {
        type Target = fn(&[u8]);
        for (name, target) in
            [("request", super::request as Target), ("request_target", super::target), ("key_file", super::key_file)]
        {
            let folder = format!("{}/../lab/fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
            let seeds: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
            assert!(!seeds.is_empty(), "{name}");
            for seed in seeds {
                let path = seed.unwrap().path();
                target(&System::real().files.read(path.to_str().unwrap(), 100_000).await.unwrap());
            }
        }
    }
}
