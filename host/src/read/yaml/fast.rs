//! The fast path: the block style that people write, read in one pass from the text to the tape.
//!
//! It knows plain and quoted scalars, block scalars, comments and flow collections on one line. At the first thing that it does not know
//! it gives the document up, errors among them, and the full parser reads it from the start. What it does read is exactly what the full
//! parser reads, node by node and span by span: the fuzz target `reader` and the tests hold it.

use std::cmp::Ordering;

use plimsoll_tape::{Builder, Value};

use super::block::stops;
use super::compose::Composed;
use super::cursor::leading_spaces;
use super::fold::table;
use super::node::Characters;
use super::resolve::{self, Scalar};
use super::scan::Scanner;
use super::text::Text;
use super::{node::Fault, number};
use crate::object::NodeSpan;
use crate::source::Span;

/// Something stands there that only the full parser reads.
#[derive(Debug)]
pub(super) struct GivenUp;

impl From<Fault> for GivenUp {
    fn from(_: Fault) -> Self {
        Self
    }
}

impl From<plimsoll_tape::Overflow> for GivenUp {
    fn from(_: plimsoll_tape::Overflow) -> Self {
        Self
    }
}

type Step<T> = Result<T, GivenUp>;

/// Collections that are nested deeper are not what people write.
const DEPTH: usize = 200;
/// Longer keys are not what people write.
const KEY_LENGTH: usize = 256;
/// Bytes that a plain scalar in brackets is made of, beside spaces and colons within it.
const FLOW: [bool; 256] =
    table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-+*=@$()%~^;<>");

/// Bytes that something else than a plain scalar begins with.
const OTHERS: [bool; 256] = table(b"\n\t \"'#%&*!|>@`?:,[]{}");
const BEGINS_PLAIN: [bool; 256] = {
    let mut begins = [true; 256];
    let mut byte = 0;
    while byte < 256 {
        begins[byte] = !OTHERS[byte];
        byte += 1;
    }
    begins
};

/// What reading a document takes beside its text: room that the next one has, too.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) builder: Builder,
    pub(super) spans: Vec<NodeSpan>,
    open: Vec<Open>,
    keys: Vec<u32>,
    block: String,
}

impl Room {
    /// For what most documents hold.
    pub(super) fn new() -> Self {
        Self { builder: Builder::with_capacity(0, 0), open: Vec::with_capacity(16), ..Self::default() }
    }
}

/// Reads the text of a chunk. None is an empty document. What was given up leaves no room.
pub(super) fn document(text: &Text<'_>, room: &mut Room) -> Step<Option<Composed>> {
    if !text.is_plain() {
        return Err(GivenUp);
    }
    let characters = text.str();
    let bytes = characters.as_bytes();
    if !bytes.ends_with(b"\n") || !text.is_simple() && !has_usual_breaks(bytes) {
        return Err(GivenUp);
    }
    let nodes = bytes.len() / 20 + 8;
    let Room { mut builder, mut spans, mut open, mut keys, block } = std::mem::take(room);
    builder.clear();
    spans.clear();
    open.clear();
    keys.clear();
    builder.reserve(nodes, bytes.len() / 2);
    spans.reserve(nodes);
    let mut reader = Reader {
        bytes,
        text: characters,
        offset: text.span(0, 0).start,
        at: 0,
        last_end: 0,
        builder,
        spans,
        open,
        seen: 0,
        keys,
        repeated: false,
        block,
        scanner: None,
    };
    let is_empty = reader.run()?;
    let Reader { builder, spans, open, keys, block, .. } = reader;
    if is_empty {
        *room = Room { builder, spans, open, keys, block };
        return Ok(None);
    }
    *room = Room { open, keys, block, ..Room::default() };
    Ok(Some((builder, spans)))
}

