//! Plugins in C, by clang: `plugin.c` and what it includes, without a library.

use std::process::{Command, Stdio};

use super::{Made, Project, run};

const CURE: &str = "install clang and lld, on Debian `apt-get install clang lld`";

/// Compiles `plugin.c`.
pub(super) fn compile(project: &Project) -> Result<Made, String> {
    let missing = |what: &str| format!("{what} is needed and cannot be found; {CURE}");
    let clang = newest("clang", |name| printed(name, "--print-targets").contains("wasm32"))
        .ok_or_else(|| missing("a clang that knows wasm32"))?;
    // clang looks beside itself, and for a name without a number.
    let found = printed(&clang, "-print-prog-name=wasm-ld");
    let works = |name: &str| printed(name, "--version").contains("LLD");
    let linker = if works(found.trim()) { None } else { newest("wasm-ld", works) };
    if linker.is_none() && !works(found.trim()) {
        return Err(missing("wasm-ld"));
    }
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
    command.args(linker.map(|linker| format!("-fuse-ld={linker}")));
    command.arg("-include").arg(&description).args(["plugin.c", "-o"]).arg(&module);
    run(&mut command, CURE)?;
    std::fs::remove_file(&description)
        .map_err(|error| format!("{} cannot be removed: {error}", description.display()))?;
    project.made(&module).map(Made::Module)
}

/// A program on the PATH that will do: the one without a number behind its name, or the newest.
fn newest(program: &str, will_do: impl Fn(&str) -> bool) -> Option<String> {
    let numbered = (14..40).rev().map(|version| format!("{program}-{version}"));
    std::iter::once(program.to_owned()).chain(numbered).find(|name| will_do(name))
}

/// What a program prints if it is asked; nothing if there is none of that name.
fn printed(program: &str, asked: &str) -> String {
    let output = Command::new(program).arg(asked).stderr(Stdio::null()).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}
