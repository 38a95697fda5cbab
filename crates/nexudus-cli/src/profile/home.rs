//! The folder that settings and credentials are kept in.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use crate::failure::Failure;
use crate::files::write_whole;

/// The variable that names another folder.
pub(crate) const VARIABLE: &str = "NEXUDUS_CONFIG_DIR";

/// The folder of this user.
#[derive(Clone, Debug)]
pub(crate) struct Home(PathBuf);

impl Home {
    /// The folder that `NEXUDUS_CONFIG_DIR` names, or the platform's folder for settings.
    pub(crate) fn find() -> Result<Self, Failure> {
        if let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
            return Ok(Self(path.into()));
        }
        let strategy = etcetera::choose_base_strategy().map_err(|error| {
            Failure::usage(format!("no folder for settings: {error}")).hint(format!("Set {VARIABLE} to a folder."))
        })?;
        Ok(Self(strategy.config_dir().join("nexudus")))
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The file of settings.
    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("config.json")
    }

    /// The file of a profile's credentials.
    pub(crate) fn credentials(&self, profile: &str) -> PathBuf {
        self.0.join("credentials").join(format!("{profile}.json"))
    }

    /// The file of the tokens that a profile's login gave.
    pub(crate) fn tokens(&self, profile: &str) -> PathBuf {
        self.0.join("credentials").join(format!("{profile}.tokens.json"))
    }

    /// The profiles that have credentials.
    pub(crate) fn stored_profiles(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.0.join("credentials")) else { return Vec::new() };
        let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
        let profile =
            |name: String| Some(name.strip_suffix(".json")?.to_owned()).filter(|name| !name.contains(".tokens"));
        names.filter_map(profile).collect()
    }

    /// The file of the key that a profile's personal data is replaced with.
    pub(crate) fn redaction_key(&self, profile: &str) -> PathBuf {
        self.0.join("credentials").join(format!("{profile}.redaction-key"))
    }
}

/// The text of a file; `None` if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Failure::usage(format!("can't read {}: {error}", path.display()))),
    }
}

/// What the users of this machine who do not own a file may not do with it: bits of its mode.
pub(crate) const READ_OR_WRITE: u32 = 0o077;
/// See [`READ_OR_WRITE`].
pub(crate) const WRITE: u32 = 0o022;

/// The text of a file; `None` if there is no such file. A file that others may use in these ways is refused.
pub(crate) fn read_guarded(path: &Path, refused: u32) -> Result<Option<String>, Failure> {
    #[cfg(unix)]
    if let Ok(facts) = fs::metadata(path) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = facts.permissions().mode() & 0o777;
        if mode & refused != 0 {
            let path = path.display();
            let what = format!("{path} is open to other users of this machine (its mode is {mode:04o})");
            return Err(
                Failure::usage(what).hint(format!("Run chmod 600 {path}, and replace what they may have seen."))
            );
        }
    }
    #[cfg(not(unix))]
    let _ = refused;
    read(path)
}

/// Writes a file that nobody but its owner may read, whole or not at all. Its folder is made.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private_folder(folder).map_err(|error| Failure::usage(format!("can't make {}: {error}", folder.display())))?;
    write_whole(path, text)
}

fn make_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// Makes the folder of a file, for its owner alone.
pub(crate) fn make_folder_of(path: &Path) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_private_folder(folder).map_err(|error| Failure::usage(format!("can't make {}: {error}", folder.display())))
}

/// Removes a file and the file beside it that is locked while it is used.
pub(crate) fn remove_with_lock(path: &Path) -> Result<bool, Failure> {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    remove(lock.as_ref())?;
    remove(path)
}

/// Removes a file. Whether there was one.
pub(crate) fn remove(path: &Path) -> Result<bool, Failure> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Failure::usage(format!("can't remove {}: {error}", path.display()))),
    }
}

/// The key in a file, which is made with the first use.
pub(crate) fn read_or_make_key(path: &Path) -> Result<[u8; 32], Failure> {
    let parse = |text: &str| -> Option<[u8; 32]> {
        let digits = text.trim().as_bytes();
        let byte = |at: usize| u8::from_str_radix(std::str::from_utf8(digits.get(at * 2..at * 2 + 2)?).ok()?, 16).ok();
        let bytes: Vec<u8> = (0..32).map(byte).collect::<Option<_>>()?;
        bytes.try_into().ok()
    };
    if let Some(text) = read_guarded(path, READ_OR_WRITE)? {
        return parse(&text).ok_or_else(|| Failure::usage(format!("{}: this is not a key", path.display())));
    }
    let key: String = (0..4).map(|_| format!("{:016x}", random())).collect();
    // Another process may have made one meanwhile: whatever stands in the file counts.
    write_private(path, &key)?;
    let text = read(path)?.unwrap_or(key);
    parse(&text).ok_or_else(|| Failure::usage(format!("{}: this is not a key", path.display())))
}

/// Random bits of the operating system.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _, RandomState};
    RandomState::new().build_hasher().finish()
}
