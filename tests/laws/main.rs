//! The laws of everything that takes text or commands: on the seeds of `fuzz/corpus`, on what fuzzing has found
//! (`fuzz/regressions`), and on random sessions. `./dev fuzz` looks for more.
#![cfg(not(target_arch = "wasm32"))]

mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use targets::session::{RECORD, Session};
use targets::{TARGETS, Target, state};

/// Nothing stored takes a second on its own; this is for machines that do much else.
const PATIENCE: Duration = Duration::from_secs(120);

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

/// The target holds on these files, and on each within a time: an input that never ends is named too.
fn holds_on(target: fn(&[u8]), files: impl IntoIterator<Item = PathBuf>) {
    let mut failed = Vec::new();
    for file in files {
        let (sender, receiver) = mpsc::channel();
        let input = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let runner = thread::spawn(move || {
            target(&input);
            _ = sender.send(());
        });
        match receiver.recv_timeout(PATIENCE) {
            Ok(()) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                assert!(runner.join().is_err(), "it ends with a word or with a panic");
                failed.push(file);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{} does not end", file.display()),
        }
    }
    assert!(failed.is_empty(), "the panics above are of {failed:?}");
}

fn stored(name: &str) {
    let (_, target): Target = *TARGETS.iter().find(|(target, _)| *target == name).expect("a target");
    let corpus = files(&fuzz().join("corpus").join(name));
    assert!(corpus.len() >= 10, "a corpus has seeds");
    let own = files(&fuzz().join("regressions")).into_iter().filter(|file| is_of(file, name));
    holds_on(target, corpus.into_iter().chain(own));
}

/// Whether a regression is an input of this target: `state-undo-of-a-line` is one of `state`.
fn is_of(file: &Path, target: &str) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
    name.strip_prefix(target).is_some_and(|rest| rest.starts_with('-'))
}

macro_rules! stored {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            stored(stringify!($name));
        })*

        #[test]
        fn every_target_runs_on_what_is_stored() {
            let names = TARGETS.map(|(name, _)| name);
            assert_eq!([$(stringify!($name)),*], names);
            let dev = include_str!("../../dev");
            assert!(dev.contains(&format!("FUZZ_TARGETS=\"{}\"", names.join(" "))), "./dev fuzz knows all of them");
            for file in files(&fuzz().join("regressions")) {
                assert!(TARGETS.iter().any(|(name, _)| is_of(&file, name)), "of which target is {}?", file.display());
                if is_of(&file, "state") {
                    Session::read(&fs::read(&file).expect("a file")).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                }
            }
        }
    };
}

stored!(program expr line link lab table state);

/// Sessions whose acts a failed test can leave out one by one.
fn sessions() -> impl Strategy<Value = Vec<u8>> {
    let acts = prop::collection::vec(any::<[u8; RECORD]>(), 0..40);
    (any::<bool>(), acts).prop_map(|(still, acts)| [u8::from(!still)].into_iter().chain(acts.concat()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// The laws that `targets/state.rs` lists.
    #[test]
    fn sessions_keep_the_laws(bytes in sessions()) {
        let session = Session::read(&bytes).expect("bytes are acts");
        if let Err(fault) = std::panic::catch_unwind(|| state::run(&session)) {
            eprintln!("as a regression it is:\n{session}");
            std::panic::resume_unwind(fault);
        }
    }

    #[test]
    fn a_session_can_be_written_down(bytes in sessions()) {
        let session = Session::read(&bytes).expect("bytes are acts");
        prop_assert_eq!(Session::read(session.to_string().as_bytes()), Ok(session));
    }
}
