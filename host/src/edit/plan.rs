//! What becomes of which node: the edits of one or several fixes, brought together.

use std::collections::BTreeMap;
use std::ops::Range;

use plimsoll_tape::{Chunk, Value as Tape};
use serde_json::{Map, Value};

use super::{Editor, Replacement, Unmendable, splice};
use crate::finding::{Action, Edit, Fix};
use crate::object::{Object, to_json};

/// Edits that can be made together, by object and node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    objects: BTreeMap<u32, Changes>,
}

/// What becomes of the nodes of one object.
pub(super) type Changes = BTreeMap<u32, Change>;

/// What becomes of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Change {
    /// What becomes of the node as a whole.
    pub(super) fate: Option<Fate>,
    /// The new name of its key.
    pub(super) key: Option<String>,
    /// Whether all of what becomes of the node and of those inside it gives it a value that was asked for as a whole.
    pub(super) whole: bool,
    /// What is missing below the node and was asked for, step by step, with its value.
    pub(super) asked: Vec<(Vec<String>, Value)>,
    /// Entries that come into a mapping, or into what is null.
    pub(super) entries: Map<String, Value>,
    /// Items that come behind those of a sequence, or into what is null.
    pub(super) items: Vec<Value>,
}

/// What becomes of a node as a whole.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fate {
    /// It gets another value.
    Set(Value),
    /// It goes, with its key.
    Remove,
}

impl Plan {
    /// The edits of a fix.
    ///
    /// # Errors
    ///
    /// If they make no sense for the object, or disagree.
    pub fn of(fix: &Fix, objects: &[Object]) -> Result<Self, Unmendable> {
        let mut plan = Self::default();
        for (number, Edit { place, action }) in fix.edits.iter().enumerate() {
            let same = |other: &Edit| other.action == *action && other.place == *place;
            if fix.edits[..number].iter().any(same) {
                continue;
            }
            let chunk = objects[place.object as usize].read();
            let mut changes = Changes::new();
            match action {
                Action::Set(json) => {
                    let value = serde_json::from_str(json)
                        .map_err(|error| Unmendable(format!("its value cannot be read: {error}")))?;
                    set(&mut changes, &chunk, place.node, &steps(&place.missing), value)?;
                }
                _ if !place.missing.is_empty() => {
                    return Unmendable::because("it changes a field that is not there");
                }
                _ if place.node == 0 => return Unmendable::because("it changes an object as a whole"),
                Action::Remove => changes.entry(place.node).or_default().fate = Some(Fate::Remove),
                Action::Rename(_) if chunk.key(place.node).is_none() => {
                    return Unmendable::because("it renames an item, which has no key");
                }
                Action::Rename(key) => changes.entry(place.node).or_default().key = Some(key.to_string()),
            }
            // One fix may add several items to one sequence; two fixes may not.
            let ours = plan.objects.get_mut(&place.object).and_then(|ours| ours.get_mut(&place.node));
            if let (Some(ours), Some(change)) = (ours, changes.get_mut(&place.node))
                && !ours.items.is_empty()
            {
                ours.items.append(&mut change.items);
            }
            let of_edit = Self { objects: BTreeMap::from([(place.object, changes)]) };
            if !plan.join(of_edit, objects) {
                return Unmendable::because("its edits change the same place in two ways");
            }
        }
        Ok(plan)
    }

    /// Takes in another plan, unless the two disagree.
    pub fn join(&mut self, other: Self, objects: &[Object]) -> bool {
        let agree = other.objects.iter().all(|(number, theirs)| {
            self.objects.get(number).is_none_or(|ours| agree(ours, theirs, &objects[*number as usize].read()))
        });
        if agree {
            for (number, theirs) in other.objects {
                let ours = self.objects.entry(number).or_default();
                for (node, change) in theirs {
                    ours.entry(node).or_default().take_in(change);
                }
            }
        }
        agree
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.objects.values().flat_map(BTreeMap::values).all(Change::is_nothing)
    }

