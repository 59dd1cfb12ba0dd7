//! How an object is laid out in its text: what stands on which lines, in which columns, and whether an edit may touch it.

use std::collections::HashSet;
use std::rc::Rc;

use plimsoll_tape::{Chunk, Value};

use super::Unmendable;
use super::write::Indent;
use crate::object::{NodeSpan, Object};
use crate::source::{BOM, Span};

/// An object in its text.
pub(super) struct Layout<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) chunk: Chunk<'a>,
    spans: &'a [NodeSpan],
    /// The collection that each node stands in; the object stands in itself.
    parents: Vec<u32>,
    /// The entry or item before each node in its collection, if it is not the first.
    before: Vec<Option<u32>>,
    /// Whether a node is, or stands in, a collection in brackets.
    flow: Vec<bool>,
    /// Entries of mappings in lines that stand in brackets: `<<: {a: b}`.
    merged: HashSet<u32>,
    shared: Rc<Shared>,
    /// How its lines are indented.
    pub(super) indent: Indent,
    /// Its block scalars.
    pub(super) block_scalars: Vec<BlockScalar>,
}

/// A block scalar in its text.
pub(super) struct BlockScalar {
    pub(super) start: usize,
    /// The end of its last line, before the line break; blank lines are among them if it keeps them.
    pub(super) end: usize,
    /// No line that is not indented deeper is its own: the column of its key or dash, or one further out.
    pub(super) column: usize,
    /// Whether blank lines behind it are its own: `|+`.
    pub(super) keeps: bool,
}

const SHARED: &str =
    "what it changes is shared through an anchor; an edit would change every place that uses it";

/// The spans that several nodes of a source have: what came through an alias or a merge key. None if it has neither anchor nor alias.
pub(super) struct Shared(Option<HashSet<Span>>);

impl Shared {
    /// The spans of all objects of a source.
    pub(super) fn of<'a>(bytes: &[u8], objects: impl Iterator<Item = &'a Object>) -> Self {
        if memchr::memchr(b'&', bytes).is_none() || memchr::memchr(b'*', bytes).is_none() {
            return Self(None);
        }
        let (mut seen, mut shared) = (HashSet::new(), HashSet::new());
        for NodeSpan { key, value } in objects.flat_map(|object| object.spans.iter()) {
            let keys = Some(*key).filter(|key| !key.is_empty());
            shared.extend(keys.into_iter().chain([*value]).filter(|span| !seen.insert(*span)));
        }
        Self(Some(shared))
    }
}

/// Where an entry or an item begins.
pub(super) enum Head {
    /// On a line of its own, which starts here.
    Line(usize),
    /// Here, behind the dash of the item that it begins.
    Behind(usize),
}

/// Where an entry or an item ends.
pub(super) struct Tail {
    /// The byte after its value.
    pub(super) end: usize,
    /// The end of the last line that it takes, without the line break.
    pub(super) line_end: usize,
}

impl<'a> Layout<'a> {
    pub(super) fn new(bytes: &'a [u8], object: &'a Object, shared: Rc<Shared>) -> Self {
        let chunk = object.read();
        let count = chunk.len() as usize;
        let (mut parents, mut flow) = (vec![0; count], vec![false; count]);
        let (mut before, mut last) = (vec![None; count], vec![None; count]);
        let mut open: Vec<u32> = Vec::new();
        for node in 0..chunk.len() {
            while open.pop_if(|above| chunk.end(*above) <= node).is_some() {}
            let parent = open.last().copied().unwrap_or(node);
            let collection = matches!(chunk.value(node), Value::Sequence(_) | Value::Mapping(_));
            let first = bytes.get(object.spans[node as usize].value.start as usize);
            parents[node as usize] = parent;
            before[node as usize] = last[parent as usize].replace(node).filter(|_| node > 0);
            flow[node as usize] = flow[parent as usize] || collection && matches!(first, Some(b'{' | b'['));
            open.push(node);
        }
        let (spans, merged) = (object.spans.as_ref(), HashSet::new());
        let (indent, block_scalars) = (Indent::default(), Vec::new());
        let layout =
            Self { bytes, chunk, spans, parents, before, flow, merged, shared, indent, block_scalars };
        let layout = Self { merged: layout.merged(), ..layout };
        Self { indent: layout.indent(), block_scalars: layout.block_scalars(), ..layout }
    }

