//! How this process has its memory from the system.

/// Lets the first thread of the process have its heap in large pages. A fault for every 4 KB takes a fifth of the time of a scan of ordinary size;
/// one for every 2 MB takes next to none, and at most that much more memory. Does nothing where it is not known how.
pub fn in_large_pages() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    heap::in_large_pages();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod heap {
    use std::ptr;

    use rustix::mm::{Advice, madvise};

    /// Bytes of a large page.
    const PAGE: usize = 2 << 20;
    /// Bytes by which the heap grows: room in the address space, not memory.
    const GROWTH: usize = 256 << 20;
    /// Bytes from which what is wanted does not come from the heap. The C library takes no larger number.
    const APART: usize = 32 << 20;

    #[expect(unsafe_code, reason = "the standard library knows nothing of where memory comes from")]
    pub(super) fn in_large_pages() {
        // Numbers that the C library does not take are left alone, and every scan works without.
        let set = |name, bytes: usize| {
            // SAFETY: it changes what `malloc` does next, and nothing that there is.
            unsafe { libc::mallopt(name, libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX)) };
        };
        set(libc::M_TOP_PAD, GROWTH);
        set(libc::M_TRIM_THRESHOLD, GROWTH);
        set(libc::M_MMAP_THRESHOLD, APART);
        // More than the heap has left, so that it grows; what another thread gets does not come from there.
        let probe = Vec::<u8>::with_capacity(PAGE);
        // SAFETY: moving the end by nothing tells where it is.
        let end = unsafe { libc::sbrk(0) }.cast::<u8>();
        let start = probe.as_ptr();
        let len = (end as usize).wrapping_sub(start as usize);
        if len <= PAGE + GROWTH + PAGE {
            let skipped = start.align_offset(PAGE);
            let start = ptr::with_exposed_provenance_mut(start as usize + skipped);
            // SAFETY: advice on how memory is had changes nothing of what stands in it, and this is the heap.
            let _ = unsafe { madvise(start, len.saturating_sub(skipped), Advice::LinuxHugepage) };
        }
    }
}
