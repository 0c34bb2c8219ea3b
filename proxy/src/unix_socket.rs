//! A Unix socket that only its owner can connect to.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixStream as StdStream};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use crate::local_key;

/// A listener at a path, which is removed when it is dropped.
pub struct UnixSocket {
    listener: UnixListener,
    path: PathBuf,
    /// The socket's own number: another process's at the same path stays.
    inode: u64,
}

impl UnixSocket {
    /// Listens at `path`. A socket to which nothing listens any more is replaced.
    ///
    /// # Errors
    /// If a process listens there, or the path is not a socket's.
    pub fn bind(path: &str) -> io::Result<Self> {
        let path = Path::new(path);
        // The rename below would make a socket at a path that is too long for a client to connect to.
        SocketAddr::from_pathname(path)?;
        match fs::symlink_metadata(path) {
            Ok(found) if !found.file_type().is_socket() => {
                return Err(io::Error::new(ErrorKind::AlreadyExists, "the path exists and is not a socket"));
            }
            Ok(_) => match StdStream::connect(path) {
                Ok(_) => return Err(io::Error::new(ErrorKind::AddrInUse, "another process listens there")),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // Made in a folder of its own: it never stands at its path with other permissions.
        let suffix = local_key::generate().map_err(|failure| io::Error::other(failure.reason))?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = parent.join(format!(".entra-{}", suffix.get(..16).unwrap_or_default()));
        fs::DirBuilder::new().mode(0o700).create(&folder)?;
        let made = Self::make(&folder.join("s"), path);
        let _ = fs::remove_dir_all(&folder);
        made
    }

    fn make(temporary: &Path, path: &Path) -> io::Result<Self> {
        let listener = UnixListener::bind(temporary)?;
        fs::set_permissions(temporary, Permissions::from_mode(0o600))?;
        let inode = fs::symlink_metadata(temporary)?.ino();
        fs::rename(temporary, path)?;
        Ok(Self { listener, path: path.to_owned(), inode })
    }

    /// The next connection.
    ///
    /// # Errors
    /// The system's.
    pub async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.listener.accept().await?.0)
    }
}

impl Drop for UnixSocket {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("entra-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[tokio::test]
    async fn only_the_owner_connects_and_a_stale_socket_is_replaced() {
        let folder = folder("stale");
        let path = folder.join("proxy.sock");
        // Dropped, and not removed: what a process that was killed leaves.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let socket = UnixSocket::bind(path.to_str().unwrap()).unwrap();
        assert_eq!(fs::symlink_metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "the temporary folder is gone");
        let connected = StdStream::connect(&path);
        assert!(socket.accept().await.is_ok() && connected.is_ok());
        drop(socket);
        assert!(!path.exists());
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_path_to_which_no_client_could_connect_is_refused() {
        let folder = folder("long");
        let path = folder.join("l".repeat(120));
        let refused = UnixSocket::bind(path.to_str().unwrap()).err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{refused}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_live_socket_and_another_file_are_refused() {
        let folder = folder("live");
        let path = folder.join("proxy.sock");
        let live = UnixSocket::bind(path.to_str().unwrap()).unwrap();
        let refused = UnixSocket::bind(path.to_str().unwrap()).err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::AddrInUse, "{refused}");
        drop(live);
        fs::write(&path, "").unwrap();
        let refused = UnixSocket::bind(path.to_str().unwrap()).err().unwrap();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists, "{refused}");
        assert!(path.exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
