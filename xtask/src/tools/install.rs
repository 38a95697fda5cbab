//! Programs and packages that a task needs and cargo can't build.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo::Cargo;
use super::process::run;

/// The first of some programs that is on the path. Where none is, the error has the command that installs it.
pub fn program(names: &[&str], package: &str) -> Result<PathBuf, String> {
    installed(names).ok_or_else(|| {
        let names = names.join(" or ");
        format!("there is no {names}; install it, on Debian with: sudo apt-get install {package}")
    })
}

/// The first of some programs that is on the path.
pub fn installed(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let places = names.iter().flat_map(|name| std::env::split_paths(&folders).map(move |folder| folder.join(name)));
    places.into_iter().find(|place| place.is_file())
}

/// A folder of a task's own, in the target folder.
pub struct Packages<'a> {
    folder: PathBuf,
    task: &'a str,
    install: bool,
}

impl<'a> Packages<'a> {
    /// The packages of `cargo xtask TASK`, which may install them if `install` is set.
    pub fn new(cargo: &Cargo, task: &'a str, install: bool) -> Result<Self, String> {
        let folder = cargo.target.join("xtask").join(task.split_whitespace().last().unwrap_or(task));
        std::fs::create_dir_all(&folder).map_err(|error| format!("can't make {}: {error}", folder.display()))?;
        Ok(Self { folder, task, install })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder `node_modules` with these packages of npm (`name@version`).
    pub fn npm(&self, packages: &[&str]) -> Result<PathBuf, String> {
        let modules = self.folder.join("node_modules");
        self.provide("npm", packages, &modules, || {
            let npm = program(&["npm"], "npm")?;
            let flags = ["--no-save", "--no-audit", "--no-fund", "--silent", "--prefer-offline", "--prefix"];
            run(Command::new(npm).arg("install").args(flags).arg(&self.folder).args(packages))
        })?;
        Ok(modules)
    }

    /// A Python of its own with these packages of PyPI (`name==version`).
    pub fn python(&self, packages: &[&str]) -> Result<PathBuf, String> {
        let folder = self.folder.join("python");
        let python = folder.join("bin/python");
        self.provide("PyPI", packages, &python, || {
            run(Command::new(program(&["python3"], "python3-venv")?).args(["-m", "venv"]).arg(&folder))?;
            let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
            run(Command::new(&python).args(install).args(packages))
        })?;
        Ok(python)
    }

    /// Installs packages unless the same were installed before: a file beside them lists what was.
    fn provide(
        &self,
        registry: &str,
        packages: &[&str],
        result: &Path,
        install: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        let list = self.folder.join(format!("{registry}.txt"));
        let wanted = packages.join("\n");
        if result.exists() && std::fs::read_to_string(&list).is_ok_and(|text| text == wanted) {
            return Ok(());
        }
        if !self.install {
            return Err(format!(
                "these packages of {registry} are missing: {}; `cargo xtask {} --install` installs them into {}",
                packages.join(", "),
                self.task,
                self.folder.display()
            ));
        }
        install()?;
        std::fs::write(&list, wanted).map_err(|error| format!("can't write {}: {error}", list.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_named() {
        assert_eq!(installed(&["no-such-program-1", "sh"]).unwrap().file_name().unwrap(), "sh");
        assert_eq!(installed(&["no-such-program-1"]), None);
        insta::assert_snapshot!(
            program(&["no-such-program-1", "no-such-program-2"], "some-package").unwrap_err(),
            @"there is no no-such-program-1 or no-such-program-2; install it, on Debian with: sudo apt-get install some-package"
        );
    }

    #[test]
    fn nothing_is_installed_unasked() {
        let folder = std::env::temp_dir().join(format!("xtask-packages-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let packages = |install| Packages { folder: folder.clone(), task: "browser", install };
        let provide = |install, wanted: &[&str]| {
            let mut ran = false;
            let done = packages(install).provide("npm", wanted, &folder, || {
                ran = true;
                Ok(())
            });
            (done, ran)
        };
        let (refused, ran) = provide(false, &["a@1"]);
        assert!(refused.unwrap_err().contains("`cargo xtask browser --install`") && !ran);
        assert_eq!(provide(true, &["a@1"]), (Ok(()), true));
        assert_eq!(provide(false, &["a@1"]), (Ok(()), false));
        // Another version is another package.
        assert!(provide(false, &["a@2"]).0.is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
