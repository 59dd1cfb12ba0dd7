//! Plugins in Python: componentize-py starts CPython, lets it import the plugin, and makes a component of what it then is.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Made, Project, snapshot};

/// What makes the component, and how to get the version that was tried.
const TOOL: &str = "componentize-py";
const CURE: &str = "run `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt` in the folder of the plugin (a new one: \
                    `.venv/bin/pip install componentize-py==0.25.1`)";

/// The module that exports the plugin.
const MAIN: &str = "src/plugin.py";
/// The module that the interpreter begins with.
const ENTRY: &str = include_str!("entry.py");

/// Environments in the folder of the plugin, and where they keep programs.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];
const PROGRAMS: &str = if cfg!(windows) { "Scripts" } else { "bin" };

/// Compiles the plugin. Its modules and those of the environment are imported now; the component holds them.
pub(super) fn compile(project: &Project) -> Result<Made, String> {
    let main = project.folder.join(MAIN);
    if !main.is_file() {
        let main = main.display();
        return Err(format!(
            "{main} is not there; it says `PLUGIN = Plugin({{…}})`, and `plimsoll plugin new` writes one"
        ));
    }
    // A string of JSON is one of Python.
    let description = format!("DESCRIPTION = {}\n", serde_json::Value::from(project.description.as_str()));
    let files = [
        ("policy.wit", plimsoll_build::WIT),
        ("plimsoll_description.py", &description),
        ("plimsoll_entry.py", ENTRY),
    ];
    let environments = environments(&project.folder);
    let programs = environments.iter().map(|environment| environment.join(PROGRAMS));
    let mut command = Command::new(snapshot::program(TOOL, programs));
    let here = Path::new("target/plimsoll/python");
    command.args(["--quiet", "--world", "plugin", "--wit-path"]).arg(here.join("policy.wit"));
    command.args(["componentize", "--stub-wasi", "--python-path", "src", "--python-path"]).arg(here);
    command.arg("--output").arg(here.join(snapshot::COMPONENT)).arg("plimsoll_entry");
    // Where packages that the plugin imports are looked for.
    command.envs(environments.first().map(|environment| ("VIRTUAL_ENV", environment)));
    snapshot::take(project, "python", &files, &mut command, CURE)
}

/// The environment that is in force, and those in the folder.
fn environments(folder: &Path) -> Vec<PathBuf> {
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let beside = ENVIRONMENTS.map(|name| folder.join(name)).into_iter().filter(|folder| folder.is_dir());
    active.into_iter().chain(beside).collect()
}
