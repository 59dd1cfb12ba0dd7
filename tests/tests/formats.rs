//! What is written to uploads, and what is kept from them.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;

use plimsoll_tests::{Guest, Ran, Scan, pod};
use serde_json::Value;

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
    assert_eq!((told.code, told.faults().len(), told.stderr.clone()), (3, 1, why("../old.sarif")));
    assert_eq!(written(&scan, "old.sarif"), "older");
    let full: Value = serde_json::from_str(&written(&scan, "full.sarif")).unwrap();
    assert_eq!(full["runs"][0]["invocations"][0]["executionSuccessful"], false);
    assert_eq!(full["runs"][0]["results"].as_array().unwrap().len(), 1);

    let told = scan.run_with(["--format", "sarif", "--allow-partial-sarif"]);
    assert_eq!((told.code, told.stderr.as_str()), (3, ""));
    assert_eq!(told.json()["runs"][0]["invocations"][0]["executionSuccessful"], false);
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

/// One plugin that says of every object that it is there.
fn bare() -> Scan {
    Scan::new().args(["--no-embedded"]).guest(&Guest::good())
}

fn written(scan: &Scan, file: &str) -> String {
    fs::read_to_string(scan.tree().join("..").join(file)).unwrap()
}
