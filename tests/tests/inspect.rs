//! `plimsoll plugin inspect`: what can be told of a plugin without running it, and what its build told of it.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::process::Command;

use plimsoll_tests::{Guest, Ran, Scan, interface, plimsoll, workspace};
use serde_json::{Value, json};
use wasm_encoder::Section as _;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

fn plugin<const N: usize>(args: [&str; N]) -> Scan {
    Scan::new().verb("plugin").args(args)
}

fn run(scan: &Scan, args: &[&str]) -> Ran {
    let mut command = Command::new(plimsoll());
    command.args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}

#[test]
fn a_plugin_is_shown_by_file_and_by_name() {
    let rules = json!([
        {
            "id": "there",
            "summary": "There is an object",
            "kinds": ["Pod", "batch/Job"],
            "parameters": true,
            "parametersSchema": { "type": "object", "properties": {
                "teams": { "type": "array", "items": { "type": "string" } },
                "by\u{202e}": { "enum": ["name", "label"], "default": "name" },
            } },
        },
        { "id": "set", "summary": "There is a set", "looksAt": "set", "level": "error", "profile": "opt-in" },
    ]);
    let guest = Guest::good().describing("rules", rules).describing("summary", "Says that it is there");
    let bytes = guest.bytes();
    let scan = plugin(["inspect"]).file("good.wasm", &bytes).file("plimsoll.yaml", "plugins: [good.wasm]\n");
    let told = scan.run_with(["good.wasm"]);
    let sha256 = told
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("  sha256     "))
        .unwrap_or_default()
        .to_owned();
    assert_eq!(
        told.stdout,
        format!(
            "good 1.0.0  Says that it is there
  file       good.wasm
  sha256     {sha256}
  signature  none
  size       {} bytes
  interface  plimsoll:policy@1.0.0
  findings   as records
  imports    none
  rules      2
    good/set    error    set     opt-in               *
    good/there  warning  object  default  parameters  Pod, batch/Job
        teams       list of strings
        by\\u{{202e}}  one of name, label, by default name
",
            bytes.len()
        )
    );
    assert!(sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit()), "{sha256}");

    // The configuration names it, so it has a name here.
    let json = scan.run_with(["good", "--format", "json"]).json();
    let plugin = &json["plugin"];
    assert_eq!(plugin["sha256"], sha256);
    assert_eq!(plugin["interfaces"], json!(["plimsoll:policy@1.0.0"]));
    assert_eq!(plugin["imports"], json!([]));
    assert_eq!(
        plugin["rules"][0],
        json!({ "id": "good/set", "summary": "There is a set", "level": "error", "profile": "opt-in",
        "profiles": [], "looksAt": "set", "kinds": ["*"], "parameters": false, "parametersSchema": null })
    );
    assert_eq!(
        plugin["rules"][1]["parametersSchema"],
        json!({ "type": "object", "properties": {
            "teams": { "type": "array", "items": { "type": "string" } },
            "by\\u{202e}": { "enum": ["name", "label"], "default": "name" },
        } })
    );
    assert_eq!((&plugin["signature"], &plugin["packed"]), (&Value::Null, &json!(false)));
    let schema = schema();
    promised(&json, &schema);
    promised(plugin, &schema["$defs"]["plugin"]);
    promised(&plugin["rules"][0], &schema["$defs"]["rule"]);
}

fn schema() -> Value {
    let schema = fs::read_to_string(workspace().join("docs/schema/plugin-v1.schema.json")).unwrap();
    serde_json::from_str(&schema).unwrap()
}

/// Whether a value has every key that a schema promises, and no other.
#[track_caller]
fn promised(value: &Value, schema: &Value) {
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut required: Vec<String> = serde_json::from_value(schema["required"].clone()).unwrap();
    let (mut has, mut known) = (keys(value), keys(&schema["properties"]));
    for list in [&mut required, &mut has, &mut known] {
        list.sort();
    }
    assert_eq!((&has, &has), (&required, &known));
}

// The schema of a rule's parameters.

