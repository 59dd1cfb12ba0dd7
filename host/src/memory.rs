//! How this process has its memory from the system.

/// Sets room aside for the heap of the first thread, so that it may be had in large pages later; if there will be so few `threads` that they seldom
/// wait for each other, for that of all. To be called while there is no other thread. Does nothing where it is not known how, or where room is limited.
pub fn set_aside(threads: usize) {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    heap::set_aside(threads);
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    let _ = threads;
}

/// Lets the heap of the first thread come in large pages, if room was set aside. A fault for every 4 KB takes a fifth of the time of a scan of
/// ordinary size; one for every 2 MB takes next to none, and at most that much more memory.
pub fn in_large_pages() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    heap::in_large_pages();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod heap {
    use std::ptr;
    use std::sync::OnceLock;

    use rustix::mm::{Advice, madvise};
    use rustix::process::{Resource, getrlimit};

    /// Bytes of a large page.
    const PAGE: usize = 2 << 20;
    /// Bytes that are set aside: room in the address space, not memory.
    const ROOM: usize = 256 << 20;
    /// Bytes by which the C library lets a heap grow beyond what is wanted, if nobody says otherwise.
    const USUAL: usize = 128 << 10;
    /// Bytes from which what is wanted does not come from the heap. The C library takes no larger number.
    const APART: usize = 32 << 20;
    /// So many threads share one heap; more were not measured.
    const FEW: usize = 2;

    /// Where the room begins and how long it is.
    static SET_ASIDE: OnceLock<(usize, usize)> = OnceLock::new();

    #[expect(unsafe_code, reason = "the standard library knows nothing of where memory comes from")]
    pub(super) fn set_aside(threads: usize) {
        if [Resource::Data, Resource::As].into_iter().any(|limit| getrlimit(limit).current.is_some()) {
            return;
        }
        let set = |name, bytes: usize| {
            // SAFETY: it changes what `malloc` does next and nothing that there is, and there is no other thread that could be within it.
            unsafe { libc::mallopt(name, bytes as libc::c_int) };
        };
        // What is freed at its end is not given back, or the room would go with it.
        set(libc::M_TRIM_THRESHOLD, 2 * ROOM);
        set(libc::M_MMAP_THRESHOLD, APART);
        set(libc::M_TOP_PAD, ROOM);
        if threads <= FEW {
            set(libc::M_ARENA_MAX, 1);
        }
        // More than the heap has left, so that it grows.
        let mut probe = Vec::<u8>::new();
        let grew = probe.try_reserve_exact(PAGE).is_ok();
        set(libc::M_TOP_PAD, USUAL);
        if !grew {
            return;
        }
        // SAFETY: moving the end by nothing tells where it is.
        let end = unsafe { libc::sbrk(0) }.cast::<u8>() as usize;
        let start = (probe.as_ptr() as usize).next_multiple_of(PAGE);
        // What the system did not let grow came from elsewhere.
        if let Some(len) = end.checked_sub(start).filter(|len| *len <= ROOM + 2 * PAGE) {
            let _ = SET_ASIDE.set((start, len));
        }
    }

    #[expect(unsafe_code, reason = "the standard library knows nothing of where memory comes from")]
    pub(super) fn in_large_pages() {
        if let Some((start, len)) = SET_ASIDE.get() {
            // SAFETY: advice on how memory is had changes nothing of what stands in it, and this is the heap, of which nothing is given back.
            let _ = unsafe { madvise(ptr::with_exposed_provenance_mut(*start), *len, Advice::LinuxHugepage) };
        }
    }
}
