//! The texts that edits go into, and what is worked out of each for all the edits that follow.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::layout::{Layout, Shared, texts};
use super::{Plan, Replacement, Unmendable};
use crate::finding::Fix;
use crate::object::Object;
use crate::source::{BOM, Source, Span};

/// Writes edits into sources. A file may take thousands of them, so what has to be known of the file is worked out once.
pub struct Editor<'a> {
    pub(super) sources: &'a [Source],
    pub(super) objects: &'a [Object],
    /// For every source what several of its nodes share, or why nothing is written into it.
    of_sources: Vec<OnceCell<Result<Rc<Shared>, Unmendable>>>,
    /// The object that was last written into: edits come object by object.
    last: RefCell<Option<(u32, Rc<Layout<'a>>)>>,
}

impl<'a> Editor<'a> {
    /// An editor of sources with their objects, which stand in the order of the sources.
    pub fn new(sources: &'a [Source], objects: &'a [Object]) -> Self {
        Self {
            sources,
            objects,
            of_sources: sources.iter().map(|_| OnceCell::new()).collect(),
            last: RefCell::default(),
        }
    }

    /// What the edits of one fix come to in the texts, in order and without overlaps.
    ///
    /// # Errors
    ///
    /// If the fix cannot be written into its source.
    pub fn replacements(&self, fix: &Fix) -> Result<Vec<Replacement>, Unmendable> {
        Plan::of(fix, self.objects)?.replacements(self)
    }

    /// How an object is laid out.
    ///
    /// # Errors
    ///
    /// If nothing is written into its source.
    pub(super) fn layout(&self, number: u32) -> Result<Rc<Layout<'a>>, Unmendable> {
        if let Some((_, layout)) = self.last.borrow().as_ref().filter(|(last, _)| *last == number) {
            return Ok(layout.clone());
        }
        let object = &self.objects[number as usize];
        let shared = self.of_sources[object.source as usize].get_or_init(|| self.judged(object.source));
        let source = &self.sources[object.source as usize];
        let layout = Rc::new(Layout::new(source, object, shared.clone()?));
        self.last.replace(Some((number, layout.clone())));
        Ok(layout)
    }

    /// What several nodes of a source share, if edits can be written into it at all.
    fn judged(&self, number: u32) -> Result<Rc<Shared>, Unmendable> {
        let source = &self.sources[number as usize];
        let first = self.objects.partition_point(|object| object.source < number);
        let objects = || self.objects[first..].iter().take_while(|object| object.source == number);
        let bytes = source.bytes.as_slice();
        if std::str::from_utf8(bytes).is_err() {
            return Unmendable::because("the file is not UTF-8");
        }
        unusual_marks(bytes)?;
        if memchr::memchr(b'\t', bytes).is_some() {
            tabs(bytes, &mut objects().flat_map(|object| tabs_may_stand_in(bytes, object)))?;
        }
        Ok(Rc::new(Shared::of(source, objects())))
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

/// Refuses texts in which a tab indents a line. YAML takes some of them, below some values and in brackets, and not what an edit might make of
/// those.
fn tabs(bytes: &[u8], allowed: &mut dyn Iterator<Item = Span>) -> Result<(), Unmendable> {
    let is_json = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii_start().starts_with(b"{")
        && memchr::memmem::find(bytes, b"\n---").is_none();
    if is_json {
        return Ok(());
    }
    let mut allowed: Vec<Span> = allowed.collect();
    allowed.sort_unstable_by_key(|span| span.start);
    let (mut allowed, mut start) = (allowed.into_iter().peekable(), 0);
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if line[..blanks].contains(&b'\t') {
            while allowed.next_if(|span| (span.end as usize) <= start).is_some() {}
            if allowed.peek().is_none_or(|span| span.start as usize > start) {
                return Unmendable::because(format!("a tab indents line {number} of the file; use spaces"));
            }
        }
        start += line.len() + 1;
    }
    Ok(())
}

/// The texts of an object whose lines a tab may indent: its block scalars, or all of one in brackets, which is JSON.
fn tabs_may_stand_in(bytes: &[u8], object: &Object) -> Vec<Span> {
    let whole = object.spans[0].value;
    match bytes.get(whole.start as usize) {
        Some(b'{') => vec![whole],
        _ => texts(bytes, &object.spans).collect(),
    }
}
