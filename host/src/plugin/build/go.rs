//! Plugins in Go, by the standard compiler. It knows WebAssembly only as WASI preview 1, which is denied to what it makes.

use std::process::Command;

use super::{Made, Project, run};

const CURE: &str = "install Go 1.24 or newer from https://go.dev/dl";

/// Compiles the module in the folder.
pub(super) fn compile(project: &Project) -> Result<Made, String> {
    let module = project.out.join(format!("{}.core", project.name));
    let mut go = Command::new("go");
    go.current_dir(&project.folder).env("GOOS", "wasip1").env("GOARCH", "wasm").env("GOWASM", "");
    // Neither paths nor numbers of this machine and this build get into it: the same source and compiler give the same bytes.
    go.args([
        "build",
        "-buildmode=c-shared",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags=-s -w -buildid=",
        "-o",
    ]);
    run(go.arg(&module).arg("."), CURE)?;
    project.made(&module).map(Made::Module)
}
