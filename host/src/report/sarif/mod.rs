//! SARIF 2.1.0 as GitHub code scanning reads it: one run, an extension a plugin, every enabled rule, regions in UTF-16 units.

mod wire;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::page::markdown;
use super::{Report, fingerprint};
use crate::finding::{Fault, FaultKind, Finding, Place, PluginInfo, RuleInfo};
use crate::source::{Columns, Source, Span, hex, is_deceptive};

/// Results that GitHub keeps of one upload.
const MOST_RESULTS: usize = 5_000;
const HOME: &str = "https://github.com/plimsoll-dev/plimsoll";

/// How much of a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What GitHub keeps of an upload: the worst results.
    Upload,
    /// Everything.
    Full,
}

/// Writes the report as SARIF. Results are made one by one while they are written.
pub fn sarif(report: &Report<'_>, extent: Extent, out: &mut dyn Write) -> io::Result<()> {
    let context = Context::new(report, extent);
    let log = wire::Log {
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [wire::Run {
            tool: wire::Tool { driver: driver(), extensions: context.extensions() },
            automation_details: report.category.map(|category| wire::AutomationDetails {
                id: format!("{}/", category.trim_end_matches('/')),
            }),
            invocations: [context.invocation()],
            original_uri_base_ids: [
                ("%SRCROOT%", "The root of the repository."),
                ("%PLUGINROOT%", "Where plugins were loaded from."),
            ]
            .map(|(name, text)| (name, wire::UriBase { description: wire::Text::new(text) }))
            .into(),
            artifacts: context.artifacts(),
            column_kind: "utf16CodeUnits",
            default_encoding: "utf-8",
            default_source_language: "yaml",
            newline_sequences: ["\r\n", "\n", "\r"],
            results: Results(&context),
        }],
    };
    serde_json::to_writer(&mut *out, &log)?;
    writeln!(out)
}

/// The results, made one by one while they are written.
struct Results<'a>(&'a Context<'a>);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.0.chosen.len()).map(|position| self.0.result(position)))
    }
}

struct Context<'a> {
    report: &'a Report<'a>,
    chosen: Vec<&'a Finding>,
    left_out: usize,
    /// The lines of the source whose results are being written: results stand source by source.
    lines: RefCell<Option<SourceLines>>,
}

/// A source by its position, and the fingerprints of those of its lines on which results begin.
struct SourceLines {
    source: u32,
    lines: Vec<u32>,
    fingerprints: Vec<String>,
}

impl<'a> Context<'a> {
    fn new(report: &'a Report<'a>, extent: Extent) -> Self {
        let mut chosen: Vec<&Finding> = report.findings.iter().collect();
        let left_out = match extent {
            Extent::Upload => chosen.len().saturating_sub(MOST_RESULTS),
            Extent::Full => 0,
        };
        if left_out > 0 {
            // The worst stay; the sort is stable, so among equals the first.
            let mut worst: Vec<usize> = (0..chosen.len()).collect();
            worst.sort_by_key(|position| std::cmp::Reverse(chosen[*position].level));
            let kept: BTreeSet<usize> = worst.into_iter().take(MOST_RESULTS).collect();
            chosen = kept.into_iter().map(|position| chosen[position]).collect();
        }
        Self { report, chosen, left_out, lines: RefCell::new(None) }
    }

