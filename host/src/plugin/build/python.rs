//! Plugins in Python: componentize-py starts CPython, lets it import the plugin, and makes a component of what it then is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Made, Project, run, tool, write};

/// What makes the component, and how to get the version that was tried.
const TOOL: &str = "componentize-py";
const CURE: &str = "run `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt` in the folder of the plugin (a new one: \
                    `.venv/bin/pip install componentize-py==0.25.1`)";

/// The module that exports the plugin.
const MAIN: &str = "src/plugin.py";
/// The module that the interpreter begins with.
const ENTRY: &str = include_str!("entry.py");

/// Folders of environments, below the plugin's own, and where they keep programs.
const ENVIRONMENTS: [&str; 2] = [".venv", "venv"];
const PROGRAMS: &str = if cfg!(windows) { "Scripts" } else { "bin" };

/// Compiles the plugin. Its modules and those of the environment are imported now; the component holds them.
pub(super) fn compile(project: &Project) -> Result<Made, String> {
    if !project.folder.join(MAIN).is_file() {
        let main = project.folder.join(MAIN);
        return Err(format!(
            "{} is not there; it says `PLUGIN = Plugin({{…}})`, and `plimsoll plugin new` writes one",
            main.display()
        ));
    }
    let made = project.scratch("python")?;
    // A string of JSON is one of Python.
    let text = serde_json::Value::from(project.description.as_str());
    write(&made.join("policy.wit"), plimsoll_build::WIT)?;
    write(&made.join("plimsoll_description.py"), &format!("DESCRIPTION = {text}\n"))?;
    write(&made.join("plimsoll_entry.py"), ENTRY)?;
    let component = made.join("plugin.wasm");
    let environment = environment(&project.folder);
    let mut command =
        Command::new(tool(TOOL, environment.iter().map(|environment| environment.join(PROGRAMS))));
    let here = Path::new("target/plimsoll/python");
    command
        .current_dir(&project.folder)
        .args(["--quiet", "--world", "plugin", "--wit-path"])
        .arg(here.join("policy.wit"));
    command.args(["componentize", "--stub-wasi", "--python-path", "src", "--python-path"]).arg(here);
    command.arg("--output").arg(here.join("plugin.wasm")).arg("plimsoll_entry");
    // Where packages that the plugin imports are looked for.
    command.envs(environment.map(|environment| ("VIRTUAL_ENV", environment)));
    run(&mut command, CURE)?;
    let component =
        fs::read(&component).map_err(|error| format!("{} cannot be read: {error}", component.display()))?;
    Ok(Made::Component(component))
}

/// The environment that is in force, or the one in the folder.
fn environment(folder: &Path) -> Option<PathBuf> {
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    active.or_else(|| {
        ENVIRONMENTS.map(|name| folder.join(name)).into_iter().find(|environment| environment.is_dir())
    })
}