#[test]
fn every_rule_of_ours_that_can_be_configured_tells_how() {
    let ran = Scan::new().verb("rules").args(["--format", "json"]).run();
    let json = ran.json();
    let mut told = 0;
    for rule in json.as_array().unwrap() {
        let schema = &rule["parametersSchema"];
        assert_eq!(schema.is_object(), rule["parameters"] == true, "{}", rule["id"]);
        if schema.is_object() {
            told += 1;
            assert_eq!(schema["type"], "object", "{}", rule["id"]);
            assert!(!schema["properties"].as_object().unwrap().is_empty(), "{}", rule["id"]);
            assert_eq!(
                schema["additionalProperties"], false,
                "{} refuses keys that it does not know",
                rule["id"]
            );
        }
    }
    assert!(told > 15, "{told}");
}

#[test]
fn the_page_of_a_rule_lists_its_parameters() {
    let rule = "images/known-vulnerable-version";
    let page = Scan::new().verb("rules").args([rule]).run().stdout;
    let listed = "
Parameters
  endOfLife      boolean
  extra          list of objects
  extra[].image  string
  extra[].from   string or null
  extra[].fixed  string
  extra[].id     string
";
    assert!(page.contains(listed), "{page}");
    let page = Scan::new().verb("rules").args([rule, "--format", "markdown"]).run().stdout;
    let listed =
        "\nParameters:\n\n- `endOfLife`: boolean\n- `extra`: list of objects\n- `extra[].image`: string\n";
    assert!(page.contains(listed), "{page}");
    let page = Scan::new().verb("rules").args(["images/pull-policy"]).run().stdout;
    assert!(page.contains("\nParameters\n  always  one of mutable-tags, all\n"), "{page}");
    let page = Scan::new().verb("rules").args(["pod-security/privileged"]).run().stdout;
    assert!(!page.contains("Parameters"), "{page}");
}

#[test]
fn a_schema_that_is_none_or_too_long_is_refused() {
    let refused = |schema: Value, why: &str| {
        let rules = json!([{ "id": "there", "summary": "There is an object", "parametersSchema": schema }]);
        let scan = plugin(["inspect", "odd.wasm"])
            .file("odd.wasm", Guest::good().describing("rules", rules).bytes());
        scan.run().is_refused(&format!("plugin odd.wasm: its rule `there` has a `parametersSchema` {why}"));
    };
    refused(json!(true), "that is no schema of an object");
    refused(json!(["a"]), "that is no schema of an object");
    refused(
        json!({ "title": "a".repeat(64 << 10) }),
        "of 65548 bytes, more than the 64 KiB that one may have",
    );
}

#[test]
fn a_schema_with_too_much_in_it_is_told_in_part() {
    let keys: serde_json::Map<_, _> = (0..400).map(|key| (format!("{key}"), json!(true))).collect();
    let long = format!("{}{}", "\u{202e}".repeat(3_000), "a".repeat(20_000));
    let rules = json!([{ "id": "there", "summary": "There is an object", "parametersSchema": { "properties": { long: { "properties": keys } } } }]);
    let file = Guest::good().describing("rules", rules).bytes();
    let told = plugin(["inspect", "odd.wasm"]).file("odd.wasm", &file).run();
    assert!(told.code == 0 && told.stdout.len() < 100_000, "{}", told.stdout.len());
    assert!(told.stdout.ends_with("more than 200 are not told here\n"), "{}", told.stdout);
    let page =
        Scan::new().verb("rules").args(["good/there", "--plugin", "odd.wasm"]).file("odd.wasm", &file).run();
    assert!(page.code == 0 && page.stdout.len() < 100_000, "{}", page.stdout.len());
}

#[test]
fn a_schema_that_makes_no_sense_tells_nothing() {
    let deep = format!("{}1{}", r#"{"items":"#.repeat(120), "}".repeat(120));
    for schema in [json!({}), json!({ "properties": 1, "items": [2] }), serde_json::from_str(&deep).unwrap()]
    {
        let rules = json!([{ "id": "there", "summary": "There is an object", "parametersSchema": schema }]);
        let scan = plugin(["inspect", "odd.wasm"])
            .file("odd.wasm", Guest::good().describing("rules", rules).bytes());
        let ran = scan.run();
        let last = ran.stdout.lines().last().unwrap_or_default();
        assert!(ran.code == 0 && last.starts_with("    good/there "), "{ran:?}");
    }
}

/// A crate's module, whose compiler put together a description.
fn compiled(guest: &Guest) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("policy.wit", &interface()).unwrap();
    let world = resolve.select_world(&[package], Some("plugin")).unwrap();
    let mut module = guest.module();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    let (name, data) = (plimsoll_build::DESCRIPTION.into(), b"{}".as_slice().into());
    wasm_encoder::CustomSection { name, data }.append_to(&mut module);
    module
}

