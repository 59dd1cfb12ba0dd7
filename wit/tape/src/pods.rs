//! Finding the pod templates of an object, once for every rule that looks at pods.

use crate::{Chunk, Pod, Value};

/// How deep below the object a pod template of a custom kind is looked for.
const DEPTH: u32 = 12;

/// The pod templates of the object in `chunk`: where its kind is known to carry one, there; else every mapping that looks like one.
pub fn find_pods(chunk: &Chunk<'_>) -> Vec<Pod> {
    let text = |node: Option<u32>| match node.map(|node| chunk.value(node)) {
        Some(Value::String(text)) => text,
        _ => "",
    };
    let steps: &[&str] = match text(chunk.get(0, "kind")) {
        "Pod" => &[],
        "PodTemplate" => &["template"],
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            &["spec", "template"]
        }
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        _ => return by_shape(chunk),
    };
    let template = steps.iter().try_fold(0, |node, step| chunk.get(node, step));
    match template.and_then(|template| pod(chunk, template)) {
        Some(pod) => vec![pod],
        // Another project's kind of the same name, such as Volcano's Job.
        None => by_shape(chunk),
    }
}

fn by_shape(chunk: &Chunk<'_>) -> Vec<Pod> {
    let mut found = Vec::new();
    search(chunk, 0, DEPTH, &mut found);
    found
}

fn search(chunk: &Chunk<'_>, node: u32, depth: u32, found: &mut Vec<Pod>) {
    for child in chunk.children(node) {
        let named =
            chunk.key(child).is_some_and(|key| key.ends_with("template") || key.ends_with("Template"));
        let template =
            if named { pod(chunk, child).filter(|pod| has_containers(chunk, pod.spec)) } else { None };
        match template {
            Some(template) => found.push(template),
            None if depth > 0 => search(chunk, child, depth - 1, found),
            None => {}
        }
    }
}

fn pod(chunk: &Chunk<'_>, template: u32) -> Option<Pod> {
    let mapping =
        |key| chunk.get(template, key).filter(|node| matches!(chunk.value(*node), Value::Mapping(_)));
    Some(Pod { spec: mapping("spec")?, metadata: mapping("metadata") })
}

fn has_containers(chunk: &Chunk<'_>, spec: u32) -> bool {
    chunk
        .get(spec, "containers")
        .and_then(|containers| chunk.item(containers, 0))
        .is_some_and(|first| matches!(chunk.value(first), Value::Mapping(_)))
}
