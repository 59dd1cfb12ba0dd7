//! Text for people without its styles.

use std::io::{self, Write};

use anstream::adapter::StripBytes;

/// Passes on what is written, but for ANSI sequences.
pub struct Plain<'a> {
    out: &'a mut dyn Write,
    state: StripBytes,
}

impl<'a> Plain<'a> {
    /// Writes to `out`.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, state: StripBytes::new() }
    }
}

impl Write for Plain<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in self.state.strip_next(bytes) {
            self.out.write_all(part)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
