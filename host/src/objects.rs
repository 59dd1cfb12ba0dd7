//! `plimsoll objects`: what the rules see, a line of JSON for every object.

use std::io::{self, Write};

use serde_json::Value;

use crate::object::{Object, to_json};
use crate::source::{Columns, Region, Source};
use crate::{cli, read};

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
        crate::terminal::written(line(object, source, args.places, out))?;
    }
    crate::terminal::faults(&read.faults, &read.sources);
    Ok(if read.faults.is_empty() { 0 } else { 3 })
}

fn line(object: &Object, source: &Source, places: bool, out: &mut dyn Write) -> io::Result<()> {
    let chunk = object.read();
    let whole = json(source.region(object.spans[0].value, Columns::CodePoints));
    write!(
        out,
        r#"{{"file":{},"region":{whole},"object":{}"#,
        Value::from(source.path.as_str()),
        to_json(&chunk, 0)
    )?;
    if places {
        write!(out, r#","places":{{"#)?;
        let mut written = Ok(());
        object.pointers(|node, pointer| {
            let comma = if node == 0 { "" } else { "," };
            let region = json(source.region(object.highlight(source, node), Columns::CodePoints));
            written = std::mem::replace(&mut written, Ok(()))
                .and_then(|()| write!(out, "{comma}{}:{region}", Value::from(pointer)));
        });
        written?;
        write!(out, "}}")?;
    }
    writeln!(out, "}}")
}

fn json(region: Region) -> Value {
    serde_json::json!({
        "startLine": region.start_line,
        "startColumn": region.start_column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    })
}
