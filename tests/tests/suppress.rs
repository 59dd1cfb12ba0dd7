//! Suppressions through the real binary: what each covers, and what is wrong with some.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use plimsoll_tests::{Guest, Ran, Scan};
use serde_json::Value;

/// A scan by a few rules of the packs, and by the host's own.
fn scan() -> Scan {
    let rules = ["pod-security/host-pid", "pod-security/privileged", "images/mutable-tag", "suppressions"];
    let args = rules.iter().flat_map(|rule| ["--rule", rule]);
    Scan::new().args(["--format", "json", "--today", "2026-11-23"]).args(args)
}

/// What counts and what is suppressed: `rule@line`, with a `-` before those that are suppressed.
fn told(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let findings = json["findings"].as_array().unwrap().iter().map(|finding| {
        let mark = if finding["suppressed"].is_null() { "" } else { "-" };
        let rule = finding["rule"].as_str().unwrap().rsplit('/').next().unwrap();
        format!("{mark}{rule}@{}", finding["region"]["startLine"])
    });
    findings.collect()
}

fn assert_told(manifest: &str, expected: &[&str]) {
    let ran = scan().file("a.yaml", manifest).run();
    assert_eq!(told(&ran), expected, "{manifest}");
}

#[test]
fn a_comment_covers_what_begins_on_its_line_or_below_it() {
    let line =
        "kind: Pod\napiVersion: v1\nspec:\n  hostPID: true # plimsoll:ignore pod-security/host-pid -- why\n";
    assert_told(line, &["-host-pid@4"]);
    let above = "kind: Pod\napiVersion: v1\nspec:\n\n  # plimsoll:ignore pod-security/host-pid -- why\n  # more\n\n  hostPID: true\n";
    assert_told(above, &["-host-pid@8"]);
    let other = "kind: Pod\napiVersion: v1\nspec:\n  # plimsoll:ignore pod-security/host-pid -- why\n  hostIPC: false\n  hostPID: true\n";
    assert_told(other, &["unused@4", "host-pid@6"]);
}

#[test]
fn a_comment_covers_a_container_and_not_its_neighbour() {
    let manifest = "kind: Pod
apiVersion: v1
spec:
  containers:
    # plimsoll:ignore images/mutable-tag, pod-security/privileged -- a tool for the desk
    - name: a
      image: nginx:latest
      securityContext: { privileged: true }
    - image: nginx:latest # plimsoll:ignore images/mutable-tag -- here the whole container begins
      name: b
      securityContext:
        privileged: true
";
    assert_told(manifest, &["-mutable-tag@7", "-privileged@8", "-mutable-tag@9", "privileged@12"]);
}

#[test]
fn a_comment_covers_a_document_or_a_file() {
    let pod = "apiVersion: v1\nkind: Pod\nspec: { hostPID: true }\n";
    let comment = "# plimsoll:ignore pod-security/host-pid -- why\n";
    // Directly above the first document: that document. Apart from it: the file.
    assert_told(&format!("{comment}{pod}---\n{pod}"), &["-host-pid@4", "host-pid@8"]);
    assert_told(&format!("# License\n{comment}\n{pod}---\n{pod}"), &["-host-pid@6", "-host-pid@10"]);
    assert_told(&format!("{comment}---\n{pod}---\n{pod}"), &["-host-pid@5", "-host-pid@9"]);
    assert_told(&format!("---\n{comment}\n{pod}---\n{pod}"), &["-host-pid@6", "host-pid@10"]);
    assert_told(
        &format!("{pod}---\n\n{comment}\n{pod}---\n{pod}"),
        &["host-pid@3", "-host-pid@10", "host-pid@14"],
    );
    // Where a document begins, a comment is about it.
    let mark = comment.trim_end();
    assert_told(&format!("{pod}--- {mark}\n{pod}---\n{pod}"), &["host-pid@3", "-host-pid@7", "host-pid@11"]);
    // In a document without an object it is about nothing.
    assert_told(&format!("{pod}---\n{comment}---\n{pod}"), &["host-pid@3", "unused@5", "host-pid@9"]);
    assert_told(
        &format!("{pod}---\na: b # plimsoll:ignore pod-security/host-pid -- why\n"),
        &["host-pid@3", "unused@5"],
    );
    // A list is one document, and all of its items are in it.
    let list =
        "apiVersion: v1\nkind: List\nitems:\n- { apiVersion: v1, kind: Pod, spec: { hostPID: true } }\n";
    assert_told(&format!("---\n{comment}{list}"), &["-host-pid@6"]);
    assert_told(&format!("\u{FEFF}{comment}\n{pod}"), &["-host-pid@5"]);
    assert_told(&format!("{comment}\n{pod}").replace('\n', "\r\n"), &["-host-pid@5"]);
    assert_told(&format!("{comment}\n{pod}").replace('\n', "\r"), &["-host-pid@5"]);
}

