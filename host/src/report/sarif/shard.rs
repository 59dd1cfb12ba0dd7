//! What the SARIF of a shard says of itself in `runs[0].properties`, so that `plimsoll merge` arrives at what the whole would have said.

use serde::{Deserialize, Serialize};

use super::{Context, Extent};
use crate::finding::{Fault, Finding};
use crate::report::Report;

/// A shard, as its run tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShardProperty {
    /// Its number, from 1.
    pub number: u16,
    /// How many shards there are.
    pub of: u16,
    /// Whether the worst results stand in it or all.
    pub extent: Extent,
    /// The version of Kubernetes.
    pub kubernetes: String,
    /// The level from which on findings fail.
    pub fail_on: Option<String>,
    /// What it would exit with if it were not for what is shared.
    pub exit_code: u8,
    /// Its results without those that are shared, before any was left out.
    pub count: usize,
    /// Results that can only be judged over all shards: they hold if every shard has them.
    pub shared: Vec<SharedResult>,
    /// Its faults, one for each of the first notifications.
    pub faults: Vec<FaultKey>,
}

/// A result that can only be judged over all shards.
#[derive(Debug, Serialize, Deserialize)]
pub struct SharedResult {
    /// Its position among the results.
    pub result: usize,
    /// Whether it makes the scan exit with 1.
    pub fails: bool,
}

/// What faults are put in order by, as [`Fault`] is: file, source with span, plugin, kind, message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FaultKey(Option<String>, Option<(u32, u32, u32)>, Option<String>, usize, String);

impl FaultKey {
    fn new(fault: &Fault) -> Self {
        let at = fault.at.map(|(source, span)| (source, span.start, span.end));
        let [file, plugin] = [&fault.file, &fault.plugin].map(|name| name.as_deref().map(str::to_owned));
        Self(file, at, plugin, fault.kind as usize, fault.message.clone())
    }
}

impl Report<'_> {
    /// Whether a finding can only be judged over all shards.
    pub(super) fn is_shared(&self, finding: &Finding) -> bool {
        let ours = |share: &[bool]| share.get(finding.place.source as usize).copied().unwrap_or(false);
        self.shard.is_some_and(|shard| !ours(shard.share))
    }
}

impl Context<'_> {
    /// What is told of the shard that this is, if it is one.
    pub(super) fn shard(&self, extent: Extent) -> Option<ShardProperty> {
        let shard = self.report.shard?;
        let shared = self.chosen.iter().enumerate().filter(|(_, finding)| self.report.is_shared(finding));
        let fails = |finding: &Finding| shard.fail_on.is_some_and(|level| finding.level >= level);
        Some(ShardProperty {
            number: shard.number,
            of: shard.count,
            extent,
            kubernetes: self.report.kubernetes.to_owned(),
            fail_on: shard.fail_on.map(|level| level.name().to_owned()),
            exit_code: shard.exit_code,
            count: self.count,
            shared: shared.map(|(result, finding)| SharedResult { result, fails: fails(finding) }).collect(),
            faults: self.report.faults.iter().map(FaultKey::new).collect(),
        })
    }
}
