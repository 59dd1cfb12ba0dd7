//! What became of a finding: suppressed, known, or gone since the baseline.

use super::super::fingerprint::of_lines;
use super::places::located;
use super::text::{message, safe};
use super::{Context, Extent, RulesIn, wire};
use crate::finding::{Absent, Finding, Level, Origin};
use crate::source::Columns;

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

    /// A finding of the baseline as a result. Where it stood in its file nobody knows any longer.
    pub(super) fn absent_result(&self, absent: &'a Absent) -> wire::Result<'a> {
        let level = self.at(&absent.rule).map(|(plugin, rule)| {
            let own = self.report.plugins[plugin as usize].rules[rule as usize].level;
            *self.report.levels.get(&(plugin, rule)).unwrap_or(&own)
        });
        let (rule, rule_index) = match self.at(&absent.rule) {
            Some((plugin, rule)) => self.reference(&absent.rule, plugin, rule),
            None => (None, None),
        };
        let number = self.artifact_of(&absent.file);
        let known = number.map(|number| &self.report.sources[number]);
        let end_column =
            known.map_or(2, |source| source.region(source.line_span(1), Columns::Utf16).end_column);
        let (start_line, start_column, end_line) = (1, 1, 1);
        let location = wire::PhysicalLocation {
            artifact_location: located(&absent.file, number),
            region: Some(wire::Region {
                start_line,
                start_column,
                end_line,
                end_column: end_column.max(2),
                snippet: None,
            }),
            context_region: None,
        };
        let hash = number.and_then(|number| self.hash_of_first_line(number));
        wire::Result {
            rule_id: &absent.rule,
            rule,
            rule_index,
            kind: "fail",
            level: level.unwrap_or(Level::Warning).name(),
            rank: None,
            baseline_state: Some("absent"),
            message: wire::Text::new(&match absent.message.as_str() {
                "" => "This is gone.".to_owned(),
                told => message(told),
            }),
            locations: [wire::Location::plain(location)],
            related_locations: Vec::new(),
            partial_fingerprints: wire::Fingerprints {
                primary_location_line_hash: Some(hash.unwrap_or_else(|| as_hash(&absent.fingerprint))),
                resource_path: absent.fingerprint.clone(),
            },
            taxa: Vec::new(),
            suppressions: (!self.report.suppressions.is_empty()).then(Vec::new),
        }
    }

    fn hash_of_first_line(&self, number: usize) -> Option<String> {
        let mut first = self.first.borrow_mut();
        if first.as_ref().is_none_or(|(known, _)| *known != number) {
            *first = Some((number, of_lines(&self.report.sources[number], &[1]).pop()));
        }
        first.as_ref()?.1.clone()
    }

    /// The positions of the plugin and of the rule that has an id.
    fn at(&self, id: &str) -> Option<(u32, u32)> {
        let plugins = self.report.plugins.iter().zip(0u32..);
        let mut all = plugins.flat_map(|(plugin, number)| {
            plugin.rules.iter().zip(0..).map(move |(rule, at)| (rule, (number, at)))
        });
        all.find(|(rule, _)| rule.id == id).map(|(_, at)| at)
    }

    /// The levels that the configuration gives, of the rules that were on.
    pub(super) fn overrides(&self) -> Vec<wire::Override<'a>> {
        let mut changed: Vec<(&(u32, u32), &Level)> = self.report.levels.iter().collect();
        changed.sort_by_key(|(at, _)| **at);
        let is_written = |at: &(u32, u32)| self.choice.rules[at.0 as usize].contains(&at.1);
        let written = changed.into_iter().filter(|(at, _)| is_written(at));
        let told = written.filter_map(|((plugin, rule), level)| {
            let id = &self.report.plugins[*plugin as usize].rules[*rule as usize].id;
            let descriptor = match self.reference(id, *plugin, *rule) {
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

    /// A rule of an extension by reference, one of the driver by its position.
    pub(super) fn reference(
        &self,
        id: &'a str,
        plugin: u32,
        rule: u32,
    ) -> (Option<wire::RuleReference<'a>>, Option<usize>) {
        let index = self.choice.index(plugin, rule);
        match self.report.loaded().get(plugin as usize) {
            Some(info) if self.choice.rules_in == RulesIn::Extensions => {
                let tool_component = wire::ComponentReference { index: plugin as usize, name: &info.name };
                (Some(wire::RuleReference { id, index, tool_component }), None)
            }
            _ => (None, Some(index)),
        }
    }
}

/// What stands for the hash of a line that is no longer there: it looks like one, and is as stable as the fingerprint.
fn as_hash(fingerprint: &str) -> String {
    let digits: String = fingerprint.chars().take(16).collect();
    format!("{}:1", Some(digits.trim_start_matches('0')).filter(|digits| !digits.is_empty()).unwrap_or("0"))
}
