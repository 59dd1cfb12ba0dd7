//! Plugins in JavaScript and Python, with something in place of the tools that make components of them: what the tools make is tested where they are.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use plimsoll_tests::{Guest, Scan};

/// What a plugin is, with a description of its own.
const DESCRIPTION: &str = r#"{ "name": "acme", "version": "1.0.0", "rules": [{ "id": "there", "summary": "There is an object" }] }"#;

/// Copies `made.wasm` to where it is told, and notes that it ran.
const TOOL: &str = r#"#!/bin/sh
echo "$@" >>../ran
while [ "$1" != --output ]; do shift; done
cp ../made.wasm "$2"
"#;

/// `plimsoll plugin VERB acme`, of a plugin in JavaScript, on a machine without tools.
fn javascript(verb: &str) -> Scan {
    let main = "export default {};\n";
    let scan = Scan::new()
        .verb("plugin")
        .args([verb, "acme"])
        .env("PATH", "/usr/bin:/bin")
        .file("acme/src/plugin.js", main);
    scan.file("acme/package.json", r#"{ "main": "src/plugin.js" }"#).file("acme/plugin.json", DESCRIPTION)
}

fn python(verb: &str) -> Scan {
    let scan = Scan::new()
        .verb("plugin")
        .args([verb, "acme"])
        .env("PATH", "/usr/bin:/bin")
        .env("VIRTUAL_ENV", "/nowhere")
        .file("acme/src/plugin.py", "");
    scan.file("acme/pyproject.toml", "").file("acme/plugin.json", DESCRIPTION)
}

/// Lays a tool into the repository.
fn with(scan: Scan, tool: &str, script: &str) -> Scan {
    let scan = scan.file(tool, script).file("made.wasm", Guest::good().unsealed());
    fs::set_permissions(scan.tree().join(tool), fs::Permissions::from_mode(0o755)).unwrap();
    scan
}

/// How often the tool has run, and with what.
fn ran(scan: &Scan) -> Vec<String> {
    let ran = fs::read_to_string(scan.tree().join("ran")).unwrap_or_default();
    ran.lines().map(str::to_owned).collect()
}

#[test]
fn a_tool_beside_the_plugin_makes_its_component_and_it_loads() {
    let tools = [
        (javascript("build"), "acme/node_modules/.bin/componentize-qjs", "javascript"),
        // Where several plugins share their packages.
        (javascript("build"), "node_modules/.bin/componentize-qjs", "javascript"),
        (python("build"), "acme/.venv/bin/componentize-py", "python"),
    ];
    for (scan, tool, language) in tools {
        let scan = with(scan, tool, TOOL);
        let built = scan.run();
        let component = scan.tree().join("acme/target/plimsoll/acme.wasm");
        assert_eq!((built.code, built.stdout.trim()), (0, component.to_str().unwrap()), "{}", built.stderr);
        let [how] = &ran(&scan)[..] else { panic!("{:?}", ran(&scan)) };
        assert!(how.contains(&format!("--output target/plimsoll/{language}/plugin.wasm")), "{how}");
        assert!(
            !how.contains(scan.tree().to_str().unwrap()),
            "where the folder lies is told to nobody: {how}"
        );

        let found = Scan::new()
            .args(["--no-embedded", "--format", "json"])
            .plugin("acme.wasm", fs::read(component).unwrap());
        let found = found.file("a.yaml", "apiVersion: v1\nkind: A\nmetadata: { name: a }\n").run();
        assert_eq!(found.findings(), ["acme/there a.yaml:3:13-3:20 /metadata/name"]);
    }
}

#[test]
fn a_snapshot_is_taken_again_only_when_something_has_changed() {
    for (scan, tool, source) in [
        (javascript("build"), "acme/node_modules/.bin/componentize-qjs", "acme/src/plugin.js"),
        (python("build"), "acme/.venv/bin/componentize-py", "acme/src/plugin.py"),
    ] {
        let scan = with(scan, tool, TOOL);
        let runs_after = |change: &dyn Fn()| {
            change();
            let built = scan.run();
            assert_eq!(built.code, 0, "{}", built.stderr);
            ran(&scan).len()
        };
        let tree = scan.tree();
        assert_eq!(runs_after(&|| ()), 1);
        assert_eq!(runs_after(&|| ()), 1);
        assert_eq!(runs_after(&|| fs::write(tree.join(source), "// 2\n").unwrap()), 2);
        assert_eq!(runs_after(&|| fs::write(tree.join("acme/more"), "").unwrap()), 3);
        assert_eq!(runs_after(&|| fs::remove_file(tree.join("acme/more")).unwrap()), 4);
        // The same text again, but nobody knows whether it was another in between.
        let later = SystemTime::now() + Duration::from_secs(60);
        let touch = |path: &str| {
            fs::File::options().append(true).open(tree.join(path)).unwrap().set_modified(later).unwrap()
        };
        assert_eq!(runs_after(&|| touch(tool)), 5);
        assert_eq!(runs_after(&|| ()), 5);
        let described = DESCRIPTION.replace("1.0.0", "1.0.1");
        assert_eq!(runs_after(&|| fs::write(tree.join("acme/plugin.json"), &described).unwrap()), 6);
        assert_eq!(runs_after(&|| fs::remove_dir_all(tree.join("acme/target")).unwrap()), 7);
    }
}

#[test]
fn a_tool_that_fails_leaves_nothing_that_looks_made() {
    let broken = "#!/bin/sh\necho 'SyntaxError: at src/plugin.js:1' >&2\ncp ../made.wasm target/plimsoll/javascript/plugin.wasm\nexit 1\n";
    let scan = with(javascript("build"), "node_modules/.bin/componentize-qjs", broken);
    for _ in 0..2 {
        let built = scan.run();
        assert_eq!(built.code, 2);
        assert!(built.stderr.starts_with("SyntaxError: at src/plugin.js:1\n"), "{}", built.stderr);
        let why =
            "/node_modules/.bin/componentize-qjs could not build the plugin; its messages above say why\n";
        assert!(built.stderr.ends_with(why), "{}", built.stderr);
        assert!(!scan.tree().join("acme/target/plimsoll/acme.wasm").exists());
    }
}

#[test]
fn a_missing_tool_is_named_with_how_to_get_it() {
    javascript("build").run().is_refused(
        "componentize-qjs is needed and cannot be found; run `npm ci` in the folder of the plugin (a new one: `npm install --save-dev \
         componentize-qjs@0.4.3`), with Node.js 18 or newer",
    );
    python("test").run().is_refused(
        "componentize-py is needed and cannot be found; run `python3 -m venv .venv && .venv/bin/pip install -r requirements.txt` in the \
         folder of the plugin (a new one: `.venv/bin/pip install componentize-py==0.25.1`)",
    );
}

#[test]
fn a_plugin_without_its_first_module_is_told_what_is_missing() {
    let refused = |scan: Scan, file: &str, why: &str| {
        let file = scan.tree().canonicalize().unwrap().join(file);
        scan.run().is_refused(&format!("{}{why}", file.display()));
    };
    refused(
        javascript("build").file("acme/package.json", "{}"),
        "acme/package.json",
        ": it names no `main`; name the module that exports the plugin, such as `\"main\": \"src/plugin.js\"`",
    );
    refused(
        javascript("build").file("acme/package.json", r#"{ "main": "dist/plugin.js" }"#),
        "acme/package.json",
        ": its `main`, `dist/plugin.js`, is not there; write that module, or run what makes it, such as `npx tsc`",
    );
    let scan = python("build");
    fs::remove_file(scan.tree().join("acme/src/plugin.py")).unwrap();
    refused(
        scan,
        "acme/src/plugin.py",
        " is not there; it says `PLUGIN = Plugin({…})`, and `plimsoll plugin new` writes one",
    );
}