    pub(super) fn parent(&self, node: u32) -> u32 {
        self.parents[node as usize]
    }

    pub(super) fn key(&self, node: u32) -> (usize, usize) {
        range(self.spans[node as usize].key)
    }

    pub(super) fn value(&self, node: u32) -> (usize, usize) {
        range(self.spans[node as usize].value)
    }

    /// Whether a collection is written in brackets.
    pub(super) fn is_flow(&self, node: u32) -> bool {
        self.flow[node as usize]
    }

    /// Whether a node stands in brackets.
    pub(super) fn in_flow(&self, node: u32) -> bool {
        node != 0 && self.flow[self.parent(node) as usize]
    }

    /// Where a node begins, with its key.
    pub(super) fn start(&self, node: u32) -> usize {
        if self.chunk.key(node).is_some() { self.key(node).0 } else { self.value(node).0 }
    }

    /// Whether a node stands where its place in the object says, and nothing else stands there too.
    ///
    /// # Errors
    ///
    /// If it came through an alias or a merge key, or is used by one.
    pub(super) fn own(&self, node: u32) -> Result<(), Unmendable> {
        let mut at = node;
        loop {
            let NodeSpan { key, value } = self.spans[at as usize];
            let parent = self.parent(at);
            let around = self.spans[parent as usize].value;
            let inside = around.start <= value.start && value.end <= around.end;
            let keyed = self.chunk.key(at).is_none() || around.start <= key.start && key.end <= value.start;
            if at != 0 && !(inside && keyed) || self.is_shared(at) {
                return Unmendable::because(SHARED);
            }
            if at == 0 {
                return Ok(());
            }
            if self.merged.contains(&at) {
                return Unmendable::because("what it changes stands in brackets behind a merge key");
            }
            at = parent;
        }
    }

    /// Whether nothing below a node is used elsewhere.
    ///
    /// # Errors
    ///
    /// If it is, through a merge key.
    pub(super) fn own_below(&self, node: u32) -> Result<(), Unmendable> {
        let Some(shared) = &self.shared.0 else { return Ok(()) };
        let below = &self.spans[node as usize..self.chunk.end(node) as usize];
        let is_shared = below.iter().any(|span| shared.contains(&span.key) || shared.contains(&span.value));
        // An anchor may also be used where no object shows it.
        let text = &self.bytes[self.start(node)..self.value(node).1.max(self.start(node))];
        let anchors = memchr::memchr_iter(b'&', text).any(|at| {
            let begins = at == 0 || b" \t\r\n[{,".contains(&text[at - 1]);
            begins && text.get(at + 1).is_some_and(|next| !next.is_ascii_whitespace() && *next != b'&')
        });
        if is_shared || anchors {
            return Unmendable::because(SHARED);
        }
        Ok(())
    }

    /// Whether a node has an anchor that may be used, or stands where another does.
    fn is_shared(&self, node: u32) -> bool {
        let Some(shared) = &self.shared.0 else { return false };
        let NodeSpan { key, value } = self.spans[node as usize];
        self.is_anchored(node) || shared.contains(&key) || shared.contains(&value)
    }

    /// Whether an anchor may stand before a value.
    fn is_anchored(&self, node: u32) -> bool {
        let start = self.value(node).0;
        let from = if node == 0 {
            // In brackets, of which all may stand on one line.
            if matches!(self.bytes[..start].trim_ascii_end().last(), Some(b'[' | b',')) {
                return false;
            }
            self.line_with_content_before(start)
        } else if self.chunk.key(node).is_some() {
            self.key(node).1
        } else {
            // What came through an alias stands elsewhere.
            let parent = self.parent(node);
            let mut before = self.before[node as usize];
            while let Some(alias) = before.filter(|before| !self.stands_in(*before, parent)) {
                before = self.before[alias as usize];
            }
            before.map_or(self.value(parent).0, |before| self.value(before).1)
        };
        self.bytes.get(from..start).is_none_or(|gap| without_comments(gap).any(|line| line.contains(&b'&')))
    }

