//! The manifest reader: the bytes of one source become documents, with the place of every key and value, and with
//! exactly the values, and the refusals, of Kubernetes itself.
//!
//! Kubernetes splits a source with apimachinery's `YAMLOrJSONDecoder` and reads each chunk with `sigs.k8s.io/yaml`, which is
//! go-yaml v2: a dialect of YAML 1.1 that no other parser speaks. `tests/oracle` is that code as a program; we are compared with it.
//!
//! The way of a source: [`split`] cuts it into chunks, [`text`] makes a chunk readable, and [`fast`] an object of it if it is written as
//! people write. Else [`scan`] makes tokens of it, [`parse`] a tree of nodes, [`compose`] an object. JSON goes from [`json`] straight to nodes.

mod alias;
mod block;
mod compose;
mod cursor;
mod fast;
mod fold;
mod json;
mod lex;
mod node;
mod number;
mod parse;
mod resolve;
mod scan;
mod split;
#[cfg(test)]
mod tests;
mod text;

use std::collections::HashSet;

use plimsoll_tape::Builder;

use crate::object::NodeSpan;
use crate::source::Span;

use fast::Room;
use split::Piece;
use text::Text;

/// One document, read.
#[derive(Debug, Default)]
pub struct Draft {
    /// The bytes of the source that hold the document.
    pub span: Span,
    /// Its values; everything that was opened is closed.
    pub builder: Builder,
    /// Where each node was written: `spans[i]` belongs to node `i`.
    pub spans: Vec<NodeSpan>,
}

/// Why a document cannot be read, where, and the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the source that are wrong.
    pub span: Span,
    /// What is wrong and what to do about it: lower case, no full stop.
    pub message: String,
}

/// Shows every document of a source, in order. Empty documents are left out. A broken one does not hide those beside it. What is not taken out of
/// a draft is room for the next one.
pub fn each_document(bytes: &[u8], mut visit: impl FnMut(Result<&mut Draft, Problem>)) {
    let mut room = Room::new();
    read(bytes, &mut visit, |chunk, visit| {
        let text = Text::of_yaml(bytes, chunk);
        match fast::document(&text, &mut room) {
            Ok(None) => {}
            Ok(Some((builder, spans))) => {
                let mut draft = Draft { span: chunk, builder, spans };
                visit(Ok(&mut draft));
                (room.builder, room.spans) = (draft.builder, draft.spans);
            }
            Err(fast::GivenUp) => in_full(&text, chunk, visit),
        }
    });
}

/// Every document of a source, in order, as [`each_document`] shows them.
pub fn documents(bytes: &[u8]) -> Vec<Result<Draft, Problem>> {
    let mut found = Vec::new();
    each_document(bytes, |draft| found.push(draft.map(std::mem::take)));
    found
}

/// The same documents, read without the fast path: what fuzzing and tests compare it with.
pub fn documents_in_full(bytes: &[u8]) -> Vec<Result<Draft, Problem>> {
    let mut found = Vec::new();
    let mut visit = |draft: Result<&mut Draft, Problem>| found.push(draft.map(std::mem::take));
    read(bytes, &mut visit, |chunk, visit| in_full(&Text::of_yaml(bytes, chunk), chunk, visit));
    found
}

/// How many bytes of a source the fast path leaves to the full parser.
pub fn bytes_in_full(bytes: &[u8]) -> usize {
    let mut left = 0;
    split::pieces(bytes, |piece| match piece {
        Piece::Yaml(chunk) if fast::document(&Text::of_yaml(bytes, chunk), &mut Room::default()).is_err() => {
            left += (chunk.end - chunk.start) as usize;
        }
        _ => {}
    });
    left
}

/// The keys that stand in their mapping for a second time. Kubernetes takes the last of them and says nothing.
pub fn doubled_keys(bytes: &[u8]) -> Vec<Span> {
    let mut doubled = Vec::new();
    split::pieces(bytes, |piece| {
        let Piece::Yaml(chunk) = piece else { return };
        let text = Text::of_yaml(bytes, chunk);
        let Ok(parsed) = parse::document(text.str(), text.breakage().is_some()) else { return };
        let tree = &parsed.tree;
        let mappings = tree.nodes.iter().zip(0u32..).filter(|(node, _)| node.kind == node::Kind::Mapping);
        for (mapping, number) in mappings {
            let mut seen = HashSet::new();
            let mut key = number + 1;
            while key < mapping.next {
                let node = tree.node(key);
                let is_scalar = matches!(node.kind, node::Kind::Scalar { .. });
                if is_scalar && !seen.insert(tree.characters(node)) {
                    doubled.push(text.span(node.start as usize, node.end as usize));
                }
                key = tree.node(node.next).next;
            }
        }
    });
    doubled
}

/// Who is shown documents and what is wrong with others.
type Visit<'a> = dyn FnMut(Result<&mut Draft, Problem>) + 'a;

fn read(bytes: &[u8], visit: &mut Visit<'_>, mut read_chunk: impl FnMut(Span, &mut Visit<'_>)) {
    split::pieces(bytes, |piece| match piece {
        Piece::Yaml(chunk) => read_chunk(chunk, visit),
        Piece::Json(tree, span) => show(draft(&tree, &Text::of_json(bytes), span), visit),
        Piece::Broken(span, message) => visit(Err(Problem { span, message })),
    });
}

fn show(draft: Result<Option<Draft>, Problem>, visit: &mut Visit<'_>) {
    match draft {
        Ok(Some(mut draft)) => visit(Ok(&mut draft)),
        Ok(None) => {}
        Err(problem) => visit(Err(problem)),
    }
}

/// Reads the one document that Kubernetes sees in a chunk; what it ignores after that is a problem of its own.
fn in_full(text: &Text<'_>, chunk: Span, visit: &mut Visit<'_>) {
    let parsed = match parse::document(text.str(), text.breakage().is_some()) {
        Ok(parsed) => text.check_reach(&parsed).map(|()| parsed),
        Err(fault) => Err(text.breakage().unwrap_or_else(|| text.problem(fault))),
    };
    match parsed {
        Err(problem) => visit(Err(problem)),
        Ok(parsed) => {
            show(draft(&parsed.tree, text, chunk), visit);
            if let Some(fault) = parsed.ignored {
                visit(Err(text.problem(fault)));
            }
        }
    }
}

/// The document that a tree describes, unless it is empty.
fn draft(tree: &node::Tree<'_>, text: &Text<'_>, span: Span) -> Result<Option<Draft>, Problem> {
    let composed = alias::check(tree)
        .and_then(|()| compose::compose(tree, text))
        .map_err(|fault| text.problem(fault))?;
    Ok(composed.map(|(builder, spans)| Draft { span, builder, spans }))
}
