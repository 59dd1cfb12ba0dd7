//! Writing: values in document order become a chunk, chunks become a tape.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::{CHUNK_HEADER, Chunk, MAGIC, NO_NODE, NO_SYMBOL, NODE, Pod, TAPE_HEADER, VERSION, Value, kind};

/// A chunk being written, value by value in document order.
///
/// ```
/// use plimsoll_tape::{Builder, Chunk, Value};
///
/// let mut builder = Builder::new();
/// builder.open_mapping(None).unwrap();
/// builder.scalar(Some("kind"), Value::String("Pod")).unwrap();
/// builder.close();
/// let bytes = builder.finish("pod.yaml", &[]).unwrap();
///
/// let chunk = Chunk::new(&bytes).unwrap();
/// assert_eq!(chunk.get(0, "kind").map(|node| chunk.value(node)), Some(Value::String("Pod")));
/// ```
#[derive(Debug, Default)]
pub struct Builder {
    nodes: Vec<[u8; NODE]>,
    symbols: Vec<[u8; 8]>,
    /// Symbols by the text of their keys, of those that are neither among `shorts` nor among `longs`.
    known: HashTable<u32>,
    /// Seeded anew for every builder, so that nobody can prepare keys that collide.
    hasher: RandomState,
    shorts: Shorts,
    /// The first keys of more than sixteen bytes: their lengths and last bytes, with their symbols.
    longs: Vec<((usize, u64), u32)>,
    text: String,
    /// The containers that are open, and how many nodes stand directly in each.
    open: Vec<(u32, u32)>,
}

/// The object is too large for a chunk: more than 4 GiB, or more than 16 million distinct keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl std::fmt::Display for Overflow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the object is too large: more than 4 GiB, or more than 16 million different keys")
    }
}

impl std::error::Error for Overflow {}

impl Builder {
    /// A builder with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many more nodes and bytes of text.
    pub fn reserve(&mut self, nodes: usize, text: usize) {
        self.nodes.reserve(nodes);
        self.text.reserve(text);
    }

