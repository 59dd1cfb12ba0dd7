//! A baseline: findings of an earlier scan that are known, so that only new ones count.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::Checked;
use crate::finding::{Absent, Finding};
use crate::fingerprint::{self, KEY};
use crate::source::BOM;

/// The findings of an earlier scan.
#[derive(Debug, Default)]
pub struct Baseline {
    entries: Vec<Absent>,
}

/// What becomes of findings that may have moved to another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    /// They are known.
    Followed,
    /// They are left, as new and as gone, for who sees all files: a shard does not know what stands in those of others.
    Left,
}

/// What we read of our JSON and of a baseline.
#[derive(Deserialize)]
struct OwnFile {
    version: u32,
    findings: Vec<OwnFinding>,
}

#[derive(Deserialize)]
struct OwnFinding {
    rule: String,
    file: String,
    /// Text in a baseline, and a mapping in a report.
    #[serde(default)]
    object: serde_json::Value,
    #[serde(default)]
    pointer: String,
    #[serde(default)]
    message: String,
    fingerprint: String,
    #[serde(default)]
    suppressed: Option<serde_json::Value>,
}

/// What we read of SARIF.
#[derive(Deserialize)]
struct Sarif {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    #[serde(default)]
    results: Vec<SarifResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    #[serde(default)]
    rule_id: String,
    #[serde(default)]
    baseline_state: String,
    #[serde(default)]
    suppressions: Vec<serde_json::Value>,
    #[serde(default)]
    partial_fingerprints: HashMap<String, String>,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(default)]
    message: Text,
}

#[derive(Default, Deserialize)]
struct Text {
    #[serde(default)]
    text: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(default)]
    physical_location: Physical,
    #[serde(default)]
    logical_locations: Vec<Logical>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    #[serde(default)]
    artifact_location: Artifact,
}

#[derive(Default, Deserialize)]
struct Artifact {
    #[serde(default)]
    uri: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    #[serde(default)]
    fully_qualified_name: String,
}

