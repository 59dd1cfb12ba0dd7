//! The parts of a tool, joined: its driver, its extensions and its taxonomies, each with lists of what they describe.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::index::Moves;
use super::join::{conflict, moved_text};
use super::json::{At, Members, by_key, compact, list, object};

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

/// What one of those that tell of a component holds under a key.
struct Of<'a> {
    /// Its position among them.
    who: usize,
    /// The position of its run.
    run: usize,
    at: At<'a>,
}

/// The lists of a component, each of things with ids.
const LISTS: [&str; 3] = ["rules", "notifications", "taxa"];

/// Joins what several runs tell of one component. Of what moved the artifacts and the taxonomies need be known.
///
/// # Errors
///
/// If they do not tell the same of it.
pub fn join(name: &str, told: &[Told<'_>], moves: &[Moves]) -> Result<Joined, String> {
    let mut members: Vec<(String, Cow<'_, str>)> = Vec::new();
    let mut lists: Vec<Lists> = told.iter().map(|told| Lists { run: told.run, ..Lists::default() }).collect();
    for (key, all) in by_key(told.iter().map(|told| &told.members)) {
        // Of who tells it, the run.
        let all: Vec<Of<'_>> = all.into_iter().map(|(who, at)| Of { who, run: told[who].run, at }).collect();
        if key == "supportedTaxonomies" {
            members.push((key.to_owned(), supported(&all, moves)?.into()));
            continue;
        }
        if !LISTS.contains(&key) {
            let first = same(name, key, &all, moves)?;
            let text = match key {
                "locations" => told_of(key, &all[0], moves)?,
                _ if all[0].run == 0 => compact(first.raw),
                _ => placeless(key, &first)?,
            };
            members.push((key.to_owned(), text));
            continue;
        }
        let (text, tables) = united(name, key, &all, moves)?;
        for (of, table) in all.iter().zip(tables) {
            let lists = &mut lists[of.who];
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
fn supported(all: &[Of<'_>], moves: &[Moves]) -> Result<String, String> {
    let (mut texts, mut seen) = (Vec::new(), HashSet::new());
    for of in all {
        for item in of.at.items("`supportedTaxonomies`")? {
            if seen.insert(placeless("supportedTaxonomies", &item)?) {
                texts.push(moved_text(&moves[of.run], "supportedTaxonomies", &item)?);
            }
        }
    }
    Ok(list(&texts))
}

/// What all say that say something.
fn same<'a>(name: &str, key: &str, all: &[Of<'a>], moves: &[Moves]) -> Result<At<'a>, String> {
    let mut told = all.iter();
    let first = told.next().ok_or_else(|| format!("nobody tells `{key}` of {name}"))?;
    let text = told_of(key, first, moves)?;
    let first = &first.at;
    let mut odd = None;
    for other in told {
        if told_of(key, other, moves)? != text {
            odd.get_or_insert(other.at);
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

/// What a component tells, so that two can be compared.
fn told_of<'a>(key: &str, of: &Of<'a>, moves: &[Moves]) -> Result<Cow<'a, str>, String> {
    match key {
        // They are those of artifacts, and where those went is known.
        "locations" => moved_text(&moves[of.run], "artifactLocation", &of.at),
        _ => placeless(key, &of.at),
    }
}

/// What a component tells, without the positions that it names: they are those of its own run.
fn placeless<'a>(key: &str, at: &At<'a>) -> Result<Cow<'a, str>, String> {
    moved_text(&Moves::default(), key, at)
}

/// One list of the items of all, each id once, and for every list where its items went.
fn united(
    name: &str,
    key: &str,
    all: &[Of<'_>],
    moves: &[Moves],
) -> Result<(String, Vec<Vec<usize>>), String> {
    let mut kept: Vec<(usize, At<'_>)> = Vec::new();
    let mut known: HashMap<String, (usize, At<'_>)> = HashMap::new();
    let mut tables: Vec<Vec<usize>> = Vec::new();
    for of in all {
        let items = of.at.items(&format!("`{key}`"))?;
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
            table.push(kept.len());
            known.insert(id, (kept.len(), item));
            kept.push((of.run, item));
        }
        tables.push(table);
    }
    // The first run's stay where they are, unless it tells one of them twice.
    let stays = tables.first().is_some_and(|table| table.iter().enumerate().all(|(from, to)| from == *to));
    let texts = kept.iter().map(|(run, item)| match run {
        0 if stays => Ok(compact(item.raw)),
        // Whatever the list, its items are described alike.
        run => moved_text(&moves[*run], "rules", item),
    });
    Ok((list(&texts.collect::<Result<Vec<_>, _>>()?), tables))
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
