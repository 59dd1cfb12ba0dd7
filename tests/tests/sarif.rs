//! SARIF as its readers need it: what identifies an alert, where it stands, within which limits, and that nothing refers to what is not there.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::collections::BTreeSet;
use std::fs;

use plimsoll_tests::{Guest, Ran, Scan, pod};
use serde_json::{Value, json};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

const DEPLOYMENT: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
spec:
  template:
    spec:
      containers:
        - name: api
          image: acme/api:1.0
          securityContext:
            privileged: true
        - name: log
          image: acme/log:2.0
          securityContext:
            privileged: true
";

// What identifies an alert.

#[test]
fn an_edit_elsewhere_keeps_both_fingerprints() {
    let other = "apiVersion: v1\nkind: Service\nmetadata: { name: other }\n";
    let before = format!("{other}---\n{DEPLOYMENT}");
    let after = fingerprints(&scan(&[("a.yaml", before.as_bytes()), ("b.yaml", other.as_bytes())]).run());
    assert_eq!(after, privileged(DEPLOYMENT));
    assert_eq!(after.len(), 2);
}

#[test]
fn inserted_lines_and_other_indentation_keep_both_fingerprints() {
    let longer = format!("# one\n# two\n\n{DEPLOYMENT}");
    assert_eq!(privileged(&longer), privileged(DEPLOYMENT));
    let deeper = DEPLOYMENT.replace("        ", "          ");
    assert_eq!(privileged(&deeper), privileged(DEPLOYMENT));
}

#[test]
fn windows_line_breaks_keep_both_fingerprints_and_the_places() {
    let scan = |text: &str| scan(&[("a.yaml", text.as_bytes())]).run();
    let (unix, windows) = (scan(DEPLOYMENT), scan(&DEPLOYMENT.replace('\n', "\r\n")));
    let told = |ran: &Ran| {
        let told = results(ran);
        told.iter().map(|result| (result["partialFingerprints"].clone(), region(result))).collect::<Vec<_>>()
    };
    assert_eq!(told(&unix), told(&windows));
}

#[test]
fn a_bumped_image_keeps_our_fingerprint_and_changes_the_line_hash_around_it() {
    let before = privileged(DEPLOYMENT);
    let after = privileged(&DEPLOYMENT.replace("acme/log:2.0", "acme/log:2.1"));
    let ours = |all: &[Fingerprints]| all.iter().map(|(_, ours)| ours.clone()).collect::<Vec<_>>();
    assert_eq!(ours(&before), ours(&after));
    // The hundred characters from `privileged: true` of the first container reach into the second one.
    assert_ne!(before[0].0, after[0].0);
    assert_eq!(before[1].0, after[1].0);
}

#[test]
fn a_moved_container_and_a_renamed_file_keep_our_fingerprint() {
    let (head, containers) = DEPLOYMENT.split_once("        - name: api").unwrap();
    let (api, log) = containers.split_once("        - name: log").unwrap();
    let moved = format!("{head}        - name: log{log}        - name: api{api}");
    let ours = |ran: &Ran| fingerprints(ran).into_iter().map(|(_, ours)| ours).collect::<BTreeSet<_>>();
    let before = ours(&scan(&[("a.yaml", DEPLOYMENT.as_bytes())]).run());
    assert_eq!(ours(&scan(&[("deploy/b.yaml", moved.as_bytes())]).run()), before);
    assert_eq!(before.len(), 2);
}

#[test]
fn an_object_that_stands_twice_has_two_line_hashes() {
    let hashes = privileged(&format!("{DEPLOYMENT}---\n{DEPLOYMENT}"));
    let lines: BTreeSet<&String> = hashes.iter().map(|(line, _)| line).collect();
    assert_eq!((hashes.len(), lines.len()), (4, 4), "{hashes:?}");
}

#[test]
fn the_main_fingerprint_may_be_that_of_the_object() {
    let twice = format!("{DEPLOYMENT}---\n{DEPLOYMENT}");
    let ran = scan(&[("a.yaml", twice.as_bytes())]).run_with(["--sarif-fingerprint", "object"]);
    let mut seen = BTreeSet::new();
    for (main, ours) in fingerprints(&ran) {
        let (hash, count) = main.split_once(':').unwrap();
        assert_eq!(hash, ours);
        assert!(["1", "2"].contains(&count) && seen.insert(main.clone()), "{main}");
    }
    assert_eq!(seen.len(), 4);
    let bumped = scan(&[("a.yaml", twice.replace("log:2.0", "log:2.1").as_bytes())])
        .run_with(["--sarif-fingerprint", "object"]);
    assert_eq!(fingerprints(&ran), fingerprints(&bumped));
}

