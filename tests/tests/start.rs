//! How fast a scan starts is measured elsewhere; here is what starting fast must never cost: a wrong answer, or code that is not ours.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use plimsoll_tests::{Guest, Ran, Scan, plimsoll, pod, skipped};
use serde_json::Value;

// The cache.

#[test]
fn a_plugin_is_compiled_once() {
    let (scan, folder) = scan_with_a_cache();
    let first = scan.run();
    assert_eq!(first.findings(), ["good/there a.yaml:4:3-4:10 /metadata/name"]);
    let entry = entry(&folder);
    assert_eq!((mode(&folder), mode(&entry)), (0o700, 0o600));
    let written = fs::metadata(&entry).unwrap().modified().unwrap();
    assert_eq!(scan.run().stdout, first.stdout);
    assert_eq!(
        fs::metadata(&entry).unwrap().modified().unwrap(),
        written,
        "the entry was used, not written anew"
    );
}

#[test]
fn what_is_not_looked_at_is_not_compiled() {
    let (scan, folder) = scan_with_a_cache();
    let idle = Guest::good().named("idle").describing(
        "rules",
        serde_json::json!([{ "id": "there", "summary": "There is a job", "kinds": ["Job"] }]),
    );
    let scan = scan.guest(&idle);
    assert_eq!(scan.run().findings().len(), 1);
    entry(&folder);
    for verb in ["rules", "objects"] {
        let folder = folder.with_file_name(verb);
        let scan = Scan::new().verb(verb).file("a.yaml", pod("a")).env("PLIMSOLL_CACHE_DIR", &folder);
        assert_eq!(scan.run().code, 0);
        assert!(!folder.exists(), "`plimsoll {verb}` compiles nothing");
    }
}

#[test]
fn without_a_cache_nothing_is_kept() {
    let (scan, folder) = scan_with_a_cache();
    let ran = scan.run_with(["--no-cache"]);
    assert_eq!(ran.findings().len(), 1);
    assert!(!folder.exists());
    let homeless = Scan::bare().file("a.yaml", pod("a")).env("PLIMSOLL_CACHE_DIR", "");
    assert_eq!(homeless.run().stdout, ran.stdout);
}

#[test]
fn a_broken_entry_is_compiled_anew_wherever_it_is_broken() {
    let (scan, folder) = scan_with_a_cache();
    let right = scan.run().stdout;
    let entry = entry(&folder);
    let whole = fs::read(&entry).unwrap();
    let flips = [0, 15, 16, 47, 48, 60, 200, whole.len() / 3, whole.len() / 2, whole.len() - 1];
    let flipped = flips.map(|at| {
        let mut broken = whole.clone();
        broken[at] ^= 1;
        broken
    });
    let cut = [0, 10, 47, 48, whole.len() - 1].map(|len| whole[..len].to_vec());
    let longer = [whole.clone(), b"more".to_vec()].concat();
    for broken in flipped.into_iter().chain(cut).chain([longer]) {
        fs::write(&entry, broken).unwrap();
        assert_eq!(scan.run().stdout, right);
        assert!(fs::read(&entry).unwrap() == whole, "the entry was written anew");
    }
}

#[test]
fn an_entry_that_others_can_write_is_compiled_anew() {
    let (scan, folder) = scan_with_a_cache();
    let right = scan.run().stdout;
    let entry = entry(&folder);
    fs::set_permissions(&entry, fs::Permissions::from_mode(0o622)).unwrap();
    assert_eq!(scan.run().stdout, right);
    assert_eq!(mode(&entry), 0o600);
    let elsewhere = folder.with_file_name("elsewhere");
    fs::rename(&entry, &elsewhere).unwrap();
    symlink(&elsewhere, &entry).unwrap();
    assert_eq!(scan.run().stdout, right);
    assert!(entry.symlink_metadata().unwrap().is_file(), "the link was replaced");
}