impl Baseline {
    /// Reads SARIF of ours, or our JSON: a report or what `--write-baseline` wrote.
    ///
    /// # Errors
    ///
    /// If it is neither; the message says where and what to do.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = bytes.strip_prefix(BOM).unwrap_or(bytes);
        let value: serde_json::Value = serde_json::from_slice(text).map_err(|error| broken(text, &error))?;
        if value.get("runs").is_some() {
            let sarif =
                Sarif::deserialize(value).map_err(|error| format!("it is no SARIF 2.1.0: {error}"))?;
            return Self::of_sarif(sarif);
        }
        if !value.is_object() {
            return Err(
                "it is neither SARIF nor a report of `--format json`; write one with --write-baseline"
                    .to_owned(),
            );
        }
        let own = OwnFile::deserialize(value).map_err(|error| {
            format!("it is neither SARIF nor a report of `--format json`: {error}; write one with --write-baseline")
        })?;
        if own.version != 1 {
            return Err(format!(
                "it has version {}, and this plimsoll reads version 1; write it anew",
                own.version
            ));
        }
        let open = own.findings.into_iter().filter(|finding| finding.suppressed.is_none());
        let entries = open.map(|finding| {
            let OwnFinding { rule, file, object, pointer, message, fingerprint, .. } = finding;
            let object = object.as_str().unwrap_or_default().to_owned();
            Absent { file, rule, object, pointer, message, fingerprint }
        });
        Ok(Self { entries: entries.collect() })
    }

    fn of_sarif(sarif: Sarif) -> Result<Self, String> {
        let results: Vec<SarifResult> = sarif.runs.into_iter().flat_map(|run| run.results).collect();
        let is_open =
            |result: &SarifResult| result.suppressions.is_empty() && result.baseline_state != "absent";
        let count = results.len();
        let mut entries = Vec::new();
        for mut result in results {
            let Some(fingerprint) = result.partial_fingerprints.remove(KEY) else { continue };
            if !is_open(&result) {
                continue;
            }
            let Location { physical_location, mut logical_locations } = if result.locations.is_empty() {
                Location::default()
            } else {
                result.locations.swap_remove(0)
            };
            let logical = if logical_locations.is_empty() {
                Logical::default()
            } else {
                logical_locations.swap_remove(0)
            };
            let pointer = logical.fully_qualified_name.split_once('#').map(|(_, pointer)| pointer.to_owned());
            entries.push(Absent {
                file: decode(&physical_location.artifact_location.uri),
                rule: result.rule_id,
                object: String::new(),
                pointer: pointer.unwrap_or_default(),
                message: result.message.text,
                fingerprint,
            });
        }
        match (count, entries.is_empty()) {
            (1.., true) => Err(format!(
                "none of its results has a fingerprint of ours (`{KEY}`); take SARIF that plimsoll wrote"
            )),
            _ => Ok(Self { entries }),
        }
    }

    /// What nobody looked at now, and so cannot be forgotten: of rules that were off, or of files that were not read, and that was not found all
    /// the same. A rule that its plugin no longer has is forgotten.
    pub fn kept(
        self,
        findings: &[Finding],
        checked: Checked<'_>,
        looked: impl Fn(&Absent) -> bool,
    ) -> Vec<Absent> {
        let on = rules_on(checked);
        let is_gone = |entry: &Absent| {
            let plugin = entry.rule.split('/').next();
            let plugin = checked.plugins.iter().find(|known| Some(known.name.as_str()) == plugin);
            plugin.is_some_and(|plugin| plugin.rules.iter().all(|rule| rule.id != entry.rule))
        };
        let is_on = |entry: &Absent| on.contains(entry.rule.as_str());
        let mut left = self.entries;
        left.retain(|entry| !(is_gone(entry) || is_on(entry) && looked(entry)));
        if left.is_empty() {
            return left;
        }
        // Of the files that entries are about, which are few.
        let mut found: HashMap<String, HashMap<String, usize>> =
            left.iter().map(|entry| (entry.file.clone(), HashMap::new())).collect();
        for finding in findings {
            if let Some(found) = found.get_mut(&checked.sources[finding.place.source as usize].path) {
                *found.entry(fingerprint_of(finding, checked)).or_default() += 1;
            }
        }
        left.retain(|entry| {
            let again = found.get_mut(&entry.file).and_then(|found| found.get_mut(&entry.fingerprint));
            again.filter(|count| **count > 0).map(|count| *count -= 1).is_none()
        });
        left
    }

    /// Marks the findings that are known, and gives what is no longer there. An entry knows one finding: first one of the same file, one that is
    /// accepted by now if there is no other, else one that moved. What nobody looked at is not gone: `looked` tells whether what an entry is about
    /// was looked at, or can no longer be.
    pub fn compare(
        mut self,
        findings: &mut [Finding],
        checked: Checked<'_>,
        moves: Moves,
        looked: impl Fn(&Absent) -> bool,
    ) -> Vec<Absent> {
        self.entries.sort();
        let looked: Vec<bool> = self.entries.iter().map(looked).collect();
        let mut by_file: HashMap<&str, HashMap<&str, Vec<usize>>> = HashMap::new();
        let mut anywhere: HashMap<&str, Vec<usize>> = HashMap::new();
        for (position, entry) in self.entries.iter().enumerate().rev() {
            by_file.entry(&entry.fingerprint).or_default().entry(&entry.file).or_default().push(position);
            if looked[position] {
                anywhere.entry(&entry.fingerprint).or_default().push(position);
            }
        }
        let mut used = vec![false; self.entries.len()];
        let (open, accepted): (Vec<&mut Finding>, Vec<&mut Finding>) =
            findings.iter_mut().partition(|finding| finding.suppressed.is_none());
        let mut moved: Vec<(&mut Finding, String)> = Vec::new();
        for finding in open.into_iter().chain(accepted) {
            let fingerprint = fingerprint_of(finding, checked);
            let file = checked.sources[finding.place.source as usize].path.as_str();
            let of_file = by_file.get_mut(fingerprint.as_str()).and_then(|files| files.get_mut(file));
            match of_file.and_then(Vec::pop) {
                Some(entry) => (finding.known, used[entry]) = (true, true),
                None if finding.suppressed.is_none() => moved.push((finding, fingerprint)),
                None => {}
            }
        }
        if moves == Moves::Left {
            moved.clear();
        }
        for (finding, fingerprint) in moved {
            let left = anywhere.get_mut(fingerprint.as_str());
            let entry = left.and_then(|left| {
                while let Some(entry) = left.pop() {
                    // One that is still in its own file with another finding has not moved.
                    if !used[entry] {
                        return Some(entry);
                    }
                }
                None
            });
            if let Some(entry) = entry {
                (finding.known, used[entry]) = (true, true);
            }
        }
        let on = rules_on(checked);
        let left = self.entries.into_iter().zip(looked.into_iter().zip(used));
        let absent =
            left.filter(|(entry, (looked, used))| *looked && !used && on.contains(entry.rule.as_str()));
        absent.map(|(entry, _)| entry).collect()
    }
}

/// Why something is no JSON, and what to do. A conflict of branches is what most often breaks one.
fn broken(text: &[u8], error: &serde_json::Error) -> String {
    let line = text.split(|byte| *byte == b'\n').position(|line| line.starts_with(b"<<<<<<<"));
    if let Some(line) = line {
        return format!(
            "line {}: two branches changed it; leave the lines of both, without the marks and with commas between them, or write it anew \
             with --write-baseline",
            line + 1
        );
    }
    let (line, column, why) = (error.line(), error.column(), error.to_string());
    let why = why.split(" at line ").next().unwrap_or_default();
    format!("line {line}, column {column}: it is no JSON: {why}; write it anew with --write-baseline")
}

fn fingerprint_of(finding: &Finding, checked: Checked<'_>) -> String {
    let Checked { objects, plugins, .. } = checked;
    let rule = &plugins[finding.plugin as usize].rules[finding.rule as usize].id;
    fingerprint::of_object(rule, &finding.place, &objects[finding.place.object as usize])
}

/// The ids of the rules that were on.
fn rules_on(checked: Checked<'_>) -> HashSet<&str> {
    let plugins = checked.plugins.iter().zip(checked.enabled);
    plugins.flat_map(|(plugin, on)| on.iter().map(|rule| plugin.rules[*rule as usize].id.as_str())).collect()
}

/// The path that a relative URI names.
fn decode(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code =
            after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