// Where it stands.

#[test]
fn columns_count_utf_16_whatever_stands_before() {
    let cases: [(&str, &str, &str); 6] = [
        (
            "astral characters",
            "kind: Pod\napiVersion: v1\nmetadata: { a: \"𝄞𝄞\", name: \"a\" }\n",
            "3:24-3:33",
        ),
        ("two bytes", "kind: Pod\napiVersion: v1\nmetadata: { a: \"éé\", name: \"a\" }\n", "3:22-3:31"),
        ("a byte order mark", "\u{FEFF}{ kind: Pod, apiVersion: v1, metadata: { name: a } }\n", "1:42-1:49"),
        ("CR LF", "kind: Pod\r\napiVersion: v1\r\nmetadata:\r\n  name: a\r\n", "4:3-4:10"),
        ("tabs", "kind: Pod\napiVersion: v1\nmetadata:\n  name:\t\ta\n", "4:3-4:11"),
        (
            "documents before",
            "kind: Pod\napiVersion: v1\n---\n# b\n---\nkind: Pod\napiVersion: v1\nmetadata:\n  name: a\n",
            "9:3-9:10",
        ),
    ];
    for (what, text, expected) in cases {
        let ran = bare(&[("a.yaml", text.as_bytes())]).run();
        let told = results(&ran);
        assert_eq!(told.last().map(region).as_deref(), Some(expected), "{what}");
    }
}

#[test]
fn a_carriage_return_alone_ends_a_line_as_it_does_for_the_hash() {
    let ran = bare(&[("a.yaml", b"# one\rkind: Pod\napiVersion: v1\nmetadata:\n  name: a\n")]).run();
    let told = results(&ran);
    assert_eq!(told.iter().map(region).collect::<Vec<_>>(), ["5:3-5:10"], "{}", ran.stderr);
}

#[test]
fn paths_are_uris_below_the_root() {
    let paths = ["a b.yaml", "c#d.yaml", "e%20f.yaml", "grün/ü.yaml", "k8s/+x:y.yaml"];
    let text = pod("a");
    let files: Vec<(&str, &[u8])> = paths.iter().map(|path| (*path, text.as_bytes())).collect();
    let ran = bare(&files).run();
    let uri = |result: &Value| {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap().to_owned()
    };
    let uris: Vec<String> = results(&ran).iter().map(uri).collect();
    assert_eq!(
        uris,
        ["a%20b.yaml", "c%23d.yaml", "e%2520f.yaml", "gr%C3%BCn/%C3%BC.yaml", "k8s/%2Bx%3Ay.yaml"]
    );
}

#[test]
fn the_lines_around_a_result_are_for_readers_of_everything() {
    let first = |format: &str| {
        let ran = guest(&[("a.yaml", pod("a").as_bytes())]).run_with(["--format", format]);
        results(&ran)[0]["locations"][0]["physicalLocation"].clone()
    };
    let (full, upload) = (first("sarif-full"), first("sarif"));
    let context =
        json!({ "startLine": 3, "endLine": 5, "snippet": { "text": "metadata:\n  name: a\nspec:" } });
    assert_eq!(full["contextRegion"], context);
    assert_eq!(full["region"]["snippet"]["text"], "name: a");
    assert_eq!((&upload["contextRegion"], &upload["region"]["snippet"]), (&Value::Null, &Value::Null));
}

// Nothing refers to what is not there.

