//! `plimsoll merge`: the shards of a scan become the whole, and the SARIF of several tools becomes one file that GitHub takes.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use plimsoll_tests::{Guest, Ran, Scan, plimsoll, pod};
use serde_json::{Value, json};

const EXTENTS: [&str; 2] = ["sarif", "sarif-full"];

#[test]
fn shards_merged_are_the_whole_to_the_byte() {
    let scan = services().args(["--allow-partial-sarif"]);
    for count in [1, 2, 3, 7, 30] {
        merges_to_the_whole(&scan, count);
    }
    let faults = scan.run_with(["--format", "json", "--shard", "1/1"]).faults();
    assert_eq!(faults.len(), 3, "{faults:#?}");
    let rules = scan.run_with(["--format", "json"]).json();
    let found =
        |rule: &str| rules["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == rule);
    assert!(found("probes/readiness-missing"), "a rule that looks at the whole set found something");
}

#[test]
fn suppressions_are_judged_over_all_shards() {
    let configuration = "suppressions:
  - { rules: [pod-security/host-pid], files: [apps/0.yaml], reason: the first shard uses it }
  - { rules: [pod-security/host-pid], files: [apps/1.yaml], object: { kind: Service }, reason: nobody uses it }
  - { rules: [images], reason: it was for a while, until: 2020-01-01 }
";
    let ignored = "apiVersion: v1
kind: Pod
# plimsoll:ignore pod-security/host-pid -- not there, so this is of no use
metadata:
  name: ignored
spec:
  containers:
    - name: main # plimsoll:ignore probes -- it is not there either
      image: nginx # plimsoll:ignore images/mutable-tag -- accepted
";
    let scan = services().args(["--allow-partial-sarif"]);
    let scan = scan.file("plimsoll.yaml", configuration).file("apps/ignored.yaml", ignored);
    let told = scan.run_with(["--format", "json"]).findings();
    let of_config: Vec<&String> = told.iter().filter(|told| told.contains("plimsoll.yaml")).collect();
    assert_eq!(of_config.len(), 2, "{of_config:#?}");
    let of_comments = told.iter().filter(|told| told.starts_with("suppressions/unused apps/ignored.yaml"));
    assert!(of_comments.count() > 0, "{told:#?}");
    // Each shard alone finds more of the configuration to be of no use.
    let shard = scan.run_with(["--format", "json", "--shard", "5/5"]).findings();
    assert_eq!(shard.iter().filter(|told| told.contains("plimsoll.yaml")).count(), 3);
    for count in [2, 9] {
        merges_to_the_whole(&scan, count);
    }
}

#[test]
fn a_suppression_that_fails_a_shard_fails_the_whole_only_if_all_say_so() {
    let suppressed = |files: &str| {
        format!(
            "suppressions: [{{ rules: [good], files: [{files}], reason: as it is }}]\nrules: {{ good/there: {{ level: note }} }}\n"
        )
    };
    let scan = bare_shards(0).args(["--fail-on", "warning"]);
    for (files, code) in [("m1.yaml", 0), ("none.yaml", 1)] {
        let scan = &scan;
        fs::write(scan.tree().join("plimsoll.yaml"), suppressed(files)).unwrap();
        assert_eq!(scan.run_with(["--format", "sarif"]).code, code);
        for extent in EXTENTS {
            let mut codes = Vec::new();
            for shard in ["1/2", "2/2"] {
                let output = format!("{extent}=../{}.sarif", &shard[..1]);
                codes.push(scan.run_with(["--shard", shard, "--output", &output]).code);
            }
            assert_eq!(codes, [code, 1]);
            let whole = scan.run_with(["--format", extent]).stdout;
            assert_eq!(merge(scan, &["../2.sarif", "../1.sarif"]).stdout, whole);
        }
    }
}

#[test]
fn a_baseline_is_compared_over_all_shards() {
    // Thirty findings whose fingerprints are alike in threes, as the objects are.
    let scan = Scan::new().args(["--no-embedded", "--fail-on", "warning"]).guest(&Guest::good());
    let scan = (0..30)
        .fold(scan, |scan, file| scan.file(&format!("{file:02}.yaml"), pod(&format!("pod-{}", file / 3))));
    scan.run_with(["--write-baseline", "../baseline.json"]);
    let tree = scan.tree();
    let file = |number: usize| tree.join(format!("{number:02}.yaml"));
    // One is gone, three go elsewhere (one to a file that its like was in), one comes, one is there twice, one is another.
    fs::remove_file(file(4)).unwrap();
    fs::rename(file(0), tree.join("zz.yaml")).unwrap();
    fs::rename(file(28), tree.join("aa.yaml")).unwrap();
    fs::rename(file(29), file(4)).unwrap();
    fs::write(tree.join("new.yaml"), pod("new")).unwrap();
    fs::copy(file(9), tree.join("copy.yaml")).unwrap();
    fs::write(file(20), pod("other")).unwrap();
    let scan = scan.args(["--baseline", "../baseline.json"]);
    let state = |state: &str| {
        let whole = scan.run_with(["--format", "sarif-full"]).stdout;
        results(&whole).iter().filter(|result| result["baselineState"] == state).count()
    };
    assert_eq!((state("new"), state("absent"), state("unchanged")), (3, 2, 28));
    for count in [1, 2, 3, 8] {
        merges_like_the_whole(&scan, count);
    }
    // Where all that is new has only moved, nothing fails.
    for name in ["new.yaml", "copy.yaml", "20.yaml"] {
        fs::remove_file(tree.join(name)).unwrap();
    }
    assert_eq!(scan.run().code, 0);
    for count in [2, 8] {
        merges_like_the_whole(&scan, count);
    }
}

#[test]
fn what_a_plugin_cannot_bear_merges_too() {
    let set = Guest::good().named("set").describing(
        "rules",
        json!([{ "id": "there", "summary": "There is an object", "looksAt": "set", "level": "note" }]),
    );
    let frail = Guest::fixture("panics-at-large-objects").named("frail");
    let counting = Guest::fixture("counts-calls").named("counting");
    let scan = Scan::new()
        .args(["--no-embedded", "--allow-partial-sarif"])
        .guest(&set)
        .guest(&frail)
        .guest(&counting);
    // Shifts end inside of shards, and shards inside of shifts; from the 900th object on the frail plugin loses patience.
    let scan = (0..60).fold(scan, |scan, file| {
        let pods: Vec<String> = (0..file).map(|number| sized(file, number)).collect();
        scan.file(&format!("{file:02}.yaml"), pods.join("---\n"))
    });
    let whole = scan.run_with(["--format", "json"]);
    let faults = whole.faults();
    assert!(faults.iter().any(|fault| fault.contains("further objects of this shift")), "{faults:#?}");
    merges_to_the_whole(&scan, 3);
}

fn sized(file: usize, number: usize) -> String {
    let name = format!("pod-{file}-{number}");
    let large = (file > 42 && number > 5) || number == 17;
    if large {
        pod(&name).replace("spec:\n", "spec:\n  a: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\n")
    } else {
        pod(&name)
    }
}

#[test]
fn the_worst_5000_of_shards_are_those_of_the_whole() {
    let rules = |level: &str, kind: &str| json!([{ "id": "there", "summary": "There is an object", "level": level, "kinds": [kind] }]);
    let pods = Guest::good().named("pods").describing("rules", rules("warning", "Pod"));
    let maps = Guest::good().named("maps").describing("rules", rules("error", "ConfigMap"));
    let scan = Scan::new().args(["--no-embedded"]).guest(&pods).guest(&maps);
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n";
    let scan = (0..9).fold(scan, |scan, file| {
        let pods: Vec<String> = (0..700).map(|number| pod(&format!("pod-{number}"))).collect();
        let maps = vec![map; if file == 5 { 40 } else { 1 }];
        scan.file(&format!("{file}.yaml"), format!("{}---\n{}", pods.join("---\n"), maps.join("---\n")))
    });
    for count in [1, 3] {
        merges_to_the_whole(&scan, count);
        let merged = read(&scan, "../whole.sarif");
        assert!(merged.contains("1348 of 6348 results were left out"), "{count}");
        let results = results(&merged);
        let errors = results.iter().filter(|result| result["level"] == "error").count();
        assert_eq!((results.len(), errors), (5_000, 48));
    }
    // Fingerprints of objects are numbered through, as objects of one name stand in all files.
    merges_to_the_whole(&scan.args(["--sarif-fingerprint", "object"]), 3);
}

#[test]
fn shards_share_out_what_the_whole_finds() {
    let scan = Scan::bare();
    let scan = (0..10).fold(scan, |scan, file| scan.file(&format!("{file}.yaml"), pod("a")));
    let shares: Vec<Vec<String>> = ["1/4", "2/4", "3/4", "4/4"]
        .iter()
        .map(|shard| scan.run_with(["--shard", shard]).findings())
        .collect();
    assert_eq!(shares.iter().map(Vec::len).collect::<Vec<_>>(), [2, 3, 2, 3]);
    assert_eq!(shares.concat(), scan.run().findings());
    for wrong in ["0/4", "5/4", "1", "1/0", "a/b", "1/257", "-1/4", ""] {
        let ran = scan.run_with([&format!("--shard={wrong}")]);
        assert!(
            ran.code == 2 && ran.stderr.contains("give it as I/N, such as 2/4"),
            "{wrong}: {}",
            ran.stderr
        );
    }
}

#[test]
fn standard_input_is_a_source_like_others() {
    let scan = Scan::new().args(["--no-embedded", "a.yaml", "Z.yaml", "-"]).guest(&Guest::good());
    let scan = scan.file("a.yaml", pod("a")).file("Z.yaml", pod("z")).stdin(pod("stdin"));
    merges_to_the_whole(&scan, 3);
}

#[test]
fn a_shard_that_is_missing_or_foreign_is_refused() {
    let scan = bare_shards(4);
    let (missing, of) = ("is missing; name the files of all shards", "merge the shards of one scan");
    refused(&scan, &["1.sarif", "2.sarif", "4.sarif"], &format!("shard 3/4 {missing}"));
    refused(&scan, &["3.sarif", "2.sarif"], "shards 1/4, 4/4 are missing; name the files of all shards");
    fs::copy(scan.tree().join("2.sarif"), scan.tree().join("copy.sarif")).unwrap();
    refused(
        &scan,
        &["1.sarif", "2.sarif", "3.sarif", "copy.sarif"],
        "2.sarif is shard 2/4, and so is copy.sarif; name every shard once",
    );
    refused(&scan, &["1.sarif", "2.sarif", "./1.sarif"], "./1.sarif is named twice; name every file once");
    scan.run_with(["--shard", "1/2", "--output", "sarif=half.sarif"]);
    refused(
        &scan,
        &["1.sarif", "half.sarif"],
        &format!("1.sarif is shard 1/4, and half.sarif is shard 1/2; {of}"),
    );
    scan.run_with(["--output", "sarif=whole.sarif"]);
    refused(
        &scan,
        &["1.sarif", "whole.sarif"],
        "1.sarif is shard 1/4 of a scan, and whole.sarif is no shard",
    );
    let rest = ["2.sarif", "3.sarif", "4.sarif", "odd.sarif"];
    let differ = |args: &[&str], what: &str| {
        let mut args = args.to_vec();
        args.extend(["--shard", "1/4"]);
        scan.run_with(args);
        refused(&scan, &rest, &format!("odd.sarif and 2.sarif are not of one scan: they differ in {what}"));
    };
    differ(
        &["--output", "sarif-full=odd.sarif"],
        "their format, of which one is `sarif` and the other `sarif-full`",
    );
    differ(
        &["--output", "sarif=odd.sarif", "--kubernetes-version", "1.30"],
        "the version of Kubernetes, 1.30 and 1.37",
    );
    differ(&["--output", "sarif=odd.sarif", "--fail-on", "never"], "`--fail-on`");
    let other = Guest::good().named("other");
    fs::write(scan.tree().join("../plugins/other.wasm"), other.bytes()).unwrap();
    differ(
        &["--output", "sarif=odd.sarif", "--plugin", "../plugins/other.wasm"],
        "`tool`: its version, its plugins or its rules",
    );
    fs::write(scan.tree().join("m1.yaml"), pod("changed")).unwrap();
    differ(&["--output", "sarif=odd.sarif"], "the files that they read, at m1.yaml");
}

#[test]
fn shards_of_two_categories_stay_two_runs() {
    let scan = bare_shards(1);
    for (number, category) in ["1", "2"].iter().zip(["one", "one"]) {
        let shard = format!("{number}/2");
        scan.run_with([
            "--shard",
            &shard,
            "--category",
            category,
            "--output",
            &format!("sarif=c{number}.sarif"),
        ]);
    }
    let merged = merge(&scan, &["1.sarif", "c2.sarif", "c1.sarif"]);
    let log = merged.json();
    let ids: Vec<&Value> =
        log["runs"].as_array().unwrap().iter().map(|run| &run["automationDetails"]["id"]).collect();
    assert_eq!(ids, [&Value::Null, &json!("one/")]);
}

#[test]
fn what_only_all_shards_can_judge_holds_if_all_have_it() {
    let scan = bare_shards(2);
    let whole = scan.run_with(["--format", "sarif"]).json();
    let odd = |text: &str| {
        let mut result = whole["runs"][0]["results"][0].clone();
        result["message"]["text"] = text.into();
        result
    };
    // The whole would have one in front, one between the results of the second shard, and one behind.
    let told = [odd("front"), odd("of the first shard alone"), odd("between"), odd("behind")];
    let with = |file: &str, at: &[(usize, usize, bool)]| {
        let mut log: Value = serde_json::from_str(&read(&scan, file)).unwrap();
        let run = &mut log["runs"][0];
        for (position, which, fails) in at {
            run["results"].as_array_mut().unwrap().insert(*position, told[*which].clone());
            let gravity = run["properties"]["plimsoll/shard"]["gravity"].as_array_mut().unwrap();
            gravity.insert(*position, json!([1, 0]));
            let shared = run["properties"]["plimsoll/shard"]["shared"].as_array_mut().unwrap();
            shared.push(json!({ "result": position, "fails": fails }));
        }
        fs::write(scan.tree().join(file), log.to_string()).unwrap();
    };
    with("1.sarif", &[(0, 0, false), (3, 1, true), (4, 2, false), (5, 3, false)]);
    with("2.sarif", &[(0, 0, false), (2, 2, false), (4, 3, false)]);
    let merged = merge(&scan, &["2.sarif", "1.sarif"]).stdout;
    let own: Vec<Value> = whole["runs"][0]["results"].as_array().unwrap().clone();
    assert_eq!(own.len(), 4);
    let expected: Vec<Value> = [&told[..1], &own[..3], &told[2..3], &own[3..], &told[3..]].concat();
    assert_eq!(results(&merged), expected);
    let log: Value = serde_json::from_str(&merged).unwrap();
    assert_eq!(log["runs"][0]["invocations"][0]["exitCode"], 0, "what does not hold does not fail");
}

#[test]
fn runs_of_other_tools_are_joined_where_they_can_be() {
    let scan = Scan::new();
    for (file, log) in
        [("lint.sarif", lint()), ("a.sarif", trivy("a.yaml", 0)), ("b.sarif", trivy("b.yaml", 1))]
    {
        fs::write(scan.tree().join(file), serde_json::to_string_pretty(&log).unwrap()).unwrap();
    }
    // A byte order mark is what some tools write first.
    let marked = format!("\u{FEFF}{}", checkov());
    fs::write(scan.tree().join("checkov.sarif"), marked).unwrap();
    let merged = merge(&scan, &["a.sarif", "lint.sarif", "b.sarif", "checkov.sarif"]);
    assert_eq!(merged.stderr, "");
    let log = merged.json();
    let runs = log["runs"].as_array().unwrap();
    let names: Vec<&Value> = runs.iter().map(|run| &run["tool"]["driver"]["name"]).collect();
    assert_eq!(names, ["Trivy", "kube-linter", "checkov"]);
    let trivy = &runs[0];
    let rules: Vec<&Value> =
        trivy["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
    assert_eq!(rules, ["KSV-0", "KSV-shared", "KSV-1"]);
    let told: Vec<(&str, u64, u64, &str)> = trivy["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            let rule = result["ruleId"].as_str().unwrap();
            (
                rule,
                result["ruleIndex"].as_u64().unwrap(),
                location["index"].as_u64().unwrap(),
                location["uri"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("KSV-0", 0, 1, "a.yaml"), ("KSV-shared", 1, 0, "both.yaml"), ("KSV-1", 2, 2, "b.yaml")],
        "what both found stands there once, and every index leads to the same as before"
    );
    let artifacts: Vec<&Value> =
        trivy["artifacts"].as_array().unwrap().iter().map(|one| &one["location"]["uri"]).collect();
    assert_eq!(artifacts, ["both.yaml", "a.yaml", "b.yaml"]);
    // What only one says of itself is not said of both.
    assert_eq!(trivy.get("properties"), None);
    // A file alone is as it was.
    let alone = merge(&scan, &["lint.sarif"]).json();
    assert_eq!(alone["runs"], lint()["runs"]);
}

#[test]
fn two_scans_of_ours_are_joined_with_their_plugins() {
    let (one, other) = (Guest::good().named("one"), Guest::good().named("other"));
    let both = Scan::new().file("a/a.yaml", pod("a")).file("b/b.yaml", pod("b")).file("b/c.yaml", "a: [");
    let scan = both.plugin("other.wasm", other.bytes()).plugin("one.wasm", one.bytes());
    let run = |args: &[&str]| {
        let mut command = Command::new(plimsoll());
        command.args(["scan", "--no-embedded", "--allow-partial-sarif"]).args(args);
        scan.in_place(&mut command);
        scan.run_command(command)
    };
    run(&["a", "--plugin", "../plugins/one.wasm", "--output", "sarif=a.sarif"]);
    run(&[
        "b",
        "--plugin",
        "../plugins/other.wasm",
        "--plugin",
        "../plugins/one.wasm",
        "--output",
        "sarif=b.sarif",
    ]);
    let merged = merge(&scan, &["a.sarif", "b.sarif"]).json();
    let run = &merged["runs"][0];
    let extensions = run["tool"]["extensions"].as_array().unwrap();
    let told: Vec<String> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let component = &result["rule"]["toolComponent"];
            let extension = &extensions[component["index"].as_u64().unwrap() as usize];
            assert_eq!(extension["name"], component["name"]);
            let rule = &extension["rules"][result["rule"]["index"].as_u64().unwrap() as usize];
            assert_eq!(rule["id"], result["ruleId"]);
            let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
            let artifact = &run["artifacts"][location["index"].as_u64().unwrap() as usize];
            assert_eq!(artifact["location"]["uri"], location["uri"]);
            format!("{} {}", result["ruleId"].as_str().unwrap(), location["uri"].as_str().unwrap())
        })
        .collect();
    assert_eq!(told, ["one/there a/a.yaml", "one/there b/b.yaml", "other/there b/b.yaml"]);
    let invocations = run["invocations"].as_array().unwrap();
    assert_eq!(invocations.len(), 2);
    let fault = &invocations[1]["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(fault, &json!({ "uri": "b/c.yaml", "uriBaseId": "%SRCROOT%", "index": 3 }));
}

#[test]
fn both_extents_of_a_scan_are_not_joined() {
    let privileged = pod("a").replace("spec:\n", "spec:\n  hostPID: true\n");
    let scan = Scan::new().file("a/a.yaml", &privileged).file("b/b.yaml", &privileged);
    let run = |folder: &str, category: &str| {
        let mut command = Command::new(plimsoll());
        command.args(["scan", folder, "--fail-on", "never", "--category", category]);
        for extent in EXTENTS {
            command.arg(format!("--output={extent}={folder}{category}.{extent}"));
        }
        scan.in_place(&mut command);
        assert_eq!(scan.run_command(command).code, 0);
    };
    run("a", "one");
    run("a", "two");
    run("b", "one");
    let told = "aone.sarif is `sarif` and aone.sarif-full is `sarif-full`, and both tell the same finding, which would stand there twice (aone.sarif:1:";
    for files in [["aone.sarif", "aone.sarif-full"], ["aone.sarif-full", "aone.sarif"]] {
        refused(&scan, &files, told);
    }
    refused(&scan, &["bone.sarif", "aone.sarif", "aone.sarif-full"], told);
    // What is not the same scan, or not the same category, is joined.
    for extent in EXTENTS {
        let files = ["a", "b"].map(|folder| format!("{folder}one.{extent}"));
        let count = |file: &str| results(&read(&scan, file)).len();
        let merged = merge(&scan, &[&files[0], &files[1]]).stdout;
        assert_eq!(results(&merged).len(), count(&files[0]) + count(&files[1]));
    }
    let merged = merge(&scan, &["aone.sarif", "atwo.sarif-full"]).json();
    assert_eq!(merged["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn taxonomies_of_both_are_known_and_every_taxon_is_found() {
    let privileged = pod("a").replace("spec:\n", "spec:\n  hostPID: true\n").replace("main:1", "main:latest");
    let scan = Scan::new().file("a/a.yaml", &privileged).file("b/b.yaml", &privileged);
    let run = |args: &[&str]| {
        let mut command = Command::new(plimsoll());
        command.args(["scan", "--fail-on", "never"]).args(args);
        scan.in_place(&mut command);
        scan.run_command(command)
    };
    run(&["a", "--rule", "images/mutable-tag", "--rule", "suppressions", "--output", "sarif-full=a.sarif"]);
    run(&["b", "--rule", "pod-security/*", "--output", "sarif-full=b.sarif"]);
    for files in [["a.sarif", "b.sarif"], ["b.sarif", "a.sarif"]] {
        let merged = merge(&scan, &files);
        assert_eq!(merged.stderr, "");
        let log = merged.json();
        let run = &log["runs"][0];
        let taxonomy = |reference: &Value| {
            &run["taxonomies"][reference["toolComponent"]["index"].as_u64().unwrap() as usize]
        };
        let is_found = |reference: &Value| {
            let taxonomy = taxonomy(reference);
            assert_eq!(taxonomy["name"], reference["toolComponent"]["name"]);
            assert_eq!(
                taxonomy["taxa"][reference["index"].as_u64().unwrap() as usize]["id"],
                reference["id"]
            );
        };
        let results = run["results"].as_array().unwrap();
        let taxa: Vec<&Value> =
            results.iter().filter_map(|result| result["taxa"].as_array()).flatten().collect();
        let extensions = run["tool"]["extensions"].as_array().unwrap();
        let rules = extensions.iter().flat_map(|extension| extension["rules"].as_array().unwrap());
        let related = rules.filter_map(|rule| rule["relationships"].as_array()).flatten();
        let related: Vec<&Value> = related.map(|related| &related["target"]).collect();
        assert!(!taxa.is_empty() && related.len() > taxa.len(), "{} {}", taxa.len(), related.len());
        taxa.into_iter().chain(related).for_each(is_found);
        for supported in run["tool"]["driver"]["supportedTaxonomies"].as_array().unwrap() {
            assert_eq!(
                run["taxonomies"][supported["index"].as_u64().unwrap() as usize]["name"],
                supported["name"]
            );
        }
    }
}

/// A run with two artifacts of which the second is pointed to from wherever SARIF lets one point to it, and other lists that are pointed into.
fn pointing() -> Value {
    let artifact = json!({ "index": 1 });
    let location = json!({ "physicalLocation": { "artifactLocation": artifact, "address": { "index": 1 } } });
    let tool =
        |name: &str| json!({ "driver": { "name": name, "rules": [{ "id": "A" }], "locations": [artifact] } });
    json!({
        "tool": tool("lint"),
        "artifacts": [{ "location": { "uri": "same" } }, { "location": { "uri": "own" } }, { "location": { "uri": "part" }, "parentIndex": 1 }],
        "addresses": [{ "name": "base" }, { "name": "field", "parentIndex": 0 }],
        "conversion": { "tool": tool("converter"), "analysisToolLogFiles": [artifact], "invocation": { "executionSuccessful": true, "executable": artifact } },
        "graphs": [{ "nodes": [{ "id": "n", "location": location, "children": [{ "id": "m", "location": location }] }] }],
        "invocations": [{ "executionSuccessful": true, "responseFiles": [artifact], "stdout": artifact }],
        "originalUriBaseIds": { "BASE": { "uri": "file:///a/", "index": 1 } },
        "policies": [{ "name": "policy", "locations": [artifact] }],
        "specialLocations": { "displayBase": artifact },
        "threadFlowLocations": [{ "location": location }, { "index": 1, "location": location }],
        "translations": [{ "name": "translation", "locations": [artifact] }],
        "versionControlProvenance": [{ "repositoryUri": "https://example.com/", "mappedTo": artifact }],
        "webRequests": [{ "index": 0, "target": "/" }],
        "webResponses": [{ "index": 0, "statusCode": 200 }],
        "results": [{
            "ruleId": "A", "ruleIndex": 0, "message": { "text": "own" }, "analysisTarget": artifact, "locations": [location],
            "attachments": [{ "artifactLocation": artifact }], "fixes": [{ "artifactChanges": [{ "artifactLocation": artifact }] }],
            "codeFlows": [{ "threadFlows": [{ "locations": [{ "index": 1 }, { "location": location, "webRequest": { "index": 0 } }] }] }],
            "graphTraversals": [{ "runGraphIndex": 0 }], "provenance": { "invocationIndex": 0 }, "stacks": [{ "frames": [{ "location": location }] }],
            "webRequest": { "index": 0 }, "webResponse": { "index": 0 },
            "properties": { "index": 1, "ruleIndex": 7, "location": artifact }
        }]
    })
}

#[test]
fn whatever_points_into_a_list_points_to_the_same_afterwards() {
    let scan = Scan::new();
    let write = |file: &str, run: &Value| {
        fs::write(scan.tree().join(file), json!({ "version": "2.1.0", "runs": [run] }).to_string()).unwrap();
    };
    write("a.sarif", &pointing());
    // Its artifacts stand in front, and so does its invocation.
    write(
        "other.sarif",
        &json!({
            "tool": { "driver": { "name": "lint" } }, "results": [], "invocations": [{ "executionSuccessful": true }],
            "artifacts": [{ "location": { "uri": "x" } }, { "location": { "uri": "y" } }, { "location": { "uri": "same" } }]
        }),
    );
    let mut expected = pointing();
    // Where artifacts are pointed to, and nothing else.
    let pointers = |run: &Value| {
        let mut pointers = Vec::new();
        walk(run, String::new(), &mut pointers);
        pointers
    };
    for pointer in pointers(&expected) {
        let parts: Vec<&str> = pointer.split('/').collect();
        let is_own = parts.contains(&"properties") || parts.contains(&"addresses");
        let other =
            ["address", "threadFlowLocations", "webRequest", "webRequests", "webResponse", "webResponses"];
        let of = parts
            .iter()
            .rev()
            .skip(1)
            .find(|part| part.parse::<usize>().is_err())
            .copied()
            .unwrap_or_default();
        let is_flow = of == "locations" && parts.contains(&"threadFlows");
        let to = match *parts.last().unwrap() {
            _ if is_own => continue,
            "index" if !other.contains(&of) && !is_flow => 3,
            "parentIndex" => 3,
            "invocationIndex" => 1,
            _ => continue,
        };
        *expected.pointer_mut(&pointer).unwrap() = to.into();
    }
    let merged = merge(&scan, &["other.sarif", "a.sarif"]);
    assert_eq!(merged.stderr, "");
    let run = &merged.json()["runs"][0];
    for (key, value) in expected.as_object().unwrap() {
        match key.as_str() {
            "artifacts" => {
                let uris: Vec<&Value> =
                    run[key].as_array().unwrap().iter().map(|one| &one["location"]["uri"]).collect();
                assert_eq!(uris, ["x", "y", "same", "own", "part"]);
                assert_eq!(run[key][4]["parentIndex"], 3);
            }
            "invocations" => assert_eq!(run[key][1], value[0]),
            _ => assert_eq!(&run[key], value, "{key}"),
        }
    }
    // The other way round nothing of it moves.
    let run = &merge(&scan, &["a.sarif", "other.sarif"]).json()["runs"][0];
    for (key, value) in pointing().as_object().unwrap() {
        match key.as_str() {
            "artifacts" | "invocations" => assert_eq!(run[key][0], value[0]),
            _ => assert_eq!(&run[key], value, "{key}"),
        }
    }
}

#[test]
fn what_points_nowhere_is_told_of_whatever_the_order() {
    let scan = Scan::new();
    let write = |file: &str, run: &Value| {
        fs::write(scan.tree().join(file), json!({ "version": "2.1.0", "runs": [run] }).to_string()).unwrap();
    };
    let mut full = pointing();
    full["tool"]["extensions"] = json!([{ "name": "extension", "rules": [{ "id": "B" }] }]);
    write("full.sarif", &full);
    for (key, value, list) in [
        ("ruleIndex", json!(0), "rules"),
        ("rule", json!({ "index": 0 }), "rules"),
        ("rule", json!({ "id": "B", "toolComponent": { "index": 0 } }), "extensions"),
        ("analysisTarget", json!({ "index": 1 }), "artifacts"),
        ("provenance", json!({ "invocationIndex": 0 }), "invocations"),
        ("graphTraversals", json!([{ "runGraphIndex": 0 }]), "graphs"),
        ("webRequest", json!({ "index": 0 }), "requests"),
        ("webResponse", json!({ "index": 0 }), "responses"),
        ("locations", json!([{ "physicalLocation": { "address": { "index": 0 } } }]), "addresses"),
        (
            "codeFlows",
            json!([{ "threadFlows": [{ "locations": [{ "index": 0 }] }] }]),
            "locations of thread flows",
        ),
    ] {
        let mut run = json!({ "tool": { "driver": { "name": "lint" } }, "results": [{ "message": { "text": "it is so" } }] });
        run["results"][0][key] = value;
        write("lost.sarif", &run);
        for files in [["lost.sarif", "full.sarif"], ["full.sarif", "lost.sarif"]] {
            let ran = merge(&scan, &files);
            assert!(
                ran.stderr.contains(&format!(" of the {list}, and there are 0")),
                "{list}: {}",
                ran.stderr
            );
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        }
    }
}

#[test]
fn runs_of_one_category_are_joined_whatever_their_names() {
    let scan = Scan::new();
    let automation = |files: [Value; 2]| {
        for (details, file) in files.iter().zip(["a.sarif", "b.sarif"]) {
            let mut log = trivy("a.yaml", 0);
            log["runs"][0]["automationDetails"] = details.clone();
            fs::write(scan.tree().join(file), log.to_string()).unwrap();
        }
        let merged = merge(&scan, &["a.sarif", "b.sarif"]);
        assert_eq!(merged.stderr, "");
        let log = merged.json();
        assert_eq!(log["runs"].as_array().unwrap().len(), 1);
        log["runs"][0].get("automationDetails").cloned()
    };
    let named = |id: &str| json!({ "id": id });
    assert_eq!(automation([named("c/1"), named("c/1")]), Some(named("c/1")));
    assert_eq!(automation([named("c/1"), named("c/2")]), Some(named("c/")));
    assert_eq!(automation([named("c/d/1"), named("c/d/")]), Some(named("c/d/")));
    assert_eq!(automation([named("1"), named("2")]), None);
    assert_eq!(automation([named("1"), json!({})]), None, "the name of one is not that of both");
    let [a, b] = ["a", "b"].map(|guid| json!({ "id": "c/", "guid": guid, "correlationGuid": "c" }));
    assert_eq!(automation([a, b]), Some(json!({ "id": "c/", "correlationGuid": "c" })));
}

#[test]
fn a_run_without_columns_takes_those_of_another() {
    let scan = Scan::new();
    let mut log = trivy("b.yaml", 1);
    log["runs"][0].as_object_mut().unwrap().remove("columnKind");
    log["runs"][0]["results"] = json!([]);
    fs::write(scan.tree().join("a.sarif"), log.to_string()).unwrap();
    fs::write(scan.tree().join("b.sarif"), trivy("a.yaml", 0).to_string()).unwrap();
    let merged = merge(&scan, &["a.sarif", "b.sarif"]).json();
    assert_eq!(merged["runs"][0]["columnKind"], "utf16CodeUnits");
}

#[test]
fn what_cannot_be_joined_is_an_error_that_names_both() {
    let scan = Scan::new();
    let write = |file: &str, log: &Value| fs::write(scan.tree().join(file), log.to_string()).unwrap();
    write("a.sarif", &trivy("a.yaml", 0));
    let differs = |change: &dyn Fn(&mut Value), what: &str| {
        let mut log = trivy("b.yaml", 1);
        change(&mut log["runs"][0]);
        write("b.sarif", &log);
        let told = "a.sarif and b.sarif hold runs of one tool and category, of which GitHub takes only one, and they cannot be joined: ";
        refused(&scan, &["a.sarif", "b.sarif"], &format!("{told}{what}"));
    };
    differs(
        &|run| run["tool"]["driver"]["version"] = "0.9.9".into(),
        "they differ in `version` of Trivy, \"0.50.0\" and \"0.9.9\" (a.sarif:1:",
    );
    differs(
        &|run| run["tool"]["driver"]["rules"][0]["properties"]["security-severity"] = "9.5".into(),
        "they differ in the level or the severity of rule KSV-shared of Trivy (",
    );
    differs(&|run| run["columnKind"] = "unicodeCodePoints".into(), "they differ in `columnKind` (");
    differs(
        &|run| drop(run.as_object_mut().unwrap().remove("columnKind")),
        "one says what its columns count, `columnKind`, and one does not (a.sarif:1:",
    );
    differs(
        &|run| run["originalUriBaseIds"] = json!({ "ROOTPATH": { "uri": "file:///elsewhere/" } }),
        "ROOTPATH is not the same folder in both (",
    );
    differs(
        &|run| run["artifacts"][1]["hashes"] = json!({ "sha-256": "other" }),
        "a file changed between the scans (",
    );
    // With categories they are two runs.
    let mut log = trivy("b.yaml", 1);
    log["runs"][0]["tool"]["driver"]["version"] = "0.9.9".into();
    log["runs"][0]["automationDetails"] = json!({ "id": "b/" });
    write("b.sarif", &log);
    assert_eq!(merge(&scan, &["a.sarif", "b.sarif"]).json()["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_file_that_changed_between_two_scans_is_told() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, hostIPC: true}\n";
    for (format, other, changed) in
        [("sarif", "sarif", true), ("sarif-full", "sarif-full", true), ("sarif", "sarif-full", false)]
    {
        let scan = Scan::new().file("a.yaml", pod);
        let sarif = |rule: &str, format: &str, file: &str| {
            let ran = scan.run_with(["--rule", rule, "--format", format]);
            fs::write(scan.tree().join(file), ran.stdout).unwrap();
        };
        sarif("pod-security/host-pid", format, "../1.sarif");
        if changed {
            fs::write(scan.tree().join("a.yaml"), format!("# more\n{pod}")).unwrap();
        }
        sarif("pod-security/host-ipc", other, "../2.sarif");
        let merged = merge(&scan, &["../1.sarif", "../2.sarif"]);
        assert_eq!(merged.code, if changed { 2 } else { 0 }, "{format} {other}: {}", merged.stderr);
        assert_eq!(
            merged.stderr.contains("a file changed between the scans ("),
            changed,
            "{}",
            merged.stderr
        );
    }
}

#[test]
fn github_s_limits_are_kept() {
    let scan = Scan::new();
    let write = |file: &str, log: Value| fs::write(scan.tree().join(file), log.to_string()).unwrap();
    let result = |number: usize| json!({ "ruleId": "a", "message": { "text": number.to_string() } });
    let run = |tool: String, results: std::ops::Range<usize>| json!({ "tool": { "driver": { "name": tool } }, "results": results.map(result).collect::<Vec<_>>() });
    let log = |runs: Vec<Value>| json!({ "version": "2.1.0", "runs": runs });
    write("a.sarif", log(vec![run("lint".into(), 0..13_000)]));
    write("b.sarif", log(vec![run("lint".into(), 12_000..25_000)]));
    assert_eq!(results(&merge(&scan, &["a.sarif", "b.sarif"]).stdout).len(), 25_000);
    write("b.sarif", log(vec![run("lint".into(), 12_000..25_001)]));
    refused(
        &scan,
        &["a.sarif", "b.sarif"],
        "the runs of lint come to 25001 results, and GitHub refuses a run with more than 25000; ",
    );
    write("a.sarif", log((0..21).map(|number| run(format!("lint-{number}"), 0..0)).collect()));
    refused(&scan, &["a.sarif"], "these files make 21 runs, and GitHub refuses a file with more than 20; ");
    let extensions: Vec<Value> = (0..101).map(|number| json!({ "name": format!("e{number}") })).collect();
    write(
        "a.sarif",
        log(vec![
            json!({ "tool": { "driver": { "name": "lint" }, "extensions": extensions }, "results": [] }),
        ]),
    );
    refused(
        &scan,
        &["a.sarif"],
        "the runs of lint come to 101 extensions, and GitHub refuses a run with more than 100; ",
    );
    write("a.sarif", log(Vec::new()));
    write("b.sarif", log(Vec::new()));
    refused(
        &scan,
        &["a.sarif", "b.sarif"],
        "there is no run in a.sarif, b.sarif, and GitHub refuses a file without one; ",
    );
    write("b.sarif", log(vec![run("lint".into(), 0..1)]));
    assert_eq!(
        results(&merge(&scan, &["a.sarif", "b.sarif"]).stdout).len(),
        1,
        "where one has a run, others need none"
    );
}

#[test]
fn what_is_long_takes_no_longer_than_it_must() {
    let scan = Scan::new();
    let write = |file: &str, change: &dyn Fn(&mut Value)| {
        let mut run = json!({ "tool": { "driver": { "name": "lint" } }, "results": [] });
        change(&mut run);
        let runs = json!({ "version": "2.1.0", "runs": [run] });
        fs::write(scan.tree().join(file), runs.to_string()).unwrap();
    };
    let named = |number: usize| json!({ "name": format!("e{number}") });
    let list = |item: &dyn Fn(usize) -> Value| (0..40_000).map(item).collect::<Value>();
    let object = || (0..40_000).map(|number| (format!("k{number}"), json!({}))).collect::<Value>();
    let changes: [&dyn Fn(&mut Value); 4] = [
        &|run| run["tool"]["extensions"] = list(&named),
        &|run| run["versionControlProvenance"] = list(&|number| json!({ "revisionId": number.to_string() })),
        &|run| run["properties"] = object(),
        &|run| run["originalUriBaseIds"] = object(),
    ];
    let begun = Instant::now();
    for (number, change) in changes.iter().enumerate() {
        write("a.sarif", change);
        write("b.sarif", &|run| {
            change(run);
            run["invocations"] = json!([{ "executionSuccessful": true }]);
        });
        let ran = merge(&scan, &["a.sarif", "b.sarif"]);
        assert_eq!(ran.code, if number == 0 { 2 } else { 0 }, "{}", ran.stderr);
    }
    // A moment each; where every item is compared with every other, minutes.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn bad_input_is_told_with_its_place_and_nothing_is_written() {
    let scan = bare_shards(1);
    let whole = read(&scan, "1.sarif");
    let bad = |text: &[u8], message: &str| {
        fs::write(scan.tree().join("bad.sarif"), text).unwrap();
        let ran = merge(&scan, &["1.sarif", "bad.sarif", "--output", "out.sarif"]);
        assert!(ran.stderr.starts_with(&format!("error: {message}")), "{}", ran.stderr);
        assert_eq!((ran.code, ran.stdout.as_str(), scan.tree().join("out.sarif").exists()), (2, "", false));
    };
    bad(b"", "bad.sarif is empty; did the tool that should have written it fail?");
    bad(b"{\n  \"version\": oops }", "bad.sarif:2:14: this is no JSON: expected value; is the file whole?");
    bad(&whole.as_bytes()[..whole.len() / 2], "bad.sarif:1:");
    bad(b"[]", "bad.sarif:1:1: a SARIF file must be an object");
    bad(
        b"{}",
        "bad.sarif:1:1: only SARIF 2.1.0 can be merged, and it has no `version`; have its tool write 2.1.0",
    );
    bad(b"{\"version\":\"2.0.0\"}", "bad.sarif:1:1: only SARIF 2.1.0 can be merged, and this is 2.0.0");
    bad(b"{\"version\":\"2.1.0\"}", "bad.sarif:1:1: it has no `runs`; is this SARIF?");
    bad(b"{\"version\":\"2.1.0\",\n\"runs\":{}}", "bad.sarif:2:8: `runs` must be a list");
    let run = |run: &str| format!("{{\"version\":\"2.1.0\",\"runs\":[\n{run}]}}").into_bytes();
    bad(&run("{}"), "bad.sarif:2:1: `tool` is missing here; is this SARIF?");
    bad(&run("{\"tool\":{\"driver\":{\"name\":1}}}"), "bad.sarif:2:27: `name` must be a text");
    bad(
        &run("{\"tool\":{\"driver\":{\"name\":\"lint\"}}}"),
        "bad.sarif:2:1: this run of lint has no `results`, so GitHub would refuse it; did the tool end before it was done?",
    );
    bad(&run("{\"tool\":1,\"tool\":1}"), "bad.sarif:2:18: `tool` stands here a second time");
    bad(b"{\"version\":\"\xFF\"}", "bad.sarif:1:13: this is no UTF-8, which SARIF must be");
    bad(b"\xFF\xFE{\0}\0", "bad.sarif is UTF-16, as PowerShell's `>` writes it");
    bad(&b"[".repeat(100_000), "bad.sarif:1:100000: this is no JSON: ");
    let ran = merge(&scan, &["1.sarif", "none.sarif"]);
    assert!(ran.code == 2 && ran.stderr.starts_with("error: none.sarif cannot be read: "), "{}", ran.stderr);
    let ran = merge(&scan, &["1.sarif", "--output", "1.sarif"]);
    ran.is_refused("1.sarif is to be read and to be written; write the output elsewhere");
    assert_eq!(read(&scan, "1.sarif"), whole);
}

#[test]
fn whatever_a_file_holds_it_never_panics() {
    let scan = Scan::new().args(["--no-embedded", "--allow-partial-sarif"]).guest(&Guest::good());
    let scan = scan.file("a.yaml", pod("a")).file("b.yaml", pod("b")).file("c.yaml", "a: [");
    for shard in [1, 2] {
        scan.run_with(["--shard", &format!("{shard}/2"), "--output", &format!("sarif={shard}.sarif")]);
    }
    fs::write(scan.tree().join("lint.sarif"), lint().to_string()).unwrap();
    fs::write(scan.tree().join("trivy.sarif"), trivy("a.yaml", 0).to_string()).unwrap();
    let bases = [("2.sarif", read(&scan, "2.sarif")), ("b.sarif", trivy("b.yaml", 1).to_string())];
    let mut random = 0x5DEE_CE66_u64;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below
    };
    let mut refused = 0;
    for round in 0..200 {
        let (file, base) = &bases[round % 2];
        let text = match round % 4 {
            0 | 1 => cut(base, &mut next),
            _ => twisted(base, &mut next),
        };
        fs::write(scan.tree().join(file), &text).unwrap();
        // A crash fails in here.
        let ran = merge(&scan, &["1.sarif", "2.sarif", "trivy.sarif", "b.sarif", "lint.sarif"]);
        assert!(
            ran.code == 0 || ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(".sarif"),
            "{ran:?}"
        );
        refused += usize::from(ran.code == 2);
        fs::write(scan.tree().join(file), base).unwrap();
    }
    assert!((100..200).contains(&refused), "{refused} of 200 were refused");
}

/// A text with bytes cut out of it or one changed.
fn cut(text: &str, next: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let (from, length) = (next(bytes.len()), next(40));
    match next(3) {
        0 => bytes.truncate(from),
        1 => drop(bytes.drain(from..(from + length).min(text.len()))),
        _ => bytes[from] = next(256) as u8,
    }
    bytes
}

/// A text of JSON in which one value has become another.
fn twisted(text: &str, next: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(text).unwrap();
    let mut pointers = Vec::new();
    walk(&value, String::new(), &mut pointers);
    let odd = [
        json!(null),
        json!(-1),
        json!(7),
        json!(1e300),
        json!(u64::MAX),
        json!("text"),
        json!([]),
        json!({}),
        json!([null]),
        json!({ "index": 99 }),
        json!(true),
    ];
    let pointer = &pointers[next(pointers.len())];
    *value.pointer_mut(pointer).unwrap() = odd[next(odd.len())].clone();
    value.to_string().into_bytes()
}

fn walk(value: &Value, at: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                walk(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), pointers);
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                walk(value, format!("{at}/{position}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(at);
}

/// Objects that rules of sets and rules of objects find something in, and three sources that are faults.
fn services() -> Scan {
    let scan = Scan::new();
    let scan = (0..12).fold(scan, |scan, number| {
        let deployment = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: app-{number}, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: a{number}}}}}\n  \
             template:\n    metadata: {{labels: {{app: a{number}}}}}\n    spec:\n      hostPID: true\n      containers:\n        - name: app\n          image: \
             nginx\n          ports: [{{containerPort: 80}}]\n"
        );
        let service = format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: app-{number}, namespace: shop}}\nspec: {{selector: {{app: a{number}}}, ports: [{{port: 80}}]}}\n"
        );
        // A Service stands far from what it selects.
        scan.file(&format!("apps/{number}.yaml"), deployment).file(&format!("services/{}.yaml", 99 - number), service)
    });
    scan.file("apps/3-broken.yaml", "a: [\n---\napiVersion: v1\nkind: Pod\n")
        .file("broken.yaml", "a: 'b\n")
        .file("services/template.yaml", "{{ if }}\nkind: Pod\n")
}

