//! All shards of a scan become what the whole would have written, to the byte.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

use super::json::{At, Members, compact, list, object, quoted};
use super::{Given, Run};
use crate::fingerprint::KEY;
use crate::report::{
    Extent, FaultKey, Gone, LEFT_OUT_RESULTS, SHARD, ShardProperty, exit_code_description, left_out_results,
    worst,
};
use crate::shard;

/// A run with what it says of itself.
type Part<'a> = (Given<'a>, ShardProperty);

/// What a shard says of itself.
///
/// # Errors
///
/// If it makes no sense.
pub fn property(run: &Given<'_>, at: At<'_>) -> Result<ShardProperty, String> {
    let property: ShardProperty =
        at.read(SHARD, "what `plimsoll scan --shard` writes; scan this shard again")?;
    let gone = property.gone.as_ref().filter(|_| property.extent == Extent::Full).map_or(0, Vec::len);
    let found = run.results.len().checked_sub(gone);
    let is_found = |result: usize| found.is_some_and(|found| result < found);
    let fits = property.shared.windows(2).all(|pair| pair[0].result < pair[1].result)
        && property.shared.iter().all(|one| is_found(one.result))
        && property.moved.iter().all(|one| one.result.is_none_or(is_found))
        && found.is_some();
    let graded = property.extent == Extent::Full || property.gravity.len() == run.results.len();
    let codes = [0, 1, 3].contains(&property.exit_code);
    if !(1..=property.of).contains(&property.number)
        || property.of > shard::MOST
        || !fits
        || !graded
        || !codes
    {
        return Err(at.wrong("this does not fit the rest of the run; scan this shard again"));
    }
    Ok(property)
}

