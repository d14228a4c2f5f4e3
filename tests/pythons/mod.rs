//! The interpreters on this machine: one for each version, whatever its patch level.
//!
//! They are looked for in a folder, as `get-pythons` beside this file fills one (`DICTOSCOPE_PYTHONS`, or where
//! `./dev pythons` puts it), among pyenv's versions, and on the `PATH` as `python3.14` and so on. Where several are of the
//! same version, the one that the facts were read off is taken, else the newest.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dictoscope::python::Version;

/// An interpreter.
#[derive(Clone, Debug)]
pub struct Python {
    /// The row of [`Version::ALL`] that it belongs to.
    pub version: Version,
    /// Major, minor and patch level.
    pub numbers: [u32; 3],
    /// What to run.
    pub executable: PathBuf,
}

impl Python {
    /// The one for `version`.
    ///
    /// # Errors
    /// That there is none, and where it was looked for.
    pub fn find(version: Version) -> Result<&'static Python, String> {
        static ALL: OnceLock<Vec<Python>> = OnceLock::new();
        let all = ALL.get_or_init(|| candidates().iter().filter_map(|executable| Python::ask(executable)).collect());
        let exact = |python: &&Python| python.release() == version.read_off();
        let mut fitting: Vec<_> = all.iter().filter(|python| python.version == version).collect();
        fitting.sort_by_key(|python| (exact(python), python.numbers));
        fitting.pop().ok_or_else(|| {
            format!("no CPython {} in {}, under pyenv or on the PATH", version.releases(), folder().display())
        })
    }

    /// `"3.14.10"`
    pub fn release(&self) -> String {
        self.numbers.map(|n| n.to_string()).join(".")
    }

    /// What it says of itself, if it runs and is of a version that is reproduced.
    fn ask(executable: &Path) -> Option<Python> {
        let ask = "import sys; print('%d %d %d' % sys.version_info[:3])";
        let output = Command::new(executable).args(["-S", "-c", ask]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let numbers: Vec<u32> = text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        let numbers: [u32; 3] = numbers.try_into().ok()?;
        let version = Version::of_release(numbers[0], numbers[1], numbers[2])?;
        Some(Python { version, numbers, executable: executable.to_owned() })
    }
}

/// Where `./dev pythons` puts them, if `DICTOSCOPE_PYTHONS` does not name another folder.
fn folder() -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = || set("XDG_CACHE_HOME").unwrap_or_else(|| set("HOME").unwrap_or_default().join(".cache"));
    let tools = || set("DICTOSCOPE_TOOLS").unwrap_or_else(|| cache().join("dictoscope/tools"));
    set("DICTOSCOPE_PYTHONS").unwrap_or_else(|| tools().join("pythons"))
}

fn candidates() -> Vec<PathBuf> {
    let mut minors: Vec<_> = Version::ALL.into_iter().map(Version::number).collect();
    minors.dedup();
    let names: Vec<_> = minors.iter().map(|(major, minor)| format!("python{major}.{minor}")).collect();
    let mut folders = vec![folder().join("bin")];
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let mut found: Vec<_> = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name))).collect();
    // pyenv's `python3.12` on the PATH stands for whichever version is switched on: its own are asked for one by one.
    found.retain(|file| file.is_file() && !file.components().any(|part| part.as_os_str() == "shims"));
    if let Some(root) = Command::new("pyenv").arg("root").output().ok().filter(|output| output.status.success()) {
        let versions = Path::new(String::from_utf8_lossy(&root.stdout).trim()).join("versions");
        let entries = versions.read_dir().into_iter().flatten().flatten();
        found.extend(entries.map(|entry| entry.path().join("bin/python")).filter(|file| file.is_file()));
    }
    found
}
