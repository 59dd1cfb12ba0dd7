//! Any bytes as a manifest that goes to a plugin, or, where they begin like one, as the tape itself.

use std::sync::Once;

use plimsoll::read::yaml::documents;
use plimsoll_sdk::examples::{Found, told};
use plimsoll_sdk::private::{Entry, Plugin};
use plimsoll_sdk::{ALL, Kind, Node, Object, Report, Rule};
use plimsoll_tape::{Chunk, MAGIC, Pod, Value, chunks, find_pods};

const FILE: &str = "deploy/a.yaml";

/// # Panics
///
/// If a plugin reads another thing than the host wrote, or a broken tape is neither refused nor read to its end, every node once.
pub fn run(bytes: &[u8]) {
    if bytes.starts_with(&MAGIC) { broken(bytes) } else { written(bytes) }
}

/// The tape of the documents in these bytes.
pub(crate) fn tape(bytes: &[u8]) -> Vec<u8> {
    let documents = documents(bytes).into_iter().flatten();
    let chunks: Vec<Box<[u8]>> = documents
        .map(|draft| {
            let pods = find_pods(&draft.builder.view());
            draft.builder.finish(FILE, &pods).expect("what is fuzzed is small")
        })
        .collect();
    plimsoll_tape::tape(chunks.iter().map(AsRef::as_ref))
}

fn written(bytes: &[u8]) {
    let mut expected = Vec::new();
    let mut pods = Vec::new();
    for draft in documents(bytes).into_iter().flatten() {
        let view = draft.builder.view();
        pods.push(find_pods(&view));
        expected.push((0..view.len()).map(|node| host_says(&view, node)).collect::<Vec<_>>());
    }
    let tape = tape(bytes);
    let read = chunks(&tape).expect("the host wrote it");
    assert_eq!(read.len(), expected.len(), "objects on the tape");
    for ((chunk, expected), pods) in read.iter().zip(&expected).zip(&pods) {
        let again: Vec<String> = (0..chunk.len()).map(|node| host_says(chunk, node)).collect();
        assert_eq!(again, *expected, "the tape holds another thing than was written");
        assert_eq!((chunk.file(), chunk.pods().collect::<Vec<_>>()), (FILE, pods.clone()));
    }
    let said = asked(&tape);
    let told = (0..).zip(&expected).zip(&pods).flat_map(|((object, lines), pods)| {
        let lines = (0..).zip(lines).map(move |(node, line)| (object, node, line.clone()));
        lines.chain(
            pods.iter().map(move |Pod { spec, metadata }| (object, *spec, pod_says(metadata.is_some()))),
        )
    });
    let said = said.into_iter().map(|finding| (finding.at.object, finding.at.node, finding.message));
    for (said, told) in said.clone().zip(told.clone()) {
        assert_eq!(said, told, "the plugin reads another thing than the host wrote");
    }
    assert_eq!(said.count(), told.count(), "nodes and pods that the plugin found");
}

fn broken(tape: &[u8]) {
    let Ok(read) = chunks(tape) else {
        assert!(started().check(tape).is_err(), "the plugin reads what is no tape");
        return;
    };
    let nodes: usize = read.iter().map(|chunk| chunk.len() as usize + chunk.pods().count()).sum();
    assert_eq!(asked(tape).len(), nodes, "every node and pod is found once");
}

/// What the plugin below says of a tape.
fn asked(tape: &[u8]) -> Vec<Found> {
    let said = started().check(tape).expect("a tape that can be read is checked");
    told(&PLUGIN, said).expect("what the plugin says can be read")
}

fn started() -> &'static Plugin {
    static CONFIGURED: Once = Once::new();
    CONFIGURED.call_once(|| {
        let configured = PLUGIN.configure(r#"{"kubernetes": "1.37", "rules": ["everything"]}"#);
        assert_eq!(configured, Ok(()));
    });
    &PLUGIN
}

/// A plugin that says what it reads: a finding for every node, in document order, and one for every pod.
static PLUGIN: Plugin = Plugin::new(RULES, b"");
const RULES: &[Entry] = &[Rule { id: "everything", kinds: ALL, check: everything, ..Rule::DEFAULT }.entry()];

fn everything<'a>(object: Object<'a>, report: &mut Report<'a>) {
    let mut left = vec![(None, object.root())];
    while let Some((key, node)) = left.pop() {
        report.at(node, plugin_says(key, node));
        let first = left.len();
        left.extend(node.items().map(|item| (None, item)));
        left.extend(node.entries().map(|(key, value)| (Some(key), value)));
        left[first..].reverse();
    }
    let _ = (object.kind(), object.group(), object.name(), object.file());
    for pod in object.pods() {
        for container in pod.all_containers() {
            let _ = (container.title(), container.image());
        }
        report.at(pod.spec(), pod_says(pod.metadata().kind() == Kind::Mapping));
    }
}

fn plugin_says(key: Option<&str>, node: Node<'_>) -> String {
    let value = match node.kind() {
        Kind::Missing => "nothing".to_owned(),
        Kind::Null => "null".to_owned(),
        Kind::Float => format!("float {:?}", node.as_f64()),
        Kind::String => format!("text {:?}", node.str()),
        Kind::Bool | Kind::Integer => node.text(),
        kind @ (Kind::Sequence | Kind::Mapping) => format!("{kind:?} of {}", node.len()),
    };
    format!("{key:?}: {value}")
}

fn host_says(chunk: &Chunk<'_>, node: u32) -> String {
    let value = match chunk.value(node) {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::UInt(number) => number.to_string(),
        Value::Float(number) => format!("float {:?}", Some(number)),
        Value::String(text) => format!("text {text:?}"),
        Value::Sequence(count) => format!("Sequence of {count}"),
        Value::Mapping(count) => format!("Mapping of {count}"),
    };
    format!("{:?}: {value}", chunk.key(node))
}

fn pod_says(has_metadata: bool) -> String {
    if has_metadata { "pod with metadata" } else { "pod without metadata" }.to_owned()
}
