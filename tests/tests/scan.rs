//! What the command line promises: exit codes, formats, input, configuration, and what is done with files that nobody should write.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::process::Command;

use plimsoll_tests::{Guest, Ran, Scan, plimsoll, pod, skipped};
use serde_json::{Value, json};

const SHARES_ITS_NODE: &str = "apiVersion: v1
kind: Pod
metadata:
  name: api
  namespace: shop
spec:
  hostPID: true
  containers:
    - name: main
      image: nginx
";

// Exit codes.

#[test]
fn the_exit_code_tells_findings_by_level() {
    let warning = Scan::bare().file("a.yaml", pod("a"));
    assert_eq!(warning.run().code, 0);
    assert_eq!(warning.run_with(["--fail-on", "warning"]).code, 1);
    assert_eq!(warning.run_with(["--fail-on", "note"]).code, 1);
    assert_eq!(warning.run_with(["--fail-on", "never"]).code, 0);
    let rules = json!([{ "id": "there", "summary": "There is an object", "level": "error" }]);
    let error = Scan::bare()
        .guest(&Guest::good().named("strict").describing("rules", rules))
        .file("a.yaml", pod("a"));
    assert_eq!(error.run().code, 1);
    assert_eq!(error.run_with(["--fail-on", "never"]).code, 0);
}

#[test]
fn a_fault_outweighs_whatever_was_found() {
    let scan = Scan::bare().file("a.yaml", pod("a")).file("b.yaml", "a: [");
    for level in ["never", "error", "note"] {
        let ran = scan.run_with(["--fail-on", level]);
        assert_eq!((ran.code, ran.findings().len(), ran.faults().len()), (3, 1, 1));
    }
}

#[test]
fn nothing_to_look_at_is_no_finding_and_no_fault() {
    let ran = Scan::bare().run();
    assert_eq!(
        (ran.code, ran.stdout.as_str(), ran.stderr.as_str()),
        (
            0,
            "{\"version\":1,\n \"findings\":[],\n \"faults\":[],\n \"stats\":{\"sources\":0,\"objects\":0,\"rules\":1,\"bytes\":0}}\n",
            "warning: no Kubernetes objects were found in 0 files, so nothing was checked\n"
        )
    );
    let ran = Scan::bare().file("a.yaml", "a: 1\n").run();
    assert_eq!(ran.stderr, "warning: no Kubernetes objects were found in 1 file, so nothing was checked\n");
}

// Formats.

#[test]
fn one_scan_writes_every_format() {
    let scan = Scan::new()
        .file("deploy/api.yaml", SHARES_ITS_NODE)
        .args(["--rule", "pod-security/host-pid", "--rule", "images/mutable-tag", "--format", "json"])
        .args([
            "--output",
            "sarif=../all.sarif",
            "--output",
            "pretty=../all.txt",
            "--output",
            "json=../all.json",
        ]);
    let ran = scan.run();
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert_eq!(ran.stdout, JSON);
    let written = |name: &str| fs::read_to_string(scan.tree().join("..").join(name)).unwrap();
    assert_eq!(written("all.json"), JSON);
    assert_eq!(written("all.txt"), PRETTY);
    let sarif: Value = serde_json::from_str(&written("all.sarif")).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!((&sarif["version"], &run["columnKind"]), (&json!("2.1.0"), &json!("utf16CodeUnits")));
    assert_eq!(run["invocations"][0]["exitCode"], 1);
    assert_eq!(
        results(run),
        [
            "pod-security/host-pid error deploy/api.yaml 7:3-7:16",
            "images/mutable-tag warning deploy/api.yaml 10:7-10:19"
        ]
    );
    for result in run["results"].as_array().unwrap() {
        let rule = &result["rule"];
        let extension = &run["tool"]["extensions"][rule["toolComponent"]["index"].as_u64().unwrap() as usize];
        assert_eq!(extension["rules"][rule["index"].as_u64().unwrap() as usize]["id"], result["ruleId"]);
    }
}

const JSON: &str = r#"{"version":1,
 "findings":[
  {"rule":"pod-security/host-pid","level":"error","message":"the pod sees every process of its node: remove `hostPID: true`","file":"deploy/api.yaml","region":{"startLine":7,"startColumn":3,"endLine":7,"endColumn":16},"object":{"apiVersion":"v1","kind":"Pod","namespace":"shop","name":"api"},"pointer":"/spec/hostPID","related":[],"fix":{"description":"the pod sees every process of its node: remove `hostPID: true`","edits":[{"action":"remove","pointer":"/spec/hostPID"}]},"fingerprint":"6fa56ab1a856218e72f57ef69e82452b","suppressed":null,"baseline":"new"},
  {"rule":"images/mutable-tag","level":"warning","message":"container \"main\" runs \"nginx\", which has no tag, so the next pull may bring another image; write the version that was tested, or its digest","file":"deploy/api.yaml","region":{"startLine":10,"startColumn":7,"endLine":10,"endColumn":19},"object":{"apiVersion":"v1","kind":"Pod","namespace":"shop","name":"api"},"pointer":"/spec/containers/0/image","related":[],"fix":null,"fingerprint":"9a01c5a43d91351ddabfbcf6100766c7","suppressed":null,"baseline":"new"}],
 "faults":[],
 "stats":{"sources":1,"objects":1,"rules":2,"bytes":137}}
"#;

const PRETTY: &str = r#"error[pod-security/host-pid]: the pod sees every process of its node: remove `hostPID: true`
  --> deploy/api.yaml:7:3  Pod shop/api
  |
7 |   hostPID: true
  |   ^^^^^^^^^^^^^

warning[images/mutable-tag]: container "main" runs "nginx", which has no tag, so the next pull may bring another image; write the version that was tested, or its digest
  --> deploy/api.yaml:10:7  Pod shop/api
   |
10 |       image: nginx
   |       ^^^^^^^^^^^^

