//! `plimsoll bundle`: a copy of the executable that carries plugins, so that who has this one file has everything, and it starts at once.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::carried::{self, Carried, Entry, Index, MAGIC, Place, Said, Stretch, VERSION};
use crate::check::{Engine, Objects, Plugin, this_executable};
use crate::config::{self, Config};
use crate::finding::{PluginInfo, RuleInfo};
use crate::lock::{Lock, Pin};
use crate::signature::{Key, Signature};
use crate::source::{Source, hex, is_deceptive};
use crate::terminal::visible;
use crate::{cli, outputs, plugins, report, trust};

/// Native code and long texts begin on a page, so that they can be mapped.
const PAGE: usize = 16 << 10;

/// Writes the copy and returns what is to be told of it.
///
/// # Errors
///
/// If a plugin or the configuration is wrong, or a file cannot be read or written.
pub fn write(args: &cli::Bundle, output: &Path) -> Result<String, String> {
    let carried = Carried::open()?;
    let (configuration, config) = configuration(args, &carried)?;
    let engine = Engine::new(config.limits)?;
    let plugins = plugins(args, &carried, &config)?;
    let codes: Vec<Result<Vec<u8>, String>> = plugins
        .par_iter()
        .map(|plugin| plugin.portable_code(&engine).map_err(|error| error.to_string()))
        .collect();
    let codes = codes.into_iter().collect::<Result<Vec<_>, _>>()?;

    let mut file = Growing(executable(&carried)?);
    let ours = |why: String| format!("this executable cannot carry anything: {why}");
    let mark = carried::mark(&file.0).map_err(ours)?;
    let (executable, program) = (file.0.len() as u64, carried::program(&file.0).map_err(ours)?);
    let codes: Vec<Stretch> = codes.iter().map(|code| file.page(code)).collect();
    let mut entries = Vec::new();
    for (plugin, code) in plugins.iter().zip(codes) {
        let signature = signature(plugin, &carried, &config)?;
        entries.push(entry(plugin, code, signature, &mut file)?);
    }
    let pins = plugins.iter().map(|plugin| Pin::of(None, &plugin.info)).collect();
    let lock = Lock::new(String::new(), pins);
    let index = Index {
        plimsoll: env!("CARGO_PKG_VERSION").to_owned(),
        executable,
        program,
        plugins: entries,
        configuration: configuration.map(|text| file.append(&text)),
        lock: file.append(lock.text().as_bytes()),
    };
    file.close(&json(&index), mark);
    save(output, &file.0).map_err(|error| format!("{} cannot be written: {error}", output.display()))?;
    Ok(told(output, &index, file.0.len()))
}

