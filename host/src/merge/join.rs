//! Runs of one tool and category become one run: what they list is united, and what they say of the whole must agree.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::component::{self, Joined, Lists, Told};
use super::index::{KEPT, Moves};
use super::json::{At, Held, Members, by_key, compact, list, object, quoted};
use super::{FEWER_PLUGINS, Given, MOST_EXTENSIONS, Run, extents, too_many};

/// Joins runs.
///
/// # Errors
///
/// If they disagree, with what about and what can be done.
pub fn join<'a>(runs: &[Given<'a>]) -> Result<Run<'a>, String> {
    extents::told_once(runs)?;
    // Where everything goes comes first: rules point into taxonomies, tools to artifacts, and the rest to all of them.
    let mut moves: Vec<Moves> = runs.iter().map(|_| Moves::default()).collect();
    let artifacts = places(runs, "artifacts", artifact)?;
    let logical_locations = places(runs, "logicalLocations", logical_location)?;
    let mut invocations = 0;
    for (number, (run, moves)) in runs.iter().zip(&mut moves).enumerate() {
        moves.artifacts = Some(artifacts.1[number].clone());
        moves.logical_locations = Some(logical_locations.1[number].clone());
        let own = length(run, "invocations")?;
        moves.invocations = Some((invocations..invocations + own).collect());
        invocations += own;
        for list in KEPT {
            moves.kept.insert(list, Some((0..length(run, list)?).collect()));
        }
    }
    let all = runs.iter().enumerate();
    let all: Held<'a> =
        all.filter_map(|(number, run)| Some((number, run.members.get("taxonomies")?))).collect();
    let taxonomies = taxonomies(&all, &mut moves)?;
    let tool = tool(runs, &mut moves)?;
    moves.iter_mut().for_each(Moves::settle);
    let mut members: Vec<(String, Cow<'a, str>)> = Vec::new();
    for (key, all) in by_key(runs.iter().map(|run| &run.members)) {
        let text = match key {
            "tool" => Some(tool.clone().into()),
            "taxonomies" => Some(taxonomies.clone().into()),
            "artifacts" => Some(moved_list(key, &artifacts.0, &moves)?.into()),
            "logicalLocations" => Some(moved_list(key, &logical_locations.0, &moves)?.into()),
            "invocations" => Some(moved_list(key, &items(runs, key)?, &moves)?.into()),
            "originalUriBaseIds" => Some(bases(&all, &moves)?.into()),
            "versionControlProvenance" => Some(distinct(key, &all, &moves)?.into()),
            "properties" => agreed(&all)?.map(Cow::Owned),
            "automationDetails" => automation(runs, &all)?.map(Cow::Owned),
            "columnKind" => Some(column_kind(runs, &all, &moves)?),
            "externalPropertyFileReferences" => {
                return Err(all[0].1.wrong(&format!(
                    "`{key}` cannot be merged with another run of its tool; have the tool write what they hold into the run"
                )));
            }
            // They are written from where they stand.
            "results" => Some("".into()),
            _ => Some(same(key, &all, &moves)?),
        };
        members.extend(text.map(|text| (key.to_owned(), text)));
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
    // Also where nothing moves: what points nowhere would point to what another run brings.
    let value = moved(moves, under, at)?;
    Ok(if moves.is_none() { compact(at.raw) } else { value.to_string().into() })
}

fn moved(moves: &Moves, under: &str, at: &At<'_>) -> Result<serde_json::Value, String> {
    let mut value: serde_json::Value = serde_json::from_str(at.raw.get())
        .map_err(|error| at.wrong(&format!("this cannot be read: {error}")))?;
    moves.apply(under, &mut value).map_err(|why| at.wrong(&why))?;
    Ok(value)
}

fn moved_list(under: &str, items: &[(usize, At<'_>)], moves: &[Moves]) -> Result<String, String> {
    let texts = items.iter().map(|(run, item)| moved_text(&moves[*run], under, item));
    Ok(list(&texts.collect::<Result<Vec<_>, _>>()?))
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

/// How many items a list of a run has.
fn length(run: &Given<'_>, key: &str) -> Result<usize, String> {
    let list = run.members.get(key).map(|list| list.items(&format!("`{key}`"))).transpose()?;
    Ok(list.map_or(0, |list| list.len()))
}

/// What all runs say that say something of it, in JSON.
fn same<'a>(key: &str, all: &[(usize, At<'a>)], moves: &[Moves]) -> Result<Cow<'a, str>, String> {
    let (run, first) = all.first().ok_or_else(|| format!("no run tells `{key}`"))?;
    let value = moved(&moves[*run], key, first)?;
    for (run, other) in &all[1..] {
        if moved(&moves[*run], key, other)? != value {
            return Err(conflict(first, other, &format!("they differ in `{key}`")));
        }
    }
    moved_text(&moves[*run], key, first)
}

