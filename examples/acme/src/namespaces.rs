//! What the namespaces of a set say of themselves.

use plimsoll_sdk::prelude::*;

/// The label of the namespace that an object is in, if the namespace is among what is scanned; missing or not.
pub fn label<'a>(set: &Set<'a>, object: Object<'a>, label: &'a str) -> Option<Node<'a>> {
    let namespace = set.of_kind("Namespace").find(|namespace| namespace.name() == object.namespace())?;
    Some(namespace.labels().get(label))
}
