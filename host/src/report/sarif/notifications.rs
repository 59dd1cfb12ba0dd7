//! What the scan itself has to tell: how it ended, its faults, and what was left out.

use super::places::located;
use super::text::message;
use super::{Context, MOST_RESULTS, wire};
use crate::finding::{Fault, FaultKind};

impl<'a> Context<'a> {
    pub(super) fn invocation(&self) -> wire::Invocation<'a> {
        let mut notifications: Vec<wire::Notification> =
            self.report.faults.iter().map(|fault| self.notification(fault)).collect();
        if self.left_out > 0 {
            notifications.push(wire::Notification {
                level: "warning",
                descriptor: wire::Reference { id: "core/results-left-out", index: FAULTS.len() },
                message: wire::Text::new(&format!(
                    "{} of {} results were left out: GitHub keeps the worst {MOST_RESULTS} of an upload. `--format sarif-full` has all.",
                    self.left_out,
                    self.chosen.len() + self.left_out
                )),
                locations: Vec::new(),
            });
        }
        wire::Invocation {
            // Whether all was looked at, not whether something was found.
            execution_successful: self.report.faults.is_empty(),
            exit_code: self.report.exit_code,
            rule_configuration_overrides: self.overrides(),
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
}

/// Every kind of fault, with what a reader should know of it.
pub(super) const FAULTS: [(FaultKind, &str); 11] = [
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

pub(super) fn notification_id(kind: FaultKind) -> &'static str {
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
