//! `plimsoll merge`: SARIF files, of the shards of a scan and of other tools, become one that GitHub code scanning takes. There a file is
//! refused if two of its runs have one tool and category.

mod component;
mod extents;
mod index;
mod join;
mod json;
mod shards;

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write};

use crate::cli;
use crate::report::{Extent, SCHEMA, SHARD};
use crate::{outputs, terminal};
use json::{At, File, Members, compact};

/// Runs of a file, results and extensions of a run, and rules of a run: with more, GitHub refuses the file.
const MOST_RUNS: usize = 20;
const MOST_RESULTS: usize = 25_000;
const MOST_EXTENSIONS: usize = 100;
const MOST_RULES: usize = 25_000;
const FEWER_PLUGINS: &str = "scan with fewer plugins at a time, with a category each";

/// A run as it stands in a file.
struct Given<'a> {
    at: At<'a>,
    members: Members<'a>,
    results: Vec<At<'a>>,
    /// The name of the tool.
    tool: String,
    /// What GitHub takes for the category: `automationDetails.id` up to its last slash.
    category: String,
}

/// A run that is to be written, as JSON texts. Where its results stand among its members, the text is empty.
#[derive(Default)]
struct Run<'a> {
    members: Vec<(String, Cow<'a, str>)>,
    results: Vec<Cow<'a, str>>,
}

/// Joins the files, and writes what they become to a file or to `out`.
///
/// # Errors
///
/// If one is no SARIF, if they do not fit together, or if GitHub would refuse what they become. Nothing is written then.
pub fn merge(args: &cli::Merge, out: &mut dyn Write) -> Result<(), String> {
    judge(args)?;
    let files = args.files.iter().map(|file| File::read(file)).collect::<Result<Vec<_>, _>>()?;
    let mut given = Vec::new();
    for file in &files {
        given.extend(runs(file)?);
    }
    let mut groups: Vec<Vec<Given<'_>>> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for run in given {
        let at = *known.entry((run.tool.clone(), run.category.clone())).or_insert(groups.len());
        if at == groups.len() {
            groups.push(Vec::new());
        }
        groups[at].push(run);
    }
    if groups.is_empty() {
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        return Err(format!(
            "there is no run in {}, and GitHub refuses a file without one; did the tool end before it was done? Name a file with a run, or \
             upload nothing",
            names.join(", ")
        ));
    }
    if groups.len() > MOST_RUNS {
        return Err(format!(
            "these files make {} runs, and GitHub refuses a file with more than {MOST_RUNS}; merge fewer of them at a time",
            groups.len()
        ));
    }
    let joined = groups.into_iter().map(joined).collect::<Result<Vec<_>, _>>()?;
    match &args.output {
        Some(file) => outputs::replace(file, |out| write(&joined, out))
            .map_err(|error| format!("{} cannot be written: {error}", file.display())),
        None => terminal::written(write(&joined, out)),
    }
}

/// Whether the arguments make sense: every file once, and the output none of them.
fn judge(args: &cli::Merge) -> Result<(), String> {
    let resolved: Vec<_> = args.files.iter().map(|file| outputs::resolved(file).ok()).collect();
    for (position, file) in resolved.iter().enumerate() {
        if file.is_some() && resolved[..position].contains(file) {
            return Err(format!("{} is named twice; name every file once", args.files[position].display()));
        }
    }
    let Some(output) = &args.output else { return Ok(()) };
    outputs::can_be_written([output.as_path()].into_iter())?;
    if outputs::resolved(output).is_ok_and(|output| resolved.contains(&Some(output))) {
        return Err(format!(
            "{} is to be read and to be written; write the output elsewhere",
            output.display()
        ));
    }
    Ok(())
}

/// The runs of a file.
fn runs(file: &File) -> Result<Vec<Given<'_>>, String> {
    let log = file.value()?.members("a SARIF file")?;
    let version = log.get("version").map(|version| version.text("`version`")).transpose()?;
    if version.as_deref() != Some("2.1.0") {
        let found = version.map_or("it has no `version`".to_owned(), |version| format!("this is {version}"));
        return Err(log
            .at
            .wrong(&format!("only SARIF 2.1.0 can be merged, and {found}; have its tool write 2.1.0")));
    }
    if let Some(external) = log.get("inlineExternalProperties") {
        return Err(external
            .wrong("`inlineExternalProperties` cannot be merged; have its tool write them into the runs"));
    }
    let Some(runs) = log.get("runs") else {
        return Err(log.at.wrong("it has no `runs`; is this SARIF?"));
    };
    runs.items("`runs`")?.into_iter().map(given).collect()
}

