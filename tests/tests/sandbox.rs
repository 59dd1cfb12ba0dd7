//! What plugins may do to a scan: nothing. Hostile ones are kept as text in `fixtures`, each with what is odd about it.

use plimsoll_tests::{Guest, Ran, Scan, component, interface, plimsoll, pod, sealed, sealed_pack, workspace};
use serde_json::json;

const FUEL: &str = "it ran out of fuel (200000000 for a call and 5000 for every byte of its objects); raise `limits.fuel` if it needs more";
const MEMORY: &str = "it wanted more than 256 MiB of memory; raise `limits.memory` if it needs more";
const UNREACHABLE: &str = "it stopped: wasm trap: wasm `unreachable` instruction executed, which is what a panic, an abort or an exit comes to";

// What a plugin that misbehaves while it runs leads to.

#[test]
fn a_plugin_that_loops_runs_out_of_fuel_wherever_it_loops() {
    let fuel = of_each_object("plugin-fuel", FUEL);
    assert_eq!(faults("loops-in-check"), fuel);
    assert_eq!(faults("loops-in-configure"), fuel);
    assert_eq!(faults("loops-in-realloc"), fuel);
    assert_eq!(faults("loops-at-start"), fuel);
    assert_eq!(faults("loops-after-return"), fuel);
    assert_eq!(faults("loops-after-configure"), fuel);
}

#[test]
fn a_scan_never_asks_a_plugin_to_describe_itself() {
    let ran = two_pods().args(["--skip-rule", "good/*"]).guest(&Guest::fixture("loops-in-describe")).run();
    assert_eq!((ran.code, ran.faults(), ran.findings().len()), (0, vec![], 2));
}

#[test]
fn a_plugin_that_loops_over_the_set_runs_out_of_fuel() {
    let rules = json!([{ "id": "there", "summary": "There is a set", "looksAt": "set" }]);
    let ran = two_pods().guest(&Guest::fixture("loops-in-check-set").describing("rules", rules)).run();
    assert_eq!(ran.faults(), [format!("plugin-fuel hostile: {FUEL}")]);
    assert_eq!(ran.findings().len(), 2);
}

#[test]
fn fuel_counts_the_bytes_that_an_instruction_moves() {
    let fuel = of_each_object("plugin-fuel", FUEL);
    assert_eq!(faults("fills-memory"), fuel);
    assert_eq!(faults("copies-memory"), fuel);
}

#[test]
fn a_plugin_that_eats_memory_gets_no_more_than_its_share() {
    let memory = of_each_object("plugin-memory", MEMORY);
    assert_eq!(faults("eats-memory"), memory);
    assert_eq!(faults("wants-4-gib"), memory);
}

#[test]
fn a_plugin_that_eats_tables_gets_no_more_than_its_share() {
    let tables = "it wanted tables of more than 100000 entries; raise `limits.tableEntries` if it needs more";
    assert_eq!(faults("eats-tables"), of_each_object("plugin-memory", tables));
    assert_eq!(faults("wants-a-vast-table"), of_each_object("plugin-memory", tables));
}

#[test]
fn a_plugin_that_recurses_forever_overflows_its_own_stack() {
    assert_eq!(
        faults("recurses"),
        of_each_object(
            "plugin-stack",
            "it wanted more than 1 MiB of stack; raise `limits.stack` if it needs more"
        )
    );
}

#[test]
fn a_plugin_that_panics_is_a_fault() {
    assert_eq!(faults("panics"), of_each_object("plugin-trap", UNREACHABLE));
    assert_eq!(faults("panics-in-configure"), of_each_object("plugin-trap", UNREACHABLE));
}

#[test]
fn a_plugin_that_floods_is_cut_off() {
    let flood = "it returned 60000 findings, places and edits in one call, more than the 50000 allowed; raise `limits.findings` if that is right";
    assert_eq!(faults("finds-too-much"), of_each_object("plugin-output", flood));
    let claims = "it stopped: list pointer/length out of bounds of memory";
    assert_eq!(faults("claims-ten-million-findings"), of_each_object("plugin-trap", claims));
    let says = "it returned more than 64 MiB; raise `limits.output` if that is right";
    assert_eq!(faults("says-70-mib"), of_each_object("plugin-output", says));
}

#[test]
fn a_finding_that_floods_is_cut_off() {
    let faults = faults("relates-too-much");
    assert!(faults.iter().all(|fault| fault.starts_with("plugin-output ")), "{faults:#?}");
}

// What a plugin that lies leads to.

#[test]
fn a_plugin_speaks_only_of_what_it_was_given() {
    assert_eq!(
        faults("names-no-object"),
        ["plugin-nonsense hostile: in a finding of `hostile/there`, it names object 7 of 2"]
    );
    assert_eq!(
        faults("names-no-node"),
        ["plugin-nonsense hostile: in a finding of `hostile/there`, it names node 4000000000 of 10"]
    );
    assert_eq!(
        faults("names-no-pointer"),
        [
            "plugin-nonsense hostile: in a finding of `hostile/there`, it names the path `metadata/name`, which is no pointer"
        ]
    );
}

