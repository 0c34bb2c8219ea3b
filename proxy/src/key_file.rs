//! The file of a local key that the proxy made.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::local_key;

/// A file that only its owner reads, in a folder of its own. Both are removed when it is dropped.
pub struct KeyFile {
    folder: PathBuf,
    path: PathBuf,
}

impl KeyFile {
    /// Writes `key` to a new file below `place`.
    ///
    /// # Errors
    /// The system's.
    pub fn write(place: &Path, key: &str) -> io::Result<Self> {
        // Unguessable, so that no other user can have made it, or a link in its place.
        let suffix = local_key::generate().map_err(|failure| io::Error::other(failure.reason))?;
        let folder = place.join(format!("azure-openai-entra-proxy-{}", suffix.get(..16).unwrap_or_default()));
        let mut builder = DirBuilder::new();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
            builder.mode(0o700);
            options.mode(0o600);
        }
        builder.create(&folder)?;
        let file = Self { path: folder.join("key"), folder };
        options.open(&file.path)?.write_all(key.as_bytes())?;
        Ok(file)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for KeyFile {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_owner_reads_it_and_it_goes_with_the_proxy() {
        let key = local_key::generate().unwrap();
        let file = KeyFile::write(&std::env::temp_dir(), &key).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file.path()), mode(&file.folder)), (0o600, 0o700));
        assert_eq!(fs::metadata(file.path()).unwrap().len(), 64);
        let folder = file.folder.clone();
        drop(file);
        assert!(!folder.exists());
    }
}
