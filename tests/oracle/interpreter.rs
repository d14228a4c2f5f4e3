//! Real interpreters, run as child processes with `dump.py`.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use dictoscope::python::Version;
use serde_json::Value;

use super::pythons::Python;

/// An interpreter of the right version.
#[derive(Clone, Debug)]
pub struct Interpreter(&'static Python);

impl Interpreter {
    /// Look for it on this machine.
    ///
    /// # Errors
    /// Where it was looked for.
    pub fn find(version: Version) -> Result<Interpreter, String> {
        Python::find(version).map(Interpreter)
    }

    /// Which Python it is.
    pub fn version(&self) -> Version {
        self.0.version
    }

    /// Its release, with the patch level: a dict may change with it.
    pub fn release(&self) -> String {
        self.0.release()
    }

    /// Start it with `PYTHONHASHSEED=hash_seed`.
    ///
    /// # Errors
    /// It does not start, or its build is not one this crate describes.
    pub fn start(&self, hash_seed: u32) -> Result<Session, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/dump.py");
        let mut child = Command::new(&self.0.executable)
            .args(["-S", "-B", "-W", "ignore"])
            .arg(script)
            .arg("--serve")
            .env("PYTHONHASHSEED", hash_seed.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", self.0.executable.display()))?;
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let mut session = Session { child, input, output, none: 0, release: self.release() };
        let hello: Value = serde_json::from_str(&session.line()?).map_err(|error| error.to_string())?;
        let ordinary = hello["implementation"] == "CPython" && hello["ordinary"] == true;
        if hello["version"] != session.release || !ordinary {
            return Err(format!("not an ordinary CPython {}: {hello}", session.release));
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
    release: String,
}

impl Session {
    /// Which release of Python it is.
    pub fn release(&self) -> &str {
        &self.release
    }

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