fn given(at: At<'_>) -> Result<Given<'_>, String> {
    let members = at.members("a run")?;
    let driver = members.needed("tool")?.members("`tool`")?.needed("driver")?.members("`driver`")?;
    let tool = driver.needed("name")?.text("`name`")?;
    let results = members.get("results").filter(|results| !results.is_null());
    let Some(results) = results else {
        return Err(at.wrong(&format!("this run of {tool} has no `results`, so GitHub would refuse it; did the tool end before it was done?")));
    };
    let details =
        members.get("automationDetails").map(|details| details.members("`automationDetails`")).transpose()?;
    let id = details.and_then(|details| details.get("id")).map(|id| id.text("`id`")).transpose()?;
    let category =
        id.as_deref().and_then(|id| id.rsplit_once('/')).map_or("", |(category, _)| category).to_owned();
    Ok(Given { at, results: results.items("`results`")?, tool, category, members })
}

impl<'a> Given<'a> {
    fn property(&self) -> Result<Option<At<'a>>, String> {
        let properties = self.members.get("properties").map(|properties| properties.members("`properties`"));
        Ok(properties.transpose()?.and_then(|properties| properties.get(SHARD)))
    }

    fn file(&self) -> &'a str {
        &self.at.file.name
    }
}

/// One run of those that have one tool and category.
fn joined(runs: Vec<Given<'_>>) -> Result<Run<'_>, String> {
    let mut properties = Vec::new();
    for run in &runs {
        properties.extend(run.property()?.map(|property| shards::property(run, property)).transpose()?);
    }
    if properties.len() == runs.len() {
        let full = properties.iter().all(|property| property.extent == Extent::Full);
        let joined = shards::join(runs.into_iter().zip(properties).collect())?;
        // Everything is not meant for GitHub, which would take none of it.
        return if full { Ok(joined) } else { bounded(joined) };
    }
    if let Some(shard) = properties.first() {
        let is_shard = |run: &&Given<'_>| matches!(run.property(), Ok(Some(_)));
        let (part, whole) = (runs.iter().find(is_shard), runs.iter().find(|run| !is_shard(run)));
        let name = |run: Option<&Given<'_>>| run.map(|run| run.file().to_owned()).unwrap_or_default();
        return Err(format!(
            "{} is shard {}/{} of a scan, and {} is no shard though it has the same tool and category; merge the shards alone, or scan one \
             of the two with another --category",
            name(part),
            shard.number,
            shard.of,
            name(whole)
        ));
    }
    bounded(match <[Given<'_>; 1]>::try_from(runs) {
        Ok([run]) => Run {
            members: run
                .members
                .list
                .iter()
                .map(|(key, value)| {
                    (
                        key.clone(),
                        match key.as_str() {
                            "results" => Cow::Borrowed(""),
                            _ => compact(value.raw),
                        },
                    )
                })
                .collect(),
            results: run.results.iter().map(|result| compact(result.raw)).collect(),
        },
        Err(runs) => join::join(&runs)?,
    })
}

/// Whether GitHub takes a run of this size.
fn bounded(run: Run<'_>) -> Result<Run<'_>, String> {
    let tool = run.members.iter().find(|(key, _)| key == "tool").map_or("{}", |(_, tool)| tool.as_ref());
    let tool: serde_json::Value =
        serde_json::from_str(tool).map_err(|error| format!("`tool` cannot be read: {error}"))?;
    let rules = |component: &serde_json::Value| component["rules"].as_array().map_or(0, Vec::len);
    let extensions = tool["extensions"].as_array().map_or(&[][..], Vec::as_slice);
    let sizes = [
        (
            run.results.len(),
            MOST_RESULTS,
            "results",
            "scan with fewer rules, or give parts of the repository categories of their own",
        ),
        (extensions.len(), MOST_EXTENSIONS, "extensions", FEWER_PLUGINS),
        (
            rules(&tool["driver"]) + extensions.iter().map(rules).sum::<usize>(),
            MOST_RULES,
            "rules",
            "scan with fewer rules",
        ),
    ];
    match sizes.into_iter().find(|(size, most, ..)| size > most) {
        Some((size, most, what, cure)) => {
            Err(too_many(tool["driver"]["name"].as_str().unwrap_or("a tool"), size, most, what, cure))
        }
        None => Ok(run),
    }
}

/// That GitHub would refuse what the runs of a tool come to.
fn too_many(tool: &str, size: usize, most: usize, what: &str, cure: &str) -> String {
    format!(
        "the runs of {tool} come to {size} {what}, and GitHub refuses a run with more than {most}; {cure}"
    )
}

fn write(runs: &[Run<'_>], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{{\"$schema\":\"{SCHEMA}\",\"version\":\"2.1.0\",\"runs\":[")?;
    for (position, run) in runs.iter().enumerate() {
        out.write_all(if position == 0 { b"{" } else { b",{" })?;
        for (position, (key, value)) in run.members.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(out, "{comma}{}:", json::quoted(key))?;
            match key.as_str() {
                "results" => write_list(&run.results, out)?,
                _ => out.write_all(value.as_bytes())?,
            }
        }
        out.write_all(b"}")?;
    }
    out.write_all(b"]}\n")
}

fn write_list(items: &[Cow<'_, str>], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            out.write_all(b",")?;
        }
        out.write_all(item.as_bytes())?;
    }
    out.write_all(b"]")
}
