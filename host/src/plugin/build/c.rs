//! Plugins in C, by clang: `plugin.c` and what it includes, without a library.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Made, Project, run};

const CURE: &str = "install clang and lld, on Debian `apt-get install clang lld`";

/// Compiles `plugin.c`.
pub(super) fn compile(project: &Project) -> Result<Made, String> {
    let missing = |what: &str| format!("{what} is needed and cannot be found; {CURE}");
    let clang = found("clang", |file| printed(file, "--print-targets").contains("wasm32"))
        .ok_or_else(|| missing("a clang that knows wasm32"))?;
    // The one that came with it, or any: some distributions' clang looks for another name than their linker has.
    let own = PathBuf::from(printed(&clang, "-print-prog-name=wasm-ld").trim());
    let links = |file: &Path| printed(file, "--version").contains("LLD");
    let linker = Some(own).filter(|own| own.is_absolute() && links(own)).or_else(|| found("wasm-ld", links));
    let linker = linker.ok_or_else(|| missing("wasm-ld"))?;
    // C has no common way to take in a text as it is.
    let description = project.out.join("description.h");
    let bytes: Vec<String> = project.description.bytes().map(|byte| byte.to_string()).collect();
    let text =
        format!("#define PL_DESCRIBED\nstatic const char PL_DESCRIPTION[] = {{{}}};\n", bytes.join(","));
    std::fs::write(&description, text)
        .map_err(|error| format!("{} cannot be written: {error}", description.display()))?;
    let module = project.out.join(format!("{}.core", project.name));
    let mut command = Command::new(clang);
    command.current_dir(&project.folder);
    command.args(["--target=wasm32-unknown-unknown", "-std=c11", "-O2", "-Wall", "-Wextra", "-mbulk-memory"]);
    command.args(["-ffreestanding", "-nostdlib", "-fvisibility=hidden", "-Wl,--no-entry", "-Wl,--strip-all"]);
    // The stack comes first, so that it cannot grow into data.
    command.args(["-Wl,--stack-first", "-Wl,-z,stack-size=262144"]);
    command.arg(format!("-fuse-ld={}", linker.display())).arg("-include").arg(&description);
    run(command.args(["plugin.c", "-o"]).arg(&module), CURE)?;
    std::fs::remove_file(&description)
        .map_err(|error| format!("{} cannot be removed: {error}", description.display()))?;
    project.made(&module).map(Made::Module)
}

/// A program on the PATH that will do: the one without a number behind its name, or the newest.
fn found(program: &str, will_do: impl Fn(&Path) -> bool) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let numbers = std::iter::once(String::new()).chain((14..40).rev().map(|version| format!("-{version}")));
    let mut names = numbers.map(|number| format!("{program}{number}{EXE_SUFFIX}"));
    let in_path = |name: String| {
        let folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
        folders.map(|folder| folder.join(&name)).find(|file| file.is_file() && will_do(file))
    };
    names.find_map(in_path)
}

/// What a program prints if it is asked; nothing if it cannot be run.
fn printed(program: &Path, asked: &str) -> String {
    let output = Command::new(program).arg(asked).stderr(Stdio::null()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
