//! What a person reads: the lines in question with a mark under the field, the rule, what to do, and a summary.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthChar;

use super::Report;
use crate::finding::{Fault, Finding, Level, Place};
use crate::source::{Columns, Source, Span, is_deceptive};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const BLUE: Style = AnsiColor::Cyan.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
/// Characters of a line that are shown around a mark.
const WIDTH: u32 = 120;

/// Writes the report for people; styles are written as ANSI sequences.
pub fn pretty(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for finding in report.findings {
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
    let source = &report.sources[finding.place.source as usize];
    arrow(source, finding.place.span, Some(&title(report, &finding.place)), out)?;
    excerpt(source, finding.place.span, style, out)?;
    for (place, message) in &finding.related {
        let source = &report.sources[place.source as usize];
        writeln!(out, "  {BLUE}note{BLUE:#}: {}", visible(message))?;
        arrow(source, place.span, Some(&title(report, place)), out)?;
        excerpt(source, place.span, BLUE, out)?;
    }
    writeln!(out)
}

fn write_fault(report: &Report<'_>, fault: &Fault, out: &mut dyn Write) -> io::Result<()> {
    let plugin = fault.plugin.as_ref().map(|plugin| format!("plugin {plugin}: ")).unwrap_or_default();
    writeln!(
        out,
        "{RED}fault[{}]{RED:#}{BOLD}: {plugin}{}{BOLD:#}",
        fault.kind.name(),
        visible(&fault.message)
    )?;
    match (fault.at, &fault.file) {
        (Some((source, span)), _) => {
            let source = &report.sources[source as usize];
            arrow(source, span, None, out)?;
            excerpt(source, span, RED, out)?;
        }
        (None, Some(file)) => writeln!(out, "  {BLUE}-->{BLUE:#} {}", visible(file))?,
        (None, None) => {}
    }
    writeln!(out)
}

fn arrow(source: &Source, span: Span, title: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let region = source.region(span, Columns::CodePoints);
    write!(
        out,
        "  {BLUE}-->{BLUE:#} {}:{}:{}",
        visible(&source.path),
        region.start_line,
        region.start_column
    )?;
    match title {
        Some(title) => writeln!(out, "  {DIM}{}{DIM:#}", visible(title)),
        None => writeln!(out),
    }
}

fn title(report: &Report<'_>, place: &Place) -> String {
    let identity = report.objects[place.object as usize].identity();
    match (identity.namespace, identity.name) {
        ("", "") => identity.kind.to_owned(),
        ("", name) => format!("{} {name}", identity.kind),
        (namespace, name) => format!("{} {namespace}/{name}", identity.kind),
    }
}

/// The line on which a span begins, with a mark under it. Of a long line, only what stands around the mark is looked at.
fn excerpt(source: &Source, span: Span, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let number = source.line_of(span.start);
    let line = source.line_span(number);
    let cut = span.start - line.start > WIDTH;
    let from = if cut { source.boundary(span.start - WIDTH / 3) } else { line.start };
    let to = source.boundary(line.end.min(from + 4 * WIDTH)).min(line.end);
    let letters =
        |start: u32, end: u32| source.text(Span { start, end: end.max(start) }).chars().collect::<Vec<_>>();
    let mut shown = letters(from, to);
    let whole = to == line.end && shown.len() <= WIDTH as usize;
    shown.truncate(WIDTH as usize);
    let mark_start = letters(from, span.start.min(to)).len().min(shown.len());
    let mark_end = letters(from, span.end.min(to)).len().clamp(mark_start, shown.len());
    let (before, after) = (if cut { "…" } else { "" }, if whole { "" } else { "…" });
    let lead = before.chars().count() + width(&shown[..mark_start]);
    let mark = width(&shown[mark_start..mark_end]).max(1);
    let text: String = shown.iter().map(|letter| cell(*letter)).collect();
    let number = number.to_string();
    let margin = " ".repeat(number.len());
    writeln!(out, "{margin} {BLUE}|{BLUE:#}")?;
    writeln!(out, "{BLUE}{number} |{BLUE:#} {before}{}{after}", text.trim_end())?;
    writeln!(out, "{margin} {BLUE}|{BLUE:#} {}{style}{}{style:#}", " ".repeat(lead), "^".repeat(mark))
}

/// How many columns of a terminal the characters take.
fn width(letters: &[char]) -> usize {
    let columns = |letter: &char| match letter {
        '\t' => 4,
        letter if is_deceptive(*letter) => letter.escape_unicode().count(),
        letter => letter.width().unwrap_or(1),
    };
    letters.iter().map(columns).sum()
}

/// A character of a manifest as it is shown: tabs as blanks, what would act on the terminal as an escape.
fn cell(letter: char) -> String {
    match letter {
        '\t' => "    ".to_owned(),
        letter if is_deceptive(letter) => letter.escape_unicode().to_string(),
        letter => letter.to_string(),
    }
}

fn visible(text: &str) -> String {
    text.chars().map(cell).collect()
}

fn summary(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let count = |level| report.findings.iter().filter(|finding| finding.level == level).count();
    let counted =
        |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let packs = report.enabled.iter().filter(|rules| !rules.is_empty()).count();
    let looked = format!(
        "checked {} in {} with {} of {} (Kubernetes {})",
        counted(report.objects.len(), "object"),
        counted(report.source_count, "file"),
        counted(report.rule_count(), "rule"),
        counted(packs, "plugin"),
        report.kubernetes
    );
    if report.findings.is_empty() && report.faults.is_empty() {
        if report.objects.is_empty() {
            return writeln!(
                out,
                "{YELLOW}no Kubernetes objects{YELLOW:#} in {}",
                counted(report.source_count, "file")
            );
        }
        return writeln!(out, "{GREEN}nothing found{GREEN:#}; {looked}");
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
    writeln!(out, "{BOLD}found{BOLD:#} {}; {looked}", parts.join(", "))?;
    if !report.faults.is_empty() {
        writeln!(
            out,
            "a fault is something that could not be looked at; the scan is not complete until there is none"
        )?;
    }
    if let Some(finding) = report.findings.first() {
        writeln!(
            out,
            "{DIM}`plimsoll rules {}` explains a rule and how to mend what it finds{DIM:#}",
            report.rule(finding).id
        )?;
    }
    Ok(())
}