#[test]
fn a_plugin_speaks_only_for_its_own_rules() {
    assert_eq!(
        faults("forges-a-rule"),
        ["plugin-nonsense hostile: it speaks for the rule `good/there`, which it was not asked for"]
    );
    assert_eq!(
        faults("invents-a-rule"),
        ["plugin-nonsense hostile: it speaks for the rule `where`, which it was not asked for"]
    );
}

#[test]
fn a_plugin_that_speaks_for_a_rule_that_is_off_is_a_fault() {
    let rules = json!([{ "id": "there", "summary": "a" }, { "id": "elsewhere", "summary": "b" }]);
    let ran = two_pods()
        .guest(&Guest::good().describing("rules", rules).named("deaf"))
        .args(["--skip-rule", "deaf/there"])
        .run();
    assert_eq!(
        ran.faults(),
        ["plugin-nonsense deaf: it speaks for the rule `there`, which it was not asked for"]
    );
    assert_eq!(ran.code, 3);
}

#[test]
fn an_answer_that_cannot_be_read_is_a_fault() {
    let of_each = |message: &str| of_each_object("plugin-trap", &format!("it stopped: {message}"));
    assert_eq!(faults("says-no-utf-8"), of_each("invalid utf-8 sequence of 1 bytes from index 6"));
    assert_eq!(faults("points-outside"), of_each("pointer out of bounds of memory"));
    assert_eq!(faults("points-between"), of_each("return pointer not aligned"));
    assert_eq!(faults("answers-neither"), of_each("invalid expected discriminant"));
    assert_eq!(faults("allocates-outside"), of_each("realloc return: beyond end of memory"));
}

#[test]
fn a_plugin_that_gives_up_says_why() {
    assert_eq!(faults("gives-up"), of_each_object("plugin-trap", r"it gave up: no table\u{1b}[2J for it"));
}

#[test]
fn a_plugin_that_refuses_an_empty_configuration_is_a_fault() {
    assert_eq!(
        faults("refuses-its-configuration"),
        [r"plugin-nonsense hostile: it refused its configuration: it rains\u{1b}[2J too much"]
    );
}

#[test]
fn what_a_plugin_says_cannot_act_on_the_terminal() {
    let scan = two_pods().args(["--rule", "hostile/there"]).guest(&Guest::fixture("says-what-deceives"));
    let message = &scan.run().json()["findings"][0]["message"];
    assert_eq!(message, r"\u{1b}[2J\u{d} \u{202e}.\u{0}");
    let pretty = Scan::new()
        .args(["--no-embedded"])
        .guest(&Guest::fixture("says-what-deceives"))
        .file("a.yaml", pod("a"))
        .run();
    assert!(!pretty.stdout.contains(['\u{1b}', '\r', '\u{202e}', '\0']), "{}", pretty.stdout);
}

// What a fault leaves standing.

#[test]
fn a_fault_names_the_object_and_hides_no_other() {
    let large = pod("large").replace("spec:", "  labels: {a: b, c: d, e: f, g: h, i: j, k: l, m: n}\nspec:");
    let manifests = [pod("a"), large, pod("b")].join("---\n");
    let ran = Scan::bare()
        .args(["--skip-rule", "good/*"])
        .guest(&Guest::fixture("panics-at-large-objects"))
        .file("shop.yaml", manifests)
        .run();
    assert_eq!(ran.faults(), [format!("plugin-trap shop.yaml:10:1-10:15 hostile: {UNREACHABLE}")]);
    assert_eq!(
        ran.findings(),
        [
            "hostile/there shop.yaml:4:3-4:10 /metadata/name",
            "hostile/there shop.yaml:23:3-23:10 /metadata/name"
        ]
    );
    assert_eq!(ran.code, 3);
}

#[test]
fn a_plugin_that_fails_at_everything_is_not_asked_forever() {
    let pods: Vec<String> = (0..100).map(|number| pod(&format!("pod-{number}"))).collect();
    let ran = Scan::bare().guest(&Guest::fixture("panics")).file("shop.yaml", pods.join("---\n")).run();
    let faults = ran.faults();
    assert_eq!(faults.len(), 10 + 1, "{faults:#?}");
    let rest = "it was not asked about 90 further objects of this shift after 10 faults";
    assert!(faults.iter().any(|fault| fault.ends_with(rest)), "{faults:#?}");
    assert_eq!(ran.findings().len(), 100);
}

