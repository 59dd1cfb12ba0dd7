//! SARIF 2.1.0 as GitHub code scanning reads it: one run, an extension a plugin, every enabled rule, regions in UTF-16 units.

mod choice;
mod fixes;
mod guid;
mod notifications;
mod places;
mod provenance;
mod results;
mod settled;
mod shard;
mod taxonomies;
mod text;
mod tool;
mod wire;

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::Report;
use crate::edit::Editor;
use choice::Choice;
use results::{Results, SourceLines};
use taxonomies::Taxonomies;

pub use choice::{MOST_RESULTS, worst};
pub use notifications::{LEFT_OUT_RESULTS, exit_code_description, left_out_results};
pub use shard::{FaultKey, Gone, Moved, ShardProperty, SharedResult};
pub use tool::help;

/// The schema of what is written.
pub const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The name of what a shard says of itself, among the properties of its run.
pub const SHARD: &str = "plimsoll/shard";
const HOME: &str = "https://github.com/plimsoll-dev/plimsoll";

/// How much of a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Extent {
    /// What GitHub keeps of an upload: the worst results, and of them what it reads.
    Upload,
    /// Everything.
    Full,
}

/// How SARIF is written where readers differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Where rules stand.
    pub rules: RulesIn,
    /// What results are known by.
    pub identity: Identity,
}

/// Where rules stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RulesIn {
    /// Each in the extension that is its plugin.
    #[default]
    Extensions,
    /// All in the driver, for readers that know no extensions.
    Driver,
}

/// What `primaryLocationLineHash` holds, by which GitHub knows an alert again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// The hash of the line and of what follows it, as upload-sarif computes it.
    #[default]
    Line,
    /// Our fingerprint of rule, object and address, which outlives changes of the lines around.
    Object,
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
                (
                    "%PLUGINROOT%",
                    "Where plugins were loaded from: files that were named, and what the executable carries.",
                ),
            ]
            .map(|(name, text)| (name, wire::UriBase { description: wire::Text::new(text) }))
            .into(),
            version_control_provenance: context.provenance(),
            artifacts: context.artifacts(),
            taxonomies: context.taxonomies.wire(),
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
    choice: Choice<'a>,
    taxonomies: Taxonomies,
    editor: Editor<'a>,
    /// The lines of the source whose results are being written: results stand source by source.
    lines: RefCell<Option<SourceLines>>,
    /// The last source whose first line was asked for, and the fingerprint of that line.
    first: RefCell<Option<(usize, Option<String>)>>,
    /// How often each fingerprint of an object was written, where that is what results are known by.
    written: RefCell<HashMap<String, u32>>,
}

impl<'a> Context<'a> {
    fn new(report: &'a Report<'a>, extent: Extent) -> Self {
        let choice = Choice::of(report, extent);
        let rules = report.plugins.iter().zip(&choice.rules);
        let rules = rules.flat_map(|(plugin, rules)| rules.iter().map(|rule| &plugin.rules[*rule as usize]));
        let taxonomies = Taxonomies::of(rules);
        let (lines, first, written) = (RefCell::default(), RefCell::default(), RefCell::default());
        let editor = Editor::new(report.sources, report.objects).proving(report.reader);
        Self { report, extent, choice, taxonomies, editor, lines, first, written }
    }
}
