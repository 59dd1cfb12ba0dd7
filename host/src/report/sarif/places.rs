//! Where things stand: artifacts, and locations in them.

use sha2::{Digest, Sha256};

use super::text::{encode, safe};
use super::{Context, wire};
use crate::finding::Place;
use crate::source::{Columns, Source, Span, hex};

impl<'a> Context<'a> {
    pub(super) fn artifacts(&self) -> Vec<wire::Artifact> {
        let artifact = |source: &Source| wire::Artifact {
            location: located(&source.path, None),
            length: source.bytes.len(),
            roles: ["analysisTarget"],
            mime_type: if source.path.ends_with(".json") { "application/json" } else { "application/yaml" },
            hashes: [("sha-256", hex(&Sha256::digest(&source.bytes)))].into(),
        };
        self.report.sources.iter().map(artifact).collect()
    }

    pub(super) fn artifact_of(&self, file: &str) -> Option<usize> {
        self.report.sources.iter().position(|source| source.path == file)
    }

    pub(super) fn location(&self, place: &Place) -> wire::Location {
        let identity = self.report.objects[place.object as usize].identity();
        let parts = [identity.api_version, identity.kind, identity.namespace, identity.name];
        let object = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        let name = if identity.name.is_empty() { identity.kind } else { identity.name };
        if identity.kind.is_empty() {
            // The configuration is no object.
            return wire::Location::plain(self.physical(place.source, place.span));
        }
        wire::Location {
            logical_locations: vec![wire::LogicalLocation {
                name: safe(name),
                kind: "resource",
                fully_qualified_name: safe(&format!("{object}#{}", place.pointer(self.report.objects))),
            }],
            ..wire::Location::plain(self.physical(place.source, place.span))
        }
    }

    pub(super) fn physical(&self, source: u32, span: Span) -> wire::PhysicalLocation {
        let number = source as usize;
        let source = &self.report.sources[number];
        let region = source.region(span, Columns::Utf16);
        let text = if span.end - span.start < 1000 { source.text(span) } else { "".into() };
        wire::PhysicalLocation {
            artifact_location: located(&source.path, Some(number)),
            region: Some(wire::Region {
                start_line: region.start_line,
                start_column: region.start_column,
                end_line: region.end_line,
                end_column: region.end_column,
                snippet: Some(safe(&text))
                    .filter(|text| !text.is_empty() && text.len() < 1000)
                    .map(|text| wire::Text::new(&text)),
            }),
        }
    }
}

pub(super) fn located(path: &str, index: Option<usize>) -> wire::ArtifactLocation {
    wire::ArtifactLocation { uri: encode(path), uri_base_id: "%SRCROOT%", index }
}