found 1 error, 1 warning; checked 1 object in 1 file with 2 rules of 2 plugins (Kubernetes 1.37)
`plimsoll rules pod-security/host-pid` explains a rule and how to mend what it finds
"#;

#[test]
fn a_fault_is_told_in_every_format() {
    let scan = Scan::new().args(["--no-embedded"]).guest(&Guest::good()).file("a.yaml", "spec: [1, 2\n");
    let faults = ["syntax a.yaml:1:7-1:8: this bracket is never closed; add the `]`"];
    let ran = scan.run_with(["--format", "json"]);
    assert_eq!((ran.code, ran.faults()), (3, faults.map(str::to_owned).into()));
    let pretty = scan.run();
    assert_eq!((pretty.code, pretty.stdout.as_str()), (3, PRETTY_FAULT));
    let sarif = scan.run_with(["--format", "sarif-full"]).json();
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!((&invocation["exitCode"], &invocation["executionSuccessful"]), (&json!(3), &json!(false)));
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(
        (&notification["level"], &notification["descriptor"]["id"]),
        (&json!("error"), &json!("core/syntax"))
    );
    assert_eq!(notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a.yaml");
}

const PRETTY_FAULT: &str = "fault[syntax]: this bracket is never closed; add the `]`
  --> a.yaml:1:7
  |
1 | spec: [1, 2
  |       ^

found 1 fault; checked 0 objects in 1 file with 1 rule of 1 plugin (Kubernetes 1.37)
a fault is something that could not be looked at; the scan is not complete until there is none
";

#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let ran = Scan::bare().file("a.yaml", pod("a")).args(["--output", "sarif=missing/a.sarif"]).run();
    ran.is_refused("missing/a.sarif cannot be written: No such file or directory (os error 2)");
}

#[test]
fn colour_is_for_terminals() {
    let scan = Scan::new().args(["--no-embedded"]).guest(&Guest::good()).file("a.yaml", pod("a"));
    assert!(!scan.run().stdout.contains('\u{1b}'));
    assert!(scan.run_with(["--color", "always"]).stdout.contains('\u{1b}'));
    assert!(!scan.run_with(["--color", "never"]).stdout.contains('\u{1b}'));
    let without = Scan::new()
        .env("NO_COLOR", "1")
        .args(["--no-embedded"])
        .guest(&Guest::good())
        .file("a.yaml", pod("a"));
    assert!(!without.run().stdout.contains('\u{1b}'));
    assert!(!without.run_with(["--zebra"]).stderr.contains('\u{1b}'));
}

#[test]
fn a_reader_that_goes_away_is_no_error_and_hides_no_verdict() {
    let pods: Vec<String> = (0..3_000).map(|number| pod(&format!("pod-{number}"))).collect();
    for (broken, expected) in [("", "1"), ("---\na: [1\n", "3")] {
        let scan = Scan::bare().args(["--fail-on", "warning"]).file("a.yaml", pods.join("---\n") + broken);
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"{ "$0" "$@"; echo $? >../code; } | head -1"#]).arg(plimsoll());
        shell.args(scan.command().get_args());
        scan.in_place(&mut shell);
        let ran = scan.run_command(shell);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("{\"version\":1,\n", ""));
        assert_eq!(fs::read_to_string(scan.tree().join("../code")).unwrap().trim(), expected);
    }
}

// What the user may mistype.

#[test]
fn what_is_mistyped_gets_a_suggestion() {
    for (args, suggestion) in [
        (&["--formt", "json"][..], "a similar argument exists: '--format'"),
        (&["--format", "jsno"], "a similar value exists: 'json'"),
        (&["--output", "sraif=a.sarif"], "`sraif` is no format; did you mean `sarif`?"),
        (&["--output", "a.sarif"], "give it as FORMAT=FILE, such as sarif=plimsoll.sarif"),
        (&["--profile", "pss-basline"], "a similar value exists: 'pss-baseline'"),
        (&["--fail-on", "eror"], "a similar value exists: 'error'"),
        (&["--kubernetes-version", "30"], "give it as 1.NN, such as 1.34"),
        (&["--rule", "good/their"], "there is no rule `good/their`; did you mean `good/there`?"),
        (&["--skip-rule", "zebra"], "there is no rule `zebra`; `plimsoll rules` lists them all"),
        (&["--rule", "godo/*"], "there is no rule `godo/*`; `plimsoll rules` lists them all"),
    ] {
        let ran = Scan::new()
            .args(["--no-embedded"])
            .guest(&Guest::good())
            .file("a.yaml", pod("a"))
            .args(args)
            .run();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(
            ran.stderr.starts_with("error: ") && ran.stderr.contains(suggestion),
            "{args:?}: {}",
            ran.stderr
        );
    }
    let verb = Scan::new().verb("scna").run();
    assert_eq!(verb.code, 2);
    assert!(verb.stderr.contains("a similar subcommand exists: 'scan'"), "{}", verb.stderr);
    let rule = Scan::new().verb("rules").args(["mutabel-tag"]).run();
    rule.is_refused("there is no rule `mutabel-tag`; did you mean `images/mutable-tag`?");
    let pack = Scan::new().verb("rules").args(["image"]).run();
    pack.is_refused("there is no rule `image`; did you mean `images`?");
    let pack = Scan::new().verb("rules").args(["images"]).run();
    assert!(
        pack.code == 0 && pack.stdout.contains("images/tiller") && !pack.stdout.contains("probes/"),
        "{pack:?}"
    );
    Scan::bare()
        .args(["nowhere"])
        .run()
        .is_refused("nowhere: No such file or directory (os error 2); name a file or folder that exists");
    let none = Scan::bare().args(["--skip-rule", "good/*"]).run();
    none.is_refused("no rule is left; leave out some --skip-rule, or ask for more with --rule or --profile");
    let nobody = Scan::new().args(["--no-embedded"]).run();
    nobody.is_refused("there are no plugins; name one with --plugin, or leave out --no-embedded");
}