/// Whether there is no carriage return, none of the line breaks that only YAML 1.1 knows, and no byte order mark.
fn has_usual_breaks(bytes: &[u8]) -> bool {
    memchr::memchr(b'\r', bytes).is_none()
        && memchr::memchr3_iter(0xC2, 0xE2, 0xEF, bytes).all(|at| {
            !matches!(bytes[at..], [0xC2, 0x85, ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..] | [0xEF, 0xBB, 0xBF, ..])
        })
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    /// Where the text begins in the source.
    offset: u32,
    at: usize,
    /// Where the node ends that was finished last.
    last_end: usize,
    builder: Builder,
    spans: Vec<NodeSpan>,
    open: Vec<Open>,
    /// Of the symbols of the keys of the innermost mapping those below 64, a bit for each.
    seen: u64,
    /// The others, of all mappings that are open, mapping after mapping.
    keys: Vec<u32>,
    /// Whether a key stood in its mapping already.
    repeated: bool,
    /// What a block scalar says.
    block: String,
    /// Reads the other scalars that stand on several lines.
    scanner: Option<Box<Scanner<'t>>>,
}

/// A collection that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    column: u32,
    node: u32,
    kind: Kind,
    around: Around,
}

/// What was known of keys when a collection began.
#[derive(Clone, Copy, Debug)]
struct Around {
    seen: u64,
    keys: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Mapping,
    Sequence,
    /// A sequence at the column of its key.
    Shallow,
}

/// A key: its first byte, the byte after its last, and what it says.
#[derive(Clone, Copy)]
struct Key<'t> {
    text: &'t str,
    start: u32,
    end: u32,
}

/// The line that comes next: the column of its first character, at which the reader stands then; none at the end of the text.
type Line = Option<usize>;

/// How a plain scalar goes on after its end.
enum Plain {
    /// By a colon that makes it a key.
    Key(usize),
    /// By a comment or the end of the line.
    Value(usize),
}

impl<'t> Reader<'t> {
    /// Whether there is nothing to read.
    fn run(&mut self) -> Step<bool> {
        let mut line = self.line()?;
        if line == Some(0) && self.bytes[self.at..].starts_with(b"---") {
            self.at += 3;
            self.end_of_line()?;
            line = self.line()?;
        }
        let Some(column) = line else { return Ok(true) };
        line = self.node(None, column)?;
        if self.open.is_empty() {
            // A document that is a scalar.
            return Err(GivenUp);
        }
        while let Some(column) = line {
            let Some(open) = self.open.last().copied() else { return Err(GivenUp) };
            let item = self.is_item();
            line = match (column.cmp(&(open.column as usize)), open.kind) {
                (Ordering::Less, _) => {
                    self.close();
                    line
                }
                (Ordering::Equal, Kind::Shallow) if !item => {
                    self.close();
                    line
                }
                (Ordering::Equal, Kind::Mapping) if !item => self.entry(column)?,
                (Ordering::Equal, Kind::Sequence | Kind::Shallow) if item => self.item(column)?,
                _ => return Err(GivenUp),
            };
        }
        while !self.open.is_empty() {
            self.close();
        }
        // Of equal keys only one stays, which is not for this reader.
        if self.repeated { Err(GivenUp) } else { Ok(false) }
    }

    /// A key and its value.
    fn entry(&mut self, column: usize) -> Step<Line> {
        let end = self.key_end()?.ok_or(GivenUp)?;
        self.entry_with_key(column, end)
    }

    /// A key that ends there and its value.
    fn entry_with_key(&mut self, column: usize, end: usize) -> Step<Line> {
        let key = self.key(end)?;
        self.skip_spaces();
        if !self.is_at_end_of_line() {
            return self.value(Some(key));
        }
        let after = key.end as usize + 1;
        self.end_of_line()?;
        match self.line()? {
            Some(deeper) if deeper > column => self.node(Some(key), deeper),
            Some(same) if same == column && self.is_item() => self.open(Some(key), Kind::Shallow, same),
            line => {
                self.scalar(Some(key), after, after, Value::Null)?;
                Ok(line)
            }
        }
    }

    /// A `-` and what follows it.
    fn item(&mut self, column: usize) -> Step<Line> {
        let dash = self.at;
        self.at += 1;
        self.skip_spaces();
        if !self.is_at_end_of_line() {
            let column = column + (self.at - dash);
            return self.node(None, column);
        }
        self.end_of_line()?;
        match self.line()? {
            Some(deeper) if deeper > column => self.node(None, deeper),
            line => {
                self.scalar(None, dash + 1, dash + 1, Value::Null)?;
                Ok(line)
            }
        }
    }

