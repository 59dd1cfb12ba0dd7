//! The pages of a plugin's rules under test: every example on them is looked at in the sandbox, by the rule of the page alone.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::case::Seen;
use super::example::{self, Example};
use super::test::{DIM, GREEN, RED, counted, seen, shown};
use crate::carried::Carried;
use crate::check::{Limits, Plugin, Wanted};
use crate::cli;
use crate::config::Config;
use crate::edit;
use crate::look::{Inspector, Looked};
use crate::read::{self, Found};
use crate::terminal::visible;

/// The page of a rule, as its plugin has it: a host cuts it, and makes harmless what it shows of it.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    /// The rule's id without the plugin's name.
    id: String,
    #[serde(default)]
    docs: String,
}

/// What the examples of a page came to.
pub(super) struct Tried {
    /// The id of the rule.
    pub(super) rule: String,
    /// How many examples there are.
    pub(super) count: usize,
    /// Whether one is to fail.
    pub(super) fails: bool,
    wrong: Vec<Wrong>,
}

/// What is wrong with an example.
struct Wrong {
    what: String,
    /// Lines of the page, each with what was found there.
    lines: Vec<(u32, String, Vec<Seen>)>,
    faults: Vec<String>,
}

/// The pages of a plugin's rules that hold examples, or what may have been meant as one.
///
/// # Errors
///
/// If the plugin cannot be read.
pub(super) fn pages(plugin: &Plugin) -> Result<Vec<Page>, String> {
    #[derive(Deserialize)]
    struct Described {
        rules: Vec<Page>,
    }
    let wasm = plugin.wasm().map_err(|error| error.to_string())?;
    let component = plimsoll_build::inspect(&wasm).map_err(|error| error.to_string())?;
    let description = component.description.unwrap_or_default();
    let Described { mut rules } = serde_json::from_str(&description).map_err(|error| error.to_string())?;
    rules.retain(|page| example::examples(&page.docs).map_or(true, |examples| !examples.is_empty()));
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(rules)
}

/// Tries every example on these pages, without a configuration: an example sets its own scene.
///
/// # Errors
///
/// If the plugin cannot be run at all.
pub(super) fn run(file: &Path, pages: &[Page], limits: Limits) -> Result<Vec<Tried>, String> {
    let Some(page) = pages.first() else { return Ok(Vec::new()) };
    let (carried, config) = (Carried::open()?, Config::limited(limits));
    let only = cli::Plugins { config: None, plugin: vec![file.to_owned()], no_embedded: true };
    // Any rule will do: every example wants another.
    let look = cli::Look {
        plugins: only,
        rule: vec![format!("*/{}", page.id)],
        no_suppressions: true,
        ..cli::Look::default()
    };
    let mut inspector = Inspector::new(&look, &carried, &config)?;
    pages.iter().map(|page| tried(page, &mut inspector)).collect()
}

fn tried(page: &Page, inspector: &mut Inspector<'_>) -> Result<Tried, String> {
    let rules = &inspector.infos[0].rules;
    let number = rules.iter().position(|rule| rule.short_id() == page.id);
    let number = number.ok_or_else(|| format!("the plugin has no rule `{}`", page.id))?;
    let mut tried = Tried { rule: rules[number].id.clone(), count: 0, fails: false, wrong: Vec::new() };
    let examples = match example::examples(&page.docs) {
        Ok(examples) => examples,
        Err((line, why)) => {
            tried.wrong.push(Wrong::because(format!("line {line} of its page: {why}")));
            return Ok(tried);
        }
    };
    tried.count = examples.len();
    tried.fails = examples.iter().any(|example| example.fails);
    for (example, position) in examples.iter().zip(1..) {
        let parameters = example.parameters.iter().map(|given| (page.id.clone(), given.clone())).collect();
        inspector.wanted = vec![Wanted::default(); inspector.infos.len()];
        inspector.wanted[0] = Wanted { rules: vec![number as u32], parameters };
        inspector.kubernetes.clone_from(&example.kubernetes);
        if let Some(wrong) = wrong(example, inspector)? {
            let what = format!("example {position}, on line {} of its page, {}", example.line, wrong.what);
            tried.wrong.push(Wrong { what, ..wrong });
        }
    }
    Ok(tried)
}

