//! `--format markdown`: the summary of a job. GitHub shows none of a summary of more than a mebibyte, so it is cut before, and says so at its
//! top.

use std::io::{self, Write};

use super::Report;
use super::view::{Excerpt, INCOMPLETE, LEVELS, counted, escaped, pieces, told, visible};
use crate::finding::{Fault, Finding, Level};

/// Bytes that findings and faults may take; the rest of the mebibyte is for what stands above them.
const MOST: usize = 800 * 1024;
/// Rules that are listed. All that come with the executable are.
const MOST_RULES: usize = 500;
/// Characters of what a rule says of itself in that list.
const MOST_LETTERS: usize = 160;

/// Writes the report as Markdown.
pub fn summary(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## Plimsoll: {}\n", report.headline())?;
    writeln!(out, "{}\n", sentence(&report.looked()))?;
    if let Some(settled) = report.settled() {
        writeln!(out, "Besides: {settled}.\n")?;
    }
    if !report.faults.is_empty() {
        writeln!(out, "> [!CAUTION]\n> **{}**: {INCOMPLETE}.\n", counted(report.faults.len(), "fault"))?;
    }
    let all = report.faults.len() + report.counting().count();
    let shown = fitting(report);
    if shown < all {
        writeln!(
            out,
            "> [!WARNING]\n> **{} of {all} entries are left out below**, the least grave: a summary holds a mebibyte. `--format html` holds all.\n",
            all - shown
        )?;
    }
    write_rules(report, out)?;
    blocks(report).take(shown).try_for_each(|block| out.write_all(block.as_bytes()))
}

/// How many of the blocks fit.
fn fitting(report: &Report<'_>) -> usize {
    let sizes = blocks(report).scan(0, |sum, block| {
        *sum += block.len();
        Some(*sum)
    });
    sizes.take_while(|sum| *sum <= MOST).count()
}

/// Faults and findings, worst first, each a block of Markdown.
fn blocks<'a>(report: &'a Report<'_>) -> impl Iterator<Item = String> + 'a {
    let faults = report.faults.iter().enumerate().map(|(position, fault)| {
        let heading = if position == 0 { "### Faults\n\n" } else { "" };
        heading.to_owned() + &fault_block(report, fault)
    });
    let findings = LEVELS.into_iter().flat_map(move |level| {
        report.of_level(level).enumerate().map(move |(position, finding)| {
            let heading = if position == 0 { heading(level) } else { "" };
            heading.to_owned() + &finding_block(report, finding)
        })
    });
    faults.chain(findings)
}

fn heading(level: Level) -> &'static str {
    match level {
        Level::Error => "### Errors\n\n",
        Level::Warning => "### Warnings\n\n",
        Level::Note => "### Notes\n\n",
    }
}

fn write_rules(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules = report.by_rule(report.counting());
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(out, "| level | findings | rule | what it finds |\n| --- | ---: | --- | --- |")?;
    for (rule, level, count) in rules.iter().take(MOST_RULES) {
        let id = cell(&format!("`{}`", rule.id));
        let what = cell(&rule.summary.chars().take(MOST_LETTERS).collect::<String>());
        writeln!(out, "| {} | {count} | {id} | {what} |", level.name())?;
    }
    if rules.len() > MOST_RULES {
        writeln!(out, "| | | … and {} more rules | |", rules.len() - MOST_RULES)?;
    }
    writeln!(out)
}

fn finding_block(report: &Report<'_>, finding: &Finding) -> String {
    let place = &finding.place;
    let (id, spot) = (&report.rule(finding).id, report.spot(place.source, place.span));
    let mut block = open(&spot, &format!("{id} · {}", report.title(place)));
    block.push_str(&format!("{}\n\n", inline(&sentence(&visible(&finding.message)))));
    block.push_str(&fenced(&Excerpt::new(&report.sources[place.source as usize], place.span).plain()));
    for (place, note) in &finding.related {
        let spot = report.spot(place.source, place.span);
        block.push_str(&format!(
            "{} ({}, {}):\n\n",
            inline(visible(note).trim()),
            plain(&report.title(place)),
            code(&spot)
        ));
        block.push_str(&fenced(&Excerpt::new(&report.sources[place.source as usize], place.span).plain()));
    }
    if let Some(fix) = &finding.fix {
        let edits: Vec<String> =
            fix.edits.iter().map(|edit| inline(&visible(&report.mended(edit)))).collect();
        block.push_str(&format!("To mend it: {}.\n\n", edits.join("; ")));
    }
    block + "</details>\n\n"
}

fn fault_block(report: &Report<'_>, fault: &Fault) -> String {
    let spot = report.fault_spot(fault);
    let mut block = open(spot.as_deref().unwrap_or("the whole scan"), fault.kind.name());
    block.push_str(&format!("{}\n\n", inline(&sentence(&told(fault)))));
    if let Some((source, span)) = fault.at {
        block.push_str(&fenced(&Excerpt::new(&report.sources[source as usize], span).plain()));
    }
    block + "</details>\n\n"
}

/// Opens what can be folded. What stands in `<code>` is no mention and no reference.
fn open(spot: &str, about: &str) -> String {
    format!("<details><summary><code>{}</code> <code>{}</code></summary>\n\n", escaped(spot), escaped(about))
}

/// Text with code between backticks, as Markdown.
fn inline(text: &str) -> String {
    pieces(text).into_iter().map(|(is_code, part)| if is_code { code(part) } else { plain(part) }).collect()
}

/// The same in a table, which is cut at pipes, within code too.
fn cell(text: &str) -> String {
    let piece = |(is_code, part)| if is_code { code(part).replace('|', "\\|") } else { plain(part) };
    pieces(text).into_iter().map(piece).collect()
}

/// Text that Markdown takes for nothing else, and GitHub neither for a mention nor for a reference.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '@' | '#' => out.push_str(&format!("\\{letter}<!-- -->")),
            ',' | ';' | '"' | '\'' | '?' | '/' | '%' => out.push(letter),
            letter if letter.is_ascii_punctuation() => out.extend(['\\', letter]),
            letter => out.push(letter),
        }
    }
    out
}

/// A code span that its text cannot leave.
fn code(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let blank = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// A block of code that its lines cannot leave.
fn fenced(lines: &str) -> String {
    let fence = "`".repeat(longest_run(lines).max(2) + 1);
    format!("{fence}text\n{lines}{fence}\n\n")
}

/// The most backticks in a row.
fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

fn sentence(text: &str) -> String {
    // Four blanks at the start of a paragraph would make it code.
    let text = text.trim();
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str()) + if text.ends_with(['.', '!', '?']) { "" } else { "." }
}
