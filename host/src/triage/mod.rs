//! Which findings count, in which order, and what that means for the exit code. Removes none but exact doubles.

use crate::finding::{Fault, Finding, Level, PluginInfo};
use crate::source::Source;

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
    findings.sort_by(|a, b| {
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

/// What the scan comes to.
pub fn verdict(findings: &[Finding], faults: &[Fault], fail_on: Option<Level>) -> Verdict {
    if !faults.is_empty() {
        return Verdict::Faults;
    }
    let failing = |finding: &Finding| fail_on.is_some_and(|level| finding.level >= level);
    if findings.iter().any(failing) { Verdict::Findings } else { Verdict::Clean }
}
