//! What is told on standard error, and whether standard output took what was written.

use std::io::{self, Write};
use std::path::Path;

use crate::finding::Fault;
use crate::source::{Columns, Source, is_deceptive};

/// Text from anywhere, as nothing that acts on a terminal.
pub fn visible(text: &str) -> String {
    text.replace(is_deceptive, "?")
}

/// A path, as nothing that acts on a terminal.
pub fn shown(file: &Path) -> String {
    visible(&file.display().to_string())
}

/// Tells of what is no error and should be known all the same.
pub fn warn(message: &str) {
    let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
    // Nothing is left to be done if standard error is closed.
    let _ = writeln!(anstream::stderr(), "{yellow}warning{yellow:#}: {message}");
}

/// Tells of what goes on.
pub fn note(message: &str) {
    let cyan = anstyle::AnsiColor::Cyan.on_default().bold();
    // Nothing is left to be done if standard error is closed.
    let _ = writeln!(anstream::stderr(), "{cyan}note{cyan:#}: {message}");
}

/// Tells of what could not be looked at.
pub fn faults(faults: &[Fault], sources: &[Source]) {
    let mut err = anstream::stderr();
    for fault in faults {
        let file = fault.file.as_deref().unwrap_or_default();
        let plugin = fault.plugin.as_ref().map(|plugin| format!("plugin {plugin}")).unwrap_or_default();
        let line = fault.at.map(|(source, span)| sources[source as usize].region(span, Columns::CodePoints));
        let line =
            line.map(|region| format!(":{}:{}", region.start_line, region.start_column)).unwrap_or_default();
        let parts = [format!("{file}{line}"), plugin, fault.message.clone()];
        let parts: Vec<String> =
            parts.iter().filter(|part| !part.is_empty()).map(|part| visible(part)).collect();
        // The exit code tells of the fault even where standard error is closed.
        let _ = writeln!(err, "fault[{}]: {}", fault.kind.name(), parts.join(": "));
    }
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
