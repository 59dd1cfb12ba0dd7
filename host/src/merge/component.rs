//! The parts of a tool, joined: its driver, its extensions and its taxonomies, each with lists of what they describe.

use std::borrow::Cow;
use std::collections::HashMap;

use super::index::Moves;
use super::join::{conflict, moved_text};
use super::json::{At, Members, compact, list, object};

/// A component as one run tells it.
pub struct Told<'a> {
    /// The position of the run.
    pub run: usize,
    /// The component.
    pub members: Members<'a>,
}

/// A component of all runs that have it.
pub struct Joined {
    /// In JSON.
    pub text: String,
    /// For every run that has it, where its lists went.
    pub lists: Vec<Lists>,
}

/// Where the lists of a component of one run went.
#[derive(Clone, Default)]
pub struct Lists {
    /// The position of the run.
    pub run: usize,
    /// The rules.
    pub rules: Vec<usize>,
    /// The taxa.
    pub taxa: Vec<usize>,
    /// Whether notifications moved.
    pub others: bool,
}

/// The lists of a component, each of things with ids.
const LISTS: [&str; 3] = ["rules", "notifications", "taxa"];

/// Joins what several runs tell of one component. Of what moved only the taxonomies need be known.
///
/// # Errors
///
/// If they do not tell the same of it.
pub fn join(name: &str, told: &[Told<'_>], moves: &[Moves]) -> Result<Joined, String> {
    let mut members: Vec<(String, Cow<'_, str>)> = Vec::new();
    let mut lists: Vec<Lists> = told.iter().map(|told| Lists { run: told.run, ..Lists::default() }).collect();
    let mut keys: Vec<&str> = Vec::new();
    for key in told.iter().flat_map(|told| &told.members.list).map(|(key, _)| key.as_str()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    for key in keys {
        let all: Vec<Option<At<'_>>> = told.iter().map(|told| told.members.get(key)).collect();
        if key == "supportedTaxonomies" {
            members.push((key.to_owned(), supported(told, moves)?.into()));
            continue;
        }
        if !LISTS.contains(&key) {
            let first = same(name, key, &all)?;
            let stays = told[0].run == 0 && told[0].members.get(key).is_some();
            let text = if stays { compact(first.raw) } else { placeless(key, &first)? };
            members.push((key.to_owned(), text));
            continue;
        }
        let runs: Vec<usize> = told.iter().map(|told| told.run).collect();
        let (text, tables) = united(name, key, &all, &runs, moves)?;
        for (lists, table) in lists.iter_mut().zip(tables) {
            match key {
                "rules" => lists.rules = table,
                "taxa" => lists.taxa = table,
                _ => lists.others |= table.iter().enumerate().any(|(from, to)| from != *to),
            }
        }
        members.push((key.to_owned(), text.into()));
    }
    Ok(Joined { text: object(&members), lists })
}

/// The taxonomies that a component knows in any run, each once.
fn supported(told: &[Told<'_>], moves: &[Moves]) -> Result<String, String> {
    let (mut texts, mut seen) = (Vec::new(), Vec::new());
    for told in told {
        let given = told.members.get("supportedTaxonomies").map(|given| given.items("`supportedTaxonomies`"));
        for item in given.transpose()?.unwrap_or_default() {
            let name = placeless("supportedTaxonomies", &item)?;
            if !seen.contains(&name) {
                seen.push(name);
                texts.push(moved_text(&moves[told.run], "supportedTaxonomies", &item)?);
            }
        }
    }
    Ok(list(&texts))
}

/// What all say that say something.
fn same<'a>(name: &str, key: &str, all: &[Option<At<'a>>]) -> Result<At<'a>, String> {
    let mut told = all.iter().flatten();
    let first = told.next().ok_or_else(|| format!("nobody tells `{key}` of {name}"))?;
    let text = placeless(key, first)?;
    let mut odd = None;
    for other in told {
        if placeless(key, other)? != text {
            odd.get_or_insert(*other);
        }
    }
    match &odd {
        None => Ok(*first),
        Some(other) => {
            let short = |at: &At<'_>| Some(compact(at.raw).into_owned()).filter(|text| text.len() <= 60);
            let values =
                short(first).zip(short(other)).map_or(String::new(), |(a, b)| format!(", {a} and {b}"));
            Err(conflict(first, other, &format!("they differ in `{key}` of {name}{values}")))
        }
    }
}

/// What a component tells, without the positions that it names: they are those of its own run.
fn placeless<'a>(key: &str, at: &At<'a>) -> Result<Cow<'a, str>, String> {
    // The locations of a component are those of artifacts.
    moved_text(&Moves::default(), if key == "locations" { "artifactLocation" } else { key }, at)
}

/// One list of the items of all, each id once, and for every list where its items went.
fn united(
    name: &str,
    key: &str,
    all: &[Option<At<'_>>],
    runs: &[usize],
    moves: &[Moves],
) -> Result<(String, Vec<Vec<usize>>), String> {
    let mut texts: Vec<String> = Vec::new();
    let mut known: HashMap<String, (usize, At<'_>)> = HashMap::new();
    let mut tables = Vec::new();
    for (given, run) in all.iter().zip(runs) {
        let items = given.map(|given| given.items(&format!("`{key}`"))).transpose()?.unwrap_or_default();
        let mut table = Vec::with_capacity(items.len());
        for item in items {
            let id = item.members("a descriptor")?.needed("id")?.text("`id`")?;
            if let Some((to, first)) = known.get(&id) {
                if key == "rules" && !first.is_same(&item) && severity(first)? != severity(&item)? {
                    return Err(conflict(
                        first,
                        &item,
                        &format!("they differ in the level or the severity of rule {id} of {name}"),
                    ));
                }
                // Of texts that differ the first stands: some tools write what they found into the help of a rule.
                table.push(*to);
                continue;
            }
            table.push(texts.len());
            known.insert(id, (texts.len(), item));
            texts.push(match run {
                0 => compact(item.raw).into_owned(),
                run => moved_text(&moves[*run], key, &item)?.into_owned(),
            });
        }
        tables.push(table);
    }
    Ok((list(&texts), tables))
}

/// What a rule makes of results that do not say how bad they are.
fn severity(rule: &At<'_>) -> Result<[Option<String>; 2], String> {
    let inner = |outer: &str, key: &str| -> Result<Option<String>, String> {
        let members = rule
            .members("a rule")?
            .get(outer)
            .map(|value| value.members(&format!("`{outer}`")))
            .transpose()?;
        members.and_then(|members| members.get(key)).map(|value| value.text(&format!("`{key}`"))).transpose()
    };
    let level = inner("defaultConfiguration", "level")?.or_else(|| Some("warning".to_owned()));
    Ok([level, inner("properties", "security-severity")?])
}
