//! A place in an object, and what is there.

use std::cell::RefCell;

use plimsoll_tape::{Chunk, Traces, Value};

/// The objects of one call, and the steps that lead to what is not there.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) chunks: Vec<Chunk<'a>>,
    /// Which keys each object may have.
    traces: Vec<Traces>,
    /// Missing steps above the last one, each with the one above it; a node refers to the last by its position plus one.
    steps: RefCell<Vec<(u32, &'a str)>>,
    /// The keys that were asked for last, one a slot.
    keys: RefCell<[AskedKey<'a>; KEYS]>,
}

/// Rules ask for the same keys again and again, and mostly for keys that an object does not have.
const KEYS: usize = 256;

/// A key that was asked for in an object, and the number that stands for it there.
#[derive(Clone, Copy, Debug)]
struct AskedKey<'a> {
    key: &'a str,
    object: u32,
    symbol: Option<u32>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(chunks: Vec<Chunk<'a>>) -> Self {
        let none = AskedKey { key: "", object: u32::MAX, symbol: None };
        let traces = chunks.iter().map(Chunk::traces).collect();
        Self { chunks, traces, steps: RefCell::default(), keys: RefCell::new([none; KEYS]) }
    }

    /// The entry of a mapping with this key. Keys are told by where they lie, which is enough because they live as long as the batch.
    fn get(&self, object: u32, node: u32, key: &'a str) -> Option<u32> {
        let chunk = &self.chunks[object as usize];
        let mut keys = self.keys.borrow_mut();
        let mixed = ((key.as_ptr().addr() ^ key.len()) as u32).wrapping_mul(0x9E37_79B1);
        let asked = &mut keys[(mixed >> 24) as usize % KEYS];
        if asked.object != object || !std::ptr::eq(asked.key, key) {
            let symbol = self.traces[object as usize].of(key).then(|| chunk.symbol_of(key)).flatten();
            *asked = AskedKey { key, object, symbol };
        }
        chunk.get_by_symbol(node, asked.symbol?)
    }

    /// Forgets the missing steps; to be called when no node is held any more.
    pub(crate) fn forget_steps(&self) {
        self.steps.borrow_mut().clear();
    }

    pub(crate) fn node(&'a self, object: u32, index: u32) -> Node<'a> {
        Node { batch: self, object, index, above: 0, missing: None }
    }
}

/// What kind of value a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// There is nothing at this address.
    Missing,
    /// `null`, which Kubernetes treats like nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// Any other number.
    Float,
    /// Text.
    String,
    /// A list.
    Sequence,
    /// Keys and values.
    Mapping,
}

/// An address in an object and the value there, if there is one. A step that leads nowhere is no error: the node is then missing, knows
/// its address all the same, and a finding on it is shown at the nearest ancestor that exists.
///
/// ```
/// use plimsoll_sdk::prelude::*;
///
/// fn check<'a>(object: Object<'a>, report: &mut Report<'a>) {
///     let strategy = object.at(&["spec", "strategy", "type"]);
///     if strategy.is_missing() {
///         report.at(strategy, "say how to roll out");
///     }
///     for (key, value) in object.labels().entries() {
///         if value.kind() != Kind::String {
///             report.at(value, format!("the label \"{key}\" must be text"));
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Node<'a> {
    batch: &'a Batch<'a>,
    pub(crate) object: u32,
    /// The node, or the deepest ancestor that exists.
    index: u32,
    above: u32,
    missing: Option<&'a str>,
}

impl<'a> Node<'a> {
    /// The value under a key.
    pub fn get(self, key: &'a str) -> Node<'a> {
        if self.missing.is_none() {
            match self.batch.get(self.object, self.index, key) {
                Some(index) => Node { index, ..self },
                None => Node { missing: Some(key), ..self },
            }
        } else {
            self.further(key)
        }
    }

    /// The value at the end of several keys.
    pub fn at(self, keys: &[&'a str]) -> Node<'a> {
        keys.iter().fold(self, |node, key| node.get(key))
    }

    /// The item of a sequence at this position, from 0.
    pub fn item(self, position: usize) -> Node<'a> {
        match self.present().and_then(|index| self.chunk().item(index, position)) {
            Some(index) => Node { index, ..self },
            None => self.get("-"),
        }
    }

    /// The items of a sequence; none if it is not one.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> + use<'a> {
        let children = (self.kind() == Kind::Sequence).then(|| self.chunk().children(self.index));
        children.into_iter().flatten().map(move |index| Node { index, ..self })
    }

    /// The entries of a mapping with their keys; none if it is not one.
    pub fn entries(self) -> impl Iterator<Item = (&'a str, Node<'a>)> + use<'a> {
        let children = (self.kind() == Kind::Mapping).then(|| self.chunk().children(self.index));
        let chunk = *self.chunk();
        children
            .into_iter()
            .flatten()
            .map(move |index| (chunk.key(index).unwrap_or_default(), Node { index, ..self }))
    }

    /// How many items or entries there are; 0 for anything else.
    pub fn len(self) -> usize {
        match self.value() {
            Some(Value::Sequence(len) | Value::Mapping(len)) => len as usize,
            _ => 0,
        }
    }

    /// Whether there are no items or entries.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// What kind of value is there.
    pub fn kind(self) -> Kind {
        match self.value() {
            None => Kind::Missing,
            Some(Value::Null) => Kind::Null,
            Some(Value::Bool(_)) => Kind::Bool,
            Some(Value::Int(_) | Value::UInt(_)) => Kind::Integer,
            Some(Value::Float(_)) => Kind::Float,
            Some(Value::String(_)) => Kind::String,
            Some(Value::Sequence(_)) => Kind::Sequence,
            Some(Value::Mapping(_)) => Kind::Mapping,
        }
    }

