//! Real interpreters, run as child processes with `dump.py`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use dictoscope::python::Version;
use serde_json::Value;

/// The patch level that everything here is said of: a dict may change with it.
pub const fn patch_level(version: Version) -> &'static str {
    match version {
        Version::V2_7 => "2.7.18",
        Version::V3_6 => "3.6.15",
        Version::V3_7 => "3.7.16",
        Version::V3_8 => "3.8.18",
        Version::V3_9 => "3.9.18",
        Version::V3_10 => "3.10.13",
        Version::V3_11 => "3.11.7",
        Version::V3_12 => "3.12.1",
        Version::V3_13 => "3.13.0",
    }
}

/// An interpreter of exactly the right version.
#[derive(Clone, Debug)]
pub struct Interpreter {
    version: Version,
    executable: PathBuf,
}

impl Interpreter {
    /// Look for it behind pyenv's `python`, then for `pythonX.Y` on the `PATH`.
    ///
    /// # Errors
    /// What was found instead.
    pub fn find(version: Version) -> Result<Interpreter, String> {
        let wanted = patch_level(version);
        let mut found = Vec::new();
        for name in ["python".to_owned(), format!("python{}", version.name())] {
            let ask = "import sys; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";
            let Ok(output) = Command::new(&name).args(["-c", ask]).env("PYENV_VERSION", wanted).output() else {
                continue;
            };
            let text = String::from_utf8_lossy(&output.stdout);
            match text.lines().collect::<Vec<_>>()[..] {
                [level, executable] if level == wanted => {
                    return Ok(Interpreter { version, executable: executable.into() });
                }
                [level, _] => found.push(format!("`{name}` is {level}")),
                _ => {}
            }
        }
        let instead = if found.is_empty() { String::new() } else { format!(" ({})", found.join(", ")) };
        Err(format!("no CPython {wanted} here{instead}"))
    }

    /// Which Python it is.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Start it with `PYTHONHASHSEED=hash_seed`.
    ///
    /// # Errors
    /// It does not start, or its build is not one this crate describes.
    pub fn start(&self, hash_seed: u32) -> Result<Session, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/dump.py");
        let mut child = Command::new(&self.executable)
            .args(["-S", "-B", "-W", "ignore"])
            .arg(script)
            .arg("--serve")
            .env("PYTHONHASHSEED", hash_seed.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.executable.display()))?;
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut session = Session { child, input, output, none: 0 };
        let hello: Value = serde_json::from_str(&session.line()?).map_err(|error| error.to_string())?;
        let ordinary = hello["implementation"] == "CPython" && hello["ordinary"] == true;
        if hello["version"] != patch_level(self.version) || !ordinary {
            return Err(format!("not an ordinary CPython {}: {hello}", patch_level(self.version)));
        }
        session.none = hello["none"].as_i64().ok_or("no hash(None) in the hello")?;
        Ok(session)
    }
}

/// A running interpreter.
#[derive(Debug)]
pub struct Session {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    none: i64,
}

impl Session {
    /// `hash(None)` in this process.
    pub fn none(&self) -> i64 {
        self.none
    }

    /// Run a program; the digests after every `every` operations and after the last.
    ///
    /// # Errors
    /// What Python said about a line that raised anything but `KeyError`.
    pub fn digests(&mut self, lines: &[String], every: usize) -> Result<Vec<u32>, String> {
        self.send(lines, every as i64, -1)?;
        let mut digests = Vec::with_capacity(lines.len() / every + 1);
        loop {
            let line = self.line()?;
            match line.trim_end() {
                "" => return Ok(digests),
                hex => match u32::from_str_radix(hex, 16) {
                    Ok(digest) => digests.push(digest),
                    Err(_) => {
                        self.line()?;
                        return Err(hex.to_owned());
                    }
                },
            }
        }
    }

    /// Run a program up to operation `at`; the whole state after it.
    ///
    /// # Errors
    /// As [`Session::digests`].
    pub fn state(&mut self, lines: &[String], at: usize) -> Result<Value, String> {
        self.send(lines, 1, at as i64)?;
        let line = self.line()?;
        let state = serde_json::from_str(&line).map_err(|_| line.trim_end().to_owned());
        if !line.trim_end().is_empty() {
            self.line()?;
        }
        state
    }

    fn send(&mut self, lines: &[String], every: i64, at: i64) -> Result<(), String> {
        let mut text = format!("{} {every} {at}\n", lines.len());
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        self.input.write_all(text.as_bytes()).and_then(|()| self.input.flush()).map_err(|error| error.to_string())
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => Err("the interpreter ended".into()),
            Ok(_) => Ok(line),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It has nothing to save, and there is no one left to hear of an error.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