    fn extensions(&self) -> Vec<wire::Extension<'a>> {
        let enabled = |(plugin, rules): &(&'a PluginInfo, &'a Vec<u32>)| wire::Extension {
            name: &plugin.name,
            full_name: format!("{} {}", plugin.name, plugin.version),
            version: &plugin.version,
            semantic_version: &plugin.version,
            short_description: Some(&plugin.summary)
                .filter(|summary| !summary.is_empty())
                .map(|summary| wire::Text::new(summary)),
            rules: rules.iter().map(|rule| descriptor(plugin, &plugin.rules[*rule as usize])).collect(),
            properties: wire::ExtensionProperties { digest: format!("sha256:{}", plugin.digest) },
        };
        self.report.plugins.iter().zip(self.report.enabled).map(|pair| enabled(&pair)).collect()
    }

    fn invocation(&self) -> wire::Invocation {
        let mut notifications: Vec<wire::Notification> =
            self.report.faults.iter().map(|fault| self.notification(fault)).collect();
        if self.left_out > 0 {
            notifications.push(wire::Notification {
                level: "warning",
                descriptor: wire::Reference { id: "core/results-left-out", index: FAULTS.len() },
                message: wire::Text::new(&format!(
                    "{} of {} results were left out: GitHub keeps the worst {MOST_RESULTS} of an upload. `--format sarif-full` has all.",
                    self.left_out,
                    self.report.findings.len()
                )),
                locations: Vec::new(),
            });
        }
        wire::Invocation {
            // Whether all was looked at, not whether something was found.
            execution_successful: self.report.faults.is_empty(),
            exit_code: self.report.exit_code,
            tool_execution_notifications: notifications,
        }
    }

    fn notification(&self, fault: &'a Fault) -> wire::Notification {
        let plugin = fault.plugin.as_ref().map(|plugin| format!("plugin {plugin}: ")).unwrap_or_default();
        let file = fault.file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default();
        let location = match (fault.at, fault.file.as_deref()) {
            (Some((source, span)), _) => Some(self.physical(source, span)),
            (None, Some(file)) => Some(wire::PhysicalLocation {
                artifact_location: located(file, self.artifact_of(file)),
                region: None,
            }),
            (None, None) => None,
        };
        wire::Notification {
            level: "error",
            descriptor: wire::Reference {
                id: notification_id(fault.kind),
                index: notification_index(fault.kind),
            },
            message: wire::Text::new(&format!("{file}{plugin}{}", message(&fault.message))),
            locations: location.map(wire::Location::plain).into_iter().collect(),
        }
    }

    fn artifact_of(&self, file: &str) -> Option<usize> {
        self.report.sources.iter().position(|source| source.path == file)
    }

    fn artifacts(&self) -> Vec<wire::Artifact> {
        let artifact = |source: &Source| wire::Artifact {
            location: located(&source.path, None),
            length: source.bytes.len(),
            roles: ["analysisTarget"],
            mime_type: if source.path.ends_with(".json") { "application/json" } else { "application/yaml" },
            hashes: [("sha-256", hex(&Sha256::digest(&source.bytes)))].into(),
        };
        self.report.sources.iter().map(artifact).collect()
    }

    fn result(&self, position: usize) -> wire::Result<'a> {
        let finding = self.chosen[position];
        let plugin = &self.report.plugins[finding.plugin as usize];
        let rule = self.report.rule(finding);
        let enabled = &self.report.enabled[finding.plugin as usize];
        let index = enabled.iter().position(|rule| *rule == finding.rule).unwrap_or_default();
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
            rule_id: &rule.id,
            rule: wire::RuleReference {
                id: &rule.id,
                index,
                tool_component: wire::ComponentReference {
                    index: finding.plugin as usize,
                    name: &plugin.name,
                },
            },
            kind: "fail",
            level: finding.level.name(),
            message: wire::Text::new(&text),
            locations: [self.location(&finding.place)],
            related_locations: related,
            partial_fingerprints: wire::Fingerprints {
                primary_location_line_hash: self.line_hash(position),
                resource_path: fingerprint::of_object(&rule.id, &finding.place, object),
            },
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
            let fingerprints = fingerprint::of_lines(source, &lines);
            *known = Some(SourceLines { source: number, lines, fingerprints });
        }
        let known = known.as_ref()?;
        let position = known.lines.binary_search(&line).ok()?;
        known.fingerprints.get(position).cloned()
    }

    fn location(&self, place: &Place) -> wire::Location {
        let identity = self.report.objects[place.object as usize].identity();
        let parts = [identity.api_version, identity.kind, identity.namespace, identity.name];
        let object = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        let name = if identity.name.is_empty() { identity.kind } else { identity.name };
        wire::Location {
            logical_locations: vec![wire::LogicalLocation {
                name: safe(name),
                kind: "resource",
                fully_qualified_name: safe(&format!("{object}#{}", place.pointer(self.report.objects))),
            }],
            ..wire::Location::plain(self.physical(place.source, place.span))
        }
    }

    fn physical(&self, source: u32, span: Span) -> wire::PhysicalLocation {
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

fn driver() -> wire::Driver {
    let version = env!("CARGO_PKG_VERSION");
    let mut notifications: Vec<wire::NotificationDescriptor> = FAULTS
        .iter()
        .map(|(kind, text)| wire::NotificationDescriptor::new(notification_id(*kind), text, "error"))
        .collect();
    notifications.push(wire::NotificationDescriptor::new(
        "core/results-left-out",
        "There are more results than GitHub keeps of an upload.",
        "warning",
    ));
    wire::Driver {
        name: "plimsoll",
        full_name: format!("Plimsoll {version}"),
        version,
        semantic_version: version,
        information_uri: HOME,
        language: "en-US",
        rules: [],
        notifications,
    }
}

/// Every kind of fault, with what a reader should know of it.
const FAULTS: [(FaultKind, &str); 11] = [
    (FaultKind::Unreadable, "A file could not be read, so nothing in it was checked."),
    (FaultKind::Syntax, "A document is not YAML or JSON that Kubernetes would read, so it was not checked."),
    (FaultKind::Template, "A template was not rendered, so what it becomes was not checked."),
    (FaultKind::Object, "A document looks like an object and is none, so it was not checked."),
    (FaultKind::Fuel, "A plugin used up its fuel; its findings are not complete."),
    (FaultKind::Time, "A plugin took longer than it may on this machine; its findings are not complete."),
    (FaultKind::Memory, "A plugin used up its memory; its findings are not complete."),
    (FaultKind::Stack, "The stack of a plugin overflowed; its findings are not complete."),
    (FaultKind::Output, "A plugin returned more than is allowed; its findings are not complete."),
    (FaultKind::Trap, "A plugin stopped with an error; its findings are not complete."),
    (FaultKind::Nonsense, "A plugin answered what makes no sense; its findings are not complete."),
];

fn notification_id(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Unreadable => "core/unreadable",
        FaultKind::Syntax => "core/syntax",
        FaultKind::Template => "core/template",
        FaultKind::Object => "core/object",
        FaultKind::Fuel => "core/plugin-fuel",
        FaultKind::Time => "core/plugin-time",
        FaultKind::Memory => "core/plugin-memory",
        FaultKind::Stack => "core/plugin-stack",
        FaultKind::Output => "core/plugin-output",
        FaultKind::Trap => "core/plugin-trap",
        FaultKind::Nonsense => "core/plugin-nonsense",
    }
}

