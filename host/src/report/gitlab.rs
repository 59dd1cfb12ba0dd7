//! `--format gitlab`: a Code Quality report of GitLab, the part of Code Climate's that it reads. It knows no faults, so they are issues too.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Report;
use super::view::{told, visible};
use crate::finding::{Fault, Finding, Level};
use crate::fingerprint;
use crate::source::hex;

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
}

/// Writes the report for GitLab, one line an issue.
pub fn gitlab(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    // GitLab takes two issues with one fingerprint for one.
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut unique = |fingerprint: String| {
        let count = seen.entry(fingerprint.clone()).or_default();
        *count += 1;
        format!("{fingerprint}:{count}")
    };
    let faults = report.faults.iter().map(|fault| of_fault(report, fault));
    let findings = report.open().map(|finding| of_finding(report, finding));
    out.write_all(b"[")?;
    for (position, mut issue) in faults.chain(findings).enumerate() {
        issue.fingerprint = unique(issue.fingerprint);
        out.write_all(if position == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &issue)?;
    }
    out.write_all(b"]\n")
}

fn of_finding<'a>(report: &'a Report<'_>, finding: &Finding) -> Issue<'a> {
    let rule = &report.rule(finding).id;
    let place = &finding.place;
    let source = &report.sources[place.source as usize];
    Issue {
        description: format!("{} ({})", visible(&finding.message), report.title(place)),
        check_name: rule,
        fingerprint: fingerprint::of_object(rule, place, &report.objects[place.object as usize]),
        severity: match finding.level {
            Level::Note => "info",
            Level::Warning => "major",
            Level::Error => "critical",
        },
        location: Location { path: &source.path, lines: Lines { begin: source.line_of(place.span.start) } },
    }
}

fn of_fault<'a>(report: &'a Report<'_>, fault: &'a Fault) -> Issue<'a> {
    let line = fault.at.map_or(1, |(source, span)| report.sources[source as usize].line_of(span.start));
    let file = fault.file.as_deref();
    let text = ["fault", fault.kind.name(), file.unwrap_or_default(), &told(fault)].join("\0");
    Issue {
        description: format!("not looked at: {}", told(fault)),
        check_name: fault.kind.name(),
        fingerprint: hex(&Sha256::digest(text.as_bytes())[..16]),
        severity: "blocker",
        // An issue must have a path; what concerns no file concerns the repository.
        location: Location { path: file.unwrap_or("."), lines: Lines { begin: line } },
    }
}
