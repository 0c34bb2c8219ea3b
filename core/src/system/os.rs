//! The operating system, as far as it decides how something is done.

/// An operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Os {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
    /// Another one, such as macOS.
    Other,
}

impl Os {
    /// The one that this is built for.
    pub const CURRENT: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_os = "linux") {
        Self::Linux
    } else {
        Self::Other
    };

    /// Whether it is Windows.
    pub const fn is_windows(self) -> bool {
        matches!(self, Self::Windows)
    }
}