#[test]
fn a_plugin_remembers_nothing_from_one_shift_to_the_next() {
    // Two shifts of 1024 objects: one of sixteen calls with 64 objects each, and one of a single call.
    let pods: Vec<String> = (0..1030).map(|number| pod(&format!("pod-{number}"))).collect();
    let scan = Scan::bare()
        .args(["--skip-rule", "good/*"])
        .guest(&Guest::fixture("counts-calls"))
        .file("shop.yaml", pods.join("---\n"));
    let one = scan.run_with(["--jobs", "1"]);
    let calls: Vec<String> = one.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["message"].as_str().unwrap()[..1].to_owned())
        .collect();
    let letters = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P"];
    let expected: Vec<&str> = (0..1030).map(|object| letters[object % 1024 / 64]).collect();
    assert_eq!(calls, expected);
    assert_eq!(scan.run_with(["--jobs", "2"]).stdout, one.stdout);
}

#[test]
fn the_packs_find_the_same_beside_every_fixture() {
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: [{name: a, image: nginx}]}\n";
    let scan = || Scan::new().args(["--format", "json"]).file("a.yaml", manifest);
    let findings = |ran: &Ran| -> Vec<String> {
        let json = ran.json();
        let all = json["findings"].as_array().unwrap();
        let packs = all.iter().filter(|one| !one["rule"].as_str().unwrap().starts_with("hostile"));
        packs.map(ToString::to_string).collect()
    };
    let alone = findings(&scan().run());
    assert!(alone.len() > 5, "the packs find something: {alone:#?}");
    // All at once, because a debug build takes seconds to compile the packs.
    let folder = workspace().join("tests/fixtures");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".wat").map(str::to_owned))
        // Parts of plugins, one that is slow in a debug build, and one that needs what `plugin build` adds.
        .filter(|name| !["guest", "packed", "spins", "asks-wasi"].contains(&name.as_str()))
        .collect();
    names.sort();
    let all = names
        .iter()
        .fold(scan(), |scan, name| scan.guest(&Guest::fixture(name).named(&format!("hostile-{name}"))));
    assert_eq!(findings(&all.run()), alone);
}

#[test]
fn fixes_that_overlap_and_contradict_are_findings_and_nothing_more() {
    let ran = two_pods().guest(&Guest::fixture("mends-twice")).run();
    assert_eq!((ran.code, ran.faults()), (0, vec![]));
    assert_eq!(findings_of_the_good(&ran), findings_of_the_good(&two_pods().run()));
    let json = ran.json();
    let all = json["findings"].as_array().unwrap().iter();
    let fixed: Vec<_> = all.filter(|one| one["rule"] == "hostile/there").map(|one| &one["fix"]).collect();
    let context = "/spec/securityContext";
    let kind = format!("{context}/seccompProfile/type");
    let fix = json!({
        "description": "mend it",
        "edits": [
            { "action": "set", "pointer": kind, "value": true },
            { "action": "remove", "pointer": kind },
            { "action": "remove", "pointer": context },
            { "action": "rename", "pointer": context, "value": "spec" },
            { "action": "remove", "pointer": "" },
        ],
    });
    assert_eq!(fixed, [&fix, &fix]);
}

#[test]
fn a_fix_that_sets_a_vast_value_is_nonsense() {
    assert_eq!(
        faults("sets-too-much"),
        ["plugin-nonsense hostile: in a finding of `hostile/there`, a fix sets a value of more than 64 KiB"]
    );
}

#[test]
fn a_flood_of_problems_is_cut_off() {
    let config = "rules: {hostile/there: {parameters: {a: b}}}\n";
    let ran = two_pods().guest(&Guest::fixture("refuses-60000-times")).file("plimsoll.yaml", config).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.lines().count() <= 20, "{} lines", ran.stderr.lines().count());
}

// How a plugin may want its objects, and what else it may say.

