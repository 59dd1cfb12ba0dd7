//! `plimsoll plugin build`: from a folder of source to a component. What one language needs stands in a file of its own, what all need here.

mod c;
mod description;
mod go;
mod javascript;
mod python;
mod rust;
mod snapshot;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_build::{is_component, seal_component, seal_module};

use crate::check::{Limits, Plugin};
use crate::cli::Language;

/// What a folder holds, by language. Only a crate of Rust has no description beside it: its SDK makes one of the rules.
const MARKS: [(&str, Language); 5] = [
    ("Cargo.toml", Language::Rust),
    ("package.json", Language::Javascript),
    ("pyproject.toml", Language::Python),
    ("go.mod", Language::Go),
    ("plugin.c", Language::C),
];

/// A plugin in any language but Rust, about to be compiled.
struct Project {
    /// Where its source is; absolute.
    folder: PathBuf,
    /// Where a language may leave what it makes: `target/plimsoll` in the folder, which is there.
    out: PathBuf,
    /// The plugin's name.
    name: String,
    /// The text of `plugin.json`, which `describe` returns and the component carries.
    description: String,
}

/// What the compiler of a language made.
enum Made {
    /// A core module that exports the interface as the canonical ABI has it. What it asks of WASI preview 1 is denied.
    Module(Vec<u8>),
    /// A component of the interface that imports nothing.
    Component(Vec<u8>),
}

/// Compiles the plugin in a folder and returns where its component is: `target/plimsoll/NAME.wasm` there, for Rust in cargo's target directory.
/// A file is what another compiler made, with `plugin.json` beside it.
///
/// # Errors
///
/// If the folder holds no plugin or several, a tool is missing, the source does not compile, or what comes out is no plugin.
pub fn build(folder: &Path) -> Result<PathBuf, String> {
    let refuse = |why: &str| {
        let shown = folder.display();
        Err(format!(
            "{shown} {why}; name the folder of a plugin, or a file of WebAssembly that another compiler made"
        ))
    };
    if !folder.exists() {
        return refuse("is not there");
    }
    if folder.is_file() {
        let made =
            fs::read(folder).map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
        if !made.starts_with(b"\0asm") {
            return refuse("is no WebAssembly");
        }
        let project = Project::open(folder.parent().unwrap_or(Path::new("")))?;
        let made = if is_component(&made) { Made::Component(made) } else { Made::Module(made) };
        return project.finish(made);
    }
    let compile = match language(folder)? {
        Language::Rust => return rust::build(folder),
        Language::Javascript => javascript::compile,
        Language::Python => python::compile,
        Language::Go => go::compile,
        Language::C => c::compile,
    };
    let project = Project::open(folder)?;
    project.finish(compile(&project)?)
}

/// Whether a folder holds the source of a plugin, in a language that can be told.
pub fn is_source(folder: &Path) -> bool {
    language(folder).is_ok()
}

/// The language of the plugin in a folder.
fn language(folder: &Path) -> Result<Language, String> {
    let holds = |mark: &str| folder.join(mark).is_file();
    let found: Vec<&(&str, Language)> = MARKS.iter().filter(|(mark, _)| holds(mark)).collect();
    let shown = folder.display();
    match found[..] {
        [(_, language)] => Ok(*language),
        [] => {
            let marks = MARKS.map(|(mark, _)| mark).join(", ");
            Err(format!("{shown} holds no plugin: none of {marks}; begin one with `plimsoll plugin new`"))
        }
        // A crate may well have a package.json for other tools.
        [(_, Language::Rust), ..] if !holds(description::NAME) => Ok(Language::Rust),
        [(one, _), (other, _), ..] => Err(format!(
            "{shown} holds {one} and {other}, so its language cannot be told; give each plugin a folder of its own"
        )),
    }
}

impl Project {
    fn open(folder: &Path) -> Result<Self, String> {
        let (name, description) = description::read(&folder.join(description::NAME))?;
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let folder =
            folder.canonicalize().map_err(|error| format!("{} cannot be read: {error}", folder.display()))?;
        let out = folder.join("target/plimsoll");
        fs::create_dir_all(&out).map_err(|error| format!("{} cannot be made: {error}", out.display()))?;
        Ok(Self { folder, out, name, description })
    }

    /// Seals the description into what was made, and writes it.
    fn finish(&self, made: Made) -> Result<PathBuf, String> {
        let component = match made {
            Made::Module(module) => seal_module(&module, &self.description),
            Made::Component(component) => seal_component(component, &self.description),
        };
        finish(&component.map_err(|error| error.to_string())?, &self.name, &self.out)
    }

    /// What a compiler wrote to a file, which goes.
    fn made(&self, file: &Path) -> Result<Vec<u8>, String> {
        let read = fs::read(file).and_then(|bytes| fs::remove_file(file).map(|()| bytes));
        read.map_err(|error| format!("{} cannot be read: {error}", file.display()))
    }
}

/// Runs a tool, whose messages go to standard error; `cure` says how to get it if it is missing.
fn run(command: &mut Command, cure: &str) -> Result<(), String> {
    let tool =
        Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    match command.stdout(io::stderr()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("{tool} could not build the plugin; its messages above say why")),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(format!("{tool} is needed and cannot be found; {cure}"))
        }
        Err(error) => Err(format!("{tool} cannot be started: {error}")),
    }
}

/// Writes a component that loads to `NAME.wasm` in a folder.
fn finish(component: &[u8], name: &str, out: &Path) -> Result<PathBuf, String> {
    Plugin::inspect(component, Some(name), Limits::default().component).map_err(|error| error.to_string())?;
    let file = out.join(format!("{name}.wasm"));
    let write = fs::create_dir_all(out).and_then(|()| fs::write(&file, component));
    write.map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    Ok(file)
}
