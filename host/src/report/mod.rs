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

use std::collections::HashMap;
use std::path::PathBuf;

use crate::edit::Reader;
use crate::finding::{Absent, Fault, Finding, Level, PluginInfo, Suppression};
use crate::object::Object;
use crate::source::{Revision, Source};

pub use github::github;
pub use gitlab::gitlab;
pub use html::html;
pub use json::{baseline, json};
pub use junit::junit;
pub use markdown::summary;
pub use page::{list, markdown_page, page, rules_json};
pub use plain::Plain;
pub use pretty::pretty;
pub use sarif::{
    Extent, FaultKey, Gone, Identity, LEFT_OUT_RESULTS, MOST_RESULTS, Moved, RulesIn, SCHEMA, SHARD,
    ShardProperty, SharedResult, Style, exit_code_description, help, left_out_results, sarif, worst,
};
pub use view::counted;

/// Everything that a report may tell.
#[derive(Debug)]
pub struct Report<'a> {
    /// The sources that hold objects or faults.
    pub sources: &'a [Source],
    /// The objects.
    pub objects: &'a [Object],
    /// How many of them were looked at; the configuration, which is the last where findings stand in it, is none of them.
    pub object_count: usize,
    /// The plugins, in the order in which findings name them; the last is the host with its own rules.
    pub plugins: &'a [PluginInfo],
    /// Files of plugins that the command line names.
    pub named: &'a [PathBuf],
    /// The rules that were on: for every plugin their positions.
    pub enabled: &'a [Vec<u32>],
    /// The findings, in order.
    pub findings: &'a [Finding],
    /// The suppressions, as findings name them.
    pub suppressions: &'a [Suppression],
    /// What is in the baseline and no longer there; none if there is no baseline.
    pub absent: Option<&'a [Absent]>,
    /// The levels that differ from those of the rules themselves, by the positions of plugin and rule.
    pub levels: &'a HashMap<(u32, u32), Level>,
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
    /// Which part of a scan this is; none if it is the whole.
    pub shard: Option<Shard>,
    /// What reads a document again in which a fix was written.
    pub reader: Reader,
}

/// A part of a scan, with what it takes to merge it with the others.
#[derive(Clone, Copy, Debug)]
pub struct Shard {
    /// Its number, from 1.
    pub number: u16,
    /// How many parts there are.
    pub count: u16,
    /// The level from which on findings fail.
    pub fail_on: Option<Level>,
}

impl Report<'_> {
    /// The plugins that were loaded: all but the host.
    fn loaded(&self) -> &[PluginInfo] {
        self.plugins.split_last().map_or(&[], |(_, loaded)| loaded)
    }

    /// The rules of plugins that were on.
    fn rule_count(&self) -> usize {
        self.enabled.iter().take(self.loaded().len()).map(Vec::len).sum()
    }

    /// The findings that are for somebody to decide on, in order.
    fn counting(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.counts())
    }

    /// The findings that nobody accepted, known ones too, in order.
    fn open(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.suppressed.is_none())
    }

    fn rule(&self, finding: &Finding) -> &crate::finding::RuleInfo {
        &self.plugins[finding.plugin as usize].rules[finding.rule as usize]
    }
}
