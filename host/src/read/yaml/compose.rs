//! The tree becomes the object: aliases and merge keys are followed, of equal keys the last one stays.

use std::borrow::Cow;
use std::collections::HashMap;

use plimsoll_tape::{Builder, Overflow};

use super::node::{Fault, Kind, Tree};
use super::number;
use super::resolve::{self, Scalar};
use super::scan::DEPTH;
use super::text::Text;
use crate::object::NodeSpan;
use crate::source::Span;

/// How many nodes aliases may add.
const ALIASED_NODES: u32 = 4_000_000;
/// Mappings up to this size are searched for equal keys without a table.
const SMALL: usize = 16;

/// The values of a document, and where each was written.
pub(super) type Composed = (Builder, Vec<NodeSpan>);

/// Writes the document, unless it is empty.
pub(super) fn compose(tree: &Tree<'_>, text: &Text<'_>) -> Result<Option<Composed>, Fault> {
    let Some(root) = tree.nodes.first() else { return Ok(None) };
    if !matches!(root.kind, Kind::Mapping | Kind::Sequence) && resolve::scalar(tree, root)? == Scalar::Null {
        return Ok(None);
    }
    let limit = (tree.nodes.len() as u32).saturating_add(ALIASED_NODES);
    let mut writer = Writer {
        tree,
        text,
        limit,
        builder: Builder::new(),
        spans: Vec::with_capacity(tree.nodes.len()),
        open: Vec::with_capacity(16),
        entries: Vec::with_capacity(32),
    };
    writer.write(None, Span::default(), 0)?;
    writer.run()?;
    Ok(Some((writer.builder, writer.spans)))
}

struct Writer<'a> {
    tree: &'a Tree<'a>,
    text: &'a Text<'a>,
    limit: u32,
    builder: Builder,
    spans: Vec<NodeSpan>,
    open: Vec<Open>,
    /// What is to be written yet, mapping in mapping.
    entries: Vec<Entry<'a>>,
}

/// A collection that is being written.
enum Open {
    /// Its entries stand from `from`; `next` is written next.
    Mapping {
        from: usize,
        next: usize,
    },
    Sequence {
        next: u32,
        end: u32,
    },
}

#[derive(Default)]
struct Entry<'a> {
    key: Cow<'a, str>,
    key_node: u32,
    value: u32,
    /// A later entry has the same key.
    replaced: bool,
}

impl<'a> Writer<'a> {
    fn run(&mut self) -> Result<(), Fault> {
        loop {
            match self.open.last_mut() {
                None => return Ok(()),
                Some(Open::Mapping { next, .. }) if *next < self.entries.len() => {
                    let entry = std::mem::take(&mut self.entries[*next]);
                    *next += 1;
                    if !entry.replaced {
                        let key = self.tree.node(entry.key_node);
                        let span = self.text.span(key.start as usize, key.end as usize);
                        self.write(Some(&entry.key), span, entry.value)?;
                    }
                }
                Some(Open::Sequence { next, end }) if *next < *end => {
                    let item = *next;
                    *next = self.tree.node(item).next;
                    self.write(None, Span::default(), item)?;
                }
                Some(done) => {
                    if let Open::Mapping { from, .. } = done {
                        self.entries.truncate(*from);
                    }
                    self.open.pop();
                    self.builder.close();
                }
            }
        }
    }

    fn write(&mut self, key: Option<&str>, key_span: Span, number: u32) -> Result<(), Fault> {
        let number = self.tree.target(number);
        let node = self.tree.node(number);
        let too_large = |overflow: Overflow| self.tree.fault(number, overflow.to_string());
        match node.kind {
            Kind::Mapping => {
                self.builder.open_mapping(key).map_err(too_large)?;
                let from = self.entries.len();
                gather(self.tree, number, &mut self.entries)?;
                self.drop_equal_keys(from)?;
                self.open.push(Open::Mapping { from, next: from });
            }
            Kind::Sequence => {
                self.builder.open_sequence(key).map_err(too_large)?;
                self.open.push(Open::Sequence { next: number + 1, end: node.next });
            }
            kind => {
                let scalar = match resolve::scalar(self.tree, node)? {
                    Scalar::Float(number) if kind != Kind::Number => number::settled(number),
                    scalar => scalar,
                };
                let value = scalar.value().ok_or_else(|| {
                    self.tree.fault(number, "JSON has no such number; put it in quotes if it is text")
                })?;
                self.builder.scalar(key, value).map_err(too_large)?;
            }
        }
        let value = self.text.span(node.start as usize, node.end as usize);
        let key = if key.is_some() { key_span } else { Span { start: value.start, end: value.start } };
        self.spans.push(NodeSpan { key, value });
        if self.open.len() > DEPTH {
            return Err(self.tree.fault(number, "collections are nested more than 10000 deep"));
        }
        if self.builder.len() > self.limit {
            return Err(self
                .tree
                .fault(number, "aliases add more than 4 million values to this document; write fewer"));
        }
        Ok(())
    }

