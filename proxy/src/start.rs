//! Puts the proxy together and starts it.

use std::path::PathBuf;
use std::sync::Arc;

use azure_openai_entra_core::allowed_hosts::AllowedHosts;
use azure_openai_entra_core::cache::{Fetch, TokenCache};
use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::settings::{CredentialOptions, Settings, Variables};
use azure_openai_entra_core::shown::{Form, shown};
use azure_openai_entra_core::system::System;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::address::Address;
use crate::config::Config;
use crate::drain::{Drain, LIMIT};
use crate::guarded::Waits;
use crate::listen::{self, Listener, MOST_CONNECTIONS};
use crate::local_key::{self, LocalKeys};
use crate::log::Log;
use crate::metrics::Metrics;
use crate::proxy::Proxy;
use crate::reloaded::Reloaded;
use crate::tokens::Tokens;
use crate::upstream::Upstream;
use crate::{admin, key_file};

/// The variable of the local key.
const PLACEHOLDER: &str = "AZURE_OPENAI_ENTRA_PLACEHOLDER";

/// What the proxy is given from outside; tests give their own.
pub struct Surroundings {
    /// The environment.
    pub variables: Variables,
    /// The clock and the files.
    pub system: System,
    /// What fetches tokens.
    pub fetch: Arc<dyn Fetch>,
    /// Where lines of the log go.
    pub log: Log,
    /// The longest waits for a client.
    pub waits: Waits,
    /// How many connections there can be.
    pub most_connections: usize,
    /// Where a key that is made is written.
    pub temporary: PathBuf,
}

impl Surroundings {
    /// The most connections unless a test says otherwise.
    pub const MOST_CONNECTIONS: usize = MOST_CONNECTIONS;
}

