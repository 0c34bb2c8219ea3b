//! What all threads of the process share: one background thread and the cache on it.

use std::io::Error;
use std::sync::{Arc, mpsc};

use napi::bindgen_prelude::retain_current_module_for_unload_safety;
use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle};

use azure_openai_entra_core::cache::{ChainFetch, TokenCache};
use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::http::request::Http;
use azure_openai_entra_core::http::transport::Transport;
use azure_openai_entra_core::settings::Variables;
use azure_openai_entra_core::system::{Os, STACK, System};

/// The cache, and what it fetches with.
pub(super) struct Core {
    pub(super) cache: Arc<TokenCache>,
    pub(super) system: System,
    pub(super) http: Arc<dyn Http>,
}

static CORE: OnceCell<Core> = OnceCell::new();

/// The core. The first call starts the background thread.
///
/// The runtime is not napi's, which ends with the last Node environment: a fetch, or the cache's timers, must
/// outlive the worker that began it. So must the addon's image, which Node would unload with the last worker that has it.
///
/// # Errors
/// If the process has no thread or file descriptor left. The next call tries again.
pub(super) fn core() -> Result<&'static Core, Failure> {
    CORE.get_or_try_init(|| {
        retain_current_module_for_unload_safety();
        let runtime = start().map_err(|error| Failure::exhausted("start the background thread", &error))?;
        let system = System::real();
        let http: Arc<dyn Http> = Arc::new(Transport::new(system.files.clone()));
        let fetch = Arc::new(ChainFetch::new(system.clone(), http.clone()));
        Ok(Core { cache: TokenCache::new(system.clone(), fetch, runtime), system, http })
    })
}

/// Starts the background thread, which makes the runtime that it runs: should that panic, it does so there.
fn start() -> Result<Handle, Error> {
    let (sender, made) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("entra-id".to_owned()).stack_size(STACK);
    thread.spawn(move || {
        let runtime = match Builder::new_current_thread().enable_io().enable_time().thread_stack_size(STACK).build() {
            Ok(runtime) => runtime,
            Err(error) => return sender.send(Err(error)),
        };
        sender.send(Ok(runtime.handle().clone()))?;
        runtime.block_on(std::future::pending())
    })?;
    made.recv().map_err(|_| Error::other("the thread ended before it had begun"))?
}

/// A snapshot of the environment, as this system reads names: each name and its value, each with a null character behind it.
pub(super) fn variables(snapshot: &str) -> Variables {
    let mut parts = snapshot.split_terminator('\0').map(str::to_owned);
    let pairs = std::iter::from_fn(|| Some((parts.next()?, parts.next()?)));
    Variables::new(pairs.collect(), Os::CURRENT.is_windows())
}

/// The cache, if there is one already.
pub(super) fn existing_cache() -> Option<&'static Arc<TokenCache>> {
    CORE.get().map(|core| &core.cache)
}
