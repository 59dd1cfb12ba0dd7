//! The guide across the air gap, command by command.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;

use plimsoll_tests::{Guest, Scan, Shell, steps};
use serde_json::json;

#[test]
fn the_guide_goes_as_it_is_written() {
    let scan = Scan::new()
        .file("plimsoll.yaml", "plugins: [policies/acme.wasm]\nrules:\n  acme/owner: { level: error }\n")
        .file("policies/acme.wasm", acme())
        .file("deploy/api.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n");
    let mut shell = Shell::new(&scan);
    let [here, there] =
        ["On the connected machine", "On the other side"].map(|part| steps("docs/air-gap.md", part));
    assert!(here.len() >= 7 && there.len() >= 5, "the guide has {} and {} commands", here.len(), there.len());
    here.iter().for_each(|step| shell.take(step));

    // The public key comes by another way; nothing else is left of the connected machine but what there is to scan.
    let tree = scan.tree();
    fs::copy(tree.join("acme.key.pub"), tree.join("carry/acme.key.pub")).unwrap();
    for left in [
        "plimsoll.yaml",
        "plimsoll.lock",
        "policies/acme.wasm",
        "policies/acme.wasm.minisig",
        "acme.key",
        "acme.key.pub",
    ] {
        fs::remove_file(tree.join(left)).unwrap();
    }
    for step in &there {
        // A scan that finds errors ends with 1, and the guide shows what it says.
        if step.command.contains(" scan ") {
            let (succeeded, told) = shell.run(&step.command);
            assert!(!succeeded && told.starts_with(&step.told[0]), "{told}");
        } else {
            shell.take(step);
        }
    }
}

/// A plugin that wants Deployments to name their team.
fn acme() -> Vec<u8> {
    let rules = json!([{ "id": "owner", "summary": "Object names no team", "kinds": ["Deployment"] }]);
    let says = "(data $rule (i32.const 16) \"owner\")\n\n(data $message (i32.const 32) \"has no team\")";
    Guest::of(says).named("acme").describing("version", "1.0.0").describing("rules", rules).bytes()
}
