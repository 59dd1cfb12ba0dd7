//! Plugins that pack their findings into bytes: they are taken as records are, and what is hostile in them ends as it does there.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;

use plimsoll_tape::packed::{Action, Writer};
use plimsoll_tests::{Guest, Ran, Scan, interface, plimsoll, pod, sealed_pack, workspace};

const UNREACHABLE: &str = "it stopped: wasm trap: wasm `unreachable` instruction executed, which is what a panic, an abort or an exit comes to";

/// A plugin called `hostile`, with one rule, that says nothing but this.
fn saying(say: impl Fn(&mut Writer)) -> Guest {
    Guest::packing(&packed(say)).named("hostile")
}

fn packed(say: impl Fn(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    say(&mut writer);
    writer.finish()
}

fn two_pods() -> Scan {
    Scan::bare().file("shop.yaml", [pod("api"), pod("web")].join("---\n"))
}

/// The faults of a plugin, beside which the good one's findings are what they are without it.
#[track_caller]
fn faults(guest: &Guest) -> Vec<String> {
    let (alone, ran) = (two_pods().run(), two_pods().guest(guest).run());
    let good = |ran: &Ran| -> Vec<String> {
        ran.findings().into_iter().filter(|finding| finding.starts_with("good/")).collect()
    };
    assert_eq!(good(&alone).len(), 2, "the good plugin finds something");
    assert_eq!(good(&ran), good(&alone), "the good plugin's findings");
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    ran.faults()
}

/// The same fault on both pods of the scan.
fn of_each_object(kind: &str, message: &str) -> Vec<String> {
    ["1:1-1:15", "10:1-10:15"].map(|place| format!("{kind} shop.yaml:{place} hostile: {message}")).into()
}

/// A fault of a finding that makes no sense, beside others that do.
fn nonsense(why: &str) -> Vec<String> {
    vec![format!("plugin-nonsense hostile: {why}")]
}

// What is packed is what is said.

#[test]
fn what_is_packed_is_taken_as_records_are() {
    let kind = "/spec/securityContext/seccompProfile/type";
    let packing = saying(|writer| {
        writer.finding(0, (0, 0), |path| path.push_str(kind), "it is there");
        writer.edit(Action::Set, (0, 0), |path| path.push_str(kind), |value| value.push_str("true"));
        writer.related((0, 0), |path| path.push_str("/metadata/name"), "by this name");
        writer.description("mend it");
    });
    let scan = |guest: &Guest| Scan::bare().guest(guest).file("a.yaml", pod("a")).run();
    let (records, packed) = (scan(&Guest::fixture("mends")), scan(&packing));
    assert_eq!(records.findings().len(), 2);
    assert_eq!(packed.stdout, records.stdout);
}

/// On every example of every rule, by the pack as it is and by one whose interface for packed findings has another name.
#[test]
fn the_packs_say_the_same_either_way() {
    let modules = plimsoll().ancestors().nth(2).unwrap().join("plugins/wasm32-unknown-unknown/plugin");
    let examples = examples();
    let scan = |bytes: &[u8]| {
        let scan = Scan::new().args(["--no-embedded", "--format", "json"]).args(["--profile", "strict"]);
        let add = |scan: Scan, (number, text): (usize, &String)| scan.file(&format!("{number}.yaml"), text);
        examples.iter().enumerate().fold(scan.plugin("pack.wasm", bytes), add).run()
    };
    for pack in ["api_versions", "images", "pod_security", "probes"] {
        let module = fs::read(modules.join(format!("plimsoll_{pack}.wasm"))).unwrap();
        let packing = sealed_pack(&module);
        let hidden = replaced(&packing, b"plimsoll:policy/packed@", b"plimsoll:policy/hidden@");
        assert_ne!(hidden, packing, "{pack} packs its findings");
        let (packed, records) = (scan(&packing), scan(&hidden));
        assert!(packed.findings().len() > 5, "{pack} finds {:?}", packed.findings());
        assert!(packed.stdout == records.stdout, "{pack}: {} and {}", packed.stdout, records.stdout);
    }
}

/// What the pages of the rules have as examples.
fn examples() -> Vec<String> {
    let mut all = Vec::new();
    for pack in fs::read_dir(workspace().join("docs/rules")).unwrap() {
        for page in fs::read_dir(pack.unwrap().path()).unwrap() {
            let text = fs::read_to_string(page.unwrap().path()).unwrap();
            let blocks = text.split("\n```yaml\n").skip(1);
            all.extend(blocks.filter_map(|block| Some(block.split("\n```").next()?.to_owned())));
        }
    }
    all.sort();
    all
}

fn replaced(bytes: &[u8], one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut replaced = bytes.to_vec();
    for at in 0..bytes.len() - one.len() {
        if bytes[at..].starts_with(one) {
            replaced[at..at + one.len()].copy_from_slice(other);
        }
    }
    replaced
}

#[test]
fn a_plugin_that_can_pack_is_asked_for_nothing_else() {
    // Its records would say that both pods are there.
    let ran = two_pods().args(["--skip-rule", "good/*"]).guest(&saying(|_| {})).run();
    assert_eq!((ran.code, ran.findings(), ran.faults()), (0, vec![], vec![]));
}

#[test]
fn a_message_stands_for_a_description_that_is_not_there() {
    let guest = saying(|writer| {
        writer.finding(0, (0, 0), |_| {}, "remove it");
        writer.edit(Action::Remove, (0, 1), |_| {}, |_| {});
    });
    let json = two_pods().args(["--rule", "hostile/there"]).guest(&guest).run().json();
    assert_eq!(json["findings"][0]["fix"]["description"], "remove it");
}

#[test]
fn a_fix_with_an_action_of_a_later_version_is_left_alone() {
    let guest = saying(|writer| {
        writer.finding(0, (0, 0), |_| {}, "move it");
        writer.edit(Action::Unknown, (0, 1), |_| {}, |_| {});
    });
    let ran = two_pods().args(["--rule", "hostile/there"]).guest(&guest).run();
    assert_eq!((ran.code, ran.faults(), &ran.json()["findings"][0]["fix"]), (0, vec![], &().into()));
}

// What lies ends in a fault.

#[test]
fn bytes_that_are_no_findings_are_a_fault_of_each_object() {
    let whole = packed(|writer| writer.finding(0, (0, 1), |path| path.push_str("/ä"), "ö"));
    let changed = |at: usize, number: u32| {
        let mut bytes = whole.clone();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        bytes
    };
    let mut not_utf_8 = whole.clone();
    *not_utf_8.last_mut().expect("there is text") = 0xFF;
    let ends = "a text ends outside of the text, or inside of a letter";
    for (bytes, why) in [
        (vec![], "they are shorter than their header"),
        (whole[..15].to_vec(), "they are shorter than their header"),
        (whole[..30].to_vec(), "their text begins outside of them"),
        (whole[..40].to_vec(), ends),
        (changed(0, 0), "they do not begin with the letters `find`"),
        (changed(4, 2), "their version is not 1"),
        (changed(8, u32::MAX), "they are another number of findings than they say"),
        (changed(12, 28), "a record is cut short"),
        (changed(12, u32::MAX), "their text begins outside of them"),
        (changed(16, 1), "a record belongs to no finding"),
        (changed(16, 9), "a record is of no kind"),
        (changed(32, 2), ends),
        (changed(32, u32::MAX), ends),
        (changed(36, 0), "there is text that belongs to no record"),
        (changed(36, u32::MAX), ends),
        (not_utf_8, "their text is not UTF-8"),
    ] {
        let fault = of_each_object("plugin-nonsense", &format!("its findings are malformed: {why}"));
        assert_eq!(faults(&Guest::packing(&bytes).named("hostile")), fault, "{bytes:?}");
    }
}

#[test]
fn what_is_packed_speaks_only_of_what_was_given() {
    let finding = |rule: u32, at: (u32, u32), path: &str| {
        let path = path.to_owned();
        faults(&saying(move |writer| {
            writer.finding(0, (1, 0), |_| {}, "fine");
            writer.finding(rule, at, |text| text.push_str(&path), "a lie");
        }))
    };
    let of = "in a finding of `hostile/there`,";
    assert_eq!(finding(0, (7, 0), ""), nonsense(&format!("{of} it names object 7 of 2")));
    assert_eq!(finding(0, (0, 4_000_000_000), ""), nonsense(&format!("{of} it names node 4000000000 of 10")));
    assert_eq!(
        finding(0, (0, 0), "a/b"),
        nonsense(&format!("{of} it names the path `a/b`, which is no pointer"))
    );
    assert_eq!(finding(1, (0, 0), ""), nonsense("it speaks for rule 1 of 1, which it was not asked for"));
    assert_eq!(
        finding(u32::MAX, (0, 0), ""),
        nonsense("it speaks for rule 4294967295 of 1, which it was not asked for")
    );
}

#[test]
fn parts_of_what_is_packed_are_checked_as_well() {
    let related = saying(|writer| {
        writer.finding(0, (0, 0), |_| {}, "");
        writer.related((9, 0), |_| {}, "");
    });
    let of = "in a finding of `hostile/there`,";
    assert_eq!(faults(&related), nonsense(&format!("{of} it names object 9 of 2")));
    let edit = |object: u32, value: String| {
        saying(move |writer| {
            writer.finding(0, (0, 0), |_| {}, "");
            writer.edit(Action::Set, (object, 0), |_| {}, |text| text.push_str(&value));
        })
    };
    assert_eq!(faults(&edit(9, "1".into())), nonsense(&format!("{of} it names object 9 of 2")));
    let json = "a fix sets what is no JSON: key must be a string at line 1 column 2";
    assert_eq!(faults(&edit(0, "{1".into())), nonsense(&format!("{of} {json}")));
    let vast = edit(0, format!("\"{}\"", "x".repeat(70_000)));
    assert_eq!(faults(&vast), nonsense(&format!("{of} a fix sets a value of more than 64 KiB")));
}

#[test]
fn what_is_packed_cannot_act_on_the_terminal() {
    let guest = saying(|writer| writer.finding(0, (0, 0), |_| {}, "\u{1b}[2J\r\n\u{202e}.\0"));
    let json = two_pods().args(["--rule", "hostile/there"]).guest(&guest).run().json();
    assert_eq!(json["findings"][0]["message"], r"\u{1b}[2J\u{d} \u{202e}.\u{0}");
}

// What floods is cut off.

#[test]
fn a_flood_that_is_packed_is_cut_off() {
    let flood = "it returned 60000 findings, places and edits in one call, more than the 50000 allowed; raise `limits.findings` if that is right";
    let flood = of_each_object("plugin-output", flood);
    let findings = |writer: &mut Writer| (0..60_000).for_each(|_| writer.finding(0, (0, 0), |_| {}, ""));
    assert_eq!(faults(&saying(findings)), flood);
    let parts = |writer: &mut Writer| {
        writer.finding(0, (0, 0), |_| {}, "");
        for _ in 0..30_000 {
            writer.related((0, 0), |_| {}, "");
        }
        for _ in 0..29_999 {
            writer.edit(Action::Remove, (0, 0), |_| {}, |_| {});
        }
    };
    assert_eq!(faults(&saying(parts)), flood);
}

#[test]
fn an_answer_of_too_many_bytes_is_cut_off() {
    let answering = |bytes: u32| {
        Guest::of_packing(&format!("(global $answer-bytes i32 (i32.const {bytes}))")).named("hostile")
    };
    let says = "it returned more than 64 MiB; raise `limits.output` if that is right";
    assert_eq!(faults(&answering(70 << 20)), of_each_object("plugin-output", says));
    let outside = "it stopped: list pointer/length out of bounds of memory";
    assert_eq!(faults(&answering(u32::MAX)), of_each_object("plugin-trap", outside));
}

#[test]
fn a_plugin_that_panics_while_it_packs_is_a_fault() {
    let guest = Guest::of_packing(
        "(func $check-packed (param $tape i32) (param $bytes i32) (result i32)\n  (unreachable))",
    );
    assert_eq!(faults(&guest.named("hostile")), of_each_object("plugin-trap", UNREACHABLE));
}

#[test]
fn an_interface_of_that_name_and_another_type_is_a_fault() {
    let wit = interface().replace("result<list<u8>, string>", "result<string, string>");
    let bytes = saying(|_| {}).sealed_with(&wit);
    let ran = two_pods().args(["--skip-rule", "good/*"]).plugin("hostile.wasm", bytes).run();
    let fault = "it stopped: failed to convert function to given type: type mismatch with results: expected `list` found `string`";
    assert_eq!((ran.code, ran.faults()), (3, of_each_object("plugin-trap", fault)));
}
