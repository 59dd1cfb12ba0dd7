//! From documents to objects: lists opened, pods found, everything else left aside.

use plimsoll_tape::{Builder, Chunk, Value, find_pods};

use super::yaml::Draft;
use crate::object::{NodeSpan, Object};
use crate::source::Span;

/// Lists in lists are opened this deep.
const DEPTH: u32 = 8;

/// The objects of a document, and what looks meant to be an object and is none, with the place and the cure.
pub(super) fn objects(draft: &mut Draft, path: &str) -> (Vec<Object>, Vec<(Span, String)>) {
    let view = draft.builder.view();
    let judgement = judge(&view, 0);
    if matches!(judgement, Judgement::Object) {
        // Nearly every document.
        let span = draft.span;
        return match whole(draft, path) {
            Ok(object) => (vec![object], Vec::new()),
            Err(why) => (Vec::new(), vec![(span, why)]),
        };
    }
    let mut found =
        Found { document: draft.span, spans: &draft.spans, path, objects: Vec::new(), faults: Vec::new() };
    found.open(&view, 0, judgement, DEPTH);
    (found.objects, found.faults)
}

/// The objects of a document that is an object whatever it holds, or a list of such.
pub(super) fn example(draft: &mut Draft, path: &str) -> Result<Vec<Object>, String> {
    match judge(&draft.builder.view(), 0) {
        Judgement::List { .. } => match objects(draft, path) {
            (objects, faults) if faults.is_empty() => Ok(objects),
            (_, mut faults) => Err(faults.swap_remove(0).1),
        },
        _ => whole(draft, path).map(|object| vec![object]),
    }
}

/// A document whose tape is the object's as it stands.
fn whole(draft: &mut Draft, path: &str) -> Result<Object, String> {
    let pods = find_pods(&draft.builder.view());
    let chunk = draft.builder.chunk(path, &pods).map_err(|error| error.to_string())?;
    Ok(Object { source: 0, document: draft.span, chunk, spans: draft.spans.as_slice().into() })
}

struct Found<'a> {
    document: Span,
    spans: &'a [NodeSpan],
    path: &'a str,
    objects: Vec<Object>,
    faults: Vec<(Span, String)>,
}

enum Judgement {
    Object,
    List { items: u32 },
    Broken(&'static str),
    Other,
}

fn judge(chunk: &Chunk<'_>, node: u32) -> Judgement {
    let text = |key| match chunk.get(node, key).map(|node| chunk.value(node)) {
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(Value::Null) | None => Ok(None),
        Some(_) => Err(()),
    };
    let mapping =
        |key| chunk.get(node, key).is_some_and(|node| matches!(chunk.value(node), Value::Mapping(_)));
    match (text("apiVersion"), text("kind")) {
        (Ok(Some(_)), Ok(Some(kind))) => match chunk.get(node, "items") {
            Some(items) if kind.ends_with("List") && matches!(chunk.value(items), Value::Sequence(_)) => {
                Judgement::List { items }
            }
            _ => Judgement::Object,
        },
        (Err(()), Ok(Some(_))) if mapping("metadata") => {
            Judgement::Broken("`apiVersion` must be text, such as `apps/v1`")
        }
        (Ok(Some(_)), Err(())) if mapping("metadata") => {
            Judgement::Broken("`kind` must be text, such as `Deployment`")
        }
        (Ok(None), Ok(Some(_))) if mapping("metadata") => Judgement::Broken(
            "this looks like an object and has no `apiVersion`; Kubernetes cannot read it without one",
        ),
        (Ok(Some(_)), Ok(None)) if mapping("metadata") => Judgement::Broken(
            "this looks like an object and has no `kind`; Kubernetes cannot read it without one",
        ),
        _ if node == 0 && is_list_of_objects(chunk) => Judgement::Broken(
            "this is a sequence of objects; make it `kind: List` with `items`, or separate them with `---`",
        ),
        _ => Judgement::Other,
    }
}

fn is_list_of_objects(chunk: &Chunk<'_>) -> bool {
    chunk
        .item(0, 0)
        .is_some_and(|first| chunk.get(first, "apiVersion").is_some() && chunk.get(first, "kind").is_some())
}

impl Found<'_> {
    fn open(&mut self, chunk: &Chunk<'_>, node: u32, judgement: Judgement, depth: u32) {
        match judgement {
            Judgement::Other => {}
            Judgement::Broken(why) => self.faults.push((self.place(node), why.to_owned())),
            Judgement::List { .. } if depth == 0 => {
                self.faults.push((
                    self.place(node),
                    format!("lists are nested more than {DEPTH} deep; flatten them"),
                ));
            }
            Judgement::List { items } => {
                for item in chunk.children(items) {
                    let judgement = match judge(chunk, item) {
                        Judgement::Other => Judgement::Broken(
                            "this item of a list is no object; it needs an `apiVersion` and a `kind`",
                        ),
                        judgement => judgement,
                    };
                    self.open(chunk, item, judgement, depth - 1);
                }
            }
            Judgement::Object => match extract(chunk, node, self.path) {
                Ok(bytes) => {
                    let mut spans = self.spans[node as usize..chunk.end(node) as usize].to_vec();
                    spans[0].key = Span { start: spans[0].value.start, end: spans[0].value.start };
                    let (document, spans) = (self.document, spans.into_boxed_slice());
                    self.objects.push(Object { source: 0, document, chunk: bytes, spans });
                }
                Err(error) => self.faults.push((self.place(node), error.to_string())),
            },
        }
    }

    fn place(&self, node: u32) -> Span {
        let NodeSpan { key, value } = self.spans[node as usize];
        if key.is_empty() { Span { end: value.end.min(value.start + 1), ..value } } else { key }
    }
}

fn extract(chunk: &Chunk<'_>, node: u32, path: &str) -> Result<Box<[u8]>, plimsoll_tape::Overflow> {
    let mut builder = Builder::new();
    builder.copy(None, chunk, node)?;
    let pods = find_pods(&builder.view());
    builder.finish(path, &pods)
}
