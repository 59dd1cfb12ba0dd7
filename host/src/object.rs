//! An object: one Kubernetes object, and where in its source every part of it stands.

use plimsoll_tape::{Chunk, Value};

use crate::source::Span;

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
