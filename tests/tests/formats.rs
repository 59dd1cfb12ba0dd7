//! What every format looks like, byte by byte: `tests/golden/tree` as each of them tells it. `PLIMSOLL_BLESS=1` writes the files anew; read
//! the difference before you keep it.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::env;
use std::fs;
use std::path::Path;

use plimsoll_tests::{Guest, Ran, Scan, pod, workspace};
use serde_json::Value;

/// Every format with the file that holds it.
const FORMATS: [(&str, &str); 9] = [
    ("pretty", "scan.txt"),
    ("json", "scan.json"),
    ("sarif", "scan.sarif"),
    ("sarif-full", "scan.full.sarif"),
    ("junit", "scan.xml"),
    ("markdown", "scan.md"),
    ("html", "scan.html"),
    ("github", "scan.github.txt"),
    ("gitlab", "scan.gitlab.json"),
];

/// Rules of every level, one with a fix, one with a related place.
const RULES: [&str; 4] =
    ["pod-security/host-pid", "images/mutable-tag", "images/digest-missing", "probes/readiness-missing"];

#[test]
fn every_format_is_as_it_was() {
    let scan = golden().args(["--allow-partial-sarif", "--format", "pretty"]);
    let outputs =
        FORMATS.iter().flat_map(|(format, file)| ["--output".to_owned(), format!("{format}=../{file}")]);
    let ran = scan.run_with(outputs);
    assert_eq!((ran.code, ran.stderr.as_str()), (3, ""));
    for (format, file) in FORMATS {
        let told = stable(&written(&scan, file));
        let golden = workspace().join("tests/golden").join(file);
        if env::var_os("PLIMSOLL_BLESS").is_some() {
            fs::write(&golden, &told).unwrap();
        }
        let kept = fs::read_to_string(&golden).unwrap_or_default();
        let differ = kept.lines().zip(told.lines()).find(|(kept, told)| kept != told);
        assert!(kept == told, "{format} is not as in {}: {differ:#?}", golden.display());
    }
}

/// Without what differs between builds: the digest of a pack, which compilers do not agree on.
fn stable(text: &str) -> String {
    let digests = text.split("\"digest\":\"sha256:").skip(1).map(|rest| &rest[..64]);
    digests.fold(text.to_owned(), |told, digest| told.replace(digest, &"0".repeat(64)))
}

#[test]
fn standard_output_and_a_file_get_the_same() {
    for (format, file) in FORMATS {
        let scan = bare().args(["--format", format, "--output", &format!("{format}=../{file}")]);
        let ran = scan.file("a.yaml", pod("a")).file("b.yaml", pod("b"));
        let told = ran.run();
        assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{format}");
        assert_eq!(told.stdout, written(&ran, file), "{format}");
    }
}

