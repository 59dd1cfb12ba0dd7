//! The executable exists and starts. That it is named here makes cargo build it before the tests in `tests/`, which run it too.

use std::process::Command;

#[test]
fn the_executable_says_its_version() {
    let output = Command::new(env!("CARGO_BIN_EXE_plimsoll")).arg("--version").output().expect("it starts");
    let said = String::from_utf8(output.stdout).expect("it is text");
    assert_eq!(said.trim_end(), concat!("plimsoll ", env!("CARGO_PKG_VERSION")));
}
