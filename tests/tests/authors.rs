//! What authors of plugins do: begin one, test it, look at it. Some of these tests compile plugins, which takes a minute the first time.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use plimsoll_tests::{Guest, Ran, Scan, Shell, Watch, plimsoll, steps, workspace};
use serde_json::{Value, json};

/// Where plugins are compiled, again and again: the first test that does builds what all of them need.
fn target() -> PathBuf {
    plimsoll().ancestors().nth(2).unwrap().join("tmp/plugins")
}

/// Plugins of one name are written to one file, so one test at a time compiles.
fn compiling() -> MutexGuard<'static, ()> {
    static COMPILING: Mutex<()> = Mutex::new(());
    COMPILING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An empty repository, in the same place every time: where a crate lies is part of how it is compiled, and so of what need not be compiled again.
fn workshop(name: &str) -> PathBuf {
    let folder = plimsoll().ancestors().nth(2).unwrap().join("tmp").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join(".git")).unwrap();
    folder
}

/// A scan whose cargo asks nobody: what it needs was fetched for the tests themselves.
fn offline() -> Scan {
    Scan::new().env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", target())
}

/// The versions that were fetched.
fn lock(crate_folder: &Path) {
    fs::copy(workspace().join("Cargo.lock"), crate_folder.join("Cargo.lock")).unwrap();
}

/// `plimsoll plugin`, where nothing is compiled by cargo.
fn plugin<const N: usize>(args: [&str; N]) -> Scan {
    Scan::new().verb("plugin").args(args)
}

/// A case that the ordinary guest agrees with.
const CASE: &str = "apiVersion: v1\nkind: A\nmetadata:\n  name: a # expect: good/there\n";

fn tested<const N: usize>(files: [(&str, &str); N], args: &[&str]) -> (Scan, Ran) {
    let scan = plugin(["test", "good.wasm"]).args(args).file("good.wasm", Guest::good().bytes());
    let scan = files.into_iter().fold(scan, |scan, (path, text)| scan.file(path, text));
    let ran = scan.run();
    (scan, ran)
}

#[test]
fn the_tutorial_goes_as_it_is_written() {
    let _one = compiling();
    let (scan, folder) = (offline(), workshop("tutorial"));
    let mut shell = Shell::at(&scan, folder.clone());
    let steps = steps("README.md", "Write a rule");
    assert!(steps.len() > 9, "the tutorial has {} commands", steps.len());
    for step in &steps {
        shell.take(step);
        if step.command.starts_with("plimsoll plugin new ") {
            // A warm target directory, and versions that are there without a network; nothing else is prepared.
            fs::create_dir_all(target()).unwrap();
            std::os::unix::fs::symlink(target(), folder.join("acme/target")).unwrap();
            lock(&folder.join("acme"));
        }
    }
    let sarif = fs::read_to_string(folder.join("acme/plimsoll.sarif")).unwrap();
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["startColumn"]), (&json!(3), &json!(1)));
}

#[test]
fn a_watched_plugin_is_built_anew_when_its_source_changes() {
    let _one = compiling();
    let (scan, folder) = (offline(), workshop("watched"));
    let shell = Shell::at(&scan, folder.clone());
    let (succeeded, told) = shell.run("plimsoll plugin new acme");
    assert!(succeeded, "{told}");
    fs::create_dir_all(target()).unwrap();
    let _ = fs::remove_file(target().join("plimsoll/acme.wasm"));
    std::os::unix::fs::symlink(target(), folder.join("acme/target")).unwrap();
    lock(&folder.join("acme"));

    // It watches before there is a component.
    let component = folder.join("acme/target/plimsoll/acme.wasm");
    let scan = scan
        .file("api.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n")
        .args(["--no-embedded", "--plugin"])
        .args([&component]);
    let mut watch = Watch::start(&scan);
    watch.until("Deployment \"api\" has no owner");
    let file = folder.join("acme/src/owner_missing.rs");
    let rule = fs::read_to_string(&file).unwrap();
    fs::write(&file, rule.replace("has no owner;", "is nobody's;")).unwrap();
    watch.until("Deployment \"api\" is nobody's");
    // What does not compile is told, and the scan goes on with what there was.
    fs::write(&file, "nonsense").unwrap();
    let round = watch.until("error");
    assert!(
        round.contains("src/owner_missing.rs") && round.contains("Deployment \"api\" is nobody's"),
        "{round}"
    );
}