#[test]
fn what_a_module_says_of_itself_is_sealed() {
    let module = compiled(&Guest::good());
    let sealed = plimsoll_build::seal(&module, |asked| {
        assert!(asked == module);
        Ok("{\"name\":\"asked\"}".to_owned())
    });
    let found = plimsoll_build::inspect(&sealed.unwrap()).unwrap();
    assert_eq!(found.description.as_deref(), Some("{\"name\":\"asked\"}"));
    let silent = plimsoll_build::seal(&module, |_| Err("it ran out of fuel".to_owned()));
    assert_eq!(silent.unwrap_err().to_string(), "the module does not say what it is: it ran out of fuel");
}

#[test]
fn what_leads_out_of_memory_is_no_description() {
    let says = |memory: &[u8], at: u32| plimsoll_build::described(memory, at).ok();
    assert_eq!(says(&[8, 0, 0, 0, 2, 0, 0, 0, b'{', b'}'], 0), Some("{}".to_owned()));
    for (memory, at) in [
        (&[8, 0, 0, 0, 3, 0, 0, 0, b'{', b'}'][..], 0),
        (&[8, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, b'{', b'}'], 0),
        (&[0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, b'{', b'}'], 0),
        (&[8, 0, 0, 0, 2, 0, 0, 0, 0xFF, 0xFE], 0),
        (&[8, 0, 0, 0, 2, 0, 0, 0, b'{', b'}'], 4),
        (&[0; 8], u32::MAX),
        (&[], 0),
    ] {
        assert_eq!(says(memory, at), None, "{memory:?} {at}");
    }
}

// The signature.

/// A plugin, and two pairs of keys beside the repository.
fn keys() -> Scan {
    let scan = Scan::new().file("good.wasm", Guest::good().bytes());
    for key in ["../a", "../b"] {
        assert_eq!(run(&scan, &["plugin", "keygen", key]).code, 0);
    }
    scan
}

/// A line of the file of a public key: its number at the end of the first, itself in the second.
fn key(scan: &Scan, file: &str, line: usize) -> String {
    let text = fs::read_to_string(scan.tree().join(file)).unwrap();
    text.lines().nth(line).unwrap().rsplit(' ').next().unwrap().to_owned()
}

fn line<'a>(ran: &'a Ran, name: &str) -> &'a str {
    let told = ran.stdout.lines().find_map(|line| line.trim_start().strip_prefix(name));
    told.unwrap_or_else(|| panic!("{ran:?}")).trim_start()
}