#[test]
fn every_reference_leads_to_what_it_names() {
    let tree = [("a.yaml", DEPLOYMENT.as_bytes()), ("b.yaml", b"a: [\n")];
    for layout in ["extensions", "driver"] {
        for format in ["sarif", "sarif-full"] {
            let ran = Scan::new()
                .args([
                    "--allow-partial-sarif",
                    "--profile",
                    "strict",
                    "--sarif-rules",
                    layout,
                    "--format",
                    format,
                ])
                .file(tree[0].0, tree[0].1)
                .file(tree[1].0, tree[1].1)
                .run();
            let run = &ran.json()["runs"][0];
            let components = |reference: &Value| match reference["toolComponent"]["index"].as_u64() {
                Some(index) => run["tool"]["extensions"][index as usize].clone(),
                None => run["tool"]["driver"].clone(),
            };
            let at = |list: &Value, reference: &Value, id: &str| {
                let found = &list[reference["index"].as_u64().unwrap() as usize];
                assert_eq!(found[id], reference[id], "{layout} {format}");
            };
            assert!(results(&ran).len() > 5);
            for result in &results(&ran) {
                let rule = match layout {
                    "driver" => json!({ "index": result["ruleIndex"], "id": result["ruleId"] }),
                    _ => result["rule"].clone(),
                };
                assert_eq!(rule["id"], result["ruleId"]);
                at(&components(&rule)["rules"], &rule, "id");
                let location = &result["locations"][0]["physicalLocation"]["artifactLocation"];
                at(
                    &run["artifacts"],
                    &json!({ "index": location["index"], "location": { "uri": location["uri"], "uriBaseId": location["uriBaseId"] } }),
                    "location",
                );
                for taxon in list(&result["taxa"]) {
                    at(
                        &run["taxonomies"][taxon["toolComponent"]["index"].as_u64().unwrap() as usize]["taxa"],
                        taxon,
                        "id",
                    );
                }
            }
            let mut relationships = 0;
            for rule in rules(run) {
                for relationship in list(&rule["relationships"]) {
                    let target = &relationship["target"];
                    let taxonomy =
                        &run["taxonomies"][target["toolComponent"]["index"].as_u64().unwrap() as usize];
                    assert_eq!(taxonomy["name"], target["toolComponent"]["name"]);
                    at(&taxonomy["taxa"], target, "id");
                    relationships += 1;
                }
            }
            assert!(relationships > 30);
            for note in list(&run["invocations"][0]["toolExecutionNotifications"]) {
                at(&run["tool"]["driver"]["notifications"], &note["descriptor"], "id");
            }
            for extension in list(&run["tool"]["extensions"]) {
                let location = &extension["locations"][0];
                let artifact = &run["artifacts"][location["index"].as_u64().unwrap() as usize];
                assert_eq!(artifact["location"]["uri"], location["uri"]);
                let digest = artifact["hashes"]["sha-256"].as_str().unwrap();
                assert_eq!(extension["properties"]["digest"], format!("sha256:{digest}"));
            }
        }
    }
}

#[test]
fn sources_are_hashed_by_what_their_readers_need() {
    let hash = |format: &str| {
        let scan = Scan::new().args(["--no-embedded", "--format", format]).guest(&Guest::good());
        let json = scan.file("a.yaml", "apiVersion: v1\nkind: Pod\n").run().json();
        json["runs"][0]["artifacts"][0]["hashes"].clone()
    };
    // printf 'apiVersion: v1\nkind: Pod\n' | gzip -c | tail -c8 | head -c4, and sha256sum
    assert_eq!(hash("sarif"), json!({ "crc-32": "913a6d04" }));
    assert_eq!(
        hash("sarif-full"),
        json!({ "sha-256": "6fddcec1b8f52e00a16ea3cc2d01201e82a9221799819d1fdc755eb69f4932aa" })
    );
}

#[test]
fn rules_in_the_driver_leave_their_plugins_named() {
    let scan = bare(&[("a.yaml", pod("a").as_bytes())]);
    let ran = scan.run_with(["--sarif-rules", "driver"]);
    let tool = &ran.json()["runs"][0]["tool"];
    assert_eq!(
        (&tool["driver"]["rules"][0]["id"], &tool["extensions"][0]["rules"]),
        (&json!("good/there"), &json!([]))
    );
    assert_eq!((&results(&ran)[0]["ruleIndex"], &results(&ran)[0]["rule"]), (&json!(0), &Value::Null));
    let ran = scan.run();
    let tool = &ran.json()["runs"][0]["tool"];
    assert_eq!(
        (&tool["driver"]["rules"], &tool["extensions"][0]["rules"][0]["id"]),
        (&json!([]), &json!("good/there"))
    );
    assert_eq!(results(&ran)[0]["ruleIndex"], Value::Null);
}