    /// Where the last line begins that holds more than blanks and a comment before a place, be it the line of that place.
    fn line_with_content_before(&self, at: usize) -> usize {
        let (mut start, mut end) = (self.line_start(at), at);
        while start > 0 && matches!(self.bytes[start..end].trim_ascii(), [] | [b'#', ..]) {
            end = start - 1;
            start = self.line_start(end);
        }
        start
    }

    /// Whether a child stands in the text of the collection that it belongs to.
    fn stands_in(&self, node: u32, parent: u32) -> bool {
        let (start, end) = self.value(parent);
        let value = self.value(node);
        let (first, last) = if self.chunk.key(node).is_some() { self.key(node) } else { value };
        start <= first && last <= end && first <= value.0 && value.1 <= end
    }

    /// The children of a collection that are written in it, as they stand.
    pub(super) fn children(&self, node: u32) -> Result<Vec<u32>, Unmendable> {
        let is_sequence = matches!(self.chunk.value(node), Value::Sequence(_));
        let mut children: Vec<u32> = self.chunk.children(node).collect();
        let all = children.len();
        children.retain(|child| self.stands_in(*child, node));
        children.sort_by_key(|child| self.start(*child));
        let apart = children.windows(2).all(|pair| self.value(pair[0]).1 <= self.start(pair[1]));
        if !apart || is_sequence && children.len() < all {
            return Unmendable::because("aliases stand among what it changes");
        }
        Ok(children)
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        let start = memchr::memrchr2(b'\n', b'\r', &self.bytes[..at]).map_or(0, |before| before + 1);
        if start == 0 && self.bytes.starts_with(BOM) { BOM.len().min(at) } else { start }
    }

    pub(super) fn line_end(&self, at: usize) -> usize {
        memchr::memchr2(b'\n', b'\r', &self.bytes[at..]).map_or(self.bytes.len(), |length| at + length)
    }

    /// Where the line after the one that ends at `line_end` begins.
    pub(super) fn next_line(&self, line_end: usize) -> usize {
        match self.bytes[line_end..] {
            [b'\r', b'\n', ..] => line_end + 2,
            [_, ..] => line_end + 1,
            [] => line_end,
        }
    }