#[test]
fn a_folder_that_cannot_be_trusted_is_left_alone() {
    let (scan, folder) = scan_with_a_cache();
    let right = scan.run_with(["--no-cache"]).stdout;
    let is_left_alone = |what: &str| {
        let ran = scan.run();
        assert_eq!((ran.stdout, ran.stderr.as_str()), (right.clone(), ""), "{what}");
    };
    fs::write(&folder, "a file").unwrap();
    is_left_alone("a file in its place");
    assert_eq!(fs::read(&folder).unwrap(), b"a file");
    fs::remove_file(&folder).unwrap();

    let elsewhere = folder.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    is_left_alone("a link");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    fs::remove_file(&folder).unwrap();

    fs::create_dir(&folder).unwrap();
    for others in [0o777, 0o770, 0o702] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(others)).unwrap();
        is_left_alone("a folder that others can write");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o500)).unwrap();
    is_left_alone("a folder that cannot be written");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    is_left_alone("a folder that is right");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_scan_that_is_killed_leaves_nothing_broken() {
    let (scan, folder) = scan_with_a_cache();
    let right = scan.run_with(["--no-cache"]).stdout;
    let report = scan.tree().with_file_name("report.json");
    for round in 0..60 {
        let _ = fs::remove_dir_all(&folder);
        let mut command = scan.command();
        command.args(["--output", "json=../report.json"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        thread::sleep(Duration::from_micros(round * 1_500));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(
            !report.exists() || fs::read_to_string(&report).unwrap() == right,
            "a report is whole or not there"
        );
        assert_eq!(scan.run().stdout, right, "after {round} rounds");
        let _ = fs::remove_file(&report);
    }
}

// What is not WebAssembly.

#[test]
fn code_that_is_handed_in_as_a_plugin_is_never_run() {
    let (scan, folder) = scan_with_a_cache();
    scan.run();
    let entry = fs::read(entry(&folder)).unwrap();
    let to_bundle = scan_to_bundle();
    let bundle = bundle_of_one(&to_bundle);
    let part = &index(&bundle)["plugins"][0]["code"];
    let (start, len) = (offset(part) as usize, part["len"].as_u64().unwrap() as usize);
    let carried = fs::read(&bundle).unwrap()[start..start + len].to_vec();
    let handed_in = |bytes: &[u8], why: &str| {
        let scan = Scan::new().args(["--no-embedded"]).plugin("code.wasm", bytes).file("a.yaml", pod("a"));
        scan.run().is_refused(&format!("plugin ../plugins/code.wasm: {why}"));
    };
    for code in [&entry[48..], &carried] {
        assert!(code.starts_with(b"\x7fELF"), "this is what wasmtime would take");
        handed_in(
            code,
            "this is precompiled code, not WebAssembly; give the component that it was compiled from",
        );
    }
    handed_in(&entry, "this is not WebAssembly; a plugin is a component, made by `plimsoll plugin build`");
}

// A bundle.

#[test]
fn a_bundle_says_what_the_plain_executable_says() {
    let plain = Scan::new()
        .plugin("acme.wasm", Guest::good().named("acme").bytes())
        .file("a.yaml", pod("a").replace(":1", ":latest"))
        .file("../acme.yaml", "plugins: [plugins/acme.wasm]\nrules: {images/registry-not-allowed: {parameters: {allow: [ghcr.io]}}}\n");
    let bundle = bundle(&plain, &["--config", "../acme.yaml"]);
    let fresh = Scan::new().file("a.yaml", pod("a").replace(":1", ":latest"));
    for format in ["json", "sarif", "pretty"] {
        let args = ["scan", "--format", format, "--color", "never"];
        let told = run(&fresh, &bundle, &args);
        let mut command = Command::new(plimsoll());
        command.args(args).args(["--config", "../acme.yaml"]);
        plain.in_place(&mut command);
        let right = plain.run_command(command);
        assert!(right.stdout.contains("acme/there") && right.stdout.contains("registry-not-allowed"));
        assert_eq!((told.code, &told.stderr), (right.code, &right.stderr));
        // SARIF also tells where a plugin lies, which is not the same.
        let same = match format {
            "sarif" => told.json()["runs"][0]["results"] == right.json()["runs"][0]["results"],
            _ => told.stdout == right.stdout,
        };
        assert!(same, "{format}");
    }
}

#[test]
fn a_bundle_needs_nothing_but_itself() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let folder = bundle.parent().unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).unwrap();
    let mut command = Command::new(&bundle);
    command.args(["scan", "--format", "json"]).current_dir(scan.tree()).env_clear();
    let ran = scan.run_command(command);
    assert_eq!(ran.findings(), ["good/there a.yaml:4:3-4:10 /metadata/name"]);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
}

