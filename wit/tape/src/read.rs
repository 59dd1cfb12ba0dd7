//! Reading: a chunk is looked at where it lies; nothing is copied.

use crate::{CHUNK_HEADER, MAGIC, NO_NODE, NO_SYMBOL, NODE, Pod, TAPE_HEADER, VERSION, kind};

/// What a node holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`, `~`, or nothing at all.
    Null,
    /// A boolean, as YAML 1.1 reads it.
    Bool(bool),
    /// An integer of 64 bits with a sign.
    Int(i64),
    /// An integer above `i64::MAX`.
    UInt(u64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(&'a str),
    /// A sequence and how many items it has.
    Sequence(u32),
    /// A mapping and how many entries it has.
    Mapping(u32),
}

/// What the keys of an object leave behind in a few bits. Most keys that are asked for leave no trace: then they need not be looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traces([u64; 4]);

impl Traces {
    /// Whether there is a trace of this key; without one, no node of the object has it.
    #[inline]
    pub fn of(&self, key: &str) -> bool {
        let (word, bit) = Self::bit(key.as_bytes());
        self.0[word] & bit != 0
    }

    #[inline]
    fn bit(key: &[u8]) -> (usize, u64) {
        let letter = |at: usize| u32::from(key.get(at).copied().unwrap_or_default());
        let len = key.len();
        let mixed = (len as u32) << 24 | letter(len / 2) << 16 | letter(len.wrapping_sub(1)) << 8 | letter(0);
        let place = mixed.wrapping_mul(0x9E37_79B1) >> 24;
        ((place / 64) as usize, 1 << (place % 64))
    }
}

/// The bytes are not a tape, or not one that this version reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the tape is malformed: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// One object on a tape, read in place.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    pub(crate) nodes: &'a [[u8; NODE]],
    pub(crate) symbols: &'a [[u8; 8]],
    pub(crate) pods: &'a [[u8; 8]],
    pub(crate) text: &'a [u8],
    /// The text, if all of it is known to be UTF-8; else each string is looked at where it is read.
    pub(crate) checked: Option<&'a str>,
    pub(crate) file: (u32, u32),
}

/// The chunks of a tape, in order. What they hold is checked here, so that reading them neither fails nor comes by a node twice.
///
/// # Errors
///
/// If a length, a size or a reference in the tape leads outside of what it belongs to.
pub fn chunks(tape: &[u8]) -> Result<Vec<Chunk<'_>>, Malformed> {
    if tape.len() < TAPE_HEADER || tape[..4] != MAGIC {
        return Err(Malformed("it does not begin with the letters `plim`"));
    }
    if word(tape, 4) != VERSION {
        return Err(Malformed("its version is not 1"));
    }
    let mut rest = &tape[TAPE_HEADER..];
    let mut open = Vec::new();
    let mut chunks = Vec::with_capacity((word(tape, 8) as usize).min(rest.len() / CHUNK_HEADER));
    while !rest.is_empty() {
        let length = if rest.len() < CHUNK_HEADER { 0 } else { word(rest, 0) as usize };
        let Some((chunk, after)) = rest.split_at_checked(length).filter(|_| length >= CHUNK_HEADER) else {
            return Err(Malformed("a chunk reaches beyond its end"));
        };
        let chunk = Chunk::new(chunk)?;
        chunk.check(&mut open)?;
        chunks.push(Chunk { checked: std::str::from_utf8(chunk.text).ok(), ..chunk });
        rest = after;
    }
    if chunks.len() != word(tape, 8) as usize {
        return Err(Malformed("it holds another number of objects than it says"));
    }
    Ok(chunks)
}

