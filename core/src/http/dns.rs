//! Addresses of hosts, as the system looks them up.

use std::net::ToSocketAddrs;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::system::Threads;

/// A lookup that stalls keeps its thread. More lookups than this wait without one.
const MOST_THREADS: usize = 16;

/// The system's resolver. The HTTP client's own would panic if the system gives it no thread.
pub(crate) struct SystemResolver(Threads);

impl Default for SystemResolver {
    fn default() -> Self {
        Self(Threads::at_most(MOST_THREADS))
    }
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let threads = self.0.clone();
        Box::pin(async move {
            let addresses = threads.run(move || (name.as_str(), 0).to_socket_addrs()).await??;
            Ok(Box::new(addresses) as Addrs)
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
