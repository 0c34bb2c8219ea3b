//! The fuzz target: what clients send, with the invariants for all input.
//!
//! `lab/fuzz/` feeds it with made-up bytes (`npm run lab -- fuzz`), and the test with the seeds of `lab/fuzz/corpus/request/`.
//! No ordinary build has this module.

use crate::framing::{Fault, Framing};

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
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../lab/fuzz/corpus/request");
        let seeds: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
        assert!(!seeds.is_empty());
        for seed in seeds {
            let path = seed.unwrap().path();
            super::request(&System::real().files.read(path.to_str().unwrap(), 100_000).await.unwrap());
        }
    }
}
