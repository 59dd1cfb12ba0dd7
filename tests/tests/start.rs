//! How fast a scan starts is measured elsewhere; here is what starting fast must never cost: a wrong answer, or code that is not ours.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use plimsoll_tests::{Guest, Scan, pod};

// The cache.

#[test]
fn a_plugin_is_compiled_once() {
    let (scan, folder) = scan_with_a_cache();
    let first = scan.run();
    assert_eq!(first.findings(), ["good/there a.yaml:4:3-4:10 /metadata/name"]);
    let entry = entry(&folder);
    assert_eq!((mode(&folder), mode(&entry)), (0o700, 0o600));
    let written = fs::metadata(&entry).unwrap().modified().unwrap();
    assert_eq!(scan.run().stdout, first.stdout);
    assert_eq!(
        fs::metadata(&entry).unwrap().modified().unwrap(),
        written,
        "the entry was used, not written anew"
    );
}

#[test]
fn what_is_not_looked_at_is_not_compiled() {
    let (scan, folder) = scan_with_a_cache();
    let idle = Guest::good().named("idle").describing(
        "rules",
        serde_json::json!([{ "id": "there", "summary": "There is a job", "kinds": ["Job"] }]),
    );
    let scan = scan.guest(&idle);
    assert_eq!(scan.run().findings().len(), 1);
    entry(&folder);
    for verb in ["rules", "objects"] {
        let folder = folder.with_file_name(verb);
        let scan = Scan::new().verb(verb).file("a.yaml", pod("a")).env("PLIMSOLL_CACHE_DIR", &folder);
        assert_eq!(scan.run().code, 0);
        assert!(!folder.exists(), "`plimsoll {verb}` compiles nothing");
    }
}

#[test]
fn without_a_cache_nothing_is_kept() {
    let (scan, folder) = scan_with_a_cache();
    let ran = scan.run_with(["--no-cache"]);
    assert_eq!(ran.findings().len(), 1);
    assert!(!folder.exists());
    let homeless = Scan::bare().file("a.yaml", pod("a")).env("PLIMSOLL_CACHE_DIR", "");
    assert_eq!(homeless.run().stdout, ran.stdout);
}

#[test]
fn a_broken_entry_is_compiled_anew_wherever_it_is_broken() {
    let (scan, folder) = scan_with_a_cache();
    let right = scan.run().stdout;
    let entry = entry(&folder);
    let whole = fs::read(&entry).unwrap();
    let flips = [0, 15, 16, 47, 48, 60, 200, whole.len() / 3, whole.len() / 2, whole.len() - 1];
    let flipped = flips.map(|at| {
        let mut broken = whole.clone();
        broken[at] ^= 1;
        broken
    });
    let cut = [0, 10, 47, 48, whole.len() - 1].map(|len| whole[..len].to_vec());
    let longer = [whole.clone(), b"more".to_vec()].concat();
    for broken in flipped.into_iter().chain(cut).chain([longer]) {
        fs::write(&entry, broken).unwrap();
        assert_eq!(scan.run().stdout, right);
        assert!(fs::read(&entry).unwrap() == whole, "the entry was written anew");
    }
}

#[test]
fn an_entry_that_others_can_write_is_compiled_anew() {
    let (scan, folder) = scan_with_a_cache();
    let right = scan.run().stdout;
    let entry = entry(&folder);
    fs::set_permissions(&entry, fs::Permissions::from_mode(0o622)).unwrap();
    assert_eq!(scan.run().stdout, right);
    assert_eq!(mode(&entry), 0o600);
    let elsewhere = folder.with_file_name("elsewhere");
    fs::rename(&entry, &elsewhere).unwrap();
    symlink(&elsewhere, &entry).unwrap();
    assert_eq!(scan.run().stdout, right);
    assert!(entry.symlink_metadata().unwrap().is_file(), "the link was replaced");
}

#[test]
fn a_folder_that_cannot_be_trusted_is_left_alone() {
    let (scan, folder) = scan_with_a_cache();
    let right = scan.run_with(["--no-cache"]).stdout;
    let is_left_alone = |what: &str| {
        let ran = scan.run();
        assert_eq!((ran.stdout, ran.stderr.as_str()), (right.clone(), ""), "{what}");
    };
    fs::write(&folder, "a file").unwrap();
    is_left_alone("a file in its place");
    assert_eq!(fs::read(&folder).unwrap(), b"a file");
    fs::remove_file(&folder).unwrap();

    let elsewhere = folder.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    is_left_alone("a link");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    fs::remove_file(&folder).unwrap();

    fs::create_dir(&folder).unwrap();
    for others in [0o777, 0o770, 0o702] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(others)).unwrap();
        is_left_alone("a folder that others can write");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    is_left_alone("a folder that cannot be written");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    is_left_alone("a folder that is right");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_scan_that_is_killed_leaves_nothing_broken() {
    let (scan, folder) = scan_with_a_cache();
    let right = scan.run_with(["--no-cache"]).stdout;
    let report = scan.tree().with_file_name("report.json");
    for round in 0..60 {
        let _ = fs::remove_dir_all(&folder);
        let mut command = scan.command();
        command.args(["--output", "json=../report.json"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        thread::sleep(Duration::from_micros(round * 1_500));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(
            !report.exists() || fs::read_to_string(&report).unwrap() == right,
            "a report is whole or not there"
        );
        assert_eq!(scan.run().stdout, right, "after {round} rounds");
        let _ = fs::remove_file(&report);
    }
}

// What is not WebAssembly.

#[test]
fn code_that_is_handed_in_as_a_plugin_is_never_run() {
    let (scan, folder) = scan_with_a_cache();
    scan.run();
    let code = fs::read(entry(&folder)).unwrap().split_off(48);
    assert!(code.starts_with(b"\x7fELF"), "this is what wasmtime would take");
    let ran = Scan::new().args(["--no-embedded"]).plugin("code.wasm", code).file("a.yaml", pod("a")).run();
    ran.is_refused(
        "plugin ../plugins/code.wasm: this is precompiled code, not WebAssembly; give the component that it was compiled from",
    );
}

/// A scan with the good plugin and a cache of its own, which is not made yet.
fn scan_with_a_cache() -> (Scan, PathBuf) {
    let scan = Scan::bare().file("a.yaml", pod("a"));
    let folder = scan.tree().with_file_name("cache");
    let scan = scan.env("PLIMSOLL_CACHE_DIR", &folder);
    (scan, folder)
}

/// The only entry of a cache.
#[track_caller]
fn entry(folder: &Path) -> PathBuf {
    let entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [entry] = entries.as_slice() else { panic!("one plugin was compiled: {entries:?}") };
    entry.clone()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
