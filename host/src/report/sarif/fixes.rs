//! The fixes of findings, as replacements in texts, for readers that apply them. GitHub does not.

use super::places::located;
use super::text::safe;
use super::{Context, Extent, wire};
use crate::edit::Replacement;
use crate::finding::Finding;
use crate::source::Columns;

impl<'a> Context<'a> {
    /// The fix of a finding, if it can be written into its sources.
    pub(super) fn fixes(&self, finding: &Finding) -> Vec<wire::Fix> {
        let Some(fix) = finding.fix.as_ref().filter(|_| self.extent == Extent::Full) else {
            return Vec::new();
        };
        let Ok(all) = self.editor.replacements(fix) else { return Vec::new() };
        let changes = all.chunk_by(|one, next| one.source == next.source).map(|of_source| {
            let number = of_source[0].source as usize;
            let source = &self.report.sources[number];
            let replacement = |Replacement { span, text, .. }: &Replacement| {
                let region = source.region(*span, Columns::Utf16);
                wire::Replacement {
                    deleted_region: wire::Region {
                        start_line: region.start_line,
                        start_column: region.start_column,
                        end_line: region.end_line,
                        end_column: region.end_column,
                        snippet: None,
                    },
                    inserted_content: Some(wire::Text::new(text)).filter(|_| !text.is_empty()),
                }
            };
            wire::ArtifactChange {
                artifact_location: located(&source.path, Some(number)),
                replacements: of_source.iter().map(replacement).collect(),
            }
        });
        let artifact_changes: Vec<wire::ArtifactChange> = changes.collect();
        if artifact_changes.is_empty() {
            return Vec::new();
        }
        vec![wire::Fix { description: wire::Text::new(&safe(&fix.description)), artifact_changes }]
    }
}
