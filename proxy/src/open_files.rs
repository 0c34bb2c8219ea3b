//! The files that the system lets the proxy open, and the connections that they are enough for.

/// Of the most connections: each has a file for its client and one for the upstream.
#[cfg(unix)]
const WANTED: libc::rlim_t = 4096;
/// The proxy's own, those of the 128 connections of the admin listener, and some for fetches of tokens.
const RESERVED: usize = 192;
/// So that even a limit that is far too low serves a few clients.
const FEWEST: usize = 8;

/// Raises the limit as far as the proxy needs it and the system allows, and gives it; none if the system has none.
#[must_use]
pub fn raise_limit() -> Option<usize> {
    #[cfg(unix)]
    {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the pointer is to a limit of this frame, which the call fills.
        if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
            return None;
        }
        let had = limit.rlim_cur;
        limit.rlim_cur = had.max(WANTED.min(limit.rlim_max));
        // SAFETY: the pointer is to a limit of this frame, which the call reads.
        let is_raised = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } == 0;
        usize::try_from(if is_raised { limit.rlim_cur } else { had }).ok()
    }
    #[cfg(not(unix))]
    None
}

/// How many connections of clients `files` are enough for, of `most`: else those without a key could take all of them.
#[must_use]
pub fn connections(files: Option<usize>, most: usize) -> usize {
    files.map_or(most, |files| most.min(FEWEST.max(files.saturating_sub(RESERVED) / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_has_two_files() {
        for (files, expected) in [
            (None, 1024),
            (Some(usize::MAX), 1024),
            (Some(4096), 1024),
            (Some(2240), 1024),
            (Some(1024), 416),
            (Some(256), 32),
            (Some(64), 8),
            (Some(0), 8),
        ] {
            assert_eq!(connections(files, 1024), expected, "{files:?}");
        }
    }
}