#[test]
fn what_stands_in_a_text_is_no_comment() {
    let manifest = "kind: ConfigMap
apiVersion: v1
data:
  a: |
    # plimsoll:ignore pod-security/host-pid -- a manifest in a manifest
    hostPID: true
  b: 'x # plimsoll:ignore pod-security/host-pid -- quoted'
  c: x# plimsoll:ignore pod-security/host-pid -- no blank before it
  d: >- # plimsoll:ignore pod-security/host-pid -- a comment on the header of a block
    x
";
    assert_told(manifest, &["unused@9"]);
    // Prose about us is no order to us.
    let prose = "kind: ConfigMap # plimsoll: checks this\napiVersion: v1 # see plimsoll:ignore\n";
    assert_told(prose, &[]);
}

#[test]
fn an_annotation_covers_an_object_its_pods_or_a_container() {
    let deployment = |object: &str, template: &str| {
        format!(
            "kind: Deployment
apiVersion: apps/v1
metadata:
  annotations: {{ {object} }}
spec:
  template:
    metadata:
      annotations: {{ {template} }}
    spec:
      hostPID: true
      containers:
        - {{ name: a, image: 'nginx:latest', securityContext: {{ privileged: true }} }}
        - {{ name: b, image: 'nginx:latest', securityContext: {{ privileged: true }} }}
"
        )
    };
    let all = r#"plimsoll.dev/ignore: "pod-security/* -- a node agent\nimages/mutable-tag -- until 2027 it moves until 2027-01-31""#;
    let every = ["-host-pid@10", "-mutable-tag@12", "-privileged@12", "-mutable-tag@13", "-privileged@13"];
    assert_told(&deployment(all, ""), &every);
    assert_told(&deployment("", all), &every);
    let of_b = "ignore.plimsoll.dev/b: pod-security/privileged -- why";
    let only_b = ["host-pid@10", "mutable-tag@12", "privileged@12", "mutable-tag@13", "-privileged@13"];
    assert_told(&deployment(of_b, ""), &only_b);
    assert_told(&deployment("", of_b), &only_b);
    let nobody = "ignore.plimsoll.dev/c: pod-security/privileged -- why";
    let ran = scan().file("a.yaml", deployment(nobody, "")).run();
    assert!(told(&ran).contains(&"unused@4".to_owned()), "{:?}", told(&ran));
}