#[test]
fn a_signature_is_told_with_whose_it_is_and_who_trusts_it() {
    let scan = keys();
    let [ours, theirs] = ["../a.pub", "../b.pub"].map(|file| key(&scan, file, 0));
    let inspect = |args: &[&str]| run(&scan, &[&["plugin", "inspect", "good.wasm"], args].concat());
    assert_eq!(line(&inspect(&[]), "signature"), "none");
    inspect(&["--key", "../a.pub"]).is_refused("plugin good.wasm: good.wasm.minisig is not there");

    assert_eq!(run(&scan, &["plugin", "sign", "good.wasm", "--key", "../a"]).code, 0);
    let told = inspect(&[]);
    let sha256 = line(&told, "sha256").to_owned();
    let said = format!("plimsoll plugin good 1.0.0 sha256:{sha256}");
    assert_eq!(
        line(&told, "signature"),
        format!("of the key {ours}, which nothing here names, so it proves nothing: {said}")
    );
    let json =
        |args: &[&str]| inspect(&[&["--format", "json"], args].concat()).json()["plugin"]["signature"].take();
    assert_eq!(json(&[]), json!({ "key": ours, "comment": said, "trustedBy": null }));
    assert_eq!(
        line(&inspect(&["--key", "../a.pub"]), "signature"),
        format!("of the key {ours}, as --key asks: {said}")
    );
    assert_eq!(json(&["--key", "../a.pub"])["trustedBy"], "--key");
    inspect(&["--key", "../b.pub"])
        .is_refused(&format!("plugin good.wasm: good.wasm.minisig is of the key {ours}, not of {theirs}"));

    let config = format!("plugins: [good.wasm]\ntrust:\n  keys: [{}]\n", key(&scan, "../a.pub", 1));
    fs::write(scan.tree().join("plimsoll.yaml"), config).unwrap();
    assert_eq!(
        line(&inspect(&[]), "signature"),
        format!("of the key {ours}, which plimsoll.yaml:3 trusts: {said}")
    );
    assert_eq!(json(&[])["trustedBy"], "plimsoll.yaml:3");
    // By its name it is the same file.
    let named = run(&scan, &["plugin", "inspect", "good", "--format", "json"]).json();
    assert_eq!(named["plugin"]["signature"]["trustedBy"], "plimsoll.yaml:3");
    promised(&named["plugin"]["signature"], &schema()["$defs"]["signature"]);
    // What lies in the executable has none beside it.
    let pack = run(&scan, &["plugin", "inspect", "images", "--format", "json"]);
    assert_eq!(pack.json()["plugin"]["signature"], Value::Null);
    run(&scan, &["plugin", "inspect", "images", "--key", "../a.pub"]).is_refused(
        "plugin images: it lies in the executable, and no signature beside it; `plimsoll bundle --inspect` tells of those in a bundle",
    );
}

#[test]
fn a_signature_that_is_broken_is_refused() {
    let scan = keys();
    assert_eq!(run(&scan, &["plugin", "sign", "good.wasm", "--key", "../a"]).code, 0);
    let id = key(&scan, "../a.pub", 0);
    let cure = "have it signed with `plimsoll plugin sign`, or get it anew with its signature";
    let inspect = || run(&scan, &["plugin", "inspect", "good.wasm", "--key", "../a.pub"]);
    assert_eq!(inspect().code, 0);
    let other = Guest::good().describing("summary", "Another").bytes();
    fs::write(scan.tree().join("good.wasm"), other).unwrap();
    inspect().is_refused(&format!(
        "plugin good.wasm: its signature good.wasm.minisig by the key {id} does not hold: the plugin or line 2 of the signature was changed \
         after it was signed; {cure}"
    ));
    fs::write(scan.tree().join("good.wasm.minisig"), "no signature\n").unwrap();
    for args in
        [&["plugin", "inspect", "good.wasm"][..], &["plugin", "inspect", "good.wasm", "--key", "../a.pub"]]
    {
        let ran = run(&scan, args);
        let told = ran.stderr.starts_with("error: plugin good.wasm: good.wasm.minisig is no signature: ");
        assert!(ran.code == 2 && ran.stdout.is_empty() && told, "{ran:?}");
    }
}

#[test]
fn what_lies_in_a_registry_is_pulled_first() {
    let scan = keys();
    let asked = "oci://ghcr.io/acme/policies:1.0.0";
    for args in [
        &["plugin", "inspect", asked][..],
        &["plugin", "verify", asked, "--key", "../a.pub"],
        &["plugin", "sign", asked, "--key", "../a"],
        &["plugin", "bench", asked],
    ] {
        run(&scan, args).is_refused(&format!(
            "plugin {asked}: this asks no registry; run `plimsoll plugin pull {asked}`, and name the file that it writes"
        ));
    }
}

#[test]
fn whether_findings_are_packed_is_told() {
    let scan = plugin(["inspect", "good.wasm"]).file("good.wasm", Guest::packing(b"").bytes());
    assert_eq!(line(&scan.run(), "findings"), "as records, or packed into bytes");
    let json = scan.run_with(["--format", "json"]).json();
    assert_eq!(
        (&json["plugin"]["packed"], &json["plugin"]["interfaces"]),
        (&json!(true), &json!(["plimsoll:policy@1.0.0"]))
    );
}