#[test]
fn guids_and_rule_ids_are_unique_and_those_of_yesterday() {
    let ran = scan(&[("a.yaml", DEPLOYMENT.as_bytes())]).run_with(["--rule", "*"]);
    let run = &ran.json()["runs"][0];
    let tool = &run["tool"];
    let all = [&tool["driver"]].into_iter().chain(list(&tool["extensions"])).chain(list(&run["taxonomies"]));
    let guids: Vec<&str> = all.chain(rules(run)).map(|named| named["guid"].as_str().unwrap()).collect();
    assert!(guids.len() > 60);
    assert_eq!(guids.iter().collect::<BTreeSet<_>>().len(), guids.len());
    for guid in &guids {
        assert!(
            guid.len() == 36 && guid.as_bytes()[14] == b'5' && b"89ab".contains(&guid.as_bytes()[19]),
            "{guid}"
        );
    }
    assert_eq!(guids[0], "1dd4c09e-6075-541d-8183-f99e674ba75e");
    let privileged = rules(run).into_iter().find(|rule| rule["id"] == "pod-security/privileged").unwrap();
    assert_eq!(privileged["guid"], "6e38f1f6-d68b-5158-b24a-27d3c090c5a1");
    let ids: Vec<&str> = rules(run).into_iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
}

#[test]
fn a_rule_belongs_to_the_lists_that_it_names() {
    let guest = describing(json!({
        "id": "there", "summary": "There is an object", "cwe": [250, 999, 250], "profiles": ["pss-baseline", "pss-restricted", "cis", "nsa"],
        "equivalents": ["PSA:privileged", "KL:other", "PSA:"],
    }));
    let ran = Scan::new()
        .args(["--no-embedded", "--skip-rule", "suppressions", "--format", "sarif-full"])
        .guest(&guest)
        .file("a.yaml", pod("a"))
        .run();
    let run = &ran.json()["runs"][0];
    let belongs = |references: &Value| {
        let named = |one: &Value| {
            let target = if one["target"].is_null() { one } else { &one["target"] };
            format!(
                "{} {}",
                target["toolComponent"]["name"].as_str().unwrap(),
                target["id"].as_str().unwrap()
            )
        };
        list(references).iter().map(named).collect::<Vec<_>>()
    };
    let expected = [
        "CWE CWE-250",
        "CWE CWE-999",
        "PSS baseline/privileged",
        "CIS-K8S 5",
        "NSA-CISA-K8S kubernetes-pod-security",
    ];
    assert_eq!(belongs(&rules(run)[0]["relationships"]), expected);
    assert_eq!(belongs(&results(&ran)[0]["taxa"]), expected);
    let taxa = list(&run["taxonomies"][0]["taxa"]);
    assert_eq!(taxa[0]["shortDescription"]["text"], "Execution with Unnecessary Privileges.");
    // What we have no name for is told by its number.
    assert_eq!(
        (&taxa[1]["name"], &taxa[1]["helpUri"]),
        (&Value::Null, &json!("https://cwe.mitre.org/data/definitions/999.html"))
    );
}

// Limits of GitHub.

#[test]
fn five_thousand_results_are_kept_and_told_about() {
    for (count, told) in [(5_000, None), (5_001, Some("1 of 5001")), (25_001, Some("20001 of 25001"))] {
        let pods: Vec<String> = (0..count).map(|number| pod(&format!("pod-{number}"))).collect();
        let ran = bare(&[("a.yaml", pods.join("---\n").as_bytes())]).run();
        assert_eq!(results(&ran).len(), 5_000);
        let warned = format!(
            "warning: sarif holds the worst 5000 of {count} findings, which is what GitHub keeps of an upload; `sarif-full` holds all\n"
        );
        assert_eq!(ran.stderr, if told.is_some() { warned } else { String::new() });
        let notes = notes(&ran);
        assert_eq!(notes.len(), usize::from(told.is_some()));
        assert!(notes.iter().all(|note| note.starts_with(told.unwrap_or_default())), "{notes:?}");
    }
}

#[test]
fn of_results_of_one_level_the_more_dangerous_are_kept() {
    let severe = describing(json!({ "id": "there", "summary": "There is a Pod", "securitySeverity": "8.0" }))
        .named("severe");
    let pods: Vec<String> = (0..3_000).map(|number| pod(&format!("pod-{number}"))).collect();
    let ran = bare(&[("a.yaml", pods.join("---\n").as_bytes())]).guest(&severe).run();
    let of = |id: &str| results(&ran).iter().filter(|result| result["ruleId"] == id).count();
    assert_eq!((of("severe/there"), of("good/there")), (3_000, 2_000));
}

