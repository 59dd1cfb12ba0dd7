//! Paths → objects with spans.

mod discover;
mod git;
mod normalise;
pub mod yaml;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

pub use discover::{Found, discover};
pub use git::revision;

use crate::finding::{Fault, FaultKind};
use crate::object::Object;
use crate::source::{Source, Span};

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Read {
    /// The sources that hold objects or faults, by path.
    pub sources: Vec<Source>,
    /// The objects, in the order in which they stand.
    pub objects: Vec<Object>,
    /// Objects that are applied together, as positions.
    pub sets: Vec<Range<u32>>,
    /// What could not be read.
    pub faults: Vec<Fault>,
    /// Bytes of all sources, those without objects too.
    pub bytes: u64,
    /// How many sources there were, those without objects too.
    pub count: usize,
}

/// What one source holds.
struct Contents {
    source: Source,
    objects: Vec<Object>,
    faults: Vec<(FaultKind, Option<Span>, String)>,
}

/// Sources of this many bytes or more are not read.
const LARGEST: u64 = 1 << 30;

/// Reads everything that was found. `tick` is called after every source.
pub fn read(found: &Found, tick: &(dyn Fn() + Sync)) -> Read {
    read_with(found, &BTreeMap::new(), tick)
}

/// Reads everything that was found, and some files, by their positions, as if they held these texts.
pub fn read_with(found: &Found, texts: &BTreeMap<u32, Vec<u8>>, tick: &(dyn Fn() + Sync)) -> Read {
    let contents: Vec<Contents> = found
        .files
        .par_iter()
        .enumerate()
        .map(|(number, file)| {
            let number = number as u32;
            let loaded = texts.get(&number).map_or_else(|| load(&file.absolute), |text| Ok(text.clone()));
            let mut contents = match loaded {
                Ok(bytes) => contents(file.path.clone(), bytes, file.named, file.in_chart),
                Err(why) => Contents {
                    source: Source::new(file.path.clone(), Vec::new()),
                    objects: Vec::new(),
                    faults: vec![(FaultKind::Unreadable, None, why)],
                },
            };
            contents.source.file = Some(number);
            tick();
            contents
        })
        .collect();
    let mut read = Read { faults: found.faults.clone(), ..Read::default() };
    for contents in contents {
        read.add(contents);
    }
    read.sets.push(0..read.objects.len() as u32);
    read
}

/// Reads one source whose bytes are at hand, as one that the user named.
pub fn one(path: &str, bytes: Vec<u8>) -> Read {
    let mut read = Read::default();
    read.add(contents(path.to_owned(), bytes, true, false));
    read.sets.push(0..read.objects.len() as u32);
    read
}

/// What [`one`] reads: the objects, and what is wrong.
pub fn again(path: &str, bytes: Vec<u8>) -> (Vec<Object>, Vec<(FaultKind, String)>) {
    let read = one(path, bytes);
    (read.objects, read.faults.into_iter().map(|fault| (fault.kind, fault.message)).collect())
}

/// Reads an example from the page of a rule. Unlike a file it may leave out what the rule does not look at, so every document is an object, also
/// without an `apiVersion` or a `kind`.
pub fn example(path: &str, bytes: Vec<u8>) -> Read {
    let source = Source::new(path.to_owned(), bytes);
    let (mut objects, mut faults) = (Vec::new(), Vec::new());
    yaml::each_document(&source.bytes, |document| {
        match document.map(|draft| (draft.span, normalise::example(draft, path))) {
            Ok((_, Ok(of_document))) => objects.extend(of_document),
            Ok((span, Err(why))) => faults.push((FaultKind::Object, Some(span), why)),
            Err(problem) => faults.push((FaultKind::Syntax, Some(problem.span), problem.message)),
        }
    });
    let mut read = Read::default();
    read.add(Contents { source, objects, faults });
    read.sets.push(0..read.objects.len() as u32);
    read
}

impl Read {
    /// Takes in a source that holds no objects, where its path belongs; gives its position. Everything behind it moves.
    pub fn insert(&mut self, source: Source) -> u32 {
        let position = self.sources.partition_point(|known| known.path < source.path);
        self.sources.insert(position, source);
        let position = position as u32;
        let of_faults = self.faults.iter_mut().flat_map(|fault| &mut fault.at).map(|(source, _)| source);
        let of_objects = self.objects.iter_mut().map(|object| &mut object.source);
        of_faults.chain(of_objects).filter(|source| **source >= position).for_each(|source| *source += 1);
        position
    }

