//! `--format junit`: for whatever shows test reports. A suite a file; a finding is a test that failed, a fault one that could not be run, an
//! object without findings one that passed, and a finding that is accepted one that was skipped.
//!
//! GitLab takes two tests with the same `classname` and `name` for one and compares branches by them, so both are unique and hold no
//! line. Jenkins cuts `classname` at its last dot, so it holds the rule and not the file. `time` is what some readers insist on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};

use super::Report;
use super::view::{Excerpt, escaped, told, visible};
use crate::finding::{Fault, Finding};

/// What stands in one file.
#[derive(Default)]
struct Suite<'a> {
    passed: Vec<u32>,
    findings: Vec<&'a Finding>,
    faults: Vec<&'a Fault>,
}

impl Suite<'_> {
    fn tests(&self) -> usize {
        self.passed.len() + self.findings.len() + self.faults.len()
    }
}

/// Writes the report as JUnit's XML.
pub fn junit(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(report);
    let tests: usize = suites.values().map(Suite::tests).sum();
    // A report without a test is an error for most readers.
    let nothing = usize::from(tests == 0);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(
        out,
        "<testsuites name=\"plimsoll\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"0\">",
        tests + nothing,
        report.counting().count(),
        report.faults.len()
    )?;
    if nothing == 1 {
        head("plimsoll", [1, 0, 0, 1], out)?;
        writeln!(
            out,
            "    <testcase classname=\"plimsoll\" name=\"objects\" time=\"0\"><skipped message=\"there are no Kubernetes objects\"/></testcase>"
        )?;
        writeln!(out, "  </testsuite>")?;
    }
    let mut names = Names::default();
    for (file, suite) in &suites {
        let name = if file.is_empty() { "plimsoll" } else { file };
        let failures = suite.findings.iter().filter(|finding| finding.counts()).count();
        let skipped = suite.findings.len() - failures;
        head(name, [suite.tests(), failures, suite.faults.len(), skipped], out)?;
        for fault in &suite.faults {
            write_fault(report, fault, &mut names, out)?;
        }
        for finding in &suite.findings {
            write_finding(report, finding, &mut names, out)?;
        }
        for object in &suite.passed {
            let name = format!("{file}: {}", report.object_title(*object));
            writeln!(out, "    <testcase {} time=\"0\"/>", names.unique("plimsoll", &name, file))?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// The suites by file; what concerns none stands under the empty name.
fn suites<'a>(report: &'a Report<'_>) -> BTreeMap<&'a str, Suite<'a>> {
    let mut suites: BTreeMap<&str, Suite<'_>> = BTreeMap::new();
    for fault in report.faults {
        suites.entry(fault.file.as_deref().unwrap_or_default()).or_default().faults.push(fault);
    }
    let mut found = BTreeSet::new();
    for finding in report.findings {
        found.insert(finding.place.object);
        let file = &report.sources[finding.place.source as usize].path;
        suites.entry(file).or_default().findings.push(finding);
    }
    for (object, position) in report.objects[..report.object_count].iter().zip(0u32..) {
        if !found.contains(&position) {
            let file = &report.sources[object.source as usize].path;
            suites.entry(file).or_default().passed.push(position);
        }
    }
    suites
}

/// Opens a suite: how many tests it has, and of these how many failed, could not be run, and were skipped.
fn head(name: &str, [tests, failures, errors, skipped]: [usize; 4], out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\">",
        escaped(name)
    )
}

/// The names that were given, so that none is given twice.
#[derive(Default)]
struct Names(HashMap<(String, String), u32>);

impl Names {
    /// The attributes that name a test.
    fn unique(&mut self, class: &str, name: &str, file: &str) -> String {
        let count = self.0.entry((class.to_owned(), name.to_owned())).or_default();
        *count += 1;
        let occurrence = if *count > 1 { format!(" ({count})") } else { String::new() };
        let file = if file.is_empty() { String::new() } else { format!(" file=\"{}\"", escaped(file)) };
        format!("classname=\"{}\" name=\"{}{occurrence}\"{file}", escaped(class), escaped(name))
    }
}

fn write_finding(
    report: &Report<'_>,
    finding: &Finding,
    names: &mut Names,
    out: &mut dyn Write,
) -> io::Result<()> {
    let place = &finding.place;
    let source = &report.sources[place.source as usize];
    let (rule, level) = (&report.rule(finding).id, finding.level.name());
    let (title, spot) = (report.title(place), report.spot(place.source, place.span));
    let name = format!("{}: {title} {}", source.path, place.pointer(report.objects));
    let message = visible(&finding.message);
    writeln!(out, "    <testcase {} time=\"0\">", names.unique(rule, &name, &source.path))?;
    if let Some(why) = report.why_settled(finding) {
        writeln!(out, "      <skipped message=\"{}\"/>", escaped(&format!("{message} ({why})")))?;
        return writeln!(out, "    </testcase>");
    }
    write!(out, "      <failure type=\"{level}\" message=\"{}\">", escaped(&format!("{spot}: {message}")))?;
    write_lines(out, &format!("{level}[{rule}]: {message}\n{spot}  {title}\n"))?;
    write_lines(out, &Excerpt::new(source, place.span).plain())?;
    for (place, note) in &finding.related {
        let spot = report.spot(place.source, place.span);
        write_lines(out, &format!("note: {}\n{spot}  {}\n", visible(note), report.title(place)))?;
        let source = &report.sources[place.source as usize];
        write_lines(out, &Excerpt::new(source, place.span).plain())?;
    }
    writeln!(out, "</failure>\n    </testcase>")
}

fn write_fault(report: &Report<'_>, fault: &Fault, names: &mut Names, out: &mut dyn Write) -> io::Result<()> {
    let file = fault.file.as_deref().unwrap_or_default();
    let (kind, told) = (fault.kind.name(), told(fault));
    let class = format!("fault/{kind}");
    let name = if file.is_empty() { told.clone() } else { format!("{file}: {told}") };
    let spot = report.fault_spot(fault).map(|spot| format!("{spot}: ")).unwrap_or_default();
    writeln!(out, "    <testcase {} time=\"0\">", names.unique(&class, &name, file))?;
    write!(out, "      <error type=\"{kind}\" message=\"{}\">", escaped(&format!("{spot}{told}")))?;
    write_lines(out, &format!("fault[{kind}]: {spot}{told}\n"))?;
    if let Some((source, span)) = fault.at {
        write_lines(out, &Excerpt::new(&report.sources[source as usize], span).plain())?;
    }
    writeln!(out, "</error>\n    </testcase>")
}

/// Escapes line by line, so that the breaks between lines stay.
fn write_lines(out: &mut dyn Write, text: &str) -> io::Result<()> {
    text.lines().try_for_each(|line| writeln!(out, "{}", escaped(line)))
}