#[test]
fn more_plugins_than_github_takes_put_their_rules_into_the_driver() {
    let mut scan =
        Scan::new().args(["--no-embedded", "--skip-rule", "suppressions"]).file("a.yaml", pod("a"));
    for number in 0..101 {
        scan = scan.guest(&Guest::good().named(&format!("guest-{number}")));
    }
    let ran = scan.run_with(["--format", "sarif"]);
    let run = &ran.json()["runs"][0];
    assert_eq!((results(&ran).len(), rules(run).len()), (101, 101));
    assert_eq!(
        (list(&run["tool"]["driver"]["rules"]).len(), &run["tool"]["extensions"]),
        (101, &Value::Null)
    );
    assert_eq!(
        notes(&ran),
        [
            "the 101 plugins are not named, and their rules stand in the driver: GitHub takes 100 extensions in an upload. `--format sarif-full` has all."
        ]
    );
    let full = scan.run_with(["--format", "sarif-full"]);
    assert_eq!(list(&full.json()["runs"][0]["tool"]["extensions"]).len(), 101);
}

#[test]
fn more_rules_than_github_takes_leave_those_that_found_something() {
    let mut scan =
        Scan::new().args(["--no-embedded", "--skip-rule", "suppressions"]).file("a.yaml", pod("a"));
    for plugin in 0..6 {
        let rules: Vec<Value> =
            (0..4_999).map(|rule| json!({ "id": format!("z{rule}"), "summary": "s" })).collect();
        let rules: Vec<Value> = [json!({ "id": "there", "summary": "s" })].into_iter().chain(rules).collect();
        scan = scan.guest(&Guest::good().named(&format!("guest-{plugin}")).describing("rules", rules));
    }
    let ran = scan.run_with(["--format", "sarif"]);
    let run = &ran.json()["runs"][0];
    assert_eq!((results(&ran).len(), rules(run).len()), (6, 6));
    assert_eq!(
        notes(&ran),
        [
            "29994 of 30000 rules were left out, which found nothing that is told: GitHub takes 25000 in an upload. `--format sarif-full` has all."
        ]
    );
}

#[test]
fn what_a_plugin_says_of_itself_fits_github() {
    let guest = describing(json!({
        "id": "there", "summary": "s".repeat(2_000), "securitySeverity": "5", "docs": "𝄞".repeat(1_025),
        "profiles": (0..30).map(|number| format!("profile-{number}")).collect::<Vec<_>>(),
    }));
    let upload = |guest: &Guest| {
        let ran = Scan::new()
            .args(["--no-embedded", "--skip-rule", "suppressions", "--format", "sarif"])
            .guest(guest)
            .file("a.yaml", pod("a"))
            .run();
        rules(&ran.json()["runs"][0])[0].clone()
    };
    let rule = upload(&guest);
    let units = |key: &str| rule[key]["text"].as_str().unwrap().encode_utf16().count();
    assert!(units("shortDescription") <= 1_024);
    assert_eq!(units("fullDescription"), 1_023);
    assert!(rule["fullDescription"]["text"].as_str().unwrap().ends_with("𝄞…"));
    let properties = &rule["properties"];
    assert_eq!(list(&properties["tags"]).len(), 10);
    assert_eq!(
        (&properties["tags"][0], &properties["security-severity"]),
        (&json!("security"), &json!("5.0"))
    );
    assert_eq!(properties["problem.severity"], Value::Null);

    let rule =
        upload(&describing(json!({ "id": "there", "summary": "There is an object", "level": "note" })));
    assert_eq!(rule["help"]["text"], "There is an object.");
    assert_eq!(rule["fullDescription"]["text"], "There is an object.");
    assert!(!rule["help"]["markdown"].as_str().unwrap().is_empty());
    assert_eq!(
        rule["properties"],
        json!({ "tags": ["kubernetes", "guest"], "precision": "high", "problem.severity": "recommendation" })
    );
}

