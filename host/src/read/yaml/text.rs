//! The text of one chunk: bytes that are checked to be characters, with the way back to the source.

use std::borrow::Cow;

use super::Problem;
use super::node::Fault;
use super::parse::Parsed;
use crate::source::Span;

/// The bytes that Kubernetes decodes at a time; a character that is not allowed is refused as soon as its window is needed.
const WINDOW: usize = 512;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// What is read of a chunk.
#[derive(Debug)]
pub(super) struct Text<'s> {
    characters: Cow<'s, str>,
    places: Places,
    source_end: usize,
    breakage: Option<Breakage>,
    /// There is nothing but printable ASCII characters and line feeds.
    simple: bool,
}

/// How positions in the text lead back to the source.
#[derive(Debug)]
enum Places {
    /// So many bytes stand before the text.
    After(usize),
    /// One by one.
    Table(Vec<u32>),
}

/// A character that is not allowed, behind the end of the text.
#[derive(Debug)]
struct Breakage {
    span: Span,
    message: String,
}

impl<'s> Text<'s> {
    /// A source whose JSON was read already.
    pub(super) fn of_json(bytes: &[u8]) -> Self {
        Self {
            characters: Cow::Borrowed(""),
            places: Places::After(0),
            source_end: bytes.len(),
            breakage: None,
            simple: false,
        }
    }

    /// A chunk of YAML.
    pub(super) fn of_yaml(source: &'s [u8], chunk: Span) -> Self {
        let bytes = &source[chunk.start as usize..chunk.end as usize];
        match bytes {
            [0xFF, 0xFE, ..] => return Self::of_utf16(bytes, chunk, u16::from_le_bytes),
            [0xFE, 0xFF, ..] => return Self::of_utf16(bytes, chunk, u16::from_be_bytes),
            _ => {}
        }
        let mark = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        let bytes = &bytes[mark..];
        let before = chunk.start as usize + mark;
        let simple = is_simple(bytes);
        let (characters, breakage) = match allowed(bytes, simple) {
            Ok(text) if text.ends_with('\n') => (Cow::Borrowed(text), None),
            // Kubernetes ends the last line if its author did not. A CR before its line break is one that it does not take away.
            Ok(text) if text.ends_with('\r') => (Cow::Owned(format!("{text}\r\n")), None),
            Ok(text) => (Cow::Owned(format!("{text}\n")), None),
            Err((at, message)) => {
                let limit = reach_before(bytes, at, mark);
                let readable = std::str::from_utf8(&bytes[..limit]).unwrap_or_default();
                let span = Span::new(before + at, (before + at + 1).min(source.len()));
                (Cow::Borrowed(readable), Some(Breakage { span, message }))
            }
        };
        Self { characters, places: Places::After(before), source_end: source.len(), breakage, simple }
    }

    fn of_utf16(bytes: &[u8], chunk: Span, unit: fn([u8; 2]) -> u16) -> Self {
        let (mut kept, mut at) = (Vec::with_capacity(bytes.len() + 1), Vec::with_capacity(bytes.len() + 1));
        for (position, byte) in bytes.iter().enumerate().skip(2) {
            // Lines are cut before they are decoded.
            if *byte != b'\r' || bytes.get(position + 1) != Some(&b'\n') {
                kept.push(*byte);
                at.push(chunk.start + position as u32);
            }
        }
        if !bytes.ends_with(b"\n") {
            kept.push(b'\n');
            at.push(chunk.end);
        }
        let mut text = String::with_capacity(kept.len() / 2);
        let mut table = Vec::with_capacity(kept.len() / 2);
        // Where in `kept` a character is wrong, and from where on the text is not seen before it is.
        let mut wrong = (kept.len() % 2 == 1).then(|| (kept.len() - 1, kept.len()));
        let mut position = 0;
        for decoded in char::decode_utf16(kept.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]))) {
            match decoded {
                Ok(character) if is_allowed(character) => {
                    table.extend(std::iter::repeat_n(at[position], character.len_utf8()));
                    text.push(character);
                    position += 2 * character.len_utf16();
                }
                Err(half) if half.unpaired_surrogate() < 0xDC00 && position + 4 > kept.len() => {
                    wrong = Some((position, position));
                    break;
                }
                _ => {
                    wrong = Some((position, ((position + 2) / WINDOW * WINDOW).saturating_sub(2)));
                    break;
                }
            }
        }
        let breakage = wrong.map(|(position, unseen)| {
            let unseen = at.get(unseen).copied().unwrap_or(chunk.end);
            text.truncate(table.partition_point(|place| *place < unseen));
            let span = Span { start: at[position], end: chunk.end.min(at[position] + 2) };
            Breakage { span, message: "the file is written in UTF-16; save it as UTF-8".into() }
        });
        table.push(chunk.end);
        let source_end = chunk.end as usize;
        Self {
            characters: Cow::Owned(text),
            places: Places::Table(table),
            source_end,
            breakage,
            simple: false,
        }
    }

    /// The characters to be read.
    pub(super) fn str(&self) -> &str {
        &self.characters
    }

    /// Whether all of it is readable, and stands in the source as it is.
    pub(super) fn is_plain(&self) -> bool {
        self.breakage.is_none() && matches!(self.places, Places::After(_))
    }

    /// Whether there is nothing but printable ASCII characters and line feeds.
    pub(super) fn is_simple(&self) -> bool {
        self.simple
    }

    /// Where in the source a range of the text stands.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let place = |at: usize| match &self.places {
            Places::After(before) => (before + at).min(self.source_end),
            Places::Table(table) => table.get(at).map_or(self.source_end, |place| *place as usize),
        };
        Span::new(place(start), place(end))
    }

    /// A fault in the text as a problem in the source.
    pub(super) fn problem(&self, fault: Fault) -> Problem {
        Problem {
            span: self.span(fault.start, fault.end.max(fault.start)),
            message: fault.message.into_owned(),
        }
    }

    /// The character that is not allowed, if there is one.
    pub(super) fn breakage(&self) -> Option<Problem> {
        self.breakage
            .as_ref()
            .map(|breakage| Problem { span: breakage.span, message: breakage.message.clone() })
    }

    /// Whether the document ended before a character that is not allowed came into view.
    pub(super) fn check_reach(&self, parsed: &Parsed<'_>) -> Result<(), Problem> {
        match self.breakage() {
            Some(problem) if parsed.reach > self.characters.len() => Err(problem),
            _ => Ok(()),
        }
    }
}