// Which rules.

#[test]
fn profiles_choose_rules_and_names_choose_among_all() {
    let scan = Scan::new().args(["--format", "json"]).file("a.yaml", SHARES_ITS_NODE);
    let rules = Scan::new().verb("rules").args(["--format", "json"]).run().json();
    let of_plugins = rules.as_array().unwrap().iter().filter(|rule| rule["plugin"] != "suppressions");
    let strict = of_plugins.filter(|rule| rule["profile"] != "opt-in").count();
    let skipped = scan.run_with([
        "--profile",
        "strict",
        "--skip-rule",
        "images/mutable-tag",
        "--skip-rule",
        "pod-security/host-pid",
    ]);
    assert_eq!(skipped.json()["stats"]["rules"], strict - 2);
    let baseline = scan.run_with(["--profile", "pss-baseline"]);
    assert_eq!(baseline.findings(), ["pod-security/host-pid a.yaml:7:3-7:16 /spec/hostPID"]);
    let restricted = scan.run_with(["--profile", "pss-restricted"]).findings();
    assert!(
        restricted.len() > 1 && restricted.iter().all(|one| one.starts_with("pod-security/")),
        "{restricted:#?}"
    );
    let named = scan
        .run_with(["--profile", "pss-baseline", "--rule", "images/*", "--skip-rule", "images/digest-missing"])
        .findings();
    assert!(
        named.contains(&"images/mutable-tag a.yaml:10:7-10:19 /spec/containers/0/image".to_owned()),
        "{named:#?}"
    );
    assert!(
        named.iter().all(|one| one.starts_with("images/") && !one.contains("digest-missing")),
        "{named:#?}"
    );
}

#[test]
fn the_version_of_kubernetes_decides_what_is_removed() {
    let ingress = "apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata:\n  name: web\n";
    let scan = Scan::new().file("a.yaml", ingress).args(["--format", "json", "--rule", "api-versions/*"]);
    let deprecated = scan.run_with(["--kubernetes-version", "1.21"]).findings();
    assert_eq!(deprecated, ["api-versions/deprecated a.yaml:1:1-1:38 /apiVersion"]);
    let removed = scan.run_with(["--kubernetes-version", "v1.22.3"]).findings();
    assert_eq!(removed, ["api-versions/removed a.yaml:1:1-1:38 /apiVersion"]);
}

// The same input gives the same bytes.

#[test]
fn the_same_files_give_the_same_bytes() {
    let tree = |scan: Scan| {
        let scan = scan.file("b/web.yaml", [SHARES_ITS_NODE, &pod("web"), "a: [\n"].join("---\n")).file(
            "a.json",
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"j"},"spec":{"hostIPC":true}}"#,
        );
        (0..20).fold(scan, |scan, number| {
            scan.file(
                &format!("c/{number}.yaml"),
                SHARES_ITS_NODE.replace("name: api", &format!("name: api-{number}")),
            )
        })
    };
    let formats = [
        "--profile",
        "strict",
        "--format",
        "json",
        "--output",
        "sarif-full=../all.sarif",
        "--output",
        "pretty=../all.txt",
        "--output",
        "junit=../all.xml",
        "--output",
        "markdown=../all.md",
        "--output",
        "html=../all.html",
        "--output",
        "github=../all.github",
        "--output",
        "gitlab=../all.gitlab",
    ];
    let bytes = |scan: &Scan, args: &[&str]| {
        let ran = scan.run_with(formats.iter().chain(args));
        assert_eq!(ran.code, 3, "{}", ran.stderr);
        let names = ["all.sarif", "all.txt", "all.xml", "all.md", "all.html", "all.github", "all.gitlab"];
        let written = names.map(|name| fs::read_to_string(scan.tree().join("..").join(name)).unwrap());
        [vec![ran.stdout], written.into()].concat()
    };
    let (here, elsewhere) = (tree(Scan::new()), tree(Scan::new()));
    let first = bytes(&here, &["--jobs", "1", "a.json", "b", "c"]);
    assert!(first[0].lines().count() > 50);
    assert_same(&first, &bytes(&here, &["--jobs", "2", "c", "b", "a.json"]));
    assert_same(&first, &bytes(&elsewhere, &["--jobs", "7", "."]));
    assert_same(&first, &bytes(&elsewhere, &["b/web.yaml", ".", "c/../c"]));
}

fn assert_same(a: &[String], b: &[String]) {
    for (a, b) in a.iter().zip(b) {
        let differ = a.lines().zip(b.lines()).find(|(a, b)| a != b);
        assert!(a == b, "{differ:#?}");
    }
}

// Input.

#[test]
fn standard_input_is_a_source_like_any_other() {
    let scan = Scan::bare().file("a.yaml", pod("a")).stdin(pod("piped"));
    assert_eq!(scan.run_with(["-"]).findings(), ["good/there <stdin>:4:3-4:14 /metadata/name"]);
    let both = scan.run_with(["-", "a.yaml"]);
    assert_eq!(
        both.findings(),
        ["good/there <stdin>:4:3-4:14 /metadata/name", "good/there a.yaml:4:3-4:10 /metadata/name"]
    );
    // The command before the pipe may have failed.
    let empty = Scan::bare().args(["-"]).run();
    assert_eq!(empty.code, 3);
    assert_eq!(
        empty.faults(),
        ["unreadable <stdin>: standard input is empty; did the command before it fail?"]
    );
}