#[test]
fn what_a_plugin_says_cannot_act_on_who_reads_it() {
    let evil = "a\u{202E}b\u{7}c\u{1B}[31m [x](1)\u{85}";
    let guest = describing(
        json!({ "id": "there", "summary": evil, "docs": evil, "profiles": [evil], "equivalents": [evil] }),
    )
    .describing("version", evil)
    .describing("summary", evil);
    let ran = Scan::new()
        .args(["--no-embedded", "--skip-rule", "suppressions", "--format", "sarif-full"])
        .guest(&guest)
        .file("a.yaml", pod("a"))
        .run();
    let deceptive = |letter: char| {
        letter.is_control() && !['\n', '\r'].contains(&letter) || ('\u{202A}'..='\u{202E}').contains(&letter)
    };
    texts(&ran.json(), &mut |text| assert!(!text.contains(deceptive), "{text:?}"));
    assert_eq!(ran.json()["runs"][0]["tool"]["extensions"][0]["semanticVersion"], Value::Null);
}

#[test]
fn a_plugin_that_github_could_not_take_is_refused_when_it_is_loaded() {
    let scan = |guest: &Guest| {
        Scan::new()
            .args(["--no-embedded", "--skip-rule", "suppressions", "--format", "sarif"])
            .guest(guest)
            .file("a.yaml", pod("a"))
    };
    let refused = |rule: Value| {
        let ran = scan(&describing(rule)).run();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        ran.stderr.trim_end().rsplit_once(".wasm: ").unwrap().1.to_owned()
    };
    assert_eq!(
        refused(json!({ "id": "there", "summary": "s", "securitySeverity": "high" })),
        "its rule `there` has the security severity `high`; use a number from 0.1 to 10.0"
    );
    assert_eq!(
        refused(json!({ "id": "there", "summary": "s", "level": "fatal" })),
        "its rule `there` has the level `fatal`; use note, warning or error"
    );
    assert_eq!(
        refused(json!({ "id": "there", "summary": "s", "cwe": vec![1; 101] })),
        "its rule `there` has 101 weaknesses, more than the 100 that a rule may have"
    );
    assert!(
        refused(json!({ "id": "there", "summary": "s", "cwe": ["CWE-1"] }))
            .starts_with("its description cannot be read: ")
    );
    let twice = Guest::good()
        .describing("rules", json!([{ "id": "a", "summary": "s" }, { "id": "a", "summary": "s" }]));
    assert!(scan(&twice).run().stderr.contains("it has two rules of the name `good/a`"));
    // An id begins with its plugin's name, so two plugins share one only if they share their name.
    let other = scan(&Guest::good()).plugin("other.wasm", Guest::good().bytes()).run();
    assert!(other.code == 2 && other.stderr.contains("two plugins are called `good`"), "{}", other.stderr);
}

#[test]
fn related_places_are_no_more_than_github_keeps() {
    let labels: String = (0..30).map(|number| format!("    label-{number}: a\n")).collect();
    let text = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n{labels}");
    let scan = Scan::new()
        .args(["--no-embedded", "--skip-rule", "suppressions"])
        .guest(&Guest::fixture("points-far"))
        .file("a.yaml", text);
    for (format, count, end) in
        [("sarif", 99, " (and 39901 more places)"), ("sarif-full", 40_000, "](40000))")]
    {
        let ran = scan.run_with(["--format", format]);
        let told = results(&ran);
        assert_eq!((told.len(), list(&told[0]["relatedLocations"]).len()), (1, count), "{}", ran.stderr);
        let text = told[0]["message"]["text"].as_str().unwrap();
        assert_eq!(text.matches("](").count(), count);
        assert!(text.ends_with(end), "{}", &text[text.len() - 100..]);
    }
}

// Categories, and the repository.

#[test]
fn a_category_ends_in_a_slash_and_has_no_empty_part() {
    let id = |category: &str| {
        let ran = bare(&[("a.yaml", pod("a").as_bytes())]).run_with(["--category", category]);
        (ran.code == 0).then(|| ran.json()["runs"][0]["automationDetails"].clone())
    };
    assert_eq!(id("deploy/prod"), Some(json!({ "id": "deploy/prod/" })));
    assert_eq!(id("deploy/"), Some(json!({ "id": "deploy/" })));
    assert_eq!([id(""), id("/"), id("a//b"), id("/a"), id("a\u{202E}")], [const { None }; 5]);
    let none = bare(&[("a.yaml", pod("a").as_bytes())]).run();
    assert_eq!(none.json()["runs"][0]["automationDetails"], Value::Null);
}

