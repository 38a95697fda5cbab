//! How tests run the binary.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nexudus_sandbox::{Sandbox, Seed, TOKEN};
use serde_json::Value;

/// The binary with a folder of settings of its own, and a sandbox to ask.
pub(crate) struct Tool {
    pub(crate) sandbox: Sandbox,
    pub(crate) home: PathBuf,
}

impl Drop for Tool {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.home).ok();
    }
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Done {
    /// Standard output of a run that has to have gone well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }

    /// Standard output as JSON.
    pub(crate) fn json(self) -> Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The `data` of the envelope.
    pub(crate) fn data(self) -> Value {
        self.json()["data"].take()
    }
}

pub(crate) fn binary() -> PathBuf {
    std::env::var_os("CARGO_BIN_EXE_nexudus").expect("cargo says where the binary is").into()
}

/// A folder of its own.
pub(crate) fn folder() -> PathBuf {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("nexudus-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let path = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

impl Tool {
    /// The tool with the demo space.
    pub(crate) fn demo() -> Self {
        Self::with(Sandbox::builder().seed(Seed::Demo).start_blocking().unwrap())
    }

    /// The tool with the sample records.
    pub(crate) fn sample() -> Self {
        Self::with(Sandbox::builder().start_blocking().unwrap())
    }

    pub(crate) fn with(sandbox: Sandbox) -> Self {
        Self { sandbox, home: folder() }
    }

    /// A command without credentials in its environment.
    pub(crate) fn bare(&self) -> Command {
        let mut command = Command::new(binary());
        command.env_clear().env("NEXUDUS_CONFIG_DIR", self.home.join("settings")).current_dir(&self.home);
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    /// A command that asks the sandbox as its administrator.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.bare();
        command.env("NEXUDUS_BASE_URL", self.sandbox.url()).env("NEXUDUS_TOKEN", TOKEN);
        command
    }

    /// Runs the words of a line; a quote keeps spaces.
    pub(crate) fn run(&self, line: &str) -> Done {
        self.run_with(line, "")
    }

    /// The same with a standard input.
    pub(crate) fn run_with(&self, line: &str, input: &str) -> Done {
        finish(self.command().args(shlex::split(line).unwrap()), input)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// Runs a command to its end.
pub(crate) fn finish(command: &mut Command, input: &str) -> Done {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Done {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}
