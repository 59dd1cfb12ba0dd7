//! Baselines through the real binary: what is new, what is known, and what is gone.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;

use plimsoll_tests::{Guest, Ran, Scan};

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata: { name: api, namespace: shop }
spec:
  template:
    spec:
      hostPID: true
      containers:
        - name: api
          image: nginx:latest
        - name: side
          image: nginx:latest
";

/// A scan by two rules that find three things in the deployment.
fn scan() -> Scan {
    let rules = ["pod-security/host-pid", "images/mutable-tag", "suppressions"];
    Scan::new().args(rules.iter().flat_map(|rule| ["--rule", rule]))
}

/// What a scan says after a baseline of the deployment was written and the deployment changed.
fn after(change: impl Fn(&str) -> String) -> Ran {
    let scan = scan().file("a.yaml", DEPLOYMENT);
    assert_eq!(scan.run_with(["--write-baseline", "base.json"]).code, 0);
    scan.file("a.yaml", change(DEPLOYMENT)).run_with(["--baseline", "base.json", "--format", "json"])
}

/// How many are new, known and gone.
fn counts(ran: &Ran) -> [usize; 3] {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap();
    let of = |state: &str| findings.iter().filter(|finding| finding["baseline"] == state).count();
    [of("new"), of("unchanged"), json["absent"].as_array().unwrap().len()]
}

#[test]
fn what_is_known_stays_known_through_everyday_changes() {
    for (what, change) in [
        ("nothing", (|text| text.to_owned()) as fn(&str) -> String),
        ("lines above", |text| format!("# one\n# two\n\n{text}")),
        ("a comment within", |text| text.replace("spec:\n  t", "spec:\n  # why\n  t")),
        ("a bumped image", |text| text.replace("nginx:latest", "docker.io/library/nginx:latest")),
        ("CRLF", |text| text.replace('\n', "\r\n")),
        ("another container first", |text| {
            text.replace("containers:\n", "containers:\n        - { name: new, image: 'a:1.2.3' }\n")
        }),
        ("another order of keys", |text| {
            text.replace("metadata: { name: api, namespace: shop }\n", "")
                + "metadata: { namespace: shop, name: api }\n"
        }),
    ] {
        let ran = after(change);
        assert_eq!((ran.code, counts(&ran)), (0, [0, 3, 0]), "{what}: {}", ran.stdout);
    }
}

#[test]
fn what_is_new_counts_and_what_is_mended_is_gone() {
    let ran = after(|text| text.replace("hostPID: true", "hostPID: false"));
    assert_eq!((ran.code, counts(&ran)), (0, [0, 2, 1]));
    let gone = &ran.json()["absent"][0];
    assert_eq!(
        (gone["rule"].as_str(), gone["file"].as_str()),
        (Some("pod-security/host-pid"), Some("a.yaml"))
    );
    assert_eq!(gone["pointer"], "/spec/template/spec/hostPID");
    let ran = after(|text| text.replace("name: side", "name: other"));
    assert_eq!((ran.code, counts(&ran)), (0, [1, 2, 1]), "warnings do not fail a scan");
    let ran = after(|text| format!("{text}---\n{}", text.replace("name: api,", "name: two,")));
    assert_eq!((ran.code, counts(&ran)), (1, [3, 3, 0]));
}

#[test]
fn a_file_that_moved_keeps_what_is_known_of_it() {
    let scan = scan().file("a.yaml", DEPLOYMENT);
    scan.run_with(["--write-baseline", "base.json"]);
    fs::rename(scan.tree().join("a.yaml"), scan.tree().join("b.yaml")).unwrap();
    let moved = scan.run_with(["--baseline", "base.json", "--format", "json"]);
    assert_eq!((moved.code, counts(&moved)), (0, [0, 3, 0]));
    // A copy is new: each entry knows one finding.
    let copied = scan.file("a.yaml", DEPLOYMENT).run_with(["--baseline", "base.json", "--format", "json"]);
    assert_eq!((copied.code, counts(&copied)), (1, [3, 3, 0]));
}

