//! Plugins in C, by clang: `plugin.c` and what it includes, without a library.

use std::process::{Command, Stdio};

use super::{Made, Project, run};

const CURE: &str = "install clang and lld, on Debian `apt-get install clang lld`";

/// Compiles `plugin.c`.
pub(super) fn compile(project: &Project) -> Result<Made, String> {
    let clang =
        clang().ok_or_else(|| format!("a clang that knows wasm32 is needed and cannot be found; {CURE}"))?;
    let module = project.out.join(format!("{}.core", project.name));
    // C has no common way to take in a text as it is.
    let description = project.out.join("description.h");
    let bytes: Vec<String> = project.description.bytes().map(|byte| byte.to_string()).collect();
    let text =
        format!("#define PL_DESCRIBED\nstatic const char PL_DESCRIPTION[] = {{{}}};\n", bytes.join(","));
    std::fs::write(&description, text)
        .map_err(|error| format!("{} cannot be written: {error}", description.display()))?;
    let mut command = Command::new(clang);
    command.current_dir(&project.folder);
    command.args(["--target=wasm32-unknown-unknown", "-std=c11", "-O2", "-Wall", "-Wextra", "-mbulk-memory"]);
    command.args(["-ffreestanding", "-nostdlib", "-fvisibility=hidden", "-Wl,--no-entry", "-Wl,--strip-all"]);
    // The stack comes first, so that it cannot grow into data.
    command.args(["-Wl,--stack-first", "-Wl,-z,stack-size=262144", "-include"]);
    run(command.arg(&description).args(["plugin.c", "-o"]).arg(&module), CURE)?;
    project.made(&module).map(Made::Module)
}

/// A clang that has the target. Some systems come with one that does not, and with others beside it.
fn clang() -> Option<String> {
    let newest_first = (14..40).rev().map(|version| format!("clang-{version}"));
    std::iter::once("clang".to_owned()).chain(newest_first).find(|name| {
        let targets = Command::new(name).arg("--print-targets").stderr(Stdio::null()).output();
        targets.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).contains("wasm32"))
    })
}
