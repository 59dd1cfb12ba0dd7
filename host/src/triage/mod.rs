//! Which findings count, in which order, and what that means for the exit code. Removes none but exact doubles.

mod accepted;
mod annotations;
mod baseline;
mod comments;
mod directive;
mod own;
mod suppress;

pub use accepted::{Accepted, glob};
pub use baseline::{Baseline, Moves};
pub use directive::is_day;
pub use own::{NAME as OWN, rules as own_rules};
pub use suppress::{Scene, suppress};

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::finding::{Fault, Finding, Level, PluginInfo};
use crate::object::Object;
use crate::source::Source;

/// What was looked at, for those who judge what was found.
#[derive(Clone, Copy, Debug)]
pub struct Checked<'a> {
    /// The sources of the scan.
    pub sources: &'a [Source],
    /// Its objects; the configuration is the last, if findings can stand in it.
    pub objects: &'a [Object],
    /// The plugins; the last is the host with its own rules.
    pub plugins: &'a [PluginInfo],
    /// For every plugin the positions of its rules that are on.
    pub enabled: &'a [Vec<u32>],
}

/// What a scan comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing at or above the level that fails.
    Clean,
    /// Findings at or above it.
    Findings,
    /// Something could not be looked at, whatever was found.
    Faults,
}

impl Verdict {
    /// The exit code of the process.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Faults => 3,
        }
    }
}

/// Puts findings in the order in which they are reported: by file, place, rule and address.
pub fn order(findings: &mut Vec<Finding>, sources: &[Source], plugins: &[PluginInfo]) {
    let paths = ranks(sources.iter().map(|source| source.path.as_str()));
    let first: Vec<usize> = plugins
        .iter()
        .scan(0, |count, plugin| Some(std::mem::replace(count, *count + plugin.rules.len())))
        .collect();
    let rules = ranks(plugins.iter().flat_map(|plugin| &plugin.rules).map(|rule| rule.id.as_str()));
    let path = |finding: &Finding| paths[finding.place.source as usize];
    let rule = |finding: &Finding| rules[first[finding.plugin as usize] + finding.rule as usize];
    sort_in_place(findings, |a, b| {
        let by_place = path(a).cmp(&path(b)).then_with(|| a.place.span.cmp(&b.place.span));
        by_place
            .then_with(|| rule(a).cmp(&rule(b)))
            .then_with(|| a.place.object.cmp(&b.place.object))
            .then_with(|| a.place.node.cmp(&b.place.node))
            .then_with(|| a.place.missing.cmp(&b.place.missing))
            .then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup_by(|a, b| {
        (a.plugin, a.rule) == (b.plugin, b.rule) && a.place == b.place && a.message == b.message
    });
}

/// Sorts large things, equal ones in the order in which they stand. Numbers are sorted in their place, because a sort takes room for half
/// of what it sorts.
fn sort_in_place<T>(things: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut from: Vec<u32> = (0..things.len() as u32).collect();
    from.sort_by(|a, b| compare(&things[*a as usize], &things[*b as usize]));
    for start in 0..from.len() {
        // One goes where the one before it came from, round and round.
        let mut to = start;
        while from[to] as usize != start {
            let next = std::mem::replace(&mut from[to], to as u32) as usize;
            things.swap(to, next);
            to = next;
        }
        from[to] = to as u32;
    }
}

/// For every name its place in their order; equal names share one. Numbers are compared more often than names can be.
fn ranks<T: Ord>(names: impl Iterator<Item = T>) -> Vec<u32> {
    let names: Vec<T> = names.collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| names[*a].cmp(&names[*b]));
    let mut ranks = vec![0; names.len()];
    for pair in order.windows(2) {
        ranks[pair[1]] = ranks[pair[0]] + u32::from(names[pair[0]] != names[pair[1]]);
    }
    ranks
}

/// Gives findings the levels that somebody wants their rules to have, instead of those that the rules have themselves.
pub fn levels(findings: &mut [Finding], wanted: &HashMap<(u32, u32), Level>) {
    if wanted.is_empty() {
        return;
    }
    for finding in findings {
        finding.level = *wanted.get(&(finding.plugin, finding.rule)).unwrap_or(&finding.level);
    }
}

/// What the scan comes to.
pub fn verdict(findings: &[Finding], faults: &[Fault], fail_on: Option<Level>) -> Verdict {
    if !faults.is_empty() {
        return Verdict::Faults;
    }
    let failing = |finding: &Finding| fail_on.is_some_and(|level| finding.level >= level) && finding.counts();
    if findings.iter().any(failing) { Verdict::Findings } else { Verdict::Clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_in_place_keeps_the_order_of_equals() {
        for seed in 0..50u32 {
            let things: Vec<(u32, u32)> =
                (0..seed).map(|at| (at.wrapping_mul(2_654_435_761) >> 29, at)).collect();
            let (mut ours, mut theirs) = (things.clone(), things);
            sort_in_place(&mut ours, |a, b| a.0.cmp(&b.0));
            theirs.sort_by_key(|thing| thing.0);
            assert_eq!(ours, theirs);
        }
    }
}
