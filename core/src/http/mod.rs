//! HTTP: [`transport`] is the client, [`request`] what it sends and gets, and [`retry`] says what is sent again.

pub(crate) mod dates;
pub mod dns;
pub(crate) mod exchange;
pub mod failures;
pub mod pinning;
pub mod proxies;
pub mod request;
pub mod retry;
pub mod roots;
mod self_signed;
pub mod tls;
pub mod tls_failure;
pub mod transport;