/// Four sources and one plugin; the shards stand in `1.sarif` and so on.
fn bare_shards(count: usize) -> Scan {
    let scan = Scan::new().args(["--no-embedded"]).guest(&Guest::good());
    let scan = (0..4).fold(scan, |scan, file| scan.file(&format!("m{file}.yaml"), pod("a")));
    for number in 1..=count {
        let output = format!("sarif={number}.sarif");
        let ran = scan.run_with(["--shard", &format!("{number}/{count}"), "--output", &output]);
        let part = format!(
            "warning: sarif holds only what shard {number}/{count} answers for; upload what `plimsoll merge` makes of all shards, because alone it \
             would close the alerts of the others\n"
        );
        assert_eq!((ran.code, ran.stderr), (0, if count == 1 { String::new() } else { part }));
    }
    scan
}

/// As [`merges_like_the_whole`], and one of the shards ends as the whole does.
#[track_caller]
fn merges_to_the_whole(scan: &Scan, count: usize) {
    let (whole, codes) = merges_like_the_whole(scan, count);
    assert_eq!(codes.into_iter().max(), Some(whole));
}

/// Scans in shards and as a whole, merges the shards out of order, and compares, in both extents. Returns how the whole ended, and the shards.
#[track_caller]
fn merges_like_the_whole(scan: &Scan, count: usize) -> (i32, Vec<i32>) {
    let outputs = |name: &str| EXTENTS.map(|extent| format!("--output={extent}=../{name}.{extent}"));
    let whole = scan.run_with(outputs("whole")).code;
    let shard = |number: usize| {
        let [one, other] = outputs(&number.to_string());
        scan.run_with([format!("--shard={number}/{count}"), one, other]).code
    };
    let codes = (1..=count).map(shard).collect();
    for extent in EXTENTS {
        let mut files: Vec<String> = (1..=count).map(|number| format!("../{number}.{extent}")).collect();
        files.rotate_left(count / 2);
        files.swap(0, count - 1);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let merged = merge(scan, &files);
        assert_eq!(merged.stderr, "");
        let (merged, whole) = (merged.stdout, read(scan, &format!("../whole.{extent}")));
        let differ = merged.bytes().zip(whole.bytes()).position(|(a, b)| a != b);
        let around = |text: &str| {
            let near = |at: usize| {
                String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(200)..text.len().min(at + 200)])
                    .into_owned()
            };
            differ.map(near)
        };
        let told =
            || format!("{extent} of {count} shards: {:#?} is not {:#?}", around(&merged), around(&whole));
        assert!(merged == whole, "{}", told());
    }
    (whole, codes)
}

