//! What the executable carries, where it lies: mapped, so that nothing is copied.
//!
//! Only on Linux on x86-64: elsewhere code that was just written has to be cleared from caches before it runs, which wasmtime alone does, and
//! texts go the way of code.

use std::sync::Arc;
use std::{ptr, slice};

use rustix::mm::{MapFlags, MprotectFlags, ProtFlags, mmap, mprotect};
use rustix::param::page_size;
use wasmtime::CustomCodeMemory;

use super::code::{Part, this_executable};

/// A part of this executable in memory, for as long as the process lives; none if it cannot be mapped. The system lets nobody write to
/// an executable that runs; who gets around that, by way of a disk that others share, stops the process or changes its code, as with
/// the code around it.
#[expect(unsafe_code, reason = "the standard library maps no files")]
pub(super) fn map(part: &Part) -> Option<&'static [u8]> {
    let file = this_executable().ok()?;
    let len = usize::try_from(part.len).ok().filter(|len| *len > 0)?;
    // What is mapped behind the end of a file stops the process when it is read.
    if part.offset.checked_add(part.len)? > file.metadata().ok()?.len() {
        return None;
    }
    // All of it is about to be read for its checksum, which page by page would take a fault for each.
    // SAFETY: the system chooses where, so that nothing that is there already is replaced.
    let start = unsafe {
        mmap(ptr::null_mut(), len, ProtFlags::READ, MapFlags::PRIVATE | MapFlags::POPULATE, file, part.offset)
    };
    // SAFETY: it stays mapped as long as the process lives, and nobody writes to it.
    Some(unsafe { slice::from_raw_parts(start.ok()?.cast(), len) })
}

/// How code becomes executable, mapped or not: wasmtime does not by itself touch memory that is not its own.
pub(super) fn publisher() -> Arc<dyn CustomCodeMemory> {
    Arc::new(Publisher)
}

struct Publisher;

impl CustomCodeMemory for Publisher {
    fn required_alignment(&self) -> usize {
        page_size()
    }

    fn publish_executable(&self, start: *const u8, len: usize) -> wasmtime::Result<()> {
        protect(start, len, MprotectFlags::READ | MprotectFlags::EXEC)
    }

    fn unpublish_executable(&self, start: *const u8, len: usize) -> wasmtime::Result<()> {
        // Nothing is written there any more, and asking to write may be refused where memory is short.
        protect(start, len, MprotectFlags::READ)
    }
}

#[expect(unsafe_code, reason = "the standard library changes no protection")]
fn protect(start: *const u8, len: usize, flags: MprotectFlags) -> wasmtime::Result<()> {
    // SAFETY: wasmtime names the pages of code alone, which it writes before they are published and runs before they are not.
    unsafe { mprotect(start.cast_mut().cast(), len, flags) }?;
    Ok(())
}