#[test]
fn every_way_to_write_several_objects_is_understood() {
    let scan = Scan::bare()
        .file("documents.yaml", "# none\n---\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: b}}\n...\n")
        .file("list.yaml", "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: c}\n- apiVersion: v1\n  kind: PodList\n  items: [{apiVersion: v1, kind: Pod, metadata: {name: d}}]\n")
        .file("one.json", r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "e"}}"#)
        .file("several.json", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"f\"}}\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"g\"}}")
        .file("CAPITAL.YML", pod("h"));
    let ran = scan.run();
    assert_eq!(ran.faults(), Vec::<String>::new());
    assert_eq!(
        ran.findings(),
        [
            "good/there CAPITAL.YML:4:3-4:10 /metadata/name",
            "good/there documents.yaml:6:12-6:19 /metadata/name",
            "good/there documents.yaml:8:40-8:47 /metadata/name",
            "good/there list.yaml:6:14-6:21 /metadata/name",
            "good/there list.yaml:9:50-9:57 /metadata/name",
            "good/there one.json:1:50-1:61 /metadata/name",
            "good/there several.json:1:45-1:55 /metadata/name",
            "good/there several.json:2:45-2:55 /metadata/name",
        ]
    );
}

#[test]
fn ignore_files_keep_manifests_out_and_names_bring_them_in() {
    let scan = Scan::bare()
        .file(".gitignore", "build/\n/secret.yaml\n")
        .file(".plimsollignore", "charts/*.yaml\n!charts/kept.yaml\n")
        .file("build/a.yaml", pod("a"))
        .file("secret.yaml", pod("b"))
        .file("charts/c.yaml", pod("c"))
        .file("charts/kept.yaml", pod("d"))
        .file(".github/e.yaml", pod("e"))
        .file(".git/f.yaml", pod("f"))
        .file("sub/.gitignore", "*.yaml\n")
        .file("sub/g.yaml", pod("g"))
        .file("notes.txt", pod("h"));
    let files = |ran: Ran| {
        ran.findings().iter().map(|one| one.split([' ', ':']).nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(files(scan.run()), [".github/e.yaml", "charts/kept.yaml"]);
    assert_eq!(files(scan.run_with(["secret.yaml", "notes.txt"])), ["notes.txt", "secret.yaml"]);
}

#[test]
fn a_broken_document_does_not_hide_those_beside_it() {
    let text = format!("{}---\nkind: Pod\n  apiVersion: v1\n---\n{}", pod("before"), pod("after"));
    let ran = Scan::bare().file("a.yaml", text).run();
    assert_eq!(
        ran.findings(),
        ["good/there a.yaml:4:3-4:15 /metadata/name", "good/there a.yaml:16:3-16:14 /metadata/name"]
    );
    assert_eq!(
        ran.faults(),
        [
            "syntax a.yaml:11:13-11:14: a key is not allowed here, where the value above goes on: check the indentation of this line"
        ]
    );
    assert_eq!(ran.code, 3);
}

#[test]
fn what_looks_meant_to_be_an_object_and_is_none_is_a_fault() {
    let ran = Scan::bare()
        .file("a.yaml", "kind: Pod\nmetadata: {name: a}\n")
        .file("b.yaml", "apiVersion: v1\nmetadata: {name: b}\n")
        .file("c.yaml", "apiVersion: 1\nkind: Pod\nmetadata: {name: c}\n")
        .file("d.yaml", "- apiVersion: v1\n  kind: Pod\n")
        .file("e.yaml", "apiVersion: v1\nkind: List\nitems: [7]\n")
        .run();
    assert_eq!(
        ran.faults(),
        [
            "object a.yaml:1:1-1:2: this looks like an object and has no `apiVersion`; Kubernetes cannot read it without one",
            "object b.yaml:1:1-1:2: this looks like an object and has no `kind`; Kubernetes cannot read it without one",
            "object c.yaml:1:1-1:2: `apiVersion` must be text, such as `apps/v1`",
            "object d.yaml:1:1-1:2: this is a sequence of objects; make it `kind: List` with `items`, or separate them with `---`",
            "object e.yaml:3:9-3:10: this item of a list is no object; it needs an `apiVersion` and a `kind`",
        ]
    );
}

#[test]
fn files_that_are_no_objects_pass_without_noise() {
    let ran = Scan::bare()
        .file("values.yaml", "image:\n  tag: latest\nreplicas: 3\n")
        .file("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n")
        .file(".github/workflows/ci.yaml", "on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps: [{run: 'echo ${{ github.ref }}'}]\n")
        .file("docker-compose.yml", "services: {web: {image: nginx}}\n")
        .file("package.json", r#"{"name": "shop", "kind": "module"}"#)
        .file("tsconfig.json", "{\n  // comments\n  \"strict\": true,\n}\n")
        .file("scalar.yaml", "just text\n")
        .file("empty.yaml", "")
        .file("comment.yaml", "# nothing\n---\n# here\n")
        .run();
    assert_eq!((ran.code, ran.findings(), ran.faults()), (0, vec![], vec![]));
    assert_eq!(ran.json()["stats"]["objects"], 0);
}

#[test]
fn a_template_that_nobody_rendered_is_a_fault() {
    let template = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n";
    let conditional =
        "{{- if .Values.pod }}\napiVersion: v1\nkind: Pod\nmetadata:\n  name: pod\n{{- end }}\n";
    let ran = Scan::bare()
        .file("chart/Chart.yaml", "apiVersion: v2\nname: shop\n")
        .file("chart/templates/pod.yaml", template)
        .file("chart/templates/plain.yaml", pod("plain"))
        .file(
            "chart/templates/quoted.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"{{ .Values.name }}\"\n",
        )
        .file("loose.yaml", template)
        .file("conditional.yaml", conditional)
        .run();
    let why = "this is a template that nobody rendered, so what it will become cannot be checked; render it first, \
               with `helm template` for a chart, and scan the result";
    let places = [
        "chart/templates/pod.yaml:4:9-4:11",
        "chart/templates/quoted.yaml:4:10-4:12",
        "conditional.yaml:1:1-1:3",
        "loose.yaml:4:9-4:11",
    ];
    assert_eq!(ran.faults(), places.map(|place| format!("template {place}: {why}")));
    assert_eq!(ran.findings(), ["good/there chart/templates/plain.yaml:4:3-4:14 /metadata/name"]);
}

// Places.

#[test]
fn columns_count_code_points_in_json_and_utf16_in_sarif() {
    let scan = Scan::bare()
        .file("a.yaml", "apiVersion: v1\r\nkind: Pod\r\nmetadata: {labels: {a: 𝄞é}, name: ü𝄞}\r\n");
    assert_eq!(scan.run().findings(), ["good/there a.yaml:3:29-3:37 /metadata/name"]);
    let sarif = Scan::new()
        .args(["--no-embedded", "--format", "sarif"])
        .guest(&Guest::good())
        .file("a.yaml", "apiVersion: v1\r\nkind: Pod\r\nmetadata: {labels: {a: 𝄞é}, name: ü𝄞}\r\n")
        .run()
        .json();
    assert_eq!(results(&sarif["runs"][0]), ["good/there warning a.yaml 3:30-3:39"]);
}

#[test]
fn a_byte_order_mark_is_not_read() {
    let json = "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\n\"metadata\":{\"name\":\"b\"}}";
    let ran = Scan::bare()
        .file("a.yaml", format!("\u{feff}{}", pod("a")))
        .file("b.json", format!("\u{feff}{json}"))
        .run();
    assert_eq!(ran.faults(), Vec::<String>::new());
    assert_eq!(
        ran.findings(),
        ["good/there a.yaml:4:3-4:10 /metadata/name", "good/there b.json:2:13-2:23 /metadata/name"]
    );
}

#[test]
fn a_byte_order_mark_is_no_column() {
    let json = "\u{feff}{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"b\"}}";
    assert_eq!(
        Scan::bare().file("b.json", json).run().findings(),
        ["good/there b.json:1:45-1:55 /metadata/name"]
    );
}

#[test]
fn a_finding_on_what_is_missing_stands_on_the_nearest_ancestor() {
    let ran = Scan::bare()
        .file("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {}\n")
        .file("b.yaml", "apiVersion: v1\nkind: Pod\n")
        .file("c.yaml", "apiVersion: v1\nkind: Pod\nmetadata: 7\n")
        .run();
    assert_eq!(
        ran.findings(),
        [
            "good/there a.yaml:3:1-3:9 /metadata/name",
            "good/there b.yaml:1:1-1:15 /metadata/name",
            "good/there c.yaml:3:1-3:12 /metadata/name"
        ]
    );
}

#[test]
fn files_are_called_by_their_path_in_the_repository() {
    let scan = Scan::bare().file("deploy/shop/a b.yaml", pod("a"));
    let mut from_below = scan.command();
    from_below.current_dir(scan.tree().join("deploy")).args(["shop"]);
    // Plugins are named relative to where one stands.
    let args: Vec<_> = scan
        .command()
        .get_args()
        .map(|arg| arg.to_string_lossy().replace("../plugins", "../../plugins"))
        .collect();
    let mut command = Command::new(plimsoll());
    command.args(args).arg("shop").current_dir(scan.tree().join("deploy"));
    assert_eq!(
        scan.run_command(command).findings(),
        ["good/there deploy/shop/a b.yaml:4:3-4:10 /metadata/name"]
    );
}

// Configuration.

#[test]
fn a_configuration_is_found_above_and_obeyed() {
    let config =
        "kubernetesVersion: \"1.30\"\nplugins: [../plugins/other.wasm]\nlimits: {fuel: 1, fuelPerByte: 1}\n";
    let scan =
        Scan::bare().file("plimsoll.yaml", config).file("deep/a.yaml", [pod("a"), pod("b")].join("---\n"));
    fs::write(scan.tree().join("../plugins/other.wasm"), Guest::good().named("other").bytes()).unwrap();
    let mut command = Command::new(plimsoll());
    command.args(["scan", "--no-embedded", "--format", "json"]).current_dir(scan.tree().join("deep"));
    let ran = scan.run_command(command);
    let out_of_fuel = "it ran out of fuel (1 for a call and 1 for every byte of its objects); raise `limits.fuel` if it needs more";
    assert_eq!(ran.faults().len(), 2);
    assert!(ran.faults().iter().all(|fault| fault.ends_with(out_of_fuel)), "{:?}", ran.faults());
}

#[test]
fn every_mistake_in_a_configuration_is_told_with_its_place() {
    let config = "kubernetesVersion: 1.30\nplugin: []\nplugins: [7]\nlimits: {fuel: -1, memroy: 3}\nrules:\n  good/there: {parametres: {}}\n";
    is_refused(
        Scan::bare().file("plimsoll.yaml", config),
        &[
            ":1:1: give a version of Kubernetes in quotes, such as \"1.34\"",
            ":2:1: the key `plugin` is not known; did you mean `plugins`?",
            ":3:11: an item of this list is text",
            ":4:10: `fuel` is a whole number of units of fuel, at least 1",
            ":4:20: the key `memroy` is not known; did you mean `memory`?",
            ":6:16: the key `parametres` is not known; did you mean `parameters`?",
        ],
    );
    let file = |text: &str| Scan::bare().file("plimsoll.yaml", text);
    is_refused(
        file("limits: {memory: 256MiB, stack: 1000, tableEntries: 0, output: 1.5}\n"),
        &[
            ":1:10: `memory` is a whole number of bytes, at least 1",
            ":1:26: `stack` is a whole number of bytes, from 65536 to 134217728",
            ":1:39: `tableEntries` is a whole number of entries, at least 1",
            ":1:56: `output` is a whole number of bytes, at least 1",
        ],
    );
    is_refused(file("a: [1\n"), &[":1:4: this bracket is never closed; add the `]`"]);
    is_refused(file("{}\n---\n{}\n"), &[":2:1: a configuration is a single document; remove the others"]);
    is_refused(
        file("\"a\\e[31m\\n\": 1\n"),
        &[
            ":1:1: the key `a\\u{1b}[31m\\u{a}` is not known; use one of kubernetesVersion, profile, failOn, baseline, plugins, trust, rules, suppressions, allowSuppressions, limits",
        ],
    );
    is_refused(file("- a\n"), &[":1:1: a configuration holds keys with values"]);
    is_refused(
        file("rules:\n  good/their: {parameters: {}}\n"),
        &[":2:3: there is no rule `good/their`; did you mean `good/there`?"],
    );
    let missing = Scan::bare().args(["--config", "other.yaml"]).run();
    missing.is_refused("the configuration other.yaml cannot be read: No such file or directory (os error 2)");
    assert_eq!(file("# nothing\n").run().code, 0);
}

#[test]
fn naming_a_rule_in_the_configuration_switches_it_on() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: [{name: a, image: b}]}\n";
    let found = |rules: &str, rule: &str| {
        let scan = Scan::new().file("plimsoll.yaml", format!("rules: {{{rules}}}")).file("a.yaml", pod);
        let report = scan.args(["--format", "json"]).run().json();
        report["findings"].as_array().unwrap().iter().any(|finding| finding["rule"] == rule)
    };
    assert!(!found("", "probes/liveness-missing"));
    assert!(found("probes/liveness-missing: {}", "probes/liveness-missing"));
    assert!(found("", "pod-security/host-pid"));
    assert!(!found("pod-security/host-pid: {enabled: false}", "pod-security/host-pid"));
}

#[test]
fn an_output_never_takes_the_place_of_something_else() {
    let scan = Scan::bare().file("a.yaml", pod("a")).file("kept", "x");
    for (args, why) in [
        (&["--output", "json=a.yaml", "a.yaml"][..], "is to be read and to be written"),
        (&["--output", "json=a.yaml", "."], "is to be read and to be written"),
        (&["--output", "json=o", "--output", "sarif=./o"], "two outputs go to"),
        (&["--output", "json=kept", "--output", "sarif=../tree/kept"], "two outputs go to"),
        (&["--output", "json=-"], "name a file after `=`"),
    ] {
        let ran = scan.run_with(args.iter().copied());
        assert!(ran.code == 2 && ran.stderr.contains(why), "{}", ran.stderr);
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("kept", scan.tree().join("link")).unwrap();
        assert_eq!(scan.run_with(["--output", "json=link"]).code, 0);
        assert!(scan.tree().join("link").is_symlink());
        assert!(fs::read_to_string(scan.tree().join("kept")).unwrap().starts_with("{\"version\":1"));
        assert_eq!(scan.run_with(["--output", "json=/dev/null"]).code, 0);
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }
}

#[test]
fn wrong_parameters_are_told_with_their_place() {
    let scan = |config: &str| {
        Scan::new().file("plimsoll.yaml", config).file("a.yaml", pod("a")).args(["--format", "json"])
    };
    let wrong = "rules:\n  images/mutable-tag:\n    parameters:\n      tag: [main]\n  images/registry-not-allowed:\n    parameters: {allow: [1]}\n";
    is_refused(
        scan(wrong).args(["--rule", "images/*"]),
        &[
            ":4:7: the parameters of images/mutable-tag are wrong: unknown field `tag`, expected `tags`",
            ":6:26: the parameters of images/registry-not-allowed are wrong: invalid type: integer `1`, expected a string",
        ],
    );
    let right = "rules: {images/mutable-tag: {parameters: {tags: ['1']}}}\n";
    let ran = scan(right).args(["--rule", "images/mutable-tag"]).run();
    assert_eq!(ran.findings(), ["images/mutable-tag a.yaml:8:7-8:25 /spec/containers/0/image"]);
}

/// Asserts that the configuration `plimsoll.yaml` is refused, and for what: each mistake with what follows the name of the file.
#[track_caller]
fn is_refused(scan: Scan, mistakes: &[&str]) {
    let ran = scan.run();
    let file = scan.tree().canonicalize().unwrap().join("plimsoll.yaml").display().to_string();
    let told = ran.stderr.strip_prefix("error: ").unwrap_or_default();
    let told: Vec<String> =
        told.lines().map(|line| line.trim_start_matches("error: ").replacen(&file, "", 1)).collect();
    assert_eq!(told, mistakes);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
}

// Other commands.

#[test]
fn objects_are_shown_as_rules_see_them() {
    let scan = Scan::new()
        .verb("objects")
        .file("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: yes, m: 010}\n")
        .file("b.yaml", "a: [1\n");
    let ran = scan.run();
    assert_eq!(
        ran.stdout,
        "{\"file\":\"a.yaml\",\"region\":{\"startLine\":1,\"startColumn\":1,\"endLine\":4,\"endColumn\":29},\
         \"object\":{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"hostPID\":true,\"m\":8}}}\n"
    );
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (3, "fault[syntax]: b.yaml:1:4: this bracket is never closed; add the `]`\n")
    );
    let places = &scan.run_with(["--places", "a.yaml"]).json()["places"];
    assert_eq!(
        places["/spec/hostPID"],
        json!({ "startLine": 4, "startColumn": 8, "endLine": 4, "endColumn": 20 })
    );
}

