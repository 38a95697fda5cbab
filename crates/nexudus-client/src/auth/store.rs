//! Token stores, which keep tokens between two runs of a program.
//!
//! Each renewal returns a new refresh token and invalidates the old one. Reading the store, renewing the token and
//! writing the store must therefore be exclusive: two concurrent renewals would invalidate each other's token. A
//! renewal locks the store. Reading it needs no lock.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nexudus_core::transport::BoxFuture;
use serde_json::{Value, json};

use super::{Secret, bearer_header};

/// What a login gives.
#[derive(Clone, Debug)]
pub struct Token {
    /// Sent with each request.
    pub access: Secret,
    /// Exchanged for the next token.
    pub refresh: Option<Secret>,
    /// When the access token expires, as far as the service said.
    pub expires: Option<SystemTime>,
}

impl Token {
    /// As JSON, for stores. A token that expires after the year 9999 is kept as one that does not expire.
    pub fn to_json(&self) -> Value {
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        // What `from_json` takes for no time would lose the whole token.
        let expires = self.expires.map(seconds).filter(|seconds| *seconds < Self::LATEST);
        json!({
            "access_token": self.access.expose(),
            "refresh_token": self.refresh.as_ref().map(Secret::expose),
            "expires_at": expires,
        })
    }

    /// From the JSON of [`to_json`](Self::to_json); `None` if it holds no token that can be sent, or a time that
    /// does not exist.
    pub fn from_json(json: &Value) -> Option<Self> {
        let text = |key: &str| json.get(key).and_then(Value::as_str).map(Secret::from);
        let expires = match json.get("expires_at") {
            None | Some(Value::Null) => None,
            Some(seconds) => {
                let seconds = seconds.as_u64().filter(|seconds| *seconds < Self::LATEST)?;
                Some(UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?)
            }
        };
        let access = text("access_token").filter(|token| bearer_header(token).is_some())?;
        Some(Self { access, refresh: text("refresh_token"), expires })
    }

    /// The year 10000, in seconds: what is not before it is no time that a service means.
    const LATEST: u64 = 253_402_300_800;
}

/// Keeps the tokens of one login.
pub trait TokenStore: Send + Sync {
    /// The current content of the store, without a lock.
    fn load(&self) -> io::Result<Option<Token>>;
    /// Waits until no other renewal of the token is in progress, in this process or another.
    fn lock(&self) -> BoxFuture<'_, io::Result<Box<dyn LockedStore + '_>>>;
}

/// Exclusive access to a store, until this is dropped.
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
    /// Held for a renewal.
    lock: tokio::sync::Mutex<()>,
}

impl MemoryInner {
    fn load(&self) -> Option<Token> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl MemoryStore {
    /// A store that holds a token from elsewhere.
    pub fn with(token: Token) -> Self {
        Self(Arc::new(MemoryInner { token: Mutex::new(Some(token)), ..MemoryInner::default() }))
    }
}

struct LockedMemory<'a>(&'a MemoryInner, #[expect(dead_code, reason = "held")] tokio::sync::MutexGuard<'a, ()>);

impl TokenStore for MemoryStore {
    fn load(&self) -> io::Result<Option<Token>> {
        Ok(self.0.load())
    }

    fn lock(&self) -> BoxFuture<'_, io::Result<Box<dyn LockedStore + '_>>> {
        Box::pin(async { Ok(Box::new(LockedMemory(&self.0, self.0.lock.lock().await)) as Box<dyn LockedStore>) })
    }
}

impl LockedStore for LockedMemory<'_> {
    fn load(&mut self) -> io::Result<Option<Token>> {
        Ok(self.0.load())
    }

    fn save(&mut self, token: &Token) -> io::Result<()> {
        *self.0.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(())
    }
}

