//! Plugins that go to registries and come from there.

use std::process::Command;

use crate::{Guest, Ran, Scan, plimsoll, pod};

/// Two plugins, of which one is signed, and nothing of the user's that a registry could be told.
pub fn signed_plugins() -> Scan {
    let scan = Scan::new()
        .file("a.yaml", pod("a"))
        .file("good.wasm", Guest::good().bytes())
        .file("more.wasm", Guest::good().named("more").describing("version", "2.0.0+b").bytes());
    let docker = scan.tree().join("../docker");
    let scan = scan.env("DOCKER_CONFIG", docker);
    ok(&scan, &["plugin", "keygen", "../key"]);
    ok(&scan, &["plugin", "sign", "good.wasm", "--key", "../key"]);
    scan
}

/// Runs plimsoll in the tree.
pub fn run(scan: &Scan, args: &[&str]) -> Ran {
    let mut command = Command::new(plimsoll());
    command.args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}

/// The same for what ends well; gives its output.
///
/// # Panics
///
/// If it does not.
#[track_caller]
pub fn ok(scan: &Scan, args: &[&str]) -> String {
    let ran = run(scan, args);
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
    ran.stdout
}

/// Gets a plugin to `../pulled`.
pub fn pull(scan: &Scan, reference: &str, further: &[&str]) -> Ran {
    run(scan, &[&["plugin", "pull", reference, "--output", "../pulled"], further].concat())
}
