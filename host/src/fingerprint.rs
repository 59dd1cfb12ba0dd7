//! What makes a finding the same finding tomorrow.

use std::fmt::Write as _;

use plimsoll_tape::Value;
use sha2::{Digest, Sha256};

use crate::finding::Place;
use crate::object::{Object, Step};
use crate::source::hex;

/// What it is called in SARIF.
pub const KEY: &str = "plimsoll/resourcePath/v1";

/// A fingerprint of rule, object and address, as 32 hexadecimal digits. It survives moved lines, renamed files, bumped images and, where
/// items of a list have names, other items before them.
pub fn of_object(rule: &str, place: &Place, object: &Object) -> String {
    let identity = object.identity();
    let group = identity.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let text = [rule, group, identity.kind, identity.namespace, identity.name, &named_pointer(place, object)]
        .join("\0");
    hex(&Sha256::digest(text.as_bytes())[..16])
}

/// The pointer with the names of items in place of their positions: `/spec/containers/[api]/image`.
fn named_pointer(place: &Place, object: &Object) -> String {
    let chunk = object.read();
    let mut named = String::new();
    for step in object.steps(place.node) {
        let _ = match step {
            Step::Key(key) => write!(named, "/{key}"),
            Step::Item { position, node } => match chunk.get(node, "name").map(|name| chunk.value(name)) {
                Some(Value::String(name)) => write!(named, "/[{name}]"),
                _ => write!(named, "/{position}"),
            },
        };
    }
    named.push_str(&place.missing);
    named
}
