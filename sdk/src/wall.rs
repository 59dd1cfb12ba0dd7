//! The component's side of the wall: what the interface asks for, answered by the plugin's rules.
#![allow(missing_docs, reason = "generated from the WIT, which documents itself")]
#![allow(unsafe_code, reason = "generated: the canonical ABI passes pointers")]

use crate::parameters;
use crate::report;
use crate::run::Plugin;

wit_bindgen::generate!({
    path: "../wit/1.0.0",
    world: "plugin",
    pub_export_macro: true,
    default_bindings_module: "plimsoll_sdk::wall",
});

use exports::plimsoll::policy::rules as wit;
pub use exports::plimsoll::policy::rules::Guest;

/// A component whose answers come from this plugin.
pub trait Source {
    const PLUGIN: &'static Plugin;
}

impl<T: Source> Guest for T {
    fn describe() -> String {
        T::PLUGIN.describe().to_owned()
    }

    fn configure(config: String) -> Result<(), Vec<wit::Problem>> {
        T::PLUGIN.configure(&config).map_err(|problems| problems.into_iter().map(Into::into).collect())
    }

    fn check(objects: Vec<u8>) -> Result<Vec<wit::Finding>, String> {
        Ok(T::PLUGIN.check(&objects)?.into_iter().map(Into::into).collect())
    }

    fn check_set(objects: Vec<u8>) -> Result<Vec<wit::Finding>, String> {
        Ok(T::PLUGIN.check_set(&objects)?.into_iter().map(Into::into).collect())
    }
}

impl From<parameters::Problem> for wit::Problem {
    fn from(problem: parameters::Problem) -> Self {
        Self { pointer: problem.pointer, message: problem.message }
    }
}

impl From<report::Place> for wit::Place {
    fn from(place: report::Place) -> Self {
        Self { object: place.object, node: place.node, path: place.path }
    }
}

impl From<report::Finding> for wit::Finding {
    fn from(finding: report::Finding) -> Self {
        let related = finding
            .related
            .into_iter()
            .map(|related| wit::Related { at: related.at.into(), message: related.message });
        let fix = finding.fix.map(|fix| wit::Fix {
            description: if fix.description.is_empty() { finding.message.clone() } else { fix.description },
            edits: fix
                .edits
                .into_iter()
                .map(|edit| wit::Edit {
                    at: edit.at.into(),
                    action: edit.action.to_owned(),
                    value: edit.value,
                })
                .collect(),
        });
        Self {
            rule: finding.rule.to_owned(),
            at: finding.at.into(),
            related: related.collect(),
            fix,
            message: finding.message,
            properties: String::new(),
        }
    }
}
