//! Write policies for Kubernetes manifests that run sandboxed in [Plimsoll](https://github.com/plimsoll-dev/plimsoll).
//!
//! A rule is a value in a file of its own; [`plugin!`] makes a WebAssembly component of a list of rules, and a test of every
//! example in their documentation. A plugin can do nothing but look at the objects it is given.
//!
//! ~~~
//! use plimsoll_sdk::prelude::*;
//!
//! pub const HOST_PID: Rule = Rule {
//!     id: "host-pid",
//!     summary: "Pod shares the host's process namespace",
//!     level: Level::Error,
//!     kinds: PODS,
//!     docs: r#"
//! A container in the host's PID namespace can see and signal every process on the node.
//!
//! ```yaml fails
//! kind: Pod
//! spec: { hostPID: true }
//! ```
//! ```yaml passes
//! kind: Pod
//! spec: { hostPID: false }
//! ```"#,
//!     check: |object, report| {
//!         for pod in object.pods() {
//!             let host_pid = pod.get("hostPID");
//!             if host_pid.is_true() {
//!                 report.at(host_pid, "remove `hostPID: true`").fix(Edit::remove(host_pid));
//!             }
//!         }
//!     },
//!     ..Rule::DEFAULT
//! };
//!
//! plimsoll_sdk::plugin![HOST_PID];
//! # fn main() { plimsoll_sdk::examples::check(&plimsoll_plugin::PLUGIN) }
//! ~~~
//!
//! `plimsoll plugin new acme` writes a crate with a first rule, `cargo test` runs the examples natively, `plimsoll plugin build` makes the component, and
//! `plimsoll scan --plugin` uses it. [`book`] goes from one field to rules about several objects.

#[doc = include_str!("book.md")]
pub mod book {}
mod describe;
#[cfg(not(target_arch = "wasm32"))]
pub mod examples;
mod image;
#[cfg(not(target_arch = "wasm32"))]
mod mend;
mod node;
mod object;
mod parameters;
mod proof;
mod quantity;
mod report;
mod rule;
mod run;
mod schema;
#[cfg(target_arch = "wasm32")]
#[doc(hidden)]
pub mod wall;

pub use image::ImageRef;
pub use node::{Kind, Node};
pub use object::{Container, Object, Pod, Role, Set, matches_labels, matches_selector};
pub use parameters::Parameters;
pub use quantity::Quantity;
pub use report::{Edit, Finding, Kubernetes, Report};
pub use rule::{ALL, Level, PODS, Profile, Rule, SetRule};
/// JSON as it is written, for [`Edit::set`].
pub use serde_json::json;

/// Everything that the file of a rule usually needs.
pub mod prelude {
    pub use crate::{
        ALL, Container, Edit, ImageRef, Kind, Kubernetes, Level, Node, Object, PODS, Parameters, Pod,
        Profile, Quantity, Report, Role, Rule, Set, SetRule, json, matches_labels, matches_selector,
    };
}

/// What [`plugin!`] needs in the crate that calls it; not for use by hand.
#[doc(hidden)]
pub mod private {
    pub use crate::describe::{Identity, describe, described_len};
    pub use crate::rule::Entry;
    pub use crate::run::Plugin;
}

/// Makes a plugin of rules: the component's exports, its sealed description, and a test that runs every example of every rule.
///
/// The plugin's name is the name of its crate without a leading `plimsoll-`, its version and description are the crate's.
#[macro_export]
macro_rules! plugin {
    [$($rule:expr),* $(,)?] => {
        #[doc(hidden)]
        pub mod plimsoll_plugin {
            #[allow(unused_imports, reason = "the rules may be named by paths that need nothing in scope")]
            use super::*;
            use $crate::private::{Entry, Identity, Plugin, describe, described_len};

            const RULES: &[Entry] = &[$($rule.entry()),*];
            const IDENTITY: Identity = Identity {
                package: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                summary: env!("CARGO_PKG_DESCRIPTION"),
            };
            #[allow(long_running_const_eval, reason = "the description is put together at compile time and ends with the rules")]
            const DESCRIPTION: [u8; described_len(&IDENTITY, RULES)] = describe(&IDENTITY, RULES);

            // Every instance begins with a copy of all data, so what only the description says stands nowhere else in it.
            #[cfg(target_arch = "wasm32")]
            const AT_WORK: &[Entry] = &[$($rule.entry().at_work()),*];
            #[cfg(not(target_arch = "wasm32"))]
            const AT_WORK: &[Entry] = RULES;

            /// The rules and their description.
            pub static PLUGIN: Plugin = Plugin::new(AT_WORK, &DESCRIPTION);

            // Not `#[used]`, which would have it among the data, too.
            #[cfg(target_arch = "wasm32")]
            #[allow(dead_code, reason = "tools read it")]
            // SAFETY: a custom section of a WebAssembly module is data for tools; no code refers to it.
            #[allow(unsafe_code, reason = "link_section is the only way to make a custom section")]
            #[unsafe(link_section = "plimsoll:description")]
            static SEALED: [u8; DESCRIPTION.len()] = DESCRIPTION;

            #[cfg(target_arch = "wasm32")]
            struct Component;

            #[cfg(target_arch = "wasm32")]
            impl $crate::wall::Source for Component {
                const PLUGIN: &'static Plugin = &PLUGIN;
            }

            #[cfg(target_arch = "wasm32")]
            $crate::wall::export!(Component with_types_in $crate::wall);

            #[cfg(test)]
            #[test]
            fn every_example_of_every_rule_holds() {
                $crate::examples::check(&PLUGIN);
            }
        }
    };
}
