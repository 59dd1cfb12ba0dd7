//! The texts that edits go into, and what is worked out of each for all the edits that follow.

use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use plimsoll_tape::Value;

use super::layout::{Layout, Shared};
use super::{Known, Plan, Reader, Replacement, Unmendable};
use crate::finding::Fix;
use crate::object::{NodeSpan, Object};
use crate::source::{BOM, Source, Span};

/// Writes edits into sources. A file may take thousands of them, so what has to be known of the file is worked out once.
pub struct Editor<'a> {
    pub(super) sources: &'a [Source],
    pub(super) objects: &'a [Object],
    /// For every source the objects in it.
    of_sources: Vec<Range<usize>>,
    /// For every source what several of its nodes share, or why nothing is written into it.
    shared: Vec<OnceCell<Result<Rc<Shared>, Unmendable>>>,
    /// The document that was last written into.
    document: RefCell<Option<Judged>>,
    /// The object that was last written into: edits come object by object.
    layout: RefCell<Option<(u32, Rc<Layout<'a>>)>>,
    /// What reads documents again, and what it said of the one that it last read as it is.
    reader: Option<Reader>,
    known: RefCell<Option<(u32, Span, Rc<Known>)>>,
}

/// Whether edits can be written into a document.
struct Judged {
    source: u32,
    document: Span,
    verdict: Result<(), Unmendable>,
}

impl<'a> Editor<'a> {
    /// An editor of sources. Objects of one source stand side by side.
    pub fn new(sources: &'a [Source], objects: &'a [Object]) -> Self {
        let mut of_sources = vec![0..0; sources.len()];
        let mut first = 0;
        for run in objects.chunk_by(|one, next| one.source == next.source) {
            of_sources[run[0].source as usize] = first..first + run.len();
            first += run.len();
        }
        let shared = sources.iter().map(|_| OnceCell::new()).collect();
        let (document, layout, known) = (RefCell::default(), RefCell::default(), RefCell::default());
        Self { sources, objects, of_sources, shared, document, layout, reader: None, known }
    }

    /// The same editor, but it reads the documents that a fix changes again, unless they are long, and refuses what it did not mean.
    pub fn proving(self, reader: Reader) -> Self {
        Self { reader: Some(reader), ..self }
    }

