//! The app's objects that the core calls.

/// A `TokenCredential` or a function of the app, by what tells it from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AppCredential {
    /// One object of one thread: another object can stand for another user.
    Object {
        /// The thread's bridge to the core.
        bridge: u64,
        /// The object, as that bridge counts.
        object: u32,
    },
    /// Whatever the app gives this name to: it vouches that they stand for the same identity.
    Named(String),
}
