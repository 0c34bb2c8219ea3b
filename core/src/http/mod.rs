//! HTTP: [`transport`] is the client, [`request`] what it sends and gets, and [`retry`] says what is sent again.

pub(crate) mod dates;
mod dns;
mod failures;
pub mod pinning;
pub(crate) mod proxies;
pub mod request;
pub mod retry;
mod roots;
pub mod transport;
