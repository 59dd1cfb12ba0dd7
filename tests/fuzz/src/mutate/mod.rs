//! Changes that leave bytes nearly what they were: a manifest that a person could have written, a tape that parses, a component that
//! validates but for one thing. What is fine-grained is left to libFuzzer.

mod suppress;
mod tape;
mod wasm;
mod yaml;

pub(crate) use suppress::suppress;
pub(crate) use tape::{packed, tape};
pub(crate) use wasm::component;
pub(crate) use yaml::yaml;