    fn add(&mut self, contents: Contents) {
        self.count += 1;
        self.bytes += contents.source.bytes.len() as u64;
        if contents.objects.is_empty() && contents.faults.is_empty() {
            return;
        }
        let number = self.sources.len() as u32;
        for (kind, span, message) in contents.faults {
            self.faults.push(Fault {
                file: Some(contents.source.path.as_str().into()),
                at: span.map(|span| (number, span)),
                plugin: None,
                kind,
                message,
            });
        }
        self.objects.extend(contents.objects.into_iter().map(|object| Object { source: number, ..object }));
        self.sources.push(contents.source);
    }
}

/// The bytes of a file, or of standard input for `-`.
///
/// # Errors
///
/// If they cannot be read, as a sentence.
pub fn load(path: &Path) -> Result<Vec<u8>, String> {
    use std::io::Read as _;
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .lock()
            .read_to_end(&mut bytes)
            .map_err(|error| format!("standard input cannot be read: {error}"))?;
        // A renderer that failed ahead of the pipe leaves nothing: that must not look like a clean scan.
        return if bytes.is_empty() {
            Err("standard input is empty; did the command before it fail?".to_owned())
        } else {
            Ok(bytes)
        };
    }
    let why = |error: std::io::Error| format!("the file cannot be read: {error}");
    // Looked at before it is opened: opening a FIFO waits for somebody to write to it.
    let metadata = std::fs::metadata(path).map_err(why)?;
    if !metadata.is_file() {
        return Err(
            "this is neither a file nor a folder; take it out of the tree or name it in .plimsollignore"
                .to_owned(),
        );
    }
    if metadata.len() >= LARGEST {
        return Err("the file has more than 1 GiB; split it".to_owned());
    }
    whole(path, metadata.len()).map_err(why)
}

/// Reads a file of so many bytes, with as few questions to the system as it takes.
fn whole(path: &Path, len: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut file = std::fs::File::open(path)?;
    let mut bytes = Vec::with_capacity(len as usize);
    file.by_ref().take(len).read_to_end(&mut bytes)?;
    if bytes.is_empty() {
        // What the system makes up while it is read says that it has no bytes.
        file.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// Reads one source. `named` says that the user asked for this very file.
fn contents(path: String, bytes: Vec<u8>, named: bool, in_chart: bool) -> Contents {
    let source = Source::new(path, bytes);
    let text = &source.bytes;
    let (mut objects, mut faults) = (Vec::new(), Vec::new());
    if in_chart && let Some(at) = memchr::memmem::find(text, b"{{") {
        faults.push(template(at));
        return Contents { source, objects, faults };
    }
    let data =
        !named && source.path.ends_with(".json") && memchr::memmem::find(text, b"\"apiVersion\"").is_none();
    yaml::each_document(text, |document| match document {
        Ok(draft) => {
            let (of_document, wrong) = normalise::objects(draft, &source.path);
            objects.extend(of_document);
            faults.extend(wrong.into_iter().map(|(span, why)| (FaultKind::Object, Some(span), why)));
        }
        // Configuration of other tools, such as JSON with comments.
        Err(_) if data => {}
        Err(problem) => {
            let (kind, span, message) = match unrendered(text, problem.span) {
                Some(at) => template(at),
                None => (FaultKind::Syntax, Some(problem.span), problem.message),
            };
            // The actions of a template break every document that they reach into: one fault says it all.
            let told = |(known, ..): &(FaultKind, Option<Span>, String)| *known == FaultKind::Template;
            if kind != FaultKind::Template || !faults.iter().any(told) {
                faults.push((kind, span, message));
            }
        }
    });
    Contents { source, objects, faults }
}

fn template(at: usize) -> (FaultKind, Option<Span>, String) {
    let message = "this is a template that nobody rendered, so what it will become cannot be checked; render it first, \
                   with `helm template` for a chart, and scan the result";
    (FaultKind::Template, Some(Span::new(at, at + 2)), message.to_owned())
}

/// Where the first action of a template stands in the document around a span.
fn unrendered(text: &[u8], around: Span) -> Option<usize> {
    let start = memchr::memmem::rfind(&text[..around.start as usize], b"\n---").unwrap_or(0);
    let after = around.end as usize;
    let end = memchr::memmem::find(&text[after..], b"\n---").map_or(text.len(), |end| after + end);
    let document = &text[start..end];
    let found = memchr::memmem::find(document, b"{{").or_else(|| memchr::memmem::find(document, b"{%"))?;
    Some(start + found)
}
