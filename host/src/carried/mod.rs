//! What the executable carries: the packs that were built in, and behind its own end what `plimsoll bundle` appended: plugins with their
//! native code, a configuration and a lock.
//!
//! The last bytes of a bundle are the trailer, which leads to the index, which leads to everything else. That there is a bundle is told by
//! a mark inside the executable, so that one whose end was cut off is found to be damaged, and never taken for one that carries nothing.

mod index;
mod said;

use std::borrow::Cow;
use std::fs::File;
use std::hint::black_box;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::check::{Plugin, Wasm, this_executable};
use crate::source::hex;

pub use index::{Entry, Index, MAGIC, Place, Stretch, VERSION};
pub use said::Said;

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// Tells how long the executable is with its bundle; 0 without one. `plimsoll bundle` writes it.
#[repr(C)]
struct Mark {
    name: [u8; 16],
    len: [u8; 8],
}

#[used]
static MARK: Mark = Mark { name: *b"plimsoll carries", len: [0; 8] };

/// What this executable carries.
#[derive(Debug)]
pub struct Carried {
    /// The bundle, if there is one.
    pub index: Option<Index>,
    /// This executable, if it carries one.
    file: Option<File>,
}

impl Carried {
    /// Looks at the end of this executable, if its mark says that something is there.
    ///
    /// # Errors
    ///
    /// If the executable cannot be read or is damaged.
    pub fn open() -> Result<Self, String> {
        let len = u64::from_le_bytes(black_box(&MARK).len);
        if len == 0 {
            return Ok(Self { index: None, file: None });
        }
        let mut file =
            this_executable().map_err(|error| format!("this executable cannot be read: {error}"))?;
        let actual = file.metadata().map_or(0, |metadata| metadata.len());
        if actual != len {
            return Err(of_this(damaged(&format!("it has {actual} bytes and should have {len}"))));
        }
        let index = Index::read(&mut file).map_err(of_this)?;
        let index = index.ok_or_else(|| of_this(damaged("the trailer of its bundle is broken")))?;
        Ok(Self { index: Some(index), file: Some(file) })
    }

    /// The plugins.
    ///
    /// # Errors
    ///
    /// If one does not load.
    pub fn plugins(&self, most_bytes: usize) -> Result<Vec<Plugin>, String> {
        match self.index.as_ref().zip(self.file.as_ref()) {
            None => {
                let load = |bytes: &&'static [u8]| {
                    let plugin = Plugin::load(Cow::Borrowed(*bytes), None, most_bytes);
                    plugin.map(|plugin| of_ours(plugin, true))
                };
                PACKS.par_iter().map(|bytes| load(bytes).map_err(|error| error.to_string())).collect()
            }
            Some((index, file)) => {
                let lock = index.lock.part().read_from(file)?;
                index.locked(lock).map_err(of_this)?;
                index.plugins.iter().map(|entry| plugin(entry, file)).collect()
            }
        }
    }

    /// The text of the signature of a plugin, if one is carried.
    ///
    /// # Errors
    ///
    /// If the executable is damaged.
    pub fn signature(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let entry = self.index.iter().flat_map(|index| &index.plugins).find(|entry| entry.name == name);
        entry.and_then(|entry| entry.signature.as_ref()).map(|stretch| stretch.part().read()).transpose()
    }

    /// The text of the configuration, if one is carried.
    ///
    /// # Errors
    ///
    /// If the executable is damaged.
    pub fn configuration(&self) -> Result<Option<Vec<u8>>, String> {
        let stretch = self.index.as_ref().and_then(|index| index.configuration.as_ref());
        stretch.map(|stretch| stretch.part().read()).transpose()
    }
}

fn plugin(entry: &Entry, file: &File) -> Result<Plugin, String> {
    let wasm = match &entry.wasm {
        Place::Bundle(stretch) => Wasm::Part(stretch.part()),
        Place::Pack(number) => {
            let pack = PACKS.get(*number).ok_or_else(|| of_this(damaged("it lacks a pack")))?;
            Wasm::Bytes(Cow::Borrowed(*pack))
        }
    };
    let (brief, texts) = (entry.brief.part().read_from(file)?, entry.texts.part().mapped()?);
    let (mut info, objects) = Said::told(&brief, texts).map_err(|why| of_this(damaged(&why)))?;
    // What it is the index says, which the lock was compared with.
    if (&info.name, &info.version) != (&entry.name, &entry.version) {
        return Err(of_this(damaged(&format!("the description of {} is of another plugin", entry.name))));
    }
    info.digest.clone_from(&entry.sha256);
    let is_pack = matches!(entry.wasm, Place::Pack(_));
    Ok(of_ours(Plugin::carried(info, objects, wasm, entry.code.part()), is_pack))
}

fn of_ours(mut plugin: Plugin, is_pack: bool) -> Plugin {
    plugin.info.is_pack = is_pack;
    plugin
}

/// Which of the packs this is, if it is one of them.
pub fn pack(wasm: &[u8]) -> Option<usize> {
    PACKS.iter().position(|pack| *pack == wasm)
}

/// Where the length stands in the mark of an executable, and what is searched for to find it.
///
/// # Errors
///
/// If there is not exactly one mark.
pub fn mark(executable: &[u8]) -> Result<usize, String> {
    let name = &black_box(&MARK).name;
    let found: Vec<usize> = memchr::memmem::find_iter(executable, name).collect();
    match found.as_slice() {
        [at] => Ok(at + name.len()),
        _ => Err(format!("it has {} marks for a bundle instead of one", found.len())),
    }
}

/// SHA-256 of an executable without a bundle, in which the length of its bundle is taken for zero: the same for all bundles of a program.
///
/// # Errors
///
/// If it has not exactly one mark.
pub fn program(executable: &[u8]) -> Result<String, String> {
    let at = mark(executable)?;
    let (before, after) = (&executable[..at], &executable[at + MARK.len.len()..]);
    let digest = Sha256::new().chain_update(before).chain_update([0; 8]).chain_update(after);
    Ok(hex(&digest.finalize()))
}

/// Whether a file is a plimsoll, with or without a bundle that may hold anything, or nothing at all.
pub fn may_be_replaced(file: &[u8]) -> bool {
    file.is_empty() || memchr::memmem::find(file, &black_box(&MARK).name).is_some()
}

/// What the file is that something is wrong with; its title and "is" come before it.
fn damaged(how: &str) -> String {
    format!("damaged: {how}; download or build it again")
}

fn of_this(damaged: String) -> String {
    format!("this executable is {damaged}")
}
