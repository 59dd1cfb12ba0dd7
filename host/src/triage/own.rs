//! The host's own rules: about suppressions, which no plugin sees. They stand beside the plugins under a name that no plugin may have.

use crate::finding::{Finding, Level, Place, PluginInfo, RuleInfo};

/// The name that stands before their ids.
pub const NAME: &str = "suppressions";

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Expired,
    NotUnderstood,
    ReasonMissing,
    Unused,
}

/// Id, summary and page, by id.
const RULES: [(Own, &str, &str, &str); 4] = [
    (
        Own::Expired,
        "expired",
        "A suppression is older than the day until which it holds",
        include_str!("own/expired.md"),
    ),
    (
        Own::NotUnderstood,
        "not-understood",
        "A suppression names no rule that exists, or a day that does not",
        include_str!("own/not-understood.md"),
    ),
    (
        Own::ReasonMissing,
        "reason-missing",
        "A suppression does not say why",
        include_str!("own/reason-missing.md"),
    ),
    (Own::Unused, "unused", "A suppression covers no finding", include_str!("own/unused.md")),
];

/// The host's own rules, as a plugin describes its rules.
pub fn rules() -> PluginInfo {
    let rule = |(_, id, summary, docs): &(Own, &str, &str, &'static str)| RuleInfo {
        id: format!("{NAME}/{id}"),
        summary: (*summary).to_owned(),
        level: Level::Warning,
        profile: "default".to_owned(),
        profiles: Vec::new(),
        kinds: vec!["*".to_owned()],
        set: false,
        security_severity: None,
        parameters: false,
        parameters_schema: None,
        equivalents: Vec::new(),
        cwe: Vec::new(),
        docs: docs.trim().into(),
        help: None,
    };
    PluginInfo {
        name: NAME.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        summary: "Suppressions that say too little, or too much".to_owned(),
        digest: String::new(),
        file: None,
        is_pack: true,
        rules: RULES.iter().map(rule).collect(),
    }
}

/// Where the own rules stand in a scan, and which of them are on.
pub(super) struct About {
    plugin: u32,
    enabled: Vec<u32>,
}

impl About {
    /// They are the last of the plugins.
    pub(super) fn new(plugins: &[PluginInfo], enabled: &[Vec<u32>]) -> Self {
        let last = plugins.len().saturating_sub(1);
        Self { plugin: last as u32, enabled: enabled.get(last).cloned().unwrap_or_default() }
    }

    /// What one of them says; nothing if it is off.
    pub(super) fn finding(&self, own: Own, place: Place, message: &str) -> Option<Finding> {
        let rule = RULES.iter().position(|(known, ..)| *known == own)? as u32;
        self.enabled.contains(&rule).then(|| Finding {
            plugin: self.plugin,
            rule,
            level: Level::Warning,
            place,
            message: message.into(),
            related: Box::default(),
            fix: None,
            suppressed: None,
            known: false,
        })
    }
}
