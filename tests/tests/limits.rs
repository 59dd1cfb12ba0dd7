//! How much plugins get: every limit can be set, and what hits it says which one it was and what raises it.

use plimsoll_tests::{Guest, Ran, Scan, component, pod};

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
        "it wanted more than 64 instances, 8 memories or 8 tables, which no plugin gets; make one module of it",
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
fn a_plugin_that_floods_a_whole_scan_is_cut_off_at_the_same_shift_everywhere() {
    // Six shifts of 1024 objects, of which the third is more than fits.
    let pods: Vec<String> = (0..5 * 1024 + 10).map(|number| pod(&format!("pod-{number}"))).collect();
    let scan = |limits: &str| {
        let scan = Scan::bare().guest(&Guest::fixture("counts-calls"));
        scan.file("plimsoll.yaml", format!("limits: {limits}\n")).file("a.yaml", pods.join("---\n"))
    };
    let whole = scan("{}").run_with(["--skip-rule", "good/*"]);
    assert_eq!((whole.findings().len(), whole.faults()), (5 * 1024 + 10, vec![]));
    let limits = "{kept: 1048576}";
    let one = scan(limits).run_with(["--skip-rule", "good/*", "--jobs", "1"]);
    let cut = "plugin-output hostile: its findings in this scan take more than 1 MiB, so that the rest of them is missing; \
               raise `limits.kept` if they are right";
    assert_eq!(one.faults(), [cut]);
    let left = one.findings().len();
    assert_eq!(left, 3 * 1024);
    assert_eq!(one.findings(), whole.findings()[..left]);
    for jobs in ["2", "3", "8"] {
        let more = scan(limits).run_with(["--skip-rule", "good/*", "--jobs", jobs]);
        assert_eq!(more.stdout, one.stdout);
    }
    // In the first shift already; and a plugin beside it has room of its own.
    let beside = scan("{kept: 100}").run();
    let of = |plugin: &str| {
        format!(
            "plugin-output {plugin}: its findings in this scan take more than 100 bytes, so that the rest of them is missing; raise `limits.kept` if they are right"
        )
    };
    assert_eq!((beside.findings().len(), beside.faults()), (0, vec![of("good"), of("hostile")]));
}

