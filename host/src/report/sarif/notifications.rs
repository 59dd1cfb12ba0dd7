//! What the scan itself has to tell: how it ended, its faults, and what was left out.

use super::choice::{MOST_EXTENSIONS, MOST_RESULTS, MOST_RULES};
use super::places::located;
use super::text::message;
use super::{Context, Extent, wire};
use crate::finding::{Fault, FaultKind};

impl<'a> Context<'a> {
    pub(super) fn invocation(&self) -> wire::Invocation<'a> {
        let mut notifications: Vec<wire::Notification<'a>> =
            self.report.faults.iter().map(|fault| self.notification(fault)).collect();
        notifications.extend(self.left_out());
        wire::Invocation {
            // GitHub refuses an upload that says it failed; whoever asks for one that is not complete wants it taken.
            execution_successful: self.extent == Extent::Upload || self.report.faults.is_empty(),
            exit_code: self.report.exit_code,
            rule_configuration_overrides: self.overrides(),
            exit_code_description: exit_code_description(self.report.exit_code),
            tool_execution_notifications: notifications,
        }
    }

    /// What GitHub would refuse, or drop without a word.
    fn left_out(&self) -> Vec<wire::Notification<'a>> {
        let all = "`--format sarif-full` has all.";
        let found = match self.extent {
            Extent::Upload => self.report.open().count(),
            Extent::Full => self.report.findings.len(),
        };
        let kept = self.choice.findings.len();
        let results = (kept < found).then(|| results_left_out(found - kept, found));
        let count = |rules: &[Vec<u32>]| rules.iter().map(Vec::len).sum::<usize>();
        let (enabled, written) = (count(self.report.enabled), count(&self.choice.rules));
        let rules = (written < enabled).then(|| {
            format!("{} of {enabled} rules were left out, which found nothing that is told: GitHub takes {MOST_RULES} in an upload. {all}", enabled - written)
        });
        let extensions = (!self.choice.extensions).then(|| {
            format!("the {} plugins are not named, and their rules stand in the driver: GitHub takes {MOST_EXTENSIONS} extensions in an upload. {all}", self.report.loaded().len())
        });
        let notification =
            |((index, (id, _)), text): ((usize, &(&'static str, &str)), String)| wire::Notification {
                level: "warning",
                descriptor: wire::Reference { id, index: FAULTS.len() + index },
                message: wire::Text::new(&text),
                locations: Vec::new(),
                properties: None,
            };
        let texts = LEFT_OUT.iter().enumerate().zip([results, rules, extensions]);
        texts.filter_map(|(about, text)| Some((about, text?))).map(notification).collect()
    }

    fn notification(&self, fault: &'a Fault) -> wire::Notification<'a> {
        let plugin = fault.plugin.as_ref().map(|plugin| format!("plugin {plugin}: ")).unwrap_or_default();
        let file = fault.file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default();
        let plugin_info =
            self.report.plugins.iter().find(|info| fault.plugin.as_deref() == Some(info.name.as_str()));
        let location = match (fault.at, fault.file.as_deref()) {
            (Some((source, span)), _) => Some(self.physical(source, span)),
            (None, Some(file)) => Some(wire::PhysicalLocation {
                artifact_location: located(file, self.artifact_of(file)),
                region: None,
                context_region: None,
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
            properties: plugin_info.map(|plugin| wire::NotificationProperties {
                plugin: &plugin.name,
                plugin_digest: format!("sha256:{}", plugin.digest),
            }),
        }
    }
}

/// What an exit code says.
pub fn exit_code_description(code: u8) -> &'static str {
    match code {
        0 => "nothing was found at or above the level that fails",
        1 => "something was found at or above the level that fails",
        _ => "something could not be looked at",
    }
}

fn results_left_out(left_out: usize, found: usize) -> String {
    format!(
        "{left_out} of {found} results were left out: GitHub keeps the worst {MOST_RESULTS} of an upload. `--format sarif-full` has all."
    )
}

/// The notification, in JSON, that so many results were left out.
pub fn left_out_results(left_out: usize, found: usize) -> String {
    let notification = wire::Notification {
        level: "warning",
        descriptor: wire::Reference { id: LEFT_OUT_RESULTS, index: FAULTS.len() },
        message: wire::Text::new(&results_left_out(left_out, found)),
        locations: Vec::new(),
        properties: None,
    };
    serde_json::json!(notification).to_string()
}

/// The id of that notification.
pub const LEFT_OUT_RESULTS: &str = "core/results-left-out";

/// What a notification can be about.
pub(super) fn descriptors() -> Vec<wire::NotificationDescriptor> {
    let descriptor = wire::NotificationDescriptor::new;
    let faults = FAULTS.iter().map(|(kind, text)| descriptor(notification_id(*kind), text, "error"));
    faults.chain(LEFT_OUT.iter().map(|(id, text)| descriptor(id, text, "warning"))).collect()
}

/// What may be left out of an upload.
const LEFT_OUT: [(&str, &str); 3] = [
    (LEFT_OUT_RESULTS, "There are more results than GitHub keeps of an upload."),
    ("core/rules-left-out", "There are more rules than GitHub takes in an upload."),
    ("core/extensions-left-out", "There are more plugins than GitHub takes in an upload."),
];

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
