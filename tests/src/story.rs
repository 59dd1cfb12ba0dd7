//! What the README and the guides tell as a story: commands that are run as they are written, and must print what stands below them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::scan::{Scan, workspace};

/// A command and what it is to print; a line `…` stands for any lines.
#[derive(Debug)]
pub struct Step {
    /// The lines of shell.
    pub command: String,
    /// What is printed; `…` alone on a line stands for any lines, in one for any letters.
    pub told: Vec<String>,
}

/// A person at a shell.
#[derive(Debug)]
pub struct Shell<'a> {
    scan: &'a Scan,
    folder: PathBuf,
}

/// The commands of a section of a document, such as the README, with what they print.
///
/// # Panics
///
/// If there is no such section.
pub fn steps(document: &str, heading: &str) -> Vec<Step> {
    let text = fs::read_to_string(workspace().join(document)).expect("there is such a document");
    let section = text.split_once(&format!("## {heading}\n")).expect("it has the section").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut steps: Vec<Step> = Vec::new();
    for block in section.split("\n```console\n").skip(1) {
        for line in block.lines().take_while(|line| *line != "```") {
            let more = line.strip_prefix("> ").or((line == ">").then_some(""));
            match (line.strip_prefix("$ "), more, steps.last_mut()) {
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

impl<'a> Shell<'a> {
    /// In the repository of a scan.
    pub fn new(scan: &'a Scan) -> Self {
        Self::at(scan, scan.tree())
    }

    /// In a folder.
    pub fn at(scan: &'a Scan, folder: PathBuf) -> Self {
        Self { scan, folder }
    }

    /// Takes a step.
    ///
    /// # Panics
    ///
    /// If it fails, or prints something else.
    pub fn take(&mut self, step: &Step) {
        let Step { command, told } = step;
        if let Some(folder) = command.strip_prefix("cd ") {
            self.folder.push(folder);
            return;
        }
        let (succeeded, output) = self.run(command);
        assert!(fits(told, &output), "$ {command}\n{output}\nand it is written\n{}", told.join("\n"));
        assert!(succeeded, "$ {command}\n{output}");
    }

    /// Runs lines of shell; gives whether they succeeded, and what they printed.
    ///
    /// # Panics
    ///
    /// If there is no shell.
    pub fn run(&self, command: &str) -> (bool, String) {
        let plimsoll = self.scan.command();
        let folder = Path::new(plimsoll.get_program()).parent().expect("the binary lies in a folder");
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("bash");
        self.scan.in_place(&mut shell);
        // As a person of a fresh machine, whose git asks who they are.
        let identity = ["AUTHOR", "COMMITTER"]
            .map(|who| [(format!("GIT_{who}_NAME"), "Ann"), (format!("GIT_{who}_EMAIL"), "ann@example.com")]);
        shell.envs(identity.into_iter().flatten()).env("PATH", path).current_dir(&self.folder);
        let output = shell.arg("-c").arg(format!("exec 2>&1\n{command}")).output().expect("there is a shell");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Whether a line is what was told; `…` stands for any letters.
fn is_line(told: &str, line: &str) -> bool {
    let mut parts = told.trim_end().split('…');
    let Some(mut rest) = line.trim_end().strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether an output is what was told; `…` stands for any lines, or any letters in one.
fn fits(told: &[String], output: &str) -> bool {
    fn from(told: &[String], lines: &[&str]) -> bool {
        match told.split_first() {
            None => lines.is_empty(),
            Some((first, rest)) if first.trim() == "…" => {
                (0..=lines.len()).any(|skipped| from(rest, &lines[skipped..]))
            }
            Some((first, rest)) => {
                lines.split_first().is_some_and(|(line, lines)| is_line(first, line) && from(rest, lines))
            }
        }
    }
    // Blank lines at the end of a block are not written down.
    let mut lines: Vec<&str> = output.lines().collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    from(told, &lines)
}
