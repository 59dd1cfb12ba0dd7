//! Who looked: the driver, the plugins as extensions, and the rules of each.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::super::page::markdown;
use super::text::{capped, is_semantic, pascal_case, sentence, severity};
use super::{Context, HOME, RulesIn, guid, notifications, wire};
use crate::finding::{PluginInfo, RuleInfo};

impl<'a> Context<'a> {
    pub(super) fn driver(&self) -> wire::Driver<'a> {
        let version = env!("CARGO_PKG_VERSION");
        let rules = match self.choice.rules_in {
            // The host's own.
            RulesIn::Extensions => self.rules(self.report.loaded().len()),
            RulesIn::Driver => (0..self.report.plugins.len()).flat_map(|number| self.rules(number)).collect(),
        };
        wire::Driver {
            name: "plimsoll",
            full_name: format!("Plimsoll {version}"),
            organization: "plimsoll-dev",
            version,
            semantic_version: version,
            guid: guid::TOOL,
            information_uri: HOME,
            download_uri: format!("{HOME}/releases"),
            language: "en-US",
            rules,
            notifications: notifications::descriptors(),
            supported_taxonomies: self.taxonomies.supported(),
        }
    }

    /// The plugins, as extensions of the driver.
    pub(super) fn extensions(&self) -> Vec<wire::Extension<'a>> {
        let extension = |(number, plugin): (usize, &'a PluginInfo)| wire::Extension {
            name: &plugin.name,
            full_name: format!("{} {}", plugin.name, plugin.version).trim_end().to_owned(),
            guid: guid::of(&format!("plugin:{}", plugin.name)),
            version: Some(plugin.version.as_str()).filter(|version| !version.is_empty()),
            semantic_version: Some(plugin.version.as_str()).filter(|version| is_semantic(version)),
            short_description: Some(&plugin.summary)
                .filter(|summary| !summary.is_empty())
                .map(|summary| wire::Text::new(&capped(summary, MOST_TEXT))),
            associated_component: wire::ComponentGuid { name: "plimsoll", guid: guid::TOOL },
            locations: [self.component_location(number)],
            rules: match self.choice.rules_in {
                RulesIn::Extensions => self.rules(number),
                RulesIn::Driver => Vec::new(),
            },
            properties: wire::ExtensionProperties {
                digest: format!("sha256:{}", plugin.digest),
                source: if plugin.file.is_some() { "file" } else { "executable" },
            },
        };
        self.report.loaded().iter().enumerate().filter(|_| self.choice.extensions).map(extension).collect()
    }

    fn rules(&self, number: usize) -> Vec<wire::Descriptor<'a>> {
        let plugin = &self.report.plugins[number];
        let rules = self.choice.rules[number].iter().map(|rule| &plugin.rules[*rule as usize]);
        rules.map(|rule| self.descriptor(plugin, rule)).collect()
    }

    fn descriptor(&self, plugin: &'a PluginInfo, rule: &'a RuleInfo) -> wire::Descriptor<'a> {
        let summary = sentence(&rule.summary);
        let first_paragraph = rule.docs.split("\n\n").next().unwrap_or_default().replace('\n', " ");
        let full = Some(first_paragraph).filter(|text| !text.trim().is_empty());
        let severity = severity(rule);
        wire::Descriptor {
            id: &rule.id,
            guid: guid::of(&format!("rule:{}", rule.id)),
            name: pascal_case(rule.short_id()),
            short_description: wire::Text::new(&capped(&summary, MOST_TEXT)),
            full_description: wire::Text::new(&capped(full.as_deref().unwrap_or(&summary), MOST_TEXT)),
            default_configuration: wire::Configuration { level: rule.level.name() },
            help_uri: help_uri(plugin, rule),
            help: known_help(rule).map_or_else(|| Cow::Owned(help(rule)), Cow::Borrowed),
            properties: wire::RuleProperties {
                tags: tags(plugin, rule),
                precision: "high",
                security_severity: severity.map(|severity| format!("{severity:.1}")),
                problem_severity: severity.is_none().then_some(match rule.level.name() {
                    "note" => "recommendation",
                    level => level,
                }),
            },
            relationships: self.taxonomies.relationships(rule),
        }
    }
}

/// The value of `help` for a rule: its page. It is the most of a small report.
pub fn help(rule: &RuleInfo) -> Box<RawValue> {
    let text = if rule.docs.trim().is_empty() { sentence(&rule.summary) } else { rule.docs.to_string() };
    let help = serde_json::value::to_raw_value(&wire::Help { text, markdown: markdown(rule) });
    help.expect("texts can be written as JSON")
}

/// What was worked out before.
fn known_help(rule: &RuleInfo) -> Option<&RawValue> {
    serde_json::from_str(rule.help.as_deref()?).ok()
}

/// UTF-16 units of a description for GitHub.
const MOST_TEXT: usize = 1_024;
/// Tags that GitHub keeps of a rule.
const MOST_TAGS: usize = 10;

/// GitHub reads `security` and the weaknesses; people filter by all.
fn tags(plugin: &PluginInfo, rule: &RuleInfo) -> Vec<String> {
    let security = rule.security_severity.as_ref().map(|_| "security".to_owned());
    let weaknesses = rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}"));
    let named = ["kubernetes", &plugin.name].map(str::to_owned);
    let mut tags: Vec<String> = Vec::new();
    for tag in security.into_iter().chain(named).chain(rule.profiles.iter().cloned()).chain(weaknesses) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags.truncate(MOST_TAGS);
    tags
}

/// Where the page of a rule stands online. Those of other plugins stand in the file itself.
fn help_uri(plugin: &PluginInfo, rule: &RuleInfo) -> String {
    if plugin.is_pack { format!("{HOME}/blob/main/docs/rules/{}.md", rule.id) } else { HOME.to_owned() }
}