/// Keeps tokens in a file that only its owner may read, together with a file beside it that is locked for a
/// renewal. A file that others may read is refused.
#[derive(Clone, Debug)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// A store in this file. The file is made with the first token, and so is its folder if it is missing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(ending);
        path.into()
    }

    /// A new token is written here first. It stays here where it can't take the place of the old one.
    fn new_file(&self) -> PathBuf {
        self.beside(".new")
    }

    /// Makes the folder of the file, for its owner alone.
    fn make_folder(&self) -> io::Result<()> {
        let Some(folder) = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
        if folder.exists() {
            return Ok(());
        }
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(folder).map_err(|error| at("can't make the folder", folder, &error))
    }

    /// The token in one of the two files. What can't be read as a token is none: the next one takes its place.
    fn load_from(path: &Path) -> io::Result<Option<Token>> {
        const LONGEST: u64 = 1024 * 1024;
        let failed = |error: io::Error| at("can't read", path, &error);
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(failed)?,
        };
        check_mode(path, &file)?;
        let mut text = Vec::new();
        file.take(LONGEST).read_to_end(&mut text).map_err(failed)?;
        Ok(serde_json::from_slice(&text).ok().and_then(|json| Token::from_json(&json)))
    }

    /// Fails where a new token could not be written. To be asked before the old one is spent.
    fn check_writable(&self) -> io::Result<()> {
        let new = self.new_file();
        let failed = |error: io::Error| at("can't write", &new, &error);
        // Not cut: what is there may be the newest token.
        let file = private(&new, OpenOptions::new().create(true).append(true)).map_err(failed)?;
        if file.metadata().map_err(failed)?.len() == 0 {
            fs::remove_file(&new).map_err(failed)?;
        }
        Ok(())
    }

    fn save(&self, token: &Token) -> io::Result<()> {
        self.make_folder()?;
        let new = self.new_file();
        let failed = |error: io::Error| at("can't write", &new, &error);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let mut file = private(&new, OpenOptions::new().create_new(true).write(true)).map_err(failed)?;
        file.write_all(token.to_json().to_string().as_bytes()).map_err(failed)?;
        file.sync_all().map_err(failed)?;
        drop(file);
        rename(&new, &self.path)
    }
}

/// An error with the path that it is about.
fn at(what: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what} {}: {error}", path.display()))
}

/// Refuses a file that others may read.
#[cfg(unix)]
fn check_mode(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    const OF_OTHERS: u32 = 0o077;
    let mode = file.metadata().map_err(|error| at("can't read", path, &error))?.permissions().mode() & 0o777;
    if mode & OF_OTHERS == 0 {
        return Ok(());
    }
    let path = path.display();
    let what = format!("others may use the token file {path} (its mode is {mode:04o}): run chmod 600 {path}");
    Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

/// Puts a file into the place of another, in one step: a reader sees the old token or the new one, never half of
/// one. Windows denies it while somebody else has the old one open, so it is tried for a while.
fn rename(new: &Path, path: &Path) -> io::Result<()> {
    const ATTEMPTS: u32 = 20;
    for attempt in 1.. {
        match fs::rename(new, path) {
            Ok(()) => break,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && cfg!(windows) && attempt < ATTEMPTS => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(error) => {
                let what = format!("the new token is kept in {}, but can't replace", new.display());
                return Err(at(&what, path, &error));
            }
        }
    }
    Ok(())
}

struct LockedFile<'a> {
    store: &'a FileStore,
    /// Closing it opens the lock, also when the program ends.
    #[expect(dead_code, reason = "held")]
    lock: File,
}

/// A file that only its owner can read, from its creation on.
fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

impl TokenStore for FileStore {
    fn load(&self) -> io::Result<Option<Token>> {
        // One that could not replace the old one is newer.
        match Self::load_from(&self.new_file())? {
            Some(token) => Ok(Some(token)),
            None => Self::load_from(&self.path),
        }
    }

    fn lock(&self) -> BoxFuture<'_, io::Result<Box<dyn LockedStore + '_>>> {
        const PATIENCE: Duration = Duration::from_secs(50);
        Box::pin(async {
            self.make_folder()?;
            let path = self.beside(".lock");
            let failed = |error: io::Error| at("can't lock", &path, &error);
            let lock = private(&path, OpenOptions::new().create(true).append(true)).map_err(failed)?;
            let begun = tokio::time::Instant::now();
            loop {
                // Asked again and again, since waiting inside the call would hold up other tasks.
                match lock.try_lock() {
                    Ok(()) => {
                        self.check_writable()?;
                        return Ok(Box::new(LockedFile { store: self, lock }) as Box<dyn LockedStore>);
                    }
                    Err(TryLockError::WouldBlock) if begun.elapsed() < PATIENCE => {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                    Err(TryLockError::WouldBlock) => {
                        return Err(failed(io::Error::new(io::ErrorKind::TimedOut, "another process holds it")));
                    }
                    Err(TryLockError::Error(error)) => return Err(failed(error)),
                }
            }
        })
    }
}

impl LockedStore for LockedFile<'_> {
    fn load(&mut self) -> io::Result<Option<Token>> {
        TokenStore::load(self.store)
    }

    fn save(&mut self, token: &Token) -> io::Result<()> {
        self.store.save(token)
    }
}
