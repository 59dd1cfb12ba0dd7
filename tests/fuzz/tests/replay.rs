//! What fuzzing grew, and the oddities of YAML, through every target that reads such bytes.

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_fuzz::{Dice, TARGETS, Target, odd};

/// So many manifests are made up.
const MADE_UP: u32 = 2_000;

fn target(name: &str) -> &'static Target {
    TARGETS.iter().find(|target| target.name == name).expect("the target is on the list")
}

fn replay(name: &str, folders: &[&str]) {
    let target = target(name);
    let own = format!("corpus/{name}");
    for folder in folders.iter().copied().chain([own.as_str()]) {
        let files = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        assert!(!files.is_empty(), "{folder} is empty");
        for file in files {
            let bytes = fs::read(&file).expect("the corpus can be read");
            holds(target, &bytes, &file);
        }
    }
}

/// Also for what becomes of the bytes when they are changed, so that the changes are tested.
fn holds(target: &Target, bytes: &[u8], file: &Path) {
    let changed = (target.mutate)(bytes, &mut Dice::new(bytes.len() as u32));
    for bytes in [bytes, &changed] {
        let ran = std::panic::catch_unwind(|| (target.run)(bytes));
        assert!(
            ran.is_ok(),
            "{} fails {}: {:?}",
            target.name,
            file.display(),
            String::from_utf8_lossy(bytes)
        );
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("the corpus can be read").path()).collect();
    files.sort();
    files
}

#[test]
fn reader() {
    replay("reader", &["../oddities"]);
}

#[test]
fn tape() {
    replay("tape", &["../oddities", "corpus/reader"]);
}

#[test]
fn packed() {
    replay("packed", &["corpus/tape"]);
}

#[test]
fn component() {
    replay("component", &[]);
}

#[test]
fn config() {
    replay("config", &["../oddities", "corpus/reader"]);
}

#[test]
fn fix() {
    replay("fix", &["../oddities", "corpus/reader"]);
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/fix")) {
        let bytes = fs::read(&file).expect("the corpus can be read");
        let unproven = std::panic::catch_unwind(|| plimsoll_fuzz::fix::outcomes(&bytes));
        assert!(unproven.is_ok(), "fix fails {} where nothing proves it", file.display());
    }
}

/// What YAML can look like is read by both readers alike, and mended as was meant.
#[test]
fn manifests_that_nobody_wrote() {
    let (mut made, mut refused) = (0, 0);
    for seed in 0..MADE_UP {
        let manifest = odd::manifest(&mut Dice::new(seed));
        holds(target("reader"), &manifest, Path::new(&format!("what {seed} makes")));
        let outcomes = std::panic::catch_unwind(|| plimsoll_fuzz::fix::outcomes(&manifest));
        let outcomes = outcomes.unwrap_or_else(|_| panic!("fix fails what {seed} makes"));
        (made, refused) = (made + outcomes.made, refused + outcomes.refused);
    }
    assert!(made > refused && made > MADE_UP, "{made} were made, {refused} refused");
}

/// What is refused must be odd: most of what stands in plain manifests, and even in the oddities, can be mended.
#[test]
fn few_fixes_are_refused() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, share) in [("../../examples/shop", 10), ("../oddities", 4)] {
        let (mut made, mut refused) = (0, 0);
        for file in files(&root.join(folder)) {
            let outcomes = plimsoll_fuzz::fix::outcomes(&fs::read(&file).expect("the corpus can be read"));
            (made, refused) = (made + outcomes.made, refused + outcomes.refused);
        }
        assert!(made > 20 && refused * share < made, "{folder}: {made} were made, {refused} refused");
    }
}

#[test]
fn every_corpus_belongs_to_a_target() {
    let folders = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"));
    let names: Vec<_> = folders.iter().map(|folder| folder.file_name().unwrap_or_default()).collect();
    let mut targets: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    targets.sort_unstable();
    assert_eq!(names, targets);
}

#[test]
fn suppress() {
    replay("suppress", &["../oddities", "corpus/reader"]);
}
