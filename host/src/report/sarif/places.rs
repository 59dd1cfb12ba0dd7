//! Where things stand: artifacts, and locations in them.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::text::{encode, safe, safe_lines};
use super::{Context, Extent, wire};
use crate::finding::{Place, PluginInfo};
use crate::source::{Columns, Source, Span, hex};

impl<'a> Context<'a> {
    /// The sources, and behind them the plugins.
    pub(super) fn artifacts(&self) -> Vec<wire::Artifact> {
        // Whoever joins runs has to know whether they read the same. GitHub reads no hash, so an upload has one that takes no time.
        let hash = |source: &Source| match self.extent {
            Extent::Full => ("sha-256", hex(&Sha256::digest(&source.bytes))),
            Extent::Upload => ("crc-32", format!("{:08x}", crc32fast::hash(&source.bytes))),
        };
        let source = |source: &Source| {
            let json = source.path.ends_with(".json");
            wire::Artifact {
                location: located(&source.path, None),
                length: Some(source.bytes.len()),
                roles: ["analysisTarget"],
                mime_type: if json { "application/json" } else { "application/yaml" },
                source_language: json.then_some("json"),
                hashes: [hash(source)].into(),
            }
        };
        let plugin = |plugin: &PluginInfo| wire::Artifact {
            location: component(plugin, None),
            length: None,
            roles: ["extension"],
            mime_type: "application/wasm",
            source_language: None,
            hashes: [("sha-256", plugin.digest.clone())].into(),
        };
        let plugins = self.report.loaded().iter().filter(|_| self.choice.extensions);
        self.report.sources.iter().map(source).chain(plugins.map(plugin)).collect()
    }

    /// Where a plugin was loaded from.
    pub(super) fn component_location(&self, number: usize) -> wire::ArtifactLocation {
        component(&self.report.plugins[number], Some(self.report.sources.len() + number))
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

    /// A place with its text, and with the lines around it: for readers that show more than GitHub does.
    pub(super) fn shown(&self, source: u32, span: Span) -> wire::PhysicalLocation {
        let physical = self.physical(source, span);
        if self.extent == Extent::Upload {
            return physical;
        }
        let source = &self.report.sources[source as usize];
        let context_region = physical.region.as_ref().and_then(|region| context(source, region));
        wire::PhysicalLocation { context_region, ..physical }
    }

    pub(super) fn physical(&self, source: u32, span: Span) -> wire::PhysicalLocation {
        let number = source as usize;
        let source = &self.report.sources[number];
        let region = source.region(span, Columns::Utf16);
        let snippet = self.extent == Extent::Full && !span.is_empty();
        wire::PhysicalLocation {
            artifact_location: located(&source.path, Some(number)),
            region: Some(wire::Region {
                start_line: region.start_line,
                start_column: region.start_column,
                end_line: region.end_line,
                end_column: region.end_column,
                snippet: Some(span).filter(|_| snippet).and_then(|span| snipped(source, span)),
            }),
            context_region: None,
        }
    }
}

/// Bytes of a snippet; what is longer is left to who has the file.
const LONGEST_SNIPPET: usize = 1_000;

fn snipped(source: &Source, span: Span) -> Option<wire::Text> {
    if span.end - span.start >= LONGEST_SNIPPET as u32 {
        return None;
    }
    let text = safe_lines(&source.text(span));
    (text.len() < LONGEST_SNIPPET).then(|| wire::Text::new(&text))
}

/// The lines of a region with one before and one after it, unless they are the region's alone.
fn context(source: &Source, region: &wire::Region) -> Option<wire::ContextRegion> {
    let end = source.bytes.len() as u32;
    let last = source.line_of(end);
    // Behind the last line break there is no line that anyone sees.
    let last = if last > 1 && source.line_span(last).is_empty() { last - 1 } else { last };
    let start_line = region.start_line.saturating_sub(1).max(1);
    let end_line = (region.end_line + 1).min(last);
    if (start_line, end_line) == (region.start_line, region.end_line) || end_line < start_line {
        return None;
    }
    let span = Span { start: source.line_span(start_line).start, end: source.line_span(end_line).end };
    Some(wire::ContextRegion { start_line, end_line, snippet: snipped(source, span)? })
}

pub(super) fn located(path: &str, index: Option<usize>) -> wire::ArtifactLocation {
    wire::ArtifactLocation { uri: encode(path), uri_base_id: "%SRCROOT%", index }
}

/// The file of a plugin, without the folder: that is a matter of this machine.
fn component(plugin: &PluginInfo, index: Option<usize>) -> wire::ArtifactLocation {
    let file = plugin.file.as_deref().map(Path::new).and_then(Path::file_name);
    let name =
        file.map_or_else(|| format!("{}.wasm", plugin.name), |file| file.to_string_lossy().into_owned());
    wire::ArtifactLocation { uri: encode(&name), uri_base_id: "%PLUGINROOT%", index }
}
