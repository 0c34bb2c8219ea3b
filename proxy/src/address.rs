//! Where a listener listens.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::shown::{Form, described, shown};

/// A listener's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// An address and a port; port 0 takes a free one.
    Tcp(SocketAddr),
    /// The path of a Unix socket.
    Unix(String),
}

impl Address {
    /// `127.0.0.1:8787`, `[::1]:8787`, `localhost:8787`, or `unix:/path`.
    ///
    /// # Errors
    /// `Configuration`, which names the flag.
    pub fn parse(flag: &str, text: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| {
            Failure::configuration(format!("{flag} is {what}"))
                .with_next_step(format!("set {flag} to an address such as 127.0.0.1:8787 or unix:/run/entra.sock"))
        };
        if let Some(path) = text.strip_prefix("unix:") {
            if cfg!(not(unix)) {
                return Err(Failure::configuration(format!(
                    "{flag} is a Unix socket, which this system does not have"
                ))
                .with_next_step(format!("set {flag} to an address such as 127.0.0.1:8787")));
            }
            if path.is_empty() {
                return Err(wrong("unix: without a path"));
            }
            if shown(Form::Path, path) != path {
                return Err(wrong(&format!("unix: and {}, which is no path", described(path))));
            }
            return Ok(Self::Unix(path.to_owned()));
        }
        let numbers =
            text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
        let no_address = |_| wrong(&format!("{}, which is no address with a port", described(text)));
        numbers.parse().map(Self::Tcp).map_err(no_address)
    }

    /// Whether only this machine can connect.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }

    /// The address for a client of this machine.
    pub fn for_clients(&self) -> Self {
        match self {
            Self::Tcp(address) if address.ip().is_unspecified() => {
                let ip: IpAddr =
                    if address.is_ipv4() { [127, 0, 0, 1].into() } else { std::net::Ipv6Addr::LOCALHOST.into() };
                Self::Tcp(SocketAddr::new(ip, address.port()))
            }
            other => other.clone(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_numbers_localhost_or_a_socket() {
        for (text, shown, is_local) in [
            ("127.0.0.1:8787", "127.0.0.1:8787", true),
            ("localhost:0", "127.0.0.1:0", true),
            ("127.8.8.8:1", "127.8.8.8:1", true),
            ("[::1]:8787", "[::1]:8787", true),
            ("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1", true),
            ("0.0.0.0:8787", "0.0.0.0:8787", false),
            ("[::]:8787", "[::]:8787", false),
            ("10.0.0.5:8787", "10.0.0.5:8787", false),
            #[cfg(unix)]
            ("unix:/run/entra.sock", "unix:/run/entra.sock", true),
        ] {
            let address = Address::parse("--listen", text).unwrap();
            assert_eq!((address.to_string().as_str(), address.is_local()), (shown, is_local), "{text}");
        }
        for text in ["", "8787", ":8787", "127.0.0.1", "localhost", "proxy.example:8787", "unix:", "127.0.0.1:99999"] {
            let failure = Address::parse("--listen", text).unwrap_err();
            assert!(failure.reason.starts_with("--listen is"), "{}", failure.reason);
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_secret_in_place_of_a_socket_is_not_told() {
        let random = || crate::local_key::generate().unwrap();
        let pem = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let (key, ..) = pem.lines().nth(1).unwrap().split_at_checked(40).unwrap();
        for secret in [
            random(),
            format!("eyJ{}.eyJ{}.{}", random(), random(), random()),
            format!("X{}8Q~{}", &random()[..2], &random()[..34]),
            format!("http://joe:{}@proxy.example:3128/", random()),
            format!("aB1{}/{}/xY2{}", &key[..10], &key[10..20], &key[20..]),
            pem.clone(),
        ] {
            let told = format!("{:?}", Address::parse("--listen", &format!("unix:{secret}")).unwrap_err());
            let letters: Vec<char> = secret.chars().collect();
            let mut parts = letters.chunks_exact(12).map(|part| part.iter().collect::<String>());
            assert!(!parts.any(|part| told.contains(&part)), "{told}");
        }
    }

    #[test]
    fn a_client_of_this_machine_is_told_an_address_that_it_can_use() {
        for (listens, told) in [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("10.0.0.5:1", "10.0.0.5:1")] {
            assert_eq!(Address::parse("--listen", listens).unwrap().for_clients().to_string(), told);
        }
    }
}
