//! Addresses of hosts, as the system looks them up.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::shown::{Form, shown};
use crate::system::Threads;

/// A lookup that stalls keeps its thread. More lookups than this wait without one.
const MOST_THREADS: usize = 16;

/// The system's resolver. The HTTP client's own would panic if the system gives it no thread.
pub struct SystemResolver(Threads);

impl Default for SystemResolver {
    fn default() -> Self {
        Self(Threads::at_most(MOST_THREADS))
    }
}

impl SystemResolver {
    /// The addresses of `host`, each with `port`.
    ///
    /// # Errors
    /// The system's; [`NoAddress`] inside of it names the host.
    pub async fn lookup(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        let name = host.clone();
        let found = self.0.run(move || (host.as_str(), port).to_socket_addrs()).await?;
        Ok(found.map_err(|error| named(&name, error))?.collect())
    }
}

/// The system finds no address of this host.
#[derive(Debug)]
pub struct NoAddress {
    host: String,
    why: String,
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "this machine finds no address of {} ({})", self.host, self.why)
    }
}

impl std::error::Error for NoAddress {}

/// With the host's name, because behind a proxy it is not the host of the request. An error with a number is of this
/// process, which has no descriptor left, say, and not of the name.
fn named(host: &str, error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(_) => error,
        None => io::Error::new(error.kind(), NoAddress { host: shown(Form::Host, host), why: error.to_string() }),
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = Self(self.0.clone());
        Box::pin(async move {
            let addresses = resolver.lookup(name.as_str().to_owned(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Looks up the host of a server that TLS knows by another name.
pub(super) struct HostOf {
    pub(super) resolver: Arc<SystemResolver>,
    pub(super) host: String,
}

impl Resolve for HostOf {
    fn resolve(&self, _: Name) -> Resolving {
        let (resolver, host) = (self.resolver.clone(), self.host.clone());
        Box::pin(async move {
            let addresses = resolver.lookup(host, 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn finds_this_machine_and_says_why_it_finds_nothing() {
        let resolver = SystemResolver::default();
        let mut addresses = resolver.resolve("localhost".parse().unwrap()).await.unwrap();
        assert!(addresses.all(|address| address.ip().is_loopback()));
        let Err(error) = resolver.resolve("no-such-host.invalid".parse().unwrap()).await else { panic!("found") };
        assert!(error.downcast_ref::<std::io::Error>().is_some(), "{error}");
        assert!(error.to_string().starts_with("this machine finds no address of no-such-host.invalid ("), "{error}");
    }
}
