//! HTTP: [`transport`] is the client, [`request`] what it sends and gets, and [`retry`] says what is sent again.

pub mod dns;
pub(crate) mod exchange;
pub mod failures;
pub mod pinning;
pub mod proxies;
pub mod request;
pub mod retry;
pub(crate) mod retry_after;
pub mod roots;
mod self_signed;
pub mod sent;
pub mod tls;
pub mod tls_failure;
pub mod transport;