#[test]
fn a_plugin_may_ask_for_json() {
    let guest = Guest::fixture("says-what-it-is-given").named("reader").describing("objects", "json");
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: ü}\nspec:\n  containers: [{name: main, image: \"acme/main:1\", ports: [1, -2, 1.5, ~]}]\n";
    let ran =
        Scan::bare().args(["--skip-rule", "good/*"]).guest(&guest).file("deploy/api.yaml", manifest).run();
    assert_eq!(ran.findings(), ["reader/there deploy/api.yaml:5:29-5:49 /spec/containers/0/image"]);
    assert_eq!(
        ran.json()["findings"][0]["message"],
        concat!(
            r#"[{"file":"deploy/api.yaml","pods":[{"spec":"/spec","metadata":"/metadata"}],"#,
            r#""object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"ü"},"#,
            r#""spec":{"containers":[{"name":"main","image":"acme/main:1","ports":[1,-2,1.5,null]}]}}}]"#,
        )
    );
}

#[test]
fn a_finding_may_stand_on_what_is_missing_and_carry_a_fix() {
    let ran = Scan::bare()
        .args(["--skip-rule", "good/*"])
        .guest(&Guest::fixture("mends"))
        .file("a.yaml", pod("a"))
        .run();
    assert_eq!((ran.code, ran.faults()), (0, vec![]));
    let object = json!({ "apiVersion": "v1", "kind": "Pod", "namespace": null, "name": "a" });
    let expected = json!({
        "rule": "hostile/there",
        "level": "warning",
        "message": "it is there",
        "file": "a.yaml",
        "region": { "startLine": 5, "startColumn": 1, "endLine": 5, "endColumn": 5 },
        "object": object,
        "pointer": "/spec/securityContext/seccompProfile/type",
        "related": [{
            "message": "by this name",
            "file": "a.yaml",
            "region": { "startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 10 },
            "object": object,
            "pointer": "/metadata/name",
        }],
        "fix": {
            "description": "mend it",
            "edits": [{ "action": "set", "pointer": "/spec/securityContext/seccompProfile/type", "value": true }],
        },
        "suppressed": null,
        "baseline": "new",
    });
    let mut finding = ran.json()["findings"][0].clone();
    let fingerprint = finding.as_object_mut().unwrap().remove("fingerprint");
    assert_eq!(fingerprint.unwrap().as_str().unwrap().len(), 32);
    assert_eq!(finding, expected);
}

#[test]
fn a_rule_over_the_set_sees_every_object_at_once() {
    let rules = json!([{ "id": "there", "summary": "There is a set", "looksAt": "set", "kinds": ["Pod"] }]);
    let guest = Guest::fixture("counts-calls").named("census").describing("rules", rules);
    let service = "apiVersion: v1\nkind: Service\nmetadata:\n  name: api\n";
    let scan = Scan::bare()
        .args(["--skip-rule", "good/*"])
        .guest(&guest)
        .file("a.yaml", pod("a"))
        .file("b.yaml", pod("b"))
        .file("c.yaml", service);
    let ran = scan.run();
    assert_eq!(
        ran.findings(),
        ["census/there a.yaml:4:3-4:10 /metadata/name", "census/there b.yaml:4:3-4:10 /metadata/name"]
    );
    let messages = ran.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["message"].as_str().unwrap().to_owned())
        .collect::<Vec<_>>();
    assert_eq!(messages, ["At is there", "At is there"]);
}

// What does not load, and what to do about it.

#[test]
fn a_plugin_that_imports_a_function_is_refused_with_the_cure() {
    let wasi = r#"(component
        (import "wasi:cli/environment@0.2.3" (instance
            (export "get-environment" (func (result (list (tuple string string))))))))"#;
    refused(component(wasi)).is_refused(
        "plugin ../plugins/odd.wasm: it imports the function `wasi:cli/environment@0.2.3#get-environment`, \
         and it was built for a WASI target; build it for `wasm32-unknown-unknown`",
    );
    let bare = r#"(component (import "now" (func (result u64))))"#;
    refused(component(bare)).is_refused(
        "plugin ../plugins/odd.wasm: it imports the function `now`, and a plugin may import nothing; remove what asks for it",
    );
}

