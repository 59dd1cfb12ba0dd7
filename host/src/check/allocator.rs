//! What the system's allocator is told before plugins are asked.

/// Keeps large things out of the heap from now on. What every call returns is one large list among thousands of small texts, some of
/// which stay; with the list in the heap, glibc puts all free pieces of it in order twice a call, which was a quarter of a scan of dense
/// objects. Elsewhere allocators do not do that.
pub(super) fn keep_large_things_apart() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    glibc();
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "the standard library does not speak to the allocator")]
fn glibc() {
    const LARGE: libc::c_int = 64 << 10;
    // SAFETY: it changes from which size on memory is asked of the system, and touches none.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE) };
}