/// Proves every part of a bundle and returns what is in it; without a file, of this executable. With keys, every plugin that was added to the
/// executable has to be signed by the owner of one.
///
/// # Errors
///
/// If the file cannot be read, is no bundle, is damaged, or carries a plugin that nobody of these signed.
pub fn inspect(file: Option<&Path>, wanted: &[String]) -> Result<String, String> {
    let wanted = wanted.iter().map(|key| trust::named_key(key)).collect::<Result<Vec<Key>, String>>()?;
    let title = file.map_or_else(|| "this executable".to_owned(), |file| file.display().to_string());
    let opened = file.map_or_else(this_executable, File::open);
    let mut opened = opened.map_err(|error| format!("{title} cannot be read: {error}"))?;
    if file.is_none() {
        Carried::open()?;
    }
    let index = Index::read(&mut opened).map_err(|error| format!("{title} is {error}"))?;
    let index = index.ok_or_else(|| format!("{title} carries nothing that `plimsoll bundle` appended"))?;
    index.prove(&mut opened).map_err(|error| format!("{title} is {error}"))?;
    let mut told = format!("{title}: plimsoll {}, every part is whole\n", visible(&index.plimsoll));
    let config = carried_config(&index, &mut opened).map_err(|error| format!("{title}: {error}"))?;
    let keys = if wanted.is_empty() { &config.trust.keys } else { &wanted };
    let maker = maker(&index)?.then(|| Engine::new(config.limits)).transpose()?;
    told +=
        &format!("  program sha256:{}, {}\n", index.program, if maker.is_some() { SAME } else { ANOTHER });
    for plugin in &index.plugins {
        let name = visible(&plugin.name);
        let (wasm, info) = itself(&index, plugin, maker.is_some(), &mut opened)
            .map_err(|why| format!("{title}: {name}: {why}"))?;
        if let Some(engine) = &maker {
            made_of(&index, plugin, &wasm, engine, &mut opened)
                .map_err(|why| format!("{title}: {name}: {why}"))?;
        }
        let signed = signed(&index, plugin, (&wasm, &info), keys, &mut opened)
            .map_err(|error| format!("{title}: the signature of {name}: {error}"))?;
        let signed = match signed {
            Signed::By(id) if wanted.is_empty() => {
                format!(", signed by the key {id}, which its configuration trusts")
            }
            Signed::By(id) => format!(", signed by the key {id}"),
            Signed::BySomebody(id) if wanted.is_empty() => {
                format!(", with a signature of the key {id}, which its configuration does not know")
            }
            Signed::BySomebody(id) => {
                return Err(format!("{title}: {name} is signed by the key {id}, which --key does not name"));
            }
            Signed::Not if wanted.is_empty() || matches!(plugin.wasm, Place::Pack(_)) => String::new(),
            Signed::Not => {
                return Err(format!(
                    "{title}: {name} has no signature, and --key asks for one; sign it with `plimsoll plugin sign` and bundle it \
                     with `trust` in the configuration"
                ));
            }
        };
        let said = format!("{} {} sha256:{}{signed}", plugin.name, plugin.version, plugin.sha256);
        told += &format!("  {}\n", visible(&said));
    }
    if let Some(configuration) = &index.configuration {
        told += &format!("  with a configuration sha256:{}\n", configuration.sha256);
    }
    Ok(told)
}

/// What is told of a program that is this one, and of one that is not: only what made native code can tell whether it would make the same.
const SAME: &str = "which is this one; each plugin's native code is what it makes of its WebAssembly";
const ANOTHER: &str = "which is not this one; that the native code is made of the WebAssembly, and how its SARIF words help, cannot be told by it";

/// Whether the program in front of a bundle is this one.
fn maker(index: &Index) -> Result<bool, String> {
    let ours = carried::program(&executable(&Carried::open()?)?);
    Ok(ours.map_err(|why| format!("this executable cannot be compared: {why}"))? == index.program)
}

/// Whether the native code of a plugin is made of its WebAssembly: it is made again.
fn made_of(
    index: &Index,
    entry: &Entry,
    wasm: &[u8],
    engine: &Engine,
    file: &mut File,
) -> Result<(), String> {
    let plugin = Plugin::load(wasm.to_vec().into(), Some(&entry.name), usize::MAX);
    let code = plugin.and_then(|plugin| plugin.portable_code(engine)).map_err(|error| error.to_string())?;
    let carried = index.bytes(file, &entry.code)?;
    if code != carried {
        return Err("its native code is not what this plimsoll makes of its WebAssembly".to_owned());
    }
    Ok(())
}

/// The configuration in a bundle.
fn carried_config(index: &Index, file: &mut File) -> Result<Config, String> {
    let Some(part) = &index.configuration else { return Ok(Config::default()) };
    let source = Source::new(format!("{} in the bundle", config::NAME), index.bytes(file, part)?);
    Config::read(source, Path::new(""))
}

/// Whose signature a plugin in a bundle has.
enum Signed {
    /// Of a key that is trusted; it holds.
    By(String),
    /// Of another.
    BySomebody(String),
    Not,
}

