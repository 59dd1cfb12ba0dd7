//! The edits of fixes become replacements in the text of their source; comments, order, quotes and indentation stay.
//!
//! The way of an edit: [`plan`] says what becomes of which node, [`splice`] what that means for the text, with [`layout`] for how the text
//! is laid out, [`write`](mod@write) for how a value is written and [`parts`] for how changes go together. An [`Editor`] keeps what it
//! takes to know a text. What is not sure is refused. [`model`] says what must come of it, so that [`proof`], and whoever writes a file,
//! can read the new text again and compare.

mod editor;
mod layout;
mod model;
mod parts;
mod plan;
mod proof;
mod splice;
mod write;

use std::fmt;

pub use editor::Editor;
pub use model::changed;
pub use plan::Plan;
pub use proof::{Known, Reader, Reading};

use crate::source::Span;

/// A part of a source, and what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replacement {
    /// Position of the source in the scan.
    pub source: u32,
    /// The bytes that go; empty where text is only added.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// Why a fix cannot be written into its source: a sentence for people, lower case, no full stop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmendable(pub String);

impl Unmendable {
    fn because<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(Self(why.into()))
    }
}

impl fmt::Display for Unmendable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of a source with replacements made; they are in order and do not overlap.
pub fn replaced<'a>(bytes: &[u8], replacements: impl IntoIterator<Item = &'a Replacement>) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len() + 256);
    let mut at = 0;
    for Replacement { span, text: new, .. } in replacements {
        text.extend_from_slice(&bytes[at..span.start as usize]);
        text.extend_from_slice(new.as_bytes());
        at = span.end as usize;
    }
    text.extend_from_slice(&bytes[at..]);
    text
}