#[test]
fn a_finding_that_is_small_to_say_and_large_to_keep_is_not_made() {
    let key = |level: usize| format!("{level:k>1000}");
    let nested: String = (0..40).map(|level| format!("{}{}:\n", " ".repeat(level), key(level))).collect();
    let manifest = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n{}", nested);
    let ran = Scan::bare()
        .guest(&Guest::fixture("points-far"))
        .file("plimsoll.yaml", "limits: {kept: 16777216}\n")
        .file("a.yaml", manifest)
        .run();
    let cut = "plugin-output hostile: its findings in this scan take more than 16 MiB, so that the rest of them is missing; \
               raise `limits.kept` if they are right";
    assert_eq!(ran.faults(), [cut]);
    assert_eq!(ran.findings(), ["good/there a.yaml:4:3-4:10 /metadata/name"]);
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

// What compiling may cost.

#[test]
fn a_component_that_is_little_to_read_and_much_to_compile_is_not_compiled() {
    let loops = |depth: usize| {
        let open = "loop ".repeat(depth);
        let close = "local.get 0 br_if 0 end ".repeat(depth);
        let uses: String = (1..=1_000).map(|local| format!("local.get {local} drop ")).collect();
        format!(
            "(func $tangle (param i32) (local {locals}) {open} {uses} {close})",
            locals = "i32 ".repeat(1_000)
        )
    };
    let carried = format!(
        "(func $tangle (param i32) block $out (result {many}) {values} {branches} end {drops})",
        many = "i32 ".repeat(1_000),
        values = "local.get 0 ".repeat(1_000),
        branches = "local.get 0 br_if $out ".repeat(150_000),
        drops = "drop ".repeat(1_000)
    );
    for tangled in [loops(2_000), carried] {
        let ran = loading(Guest::of(&tangled).bytes(), "{}");
        assert!(
            ran.stderr.starts_with("error: plugin ../plugins/odd.wasm: compiling it is as much work as "),
            "{}",
            ran.stderr
        );
        assert!(
            ran.stderr.ends_with(
                " bytes of plain code, more than the 33554432 allowed; raise `limits.compile` if that is right\n"
            ),
            "{}",
            ran.stderr
        );
    }
    // The key does what it says.
    let ran = loading(Guest::of(&loops(2)).bytes(), "{compile: 1000}");
    assert_eq!(ran.code, 2);
    assert_eq!(loading(Guest::of(&loops(2)).bytes(), "{}").code, 0);
}

#[test]
fn components_that_double_at_every_level_are_not_put_together() {
    let mut text = String::from("(component $doubled0 (core module $m) (core instance (instantiate $m)))\n");
    for level in 1..=40 {
        text += &format!(
            "(component $doubled{level} (alias outer 1 $doubled{} (component $inner)) \
             (instance (instantiate $inner)) (instance (instantiate $inner)))\n",
            level - 1
        );
    }
    text += "(instance (instantiate $doubled40))";
    let ran = loading(with(&text), "{}");
    let why = " instances, and no plugin gets more than 1000\n";
    assert!(ran.stderr.starts_with("error: plugin ../plugins/odd.wasm: it makes 329853"), "{}", ran.stderr);
    assert!(ran.stderr.ends_with(why), "{}", ran.stderr);
    let handed = "(component $a) (component $b (import \"c\" (component)) (instance (instantiate 0))) \
                  (instance (instantiate $b (with \"c\" (component $a))))";
    loading(with(handed), "{}").is_refused(
        "plugin ../plugins/odd.wasm: a component in it is handed to another, so what it becomes cannot be told; put it together without",
    );
}

// What ends at the same point everywhere.

#[test]
fn fuel_ends_at_the_same_object_whatever_runs_beside_it() {
    let pods: Vec<String> = (0..40)
        .map(|number| {
            let labels: String = (0..number * 7 % 40).map(|label| format!("    l{label}: x\n")).collect();
            pod(&format!("pod-{number}")).replace("spec:", &format!("  labels:\n    a: b\n{labels}spec:"))
        })
        .collect();
    let scan = || {
        Scan::new()
            .args(["--no-embedded", "--format", "json"])
            .file("plimsoll.yaml", "limits: {fuel: 100000, fuelPerByte: 1}\n")
            .file("a.yaml", pods.join("---\n"))
    };
    let spender = Guest::fixture("spends-by-size");
    let alone = scan().guest(&spender);
    let expected = alone.run_with(["--jobs", "1"]);
    let faults = expected.faults();
    assert!((1..40).contains(&faults.len()), "some objects are too large, and some are not: {faults:#?}");
    for jobs in ["1", "2", "2"] {
        assert_eq!(alone.run_with(["--jobs", jobs]).stdout, expected.stdout);
    }
    let beside =
        scan().guest(&Guest::good()).guest(&spender).guest(&Guest::fixture("eats-memory").named("other"));
    let told = beside.run_with(["--jobs", "2"]).faults();
    let of_the_spender: Vec<String> = told.into_iter().filter(|fault| fault.contains(" hostile: ")).collect();
    assert_eq!(of_the_spender, faults);
}

/// A plugin called `odd`, with another component in it, which is instantiated. One is there already.
fn with(text: &str) -> Vec<u8> {
    let mut bytes = Guest::good().named("odd").bytes();
    bytes.extend(&component(&format!("(component (component {text}) (instance (instantiate 1)))"))[8..]);
    bytes
}

/// A scan with a plugin that may not load.
fn loading(bytes: Vec<u8>, limits: &str) -> Ran {
    Scan::new()
        .args(["--no-embedded"])
        .plugin("odd.wasm", bytes)
        .file("plimsoll.yaml", format!("limits: {limits}\n"))
        .file("a.yaml", pod("a"))
        .run()
}