/// The WebAssembly of a plugin and what it says that it is, once all that the bundle says of it is the same; of help in SARIF the wording only
/// if the bundle is of the `same` program.
fn itself(
    index: &Index,
    entry: &Entry,
    same: bool,
    file: &mut File,
) -> Result<(Vec<u8>, PluginInfo), String> {
    let wasm = index.wasm(file, entry)?;
    let plugin = Plugin::load(wasm.clone().into(), Some(&entry.name), usize::MAX);
    let Plugin { info, objects, .. } = plugin.map_err(|error| error.to_string())?;
    if (&info.name, &info.version) != (&entry.name, &entry.version) {
        let (name, version) = (&info.name, &info.version);
        return Err(format!("its WebAssembly is {name} {version}, which the bundle does not say"));
    }
    let (brief, texts) = (index.bytes(file, &entry.brief)?, index.bytes(file, &entry.texts)?);
    let is_same = if same {
        let own = said(&info, objects);
        own.brief == brief && own.texts.as_bytes() == texts
    } else {
        // Another program may word help otherwise.
        let (mut told, wants) = Said::told(&brief, texts.leak())?;
        told.rules.iter_mut().try_for_each(unworded)?;
        Said::of(&told, wants) == Said::of(&info, objects)
    };
    if !is_same {
        return Err("the bundle describes it otherwise than it does itself".to_owned());
    }
    Ok((wasm, info))
}

fn signed(
    index: &Index,
    entry: &Entry,
    (wasm, info): (&[u8], &PluginInfo),
    keys: &[Key],
    file: &mut File,
) -> Result<Signed, String> {
    let Some(part) = &entry.signature else { return Ok(Signed::Not) };
    let text = String::from_utf8(index.bytes(file, part)?).map_err(|_| "it is no text")?;
    let signature = Signature::read(&text)?;
    let id = signature.id();
    let Some(key) = keys.iter().find(|key| signature.names(key)) else { return Ok(Signed::BySomebody(id)) };
    signature.holds(key, wasm)?;
    trust::is(info, &signature.comment)?;
    Ok(Signed::By(id))
}

/// The text of the configuration that is named, or else of the one that this executable carries.
fn configuration(args: &cli::Bundle, carried: &Carried) -> Result<(Option<Vec<u8>>, Config), String> {
    let Some(file) = &args.config else { return Ok((carried.configuration()?, Config::default())) };
    let config = Config::load(Some(file), None)?;
    let text = fs::read(file)
        .map_err(|error| format!("the configuration {} cannot be read: {error}", file.display()))?;
    Ok((Some(text), config))
}

fn plugins(args: &cli::Bundle, carried: &Carried, config: &Config) -> Result<Vec<Plugin>, String> {
    let mut found = if args.no_embedded { Vec::new() } else { carried.plugins(config.limits.component)? };
    found.extend(plugins::named(config, Lock::beside(config)?.as_ref(), &args.plugin)?);
    plugins::names_differ(found.iter().map(|plugin| &plugin.info))?;
    if found.is_empty() {
        return Err("there are no plugins; name one with --plugin, or leave out --no-embedded".to_owned());
    }
    Ok(found)
}

/// The executable without what it carries.
fn executable(carried: &Carried) -> Result<Vec<u8>, String> {
    let most = carried.index.as_ref().map_or(u64::MAX, |index| index.executable);
    let mut bytes = Vec::new();
    let read = this_executable().and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| format!("this executable cannot be read: {error}"))?;
    Ok(bytes)
}

/// The text of the signature of a plugin, of a key that the configuration trusts, or as this executable carries it.
fn signature(plugin: &Plugin, carried: &Carried, config: &Config) -> Result<Option<Vec<u8>>, String> {
    let Some(file) = &plugin.info.file else { return carried.signature(&plugin.info.name) };
    let wasm = plugin.wasm().map_err(|error| error.to_string())?;
    let signature = plugins::signature(Path::new(file), &wasm, config)?;
    Ok(signature.map(|(_, text)| text.into_bytes()))
}

/// What a plugin says it is, with what reports would otherwise work out in every scan.
fn said(info: &PluginInfo, objects: Objects) -> Said {
    let mut info = info.clone();
    for rule in &mut info.rules {
        rule.help = Some(report::help(rule).get().to_owned().into());
    }
    Said::of(&info, objects)
}

