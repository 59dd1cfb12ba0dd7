//! `--format json`: the stable interface for programs. One line a finding, so that it can be searched and compared as text.

use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use crate::finding::{Absent, Action, Edit, Fault, Finding, Place, Suppression};
use crate::fingerprint;
use crate::source::{Columns, Region};

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    level: &'static str,
    message: &'a str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
    related: Vec<JsonRelated<'a>>,
    fix: Option<JsonFix<'a>>,
    fingerprint: String,
    suppressed: Option<JsonSuppression<'a>>,
    baseline: &'static str,
}

#[derive(Serialize)]
struct JsonSuppression<'a> {
    origin: &'static str,
    reason: &'a str,
    until: Option<&'a str>,
    file: &'a str,
    region: JsonRegion,
}

/// A line of a baseline: what makes it the same finding, and for people what it is. No line numbers, which change every day.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Known<'a> {
    file: &'a str,
    rule: &'a str,
    object: String,
    pointer: String,
    message: &'a str,
    fingerprint: String,
}

#[derive(Serialize)]
struct JsonPlace<'a> {
    file: &'a str,
    region: JsonRegion,
    object: JsonObject<'a>,
    pointer: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonObject<'a> {
    api_version: &'a str,
    kind: &'a str,
    namespace: Option<&'a str>,
    name: Option<&'a str>,
}

/// Lines and columns from 1, columns in code points, ends exclusive.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JsonRegion {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct JsonRelated<'a> {
    message: &'a str,
    #[serde(flatten)]
    place: JsonPlace<'a>,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    description: &'a str,
    edits: Vec<JsonEdit>,
}

#[derive(Serialize)]
struct JsonEdit {
    action: &'static str,
    pointer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct JsonAbsent<'a> {
    rule: &'a str,
    message: &'a str,
    file: &'a str,
    pointer: &'a str,
    fingerprint: &'a str,
}

#[derive(Serialize)]
struct JsonFault<'a> {
    kind: &'static str,
    file: Option<&'a str>,
    region: Option<JsonRegion>,
    plugin: Option<&'a str>,
    message: &'a str,
}

#[derive(Serialize)]
struct Stats {
    sources: usize,
    objects: usize,
    rules: usize,
    bytes: u64,
}

impl From<Region> for JsonRegion {
    fn from(region: Region) -> Self {
        let Region { start_line, start_column, end_line, end_column } = region;
        Self { start_line, start_column, end_line, end_column }
    }
}

