//! How much plugins get: every limit can be set, and what hits it says which one it was and what raises it.

use plimsoll_tests::{Guest, Ran, Scan, pod};

#[test]
fn a_limit_that_is_hit_is_named_with_its_value_and_its_key() {
    let told = |fixture, limits, kind: &str, message: &str| {
        assert_eq!(scan(fixture, limits).faults(), [format!("{kind} a.yaml:1:1-1:15 hostile: {message}")]);
    };
    told(
        "loops-in-check",
        "{fuel: 1000000, fuelPerByte: 1}",
        "plugin-fuel",
        "it ran out of fuel (1000000 for a call and 1 for every byte of its objects); raise `limits.fuel` if it needs more",
    );
    told(
        "counts-calls",
        "{memory: 65536}",
        "plugin-memory",
        "it wanted more than 64 KiB of memory; raise `limits.memory` if it needs more",
    );
    told(
        "eats-many-memories",
        "{}",
        "plugin-memory",
        "it wanted more than 256 MiB of memory; raise `limits.memory` if it needs more",
    );
    told(
        "eats-tables",
        "{tableEntries: 1000}",
        "plugin-memory",
        "it wanted tables of more than 1000 entries; raise `limits.tableEntries` if it needs more",
    );
    told(
        "eats-many-tables",
        "{tableEntries: 100000}",
        "plugin-memory",
        "it wanted tables of more than 100000 entries; raise `limits.tableEntries` if it needs more",
    );
    told(
        "has-many-tables",
        "{}",
        "plugin-memory",
        "it wanted more than 32 instances, 8 memories or 8 tables, which no plugin gets; make one module of it",
    );
    told(
        "recurses",
        "{stack: 65536}",
        "plugin-stack",
        "it wanted more than 64 KiB of stack; raise `limits.stack` if it needs more",
    );
    told(
        "finds-too-much",
        "{findings: 59999}",
        "plugin-output",
        "it returned 60000 findings, places and edits in one call, more than the 59999 allowed; raise `limits.findings` if that is right",
    );
    told(
        "counts-calls",
        "{output: 10}",
        "plugin-output",
        "it returned more than 10 bytes; raise `limits.output` if that is right",
    );
    let large = scan("counts-calls", "{component: 1024}").stderr;
    assert!(
        large.ends_with("more than the 1 KiB allowed; raise `limits.component` if that is right\n"),
        "{large}"
    );
}

#[test]
fn what_takes_too_long_on_this_machine_is_not_asked_again_and_says_that_others_may_differ() {
    let pods: Vec<String> = (0..70).map(|number| pod(&format!("pod-{number}"))).collect();
    let scan = Scan::bare().guest(&Guest::fixture("spins")).file("a.yaml", pods.join("---\n"));
    let ran = scan.file("plimsoll.yaml", "limits: {fuel: 1000000000000000, time: 1}\n").run();
    let late = "it was not asked about 6 further objects of this shift: a call took longer than 1 s, which depends on this machine \
         and what else it does; raise `limits.time`, or lower `limits.fuel` to end at the same point everywhere";
    assert_eq!(ran.faults(), [format!("plugin-time hostile: {late}")]);
    // What the late call said counts, and nobody beside it is hurt.
    assert_eq!(ran.findings().len(), 70 + 64);
    assert_eq!(ran.code, 3);
}

#[test]
fn a_limit_that_is_raised_gives_more() {
    for (fixture, limits) in [
        ("eats-many-memories", "{memory: 536870912}"),
        ("eats-many-tables", "{tableEntries: 100001}"),
        ("finds-too-much", "{findings: 60000}"),
        ("recurses-deep", "{stack: 134217728}"),
    ] {
        assert_eq!(scan(fixture, limits).faults(), Vec::<String>::new(), "{fixture}");
    }
    assert_eq!(scan("recurses-deep", "{}").faults().len(), 1);
}

#[test]
fn parameters_are_judged_where_there_is_stack_for_it() {
    let config = "limits: {stack: 134217728}\nrules: {hostile/there: {parameters: {a: b}}}\n";
    let guest = Guest::fixture("recurses-in-configure");
    let ran = Scan::bare().guest(&guest).file("plimsoll.yaml", config).file("a.yaml", pod("a")).run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("it wanted more than 128 MiB of stack"), "{}", ran.stderr);
}

/// A scan of one pod, with limits.
fn scan(fixture: &str, limits: &str) -> Ran {
    Scan::new()
        .args(["--no-embedded", "--format", "json"])
        .guest(&Guest::fixture(fixture))
        .file("plimsoll.yaml", format!("limits: {limits}\n"))
        .file("a.yaml", pod("a"))
        .run()
}
