//! Runs of one tool and category become one run: what they list is united, and what they say of the whole must agree.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::component::{self, Joined, Lists, Told};
use super::index::Moves;
use super::json::{At, Members, compact, list, object};
use super::{Given, Run};

/// Joins runs.
///
/// # Errors
///
/// If they disagree, with what about and what can be done.
pub fn join<'a>(runs: &[Given<'a>]) -> Result<Run<'a>, String> {
    let mut moves: Vec<Moves> = runs.iter().map(|_| Moves::default()).collect();
    let mut members: Vec<(String, Cow<'a, str>)> = Vec::new();
    let mut later = Vec::new();
    // Rules point into them.
    let all: Vec<Option<At<'a>>> = runs.iter().map(|run| run.members.get("taxonomies")).collect();
    let taxonomies = taxonomies(&all, &mut moves)?;
    for key in keys(runs.iter().map(|run| &run.members)) {
        let all: Vec<Option<At<'a>>> = runs.iter().map(|run| run.members.get(key)).collect();
        let text = match key {
            "tool" => Some(tool(runs, &mut moves)?.into()),
            "taxonomies" => Some(taxonomies.clone().into()),
            "originalUriBaseIds" => Some(bases(&all)?.into()),
            "versionControlProvenance" => Some(distinct(&all)?.into()),
            "properties" => agreed(&all)?.map(Cow::Owned),
            // What points elsewhere waits until all is known.
            "results" | "artifacts" | "logicalLocations" | "invocations" => {
                later.push(members.len());
                Some("".into())
            }
            _ => Some(compact(same(key, &all)?.raw)),
        };
        members.extend(text.map(|text| (key.to_owned(), text)));
    }
    let artifacts = places(runs, "artifacts", artifact)?;
    let logical_locations = places(runs, "logicalLocations", logical_location)?;
    let mut invocations = 0;
    for (run, moves) in runs.iter().zip(&mut moves) {
        moves.invocations = invocations;
        let own = run.members.get("invocations").map(|list| list.items("`invocations`")).transpose()?;
        invocations += own.map_or(0, |own| own.len() as u64);
    }
    for (moves, (artifacts, logical)) in
        moves.iter_mut().zip(artifacts.1.into_iter().zip(logical_locations.1))
    {
        moves.artifacts = Some(artifacts);
        moves.logical_locations = Some(logical);
    }
    for position in later {
        let (key, text) = &mut members[position];
        *text = match key.as_str() {
            "artifacts" => moved_list(key, &artifacts.0, &moves)?.into(),
            "logicalLocations" => moved_list(key, &logical_locations.0, &moves)?.into(),
            "invocations" => moved_list(key, &items(runs, key)?, &moves)?.into(),
            _ => continue,
        };
    }
    let mut results = Vec::new();
    let mut seen = HashSet::new();
    for (run, moves) in runs.iter().zip(&moves) {
        for result in &run.results {
            let text = moved_text(moves, "results", result)?;
            if seen.insert(text.clone()) {
                results.push(text);
            }
        }
    }
    Ok(Run { members, results })
}

/// That two values keep runs from being joined.
pub fn conflict(one: &At<'_>, other: &At<'_>, why: &str) -> String {
    format!(
        "{} and {} hold runs of one tool and category, of which GitHub takes only one, and they cannot be joined: {why} ({} and {}); scan both \
         with one version and configuration of the tool, or upload each with a category of its own",
        one.file.name,
        other.file.name,
        one.place(),
        other.place()
    )
}

/// A value, in JSON, with everything that it points to where that went.
pub fn moved_text<'a>(moves: &Moves, under: &str, at: &At<'a>) -> Result<Cow<'a, str>, String> {
    if moves.is_none() {
        return Ok(compact(at.raw));
    }
    let mut value: serde_json::Value = serde_json::from_str(at.raw.get())
        .map_err(|error| at.wrong(&format!("this cannot be read: {error}")))?;
    moves.apply(under, &mut value).map_err(|why| at.wrong(&why))?;
    Ok(value.to_string().into())
}

fn moved_list(under: &str, items: &[(usize, At<'_>)], moves: &[Moves]) -> Result<String, String> {
    let texts = items.iter().map(|(run, item)| moved_text(&moves[*run], under, item));
    Ok(list(&texts.collect::<Result<Vec<_>, _>>()?))
}

/// The keys of some objects, in the order in which they are first met.
fn keys<'a, 'b: 'a>(all: impl Iterator<Item = &'a Members<'b>>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    all.flat_map(|members| &members.list)
        .map(|(key, _)| key.as_str())
        .filter(|key| seen.insert(*key))
        .collect()
}

/// The items of a list of all runs, each with the position of its run.
fn items<'a>(runs: &[Given<'a>], key: &str) -> Result<Vec<(usize, At<'a>)>, String> {
    let mut all = Vec::new();
    for (number, run) in runs.iter().enumerate() {
        let own = run.members.get(key).map(|list| list.items(&format!("`{key}`"))).transpose()?;
        all.extend(own.unwrap_or_default().into_iter().map(|item| (number, item)));
    }
    Ok(all)
}

