//! The component's side of the wall: what the interface asks for, answered by the plugin's rules.
#![allow(missing_docs, reason = "generated from the WIT, which documents itself")]
#![allow(unsafe_code, reason = "generated: the canonical ABI passes pointers")]

use plimsoll_tape::packed::{Action, Edit, Finding, Place, Writer, read};

use crate::parameters;
use crate::run::Plugin;

wit_bindgen::generate!({
    path: "../wit/1.0.0",
    world: "packed-plugin",
    pub_export_macro: true,
    default_bindings_module: "plimsoll_sdk::wall",
});

use exports::plimsoll::policy::rules as wit;
pub use exports::plimsoll::policy::{packed, rules};

/// A component whose answers come from this plugin.
pub trait Source {
    const PLUGIN: &'static Plugin;
}

impl<T: Source> rules::Guest for T {
    fn describe() -> String {
        T::PLUGIN.describe()
    }

    fn configure(config: String) -> Result<(), Vec<wit::Problem>> {
        T::PLUGIN.configure(&config).map_err(|problems| problems.into_iter().map(Into::into).collect())
    }

    fn check(objects: Vec<u8>) -> Result<Vec<wit::Finding>, String> {
        records(T::PLUGIN, T::PLUGIN.check(&objects)?)
    }

    fn check_set(objects: Vec<u8>) -> Result<Vec<wit::Finding>, String> {
        records(T::PLUGIN, T::PLUGIN.check_set(&objects)?)
    }
}

impl<T: Source> packed::Guest for T {
    fn check(objects: Vec<u8>) -> Result<Vec<u8>, String> {
        T::PLUGIN.check(&objects).map(Writer::finish)
    }

    fn check_set(objects: Vec<u8>) -> Result<Vec<u8>, String> {
        T::PLUGIN.check_set(&objects).map(Writer::finish)
    }
}

impl From<parameters::Problem> for wit::Problem {
    fn from(problem: parameters::Problem) -> Self {
        Self { pointer: problem.pointer, message: problem.message }
    }
}

/// The findings for a host that does not ask for them in bytes.
fn records(plugin: &Plugin, found: Writer) -> Result<Vec<wit::Finding>, String> {
    let bytes = found.finish();
    let findings = read(&bytes).map_err(|error| error.to_string())?;
    Ok(findings.map(|finding| record(plugin, &finding)).collect())
}

fn record(plugin: &Plugin, finding: &Finding<'_>) -> wit::Finding {
    let related =
        finding.related().map(|(at, message)| wit::Related { at: at.into(), message: message.to_owned() });
    let fix = finding.fix().map(|fix| wit::Fix {
        description: fix.description.unwrap_or(finding.message).to_owned(),
        edits: fix.edits().map(Into::into).collect(),
    });
    wit::Finding {
        rule: plugin.id(finding.rule).to_owned(),
        at: finding.at.into(),
        message: finding.message.to_owned(),
        related: related.collect(),
        fix,
        properties: String::new(),
    }
}

impl From<Place<'_>> for wit::Place {
    fn from(place: Place<'_>) -> Self {
        Self { object: place.object, node: place.node, path: place.path.to_owned() }
    }
}

impl From<Edit<'_>> for wit::Edit {
    fn from(edit: Edit<'_>) -> Self {
        let action = match edit.action {
            Action::Set => "set",
            Action::Remove => "remove",
            Action::Rename => "rename",
            Action::Unknown => "",
        };
        Self { at: edit.at.into(), action: action.to_owned(), value: edit.value.to_owned() }
    }
}