    /// A node that may be a block collection.
    fn node(&mut self, key: Option<Key<'t>>, column: usize) -> Step<Line> {
        if self.is_item() {
            return self.open(key, Kind::Sequence, column);
        }
        match self.key_end()? {
            Some(end) => {
                self.open(key, Kind::Mapping, column)?;
                self.entry_with_key(column, end)
            }
            None => self.value(key),
        }
    }

    fn open(&mut self, key: Option<Key<'t>>, kind: Kind, column: usize) -> Step<Line> {
        if self.open.len() >= DEPTH {
            return Err(GivenUp);
        }
        let (node, around) = self.collection(key, kind == Kind::Mapping)?;
        self.open.push(Open { column: column as u32, node, kind, around });
        Ok(Some(column))
    }

    /// Begins a collection where the reader stands.
    fn collection(&mut self, key: Option<Key<'t>>, mapping: bool) -> Step<(u32, Around)> {
        let name = key.map(|key| key.text);
        let node = if mapping { self.builder.open_mapping(name) } else { self.builder.open_sequence(name) }?;
        self.push(key, node, self.at, self.at);
        let seen = std::mem::take(&mut self.seen);
        Ok((node, Around { seen, keys: self.keys.len() as u32 }))
    }

    /// Ends the innermost block collection.
    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.end(open.node, open.around);
        }
    }

    /// Ends a collection where the last of its nodes ends.
    fn end(&mut self, node: u32, around: Around) {
        self.builder.close();
        self.spans[node as usize].value.end = self.offset + self.last_end as u32;
        self.seen = around.seen;
        if self.keys.len() > around.keys as usize {
            let own = &mut self.keys[around.keys as usize..];
            own.sort_unstable();
            self.repeated |= own.windows(2).any(|pair| pair[0] == pair[1]);
            self.keys.truncate(around.keys as usize);
        }
    }

    /// Notes where a node stands that was just written, and its key.
    #[inline(always)]
    fn push(&mut self, key: Option<Key<'t>>, node: u32, start: usize, end: usize) {
        let offset = self.offset;
        let value = Span { start: offset + start as u32, end: offset + end as u32 };
        let key_span = match key {
            Some(key) => {
                let symbol = self.builder.symbol_of(node);
                match 1u64.checked_shl(symbol) {
                    Some(bit) => {
                        self.repeated |= self.seen & bit != 0;
                        self.seen |= bit;
                    }
                    None => self.keys.push(symbol),
                }
                Span { start: offset + key.start, end: offset + key.end }
            }
            None => Span { start: value.start, end: value.start },
        };
        self.spans.push(NodeSpan { key: key_span, value });
        self.last_end = end;
    }

    fn scalar(&mut self, key: Option<Key<'t>>, start: usize, end: usize, value: Value<'_>) -> Step<()> {
        let node = self.builder.scalar(key.map(|key| key.text), value)?;
        self.push(key, node, start, end);
        Ok(())
    }

    /// As [`Reader::scalar`], of text.
    fn string(&mut self, key: Option<Key<'t>>, start: usize, end: usize, text: &str) -> Step<()> {
        let node = self.builder.string(key.map(|key| key.text), text)?;
        self.push(key, node, start, end);
        Ok(())
    }

    /// Where the key ends that begins here, if it is one.
    fn key_end(&self) -> Step<Option<usize>> {
        let start = self.at;
        Ok(match self.bytes[start] {
            b'"' | b'\'' => {
                self.simple_quoted(start).filter(|end| self.bytes[*end] == b':' && self.is_blank(end + 1))
            }
            first if begins_plain(first) => match self.plain(start)? {
                Plain::Key(end) => Some(end),
                Plain::Value(_) => None,
            },
            _ => None,
        })
    }

    /// A key that ends there, and its colon.
    fn key(&mut self, end: usize) -> Step<Key<'t>> {
        let start = self.at;
        let text = if begins_plain(self.bytes[start]) {
            self.plain_key(start, end)?
        } else {
            &self.text[start + 1..end - 1]
        };
        if end - start > KEY_LENGTH {
            return Err(GivenUp);
        }
        self.at = end + 1;
        Ok(Key { text, start: start as u32, end: end as u32 })
    }

    /// A key without quotes, which must be text, and not the one that merges.
    fn plain_key(&self, start: usize, end: usize) -> Step<&'t str> {
        let text = &self.text[start..end];
        let is_text =
            resolve::is_word(text) || text != "<<" && matches!(resolve::plain(text), Scalar::Text(_));
        if is_text { Ok(text) } else { Err(GivenUp) }
    }

    /// A value that is no block collection, up to the line that comes next.
    fn value(&mut self, key: Option<Key<'t>>) -> Step<Line> {
        let column = self.open.last().map_or(0, |open| open.column as usize);
        let start = self.at;
        match self.bytes[start] {
            quote @ (b'"' | b'\'') => match self.simple_quoted(start) {
                Some(end) => self.string(key, start, end, &self.text[start + 1..end - 1])?,
                None => self.lines(key, column, |scanner| scanner.quoted(quote))?,
            },
            b'|' => self.literal(key, column)?,
            b'>' => self.lines(key, column, |scanner| scanner.block_scalar(false))?,
            b'[' | b'{' => self.flow(key, 0)?,
            b'-' if self.is_blank(start + 1) => return Err(GivenUp),
            first if begins_plain(first) => {
                let Plain::Value(end) = self.plain(start)? else { return Err(GivenUp) };
                self.at = end;
                self.end_of_line()?;
                let line = self.line()?;
                if line.is_none_or(|next| next <= column) {
                    self.resolved(key, start, end)?;
                    return Ok(line);
                }
                self.at = start;
                self.lines(key, column, Scanner::plain)?;
            }
            _ => return Err(GivenUp),
        }
        self.at = self.last_end;
        self.end_of_line()?;
        let line = self.line()?;
        if line.is_some_and(|next| next > column) { Err(GivenUp) } else { Ok(line) }
    }

    /// A plain scalar on one line.
    fn resolved(&mut self, key: Option<Key<'t>>, start: usize, end: usize) -> Step<()> {
        let text = &self.text[start..end];
        if resolve::is_word(text) {
            return self.string(key, start, end, text);
        }
        let scalar = match resolve::plain(text) {
            Scalar::Float(number) => number::settled(number),
            scalar => scalar,
        };
        let value = scalar.value().ok_or(GivenUp)?;
        self.scalar(key, start, end, value)
    }

    /// A block scalar that keeps its lines. One that says how far it is indented, or begins with blanks, is read by the full parser's scanner.
    fn literal(&mut self, key: Option<Key<'t>>, column: usize) -> Step<()> {
        let start = self.at;
        let (chomp, body) = match self.bytes[start + 1..] {
            [b'\n', ..] => (None, start + 2),
            [chomp @ (b'-' | b'+'), b'\n', ..] => (Some(chomp), start + 3),
            _ => return self.lines(key, column, |scanner| scanner.block_scalar(true)),
        };
        let indent = leading_spaces(&self.bytes[body..]);
        if indent <= column
            || self.bytes.get(body + indent).is_none_or(|first| matches!(first, b'\n' | b'\t'))
        {
            return self.lines(key, column, |scanner| scanner.block_scalar(true));
        }
        let mut block = std::mem::take(&mut self.block);
        block.clear();
        let (mut at, mut end, mut content) = (body, body, 0);
        loop {
            let spaces = leading_spaces(&self.bytes[at..]);
            if spaces > indent || spaces == indent && self.bytes.get(at + spaces) != Some(&b'\n') {
                end = at + memchr::memchr(b'\n', &self.bytes[at..]).ok_or(GivenUp)?;
                block.push_str(&self.text[at + indent..=end]);
                content = block.len();
                at = end + 1;
                continue;
            }
            match self.bytes.get(at + spaces) {
                Some(b'\n') => block.push('\n'),
                Some(b'\t') => return Err(GivenUp),
                _ => break,
            }
            at += spaces + 1;
        }
        match chomp {
            Some(b'+') => {}
            Some(_) => block.truncate(content - 1),
            None => block.truncate(content),
        }
        self.string(key, start, end, &block)?;
        self.block = block;
        Ok(())
    }

    /// A scalar that goes over several lines, or has escapes: read by the scanner of the full parser.
    fn lines(
        &mut self,
        key: Option<Key<'t>>,
        column: usize,
        scan: impl FnOnce(&mut Scanner<'t>) -> Result<(usize, Characters), Fault>,
    ) -> Step<()> {
        let start = self.at;
        let line_start = memchr::memrchr(b'\n', &self.bytes[..start]).map_or(0, |line_break| line_break + 1);
        let mut scanner = self.scanner.take().unwrap_or_else(|| Box::new(Scanner::new(self.text, false)));
        scanner.place(start, line_start, column);
        let plain = begins_plain(self.bytes[start]);
        let (end, Characters { start: from, end: to, cooked }) = scan(&mut scanner)?;
        let source = if cooked { scanner.cooked.as_str() } else { self.text };
        let text = &source[from as usize..to as usize];
        if plain && !matches!(resolve::plain(text), Scalar::Text(_)) {
            return Err(GivenUp);
        }
        self.string(key, start, end, text)?;
        self.scanner = Some(scanner);
        Ok(())
    }

    /// A collection in brackets on one line.
    fn flow(&mut self, key: Option<Key<'t>>, depth: usize) -> Step<()> {
        if depth > 16 {
            return Err(GivenUp);
        }
        let mapping = self.bytes[self.at] == b'{';
        let close = if mapping { b'}' } else { b']' };
        let (node, around) = self.collection(key, mapping)?;
        self.at += 1;
        self.skip_spaces();
        let mut empty = true;
        while !(empty && self.bytes[self.at] == close) {
            empty = false;
            let key = if mapping { Some(self.flow_key()?) } else { None };
            self.flow_value(key, depth)?;
            self.skip_spaces();
            match self.bytes[self.at] {
                b',' => {
                    self.at += 1;
                    self.skip_spaces();
                }
                byte if byte == close => break,
                _ => return Err(GivenUp),
            }
        }
        self.at += 1;
        self.last_end = self.at;
        self.end(node, around);
        Ok(())
    }

    fn flow_key(&mut self) -> Step<Key<'t>> {
        let start = self.at;
        let quoted = matches!(self.bytes[start], b'"' | b'\'');
        let (end, text) = if quoted {
            let end = self.simple_quoted(start).ok_or(GivenUp)?;
            (end, &self.text[start + 1..end - 1])
        } else {
            let end = self.flow_plain(start)?;
            (end, self.plain_key(start, end)?)
        };
        if self.bytes[end] != b':' || !quoted && self.bytes[end + 1] != b' ' || end - start > KEY_LENGTH {
            return Err(GivenUp);
        }
        self.at = end + 1;
        self.skip_spaces();
        Ok(Key { text, start: start as u32, end: end as u32 })
    }

    fn flow_value(&mut self, key: Option<Key<'t>>, depth: usize) -> Step<()> {
        let start = self.at;
        match self.bytes[start] {
            b'[' | b'{' => return self.flow(key, depth + 1),
            b'"' | b'\'' => {
                let end = self.simple_quoted(start).ok_or(GivenUp)?;
                self.string(key, start, end, &self.text[start + 1..end - 1])?;
                self.at = end;
            }
            _ => {
                let end = self.flow_plain(start)?;
                self.resolved(key, start, end)?;
                self.at = end;
            }
        }
        // What is followed by a colon is a pair.
        if self.bytes[self.at] == b':' { Err(GivenUp) } else { Ok(()) }
    }

    /// The end of a plain scalar in brackets.
    fn flow_plain(&self, start: usize) -> Step<usize> {
        let first = self.bytes[start];
        if !begins_plain(first) || !FLOW[first as usize] || first == b'-' && !self.is_flow(start + 1) {
            return Err(GivenUp);
        }
        let mut at = start;
        loop {
            at += 1;
            let byte = self.bytes[at];
            if !(FLOW[byte as usize] || matches!(byte, b' ' | b':') && self.is_flow(at + 1)) {
                return Ok(at);
            }
        }
    }

    fn is_flow(&self, at: usize) -> bool {
        FLOW[self.bytes[at] as usize]
    }

    /// The end of a plain scalar on this line.
    #[inline]
    fn plain(&self, start: usize) -> Step<Plain> {
        // It does not end where it begins.
        let mut at = start + 1;
        loop {
            at += stop(&self.bytes[at..]);
            let before = self.bytes[at - 1];
            match self.bytes[at] {
                b':' => match self.bytes[at + 1] {
                    b' ' | b'\n' if before != b' ' => return Ok(Plain::Key(at)),
                    // A space before the colon, or a tab behind it, which nobody writes.
                    b' ' | b'\n' | b'\t' => return Err(GivenUp),
                    _ => {}
                },
                b'\n' if before != b' ' => return Ok(Plain::Value(at)),
                byte if byte == b'\n' || byte == b'#' && before == b' ' => {
                    let spaces = self.bytes[start..at].iter().rev().take_while(|byte| **byte == b' ').count();
                    return Ok(Plain::Value(at - spaces));
                }
                b'\t' => return Err(GivenUp),
                _ => {}
            }
            at += 1;
        }
    }

    /// The end of a scalar in quotes that stands on this line and says what is written between them.
    fn simple_quoted(&self, start: usize) -> Option<usize> {
        let quote = self.bytes[start];
        let first = start + 1;
        let end = first + memchr::memchr3(quote, b'\n', b'\\', &self.bytes[first..])?;
        let closes = self.bytes[end] == quote && (quote == b'"' || self.bytes[end + 1] != quote);
        closes.then_some(end + 1)
    }

    /// The next line that says something, from the end of a line or the start of the text on.
    fn line(&mut self) -> Step<Line> {
        loop {
            let start = self.at;
            self.at += leading_spaces(&self.bytes[start..]);
            match self.bytes.get(self.at) {
                None => return Ok(None),
                Some(b'\n') => self.at += 1,
                Some(b'#') => self.skip_line(),
                Some(b'\t') => return Err(GivenUp),
                Some(b'-' | b'.') if start == self.at && self.is_marker() => return Err(GivenUp),
                Some(_) => return Ok(Some(self.at - start)),
            }
        }
    }

    /// Whether a document begins or ends here. One may begin at the start of the text, and `run` has seen to that.
    fn is_marker(&self) -> bool {
        self.at > 0 && self.bytes[self.at..].starts_with(b"---") || self.bytes[self.at..].starts_with(b"...")
    }

    /// Goes to the next line if nothing but a comment stands on this one.
    fn end_of_line(&mut self) -> Step<()> {
        let start = self.at;
        self.skip_spaces();
        match self.bytes[self.at] {
            b'\n' => self.at += 1,
            b'#' if self.at > start || self.bytes[start - 1] == b' ' => self.skip_line(),
            _ => return Err(GivenUp),
        }
        Ok(())
    }

    /// Whether nothing but a comment follows the spaces that were skipped.
    fn is_at_end_of_line(&self) -> bool {
        match self.bytes[self.at] {
            b'\n' => true,
            b'#' => self.bytes[self.at - 1] == b' ',
            _ => false,
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    }

    /// Past the spaces within a line, of which there are few.
    fn skip_spaces(&mut self) {
        while self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    fn is_item(&self) -> bool {
        self.bytes[self.at] == b'-' && self.is_blank(self.at + 1)
    }

    fn is_blank(&self, at: usize) -> bool {
        matches!(self.bytes[at], b' ' | b'\n')
    }
}

/// Where the first byte stands at which a plain scalar may end: a line break, a tab, `:` or `#`. There is one: the end of the line. Bytes of
/// characters beyond ASCII may be taken for one.
#[inline]
fn stop(bytes: &[u8]) -> usize {
    let is_stop = |byte: &u8| *byte < 0x20 || matches!(byte, b':' | b'#');
    let (blocks, _) = bytes.as_chunks();
    for (position, block) in blocks.iter().enumerate() {
        let stops = stops(block);
        if stops != 0 {
            return 16 * position + stops.trailing_zeros() as usize;
        }
    }
    let at = 16 * blocks.len();
    at + bytes[at..].iter().position(is_stop).unwrap_or(bytes.len() - at)
}

/// Whether a scalar without quotes may begin so, and nothing else.
#[inline]
fn begins_plain(byte: u8) -> bool {
    BEGINS_PLAIN[byte as usize]
}