    /// A builder with room for so many nodes and bytes of text.
    pub fn with_capacity(nodes: usize, text: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(nodes),
            symbols: Vec::with_capacity(SYMBOLS),
            shorts: Shorts { keys: Vec::with_capacity(SYMBOLS), ..Shorts::default() },
            longs: Vec::with_capacity(LONGS),
            open: Vec::with_capacity(16),
            text: String::with_capacity(text),
            ..Self::default()
        }
    }

    /// How many nodes were written so far; the next one gets this number.
    pub fn len(&self) -> u32 {
        self.nodes.len() as u32
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Writes a null, boolean, number or string and returns its node. `key` is the key in the mapping that is open, none in a sequence.
    /// A container given here is written as an empty one.
    #[inline]
    pub fn scalar(&mut self, key: Option<&str>, value: Value<'_>) -> Result<u32, Overflow> {
        let (kind, bits) = match value {
            Value::Null => (kind::NULL, 0),
            Value::Bool(b) => (kind::BOOL, u64::from(b)),
            Value::Int(i) => (kind::INT, i as u64),
            Value::UInt(u) => (kind::UINT, u),
            Value::Float(f) => (kind::FLOAT, f.to_bits()),
            Value::String(text) => return self.string(key, text),
            Value::Sequence(_) => (kind::SEQUENCE, 0),
            Value::Mapping(_) => (kind::MAPPING, 0),
        };
        self.push(kind, key, bits)
    }

    /// Writes a string, as [`Builder::scalar`] does.
    #[inline]
    pub fn string(&mut self, key: Option<&str>, text: &str) -> Result<u32, Overflow> {
        let (start, len) = self.push_text(text)?;
        self.push(kind::STRING, key, u64::from(start) | u64::from(len) << 32)
    }

    /// Opens a mapping; what follows stands in it until [`close`](Self::close).
    pub fn open_mapping(&mut self, key: Option<&str>) -> Result<u32, Overflow> {
        let node = self.push(kind::MAPPING, key, 0)?;
        self.open.push((node, 0));
        Ok(node)
    }

    /// Opens a sequence; what follows stands in it until [`close`](Self::close).
    pub fn open_sequence(&mut self, key: Option<&str>) -> Result<u32, Overflow> {
        let node = self.push(kind::SEQUENCE, key, 0)?;
        self.open.push((node, 0));
        Ok(node)
    }

    /// Closes what was opened last.
    #[inline]
    pub fn close(&mut self) {
        if let Some((node, count)) = self.open.pop() {
            let size = self.len() - node;
            let raw = &mut self.nodes[node as usize];
            raw[4..8].copy_from_slice(&size.to_le_bytes());
            raw[8..12].copy_from_slice(&count.to_le_bytes());
        }
    }

    /// Copies a node of another chunk with all that is below it, under another key, and returns its number here.
    pub fn copy(&mut self, key: Option<&str>, from: &Chunk<'_>, node: u32) -> Result<u32, Overflow> {
        let first = self.len();
        let end = from.end(node);
        let mut closing: Vec<u32> = Vec::new();
        for at in node..end {
            while closing.last().is_some_and(|end| *end <= at) {
                closing.pop();
                self.close();
            }
            let key = if at == node { key } else { from.key(at) };
            match from.value(at) {
                Value::Mapping(_) => {
                    self.open_mapping(key)?;
                    closing.push(from.end(at));
                }
                Value::Sequence(_) => {
                    self.open_sequence(key)?;
                    closing.push(from.end(at));
                }
                scalar => {
                    self.scalar(key, scalar)?;
                }
            }
        }
        for _ in closing {
            self.close();
        }
        Ok(first)
    }

    /// What was written so far, to be read. Containers that are still open look empty.
    pub fn view(&self) -> Chunk<'_> {
        Chunk {
            nodes: &self.nodes,
            symbols: &self.symbols,
            pods: &[],
            text: self.text.as_bytes(),
            checked: Some(&self.text),
            file: (0, 0),
        }
    }

    /// The finished chunk. `file` is the path of the source, `pods` the pod templates of the object, as [`find_pods`](crate::find_pods) finds them.
    pub fn finish(mut self, file: &str, pods: &[Pod]) -> Result<Box<[u8]>, Overflow> {
        self.chunk(file, pods)
    }

    /// As it was when it was new, with the room that it has.
    pub fn clear(&mut self) {
        self.nodes.clear();
        self.symbols.clear();
        if !self.known.is_empty() {
            self.known.clear();
        }
        self.shorts.clear();
        self.longs.clear();
        self.text.clear();
        self.open.clear();
    }

    /// As [`finish`](Self::finish), of a builder that is used again once it was [cleared](Self::clear).
    pub fn chunk(&mut self, file: &str, pods: &[Pod]) -> Result<Box<[u8]>, Overflow> {
        while !self.open.is_empty() {
            self.close();
        }
        let (file_at, file_len) = self.push_text(file)?;
        let body = NODE * self.nodes.len() + 8 * self.symbols.len() + 8 * pods.len() + self.text.len();
        let length = (CHUNK_HEADER + body).next_multiple_of(8);
        let header = [
            u32::try_from(length).map_err(|_| Overflow)?,
            self.len(),
            self.symbols.len() as u32,
            pods.len() as u32,
            self.text.len() as u32,
            file_at,
            file_len,
            0,
        ];
        let mut chunk = Vec::with_capacity(length);
        chunk.extend(header.iter().flat_map(|word| word.to_le_bytes()));
        chunk.extend_from_slice(self.nodes.as_flattened());
        chunk.extend_from_slice(self.symbols.as_flattened());
        for pod in pods {
            chunk.extend_from_slice(&pod.spec.to_le_bytes());
            chunk.extend_from_slice(&pod.metadata.unwrap_or(NO_NODE).to_le_bytes());
        }
        chunk.extend_from_slice(self.text.as_bytes());
        chunk.resize(length, 0);
        Ok(chunk.into_boxed_slice())
    }

    /// The number that stands for the key of a node; equal keys have equal numbers. Only for nodes with a key.
    #[inline]
    pub fn symbol_of(&self, node: u32) -> u32 {
        let raw = &self.nodes[node as usize];
        u32::from_le_bytes([raw[1], raw[2], raw[3], 0])
    }

    #[inline]
    fn push(&mut self, kind: u8, key: Option<&str>, bits: u64) -> Result<u32, Overflow> {
        let node = self.len();
        if node == NO_NODE - 1 {
            return Err(Overflow);
        }
        let symbol = match key {
            Some(key) => self.symbol(key)?,
            None => NO_SYMBOL,
        };
        if let Some((_, count)) = self.open.last_mut() {
            *count += 1;
        }
        let mut raw = [0; NODE];
        raw[..4].copy_from_slice(&(u32::from(kind) | symbol << 8).to_le_bytes());
        raw[4..8].copy_from_slice(&1u32.to_le_bytes());
        raw[8..].copy_from_slice(&bits.to_le_bytes());
        self.nodes.push(raw);
        Ok(node)
    }

    #[inline]
    fn symbol(&mut self, key: &str) -> Result<u32, Overflow> {
        let Some(short) = Short::of(key) else { return self.long_symbol(key) };
        match self.shorts.find(short) {
            Ok(symbol) => Ok(symbol),
            Err(slot) if self.shorts.keys.len() < SHORTS => {
                let symbol = self.new_symbol(key)?;
                self.shorts.insert(slot, short, symbol);
                Ok(symbol)
            }
            Err(_) => self.known_symbol(key),
        }
    }

    /// The symbol of a key that is longer than most.
    fn long_symbol(&mut self, key: &str) -> Result<u32, Overflow> {
        let Some(tail) = key.as_bytes().last_chunk() else { return self.known_symbol(key) };
        let long = (key.len(), u64::from_le_bytes(*tail));
        let is_key = |symbol: u32| text_of(&self.symbols, &self.text, symbol) == key;
        if let Some((_, symbol)) = self.longs.iter().find(|(known, symbol)| *known == long && is_key(*symbol))
        {
            return Ok(*symbol);
        }
        if self.longs.len() == LONGS {
            return self.known_symbol(key);
        }
        let symbol = self.new_symbol(key)?;
        self.longs.push((long, symbol));
        Ok(symbol)
    }

    fn known_symbol(&mut self, key: &str) -> Result<u32, Overflow> {
        let hash = self.hasher.hash_one(key);
        let is_key = |symbol: &u32| text_of(&self.symbols, &self.text, *symbol) == key;
        if let Some(symbol) = self.known.find(hash, is_key) {
            return Ok(*symbol);
        }
        let symbol = self.new_symbol(key)?;
        let Self { known, hasher, symbols, text, .. } = self;
        known.insert_unique(hash, symbol, |symbol| hasher.hash_one(text_of(symbols, text, *symbol)));
        Ok(symbol)
    }

    fn new_symbol(&mut self, key: &str) -> Result<u32, Overflow> {
        let symbol = self.symbols.len() as u32;
        if symbol >= NO_SYMBOL {
            return Err(Overflow);
        }
        let (start, len) = self.push_text(key)?;
        let mut raw = [0; 8];
        raw[..4].copy_from_slice(&start.to_le_bytes());
        raw[4..].copy_from_slice(&len.to_le_bytes());
        self.symbols.push(raw);
        Ok(symbol)
    }

    #[inline]
    fn push_text(&mut self, text: &str) -> Result<(u32, u32), Overflow> {
        let start = self.text.len();
        self.text.push_str(text);
        // The chunk's length is a u32, so its text ends well below that.
        if self.text.len() > (u32::MAX / 2) as usize {
            return Err(Overflow);
        }
        Ok((start as u32, text.len() as u32))
    }
}

