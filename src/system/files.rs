//! Files on disk.

use std::io::{Error, ErrorKind, Read};
use std::time::Duration;

use async_trait::async_trait;

use super::Files;

/// A network file system can stall for ever; nothing that is read here takes longer than this when it is well.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// Reads through the blocking pool, with a bound on time and size.
pub struct DiskFiles;

#[async_trait]
impl Files for DiskFiles {
    async fn read(&self, path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
        let path = path.to_owned();
        let read = tokio::task::spawn_blocking(move || read_bounded(&path, limit));
        match tokio::time::timeout(READ_LIMIT, read).await {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(lost)) => Err(Error::other(lost)),
            Err(_) => {
                Err(Error::new(ErrorKind::TimedOut, format!("reading took longer than {} s", READ_LIMIT.as_secs())))
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the door that all files come through")]
fn read_bounded(path: &str, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Error::new(ErrorKind::InvalidData, format!("the file is longer than {limit} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read() {
        let path = std::env::temp_dir().join(format!("entra-files-{}", std::process::id()));
        std::fs::write(&path, b"12345").unwrap();
        let path = path.to_str().unwrap();

        assert_eq!(DiskFiles.read(path, 5).await.unwrap(), b"12345");
        let refused = DiskFiles.read(path, 4).await.unwrap_err();
        assert!(refused.to_string().contains("longer than 4 bytes"), "{refused}");

        std::fs::remove_file(path).unwrap();
        assert_eq!(DiskFiles.read(path, 5).await.unwrap_err().kind(), ErrorKind::NotFound);
    }
}
