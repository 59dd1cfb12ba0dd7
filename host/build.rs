//! Compiles the packs in `plugins/` to components, so that the executable carries them and needs nothing else.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use plimsoll_build::{Compile, Toolchain, described, describing, seal};

/// Set it to leave the packs out: for `cargo check`, clippy and editors on a machine without the target.
const SKIP: &str = "PLIMSOLL_SKIP_PACKS";

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let workspace = here.parent().ok_or("the host has no workspace")?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo::rerun-if-env-changed={SKIP}");
    println!("cargo::rustc-env=PLIMSOLL_TARGET={}", env::var("TARGET")?);
    for watched in ["plugins", "sdk/src", "sdk/Cargo.toml", "wit", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", workspace.join(watched).display());
    }
    let packs = if env::var_os(SKIP).is_some() { Vec::new() } else { packs(workspace)? };
    let components = build(workspace, &out, &packs).map_err(|error| {
        // Cargo shows the last lines of a build script that fails; the cure has to stand there.
        format!("the rule packs could not be built\n{error}\nor set {SKIP}=1 to build a host without them")
    })?;
    let list: String = components.iter().map(|path| format!("    include_bytes!({path:?}),\n")).collect();
    fs::write(out.join("packs.rs"), format!("static PACKS: &[&[u8]] = &[\n{list}];\n"))?;
    fs::write(out.join("sdk.rs"), sdk(workspace)?)?;
    Ok(())
}

/// What the SDK is made of.
const SDK: [&str; 5] = ["sdk/Cargo.toml", "sdk/src", "wit/1.0.0", "wit/tape/Cargo.toml", "wit/tape/src"];

/// The source of a list of the SDK's files, and of a workspace that holds it alone.
fn sdk(workspace: &Path) -> Result<String, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut left: Vec<PathBuf> = SDK.iter().map(|part| workspace.join(part)).collect();
    while let Some(path) = left.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
        } else {
            files.push(path);
        }
    }
    files.sort();
    let manifest = fs::read_to_string(workspace.join("Cargo.toml"))?;
    let shared = manifest.find("[workspace.package]").zip(manifest.find("[profile"));
    let (from, to) = shared.ok_or("Cargo.toml lacks what its members share")?;
    // Of the crates in the repository it needs one, and what stands at the end is about profiles.
    let lines = manifest[from..to].trim_end().lines().filter(|line| !line.starts_with('#'));
    let own = lines.filter(|line| !line.starts_with("plimsoll-") || line.starts_with("plimsoll-tape "));
    let own = own.collect::<Vec<_>>().join("\n");
    let members = "[workspace]\nresolver = \"3\"\nmembers = [\"sdk\", \"wit/tape\"]\n\n";
    let mut list = format!(
        "static FILES: &[(&str, &str)] = &[\n    (\"Cargo.toml\", {:?}),\n",
        format!("{members}{own}\n")
    );
    for file in files {
        let path =
            file.strip_prefix(workspace)?.to_str().ok_or("a path that is not UTF-8")?.replace('\\', "/");
        list += &format!("    ({path:?}, include_str!({file:?})),\n");
    }
    Ok(list + "];\n")
}

/// The package of every folder in `plugins/`, by name.
fn packs(workspace: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut packs = Vec::new();
    for entry in fs::read_dir(workspace.join("plugins"))? {
        let folder = entry?;
        if folder.path().join("Cargo.toml").is_file() {
            packs.push(format!("plimsoll-{}", folder.file_name().to_string_lossy()));
        }
    }
    packs.sort();
    Ok(packs)
}

fn build(workspace: &Path, out: &Path, packs: &[String]) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    if packs.is_empty() {
        return Ok(Vec::new());
    }
    let toolchain = Toolchain::find()?;
    // A directory of its own, beside the profile's: a cargo in the same one would wait for the cargo that runs this script.
    let target_dir = out.ancestors().nth(4).unwrap_or(out).join("plugins");
    let compile = Compile { workspace, packages: packs, target_dir: &target_dir, profile: "plugin" };
    let modules = compile.run(&toolchain)?;
    modules
        .iter()
        .zip(packs)
        .map(|(module, pack)| {
            let component = seal(&fs::read(module)?, asked).map_err(|error| format!("{pack}: {error}"))?;
            let path = out.join(format!("{pack}.wasm"));
            fs::write(&path, component)?;
            Ok(path)
        })
        .collect()
}

/// What a module says it is. A compiler that ran it would take minutes to be built here; an interpreter takes seconds.
fn asked(module: &[u8]) -> Result<String, String> {
    let answer = || -> Result<String, Box<dyn Error>> {
        let engine = wasmi::Engine::default();
        let module = wasmi::Module::new(&engine, module)?;
        let mut store = wasmi::Store::new(&engine, ());
        let instance = wasmi::Linker::<()>::new(&engine).instantiate_and_start(&mut store, &module)?;
        let name =
            describing(module.exports().map(|export| export.name())).ok_or("it exports no `describe`")?;
        let at = instance.get_typed_func::<(), u32>(&store, name)?.call(&mut store, ())?;
        let memory = instance.get_memory(&store, "memory").ok_or("it exports no memory")?;
        Ok(described(memory.data(&store), at)?)
    };
    answer().map_err(|error| error.to_string())
}
