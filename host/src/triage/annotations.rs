//! Suppressions in annotations: for manifests that are rendered, where comments do not survive.

use std::ops::Range;

use plimsoll_tape::Value;

use crate::object::Object;

/// The annotation that suppresses on an object or on a pod.
pub(super) const ANNOTATION: &str = "plimsoll.dev/ignore";
/// Before the name of a container: the annotation that suppresses on it.
const OF_CONTAINER: &str = "ignore.plimsoll.dev/";

/// Whatever begins so is ours.
const OURS: &str = "plimsoll.dev/";

/// Whether an annotation suppresses; others of ours are mistakes.
pub(super) fn is_known(key: &str) -> bool {
    key == ANNOTATION || key.starts_with(OF_CONTAINER)
}

/// The annotations of an object that suppress, or are meant to, with the nodes that each covers; none if it names a container that is not there.
pub(super) fn annotations(object: &Object) -> Vec<(u32, Vec<Range<u32>>)> {
    let chunk = object.read();
    let whole = 0..chunk.len();
    let mut found = Vec::new();
    let mut look = |metadata: Option<u32>, covered: &Range<u32>| {
        let annotations = metadata.and_then(|metadata| chunk.get(metadata, "annotations"));
        for node in annotations.into_iter().flat_map(|annotations| chunk.children(annotations)) {
            let key = chunk.key(node).unwrap_or_default();
            if key.starts_with(OURS) {
                found.push((node, vec![covered.clone()]));
            } else if let Some(name) = key.strip_prefix(OF_CONTAINER) {
                let mut named = containers(object, name);
                named.retain(|nodes| covered.contains(&nodes.start));
                found.push((node, named));
            }
        }
    };
    look(chunk.get(0, "metadata"), &whole);
    for pod in chunk.pods() {
        // The metadata of a bare pod is that of the object.
        if pod.metadata.is_some() && pod.metadata != chunk.get(0, "metadata") {
            let parts = || pod.metadata.into_iter().chain([pod.spec]);
            let start = parts().min().unwrap_or(pod.spec);
            let end = parts().map(|node| chunk.end(node)).max().unwrap_or(start);
            look(pod.metadata, &(start..end));
        }
    }
    found
}

/// The containers of an object that have a name.
fn containers(object: &Object, name: &str) -> Vec<Range<u32>> {
    let chunk = object.read();
    let lists = ["containers", "initContainers", "ephemeralContainers"];
    let lists = chunk.pods().flat_map(|pod| lists.map(|list| chunk.get(pod.spec, list)));
    let all = lists.flatten().flat_map(|list| chunk.children(list));
    let is_named = |container: &u32| {
        chunk.get(*container, "name").is_some_and(|node| chunk.value(node) == Value::String(name))
    };
    all.filter(is_named).map(|container| container..chunk.end(container)).collect()
}
