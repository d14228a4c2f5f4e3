//! What tables are called: the names of the list, and what else people write for a CPython.

use super::policy::{AnyTable, Policy};
use crate::python::{Version, excerpt, quote};

impl Policy {
    /// The CPython whose dict it is, if it is one's.
    pub fn cpython(&self) -> Option<Version> {
        Version::from_name(self.name.strip_prefix("cpython-")?)
    }
}

impl AnyTable {
    /// The table of a version of CPython.
    pub fn of_version(version: Version) -> &'static Policy {
        let named = AnyTable::policies().find(|policy| policy.cpython() == Some(version));
        named.expect("every version has a table")
    }

    /// The policy called `name`: as [`Policy::name`] says, or for a CPython also `3.12`, a release of it as `3.12.4`, and both
    /// after `cpython-`.
    ///
    /// # Errors
    /// A message that names the nearest version, or lists the names there are.
    pub fn policy_named(name: &str) -> Result<&'static Policy, String> {
        if let Some(policy) = AnyTable::policies().find(|policy| policy.name == name) {
            return Ok(policy);
        }
        match release(name) {
            Some(numbers) => version_of(name, &numbers).map(AnyTable::of_version),
            None => {
                let names: Vec<_> = AnyTable::policies().map(|policy| policy.name).collect();
                Err(format!("there is no table called {}; there are {}", quote(name), names.join(", ")))
            }
        }
    }

    /// What must be known of the sizes that a table of CPython shows to whoever asked for it by `name`: which release it is
    /// if another one was named, and who prints other sizes. `None` if there is nothing to say.
    pub fn remark_on(name: &str) -> Option<String> {
        let policy = AnyTable::policy_named(name).ok()?;
        let version = policy.cpython()?;
        let mut remarks = Vec::new();
        if release(name).is_some_and(|numbers| numbers.len() == 3) && !policy.name.ends_with(name) {
            let (releases, read_off) = (version.releases(), version.read_off());
            remarks.push(format!(
                "{} is {}, which stands for {releases} and was read off {read_off}.",
                excerpt(name),
                policy.name
            ));
        }
        remarks.extend(version.other_sizes().map(str::to_owned));
        (!remarks.is_empty()).then(|| remarks.join(" "))
    }
}

/// The table, with its settings, that a link of version 1 means by `spec`: `cpython-3.13` was what 3.13.0 to 3.13.3 are, the
/// only 3.13 that there was.
pub fn named_in_v1(spec: &str) -> &str {
    match spec {
        "cpython-3.13" => "cpython-3.13.0",
        other => other,
    }
}

/// The numbers of a version or release of Python, if that is what `name` is: two or three, or one.
fn release(name: &str) -> Option<Vec<u32>> {
    let name = name.to_ascii_lowercase();
    let after = ["cpython", "python"].into_iter().find_map(|word| name.strip_prefix(word));
    let digits = after.map_or(&*name, |rest| rest.trim_start_matches(['-', ' ']));
    // A sign would be read as part of a number.
    let plain = |part: &str| if part.starts_with('+') { None } else { part.parse().ok() };
    let numbers: Option<Vec<u32>> = digits.split('.').map(plain).collect();
    numbers.filter(|numbers| numbers.len() <= 3)
}

/// The version that these numbers mean; `name` is what was written.
fn version_of(name: &str, numbers: &[u32]) -> Result<Version, String> {
    let major = numbers[0];
    let Some(&minor) = numbers.get(1) else {
        return Err(match Version::ALL.into_iter().rfind(|version| version.number().0 == major) {
            Some(newest) => format!("which Python {major}? The newest here is cpython-{}", newest.name()),
            None => nearest(name, (major, 0)),
        });
    };
    // Without a patch level the last of its rows is meant: that of the releases still to come.
    let patch = numbers.get(2).copied().unwrap_or(u32::MAX);
    Version::of_release(major, minor, patch).ok_or_else(|| nearest(name, (major, minor)))
}