    /// Whether a value is there that Kubernetes would take notice of: anything but nothing and `null`.
    pub fn is_set(self) -> bool {
        !matches!(self.kind(), Kind::Missing | Kind::Null)
    }

    /// Whether nothing is written at this address, not even `null`.
    pub fn is_missing(self) -> bool {
        self.missing.is_some()
    }

    /// Whether it is the boolean true.
    pub fn is_true(self) -> bool {
        self.as_bool() == Some(true)
    }

    /// Whether it is the boolean false.
    pub fn is_false(self) -> bool {
        self.as_bool() == Some(false)
    }

    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.value() {
            Some(Value::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(self) -> Option<&'a str> {
        match self.value() {
            Some(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// The text, or nothing where it is no string.
    pub fn str(self) -> &'a str {
        self.as_str().unwrap_or_default()
    }

    /// Whether it is this text.
    pub fn is(self, text: &str) -> bool {
        self.as_str() == Some(text)
    }

    /// The number, if it is a whole one that fits. A float without a fraction counts, as it does for Kubernetes.
    pub fn as_i64(self) -> Option<i64> {
        match self.value() {
            Some(Value::Int(number)) => Some(number),
            Some(Value::Float(number)) if number.fract() == 0.0 && number.abs() < 9e15 => Some(number as i64),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_f64(self) -> Option<f64> {
        match self.value() {
            Some(Value::Int(number)) => Some(number as f64),
            Some(Value::UInt(number)) => Some(number as f64),
            Some(Value::Float(number)) => Some(number),
            _ => None,
        }
    }

    /// A string, number or boolean as text; nothing for anything else.
    pub fn text(self) -> String {
        match self.value() {
            Some(Value::String(text)) => text.to_owned(),
            Some(Value::Bool(value)) => value.to_string(),
            Some(Value::Int(number)) => number.to_string(),
            Some(Value::UInt(number)) => number.to_string(),
            Some(Value::Float(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    /// The key under which it stands, if it stands in a mapping.
    pub fn key(self) -> Option<&'a str> {
        self.missing.or_else(|| self.chunk().key(self.index))
    }

    /// Where it stands in its object, as an RFC 6901 pointer.
    pub fn pointer(self) -> String {
        let chunk = self.chunk();
        let mut pointer = String::new();
        let mut at = 0;
        while at != self.index {
            let Some((position, child)) = chunk
                .children(at)
                .enumerate()
                .find(|(_, child)| (*child..chunk.end(*child)).contains(&self.index))
            else {
                break;
            };
            match chunk.key(child) {
                Some(key) => push_step(&mut pointer, key),
                None => push_step(&mut pointer, &position.to_string()),
            }
            at = child;
        }
        pointer + &self.missing_path()
    }

    /// The object, and the node of it; [`push_path`](Self::push_path) says what is missing below that.
    pub(crate) fn address(self) -> (u32, u32) {
        (self.object, self.index)
    }

    /// The objects it belongs to, and which of them.
    pub(crate) fn owner(self) -> (&'a Batch<'a>, u32) {
        (self.batch, self.object)
    }

    /// What it stands in; the object itself for the object.
    pub fn parent(self) -> Node<'a> {
        let chunk = self.chunk();
        match self.missing {
            Some(_) if self.above == 0 => Node { missing: None, ..self },
            Some(_) => {
                let (above, key) = self.batch.steps.borrow()[self.above as usize - 1];
                Node { above, missing: Some(key), ..self }
            }
            None => {
                let mut at = 0;
                while let Some(child) =
                    chunk.children(at).find(|child| (*child + 1..chunk.end(*child)).contains(&self.index))
                {
                    at = child;
                }
                Node { index: at, ..self }
            }
        }
    }

    fn present(self) -> Option<u32> {
        self.missing.is_none().then_some(self.index)
    }

    fn value(self) -> Option<Value<'a>> {
        Some(self.chunk().value(self.present()?))
    }

    fn chunk(self) -> &'a Chunk<'a> {
        &self.batch.chunks[self.object as usize]
    }

    fn further(self, key: &'a str) -> Node<'a> {
        let Some(last) = self.missing else { return self };
        let mut steps = self.batch.steps.borrow_mut();
        steps.push((self.above, last));
        Node { above: steps.len() as u32, missing: Some(key), ..self }
    }

    fn missing_path(self) -> String {
        let mut path = String::new();
        self.push_path(&mut path);
        path
    }

    /// Writes the missing steps, as an RFC 6901 pointer.
    pub(crate) fn push_path(self, path: &mut String) {
        let Some(last) = self.missing else { return };
        if self.above > 0 {
            let steps = self.batch.steps.borrow();
            let above = |above: u32| above.checked_sub(1).map(|position| steps[position as usize]);
            let up = || std::iter::successors(above(self.above), |(next, _)| above(*next));
            // There are one or two of them, so that to walk again for each is less work than to keep them.
            for number in (0..up().count()).rev() {
                up().nth(number).into_iter().for_each(|(_, key)| push_step(path, key));
            }
        }
        push_step(path, last);
    }
}

/// The same address in the same object, whether something is there or not.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.batch, other.batch)
            && (self.object, self.index) == (other.object, other.index)
            && self.missing == other.missing
            && (self.missing.is_none() || self.missing_path() == other.missing_path())
    }
}

impl Eq for Node<'_> {}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.pointer(), self.value())
    }
}

fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    if !step.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        pointer.push_str(step);
        return;
    }
    for letter in step.chars() {
        match letter {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            letter => pointer.push(letter),
        }
    }
}
