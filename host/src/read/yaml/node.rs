//! The tree of a document before its aliases, merge keys and duplicate keys are settled: nodes in document order.

use std::borrow::Cow;

/// Something is wrong between two bytes of the text.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) message: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(start: usize, end: usize, message: impl Into<Cow<'static, str>>) -> Self {
        Self { start, end, message: message.into() }
    }
}

/// Where the characters of a scalar are: in the text, or among those that had to be unescaped or folded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Characters {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) cooked: bool,
}

/// The tags that change how a scalar is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    Str,
    Bool,
    Int,
    Float,
    Null,
    Timestamp,
    Binary,
    Merge,
    /// Any other, `!` among them: the scalar is text.
    Other,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Mapping,
    Sequence,
    /// Stands for the node of this number.
    Alias(u32),
    /// A scalar of YAML; `implicit` if it is plain, so that its characters decide what it is.
    Scalar {
        implicit: bool,
        tag: Tag,
    },
    /// A string of JSON.
    Text,
    /// A number of JSON.
    Number,
    /// A literal of JSON.
    Null,
    /// A literal of JSON.
    Bool(bool),
}

/// One node. Entries of a mapping are keys and values in turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// First byte in the text.
    pub(super) start: u32,
    /// The byte after the last.
    pub(super) end: u32,
    /// The first node after this one's subtree.
    pub(super) next: u32,
    pub(super) characters: Characters,
}

/// The nodes of one document.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    pub(super) text: &'t str,
    pub(super) cooked: String,
    pub(super) nodes: Vec<Node>,
    pub(super) has_aliases: bool,
    /// Where the node ends that was finished last.
    pub(super) last_end: usize,
}

impl<'t> Tree<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, cooked: String::new(), nodes: Vec::new(), has_aliases: false, last_end: 0 }
    }

    /// A tree with room for as many nodes as the text probably has.
    pub(super) fn with_room(text: &'t str) -> Self {
        Self { nodes: Vec::with_capacity(text.len() / 16 + 8), ..Self::new(text) }
    }

    pub(super) fn node(&self, number: u32) -> &Node {
        &self.nodes[number as usize]
    }

    /// The characters of a scalar.
    pub(super) fn characters(&self, node: &Node) -> &str {
        let Characters { start, end, cooked } = node.characters;
        let from = if cooked { self.cooked.as_str() } else { self.text };
        &from[start as usize..end as usize]
    }

    /// The node for which this one stands: itself unless it is an alias.
    pub(super) fn target(&self, number: u32) -> u32 {
        match self.node(number).kind {
            Kind::Alias(target) => target,
            _ => number,
        }
    }

    /// Whether the node is the merge key `<<`.
    pub(super) fn is_merge(&self, number: u32) -> bool {
        let node = self.node(number);
        match node.kind {
            Kind::Scalar { implicit, tag } => {
                (implicit || tag == Tag::Merge) && self.characters(node) == "<<"
            }
            _ => false,
        }
    }

    /// Adds a node without children.
    pub(super) fn leaf(&mut self, kind: Kind, start: usize, end: usize, characters: Characters) -> u32 {
        let number = self.open(kind, start);
        let node = &mut self.nodes[number as usize];
        (node.end, node.characters) = (end as u32, characters);
        self.last_end = end;
        number
    }

    /// Adds a collection; what is added next stands in it.
    pub(super) fn open(&mut self, kind: Kind, start: usize) -> u32 {
        let number = self.nodes.len() as u32;
        let characters = Characters::default();
        self.nodes.push(Node { kind, start: start as u32, end: start as u32, next: number + 1, characters });
        number
    }

    /// Ends a collection.
    pub(super) fn close(&mut self, number: u32, end: usize) {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[number as usize];
        (node.next, node.end) = (next, end as u32);
        self.last_end = end;
    }

    /// A fault about a node.
    pub(super) fn fault(&self, number: u32, message: impl Into<Cow<'static, str>>) -> Fault {
        let node = self.node(number);
        Fault::new(node.start as usize, node.end as usize, message)
    }
}