impl<'a> Chunk<'a> {
    /// Reads the header of a chunk and finds its parts.
    pub fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((header, body)) = bytes.split_at_checked(CHUNK_HEADER) else {
            return Err(Malformed("a chunk is shorter than its header"));
        };
        let part = |from: &'a [u8], len: u64| -> Result<(&'a [u8], &'a [u8]), Malformed> {
            usize::try_from(len)
                .ok()
                .and_then(|len| from.split_at_checked(len))
                .ok_or(Malformed("a chunk is shorter than its parts"))
        };
        let (nodes, rest) = part(body, u64::from(word(header, 4)) * NODE as u64)?;
        let (symbols, rest) = part(rest, u64::from(word(header, 8)) * 8)?;
        let (pods, rest) = part(rest, u64::from(word(header, 12)) * 8)?;
        let (text, _padding) = part(rest, u64::from(word(header, 16)))?;
        if nodes.is_empty() {
            return Err(Malformed("an object has no nodes"));
        }
        Ok(Self {
            nodes: nodes.as_chunks().0,
            symbols: symbols.as_chunks().0,
            pods: pods.as_chunks().0,
            text,
            checked: None,
            file: (word(header, 20), word(header, 24)),
        })
    }

    /// Whether nodes lie within each other and refer to what is there. `open` is room for the ends of the nodes that are open.
    fn check(&self, open: &mut Vec<u32>) -> Result<(), Malformed> {
        open.clear();
        let mut end = self.len();
        for (at, raw) in (0..).zip(self.nodes) {
            while end <= at {
                end = open.pop().unwrap_or(self.len());
            }
            let (kind, symbol, size) = (raw[0], word(raw, 0) >> 8, word(raw, 4));
            let fits = size >= 1 && size <= end - at && (at > 0 || size == end);
            if !fits || size > 1 && !matches!(kind, kind::SEQUENCE | kind::MAPPING) {
                return Err(Malformed("a node reaches beyond what it stands in"));
            }
            if symbol != NO_SYMBOL && symbol as usize >= self.symbols.len() {
                return Err(Malformed("a node has a key that is not there"));
            }
            if size > 1 {
                open.push(end);
                end = at + size;
            }
        }
        let is_node = |node: u32| node < self.len();
        if !self.pods().all(|pod| is_node(pod.spec) && pod.metadata.is_none_or(is_node)) {
            return Err(Malformed("a pod template is not there"));
        }
        Ok(())
    }

    /// How many nodes the object has.
    pub fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// A chunk always has a node.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The path of the source in which the object stands.
    pub fn file(&self) -> &'a str {
        self.slice(self.file.0, self.file.1)
    }

    /// What the node holds.
    pub fn value(&self, node: u32) -> Value<'a> {
        let raw = &self.nodes[node as usize];
        let bits = u64::from_le_bytes([raw[8], raw[9], raw[10], raw[11], raw[12], raw[13], raw[14], raw[15]]);
        match raw[0] {
            kind::BOOL => Value::Bool(bits != 0),
            kind::INT => Value::Int(bits as i64),
            kind::UINT => Value::UInt(bits),
            kind::FLOAT => Value::Float(f64::from_bits(bits)),
            kind::STRING => Value::String(self.slice(bits as u32, (bits >> 32) as u32)),
            kind::SEQUENCE => Value::Sequence(bits as u32),
            kind::MAPPING => Value::Mapping(bits as u32),
            _ => Value::Null,
        }
    }

    /// The key under which the node stands in its mapping.
    pub fn key(&self, node: u32) -> Option<&'a str> {
        let symbol = word(&self.nodes[node as usize], 0) >> 8;
        (symbol != NO_SYMBOL).then(|| self.symbol(symbol))
    }

    /// As [`key`](Self::key), without looking whether it is text.
    pub fn key_bytes(&self, node: u32) -> Option<&'a [u8]> {
        let symbol = word(&self.nodes[node as usize], 0) >> 8;
        (symbol != NO_SYMBOL).then(|| self.symbol_bytes(symbol))
    }

    /// The first node after the node's subtree.
    pub fn end(&self, node: u32) -> u32 {
        // At least one on, so that a walk always ends.
        node + word(&self.nodes[node as usize], 4).max(1)
    }

    /// The nodes directly below this one, in document order.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> + use<'a> {
        let chunk = *self;
        let end = chunk.end(node).min(chunk.len());
        let first = if matches!(self.nodes[node as usize][0], kind::SEQUENCE | kind::MAPPING) {
            node + 1
        } else {
            end
        };
        std::iter::successors((first < end).then_some(first), move |at| {
            let next = chunk.end(*at);
            (next < end).then_some(next)
        })
    }

    /// The entry of a mapping with this key.
    pub fn get(&self, node: u32, key: &str) -> Option<u32> {
        self.entry(node, |symbol| self.symbol_is(symbol, key))
    }

    /// The number that stands for a key in this object; none if no node has it. Then [`get_by_symbol`](Self::get_by_symbol) finds nodes
    /// without comparing text.
    pub fn symbol_of(&self, key: &str) -> Option<u32> {
        (0..self.symbols.len() as u32).find(|symbol| self.symbol_is(*symbol, key))
    }

    /// Traces of all keys of this object.
    pub fn traces(&self) -> Traces {
        let mut traces = Traces::default();
        for symbol in 0..self.symbols.len() as u32 {
            let (word, bit) = Traces::bit(self.symbol_bytes(symbol));
            traces.0[word] |= bit;
        }
        traces
    }

    /// The entry of a mapping whose key has this number.
    pub fn get_by_symbol(&self, node: u32, symbol: u32) -> Option<u32> {
        self.entry(node, |other| other == symbol)
    }

    #[inline]
    fn entry(&self, node: u32, is_key: impl Fn(u32) -> bool) -> Option<u32> {
        if self.nodes[node as usize][0] != kind::MAPPING {
            return None;
        }
        let end = self.end(node).min(self.len());
        let mut at = node + 1;
        while at < end {
            let raw = &self.nodes[at as usize];
            if is_key(word(raw, 0) >> 8) {
                return Some(at);
            }
            at += word(raw, 4).max(1);
        }
        None
    }

    /// The item of a sequence at this position, from 0.
    pub fn item(&self, node: u32, position: usize) -> Option<u32> {
        if self.nodes[node as usize][0] != kind::SEQUENCE {
            return None;
        }
        self.children(node).nth(position)
    }

    /// The pod templates that the host found in the object.
    pub fn pods(&self) -> impl Iterator<Item = Pod> + use<'a> {
        self.pods.iter().map(|raw| Pod {
            spec: word(raw, 0),
            metadata: Some(word(raw, 4)).filter(|node| *node != NO_NODE),
        })
    }

    fn symbol(&self, symbol: u32) -> &'a str {
        let raw = &self.symbols[symbol as usize];
        self.slice(word(raw, 0), word(raw, 4))
    }

    fn symbol_bytes(&self, symbol: u32) -> &'a [u8] {
        let raw = &self.symbols[symbol as usize];
        let (start, len) = (word(raw, 0) as usize, word(raw, 4) as usize);
        self.text.get(start..start.saturating_add(len)).unwrap_or_default()
    }

    fn symbol_is(&self, symbol: u32, key: &str) -> bool {
        let Some(raw) = self.symbols.get(symbol as usize) else { return false };
        let (start, len) = (word(raw, 0) as usize, word(raw, 4) as usize);
        len == key.len()
            && self.text.get(start..start + len).is_some_and(|text| is_same(text, key.as_bytes()))
    }

    fn slice(&self, start: u32, len: u32) -> &'a str {
        let range = start as usize..(start as usize).saturating_add(len as usize);
        if let Some(checked) = self.checked {
            return checked.get(range).unwrap_or_default();
        }
        self.text.get(range).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// Whether two texts of one length are equal. Keys are short, and WebAssembly compares memory byte by byte.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    match (a.first_chunk(), a.last_chunk(), b.first_chunk(), b.last_chunk()) {
        (Some(a_head), Some(a_tail), Some(b_head), Some(b_tail)) if a.len() <= 16 => {
            let same = |a: &[u8; 8], b: &[u8; 8]| u64::from_le_bytes(*a) == u64::from_le_bytes(*b);
            same(a_head, b_head) && same(a_tail, b_tail)
        }
        (None, ..) => a.iter().eq(b),
        _ => a == b,
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
