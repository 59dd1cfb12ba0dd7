//! Suppressions in comments: where they stand, and what they cover.

use std::collections::HashMap;

use plimsoll_tape::Value;

use super::directive::{self, Directive, FORM};
use crate::object::Object;
use crate::source::{BOM, Source, Span};

/// A suppression in a comment.
#[derive(Debug)]
pub(super) struct Comment {
    /// The comment, from its `#`.
    pub(super) span: Span,
    /// What it says, or why that is not understood.
    pub(super) says: Result<Directive, String>,
    /// The bytes that it covers.
    pub(super) covers: Span,
    /// The object that it stands in or above, and the node that it covers, as far as there is one.
    pub(super) object: u32,
    /// The node that it covers, the object's root where it covers more.
    pub(super) node: u32,
}

/// Where a comment that speaks to us may stand.
struct Found {
    /// Its `#`.
    hash: u32,
    /// Our name in it.
    name: u32,
    line: u32,
    /// Whether nothing stands before it on its line, or only what begins a document.
    alone: bool,
}

/// The suppressions in the comments of a source. `objects` are its objects, and the position of each in the scan.
pub(super) fn comments(source: &Source, objects: &[(u32, &Object)]) -> Vec<Comment> {
    let mut found = found(source);
    if found.is_empty() || objects.is_empty() {
        return Vec::new();
    }
    remove_texts(source, &mut found, objects);
    // What follows on the line of a comment is part of it.
    found.dedup_by_key(|found| found.line);
    let lines = covered_lines(source, &found);
    // Many comments may be about one line.
    let mut items: HashMap<u32, u32> = HashMap::new();
    for line in lines.iter().flatten() {
        items.entry(*line).or_insert_with(|| item_line(source, *line));
    }
    let starts = nodes_on(source, items.values(), objects);
    let (top, contents) = (Top::of(source), HashMap::new());
    let mut covering = Covering { source, objects, top, items, starts, contents };
    let comments = found.into_iter().zip(lines).filter_map(|(found, line)| {
        let end = source.line_span(found.line).end;
        let says = read(&source.text(Span { start: found.name, end }))?;
        let (object, node, covers) = covering.of(&found, line)?;
        let text = &source.bytes[found.hash as usize..end as usize];
        let span = Span { start: found.hash, end: found.hash + text.trim_ascii_end().len() as u32 };
        Some(Comment { span, says, covers, object, node })
    });
    comments.collect()
}

/// What comments cover.
struct Covering<'a> {
    source: &'a Source,
    objects: &'a [(u32, &'a Object)],
    top: Top,
    /// For every line that a comment is about the one on which what it covers begins.
    items: HashMap<u32, u32>,
    /// The outermost node that begins on a line.
    starts: HashMap<u32, (u32, u32, Span)>,
    /// The first line of a document that holds something, by where the document starts.
    contents: HashMap<u32, Option<u32>>,
}

impl Covering<'_> {
    /// The object, the node and the bytes, which are none if the comment stands in a document that holds no object.
    fn of(&mut self, found: &Found, line: Option<u32>) -> Option<(u32, u32, Span)> {
        let at = line.map_or(found.hash, |line| self.source.line_span(line).start);
        let first = self.objects.partition_point(|(_, object)| object.document.end <= at);
        let first = self.objects.get(first).filter(|(_, object)| object.document.start <= at);
        if found.alone && self.top.is_apart(found.line) {
            let end = self.source.bytes.len() as u32;
            return Some((first.or(self.objects.first())?.0, 0, Span { start: 0, end }));
        }
        let Some((number, object)) = first.copied() else {
            // Told of beside the object that stands before it, or else after it.
            let before = self.objects.partition_point(|(_, object)| object.document.start <= at);
            let (number, _) = self.objects.get(before.saturating_sub(1))?;
            return Some((*number, 0, Span { start: at, end: at }));
        };
        let Some(line) = line else { return Some((number, 0, Span { start: at, end: at })) };
        let start = object.document.start;
        let content = *self
            .contents
            .entry(start)
            .or_insert_with(|| first_content(self.source, self.source.line_of(start)));
        if found.alone && content == Some(line) {
            return Some((number, 0, object.document));
        }
        let span = self.source.line_span(line);
        Some(match self.items.get(&line).and_then(|line| self.starts.get(line)) {
            Some((object, node, covered)) => {
                (*object, *node, Span { end: span.end.max(covered.end), ..span })
            }
            None => (number, 0, span),
        })
    }
}

