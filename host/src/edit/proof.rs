//! Whether documents say what is meant once a fix is written into them.

use serde_json::Value;

use super::editor::Editor;
use super::{Replacement, Unmendable, changed, replaced};
use crate::finding::{Edit, FaultKind, Fix};
use crate::object::{Object, to_json};
use crate::source::Span;

/// Reads the bytes of a source, of which the path is given.
pub type Reader = fn(&str, Vec<u8>) -> Reading;

/// The objects in a text, and what is wrong with it.
pub type Reading = (Vec<Object>, Vec<(FaultKind, String)>);

/// Documents with more bytes are not read again for each of their fixes: in a list of a thousand objects each would cost as much as all of them.
const LONGEST: u32 = 16 << 10;

/// What is known of a text before it changes.
#[derive(Debug)]
pub struct Known {
    faults: Vec<(FaultKind, String)>,
    count: usize,
}

impl Known {
    /// What a reading tells.
    pub fn of((objects, faults): Reading) -> Self {
        Self { faults, count: objects.len() }
    }

    /// Holds the changed text against the old objects, with their positions, and the edits that were made to each.
    ///
    /// # Errors
    ///
    /// If it says anything but what is meant, or that cannot be told.
    pub fn proves<'o, 'e>(
        &self,
        old: impl ExactSizeIterator<Item = (u32, &'o Object)>,
        (new, faults): &Reading,
        mut edits: impl FnMut(u32) -> Vec<&'e Edit>,
    ) -> Result<(), Unmendable> {
        if self.faults != *faults || self.count != new.len() {
            return unproven();
        }
        // A configuration with suppressions is an object to rules alone, and not to whoever reads manifests.
        if self.count > 0 && self.count != old.len() {
            return unproven();
        }
        for ((number, old), new) in old.zip(new) {
            let edits = edits(number);
            let json = to_json(&new.read(), 0);
            let is_meant = if edits.is_empty() {
                json == to_json(&old.read(), 0)
            } else {
                let Ok(new) = serde_json::from_str::<Value>(&json) else { return unproven() };
                changed(number, old, edits)? == new
            };
            if !is_meant {
                return unproven();
            }
        }
        Ok(())
    }
}

fn unproven<T>() -> Result<T, Unmendable> {
    Unmendable::because("the changed text would say something else than is meant")
}

impl Editor<'_> {
    /// Reads the documents that a fix changes as they would be, but for long ones.
    pub(super) fn prove(
        &self,
        read: Reader,
        fix: &Fix,
        replacements: &[Replacement],
    ) -> Result<(), Unmendable> {
        let documents = fix.edits.iter().map(|edit| &self.objects[edit.place.object as usize]);
        let mut documents: Vec<(u32, Span)> =
            documents.map(|object| (object.source, object.document)).collect();
        documents.sort_unstable();
        documents.dedup();
        let mut count = 0;
        for (number, document) in documents {
            let is_inside = |part: &&Replacement| {
                part.source == number && document.start <= part.span.start && part.span.end <= document.end
            };
            let inside: Vec<Replacement> = replacements
                .iter()
                .filter(is_inside)
                .map(|part| Replacement { span: within(part.span, document), ..part.clone() })
                .collect();
            count += inside.len();
            if document.end - document.start <= LONGEST {
                self.prove_document(read, fix, number, document, &inside)?;
            }
        }
        if count == replacements.len() { Ok(()) } else { unproven() }
    }

    fn prove_document(
        &self,
        read: Reader,
        fix: &Fix,
        number: u32,
        document: Span,
        replacements: &[Replacement],
    ) -> Result<(), Unmendable> {
        let source = &self.sources[number as usize];
        let old = &source.bytes[document.start as usize..document.end as usize];
        let new = replaced(old, replacements);
        let is_last = document.end as usize == source.bytes.len();
        // The separator behind it has to stay on a line of its own.
        let joins = !is_last && old.last() == Some(&b'\n') && new.last() != Some(&b'\n');
        if joins {
            return unproven();
        }
        let of_object = |object: u32| fix.edits.iter().filter(|edit| edit.place.object == object).collect();
        let known = self.known(number, document, read);
        known.proves(self.objects_in(number, document), &read(&source.path, new), of_object)
    }
}

fn within(span: Span, document: Span) -> Span {
    Span { start: span.start - document.start, end: span.end - document.start }
}