#[test]
fn a_crate_with_a_copy_of_the_sdk_builds_where_there_is_no_checkout() {
    let _one = compiling();
    let (scan, folder) = (offline(), workshop("vendored"));
    let shell = Shell::at(&scan, folder.clone());
    let (succeeded, told) = shell.run("plimsoll plugin new acme --vendor");
    assert!(succeeded && told.contains("wrote acme/vendor/plimsoll, a copy of the SDK in "), "{told}");
    fs::create_dir_all(target()).unwrap();
    std::os::unix::fs::symlink(target(), folder.join("acme/target")).unwrap();
    lock(&folder.join("acme"));
    for command in ["cargo test", "plimsoll plugin test"] {
        let (succeeded, told) = shell.run(&format!("cd acme && {command}"));
        assert!(succeeded, "{command}\n{told}");
    }
    let manifest = fs::read_to_string(folder.join("acme/Cargo.toml")).unwrap();
    assert!(manifest.contains("plimsoll-sdk = { path = \"vendor/plimsoll/sdk\" }"), "{manifest}");
}

/// With the SDK of this checkout in the place of the one on crates.io.
#[test]
fn a_crate_takes_the_sdk_from_crates_io_as_of_this_version() {
    let _one = compiling();
    let (scan, folder) = (offline(), workshop("published"));
    let shell = Shell::at(&scan, folder.clone());
    let (succeeded, told) = shell.run("plimsoll plugin new acme --published");
    assert!(succeeded && !told.contains("vendor"), "{told}");
    let manifest = fs::read_to_string(folder.join("acme/Cargo.toml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(manifest.contains(&format!("plimsoll-sdk = \"{version}\"\n")), "{manifest}");
    let here = |krate: &str, folder: &str| {
        let path = workspace().join(folder);
        format!("{krate} = {{ path = {:?} }}\n", path.to_str().unwrap())
    };
    let patch = [here("plimsoll-sdk", "sdk"), here("plimsoll-tape", "wit/tape")].concat();
    fs::create_dir(folder.join("acme/.cargo")).unwrap();
    fs::write(folder.join("acme/.cargo/config.toml"), format!("[patch.crates-io]\n{patch}")).unwrap();
    fs::create_dir_all(target()).unwrap();
    std::os::unix::fs::symlink(target(), folder.join("acme/target")).unwrap();
    lock(&folder.join("acme"));
    let (succeeded, told) = shell.run("cd acme && plimsoll plugin test");
    assert!(succeeded && told.contains("as expected"), "{told}");
}