fn nearest(name: &str, number: (u32, u32)) -> String {
    let [oldest, newest] = [Version::ALL[0], Version::LATEST];
    let (near, why) = if number > newest.number() {
        (newest, "which is the newest here")
    } else if number < oldest.number() {
        (oldest, "which is the oldest here")
    } else {
        // 3.0 to 3.5: the two layouts meet between them.
        let why = "which is the oldest Python 3 here; before it a dict was one array, much as in cpython-2.7";
        (Version::V3_6, why)
    };
    format!("there is no table {}: the nearest is cpython-{}, {why}", quote(name), near.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_has_a_table() {
        for version in Version::ALL {
            assert_eq!(AnyTable::of_version(version).python, version);
        }
    }

    #[test]
    fn a_cpython_goes_by_many_names() {
        for (name, table) in [
            ("3.12", "cpython-3.12"),
            ("3.12.4", "cpython-3.12"),
            ("cpython-3.12.4", "cpython-3.12"),
            ("Python 3.7.3", "cpython-3.7"),
            ("2.7.18", "cpython-2.7"),
            ("3.13", "cpython-3.13"),
            ("3.13.0", "cpython-3.13.0"),
            ("cpython-3.13.3", "cpython-3.13.0"),
            ("3.13.4", "cpython-3.13"),
            ("3.15.0", "cpython-3.15"),
            ("swiss", "swiss"),
        ] {
            assert_eq!(AnyTable::policy_named(name).map(|policy| policy.name), Ok(table), "{name}");
        }
    }

    #[test]
    fn what_is_not_here_is_answered_with_the_nearest() {
        for (name, says) in [
            ("3.16", "the nearest is cpython-3.15, which is the newest here"),
            ("cpython-3.16", "the nearest is cpython-3.15"),
            ("4.0.1", "the nearest is cpython-3.15"),
            ("3.5", "the nearest is cpython-3.6, which is the oldest Python 3 here"),
            ("3.0.1", "much as in cpython-2.7"),
            ("2.6", "the nearest is cpython-2.7, which is the oldest here"),
            ("1", "the nearest is cpython-2.7"),
            ("3", "which Python 3? The newest here is cpython-3.15"),
            ("cpython", "there is no table called \"cpython\"; there are cpython-2.7, cpython-3.6"),
            ("3.x", "there is no table called"),
            ("3.12.4.5", "there is no table called"),
            ("-3.12", "there is no table called \"-3.12\""),
        ] {
            let error = AnyTable::policy_named(name).map(|policy| policy.name).expect_err(name);
            assert!(error.contains(says), "{name}: {error}");
        }
    }

    #[test]
    fn who_prints_other_sizes_is_told() {
        for (name, words) in [
            ("3.7.3", &["3.7.3 is cpython-3.7", "3.7.0 to 3.7.3, and later ones on Windows, print 8 bytes less"][..]),
            ("3.7", &["print 8 bytes less"]),
            ("cpython-2.7", &["272 for {}"]),
            ("3.6", &["240 for {}"]),
            ("3.12.4", &["3.12.4 is cpython-3.12, which stands for 3.12.x and was read off 3.12.1."]),
            ("3.13.5", &["3.13.5 is cpython-3.13, which stands for 3.13.4 and later 3.13.x"]),
        ] {
            let remark = AnyTable::remark_on(name).expect(name);
            assert!(words.iter().all(|word| remark.contains(word)), "{name}: {remark}");
        }
        for name in ["3.12", "cpython-3.15", "3.13.0", "cpython-3.13.0", "swiss", "nosuch"] {
            assert_eq!(AnyTable::remark_on(name), None, "{name}");
        }
    }

    #[test]
    fn old_links_open_on_what_they_showed() {
        assert_eq!(named_in_v1("cpython-3.13"), "cpython-3.13.0");
        for same in ["cpython-3.12", "cpython-2.7", "swiss", "linear:load=0.5"] {
            assert_eq!(named_in_v1(same), same);
        }
    }
}
