//! What a plugin says, whichever way it crosses the wall: as records of the interface, or packed into bytes. Nothing of it is trusted yet.

use plimsoll_tape::packed::{self, Action, Place};

use super::description::plain;
use super::wall::exports::plimsoll::policy::rules as wall;
use super::worker::Job;

/// One change to a manifest: where, what, and the value.
pub(super) type SaidEdit<'a> = (Place<'a>, Action, &'a str);

/// What a plugin says about a place.
pub(super) trait Said {
    /// The position of its rule in the plugin's list, or why it is none that was asked for.
    fn rule(&self, job: &Job<'_>) -> Result<u32, String>;
    /// Where.
    fn at(&self) -> Place<'_>;
    /// What is wrong.
    fn message(&self) -> &str;
    /// Other places, each with what is there.
    fn related(&self) -> impl Iterator<Item = (Place<'_>, &str)>;
    /// How to mend it: what the edits do, and the edits.
    fn fix(&self) -> Option<(&str, impl Iterator<Item = SaidEdit<'_>>)>;
}

impl Said for wall::Finding {
    fn rule(&self, job: &Job<'_>) -> Result<u32, String> {
        let known = job.rules.get(self.rule.as_str()).copied();
        known.ok_or_else(|| {
            let rule = plain(&self.rule, 100);
            format!("it speaks for the rule `{rule}`, which it was not asked for")
        })
    }

    fn at(&self) -> Place<'_> {
        named(&self.at)
    }

    fn message(&self) -> &str {
        &self.message
    }

    fn related(&self) -> impl Iterator<Item = (Place<'_>, &str)> {
        self.related.iter().map(|related| (named(&related.at), related.message.as_str()))
    }

    fn fix(&self) -> Option<(&str, impl Iterator<Item = SaidEdit<'_>>)> {
        let fix = self.fix.as_ref()?;
        let edits = fix.edits.iter().map(|edit| {
            let action = match edit.action.as_str() {
                "set" => Action::Set,
                "remove" => Action::Remove,
                "rename" => Action::Rename,
                _ => Action::Unknown,
            };
            (named(&edit.at), action, edit.value.as_str())
        });
        Some((&fix.description, edits))
    }
}

impl Said for packed::Finding<'_> {
    fn rule(&self, job: &Job<'_>) -> Result<u32, String> {
        let known = job.numbers.get(self.rule as usize).copied();
        known.ok_or_else(|| {
            let (rule, rules) = (self.rule, job.numbers.len());
            format!("it speaks for rule {rule} of {rules}, which it was not asked for")
        })
    }

    fn at(&self) -> Place<'_> {
        self.at
    }

    fn message(&self) -> &str {
        self.message
    }

    fn related(&self) -> impl Iterator<Item = (Place<'_>, &str)> {
        self.related()
    }

    fn fix(&self) -> Option<(&str, impl Iterator<Item = SaidEdit<'_>>)> {
        let fix = self.fix()?;
        let description = fix.description.unwrap_or(self.message);
        Some((description, fix.edits().map(|edit| (edit.at, edit.action, edit.value))))
    }
}

fn named(at: &wall::Place) -> Place<'_> {
    Place { object: at.object, node: at.node, path: &at.path }
}