#[test]
fn the_organisations_example_is_built_tested_and_finds_what_it_should() {
    let _one = compiling();
    let (scan, workshop) = (offline(), workshop("organisation"));
    let folder = workshop.join("acme");
    copy(&workspace().join("examples/acme"), &folder);
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let sdk = workspace().join("sdk");
    fs::write(folder.join("Cargo.toml"), manifest.replace("../../sdk", sdk.to_str().unwrap())).unwrap();
    lock(&folder);
    let shell = Shell::at(&scan, workshop);
    let succeeds = |command: &str| {
        let (succeeded, output) = shell.run(&format!("cd acme && {command}"));
        assert!(succeeded, "$ {command}\n{output}");
        output
    };
    let native = succeeds("cargo test");
    assert!(native.contains("every_example_of_every_rule_holds ... ok"), "{native}");
    let cases = succeeds("plimsoll plugin test");
    assert!(
        cases.ends_with("\nacme 1.0.0: 19 examples, 6 cases with 11 findings, and all as expected\n"),
        "{cases}"
    );

    let built = succeeds("plimsoll plugin build");
    let component = target().join("plimsoll/acme.wasm");
    assert_eq!(built.lines().last(), component.to_str(), "{built}");
    let first = fs::read(&component).unwrap();
    fs::create_dir_all(folder.join("target/plimsoll")).unwrap();
    fs::write(folder.join("target/plimsoll/acme.wasm"), first).unwrap();
    succeeds("plimsoll bundle --no-embedded --config plimsoll.yaml --output ../acme-plimsoll");
    let inspected = succeeds("plimsoll bundle --inspect ../acme-plimsoll");
    assert!(
        inspected.contains("  acme 1.0.0 sha256:") && inspected.contains("with a configuration"),
        "{inspected}"
    );

    // The bundle finds with its own configuration what the file finds with that one.
    let (_, carried) = shell.run("rm acme/plimsoll.yaml && ./acme-plimsoll scan acme/deploy --format json");
    let found = Ran { code: 1, stdout: carried, stderr: String::new() }.findings();
    assert_eq!(
        found,
        [
            "acme/production-fragile acme/deploy/shop.yaml:4:3-4:12 /metadata/name",
            "acme/namespace-foreign acme/deploy/shop.yaml:5:3-5:18 /metadata/namespace",
            "acme/cost-centre-invalid acme/deploy/shop.yaml:8:5-8:37 /metadata/labels/acme.example~1cost-centre",
            "acme/production-fragile acme/deploy/shop.yaml:10:3-10:14 /spec/replicas",
            "acme/registry-unapproved acme/deploy/shop.yaml:19:11-19:40 /spec/template/spec/containers/0/image",
            "acme/load-balancer-public acme/deploy/shop.yaml:27:3-27:21 /spec/type",
            "acme/storage-class-unfit acme/deploy/shop.yaml:38:3-38:29 /spec/storageClassName",
        ]
    );
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, name) = (entry.path(), entry.file_name());
        match path.is_dir() {
            true if name == "target" => {}
            true => copy(&path, &to.join(name)),
            false => drop(fs::copy(&path, to.join(name)).unwrap()),
        }
    }
}

#[test]
fn a_new_crate_depends_on_the_sdk_of_the_checkout_or_has_a_copy() {
    let scan = plugin(["new", "acme"]);
    assert_eq!(scan.run().code, 0);
    let sdk = format!("plimsoll-sdk = {{ path = \"{}\" }}", workspace().join("sdk").display());
    let manifest = fs::read_to_string(scan.tree().join("acme/Cargo.toml")).unwrap();
    assert!(manifest.contains(&sdk), "{manifest}");

    // An executable that lies elsewhere knows no checkout.
    let elsewhere = scan.tree().join("plimsoll");
    fs::hard_link(plimsoll(), &elsewhere).or_else(|_| fs::copy(plimsoll(), &elsewhere).map(drop)).unwrap();
    let written = |args: &[&str]| {
        let mut command = Command::new(&elsewhere);
        command.args(["plugin", "new", "acme"]).args(args).current_dir(scan.tree());
        let ran = scan.run_command(command);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        fs::read_to_string(scan.tree().join(args[1]).join("Cargo.toml")).unwrap()
    };
    let copied = "plimsoll-sdk = { path = \"vendor/plimsoll/sdk\" }\n";
    assert!(written(&["--path", "far"]).contains(copied));
    let copy = fs::read_to_string(scan.tree().join("far/vendor/plimsoll/sdk/src/lib.rs")).unwrap();
    assert_eq!(copy, fs::read_to_string(workspace().join("sdk/src/lib.rs")).unwrap());
    let named = workspace().join("sdk");
    assert!(written(&["--path", "near", "--sdk", named.to_str().unwrap()]).contains(&sdk));
}

#[test]
fn a_new_crate_takes_the_place_of_nothing() {
    let scan = plugin(["new", "acme"]).file("acme/mine.rs", "mine");
    scan.run().is_refused("acme is there already; name another folder with --path");
    assert_eq!(fs::read_dir(scan.tree().join("acme")).unwrap().count(), 1);
    plugin(["new", "acme", "--path", "file"])
        .file("file", "")
        .run()
        .is_refused("file is there already; name another folder with --path");
    let empty = plugin(["new", "acme", "--path", "empty"]);
    fs::create_dir(empty.tree().join("empty")).unwrap();
    assert_eq!(empty.run().code, 0);
    assert!(empty.tree().join("empty/src/lib.rs").is_file());
}

