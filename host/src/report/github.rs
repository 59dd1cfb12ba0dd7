//! `--format github`: commands to the runner of GitHub Actions, which shows them as annotations on the lines of a pull request. It shows ten
//! of a level for each step; the others are told in the log.

use std::io::{self, Write};

use super::Report;
use super::view::{INCOMPLETE, LEVELS, counted, told, visible};
use crate::finding::{Fault, Finding, Level};
use crate::source::{Columns, Region};

/// Annotations of one level that GitHub shows for a step.
const MOST: usize = 10;

/// What is said once, as an annotation or as a line of the log.
struct Note<'a> {
    level: Level,
    file: Option<&'a str>,
    region: Option<Region>,
    title: String,
    message: String,
}

/// Writes the report as commands to the runner, worst first.
pub fn github(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let notes = |level| {
        let faults = report.faults.iter().filter(move |_| level == Level::Error);
        let findings = report.of_level(level).map(|finding| of_finding(report, finding));
        faults.map(|fault| of_fault(report, fault)).chain(findings)
    };
    for note in LEVELS.into_iter().flat_map(|level| notes(level).take(MOST)) {
        writeln!(out, "{}", command(&note))?;
    }
    let count = report.counting().count() + report.faults.len();
    let shown: usize = LEVELS.into_iter().map(|level| notes(level).take(MOST).count()).sum();
    if shown < count {
        writeln!(out, "::group::{} more, which GitHub does not annotate", count - shown)?;
        for note in LEVELS.into_iter().flat_map(|level| notes(level).skip(MOST)) {
            writeln!(out, "{}", line(&note))?;
        }
        writeln!(out, "::endgroup::")?;
        writeln!(
            out,
            "{} of {count} are annotations and the others stand in the log above: GitHub shows {MOST} of a level for each step",
            shown
        )?;
    }
    let settled = report.settled().map(|settled| format!(" ({settled})")).unwrap_or_default();
    writeln!(out, "plimsoll: {}{settled}; {}", report.headline(), report.looked())?;
    if report.faults.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}: {INCOMPLETE}", counted(report.faults.len(), "fault"))
}

fn of_finding<'a>(report: &'a Report<'_>, finding: &Finding) -> Note<'a> {
    let source = &report.sources[finding.place.source as usize];
    Note {
        level: finding.level,
        file: Some(&source.path),
        region: Some(source.region(finding.place.span, Columns::CodePoints)),
        title: report.rule(finding).id.clone(),
        message: format!("{} ({})", visible(&finding.message), report.title(&finding.place)),
    }
}

fn of_fault<'a>(report: &'a Report<'_>, fault: &'a Fault) -> Note<'a> {
    let region = |(source, span)| report.sources[source as usize].region(span, Columns::CodePoints);
    Note {
        level: Level::Error,
        file: fault.file.as_deref(),
        region: fault.at.map(region),
        title: format!("fault: {}", fault.kind.name()),
        message: told(fault),
    }
}

/// `::error file=…,line=…,endLine=…,col=…,endColumn=…,title=…::…`
fn command(note: &Note<'_>) -> String {
    let name = match note.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let mut properties = Vec::new();
    properties.extend(note.file.map(|file| format!("file={}", property(file))));
    if let Some(region) = note.region {
        properties.push(format!("line={},endLine={}", region.start_line, region.end_line));
        // GitHub takes columns only within a line.
        if region.start_line == region.end_line {
            properties.push(format!("col={},endColumn={}", region.start_column, region.end_column));
        }
    }
    properties.push(format!("title={}", property(&note.title)));
    format!("::{name} {}::{}", properties.join(","), data(&note.message))
}

/// A line of the log that is no command. The runner looks for `##[` anywhere in a line, and for `::` at its start.
fn line(note: &Note<'_>) -> String {
    let file = note.file.map(|file| format!("{} ", visible(file))).unwrap_or_default();
    let region = note.region.map(|region| format!("{}:{} ", region.start_line, region.start_column));
    let text = format!(
        "{}: {file}{}{}: {}",
        note.level.name(),
        region.unwrap_or_default(),
        note.title,
        note.message
    );
    text.replace("##[", "## [")
}

/// As the toolkit of GitHub escapes what stands behind `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As it escapes a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
