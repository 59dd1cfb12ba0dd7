//! The parts of SARIF 2.1.0 that we write, for serde. The SARIF crates on crates.io are unkept or bring thirty others; what is
//! needed here is small and only ever written. Names and nesting are those of the standard.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

/// Structs of which every field is written under its SARIF name, and left out where it is empty.
macro_rules! wire {
    ($(struct $name:ident $(<$($param:tt),*>)? { $($(#[$meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        pub(super) struct $name $(<$($param),*>)? { $($(#[$meta])* pub(super) $field: $type,)* }
    )*};
}

wire! {
    struct Text { text: String, }
    struct Help { text: String, markdown: String, }
    struct UriBase { description: Text, }
    struct AutomationDetails { id: String, }
    struct Configuration { level: &'static str, }
    struct Reference { id: &'static str, index: usize, }

    struct Tool<'a> {
        driver: Driver<'a>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        extensions: Vec<Extension<'a>>,
    }
    struct Driver<'a> {
        name: &'static str,
        full_name: String,
        organization: &'static str,
        version: &'static str,
        semantic_version: &'static str,
        guid: &'static str,
        information_uri: &'static str,
        download_uri: String,
        language: &'static str,
        rules: Vec<Descriptor<'a>>,
        notifications: Vec<NotificationDescriptor>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        supported_taxonomies: Vec<SupportedTaxonomy>,
    }
    struct Extension<'a> {
        name: &'a str,
        full_name: String,
        guid: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        semantic_version: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        short_description: Option<Text>,
        associated_component: ComponentGuid,
        locations: [ArtifactLocation; 1],
        rules: Vec<Descriptor<'a>>,
        properties: ExtensionProperties,
    }
    struct ExtensionProperties { digest: String, source: &'static str, }
    struct ComponentGuid { name: &'static str, guid: &'static str, }
    struct SupportedTaxonomy { name: &'static str, index: usize, guid: String, }
    struct Descriptor<'a> {
        id: &'a str,
        guid: String,
        name: String,
        short_description: Text,
        full_description: Text,
        default_configuration: Configuration,
        help_uri: String,
        help: Cow<'a, RawValue>,
        properties: RuleProperties,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        relationships: Vec<Relationship>,
    }
    struct RuleProperties {
        tags: Vec<String>,
        precision: &'static str,
        #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
        security_severity: Option<String>,
        #[serde(rename = "problem.severity", skip_serializing_if = "Option::is_none")]
        problem_severity: Option<&'static str>,
    }
    struct NotificationDescriptor {
        id: &'static str,
        name: String,
        short_description: Text,
        full_description: Text,
        help: Text,
        default_configuration: Configuration,
    }
    struct Invocation<'a> {
        execution_successful: bool,
        exit_code: u8,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        rule_configuration_overrides: Vec<Override<'a>>,
        exit_code_description: &'static str,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_execution_notifications: Vec<Notification<'a>>,
    }
    struct Override<'a> { configuration: Configuration, descriptor: RuleDescriptor<'a>, }
    struct RuleDescriptor<'a> {
        id: &'a str,
        index: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        tool_component: Option<ComponentReference<'a>>,
    }
    struct Notification<'a> {
        level: &'static str,
        descriptor: Reference,
        message: Text,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        locations: Vec<Location>,
        #[serde(skip_serializing_if = "Option::is_none")]
        properties: Option<NotificationProperties<'a>>,
    }
    struct NotificationProperties<'a> { plugin: &'a str, plugin_digest: String, }
    struct Artifact {
        location: ArtifactLocation,
        #[serde(skip_serializing_if = "Option::is_none")]
        length: Option<usize>,
        roles: [&'static str; 1],
        mime_type: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        source_language: Option<&'static str>,
        hashes: BTreeMap<&'static str, String>,
    }
    struct ArtifactLocation {
        uri: String,
        uri_base_id: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        index: Option<usize>,
    }
    struct PhysicalLocation {
        artifact_location: ArtifactLocation,
        #[serde(skip_serializing_if = "Option::is_none")]
        region: Option<Region>,
        #[serde(skip_serializing_if = "Option::is_none")]
        context_region: Option<ContextRegion>,
    }
    struct ContextRegion { start_line: u32, end_line: u32, snippet: Text, }
    struct Region {
        start_line: u32,
        start_column: u32,
        end_line: u32,
        end_column: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        snippet: Option<Text>,
    }
    struct LogicalLocation { name: String, kind: &'static str, fully_qualified_name: String, }
    struct Location {
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<usize>,
        physical_location: PhysicalLocation,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        logical_locations: Vec<LogicalLocation>,
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<Text>,
    }
    struct ComponentReference<'a> { index: usize, name: &'a str, }
    struct RuleReference<'a> { id: &'a str, index: usize, tool_component: ComponentReference<'a>, }
    struct Result<'a> {
        rule_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<RuleReference<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        rule_index: Option<usize>,
        kind: &'static str,
        level: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        rank: Option<f64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        baseline_state: Option<&'static str>,
        message: Text,
        locations: [Location; 1],
        #[serde(skip_serializing_if = "Vec::is_empty")]
        related_locations: Vec<Location>,
        partial_fingerprints: Fingerprints,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        taxa: Vec<TaxonReference>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        fixes: Vec<Fix>,
        #[serde(skip_serializing_if = "Option::is_none")]
        suppressions: Option<Vec<Suppression>>,
    }
    struct Fix { description: Text, artifact_changes: Vec<ArtifactChange>, }
    struct ArtifactChange { artifact_location: ArtifactLocation, replacements: Vec<Replacement>, }
    struct Replacement {
        deleted_region: Region,
        #[serde(skip_serializing_if = "Option::is_none")]
        inserted_content: Option<Text>,
    }
    struct RunProperties {
        #[serde(rename = "plimsoll/shard")]
        shard: super::shard::ShardProperty,
    }
    struct Suppression {
        kind: &'static str,
        status: &'static str,
        justification: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
        properties: SuppressionProperties,
    }
    struct SuppressionProperties {
        origin: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
    }
    struct Provenance<'a> {
        repository_uri: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        revision_id: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        branch: Option<&'a str>,
        mapped_to: BaseOnly,
    }
    struct BaseOnly { uri_base_id: &'static str, }
    struct Taxonomy {
        name: &'static str,
        guid: String,
        organization: &'static str,
        information_uri: &'static str,
        short_description: Text,
        is_comprehensive: bool,
        taxa: Vec<Taxon>,
    }
    struct Taxon {
        id: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        short_description: Option<Text>,
        #[serde(skip_serializing_if = "Option::is_none")]
        help_uri: Option<String>,
    }
    struct TaxonReference { id: String, index: usize, tool_component: ComponentReference<'static>, }
    struct Relationship { target: TaxonReference, kinds: [&'static str; 1], }
    struct Fingerprints {
        #[serde(skip_serializing_if = "Option::is_none")]
        primary_location_line_hash: Option<String>,
        #[serde(rename = "plimsoll/resourcePath/v1")]
        resource_path: String,
    }
}

/// A whole file.
#[derive(Serialize)]
pub(super) struct Log<'a, R: Serialize> {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) runs: [Run<'a, R>; 1],
}

/// The run, with results that may be made while they are written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Run<'a, R: Serialize> {
    pub(super) tool: Tool<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) automation_details: Option<AutomationDetails>,
    pub(super) invocations: [Invocation<'a>; 1],
    pub(super) original_uri_base_ids: BTreeMap<&'static str, UriBase>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) version_control_provenance: Vec<Provenance<'a>>,
    pub(super) artifacts: Vec<Artifact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) taxonomies: Vec<Taxonomy>,
    pub(super) column_kind: &'static str,
    pub(super) default_encoding: &'static str,
    pub(super) default_source_language: &'static str,
    pub(super) newline_sequences: [&'static str; 3],
    pub(super) results: R,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) properties: Option<RunProperties>,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }
}

impl NotificationDescriptor {
    pub(super) fn new(id: &'static str, text: &str, level: &'static str) -> Self {
        let name = super::text::pascal_case(id.rsplit('/').next().unwrap_or(id));
        let text = || Text::new(text);
        let default_configuration = Configuration { level };
        Self {
            id,
            name,
            short_description: text(),
            full_description: text(),
            help: text(),
            default_configuration,
        }
    }
}

impl Location {
    pub(super) fn plain(physical_location: PhysicalLocation) -> Self {
        Self { id: None, physical_location, logical_locations: Vec::new(), message: None }
    }
}
