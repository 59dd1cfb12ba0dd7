//! `plimsoll scan --watch`: a scan after every change.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;

use plimsoll_tests::{Guest, Scan, Watch, pod};

/// What a round says of one finding of the ordinary guest.
const THERE: &str = "warning[good/there]";

#[test]
fn a_change_of_a_manifest_a_plugin_or_the_configuration_is_a_reason_to_scan_again() {
    let scan = Scan::new()
        .args(["--no-embedded", "--output", "json=../result.json"])
        .file("a.yaml", pod("a"))
        .guest(&Guest::good());
    let (tree, plugin) = (scan.tree(), scan.tree().join("../plugins/good.wasm"));
    let mut watch = Watch::start(&scan);
    let first = watch.round();
    assert!(first.contains(THERE) && first.contains("checked 1 object in 1 file"), "{first}");

    fs::write(tree.join("b.yaml"), pod("b")).unwrap();
    assert!(watch.until("checked 2 objects in 2 files").contains("b.yaml"));
    fs::remove_file(tree.join("a.yaml")).unwrap();
    assert!(!watch.until("checked 1 object in 1 file").contains("a.yaml"));

    // A configuration that is broken is told of, and does not end the watch.
    fs::write(tree.join("plimsoll.yaml"), "rules: 1\n").unwrap();
    assert!(watch.until("plimsoll.yaml:1").contains("error"));
    fs::write(tree.join("plimsoll.yaml"), "rules: { good/there: { level: note } }\n").unwrap();
    watch.until("note[good/there]");

    // So is a plugin.
    fs::write(&plugin, "nothing").unwrap();
    watch.until("good.wasm");
    fs::write(&plugin, Guest::good().bytes()).unwrap();
    watch.until("note[good/there]");
    assert!(tree.join("../result.json").is_file());
}

#[test]
fn nothing_is_scanned_where_nothing_changes() {
    let scan = Scan::new()
        .args(["--no-embedded", "--output", "json=result.json"])
        .file("a.yaml", pod("a"))
        .guest(&Guest::good());
    let mut watch = Watch::start(&scan);
    watch.round();
    // Written again with the same words it is another file to a watch, and the round after that is the only one.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    fs::write(scan.tree().join("a.yaml"), pod("c")).unwrap();
    let rounds = watch.round();
    assert_eq!(rounds.matches("note: watching").count(), 1, "{rounds}");
    assert!(rounds.contains("Pod c"), "{rounds}");
}

#[test]
fn standard_input_cannot_be_watched() {
    let refused = Scan::bare().args(["--watch", "-"]).run();
    refused.is_refused("--watch looks at files, and standard input is none; leave out `-`");
}