/// A key of up to sixteen bytes, whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Short {
    head: u64,
    tail: u64,
    len: usize,
}

impl Short {
    fn of(key: &str) -> Option<Self> {
        let key = key.as_bytes();
        let (head, tail) = match key.len() {
            8..=16 => (u64::from_le_bytes(*key.first_chunk()?), u64::from_le_bytes(*key.last_chunk()?)),
            4..8 => (
                u64::from(u32::from_le_bytes(*key.first_chunk()?)),
                u64::from(u32::from_le_bytes(*key.last_chunk()?)),
            ),
            1..4 => (u64::from(key[0]), u64::from(key[key.len() / 2]) << 8 | u64::from(key[key.len() - 1])),
            _ => return None,
        };
        Some(Self { head, tail, len: key.len() })
    }

    fn slot(self) -> usize {
        let mixed =
            (self.head ^ self.tail.rotate_left(23) ^ self.len as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 57) as usize
    }
}

/// So many short keys of an object are looked up without a hash worth the name; there are never more to go through.
const SHORTS: usize = 64;

/// So many longer keys of an object are gone through one by one.
const LONGS: usize = 16;

/// The first short keys of an object, with their symbols.
#[derive(Debug)]
struct Shorts {
    /// Position in `keys` plus one; 0 is free.
    slots: [u8; 2 * SHORTS],
    keys: Vec<(Short, u32)>,
}

