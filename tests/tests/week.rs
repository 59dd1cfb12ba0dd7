//! The week of the README, command by command: what it shows is what happens.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll_tests::{Guest, Scan, workspace};
use serde_json::json;

/// A command and what it is to print; a line `…` stands for any lines.
struct Step {
    command: String,
    told: Vec<String>,
}

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
    assert_eq!(run(&scan, "git init --quiet").1, "");
    let steps = steps();
    assert!(steps.len() > 12, "the week has {} commands", steps.len());
    for Step { command, told } in steps {
        let (succeeded, output) = run(&scan, &command);
        assert!(fits(&told, &output), "$ {command}\n{output}\nand the README says\n{}", told.join("\n"));
        assert!(succeeded, "$ {command}\n{output}");
    }
}

/// A plugin that wants objects of a kind to name their team.
fn acme(version: &str, kind: &str) -> Vec<u8> {
    let rules = json!([{ "id": "owner", "summary": "Object names no team", "kinds": [kind] }]);
    let says = "(data $rule (i32.const 16) \"owner\")\n\n(data $message (i32.const 32) \"has no team\")";
    Guest::of(says).named("acme").describing("version", version).describing("rules", rules).bytes()
}

/// The commands of the section, with what they print.
fn steps() -> Vec<Step> {
    let readme = fs::read_to_string(workspace().join("README.md")).unwrap();
    let section = readme.split_once("## A week with it\n").expect("the README has the week").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut steps: Vec<Step> = Vec::new();
    for block in section.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap_or_default().lines() {
            match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
                (Some(command), ..) => steps.push(Step { command: command.to_owned(), told: Vec::new() }),
                (_, Some(more), Some(step)) if step.told.is_empty() => {
                    step.command.push('\n');
                    step.command.push_str(more);
                }
                (_, _, Some(step)) => step.told.push(line.to_owned()),
                _ => panic!("`{line}` stands before any command"),
            }
        }
    }
    steps
}

/// Runs a line of shell; gives whether it succeeded, and what it printed.
fn run(scan: &Scan, command: &str) -> (bool, String) {
    let plimsoll = scan.command();
    let folder = Path::new(plimsoll.get_program()).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("bash");
    scan.in_place(&mut shell);
    // As a person of a fresh machine, whose git asks who they are.
    let identity = ["AUTHOR", "COMMITTER"]
        .map(|who| [(format!("GIT_{who}_NAME"), "Ann"), (format!("GIT_{who}_EMAIL"), "ann@example.com")]);
    shell.envs(identity.into_iter().flatten()).env("PATH", path);
    let output = shell.arg("-c").arg(format!("exec 2>&1\n{command}")).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether an output is what was told; `…` stands for any lines.
fn fits(told: &[String], output: &str) -> bool {
    fn from(told: &[String], lines: &[&str]) -> bool {
        match told.split_first() {
            None => lines.is_empty(),
            Some((first, rest)) if first.trim() == "…" => {
                (0..=lines.len()).any(|skipped| from(rest, &lines[skipped..]))
            }
            Some((first, rest)) => lines
                .split_first()
                .is_some_and(|(line, lines)| line.trim_end() == first.trim_end() && from(rest, lines)),
        }
    }
    // Blank lines at the end of a block are not written down.
    let mut lines: Vec<&str> = output.lines().collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    from(told, &lines)
}
