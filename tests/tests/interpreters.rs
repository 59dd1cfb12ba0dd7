//! Plugins in JavaScript and Python: how their components are made, with something in place of the tools that make them, and what those make.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use plimsoll_tests::{Guest, Scan, skipped, workspace};

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
        let why = "\nerror: componentize-qjs could not build the plugin; its messages above say why\n";
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

/// Two cores, and tools that use both: one test at a time makes a component and compiles it.
static MAKING: Mutex<()> = Mutex::new(());

fn is_here(tool: &str) -> bool {
    let help = Command::new(tool).arg("--help").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let here = help.is_ok_and(|status| status.success());
    if !here {
        skipped(&format!("{tool} is not here, so no plugin is made with it"));
    }
    here
}

/// Builds a plugin with the tool itself, where it is; gives the component.
fn built(tool: &str, files: &[(&str, &str)]) -> Option<Vec<u8>> {
    let scan = files.iter().fold(Scan::new(), |scan, (path, text)| scan.file(path, text));
    if !is_here(tool) {
        return None;
    }
    let scan = scan.verb("plugin").args(["build"]);
    let ran = scan.run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    Some(fs::read(ran.stdout.trim_end()).unwrap())
}

/// What a tool says of a plugin whose description does not agree with its code; nothing where the tool is not here.
fn disagreement(tool: &str, files: &[(&str, &str)]) -> Option<String> {
    let scan = files.iter().fold(Scan::new(), |scan, (path, text)| scan.file(path, text));
    is_here(tool).then(|| {
        let ran = scan.verb("plugin").args(["build"]).run();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        ran.stderr
    })
}

