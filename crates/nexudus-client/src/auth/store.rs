//! Where tokens are kept between two runs of a program.
//!
//! The service gives a new refresh token with each renewal and forgets the old one. So whoever renews must be
//! alone with the store from reading it to writing it: two that renew at once would kill each other's token.
//! A store is therefore used locked.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nexudus_core::transport::BoxFuture;
use serde_json::{Value, json};

use super::Secret;

/// What a login gives.
#[derive(Clone, Debug)]
pub struct Token {
    /// Shown with each request.
    pub access: Secret,
    /// Shown for the next token.
    pub refresh: Option<Secret>,
    /// When the access token dies, as far as the service said.
    pub expires: Option<SystemTime>,
}

impl Token {
    /// As JSON, for stores.
    pub fn to_json(&self) -> Value {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        json!({
            "access_token": self.access.expose(),
            "refresh_token": self.refresh.as_ref().map(Secret::expose),
            "expires_at": self.expires.map(seconds),
        })
    }

    /// From the JSON of [`to_json`](Self::to_json).
    pub fn from_json(json: &Value) -> Option<Self> {
        let text = |key: &str| json.get(key).and_then(Value::as_str).map(Secret::from);
        let expires = json.get("expires_at").and_then(Value::as_u64);
        Some(Self {
            access: text("access_token")?,
            refresh: text("refresh_token"),
            expires: expires.map(|seconds| UNIX_EPOCH + Duration::from_secs(seconds)),
        })
    }
}

/// Keeps the tokens of one login.
pub trait TokenStore: Send + Sync {
    /// Waits until nobody else uses the store, in this process or another.
    fn lock(&self) -> BoxFuture<'_, io::Result<Box<dyn LockedStore + '_>>>;
}

/// A store that nobody else uses until this is dropped.
pub trait LockedStore: Send {
    /// What is in the store.
    fn load(&mut self) -> io::Result<Option<Token>>;
    /// Puts a token into the place of whatever is there.
    fn save(&mut self, token: &Token) -> io::Result<()>;
}

/// Keeps tokens for the life of the program.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore(Arc<MemoryInner>);

#[derive(Debug, Default)]
struct MemoryInner {
    token: Mutex<Option<Token>>,
    line: tokio::sync::Mutex<()>,
}

impl MemoryStore {
    /// A store that holds a token from elsewhere.
    pub fn with(token: Token) -> Self {
        Self(Arc::new(MemoryInner { token: Mutex::new(Some(token)), ..MemoryInner::default() }))
    }
}

struct LockedMemory<'a>(&'a MemoryInner, #[expect(dead_code, reason = "held")] tokio::sync::MutexGuard<'a, ()>);

impl TokenStore for MemoryStore {
    fn lock(&self) -> BoxFuture<'_, io::Result<Box<dyn LockedStore + '_>>> {
        Box::pin(async { Ok(Box::new(LockedMemory(&self.0, self.0.line.lock().await)) as Box<dyn LockedStore>) })
    }
}

impl LockedStore for LockedMemory<'_> {
    fn load(&mut self) -> io::Result<Option<Token>> {
        Ok(self.0.token.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn save(&mut self, token: &Token) -> io::Result<()> {
        *self.0.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}

/// Keeps tokens in a file that only its owner may read, together with a file beside it that is locked while
/// the tokens are used.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// A store in this file. It is made with the first token.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        path.into()
    }
}

struct LockedFile<'a> {
    store: &'a FileStore,
    /// Closing it opens the lock, also when the program dies.
    #[expect(dead_code, reason = "held")]
    lock: File,
}

/// A file that nobody but its owner may read, from its first moment on.
fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

impl TokenStore for FileStore {
    fn lock(&self) -> BoxFuture<'_, io::Result<Box<dyn LockedStore + '_>>> {
        const PATIENCE: Duration = Duration::from_mins(1);
        Box::pin(async {
            let lock = private(&self.beside(".lock"), OpenOptions::new().create(true).append(true))?;
            let begun = tokio::time::Instant::now();
            loop {
                // Asked again and again, since waiting inside the call would hold up other tasks.
                match lock.try_lock() {
                    Ok(()) => return Ok(Box::new(LockedFile { store: self, lock }) as Box<dyn LockedStore>),
                    Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    Err(TryLockError::WouldBlock) => {
                        return Err(io::Error::new(io::ErrorKind::TimedOut, "another process holds the token file"));
                    }
                    Err(TryLockError::Error(error)) => return Err(error),
                }
            }
        })
    }
}

impl LockedStore for LockedFile<'_> {
    fn load(&mut self) -> io::Result<Option<Token>> {
        let text = match fs::read(&self.store.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text?,
        };
        // What can't be read is no token: the next one takes its place.
        Ok(serde_json::from_slice(&text).ok().and_then(|json| Token::from_json(&json)))
    }

    fn save(&mut self, token: &Token) -> io::Result<()> {
        let new = self.store.beside(".new");
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private(&new, OpenOptions::new().create_new(true).write(true))?;
        file.write_all(token.to_json().to_string().as_bytes())?;
        file.sync_all()?;
        // In one step: a reader sees the old token or the new one, never half of one.
        fs::rename(&new, &self.store.path)
    }
}