#[test]
fn the_configuration_covers_what_its_patterns_name() {
    let pod = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{ name: {name}, namespace: shop, labels: {{ tier: {name} }} }}\nspec: {{ hostPID: true }}\n"
        )
    };
    let covered = |entry: &str| {
        let config = format!("suppressions:\n  - {{ rules: pod-security/host-pid, reason: why, {entry} }}\n");
        let scan = scan()
            .file("plimsoll.yaml", config)
            .file("dev/a.yaml", pod("api"))
            .file("prod/b.yaml", pod("worker"));
        let ran = scan.run();
        told(&ran).join(" ")
    };
    let (first, second) = ("-host-pid@4 host-pid@4", "host-pid@4 -host-pid@4");
    let (both, none) = ("-host-pid@4 -host-pid@4", "host-pid@4 unused@2 host-pid@4");
    for (entry, expected) in [
        ("files: dev", first),
        ("files: ['dev/*.yaml']", first),
        ("files: '*.yaml'", none),
        ("files: ['**/*.yaml', x]", both),
        ("object: { name: 'w*' }", second),
        ("object: { kind: Pod, namespace: shop }", both),
        ("object: { kind: Pod, namespace: other }", none),
        ("object: { labels: { tier: api } }", first),
        ("object: { labels: { other: '*' } }", none),
        ("object: { apiVersion: [v1, v2], name: api }", first),
        ("pointers: /spec", both),
        ("pointers: '/*/hostPID'", both),
        ("pointers: /spec/host", none),
        ("until: 2026-11-23", both),
        ("until: 2026-11-22", "host-pid@4 expired@2 host-pid@4"),
    ] {
        // `dev/a.yaml` comes before `plimsoll.yaml`, and that before `prod/b.yaml`.
        assert_eq!(covered(entry), expected, "{entry}");
    }
}

#[test]
fn what_is_wrong_with_a_suppression_is_a_finding() {
    let about = |comment: &str| {
        let manifest = format!("kind: Pod\napiVersion: v1\nspec:\n  hostPID: true # {comment}\n");
        let ran = scan().file("a.yaml", manifest).run();
        let json = ran.json();
        let own = json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["rule"].as_str().unwrap().starts_with("suppressions/"));
        assert!(told(&ran).contains(&"host-pid@4".to_owned()), "{comment} suppresses");
        own.map(|own| format!("{}: {}", own["rule"].as_str().unwrap(), own["message"].as_str().unwrap()))
    };
    let told = |comment: &str| about(comment).unwrap_or_default();
    assert_eq!(
        told("plimsoll:ignore pod-security/host-pid"),
        "suppressions/reason-missing: this suppression does not hold, because it gives no reason; write one behind ` -- `"
    );
    assert_eq!(
        told("plimsoll:ignore pod-security/host-pid -- old until 2026-11-22"),
        "suppressions/expired: this suppression held until 2026-11-22; mend what it covers, or decide anew (it said: old)"
    );
    assert_eq!(
        told("plimsoll:ignore pod-security/host-pdi -- why"),
        "suppressions/not-understood: there is no rule `pod-security/host-pdi`; did you mean `pod-security/host-pid`?"
    );
    assert_eq!(
        told("plimsoll:ignore pod-security/host-pid -- why until 2026-02-30"),
        "suppressions/not-understood: `2026-02-30` is no day; write it as `until 2027-01-31`"
    );
    assert_eq!(
        told("plimsoll:ignore -- why"),
        "suppressions/not-understood: it names no rule; write it as `pack/rule -- reason`"
    );
    for slip in [
        "plimsoll: ignore pod-security/host-pid -- why",
        "plimsoll:disable pod-security/host-pid",
        "plimsoll:ignored x",
    ] {
        assert!(told(slip).starts_with("suppressions/not-understood: `plimsoll:"), "{slip}: {}", told(slip));
    }
    assert_eq!(
        told("plimsoll:ignore pod-security/privileged -- why"),
        "suppressions/unused: this suppresses nothing; remove it, or put it where the finding stands"
    );
    // Of a rule that is off nobody can tell.
    assert_eq!(about("plimsoll:ignore pod-security/host-ipc -- why"), None);
}

#[test]
fn of_two_comments_that_say_the_same_one_is_unused() {
    let manifest = "kind: Pod\napiVersion: v1\nspec:\n  # plimsoll:ignore pod-security/host-pid -- why\n  # plimsoll:ignore pod-security/host-pid -- again\n  hostPID: true\n";
    assert_told(manifest, &["unused@5", "-host-pid@6"]);
}