/// What columns count. A run that does not say so may count anything, so it is only joined if it has no columns.
fn column_kind<'a>(
    runs: &[Given<'a>],
    all: &[(usize, At<'a>)],
    moves: &[Moves],
) -> Result<Cow<'a, str>, String> {
    let silent = runs.iter().filter(|run| run.members.get("columnKind").is_none());
    let mut results = silent.flat_map(|run| &run.results);
    match results.find(|result| result.raw.get().contains("Column\"")) {
        Some(result) => Err(conflict(
            &all[0].1,
            result,
            "one says what its columns count, `columnKind`, and one does not",
        )),
        None => same("columnKind", all, moves),
    }
}

/// What all runs together are part of. Each run has a name of its own behind the last slash of its id, and a GUID; the joined one has neither,
/// unless it is the same everywhere.
fn automation(runs: &[Given<'_>], all: &[(usize, At<'_>)]) -> Result<Option<String>, String> {
    let mut told = Vec::new();
    for (_, given) in all {
        told.push(given.members("`automationDetails`")?);
    }
    let mut members: Vec<(String, Cow<'_, str>)> = Vec::new();
    for (key, values) in by_key(told.iter()) {
        let (_, first) = values[0];
        if values.len() == runs.len() && values.iter().all(|(_, value)| value.is_same(&first)) {
            members.push((key.to_owned(), compact(first.raw)));
        } else if key == "id" && !runs[0].category.is_empty() {
            members.push((key.to_owned(), quoted(&format!("{}/", runs[0].category)).into()));
        }
    }
    Ok(Some(members).filter(|members| !members.is_empty()).map(|members| object(&members)))
}

/// The tool of all runs: one driver, and every extension once.
fn tool(runs: &[Given<'_>], moves: &mut [Moves]) -> Result<String, String> {
    let mut tools = Vec::new();
    for run in runs {
        tools.push(run.members.needed("tool")?.members("`tool`")?);
    }
    let mut members: Vec<(String, Cow<'_, str>)> = Vec::new();
    for (key, all) in by_key(tools.iter()) {
        let text = match key {
            "driver" => {
                let driver = driver(runs, &all, moves)?;
                for (moves, lists) in moves.iter_mut().zip(driver.lists) {
                    moves.driver = (runs[0].tool.clone(), Some(lists.rules));
                    moves.others |= lists.others;
                }
                driver.text
            }
            "extensions" => extensions(&runs[0].tool, &all, moves)?,
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

fn driver(runs: &[Given<'_>], all: &[(usize, At<'_>)], moves: &[Moves]) -> Result<Joined, String> {
    let mut told = Vec::new();
    for (run, driver) in all {
        told.push(Told { run: *run, members: driver.members("`driver`")? });
    }
    component::join(&runs[0].tool, &told, moves)
}

fn extensions(tool: &str, all: &[(usize, At<'_>)], moves: &mut [Moves]) -> Result<String, String> {
    let (texts, joined, tables) = components("extensions", all, moves)?;
    // Results look for theirs among all.
    if texts.len() > MOST_EXTENSIONS {
        return Err(too_many(tool, texts.len(), MOST_EXTENSIONS, "extensions", FEWER_PLUGINS));
    }
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

fn taxonomies(all: &[(usize, At<'_>)], moves: &mut [Moves]) -> Result<String, String> {
    let (texts, joined, tables) = components("taxonomies", all, moves)?;
    for (run, (moves, table)) in moves.iter_mut().zip(tables).enumerate() {
        for (position, (name, to)) in table.into_iter().enumerate() {
            moves.taxonomies.push((to, Some(lists_of(&joined[to], run).taxa)));
            moves.taxonomy_names.insert(name, position);
        }
    }
    Ok(list(&texts))
}

/// Where the lists of a component of a run went. They stand in the order of their runs.
fn lists_of(component: &[Lists], run: usize) -> Lists {
    let found = component.binary_search_by_key(&run, |lists| lists.run).ok();
    found.map(|at| component[at].clone()).unwrap_or_default()
}

/// The components of a run, each with its name and where it went.
type Named = Vec<(String, usize)>;

/// Joined components as JSON texts, where the lists of each went, and the components of every run.
type Components = (Vec<String>, Vec<Vec<Lists>>, Vec<Named>);

/// Components of all runs, each name once.
fn components(key: &str, all: &[(usize, At<'_>)], moves: &[Moves]) -> Result<Components, String> {
    let mut told: Vec<(String, Vec<Told<'_>>)> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut tables: Vec<Named> = vec![Vec::new(); moves.len()];
    for (run, given) in all {
        let run = *run;
        for item in given.items(&format!("`{key}`"))? {
            let members = item.members("a tool component")?;
            let name = members.needed("name")?.text("`name`")?;
            let at = *known.entry(name.clone()).or_insert(told.len());
            if at == told.len() {
                told.push((name.clone(), Vec::new()));
            }
            if told[at].1.last().is_some_and(|told| told.run == run) {
                return Err(item.wrong(&format!(
                    "a second component of `{key}` is called {name}; have its tool name each once"
                )));
            }
            told[at].1.push(Told { run, members });
            tables[run].push((name, at));
        }
    }
    let (mut texts, mut lists) = (Vec::new(), Vec::new());
    for (name, told) in &told {
        let joined = component::join(name, told, moves)?;
        texts.push(joined.text);
        lists.push(joined.lists);
    }
    Ok((texts, lists, tables))
}

/// `originalUriBaseIds` of all runs: what one name stands for in one, it must in all.
fn bases(all: &[(usize, At<'_>)], moves: &[Moves]) -> Result<String, String> {
    let mut told = Vec::new();
    for (_, given) in all {
        told.push(given.members("`originalUriBaseIds`")?);
    }
    let mut members = Vec::new();
    for (name, bases) in by_key(told.iter()) {
        let moves = |who: usize| &moves[all[who].0];
        let (who, first) = bases[0];
        let value = moved(moves(who), "artifactLocation", &first)?;
        for (who, other) in &bases[1..] {
            if moved(moves(*who), "artifactLocation", other)? != value {
                return Err(conflict(&first, other, &format!("{name} is not the same folder in both")));
            }
        }
        members.push((name.to_owned(), moved_text(moves(who), "artifactLocation", &first)?));
    }
    Ok(object(&members))
}

/// The items of all lists, each once.
fn distinct(key: &str, all: &[(usize, At<'_>)], moves: &[Moves]) -> Result<String, String> {
    let (mut texts, mut seen) = (Vec::new(), HashSet::new());
    for (run, given) in all {
        for item in given.items(&format!("`{key}`"))? {
            if seen.insert(moved(&moves[*run], key, &item)?.to_string()) {
                texts.push(moved_text(&moves[*run], key, &item)?);
            }
        }
    }
    Ok(list(&texts))
}

/// Properties in which all agree that have them; those of one scan are none of the whole.
fn agreed(all: &[(usize, At<'_>)]) -> Result<Option<String>, String> {
    let mut told = Vec::new();
    for (_, given) in all {
        told.push(given.members("`properties`")?);
    }
    let mut members: Vec<(String, Cow<'_, str>)> = Vec::new();
    for (key, values) in by_key(told.iter()) {
        let (_, first) = values[0];
        if values.iter().all(|(_, value)| value.is_same(&first)) {
            members.push((key.to_owned(), compact(first.raw)));
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

/// A file that has hashes of one kind in two runs must have the same in both.
fn unchanged(one: &At<'_>, other: &At<'_>) -> Result<(), String> {
    fn hashes<'a>(at: &At<'a>) -> Result<Option<Members<'a>>, String> {
        at.members("an artifact")?.get("hashes").map(|hashes| hashes.members("`hashes`")).transpose()
    }
    let Some((one, other)) = hashes(one)?.zip(hashes(other)?) else { return Ok(()) };
    let both = one.list.iter().filter_map(|(kind, hash)| Some((hash, other.get(kind)?)));
    match both.into_iter().find(|(a, b)| !a.is_same(b)) {
        Some((a, b)) => Err(conflict(a, &b, "a file changed between the scans")),
        None => Ok(()),
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
