//! Chance, which spreads what would happen everywhere at once.

/// Gives random numbers.
pub trait Random: Send + Sync {
    /// A number from 0 to 1.
    fn fraction(&self) -> f64;
}

/// Of each thread's own generator. Nothing that it decides is a secret.
pub(super) struct ThreadRandom;

impl Random for ThreadRandom {
    #[expect(clippy::disallowed_methods, reason = "this is the chance that all others take")]
    fn fraction(&self) -> f64 {
        fastrand::f64()
    }
}