    /// The objects of a source, with their positions.
    pub fn objects_of(&self, source: u32) -> impl ExactSizeIterator<Item = (u32, &'a Object)> + use<'a> {
        self.numbered(self.of_sources[source as usize].clone())
    }

    fn numbered(&self, range: Range<usize>) -> impl ExactSizeIterator<Item = (u32, &'a Object)> + use<'a> {
        let first = range.start;
        self.objects[range].iter().enumerate().map(move |(at, object)| ((first + at) as u32, object))
    }

    /// What the edits of one fix come to in the texts, in order and without overlaps.
    ///
    /// # Errors
    ///
    /// If the fix cannot be written into its source.
    pub fn replacements(&self, fix: &Fix) -> Result<Vec<Replacement>, Unmendable> {
        let replacements = Plan::of(fix, self.objects)?.replacements(self)?;
        if let Some(reader) = self.reader {
            self.prove(reader, fix, &replacements)?;
        }
        Ok(replacements)
    }

    /// The objects in a document, with their positions.
    pub(super) fn objects_in(
        &self,
        source: u32,
        document: Span,
    ) -> impl ExactSizeIterator<Item = (u32, &'a Object)> + use<'a> {
        let range = self.of_sources[source as usize].clone();
        let of_source = &self.objects[range.clone()];
        let first = of_source.partition_point(|other| other.document.start < document.start);
        let count = of_source[first..].iter().take_while(|other| other.document == document).count();
        let first = range.start + first;
        self.numbered(first..first + count)
    }

    /// What is known of a document as it is, by itself.
    pub(super) fn known(&self, source: u32, document: Span, read: Reader) -> Rc<Known> {
        if let Some((of, at, known)) = &*self.known.borrow()
            && (*of, *at) == (source, document)
        {
            return known.clone();
        }
        let Source { path, bytes, .. } = &self.sources[source as usize];
        let bytes = bytes[document.start as usize..document.end as usize].to_vec();
        let known = Rc::new(Known::of(read(path, bytes)));
        self.known.replace(Some((source, document, known.clone())));
        known
    }

    /// How an object is laid out.
    ///
    /// # Errors
    ///
    /// If nothing is written into its source, or into its document.
    pub(super) fn layout(&self, number: u32) -> Result<Rc<Layout<'a>>, Unmendable> {
        if let Some((_, layout)) = self.layout.borrow().as_ref().filter(|(last, _)| *last == number) {
            return Ok(layout.clone());
        }
        let object = &self.objects[number as usize];
        let shared =
            self.shared[object.source as usize].get_or_init(|| self.shared_in(object.source)).clone()?;
        self.judge(object)?;
        let layout = Rc::new(Layout::new(&self.sources[object.source as usize].bytes, object, shared));
        self.layout.replace(Some((number, layout.clone())));
        Ok(layout)
    }

    /// What several nodes of a source share, if edits can be written into it at all.
    fn shared_in(&self, source: u32) -> Result<Rc<Shared>, Unmendable> {
        let bytes = &self.sources[source as usize].bytes;
        if std::str::from_utf8(bytes).is_err() {
            return Unmendable::because("the file is not UTF-8");
        }
        unusual_marks(bytes)?;
        Ok(Rc::new(Shared::of(bytes, self.objects_of(source).map(|(_, object)| object))))
    }

    /// Whether edits can be written into the document of an object.
    fn judge(&self, object: &Object) -> Result<(), Unmendable> {
        let (source, document) = (object.source, object.document);
        let same = |judged: &&Judged| judged.source == source && judged.document == document;
        if let Some(judged) = self.document.borrow().as_ref().filter(same) {
            return judged.verdict.clone();
        }
        let bytes = &self.sources[source as usize].bytes;
        let beside = self.objects_in(source, document).map(|(_, object)| object);
        let verdict = tabs(bytes, document, beside);
        self.document.replace(Some(Judged { source, document, verdict: verdict.clone() }));
        verdict
    }
}

/// Refuses texts whose lines or characters are not the same to everybody: what an edit does to one kind of line it would do to half of another.
fn unusual_marks(bytes: &[u8]) -> Result<(), Unmendable> {
    // To an editor these stand within a line, and whoever counts its columns there counts others than a parser.
    if ["\u{85}", "\u{2028}", "\u{2029}"]
        .iter()
        .any(|odd| memchr::memmem::find(bytes, odd.as_bytes()).is_some())
    {
        return Unmendable::because(
            "the file has line breaks that only YAML knows as such, U+0085, U+2028 or U+2029; replace them",
        );
    }
    // Once it stands first, it is no character.
    if memchr::memmem::rfind(bytes, BOM).is_some_and(|at| at > 0) {
        return Unmendable::because(
            "the file has a byte order mark, U+FEFF, that does not stand first; remove it",
        );
    }
    // Documents are separated behind LF alone.
    let is_lone = |at: usize| bytes.get(at + 1) != Some(&b'\n');
    if memchr::memchr(b'\n', bytes).is_some() && memchr::memchr_iter(b'\r', bytes).any(is_lone) {
        return Unmendable::because(
            "some of the file's lines end with CR alone, and others do not; save it with one kind of line break",
        );
    }
    Ok(())
}

/// Refuses documents in which a tab indents a line. YAML takes some of them, below some values and in brackets, and not what an edit might make of
/// those. In quotes, in block scalars and in JSON they may stand.
fn tabs<'a>(
    bytes: &[u8],
    document: Span,
    objects: impl Iterator<Item = &'a Object>,
) -> Result<(), Unmendable> {
    let text = &bytes[document.start as usize..document.end as usize];
    if memchr::memchr(b'\t', text).is_none() || text.trim_ascii_start().starts_with(b"{") {
        return Ok(());
    }
    let mut allowed: Vec<Span> = objects.flat_map(|object| tabs_may_stand_in(bytes, object)).collect();
    allowed.sort_unstable_by_key(|span| span.start);
    let mut allowed = allowed.into_iter().peekable();
    // Lines end either with LF, and perhaps a CR before it, or with CR alone.
    let line_break = if memchr::memchr(b'\n', bytes).is_some() { b'\n' } else { b'\r' };
    let mut start = document.start as usize;
    for line in text.split(|byte| *byte == line_break) {
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if line[..blanks].contains(&b'\t') {
            while allowed.next_if(|span| (span.end as usize) <= start).is_some() {}
            if allowed.peek().is_none_or(|span| span.start as usize > start) {
                let number = 1 + memchr::memchr_iter(line_break, &bytes[..start]).count();
                return Unmendable::because(format!("a tab indents line {number} of the file; use spaces"));
            }
        }
        start += line.len() + 1;
    }
    Ok(())
}

/// The places of an object whose lines a tab may indent.
fn tabs_may_stand_in(bytes: &[u8], object: &Object) -> Vec<Span> {
    let chunk = object.read();
    let may = |node: u32, span: &NodeSpan| match (chunk.value(node), bytes.get(span.value.start as usize)) {
        (Value::String(_), first) => matches!(first, Some(b'\'' | b'"' | b'|' | b'>')),
        (_, first) => node == 0 && first == Some(&b'{'),
    };
    (0..).zip(&object.spans).filter(|(node, span)| may(*node, span)).map(|(_, span)| span.value).collect()
}