    /// Marks every entry whose key comes again. What nobody will read must still be readable, as for Kubernetes.
    fn drop_equal_keys(&mut self, from: usize) -> Result<(), Fault> {
        let entries = &self.entries[from..];
        let mut replaced = Vec::new();
        if entries.len() <= SMALL {
            let again = |at: usize| entries[at + 1..].iter().any(|later| later.key == entries[at].key);
            replaced.extend((0..entries.len()).filter(|at| again(*at)));
        } else {
            let mut last: HashMap<&str, usize> = HashMap::with_capacity(entries.len());
            for (at, entry) in entries.iter().enumerate() {
                replaced.extend(last.insert(&entry.key, at));
            }
        }
        for at in replaced {
            self.entries[from + at].replaced = true;
            check_unread(self.tree, self.entries[from + at].value)?;
        }
        Ok(())
    }
}

/// The entries of a mapping in the order in which Kubernetes sets them, those of merge keys where `<<` stands.
fn gather<'a>(tree: &'a Tree<'_>, mapping: u32, entries: &mut Vec<Entry<'a>>) -> Result<(), Fault> {
    let mut merging = vec![(mapping + 1, tree.node(mapping).next)];
    while let Some((key, end)) = merging.pop() {
        if key >= end {
            continue;
        }
        let value = tree.node(key).next;
        merging.push((tree.node(value).next, end));
        if tree.is_merge(key) {
            merged(tree, value, &mut merging)?;
            continue;
        }
        let key_node = tree.target(key);
        if is_collection(tree, key_node) {
            return Err(tree.fault(key, "a collection cannot be a key; put the key in quotes"));
        }
        let key = resolve::key(tree, tree.node(key_node))?;
        entries.push(Entry { key, key_node, value, replaced: false });
    }
    Ok(())
}

/// The mappings that a merge key names, the last one first: the earlier ones win.
fn merged(tree: &Tree<'_>, value: u32, merging: &mut Vec<(u32, u32)>) -> Result<(), Fault> {
    let mut merge = |number: u32| {
        let target = tree.target(number);
        match tree.node(target).kind {
            Kind::Mapping => {
                merging.push((target + 1, tree.node(target).next));
                Ok(())
            }
            _ => Err(tree.fault(number, "`<<` merges a mapping, or a list of mappings, and this is none")),
        }
    };
    if tree.node(value).kind != Kind::Sequence {
        return merge(value);
    }
    let mut item = value + 1;
    while item < tree.node(value).next {
        merge(item)?;
        item = tree.node(item).next;
    }
    Ok(())
}

/// Whether Kubernetes could decode a value that it then drops.
fn check_unread(tree: &Tree<'_>, value: u32) -> Result<(), Fault> {
    for number in value..tree.node(value).next {
        let node = tree.node(number);
        match node.kind {
            Kind::Mapping => {
                let mut key = number + 1;
                while key < node.next {
                    let value = tree.node(key).next;
                    if tree.is_merge(key) {
                        merged(tree, value, &mut Vec::new())?;
                    } else if is_collection(tree, tree.target(key)) {
                        return Err(tree.fault(key, "a collection cannot be a key; put the key in quotes"));
                    }
                    key = tree.node(value).next;
                }
            }
            Kind::Scalar { .. } => {
                resolve::scalar(tree, node)?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn is_collection(tree: &Tree<'_>, number: u32) -> bool {
    matches!(tree.node(number).kind, Kind::Mapping | Kind::Sequence)
}
