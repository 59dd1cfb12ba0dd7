//! What of a report is written, and where rules stand: GitHub refuses a file beyond its limits, and drops what is beyond others.

use std::collections::BTreeSet;

use super::super::Report;
use super::text::severity;
use super::{Extent, RulesIn};
use crate::finding::Finding;

/// Results that GitHub keeps of one upload.
pub const MOST_RESULTS: usize = 5_000;
/// Extensions that a run may have for GitHub.
pub(super) const MOST_EXTENSIONS: usize = 100;
/// Rules that a run may have for GitHub.
pub(super) const MOST_RULES: usize = 25_000;

/// What of a report is written.
pub(super) struct Choice<'a> {
    /// The findings, in order.
    pub(super) findings: Vec<&'a Finding>,
    /// Of every plugin the positions of the rules that are written.
    pub(super) rules: Vec<Vec<u32>>,
    /// Where they stand.
    pub(super) rules_in: RulesIn,
    /// Whether plugins are named at all: not if there are more than GitHub takes.
    pub(super) extensions: bool,
}

/// How grave a finding is, beside others: its level, and how dangerous its rule says it is.
pub(super) fn gravity(report: &Report<'_>, finding: &Finding) -> (u8, u32) {
    let severity = severity(report.rule(finding)).unwrap_or_default();
    (finding.level as u8, (severity * 100.0) as u32)
}

/// The results that an upload keeps, in their order: the worst, and among equals the first.
pub fn worst<T>(results: Vec<T>, gravity: impl Fn(&T) -> (u8, u32)) -> Vec<T> {
    if results.len() <= MOST_RESULTS {
        return results;
    }
    let mut order: Vec<usize> = (0..results.len()).collect();
    // The sort is stable.
    order.sort_by_cached_key(|position| std::cmp::Reverse(gravity(&results[*position])));
    let kept: BTreeSet<usize> = order.into_iter().take(MOST_RESULTS).collect();
    let kept = results.into_iter().enumerate().filter(|(position, _)| kept.contains(position));
    kept.map(|(_, result)| result).collect()
}

impl<'a> Choice<'a> {
    pub(super) fn of(report: &'a Report<'a>, extent: Extent) -> Self {
        let rules = report.enabled.to_vec();
        let findings = match extent {
            // GitHub opens an alert for whatever stands in an upload.
            Extent::Upload => report.open().collect(),
            Extent::Full => report.findings.iter().collect(),
        };
        let mut choice = Self { findings, rules, rules_in: report.sarif.rules, extensions: true };
        if extent == Extent::Upload {
            choice.keep_to_limits(report);
        }
        choice
    }

    fn keep_to_limits(&mut self, report: &Report<'_>) {
        // Those that can only be judged over all shards do not count in one.
        let all = std::mem::take(&mut self.findings).into_iter().enumerate();
        let (shared, own): (Vec<_>, Vec<_>) = all.partition(|(_, finding)| report.is_shared(finding));
        let mut kept = worst(own, |(_, finding): &(usize, &Finding)| gravity(report, finding));
        kept.extend(shared);
        kept.sort_unstable_by_key(|(position, _)| *position);
        self.findings = kept.into_iter().map(|(_, finding)| finding).collect();
        if self.rules.iter().map(Vec::len).sum::<usize>() > MOST_RULES {
            let told: BTreeSet<(u32, u32)> =
                self.findings.iter().map(|finding| (finding.plugin, finding.rule)).collect();
            for (plugin, rules) in (0..).zip(&mut self.rules) {
                rules.retain(|rule| told.contains(&(plugin, *rule)));
            }
        }
        if report.loaded().len() > MOST_EXTENSIONS {
            self.extensions = false;
            self.rules_in = RulesIn::Driver;
        }
    }

    /// Where a rule that is written stands among those of its plugin, or of the driver if all stand there.
    pub(super) fn index(&self, plugin: u32, rule: u32) -> usize {
        let plugin = plugin as usize;
        let own = self.rules[plugin].binary_search(&rule).unwrap_or_default();
        match self.rules_in {
            RulesIn::Extensions => own,
            RulesIn::Driver => self.rules[..plugin].iter().map(Vec::len).sum::<usize>() + own,
        }
    }
}