/// As somebody without a home, in a file system that nobody may write, without a network and without an environment.
const NOWHERE: &str = r#"
mount --rbind / "$0"
mount -o remount,bind,ro "$0"
exec chroot --userspec=65534:65534 "$0" env -i sh -c 'cd "$0" && ! touch here 2>/dev/null && exec "$@"' "$@"
"#;

#[test]
fn a_bundle_finds_the_same_where_there_is_nothing() {
    let apart = ["--net", "--mount", "--propagation", "private", "sh", "-ec"];
    if !Command::new("unshare").args(apart).arg("chroot / true").status().is_ok_and(|ended| ended.success()) {
        return skipped("`unshare` is missing or may not make a mount namespace here");
    }
    let scan = scan_to_bundle().file("../root/here", "");
    let bundle = bundle_of_one(&scan);
    let root = scan.tree().join("../root").canonicalize().unwrap();
    let mut command = Command::new("unshare");
    command.args(apart).arg(NOWHERE).arg(root).arg(scan.tree().canonicalize().unwrap());
    let ran = scan.run_command({
        command.arg(&bundle).args(["scan", "--format", "sarif"]);
        command
    });
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("\"ruleId\":\"good/there\""), "{}", ran.stdout);
    assert_eq!(ran.stdout, run(&scan, &bundle, &["scan", "--format", "sarif"]).stdout);
}

/// The first thread does the work where its stack suffices, and its heap comes in large pages where nobody limits it.
#[test]
fn a_scan_finds_the_same_whatever_memory_it_may_have() {
    let mut scan = scan_to_bundle();
    for number in 0..20 {
        scan = scan.file(&format!("more/{number}.yaml"), pod(&format!("more-{number}")));
    }
    let bundle = bundle_of_one(&scan);
    let right = run(&scan, &bundle, &["scan", "--format", "json"]);
    assert_eq!(right.findings().len(), 21);
    for limit in ["-s 512", "-s 8192", "-s unlimited", "-d 200000", "-v 9000000"] {
        for jobs in ["1", "2"] {
            let mut command = Command::new("sh");
            command.args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\"")]).arg(&bundle);
            command.args(["scan", "--format", "json", "--jobs", jobs]);
            scan.in_place(&mut command);
            let ran = scan.run_command(command);
            assert_eq!((ran.code, &ran.stdout), (right.code, &right.stdout), "{limit}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_bundle_compiles_nothing() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let folder = bundle.with_file_name("cache");
    let scan = scan.env("PLIMSOLL_CACHE_DIR", &folder);
    assert_eq!(run(&scan, &bundle, &["scan", "--format", "json"]).findings().len(), 1);
    assert!(!folder.exists(), "nothing was compiled that could be kept");
}

#[test]
fn a_bundle_of_a_bundle_carries_both() {
    let scan = scan_to_bundle();
    let first = bundle_of_one(&scan);
    fs::write(scan.tree().join("../more.wasm"), Guest::good().named("more").bytes()).unwrap();
    let both = scan.tree().join("../both");
    let made = run(&scan, &first, &["bundle", "--plugin", "../more.wasm", "--output", "../both"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert_eq!(run(&scan, &both, &["scan", "--format", "json"]).findings().len(), 2);
    let alone =
        run(&scan, &both, &["bundle", "--no-embedded", "--plugin", "../more.wasm", "--output", "../both"]);
    assert_eq!(alone.code, 0, "a bundle can be written over the one that runs: {}", alone.stderr);
    let findings = run(&scan, &both, &["scan", "--format", "json"]).findings();
    assert_eq!(findings, ["more/there a.yaml:4:3-4:10 /metadata/name"]);
    let twice = run(&scan, &both, &["bundle", "--plugin", "../more.wasm", "--output", "../both"]);
    twice.is_refused("two plugins are called `more`: one in the executable, one in ../more.wasm; rename one or leave one out");
}

#[test]
fn code_that_does_not_suit_is_compiled_from_what_the_bundle_carries() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let right = run(&scan, &bundle, &["scan", "--format", "json"]).stdout;
    // No engine takes what does not begin like this.
    with_other(&scan, &bundle, "code", |code| code[0] ^= 1);
    assert_eq!(run(&scan, &bundle, &["scan", "--format", "json"]).stdout, right);
    let wasm = &index(&bundle)["plugins"][0]["wasm"]["bundle"];
    flip(&bundle, offset(wasm) + 40);
    let scan = scan.env("PLIMSOLL_CACHE_DIR", "");
    run(&scan, &bundle, &["scan"]).is_refused(&format!(
        "plugin good: it cannot be read: this executable is damaged at byte {}; download or build it again",
        offset(wasm)
    ));
}

#[test]
fn a_bundle_scans_where_it_was_made() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let right = run(&scan, &bundle, &["scan", "--format", "json"]);
    assert_eq!(right.code, 0, "{right:?}");
    // The very plugin again, by a configuration of the repository's own, is no other of the same name.
    let scan = scan.file("plimsoll.yaml", "plugins: [../good.wasm]\n");
    assert_eq!(run(&scan, &bundle, &["scan", "--format", "json"]).findings(), right.findings());
}

