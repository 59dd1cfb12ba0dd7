//! What became of a finding: suppressed, known, or gone since the baseline.

use super::text::safe;
use super::{Context, Extent, wire};
use crate::finding::{Absent, Finding, Level, Origin};
use crate::fingerprint::KEY;

impl<'a> Context<'a> {
    /// Whether a finding is new, where there is a baseline.
    pub(super) fn baseline_state(&self, finding: &Finding) -> Option<&'static str> {
        self.tells_state().then_some(if finding.known { "unchanged" } else { "new" })
    }

    /// What accepts a finding. If one result says so, all do: an empty list says that nothing does.
    pub(super) fn suppressions(&self, finding: &Finding) -> Option<Vec<wire::Suppression>> {
        if self.extent == Extent::Upload || self.report.suppressions.is_empty() {
            return None;
        }
        let accepted = finding.suppressed.map(|position| &self.report.suppressions[position as usize]);
        let told = accepted.map(|suppression| wire::Suppression {
            kind: if suppression.origin == Origin::Configuration { "external" } else { "inSource" },
            status: "accepted",
            justification: safe(&suppression.reason),
            location: self
                .report
                .sources
                .get(suppression.source as usize)
                .map(|_| wire::Location::plain(self.physical(suppression.source, suppression.span))),
            properties: wire::SuppressionProperties {
                origin: suppression.origin.name(),
                until: suppression.until.clone(),
            },
        });
        Some(told.into_iter().collect())
    }

    /// What is gone since the baseline; nothing of it is for GitHub, which finds out by itself.
    pub(super) fn absent(&self) -> &'a [Absent] {
        match self.report.absent {
            Some(absent) if self.tells_state() => absent,
            _ => &[],
        }
    }

    /// A finding of the baseline as a result. Where it stood nobody knows any longer, but for the file.
    pub(super) fn absent_result(&self, absent: &'a Absent) -> wire::Result<'a> {
        let plugins = self.report.plugins.iter().zip(0u32..);
        let all = plugins.flat_map(|(plugin, number)| {
            plugin.rules.iter().zip(0..).map(move |(rule, at)| (rule, (number, at)))
        });
        let known = all.into_iter().find(|(rule, _)| rule.id == absent.rule);
        let (level, at) = known.map_or((Level::Warning, None), |(rule, at)| (rule.level, Some(at)));
        let (rule, rule_index) =
            at.map_or((None, None), |(plugin, rule)| self.rule_of(&absent.rule, plugin, rule));
        let whole =
            wire::Region { start_line: 1, start_column: 1, end_line: 1, end_column: 1, snippet: None };
        let location = wire::PhysicalLocation {
            artifact_location: super::places::located(&absent.file, None),
            region: Some(whole),
        };
        wire::Result {
            rule_id: &absent.rule,
            rule,
            rule_index,
            kind: "fail",
            level: level.name(),
            baseline_state: Some("absent"),
            message: wire::Text::new(&safe(if absent.message.is_empty() { "gone" } else { &absent.message })),
            locations: [wire::Location::plain(location)],
            related_locations: Vec::new(),
            partial_fingerprints: [(KEY, absent.fingerprint.clone())].into(),
            suppressions: (!self.report.suppressions.is_empty()).then(Vec::new),
        }
    }

    /// The levels that the configuration gives, of the rules that were on.
    pub(super) fn overrides(&self) -> Vec<wire::Override<'a>> {
        let mut changed: Vec<(&(u32, u32), &Level)> = self.report.levels.iter().collect();
        changed.sort_by_key(|(at, _)| **at);
        let told = changed.into_iter().filter_map(|((plugin, rule), level)| {
            let id = &self.report.plugins[*plugin as usize].rules[*rule as usize].id;
            let descriptor = match self.rule_of(id, *plugin, *rule) {
                (Some(wire::RuleReference { id, index, tool_component }), _) => {
                    wire::RuleDescriptor { id, index, tool_component: Some(tool_component) }
                }
                (None, Some(index)) => wire::RuleDescriptor { id, index, tool_component: None },
                (None, None) => return None,
            };
            Some(wire::Override { configuration: wire::Configuration { level: level.name() }, descriptor })
        });
        told.collect()
    }

    fn tells_state(&self) -> bool {
        self.extent == Extent::Full && self.report.absent.is_some()
    }

    /// A rule of an extension by reference, one of the host by its position in the driver.
    pub(super) fn rule_of(
        &self,
        id: &'a str,
        plugin: u32,
        rule: u32,
    ) -> (Option<wire::RuleReference<'a>>, Option<usize>) {
        let enabled = &self.report.enabled[plugin as usize];
        let index = enabled.iter().position(|enabled| *enabled == rule);
        if plugin as usize + 1 == self.report.plugins.len() {
            return (None, index);
        }
        let name = &self.report.plugins[plugin as usize].name;
        let tool_component = wire::ComponentReference { index: plugin as usize, name };
        (index.map(|index| wire::RuleReference { id, index, tool_component }), None)
    }
}
