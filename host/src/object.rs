//! An object: one Kubernetes object, and where in its source every part of it stands.

use plimsoll_tape::{Chunk, Value};

use crate::source::{Source, Span};

/// Where a node was written. For what came through an alias or a merge key that is where the anchor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeSpan {
    /// The key, with its quotes; empty in a sequence and for the object itself.
    pub key: Span,
    /// The value: a scalar with its quotes, a collection from its first entry to the end of its last, a block scalar from its `|`.
    pub value: Span,
}

/// One Kubernetes object.
#[derive(Debug)]
pub struct Object {
    /// Position of its source in the scan.
    pub source: u32,
    /// The object as it crosses the wall.
    pub chunk: Box<[u8]>,
    /// Where each node of the chunk was written.
    pub spans: Box<[NodeSpan]>,
}

impl Object {
    /// The object, to be read.
    pub fn read(&self) -> Chunk<'_> {
        Chunk::new(&self.chunk).expect("chunks come from a builder")
    }

    /// What identifies the object.
    pub fn identity(&self) -> Identity<'_> {
        let chunk = self.read();
        let text = |node: Option<u32>| match node.map(|node| chunk.value(node)) {
            Some(Value::String(text)) => text,
            _ => "",
        };
        let metadata = chunk.get(0, "metadata");
        let of_metadata = |key| text(metadata.and_then(|node| chunk.get(node, key)));
        Identity {
            api_version: text(chunk.get(0, "apiVersion")),
            kind: text(chunk.get(0, "kind")),
            namespace: of_metadata("namespace"),
            name: of_metadata("name"),
        }
    }
}

/// What identifies an object; empty where it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity<'a> {
    /// `apps/v1`
    pub api_version: &'a str,
    /// `Deployment`
    pub kind: &'a str,
    /// The namespace.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
}

impl Object {
    /// What to show for a node: its key and its value where they stand on one line, else the key, or the first line of the value. Never a
    /// whole block, so that a finding on a container does not mark the container.
    pub fn highlight(&self, source: &Source, node: u32) -> Span {
        let NodeSpan { key, value } = self.spans[node as usize];
        let same_line = |from: Span, to: Span| source.line_of(from.start) == source.line_of(to.end);
        if !key.is_empty() && key.end <= value.start && value.start - key.end < 4096 && same_line(key, value) {
            return Span { start: key.start, end: value.end.max(key.end) };
        }
        if !key.is_empty() {
            return key;
        }
        if same_line(value, value) { value } else { first_line(source, value) }
    }

    /// The deepest node on a path below a node, and whether the whole path is there. The path is an RFC 6901 pointer.
    pub fn descend(&self, node: u32, path: &str) -> (u32, bool) {
        let chunk = self.read();
        let mut at = node;
        for step in path.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let below = chunk.get(at, &step).or_else(|| chunk.item(at, step.parse().ok()?));
            match below {
                Some(below) => at = below,
                None => return (at, false),
            }
        }
        (at, true)
    }

    /// The pointer of a node.
    pub fn pointer(&self, node: u32) -> String {
        self.steps(node).iter().fold(String::new(), |pointer, step| {
            let step = match step {
                Step::Key(key) => key.replace('~', "~0").replace('/', "~1"),
                Step::Item { position, .. } => position.to_string(),
            };
            pointer + "/" + &step
        })
    }

    /// The steps from the object to a node.
    pub fn steps(&self, node: u32) -> Vec<Step<'_>> {
        let chunk = self.read();
        let mut steps = Vec::new();
        let mut at = 0;
        while at < node {
            let inside = chunk.children(at).enumerate().find(|(_, child)| (*child..chunk.end(*child)).contains(&node));
            let Some((position, child)) = inside else { break };
            steps.push(match chunk.key(child) {
                Some(key) => Step::Key(key),
                None => Step::Item { position, node: child },
            });
            at = child;
        }
        steps
    }
}

/// One step of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// To the value under a key.
    Key(&'a str),
    /// To an item of a sequence, at this position, which is this node.
    Item {
        /// Position from 0.
        position: usize,
        /// The item.
        node: u32,
    },
}

/// Up to the end of the line on which the span begins, without trailing blanks and comments of it.
fn first_line(source: &Source, span: Span) -> Span {
    let bytes = &source.bytes[span.start as usize..span.end as usize];
    let end = memchr::memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
    let line = &bytes[..end];
    let line = memchr::memmem::find(line, b" #").map_or(line, |comment| &line[..comment]);
    Span { start: span.start, end: span.start + line.trim_ascii_end().len().max(1) as u32 }
}

/// A node with all below it, as JSON.
pub fn to_json(chunk: &Chunk<'_>, node: u32) -> serde_json::Value {
    use serde_json::Value as Json;
    match chunk.value(node) {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(value),
        Value::Int(number) => number.into(),
        Value::UInt(number) => number.into(),
        Value::Float(number) => number.into(),
        Value::String(text) => text.into(),
        Value::Sequence(_) => chunk.children(node).map(|child| to_json(chunk, child)).collect(),
        Value::Mapping(_) => chunk
            .children(node)
            .map(|child| (chunk.key(child).unwrap_or_default().to_owned(), to_json(chunk, child)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
    }
}