#[test]
fn an_upload_that_would_close_alerts_is_withheld() {
    let scan = bare().file("a.yaml", pod("a")).file("b.yaml", "a: [\n");
    let why = |output| {
        format!(
            "warning: {output} was not written, because there is 1 fault: once uploaded, it would close the alerts of what could not be looked at; mend it, take `sarif-full` to read about it, or write it all the same with --allow-partial-sarif\n"
        )
    };
    let told = scan.run_with(["--format", "sarif"]);
    assert_eq!((told.code, told.stdout.as_str(), told.stderr), (3, "", why("SARIF")));

    fs::write(scan.tree().join("../old.sarif"), "older").unwrap();
    let outputs =
        ["--output", "sarif=../old.sarif", "--output", "sarif-full=../full.sarif", "--format", "json"];
    let told = scan.run_with(outputs);
    let stale = why("../old.sarif")
        .replace("partial-sarif\n", "partial-sarif; what stands there is of an earlier scan\n");
    assert_eq!((told.code, told.faults().len(), told.stderr.clone()), (3, 1, stale));
    assert_eq!(written(&scan, "old.sarif"), "older");
    let full: Value = serde_json::from_str(&written(&scan, "full.sarif")).unwrap();
    assert_eq!(full["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(full["runs"][0]["results"].as_array().unwrap().len(), 1);

    let told = scan.run_with(["--format", "sarif", "--allow-partial-sarif"]);
    assert_eq!((told.code, told.stderr.as_str()), (3, ""));
    // GitHub refuses an upload that says it failed, and this one was asked for as it is.
    let invocation = &told.json()["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], true);
    assert_eq!(invocation["toolExecutionNotifications"][0]["level"], "error");
}

#[test]
fn an_upload_holds_the_worst_and_says_what_it_leaves_out() {
    let pods: Vec<String> = (0..5_200).map(|number| pod(&format!("pod-{number}"))).collect();
    let worse = Guest::good().named("worse").describing(
        "rules",
        serde_json::json!([{ "id": "there", "summary": "There is a Pod", "level": "error", "kinds": ["Pod"] }]),
    );
    let scan = bare().guest(&worse).args(["--fail-on", "never"]).file("a.yaml", pods.join("---\n"));
    let results = |ran: &Ran| {
        let json = ran.json();
        let results = json["runs"][0]["results"].as_array().unwrap();
        let errors = results.iter().filter(|result| result["level"] == "error").count();
        let notes = json["runs"][0]["invocations"][0]["toolExecutionNotifications"].clone();
        (results.len(), errors, notes[0]["message"]["text"].as_str().unwrap_or_default().to_owned())
    };
    let told = "5400 of 10400 results were left out: GitHub keeps the worst 5000 of an upload. `--format sarif-full` has all.";
    assert_eq!(results(&scan.run_with(["--format", "sarif"])), (5_000, 5_000, told.to_owned()));
    assert_eq!(results(&scan.run_with(["--format", "sarif-full"])), (10_400, 5_200, String::new()));
}

#[test]
fn a_summary_is_cut_before_github_drops_it_and_says_so() {
    let pods: Vec<String> = (0..5_000).map(|number| pod(&format!("pod-{number}"))).collect();
    let scan = bare().args(["--format", "markdown"]).file("a.yaml", pods.join("---\n"));
    let summary = scan.run().stdout;
    assert!((700 * 1024..1024 * 1024).contains(&summary.len()), "{}", summary.len());
    let shown = summary.matches("<details>").count();
    assert_eq!(summary.matches("</details>").count(), shown);
    let told = format!("> **{} of 5000 entries are left out below**, the least grave", 5_000 - shown);
    assert!(shown < 5_000 && summary.contains(&told), "{}", &summary[..600]);
}

#[test]
fn what_github_would_not_annotate_stands_in_the_log() {
    let pods: Vec<String> = (0..13).map(|number| pod(&format!("pod-{number}"))).collect();
    let scan = bare().args(["--format", "github"]).file("a,b.yaml", pods.join("---\n"));
    let log = scan.run().stdout;
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines[0],
        "::warning file=a%2Cb.yaml,line=4,endLine=4,col=3,endColumn=14,title=good/there::it is there (Pod pod-0)"
    );
    assert_eq!(log.matches("\n::warning ").count(), 9);
    assert_eq!(
        lines[10..],
        [
            "::group::3 more, which GitHub does not annotate",
            "warning: a,b.yaml 94:3 good/there: it is there (Pod pod-10)",
            "warning: a,b.yaml 103:3 good/there: it is there (Pod pod-11)",
            "warning: a,b.yaml 112:3 good/there: it is there (Pod pod-12)",
            "::endgroup::",
            "10 of 13 are annotations and the others stand in the log above: GitHub shows 10 of a level for each step",
            "plimsoll: 13 warnings; checked 13 objects in 1 file with 1 rule of 1 plugin (Kubernetes 1.37)",
        ]
    );
}

#[test]
fn a_scan_without_findings_is_a_report_too() {
    let clean = Scan::new().args(["--no-embedded", "--rule", "picky/there"]).guest(
        &Guest::good().named("picky").describing(
            "rules",
            serde_json::json!([{ "id": "there", "summary": "There is a Job", "kinds": ["batch/Job"] }]),
        ),
    );
    let clean = clean.file("a.yaml", pod("a"));
    let told = |format| clean.run_with(["--format", format]).stdout;
    assert_eq!(
        told("junit"),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuites name=\"plimsoll\" tests=\"1\" failures=\"0\" errors=\"0\" time=\"0\">
  <testsuite name=\"a.yaml\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\" time=\"0\">
    <testcase classname=\"plimsoll\" name=\"a.yaml: Pod a\" file=\"a.yaml\" time=\"0\"/>
  </testsuite>
</testsuites>
"
    );
    assert_eq!(told("gitlab"), "[]\n");
    assert_eq!(
        told("github"),
        "plimsoll: nothing found; checked 1 object in 1 file with 1 rule of 1 plugin (Kubernetes 1.37)\n"
    );
    assert_eq!(
        told("markdown"),
        "## Plimsoll: nothing found\n\nChecked 1 object in 1 file with 1 rule of 1 plugin (Kubernetes 1.37).\n\n"
    );
    assert!(told("html").contains("<li>nothing found</li>"));
    let nothing = bare().args(["--format", "junit"]).run().stdout;
    assert!(nothing.contains("<skipped message=\"there are no Kubernetes objects\"/>"), "{nothing}");
}

#[test]
fn nothing_of_a_manifest_leaves_its_place() {
    let scan = golden();
    let told = |format| scan.run_with(["--format", format]).stdout;
    for format in FORMATS.map(|(format, _)| format).into_iter().filter(|format| *format != "sarif") {
        let bad = |letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}';
        let told = told(format);
        assert!(format == "json" || !told.contains(bad), "{format}");
        let forged =
            told.lines().filter(|line| line.contains("##[") || line.trim_start().starts_with("::error::"));
        assert!(format != "github" || forged.count() == 0, "{told}");
    }
    let html = told("html");
    assert_eq!((html.matches("<script").count(), html.matches("<img").count()), (1, 0));
}

/// The tree of `tests/golden`, in a repository of its own.
fn golden() -> Scan {
    let rules = RULES.iter().chain(&["suppressions"]).flat_map(|rule| ["--rule", rule]);
    let folder = workspace().join("tests/golden/tree");
    let scan = Scan::new().args(rules).args(["--baseline", "baseline.json"]);
    files(&folder).iter().fold(scan, |scan, file| {
        let path = file.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        scan.file(&path, fs::read(file).unwrap())
    })
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// One plugin that says of every object that it is there.
fn bare() -> Scan {
    Scan::new().args(["--no-embedded"]).guest(&Guest::good())
}

fn written(scan: &Scan, file: &str) -> String {
    fs::read_to_string(scan.tree().join("..").join(file)).unwrap()
}