#[test]
fn an_import_cannot_hide() {
    let cases = [
        (
            r#"(import "acme:odd/things" (instance (export "deep" (instance (export "deeper" (func))))))"#,
            "function `acme:odd/things#deep#deeper`",
        ),
        (
            r#"(import "acme:odd/things" (instance (export "file" (type (sub resource)))))"#,
            "resource `acme:odd/things#file`",
        ),
        (r#"(import "whole" (component (import "inner" (func))))"#, "component `whole`"),
        (r#"(import "code" (core module))"#, "module `code`"),
        (
            r#"(import "now" (func $now)) (component $inner (import "then" (func))) (instance (instantiate $inner (with "then" (func $now))))"#,
            "function `now`",
        ),
        // A module inside gets it, under a name of its own.
        (
            r#"(import "now" (func $now)) (core func $lowered (canon lower (func $now))) (core module $inner (import "math" "add" (func)))
               (core instance (instantiate $inner (with "math" (instance (export "add" (func $lowered))))))"#,
            "function `now`",
        ),
        // Two components down, through an alias.
        (
            r#"(import "acme:odd/things" (instance $things (export "now" (func)))) (alias export $things "now" (func $now))
               (component $outer (import "then" (func $then))
                   (component $inner (import "later" (func))) (instance (instantiate $inner (with "later" (func $then)))))
               (instance (instantiate $outer (with "then" (func $now))))"#,
            "function `acme:odd/things#now`",
        ),
        (
            r#"(import "file" (type $file (sub resource))) (component $inner (import "file" (type (sub resource))))
               (instance (instantiate $inner (with "file" (type $file))))"#,
            "resource `file`",
        ),
        // A resource that comes with a function, and a type beside both that is none.
        (
            r#"(import "acme:odd/things" (instance (type $name string) (export "name" (type (eq $name))) (export "file" (type $file (sub resource)))
                   (export "open" (func (result (own $file))))))"#,
            "resource `acme:odd/things#file`",
        ),
        // After everything else.
        (r#"(core module) (component) (instance) (import "late" (func))"#, "function `late`"),
    ];
    for (text, named) in cases {
        refused(component(&format!("(component {text})"))).is_refused(&format!(
            "plugin ../plugins/odd.wasm: it imports the {named}, and a plugin may import nothing; remove what asks for it"
        ));
    }
    // At the end of a plugin that is whole without it.
    let mut bytes = Guest::good().named("odd").bytes();
    bytes.extend(&component(r#"(component (import "late" (type (sub resource))))"#)[8..]);
    refused(bytes).is_refused(
        "plugin ../plugins/odd.wasm: it imports the resource `late`, and a plugin may import nothing; remove what asks for it",
    );
}

#[test]
fn a_component_inside_that_is_given_nothing_from_outside_is_no_import() {
    let text = r#"(component (component (import "now" (func))))"#;
    refused(component(text)).is_refused(
        "plugin ../plugins/odd.wasm: it does not export `plimsoll:policy/rules`; it is a component, and no plugin of Plimsoll",
    );
}

#[test]
fn a_plugin_may_import_types() {
    let wit = interface()
        .replace(
            "interface rules {",
            "interface names {\n  type name = string;\n}\n\ninterface rules {\n  use names.{name};\n",
        )
        .replace("message: string", "message: name");
    let bytes = Guest::good().named("typed").sealed_with(&wit);
    assert!(contains(&bytes, b"plimsoll:policy/names@1.0.0"), "it imports no type");
    let ran = two_pods().args(["--skip-rule", "good/*"]).plugin("typed.wasm", bytes).run();
    assert_eq!(
        ran.findings(),
        ["typed/there shop.yaml:4:3-4:12 /metadata/name", "typed/there shop.yaml:13:3-13:12 /metadata/name"]
    );
    assert_eq!(ran.code, 0);
}

#[test]
fn a_plugin_for_another_version_of_the_interface_says_which_side_to_upgrade() {
    let speaking = |version: &str| {
        Guest::good().named("odd").sealed_with(&interface().replace("@1.0.0", &format!("@{version}")))
    };
    for version in ["2.0.0", "1.1.0"] {
        refused(speaking(version)).is_refused(&format!(
            "plugin ../plugins/odd.wasm: it speaks version {version} of the plugin interface, and this plimsoll speaks 1.0.0; upgrade plimsoll"
        ));
    }
    refused(speaking("0.9.0")).is_refused(
        "plugin ../plugins/odd.wasm: it speaks version 0.9.0 of the plugin interface, and this plimsoll speaks 1.0.0; \
         build the plugin again with the current SDK",
    );
    let patch = two_pods().args(["--skip-rule", "good/*"]).plugin("odd.wasm", speaking("1.0.7")).run();
    assert_eq!((patch.code, patch.findings().len()), (0, 2));
}

#[test]
fn what_would_differ_from_machine_to_machine_does_not_load() {
    let relaxed = "(func $relaxed (param v128 v128 v128) (result v128)\n  (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2)))";
    let shared = "(memory $shared 1 1 shared)";
    for fixture in [relaxed, shared] {
        let ran = refused(Guest::of(fixture).bytes());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{fixture}");
        assert!(
            ran.stderr.starts_with("error: plugin ../plugins/odd.wasm: it cannot be compiled: "),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn what_is_no_component_says_what_it_is() {
    let odd =
        |bytes: &[u8], why: &str| refused(bytes).is_refused(&format!("plugin ../plugins/odd.wasm: {why}"));
    odd(
        &Guest::good().module(),
        "this is a core module, not a component; `plimsoll plugin build` makes a component of it",
    );
    odd(
        &std::fs::read(plimsoll()).unwrap()[..4096],
        "this is precompiled code, not WebAssembly; give the component that it was compiled from",
    );
    odd(b"", "this is not WebAssembly; a plugin is a component, made by `plimsoll plugin build`");
    odd(b"rules:\n", "this is not WebAssembly; a plugin is a component, made by `plimsoll plugin build`");
    odd(
        &component("(component)"),
        "it does not export `plimsoll:policy/rules`; it is a component, and no plugin of Plimsoll",
    );
    let folder = Scan::bare().args(["--plugin", "."]).run();
    folder.is_refused(
        "plugin .: it cannot be read: it is no file; name the component that `plimsoll plugin build` wrote",
    );
    let missing = Scan::bare().args(["--plugin", "nowhere.wasm"]).run();
    missing.is_refused("plugin nowhere.wasm: it cannot be read: No such file or directory (os error 2)");
}

#[test]
fn a_component_that_is_too_large_is_not_looked_into() {
    let mut bytes = Guest::good().bytes();
    bytes.resize(70 << 20, 0);
    refused(bytes).is_refused("plugin ../plugins/odd.wasm: it has 70 MiB, more than the 64 MiB allowed; raise `limits.component` if that is right");
}

#[test]
fn a_truncated_component_never_crashes() {
    let bytes = Guest::good().named("odd").bytes();
    for length in (0..bytes.len()).step_by(61) {
        let ran = refused(&bytes[..length]);
        assert_eq!(ran.code, 2, "the first {length} bytes: {}", ran.stdout);
        assert!(
            ran.stderr.starts_with("error: plugin ../plugins/odd.wasm: "),
            "the first {length} bytes: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_damaged_component_never_crashes() {
    let bytes = Guest::good().named("odd").bytes();
    for at in (0..bytes.len()).step_by(37) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (at % 8);
        // Whatever it becomes, `run` asserts that the exit code is one of ours.
        let ran = two_pods().plugin("odd.wasm", damaged).run();
        assert!(ran.code != 2 || ran.stderr.starts_with("error: "), "byte {at}: {}", ran.stderr);
    }
}

#[test]
fn damage_to_a_real_plugin_never_crashes_and_never_hangs() {
    let bytes = Guest::good().named("odd").bytes();
    let mut next = dice();
    let alone = two_pods().run();
    for round in 0..200 {
        let mut damaged = bytes.clone();
        for _ in 0..1 + next() % 4 {
            let at = next() % damaged.len();
            damaged[at] ^= 1 << (next() % 8);
        }
        let ran = two_pods().plugin("odd.wasm", damaged).run();
        assert!(ran.code != 2 || ran.stderr.starts_with("error: "), "round {round}: {}", ran.stderr);
        if ran.code != 2 {
            assert_eq!(findings_of_the_good(&ran), findings_of_the_good(&alone), "round {round}");
        }
    }
}

#[test]
fn damage_to_a_pack_changes_nothing_beside_it() {
    let target = plimsoll().parent().unwrap().parent().unwrap().to_owned();
    let module = target.join("plugins/wasm32-unknown-unknown/plugin/plimsoll_images.wasm");
    let pack = sealed_pack(&std::fs::read(module).unwrap());
    // Under another name, as long as its own.
    let (own, other) = (br#"{"name":"images""#, br#"{"name":"dented""#);
    let at = pack.windows(own.len()).rposition(|window| window == own).unwrap();
    let pack = [&pack[..at], other, &pack[at + own.len()..]].concat();

    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: [{name: a, image: nginx}]}\n";
    let scan = || Scan::new().args(["--format", "json"]).file("a.yaml", manifest);
    let findings_of = |ran: &Ran, dented: bool| -> Vec<String> {
        let json = ran.json();
        let all = json["findings"].as_array().unwrap().iter();
        let of = all.filter(|one| one["rule"].as_str().unwrap().starts_with("dented/") == dented);
        of.map(ToString::to_string).collect()
    };
    let alone = findings_of(&scan().run(), false);
    let whole = scan().plugin("dented.wasm", &pack).run();
    assert_eq!(findings_of(&whole, false), alone);
    assert!(!findings_of(&whole, true).is_empty(), "it is a plugin while it is whole");

    let mut dice = dice();
    for _ in 0..16 {
        let length = dice() % pack.len();
        let ran = refused(&pack[..length]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "the first {length} bytes");
        assert!(ran.stderr.starts_with("error: plugin ../plugins/odd.wasm: "), "{}", ran.stderr);
    }
    // A byte of the code as likely as not means something else; then a debug build compiles it, which takes a second.
    for round in 0..10 {
        let mut damaged = pack.clone();
        for _ in 0..1 + dice() % 4 {
            let at = dice() % damaged.len();
            damaged[at] ^= 1 << (dice() % 8);
        }
        let ran = scan().plugin("dented.wasm", damaged).run();
        if ran.code == 2 {
            assert!(ran.stderr.starts_with("error: "), "round {round}: {}", ran.stderr);
        } else {
            assert_eq!(findings_of(&ran, false), alone, "round {round}");
        }
    }
}

/// Numbers that look like chance, from a fixed seed: whatever is found is found again.
fn dice() -> impl FnMut() -> usize {
    let mut seed = 0x9e37_79b9_7f4a_7c15u64;
    move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize
    }
}

// What a plugin says it is.

#[test]
fn a_description_that_cannot_be_read_is_refused() {
    let unsealed = Guest::good().unsealed();
    let odd = |description: &[u8], why: &str| {
        refused(sealed(unsealed.clone(), description))
            .is_refused(&format!("plugin ../plugins/odd.wasm: {why}"));
    };
    refused(&unsealed).is_refused(
        "plugin ../plugins/odd.wasm: it has no custom section `plimsoll:description`; make it with `plimsoll plugin build`",
    );
    refused(sealed(Guest::good().bytes(), b"{}")).is_refused(
        "plugin ../plugins/odd.wasm: the component has more than one custom section `plimsoll:description`",
    );
    odd(b"", "its description cannot be read: EOF while parsing a value at line 1 column 0");
    odd(b"rules: []", "its description cannot be read: expected value at line 1 column 1");
    odd(b"{}", "its description cannot be read: missing field `name` at line 1 column 2");
    odd(b"\xff", "the custom section `plimsoll:description` is not UTF-8");
    odd(br#"{"name":"odd","rules":[]}"#, "it has no rules");
    let deep = format!(r#"{{"name":"odd","rules":{}"#, "[".repeat(100_000));
    let ran = refused(sealed(unsealed.clone(), deep.as_bytes()));
    assert_eq!(ran.code, 2);
}

#[test]
fn a_description_that_makes_no_sense_is_refused() {
    let rule = |key: &str, value: serde_json::Value| {
        let mut rule = json!({ "id": "there", "summary": "There is an object" });
        rule[key] = value;
        Guest::good().named("odd").describing("rules", json!([rule]))
    };
    let odd = |guest: Guest, why: &str| {
        refused(guest.bytes()).is_refused(&format!("plugin ../plugins/odd.wasm: {why}"))
    };
    odd(Guest::good().named("../odd"), "its name `../odd` is not one of lower-case letters, digits and `-`");
    odd(
        Guest::good().named("odd\u{1b}[2J\u{202e}"),
        r"its name `odd\u{1b}[2J\u{202e}` is not one of lower-case letters, digits and `-`",
    );
    odd(
        rule("id", "images/mutable-tag".into()),
        "its rule `images/mutable-tag` has a name that is not one of lower-case letters, digits and `-`; \
         the plugin's name comes before it by itself",
    );
    for id in [
        "",
        "..",
        "../there",
        "There",
        "th\u{435}re",
        "there/",
        "-there",
        "there\n",
        "there\u{202e}",
        "there\0",
    ] {
        let ran = refused(rule("id", id.into()).bytes());
        assert!(
            ran.stderr.contains("` has a name that is not one of lower-case letters, digits and `-`"),
            "{id:?}"
        );
        assert!(!ran.stderr.trim_end().contains(['\n', '\u{202e}', '\0']), "{id:?}");
        assert_eq!(ran.code, 2, "{id:?}");
    }
    odd(rule("level", "fatal".into()), "its rule `there` has the level `fatal`; use note, warning or error");
    odd(
        rule("securitySeverity", "11".into()),
        "its rule `there` has the security severity `11`; use a number from 0.1 to 10.0",
    );
    let twice = json!([{ "id": "there", "summary": "a" }, { "id": "there", "summary": "b" }]);
    odd(Guest::good().named("odd").describing("rules", twice), "it has two rules of the name `odd/there`");
    let many: Vec<_> =
        (0..5_001).map(|number| json!({ "id": format!("rule-{number}"), "summary": "" })).collect();
    odd(
        Guest::good().named("odd").describing("rules", many),
        "it has 5001 rules, more than the 5000 that a plugin may have",
    );
}

#[test]
fn a_huge_description_is_refused() {
    let odd = |rules: serde_json::Value, why: &str| {
        let guest = Guest::good().named("odd").describing("rules", rules);
        refused(guest.bytes()).is_refused(&format!("plugin ../plugins/odd.wasm: {why}"));
    };
    let with = |key: &str, value: serde_json::Value| json!([{ "id": "there", "summary": "", key: value }]);
    refused(sealed(Guest::good().unsealed(), &vec![b' '; 9 << 20])).is_refused(
        "plugin ../plugins/odd.wasm: its description has 9 MiB, more than the 8 MiB that one may have",
    );
    odd(
        with("kinds", vec!["Pod"; 1_001].into()),
        "its rule `there` has 1001 kinds, more than the 1000 that a rule may have",
    );
    odd(
        with("profiles", vec!["cis"; 101].into()),
        "its rule `there` has 101 profiles, more than the 100 that a rule may have",
    );
    odd(
        with("equivalents", vec!["KL x"; 101].into()),
        "its rule `there` has 101 equivalents, more than the 100 that a rule may have",
    );
    let long = "x".repeat(321);
    let shown = format!("{}…", &long[..40]);
    odd(
        with("kinds", json!([long])),
        &format!("its rule `there` has among its kinds `{shown}`, which is longer than 320 bytes"),
    );
    odd(
        with("profiles", json!([long])),
        &format!("its rule `there` has among its profiles `{shown}`, which is longer than 64 bytes"),
    );
    let name = "its name `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` is not one of lower-case letters, digits and `-`";
    refused(Guest::good().describing("name", long).bytes())
        .is_refused(&format!("plugin ../plugins/odd.wasm: {name}"));
}

#[test]
fn long_texts_of_a_description_are_cut() {
    let rules = json!([{ "id": "there", "summary": "s".repeat(1 << 20), "docs": "d".repeat(1 << 20), "equivalents": ["e".repeat(1 << 20)] }]);
    let guest =
        Guest::good().named("huge").describing("summary", "x".repeat(1 << 20)).describing("rules", rules);
    let ran = Scan::new().verb("rules").args(["--no-embedded", "--format", "json"]).guest(&guest).run();
    let rule = &ran.json()[0];
    let length = |text: &serde_json::Value| text.as_str().unwrap().chars().count();
    assert_eq!(
        (length(&rule["summary"]), length(&rule["equivalents"][0]), length(&rule["docs"])),
        (251, 101, (64 << 10) + 1)
    );
}

#[test]
fn what_a_description_says_cannot_act_on_the_terminal() {
    let evil = "a\u{1b}[2J\u{202e}b\r";
    let rules = json!([{ "id": "there", "summary": evil, "profile": "default", "profiles": [evil], "docs": evil, "equivalents": [evil],
        "kinds": [evil], "securitySeverity": "5.5" }]);
    let guest = Guest::good()
        .named("evil")
        .describing("version", evil)
        .describing("summary", evil)
        .describing("rules", rules);
    let scan = Scan::new().verb("rules").args(["--no-embedded"]).guest(&guest);
    for ran in [scan.run(), scan.run_with(["there"])] {
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}', '\r']), "{:?}", ran.stdout);
    }
}

#[test]
fn a_name_belongs_to_one_plugin() {
    let scan = Scan::bare().plugin("impostor.wasm", Guest::good().bytes()).file("a.yaml", pod("a"));
    scan.run().is_refused(
        "two plugins are called `good`: one in ../plugins/good.wasm, one in ../plugins/impostor.wasm; rename one or leave one out",
    );
}

#[test]
fn a_plugin_cannot_take_the_name_of_a_pack() {
    let impostor = Guest::good().named("images");
    let ran = Scan::new().verb("rules").guest(&impostor).run();
    ran.is_refused("two plugins are called `images`: one in the executable, one in ../plugins/images.wasm; rename one or leave one out");
    for name in
        ["Images", "IMAGES", "im\u{430}ges", "images\u{200b}", "images ", "images/", "./images", "images\0"]
    {
        let bytes = Guest::good().describing("name", name).bytes();
        let ran = Scan::new().verb("rules").plugin("odd.wasm", bytes).run();
        assert!(
            ran.stderr.ends_with("` is not one of lower-case letters, digits and `-`\n"),
            "{name:?}: {}",
            ran.stderr
        );
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{name:?}");
    }
}

#[test]
fn keys_of_a_description_that_are_not_known_are_left_alone() {
    let guest = Guest::good().named("newer").describing("capabilities", json!({ "fix": true }));
    let ran = two_pods().guest(&guest).run();
    assert_eq!((ran.code, ran.findings().len()), (0, 4));
}

/// A scan of two objects with the good plugin.
fn two_pods() -> Scan {
    Scan::bare().file("shop.yaml", [pod("api"), pod("web")].join("---\n"))
}

/// The faults of a hostile plugin. Whatever it does, the good plugin's findings are the same to the byte as without it, and all of the
/// output is when it is done again with the plugins in the other order.
#[track_caller]
fn faults(fixture: &str) -> Vec<String> {
    let hostile = Guest::fixture(fixture);
    let alone = two_pods().run();
    let manifests = [pod("api"), pod("web")].join("---\n");
    let after = two_pods().guest(&hostile).run();
    let before = Scan::new()
        .args(["--no-embedded", "--format", "json"])
        .guest(&hostile)
        .guest(&Guest::good())
        .file("shop.yaml", manifests)
        .run();
    assert_eq!(alone.findings().len(), 2, "the good plugin finds something");
    assert_eq!(findings_of_the_good(&after), findings_of_the_good(&alone), "the good plugin's findings");
    assert_eq!(before.stdout, after.stdout, "the same faults another time");
    assert_eq!(after.code, 3, "{}", after.stderr);
    after.faults()
}

fn findings_of_the_good(ran: &Ran) -> Vec<&str> {
    let lines = ran.stdout.lines().filter(|line| line.starts_with(r#"  {"rule":"good/"#));
    lines.map(|line| line.trim_end_matches([',', ']'])).collect()
}

/// The same fault on both pods of the scan.
fn of_each_object(kind: &str, message: &str) -> Vec<String> {
    ["1:1-1:15", "10:1-10:15"].map(|place| format!("{kind} shop.yaml:{place} hostile: {message}")).into()
}

/// A scan with a plugin that should not load.
fn refused(bytes: impl AsRef<[u8]>) -> Ran {
    Scan::new().args(["--no-embedded"]).plugin("odd.wasm", bytes).file("a.yaml", pod("a")).run()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
