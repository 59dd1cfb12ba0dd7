//! What `plimsoll plugin build` takes, and what it refuses, each with the file and the cure. Nothing is compiled here.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;

use plimsoll_tests::{Guest, Scan, pod};
use serde_json::json;

/// The description of a plugin that has the rule `there`.
const THERE: &str = r#"{ "name": "asks", "rules": [{ "id": "there", "summary": "There is an object" }] }"#;

#[test]
fn a_plugin_that_asks_anything_but_wasi_is_refused_with_the_name() {
    let odd = "(import \"env\" \"now\" (func $now (result i64)))\n";
    let scan = Scan::new().file("plugin.json", THERE).file("asks.wasm", Guest::of(odd).module());
    let scan = scan.verb("plugin");
    scan.run_with(["build", "asks.wasm"]).is_refused(
        "it imports the function `env#now`, and a plugin may import nothing; remove what asks for it",
    );
}

#[test]
fn a_component_of_another_tool_is_sealed_once() {
    let other =
        |bytes: &[u8]| Scan::new().verb("plugin").file("plugin.json", THERE).file("other.wasm", bytes);
    let scan = other(&Guest::good().unsealed());
    let ran = scan.run_with(["build", "other.wasm"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let sealed = fs::read(ran.stdout.trim_end()).unwrap();
    let text = String::from_utf8_lossy(&sealed);
    assert!(text.ends_with(THERE), "{text}");
    other(&sealed)
        .run_with(["build", "other.wasm"])
        .is_refused("the component has a custom section `plimsoll:description` already");
    let ran = other(b"\0asm is what it begins with").run_with(["build", "other.wasm"]);
    assert!(ran.code == 2 && ran.stderr.contains("the WebAssembly is broken"), "{}", ran.stderr);
}

#[test]
fn what_a_folder_holds_tells_the_language() {
    let refused = |files: &[(&str, &str)], why: &str| {
        let scan = files.iter().fold(Scan::new(), |scan, (path, text)| scan.file(&format!("a/{path}"), text));
        // No compiler is found anywhere.
        scan.env("PATH", "/nowhere").verb("plugin").args(["build", "a"]).run().is_refused(why);
    };
    refused(
        &[("main.go", "")],
        "a holds no plugin: none of Cargo.toml, package.json, pyproject.toml, go.mod, plugin.c; begin one with `plimsoll plugin new`",
    );
    refused(
        &[("go.mod", ""), ("plugin.c", ""), ("plugin.json", THERE)],
        "a holds go.mod and plugin.c, so its language cannot be told; give each plugin a folder of its own",
    );
    refused(
        &[("go.mod", ""), ("plugin.json", THERE)],
        "go is needed and cannot be found; install Go 1.24 or newer from https://go.dev/dl",
    );
    refused(
        &[("plugin.c", ""), ("plugin.json", THERE)],
        "a clang that knows wasm32 is needed and cannot be found; install clang and lld, on Debian `apt-get install clang lld`",
    );
    // Its tools may need a package.json; a plugin in JavaScript has a description.
    refused(
        &[("Cargo.toml", ""), ("package.json", "{}")],
        "cargo cannot be started: No such file or directory (os error 2)",
    );
}

#[test]
fn a_description_is_judged_when_the_plugin_is_built() {
    let refused = |text: &str, why: &str| {
        let scan = Scan::new().file("plugin.c", "").file("plugin.json", text).verb("plugin");
        scan.args(["build"]).run().is_refused(&format!("./plugin.json: {why}"));
    };
    refused("{", "its description cannot be read: EOF while parsing an object at line 1 column 1");
    refused(
        &THERE.replace("asks", "Asks"),
        "its name `Asks` is not one of lower-case letters, digits and `-`",
    );
    refused(
        &THERE.replace("\"id\"", "\"kind\": [\"Pod\"], \"id\""),
        "the key `kind` means nothing in a rule; did you mean `kinds`?",
    );
    refused(
        &THERE.replace("\"rules\"", "\"verison\": \"1.0.0\", \"rules\""),
        "the key `verison` means nothing in a description; did you mean `version`?",
    );
    for odd in ["", "@pod", "Deployment ", "apps/v1/Deployment", "deployment"] {
        refused(
            &THERE.replace("\"id\"", &format!("\"kinds\": [\"Pod\", \"{odd}\"], \"id\"")),
            &format!(
                "its rule `there` looks at `{odd}`, which nothing is; name a kind such as Deployment or apps/Deployment, `@pods` or `*`"
            ),
        );
    }
    let ran = Scan::new().file("plugin.c", "").verb("plugin").args(["build"]).run();
    ran.is_refused(
        "./plugin.json: No such file or directory (os error 2); it says what the plugin is, and `plimsoll plugin new` writes one",
    );
}

#[test]
fn what_is_no_plugin_is_told_what_to_name() {
    let refused = |path: &str, why: &str| {
        let scan = Scan::new().file("README.md", "# Words").file("plugin.json", THERE).verb("plugin");
        let cure = "name the folder of a plugin, or a file of WebAssembly that another compiler made";
        scan.run_with(["build", path]).is_refused(&format!("{path} {why}; {cure}"));
        scan
    };
    refused("acme", "is not there").run_with(["test", "acme"]).is_refused(
        "acme is not there; name the folder of a plugin, or a file of WebAssembly that another compiler made",
    );
    refused("README.md", "is no WebAssembly");
}

#[test]
fn who_a_plugin_says_it_is_is_judged_when_it_is_built() {
    let refused = |key: &str, value: &str, why: &str| {
        let mut description: serde_json::Value = serde_json::from_str(THERE).unwrap();
        description[key] = json!(value);
        let scan = Scan::new().file("plugin.c", "").file("plugin.json", description.to_string());
        scan.verb("plugin").args(["build"]).run().is_refused(&format!("./plugin.json: {why}"));
    };
    let taken = "this executable carries one of that name, and the two could not be loaded together";
    refused("name", "images", &format!("a plugin cannot be called `images`: {taken}"));
    refused(
        "name",
        "suppressions",
        "a plugin cannot be called `suppressions`: the name belongs to plimsoll itself",
    );
    let none =
        |version: &str| format!("its version `{version}` is none of semver; write one such as `1.2.0`");
    for version in ["", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1.2.3 "] {
        refused("version", version, &none(version));
    }
    refused("version", "1.2.3\n", &none("1.2.3?"));
    let long = format!("1.2.3-{}", "a".repeat(59));
    refused("version", &long, "its version has 65 bytes, more than the 64 that one may have; shorten it");
    refused(
        "interface",
        "9.0.0",
        "by `interface`, it speaks version 9.0.0 of the plugin interface, and this plimsoll speaks 1.0.0; upgrade plimsoll",
    );
    refused(
        "interface",
        "one",
        "its interface \"one\" is no version; write the one that it is for, such as \"1.0.0\"",
    );
}

#[test]
fn versions_of_every_form_are_built() {
    for version in ["0.0.0", "1.2.3-rc.1", "1.2.3-0a.x-y+01.b", "1.2.3+build", "18446744073709551615.0.0"] {
        let description = THERE.replace("\"rules\"", &format!("\"version\": \"{version}\", \"rules\""));
        let scan = Scan::new().file("plugin.json", description).file("other.wasm", Guest::good().unsealed());
        let ran = scan.verb("plugin").args(["build", "other.wasm"]).run();
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{version}");
    }
}

#[test]
fn a_crate_is_judged_by_its_name_and_version_before_it_is_compiled() {
    let refused = |name: &str, version: &str, why: &str| {
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n");
        let scan = Scan::new().file("acme/Cargo.toml", manifest).file("acme/src/lib.rs", "").verb("plugin");
        let file = scan.tree().canonicalize().unwrap().join("acme/Cargo.toml");
        scan.args(["build", "acme"]).run().is_refused(&format!("{}: {why}", file.display()));
    };
    refused(
        "plimsoll-suppressions",
        "1.0.0",
        "a plugin cannot be called `suppressions`: the name belongs to plimsoll itself",
    );
    let long = format!("1.2.3-{}", "a".repeat(59));
    refused("acme", &long, "its version has 65 bytes, more than the 64 that one may have; shorten it");
}

#[test]
fn a_rule_that_looks_at_no_kind_is_built_nowhere_and_runs_nowhere() {
    let why = "its rule `there` looks at no kind; name some in `kinds`, or leave the key out for all";
    let description = THERE.replace("\"id\"", "\"kinds\": [], \"id\"");
    let scan = Scan::new().file("plugin.c", "").file("plugin.json", description);
    scan.verb("plugin").args(["build"]).run().is_refused(&format!("./plugin.json: {why}"));
    let rules = json!([{ "id": "there", "summary": "There is an object", "kinds": [] }]);
    let component = Guest::good().describing("rules", rules).bytes();
    let scan = Scan::new().file("good.wasm", component).file("a.yaml", pod("a"));
    scan.args(["--plugin", "good.wasm"]).run().is_refused(&format!("plugin good.wasm: {why}"));
}