/// Joins the shards of a scan.
///
/// # Errors
///
/// If one is missing, or they are not of one scan.
pub fn join(mut parts: Vec<Part<'_>>) -> Result<Run<'_>, String> {
    parts.sort_by_key(|(_, property)| property.number);
    complete(&parts)?;
    let first = &parts[0];
    for other in &parts[1..] {
        of_one_scan(first, other)?;
    }
    let shared = shared(&parts);
    let baseline = Compared::new(&parts);
    let total = parts.iter().fold(shared.len(), |total, (_, property)| total.saturating_add(property.count));
    let mut results = results(&parts, &shared);
    let mut left_out = 0;
    if first.1.extent == Extent::Upload {
        let gravity = |(part, position, _): &Found<'_>| parts[*part].1.gravity[*position];
        results = worst(results, gravity);
        left_out = total.saturating_sub(results.len());
    }
    let notice = (left_out > 0).then(|| left_out_results(left_out, total));
    let exit_code = exit_code(&parts, &shared).max(u8::from(baseline.fails));
    let mut texts = texts(results, &baseline.known, first.1.numbered)?;
    if first.1.extent == Extent::Full {
        let gone = first.0.results.len() - first.1.gone.as_ref().map_or(0, Vec::len);
        texts.extend(baseline.gone.iter().map(|position| compact(first.0.results[gone + position].raw)));
    }
    let mut members = Vec::new();
    for (key, value) in &first.0.members.list {
        let value = match key.as_str() {
            "results" => Cow::Borrowed(""),
            "invocations" => Cow::Owned(invocations(&parts, exit_code, notice.as_deref())?),
            "properties" => match properties(value)? {
                rest if rest.is_empty() => continue,
                rest => Cow::Owned(object(&rest)),
            },
            _ => compact(value.raw),
        };
        members.push((key.clone(), value));
    }
    Ok(Run { members, results: texts })
}

/// Whether every shard is there, once.
fn complete(parts: &[Part<'_>]) -> Result<(), String> {
    let of = parts[0].1.of;
    let name =
        |(run, property): &Part<'_>| format!("{} is shard {}/{}", run.file(), property.number, property.of);
    if let Some(other) = parts.iter().find(|(_, property)| property.of != of) {
        return Err(format!("{}, and {}; merge the shards of one scan", name(&parts[0]), name(other)));
    }
    if let Some(pair) = parts.windows(2).find(|pair| pair[0].1.number == pair[1].1.number) {
        return Err(format!("{}, and so is {}; name every shard once", name(&pair[0]), pair[1].0.file()));
    }
    let missing = (1..=of).filter(|number| !parts.iter().any(|(_, property)| property.number == *number));
    let missing: Vec<String> = missing.map(|number| format!("{number}/{of}")).collect();
    match missing.as_slice() {
        [] => Ok(()),
        [one] => Err(format!("shard {one} is missing; {WITHHELD}")),
        several => Err(format!("shards {} are missing; {WITHHELD}", several.join(", "))),
    }
}

const WITHHELD: &str = "name the files of all shards. One that could not look at everything ended with exit code 3 and wrote no `sarif`";

/// Whether two shards looked at the same manifests with the same rules.
fn of_one_scan((a, first): &Part<'_>, (b, second): &Part<'_>) -> Result<(), String> {
    let differ = |what: &str| {
        Err(format!(
            "{} and {} are not of one scan: they differ in {what}; run every shard on the same files with the same plugins and options",
            a.file(),
            b.file()
        ))
    };
    if first.extent != second.extent {
        return differ("their format, of which one is `sarif` and the other `sarif-full`");
    }
    if first.kubernetes != second.kubernetes {
        return differ(&format!("the version of Kubernetes, {} and {}", first.kubernetes, second.kubernetes));
    }
    if first.fail_on != second.fail_on {
        return differ("`--fail-on`");
    }
    if first.numbered != second.numbered {
        return differ("`--sarif-fingerprint`");
    }
    if first.gone.is_some() != second.gone.is_some() {
        return differ("`--baseline`");
    }
    for key in a.members.list.iter().chain(&b.members.list).map(|(key, _)| key.as_str()) {
        let (Some(one), Some(other)) = (a.members.get(key), b.members.get(key)) else {
            return differ(&format!("`{key}`"));
        };
        match key {
            "results" | "invocations" => {}
            "properties" if properties(&one)? == properties(&other)? => {}
            _ if one.is_same(&other) => {}
            "artifacts" => return differ(&changed(&one, &other)),
            "tool" => return differ("`tool`: its version, its plugins or its rules"),
            key => return differ(&format!("`{key}`")),
        }
    }
    Ok(())
}

/// Which file is not the same in two lists of artifacts.
fn changed(one: &At<'_>, other: &At<'_>) -> String {
    let [one, other] = [one, other].map(|list| list.items("`artifacts`").unwrap_or_default());
    let pair = one.iter().zip(&other).find(|(a, b)| !a.is_same(b)).map(|(a, _)| a);
    let odd = pair.or_else(|| one.get(other.len())).or_else(|| other.get(one.len()));
    let uri = odd.and_then(|artifact| {
        let location = artifact.members("").ok()?.get("location")?;
        location.members("").ok()?.get("uri")?.text("").ok()
    });
    uri.map_or("the files that they read".to_owned(), |uri| format!("the files that they read, at {uri}"))
}

/// The properties of a run without the shard's.
fn properties<'a>(at: &At<'a>) -> Result<Vec<(String, Cow<'a, str>)>, String> {
    let members = at.members("`properties`")?.list.into_iter().filter(|(key, _)| key != SHARD);
    Ok(members.map(|(key, value)| (key, compact(value.raw))).collect())
}

/// The results that can only be judged over all shards and that all have: for each its position in every shard, and whether it fails.
/// They stand in the same order everywhere.
fn shared(parts: &[Part<'_>]) -> Vec<(Vec<usize>, bool)> {
    let of = |(run, property): &Part<'_>| -> Vec<(usize, String, bool)> {
        let shared = property.shared.iter();
        shared.map(|one| (one.result, compact(run.results[one.result].raw).into_owned(), one.fails)).collect()
    };
    let all: Vec<_> = parts.iter().map(of).collect();
    // Where each text stands in every list.
    let mut places: Vec<HashMap<&str, Vec<usize>>> = Vec::new();
    for list in &all {
        let mut of_list: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, (_, text, _)) in list.iter().enumerate() {
            of_list.entry(text).or_default().push(at);
        }
        places.push(of_list);
    }
    let mut next = vec![0; parts.len()];
    let mut kept = Vec::new();
    for (_, text, fails) in &all[0] {
        let found: Option<Vec<usize>> = places
            .iter()
            .zip(&next)
            .map(|(of_list, from)| {
                let places = of_list.get(text.as_str())?;
                places.get(places.partition_point(|at| at < from)).copied()
            })
            .collect();
        if let Some(found) = found {
            let positions = found.iter().zip(&all).map(|(at, list)| list[*at].0).collect();
            next = found.iter().map(|at| at + 1).collect();
            kept.push((positions, *fails));
        }
    }
    kept
}

