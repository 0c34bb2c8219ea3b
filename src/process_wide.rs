//! What all threads of the process share: one background thread and the cache on it.

use std::sync::Arc;

use napi::bindgen_prelude::retain_current_module_for_unload_safety;
use napi::{Error, Result};
use once_cell::sync::OnceCell;

use azure_openai_entra_core::cache::TokenCache;
use azure_openai_entra_core::http::transport::Transport;
use azure_openai_entra_core::system::System;

static CACHE: OnceCell<Arc<TokenCache>> = OnceCell::new();

/// The cache. The first call starts the background thread.
///
/// The runtime is not napi's, which ends with the last Node environment: a fetch, or the cache's timers, must
/// outlive the worker that began it. So must the addon's image, which Node would unload with the last worker that has it.
pub(super) fn cache() -> Result<&'static Arc<TokenCache>> {
    CACHE.get_or_try_init(|| {
        retain_current_module_for_unload_safety();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .thread_name("entra-id")
            .build()
            .map_err(|error| Error::from_reason(format!("the event loop could not be made: {error}")))?;
        let handle = runtime.handle().clone();
        std::thread::Builder::new()
            .name("entra-id".to_owned())
            .spawn(move || runtime.block_on(std::future::pending::<()>()))
            .map_err(|error| Error::from_reason(format!("the background thread could not be started: {error}")))?;
        let system = System::real();
        let http = Arc::new(Transport::new(system.files.clone()));
        Ok(TokenCache::new(system, http, handle))
    })
}

/// The cache where there is one already.
pub(super) fn existing_cache() -> Option<&'static Arc<TokenCache>> {
    CACHE.get()
}
