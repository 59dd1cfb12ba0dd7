//! SARIF 2.1.0 as GitHub code scanning reads it: one run, an extension a plugin, every enabled rule, regions in UTF-16 units.

mod notifications;
mod places;
mod results;
mod settled;
mod shard;
mod text;
mod tool;
mod wire;

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::Report;
use crate::finding::{Finding, Level};
use results::{Results, SourceLines};

pub use notifications::{LEFT_OUT, left_out_notification};
pub use shard::{FaultKey, Gone, Moved, ShardProperty, SharedResult};

/// Results that GitHub keeps of one upload.
const MOST_RESULTS: usize = 5_000;
/// The schema of what is written.
pub const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The name of what a shard says of itself, among the properties of its run.
pub const SHARD: &str = "plimsoll/shard";
const HOME: &str = "https://github.com/plimsoll-dev/plimsoll";

/// How much of a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Extent {
    /// What GitHub keeps of an upload: the worst results.
    Upload,
    /// Everything.
    Full,
}

/// Writes the report as SARIF. Results are made one by one while they are written.
pub fn sarif(report: &Report<'_>, extent: Extent, out: &mut dyn Write) -> io::Result<()> {
    let context = Context::new(report, extent);
    let log = wire::Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [wire::Run {
            tool: wire::Tool { driver: context.driver(), extensions: context.extensions() },
            automation_details: report.category.map(|category| wire::AutomationDetails {
                id: format!("{}/", category.trim_end_matches('/')),
            }),
            invocations: [context.invocation()],
            original_uri_base_ids: [
                ("%SRCROOT%", "The root of the repository."),
                ("%PLUGINROOT%", "Where plugins were loaded from."),
            ]
            .map(|(name, text)| (name, wire::UriBase { description: wire::Text::new(text) }))
            .into(),
            artifacts: context.artifacts(),
            column_kind: "utf16CodeUnits",
            default_encoding: "utf-8",
            default_source_language: "yaml",
            newline_sequences: ["\r\n", "\n", "\r"],
            results: Results(&context),
            properties: context.shard().map(|shard| wire::RunProperties { shard }),
        }],
    };
    serde_json::to_writer(&mut *out, &log)?;
    writeln!(out)
}

struct Context<'a> {
    report: &'a Report<'a>,
    extent: Extent,
    chosen: Vec<&'a Finding>,
    /// Results before any was left out.
    count: usize,
    left_out: usize,
    /// The lines of the source whose results are being written: results stand source by source.
    lines: RefCell<Option<SourceLines>>,
}

impl<'a> Context<'a> {
    fn new(report: &'a Report<'a>, extent: Extent) -> Self {
        // GitHub opens an alert for whatever stands in an upload.
        let meant = |finding: &&Finding| extent == Extent::Full || finding.suppressed.is_none();
        // Those that can only be judged over all shards do not count in one.
        let shared = |(_, finding): &(usize, &Finding)| report.is_shared(finding);
        let (shared, own): (Vec<_>, Vec<_>) =
            report.findings.iter().filter(meant).enumerate().partition(shared);
        let count = own.len();
        let mut chosen = match extent {
            Extent::Upload => worst(own, |(_, finding): &(usize, &Finding)| finding.level),
            Extent::Full => own,
        };
        let left_out = count - chosen.len();
        chosen.extend(shared);
        chosen.sort_unstable_by_key(|(position, _)| *position);
        let chosen = chosen.into_iter().map(|(_, finding)| finding).collect();
        Self { report, extent, chosen, count, left_out, lines: RefCell::new(None) }
    }
}

/// The results that an upload keeps, in their order: the worst, and among equals the first.
pub fn worst<T>(results: Vec<T>, level: impl Fn(&T) -> Level) -> Vec<T> {
    if results.len() <= MOST_RESULTS {
        return results;
    }
    let mut order: Vec<usize> = (0..results.len()).collect();
    order.sort_by_key(|position| Reverse(level(&results[*position])));
    let kept: BTreeSet<usize> = order.into_iter().take(MOST_RESULTS).collect();
    let kept = results.into_iter().enumerate().filter(|(position, _)| kept.contains(position));
    kept.map(|(_, result)| result).collect()
}