#[test]
fn damaged_code_never_runs() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let code = &index(&bundle)["plugins"][0]["code"];
    let (start, len) = (offset(code), code["len"].as_u64().unwrap());
    for at in (start..start + len).step_by(len as usize / 12).chain([start + len - 1]) {
        flip(&bundle, at);
        run(&scan, &bundle, &["scan"]).is_refused(&format!(
            "plugin good: it cannot be run: this executable is damaged at byte {start}; download or build it again",
        ));
        flip(&bundle, at);
    }
    assert_eq!(run(&scan, &bundle, &["scan"]).code, 0, "it is whole again");
}

#[test]
fn inspecting_a_bundle_proves_the_program_and_the_code() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let inspect = || run(&scan, &plimsoll(), &["bundle", "--inspect", "../made/bundle"]);
    let whole = inspect();
    let program = index(&bundle)["program"].as_str().unwrap().to_owned();
    let told =
        format!("  program sha256:{program}, which is this one; each plugin's native code is what it makes");
    assert!(whole.code == 0 && whole.stdout.contains(&told), "{whole:?}");
    assert!(whole.stdout.contains("  with a configuration sha256:"), "{whole:?}");
    flip(&bundle, 4000);
    inspect().is_refused(
        "../made/bundle is damaged: the program in front of its bundle does not have the digest that it should have; download or \
         build it again",
    );
    flip(&bundle, 4000);
    // A program that does not know of its bundle would be one without.
    let bytes = fs::read(&bundle).unwrap();
    let mark = bytes.windows(16).position(|window| window == b"plimsoll carries").unwrap();
    let mut forgetful = bytes.clone();
    forgetful[mark + 16..mark + 24].fill(0);
    fs::write(&bundle, forgetful).unwrap();
    inspect().is_refused(
        "../made/bundle is damaged: the program in front of its bundle does not know of it; download or build it again",
    );
    fs::write(&bundle, bytes).unwrap();
    let gap = offset(&index(&bundle)["executable"]);
    assert!(gap < offset(&index(&bundle)["plugins"][0]["code"]), "native code begins on a page");
    flip(&bundle, gap);
    inspect().is_refused(
        "../made/bundle is damaged: between its parts is something that belongs to none; download or build it again",
    );
    flip(&bundle, gap);
    // Whoever puts other code there mends everything that leads to it.
    with_other(&scan, &bundle, "code", |code| *code.last_mut().unwrap() ^= 1);
    inspect().is_refused(
        "../made/bundle: good: its native code is not what this plimsoll makes of its WebAssembly",
    );
}

#[test]
fn a_bundle_replaces_no_file_but_a_plimsoll() {
    let scan = scan_to_bundle();
    let told = run(
        &scan,
        &plimsoll(),
        &["bundle", "--no-embedded", "--config", "../good.yaml", "--output", "../good.yaml"],
    );
    told.is_refused("../good.yaml cannot be written: a file that is no plimsoll is there; name another, or remove it first");
    assert_eq!(fs::read_to_string(scan.tree().join("../good.yaml")).unwrap(), "plugins: [good.wasm]\n");
    let bundle = bundle_of_one(&scan);
    assert_eq!(bundle_of_one(&scan), bundle, "one that is there is replaced");
}

