//! SARIF 2.1.0 as GitHub code scanning reads it: one run, an extension a plugin, every enabled rule, regions in UTF-16 units.

mod notifications;
mod places;
mod results;
mod settled;
mod text;
mod tool;
mod wire;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};

use super::Report;
use crate::finding::Finding;
use results::{Results, SourceLines};

/// Results that GitHub keeps of one upload.
const MOST_RESULTS: usize = 5_000;
const HOME: &str = "https://github.com/plimsoll-dev/plimsoll";

/// How much of a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
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
        }],
    };
    serde_json::to_writer(&mut *out, &log)?;
    writeln!(out)
}

struct Context<'a> {
    report: &'a Report<'a>,
    extent: Extent,
    chosen: Vec<&'a Finding>,
    left_out: usize,
    /// The lines of the source whose results are being written: results stand source by source.
    lines: RefCell<Option<SourceLines>>,
}

impl<'a> Context<'a> {
    fn new(report: &'a Report<'a>, extent: Extent) -> Self {
        let mut chosen: Vec<&Finding> = match extent {
            // GitHub opens an alert for whatever stands in an upload.
            Extent::Upload => report.open().collect(),
            Extent::Full => report.findings.iter().collect(),
        };
        let left_out = match extent {
            Extent::Upload => chosen.len().saturating_sub(MOST_RESULTS),
            Extent::Full => 0,
        };
        if left_out > 0 {
            // The worst stay; the sort is stable, so among equals the first.
            let mut worst: Vec<usize> = (0..chosen.len()).collect();
            worst.sort_by_key(|position| std::cmp::Reverse(chosen[*position].level));
            let kept: BTreeSet<usize> = worst.into_iter().take(MOST_RESULTS).collect();
            chosen = kept.into_iter().map(|position| chosen[position]).collect();
        }
        Self { report, extent, chosen, left_out, lines: RefCell::new(None) }
    }
}
