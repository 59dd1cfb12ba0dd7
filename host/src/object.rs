//! An object: one Kubernetes object, and where in its source every part of it stands.

use std::borrow::Cow;

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
    /// The bytes of the source that hold its document, from the separator before it to the next.
    pub document: Span,
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
        if !key.is_empty() && key.end <= value.start && value.start - key.end < 4096 && same_line(key, value)
        {
            return Span { start: key.start, end: value.end.max(key.end) };
        }
        if !key.is_empty() {
            return key;
        }
        if same_line(value, value) { value } else { first_line(source, value) }
    }

    /// The deepest node on a path below a node, and what of the path is not there; empty if all of it is. The path is an RFC 6901 pointer.
    pub fn descend<'a>(&self, node: u32, path: &'a str) -> (u32, &'a str) {
        let chunk = self.read();
        let (mut at, mut rest) = (node, path);
        while let Some(path) = rest.strip_prefix('/') {
            let step = &path[..path.find('/').unwrap_or(path.len())];
            let key = match step.contains('~') {
                true => Cow::Owned(step.replace("~1", "/").replace("~0", "~")),
                false => Cow::Borrowed(step),
            };
            let Some(below) = chunk.get(at, &key).or_else(|| chunk.item(at, key.parse().ok()?)) else {
                break;
            };
            (at, rest) = (below, &path[step.len()..]);
        }
        (at, rest)
    }

    /// The pointer of a node.
    pub fn pointer(&self, node: u32) -> String {
        let mut pointer = String::new();
        for step in self.steps(node) {
            pointer.push('/');
            match step {
                Step::Key(key) if key.contains(['~', '/']) => {
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
                Step::Key(key) => pointer.push_str(key),
                Step::Item { position, .. } => pointer.push_str(&position.to_string()),
            }
        }
        pointer
    }

    /// Calls `each` with every node and its pointer, in document order.
    pub fn pointers(&self, mut each: impl FnMut(u32, &str)) {
        let chunk = self.read();
        let mut pointer = String::new();
        // The containers that are open: where each ends, how long its pointer is, and the position of its next item.
        let mut open: Vec<(u32, usize, usize)> = Vec::new();
        for node in 0..chunk.len() {
            while open.pop_if(|(end, ..)| *end <= node).is_some() {}
            if let Some((_, length, position)) = open.last_mut() {
                pointer.truncate(*length);
                pointer.push('/');
                match chunk.key(node) {
                    Some(key) => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                    None => pointer.push_str(&position.to_string()),
                }
                *position += 1;
            }
            each(node, &pointer);
            if matches!(chunk.value(node), Value::Sequence(_) | Value::Mapping(_)) {
                open.push((chunk.end(node), pointer.len(), 0));
            }
        }
    }

    /// The length of a node's pointer in bytes, without making it.
    pub fn pointer_len(&self, node: u32) -> usize {
        let chunk = self.read();
        let (mut length, mut at) = (0, 0);
        while at < node {
            let (mut child, mut position) = (at + 1, 0usize);
            while chunk.end(child) <= node {
                (child, position) = (chunk.end(child), position + 1);
            }
            length += 1 + match chunk.key_bytes(child) {
                Some(key) => key.len() + key.iter().filter(|byte| matches!(byte, b'~' | b'/')).count(),
                None => 1 + position.checked_ilog10().unwrap_or(0) as usize,
            };
            at = child;
        }
        length
    }

    /// The steps from the object to a node.
    pub fn steps(&self, node: u32) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        self.walk(node, |step| steps.push(step));
        steps
    }

    fn walk<'a>(&'a self, node: u32, mut each: impl FnMut(Step<'a>)) {
        let chunk = self.read();
        let mut at = 0;
        while at < node {
            let inside =
                chunk.children(at).enumerate().find(|(_, child)| (*child..chunk.end(*child)).contains(&node));
            let Some((position, child)) = inside else { break };
            each(match chunk.key(child) {
                Some(key) => Step::Key(key),
                None => Step::Item { position, node: child },
            });
            at = child;
        }
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

/// A node with all below it, as JSON text. Not a tree of values: an object may be nested deeper than a stack goes.
pub fn to_json(chunk: &Chunk<'_>, node: u32) -> String {
    let mut out = String::new();
    // The containers that are open: where each ends, and the bracket that closes it.
    let mut open: Vec<(u32, char)> = Vec::new();
    for at in node..chunk.end(node) {
        while let Some((_, bracket)) = open.pop_if(|(end, _)| *end <= at) {
            out.push(bracket);
        }
        if !out.is_empty() && !out.ends_with(['[', '{']) {
            out.push(',');
        }
        if let Some(key) = chunk.key(at).filter(|_| at != node) {
            push_string(&mut out, key);
            out.push(':');
        }
        match chunk.value(at) {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Value::Int(number) => out.push_str(&number.to_string()),
            Value::UInt(number) => out.push_str(&number.to_string()),
            Value::Float(number) => push_float(&mut out, number),
            Value::String(text) => push_string(&mut out, text),
            Value::Sequence(_) => {
                out.push('[');
                open.push((chunk.end(at), ']'));
            }
            Value::Mapping(_) => {
                out.push('{');
                open.push((chunk.end(at), '}'));
            }
        }
    }
    out.extend(open.iter().rev().map(|(_, bracket)| bracket));
    out
}

/// As Kubernetes writes it: without a fraction where there is none, and with an exponent only where it is very small or large.
fn push_float(out: &mut String, number: f64) {
    if number == 0.0 || (1e-6..1e21).contains(&number.abs()) {
        out.push_str(&number.to_string());
    } else {
        let text = format!("{number:e}");
        out.push_str(&if text.contains("e-") { text } else { text.replace('e', "e+") });
    }
}

fn push_string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use plimsoll_tape::Builder;

    #[test]
    fn json_closes_what_it_opens() -> Result<(), plimsoll_tape::Overflow> {
        let mut builder = Builder::new();
        builder.open_mapping(None)?;
        builder.open_sequence(Some("a"))?;
        builder.open_mapping(None)?;
        builder.close();
        builder.scalar(None, Value::Float(1.5))?;
        builder.scalar(None, Value::Float(1e3))?;
        builder.scalar(None, Value::Float(-1e21))?;
        builder.scalar(None, Value::Float(1e-7))?;
        builder.scalar(None, Value::String("x\"{"))?;
        builder.close();
        builder.open_mapping(Some("b/~"))?;
        builder.scalar(Some("c"), Value::Null)?;
        let chunk = builder.finish("a.yaml", &[])?;
        let object = Object { source: 0, document: Span::default(), chunk, spans: Box::default() };
        let chunk = object.read();
        for node in 0..chunk.len() {
            assert_eq!(object.pointer_len(node), object.pointer(node).len());
        }
        assert_eq!(to_json(&chunk, 0), r#"{"a":[{},1.5,1000,-1e+21,1e-7,"x\"{"],"b/~":{"c":null}}"#);
        Ok(())
    }
}
