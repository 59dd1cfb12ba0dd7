//! What is told on standard error, and whether standard output took what was written.

use std::io::{self, Write};

/// Tells of what is no error and should be known all the same.
pub fn warn(message: &str) {
    let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
    // Nothing is left to be done if standard error is closed.
    let _ = writeln!(anstream::stderr(), "{yellow}warning{yellow:#}: {message}");
}

/// Whether standard output took what was written. That its reader went away is no error: it has seen enough.
///
/// # Errors
///
/// If it did not.
pub fn written(result: io::Result<()>) -> Result<(), String> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output cannot be written: {error}"))
        }
        _ => Ok(()),
    }
}