/// What the baseline says once all shards are there. A shard knows what of its own sources is in it, and nothing of other shards.
#[derive(Default)]
struct Compared {
    /// Findings that are known, as they only moved: the positions of shard and result.
    known: HashSet<(usize, usize)>,
    /// What is gone: positions in the first shard's list.
    gone: Vec<usize>,
    /// Whether what is new all the same makes the scan fail.
    fails: bool,
}

impl Compared {
    fn new(parts: &[Part<'_>]) -> Self {
        let lists: Vec<&[Gone]> =
            parts.iter().map(|(_, property)| property.gone.as_deref().unwrap_or_default()).collect();
        // What one shard found again is gone nowhere. Entries that say the same stand for each other.
        let mut left: HashMap<&Gone, Vec<usize>> = HashMap::new();
        for (number, list) in lists.iter().enumerate() {
            for gone in *list {
                left.entry(gone).or_insert_with(|| vec![0; lists.len()])[number] += 1;
            }
        }
        let mut open: HashMap<&str, VecDeque<usize>> = HashMap::new();
        for (position, gone) in lists[0].iter().enumerate() {
            let counts = left.get_mut(gone).filter(|counts| counts.iter().all(|count| *count > 0));
            if let Some(counts) = counts {
                counts.iter_mut().for_each(|count| *count -= 1);
                open.entry(&gone.fingerprint).or_default().push_back(position);
            }
        }
        let mut compared = Self::default();
        for (number, (_, property)) in parts.iter().enumerate() {
            for moved in &property.moved {
                match open.get_mut(moved.fingerprint.as_str()).and_then(VecDeque::pop_front) {
                    Some(_) => compared.known.extend(moved.result.map(|result| (number, result))),
                    None => compared.fails |= moved.fails,
                }
            }
        }
        compared.gone = open.into_values().flatten().collect();
        compared.gone.sort_unstable();
        compared
    }
}

/// A result with the positions of its shard and in it.
type Found<'a> = (usize, usize, At<'a>);

/// What was found, in the order of the whole: of what stands before a shared result, shard after shard, then that result.
fn results<'a>(parts: &[Part<'a>], shared: &[(Vec<usize>, bool)]) -> Vec<Found<'a>> {
    let mut results = Vec::new();
    let mut next = vec![0; parts.len()];
    let gone = |property: &ShardProperty| match property.extent {
        Extent::Full => property.gone.as_ref().map_or(0, Vec::len),
        Extent::Upload => 0,
    };
    let ends = parts.iter().map(|(run, property)| run.results.len() - gone(property)).collect();
    for (positions, is_last) in shared.iter().map(|(at, _)| (at, false)).chain([(&ends, true)]) {
        for (number, (run, property)) in parts.iter().enumerate() {
            let own = (next[number]..positions[number])
                .filter(|at| property.shared.binary_search_by_key(at, |one| one.result).is_err());
            results.extend(own.map(|at| (number, at, run.results[at])));
            next[number] = positions[number] + 1;
        }
        if !is_last {
            results.push((0, positions[0], parts[0].0.results[positions[0]]));
        }
    }
    results
}

/// The results as they are told in the whole: those that only moved as known, those of one fingerprint numbered through.
fn texts<'a>(
    results: Vec<Found<'a>>,
    known: &HashSet<(usize, usize)>,
    numbered: bool,
) -> Result<Vec<Cow<'a, str>>, String> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let mut texts = Vec::with_capacity(results.len());
    for (part, position, result) in results {
        let moved = known.contains(&(part, position));
        if !moved && !numbered {
            texts.push(compact(result.raw));
            continue;
        }
        let mut members = Vec::new();
        for (key, value) in result.members("a result")?.list {
            let text = match key.as_str() {
                "baselineState" if moved => "\"unchanged\"".into(),
                "partialFingerprints" if numbered => numbers(&value, &mut times)?.into(),
                _ => compact(value.raw),
            };
            members.push((key, text));
        }
        texts.push(object(&members).into());
    }
    Ok(texts)
}