#[test]
fn a_rule_of_which_code_and_description_disagree_is_not_built() {
    let _one = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let described = |rule: &str| {
        DESCRIPTION
            .replace("\"rules\"", "\"objects\": \"json\", \"rules\"")
            .replace("\"id\": \"there\"", rule)
    };
    let (of_set, of_object) =
        (described(r#""id": "there", "looksAt": "set""#), described(r#""id": "there""#));
    let nowhere = described(r#""id": "nowhere""#);
    let sdk = fs::read_to_string(workspace().join("sdk/javascript/plimsoll.js")).unwrap();
    let package = r#"{ "type": "module", "main": "src/plugin.js" }"#;
    for (function, description, why) in [
        (
            "check",
            &of_set,
            "plugin.json says \"looksAt\": \"set\" of the rule `there`, which has no checkSet",
        ),
        (
            "checkSet",
            &of_object,
            "the rule `there` has no check, and plugin.json does not say \"looksAt\": \"set\" of it",
        ),
        ("check", &nowhere, "plugin.json has a rule `nowhere` that the plugin has no functions for"),
    ] {
        let main = format!(
            "import {{ plugin }} from \"./plimsoll.js\";\nexport default plugin({{ there: {{ {function}() {{}} }} }});\n"
        );
        let files = [
            ("src/plugin.js", main.as_str()),
            ("src/plimsoll.js", &sdk),
            ("package.json", package),
            ("plugin.json", description),
        ];
        let Some(told) = disagreement("componentize-qjs", &files) else { break };
        assert!(told.contains(why), "{told}");
    }
    let sdk = fs::read_to_string(workspace().join("sdk/python/plimsoll.py")).unwrap();
    for (function, description, why) in [
        (
            "check",
            &of_set,
            "plugin.json says \"looksAt\": \"set\" of the rule `there`, which has no check_set",
        ),
        ("check", &nowhere, "plugin.json has a rule `nowhere` that the plugin has no functions for"),
    ] {
        let main = format!(
            "from plimsoll import Plugin\n\n\nclass There:\n    {function} = print\n\n\nPLUGIN = Plugin({{\"there\": There}})\n"
        );
        let files = [
            ("src/plugin.py", main.as_str()),
            ("src/plimsoll.py", &sdk),
            ("pyproject.toml", ""),
            ("plugin.json", description),
        ];
        let Some(told) = disagreement("componentize-py", &files) else { break };
        assert!(told.contains(why), "{told}");
    }
}

/// Values of every kind.
const SPEC: &str = r#"{ text: "größe 🚢", integer: -9223372036854775808, large: 18446744073709551615, whole: 3.0, "yes": true, nothing: null, "a/b~c": [1, { d: e }] }"#;

/// Objects by name, each of four lines and a fifth.
fn objects(names: &[&str]) -> String {
    let object =
        |name: &&str| format!("apiVersion: v1\nkind: A\nmetadata: {{ name: {name} }}\nspec: {SPEC}\n");
    names.iter().map(object).collect::<Vec<_>>().join("---\n")
}

/// What is found and what is not, twice.
fn looked(component: &[u8], names: &[&str]) -> (Vec<String>, Vec<String>) {
    let scan = Scan::new().args(["--no-embedded", "--format", "json"]).plugin("acme.wasm", component);
    let scan = scan.file("a.yaml", objects(names));
    let (first, second) = (scan.run(), scan.run());
    assert_eq!(first.stdout, second.stdout);
    let json = first.json();
    let messages = |list: &str| {
        let list = json[list].as_array().unwrap().iter();
        list.map(|one| format!("{}: {}", one["region"]["startLine"], one["message"].as_str().unwrap()))
            .collect()
    };
    (messages("findings"), messages("faults"))
}

#[test]
fn what_javascript_throws_is_a_fault_that_says_it_and_there_is_no_clock() {
    let main = r#"import { plugin } from "./plimsoll.js";

const ask = {
  boom: () => { throw new Error("no such team"); },
  text: () => { throw "by itself"; },
  now: () => Date.now(),
  date: () => new Date(),
  called: () => Date(),
  random: () => Math.random(),
  written: () => new Date("2027-01-31T00:00:00Z").toISOString(),
  letters: (object) => object.get("metadata").entries().length,
};

export default plugin({
  there: { check: (object, report) => report.at(object.at("metadata", "name"), String(ask[object.name](object))) },
});
"#;
    let _one = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let sdk = fs::read_to_string(workspace().join("sdk/javascript/plimsoll.js")).unwrap();
    let description = DESCRIPTION.replace("\"rules\"", "\"objects\": \"json\", \"rules\"");
    let package = r#"{ "type": "module", "main": "src/plugin.js" }"#;
    let files = [
        ("src/plugin.js", main),
        ("src/plimsoll.js", &sdk),
        ("package.json", package),
        ("plugin.json", &description),
    ];
    let Some(component) = built("componentize-qjs", &files) else { return };
    let names = ["boom", "written", "text", "now", "date", "called", "random", "letters"];
    let (findings, faults) = looked(&component, &names);
    assert_eq!(findings, ["8: 2027-01-31T00:00:00.000Z", "38: 1"]);
    let refused = |line: u32, what: &str, at: &str| {
        format!(
            "{line}: it gave up: rule there: Error: a plugin has no {what}: the same objects always get the same answer ({at})"
        )
    };
    assert_eq!(
        faults,
        [
            "1: it gave up: rule there: Error: no such team (at boom (/src/plugin.js:4:27))".to_owned(),
            "11: it gave up: rule there: by itself".to_owned(),
            refused(16, "clock", "at now (/src/plugin.js:6:19)"),
            refused(21, "clock", "at date (/src/plugin.js:7:19)"),
            refused(26, "clock", "at called (/src/plugin.js:8:17)"),
            refused(31, "randomness", "at random (/src/plugin.js:9:22)"),
        ]
    );
}

#[test]
fn what_python_raises_is_a_fault_that_says_it_and_chance_is_the_same_every_time() {
    let main = r#"import random
import time
from datetime import date, datetime

from plimsoll import Plugin

ASK = {
    "boom": lambda: {}["no such team"],
    "chance": lambda: random.random(),
    "set": lambda: {f"{number}" for number in range(100)},
    "now": lambda: time.time(),
    "date": lambda: datetime.now(),
    "written": lambda: datetime(2027, 1, 31) - datetime.fromisoformat("2027-01-01T00:00:00"),
    "today": lambda: date.today(),
    "late": lambda: __import__("decimal").Decimal(1) / 3,
    "values": lambda: "; ".join(f"{value.pointer} {value.value!r}" for _, value in OBJECT.get("spec").entries()),
}


class There:
    @staticmethod
    def check(object, report):
        global OBJECT
        OBJECT = object
        report.at(object.at("metadata", "name"), f"{ASK[object.name]()}")


class All:
    @staticmethod
    def check_set(objects, report):
        absent = objects[0].labels.get("team")
        report.at(absent, f"{len(objects)} of {report.kubernetes}, {absent.is_missing} {absent.is_set} '{absent.string}'")


PLUGIN = Plugin({"there": There, "all": All})
"#;
    let _one = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let sdk = fs::read_to_string(workspace().join("sdk/python/plimsoll.py")).unwrap();
    let all =
        r#""objects": "json", "rules": [{ "id": "all", "summary": "There are objects", "looksAt": "set" }, "#;
    let description = DESCRIPTION.replace(r#""rules": ["#, all);
    let files = [
        ("src/plugin.py", main),
        ("src/plimsoll.py", &sdk),
        ("pyproject.toml", ""),
        ("plugin.json", &description),
    ];
    let Some(component) = built("componentize-py", &files) else { return };
    let names = ["boom", "chance", "set", "written", "now", "date", "today", "late", "values"];
    let (findings, faults) = looked(&component, &names);
    let [all, chance, set, written, values] = &findings[..] else { panic!("{findings:?} {faults:?}") };
    assert_eq!(all, "3: 9 of 1.37, True False ''");
    assert!(chance.starts_with("8: 0.") && set.contains("'99'"), "{findings:?}");
    assert_eq!(written, "18: 30 days, 0:00:00");
    let expected = [
        "/spec/text 'größe 🚢'",
        "/spec/integer -9223372036854775808",
        "/spec/large 18446744073709551615",
        "/spec/whole 3",
        "/spec/yes True",
        "/spec/nothing None",
        "/spec/a~1b~0c [1, {'d': 'e'}]",
    ];
    assert_eq!(*values, format!("43: {}", expected.join("; ")));
    let gave_up = |line: u32, error: &str, at: u32| {
        format!("{line}: it gave up: rule there: {error} (at <lambda> (plugin.py:{at}))")
    };
    let clock = "RuntimeError: a plugin has no clock: the same objects always get the same answer";
    let late = "ImportError: decimal is imported too late: import it at the top of a module, while the component is made";
    assert_eq!(
        faults,
        [
            gave_up(1, "KeyError: 'no such team'", 8),
            gave_up(21, clock, 11),
            gave_up(26, clock, 12),
            gave_up(31, clock, 14),
            gave_up(36, late, 15),
        ]
    );
}

#[test]
fn the_examples_hold_the_sdks_as_they_are() {
    for (sdk, example) in [
        ("javascript/plimsoll.js", "javascript/src/plimsoll.js"),
        ("python/plimsoll.py", "python/src/plimsoll.py"),
    ] {
        let [sdk, example] = [format!("sdk/{sdk}"), format!("examples/languages/{example}")]
            .map(|path| fs::read_to_string(workspace().join(path)).unwrap());
        assert!(sdk == example, "copy the SDK to the example");
    }
}
