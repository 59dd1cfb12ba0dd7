//! What leads to everything in a bundle.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{MARK, PACKS, damaged, mark, program};
use crate::check;
use crate::lock::{Lock, Pin};
use crate::source::hex;

/// What the trailer begins with.
pub const MAGIC: &[u8; 16] = b"plimsoll bundle\n";
/// The version of the format.
pub const VERSION: u32 = 4;
/// Bytes of the trailer: magic, version, four zeros, offset and length of the index, its SHA-256; numbers are little-endian.
const TRAILER: usize = 16 + 4 + 4 + 8 + 8 + 32;

/// What leads to everything in a bundle.
#[derive(Debug, Serialize, Deserialize)]
pub struct Index {
    /// The version of plimsoll.
    pub plimsoll: String,
    /// Bytes of the executable without the bundle.
    pub executable: u64,
    /// SHA-256 of the executable without the bundle, as [`program`] has it.
    pub program: String,
    /// The plugins, in the order in which they are loaded.
    pub plugins: Vec<Entry>,
    /// The text of a configuration.
    pub configuration: Option<Stretch>,
    /// The lock: the text of one that pins all plugins, without files.
    pub lock: Stretch,
}

/// A plugin in a bundle.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// SHA-256 of its WebAssembly.
    pub sha256: String,
    /// Where its WebAssembly is.
    pub wasm: Place,
    /// What it says it is, without long texts.
    pub brief: Stretch,
    /// The long texts on its rules.
    pub texts: Stretch,
    /// Its native code.
    pub code: Stretch,
    /// The text of its signature, if it was signed by a key that the configuration trusts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Stretch>,
}

/// Where the WebAssembly of a plugin is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Built into the executable, at this position of the packs.
    Pack(usize),
    /// In the bundle.
    Bundle(Stretch),
}

/// A part of the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stretch {
    /// Where it begins, from the start of the file.
    pub offset: u64,
    /// How long it is.
    pub len: u64,
    /// SHA-256 of it.
    pub sha256: String,
    /// CRC-32 of it.
    pub crc32: u32,
}

impl Stretch {
    pub(super) fn part(&self) -> check::Part {
        let Self { offset, len, crc32, .. } = *self;
        check::Part { offset, len, sha256: self.sha256.clone(), crc32 }
    }
}

impl Index {
    /// The index of a file; none if it does not end in a trailer.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or its bundle is broken.
    pub fn read(file: &mut File) -> Result<Option<Self>, String> {
        let unreadable = |error: io::Error| damaged(&format!("its bundle cannot be read: {error}"));
        let len = file.seek(SeekFrom::End(0)).map_err(unreadable)?;
        let Some(start) = len.checked_sub(TRAILER as u64) else { return Ok(None) };
        let trailer = stretch(file, start, TRAILER as u64).map_err(unreadable)?;
        if !trailer.starts_with(MAGIC) {
            return Ok(None);
        }
        let number = |at: usize| {
            trailer[at..at + 8].iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
        };
        let version = number(16);
        if version != u64::from(VERSION) {
            return Err(damaged(&format!("its bundle has the version {version} and should have {VERSION}")));
        }
        let (offset, index_len) = (number(24), number(32));
        if offset.checked_add(index_len) != Some(start) {
            return Err(damaged("the trailer of its bundle leads nowhere"));
        }
        let index = stretch(file, offset, index_len).map_err(unreadable)?;
        if Sha256::digest(&index).as_slice() != &trailer[40..] {
            return Err(damaged("the index of its bundle does not have the digest that it should have"));
        }
        let index = serde_json::from_slice(&index).map_err(|error| damaged(&error.to_string()))?;
        Ok(Some(index))
    }

    /// Every part, with what it is.
    pub fn parts(&self) -> Vec<(String, &Stretch)> {
        let mut parts = Vec::new();
        for plugin in &self.plugins {
            if let Place::Bundle(stretch) = &plugin.wasm {
                parts.push((format!("the WebAssembly of {}", plugin.name), stretch));
            }
            parts.push((format!("the description of {}", plugin.name), &plugin.brief));
            parts.push((format!("the texts of {}", plugin.name), &plugin.texts));
            parts.push((format!("the code of {}", plugin.name), &plugin.code));
            let signature = plugin.signature.iter();
            parts.extend(signature.map(|part| (format!("the signature of {}", plugin.name), part)));
        }
        parts.extend(self.configuration.iter().map(|stretch| ("the configuration".to_owned(), stretch)));
        parts.push(("the lock".to_owned(), &self.lock));
        parts
    }

