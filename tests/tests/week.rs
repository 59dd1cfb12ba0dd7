//! The week of the README, command by command: what it shows is what happens.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;

use plimsoll_tests::{Guest, Scan, Shell, steps, workspace};
use serde_json::json;

#[test]
fn the_week_goes_as_it_is_written() {
    let scan = Scan::new();
    for file in fs::read_dir(workspace().join("examples/shop")).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let folder = scan.tree().join("deploy");
        fs::create_dir_all(&folder).unwrap();
        fs::copy(&file, folder.join(name)).unwrap();
    }
    fs::create_dir_all(scan.tree().join("policies")).unwrap();
    fs::write(scan.tree().join("policies/acme.wasm"), acme("1.0.0", "ConfigMap")).unwrap();
    fs::write(scan.tree().join("../acme-1.1.0.wasm"), acme("1.1.0", "Deployment")).unwrap();
    fs::remove_dir_all(scan.tree().join(".git")).unwrap();
    let mut shell = Shell::new(&scan);
    assert_eq!(shell.run("git init --quiet").1, "");
    let steps = steps("README.md", "A week with it");
    assert!(steps.len() > 12, "the week has {} commands", steps.len());
    steps.iter().for_each(|step| shell.take(step));
}

/// A plugin that wants objects of a kind to name their team.
fn acme(version: &str, kind: &str) -> Vec<u8> {
    let rules = json!([{ "id": "owner", "summary": "Object names no team", "kinds": [kind] }]);
    let says = "(data $rule (i32.const 16) \"owner\")\n\n(data $message (i32.const 32) \"has no team\")";
    Guest::of(says).named("acme").describing("version", version).describing("rules", rules).bytes()
}