#[test]
fn a_rule_has_a_page_and_all_have_a_list() {
    let page = Scan::new().verb("rules").args(["host-pid"]).run();
    assert!(page.stdout.starts_with("pod-security/host-pid: "), "{}", page.stdout);
    assert!(
        page.stdout.contains("\n    fails:\n    | ") && page.stdout.contains("\nElsewhere\n  "),
        "{}",
        page.stdout
    );
    let list = Scan::new().verb("rules").run();
    assert!(list.stdout.contains("\n  images/mutable-tag "), "{}", list.stdout);
    assert_eq!((page.code, list.code), (0, 0));
}

// What nobody should write.

#[test]
fn hostile_files_are_faults_and_hide_nothing() {
    let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n";
    let bomb: String = ('a'..='i')
        .zip('b'..='j')
        .map(|(from, to)| format!("{to}: &{to} [{}]\n", vec![format!("*{from}"); 9].join(",")))
        .collect();
    let scan = Scan::bare()
        .file("good.yaml", pod("good"))
        .file("alias-bomb.yaml", format!("{head}a: &a [x,x,x,x,x,x,x,x,x]\n{bomb}"))
        .file("deep-block.yaml", format!("{head}spec:\n{}\n", "- ".repeat(100_000)))
        .file("deep-flow.yaml", format!("{head}spec: {}\n", "[".repeat(100_000)))
        .file(
            "deep-flow-closed.yaml",
            format!("{head}spec: {}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
        )
        .file(
            "deep-json.json",
            format!(r#"{{"apiVersion":"v1","kind":"Pod","spec":{}"#, r#"{"a":"#.repeat(100_000)),
        )
        .file("no-utf-8.yaml", b"apiVersion: v1\nkind: Pod\nmetadata: {name: \"\xff\xfe\"}\n")
        .file("nul.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: \"a\0b\"}\n");
    let ran = scan.run();
    assert_eq!(ran.findings(), ["good/there good.yaml:4:3-4:13 /metadata/name"]);
    assert_eq!(
        ran.faults(),
        [
            "syntax alias-bomb.yaml:4:10-4:11: aliases make this document many times longer than it is written; write the values out",
            "syntax deep-block.yaml:5:20001-5:20002: collections are nested more than 10000 deep",
            "syntax deep-flow-closed.yaml:4:10007-4:10008: brackets are nested more than 10000 deep",
            "syntax deep-flow.yaml:4:10007-4:10008: brackets are nested more than 10000 deep",
            "syntax deep-json.json:1:50035-1:50036: brackets are nested more than 10000 deep",
            "syntax no-utf-8.yaml:3:19-3:20: byte 0xFF is not UTF-8; save the file as UTF-8",
            "syntax nul.yaml:3:20-3:21: the control character U+0000 is not allowed; remove it",
        ]
    );
    assert_eq!(ran.code, 3);
}

#[test]
fn a_vast_scalar_is_read() {
    let scan = Scan::bare()
        .file(
            "vast.yaml",
            format!(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: vast}}\ndata: {{a: \"{}\"}}\n",
                "x".repeat(50_000_000)
            ),
        )
        .file("good.yaml", pod("good"));
    let ran = scan.run();
    assert_eq!((ran.code, ran.faults()), (0, vec![]));
    assert_eq!(
        ran.findings(),
        ["good/there good.yaml:4:3-4:13 /metadata/name", "good/there vast.yaml:3:12-3:22 /metadata/name"]
    );
}

#[test]
fn odd_shapes_are_looked_at_by_every_rule() {
    let mut scan =
        Scan::new().args(["--profile", "strict", "--format", "json"]).file("good.yaml", SHARES_ITS_NODE);
    for (number, spec) in [
        "7",
        "~",
        "[]",
        "[7]",
        "text",
        "{containers: 7}",
        "{containers: {a: b}}",
        "{containers: [7, ~, [], {}]}",
        "{template: 7}",
        "{template: {spec: [~]}}",
    ]
    .iter()
    .enumerate()
    {
        for kind in ["Pod", "Deployment", "CronJob", "Service", "PodDisruptionBudget"] {
            scan = scan.file(
                &format!("odd/{kind}-{number}.yaml"),
                format!("apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: 7}}\nspec: {spec}\n"),
            );
        }
    }
    let ran = scan.run();
    assert_eq!((ran.faults(), ran.code), (vec![], 1));
    assert!(ran.findings().contains(&"pod-security/host-pid good.yaml:7:3-7:16 /spec/hostPID".to_owned()));
}

#[cfg(unix)]
#[test]
#[cfg(unix)]
fn links_between_folders_do_not_lead_round_forever() {
    use std::os::unix::fs::symlink;

    let scan =
        Scan::bare().file("a/a.yaml", pod("a")).file("b/b.yaml", pod("b")).file("b/app.prod", pod("p"));
    symlink("../b", scan.tree().join("a/l")).unwrap();
    symlink("../a", scan.tree().join("b/m")).unwrap();
    // A manifest by its own name, whatever it leads to is called.
    symlink("app.prod", scan.tree().join("b/app.yaml")).unwrap();
    let ran = scan.run_with(["a"]);
    let places = ["a/a.yaml:4:3-4:10", "b/app.prod:4:3-4:10", "b/b.yaml:4:3-4:10"];
    assert_eq!(ran.findings(), places.map(|place| format!("good/there {place} /metadata/name")));
}

#[test]
fn an_ignored_folder_that_is_named_is_read_in_whatever_order() {
    let scan = Scan::bare().file(".gitignore", "ig/\n").file("ig/x.yaml", pod("x")).file("a.yaml", pod("a"));
    let both = ["good/there a.yaml:4:3-4:10 /metadata/name", "good/there ig/x.yaml:4:3-4:10 /metadata/name"];
    assert_eq!(scan.run_with([".", "ig"]).findings(), both);
    assert_eq!(scan.run_with(["ig", "."]).findings(), both);
}

#[test]
#[cfg(target_os = "linux")]
fn two_names_that_are_no_text_stay_two() {
    use std::os::unix::ffi::OsStrExt;

    let scan = Scan::bare();
    for (byte, name) in [(0xFE, "a"), (0xFF, "b")] {
        fs::write(
            scan.tree().join(std::ffi::OsStr::from_bytes(&[b'x', byte, b'.', b'y', b'm', b'l'])),
            pod(name),
        )
        .unwrap();
    }
    assert_eq!(
        scan.run().findings(),
        ["good/there x%FE.yml:4:3-4:10 /metadata/name", "good/there x%FF.yml:4:3-4:10 /metadata/name"]
    );
    // Nor are they taken for those that are spelled as they are told.
    let scan = scan.file("x%FF.yml", pod("c")).file("x%25FF.yml", pod("d")).file("plain%20.yml", pod("e"));
    fs::write(scan.tree().join(std::ffi::OsStr::from_bytes(b"\xFF%FF.yml")), pod("f")).unwrap();
    fs::write(scan.tree().join(std::ffi::OsStr::from_bytes(b"%FF\xFF.yml")), pod("g")).unwrap();
    let findings = scan.run().findings();
    let paths: Vec<&str> = findings.iter().filter_map(|told| told.split([' ', ':']).nth(1)).collect();
    let told = [
        "%25FF%FF.yml",
        "%FF%25FF.yml",
        "plain%20.yml",
        "x%2525FF.yml",
        "x%25FF.yml",
        "x%FE.yml",
        "x%FF.yml",
    ];
    assert_eq!(paths, told);
}

#[test]
fn heavy_objects_hide_nothing_beside_them() {
    let heavy = |name: &str| {
        let container = "{name: a, image: nginx}, ".repeat(60_000);
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{container}]}}\n"
        )
    };
    let light =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: z}\nspec: {containers: [{name: a, image: nginx}]}\n";
    let scan = Scan::new().args(["--format", "json", "--rule", "images/mutable-tag"]);
    let scan = scan
        .file("a.yaml", heavy("a"))
        .file("b.yaml", heavy("b"))
        .file("c.yaml", heavy("c"))
        .file("z.yaml", light);
    let ran = scan.run();
    assert_eq!(ran.findings(), ["images/mutable-tag z.yaml:4:31-4:43 /spec/containers/0/image"]);
    assert_eq!(ran.faults().len(), 3, "{:?}", ran.faults());
    assert!(ran.faults().iter().all(|fault| fault.starts_with("plugin-output ")));
}