/// Lets a bundle carry something else as a part of its first plugin, with digests that are right.
fn with_other(scan: &Scan, bundle: &Path, part: &str, change: impl Fn(&mut [u8])) {
    let mut bytes = fs::read(bundle).unwrap();
    let known = &index(bundle)["plugins"][0][part];
    let (start, len) = (offset(known) as usize, known["len"].as_u64().unwrap() as usize);
    let changed = &mut bytes[start..start + len];
    change(changed);
    let (crc32, digest) = (crc32(changed), sha256(scan, changed));
    let index = |index: &mut Value| {
        index["plugins"][0][part]["crc32"] = crc32.into();
        index["plugins"][0][part]["sha256"] = digest.clone().into();
        // Makes room for a longer number.
        index["plimsoll"] = "".into();
    };
    bytes = with_index(scan, &bytes, &index);
    fs::write(bundle, bytes).unwrap();
}

fn crc32(bytes: &[u8]) -> u32 {
    let next = |crc: u32| (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1));
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| next(crc)))
}

#[test]
fn a_damaged_bundle_says_so() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let index = index(&bundle);
    let len = fs::metadata(&bundle).unwrap().len();
    let index_end = len - 72;
    let plugin = &index["plugins"][0];
    let parts = [&plugin["brief"], &plugin["texts"], &index["configuration"], &index["lock"]].map(offset);
    let trailer = [0, 15, 16, 20, 24, 31, 32, 40, 71].map(|at| index_end + at);
    for at in trailer.into_iter().chain([index_end - 1, index_end - 100]).chain(parts) {
        flip(&bundle, at);
        is_damaged(&run(&scan, &bundle, &["scan"]), at);
        is_damaged(&run(&scan, &bundle, &["rules"]), at);
        flip(&bundle, at);
    }
    assert_eq!(run(&scan, &bundle, &["scan"]).code, 0, "it is whole again");
    for short in [len + 1, len - 1, index_end, offset(&index["executable"])] {
        OpenOptions::new().write(true).open(&bundle).unwrap().set_len(short).unwrap();
        is_damaged(&run(&scan, &bundle, &["scan"]), short);
    }
}

#[test]
fn every_part_of_a_bundle_is_proved_by_its_name() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let index = index(&bundle);
    let plugin = &index["plugins"][0];
    for (part, what) in [
        (&plugin["wasm"]["bundle"], "the WebAssembly of good"),
        (&plugin["brief"], "the description of good"),
        (&plugin["texts"], "the texts of good"),
        (&plugin["code"], "the code of good"),
        (&index["configuration"], "the configuration"),
        (&index["lock"], "the lock"),
    ] {
        let (start, len) = (offset(part), part["len"].as_u64().unwrap());
        for at in [start, start + len / 2, start + len - 1] {
            flip(&bundle, at);
            run(&scan, &plimsoll(), &["bundle", "--inspect", "../made/bundle"]).is_refused(&format!(
                "../made/bundle is damaged: {what} does not have the digest that it should have; download or build it again"
            ));
            flip(&bundle, at);
        }
    }
    assert_eq!(run(&scan, &bundle, &["bundle", "--inspect"]).code, 0, "it is whole again");
}

