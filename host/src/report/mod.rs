//! Findings → bytes, one file a format, each with wire types of its own.

mod fingerprint;
mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod page;
mod plain;
mod pretty;
mod sarif;
mod view;

use crate::finding::{Fault, Finding, PluginInfo};
use crate::object::Object;
use crate::source::{Revision, Source};

pub use github::github;
pub use gitlab::gitlab;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::summary;
pub use page::{list, markdown, page, rules_json};
pub use plain::Plain;
pub use pretty::pretty;
pub use sarif::{Extent, Identity, MOST_RESULTS, RulesIn, Style, sarif};

/// Everything that a report may tell.
#[derive(Debug)]
pub struct Report<'a> {
    /// The sources that hold objects or faults.
    pub sources: &'a [Source],
    /// The objects.
    pub objects: &'a [Object],
    /// The plugins, in the order in which findings name them.
    pub plugins: &'a [PluginInfo],
    /// The rules that were on: for every plugin their positions.
    pub enabled: &'a [Vec<u32>],
    /// The findings, in order.
    pub findings: &'a [Finding],
    /// The faults, in order.
    pub faults: &'a [Fault],
    /// Sources that were read, those without objects too.
    pub source_count: usize,
    /// Bytes that were read.
    pub bytes: u64,
    /// The version of Kubernetes.
    pub kubernetes: &'a str,
    /// What the process will exit with.
    pub exit_code: u8,
    /// The category of an upload.
    pub category: Option<&'a str>,
    /// The revision of the repository, where it is known.
    pub revision: Option<&'a Revision>,
    /// How SARIF is written.
    pub sarif: Style,
}

impl Report<'_> {
    fn rule_count(&self) -> usize {
        self.enabled.iter().map(Vec::len).sum()
    }

    fn rule(&self, finding: &Finding) -> &crate::finding::RuleInfo {
        &self.plugins[finding.plugin as usize].rules[finding.rule as usize]
    }
}