#[test]
fn what_nobody_looked_at_is_not_gone() {
    let other = DEPLOYMENT.replace("name: api,", "name: two,");
    let scan = scan().file("a/a.yaml", DEPLOYMENT).file("b/b.yaml", &other);
    scan.run_with(["--write-baseline", "base.json"]);
    let part = scan.run_with(["a", "--baseline", "base.json", "--format", "json"]);
    assert_eq!((part.code, counts(&part)), (0, [0, 3, 0]));
    // A copy of what stands in a file that was not looked at is new.
    let copied = scan.file("a/c.yaml", other).run_with(["a", "--baseline", "base.json", "--format", "json"]);
    assert_eq!((copied.code, counts(&copied)), (1, [3, 3, 0]));
    // Nor is what a rule found that is off now.
    let fewer = scan_by("images/mutable-tag").file("a.yaml", DEPLOYMENT);
    fs::copy(copied_baseline(), fewer.tree().join("base.json")).unwrap();
    let ran = fewer.run_with(["--baseline", "base.json", "--format", "json"]);
    assert_eq!((ran.code, counts(&ran)), (0, [0, 2, 0]));
}

fn scan_by(rule: &str) -> Scan {
    Scan::new().args(["--rule", rule])
}

/// A baseline of the deployment by both rules.
fn copied_baseline() -> std::path::PathBuf {
    let scan = scan().file("a.yaml", DEPLOYMENT);
    scan.run_with(["--write-baseline", "base.json"]);
    let kept = std::env::temp_dir().join(format!("plimsoll-baseline-{}.json", std::process::id()));
    fs::copy(scan.tree().join("base.json"), &kept).unwrap();
    kept
}