/// What all runs say that say something of it.
fn same<'a>(key: &str, all: &[Option<At<'a>>]) -> Result<At<'a>, String> {
    let mut told = all.iter().flatten();
    let first = told.next().ok_or_else(|| format!("no run tells `{key}`"))?;
    match told.find(|other| !other.is_same(first)) {
        None => Ok(*first),
        Some(other) => Err(conflict(first, other, &format!("they differ in `{key}`"))),
    }
}

/// The tool of all runs: one driver, and every extension once.
fn tool(runs: &[Given<'_>], moves: &mut [Moves]) -> Result<String, String> {
    let mut tools = Vec::new();
    for run in runs {
        tools.push(run.members.needed("tool")?.members("`tool`")?);
    }
    let mut members: Vec<(String, Cow<'_, str>)> = Vec::new();
    for key in keys(tools.iter()) {
        let all: Vec<Option<At<'_>>> = tools.iter().map(|tool| tool.get(key)).collect();
        let text = match key {
            "driver" => {
                let driver = driver(runs, &all, moves)?;
                for (moves, lists) in moves.iter_mut().zip(driver.lists) {
                    moves.driver = (runs[0].tool.clone(), Some(lists.rules));
                    moves.others |= lists.others;
                }
                driver.text
            }
            "extensions" => extensions(&all, moves)?,
            _ => match agreed(&all)? {
                Some(text) => text,
                None => continue,
            },
        };
        members.push((key.to_owned(), text.into()));
    }
    for moves in moves {
        moves.extensions.get_or_insert_default();
    }
    Ok(object(&members))
}

fn driver(runs: &[Given<'_>], all: &[Option<At<'_>>], moves: &[Moves]) -> Result<Joined, String> {
    let mut told = Vec::new();
    for (run, driver) in all.iter().enumerate() {
        told.extend(
            driver.map(|driver| driver.members("`driver`")).transpose()?.map(|members| Told { run, members }),
        );
    }
    component::join(&runs[0].tool, &told, moves)
}

fn extensions(all: &[Option<At<'_>>], moves: &mut [Moves]) -> Result<String, String> {
    let (texts, joined, tables) = components("extensions", all, moves)?;
    for (run, (moves, table)) in moves.iter_mut().zip(tables).enumerate() {
        for (name, to) in &table {
            let lists = lists_of(&joined[*to], run);
            moves.others |= lists.others;
            moves.extension_rules.push((name.clone(), Some(lists.rules)));
        }
        moves.extensions = Some(table.into_iter().map(|(_, to)| to).collect());
    }
    Ok(list(&texts))
}

fn taxonomies(all: &[Option<At<'_>>], moves: &mut [Moves]) -> Result<String, String> {
    let (texts, joined, tables) = components("taxonomies", all, moves)?;
    for (run, (moves, table)) in moves.iter_mut().zip(tables).enumerate() {
        let told = table.into_iter().map(|(name, to)| (name, to, lists_of(&joined[to], run).taxa));
        moves.taxonomies = told.collect();
    }
    Ok(list(&texts))
}

/// Where the lists of a component of a run went.
fn lists_of(component: &[Lists], run: usize) -> Lists {
    component.iter().find(|lists| lists.run == run).cloned().unwrap_or_default()
}

/// The components of a run, each with its name and where it went.
type Named = Vec<(String, usize)>;

/// Joined components as JSON texts, where the lists of each went, and the components of every run.
type Components = (Vec<String>, Vec<Vec<Lists>>, Vec<Named>);

/// Components of all runs, each name once.
fn components(key: &str, all: &[Option<At<'_>>], known: &[Moves]) -> Result<Components, String> {
    let mut told: Vec<(String, Vec<Told<'_>>)> = Vec::new();
    let mut tables = Vec::new();
    for (run, given) in all.iter().enumerate() {
        let mut table = Vec::new();
        for item in given.map(|given| given.items(&format!("`{key}`"))).transpose()?.unwrap_or_default() {
            let members = item.members("a tool component")?;
            let name = members.needed("name")?.text("`name`")?;
            let at = told.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                told.push((name.clone(), Vec::new()));
                told.len() - 1
            });
            if told[at].1.iter().any(|told| told.run == run) {
                return Err(item.wrong(&format!(
                    "a second component of `{key}` is called {name}; have its tool name each once"
                )));
            }
            told[at].1.push(Told { run, members });
            table.push((name, at));
        }
        tables.push(table);
    }
    let (mut texts, mut moves) = (Vec::new(), Vec::new());
    for (name, told) in &told {
        let joined = component::join(name, told, known)?;
        texts.push(joined.text);
        moves.push(joined.lists);
    }
    Ok((texts, moves, tables))
}

/// `originalUriBaseIds` of all runs: what one name stands for in one, it must in all.
fn bases(all: &[Option<At<'_>>]) -> Result<String, String> {
    let mut bases: Vec<(String, At<'_>)> = Vec::new();
    for given in all.iter().flatten() {
        for (name, base) in given.members("`originalUriBaseIds`")?.list {
            match bases.iter().find(|(known, _)| *known == name) {
                None => bases.push((name, base)),
                Some((_, first)) if first.is_same(&base) => {}
                Some((_, first)) => {
                    return Err(conflict(first, &base, &format!("{name} is not the same folder in both")));
                }
            }
        }
    }
    let members: Vec<_> = bases.into_iter().map(|(name, base)| (name, compact(base.raw))).collect();
    Ok(object(&members))
}

/// The items of all lists, each once.
fn distinct(all: &[Option<At<'_>>]) -> Result<String, String> {
    let mut texts = Vec::new();
    for given in all.iter().flatten() {
        for item in given.items("this")? {
            let text = compact(item.raw);
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    Ok(list(&texts))
}

/// Properties in which all agree that have them; those of one scan are none of the whole.
fn agreed(all: &[Option<At<'_>>]) -> Result<Option<String>, String> {
    let mut told = Vec::new();
    for given in all.iter().flatten() {
        told.push(given.members("`properties`")?);
    }
    let mut members: Vec<(String, Cow<'_, str>)> = Vec::new();
    for key in keys(told.iter()) {
        let values: Vec<At<'_>> = told.iter().filter_map(|members| members.get(key)).collect();
        if values.windows(2).all(|pair| pair[0].is_same(&pair[1])) {
            members.extend(values.first().map(|value| (key.to_owned(), compact(value.raw))));
        }
    }
    Ok(Some(members).filter(|members| !members.is_empty()).map(|members| object(&members)))
}

/// What a list of places keeps, each with the position of its run, and for every run where its items went.
type Places<'a> = (Vec<(usize, At<'a>)>, Vec<Vec<usize>>);

/// The places that runs list, each once. `name` tells by what two are the same; what has no name is always another.
fn places<'a>(
    runs: &[Given<'a>],
    key: &str,
    name: impl Fn(&At<'a>) -> Result<Option<String>, String>,
) -> Result<Places<'a>, String> {
    let mut kept: Vec<(usize, At<'a>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut tables: Vec<Vec<usize>> = runs.iter().map(|_| Vec::new()).collect();
    for (run, item) in items(runs, key)? {
        let name = name(&item)?;
        let to = match name.as_ref().and_then(|name| known.get(name)) {
            Some(to) => {
                unchanged(&kept[*to].1, &item)?;
                *to
            }
            None => {
                known.extend(name.map(|name| (name, kept.len())));
                kept.push((run, item));
                kept.len() - 1
            }
        };
        tables[run].push(to);
    }
    Ok((kept, tables))
}

/// A file that has hashes in two runs must have the same in both.
fn unchanged(one: &At<'_>, other: &At<'_>) -> Result<(), String> {
    let [one, other] =
        [one, other].map(|at| at.members("an artifact").map(|artifact| artifact.get("hashes")));
    match one?.zip(other?) {
        Some((a, b)) if !a.is_same(&b) => Err(conflict(&a, &b, "a file changed between the scans")),
        _ => Ok(()),
    }
}

/// An artifact is its location, unless it lies in another.
fn artifact(at: &At<'_>) -> Result<Option<String>, String> {
    let artifact = at.members("an artifact")?;
    let Some(location) = artifact.get("location").filter(|_| artifact.get("parentIndex").is_none()) else {
        return Ok(None);
    };
    let location = location.members("`location`")?;
    let part = |key: &str| location.get(key).map(|part| part.text(&format!("`{key}`"))).transpose();
    let (uri, base) = (part("uri")?, part("uriBaseId")?.unwrap_or_default());
    Ok(uri.map(|uri| format!("{base}\0{uri}")))
}

/// A logical location is all that it says, unless it lies in another.
fn logical_location(at: &At<'_>) -> Result<Option<String>, String> {
    let alone = at.members("a logical location")?.get("parentIndex").is_none();
    Ok(alone.then(|| compact(at.raw).into_owned()))
}
