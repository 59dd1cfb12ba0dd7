//! What a person reads: the lines in question with a mark under the field, the rule, what to do, and a summary.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Report;
use super::view::{Excerpt, INCOMPLETE, counted, named, told, visible};
use crate::finding::{Fault, Finding, Level};
use crate::source::{Source, Span};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const BLUE: Style = AnsiColor::Cyan.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();

/// Writes the report for people; styles are written as ANSI sequences.
pub fn pretty(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in report.counting() {
        write_finding(report, finding, out)?;
    }
    for fault in report.faults {
        write_fault(report, fault, out)?;
    }
    summary(report, out)
}

fn color(level: Level) -> Style {
    match level {
        Level::Error => RED,
        Level::Warning => YELLOW,
        Level::Note => BLUE,
    }
}

fn write_finding(report: &Report<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let style = color(finding.level);
    let id = &report.rule(finding).id;
    writeln!(
        out,
        "{style}{}[{id}]{style:#}{BOLD}: {}{BOLD:#}",
        finding.level.name(),
        visible(&finding.message)
    )?;
    let place = &finding.place;
    arrow(&report.spot(place.source, place.span), Some(&report.title(place)), out)?;
    excerpt(&report.sources[place.source as usize], place.span, style, out)?;
    for (place, message) in &finding.related {
        writeln!(out, "  {BLUE}note{BLUE:#}: {}", visible(message))?;
        arrow(&report.spot(place.source, place.span), Some(&report.title(place)), out)?;
        excerpt(&report.sources[place.source as usize], place.span, BLUE, out)?;
    }
    writeln!(out)
}

fn write_fault(report: &Report<'_>, fault: &Fault, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{RED}fault[{}]{RED:#}{BOLD}: {}{BOLD:#}", fault.kind.name(), told(fault))?;
    if let Some(spot) = report.fault_spot(fault) {
        arrow(&spot, None, out)?;
    }
    if let Some((source, span)) = fault.at {
        excerpt(&report.sources[source as usize], span, RED, out)?;
    }
    writeln!(out)
}

fn arrow(spot: &str, title: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    match title {
        Some(title) => writeln!(out, "  {BLUE}-->{BLUE:#} {spot}  {DIM}{title}{DIM:#}"),
        None => writeln!(out, "  {BLUE}-->{BLUE:#} {spot}"),
    }
}

/// The line on which a span begins, with a mark under it.
fn excerpt(source: &Source, span: Span, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let excerpt = Excerpt::new(source, span);
    let (lead, mark) = excerpt.columns();
    let number = excerpt.number.to_string();
    let margin = " ".repeat(number.len());
    writeln!(out, "{margin} {BLUE}|{BLUE:#}")?;
    writeln!(out, "{BLUE}{number} |{BLUE:#} {}", excerpt.line())?;
    writeln!(out, "{margin} {BLUE}|{BLUE:#} {}{style}{}{style:#}", " ".repeat(lead), "^".repeat(mark))
}

fn summary(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = |level| report.of_level(level).count();
    let looked = report.looked();
    let settled = report.settled().map(|settled| format!(" ({settled})")).unwrap_or_default();
    if report.counting().next().is_none() && report.faults.is_empty() {
        if report.object_count == 0 {
            return writeln!(
                out,
                "{YELLOW}no Kubernetes objects{YELLOW:#} in {}",
                counted(report.source_count, "file")
            );
        }
        return writeln!(out, "{GREEN}{}{GREEN:#}{settled}; {looked}", report.headline());
    }
    let mut parts = Vec::new();
    for (level, style) in [(Level::Error, RED), (Level::Warning, YELLOW), (Level::Note, BLUE)] {
        if count(level) > 0 {
            parts.push(format!("{style}{}{style:#}", counted(count(level), level.name())));
        }
    }
    if !report.faults.is_empty() {
        parts.push(format!("{RED}{}{RED:#}", counted(report.faults.len(), "fault")));
    }
    writeln!(out, "{BOLD}found{BOLD:#} {}{settled}; {looked}", parts.join(", "))?;
    if !report.faults.is_empty() {
        writeln!(out, "{INCOMPLETE}")?;
    }
    if let Some(finding) = report.counting().next() {
        // What only the command line names has to be named there again.
        let file = report.plugins[finding.plugin as usize].file.as_deref();
        let file = file.filter(|file| report.named.iter().any(|named| named.to_string_lossy() == **file));
        writeln!(
            out,
            "{DIM}`plimsoll rules {}{}` explains a rule and how to mend what it finds{DIM:#}",
            report.rule(finding).id,
            file.map(named).unwrap_or_default()
        )?;
    }
    Ok(())
}
