//! Addresses of hosts, as the system looks them up.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

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
    /// The system's.
    pub async fn lookup(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        let found = self.0.run(move || (host.as_str(), port).to_socket_addrs()).await??;
        Ok(found.collect())
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
    }
}
