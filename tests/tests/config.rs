//! `plimsoll config`, `plimsoll init` and the schema of `plimsoll.yaml`, through the real binary.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;

use plimsoll_tests::{Scan, workspace};
use serde_json::Value;

const POD: &str = "kind: Pod\napiVersion: v1\nmetadata: { name: a }\nspec:\n  hostPID: true\n  containers: [{ name: a, image: 'a:latest' }]\n";

/// Every key of the configuration, each with another value than by default.
const EVERYTHING: &str = "kubernetesVersion: \"1.30\"
profile: strict
failOn: warning
baseline: base.json
plugins: []
trust: { keys: [RWTG6hFKBgn6z2dqghcgo1g2/F2ObicZ34ackqWGx8WQx7hihUmKqWZ2], required: false }
rules:
  images/mutable-tag: { level: error }
  images/digest-missing: { enabled: false }
  images/registry-not-allowed: { parameters: { allow: [ghcr.io] } }
suppressions:
  - rules: [pod-security, probes/*]
    files: [\"*.yaml\"]
    object: { kind: Pod, name: [a, 'b*'], labels: { tier: x } }
    pointers: /spec
    reason: \"a \\e[31m \\U0001F600: reason\"
    until: 2999-12-31
allowSuppressions: true
limits: { fuel: 300000000, memory: 300000000 }
";

#[test]
fn what_is_in_force_says_where_it_comes_from() {
    let scan = Scan::new().verb("config").file("plimsoll.yaml", EVERYTHING).file("a.yaml", POD);
    let ran = scan.run_with(["--profile", "cis", "--skip-rule", "probes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let line = |start: &str| {
        let line = ran.stdout.lines().find(|line| line.trim_start().starts_with(start));
        let line = line.unwrap_or_else(|| panic!("{start} is not in\n{}", ran.stdout));
        line.split_once("  # ").map(|(value, from)| format!("{}|{from}", value.trim())).unwrap_or_default()
    };
    assert_eq!(line("kubernetesVersion"), "kubernetesVersion: \"1.30\"|plimsoll.yaml:1");
    assert_eq!(line("profile"), "profile: cis|--profile");
    assert_eq!(line("failOn"), "failOn: warning|plimsoll.yaml:3");
    assert_eq!(line("- rules"), "- rules: [\"pod-security\", \"probes/*\"]|plimsoll.yaml:12");
    assert_eq!(
        line("images/digest-missing"),
        "images/digest-missing: { enabled: false, level: note }|plimsoll.yaml:9"
    );
    assert_eq!(line("fuel:"), "fuel: 300000000|plimsoll.yaml:19");
    assert_eq!(line("required"), "required: false|plimsoll.yaml:6");
    assert_eq!(line("findings:"), "findings: 50000|default");
    assert!(!ran.stdout.contains('\u{1b}'));
}

#[test]
fn a_rule_that_is_said_to_be_on_is_on_in_every_profile() {
    let on = |rule: &str| {
        let config = format!("profile: pss-baseline\nrules:\n  images/mutable-tag: {rule}\n");
        let scan = Scan::new().verb("config").file("plimsoll.yaml", config).file("a.yaml", POD);
        let told = scan.run().stdout;
        let line = told.lines().find(|line| line.contains("images/mutable-tag")).unwrap_or_default();
        line.trim().split("  #").next().unwrap_or_default().trim_end().to_owned()
    };
    assert_eq!(on("{ enabled: true }"), "images/mutable-tag: { enabled: true, level: warning }");
    assert_eq!(on("{ level: error }"), "images/mutable-tag: { enabled: false, level: error }");
}

#[test]
fn what_is_in_force_is_a_configuration_that_says_the_same() {
    let bare = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines
            .map(|line| line.split("  # ").next().unwrap_or_default().trim_end().to_owned())
            .collect::<Vec<_>>()
    };
    for config in ["", EVERYTHING] {
        let scan = Scan::new().verb("config").file("plimsoll.yaml", config);
        let first = scan.run();
        assert_eq!(first.code, 0, "{}", first.stderr);
        let second = scan.file("plimsoll.yaml", &first.stdout).run();
        assert_eq!(second.code, 0, "{}", second.stderr);
        assert_eq!(bare(&first.stdout), bare(&second.stdout));
    }
}

#[test]
fn the_schema_knows_the_keys_that_are_known() {
    let text = fs::read_to_string(workspace().join("docs/schema/plimsoll-v1.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let keys = |schema: &Value| {
        schema["properties"].as_object().unwrap().keys().map(String::as_str).collect::<Vec<_>>().join(", ")
    };
    let suppression = &schema["$defs"]["suppression"];
    for (config, part) in [
        ("zzzzz: 1", &schema),
        ("trust: { zzzzz: 1 }", &schema["properties"]["trust"]),
        ("limits: { zzzzz: 1 }", &schema["properties"]["limits"]),
        ("rules: { images/mutable-tag: { zzzzz: 1 } }", &schema["$defs"]["rule"]),
        ("suppressions: [{ zzzzz: 1 }]", suppression),
        ("suppressions: [{ object: { zzzzz: 1 } }]", &suppression["properties"]["object"]),
    ] {
        let ran = Scan::new().verb("config").file("plimsoll.yaml", config).run();
        let known =
            ran.stderr.split_once("the key `zzzzz` is not known; use one of ").map(|(_, known)| known);
        assert_eq!(known.and_then(|known| known.lines().next()), Some(keys(part).as_str()), "{}", ran.stderr);
    }
}

#[test]
fn init_lets_a_repository_with_a_past_start_today() {
    let init = Scan::new().verb("init").file("deploy/a.yaml", POD);
    let ran = init.run();
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (
            0,
            "wrote plimsoll.yaml\nwrote plimsoll-baseline.json: 7 findings are known, so that only new ones count\nnext: read plimsoll.yaml, run `plimsoll scan`, and commit what was written\n"
        ),
        "{}",
        ran.stderr
    );
    let written = fs::read_to_string(init.tree().join("plimsoll.yaml")).unwrap();
    let scan = |files: &[(&str, &str)]| {
        let scan = Scan::new().file("deploy/a.yaml", POD).file("plimsoll.yaml", &written);
        fs::copy(init.tree().join("plimsoll-baseline.json"), scan.tree().join("plimsoll-baseline.json"))
            .unwrap();
        files.iter().fold(scan, |scan, (file, text)| scan.file(file, text)).run()
    };
    let same = scan(&[]);
    assert_eq!(same.code, 0, "{}", same.stdout);
    assert!(same.stdout.starts_with("nothing new (7 known)"), "{}", same.stdout);
    let more = scan(&[("b.yaml", &POD.replace("name: a }", "name: b }"))]);
    assert_eq!(more.code, 1, "{}", more.stdout);
    // What is commented out is right too.
    let begins = |rest: &&str| ["rules:", "suppressions:", "  "].iter().any(|key| rest.starts_with(key));
    let uncommented: Vec<&str> =
        written.lines().map(|line| line.strip_prefix("# ").filter(begins).unwrap_or(line)).collect();
    let uncommented = uncommented.join("\n");
    let uncommented =
        uncommented.replace("pack/rule", "images/mutable-tag").replace("pack/other", "images/tiller");
    let ran = Scan::new().verb("config").file("plimsoll.yaml", &uncommented).run();
    assert_eq!(ran.code, 0, "{}\n{uncommented}", ran.stderr);
    assert!(ran.stdout.contains("- rules: [\"images/mutable-tag\"]"), "{uncommented}");
}

#[test]
fn init_spares_what_is_there() {
    let ran = Scan::new().verb("init").file("plimsoll.yaml", "").file("a.yaml", POD).run();
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("there is a configuration already")
            && ran.stderr.contains("plimsoll.yaml; edit it"),
        "{}",
        ran.stderr
    );
    let scan = Scan::new().verb("init").file("plimsoll-baseline.json", "mine").file("a.yaml", POD);
    assert_eq!(scan.run().code, 2);
    assert_eq!(fs::read_to_string(scan.tree().join("plimsoll-baseline.json")).unwrap(), "mine");
    assert!(!scan.tree().join("plimsoll.yaml").exists());
    let ran = scan.run_with(["--no-baseline"]);
    assert_eq!((ran.code, ran.stdout.lines().next()), (0, Some("wrote plimsoll.yaml")));
    let ran = Scan::new().verb("init").args(["nowhere"]).run();
    assert_eq!(ran.code, 2);
    let clean =
        Scan::new().verb("init").file("a.yaml", "kind: Namespace\napiVersion: v1\nmetadata: { name: a }\n");
    let ran = clean.run_with(["--profile", "pss-baseline"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("nothing was found, so there is no baseline"), "{}", ran.stdout);
    assert!(
        fs::read_to_string(clean.tree().join("plimsoll.yaml")).unwrap().contains("\nprofile: pss-baseline\n")
    );
    let faults = Scan::new().verb("init").file("a.yaml", "a: [\n").run();
    assert_eq!(faults.code, 3);
    assert!(faults.stdout.contains("1 could not be looked at"), "{}", faults.stdout);
}
