//! `--format html`: one file for a person, without a network. Every text is escaped, no data is script, and the policy in its head lets
//! nothing run but the script below, by its hash. Without scripts it can be read in full; with them it can be filtered.

mod prose;

use std::collections::BTreeMap;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::Report;
use super::view::{Excerpt, INCOMPLETE, LEVELS, counted, escaped, lines, pieces, told, visible};
use crate::finding::{Fault, Finding, Place};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// Lines that are shown above and below the one in question.
const AROUND: u32 = 2;

/// Writes the report as a page.
pub fn html(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let pages: BTreeMap<&str, usize> = report
        .by_rule(report.findings.iter())
        .iter()
        .enumerate()
        .map(|(number, (rule, ..))| (rule.id.as_str(), number))
        .collect();
    write_head(report, out)?;
    write_faults(report, out)?;
    write_filters(report, out)?;
    writeln!(out, "<main id=\"findings\" aria-label=\"Findings\">")?;
    let mut file = None;
    for finding in report.findings {
        if file != Some(finding.place.source) {
            if file.is_some() {
                writeln!(out, "</section>")?;
            }
            file = Some(finding.place.source);
            let path = escaped(&report.sources[finding.place.source as usize].path);
            writeln!(out, "<section class=\"file\" data-file=\"{path}\">\n<h2>{path}</h2>")?;
        }
        write_finding(report, finding, pages[report.rule(finding).id.as_str()], out)?;
    }
    if file.is_some() {
        writeln!(out, "</section>")?;
    }
    writeln!(out, "</main>\n<p id=\"none\" hidden>No finding is left; take a filter away.</p>")?;
    write_rules(report, out)?;
    writeln!(
        out,
        "<footer><p>Written by Plimsoll {}. This page asks no network for anything.</p></footer>\n<script>{SCRIPT}</script>\n</body>\n</html>",
        env!("CARGO_PKG_VERSION")
    )
}

fn write_head(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let headline = report.headline();
    writeln!(
        out,
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{headline} · Plimsoll</title>
<style>{STYLE}</style>
</head>
<body>
<header>
<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="15"/><path d="M3 24h42"/></svg>
<div><h1>Plimsoll</h1><p>{}</p></div>
<ul class="tally">"#,
        hash(STYLE),
        hash(SCRIPT),
        escaped(&report.looked())
    )?;
    for (name, counted) in report.tally() {
        let (number, word) = counted.split_once(' ').unwrap_or_default();
        writeln!(out, "<li class=\"{name}\"><b>{number}</b> {word}</li>")?;
    }
    if report.counting().next().is_none() && report.faults.is_empty() {
        writeln!(out, "<li>{headline}</li>")?;
    }
    if let Some(settled) = report.settled() {
        writeln!(out, "<li class=\"settled\">{settled}</li>")?;
    }
    writeln!(out, "</ul>\n</header>")
}

/// A source of the policy: the hash of what stands between two tags.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut base64 = String::new();
    for three in Sha256::digest(text.as_bytes()).chunks(3) {
        let bits = three.iter().chain([&0, &0]).take(3).fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let digits = (0..4).map(|digit| char::from(DIGITS[bits >> (18 - 6 * digit) & 63]));
        base64.extend(digits.take(three.len() + 1).chain("==".chars().take(3 - three.len())));
    }
    format!("sha256-{base64}")
}

fn write_faults(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.faults.is_empty() {
        return Ok(());
    }
    let count = counted(report.faults.len(), "fault");
    writeln!(
        out,
        "<section class=\"faults\" aria-labelledby=\"faults\">\n<h2 id=\"faults\">{count}: this scan is not complete</h2>\n<p>{}.</p>",
        INCOMPLETE.replacen('a', "A", 1)
    )?;
    report.faults.iter().try_for_each(|fault| write_fault(report, fault, out))?;
    writeln!(out, "</section>")
}

fn write_fault(report: &Report<'_>, fault: &Fault, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<div class=\"fault\">\n<h3>{}</h3>", inline(&told(fault)))?;
    let spot = report.fault_spot(fault).map(|spot| format!("<code>{}</code> · ", escaped(&spot)));
    writeln!(out, "<p class=\"where\">{}{}</p>", spot.unwrap_or_default(), fault.kind.name())?;
    if let Some((source, span)) = fault.at {
        write_lines(&report.sources[source as usize], span, out)?;
    }
    writeln!(out, "</div>")
}

/// The controls, which the script fills and shows. Without it they would do nothing.
fn write_filters(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "<form id=\"filters\" aria-label=\"Filters\" hidden>\n<fieldset><legend>Level</legend>")?;
    for level in
        LEVELS.into_iter().filter(|level| report.findings.iter().any(|finding| finding.level == *level))
    {
        let name = level.name();
        writeln!(
            out,
            "<label class=\"{name}\"><input type=\"checkbox\" name=\"level\" value=\"{name}\" checked> {name}</label>"
        )?;
    }
    let states =
        STATES.into_iter().filter(|state| report.findings.iter().any(|finding| state_of(finding) == *state));
    let states: Vec<&str> = states.collect();
    // Without suppressions and a baseline every finding is new, which is not worth a control.
    if states != ["new"] {
        writeln!(out, "</fieldset>\n<fieldset><legend>State</legend>")?;
        for state in states {
            let checked = if state == "new" { " checked" } else { "" };
            writeln!(
                out,
                "<label><input type=\"checkbox\" name=\"state\" value=\"{state}\"{checked}> {state}</label>"
            )?;
        }
    }
    writeln!(
        out,
        r#"</fieldset>
<label>Rule <select name="rule"><option value="">every rule</option></select></label>
<label>Kind <select name="kind"><option value="">every kind</option></select></label>
<label>Object <input name="object" type="search" list="objects" placeholder="namespace/name" autocomplete="off"></label>
<datalist id="objects"></datalist>
<label>File <select name="file"><option value="">every file</option></select></label>
<label>Text <input name="text" type="search" placeholder="words in a finding" autocomplete="off"></label>
<button type="reset">Show all</button>
<output id="count" role="status"></output>
</form>
<noscript><p class="quiet">Filters need scripts; everything else is here without them.</p></noscript>"#
    )
}