#[test]
fn a_name_that_could_not_be_loaded_is_refused_with_the_reason() {
    let refused = |name: &str, why: &str| {
        let scan = plugin(["new", name]);
        scan.run().is_refused(&format!("a plugin cannot be called `{name}`: {why}"));
        assert_eq!(fs::read_dir(scan.tree()).unwrap().count(), 1, "only .git is there");
    };
    refused("Acme", "use lower-case letters, digits and `-`, at most 64, and begin with a letter");
    refused("../acme", "use lower-case letters, digits and `-`, at most 64, and begin with a letter");
    refused("plimsoll-acme", "leave out `plimsoll-`, which a plugin's name does not have");
    refused("test", "Rust has another use for the word");
    refused("suppressions", "the name belongs to plimsoll itself");
    refused("images", "this executable carries one of that name, and the two could not be loaded together");
    plugin(["new", "acme", "--sdk", "."])
        .run()
        .is_refused("--sdk .: the SDK is not there; name the folder `sdk` of a checkout of plimsoll");
}

#[test]
fn what_does_not_load_is_told_why() {
    let refused = |bytes: &[u8], why: &str| {
        let scan = plugin(["inspect", "odd.wasm"]).file("odd.wasm", bytes);
        scan.run().is_refused(&format!("plugin odd.wasm: {why}"));
    };
    refused(
        &Guest::good().module(),
        "this is a core module, not a component; `plimsoll plugin build` makes a component of it",
    );
    refused(
        &Guest::good().unsealed(),
        "it has no custom section `plimsoll:description`; make it with `plimsoll plugin build`",
    );
    let ran = plugin(["inspect", "none.wasm"]).run();
    assert!(
        ran.code == 2 && ran.stderr.starts_with("error: plugin none.wasm: it cannot be read: "),
        "{}",
        ran.stderr
    );
    plugin(["inspect", "imges"])
        .run()
        .is_refused("there is no plugin `imges`, and no file of that name; did you mean `images`?");
}

#[test]
fn a_case_passes_if_all_that_is_expected_is_found_and_nothing_else() {
    let config = "profile: strict\nplugins: [none.wasm]\nrules: { other/rule: { enabled: false } }\n";
    let (_, ran) = tested(
        [
            ("tests/a.yaml", CASE),
            ("tests/deep/b.yml", ""),
            ("tests/plimsoll.yaml", config),
            ("tests/plimsoll.lock", "of another plugin"),
        ],
        &[],
    );
    let told = "ok      tests/a.yaml\nok      tests/deep/b.yml\n\ngood 1.0.0: 2 cases with 1 finding, and all as expected\n";
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, told, ""));
}

