//! The house of ARCHITECTURE.md: who may know whom, read from the sources as text, and laws over the list of rules.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_tests::{Scan, workspace};
use serde_json::Value;

/// What stands on the ground: the nouns, and how words are compared.
const NOUNS: [&str; 6] = ["source", "object", "finding", "fingerprint", "parameters", "suggest"];
const FLOORS: [&str; 4] = ["read", "check", "triage", "report"];

#[test]
fn the_nouns_import_nothing_from_the_floors_above() {
    for noun in NOUNS {
        let file = workspace().join(format!("host/src/{noun}.rs"));
        for named in named_in_crate(&code(&file)) {
            assert!(NOUNS.contains(&named.as_str()), "{noun}.rs knows `crate::{named}`");
        }
    }
}

#[test]
fn edits_stand_on_the_nouns_alone() {
    for file in sources("host/src/edit") {
        for named in named_in_crate(&code(&file)) {
            let known = NOUNS.contains(&named.as_str()) || named == "edit";
            assert!(known, "{} knows `crate::{named}`", file.display());
        }
    }
}

#[test]
fn the_floors_know_the_nouns_and_never_each_other() {
    for floor in FLOORS {
        let files = sources(&format!("host/src/{floor}"));
        assert!(!files.is_empty(), "the floor {floor} is empty");
        for file in files {
            for named in named_in_crate(&code(&file)) {
                // A report may show what a fix comes to in the text.
                let edits = floor == "report" && named == "edit";
                let known = NOUNS.contains(&named.as_str()) || named == floor || edits;
                assert!(known, "{} knows `crate::{named}`", file.display());
            }
        }
    }
}

#[test]
fn wasmtime_is_known_under_check_and_clap_in_cli_alone() {
    for file in sources("host/src") {
        let code = code(&file);
        let words = words(&code);
        let under_check = file.starts_with(workspace().join("host/src/check"));
        assert!(under_check || !words.contains("wasmtime"), "{} knows wasmtime", file.display());
        let in_cli = file.ends_with("host/src/cli.rs");
        assert!(in_cli || !words.contains("clap"), "{} knows clap", file.display());
    }
}

#[test]
fn what_speaks_to_a_network_is_known_under_registry_alone() {
    let known = ["ureq", "rustls", "rustls_native_certs", "docker_credential", "TcpStream", "UdpSocket"];
    let all = sources("host/src");
    let (under, outside): (Vec<_>, Vec<_>) =
        all.iter().partition(|file| file.starts_with(workspace().join("host/src/registry")));
    let knows = |file: &Path| words(&code(file)).iter().any(|word| known.contains(word));
    assert!(under.iter().any(|file| knows(file)), "nothing speaks to a network");
    for file in outside {
        assert!(!knows(file), "{} knows a network", file.display());
    }
}

#[test]
fn the_host_has_no_crate_for_yaml() {
    let yaml: Vec<String> = dependencies("host")
        .into_iter()
        .filter(|name| name.contains("yaml") || name.contains("saphyr"))
        .collect();
    assert_eq!(yaml, Vec::<String>::new());
}

#[test]
fn the_host_knows_no_pack_by_name() {
    let packs = packs();
    for file in sources("host/src") {
        // Tests of the host may tell stories about packs.
        let code = code(&file);
        let outside_tests = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for literal in outside_tests.split('"').skip(1).step_by(2) {
            let named =
                packs.iter().find(|pack| literal == pack.as_str() || literal.contains(&format!("{pack}/")));
            assert!(
                named.is_none(),
                "{} names the pack {} in \"{literal}\"",
                file.display(),
                packs.join(" or ")
            );
        }
    }
    let known: Vec<String> = dependencies("host")
        .into_iter()
        .filter(|name| packs.iter().any(|pack| name.ends_with(pack.as_str())))
        .collect();
    assert_eq!(known, Vec::<String>::new());
}

#[test]
fn the_sdk_knows_no_host() {
    for package in ["sdk", "sdk/build", "wit/tape"] {
        let above = ["plimsoll", "wasmtime", "clap"];
        let known: Vec<String> =
            dependencies(package).into_iter().filter(|name| above.contains(&name.as_str())).collect();
        assert_eq!(known, Vec::<String>::new(), "{package}");
    }
}

#[test]
fn a_plugin_knows_the_sdk_alone() {
    for pack in packs() {
        let allowed = ["plimsoll-sdk", "serde", "serde_json"];
        let known: Vec<String> = dependencies(&format!("plugins/{pack}"))
            .into_iter()
            .filter(|name| !allowed.contains(&name.as_str()))
            .collect();
        assert_eq!(known, Vec::<String>::new(), "{pack}");
        for file in sources(&format!("plugins/{pack}/src")) {
            let code = code(&file);
            for authority in [
                "plimsoll_tape",
                "plimsoll_build",
                "std::fs",
                "std::net",
                "std::env",
                "std::time",
                "std::process",
                "std::thread",
            ] {
                assert!(!code.contains(authority), "{} knows {authority}", file.display());
            }
        }
    }
}

#[test]
fn every_rule_that_is_written_is_on_the_list_of_its_pack() {
    for pack in packs() {
        let folder = workspace().join("plugins").join(&pack).join("src");
        let list = code(&folder.join("lib.rs"));
        let list = list.split_once("plugin![").expect("a pack lists its rules").1;
        let mut rules = 0;
        for file in sources(&format!("plugins/{pack}/src")) {
            if code(&file).contains("pub const RULE: Rule") {
                let name = file.file_stem().unwrap_or_default().to_string_lossy();
                let listed = list.split([',', '[', ']']).any(|entry| entry.trim() == format!("{name}::RULE"));
                assert!(listed, "{pack} does not list {name}");
                rules += 1;
            }
        }
        assert!(rules > 0, "{pack} has no rules");
    }
}

