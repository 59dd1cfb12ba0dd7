//! From the source of a rule plugin to a component: finds the target, runs cargo, makes the component, seals the description into it
//! and refuses imports; for modules and components of other compilers the second half. The host's build script and `plimsoll plugin build` both use this; loading a plugin uses [`inspect`].

mod compile;
mod component;
mod deny;
mod weight;

pub use compile::{Compile, Toolchain};
pub use component::{
    Component, DESCRIPTION, INTERFACE, Import, PACKED, WIT, compiled_description, described, describing,
    inspect, is_component, seal, seal_component, seal_module,
};
pub use weight::{Weight, weigh};

/// Why a plugin could not be built, with what to do.
#[derive(Debug)]
pub struct Error(pub String);

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