impl Default for Shorts {
    fn default() -> Self {
        Self { slots: [0; 2 * SHORTS], keys: Vec::new() }
    }
}

impl Shorts {
    /// The symbol of a key, or the slot for it.
    fn find(&self, key: Short) -> Result<u32, usize> {
        let mut slot = key.slot();
        loop {
            let Some(position) = usize::from(self.slots[slot]).checked_sub(1) else { return Err(slot) };
            match self.keys[position] {
                (known, symbol) if known == key => return Ok(symbol),
                _ => slot = (slot + 1) % self.slots.len(),
            }
        }
    }

    fn clear(&mut self) {
        self.slots = [0; 2 * SHORTS];
        self.keys.clear();
    }

    fn insert(&mut self, slot: usize, key: Short, symbol: u32) {
        self.keys.push((key, symbol));
        self.slots[slot] = self.keys.len() as u8;
    }
}

/// Keys that nearly every object stays below.
const SYMBOLS: usize = 40;

fn text_of<'a>(symbols: &[[u8; 8]], text: &'a str, symbol: u32) -> &'a str {
    let raw = &symbols[symbol as usize];
    let start = u32::from_le_bytes([raw[0], raw[1], raw[2], raw[3]]) as usize;
    let len = u32::from_le_bytes([raw[4], raw[5], raw[6], raw[7]]) as usize;
    &text[start..start + len]
}

/// Joins chunks into a tape.
pub fn tape<'a>(chunks: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>) -> Vec<u8> {
    let mut tape = Vec::new();
    tape_into(&mut tape, chunks);
    tape
}

/// As [`tape`], in place of what a buffer holds.
pub fn tape_into<'a>(tape: &mut Vec<u8>, chunks: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>) {
    let chunks = chunks.into_iter();
    tape.clear();
    tape.reserve(TAPE_HEADER + chunks.clone().map(<[u8]>::len).sum::<usize>());
    tape.resize(TAPE_HEADER, 0);
    let mut count = 0u32;
    for chunk in chunks {
        tape.extend_from_slice(chunk);
        count += 1;
    }
    tape[..4].copy_from_slice(&MAGIC);
    tape[4..8].copy_from_slice(&VERSION.to_le_bytes());
    tape[8..12].copy_from_slice(&count.to_le_bytes());
}
