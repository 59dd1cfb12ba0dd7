//! A scan asks nobody: it works where there is no network, and does not even try.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Stdio};

use plimsoll_tests::{Guest, Scan, plimsoll, pod, skipped};

#[test]
fn a_scan_works_where_there_is_no_network() {
    if !works(&["unshare", "-rn", "true"]) {
        return skipped("`unshare -rn` is missing or not permitted here");
    }
    let scan = scan();
    let mut command = Command::new("unshare");
    command.arg("-rn").arg(plimsoll()).args(scan.command().get_args());
    scan.in_place(&mut command);
    let apart = scan.run_command(command);
    assert_eq!(apart.findings(), ["images/mutable-tag a.yaml:8:7-8:30 /spec/containers/0/image"]);
    assert_eq!(apart.stdout, scan.run().stdout);
}

#[test]
fn a_scan_opens_no_socket() {
    if !works(&["strace", "-f", "-e", "trace=network", "true"]) {
        return skipped("`strace` is missing or not permitted here");
    }
    let scan = naming_a_registry();
    let log = scan.tree().join("../network");
    let mut command = Command::new("strace");
    // Plimsoll's own and all of its threads; `quiet` leaves out who was attached and who exited.
    command.args(["-f", "--quiet=all", "--signal=none", "-e", "trace=network", "-o"]).arg(&log).arg("--");
    command.arg(plimsoll()).args(scan.command().get_args());
    scan.in_place(&mut command);
    let ran = scan.run_command(command);
    assert_eq!(ran.findings().len(), 2);
    assert_eq!(fs::read_to_string(log).unwrap(), "");
}

fn scan() -> Scan {
    Scan::new()
        .args(["--format", "json", "--rule", "images/mutable-tag"])
        .file("a.yaml", pod("a").replace(":1", ":latest"))
}

/// What a plugin in a registry finds, too, which was pulled once.
fn naming_a_registry() -> Scan {
    let scan = scan()
        .args(["--rule", "good"])
        .file("plimsoll.yaml", "plugins: [\"oci://registry.example/acme/good:v1\"]\n")
        .file(".plimsoll/plugins/registry.example/acme/good@v1.wasm", Guest::good().bytes());
    let mut lock = Command::new(plimsoll());
    lock.args(["plugin", "lock"]);
    scan.in_place(&mut lock);
    assert_eq!(scan.run_command(lock).code, 0);
    scan
}

fn works(command: &[&str]) -> bool {
    let status =
        Command::new(command[0]).args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