#[test]
fn a_bundle_carries_signatures_and_proves_them() {
    let scan = scan_to_bundle();
    assert_eq!(run(&scan, &plimsoll(), &["plugin", "keygen", "../key"]).code, 0);
    let key = fs::read_to_string(scan.tree().join("../key.pub")).unwrap();
    let (first, line) = key.trim_end().split_once('\n').unwrap();
    let id = first.rsplit(' ').next().unwrap();
    let trusting = format!("plugins: [good.wasm]\ntrust: {{ keys: [{line}] }}\n");
    let scan = scan.file("../good.yaml", trusting);
    let args = ["bundle", "--output", "../made/bundle", "--no-embedded", "--config", "../good.yaml"];
    let refused = run(&scan, &plimsoll(), &args);
    assert!(refused.code == 2 && refused.stderr.contains("good.wasm.minisig is not there"), "{refused:?}");
    assert_eq!(run(&scan, &plimsoll(), &["plugin", "sign", "../good.wasm", "--key", "../key"]).code, 0);
    let bundle = bundle_of_one(&scan);
    // Who runs it needs no signature beside it.
    assert_eq!(run(&scan, &bundle, &["scan", "--format", "json"]).findings().len(), 1);
    let told = run(&scan, &bundle, &["bundle", "--inspect"]);
    let signed = format!(", signed by the key {id}, which its configuration trusts\n");
    assert!(told.code == 0 && told.stdout.contains(&signed), "{told:?}");
    // Who received it need not ask the bundle whom to trust.
    let asked = |key: &str| run(&scan, &plimsoll(), &["bundle", "--inspect", "../made/bundle", "--key", key]);
    let told = asked("../key.pub");
    assert!(told.code == 0 && told.stdout.contains(&format!(", signed by the key {id}\n")), "{told:?}");
    assert_eq!(run(&scan, &plimsoll(), &["plugin", "keygen", "../other"]).code, 0);
    let told = asked("../other.pub");
    let why = format!("../made/bundle: good is signed by the key {id}, which --key does not name");
    assert!(told.code == 2 && told.stderr.contains(&why), "{told:?}");
    let part = &index(&bundle)["plugins"][0]["signature"];
    flip(&bundle, offset(part) + part["len"].as_u64().unwrap() / 2);
    let told = run(&scan, &bundle, &["bundle", "--inspect"]);
    assert!(
        told.code == 2 && told.stderr.contains("the signature of good does not have the digest"),
        "{told:?}"
    );
    flip(&bundle, offset(part) + part["len"].as_u64().unwrap() / 2);
    // A bundle of a bundle keeps it.
    let again = run(&scan, &bundle, &["bundle", "--output", "../made/again"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    let told = run(&scan, &plimsoll(), &["bundle", "--inspect", "../made/again"]);
    assert!(told.code == 0 && told.stdout.contains(&signed), "{told:?}");
}

#[test]
fn a_bundle_says_of_a_plugin_what_it_says_itself() {
    let scan = scan_to_bundle();
    // Whoever puts other words there mends everything that leads to them.
    for (part, word) in [("brief", "There is"), ("texts", "There is")] {
        let bundle = bundle_of_one(&scan);
        with_other(&scan, &bundle, part, |said| {
            let at = said.windows(word.len()).position(|window| window == word.as_bytes()).unwrap();
            said[at] ^= 0x20;
        });
        assert_eq!(run(&scan, &bundle, &["scan"]).code, 0, "{part}: nothing is damaged");
        run(&scan, &plimsoll(), &["bundle", "--inspect", "../made/bundle"])
            .is_refused("../made/bundle: good: the bundle describes it otherwise than it does itself");
    }
    let bundle = bundle_of_one(&scan);
    with_other(&scan, &bundle, "brief", |said| said[0] = b'[');
    let told = run(&scan, &bundle, &["scan"]);
    assert!(told.code == 2 && told.stderr.contains("damaged: a description cannot be read"), "{told:?}");
    let bundle = bundle_of_one(&scan);
    with_other(&scan, &bundle, "brief", |said| {
        let at = said.windows(6).position(|window| window == b"\"good\"").unwrap();
        said[at + 1] = b'f';
    });
    let told = run(&scan, &bundle, &["scan"]);
    let why = "damaged: the description of good is of another plugin; download or build it again";
    assert!(told.code == 2 && told.stderr.contains(why), "{told:?}");
}

#[test]
fn another_program_may_word_help_otherwise_and_nothing_else() {
    let scan = scan_to_bundle();
    let inspected = |at: fn(&[u8]) -> usize, word: &str| {
        let bundle = bundle_of_one(&scan);
        let put = |said: &mut [u8]| {
            let at = at(said);
            said[at..at + word.len()].copy_from_slice(word.as_bytes());
        };
        with_other(&scan, &bundle, "texts", put);
        with_other_program(&scan, &bundle);
        run(&scan, &plimsoll(), &["bundle", "--inspect", "../made/bundle"])
    };
    let markdown = |said: &[u8]| said.windows(10).position(|window| window == b"# There is").unwrap();
    let told = inspected(markdown, "* There is");
    assert!(
        told.code == 0 && told.stdout.contains("and how its SARIF words help, cannot be told"),
        "{told:?}"
    );
    let told = inspected(markdown, "# \u{202e}ere");
    assert!(
        told.code == 2 && told.stderr.contains("good: the help for good/there is not its page"),
        "{told:?}"
    );
    let shape = |said: &[u8]| said.windows(6).position(|window| window == b"{\"text").unwrap();
    let told = inspected(shape, "[\"text");
    assert!(
        told.code == 2 && told.stderr.contains("good: the help for good/there is not its page"),
        "{told:?}"
    );
}

/// Lets a bundle be of another program, which does the same.
fn with_other_program(scan: &Scan, bundle: &Path) {
    let mut bytes = fs::read(bundle).unwrap();
    // What no system reads of the header.
    bytes[9] ^= 1;
    let mut program = bytes[..offset(&index(bundle)["executable"]) as usize].to_vec();
    let mark = program.windows(16).position(|window| window == b"plimsoll carries").unwrap();
    program[mark + 16..mark + 24].fill(0);
    let digest = sha256(scan, &program);
    fs::write(bundle, with_index(scan, &bytes, &|index| index["program"] = digest.clone().into())).unwrap();
}

#[test]
fn a_bundle_tells_of_rules_what_the_program_without_it_tells() {
    let scan = scan_to_bundle();
    let made = run(&scan, &plimsoll(), &["bundle", "--output", "../made/all"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let all = scan.tree().join("../made/all");
    for args in [
        &["scan", "--format", "sarif-full", "--profile", "strict"][..],
        &["rules", "--format", "json"],
        &["rules", "images/known-vulnerable-version"],
        &["rules", "images/known-vulnerable-version", "--format", "markdown"],
        &["scan", "--format", "html"],
    ] {
        let (theirs, ours) = (run(&scan, &all, args), run(&scan, &plimsoll(), args));
        assert!(theirs.code == ours.code && !ours.stdout.is_empty(), "{args:?}: {theirs:?}");
        assert_eq!(theirs.stdout, ours.stdout, "{args:?}");
    }
}

/// A bundle with another index, and the digest of that.
fn with_index(scan: &Scan, bundle: &[u8], change: &dyn Fn(&mut Value)) -> Vec<u8> {
    let (before, trailer) = bundle.split_at(bundle.len() - 72);
    let start = u64::from_le_bytes(trailer[24..32].try_into().unwrap()) as usize;
    let mut index: Value = serde_json::from_slice(&before[start..]).unwrap();
    change(&mut index);
    let mut text = serde_json::to_vec(&index).unwrap();
    // As long as it was, so that the length of the file is what the executable says.
    text.resize(before.len() - start, b' ');
    let digest = sha256(scan, &text);
    let digest = (0..32).map(|at| u8::from_str_radix(&digest[2 * at..2 * at + 2], 16).unwrap());
    let digest: Vec<u8> = digest.collect();
    [&before[..start], &text, &trailer[..40], &digest].concat()
}

#[test]
fn a_bundle_without_signatures_does_not_pass_for_one_with() {
    let scan = scan_to_bundle();
    bundle_of_one(&scan);
    assert_eq!(run(&scan, &plimsoll(), &["plugin", "keygen", "../key"]).code, 0);
    let args = ["bundle", "--inspect", "../made/bundle", "--key", "../key.pub"];
    run(&scan, &plimsoll(), &args).is_refused(
        "../made/bundle: good has no signature, and --key asks for one; sign it with `plimsoll plugin sign` and bundle it with \
         `trust` in the configuration",
    );
}

#[test]
fn a_bundle_whose_lock_pins_another_plugin_is_damaged() {
    let scan = scan_to_bundle();
    let bundle = bundle_of_one(&scan);
    let part = index(&bundle)["lock"].clone();
    let (start, len) = (offset(&part) as usize, part["len"].as_u64().unwrap() as usize);
    let mut bytes = fs::read(&bundle).unwrap();
    let lock = String::from_utf8(bytes[start..start + len].to_vec()).unwrap();
    assert!(lock.contains(r#"{"name":"good","version":"1.0.0","sha256":""#), "{lock}");
    // Who changes it with care mends every digest that leads to it.
    let other = lock.replace("1.0.0", "1.0.1");
    bytes[start..start + len].copy_from_slice(other.as_bytes());
    let trailer = bytes.len() - 72;
    let index = u64::from_le_bytes(bytes[trailer + 24..trailer + 32].try_into().unwrap()) as usize;
    let text = String::from_utf8(bytes[index..trailer].to_vec()).unwrap();
    let text = text.replace(part["sha256"].as_str().unwrap(), &sha256(&scan, other.as_bytes()));
    bytes[index..trailer].copy_from_slice(text.as_bytes());
    let digest = sha256(&scan, text.as_bytes());
    for (at, byte) in bytes[trailer + 40..].iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digest[2 * at..2 * at + 2], 16).unwrap();
    }
    fs::write(&bundle, bytes).unwrap();
    run(&scan, &bundle, &["scan"]).is_refused(
        "this executable is damaged: the lock has another plugin good; download or build it again",
    );
}

fn sha256(scan: &Scan, bytes: &[u8]) -> String {
    let file = scan.tree().join("../bytes");
    fs::write(&file, bytes).unwrap();
    let ran = Command::new("sha256sum").arg(&file).output().unwrap();
    String::from_utf8(ran.stdout).unwrap()[..64].to_owned()
}

#[test]
fn bundling_that_is_killed_leaves_no_half_of_a_bundle() {
    let scan = scan_to_bundle();
    let bundle = scan.tree().join("../made/bundle");
    for round in 0..8 {
        let mut command = Command::new(plimsoll());
        command.args(["bundle", "--no-embedded", "--plugin", "../good.wasm", "--output", "../made/bundle"]);
        scan.in_place(&mut command);
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(round * 150));
        child.kill().unwrap();
        child.wait().unwrap();
        if bundle.exists() {
            assert_eq!(run(&scan, &bundle, &["bundle", "--inspect"]).code, 0);
            fs::remove_file(&bundle).unwrap();
        }
    }
}

#[test]
fn what_is_no_bundle_is_not_inspected() {
    let scan = scan_to_bundle();
    run(&scan, &plimsoll(), &["bundle", "--inspect"])
        .is_refused("this executable carries nothing that `plimsoll bundle` appended");
    run(&scan, &plimsoll(), &["bundle", "--inspect", "a.yaml"])
        .is_refused("a.yaml carries nothing that `plimsoll bundle` appended");
}

/// A pod to look at; a plugin and a configuration to be bundled lie beside the repository.
fn scan_to_bundle() -> Scan {
    Scan::new()
        .file("a.yaml", pod("a"))
        .file("../good.wasm", Guest::good().bytes())
        .file("../good.yaml", "plugins: [good.wasm]\n")
}

/// A bundle of the good plugin and a configuration, without the packs, which take seconds to compile in a debug build.
fn bundle_of_one(scan: &Scan) -> PathBuf {
    bundle(scan, &["--no-embedded", "--config", "../good.yaml"])
}

fn bundle(scan: &Scan, args: &[&str]) -> PathBuf {
    let made = run(scan, &plimsoll(), &[&["bundle", "--output", "../made/bundle"], args].concat());
    assert_eq!(made.code, 0, "{}", made.stderr);
    scan.tree().join("../made/bundle").canonicalize().unwrap()
}

fn run(scan: &Scan, executable: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(executable);
    command.args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}

/// The index, which the last 72 bytes lead to.
fn index(bundle: &Path) -> Value {
    let bytes = fs::read(bundle).unwrap();
    let trailer = &bytes[bytes.len() - 72..];
    let start = u64::from_le_bytes(trailer[24..32].try_into().unwrap()) as usize;
    serde_json::from_slice(&bytes[start..bytes.len() - 72]).unwrap()
}

fn offset(part: &Value) -> u64 {
    part.as_u64().or_else(|| part["offset"].as_u64()).unwrap()
}

fn flip(file: &Path, at: u64) {
    let file = OpenOptions::new().read(true).write(true).open(file).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 1], at).unwrap();
}

#[track_caller]
fn is_damaged(ran: &Ran, at: u64) {
    let said = ran.stderr.starts_with("error: this executable is damaged");
    assert!(said && ran.code == 2 && ran.stdout.is_empty(), "at {at}: {ran:?}");
}

/// A scan with the good plugin and a cache of its own, which is not made yet.
fn scan_with_a_cache() -> (Scan, PathBuf) {
    let scan = Scan::bare().file("a.yaml", pod("a"));
    let folder = scan.tree().with_file_name("cache");
    let scan = scan.env("PLIMSOLL_CACHE_DIR", &folder);
    (scan, folder)
}

/// The only entry of a cache.
#[track_caller]
fn entry(folder: &Path) -> PathBuf {
    let entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [entry] = entries.as_slice() else { panic!("one plugin was compiled: {entries:?}") };
    entry.clone()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