#[test]
fn every_rule_keeps_the_laws_of_the_list() {
    let ran = Scan::new().verb("rules").args(["--format", "json"]).run();
    let json = ran.json();
    let rules = json.as_array().unwrap();
    let packs: BTreeSet<&str> = rules.iter().map(|rule| text(rule, "plugin")).collect();
    let mut known = self::packs();
    known.push("suppressions".to_owned());
    assert_eq!(
        packs,
        known.iter().map(String::as_str).collect(),
        "every pack is in the executable, beside the host's own rules"
    );
    let ids: BTreeSet<&str> = rules.iter().map(|rule| text(rule, "id")).collect();
    assert_eq!(ids.len(), rules.len(), "ids are unique");
    let broken: Vec<String> = rules
        .iter()
        .flat_map(|rule| broken_laws(rule).into_iter().map(|law| format!("{}: {law}", text(rule, "id"))))
        .collect();
    assert_eq!(broken, Vec::<String>::new());
}

fn broken_laws(rule: &Value) -> Vec<&'static str> {
    let (id, summary, docs) = (text(rule, "id"), text(rule, "summary"), text(rule, "docs"));
    let (pack, name) = id.split_once('/').unwrap_or_default();
    let list = |key: &str| {
        rule[key].as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>()
    };
    let severity = rule["securitySeverity"].as_str().map(str::parse::<f64>);
    let scanners =
        ["KL", "KS", "PO", "TR", "CK", "KU", "KY", "PL", "KC", "DT", "POP", "MO", "PSA", "KLT", "CKX", "POC"];
    let laws = [
        (pack == text(rule, "plugin"), "its id begins with its pack"),
        (
            !name.starts_with("no-") && !name.starts_with("require-"),
            "its name completes the sentence 'allow …'",
        ),
        (
            !summary.is_empty() && summary.chars().count() <= 100 && !summary.contains('\n'),
            "its summary is a line of at most 100 letters",
        ),
        (!summary.ends_with('.'), "its summary has no full stop"),
        (["note", "warning", "error"].contains(&text(rule, "level")), "its level is one of three"),
        (["default", "strict", "opt-in"].contains(&text(rule, "profile")), "its profile is one of three"),
        (
            list("profiles")
                .iter()
                .all(|profile| ["pss-baseline", "pss-restricted", "nsa", "cis"].contains(profile)),
            "its profiles exist",
        ),
        (["object", "set"].contains(&text(rule, "looksAt")), "it looks at objects or at sets"),
        (!list("kinds").is_empty(), "it says what it looks at"),
        (
            severity.is_none_or(|severity| severity.is_ok_and(|number| number > 0.0 && number <= 10.0)),
            "its severity is a number up to 10",
        ),
        (
            list("equivalents").iter().all(|name| {
                name.split_once(':')
                    .is_some_and(|(scanner, id)| scanners.contains(&scanner) && !id.is_empty())
            }),
            "its equivalents name a scanner and a rule of it",
        ),
        (docs.contains("```yaml fails"), "its page shows what fails"),
        (docs.contains("```yaml passes"), "its page shows what passes"),
        (
            docs.split("\n\n").next().is_some_and(|first| first.len() > 80),
            "its page begins with what goes wrong",
        ),
        (docs.to_lowercase().contains("suppress"), "its page says when to suppress it"),
    ];
    laws.into_iter().filter(|(holds, _)| !holds).map(|(_, law)| law).collect()
}

fn text<'a>(rule: &'a Value, key: &str) -> &'a str {
    rule[key].as_str().unwrap_or_default()
}

/// The folders in `plugins/`.
fn packs() -> Vec<String> {
    let folders = fs::read_dir(workspace().join("plugins")).unwrap().map(|entry| entry.unwrap());
    let mut packs: Vec<String> = folders
        .filter(|folder| folder.path().join("Cargo.toml").is_file())
        .map(|folder| folder.file_name().to_string_lossy().into_owned())
        .collect();
    packs.sort();
    packs
}

/// The Rust files in a folder or below it.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![workspace().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A Rust file without the lines that are comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    lines.join("\n")
}

/// What follows `crate::` anywhere: of `crate::{read, scan::Scan}` it is `read` and `scan`.
fn named_in_crate(code: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => _ = named.insert(first_word(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut begins = true;
                for (at, letter) in group.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        letter if begins && letter.is_alphabetic() => {
                            named.insert(first_word(&group[at..]));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    named
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

fn words(code: &str) -> BTreeSet<&str> {
    code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').collect()
}

/// What a package needs when it runs, by name.
fn dependencies(package: &str) -> Vec<String> {
    let manifest = fs::read_to_string(workspace().join(package).join("Cargo.toml")).unwrap();
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]") && !line.contains("build-") && !line.contains("dev-");
        } else if inside && line.contains('=') {
            names.push(line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned());
        }
    }
    assert!(
        package == "wit/tape" || !names.is_empty(),
        "{package} needs nothing, or its manifest was not understood"
    );
    names
}

#[test]
fn what_is_named_in_a_crate_is_found() {
    let code = "use crate::{read, scan::{self, Scan}, report::pretty};\nlet a = crate::triage::order;";
    assert_eq!(named_in_crate(code).into_iter().collect::<Vec<_>>(), ["read", "report", "scan", "triage"]);
}