/// What is wrong with an example, as what follows its name in a sentence.
fn wrong(example: &Example, inspector: &Inspector<'_>) -> Result<Option<Wrong>, String> {
    let looked = match ask(&example.yaml, inspector) {
        // A plugin that refuses its parameters can be run.
        Err(why) if example.parameters.is_some() => {
            return Ok(Some(Wrong::because(format!("cannot be looked at: {why}"))));
        }
        looked => looked?,
    };
    if !looked.faults.is_empty() {
        let told = looked.faults.iter().map(|fault| shown(fault, &looked, example.line));
        let wrong = Wrong::because("could not be looked at:".to_owned());
        return Ok(Some(Wrong { faults: told.collect(), ..wrong }));
    }
    if example.fails && looked.findings.is_empty() {
        let lines = example.yaml.lines().zip(example.line + 1..);
        let lines = lines.map(|(text, line)| (line, text.to_owned(), Vec::new())).collect();
        let wrong = Wrong::because("should fail, and nothing was found in it:".to_owned());
        return Ok(Some(Wrong { lines, ..wrong }));
    }
    if !example.fails && !looked.findings.is_empty() {
        let wrong = Wrong::because("should pass, and this was found:".to_owned());
        return Ok(Some(Wrong { lines: said(example, seen(&looked)), ..wrong }));
    }
    for (number, seen) in seen(&looked).into_iter().enumerate() {
        if let Some(what) = unmended(&looked, number, inspector) {
            let lines = said(example, vec![seen]);
            return Ok(Some(Wrong { lines, ..Wrong::because(what) }));
        }
    }
    Ok(None)
}

/// A fix must do what it says: where it is made, the finding is gone.
fn unmended(looked: &Looked, number: usize, inspector: &Inspector<'_>) -> Option<String> {
    let finding = &looked.findings[number];
    let fix = finding.fix.as_ref()?;
    let objects = || (0..).zip(&looked.read.objects);
    let mended: Result<Vec<String>, _> = objects()
        .map(|(number, object)| edit::changed(number, object, &fix.edits).map(|value| value.to_string()))
        .collect();
    let mended = match mended {
        Ok(mended) => mended.join("\n---\n"),
        Err(why) => return Some(format!("has a fix that cannot be made, because {why}:")),
    };
    let left = match ask(&mended, inspector) {
        Ok(left) => left,
        Err(why) => return Some(format!("cannot be looked at any more once its fix was made: {why}")),
    };
    if let Some(fault) = left.faults.first() {
        return Some(format!("cannot be looked at any more once its fix was made: {}", fault.message));
    }
    let place = |looked: &Looked, finding: &crate::finding::Finding| {
        (finding.place.object, finding.place.pointer(&looked.read.objects))
    };
    let stays = left
        .findings
        .iter()
        .any(|after| after.message == finding.message && place(&left, after) == place(looked, finding));
    stays.then(|| "has a fix that leaves what was found as it was:".to_owned())
}

fn ask(yaml: &str, inspector: &Inspector<'_>) -> Result<Looked, String> {
    let found = Found { root: PathBuf::new(), files: Vec::new(), faults: Vec::new() };
    inspector.inspect(found, read::example("example.yaml", yaml.as_bytes().to_vec()), None)
}

/// What was found, by the lines of the page.
fn said(example: &Example, seen: Vec<Seen>) -> Vec<(u32, String, Vec<Seen>)> {
    let mut lines: Vec<(u32, String, Vec<Seen>)> = Vec::new();
    for one in seen {
        let line = example.line + one.line;
        match lines.iter_mut().find(|(known, ..)| *known == line) {
            Some((.., seen)) => seen.push(one),
            None => {
                let text = example.yaml.lines().nth(one.line as usize - 1).unwrap_or_default();
                lines.push((line, text.to_owned(), vec![one]));
            }
        }
    }
    lines.sort_by_key(|(line, ..)| *line);
    lines
}

impl Wrong {
    fn because(what: String) -> Self {
        Self { what, lines: Vec::new(), faults: Vec::new() }
    }
}

impl Tried {
    /// Whether every example is as it says.
    pub(super) fn passed(&self) -> bool {
        self.wrong.is_empty()
    }

    /// Writes how it went.
    pub(super) fn told(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { rule, count, wrong, .. } = self;
        let count = match count {
            0 => String::new(),
            count => format!(": {}", counted(*count, "example")),
        };
        match self.passed() {
            true => writeln!(out, "{GREEN}ok{GREEN:#}      {rule}{count}")?,
            false => writeln!(out, "{RED}failed{RED:#}  {rule}{count}")?,
        }
        for Wrong { what, lines, faults } in wrong {
            writeln!(out, "  {RED}{}{RED:#}", visible(what))?;
            for fault in faults {
                writeln!(out, "    {RED}{}{RED:#}", visible(fault))?;
            }
            let width = lines.last().map_or(0, |(line, ..)| line.to_string().len());
            for (line, text, seen) in lines {
                writeln!(out, "    {DIM}{line:width$} |{DIM:#} {}", visible(text))?;
                let gap = " ".repeat(width + 7);
                for Seen { pointer, message, .. } in seen {
                    let pointer = if pointer.is_empty() { "the object" } else { pointer };
                    writeln!(out, "{gap}{GREEN}+ {}{GREEN:#}: {message}", visible(pointer))?;
                }
            }
        }
        Ok(())
    }
}
