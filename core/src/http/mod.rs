//! HTTP: [`transport`] is the client, [`retry`] says what is sent again, and [`pinning`] knows a server by its
//! certificate.

pub mod pinning;
pub mod retry;
pub mod transport;
