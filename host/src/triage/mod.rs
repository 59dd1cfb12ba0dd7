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
    let path = |finding: &Finding| sources[finding.place.source as usize].path.as_str();
    let rule = |finding: &Finding| plugins[finding.plugin as usize].rules[finding.rule as usize].id.as_str();
    findings.sort_by(|a, b| {
        let by_place = path(a).cmp(path(b)).then_with(|| a.place.span.cmp(&b.place.span));
        by_place
            .then_with(|| rule(a).cmp(rule(b)))
            .then_with(|| a.place.object.cmp(&b.place.object))
            .then_with(|| a.place.pointer.cmp(&b.place.pointer))
            .then_with(|| a.message.cmp(&b.message))
    });
    findings.dedup_by(|a, b| {
        (a.plugin, a.rule) == (b.plugin, b.rule) && a.place == b.place && a.message == b.message
    });
}

/// What the scan comes to.
pub fn verdict(findings: &[Finding], faults: &[Fault], fail_on: Option<Level>) -> Verdict {
    if !faults.is_empty() {
        return Verdict::Faults;
    }
    let failing = |finding: &Finding| fail_on.is_some_and(|level| finding.level >= level);
    if findings.iter().any(failing) { Verdict::Findings } else { Verdict::Clean }
}