#[test]
fn a_full_report_says_which_revision_it_saw() {
    let config = "[remote \"origin\"]\n\turl = https://me:secret@github.com/acme/shop.git\n";
    let with = |files: &[(&str, &str)]| {
        let mut scan = guest(&[("a.yaml", pod("a").as_bytes())]).file(".git/config", config);
        for (path, text) in files {
            scan = scan.file(path, text);
        }
        let ran = scan.run_with(["--format", "sarif-full"]);
        assert!(!ran.stdout.contains("secret"));
        let upload = scan.run_with(["--format", "sarif"]);
        assert_eq!(upload.json()["runs"][0]["versionControlProvenance"], Value::Null);
        ran.json()["runs"][0]["versionControlProvenance"][0].clone()
    };
    let expected = |commit: Option<&str>, branch: Option<&str>| {
        let mut expected = json!({ "repositoryUri": "https://github.com/acme/shop" });
        for (key, value) in [("revisionId", commit), ("branch", branch)] {
            if let Some(value) = value {
                expected[key] = value.into();
            }
        }
        expected["mappedTo"] = json!({ "uriBaseId": "%SRCROOT%" });
        expected
    };
    let line = format!("{COMMIT}\n");
    let packed =
        format!("# pack-refs with: peeled fully-peeled sorted\n{COMMIT} refs/heads/feature/x\n^{COMMIT}\n");
    let both = [(".git/HEAD", "ref: refs/heads/main\n"), (".git/refs/heads/main", &line)];
    assert_eq!(with(&both), expected(Some(COMMIT), Some("main")));
    let both = [(".git/HEAD", "ref: refs/heads/feature/x\n"), (".git/packed-refs", &packed)];
    assert_eq!(with(&both), expected(Some(COMMIT), Some("feature/x")));
    assert_eq!(with(&[(".git/HEAD", &line)]), expected(Some(COMMIT), None));
    assert_eq!(with(&[(".git/HEAD", "ref: refs/heads/new\n")]), expected(None, Some("new")));
    // What is odd is left out, and no file outside is read.
    let outside = [(".git/HEAD", "ref: refs/heads/../../../outside\n"), ("outside", &line)];
    assert_eq!(with(&outside), expected(None, None));
    assert_eq!(with(&[(".git/HEAD", "ref: refs/heads/a\u{202E}b\n")]), expected(None, None));
    assert_eq!(with(&[(".git/HEAD", "nonsense\n")]), expected(None, None));
    assert_eq!(with(&[]), Value::Null);
}

#[test]
fn a_working_tree_of_another_folder_is_believed_only_where_git_knows_of_it() {
    let scan = guest(&[("a.yaml", pod("a").as_bytes())]);
    let git = scan.tree().join("../main/.git");
    let own = git.join("worktrees/tree");
    fs::create_dir_all(&own).unwrap();
    fs::remove_dir(scan.tree().join(".git")).unwrap();
    let write = |file: &str, text: &str| fs::write(git.join(file), text).unwrap();
    write("config", "[remote \"origin\"]\n\turl = git@github.com:acme/shop.git\n");
    write("packed-refs", &format!("{COMMIT} refs/heads/side\n"));
    write("worktrees/tree/HEAD", "ref: refs/heads/side\n");
    write("worktrees/tree/commondir", "../..\n");
    write("worktrees/tree/gitdir", &format!("{}\n", scan.tree().join(".git").display()));
    fs::write(scan.tree().join(".git"), format!("gitdir: {}\n", own.display())).unwrap();
    let provenance =
        || scan.run_with(["--format", "sarif-full"]).json()["runs"][0]["versionControlProvenance"][0].clone();
    let told = provenance();
    assert_eq!(
        (&told["repositoryUri"], &told["revisionId"]),
        (&json!("https://github.com/acme/shop"), &json!(COMMIT))
    );
    assert_eq!(told["branch"], "side");
    write("worktrees/tree/gitdir", "/elsewhere/.git\n");
    assert_eq!(provenance(), Value::Null);
    fs::write(scan.tree().join(".git"), format!("gitdir: {}\n", git.display())).unwrap();
    assert_eq!(provenance(), Value::Null);
}