    /// The line break that stands there, or else that of the line before.
    pub(super) fn line_break(&self, line_end: usize) -> &'static str {
        let at = match self.bytes[line_end..] {
            [] => match memchr::memrchr2(b'\n', b'\r', self.bytes) {
                Some(last) => last - usize::from(self.bytes[..=last].ends_with(b"\r\n")),
                None => line_end,
            },
            _ => line_end,
        };
        match self.bytes[at..] {
            [b'\r', b'\n', ..] => "\r\n",
            [b'\r', ..] => "\r",
            _ => "\n",
        }
    }

    pub(super) fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// The bytes with which a line begins that are blanks.
    pub(super) fn indentation(&self, at: usize) -> &'a str {
        let start = self.line_start(at);
        let blanks = self.bytes[start..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        std::str::from_utf8(&self.bytes[start..start + blanks]).unwrap_or_default()
    }

    /// Whether a value in brackets ends with nothing: it is empty, or a pair without brackets of its own whose value is.
    pub(super) fn ends_empty(&self, node: u32) -> bool {
        let last = self.chunk.end(node) - 1;
        let ((key, key_end), (start, end)) = (self.key(last), self.value(last));
        // Behind `?` a colon may be the end of the key. Behind an empty one a tag may stand last, and would take a comma for its own.
        start == end && end == self.value(node).1 && (key_end < end || key == key_end)
    }

    /// Whether a value in brackets ends with a colon or a lone dash, which only the comma behind it makes a text.
    pub(super) fn needs_comma(&self, node: u32) -> bool {
        let (start, end) = (self.value(self.chunk.end(node) - 1).0, self.value(node).1);
        self.bytes[..end].ends_with(b":") || self.bytes.get(start..end) == Some(b"-")
    }

    /// The first byte at or after `at` that is no blank.
    pub(super) fn skip_blanks(&self, at: usize) -> usize {
        at + self.bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// The first byte at or after `at` that is neither a blank nor a line break.
    pub(super) fn skip_space(&self, at: usize) -> usize {
        at + self.bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
    }

    /// Where an item's dash stands.
    pub(super) fn dash(&self, item: u32) -> Result<usize, Unmendable> {
        let before = self.bytes[..self.value(item).0].trim_ascii_end();
        let from = self.value(self.parent(item)).0;
        let line = &before[self.line_start(before.len())..];
        // Not the end of a comment or an anchor.
        let is_alone =
            line.split(u8::is_ascii_whitespace).all(|word| matches!(word, b"" | b"-" | b"?" | b":"));
        match before.last() {
            Some(b'-') if before.len() > from && is_alone => Ok(before.len() - 1),
            _ => Unmendable::because("an anchor, a tag or a comment stands between a dash and its item"),
        }
    }

    /// Where an entry or an item of a collection in lines begins.
    pub(super) fn head(&self, node: u32) -> Result<Head, Unmendable> {
        let start = if self.chunk.key(node).is_some() { self.key(node).0 } else { self.dash(node)? };
        let line = self.line_start(start);
        let before = &self.bytes[line..start];
        if before.iter().all(|byte| *byte == b' ') {
            return Ok(Head::Line(line));
        }
        if before.iter().all(|byte| matches!(byte, b' ' | b'-' | b'\t')) && before.contains(&b'-') {
            return Ok(Head::Behind(start));
        }
        Unmendable::because("something else stands before it on its line")
    }

    /// Where an entry or an item of a collection in lines ends.
    pub(super) fn tail(&self, node: u32) -> Result<Tail, Unmendable> {
        let (start, end) = self.value(node);
        let end = end.max(self.key(node).1);
        // Block scalars end with their line break.
        let broken = end > start && matches!(self.bytes[end - 1], b'\n' | b'\r');
        let crlf = self.bytes[..end].ends_with(b"\r\n");
        let end = if broken { end - 1 - usize::from(crlf) } else { end };
        let last = self.value(self.chunk.end(node) - 1).0;
        let end = if self.keeps_blank_lines(last) { self.last_blank_line(end) } else { end };
        let line_end = self.line_end(end);
        if self.is_rest(end, line_end) {
            return Ok(Tail { end, line_end });
        }
        Unmendable::because("something else stands behind it on its line")
    }

    /// Whether a block scalar stands there to which the blank lines behind it belong: `|+`.
    fn keeps_blank_lines(&self, start: usize) -> bool {
        let header = &self.bytes[start..self.line_end(start)];
        let header = header.split(|byte| *byte == b' ').next().unwrap_or_default();
        matches!(header.first(), Some(b'|' | b'>')) && header.contains(&b'+')
    }

    /// The entries in brackets, as the field has them; without a `<<` there are none.
    fn merged(&self) -> HashSet<u32> {
        let (start, end) = self.value(0);
        let mut merged = HashSet::new();
        if memchr::memmem::find(self.bytes.get(start..end).unwrap_or_default(), b"<<").is_none() {
            return merged;
        }
        let is_mapping = |node: &u32| matches!(self.chunk.value(*node), Value::Mapping(_));
        for mapping in (0..self.chunk.len()).filter(|node| is_mapping(node) && !self.is_flow(*node)) {
            let mut children: Vec<u32> =
                self.chunk.children(mapping).filter(|child| self.stands_in(*child, mapping)).collect();
            children.sort_by_key(|child| self.start(*child));
            let mut end = self.value(mapping).0;
            for child in children {
                if leads_into_brackets(self.bytes.get(end..self.start(child)).unwrap_or_default()) {
                    merged.insert(child);
                }
                end = self.value(child).1.max(self.key(child).1);
            }
        }
        merged
    }

    /// The block scalars that stand where the object has them, and did not come through an alias.
    fn block_scalars(&self) -> Vec<BlockScalar> {
        let nodes = (0..self.chunk.len()).filter(|node| self.stands_in(*node, self.parent(*node)));
        let of_node = |node: u32| {
            let NodeSpan { key, value } = self.spans[node as usize];
            // How far out a key begins that is one is not plain to see.
            let key = is_block_scalar(self.bytes, key).then(|| self.block_scalar(range(key), 0));
            let value = is_block_scalar(self.bytes, value)
                .then(|| self.block_scalar(range(value), self.outer_column(node)));
            key.into_iter().chain(value)
        };
        nodes.flat_map(of_node).collect()
    }

    fn block_scalar(&self, (start, end): (usize, usize), column: usize) -> BlockScalar {
        let end = self.bytes[..end].strip_suffix(b"\n").map_or(end, <[u8]>::len);
        let end = self.bytes[..end].strip_suffix(b"\r").map_or(end, <[u8]>::len);
        let end = end.max(self.line_end(start));
        let keeps = self.keeps_blank_lines(start);
        let end = if keeps { self.last_blank_line(end) } else { end };
        BlockScalar { start, end, column, keeps }
    }

    /// The column that the lines of a block scalar are measured by, or one further out where that is not plain to see.
    fn outer_column(&self, node: u32) -> usize {
        if self.chunk.key(node).is_none() {
            return self.dash(node).map_or(0, |dash| self.column(dash));
        }
        let (key, header) = (self.key(node).0, self.value(node).0);
        let is_first = self.bytes[self.line_start(key)..key].iter().all(|byte| matches!(byte, b' ' | b'-'));
        let column = if is_first { self.column(key) } else { self.indentation(key).len() };
        if self.line_start(key) == self.line_start(header) {
            column
        } else {
            column.min(self.indentation(header).len())
        }
    }

    /// The end of the last of the blank lines that follow.
    fn last_blank_line(&self, mut end: usize) -> usize {
        loop {
            let next = self.next_line(self.line_end(end));
            let blank = self.skip_blanks(next);
            if next >= self.bytes.len() || blank < self.line_end(next) {
                return end;
            }
            end = blank;
        }
    }

    /// Whether there are only blanks and a comment.
    pub(super) fn is_rest(&self, from: usize, line_end: usize) -> bool {
        let rest = &self.bytes[from..line_end];
        match rest.trim_ascii_start() {
            [] => true,
            [b'#', ..] => rest.first() != Some(&b'#'),
            _ => false,
        }
    }

    /// Where the value of an entry or an item in lines may begin: behind the colon or the dash.
    pub(super) fn slot(&self, node: u32) -> Result<usize, Unmendable> {
        if self.chunk.key(node).is_none() {
            return Ok(self.dash(node)? + 1);
        }
        let colon = self.skip_blanks(self.key(node).1);
        if self.bytes.get(colon) == Some(&b':') && colon < self.value(node).0.max(colon + 1) {
            return Ok(colon + 1);
        }
        Unmendable::because("no colon stands behind its key")
    }

    /// Where an item in brackets may begin: behind the bracket, or the comma behind the item before it.
    pub(super) fn item_slot(&self, item: u32) -> Result<usize, Unmendable> {
        let parent = self.parent(item);
        let children = self.children(parent)?;
        let at = children.iter().position(|child| *child == item).unwrap_or_default();
        let Some(before) = at.checked_sub(1).map(|before| self.value(children[before]).1) else {
            return Ok(self.value(parent).0 + 1);
        };
        let comma = self.skip_space(before);
        if self.bytes.get(comma) == Some(&b',') {
            return Ok(comma + 1);
        }
        Unmendable::because("no comma stands before it")
    }

    /// Whether a collection in brackets holds nothing but its children and commas: no comments, aliases, anchors, merge keys.
    ///
    /// # Errors
    ///
    /// If it holds anything else.
    pub(super) fn plain_brackets(&self, node: u32, children: &[u32]) -> Result<(), Unmendable> {
        let (start, end) = self.value(node);
        let space = |from: usize, to: usize| self.bytes.get(from..to).unwrap_or(b"?").trim_ascii();
        let opens = matches!(self.bytes.get(start), Some(b'{' | b'[')) && end > start + 1;
        let first = children.first().is_none_or(|first| space(start + 1, self.start(*first)).is_empty());
        let between =
            children.windows(2).all(|pair| space(self.value(pair[0]).1, self.start(pair[1])) == b",");
        let last =
            children.last().is_none_or(|last| matches!(space(self.value(*last).1, end - 1), b"" | b","));
        let colons = children.iter().all(|child| {
            let (key, value) = (self.key(*child).1, self.value(*child).0);
            self.chunk.key(*child).is_none() || space(key, value) == b":"
        });
        if opens && first && between && last && colons {
            return Ok(());
        }
        Unmendable::because("a comment, an anchor, a tag or an alias stands in the brackets that it changes")
    }

    /// Whether a mapping in lines holds nothing but its children: no merge keys, and no key that comes again further down.
    ///
    /// # Errors
    ///
    /// If it holds anything else.
    pub(super) fn plain_lines(&self, node: u32, children: &[u32]) -> Result<(), Unmendable> {
        if children.iter().any(|child| self.is_asked_for(*child)) {
            return Unmendable::because(
                "a key is written behind `?` there, and what is written so is left as it is",
            );
        }
        let (start, end) = self.value(node);
        let first = children.first().is_some_and(|first| self.start(*first) == start);
        let mut last_end = start;
        for pair in children.windows(2) {
            last_end = self.tail(pair[0])?.line_end;
            let comments = self.bytes.get(last_end..self.start(pair[1])).unwrap_or(b"?");
            let mut lines = comments.split(|byte| matches!(byte, b'\n' | b'\r')).map(<[u8]>::trim_ascii);
            if !lines.all(|line| line.is_empty() || line.starts_with(b"#")) {
                last_end = usize::MAX;
                break;
            }
        }
        if let Some(last) = children.last().filter(|_| last_end < usize::MAX) {
            last_end = self.tail(*last)?.line_end;
        }
        if first && last_end < usize::MAX && end <= self.next_line(last_end) {
            return Ok(());
        }
        Unmendable::because(
            "a merge key, an anchor or a key that is there twice stands beside what it changes",
        )
    }

    /// Whether an entry's key stands behind a `?`, as keys may that are no text.
    fn is_asked_for(&self, entry: u32) -> bool {
        let key = self.key(entry).0;
        let before = self.bytes[self.line_start(key)..key].trim_ascii_end();
        matches!(before, [b'?'] | [.., b' ' | b'\t' | b'-', b'?'])
    }

    /// How the object indents its lines, as its first collections do.
    fn indent(&self) -> Indent {
        let mut found = (None, None);
        for node in 1..self.chunk.len() {
            if self.chunk.key(node).is_none() || self.is_flow(node) || self.own(node).is_err() {
                continue;
            }
            let Some(first) = self.chunk.children(node).next() else { continue };
            let columns = self.column(self.value(node).0).checked_sub(self.column(self.key(node).0));
            match self.chunk.value(node) {
                Value::Mapping(_) if self.stands_in(first, node) => found.0 = found.0.or(columns),
                Value::Sequence(_) => found.1 = found.1.or(columns),
                _ => {}
            }
            if found.0.is_some() && found.1.is_some() {
                break;
            }
        }
        Indent {
            mapping: found.0.filter(|columns| *columns > 0).unwrap_or(2),
            sequence: found.1.unwrap_or(2),
        }
    }
}

fn is_block_scalar(bytes: &[u8], span: Span) -> bool {
    !span.is_empty() && matches!(bytes.get(span.start as usize), Some(b'|' | b'>'))
}

/// The lines of what stands between two nodes, without comments.
fn without_comments(gap: &[u8]) -> impl Iterator<Item = &[u8]> {
    gap.split(|byte| matches!(byte, b'\n' | b'\r')).map(|line| {
        let begins = |at: &usize| *at == 0 || matches!(line[at - 1], b' ' | b'\t');
        let comment = memchr::memchr_iter(b'#', line).find(begins);
        &line[..comment.unwrap_or(line.len())]
    })
}

/// Whether what follows a gap between two entries stands in brackets.
fn leads_into_brackets(gap: &[u8]) -> bool {
    let (mut depth, mut least, mut first) = (0, 0, None);
    for byte in without_comments(gap).flatten() {
        depth += i32::from(*byte == b'{') - i32::from(*byte == b'}');
        least = least.min(depth);
        first = first.or(Some(byte).filter(|byte| !byte.is_ascii_whitespace()));
    }
    depth > least || least == 0 && first == Some(&b',')
}

fn range(span: Span) -> (usize, usize) {
    (span.start as usize, span.end as usize)
}
