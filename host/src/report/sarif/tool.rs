//! Who looked: the driver, the plugins as extensions, and the rules of each.

use super::super::page::markdown;
use super::notifications::{FAULTS, notification_id};
use super::text::{capped, pascal_case, sentence};
use super::{Context, HOME, wire};
use crate::finding::{PluginInfo, RuleInfo};

impl<'a> Context<'a> {
    pub(super) fn extensions(&self) -> Vec<wire::Extension<'a>> {
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
        let plugins = &self.report.plugins[..self.report.plugins.len() - 1];
        plugins.iter().zip(self.report.enabled).map(|pair| enabled(&pair)).collect()
    }

    /// The host, with its own rules.
    pub(super) fn driver(&self) -> wire::Driver<'a> {
        let own = self.report.plugins.last().zip(self.report.enabled.last());
        let rules = own
            .into_iter()
            .flat_map(|(own, on)| on.iter().map(|rule| descriptor(own, &own.rules[*rule as usize])));
        driver(rules.collect())
    }
}

fn driver(rules: Vec<wire::Descriptor<'_>>) -> wire::Driver<'_> {
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
        rules,
        notifications,
    }
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