fn notification_index(kind: FaultKind) -> usize {
    FAULTS.iter().position(|(known, _)| *known == kind).unwrap_or_default()
}

fn descriptor<'a>(plugin: &'a PluginInfo, rule: &'a RuleInfo) -> wire::Descriptor<'a> {
    let security = rule.security_severity.is_some();
    let mut tags = vec!["kubernetes"];
    if security {
        tags.push("security");
    }
    tags.push(&plugin.name);
    tags.extend(rule.profiles.iter().map(String::as_str).take(6));
    let first_paragraph = rule.docs.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let full = if first_paragraph.is_empty() { sentence(&rule.summary) } else { first_paragraph };
    wire::Descriptor {
        id: &rule.id,
        name: pascal_case(rule.short_id()),
        short_description: wire::Text::new(&capped(&sentence(&rule.summary), 1024)),
        full_description: wire::Text::new(&capped(&full, 1024)),
        default_configuration: wire::Configuration { level: rule.level.name() },
        help_uri: help_uri(plugin, rule),
        help: wire::Help {
            text: if rule.docs.is_empty() { sentence(&rule.summary) } else { rule.docs.to_string() },
            markdown: markdown(rule),
        },
        properties: wire::RuleProperties {
            tags,
            precision: "high",
            security_severity: rule.security_severity.as_deref(),
            problem_severity: (!security).then_some(match rule.level.name() {
                "note" => "recommendation",
                level => level,
            }),
        },
    }
}

/// Where the page of a rule stands online. Those of other plugins stand in the file itself.
fn help_uri(plugin: &PluginInfo, rule: &RuleInfo) -> String {
    if plugin.file.is_none() {
        format!("{HOME}/blob/main/docs/rules/{}.md", rule.id)
    } else {
        HOME.to_owned()
    }
}

fn located(path: &str, index: Option<usize>) -> wire::ArtifactLocation {
    wire::ArtifactLocation { uri: encode(path), uri_base_id: "%SRCROOT%", index }
}

/// A path as a relative URI.
fn encode(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

/// Text that may come from a manifest, so that it neither forges a link nor acts on who reads it.
fn safe(text: &str) -> String {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => out.push(' '),
            letter if is_deceptive(letter) => out.extend(letter.escape_unicode()),
            letter => out.push(letter),
        }
    }
    out
}

/// Text of a message: nothing that comes from a manifest may look like a link.
fn message(text: &str) -> String {
    let safe = safe(text);
    if safe.contains("](") { safe.replace("](", "] (") } else { safe }
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

fn capped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        text.to_owned()
    } else {
        text.chars().take(most - 1).chain(['…']).collect()
    }
}

fn pascal_case(id: &str) -> String {
    id.split('-')
        .flat_map(|word| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)))
        .collect()
}
