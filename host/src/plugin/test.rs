//! `plimsoll plugin test`: scans cases as a scan does, and compares what is found with what they expect; tries the examples on the pages of rules.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Style};

use super::build;
use super::case::{self, Difference, Expected, Seen};
use super::pages::{self, Tried};
use crate::carried::Carried;
use crate::check::Limits;
use crate::cli;
use crate::config::{self, Config};
use crate::finding::{Fault, PluginInfo};
use crate::look::{Inspector, Looked};
use crate::read::{self, Found};
pub(super) use crate::report::counted;
use crate::source::{Columns, read_file};
use crate::terminal::{visible, written};
use crate::trust::Trust;
use crate::{outputs, plugins};

const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const RED: Style = AnsiColor::Red.on_default();
pub(super) const GREEN: Style = AnsiColor::Green.on_default();

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
/// If the plugin cannot be built or loaded, there are neither cases nor examples, or a case cannot be read or written.
pub fn test(
    args: &cli::Test,
    threads: &dyn Fn(&Limits) -> Result<(), String>,
    out: &mut dyn Write,
) -> Result<u8, String> {
    let file = if args.plugin.is_file() { args.plugin.clone() } else { build(&args.plugin)? };
    let plugin = plugins::one(&file, Limits::default().component)?;
    let (pages, info) = (pages::pages(&plugin)?, &plugin.info);
    let folder = match &args.cases {
        Some(folder) => folder.clone(),
        None if args.plugin.is_file() => PathBuf::from(CASES),
        None => args.plugin.join(CASES),
    };
    let folder = folder.strip_prefix(".").map_or(folder.clone(), Path::to_owned);
    // Who asks for cases wants them to be there; examples are enough otherwise.
    let needs_cases = pages.is_empty() || args.cases.is_some();
    let groups = groups(&folder, info, needs_cases)?;
    let own = config(nearest(&folder.join(config::NAME), &folder).as_deref(), info)?;
    let configs = groups.iter().map(|(config, _)| config).chain([&own]);
    let stack = configs.map(|config| config.limits.stack).max().unwrap_or_default();
    threads(&Limits { stack, ..Limits::default() })?;
    let tried = pages::run(&file, &pages, own.limits)?;
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
    written(told(&tried, &cases, info, blessed, out))?;
    let passed = tried.iter().all(Tried::passed) && cases.iter().all(Case::passed);
    Ok(u8::from(!passed))
}

/// The cases in a folder, by the configuration that is in force for them: the nearest beside them or above, as far up as the folder that holds
/// the folder.
fn groups(folder: &Path, info: &PluginInfo, needed: bool) -> Result<Vec<(Config, Vec<PathBuf>)>, String> {
    let mut files = Vec::new();
    match manifests(folder, &mut files) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(format!("the cases in {} cannot be read: {error}", folder.display()));
        }
        _ => {}
    }
    if files.is_empty() && needed {
        return Err(format!(
            "there are no cases in {}; write a manifest there, with `# expect: {}` on the line that it is about, or an example on the page of \
             a rule",
            folder.display(),
            info.rules.first().map_or("pack/rule", |rule| &rule.id)
        ));
    }
    let mut groups: BTreeMap<Option<PathBuf>, Vec<PathBuf>> = BTreeMap::new();
    for file in files {
        groups.entry(nearest(&file, folder)).or_default().push(file);
    }
    groups.into_iter().map(|(file, files)| Ok((config(file.as_deref(), info)?, files))).collect()
}

/// The configuration that is in force for a file in the folder of the cases.
fn nearest(file: &Path, folder: &Path) -> Option<PathBuf> {
    let top = folder.parent();
    let above = file.ancestors().skip(1);
    let last =
        above.clone().position(|folder| Some(folder) == top).map_or(usize::MAX, |position| position + 1);
    above.take(last).map(|folder| folder.join(config::NAME)).find(|config| config.is_file())
}

/// What a configuration says of the plugin. What it says of other plugins, of trust and of a scan as a whole is left aside.
fn config(file: Option<&Path>, info: &PluginInfo) -> Result<Config, String> {
    let mut config = file.map_or_else(|| Ok(Config::default()), |file| Config::load(Some(file), None))?;
    let own = format!("{}/", info.name);
    config.rules.retain(|rule| rule.id.starts_with(&own));
    config.plugins.clear();
    // What was just built is neither pinned nor signed.
    (config.trust, config.folder) = (Trust::default(), None);
    config.suppressions.clear();
    Ok(config)
}

fn manifests(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries =
        fs::read_dir(folder)?.map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))));
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (path, kind) in entries {
        if kind.is_dir() {
            manifests(&path, found)?;
        // A link to a folder may lead in a circle, and has no such name.
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
    let text = read_file(file).and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other));
    let text = text.map_err(|error| format!("{} cannot be read: {error}", visible(&path)))?;
    let wrong = |why: String| format!("{}:{why}", visible(&path));
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
    let faults = looked.faults.iter().map(|fault| shown(fault, &looked, 0)).collect();
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

/// What was found and counts.
pub(super) fn seen(looked: &Looked) -> Vec<Seen> {
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

/// A fault with its line, counted from the one that stands before the first.
pub(super) fn shown(fault: &Fault, looked: &Looked, before: u32) -> String {
    let line =
        fault.at.map(|(source, span)| before + looked.read.sources[source as usize].line_of(span.start));
    let line = line.map(|line| format!(" on line {line}")).unwrap_or_default();
    format!("fault[{}]{line}: {}", fault.kind.name(), fault.message)
}

impl Case {
    fn passed(&self) -> bool {
        self.difference.is_empty() && self.faults.is_empty()
    }
}

fn told(
    tried: &[Tried],
    cases: &[Case],
    info: &PluginInfo,
    blessed: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    tried.iter().try_for_each(|tried| tried.told(out))?;
    for case in cases {
        if case.passed() {
            writeln!(out, "{GREEN}ok{GREEN:#}      {}", visible(&case.path))?;
        } else {
            writeln!(out, "{RED}failed{RED:#}  {}", visible(&case.path))?;
            differences(case, out)?;
        }
    }
    let pages = tried.iter().filter(|tried| !tried.passed()).count();
    let failed = pages + cases.iter().filter(|case| !case.passed()).count();
    writeln!(out)?;
    if blessed > 0 {
        writeln!(out, "wrote {}; read the difference before you keep it", counted(blessed, "case"))?;
    }
    let in_cases =
        |id: &str| cases.iter().flat_map(|case| &case.expected).any(|expected| expected.rule == id);
    let on_page = |id: &str| tried.iter().any(|tried| tried.rule == id && tried.fails);
    let rules = info.rules.iter().map(|rule| rule.id.as_str());
    let silent: Vec<&str> = rules.filter(|id| !in_cases(id) && !on_page(id)).collect();
    if !silent.is_empty() {
        writeln!(out, "no case and no example expects {}", silent.join(", "))?;
    }
    let version = format!("{} {}", info.name, info.version);
    let examples: usize = tried.iter().map(|tried| tried.count).sum();
    let findings: usize = cases.iter().map(|case| case.findings).sum();
    let mut all = Vec::new();
    if !tried.is_empty() {
        all.push(counted(examples, "example"));
    }
    if !cases.is_empty() {
        all.push(format!("{} with {}", counted(cases.len(), "case"), counted(findings, "finding")));
    }
    let all = all.join(", ");
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
