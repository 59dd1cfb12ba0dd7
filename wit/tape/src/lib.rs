//! The tape: how objects cross the wall between the host and its plugins.
//!
//! `wit/1.0.0/TAPE.md` describes the layout byte by byte. This crate writes it ([`Builder`]) and reads it in place ([`Chunk`]); it
//! knows neither YAML nor WebAssembly.

mod build;
pub mod packed;
mod pods;
mod read;

pub use build::{Builder, Overflow, tape, tape_into};
pub use pods::find_pods;
pub use read::{Chunk, Malformed, Traces, Value, chunks};

/// The four bytes with which every tape begins.
pub const MAGIC: [u8; 4] = *b"plim";
/// The version of the layout that this crate reads and writes.
pub const VERSION: u32 = 1;
/// Stands for 'no node' where a node is optional.
pub const NO_NODE: u32 = u32::MAX;

const TAPE_HEADER: usize = 16;
const CHUNK_HEADER: usize = 32;
const NODE: usize = 16;
const NO_SYMBOL: u32 = 0x00FF_FFFF;

mod kind {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const BOOL: u8 = 1;
    pub(crate) const INT: u8 = 2;
    pub(crate) const UINT: u8 = 3;
    pub(crate) const FLOAT: u8 = 4;
    pub(crate) const STRING: u8 = 5;
    pub(crate) const SEQUENCE: u8 = 6;
    pub(crate) const MAPPING: u8 = 7;
}

/// Where a pod template stands inside an object, as node numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pod {
    /// The node of the pod's `spec`.
    pub spec: u32,
    /// The node of the template's `metadata`, if it has one.
    pub metadata: Option<u32>,
}