#[test]
fn a_suppression_that_holds_is_not_lost_behind_one_that_does_not() {
    let pod = |comments: &str| format!("kind: Pod\napiVersion: v1\nspec:\n{comments}  hostPID: true\n");
    let renewed = "  # plimsoll:ignore pod-security/host-pid -- old until 2020-01-01\n  # plimsoll:ignore pod-security/host-pid -- new\n";
    assert_told(&pod(renewed), &["expired@4", "-host-pid@6"]);
    let given =
        "  # plimsoll:ignore pod-security/host-pid\n  # plimsoll:ignore pod-security/host-pid -- why\n";
    assert_told(&pod(given), &["reason-missing@4", "-host-pid@6"]);
}

#[test]
fn an_item_begins_at_its_dash() {
    let manifest = "kind: Pod
apiVersion: v1
spec:
  containers:
    # plimsoll:ignore images/mutable-tag -- why
    -
      name: a
      image: nginx:latest
    - &side # plimsoll:ignore images/mutable-tag -- why
      name: b
      image: nginx:latest
    - name: c
      image: nginx:latest
";
    assert_told(manifest, &["-mutable-tag@8", "-mutable-tag@11", "mutable-tag@13"]);
}

#[test]
fn an_annotation_that_says_nothing_usable_is_told_of() {
    for annotation in [
        "plimsoll.dev/ignore: 5",
        "plimsoll.dev/ignore: ''",
        "plimsoll.dev/ignore:",
        "plimsoll.dev/ignores: pod-security -- x",
    ] {
        let pod = format!(
            "kind: Pod\napiVersion: v1\nmetadata:\n  annotations:\n    {annotation}\nspec: {{ hostPID: true }}\n"
        );
        assert_told(&pod, &["not-understood@5", "host-pid@6"]);
    }
    for comment in
        ["# Plimsoll:ignore pod-security/host-pid -- x", "# plimsoll-ignore pod-security/host-pid -- x"]
    {
        let pod = format!("kind: Pod\napiVersion: v1\nspec:\n  {comment}\n  hostPID: true\n");
        assert_told(&pod, &["not-understood@4", "host-pid@5"]);
    }
}

#[test]
fn a_pack_that_finds_nothing_there_is_unused_though_some_of_its_rules_are_off() {
    let pod = "kind: Pod\napiVersion: v1\nmetadata: { name: a } # plimsoll:ignore images -- clean\n";
    let ran = Scan::new().args(["--format", "json"]).file("a.yaml", pod).run();
    assert!(told(&ran).contains(&"unused@3".to_owned()), "{:?}", told(&ran));
}

#[test]
fn what_a_fault_kept_from_being_found_may_be_what_is_suppressed() {
    let pod = "apiVersion: v1\nkind: Pod\nspec: { hostPID: false }\n";
    let comment = "# plimsoll:ignore pod-security/host-pid -- why\n\n";
    assert_told(&format!("{comment}{pod}"), &["unused@1"]);
    assert_told(&format!("{comment}{pod}---\na: [\n"), &[]);
    // In another file nobody knows less, but of the configuration nobody knows what it would have covered there.
    let config = "suppressions: [{ rules: pod-security/host-pid, reason: why }]\n";
    let scan = scan().file("a.yaml", format!("{comment}{pod}")).file("plimsoll.yaml", config);
    assert_eq!(told(&scan.run()), ["unused@1", "unused@1"]);
    assert_eq!(told(&scan.file("b.yaml", "a: [\n").run()), ["unused@1"]);
    // Of a plugin that did not get to the end.
    let config = "limits: { fuel: 1, fuelPerByte: 1 }\n";
    let ran = self::scan().file("a.yaml", format!("{comment}{pod}")).file("plimsoll.yaml", config).run();
    assert_eq!((ran.code, told(&ran)), (3, Vec::new()));
}