/// The text, or where the first byte is that is not allowed and why it is not.
fn allowed(bytes: &[u8], simple: bool) -> Result<&str, (usize, String)> {
    if simple {
        return Ok(of_simple(bytes));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            // Valid up to here, but maybe not allowed.
            let end = error.valid_up_to();
            let before = std::str::from_utf8(&bytes[..end]).unwrap_or_default();
            allowed(before.as_bytes(), false)?;
            return Err((end, format!("byte 0x{:02X} is not UTF-8; save the file as UTF-8", bytes[end])));
        }
    };
    if is_allowed_ascii(bytes) && begin_allowed(bytes) {
        return Ok(text);
    }
    match text.char_indices().find(|(_, character)| !is_allowed(*character)) {
        Some((at, character)) => {
            Err((at, format!("the control character U+{:04X} is not allowed; remove it", character as u32)))
        }
        None => Ok(text),
    }
}

/// The text of bytes that [`is_simple`] is true of; they were looked at once, and need not be again.
#[expect(
    unsafe_code,
    reason = "that ASCII is UTF-8 is not seen by the standard library before it has looked at it too"
)]
fn of_simple(bytes: &[u8]) -> &str {
    debug_assert!(bytes.is_ascii());
    // SAFETY: every byte is below 0x7F, so each is a character.
    unsafe { std::str::from_utf8_unchecked(bytes) }
}

/// Whether there is nothing but printable ASCII characters and line feeds, as in nearly every manifest.
fn is_simple(bytes: &[u8]) -> bool {
    all(bytes, |byte| (byte.cast_signed() > 0x1F) & (byte != 0x7F) | (byte == b'\n'))
}

/// [`is_allowed`] for ASCII.
fn is_allowed_ascii(bytes: &[u8]) -> bool {
    let is_break_or_tab = |byte: u8| (byte == b'\n') | (byte == b'\t') | (byte == b'\r');
    all(bytes, |byte| (byte >= 0x20) & (byte != 0x7F) | is_break_or_tab(byte))
}

/// Block by block, so that many bytes are looked at together; the last block overlaps the one before it.
fn all(bytes: &[u8], fits: impl Fn(u8) -> bool) -> bool {
    let block_fits =
        |block: &[u8; 64]| block.iter().fold(0, |misfits, byte| misfits | u8::from(!fits(*byte))) == 0;
    match bytes.last_chunk() {
        Some(last) => bytes.as_chunks().0.iter().all(block_fits) && block_fits(last),
        None => bytes.iter().all(|byte| fits(*byte)),
    }
}

/// [`is_allowed`] beyond ASCII: U+0080 to U+009F but U+0085, and U+FFFE and U+FFFF, are not.
fn begin_allowed(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(0xC2, 0xEF, bytes).all(
        |at| !matches!(bytes[at..], [0xC2, 0x80..=0x84 | 0x86..=0x9F, ..] | [0xEF, 0xBF, 0xBE | 0xBF, ..]),
    )
}

fn is_allowed(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' | '\u{20}'..='\u{7E}' | '\u{85}' | '\u{A0}'..='\u{FFFD}' => true,
        other => other > '\u{FFFF}',
    }
}

/// How many bytes are read before the window that holds the bad byte at `bad` is decoded.
fn reach_before(bytes: &[u8], bad: usize, mark: usize) -> usize {
    // The windows count the bytes after lines were cut: CR LF is one byte there, and the byte order mark is there still.
    let mut kept: Vec<usize> = Vec::new();
    for (at, byte) in bytes.iter().enumerate().take(bad + WINDOW) {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            kept.push(at);
        }
    }
    let Ok(bad) = kept.binary_search(&bad) else { return 0 };
    let width = match bytes[kept[bad]] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    };
    let (mut start, mut end) = (0, WINDOW - mark);
    loop {
        // The line break at the end is there even where the author left it out.
        if bad + width <= end.min(kept.len() + usize::from(!bytes.ends_with(b"\n"))) {
            return kept[start];
        }
        // Cut off by the window or the end: it is not looked at before more is needed.
        if bad < end {
            return kept[bad];
        }
        // A character that the window cuts begins the next one.
        while end > start && bytes[kept[end]] & 0xC0 == 0x80 {
            end -= 1;
        }
        (start, end) = (end, end + WINDOW);
    }
}
