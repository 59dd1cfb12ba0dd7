//! How much of what a plugin says is kept, counted in bytes of memory.

use std::cell::Cell;

use super::limits::size;
use crate::finding::{Finding, Place};

/// Bytes of a value that a fix sets, as text; in memory it may be a hundred times as large.
const VALUE: usize = 64 << 10;

/// Bytes that a finding is counted with, beside what hangs on it. These are numbers of their own and no sizes of types, so that a plugin
/// comes to the same end on every machine; they are no less than those.
pub(super) const FINDING: usize = 256;
/// A place, beside its pointer.
pub(super) const PLACE: usize = 64;
/// A text, beside its letters.
pub(super) const TEXT: usize = 32;
/// A value of JSON, beside what is in it; twice, because lists grow by doubling.
const JSON: usize = 160;
/// A mapping, which makes room for some keys before it has any.
const MAP: usize = 512;
/// A key of a mapping, beside its letters and its value.
const KEY: usize = 160;

const _: () = assert!(size_of::<Finding>() <= FINDING && size_of::<Place>() <= PLACE);
const _: () = assert!(size_of::<String>() <= TEXT && 2 * size_of::<serde_json::Value>() <= JSON);

/// How many bytes a finding may take, and how many it took so far. Counted while it is made: a few bytes from a plugin can name a long
/// pointer fifty thousand times.
pub(super) struct Room {
    left: usize,
    taken: Cell<usize>,
}

impl Room {
    /// Room for so many bytes.
    pub(super) fn new(left: usize) -> Self {
        Self { left, taken: Cell::new(0) }
    }

    /// Takes some. That there is no room is no news: `together` tells it.
    pub(super) fn take(&self, bytes: usize) -> Result<(), String> {
        self.taken.set(self.taken().saturating_add(bytes));
        if self.is_full() { Err("there is no room for it".to_owned()) } else { Ok(()) }
    }

    /// How many bytes were taken.
    pub(super) fn taken(&self) -> usize {
        self.taken.get()
    }

    /// Whether more was taken than there is.
    pub(super) fn is_full(&self) -> bool {
        self.taken() > self.left
    }
}

/// The value that a fix sets.
pub(super) fn value(text: &str, room: &Room) -> Result<serde_json::Value, String> {
    if text.len() > VALUE {
        return Err(format!("a fix sets a value of more than {}", size(VALUE)));
    }
    if matches!(text, "true" | "false") {
        room.take(JSON)?;
        return Ok(serde_json::Value::Bool(text == "true"));
    }
    let value = serde_json::from_str(text).map_err(|error| format!("a fix sets what is no JSON: {error}"))?;
    room.take(bytes(&value))?;
    Ok(value)
}

/// Bytes of memory that a value takes, or some more.
fn bytes(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    let inside = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes).sum(),
        Value::Object(members) => {
            MAP + members.iter().map(|(key, value)| KEY + key.len() + bytes(value)).sum::<usize>()
        }
        _ => 0,
    };
    JSON + inside
}
