//! `plimsoll objects`: what the rules see, a line of JSON for every object.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::object::{Object, to_json};
use crate::source::{Columns, Region, Source};
use crate::{cli, read};

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    region: Value,
    object: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    places: Option<serde_json::Map<String, Value>>,
}

/// Writes every object below the paths. The exit code is 3 if something could not be read; standard error then says what.
///
/// # Errors
///
/// If a path does not exist or the output cannot be written.
pub fn objects(args: &cli::Objects, out: &mut dyn Write) -> Result<u8, String> {
    let found = read::discover(&args.paths)?;
    let read = read::read(&found, &|| ());
    for object in &read.objects {
        let source = &read.sources[object.source as usize];
        crate::written(line(object, source, args.places, out))?;
    }
    let mut err = anstream::stderr();
    for fault in &read.faults {
        let file = fault.file.as_deref().unwrap_or_default();
        let line = fault.at.map(|(source, span)| read.sources[source as usize].region(span, Columns::CodePoints));
        let line = line.map(|region| format!(":{}:{}", region.start_line, region.start_column)).unwrap_or_default();
        // The exit code tells of the fault even where standard error is closed.
        let _ = writeln!(err, "fault[{}]: {file}{line}: {}", fault.kind.name(), fault.message);
    }
    Ok(if read.faults.is_empty() { 0 } else { 3 })
}

fn line(object: &Object, source: &Source, places: bool, out: &mut dyn Write) -> io::Result<()> {
    let chunk = object.read();
    let region = |node: u32| region(source.region(object.highlight(source, node), Columns::CodePoints));
    let places = places.then(|| (0..chunk.len()).map(|node| (object.pointer(node), region(node))).collect());
    let whole = source.region(object.spans[0].value, Columns::CodePoints);
    let line = Line { file: &source.path, region: self::region(whole), object: to_json(&chunk, 0), places };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}

fn region(region: Region) -> Value {
    serde_json::json!({
        "startLine": region.start_line,
        "startColumn": region.start_column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    })
}