    /// Compares the digest of every part.
    ///
    /// # Errors
    ///
    /// If one is not what it was.
    pub fn prove(&self, file: &mut File) -> Result<(), String> {
        for (what, part) in self.parts() {
            let bytes =
                stretch(file, part.offset, part.len).map_err(|error| damaged(&format!("{what}: {error}")))?;
            if hex(&Sha256::digest(&bytes)) != part.sha256 || crc32fast::hash(&bytes) != part.crc32 {
                return Err(damaged(&format!("{what} does not have the digest that it should have")));
            }
        }
        let front = self.program(file)?;
        let len = file.seek(SeekFrom::End(0)).map_err(|error| damaged(&error.to_string()))?;
        let at = mark(&front).map_err(|why| damaged(&why))?;
        if front[at..at + MARK.len.len()] != len.to_le_bytes() {
            return Err(damaged("the program in front of its bundle does not know of it"));
        }
        if program(&front).map_err(|why| damaged(&why))? != self.program {
            return Err(damaged(
                "the program in front of its bundle does not have the digest that it should have",
            ));
        }
        self.nothing_between(file)?;
        self.locked(self.bytes(file, &self.lock)?)?;
        let differs = |entry: &&Entry| match &entry.wasm {
            Place::Bundle(stretch) => stretch.sha256 != entry.sha256,
            Place::Pack(number) => {
                PACKS.get(*number).is_none_or(|pack| hex(&Sha256::digest(pack)) != entry.sha256)
            }
        };
        match self.plugins.iter().find(differs) {
            Some(entry) => {
                let name = &entry.name;
                Err(damaged(&format!("the WebAssembly of {name} is not what the lock pins")))
            }
            None => Ok(()),
        }
    }

    /// Whether there is nothing but zeros between the parts.
    fn nothing_between(&self, file: &mut File) -> Result<(), String> {
        let broken = |error: io::Error| damaged(&error.to_string());
        let end = file.seek(SeekFrom::End(0)).map_err(broken)?;
        let trailer = end.saturating_sub(TRAILER as u64);
        file.seek(SeekFrom::Start(trailer + 24)).map_err(broken)?;
        let mut index = [0; 8];
        file.read_exact(&mut index).map_err(broken)?;
        let mut parts: Vec<(u64, u64)> = self
            .parts()
            .iter()
            .map(|(_, part)| (part.offset, part.offset.saturating_add(part.len)))
            .collect();
        parts.sort_unstable();
        let mut at = self.executable;
        for (start, end) in parts.into_iter().chain([(u64::from_le_bytes(index), end)]) {
            let between = stretch(file, at, start.saturating_sub(at)).map_err(broken)?;
            if between.iter().any(|byte| *byte != 0) {
                return Err(damaged("between its parts is something that belongs to none"));
            }
            at = at.max(end);
        }
        Ok(())
    }

    /// The bytes of a part.
    ///
    /// # Errors
    ///
    /// If the file is too short or cannot be read.
    pub fn bytes(&self, file: &mut File, part: &Stretch) -> Result<Vec<u8>, String> {
        stretch(file, part.offset, part.len).map_err(|error| damaged(&error.to_string()))
    }

    /// The executable in front of the bundle.
    ///
    /// # Errors
    ///
    /// As [`Index::bytes`].
    pub fn program(&self, file: &mut File) -> Result<Vec<u8>, String> {
        stretch(file, 0, self.executable).map_err(|error| damaged(&error.to_string()))
    }

    /// The WebAssembly of a plugin.
    ///
    /// # Errors
    ///
    /// As [`Index::bytes`].
    pub fn wasm(&self, file: &mut File, entry: &Entry) -> Result<Vec<u8>, String> {
        match &entry.wasm {
            Place::Bundle(part) => self.bytes(file, part),
            Place::Pack(number) => {
                PACKS.get(*number).map(|pack| pack.to_vec()).ok_or_else(|| damaged("it lacks a pack"))
            }
        }
    }

    /// Compares the plugins with what the text of the lock pins.
    pub(super) fn locked(&self, lock: Vec<u8>) -> Result<(), String> {
        let pin = |entry: &Entry| Pin {
            file: None,
            name: entry.name.clone(),
            version: entry.version.clone(),
            sha256: entry.sha256.clone(),
        };
        let lock = Lock::read("its lock".to_owned(), lock).map_err(|error| damaged(&error))?;
        lock.covers(self.plugins.iter().map(pin).collect()).map_err(|error| damaged(&error))
    }
}

fn stretch(file: &mut File, offset: u64, len: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(offset))?;
    // A length that is not right yet must not take all memory.
    let mut bytes = Vec::with_capacity(len.min(1 << 16) as usize);
    file.take(len).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == len { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
