//! What the SARIF of a shard says of itself in `runs[0].properties`, so that `plimsoll merge` arrives at what the whole would have said.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::choice::gravity;
use super::{Context, Extent, Identity};
use crate::finding::{Fault, Finding};
use crate::fingerprint;
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
    /// What it would exit with if it were not for what is shared or moved.
    pub exit_code: u8,
    /// Its results without those that are shared, before any was left out.
    pub count: usize,
    /// How grave each result is, in an upload.
    pub gravity: Vec<(u8, u32)>,
    /// Whether results of one fingerprint are numbered, which begins anew in every shard.
    pub numbered: bool,
    /// Results that can only be judged over all shards: they hold if every shard has them.
    pub shared: Vec<SharedResult>,
    /// What of a baseline is not in its sources, in order; none if there is no baseline. In a full report these are the last results.
    pub gone: Option<Vec<Gone>>,
    /// Findings that have another file in the baseline, in order.
    pub moved: Vec<Moved>,
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

/// What tells an entry of a baseline from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Gone {
    /// Its file.
    pub file: String,
    /// Its message.
    pub message: String,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// A finding that is known if its entry in the baseline is in no other shard.
#[derive(Debug, Serialize, Deserialize)]
pub struct Moved {
    /// Its position among the results, in a full report.
    pub result: Option<usize>,
    /// Its fingerprint.
    pub fingerprint: String,
    /// Whether it makes the scan exit with 1, if it is new.
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
    /// Whether a finding can only be judged over all shards: those that stand in the configuration.
    pub(super) fn is_shared(&self, finding: &Finding) -> bool {
        self.shard.is_some() && finding.place.object as usize >= self.object_count
    }
}

impl Context<'_> {
    /// What is told of the shard that this is, if it is one.
    pub(super) fn shard(&self) -> Option<ShardProperty> {
        let report = self.report;
        let shard = report.shard?;
        let fails =
            |finding: &Finding| finding.counts() && shard.fail_on.is_some_and(|level| finding.level >= level);
        let gone = report.absent.map(|absent| {
            let gone = absent.iter().map(|absent| Gone {
                file: absent.file.clone(),
                message: absent.message.clone(),
                fingerprint: absent.fingerprint.clone(),
            });
            gone.collect::<Vec<_>>()
        });
        let left: HashSet<&str> = gone.iter().flatten().map(|gone| gone.fingerprint.as_str()).collect();
        let mut moved = Vec::new();
        let mut exit_code = if report.faults.is_empty() { 0 } else { 3 };
        for (position, finding) in
            report.findings.iter().enumerate().filter(|(_, one)| !report.is_shared(one))
        {
            let fingerprint = (!left.is_empty() && finding.counts()).then(|| {
                let object = &report.objects[finding.place.object as usize];
                fingerprint::of_object(&report.rule(finding).id, &finding.place, object)
            });
            match fingerprint.filter(|fingerprint| left.contains(fingerprint.as_str())) {
                Some(fingerprint) => {
                    let result = (self.extent == Extent::Full).then_some(position);
                    moved.push(Moved { result, fingerprint, fails: fails(finding) });
                }
                None => exit_code = exit_code.max(u8::from(fails(finding))),
            }
        }
        let told = &self.choice.findings;
        let shared = told.iter().enumerate().filter(|(_, finding)| report.is_shared(finding));
        Some(ShardProperty {
            number: shard.number,
            of: shard.count,
            extent: self.extent,
            kubernetes: report.kubernetes.to_owned(),
            fail_on: shard.fail_on.map(|level| level.name().to_owned()),
            exit_code,
            count: match self.extent {
                Extent::Upload => report.open().filter(|finding| !report.is_shared(finding)).count(),
                Extent::Full => {
                    told.len() - report.findings.iter().filter(|finding| report.is_shared(finding)).count()
                }
            },
            gravity: match self.extent {
                Extent::Upload => told.iter().map(|finding| gravity(report, finding)).collect(),
                Extent::Full => Vec::new(),
            },
            numbered: report.sarif.identity == Identity::Object,
            shared: shared.map(|(result, finding)| SharedResult { result, fails: fails(finding) }).collect(),
            gone,
            moved,
            faults: report.faults.iter().map(FaultKey::new).collect(),
        })
    }
}