#[test]
fn a_mistake_beside_the_actions_of_a_template_hides_no_other_document() {
    let broken =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: \"{{ $labels.pod }}\"\n\tb: c\n";
    let ran = Scan::bare().file("a.yaml", [broken.to_owned(), pod("p")].join("---\n")).run();
    assert_eq!((ran.findings().len(), ran.faults().len()), (1, 1));
}

#[test]
fn odd_files_are_faults_and_hide_nothing() {
    use std::os::unix::fs::symlink;

    let scan = Scan::bare().file("good.yaml", pod("good")).file("folder.yaml/inside.yaml", pod("inside"));
    let at = |name: &str| scan.tree().join(name);
    assert!(Command::new("mkfifo").arg(at("fifo.yaml")).status().unwrap().success());
    symlink(".", at("loop")).unwrap();
    symlink("self.yaml", at("self.yaml")).unwrap();
    symlink("nowhere.yaml", at("dangling.yaml")).unwrap();
    symlink("good.yaml", at("twice.yaml")).unwrap();
    symlink("/", at("out")).unwrap();
    let ran = scan.run();
    assert_eq!(
        ran.findings(),
        [
            "good/there folder.yaml/inside.yaml:4:3-4:15 /metadata/name",
            "good/there good.yaml:4:3-4:13 /metadata/name"
        ]
    );
    assert_eq!(
        ran.faults(),
        [
            "unreadable dangling.yaml: the symbolic link leads nowhere: No such file or directory (os error 2); mend or remove it",
            "unreadable fifo.yaml: this is neither a file nor a folder; take it out of the tree or name it in .plimsollignore",
            "unreadable out: the symbolic link leads out of the repository and was not followed; scan its target by its own path",
            "unreadable self.yaml: the symbolic link leads nowhere: Too many levels of symbolic links (os error 40); mend or remove it",
        ]
    );
    assert_eq!(ran.code, 3);
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_a_fault() {
    use std::os::unix::fs::PermissionsExt;

    let scan = Scan::bare()
        .file("good.yaml", pod("good"))
        .file("closed.yaml", pod("closed"))
        .file("locked/in.yaml", pod("in"));
    for name in ["closed.yaml", "locked"] {
        fs::set_permissions(scan.tree().join(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    // Root may read everything, so it becomes somebody else.
    let nobody = ["--reuid=65534", "--clear-groups", "--bounding-set=-all"];
    let mut command = scan.command();
    if fs::read(scan.tree().join("closed.yaml")).is_ok() {
        let able = Command::new("setpriv").args(nobody).arg(plimsoll()).arg("--version").output();
        if !able.is_ok_and(|output| output.status.success()) {
            return skipped("this user may read everything, and `setpriv` cannot make it another");
        }
        command = Command::new("setpriv");
        command.args(nobody).arg(plimsoll()).args(scan.command().get_args());
        scan.in_place(&mut command);
    }
    let ran = scan.run_command(command);
    fs::set_permissions(scan.tree().join("locked"), fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(ran.findings(), ["good/there good.yaml:4:3-4:13 /metadata/name"]);
    let [closed, locked] = ran.faults().try_into().unwrap();
    assert_eq!(closed, "unreadable closed.yaml: the file cannot be read: Permission denied (os error 13)");
    // Host bug 5: between the two stands the absolute path, twice, which is another one on every machine.
    assert!(locked.starts_with("unreadable locked: the folder cannot be looked into: "), "{locked}");
    assert!(locked.ends_with("Permission denied (os error 13)"), "{locked}");
    assert_eq!(ran.code, 3);
}

/// The results of a SARIF run, each as `rule level file line:column-line:column`.
fn results(run: &Value) -> Vec<String> {
    let one = |result: &Value| {
        let place = &result["locations"][0]["physicalLocation"];
        let [line, column, end_line, end_column] =
            ["startLine", "startColumn", "endLine", "endColumn"].map(|key| &place["region"][key]);
        let [rule, level, file] = [&result["ruleId"], &result["level"], &place["artifactLocation"]["uri"]]
            .map(|text| text.as_str().unwrap());
        format!("{rule} {level} {file} {line}:{column}-{end_line}:{end_column}")
    };
    run["results"].as_array().unwrap().iter().map(one).collect()
}
