//! Everything that comes from the environment and from a credential's options, parsed from what is handed in.
//!
//! Nothing below the binding reads the environment of the process: there `process.env` is a copy in worker
//! threads and in Jest, and reading `environ` beside a thread that sets it is a race.

mod app_object;
mod application;
mod deciding;
mod entra;
mod identity;
mod kind;
mod logins;
mod managed_identity;
mod network;
mod options;
mod parse;
mod principal;
mod secrets;
mod snapshot;
mod sources;
mod tenants;
mod token_proxy;
mod tools;
mod values;
mod workload_identity;
mod written;

pub use app_object::AppCredential;
pub use application::{
    Application, AssertionSource, CertificateProof, CertificateSource, GitHubActions, Proof, ServiceConnection,
};
pub use entra::Entra;
pub use identity::Identity;
pub use kind::{CHAIN, Credential};
pub use logins::Logins;
pub use managed_identity::{HostVariables, ManagedIdentity, ManagedIdentityId};
pub use network::{HostTransport, KnownServer, Network, TransportSettings, Way};
pub use options::{CredentialOptions, NetworkOptions, RetryOptions};
pub use principal::ServicePrincipal;
pub use secrets::secrets_of;
pub use snapshot::{Inherited, Variables, check_required};
pub use sources::Sources;
pub use tenants::{Tenants, check_tenant};
pub use token_proxy::TokenProxy;
pub use tools::Tools;
pub use values::Settings;
pub(crate) use workload_identity::TOKEN_FILE;
pub use workload_identity::{CHOICE as ASSERTION_CHOICE, WorkloadIdentity};
pub use written::Oddity;
pub(crate) use written::{check_resolved, step_for_shell_path};
