//! The extents of our own SARIF: `sarif` is what GitHub keeps, `sarif-full` tells more of every finding. Joined, both would tell each twice.

use std::collections::{HashMap, hash_map::Entry};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Given;
use super::json::At;
use crate::fingerprint::KEY;

/// Whether no two runs tell one finding in two extents.
///
/// # Errors
///
/// If two do, with what can be done.
pub fn told_once(runs: &[Given<'_>]) -> Result<(), String> {
    let mut known: HashMap<Finding, (usize, bool, At<'_>)> = HashMap::new();
    for (run, given) in runs.iter().enumerate() {
        for result in &given.results {
            let Some((finding, full)) = finding(result) else { continue };
            match known.entry(finding) {
                Entry::Vacant(place) => _ = place.insert((run, full, *result)),
                Entry::Occupied(place) => {
                    let (first_run, first_full, first) = place.get();
                    if *first_run != run && *first_full != full {
                        let (upload, full) = if full { (first, result) } else { (result, first) };
                        return Err(twice(upload, full));
                    }
                }
            }
        }
    }
    Ok(())
}

fn twice(upload: &At<'_>, full: &At<'_>) -> String {
    format!(
        "{} is `sarif` and {} is `sarif-full`, and both tell the same finding, which would stand there twice ({} and {}); leave one of the two \
         out: `sarif` is for GitHub, `sarif-full` tells more",
        upload.file.name,
        full.file.name,
        upload.place(),
        full.place()
    )
}

/// What makes a finding of ours the same in another file: its rule, its fingerprint, and where it stands.
type Finding = (String, String, ArtifactLocation, [u32; 4]);

/// The finding that a result tells, and whether it tells what only `sarif-full` does; none if it is no result of ours.
fn finding(result: &At<'_>) -> Option<(Finding, bool)> {
    let text = result.raw.get();
    if !text.contains(KEY) {
        return None;
    }
    let told: Told = serde_json::from_str(text).ok()?;
    let fingerprint = told.partial_fingerprints.get(KEY)?.clone();
    let place = told.locations.into_iter().next()?.physical_location;
    let region = place.region;
    let more = [told.rank, told.baseline_state, told.suppressions, told.fixes, told.taxa];
    let full = more.iter().chain([&place.context_region, &region.snippet]).any(Option::is_some);
    let lines = [region.start_line, region.start_column, region.end_line, region.end_column];
    Some(((told.rule_id, fingerprint, place.artifact_location, lines), full))
}

/// Of a result what is needed here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    rule_id: String,
    locations: Vec<Location>,
    partial_fingerprints: HashMap<String, String>,
    rank: Option<IgnoredAny>,
    baseline_state: Option<IgnoredAny>,
    suppressions: Option<IgnoredAny>,
    fixes: Option<IgnoredAny>,
    taxa: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
    context_region: Option<IgnoredAny>,
}

#[derive(Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    uri_base_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
    snippet: Option<IgnoredAny>,
}
