//! Plugins in JavaScript: componentize-qjs starts QuickJS, lets it read the plugin's modules, and makes a component of what it then is.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::{Made, Project, snapshot};

/// What makes the component, and how to get the version that was tried.
const TOOL: &str = "componentize-qjs";
const CURE: &str = "run `npm ci` in the folder of the plugin (a new one: `npm install --save-dev componentize-qjs@0.4.3`), with Node.js 18 or newer";

/// What is said to the interpreter before it reads the plugin.
const PRELUDE: &str = include_str!("prelude.js");

/// A part of `package.json`.
#[derive(Deserialize)]
struct Package {
    main: Option<String>,
}

/// Compiles the plugin. Its modules and those of `node_modules` are read now; the component holds them.
pub(super) fn compile(project: &Project) -> Result<Made, String> {
    let main = serde_json::Value::from(format!("../../../{}", main(&project.folder)?));
    let description = serde_json::Value::from(project.description.as_str());
    let entry = format!(
        "import \"./prelude.js\";\nimport plugin from {main};\nexport const rules = plugin.exports({description});\n"
    );
    let files = [("policy.wit", plimsoll_build::WIT), ("prelude.js", PRELUDE), ("entry.js", &entry)];
    let modules = project.folder.ancestors().map(|folder| folder.join("node_modules/.bin"));
    let mut command = Command::new(snapshot::program(TOOL, modules));
    command.args(["--world", "plugin", "--stub-wasi", "--sync", "--opt-size"]);
    // Where the folder lies is told to nobody: messages name modules as their author knows them.
    let here = Path::new("target/plimsoll/javascript");
    command.arg("--wit").arg(here.join("policy.wit")).arg("--js").arg(here.join("entry.js"));
    command.args(["--module-root", "."]).arg("--output").arg(here.join(snapshot::COMPONENT));
    snapshot::take(project, "javascript", &files, &mut command, CURE)
}

/// The module that exports the plugin, below the folder, as `package.json` names it.
fn main(folder: &Path) -> Result<String, String> {
    let file = folder.join("package.json");
    let refuse = |why: &str| format!("{}: {why}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| refuse(&error.to_string()))?;
    let package: Package = serde_json::from_str(&text).map_err(|error| refuse(&error.to_string()))?;
    let main = package.main.ok_or_else(|| {
        refuse("it names no `main`; name the module that exports the plugin, such as `\"main\": \"src/plugin.js\"`")
    })?;
    if !folder.join(&main).is_file() {
        return Err(refuse(&format!(
            "its `main`, `{main}`, is not there; write that module, or run what makes it, such as `npx tsc`"
        )));
    }
    Ok(main)
}
