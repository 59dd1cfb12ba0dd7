//! From what becomes of nodes to what becomes of the text.

use std::collections::BTreeMap;

use plimsoll_tape::Value as Tape;
use serde_json::Value;

use super::editor::Editor;
use super::layout::{Head, Layout};
use super::parts::{Part, in_order, separate, spare};
use super::plan::{Change, Changes, Fate};
use super::write::{self, Brackets, Context, Quotes};
use super::{Replacement, Unmendable};
use crate::source::Span;

/// What changes of objects come to, source by source.
pub(super) fn replacements(
    changes: &BTreeMap<u32, Changes>,
    editor: &Editor<'_>,
) -> Result<Vec<Replacement>, Unmendable> {
    let mut of_sources: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for number in changes.keys() {
        of_sources.entry(editor.objects[*number as usize].source).or_default().push(*number);
    }
    let mut all = Vec::new();
    for (number, changed) in of_sources {
        let (mut parts, mut layouts) = (Vec::new(), Vec::with_capacity(changed.len()));
        for object in changed {
            let layout = editor.layout(object)?;
            let changes = settled(&changes[&object], &layout)?;
            parts.extend(Splicer { layout: &layout, parts: Vec::new() }.run(&changes)?);
            layouts.push(layout);
        }
        let block_scalars = layouts.iter().flat_map(|layout| &layout.block_scalars);
        let bytes = &editor.sources[number as usize].bytes;
        let parts = in_order(parts, bytes, block_scalars.clone())?;
        spare(block_scalars, &parts, bytes)?;
        separate(&parts, bytes)?;
        all.extend(parts.into_iter().map(|(start, end, text)| Replacement {
            source: number,
            span: Span::new(start, end),
            text,
        }));
    }
    Ok(all)
}

/// Changes in which whatever ends up empty, or stops being so, is set as a whole.
fn settled(changes: &Changes, layout: &Layout<'_>) -> Result<Changes, Unmendable> {
    let mut settled = changes.clone();
    settled.retain(|_, change| !change.is_nothing());
    let is_removed = |node: &u32| changes.get(node).is_some_and(|change| change.fate == Some(Fate::Remove));
    let mut emptied: Vec<u32> =
        changes.keys().filter(|node| is_removed(node)).map(|node| layout.parent(*node)).collect();
    emptied.dedup();
    emptied.retain(|parent| layout.chunk.children(*parent).all(|child| is_removed(&child)));
    for parent in emptied {
        if parent == 0 {
            return Unmendable::because("it removes everything that the object holds");
        }
        for child in layout.chunk.children(parent) {
            settled.remove(&child);
        }
        settled.entry(parent).or_default().fill(matches!(layout.chunk.value(parent), Tape::Sequence(_)));
    }
    for (node, change) in &mut settled {
        let grows = !change.entries.is_empty() || !change.items.is_empty();
        if grows && matches!(layout.chunk.value(*node), Tape::Null | Tape::Mapping(0) | Tape::Sequence(0)) {
            change.fill(!change.items.is_empty());
        }
    }
    Ok(settled)
}

impl Change {
    /// What comes into the node becomes its value.
    fn fill(&mut self, is_sequence: bool) {
        let (items, entries) = (std::mem::take(&mut self.items), std::mem::take(&mut self.entries));
        let value = if is_sequence { Value::Array(items) } else { Value::Object(entries) };
        self.fate = Some(Fate::Set(value));
    }
}

struct Splicer<'a> {
    layout: &'a Layout<'a>,
    parts: Vec<Part>,
}

