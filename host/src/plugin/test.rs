//! `plimsoll plugin test`: scans cases as a scan does, and compares what is found with what they expect.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};

use super::build;
use super::case::{self, Difference, Expected, Seen};
use crate::carried::Carried;
use crate::check::Limits;
use crate::cli;
use crate::config::{self, Config};
use crate::finding::{Fault, PluginInfo};
use crate::look::{Inspector, Looked};
use crate::read::{self, Found};
use crate::source::Columns;
use crate::terminal::{visible, written};
use crate::trust::Trust;
use crate::{outputs, plugins};

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

/// Where cases are, beside the crate or in the working directory.
const CASES: &str = "tests";

/// A file of manifests, and what it came to.
struct Case {
    /// As it is shown.
    path: String,
    text: String,
    expected: Vec<Expected>,
    difference: Difference,
    /// What could not be looked at.
    faults: Vec<String>,
    findings: usize,
}

/// Tests a plugin and writes how it went; gives the exit code. `threads` starts those that check.
///
/// # Errors
///
/// If the plugin cannot be built or loaded, there are no cases, or one cannot be read or written.
pub fn test(
    args: &cli::Test,
    threads: &dyn Fn(&Limits) -> Result<(), String>,
    out: &mut dyn Write,
) -> Result<u8, String> {
    let file = if args.plugin.is_file() { args.plugin.clone() } else { build(&args.plugin)? };
    let info = plugins::one(&file, Limits::default().component)?.info;
    let folder = match &args.cases {
        Some(folder) => folder.clone(),
        None if args.plugin.is_file() => PathBuf::from(CASES),
        None => args.plugin.join(CASES),
    };
    let folder = folder.strip_prefix(".").map_or(folder.clone(), Path::to_owned);
    let groups = groups(&folder, &info)?;
    let stack = groups.iter().map(|(config, _)| config.limits.stack).max().unwrap_or_default();
    threads(&Limits { stack, ..Limits::default() })?;
    let mut cases = run(&file, &groups)?;
    let mut blessed = 0;
    if args.bless {
        // What could not be looked at may hold what is expected.
        let whole = cases.iter().filter(|case| case.faults.is_empty());
        for case in whole.filter(|case| !case.difference.is_empty()) {
            let text = case::blessed(&case.text, &case.expected, &case.difference);
            outputs::replace(Path::new(&case.path), |out| out.write_all(text.as_bytes()))
                .map_err(|error| format!("{} cannot be written: {error}", case.path))?;
            blessed += 1;
        }
        cases = run(&file, &groups)?;
    }
    written(told(&cases, &info, blessed, out))?;
    Ok(u8::from(cases.iter().any(|case| !case.passed())))
}

/// The cases in a folder, by the configuration that is in force for them: the nearest beside them or above, as far up as the folder that holds
/// the folder. What it says of other plugins, of trust and of a scan as a whole is left aside.
fn groups(folder: &Path, info: &PluginInfo) -> Result<Vec<(Config, Vec<PathBuf>)>, String> {
    let mut files = Vec::new();
    manifests(folder, &mut files)
        .map_err(|error| format!("the cases in {} cannot be read: {error}", folder.display()))?;
    if files.is_empty() {
        return Err(format!(
            "there are no cases in {}; write a manifest there, with `# expect: {}` on the line that it is about",
            folder.display(),
            info.rules.first().map_or("pack/rule", |rule| &rule.id)
        ));
    }
    let mut groups: BTreeMap<Option<PathBuf>, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        let top = folder.parent();
        let above = file.ancestors().skip(1);
        let last =
            above.clone().position(|folder| Some(folder) == top).map_or(usize::MAX, |position| position + 1);
        let config = above.take(last).map(|folder| folder.join(config::NAME)).find(|config| config.is_file());
        groups.entry(config).or_default().push(file);
    }
    let group = |(config, files): (Option<PathBuf>, Vec<PathBuf>)| {
        let mut config =
            config.map_or_else(|| Ok(Config::default()), |config| Config::load(Some(&config), None))?;
        let own = format!("{}/", info.name);
        config.rules.retain(|rule| rule.id.starts_with(&own));
        config.plugins.clear();
        // What was just built is neither pinned nor signed.
        (config.trust, config.folder) = (Trust::default(), None);
        config.suppressions.clear();
        Ok((config, files))
    };
    groups.into_iter().map(group).collect()
}

fn manifests(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            manifests(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
            && path.file_name().is_none_or(|name| name != config::NAME)
        {
            found.push(path);
        }
    }
    Ok(())
}

fn run(file: &Path, groups: &[(Config, Vec<PathBuf>)]) -> Result<Vec<Case>, String> {
    let carried = Carried::open()?;
    let only = cli::Plugins { config: None, plugin: vec![file.to_owned()], no_embedded: true };
    let look = cli::Look { plugins: only, ..cli::Look::default() };
    let mut cases = Vec::new();
    for (config, files) in groups {
        let inspector = Inspector::new(&look, &carried, config)?;
        for file in files {
            cases.push(case(file, &inspector)?);
        }
    }
    cases.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(cases)
}

