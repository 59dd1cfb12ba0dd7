//! Plugins in languages other than Rust: the same policy finds the same in each, and what a compiler brings along is denied.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use plimsoll_tests::{Guest, Ran, Scan, plimsoll, pod, skipped, workspace};
use serde_json::Value;

/// A language, and how to tell whether this machine can compile it.
struct Language {
    name: &'static str,
    /// One of these has to succeed.
    tried: &'static [&'static [&'static str]],
    /// Whether the same source gives the same bytes wherever it lies. A snapshot of an interpreter holds what that was told of the clock.
    reproducible: bool,
}

const RUST: Language = Language { name: "rust", tried: &[&["cargo", "--version"]], reproducible: true };
const GO: Language = Language { name: "go", tried: &[&["go", "version"]], reproducible: true };
const C: Language =
    Language { name: "c", tried: &[&["clang", "--version"], &["clang-22", "--version"]], reproducible: true };
const JAVASCRIPT: Language =
    Language { name: "javascript", tried: &[&["componentize-qjs", "--help"]], reproducible: false };
const PYTHON: Language =
    Language { name: "python", tried: &[&["componentize-py", "--version"]], reproducible: false };

/// Those with an example that is compared with Rust's.
const OTHERS: [Language; 4] = [GO, C, JAVASCRIPT, PYTHON];

impl Language {
    fn is_here(&self) -> bool {
        let works = |command: &&[&str]| {
            let mut tried = Command::new(command[0]);
            tried.args(&command[1..]).stdout(Stdio::null()).stderr(Stdio::null());
            tried.status().is_ok_and(|status| status.success())
        };
        let here = self.tried.iter().any(works);
        if !here {
            skipped(&format!("{} is not here, so no plugin is compiled with it", self.tried[0][0]));
        }
        here
    }
}

/// Two cores, and compilers that use both: one test at a time compiles.
fn compiling() -> MutexGuard<'static, ()> {
    static COMPILING: Mutex<()> = Mutex::new(());
    COMPILING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn temporary() -> PathBuf {
    plimsoll().ancestors().nth(2).unwrap().join("tmp")
}

/// An empty folder, in the same place every time.
fn workshop(name: &str) -> PathBuf {
    let folder = temporary().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// `plimsoll plugin`, where whoever compiles asks nobody for anything and shares what cargo has compiled for other tests.
fn plugin(args: &[&str]) -> Ran {
    let target = temporary().join("plugins");
    let scan = Scan::new().env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", target);
    scan.env("GOPROXY", "off").verb("plugin").args(args).run()
}

/// Builds the plugin in a folder; gives the component.
fn built(folder: &Path) -> Vec<u8> {
    let ran = plugin(&["build", folder.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    fs::read(ran.stdout.trim_end()).unwrap()
}

/// The example in a language, in a folder of a workshop.
fn example(language: &Language, workshop: &Path) -> PathBuf {
    let folder = workshop.join(language.name);
    copy(&workspace().join("examples/languages").join(language.name), &folder);
    let sdk = workspace().join("sdk");
    for entry in fs::read_dir(&folder).unwrap() {
        // What it shares with others in this repository stays there.
        let file = entry.unwrap().path();
        if let Ok(text) = fs::read_to_string(&file) {
            fs::write(&file, text.replace("../../../sdk", sdk.to_str().unwrap())).unwrap();
        }
    }
    if folder.join("Cargo.toml").exists() {
        fs::copy(workspace().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    }
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name());
        match path.is_dir() {
            true if ["target", "node_modules", ".venv", "__pycache__"].iter().any(|made| name == *made) => {}
            true => copy(&path, &to.join(name)),
            false => drop(fs::copy(&path, to.join(name)).unwrap()),
        }
    }
}

/// The repository of a scan, with the manifests of the examples and the component.
fn repository(component: &[u8], config: &str) -> Scan {
    let mut scan = Scan::new().file("labels.wasm", component).file("plimsoll.yaml", config);
    for folder in ["shop", "languages/deploy", "languages/tests"] {
        for entry in fs::read_dir(workspace().join("examples").join(folder)).unwrap() {
            let file = entry.unwrap();
            let name = file.file_name().into_string().unwrap();
            scan = scan.file(&format!("{folder}/{name}"), fs::read(file.path()).unwrap());
        }
    }
    scan.args(["--no-embedded", "--plugin", "labels.wasm"])
}

/// All that a component comes to, with `DIGEST` for its SHA-256, which is all that may differ: the reports of a scan, and what it says of
/// configurations that are wrong.
fn said(component: &[u8]) -> Vec<String> {
    let config = fs::read_to_string(workspace().join("examples/languages/plimsoll.yaml")).unwrap();
    let scan = repository(component, &config);
    let inspected = Scan::new().verb("plugin").args(["inspect", "--format", "json", "labels.wasm"]);
    let inspected = inspected.file("labels.wasm", component).run().json();
    assert_eq!(inspected["plugin"]["imports"], Value::Array(Vec::new()));
    let digest = inspected["plugin"]["sha256"].as_str().unwrap();
    let report = |format: &str| {
        let ran = scan.run_with(["--format", format]);
        assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{format}");
        assert!(ran.stdout.len() > 1000, "{}", ran.stdout);
        ran.stdout.replace(digest, "DIGEST")
    };
    let mut said: Vec<String> = ["sarif", "sarif-full", "json"].map(report).into();
    said.push(inspected["plugin"]["rules"].to_string());
    let unknown = "cost-centre-unknown";
    for (rule, parameters) in [
        (unknown, "{ alowed: [a] }"),
        (unknown, "{ allowed: a }"),
        (unknown, "{ allowed: [a, 1] }"),
        (unknown, "{ allowed: null }"),
        ("owner-missing", "{ label: team }"),
    ] {
        let config = format!("rules: {{ acme-labels/{rule}: {{ parameters: {parameters} }} }}\n");
        let ran = repository(component, &config).run();
        let place = ran.stderr.find("plimsoll.yaml:1:");
        assert!(ran.code == 2 && place.is_some(), "{}", ran.stderr);
        said.push(ran.stderr[place.unwrap_or_default()..].to_owned());
    }
    said
}

#[test]
fn the_same_policy_finds_the_same_in_every_language() {
    let _one = compiling();
    let workshop = workshop("languages");
    copy(&workspace().join("examples/languages/tests"), &workshop.join("tests"));
    fs::copy(workspace().join("examples/languages/plimsoll.yaml"), workshop.join("plimsoll.yaml")).unwrap();
    let passes = |language: &Language, component: &Path| {
        let cases = workshop.join("tests");
        let ran = plugin(&["test", component.to_str().unwrap(), "--cases", cases.to_str().unwrap()]);
        let all = "acme-labels 1.0.0: 4 examples, 2 cases with 4 findings, and all as expected\n";
        assert!(
            ran.code == 0 && ran.stdout.ends_with(all),
            "{}: {}{}",
            language.name,
            ran.stdout,
            ran.stderr
        );
    };
    let ours = example(&RUST, &workshop);
    let expected = said(&built(&ours));
    passes(&RUST, &ours);
    let results = expected[1].matches(r#""ruleId":"#).count();
    let fixes = expected[1].matches(r#""fixes":"#).count();
    assert_eq!((results, fixes), (11, 2), "{}", expected[1]);
    for language in OTHERS.iter().filter(|language| language.is_here()) {
        let folder = example(language, &workshop);
        let component = built(&folder);
        let file = folder.join("target/plimsoll/acme-labels.wasm");
        let beside = fs::read_dir(file.parent().unwrap()).unwrap();
        let files = beside.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_file()));
        assert_eq!(files.count(), 1, "{}", language.name);
        passes(language, &file);
        for (said, expected) in said(&component).iter().zip(&expected) {
            assert_eq!(said, expected, "{}", language.name);
        }
        // Wherever it lies, or as long as nothing changes.
        let again =
            if language.reproducible { example(language, &workshop.join("elsewhere/deep")) } else { folder };
        assert!(built(&again) == component, "{} is not reproducible", language.name);
    }
}

#[test]
fn a_new_plugin_in_every_language_builds_and_finds() {
    let _one = compiling();
    let workshop = workshop("new");
    for language in OTHERS.iter().filter(|language| language.is_here()) {
        let folder = workshop.join(language.name);
        let path = folder.to_str().unwrap();
        let ran = plugin(&["new", "acme", "--language", language.name, "--path", path]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{}", language.name);
        let wrote = ran.stdout.lines().filter(|line| line.starts_with("wrote ")).count();
        assert!(wrote > 5 && ran.stdout.lines().count() == wrote + 1, "{}", ran.stdout);
        let ran = plugin(&["test", path]);
        let all = "acme 0.1.0: 2 examples, 1 case with 2 findings, and all as expected\n";
        assert!(
            ran.code == 0 && ran.stdout.ends_with(all),
            "{}: {}{}",
            language.name,
            ran.stdout,
            ran.stderr
        );
        let component = fs::read(folder.join("target/plimsoll/acme.wasm")).unwrap();
        let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n";
        let scan = Scan::new().file("acme.wasm", component).file("a.yaml", manifest);
        let found = scan.args(["--no-embedded", "--plugin", "acme.wasm", "--format", "json"]).run();
        assert_eq!(found.findings(), ["acme/owner-missing a.yaml:3:1-3:9 /metadata/labels/team"]);
    }
}

#[test]
fn a_rule_of_which_code_and_description_disagree_does_not_pass_for_one_that_found_nothing() {
    let _one = compiling();
    let workshop = workshop("disagree");
    let compiled = OTHERS.iter().filter(|language| ["go", "c"].contains(&language.name));
    for language in compiled.filter(|language| language.is_here()) {
        let folder = workshop.join(language.name);
        let path = folder.to_str().unwrap();
        assert_eq!(plugin(&["new", "acme", "--language", language.name, "--path", path]).code, 0);
        let (main, check, check_set) = match language.name {
            "go" => ("main.go", "Check: ownerMissing", "CheckSet"),
            _ => ("plugin.c", ".check = owner_missing", "check_set"),
        };
        let [description, code] =
            ["plugin.json", main].map(|file| fs::read_to_string(folder.join(file)).unwrap());
        let of_set = description.replace("\"level\"", "\"looksAt\": \"set\", \"level\"");
        let without = code.replace(
            check,
            match language.name {
                "go" => "Check: nil",
                _ => ".check = 0",
            },
        );
        assert!(without != code && of_set != description, "{}", language.name);
        for (description, code, why) in [
            (
                description.replace("\"owner-missing\"", "\"owner-mising\""),
                &code,
                "rule owner-mising: plugin.json has this rule, and the code has none of that name".to_owned(),
            ),
            (
                of_set,
                &code,
                format!(
                    "rule owner-missing: plugin.json says `\"looksAt\": \"set\"`, and the code has no {check_set}"
                ),
            ),
            (
                description.clone(),
                &without,
                format!(
                    "rule owner-missing: the code has no {}, and plugin.json does not say `\"looksAt\": \"set\"`",
                    if language.name == "go" { "Check" } else { "check" }
                ),
            ),
        ] {
            fs::write(folder.join("plugin.json"), description).unwrap();
            fs::write(folder.join(main), code).unwrap();
            let component = built(&folder);
            let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n";
            let scan = Scan::new().file("acme.wasm", component).file("a.yaml", manifest);
            let ran = scan.args(["--no-embedded", "--plugin", "acme.wasm", "--format", "json"]).run();
            let report = ran.json();
            assert_eq!(
                (ran.code, &report["faults"][0]["message"]),
                (3, &Value::from(format!("it refused its configuration: {why}"))),
                "{}",
                language.name
            );
        }
    }
}

/// The description of a plugin that has the rule `there`.
const THERE: &str = r#"{ "name": "asks", "rules": [{ "id": "there", "summary": "There is an object" }] }"#;

#[test]
fn what_a_module_asks_of_wasi_gets_the_same_answer_every_time() {
    let scan = Scan::new()
        .file("deploy/plugin.json", THERE)
        .file("deploy/asks.wasm", Guest::fixture("asks-wasi").module())
        .file("deploy/a.yaml", pod("a"));
    let ran = Scan::new()
        .verb("plugin")
        .args(["build", scan.tree().join("deploy/asks.wasm").to_str().unwrap()])
        .run();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let scan =
        scan.args(["deploy/a.yaml", "--no-embedded", "--format", "json", "--plugin", ran.stdout.trim_end()]);
    let (first, second) = (scan.run(), scan.run());
    assert_eq!((first.code, first.stdout.as_str()), (0, second.stdout.as_str()));
    // A millisecond is 0f4240 nanoseconds, and the second look comes a millisecond and a nanosecond later: 1e8481.
    assert_eq!(first.json()["findings"][0]["message"], "acpaekkgbeo", "{}", first.stdout);
}

/// What the plugins in `reads-everything` are, and what they are given.
const READS: &str = r#"{ "name": "reads", "objects": "OBJECTS", "rules": [
    { "id": "set", "summary": "There is a set", "looksAt": "set", "kinds": ["example.com/Thing", "apps/Pod", "@pods"] },
    { "id": "there", "summary": "There is an \u00f6bject \ud83d\udea2", "kinds": ["example.com/Thing", "Missing"] }
] }"#;
const EVERYTHING: &str = r#"apiVersion: example.com/v1
kind: Thing
metadata: { name: a, namespace: b, annotations: { other: x } }
spec:
  text: "größe\0x"
  integer: -9223372036854775808
  large: 18446744073709551615
  float: 1.5
  whole: 3.0
  "yes": true
  "no": false
  nothing: null
  list: [1, [2, 3], { a: b }]
  map: { a: 1, "b/c~d": { e: f } }
  empty: []
  fooTemplate: { spec: { containers: [{ name: a }] } }
status: 1
extra: 1
---
apiVersion: v1
kind: Pod
metadata: { name: of-another-rule }
spec: { containers: [{ name: a }] }
---
apiVersion: v1
kind: Thing
metadata: { name: of-another-group }
"#;

#[test]
fn every_value_is_read_as_it_is_in_every_language() {
    let _one = compiling();
    let workshop = workshop("reads");
    let fixture = |name: &str| workspace().join("tests/fixtures").join(name);
    // Python takes a minute for a plugin; what it reads is tested with what its rules raise, in interpreters.rs.
    for language in [GO, C, JAVASCRIPT].iter().filter(|language| language.is_here()) {
        let folder = workshop.join(language.name);
        fs::create_dir(&folder).unwrap();
        let objects = if ["go", "c"].contains(&language.name) { "tape" } else { "json" };
        let description = READS.replace("OBJECTS", objects);
        fs::write(folder.join("plugin.json"), description).unwrap();
        match language.name {
            "go" => go_module(&folder, &fixture("reads-everything.go")),
            "javascript" => {
                fs::create_dir(folder.join("src")).unwrap();
                fs::write(folder.join("package.json"), r#"{ "type": "module", "main": "src/plugin.js" }"#)
                    .unwrap();
                fs::copy(fixture("reads-everything.js"), folder.join("src/plugin.js")).unwrap();
                fs::copy(workspace().join("sdk/javascript/plimsoll.js"), folder.join("src/plimsoll.js"))
                    .unwrap();
            }
            _ => {
                fs::copy(fixture("reads-everything.c"), folder.join("plugin.c")).unwrap();
                fs::copy(workspace().join("sdk/c/plimsoll.h"), folder.join("plimsoll.h")).unwrap();
            }
        }
        let scan = Scan::new().file("reads.wasm", built(&folder)).file("deploy/a.yaml", EVERYTHING);
        let ran = scan
            .args([
                "--no-embedded",
                "--plugin",
                "reads.wasm",
                "--kubernetes-version",
                "1.33",
                "--format",
                "json",
            ])
            .run();
        let report = ran.json();
        assert_eq!(report["faults"], Value::Array(Vec::new()), "{}: {}", language.name, ran.stdout);
        let found = report["findings"].as_array().unwrap().iter().map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            format!("{} {}: {}", &text("rule")["reads/".len()..], text("pointer"), text("message"))
        });
        let expected = [
            "set : one of 2 for Kubernetes 1.33",
            "there /metadata/annotations/a~1b~0c: example.com b deploy/a.yaml",
            r"there /spec/text: text is the text größe\u{0}x",
            // Numbers of JavaScript have 53 bits.
            match language.name {
                "javascript" => "there /spec/integer: integer is another number",
                _ => "there /spec/integer: integer is the number -9223372036854775808",
            },
            "there /spec/large: large is another number",
            "there /spec/float: float is another number",
            "there /spec/whole: whole is the number 3",
            "there /spec/yes: yes is true",
            "there /spec/no: no is false",
            "there /spec/nothing: nothing is null",
            "there /spec/list: list is a sequence of 3",
            "there /spec/map: map is a mapping of 2",
            "there /spec/empty: empty is a sequence of 0",
            "there /spec/fooTemplate: fooTemplate is a mapping of 1",
            "there /spec/fooTemplate/metadata/labels/a~1b~0c: a pod with missing",
            "set : one of 2 for Kubernetes 1.33",
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected, "{}", language.name);
        let fix = &report["findings"][1]["fix"];
        assert_eq!(
            fix["edits"],
            serde_json::json!([
                { "pointer": "/spec/text", "action": "set", "value": "\"\\\n\u{1}é" },
                { "pointer": "/status", "action": "remove" },
                { "pointer": "/extra", "action": "rename", "value": "more" },
            ]),
            "{}",
            language.name
        );
    }
}

/// Makes a folder a module of Go with one file, which knows the SDK.
fn go_module(folder: &Path, file: &Path) {
    let sdk = workspace().join("sdk/go");
    let module = format!(
        "module example.com/plugin\n\ngo 1.24\n\nrequire github.com/plimsoll-dev/plimsoll/sdk/go v0.0.0\n\nreplace github.com/plimsoll-dev/plimsoll/sdk/go => {}\n",
        sdk.display()
    );
    fs::write(folder.join("go.mod"), module).unwrap();
    fs::copy(file, folder.join("main.go")).unwrap();
}

#[test]
fn a_plugin_in_go_gets_the_same_world_every_time_and_may_panic() {
    let _one = compiling();
    if !GO.is_here() {
        return;
    }
    let folder = workshop("world");
    fs::write(folder.join("plugin.json"), THERE).unwrap();
    go_module(&folder, &workspace().join("tests/fixtures/asks-the-world.go"));
    let component = built(&folder);
    let scan = Scan::new().file("asks.wasm", component).file("a.yaml", pod("a") + "---\n" + &pod("panics"));
    let scan = scan.args(["--no-embedded", "--plugin", "asks.wasm", "--format", "json"]);
    let (first, second) = (scan.run(), scan.run());
    assert_eq!((first.code, &first.stdout), (3, &second.stdout));
    let message = first.json()["findings"][0]["message"].to_string();
    assert!(message.starts_with("\"1970 true [0 1 4 9 16 25 36 49] 0 0 true true "), "{message}");
    let fault = &first.json()["faults"][0]["message"];
    assert_eq!(fault, "it gave up: panic: as it was asked");
}

#[test]
fn a_new_plugin_has_the_sdk_of_its_language_as_it_is() {
    let scan = Scan::new().verb("plugin").args(["new", "acme"]);
    for (language, sdk, own) in [
        ("go", "sdk/go", "plimsoll/"),
        ("c", "sdk/c", ""),
        ("javascript", "sdk/javascript", "src/"),
        ("python", "sdk/python", "src/"),
    ] {
        assert_eq!(scan.run_with(["--language", language, "--path", language]).code, 0);
        let files = fs::read_dir(workspace().join(sdk)).unwrap().map(|entry| entry.unwrap().file_name());
        let carried: Vec<_> = files.filter(|name| name != "go.mod").collect();
        assert!(!carried.is_empty(), "{language}");
        for name in carried {
            let original = fs::read(workspace().join(sdk).join(&name)).unwrap();
            let copy = fs::read(scan.tree().join(language).join(own).join(&name)).unwrap();
            assert!(copy == original, "{name:?}");
            // An example that holds a copy too is as any author's plugin is.
            let example =
                fs::read(workspace().join("examples/languages").join(language).join(own).join(&name));
            assert!(
                example.map_or(true, |copy| copy == original),
                "the example in {language} has another {name:?}"
            );
        }
    }
    scan.run_with(["--language", "go", "--path", "b", "--sdk", "x"]).is_refused(
        "--sdk, --vendor and --published are for plugins in Rust; other languages bring what they need",
    );
}