impl Splicer<'_> {
    fn run(mut self, changes: &Changes) -> Result<Vec<Part>, Unmendable> {
        let mut removed: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (node, change) in changes.iter().rev() {
            self.layout.own(*node)?;
            if change.fate.is_some() {
                self.layout.own_below(*node)?;
            }
            if let Some(key) = &change.key {
                self.renamed(*node, key, changes)?;
                let (start, end) = self.layout.key(*node);
                let quotes = Quotes::of(&self.layout.bytes[start..end]);
                self.parts.push((start, end, write::string(key, quotes, Context::Flow)));
            }
            match &change.fate {
                Some(Fate::Set(value)) => self.set(*node, value)?,
                Some(Fate::Remove) => removed.entry(self.layout.parent(*node)).or_default().push(*node),
                None => self.grow(*node, change, changes)?,
            }
        }
        for (parent, gone) in removed {
            self.remove(parent, &gone)?;
        }
        Ok(self.parts)
    }

    /// Whether a key may get another name.
    fn renamed(&self, node: u32, key: &str, changes: &Changes) -> Result<(), Unmendable> {
        let layout = &self.layout;
        let parent = layout.parent(node);
        let children = layout.children(parent)?;
        let comes = changes.get(&parent).is_some_and(|change| change.entries.contains_key(key));
        let becomes_it =
            |child: &u32| changes.get(child).is_some_and(|change| change.key.as_deref() == Some(key));
        let is_twice = comes || children.iter().any(|child| *child != node && becomes_it(child));
        if is_twice || layout.chunk.get(parent, key).is_some() {
            return Unmendable::because(format!("there is a `{key}` beside it already"));
        }
        match layout.is_flow(parent) {
            true => layout.plain_brackets(parent, &children),
            false => layout.plain_lines(parent, &children),
        }
    }

    /// Children of a collection go, though not all of them.
    fn remove(&mut self, parent: u32, gone: &[u32]) -> Result<(), Unmendable> {
        let layout = &self.layout;
        let children = layout.children(parent)?;
        let is_gone = |at: usize| gone.contains(&children[at]);
        let flow = layout.is_flow(parent);
        if flow {
            layout.plain_brackets(parent, &children)?;
        } else if matches!(layout.chunk.value(parent), Tape::Mapping(_)) {
            layout.plain_lines(parent, &children)?;
        }
        let mut at = 0;
        while at < children.len() {
            if !is_gone(at) {
                at += 1;
                continue;
            }
            // As many as go together, up to one that stays.
            let first = at;
            while at < children.len() && is_gone(at) {
                at += 1;
            }
            let run = &children[first..at];
            if flow {
                let (start, end, text) = match children.get(at) {
                    Some(next) => (layout.start(run[0]), layout.start(*next), ""),
                    None => {
                        let stays = children[first - 1];
                        let end = layout.value(stays).1;
                        let is_empty = layout.ends_empty(stays);
                        if !is_empty && layout.needs_comma(stays) {
                            return Unmendable::because(
                                "a text that ends with a colon, or that is a dash, stands before it; quote it",
                            );
                        }
                        let start = if is_empty { layout.skip_blanks(end) } else { end };
                        // `a:` before a bracket or a comma would be a text, and `!tag` take it for its own.
                        let text = if is_empty && start == end { " " } else { "" };
                        (start, layout.value(run[run.len() - 1]).1, text)
                    }
                };
                self.parts.push((start, end, text.to_owned()));
                continue;
            }
            match layout.head(run[0])? {
                Head::Line(_) => {
                    for child in run {
                        let Head::Line(start) = layout.head(*child)? else {
                            return Unmendable::because("something else stands before it on its line");
                        };
                        let end = layout.next_line(layout.tail(*child)?.line_end);
                        self.parts.push((start, end, String::new()));
                    }
                }
                // The dash stays with the entry that follows.
                Head::Behind(start) => {
                    let end = layout.skip_space(layout.tail(run[run.len() - 1])?.line_end);
                    if first > 0 || children.get(at).is_none_or(|next| end > layout.start(*next)) {
                        return Unmendable::because("something else stands before it on its line");
                    }
                    self.parts.push((start, end, String::new()));
                }
            }
        }
        Ok(())
    }

    /// Entries or items come behind the last one that stays.
    fn grow(&mut self, node: u32, change: &Change, changes: &Changes) -> Result<(), Unmendable> {
        if change.entries.is_empty() && change.items.is_empty() {
            return Ok(());
        }
        let layout = &self.layout;
        let children = layout.children(node)?;
        for child in &children {
            layout.own(*child)?;
        }
        let stays = |child: &&u32| changes.get(child).is_none_or(|change| change.fate != Some(Fate::Remove));
        let Some(last) = children.iter().rev().find(stays) else {
            return Unmendable::because("all that it is to stand beside comes from elsewhere");
        };
        if layout.is_flow(node) {
            layout.plain_brackets(node, &children)?;
            let brackets = self.brackets(node, layout.start(children[0]));
            let before = brackets.lines.as_ref().map_or(" ", |(before, _)| before);
            let entries = change.entries.iter().map(|(key, value)| brackets.entry(key, value));
            let items = change.items.iter().map(|item| brackets.value(item));
            let text = entries.chain(items).map(|part| format!(",{before}{part}")).collect::<String>();
            let at = layout.value(*last).1;
            // `a:,` would be a key that ends with a colon.
            let blank = if layout.ends_empty(*last) { " " } else { "" };
            self.parts.push((at, at, format!("{blank}{text}")));
            return Ok(());
        }
        let end = layout.tail(*last)?.line_end;
        let starts = |child: &u32| match layout.chunk.key(*child) {
            Some(_) => Ok(layout.start(*child)),
            None => layout.dash(*child),
        };
        let column = layout.column(layout.value(node).0);
        for child in &children {
            if layout.column(starts(child)?) != column {
                return Unmendable::because("what it is to stand beside is written in an unusual way");
            }
        }
        let mut lines = write::entries_in_lines(&change.entries, column, layout.indent);
        for item in &change.items {
            lines.extend(match item {
                Value::String(text) => {
                    let quotes = Quotes::of(&layout.bytes[layout.value(*last).0..]);
                    vec![(column, format!("- {}", write::string(text, quotes, Context::Block)))]
                }
                item => write::item_in_lines(item, column, layout.indent),
            });
        }
        self.parts.push((end, end, write::below(&lines, layout.line_break(end))));
        Ok(())
    }

    /// A node gets another value.
    fn set(&mut self, node: u32, value: &Value) -> Result<(), Unmendable> {
        let layout = &self.layout;
        let (start, end) = layout.value(node);
        if layout.in_flow(node) {
            let from = match layout.chunk.key(node) {
                Some(_) => layout.slot(node)?,
                None => layout.item_slot(node)?,
            };
            if !layout.bytes[from..start].trim_ascii().is_empty() {
                return Unmendable::because("an anchor, a tag or a comment stands before the value");
            }
            // Behind a quote `#` begins a comment, and behind what is not quoted it is a part of it.
            if layout.bytes.get(end) == Some(&b'#') {
                return Unmendable::because("a comment stands right behind the value; put a blank before it");
            }
            let blank = if start == end { " " } else { "" };
            let text = match (layout.chunk.value(node), value) {
                (Tape::String(_), Value::String(text)) => {
                    write::string(text, Quotes::of(&layout.bytes[start..end]), Context::Flow)
                }
                _ => self.brackets_of(node).value(value),
            };
            self.parts.push((start, end, format!("{blank}{text}")));
            return Ok(());
        }
        let slot = layout.slot(node)?;
        let gap = &layout.bytes[slot..start.max(slot)];
        let is_collection = matches!(layout.chunk.value(node), Tape::Sequence(_) | Tape::Mapping(_));
        let in_lines = is_collection && !layout.is_flow(node);
        let stays_in_brackets =
            layout.is_flow(node) && !matches!(layout.chunk.value(node), Tape::Sequence(0) | Tape::Mapping(0));
        let takes_lines = write::takes_lines(value) && !stays_in_brackets;
        // An anchor may end where the value begins.
        let touches = gap.last().is_some_and(|byte| !byte.is_ascii_whitespace());
        if gap.contains(&b'!') || gap.contains(&b'&') && (takes_lines || in_lines || touches) {
            return Unmendable::because("an anchor or a tag stands before the value");
        }
        if takes_lines {
            return self.set_lines(node, value, slot, in_lines);
        }
        let text = if write::takes_lines(value) {
            self.brackets_of(node).value(value)
        } else {
            let quotes = if is_collection { Quotes::None } else { Quotes::of(&layout.bytes[start..end]) };
            write::scalar(value, quotes, Context::Block)
        };
        let tail = layout.tail(node)?;
        let outer = if layout.chunk.key(node).is_some() { layout.key(node).0 } else { slot - 1 };
        // Only block scalars may stand on a line of their own so far out.
        let too_far_out = start > layout.line_end(slot) && layout.column(start) <= layout.column(outer);
        if too_far_out && !in_lines && !gap.trim_ascii().is_empty() {
            return Unmendable::because("an anchor, a tag or a comment stands before the value");
        }
        let parts = if start == end {
            vec![(start, start, format!(" {text}"))]
        } else if too_far_out && !in_lines {
            vec![(slot, tail.end, format!(" {text}"))]
        } else if !in_lines || start <= layout.line_end(slot) {
            vec![(start, tail.end, text)]
        } else {
            self.below_replaced(slot, tail.line_end, &format!(" {text}"), String::new())
        };
        self.parts.extend(parts);
        Ok(())
    }

    /// A node gets a value in lines of its own.
    fn set_lines(&mut self, node: u32, value: &Value, slot: usize, in_lines: bool) -> Result<(), Unmendable> {
        let layout = &self.layout;
        let (start, end) = layout.value(node);
        let tail = layout.tail(node)?;
        if layout.chunk.key(node).is_none() {
            let column = layout.column(slot) + 1;
            let lines = write::lines(value, column, layout.indent);
            let text = write::below(&lines, layout.line_break(tail.line_end));
            let text = text.trim_ascii_start();
            let on_one_line = start <= layout.line_end(slot) && layout.column(start) >= column;
            let part = match (start == end, on_one_line) {
                (true, _) => (slot, slot, format!(" {text}")),
                (_, true) if layout.column(start) == column || lines.len() == 1 => {
                    (start, tail.end, text.to_owned())
                }
                _ => (slot, tail.end, format!(" {text}")),
            };
            self.parts.push(part);
            return Ok(());
        }
        let key = layout.column(layout.key(node).0);
        let known = layout.column(start);
        let deeper = known > key || known == key && value.is_array();
        let column = match value {
            _ if in_lines && deeper => known,
            Value::Array(_) => key + layout.indent.sequence,
            _ => key + layout.indent.mapping,
        };
        let lines =
            write::below(&write::lines(value, column, layout.indent), layout.line_break(tail.line_end));
        let parts = if in_lines {
            self.below_replaced(slot, tail.line_end, "", lines)
        } else if layout.skip_blanks(tail.end) == tail.line_end {
            vec![(slot, tail.line_end, lines)]
        } else {
            // The comment stays on the line of the key.
            vec![(slot, tail.end, String::new()), (tail.line_end, tail.line_end, lines)]
        };
        self.parts.extend(parts);
        Ok(())
    }

    /// What stands on the lines after that of `slot` is replaced; a comment on this line stays.
    fn below_replaced(&self, slot: usize, end: usize, inline: &str, lines: String) -> Vec<Part> {
        let line_end = self.layout.line_end(slot);
        if self.layout.skip_blanks(slot) == line_end {
            return vec![(slot, end, format!("{inline}{lines}"))];
        }
        vec![(slot, slot, inline.to_owned()), (line_end, end, lines)]
    }

    /// How the value of a node is written in brackets: as it is now, or as what it stands in.
    fn brackets_of(&self, node: u32) -> Brackets {
        let layout = &self.layout;
        let is_filled = layout.is_flow(node) && layout.chunk.children(node).next().is_some();
        let around = if is_filled || !layout.in_flow(node) { node } else { layout.parent(node) };
        self.brackets(around, layout.start(node))
    }

    /// How values are written in a collection in brackets, on the line that holds `at`.
    fn brackets(&self, around: u32, at: usize) -> Brackets {
        let layout = &self.layout;
        let first = |node: u32| layout.children(node).ok()?.first().map(|first| layout.start(*first));
        let is_quoted = |node: u32| first(node).is_some_and(|at| layout.bytes[at] == b'"');
        let quotes = if is_quoted(around) || layout.is_flow(0) && is_quoted(0) {
            Quotes::Double
        } else {
            Quotes::None
        };
        let open = layout.value(around).0;
        // Only up to there: a file may be one line.
        let line_break = |first: &usize| {
            let length = memchr::memchr2(b'\n', b'\r', layout.bytes.get(open..*first)?)?;
            Some((*first, layout.line_break(open + length)))
        };
        let lines = first(around).as_ref().and_then(line_break).map(|(first, line_break)| {
            let step = layout.indentation(first).strip_prefix(layout.indentation(open));
            let step = step.filter(|step| !step.is_empty()).unwrap_or("  ");
            (format!("{line_break}{}", layout.indentation(at)), step.to_owned())
        });
        Brackets { quotes, lines }
    }
}