/// A proxy that runs.
pub struct Running {
    /// What its requests share.
    pub proxy: Arc<Proxy>,
    /// Where clients connect.
    pub address: Address,
    /// Where probes connect.
    pub admin: Option<Address>,
    /// The line that says so.
    pub first_line: String,
    /// The certificate of the listener, if it has one.
    pub tls: listen::Tls,
    tasks: Vec<AbortHandle>,
    /// Removed with the proxy.
    _made_key: Option<key_file::KeyFile>,
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Running {
    /// Ends it: no new connection, and what is under way gets its time. Says whether nothing had to be broken off.
    pub async fn end(&self) -> bool {
        tracing::info!("ending: waiting up to {} s for {} requests", LIMIT.as_secs(), self.proxy.metrics.in_flight());
        self.proxy.drain.run(LIMIT).await
    }
}

/// The settings of the environment, with what the program lacks of the chain named.
///
/// # Errors
/// `Configuration`, which names the variable.
pub fn settings(variables: Variables, config: &Config) -> Result<Settings, Failure> {
    let options = CredentialOptions { assertion: config.assertion.clone(), ..CredentialOptions::default() };
    let settings = Settings::parse(variables, &options)?;
    use azure_openai_entra_core::settings::Credential::{Broker, VisualStudioCode, WorkloadIdentity};
    if let Some((_, flag)) = &config.assertion {
        if !settings.workload_identity.is_complete() {
            return Err(Failure::configuration(format!("{flag} needs AZURE_TENANT_ID and AZURE_CLIENT_ID"))
                .with_next_step(
                    "set AZURE_TENANT_ID and AZURE_CLIENT_ID to those of the application that trusts the assertion",
                ));
        }
        if !settings.sources.selection.contains(&WorkloadIdentity) {
            return Err(Failure::configuration(format!(
                "AZURE_TOKEN_CREDENTIALS leaves out WorkloadIdentityCredential, which {flag} is for"
            ))
            .with_next_step("set it to prod or WorkloadIdentityCredential, or unset it"));
        }
    }
    if settings.sources.selection.iter().all(|credential| matches!(credential, Broker | VisualStudioCode)) {
        return Err(Failure::configuration(
            "AZURE_TOKEN_CREDENTIALS names a credential that needs an app's @azure/identity, which this program does not have",
        )
        .with_next_step("set it to another credential, such as AzureCliCredential, or unset it"));
    }
    Ok(settings)
}

/// Starts the proxy.
///
/// # Errors
/// What is wrong with its settings or its files, or that an address is taken.
pub async fn start(config: Config, surroundings: Surroundings) -> Result<Running, Failure> {
    let Surroundings { variables, system, fetch, log, waits, most_connections, temporary } = surroundings;
    let hosts = AllowedHosts::read(&variables);
    let placeholder = variables.raw(PLACEHOLDER).map(str::to_owned);
    let settings = settings(variables, &config)?;
    let upstream = Upstream::new(&config.upstream, &settings, &*system.files).await?;
    let cache = TokenCache::new(system.clone(), fetch, Handle::current());
    let tokens = Tokens::new(cache, system.clock.clone(), settings, &hosts, &config.upstream, config.scope.clone())?;
    let tls = match config.tls.clone() {
        Some((certificate, key)) => {
            Some(Arc::new(Reloaded::load(system.files.clone(), vec![certificate, key], Box::new(server_config)).await?))
        }
        None => None,
    };
    let (keys, place, made_key) = local_keys(&config, &system, placeholder, temporary).await?;

    let listener = Listener::bind(&config.listen).await?;
    let address = listener.address(&config.listen);
    let (admin_listener, admin) = match &config.admin {
        Some(asked) => {
            let listener = Listener::bind(asked).await?;
            let address = listener.address(asked);
            (Some(listener), Some(address))
        }
        None => (None, None),
    };
    let proxy = Arc::new(Proxy {
        system: system.clone(),
        tokens,
        upstream,
        keys,
        names: config.names,
        allowed: config.allowed,
        max_body: config.max_body,
        waits,
        metrics: Arc::new(Metrics::default()),
        log: Arc::new(log),
        drain: Drain::default(),
    });
    let first_line = first_line(&proxy, &address, tls.is_some(), &place);
    if !address.is_local() && tls.is_none() {
        tracing::warn!(
            "Clients on other machines send the local key and their requests without TLS. Set --tls-cert and --tls-key, or encrypt the network."
        );
    }

    let mut tasks =
        vec![tokio::spawn(listen::serve(proxy.clone(), listener, tls.clone(), most_connections)).abort_handle()];
    if let Some(listener) = admin_listener {
        tasks.push(tokio::spawn(admin::serve(proxy.clone(), listener)).abort_handle());
    }
    let kept = proxy.clone();
    tasks.push(tokio::spawn(async move { kept.tokens.keep().await }).abort_handle());
    let kept = proxy.clone();
    tasks.push(tokio::spawn(async move { kept.keys.follow(&kept.system).await }).abort_handle());
    if let Some(tls) = tls.clone() {
        tasks.push(tokio::spawn(async move { tls.follow(&system).await }).abort_handle());
    }
    Ok(Running { proxy, address, admin, first_line, tls, tasks, _made_key: made_key })
}

/// The local keys, the words for the place that holds them, and the file if it was made.
async fn local_keys(
    config: &Config,
    system: &System,
    placeholder: Option<String>,
    temporary: PathBuf,
) -> Result<(Reloaded<LocalKeys>, String, Option<key_file::KeyFile>), Failure> {
    if let Some(path) = &config.key_file {
        let parse = |contents: &[Vec<u8>]| {
            let text = contents.first().map(|content| String::from_utf8_lossy(content)).unwrap_or_default();
            LocalKeys::parse(&text, "the key file")
        };
        let keys = Reloaded::load(system.files.clone(), vec![path.clone()], Box::new(parse)).await?;
        return Ok((keys, format!("a key of {}", shown(Form::Path, path)), None));
    }
    if let Some(key) = placeholder {
        return Ok((Reloaded::fixed(LocalKeys::parse(&key, PLACEHOLDER)?), format!("${PLACEHOLDER}"), None));
    }
    let key = local_key::generate()?;
    let keys = LocalKeys::parse(&key, "the key that was made")?;
    let file = key_file::KeyFile::write(&temporary, &key).map_err(|error| {
        Failure::configuration(format!("the proxy cannot write the local key that it made: {error}"))
            .with_next_step(format!("set {PLACEHOLDER} to a secret of 32 characters or more, or pass --key-file"))
    })?;
    let place = format!("the content of {}", file.path().display());
    Ok((Reloaded::fixed(keys), place, Some(file)))
}

fn first_line(proxy: &Proxy, address: &Address, is_tls: bool, place: &str) -> String {
    let scheme = if is_tls { "https" } else { "http" };
    let (listens, base) = match address.for_clients() {
        Address::Unix(path) => (format!("unix:{path}"), format!("{scheme}://localhost")),
        tcp => (format!("{scheme}://{tcp}"), format!("{scheme}://{tcp}")),
    };
    let upstream = proxy.upstream.shown();
    format!(
        "Listening on {listens} for {upstream}. Give clients the base URL {base}/openai/v1 (or {base} as the Azure endpoint), and as API key {place}."
    )
}

fn server_config(contents: &[Vec<u8>]) -> Result<Arc<ServerConfig>, Failure> {
    let wrong = |flag: &str, error: &dyn std::fmt::Display| {
        Failure::configuration(format!("the file of {flag} cannot be used: {error}")).with_next_step(
            "set --tls-cert to a PEM file with the certificate chain, and --tls-key to a PEM file with its private key",
        )
    };
    let [certificate, key] = contents else { return Err(wrong("--tls-cert", &"it was not read")) };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificate).collect();
    // The parser's own errors quote a line, which is a whole private key if the line breaks are lost.
    let chain = chain.map_err(|_| {
        wrong("--tls-cert", &"it has a section of PEM that is cut off, is not Base64 or has lost its line breaks")
    })?;
    if chain.is_empty() {
        return Err(wrong("--tls-cert", &"it has no certificate in PEM"));
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| wrong("--tls-key", &"it has no private key in PEM"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong("--tls-cert", &error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| wrong("--tls-cert", &error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use rcgen::KeyPair;

    use super::*;

    /// The error of a pair of files.
    fn error(certificate: &str, key: &str) -> String {
        let failure = server_config(&[certificate.into(), key.into()]).unwrap_err();
        format!("{failure}\n{failure:?}")
    }

    #[test]
    fn the_error_of_a_certificate_file_holds_no_byte_of_it() {
        // The keys of both kinds are longer than a line; what differs is the label.
        let ec = KeyPair::generate().unwrap().serialize_pem();
        let rsa = ec.replace("PRIVATE KEY", "RSA PRIVATE KEY");
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
        for pem in [ec, rsa, certificate.clone()] {
            for broken in [
                pem.replace('\n', ""),
                pem.replace('\n', " "),
                pem.replace('\n', "\\n"),
                pem.replacen("-----\n", "\n", 1),
                pem.replacen("-----\n", "", 1),
                pem.replacen("-----BEGIN", "----BEGIN", 1),
                pem.replace("-----END", "--END"),
                pem.replacen('\n', "\n!", 1),
            ] {
                for told in [error(&broken, &broken), error(&certificate, &broken), error(&broken, &certificate)] {
                    for line in pem.lines().filter(|line| !line.starts_with("-----")) {
                        let bytes = format!("{:?}", &line.as_bytes()[..8]);
                        assert!(!told.contains(&line[..8]), "{told}");
                        assert!(!told.contains(bytes.trim_matches(['[', ']'])), "{told}");
                    }
                    assert!(!told.contains("section start") && !told.contains("45, 45"), "{told}");
                }
            }
        }
    }
}