#[test]
fn suppressions_cannot_suppress_what_is_said_about_them() {
    let pod = "apiVersion: v1\nkind: Pod\nspec: { hostPID: false }\n";
    let ran = scan().file("a.yaml", format!("# plimsoll:ignore suppressions -- why\n\n{pod}")).run();
    assert_eq!(told(&ran), ["not-understood@1"]);
    assert!(
        ran.stdout.contains("cannot be suppressed; switch the rule off in plimsoll.yaml"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_switch_lets_none_of_them_hold() {
    let manifest = "kind: Pod\napiVersion: v1\nspec:\n  hostPID: true # plimsoll:ignore pod-security/host-pid\n  hostIPC: true # plimsoll:ignore pod-security/host-ipc -- x\n";
    let config = "suppressions: [{ rules: pod-security, reason: all }]\n";
    let off = scan().args(["--no-suppressions"]).file("plimsoll.yaml", config).file("a.yaml", manifest).run();
    assert_eq!((off.code, told(&off)), (1, vec!["host-pid@4".to_owned()]));
    let config = format!("allowSuppressions: false\n{config}");
    let off = scan().file("plimsoll.yaml", config).file("a.yaml", manifest).run();
    assert_eq!((off.code, told(&off)), (1, vec!["host-pid@4".to_owned()]));
}

#[test]
fn the_exit_code_and_every_format_follow_what_counts() {
    let manifest = "kind: Pod\napiVersion: v1\nmetadata: { name: a }\nspec:\n  hostPID: true # plimsoll:ignore pod-security/host-pid -- the agent & co [x](1)\n";
    let scan = Scan::new().args(["--rule", "pod-security/host-pid"]).file("a.yaml", manifest);
    let run = |format: &str| {
        let ran = scan.run_with(["--format", format]);
        assert_eq!(ran.code, 0, "{format}: {}", ran.stderr);
        ran.stdout
    };
    assert!(run("pretty").starts_with("nothing found (1 suppressed); checked 1 object"), "{}", run("pretty"));
    assert!(run("junit").contains("<skipped message=\"the pod sees every process of its node: remove `hostPID: true` (suppressed by comment: the agent &amp; co [x](1) (a.yaml:5:17))\"/>"), "{}", run("junit"));
    assert!(run("junit").contains("failures=\"0\" errors=\"0\" skipped=\"1\""));
    assert!(
        run("markdown").contains("## Plimsoll: nothing found") && run("markdown").contains("1 suppressed")
    );
    assert!(run("github").starts_with("plimsoll: nothing found (1 suppressed)"));
    assert_eq!(run("gitlab"), "[]\n");
    assert!(run("html").contains("data-state=\"suppressed\"") && run("html").contains("the agent &amp; co"));
    let sarif = |format| -> Value { serde_json::from_str(&run(format)).unwrap() };
    assert_eq!(sarif("sarif")["runs"][0]["results"], serde_json::json!([]));
    let result = &sarif("sarif-full")["runs"][0]["results"][0];
    let suppression = &result["suppressions"][0];
    assert_eq!(suppression["kind"], "inSource");
    assert_eq!(suppression["status"], "accepted");
    assert_eq!(suppression["justification"], "the agent & co [x](1)");
    assert_eq!(suppression["location"]["physicalLocation"]["region"]["startLine"], 5);
}

#[test]
fn no_plugin_may_speak_for_the_host() {
    let ran = Scan::bare().guest(&Guest::good().named("suppressions")).run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("the name `suppressions` belongs to plimsoll itself"), "{}", ran.stderr);
}

#[test]
fn a_configuration_with_a_broken_suppression_is_refused() {
    let refused = |config: &str, why: &str| {
        let ran = scan().file("plimsoll.yaml", config).file("a.yaml", "").run();
        assert_eq!(ran.code, 2, "{config}");
        assert!(ran.stderr.contains(why), "{config}: {}", ran.stderr);
    };
    refused("suppressions: [{ rules: x }]", "plimsoll.yaml:1:16: a suppression gives a `reason`");
    refused(
        "suppressions: [{ reason: x }]",
        "plimsoll.yaml:1:16: a suppression names the `rules` that it is about",
    );
    refused(
        "suppressions: [{ rules: x, reason: x, until: 2026-02-30 }]",
        ":39: give a day such as 2027-01-31",
    );
    refused(
        "suppressions: [{ rules: x, reason: x, file: a }]",
        ":39: the key `file` is not known; did you mean `files`?",
    );
    refused("suppressions: [{ rules: x, reason: x, files: 'a[' }]", "`a[` is no pattern");
    refused("suppressions: { rules: x }", "`suppressions` is a list");
    refused(
        "rules: { images/mutable-tag: { level: fatal } }",
        "`level` does not know `fatal`; use one of note, warning, error",
    );
    refused("profile: strict\nprofile: nsa", ":2:1: the key `profile` stands here twice");
    refused("suppressions: [{ rules: x, reason: a, reason: b }]", ":39: the key `reason` stands here twice");
    refused("suppressions: [{ rules: x, reason: ' ' }]", "`reason` says nothing");
    refused("suppressions: [{ rules: x, reason: yes }]", "`reason` is text; put it in quotes");
    refused(
        "suppressions: [{ rules: x, reason: x, files: ./a.yaml }]",
        "nothing is called `./a.yaml`; name files as reports do, from the root of the repository on: deploy/**",
    );
    for pointer in ["spec.containers", "$.spec", "/spec/"] {
        let config = format!("suppressions: [{{ rules: x, reason: x, pointers: {pointer} }}]");
        refused(&config, &format!("nothing is called `{pointer}`; write pointers as reports do: /spec/"));
    }
    let off = "`level` is one of note, warning, error; `enabled: false` switches a rule off";
    refused("rules: { images/mutable-tag: { level: off } }", off);
    refused(
        "rules: { images/mutable-tag: error }",
        "holds keys with values: `enabled`, `level` and `parameters`",
    );
    refused(
        "rules: { images: {} }",
        "there is no rule `images`; here rules are named one by one, such as `images/",
    );
    refused("profile: strikt", "`profile` does not know `strikt`; did you mean `strict`?");
}

#[test]
fn every_example_of_the_own_rules_is_true() {
    let rules = Scan::new().verb("rules").args(["--format", "json"]).run().json();
    let own: Vec<&Value> =
        rules.as_array().unwrap().iter().filter(|rule| rule["plugin"] == "suppressions").collect();
    assert_eq!(own.len(), 4);
    for rule in own {
        let (id, docs) = (rule["id"].as_str().unwrap(), rule["docs"].as_str().unwrap());
        let example = |kind: &str| {
            let start = docs.split_once(&format!("```yaml {kind}\n")).unwrap().1;
            let ran = scan().file("a.yaml", start.split_once("```").unwrap().0).run();
            ran.stdout.contains(&format!("\"rule\":\"{id}\""))
        };
        assert!(example("fails") && !example("passes"), "{id}");
    }
}

#[test]
fn hostile_comments_take_neither_time_nor_memory() {
    let pod = "kind: Pod\napiVersion: v1\nspec: { hostPID: true }\n";
    let line = "# plimsoll:ignore x/y -- z ".repeat(16_000) + "\n" + pod;
    let top = "# plimsoll:ignore x/y -- z\n---\n".repeat(16_000) + pod;
    let long = format!("# plimsoll:ignore {}/y -- z\n{pod}", "x".repeat(500_000));
    for manifest in [line, top, long] {
        let ran = scan().file("a.yaml", manifest).run();
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stdout.len() < 16_000_000, "{}", ran.stdout.len());
    }
}

#[test]
fn a_hundred_thousand_comments_take_no_time() {
    let comment = "# plimsoll:ignore pod-security/host-pid -- why\n".repeat(30_000);
    let line = "  - { a: b } # plimsoll:ignore images/mutable-tag -- why\n".repeat(30_000);
    let manifest =
        format!("{comment}\nkind: Pod\napiVersion: v1\nspec:\n  hostPID: true\n  x:\n{line}{comment}");
    let ran = scan().args(["--skip-rule", "suppressions/unused"]).file("a.yaml", manifest).run();
    assert_eq!(told(&ran), ["-host-pid@30005"]);
}