/// Takes out help that says what ours says, in whatever Markdown.
fn unworded(rule: &mut RuleInfo) -> Result<(), String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Help {
        text: String,
        markdown: String,
    }
    let Some(help) = rule.help.take() else { return Ok(()) };
    let read = |help: &str| serde_json::from_str::<Help>(help).ok();
    let is_shown = |letter: char| matches!(letter, '\n' | '\t') || !is_deceptive(letter);
    let is_ours = read(&help)
        .zip(read(report::help(rule).get()))
        .is_some_and(|(told, ours)| told.text == ours.text && told.markdown.chars().all(is_shown));
    if is_ours { Ok(()) } else { Err(format!("the help for {} is not its page", rule.id)) }
}

fn entry(
    plugin: &Plugin,
    code: Stretch,
    signature: Option<Vec<u8>>,
    file: &mut Growing,
) -> Result<Entry, String> {
    let wasm = plugin.wasm().map_err(|error| error.to_string())?;
    let said = said(&plugin.info, plugin.objects);
    let place = match carried::pack(&wasm) {
        Some(number) => Place::Pack(number),
        None => Place::Bundle(file.append(&wasm)),
    };
    Ok(Entry {
        name: plugin.info.name.clone(),
        version: plugin.info.version.clone(),
        sha256: plugin.info.digest.clone(),
        wasm: place,
        brief: file.append(&said.brief),
        texts: file.page(said.texts.as_bytes()),
        code,
        signature: signature.map(|text| file.append(&text)),
    })
}

/// The bytes of the copy, as far as they are known.
struct Growing(Vec<u8>);

impl Growing {
    fn append(&mut self, bytes: &[u8]) -> Stretch {
        let offset = self.0.len() as u64;
        self.0.extend_from_slice(bytes);
        let (sha256, crc32) = (hex(&Sha256::digest(bytes)), crc32fast::hash(bytes));
        Stretch { offset, len: bytes.len() as u64, sha256, crc32 }
    }

    fn page(&mut self, bytes: &[u8]) -> Stretch {
        self.0.resize(self.0.len().next_multiple_of(PAGE), 0);
        self.append(bytes)
    }

    /// Appends the index and the trailer, and writes the length into the mark.
    fn close(&mut self, index: &[u8], mark: usize) {
        let at = self.append(index);
        self.0.extend_from_slice(MAGIC);
        self.0.extend_from_slice(&u64::from(VERSION).to_le_bytes());
        self.0.extend_from_slice(&at.offset.to_le_bytes());
        self.0.extend_from_slice(&at.len.to_le_bytes());
        self.0.extend_from_slice(&Sha256::digest(index));
        let len = self.0.len() as u64;
        self.0[mark..mark + 8].copy_from_slice(&len.to_le_bytes());
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("names and numbers can be written as JSON")
}

/// Writes a program at once: who starts it starts the old one or the new one.
fn save(file: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    if file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("something else than a file is there"));
    }
    if file.exists() && !carried::may_be_replaced(&fs::read(file)?) {
        return Err(io::Error::other(
            "a file that is no plimsoll is there; name another, or remove it first",
        ));
    }
    // What a symbolic link leads to is written, not the link.
    let file = &outputs::resolved(file)?;
    let half = outputs::half(file)?;
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    let saved = options.open(&half).and_then(|mut half| half.write_all(bytes));
    saved.and_then(|()| fs::rename(&half, file)).inspect_err(|_| {
        let _ = fs::remove_file(&half);
    })
}

fn told(output: &Path, index: &Index, len: usize) -> String {
    let plugins = index.plugins.len();
    let s = if plugins == 1 { "" } else { "s" };
    let with = if index.configuration.is_some() { " and a configuration" } else { "" };
    let mut told = format!("wrote {} with {plugins} plugin{s}{with}, {} MiB\n", output.display(), len >> 20);
    told += &format!("  program sha256:{}\n", index.program);
    if let Some(configuration) = &index.configuration {
        told += &format!("  configuration sha256:{}\n", configuration.sha256);
    }
    told
}
