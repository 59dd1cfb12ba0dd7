//! The findings as results, and their fingerprints.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::super::fingerprint::of_lines;
use super::text::{message, severity};
use super::{Context, Extent, Identity, wire};
use crate::finding::Finding;
use crate::fingerprint::of_object;

/// Related places of a result; GitHub keeps a hundred locations of each.
const MOST_RELATED: usize = 99;

/// The results, made one by one while they are written.
pub(super) struct Results<'a>(pub(super) &'a Context<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(context) = self;
        let found = (0..context.choice.findings.len()).map(|position| context.result(position));
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
        let finding = self.choice.findings[position];
        let rule = self.report.rule(finding);
        let full = self.extent == Extent::Full;
        let (text, related) = self.told(finding);
        let (rule_reference, rule_index) = self.reference(&rule.id, finding.plugin, finding.rule);
        wire::Result {
            rule_id: &rule.id,
            rule: rule_reference,
            rule_index,
            kind: "fail",
            level: finding.level.name(),
            rank: severity(rule).filter(|_| full).map(|severity| (severity * 1000.0).round() / 100.0),
            baseline_state: self.baseline_state(finding),
            message: wire::Text::new(&text),
            locations: [wire::Location {
                physical_location: self.shown(finding.place.source, finding.place.span),
                ..self.location(&finding.place)
            }],
            related_locations: related,
            partial_fingerprints: self.fingerprints(position),
            suppressions: self.suppressions(finding),
            taxa: if full { self.taxonomies.references(rule) } else { Vec::new() },
        }
    }

    /// The message with a link to each related place, and those places.
    fn told(&self, finding: &Finding) -> (String, Vec<wire::Location>) {
        let most = if self.extent == Extent::Full { usize::MAX } else { MOST_RELATED };
        let mut text = message(&finding.message);
        let mut related = Vec::new();
        for (id, (place, note)) in (1..).zip(finding.related.iter().take(most)) {
            let note = message(note);
            // GitHub shows a related location only where the message links to it.
            let escaped = note.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
            text.push_str(&format!(" ([{escaped}]({id}))"));
            related.push(wire::Location {
                id: Some(id),
                message: Some(wire::Text::new(&note)),
                ..self.location(place)
            });
        }
        if finding.related.len() > most {
            text.push_str(&format!(" (and {} more places)", finding.related.len() - most));
        }
        (text, related)
    }

    fn fingerprints(&self, position: usize) -> wire::Fingerprints {
        let finding = self.choice.findings[position];
        let object = &self.report.objects[finding.place.object as usize];
        let resource_path = of_object(&self.report.rule(finding).id, &finding.place, object);
        let main = match self.report.sarif.identity {
            Identity::Line => self.line_hash(position),
            Identity::Object => {
                let mut written = self.written.borrow_mut();
                let times = written.entry(resource_path.clone()).or_default();
                *times += 1;
                Some(format!("{resource_path}:{times}"))
            }
        };
        wire::Fingerprints { primary_location_line_hash: main, resource_path }
    }

    /// The fingerprint of the line on which a result begins.
    fn line_hash(&self, position: usize) -> Option<String> {
        let number = self.choice.findings[position].place.source;
        let source = &self.report.sources[number as usize];
        let line_of = |finding: &&Finding| source.line_of(finding.place.span.start);
        let line = line_of(&self.choice.findings[position]);
        let mut known = self.lines.borrow_mut();
        if known.as_ref().is_none_or(|known| known.source != number) {
            let rest =
                self.choice.findings[position..].iter().take_while(|finding| finding.place.source == number);
            let lines: Vec<u32> = rest.map(line_of).collect::<BTreeSet<_>>().into_iter().collect();
            let fingerprints = of_lines(source, &lines);
            *known = Some(SourceLines { source: number, lines, fingerprints });
        }
        let known = known.as_ref()?;
        let position = known.lines.binary_search(&line).ok()?;
        known.fingerprints.get(position).cloned()
    }
}