/// Runs `plimsoll merge` in the tree of a scan.
fn merge(scan: &Scan, args: &[&str]) -> Ran {
    let mut command = Command::new(plimsoll());
    command.arg("merge").args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}

#[track_caller]
fn refused(scan: &Scan, args: &[&str], message: &str) {
    let ran = merge(scan, args);
    assert!(ran.stderr.starts_with(&format!("error: {message}")), "{}", ran.stderr);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
}

fn read(scan: &Scan, file: &str) -> String {
    fs::read_to_string(scan.tree().join(file)).unwrap()
}

fn results(log: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(log).unwrap()["runs"][0]["results"].as_array().unwrap().clone()
}

/// In the shape of what Trivy writes: one rule and one file of its own, and one of each that all share.
fn trivy(file: &str, number: usize) -> Value {
    let rule = |id: &str| {
        json!({
            "id": id, "name": "Misconfiguration", "shortDescription": { "text": "Too much." },
            "fullDescription": { "text": "A container asks for too much." },
            "defaultConfiguration": { "level": "error" }, "helpUri": "https://example.com/rule",
            "help": { "text": "Ask for less.", "markdown": "Ask for *less*." },
            "properties": { "precision": "very-high", "security-severity": "8.0", "tags": ["misconfiguration", "security", "HIGH"] }
        })
    };
    let result = |id: &str, index: usize, uri: &str, artifact: usize| {
        json!({
            "ruleId": id, "ruleIndex": index, "level": "error", "message": { "text": format!("{uri} asks for too much.") },
            "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": uri, "uriBaseId": "ROOTPATH", "index": artifact },
                "region": { "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2 }
            } }],
            "partialFingerprints": { "primaryLocationLineHash": format!("{uri}:1") }
        })
    };
    let (own, shared) = (format!("KSV-{number}"), "KSV-shared");
    // In one file the shared rule stands first, in the other last.
    let (rules, index) = match number {
        0 => ([rule(&own), rule(shared)], [0, 1]),
        _ => ([rule(shared), rule(&own)], [1, 0]),
    };
    let artifact = |uri: &str| json!({ "location": { "uri": uri, "uriBaseId": "ROOTPATH" }, "hashes": { "sha-256": uri } });
    let (artifacts, at) = match number {
        0 => ([artifact("both.yaml"), artifact(file)], [1, 0]),
        _ => ([artifact(file), artifact("both.yaml")], [0, 1]),
    };
    json!({
        "version": "2.1.0", "$schema": "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json",
        "runs": [{
            "tool": { "driver": {
                "fullName": "Trivy Vulnerability Scanner", "informationUri": "https://example.com/trivy", "name": "Trivy", "version": "0.50.0",
                "rules": rules
            } },
            "artifacts": artifacts,
            "results": [result(&own, index[0], file, at[0]), result(shared, index[1], "both.yaml", at[1])],
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { "ROOTPATH": { "uri": "file:///repository/" } },
            "properties": { "imageName": file }
        }]
    })
}

