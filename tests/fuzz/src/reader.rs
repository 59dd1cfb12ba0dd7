//! Any bytes as a manifest.

use plimsoll::object::{NodeSpan, Object, to_json};
use plimsoll::read::one;
use plimsoll::read::yaml::{Draft, Problem, documents_in_full, each_document};
use plimsoll::source::{Columns, Source, Span};
use plimsoll_tape::{Chunk, Value};
use serde_json::Value as Json;

/// Deeper JSON is left alone: serde_json does not read it.
const DEPTH: usize = 100;

/// Nodes of an object whose places are asked for; each costs as much as the object is wide.
const ASKED: u32 = 64;

/// # Panics
///
/// If a place lies outside its source, the two ways of reading differ, or the JSON of an object is not what it holds.
pub fn run(bytes: &[u8]) {
    // As a scan does, in which one document has the room of the one before.
    let mut read = Vec::new();
    each_document(bytes, |document| read.push(Plain::of(document)));
    let in_full = documents_in_full(bytes).into_iter();
    let otherwise: Vec<Plain> =
        in_full.map(|mut document| Plain::of(document.as_mut().map_err(|why| why.clone()))).collect();
    for (number, (read, otherwise)) in read.iter().zip(&otherwise).enumerate() {
        assert_eq!(read, otherwise, "document {number} is read in two ways");
    }
    assert_eq!(read.len(), otherwise.len(), "documents");
    read.iter().for_each(|document| document.stands_inside(bytes));
    let read = one("a.yaml", bytes.to_vec());
    let Some(source) = read.sources.first() else { return };
    for fault in &read.faults {
        assert!(!fault.message.is_empty(), "a fault says something");
        let (_, span) = fault.at.expect("what is wrong with a manifest has a place");
        shown(source, span);
    }
    read.objects.iter().for_each(|object| is_whole(object, source));
}

/// What a document became, to be compared.
#[derive(Debug, PartialEq)]
enum Plain {
    Draft { span: Span, chunk: Box<[u8]>, spans: Vec<NodeSpan> },
    Problem(Problem),
}

impl Plain {
    fn of(document: Result<&mut Draft, Problem>) -> Self {
        match document {
            Ok(Draft { span, builder, spans }) => {
                assert_eq!(builder.len() as usize, spans.len(), "every node has its places");
                let chunk = builder.chunk("", &[]).expect("what is fuzzed is small");
                Self::Draft { span: *span, chunk, spans: spans.clone() }
            }
            Err(problem) => Self::Problem(problem),
        }
    }

    fn stands_inside(&self, bytes: &[u8]) {
        let inside = |span: &Span| span.start <= span.end && span.end as usize <= bytes.len();
        match self {
            Self::Draft { span, spans, .. } => {
                assert!(inside(span), "the document stands at {span:?}");
                for NodeSpan { key, value } in spans {
                    assert!(inside(key) && inside(value), "a key stands at {key:?}, its value at {value:?}");
                }
            }
            Self::Problem(problem) => {
                assert!(inside(&problem.span) && !problem.message.is_empty(), "{problem:?}");
            }
        }
    }
}

fn is_whole(object: &Object, source: &Source) {
    let chunk = object.read();
    assert_eq!(chunk.len() as usize, object.spans.len(), "every node has its places");
    for pod in chunk.pods() {
        assert!(pod.spec < chunk.len() && pod.metadata.is_none_or(|node| node < chunk.len()), "{pod:?}");
    }
    let mut pointers = Vec::new();
    object.pointers(|node, pointer| {
        if node < ASKED {
            pointers.push(pointer.to_owned());
        }
    });
    for (node, pointer) in (0..).zip(&pointers) {
        assert_eq!(object.pointer(node), *pointer, "the pointer of node {node}");
        assert_eq!(object.descend(0, pointer), (node, ""), "the node of {pointer}");
        shown(source, object.highlight(source, node));
    }
    let json = to_json(&chunk, 0);
    if pointers.iter().all(|pointer| pointer.matches('/').count() < DEPTH) && !is_deep(&chunk) {
        let json: Json = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
        assert!(is_same(&chunk, 0, &json), "the object is not what its JSON says: {json}");
    }
}

fn shown(source: &Source, span: Span) {
    let region = source.region(span, Columns::CodePoints);
    let (start, end) = ((region.start_line, region.start_column), (region.end_line, region.end_column));
    assert!(start <= end && region.start_column > 0, "{span:?} stands at {region:?}");
    let _ = (source.text(span), source.region(span, Columns::Utf16));
}

fn is_deep(chunk: &Chunk<'_>) -> bool {
    let mut open: Vec<u32> = Vec::new();
    (0..chunk.len()).any(|node| {
        while open.pop_if(|end| *end <= node).is_some() {}
        open.push(chunk.end(node));
        open.len() > DEPTH
    })
}

fn is_same(chunk: &Chunk<'_>, node: u32, json: &Json) -> bool {
    match (chunk.value(node), json) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(value), Json::Bool(json)) => value == *json,
        (Value::Int(number), json) => json.as_i64() == Some(number),
        (Value::UInt(number), json) => json.as_u64() == Some(number),
        // serde_json reads floats to the last bit but one.
        (Value::Float(number), json) => {
            json.as_f64().is_some_and(|json| (json - number).abs() <= number.abs() * 1e-15)
        }
        (Value::String(text), Json::String(json)) => text == json,
        (Value::Sequence(count), Json::Array(items)) => {
            let children: Vec<u32> = chunk.children(node).collect();
            (count as usize, items.len()) == (children.len(), children.len())
                && children.iter().zip(items).all(|(child, item)| is_same(chunk, *child, item))
        }
        (Value::Mapping(count), Json::Object(entries)) => {
            let children: Vec<u32> = chunk.children(node).collect();
            (count as usize, entries.len()) == (children.len(), children.len())
                && children.iter().zip(entries).all(|(child, (key, value))| {
                    chunk.key(*child) == Some(key) && is_same(chunk, *child, value)
                })
        }
        _ => false,
    }
}