fn write_finding(report: &Report<'_>, finding: &Finding, page: usize, out: &mut dyn Write) -> io::Result<()> {
    let place = &finding.place;
    let identity = report.objects[place.object as usize].identity();
    let name = match identity.namespace {
        "" => identity.name.to_owned(),
        namespace => format!("{namespace}/{}", identity.name),
    };
    let (level, rule) = (finding.level.name(), escaped(&report.rule(finding).id));
    let state = state_of(finding);
    writeln!(
        out,
        "<article class=\"{level}\" data-level=\"{level}\" data-state=\"{state}\" data-rule=\"{rule}\" data-kind=\"{}\" data-object=\"{}\">",
        escaped(identity.kind),
        escaped(&name)
    )?;
    writeln!(
        out,
        "<h3><span class=\"level\">{level}</span> {}</h3>\n<p class=\"where\"><a class=\"about\" href=\"#rule-{page}\">{rule}</a> · {}</p>",
        inline(&finding.message),
        at(report, place)
    )?;
    if let Some(why) = report.why_settled(finding) {
        writeln!(out, "<p class=\"settled\">{}</p>", inline(&why))?;
    }
    write_lines(&report.sources[place.source as usize], place.span, out)?;
    for (place, note) in &finding.related {
        writeln!(
            out,
            "<p class=\"related\">{}</p>\n<p class=\"where\">{}</p>",
            inline(note),
            at(report, place)
        )?;
        write_lines(&report.sources[place.source as usize], place.span, out)?;
    }
    if let Some(fix) = &finding.fix {
        let edits: Vec<String> = fix.edits.iter().map(|edit| inline(&report.mended(edit))).collect();
        writeln!(out, "<p class=\"fix\">To mend it: {}</p>", edits.join("; "))?;
    }
    writeln!(out, "</article>")
}

/// What a finding can be.
const STATES: [&str; 3] = ["new", "known", "suppressed"];

fn state_of(finding: &Finding) -> &'static str {
    match finding {
        Finding { suppressed: Some(_), .. } => "suppressed",
        Finding { known: true, .. } => "known",
        _ => "new",
    }
}

/// The object, the address in it and the place.
fn at(report: &Report<'_>, place: &Place) -> String {
    let pointer = Some(place.pointer(report.objects)).filter(|pointer| !pointer.is_empty());
    let pointer = pointer.map(|pointer| format!(" · <code>{}</code>", escaped(&pointer)));
    let (title, spot) = (report.title(place), report.spot(place.source, place.span));
    format!("{}{} · <code>{}</code>", escaped(&title), pointer.unwrap_or_default(), escaped(&spot))
}

/// The line in question, with those around it.
fn write_lines(
    source: &crate::source::Source,
    span: crate::source::Span,
    out: &mut dyn Write,
) -> io::Result<()> {
    let excerpt = Excerpt::new(source, span);
    let number = excerpt.number;
    write!(out, "<pre>")?;
    let around = |numbers| lines(source, numbers).into_iter();
    for (number, text) in around(number.saturating_sub(AROUND)..number) {
        writeln!(out, "<i>{number:>4} </i>{}", escaped(&text))?;
    }
    let mark = if excerpt.marked.is_empty() { " " } else { &excerpt.marked };
    writeln!(
        out,
        "<b><i>{number:>4} </i>{}<mark>{}</mark>{}</b>",
        escaped(&excerpt.before),
        escaped(mark),
        escaped(&excerpt.after)
    )?;
    for (number, text) in around(number + 1..number + 1 + AROUND) {
        writeln!(out, "<i>{number:>4} </i>{}", escaped(&text))?;
    }
    writeln!(out, "</pre>")
}

/// The pages of the rules that found something.
fn write_rules(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rules = report.by_rule(report.findings.iter());
    if rules.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section class=\"rules\" aria-labelledby=\"rules\">\n<h2 id=\"rules\">The rules that found something</h2>"
    )?;
    for (number, (rule, level, count)) in rules.iter().enumerate() {
        writeln!(
            out,
            "<details>\n<summary><span class=\"level {}\">{count}</span> <code>{}</code> {}</summary>\n<div class=\"page\" id=\"rule-{number}\">",
            level.name(),
            escaped(&rule.id),
            escaped(&rule.summary)
        )?;
        out.write_all(prose::html(&rule.docs).as_bytes())?;
        writeln!(out, "</div>\n</details>")?;
    }
    writeln!(out, "</section>")
}

/// Text with code between backticks.
fn inline(text: &str) -> String {
    let piece = |(is_code, part)| {
        let part = escaped(&visible(part));
        if is_code { format!("<code>{part}</code>") } else { part }
    };
    pieces(text).into_iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_written_as_a_policy_wants_them() {
        // echo -n | openssl dgst -sha256 -binary | base64
        assert_eq!(hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn neither_style_nor_script_can_be_left() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
