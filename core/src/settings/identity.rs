//! Whose tokens a configuration brings, as one value.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::LazyLock;

/// Everything that decides whose token comes, as it resolves: a login folder, not the variable that moved it.
///
/// A keyed hash: two configurations that can bring tokens of two identities are never equal, and no secret can be read
/// from it. Only this process has the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Identity([u64; 2]);

static KEYS: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);

impl Identity {
    pub(super) fn of(deciding: &impl Hash) -> Self {
        Self(KEYS.each_ref().map(|key| key.hash_one(deciding)))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([first, second]) = self;
        write!(f, "{first:016x}{second:016x}")
    }
}

#[cfg(test)]
mod tests;
