//! Values of files that are read again when the files change: keys and certificates.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use azure_openai_entra_core::error::Failure;
use azure_openai_entra_core::shown::{self, shown};
use azure_openai_entra_core::system::{Files, System};

/// How often the files are read.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest of them.
const LIMIT: u64 = 1024 * 1024;

/// Makes a value of the files' contents.
type Parse<T> = Box<dyn Fn(&[Vec<u8>]) -> Result<T, Failure> + Send + Sync>;

/// A value, and the files that it is of.
pub struct Reloaded<T> {
    value: RwLock<Arc<T>>,
    source: Option<Source<T>>,
}

struct Source<T> {
    files: Arc<dyn Files>,
    paths: Vec<String>,
    parse: Parse<T>,
    /// What was read last, whether it was of use or not.
    read: Mutex<Vec<Vec<u8>>>,
}

impl<T> Reloaded<T> {
    /// A value that stays.
    pub fn fixed(value: T) -> Self {
        Self { value: RwLock::new(Arc::new(value)), source: None }
    }

    /// The value of the files at `paths`.
    ///
    /// # Errors
    /// If a file cannot be read, and those of `parse`.
    pub async fn load(files: Arc<dyn Files>, paths: Vec<String>, parse: Parse<T>) -> Result<Self, Failure> {
        let read = read(&*files, &paths).await?;
        let value = RwLock::new(Arc::new(parse(&read)?));
        Ok(Self { value, source: Some(Source { files, paths, parse, read: Mutex::new(read) }) })
    }

    /// The newest value.
    pub fn get(&self) -> Arc<T> {
        self.value.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the files, and takes over what has changed; says whether it did.
    ///
    /// # Errors
    /// Why the value stays as it was.
    pub async fn reload(&self) -> Result<bool, Failure> {
        let Some(source) = &self.source else { return Ok(false) };
        let read = read(&*source.files, &source.paths).await?;
        {
            let mut last = source.read.lock().unwrap_or_else(PoisonError::into_inner);
            if *last == read {
                return Ok(false);
            }
            last.clone_from(&read);
        }
        let value = (source.parse)(&read)?;
        *self.value.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
        Ok(true)
    }

    /// Reloads for ever.
    pub async fn follow(&self, system: &System) {
        let Some(source) = &self.source else { return };
        let mut failed = None;
        loop {
            system.clock.sleep(PAUSE).await;
            match self.reload().await {
                Ok(false) => {}
                Ok(true) => {
                    failed = None;
                    tracing::info!(file = source.shown(), "read again");
                }
                // Once, and not every few seconds.
                Err(failure) if failed.as_ref() != Some(&failure.reason) => {
                    tracing::warn!("{}. The content that was read before stays in use.", failure.reason);
                    failed = Some(failure.reason);
                }
                Err(_) => {}
            }
        }
    }
}

impl<T> Source<T> {
    fn shown(&self) -> String {
        self.paths.iter().map(|path| shown(shown::Form::Path, path)).collect::<Vec<_>>().join(", ")
    }
}

async fn read(files: &dyn Files, paths: &[String]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut contents = Vec::new();
    for path in paths {
        let content = files.read(path, LIMIT).await.map_err(|error| {
            Failure::configuration(format!("the file {} cannot be read: {error}", shown(shown::Form::Path, path)))
                .with_next_step("check its path, and that this process has permission to read it")
        })?;
        contents.push(content);
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    #[derive(Default)]
    struct OneFile(Mutex<Option<&'static str>>);

    #[async_trait]
    impl Files for OneFile {
        async fn read(&self, _: &str, _: u64) -> std::io::Result<Vec<u8>> {
            let content = *self.0.lock().unwrap();
            content.map(|text| text.as_bytes().to_vec()).ok_or_else(|| std::io::ErrorKind::NotFound.into())
        }
    }

    fn number(contents: &[Vec<u8>]) -> Result<u32, Failure> {
        let text = String::from_utf8_lossy(&contents[0]).into_owned();
        text.parse().map_err(|_| Failure::configuration("no number"))
    }

    #[tokio::test]
    async fn a_change_counts_and_what_is_unusable_leaves_the_last_value() {
        let file = Arc::new(OneFile::default());
        let set = |content| *file.0.lock().unwrap() = content;
        let load = || Reloaded::load(file.clone(), vec!["/keys/file.txt".to_owned()], Box::new(number));
        let failure = load().await.err().unwrap();
        assert!(failure.reason.starts_with("the file /keys/file.txt cannot be read"), "{}", failure.reason);
        set(Some("1"));
        let value = load().await.unwrap();
        assert_eq!((*value.get(), value.reload().await), (1, Ok(false)));
        set(Some("2"));
        assert_eq!((value.reload().await, *value.get()), (Ok(true), 2));
        for unusable in [Some("x"), None] {
            set(unusable);
            assert!(value.reload().await.is_err());
            assert_eq!(*value.get(), 2);
        }
        set(Some("3"));
        assert_eq!((value.reload().await, *value.get()), (Ok(true), 3));
    }
}