/// In the shape of what kube-linter writes.
fn lint() -> Value {
    json!({
        "version": "2.1.0", "$schema": "https://json.schemastore.org/sarif-2.1.0-rtm.5.json",
        "runs": [{
            "tool": { "driver": { "informationUri": "https://example.com/kube-linter", "name": "kube-linter", "version": "0.7.0", "rules": [{
                "id": "run-as-non-root", "name": "run-as-non-root",
                "shortDescription": { "text": "Containers run as root." }, "fullDescription": { "text": "Containers run as root." },
                "help": { "text": "Set runAsNonRoot.", "markdown": "Set `runAsNonRoot`." }
            }] } },
            "invocations": [{ "executionSuccessful": true, "startTimeUtc": "2026-01-01T00:00:00Z" }],
            "columnKind": "utf16CodeUnits",
            "results": [{
                "ruleId": "run-as-non-root", "ruleIndex": 0, "message": { "text": "The container runs as root.\nobject: shop/api" },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "a.yaml" },
                    "region": { "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2 } },
                    "logicalLocations": [{ "name": "api", "fullyQualifiedName": "shop/api", "kind": "object" }] }],
                "partialFingerprints": { "primaryLocationLineHash": "1:1" }
            }]
        }]
    })
}

/// In the shape of what Checkov writes.
fn checkov() -> Value {
    json!({
        "$schema": "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/main/sarif-2.1/schema/sarif-schema-2.1.0.json", "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "checkov", "version": "3.2.0", "informationUri": "https://example.com/checkov",
                "organization": "bridgecrew", "rules": [{
                "id": "CKV_K8S_8", "name": "Liveness probe", "shortDescription": { "text": "Liveness probe is missing" },
                "fullDescription": { "text": "Liveness probe is missing" }, "help": { "text": "\"Liveness probe\"\nResource: Deployment.shop.api" },
                "defaultConfiguration": { "level": "error" }
            }] } },
            "columnKind": "utf16CodeUnits",
            "results": [{
                "ruleId": "CKV_K8S_8", "ruleIndex": 0, "level": "error", "attachments": [], "message": { "text": "Liveness probe is missing" },
                "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "a.yaml" },
                    "region": { "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 2, "snippet": { "text": "a\n" } } } }],
                "partialFingerprints": { "primaryLocationLineHash": "1:1" }
            }]
        }]
    })
}