#[test]
fn what_could_not_be_looked_at_is_neither_gone_nor_forgotten() {
    let other = DEPLOYMENT.replace("name: api,", "name: two,");
    let scan = scan().file("a.yaml", DEPLOYMENT).file("b.yaml", &other);
    scan.run_with(["--write-baseline", "base.json"]);
    let kept = fs::read_to_string(scan.tree().join("base.json")).unwrap();
    let scan = scan.file("b.yaml", format!("{other}---\na: [\n"));
    let ran = scan.run_with(["--baseline", "base.json", "--format", "json"]);
    assert_eq!((ran.code, counts(&ran)), (3, [0, 6, 0]));
    let scan = scan.file("b.yaml", "a: [\n");
    let ran = scan.run_with(["--baseline", "base.json", "--format", "json"]);
    assert_eq!((ran.code, counts(&ran)), (3, [0, 3, 0]));
    for partial in [vec!["a.yaml"], vec!["--no-suppressions"]] {
        let ran = scan.run_with([vec!["--write-baseline", "base.json"], partial].concat());
        assert!(ran.stderr.contains("3 of the old baseline are kept"), "{}", ran.stderr);
        assert_eq!(fs::read_to_string(scan.tree().join("base.json")).unwrap(), kept);
    }
    let scan = scan.file("base.json", "mine");
    let ran = scan.run_with(["--write-baseline", "base.json"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--write-baseline writes over nothing but a baseline"), "{}", ran.stderr);
}

/// How many findings of a rule a baseline knows.
fn entries(scan: &Scan, rule: &str) -> usize {
    fs::read_to_string(scan.tree().join("base.json"))
        .unwrap()
        .matches(&format!("\"rule\":\"{rule}\""))
        .count()
}

#[test]
fn what_was_found_in_spite_of_a_fault_is_written_once() {
    let scan = scan().file("a.yaml", DEPLOYMENT);
    scan.run_with(["--write-baseline", "base.json"]);
    let kept = fs::read_to_string(scan.tree().join("base.json")).unwrap();
    let scan = scan.file("a.yaml", format!("{DEPLOYMENT}---\na: [\n"));
    for _ in 0..2 {
        let ran = scan.run_with(["--write-baseline", "base.json"]);
        assert_eq!((ran.code, fs::read_to_string(scan.tree().join("base.json")).unwrap()), (3, kept.clone()));
    }
    // So a copy is new.
    let scan = scan.file("a.yaml", DEPLOYMENT).file("b.yaml", DEPLOYMENT);
    let ran = scan.run_with(["--baseline", "base.json", "--format", "json"]);
    assert_eq!((ran.code, counts(&ran)), (1, [3, 3, 0]));
}

#[test]
fn a_fault_of_one_plugin_hides_nothing_of_another() {
    let looping = Guest::fixture("loops-in-check").named("looping");
    let scan = Scan::bare().file("a.yaml", DEPLOYMENT).file("b.yaml", DEPLOYMENT.replace("api,", "two,"));
    scan.run_with(["--write-baseline", "base.json"]);
    assert_eq!(entries(&scan, "good/there"), 2);
    let scan = scan.guest(&looping).file("plimsoll.yaml", "limits: { fuel: 100000, fuelPerByte: 1 }\n");
    let scan = scan.file("b.yaml", "");
    let ran = scan.run_with(["--baseline", "base.json"]);
    assert_eq!((ran.code, counts(&ran)), (3, [0, 1, 1]), "{ran:?}");
    scan.run_with(["--write-baseline", "base.json"]);
    assert_eq!(entries(&scan, "good/there"), 1);
}

#[test]
fn what_is_known_and_then_accepted_is_not_gone() {
    let ran = after(|text| {
        text.replace("hostPID: true", "hostPID: true # plimsoll:ignore pod-security/host-pid -- why")
    });
    assert_eq!((ran.code, counts(&ran)), (0, [0, 3, 0]), "{}", ran.stdout);
}

#[test]
fn what_a_plugin_no_longer_has_is_forgotten_when_it_is_written_anew() {
    let scan = Scan::bare().file("a.yaml", DEPLOYMENT);
    scan.run_with(["--write-baseline", "base.json"]);
    let known = fs::read_to_string(scan.tree().join("base.json")).unwrap();
    let line = known.lines().nth(2).unwrap().trim_end_matches("]}");
    let other =
        |rule: &str| line.replace("good/there", rule).replace("\"fingerprint\":\"", "\"fingerprint\":\"0");
    let others = ["good/renamed", "elsewhere/rule"].map(other);
    let scan =
        scan.file("base.json", known.replace(line, &format!("{},\n{},\n{line}", others[0], others[1])));
    scan.run_with(["--write-baseline", "base.json"]);
    let rules = ["good/there", "good/renamed", "elsewhere/rule"].map(|rule| entries(&scan, rule));
    assert_eq!(rules, [1, 0, 1], "a plugin that is not here may come back");
}

#[test]
fn a_report_is_a_baseline_too() {
    let scan = scan().file("a.yaml", DEPLOYMENT);
    for format in ["json", "sarif", "sarif-full"] {
        let report = scan.run_with(["--format", format, "--fail-on", "never"]).stdout;
        fs::write(scan.tree().join("report"), report).unwrap();
        let ran = scan.run_with(["--baseline", "report", "--format", "json"]);
        assert_eq!((ran.code, counts(&ran)), (0, [0, 3, 0]), "{format}");
    }
    // What was suppressed when the report was written is new once it is not.
    let suppressed =
        DEPLOYMENT.replace("hostPID: true", "hostPID: true # plimsoll:ignore pod-security/host-pid -- x");
    let scan = scan.file("a.yaml", suppressed);
    for format in ["json", "sarif-full"] {
        let report = scan.run_with(["--format", format]).stdout;
        fs::write(scan.tree().join("report"), report).unwrap();
        let scan = scan.run_with(["--no-suppressions", "--baseline", "report", "--format", "json"]);
        assert_eq!((scan.code, counts(&scan)), (1, [1, 2, 0]), "{format}");
    }
}

#[test]
fn sarif_tells_what_became_of_each() {
    let ran = {
        let scan = scan().file("a.yaml", DEPLOYMENT);
        scan.run_with(["--write-baseline", "base.json"]);
        let changed =
            DEPLOYMENT.replace("hostPID: true", "hostPID: false").replace("name: side", "name: new");
        scan.file("a.yaml", changed).run_with(["--baseline", "base.json", "--format", "sarif-full"])
    };
    let results = ran.json()["runs"][0]["results"].clone();
    let states: Vec<&str> =
        results.as_array().unwrap().iter().map(|result| result["baselineState"].as_str().unwrap()).collect();
    assert_eq!(states, ["unchanged", "new", "absent", "absent"]);
    assert_eq!(results[2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a.yaml");
}

#[test]
fn a_baseline_does_not_change_when_lines_move() {
    let written = |text: String| {
        let scan = scan().file("a.yaml", text);
        assert_eq!(scan.run_with(["--write-baseline", "base.json"]).code, 0);
        fs::read_to_string(scan.tree().join("base.json")).unwrap()
    };
    assert_eq!(written(DEPLOYMENT.to_owned()), written(format!("# one\n\n{DEPLOYMENT}")));
    let reversed = DEPLOYMENT.replace("        - name: api\n          image: nginx:latest\n", "")
        + "        - name: api\n          image: nginx:latest\n";
    let names = |text: &str| text.matches("\"container").count();
    assert_eq!(names(&written(reversed)), names(&written(DEPLOYMENT.to_owned())));
}

#[test]
fn the_configuration_names_one_and_writing_replaces_it() {
    let scan =
        scan().file("a.yaml", DEPLOYMENT).file("plimsoll.yaml", "baseline: base.json\nfailOn: warning\n");
    let missing = scan.run();
    assert_eq!(missing.code, 2);
    assert!(
        missing.stderr.contains("base.json: it cannot be read: No such file")
            && missing.stderr.contains("--write-baseline"),
        "{}",
        missing.stderr
    );
    assert_eq!(scan.run_with(["--write-baseline", "base.json"]).code, 0);
    assert_eq!(scan.run().code, 0);
    let scan = scan.file(
        "b.yaml",
        "kind: Pod\napiVersion: v1\nspec: { containers: [{ name: a, image: 'a:latest' }] }\n",
    );
    let ran = scan.run();
    assert_eq!(ran.code, 1, "warnings fail it, as the configuration says");
    assert!(ran.stdout.contains("found 1 warning (3 known); checked 2 objects"), "{}", ran.stdout);
    assert_eq!(scan.run_with(["--fail-on", "error"]).code, 0);
}

#[test]
fn what_is_no_baseline_is_refused() {
    let refused = |text: &str, why: &str| {
        let ran =
            scan().file("a.yaml", DEPLOYMENT).file("base.json", text).run_with(["--baseline", "base.json"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{text}");
        assert!(ran.stderr.contains(why), "{text}: {}", ran.stderr);
    };
    refused("", "the baseline base.json: line 1, column 0: it is no JSON: EOF");
    refused("{\n \"runs\": [", "the baseline base.json: line 2, column 10: it is no JSON");
    refused(
        "{\"version\":1,\n \"findings\":[\n<<<<<<< ours\n",
        "the baseline base.json: line 3: two branches changed it; leave the lines of both",
    );
    refused("[]", "it is neither SARIF nor a report of `--format json`");
    refused("{\"version\": 2, \"findings\": []}", "it has version 2, and this plimsoll reads version 1");
    refused("{\"runs\": 1}", "it is no SARIF 2.1.0");
    refused(
        "{\"runs\": [{\"results\": [{\"ruleId\": \"other\"}]}]}",
        "none of its results has a fingerprint of ours",
    );
    let ran = scan().file("a.yaml", DEPLOYMENT).run_with(["--write-baseline", "a.yaml"]);
    assert!(ran.code == 2 && ran.stderr.contains("writes over nothing but a baseline"), "{}", ran.stderr);
    let ran = scan().run_with(["--write-baseline", "x.json", "--output", "json=x.json"]);
    assert!(ran.code == 2 && ran.stderr.contains("two outputs go to"), "{}", ran.stderr);
}

#[test]
fn faults_stay_faults() {
    let scan = Scan::bare().guest(&Guest::good().named("other")).file("a.yaml", "a: [\n");
    assert_eq!(scan.run_with(["--write-baseline", "base.json"]).code, 3);
    assert_eq!(scan.run_with(["--baseline", "base.json"]).code, 3);
}

#[test]
fn levels_are_those_of_the_configuration() {
    let scan = scan().file("a.yaml", DEPLOYMENT);
    let scan = scan.file(
        "plimsoll.yaml",
        "rules:\n  pod-security/host-pid: { level: note }\n  images/mutable-tag: { level: error }\n",
    );
    let ran = scan.run_with(["--format", "json"]);
    let json = ran.json();
    let levels: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["level"].as_str().unwrap())
        .collect();
    assert_eq!((ran.code, levels), (1, vec!["note", "error", "error"]));
    let sarif = scan.run_with(["--format", "sarif"]).json();
    let overrides = &sarif["runs"][0]["invocations"][0]["ruleConfigurationOverrides"];
    assert_eq!(overrides[0]["configuration"]["level"], "error", "{overrides}");
}