/// Fingerprints of which the main one is our own with a number: how often it stood so far.
fn numbers(at: &At<'_>, times: &mut HashMap<String, usize>) -> Result<String, String> {
    let fingerprints = at.members("`partialFingerprints`")?;
    let own = fingerprints.needed(KEY)?.text(KEY)?;
    let number = times.entry(own.clone()).or_default();
    *number += 1;
    let members = fingerprints.list.into_iter().map(|(key, value)| match key.as_str() {
        "primaryLocationLineHash" => (key, quoted(&format!("{own}:{number}")).into()),
        _ => (key, compact(value.raw)),
    });
    Ok(object(&members.collect::<Vec<_>>()))
}

/// What the whole would have ended with.
fn exit_code(parts: &[Part<'_>], shared: &[(Vec<usize>, bool)]) -> u8 {
    let shared = shared.iter().map(|(_, fails)| u8::from(*fails));
    parts.iter().map(|(_, property)| property.exit_code).chain(shared).max().unwrap_or_default()
}

/// The one invocation of the whole. A fault without a place is every shard's, and told once.
fn invocations(parts: &[Part<'_>], exit_code: u8, left_out: Option<&str>) -> Result<String, String> {
    let mut all = Vec::new();
    for (run, _) in parts {
        let invocations = run.members.needed("invocations")?;
        let [one] = invocations.items("`invocations`")?[..] else {
            return Err(invocations.wrong("a shard has one invocation; scan this shard again"));
        };
        all.push(one.members("an invocation")?);
    }
    let mut faults: Vec<(&FaultKey, Cow<'_, str>)> = Vec::new();
    let (mut others, mut seen) = (Vec::new(), HashSet::new());
    for ((_, property), invocation) in parts.iter().zip(&all) {
        let told = invocation
            .get(NOTIFICATIONS)
            .map(|list| list.items(NOTIFICATIONS))
            .transpose()?
            .unwrap_or_default();
        if told.len() < property.faults.len() {
            return Err(invocation.at.wrong("notifications are missing here; scan this shard again"));
        }
        let (of_faults, rest) = told.split_at(property.faults.len());
        faults.extend(property.faults.iter().zip(of_faults.iter().map(|one| compact(one.raw))));
        for one in rest {
            let text = compact(one.raw);
            // What one shard left out says nothing of the whole.
            if descriptor(one)? != LEFT_OUT_RESULTS && seen.insert(text.clone()) {
                others.push(text);
            }
        }
    }
    faults.sort();
    faults.dedup();
    let mut told: Vec<Cow<'_, str>> = faults.into_iter().map(|(_, text)| text).collect();
    told.extend(left_out.map(Cow::Borrowed));
    told.extend(others);
    invocation(&all, exit_code, &told).map(|one| format!("[{one}]"))
}

const NOTIFICATIONS: &str = "toolExecutionNotifications";

fn descriptor(notification: &At<'_>) -> Result<String, String> {
    notification
        .members("a notification")?
        .needed("descriptor")?
        .members("`descriptor`")?
        .needed("id")?
        .text("`id`")
}

/// An invocation with the members of those of the shards. Notifications stand last, where there are any.
fn invocation(all: &[Members<'_>], exit_code: u8, told: &[Cow<'_, str>]) -> Result<String, String> {
    let successful =
        |one: &Members<'_>| one.get("executionSuccessful").is_some_and(|value| value.raw.get() == "true");
    let mut members: Vec<(String, Cow<'_, str>)> = Vec::new();
    for (key, value) in &all[0].list {
        match key.as_str() {
            NOTIFICATIONS => {}
            "executionSuccessful" => {
                members.push((key.clone(), all.iter().all(successful).to_string().into()));
            }
            "exitCode" => members.push((key.clone(), exit_code.to_string().into())),
            "exitCodeDescription" => {
                members.push((key.clone(), quoted(exit_code_description(exit_code)).into()));
            }
            _ => {
                let same = |other: &Members<'_>| other.get(key).is_some_and(|other| other.is_same(value));
                match all.iter().find(|other| !same(other)) {
                    None => members.push((key.clone(), compact(value.raw))),
                    Some(other) => {
                        return Err(other.at.wrong(&format!(
                            "`{key}` is not as in {}; run every shard with the same options",
                            value.file.name
                        )));
                    }
                }
            }
        }
    }
    if !told.is_empty() {
        members.push((NOTIFICATIONS.to_owned(), list(told).into()));
    }
    match all[0].get("exitCode") {
        Some(_) => Ok(object(&members)),
        None => Err(all[0].at.wrong("`exitCode` is missing here; scan this shard again")),
    }
}
