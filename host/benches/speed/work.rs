//! Pieces of work, each done by a process of its own so that it can be weighed alone. What a piece does before its work is a piece too.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::{fs, io};

use granit_parser::{Parser, ScanError};
use plimsoll::carried::Carried;
use plimsoll::check::{self, Engine, Limits, Plugin, Request, Wanted};
use plimsoll::finding::RuleInfo;
use plimsoll::object::Object;
use plimsoll::read::{self, Read, yaml};
use plimsoll::{bundle, cli};
use plimsoll_tape::tape;

const KUBERNETES: &str = "1.37";
/// Objects of a call, as `check` cuts them.
const BATCH: usize = 64;
/// Objects that make every plugin ready.
const FEW: usize = 10;

/// Does a piece of work and returns a number that tells whether it was done: how much it found.
pub fn run(piece: &str, arguments: &[String]) -> Result<u64, String> {
    let folder = || arguments.first().map(PathBuf::from).ok_or_else(|| "the folder is missing".to_owned());
    match piece {
        "load" => Ok(texts(&folder()?)?.len() as u64),
        "documents" => Ok(texts(&folder()?)?.iter().map(|text| documents(text)).sum()),
        "events" => texts(&folder()?)?
            .iter()
            .map(|text| events(text).map_err(|error| error.to_string()))
            .sum::<Result<_, _>>(),
        "ready" => sandboxed(&folder()?, FEW),
        "sandboxed" => sandboxed(&folder()?, usize::MAX),
        "tapes" => write_tapes(&folder()?, Path::new(arguments.get(1).ok_or("the output is missing")?)),
        "bundle" => bundle_of_this(&folder()?).map(|()| 0),
        other => Err(format!("there is no work called `{other}`")),
    }
}

fn texts(folder: &Path) -> Result<Vec<String>, String> {
    let found = read::discover(&[folder.to_owned()])?;
    let text = |file: &Path| fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()));
    found.files.iter().map(|file| text(&file.absolute)).collect()
}

fn documents(text: &str) -> u64 {
    let mut documents = 0;
    yaml::each_document(text.as_bytes(), |draft| documents += u64::from(black_box(draft).is_ok()));
    documents
}

/// How many events the other parser makes of a text.
pub fn events(text: &str) -> Result<u64, ScanError> {
    let mut events = 0;
    for event in Parser::new_from_str(text) {
        black_box(event?);
        events += 1;
    }
    Ok(events)
}

/// What the packs say of the first objects of a folder: how many findings.
fn sandboxed(folder: &Path, objects: usize) -> Result<u64, String> {
    let limits = Limits::default();
    one_thread(&limits)?;
    let engine = Engine::new(limits)?;
    let plugins = Carried::open()?.plugins(limits.component)?;
    let wanted: Vec<Wanted> = plugins.iter().map(wanted).collect();
    let Read { sources, objects: all, .. } = read::read(&read::discover(&[folder.to_owned()])?, &|| {});
    let objects = &all[..all.len().min(objects)];
    let set = 0..objects.len() as u32;
    let request = Request {
        sources: &sources,
        objects,
        sets: std::slice::from_ref(&set),
        kubernetes: KUBERNETES,
        wanted: &wanted,
        share: None,
    };
    match check::check(&engine, &plugins, &request) {
        Ok((findings, faults)) if faults.is_empty() => Ok(findings.len() as u64),
        Ok((_, faults)) => Err(format!("a plugin failed: {}", faults[0].message)),
        Err(_) => Err("a plugin does not load".to_owned()),
    }
}

/// `check` runs on rayon's threads, which need a stack for plugins.
fn one_thread(limits: &Limits) -> Result<(), String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).stack_size(limits.thread_stack());
    pool.build_global().map_err(|error| error.to_string())
}

fn wanted(plugin: &Plugin) -> Wanted {
    let on = plugin.info.rules.iter().zip(0..).filter(|(rule, _)| rule.profile == "default");
    Wanted { rules: on.map(|(_, position)| position).collect(), ..Wanted::default() }
}

/// Writes what crosses the wall, a folder for every plugin.
fn write_tapes(folder: &Path, into: &Path) -> Result<u64, String> {
    let plugins = Carried::open()?.plugins(Limits::default().component)?;
    let read = read::read(&read::discover(&[folder.to_owned()])?, &|| {});
    for plugin in &plugins {
        let into = into.join(&plugin.info.name);
        tapes(plugin, &read.objects, &into).map_err(|error| format!("{}: {error}", into.display()))?;
    }
    Ok(read.objects.len() as u64)
}

fn tapes(plugin: &Plugin, objects: &[Object], into: &Path) -> io::Result<()> {
    let on = || plugin.info.rules.iter().filter(|rule| rule.profile == "default");
    let chunks = |set: bool| -> Vec<&[u8]> {
        let looked_at = |object: &&Object| on().any(|rule| rule.set == set && looks_at(rule, object));
        objects.iter().filter(looked_at).map(|object| object.chunk.as_ref()).collect()
    };
    fs::create_dir_all(into.join("objects"))?;
    let ids: Vec<&str> = on().map(RuleInfo::short_id).collect();
    let config = serde_json::json!({ "kubernetes": KUBERNETES, "rules": ids });
    fs::write(into.join("config.json"), config.to_string())?;
    fs::write(into.join("set"), tape(chunks(true)))?;
    for (number, batch) in chunks(false).chunks(BATCH).enumerate() {
        fs::write(into.join(format!("objects/{number:05}")), tape(batch.iter().copied()))?;
    }
    Ok(())
}

fn looks_at(rule: &RuleInfo, object: &Object) -> bool {
    let identity = object.identity();
    let group = identity.api_version.rsplit_once('/').map_or("", |(group, _)| group);
    rule.kinds.iter().any(|kind| match kind.as_str() {
        "*" => true,
        "@pods" => object.read().pods().next().is_some(),
        kind => match kind.rsplit_once('/') {
            Some((of, kind)) => identity.kind == kind && group == of,
            None => identity.kind == kind,
        },
    })
}

/// Writes a copy of this very benchmark that carries the code of the packs: so none is compiled while instructions are counted.
fn bundle_of_this(output: &Path) -> Result<(), String> {
    let args = cli::Bundle {
        output: Some(output.to_owned()),
        plugin: Vec::new(),
        config: None,
        no_embedded: false,
        inspect: None,
        key: Vec::new(),
    };
    bundle::write(&args, output).map(|_| ())
}
