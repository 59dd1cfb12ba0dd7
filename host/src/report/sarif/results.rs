//! The findings as results, and their fingerprints.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::super::fingerprint::of_lines;
use super::text::message;
use super::{Context, wire};
use crate::finding::Finding;
use crate::fingerprint::{KEY, of_object};

/// The results, made one by one while they are written.
pub(super) struct Results<'a>(pub(super) &'a Context<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(context) = self;
        let found = (0..context.chosen.len()).map(|position| context.result(position));
        let absent = context.absent().iter().map(|absent| context.absent_result(absent));
        serializer.collect_seq(found.chain(absent))
    }
}

/// A source by its position, and the fingerprints of those of its lines on which results begin.
pub(super) struct SourceLines {
    source: u32,
    lines: Vec<u32>,
    fingerprints: Vec<String>,
}

impl<'a> Context<'a> {
    fn result(&self, position: usize) -> wire::Result<'a> {
        let finding = self.chosen[position];
        let id = &self.report.rule(finding).id;
        let (rule, rule_index) = self.rule_of(id, finding.plugin, finding.rule);
        let object = &self.report.objects[finding.place.object as usize];
        let mut text = message(&finding.message);
        let mut related = Vec::new();
        for (position, (place, note)) in finding.related.iter().enumerate() {
            let note = message(note);
            // GitHub shows a related location only where the message links to it.
            text.push_str(&format!(
                " ([{}]({}))",
                note.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]"),
                position + 1
            ));
            related.push(wire::Location {
                id: Some(position + 1),
                message: Some(wire::Text::new(&note)),
                ..self.location(place)
            });
        }
        wire::Result {
            rule_id: id,
            rule,
            rule_index,
            kind: "fail",
            level: finding.level.name(),
            baseline_state: self.baseline_state(finding),
            message: wire::Text::new(&text),
            locations: [self.location(&finding.place)],
            related_locations: related,
            partial_fingerprints: self
                .line_hash(position)
                .map(|hash| ("primaryLocationLineHash", hash))
                .into_iter()
                .chain([(KEY, of_object(id, &finding.place, object))])
                .collect(),
            suppressions: self.suppressions(finding),
        }
    }

    /// The fingerprint of the line on which a result begins.
    fn line_hash(&self, position: usize) -> Option<String> {
        let number = self.chosen[position].place.source;
        let source = &self.report.sources[number as usize];
        let line_of = |finding: &&Finding| source.line_of(finding.place.span.start);
        let line = line_of(&self.chosen[position]);
        let mut known = self.lines.borrow_mut();
        if known.as_ref().is_none_or(|known| known.source != number) {
            let rest = self.chosen[position..].iter().take_while(|finding| finding.place.source == number);
            let lines: Vec<u32> = rest.map(line_of).collect::<BTreeSet<_>>().into_iter().collect();
            let fingerprints = of_lines(source, &lines);
            *known = Some(SourceLines { source: number, lines, fingerprints });
        }
        let known = known.as_ref()?;
        let position = known.lines.binary_search(&line).ok()?;
        known.fingerprints.get(position).cloned()
    }
}