#[test]
fn a_case_that_fails_shows_what_is_missing_and_what_is_there_on_its_line() {
    let case = "kind: A # expect: good/there\nmetadata: { name: a }\napiVersion: v1\n---\napiVersion: v1\nkind: B\nmetadata:\n  # expect: good/there /metadata \"red\"\n  name: b\n";
    let (_, ran) = tested([("tests/a.yaml", case), ("tests/b.yaml", "kind: [\n")], &[]);
    assert_eq!(
        ran.stdout,
        "failed  tests/a.yaml
  1 | kind: A # expect: good/there
      - good/there
  2 | metadata: { name: a }
      + good/there /metadata/name 2:13-2:20: it is there
  9 |   name: b
      - good/there /metadata \"red\"
      + good/there /metadata/name 9:3-9:10: it is there
failed  tests/b.yaml
  fault[syntax] on line 2: a value is missing here

good 1.0.0: 2 cases with 2 findings, and 2 not as expected
"
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
}

#[test]
fn a_blessed_case_passes_and_keeps_what_was_right() {
    let case = "# why\napiVersion: v1\nkind: A # expect: good/there\nmetadata: { name: a }\n---\napiVersion: v1\nkind: B\nmetadata:\n  name: b # expect: good/there \"is there\"\n";
    let (scan, ran) = tested([("cases/a.yaml", case)], &["--bless", "--cases", "cases"]);
    let told = "ok      cases/a.yaml\n\nwrote 1 case; read the difference before you keep it\ngood 1.0.0: 1 case with 2 findings, and all as expected\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (0, told));
    let blessed = "# why\napiVersion: v1\nkind: A\n# expect: good/there /metadata/name\nmetadata: { name: a }\n---\napiVersion: v1\nkind: B\nmetadata:\n  name: b # expect: good/there \"is there\"\n";
    assert_eq!(fs::read_to_string(scan.tree().join("cases/a.yaml")).unwrap(), blessed);

    // Where something could not be looked at, nobody knows what is to be expected.
    let broken = "kind: A # expect: good/there\nmetadata: { name: a }\n";
    let (scan, ran) = tested([("tests/a.yaml", broken)], &["--bless"]);
    assert_eq!(
        (ran.code, fs::read_to_string(scan.tree().join("tests/a.yaml")).unwrap().as_str()),
        (1, broken)
    );
}

#[test]
fn a_case_that_cannot_be_read_is_no_case() {
    let refused = |text: &str, why: &str| tested([("tests/a.yaml", text)], &[]).1.is_refused(why);
    refused(
        "kind: A # expect: good/ther\n",
        "tests/a.yaml:1: there is no rule `good/ther`; did you mean `good/there`?",
    );
    refused(
        "kind: A # expect: there\n",
        "tests/a.yaml:1: `there` names no rule; write `# expect: pack/rule`, and if you like `/pointer` and `\"part of the message\"` behind it",
    );
    tested([("tests", "")], &[])
        .1
        .is_refused("the cases in tests cannot be read: Not a directory (os error 20)");
}

#[test]
fn a_rule_that_is_off_is_told_how_to_be_switched_on() {
    let rules = json!([
        { "id": "there", "summary": "There is an object" },
        { "id": "more", "summary": "There is more", "profile": "opt-in" },
    ]);
    let scan =
        plugin(["test", "good.wasm"]).file("good.wasm", Guest::good().describing("rules", rules).bytes());
    let case = format!("{CASE}# expect: good/more\nspec: {{}}\n");
    let scan = scan.file("tests/a.yaml", case);
    scan.run().is_refused(
        "tests/a.yaml:5: the rule `good/more` is not on by itself; name it under `rules` in tests/plimsoll.yaml",
    );
    // Above the folder of the cases is the folder of the plugin, and what is there holds too.
    let scan = scan.file("plimsoll.yaml", "rules: { good/more: {} }\n");
    assert!(scan.run().stdout.contains("  6 | spec: {}\n      - good/more\n"), "{}", scan.run().stdout);
    let scan = scan.file("tests/a.yaml", CASE);
    assert!(
        scan.run().stdout.contains("\nno case and no example expects good/more\n"),
        "{}",
        scan.run().stdout
    );
}

#[test]
fn what_an_object_costs_is_the_same_fuel_every_time() {
    let bench = || {
        let scan = plugin(["bench", "good.wasm", "deploy", "--no-embedded"])
            .file("good.wasm", Guest::good().bytes());
        scan.file("deploy/a.yaml", plimsoll_tests::pod("a"))
            .file("deploy/b.yaml", plimsoll_tests::pod("b"))
            .run()
    };
    let fuel = |ran: &Ran| {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        let lines: Vec<Vec<&str>> =
            ran.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            (lines.len(), &lines[0][..2], &lines[1][..2]),
            (2, &["plugin", "objects"][..], &["good", "2"][..])
        );
        lines[1][2].parse::<u64>().unwrap()
    };
    let (first, second) = (fuel(&bench()), fuel(&bench()));
    assert!(first == second && (10..10_000).contains(&first), "{first} and {second}");

    let hostile = plugin(["bench", "odd.wasm", "a.yaml", "--no-embedded"]);
    let ran = hostile
        .file("odd.wasm", Guest::fixture("gives-up").bytes())
        .file("a.yaml", plimsoll_tests::pod("a"))
        .run();
    assert!(ran.code == 2 && ran.stderr.starts_with("error: plugin hostile: "), "{}", ran.stderr);
    plugin(["bench", "good.wasm", "none.yaml", "--no-embedded"])
        .file("good.wasm", Guest::good().bytes())
        .file("none.yaml", "")
        .run()
        .is_refused("no rule has anything to look at; name manifests that the plugin is for");
}
