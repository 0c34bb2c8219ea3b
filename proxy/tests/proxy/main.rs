//! The proxy against raw clients and a raw TLS upstream, both on loopback.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that panics has failed, which is what it should do"
)]

mod attacks;
mod forwarding;
mod keys;
mod listeners;
mod operating;
mod program;
mod streaming;
mod support;
mod tokens;
mod websockets;