/// Writes the report as JSON.
pub fn json(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"{\"version\":1,\n \"findings\":[")?;
    for (position, finding) in report.findings.iter().enumerate() {
        out.write_all(if position == 0 { b"\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, &of_finding(report, finding))?;
    }
    out.write_all(b"],\n \"faults\":[")?;
    for (position, fault) in report.faults.iter().enumerate() {
        out.write_all(if position == 0 { b"\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, &of_fault(report, fault))?;
    }
    if let Some(absent) = report.absent {
        out.write_all(b"],\n \"absent\":[")?;
        for (position, absent) in absent.iter().enumerate() {
            out.write_all(if position == 0 { b"\n  " } else { b",\n  " })?;
            let Absent { file, rule, pointer, message, fingerprint, .. } = absent;
            serde_json::to_writer(&mut *out, &JsonAbsent { rule, message, file, pointer, fingerprint })?;
        }
    }
    out.write_all(b"],\n \"stats\":")?;
    let stats = Stats {
        sources: report.source_count,
        objects: report.object_count,
        rules: report.rule_count(),
        bytes: report.bytes,
    };
    serde_json::to_writer(&mut *out, &stats)?;
    out.write_all(b"}\n")
}

fn of_finding<'a>(report: &'a Report<'_>, finding: &'a Finding) -> JsonFinding<'a> {
    let rule = &report.rule(finding).id;
    let fix = finding.fix.as_ref().map(|fix| JsonFix {
        description: &fix.description,
        edits: fix.edits.iter().map(|edit| of_edit(report, edit)).collect(),
    });
    JsonFinding {
        rule,
        level: finding.level.name(),
        message: &finding.message,
        place: of_place(report, &finding.place),
        related: finding
            .related
            .iter()
            .map(|(place, message)| JsonRelated { message, place: of_place(report, place) })
            .collect(),
        fix,
        fingerprint: fingerprint::of_object(
            rule,
            &finding.place,
            &report.objects[finding.place.object as usize],
        ),
        suppressed: finding.suppressed.map(|position| of_suppression(report, position)),
        baseline: if finding.known { "unchanged" } else { "new" },
    }
}

fn of_suppression<'a>(report: &'a Report<'_>, position: u32) -> JsonSuppression<'a> {
    let Suppression { origin, source, span, reason, until } = &report.suppressions[position as usize];
    let (file, region) = match report.sources.get(*source as usize) {
        Some(source) => (source.path.as_str(), source.region(*span, Columns::CodePoints).into()),
        None => (CARRIED, JsonRegion { start_line: 1, start_column: 1, end_line: 1, end_column: 1 }),
    };
    JsonSuppression { origin: origin.name(), reason, until: until.as_deref(), file, region }
}

/// What a configuration is called whose place is not in the repository.
pub(super) const CARRIED: &str = "plimsoll.yaml";

/// Writes the findings that nobody accepted, so that a later scan knows them: a line each, in an order that does not change when lines move.
/// `kept` are those of the old baseline that nobody looked at.
pub fn baseline(report: &Report<'_>, kept: &[Absent], out: &mut dyn Write) -> io::Result<()> {
    let kept = kept.iter().map(|kept| Known {
        file: &kept.file,
        rule: &kept.rule,
        object: kept.object.clone(),
        pointer: kept.pointer.clone(),
        message: &kept.message,
        fingerprint: kept.fingerprint.clone(),
    });
    let mut known: Vec<Known<'_>> = report
        .open()
        .map(|finding| {
            let (place, rule) = (&finding.place, &report.rule(finding).id);
            Known {
                file: &report.sources[place.source as usize].path,
                rule,
                object: report.title(place),
                pointer: place.pointer(report.objects),
                message: &finding.message,
                fingerprint: fingerprint::of_object(rule, place, &report.objects[place.object as usize]),
            }
        })
        .chain(kept)
        .collect();
    known.sort();
    out.write_all(b"{\"version\":1,\n \"findings\":[")?;
    for (position, finding) in known.iter().enumerate() {
        out.write_all(if position == 0 { b"\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, finding)?;
    }
    out.write_all(b"]}\n")
}

fn of_edit(report: &Report<'_>, edit: &Edit) -> JsonEdit {
    let (action, value) = match &edit.action {
        Action::Set(value) => ("set", serde_json::from_str(value).ok()),
        Action::Remove => ("remove", None),
        Action::Rename(key) => ("rename", Some((&**key).into())),
    };
    JsonEdit { action, pointer: edit.place.pointer(report.objects), value }
}

fn of_place<'a>(report: &'a Report<'_>, place: &'a Place) -> JsonPlace<'a> {
    let source = &report.sources[place.source as usize];
    let identity = report.objects[place.object as usize].identity();
    let said = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    JsonPlace {
        file: &source.path,
        region: source.region(place.span, Columns::CodePoints).into(),
        object: JsonObject {
            api_version: identity.api_version,
            kind: identity.kind,
            namespace: said(identity.namespace),
            name: said(identity.name),
        },
        pointer: place.pointer(report.objects),
    }
}

fn of_fault<'a>(report: &'a Report<'_>, fault: &'a Fault) -> JsonFault<'a> {
    JsonFault {
        kind: fault.kind.name(),
        file: fault.file.as_deref(),
        region: fault
            .at
            .map(|(source, span)| report.sources[source as usize].region(span, Columns::CodePoints).into()),
        plugin: fault.plugin.as_deref(),
        message: &fault.message,
    }
}