/// The hash of the line, and our fingerprint.
type Fingerprints = (String, String);

/// A scan for privileged containers.
fn scan(files: &[(&str, &[u8])]) -> Scan {
    let scan =
        Scan::new().args(["--rule", "pod-security/privileged", "--fail-on", "never", "--format", "sarif"]);
    files.iter().fold(scan, |scan, (path, bytes)| scan.file(path, bytes))
}

/// A scan with a plugin that says of every object that it is there, on its name.
fn bare(files: &[(&str, &[u8])]) -> Scan {
    guest(files).args(["--format", "sarif"])
}

/// As [`bare`], in a format that is still to be named.
fn guest(files: &[(&str, &[u8])]) -> Scan {
    let scan = Scan::new().args(["--no-embedded", "--skip-rule", "suppressions"]).guest(&Guest::good());
    files.iter().fold(scan, |scan, (path, bytes)| scan.file(path, bytes))
}

/// A plugin with one rule.
fn describing(rule: Value) -> Guest {
    Guest::good().named("guest").describing("rules", json!([rule]))
}

fn privileged(text: &str) -> Vec<Fingerprints> {
    fingerprints(&scan(&[("a.yaml", text.as_bytes())]).run())
}

fn fingerprints(ran: &Ran) -> Vec<Fingerprints> {
    let both = |result: &Value| {
        let of = |key: &str| result["partialFingerprints"][key].as_str().unwrap().to_owned();
        (of("primaryLocationLineHash"), of("plimsoll/resourcePath/v1"))
    };
    results(ran).iter().map(both).collect()
}

fn results(ran: &Ran) -> Vec<Value> {
    ran.json()["runs"][0]["results"].as_array().unwrap().clone()
}

fn notes(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let notes = list(&json["runs"][0]["invocations"][0]["toolExecutionNotifications"]).iter();
    notes.map(|note| note["message"]["text"].as_str().unwrap().to_owned()).collect()
}

/// Every rule, wherever it stands.
fn rules(run: &Value) -> Vec<&Value> {
    let tool = &run["tool"];
    [&tool["driver"]]
        .into_iter()
        .chain(list(&tool["extensions"]))
        .flat_map(|part| list(&part["rules"]))
        .collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// `startLine:startColumn-endLine:endColumn`
fn region(result: &Value) -> String {
    let region = &result["locations"][0]["physicalLocation"]["region"];
    let [line, column, end_line, end_column] =
        ["startLine", "startColumn", "endLine", "endColumn"].map(|key| region[key].as_u64().unwrap());
    format!("{line}:{column}-{end_line}:{end_column}")
}

fn texts(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, each)),
        Value::Object(entries) => entries.values().for_each(|entry| texts(entry, each)),
        _ => {}
    }
}

#[test]
fn a_fix_is_what_plimsoll_fix_does() {
    let text = "kind: Pod\r\napiVersion: v1\r\nspec: { a: \"𝄞\", hostPID: true, containers: [] }\r\n";
    let rule = ["--rule", "pod-security/host-pid"];
    let scan = Scan::new().args(rule).args(["--format", "sarif-full"]).file("a.yaml", text);
    let fixes = results(&scan.run())[0]["fixes"].clone();
    let replacements = list(&fixes[0]["artifactChanges"][0]["replacements"]);
    assert_eq!((list(&fixes).len(), replacements.len()), (1, 1));
    let fixed = Scan::new().verb("fix").args(rule).file("a.yaml", text);
    assert_eq!(fixed.run().code, 0);
    let fixed = fs::read_to_string(fixed.tree().join("a.yaml")).unwrap();

    let number = |key: &str| replacements[0]["deletedRegion"][key].as_u64().unwrap() as usize;
    assert_eq!((number("startLine"), number("endLine")), (3, 3));
    let lines: Vec<&str> = text.split("\r\n").collect();
    let units: Vec<u16> = lines[2].encode_utf16().collect();
    let inserted = replacements[0]["insertedContent"]["text"].as_str().unwrap_or_default();
    let part = |units: &[u16]| String::from_utf16(units).unwrap();
    let line =
        part(&units[..number("startColumn") - 1]) + inserted + &part(&units[number("endColumn") - 1..]);
    assert_eq!([lines[0], lines[1], &line, ""].join("\r\n"), fixed);
}
