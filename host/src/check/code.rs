//! Native code of plugins. It runs with all the authority of this process, so it is made here, or taken from a cache that we wrote or from
//! this executable, and from nowhere else: what somebody hands in as a plugin is compiled.

use std::borrow::Cow;
use std::fs::File;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Seek, SeekFrom};

use sha2::{Digest, Sha256};
use wasmtime::component::Component;

use super::engine::{Engine, settings};
use crate::source::hex;

/// The WebAssembly of a plugin, wherever it lies.
#[derive(Debug)]
pub enum Wasm {
    /// In memory.
    Bytes(Cow<'static, [u8]>),
    /// In this executable; read when it is needed.
    Part(Part),
}

/// A stretch of this executable. No other file has parts: what is run as native code must not come from there.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it begins.
    pub offset: u64,
    /// How long it is.
    pub len: u64,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
    /// CRC-32 of it, as in IEEE 802.3. It tells bits that were lost on the way from those that were written, and is had in a tenth of the
    /// time of a SHA-256, which would promise no more: who can change the one in a file can change the other.
    pub crc32: u32,
}

impl Wasm {
    /// Its bytes.
    pub(super) fn read(&self) -> Result<Cow<'_, [u8]>, String> {
        match self {
            Self::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
            Self::Part(part) => part.read().map(Cow::Owned),
        }
    }
}

impl Part {
    /// Reads it and compares its digest.
    ///
    /// # Errors
    ///
    /// If the executable cannot be read or is damaged.
    pub fn read(&self) -> Result<Vec<u8>, String> {
        let file = this_executable().map_err(|error| format!("this executable cannot be read: {error}"))?;
        self.read_from(&file)
    }

    /// As [`Part::read`], of this executable where it is open already. What is read is no code, or proved before it becomes any.
    ///
    /// # Errors
    ///
    /// As [`Part::read`].
    pub fn read_from(&self, file: &File) -> Result<Vec<u8>, String> {
        let bytes =
            self.unproved(file).map_err(|error| format!("this executable cannot be read: {error}"))?;
        if hex(&Sha256::digest(&bytes)) != self.sha256 {
            return Err(self.damaged());
        }
        Ok(bytes)
    }

    /// Where it lies, for as long as the process lives, compared by its CRC-32; a copy where it cannot be mapped.
    ///
    /// # Errors
    ///
    /// As [`Part::read`].
    pub fn mapped(&self) -> Result<&'static [u8], String> {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        if let Some(mapped) = super::mapped::map(self) {
            return self.whole(mapped);
        }
        Ok(self.copied()?.leak())
    }

    /// A copy, compared by its CRC-32.
    fn copied(&self) -> Result<Vec<u8>, String> {
        let bytes = this_executable().and_then(|file| self.unproved(&file));
        self.whole(bytes.map_err(|error| format!("this executable cannot be read: {error}"))?)
    }

    fn whole<B: AsRef<[u8]>>(&self, bytes: B) -> Result<B, String> {
        if crc32fast::hash(bytes.as_ref()) == self.crc32 { Ok(bytes) } else { Err(self.damaged()) }
    }

    fn damaged(&self) -> String {
        format!("this executable is damaged at byte {}; download or build it again", self.offset)
    }

    fn unproved(&self, mut file: &File) -> io::Result<Vec<u8>> {
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = vec![0; usize::try_from(self.len).map_err(io::Error::other)?];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// The file that this process was started from.
pub fn this_executable() -> io::Result<File> {
    // The link leads to the very file, even after another was put in its place.
    if cfg!(target_os = "linux") {
        File::open("/proc/self/exe")
    } else {
        File::open(std::env::current_exe()?)
    }
}

/// The component whose code this executable carries; none if it was made for another engine or a newer processor.
///
/// # Errors
///
/// If it cannot be read, or is not what it was.
pub(super) fn carried(engine: &Engine, code: &Part) -> Result<Option<Component>, String> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    if let Some(mapped) = super::mapped::map(code) {
        return Ok(in_place(engine, code.whole(mapped)?.into()).ok());
    }
    Ok(trusted(engine, &code.copied()?).ok())
}

/// Code that runs on every processor of this kind, and its component: what is known of this processor alone is not made use of.
pub(super) fn portable(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<(Vec<u8>, Component)> {
    let mut settings = settings(&engine.limits);
    settings.target(env!("PLIMSOLL_TARGET"))?;
    let code = wasmtime::Engine::new(&settings)?.precompile_component(bytes)?;
    let component = trusted(engine, &code)?;
    Ok((code, component))
}

/// The component, out of the cache or compiled. The digest is that of its bytes.
pub(super) fn component(engine: &Engine, bytes: &[u8], digest: &str) -> wasmtime::Result<Component> {
    let Some(cache) = engine.cache() else { return trusted(engine, &compiled(engine, bytes)?) };
    let key = key(engine, digest);
    let kept = cache.get(&key).and_then(|code| trusted(engine, &code).ok());
    match kept {
        Some(component) => Ok(component),
        None => {
            let code = compiled(engine, bytes)?;
            cache.put(&key, &code);
            trusted(engine, &code)
        }
    }
}

fn compiled(engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Vec<u8>> {
    engine.engine.precompile_component(bytes)
}

/// The component whose native code we made. That it fits this engine and this processor is checked, that it is code is not.
#[expect(unsafe_code, reason = "native code that was made earlier cannot be had otherwise")]
fn trusted(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: the callers are in this file, and have it from the compiler, from this executable, or from the cache, where it was found
    // whole and ours.
    unsafe { Component::deserialize(&engine.engine, code) }
}

/// As [`trusted`], of code that stays where it is.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[expect(unsafe_code, reason = "native code that was made earlier cannot be had otherwise")]
fn in_place(engine: &Engine, code: std::ptr::NonNull<[u8]>) -> wasmtime::Result<Component> {
    // SAFETY: the caller has it from this executable, where it stays mapped as long as the process lives and nobody writes.
    unsafe { Component::deserialize_raw(&engine.engine, code) }
}

/// What an entry of the cache is called: it holds this component, for engines like this one on processors like this one.
fn key(engine: &Engine, digest: &str) -> String {
    let mut hasher = Sha(Sha256::new());
    engine.engine.precompile_compatibility_hash().hash(&mut hasher);
    let kind = hasher.0.finalize();
    hex(&Sha256::new().chain_update(digest).chain_update(kind).finalize())
}

/// Feeds what is hashed to SHA-256: the hashers of the standard library may change with the compiler.
struct Sha(Sha256);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("what is wanted is the digest")
    }
}
