//! Completions and manual pages: they are made from the command line, so they name all of it.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::collections::BTreeSet;
use std::fs;

use plimsoll_tests::Scan;

#[test]
fn every_shell_is_told_of_every_option_of_a_scan() {
    let help = Scan::new().run_with(["--help"]).stdout;
    let options: BTreeSet<&str> = help
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--"))
        .map(plain)
        .filter(|name| !name.is_empty())
        .collect();
    assert!(options.len() > 15, "{options:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let told = Scan::new().verb("completions").args([shell]).run();
        assert_eq!((told.code, told.stderr.as_str()), (0, ""));
        for option in &options {
            assert!(told.stdout.contains(option), "{shell} does not know --{option}");
        }
    }
    let other = Scan::new().verb("completions").args(["cmd"]).run();
    assert!(other.code == 2 && other.stderr.contains("possible values: bash, elvish, fish, powershell, zsh"));
}

/// Without what stands behind the name of an option.
fn plain(word: &str) -> &str {
    word.split(|letter: char| !letter.is_ascii_lowercase() && letter != '-').next().unwrap_or_default()
}

#[test]
fn every_command_has_a_page() {
    let scan = Scan::new().verb("man").args(["--output", "../man"]);
    assert_eq!((scan.run().code, scan.run().stdout.as_str()), (0, ""));
    let folder = scan.tree().join("../man");
    for command in [
        "",
        "-scan",
        "-rules",
        "-objects",
        "-plugin",
        "-plugin-new",
        "-plugin-build",
        "-plugin-test",
        "-plugin-inspect",
        "-bundle",
        "-completions",
        "-man",
    ] {
        let page = fs::read_to_string(folder.join(format!("plimsoll{command}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains(".SH SYNOPSIS"), "{command}: {page}");
    }
    let printed = Scan::new().verb("man").run().stdout;
    assert_eq!(printed, fs::read_to_string(folder.join("plimsoll.1")).unwrap());
    let nowhere = Scan::new().verb("man").file("file", "").args(["--output", "file/man"]).run();
    assert!(
        nowhere.code == 2 && nowhere.stderr.starts_with("error: file/man cannot be written to: "),
        "{}",
        nowhere.stderr
    );
}