/// The lines at the top of a source that are blank or comments.
struct Top {
    /// The line after them.
    end: u32,
    /// The last that sets what is above it apart from the first document: a blank line or `---`.
    gap: u32,
}

impl Top {
    fn of(source: &Source) -> Self {
        let last = source.line_of(source.bytes.len() as u32);
        let text = |line: &u32| text_of(source, *line);
        let is_top = |line: &u32| is_blank(text(line)) || is_comment(text(line));
        let end = (1..=last).find(|line| !is_top(line)).unwrap_or(last + 1);
        let content = first_content(source, end).unwrap_or(last + 1);
        let gap = (1..content).rev().find(|line| is_blank(text(line)) || text(line).starts_with(b"---"));
        Self { end, gap: gap.unwrap_or(0) }
    }

    /// Whether a line belongs to the file and not to its first document.
    fn is_apart(&self, line: u32) -> bool {
        line < self.end && line < self.gap
    }
}

/// The first line from one on that holds more than comments, separators and directives of YAML.
fn first_content(source: &Source, from: u32) -> Option<u32> {
    let last = source.line_of(source.bytes.len() as u32);
    (from..=last).find(|line| {
        let text = text_of(source, *line);
        let separates = text.starts_with(b"---") && is_blank(&text[3..]) || text.starts_with(b"%");
        !(is_blank(text) || is_comment(text) || separates)
    })
}

/// Every place where a comment that begins with our name may stand, whether in a comment or in a text.
fn found(source: &Source) -> Vec<Found> {
    let bytes = source.bytes.as_slice();
    let found = memchr::memmem::find_iter(bytes, b"limsoll").filter_map(|at| {
        let name = at.checked_sub(1).filter(|name| matches!(bytes[*name], b'p' | b'P'))?;
        let blanks = bytes[..name].iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let hash = (name - blanks).checked_sub(1).filter(|hash| bytes[*hash] == b'#')?;
        let line = source.line_of(hash as u32);
        let span = source.line_span(line);
        let before = &bytes[span.start as usize..hash];
        if before.last().is_some_and(|byte| !matches!(byte, b' ' | b'\t')) && !is_mark(before) {
            return None;
        }
        let alone = is_blank(before) || is_mark(before) || before.trim_ascii_end() == b"---";
        Some(Found { hash: hash as u32, name: name as u32, line, alone })
    });
    found.collect()
}

/// What stands in a comment, from our name on; none if it is prose.
fn read(text: &str) -> Option<Result<Directive, String>> {
    if let Some(rest) = text.strip_prefix("plimsoll:ignore")
        && rest.chars().next().is_none_or(char::is_whitespace)
    {
        return Some(directive::parse(rest));
    }
    let rest = text.get("plimsoll".len()..)?;
    let meant = rest.trim_start_matches([':', '-', ' ', '\t', '.', '/']);
    let is_word = rest
        .strip_prefix(':')
        .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_alphabetic()));
    let means_us = meant.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("ignore"));
    (is_word || means_us).then(|| {
        let word: String = text.split_whitespace().next().unwrap_or_default().chars().take(40).collect();
        Err(format!("`{word}` is not known; write `# plimsoll:ignore {FORM}`"))
    })
}

