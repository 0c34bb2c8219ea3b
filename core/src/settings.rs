//! Everything that comes from the environment and from a credential's options, parsed from what is handed in.
//!
//! Nothing below the binding reads the environment of the process: there `process.env` is a copy in worker
//! threads and in Jest, and reading `environ` beside a thread that sets it is a race.

mod deciding;
mod identity;
mod kind;
mod logins;
mod network;
mod options;
mod parse;
mod values;
mod variables;

pub use identity::Identity;
pub use kind::{CHAIN, Credential};
pub use logins::Logins;
pub use network::{RetryOptions, TransportSettings};
pub use options::{AppCredential, CredentialOptions};
pub use parse::check_tenant;
pub use values::{HostVariables, ManagedIdentityId, Settings};
pub use variables::{Inherited, Variables, check_required};