    /// The sources that change, as positions.
    pub fn sources(&self, objects: &[Object]) -> Vec<u32> {
        let mut sources: Vec<u32> =
            self.objects.keys().map(|number| objects[*number as usize].source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    /// What it comes to in the texts, in order and without overlaps.
    ///
    /// # Errors
    ///
    /// If it cannot be written into a source.
    pub fn replacements(&self, editor: &Editor<'_>) -> Result<Vec<Replacement>, Unmendable> {
        splice::replacements(&self.objects, editor)
    }
}

/// Whether changes of one object can be made together.
fn agree(ours: &Changes, theirs: &Changes, chunk: &Chunk<'_>) -> bool {
    theirs.iter().all(|(node, change)| {
        let same_node = ours.get(node).is_none_or(|known| known.agrees(change));
        // Nothing changes inside of what is set or removed.
        let mut above = ours.range(..node).rev().filter(|(_, known)| known.fate.is_some());
        let free = above.next().is_none_or(|(above, _)| chunk.end(*above) <= *node);
        let inside = change.fate.is_some() && ours.range(node + 1..chunk.end(*node)).next().is_some();
        // What becomes a value as a whole becomes nothing else besides.
        let mut wholes = ours.range(..=node).rev().filter(|(_, known)| known.whole);
        let whole = wholes.next().map(|(whole, _)| *whole).filter(|whole| chunk.end(*whole) > *node);
        let clashes = whole.is_some_and(|whole| clash(ours, theirs, whole..chunk.end(whole)))
            || change.whole && clash(ours, theirs, *node..chunk.end(*node));
        same_node && free && !inside && !clashes
    })
}

/// Whether both change these nodes, each in its own way. That the first gets another name does not count.
fn clash(ours: &Changes, theirs: &Changes, nodes: Range<u32>) -> bool {
    let [ours, theirs] = [ours, theirs].map(|changes| {
        let counts = |(node, change): &(&u32, &Change)| **node != nodes.start || !change.only_renames();
        changes.range(nodes.clone()).filter(counts).peekable()
    });
    let both = [ours.clone(), theirs.clone()].iter_mut().all(|changes| changes.peek().is_some());
    both && !ours.eq(theirs)
}

impl Change {
    fn agrees(&self, other: &Self) -> bool {
        let fates = match (&self.fate, &other.fate) {
            (None, None) => true,
            (Some(fate), None) => other.only_renames() && *fate != Fate::Remove,
            (None, Some(fate)) => self.only_renames() && *fate != Fate::Remove,
            (Some(ours), Some(theirs)) => ours == theirs,
        };
        let keys = self.key.is_none() || other.key.is_none() || self.key == other.key;
        let kinds = (self.items.is_empty() || other.entries.is_empty())
            && (self.entries.is_empty() || other.items.is_empty());
        let items = self.items.is_empty() || other.items.is_empty() || self.items == other.items;
        let asked = self.asked.iter().all(|(ours, value)| {
            let apart =
                |(theirs, _): &(Vec<String>, Value)| !ours.starts_with(theirs) && !theirs.starts_with(ours);
            other.asked.iter().all(|theirs| apart(theirs) || theirs == &(ours.clone(), value.clone()))
        });
        fates && keys && kinds && items && asked && entries_agree(&self.entries, &other.entries)
    }

    /// Whether the node stays as it is.
    pub(super) fn is_nothing(&self) -> bool {
        self.key.is_none() && self.fate.is_none() && self.entries.is_empty() && self.items.is_empty()
    }

    fn only_renames(&self) -> bool {
        !self.whole && self.fate.is_none() && self.entries.is_empty() && self.items.is_empty()
    }

    fn take_in(&mut self, other: Self) {
        self.asked.extend(other.asked);
        self.whole |= other.whole;
        self.fate = self.fate.take().or(other.fate);
        self.key = self.key.take().or(other.key);
        take_in(&mut self.entries, other.entries);
        if self.items.is_empty() {
            self.items = other.items;
        }
    }
}

fn entries_agree(ours: &Map<String, Value>, theirs: &Map<String, Value>) -> bool {
    theirs.iter().all(|(key, value)| match (ours.get(key), value) {
        (None, _) => true,
        (Some(Value::Object(ours)), Value::Object(theirs)) => entries_agree(ours, theirs),
        (Some(ours), theirs) => ours == theirs,
    })
}

fn take_in(ours: &mut Map<String, Value>, theirs: Map<String, Value>) {
    for (key, value) in theirs {
        match (ours.get_mut(&key), value) {
            (Some(Value::Object(ours)), Value::Object(theirs)) => take_in(ours, theirs),
            (Some(_), _) => {}
            (None, value) => drop(ours.insert(key, value)),
        }
    }
}

/// The steps of an RFC 6901 pointer.
pub(super) fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

fn set(
    changes: &mut Changes,
    chunk: &Chunk<'_>,
    node: u32,
    missing: &[String],
    value: Value,
) -> Result<(), Unmendable> {
    let Some((first, rest)) = missing.split_first() else {
        if node == 0 {
            return Unmendable::because("it changes an object as a whole");
        }
        return become_equal(changes, chunk, node, value);
    };
    let change = changes.entry(node).or_default();
    if first != "-" {
        change.asked.push((missing.to_vec(), value.clone()));
    }
    let value = nested(rest, value);
    match chunk.value(node) {
        Tape::Sequence(count) if first == "-" || *first == count.to_string() => change.items.push(value),
        Tape::Null if first == "-" => change.items.push(value),
        Tape::Mapping(_) | Tape::Null if first != "-" => drop(change.entries.insert(first.clone(), value)),
        Tape::Sequence(_) => return Unmendable::because(format!("there is no item {first} to change")),
        _ => return Unmendable::because("it writes a field below a value that has none"),
    }
    Ok(())
}

/// A value with what is missing on the way to it.
fn nested(steps: &[String], value: Value) -> Value {
    steps.iter().rev().fold(value, |value, step| match step.as_str() {
        "-" => Value::Array(vec![value]),
        key => Value::Object(Map::from_iter([(key.to_owned(), value)])),
    })
}

/// A node gets a value. What of it is there already stays as it is written.
fn become_equal(changes: &mut Changes, chunk: &Chunk<'_>, node: u32, new: Value) -> Result<(), Unmendable> {
    let old: Value = serde_json::from_str(&to_json(chunk, node))
        .map_err(|error| Unmendable(format!("the old value cannot be compared: {error}")))?;
    differ(changes, chunk, node, &old, new);
    changes.entry(node).or_default().whole = true;
    Ok(())
}

fn differ(changes: &mut Changes, chunk: &Chunk<'_>, node: u32, old: &Value, new: Value) {
    match (old, new) {
        (old, new) if *old == new => {}
        (Value::Object(old), Value::Object(mut new)) if !old.is_empty() && !new.is_empty() => {
            for (child, (key, old)) in chunk.children(node).zip(old) {
                match new.shift_remove(key) {
                    Some(new) => differ(changes, chunk, child, old, new),
                    None => changes.entry(child).or_default().fate = Some(Fate::Remove),
                }
            }
            if !new.is_empty() {
                changes.entry(node).or_default().entries = new;
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (child, (old, new)) in chunk.children(node).zip(old.iter().zip(new)) {
                differ(changes, chunk, child, old, new);
            }
        }
        (Value::Array(old), Value::Array(new)) if new.first().is_some_and(|first| old.contains(first)) => {
            let mut new = new.into_iter().peekable();
            for (child, old) in chunk.children(node).zip(old) {
                if new.next_if(|new| new == old).is_none() {
                    changes.entry(child).or_default().fate = Some(Fate::Remove);
                }
            }
            let more: Vec<Value> = new.collect();
            if !more.is_empty() {
                changes.entry(node).or_default().items = more;
            }
        }
        (_, new) => changes.entry(node).or_default().fate = Some(Fate::Set(new)),
    }
}
