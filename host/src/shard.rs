//! A scan in several parts: which sources a shard answers for, and what of the findings and faults is told by it.

use std::collections::HashSet;

use crate::finding::{Fault, Finding};
use crate::object::Object;
use crate::source::Source;

/// One of several scans of the same manifests that together are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its number, from 1.
    pub number: u16,
    /// How many there are.
    pub count: u16,
}

/// As many shards as there may be.
pub const MOST: u16 = 256;

impl Shard {
    /// For every source whether this shard answers for it. Shards take turns in the order of the paths, in which findings are told too;
    /// their borders stand where the objects are shared out most evenly, and sources of one path stay together.
    pub fn share(self, sources: &[Source], objects: &[Object]) -> Vec<bool> {
        let mut weights = vec![0u64; sources.len()];
        for object in objects {
            weights[object.source as usize] += 1;
        }
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_by(|a, b| sources[*a].path.cmp(&sources[*b].path));
        let (count, all) = (u64::from(self.count), objects.len().max(1) as u64);
        let mut share = vec![false; sources.len()];
        let mut before = 0;
        for same in order.chunk_by(|a, b| sources[*a].path == sources[*b].path) {
            let weight: u64 = same.iter().map(|source| weights[*source]).sum();
            // The shard in whose stretch the middle of these objects lies.
            let owner = ((2 * before + weight) * count / (2 * all)).min(count - 1);
            for source in same {
                share[*source] = owner + 1 == u64::from(self.number);
            }
            before += weight;
        }
        share
    }
}

/// Leaves what stands in the shard's sources.
pub fn keep_findings(share: &[bool], findings: &mut Vec<Finding>) {
    findings.retain(|finding| share[finding.place.source as usize]);
}

/// Leaves the faults of the shard's sources, and those of none: they are every shard's, and told once when the shards are merged.
pub fn keep_faults(share: &[bool], sources: &[Source], faults: &mut Vec<Fault>) {
    let others = sources.iter().zip(share).filter(|(_, ours)| !**ours);
    let others: HashSet<&str> = others.map(|(source, _)| source.path.as_str()).collect();
    faults.retain(|fault| fault.file.as_deref().is_none_or(|file| !others.contains(file)));
}