/// Takes out what stands in a text, such as in a script or in a manifest that a ConfigMap holds.
fn remove_texts(source: &Source, found: &mut Vec<Found>, objects: &[(u32, &Object)]) {
    let mut inside = vec![false; found.len()];
    for (_, object) in objects {
        let chunk = object.read();
        for (spans, node) in object.spans.iter().zip(0u32..) {
            if matches!(chunk.value(node), Value::Mapping(_) | Value::Sequence(_)) {
                continue;
            }
            // Behind the `|` of a block may stand a comment.
            let block = matches!(source.bytes.get(spans.value.start as usize), Some(b'|' | b'>'));
            let head = if block { source.line_span(source.line_of(spans.value.start)).end } else { 0 };
            let value = Span { start: spans.value.start.max(head), ..spans.value };
            for span in [spans.key, value] {
                let first = found.partition_point(|found| found.hash < span.start);
                let within = found[first..].iter().take_while(|found| found.hash < span.end).count();
                inside[first..first + within].fill(true);
            }
        }
    }
    let mut inside = inside.into_iter();
    found.retain(|_| !inside.next().unwrap_or_default());
}

/// For every comment the line that it is about: its own, or, if it stands alone, the next one that holds something.
fn covered_lines(source: &Source, found: &[Found]) -> Vec<Option<u32>> {
    let last = source.line_of(source.bytes.len() as u32);
    let mut lines = vec![None; found.len()];
    // Comments below one another are about the same line: from the last to the first none is looked for twice.
    let mut below: Option<(u32, Option<u32>)> = None;
    let content = first_content(source, 1).unwrap_or(u32::MAX);
    for (position, found) in found.iter().enumerate().rev() {
        if !found.alone {
            lines[position] = Some(found.line);
            continue;
        }
        let mut line = found.line + 1;
        lines[position] = loop {
            if let Some((known, answer)) = below
                && known == line
            {
                break answer;
            }
            if line > last {
                break None;
            }
            let text = text_of(source, line);
            if text.starts_with(b"---") || text.starts_with(b"...") {
                // Above the first document the comment may be about the whole file.
                if line > content {
                    break None;
                }
                if !is_blank(&text[3..]) {
                    break Some(line);
                }
            } else if !is_blank(text) && !is_comment(text) {
                break Some(line);
            }
            line += 1;
        };
        below = Some((found.line, lines[position]));
    }
    lines
}

/// The line on which the item of a sequence begins that has nothing but its dash on this one, and perhaps an anchor or a tag; else this one.
fn item_line(source: &Source, line: u32) -> u32 {
    let text = text_of(source, line).trim_ascii();
    let is_bare = text.strip_prefix(b"-").is_some_and(|rest| {
        let mut words = rest.split(|byte| matches!(byte, b' ' | b'\t')).filter(|word| !word.is_empty());
        (rest.is_empty() || matches!(rest[0], b' ' | b'\t'))
            && words.find(|word| !matches!(word[0], b'&' | b'!')).is_none_or(|word| word[0] == b'#')
    });
    if is_bare { first_content(source, line + 1).unwrap_or(line) } else { line }
}

/// The outermost node that begins on each line, with its object and where it ends.
fn nodes_on<'a>(
    source: &Source,
    lines: impl Iterator<Item = &'a u32>,
    objects: &[(u32, &Object)],
) -> HashMap<u32, (u32, u32, Span)> {
    let mut wanted: Vec<(Span, u32)> = lines.map(|line| (source.line_span(*line), *line)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut nodes = HashMap::new();
    for (number, object) in objects {
        for (spans, node) in object.spans.iter().zip(0u32..) {
            let start = if spans.key.is_empty() { spans.value.start } else { spans.key.start };
            let next = wanted.partition_point(|(line, _)| line.start <= start);
            let Some((span, line)) = next.checked_sub(1).map(|before| wanted[before]) else { continue };
            if start < span.end {
                nodes.entry(line).or_insert((*number, node, Span { start, end: spans.value.end }));
            }
        }
    }
    nodes
}

/// A line without its break and the mark that some editors write at the start of a file.
fn text_of(source: &Source, line: u32) -> &[u8] {
    let span = source.line_span(line);
    let text = &source.bytes[span.start as usize..span.end as usize];
    text.strip_prefix(BOM).unwrap_or(text)
}

fn is_mark(text: &[u8]) -> bool {
    text == BOM
}

fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

fn is_comment(text: &[u8]) -> bool {
    text.trim_ascii_start().first() == Some(&b'#')
}
