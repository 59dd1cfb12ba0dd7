//! Plugins in Rust: a crate that knows the SDK, which makes the description.

use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_build::{Compile, Toolchain, seal};
use serde::Deserialize;

use super::{description, finish};
use crate::check::asked;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

/// Compiles the crate in a folder and returns where its component is: in `plimsoll/` of cargo's target directory.
pub(super) fn build(folder: &Path) -> Result<PathBuf, String> {
    let manifest = folder.join("Cargo.toml");
    let manifest = manifest
        .canonicalize()
        .map_err(|error| format!("{}: {error}; name the folder of a crate", manifest.display()))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]).arg(&manifest);
    let output = cargo.output().map_err(|error| format!("cargo cannot be started: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("what cargo says cannot be read: {error}"))?;
    let package = metadata.packages.iter().find(|package| package.manifest_path == manifest);
    let package = package
        .ok_or_else(|| format!("{} is a workspace; name the folder of one crate", manifest.display()))?;
    // As the SDK has it.
    let name = package.name.strip_prefix("plimsoll-").unwrap_or(&package.name);
    description::identity(name, Some(&package.version))
        .map_err(|why| format!("{}: {why}", manifest.display()))?;
    let toolchain = Toolchain::find().map_err(|error| error.to_string())?;
    let compile = Compile {
        workspace: manifest.parent().unwrap_or(folder),
        packages: std::slice::from_ref(&package.name),
        target_dir: &metadata.target_directory,
        profile: "release",
    };
    let modules = compile.run(&toolchain).map_err(|error| error.to_string())?;
    let module = modules.first().ok_or("cargo built nothing")?;
    let missing = |error| {
        format!("{}: {error}; the crate needs `crate-type = [\"cdylib\"]` in [lib]", module.display())
    };
    let module = std::fs::read(module).map_err(missing)?;
    let component = seal(&module, asked).map_err(|error| error.to_string())?;
    finish(&component, &package.name, &metadata.target_directory.join("plimsoll"))
}