fn case(file: &Path, inspector: &Inspector<'_>) -> Result<Case, String> {
    let path = file.to_string_lossy().replace('\\', "/");
    let text = fs::read_to_string(file).map_err(|error| format!("{path} cannot be read: {error}"))?;
    let wrong = |why: String| format!("{path}:{why}");
    let expected = case::expected(&text).map_err(wrong)?;
    let found = Found { root: PathBuf::new(), files: Vec::new(), faults: Vec::new() };
    let looked = inspector.inspect(found, read::one(&path, text.clone().into_bytes()), None)?;
    let known =
        looked.infos.iter().flat_map(|info| &info.rules).map(|rule| rule.id.clone()).collect::<Vec<_>>();
    if let Some(why) = case::unknown(&expected, &known) {
        return Err(wrong(why));
    }
    if let Some(off) = expected.iter().find(|expected| !is_on(&looked, &expected.rule)) {
        let Expected { comment, rule, .. } = off;
        let cure = format!("name it under `rules` in {CASES}/{}", config::NAME);
        return Err(wrong(format!("{comment}: the rule `{rule}` is not on by itself; {cure}")));
    }
    let seen = seen(&looked);
    let findings = seen.len();
    let faults = looked.faults.iter().map(|fault| shown(fault, &looked)).collect();
    let difference = case::compare(&expected, seen);
    Ok(Case { path, text, expected, difference, faults, findings })
}

fn is_on(looked: &Looked, id: &str) -> bool {
    looked
        .infos
        .iter()
        .zip(&looked.enabled)
        .any(|(info, enabled)| enabled.iter().any(|position| info.rules[*position as usize].id == id))
}

fn seen(looked: &Looked) -> Vec<Seen> {
    let counting = looked.findings.iter().filter(|finding| finding.counts());
    let seen = counting.map(|finding| {
        let source = &looked.read.sources[finding.place.source as usize];
        let region = source.region(finding.place.span, Columns::CodePoints);
        let crate::source::Region { start_line, start_column, end_line, end_column } = region;
        Seen {
            line: start_line,
            place: format!("{start_line}:{start_column}-{end_line}:{end_column}"),
            rule: looked.infos[finding.plugin as usize].rules[finding.rule as usize].id.clone(),
            pointer: finding.place.pointer(&looked.read.objects),
            message: finding.message.to_string(),
        }
    });
    seen.collect()
}

fn shown(fault: &Fault, looked: &Looked) -> String {
    let line = fault.at.map(|(source, span)| looked.read.sources[source as usize].line_of(span.start));
    let line = line.map(|line| format!(" on line {line}")).unwrap_or_default();
    format!("fault[{}]{line}: {}", fault.kind.name(), fault.message)
}

impl Case {
    fn passed(&self) -> bool {
        self.difference.is_empty() && self.faults.is_empty()
    }
}

fn told(cases: &[Case], info: &PluginInfo, blessed: usize, out: &mut dyn Write) -> io::Result<()> {
    for case in cases {
        if case.passed() {
            writeln!(out, "{GREEN}ok{GREEN:#}      {}", case.path)?;
        } else {
            writeln!(out, "{RED}failed{RED:#}  {}", case.path)?;
            differences(case, out)?;
        }
    }
    let failed = cases.iter().filter(|case| !case.passed()).count();
    let findings: usize = cases.iter().map(|case| case.findings).sum();
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    writeln!(out)?;
    if blessed > 0 {
        writeln!(out, "wrote {}; read the difference before you keep it", count(blessed, "case"))?;
    }
    let silent: Vec<&str> = info
        .rules
        .iter()
        .filter(|rule| !cases.iter().flat_map(|case| &case.expected).any(|expected| expected.rule == rule.id))
        .map(|rule| rule.id.as_str())
        .collect();
    if !silent.is_empty() {
        writeln!(out, "no case expects {}", silent.join(", "))?;
    }
    let version = format!("{} {}", info.name, info.version);
    let all = format!("{} with {}", count(cases.len(), "case"), count(findings, "finding"));
    match failed {
        0 => writeln!(out, "{BOLD}{version}{BOLD:#}: {all}, and all as expected"),
        failed => writeln!(out, "{BOLD}{version}{BOLD:#}: {all}, and {failed} not as expected"),
    }
}

/// Every line of which something else was expected, with what is missing and what is there instead.
fn differences(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    for fault in &case.faults {
        writeln!(out, "  {RED}{fault}{RED:#}")?;
    }
    let Difference { missing, surplus } = &case.difference;
    let mut lines: Vec<u32> =
        missing.iter().map(|one| one.line).chain(surplus.iter().map(|one| one.line)).collect();
    lines.sort_unstable();
    lines.dedup();
    let width = lines.last().map_or(0, |line| line.to_string().len());
    for line in lines {
        let text = case.text.lines().nth(line as usize - 1).unwrap_or_default();
        writeln!(out, "  {DIM}{line:width$} |{DIM:#} {}", visible(text))?;
        let gap = " ".repeat(width + 5);
        for expected in missing.iter().filter(|expected| expected.line == line) {
            writeln!(out, "{gap}{RED}- {expected}{RED:#}")?;
        }
        for Seen { place, rule, pointer, message, .. } in surplus.iter().filter(|seen| seen.line == line) {
            let pointer = visible(pointer);
            let pointer = if pointer.is_empty() { pointer } else { format!(" {pointer}") };
            writeln!(out, "{gap}{GREEN}+ {rule}{pointer}{GREEN:#} {DIM}{place}{DIM:#}: {message}")?;
        }
    }
    Ok(())
}
