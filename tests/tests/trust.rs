//! Which plugins are let in: locks, signatures, and what becomes of those that were tampered with.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::path::Path;
use std::process::Command;

use plimsoll_tests::{Guest, Ran, Scan, plimsoll, pod, skipped};

const FOUND: &str = "good/there a.yaml:4:3-4:10 /metadata/name";

// The lock.

#[test]
fn a_lock_pins_what_the_configuration_names_a_line_each() {
    let scan = two_plugins();
    let ran = run(&scan, &["plugin", "lock"]);
    let lock = scan.tree().join("plimsoll.lock");
    assert_eq!(ran.stdout, format!("wrote {}: 2 plugins\n", lock.display()), "{}", ran.stderr);
    assert_eq!(ran.code, 0);
    let [good, more] =
        ["good", "more"].map(|name| digest(&scan.tree().join(format!("policies/{name}.wasm"))));
    let text = fs::read_to_string(&lock).unwrap();
    assert_eq!(
        text.lines().skip(1).collect::<Vec<_>>(),
        [
            format!(r#"{{"file":"policies/good.wasm","name":"good","version":"1.0.0","sha256":"{good}"}}"#),
            format!(r#"{{"file":"policies/more.wasm","name":"more","version":"2.0.0","sha256":"{more}"}}"#),
        ]
    );
    for verb in [
        &["scan", "--no-embedded", "--format", "json"][..],
        &["rules", "--no-embedded"],
        &["config", "--no-embedded"],
    ] {
        assert_eq!(run(&scan, verb).code, 0, "{verb:?}");
    }
    let ran = run(&scan, &["plugin", "lock", "--check"]);
    assert_eq!((ran.code, ran.stdout), (0, format!("{} is current: 2 plugins\n", lock.display())));
    // Who checks out with other ends of lines has the same lock.
    fs::write(&lock, text.replace('\n', "\r\n")).unwrap();
    assert_eq!(run(&scan, &["plugin", "lock", "--check"]).code, 0);
}

#[test]
fn a_plugin_that_differs_is_refused_by_every_command() {
    let scan = locked();
    let old = digest(&scan.tree().join("policies/more.wasm"));
    fs::write(scan.tree().join("policies/more.wasm"), Guest::good().named("more").bytes()).unwrap();
    let new = digest(&scan.tree().join("policies/more.wasm"));
    let (lock, file) = (scan.tree().join("plimsoll.lock"), scan.tree().join("policies/more.wasm"));
    let message = format!(
        "{}:3: plugin {} is not the one that was locked: its sha256 is {new}, and the lock has {old}; put the right file back, or if that is \
         meant, run `plimsoll plugin lock`",
        lock.display(),
        file.display()
    );
    for verb in ["scan", "fix", "rules", "config"] {
        run(&scan, &[verb, "--no-embedded"]).is_refused(&message);
    }
    let bundle = ["bundle", "--no-embedded", "--config", "plimsoll.yaml", "--output", "../bundle"];
    let refused = run(&scan, &bundle);
    assert!(refused.code == 2 && refused.stderr.contains("is not the one that was locked"), "{refused:?}");
    assert!(!scan.tree().join("../bundle").exists());
    let ran = run(&scan, &["plugin", "lock", "--check"]);
    let told = format!(
        "{}:3: policies/more.wasm was more 2.0.0 sha256 {old}, and now is more 1.0.0 sha256 {new}\nrun `plimsoll plugin lock` if that is meant\n",
        lock.display()
    );
    assert_eq!((ran.code, ran.stdout), (1, told));
    assert_eq!(run(&scan, &["plugin", "lock"]).code, 0);
    assert_eq!(run(&scan, &["scan", "--no-embedded"]).code, 0);
}

#[test]
fn a_flipped_bit_in_a_locked_plugin_is_refused_before_it_is_read() {
    let scan = locked();
    let file = scan.tree().join("policies/good.wasm");
    let whole = fs::read(&file).unwrap();
    for at in [0, 7, whole.len() / 2, whole.len() - 1] {
        let mut broken = whole.clone();
        broken[at] ^= 1;
        fs::write(&file, broken).unwrap();
        let ran = run(&scan, &["scan", "--no-embedded"]);
        let told = format!("plimsoll.lock:2: plugin {} is not the one that was locked", file.display());
        assert!(ran.code == 2 && ran.stdout.is_empty() && ran.stderr.contains(&told), "at {at}: {ran:?}");
    }
}

#[test]
fn a_flipped_bit_in_a_lock_is_refused_wherever_it_is() {
    let scan = locked();
    let lock = scan.tree().join("plimsoll.lock");
    let whole = fs::read(&lock).unwrap();
    // Every ninth byte takes each kind of place in a line; beside them the ends.
    for at in (0..whole.len()).step_by(9).chain([whole.len() - 1]) {
        let mut broken = whole.clone();
        broken[at] ^= 1;
        fs::write(&lock, &broken).unwrap();
        let ran = run(&scan, &["rules", "--no-embedded"]);
        let line = whole[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let at_line = ran.stderr.starts_with(&format!("error: {}:{line}: ", lock.display()));
        let cured = ran.stderr.contains("run `plimsoll plugin lock`")
            || ran.stderr.contains("with `plimsoll plugin lock`");
        assert!(ran.code == 2 && ran.stdout.is_empty() && at_line && cured, "at {at}: {ran:?}");
        assert_eq!(run(&scan, &["plugin", "lock", "--check"]).code, 1, "at {at}");
    }
}

#[test]
fn a_plugin_without_a_line_and_a_line_without_a_plugin_are_refused() {
    let scan = locked();
    let [lock, good, more] =
        ["plimsoll.lock", "policies/good.wasm", "policies/more.wasm"].map(|file| scan.tree().join(file));
    let scan = scan.file("plimsoll.yaml", "plugins: [policies/more.wasm]\n");
    run(&scan, &["scan", "--no-embedded"]).is_refused(&format!(
        "{}:2: plugin policies/good.wasm is locked, sha256 {}, and plimsoll.yaml does not name it; if that is meant, run `plimsoll plugin lock`",
        lock.display(),
        digest(&good)
    ));
    assert_eq!(run(&scan, &["plugin", "lock"]).code, 0);
    let scan = scan.file("plimsoll.yaml", "plugins:\n  - policies/more.wasm\n  - policies/good.wasm\n");
    run(&scan, &["scan", "--no-embedded"]).is_refused(&format!(
        "{}:2: here the lock lacks plugin policies/good.wasm, sha256 {}, which plimsoll.yaml:3 names; if that is meant, run `plimsoll plugin lock`",
        lock.display(),
        digest(&good)
    ));
    fs::remove_file(&more).unwrap();
    assert_eq!(run(&scan, &["plugin", "lock"]).code, 2, "what is missing cannot be locked");
}

#[test]
fn a_plugin_renamed_to_anothers_name_is_refused() {
    let scan = locked();
    let lock = scan.tree().join("plimsoll.lock");
    // Somebody put another plugin in its place and mended the digest alone.
    let old = digest(&scan.tree().join("policies/more.wasm"));
    fs::write(scan.tree().join("policies/more.wasm"), Guest::good().named("pods").bytes()).unwrap();
    let new = digest(&scan.tree().join("policies/more.wasm"));
    fs::write(&lock, fs::read_to_string(&lock).unwrap().replace(&old, &new)).unwrap();
    run(&scan, &["scan", "--no-embedded"]).is_refused(&format!(
        "{}:3: plugin {} calls itself `pods` 1.0.0, and the lock says `more` 2.0.0; if that is meant, run `plimsoll plugin lock`",
        lock.display(),
        scan.tree().join("policies/more.wasm").display()
    ));
}

#[test]
fn the_command_line_is_outside_of_the_lock_and_nothing_is_locked_without_one() {
    let scan = locked().file("further.wasm", Guest::good().named("further").bytes());
    let found =
        run(&scan, &["scan", "--no-embedded", "--format", "json", "--plugin", "further.wasm"]).findings();
    assert_eq!(found.len(), 3);
    fs::remove_file(scan.tree().join("plimsoll.lock")).unwrap();
    fs::write(scan.tree().join("policies/more.wasm"), Guest::good().named("other").bytes()).unwrap();
    assert_eq!(run(&scan, &["scan", "--no-embedded", "--format", "json"]).findings().len(), 2);
    assert_eq!(run(&scan, &["plugin", "lock", "--check"]).code, 1, "a lock that is not there is not current");
    let bare = Scan::new();
    run(&bare, &["plugin", "lock"])
        .is_refused("there is no plimsoll.yaml in this folder or above it; a lock stands beside one");
}

#[test]
fn a_lock_that_cannot_be_read_is_no_missing_lock() {
    let scan = locked();
    let lock = scan.tree().join("plimsoll.lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let ran = run(&scan, &["scan", "--no-embedded"]);
    assert!(ran.code == 2 && ran.stderr.contains("cannot be read"), "{ran:?}");
    fs::remove_dir(&lock).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", &lock).unwrap();
        let ran = run(&scan, &["scan", "--no-embedded"]);
        assert!(ran.code == 2 && ran.stderr.contains("cannot be read"), "{ran:?}");
    }
}

// Signatures.

#[test]
fn what_a_key_signed_it_verifies_and_no_other_key_does() {
    let scan = keys();
    let ran = run(&scan, &["plugin", "sign", "good.wasm", "--key", "../a"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let said = format!("plimsoll plugin good 1.0.0 sha256:{}", digest(&scan.tree().join("good.wasm")));
    let id = id(&scan, "../a.pub");
    assert_eq!(ran.stdout, format!("wrote good.wasm.minisig: {said}, signed by the key {id}\n"));
    for key in ["../a.pub", &line(&scan, "../a.pub")] {
        let ran = run(&scan, &["plugin", "verify", "good.wasm", "--key", key]);
        assert_eq!(
            (ran.code, ran.stdout),
            (0, format!("good.wasm: {said}, signed by the key {id}\n")),
            "{}",
            ran.stderr
        );
    }
    let other = self::id(&scan, "../b.pub");
    run(&scan, &["plugin", "verify", "good.wasm", "--key", "../b.pub"])
        .is_refused(&format!("plugin good.wasm: good.wasm.minisig is of the key {id}, not of {other}"));
    // The same plugin and key give the same signature.
    let first = fs::read(scan.tree().join("good.wasm.minisig")).unwrap();
    run(&scan, &["plugin", "sign", "good.wasm", "--key", "../a"]);
    assert!(first == fs::read(scan.tree().join("good.wasm.minisig")).unwrap());
}

#[test]
fn a_secret_key_is_its_owners_and_is_never_written_over() {
    let scan = keys();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(scan.tree().join("../a")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    run(&scan, &["plugin", "keygen", "../a"])
        .is_refused("../a exists; name another file, or remove it first");
    fs::remove_file(scan.tree().join("../a")).unwrap();
    run(&scan, &["plugin", "keygen", "../a"])
        .is_refused("../a.pub exists; name another file, or remove it first");
    assert!(!scan.tree().join("../a").exists(), "no key without its public half");
}

#[test]
fn a_secret_key_that_was_changed_does_not_sign() {
    let scan = keys();
    let file = scan.tree().join("../a");
    let whole = fs::read(&file).unwrap();
    let begin = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for at in [begin, begin + 3, begin + 80, begin + 120, begin + 150, whole.len() - 4] {
        let mut broken = whole.clone();
        broken[at] ^= 1;
        fs::write(&file, broken).unwrap();
        let ran = run(&scan, &["plugin", "sign", "good.wasm", "--key", "../a"]);
        assert!(ran.code == 2 && ran.stderr.starts_with("error: the key ../a: "), "at {at}: {ran:?}");
    }
    assert!(!scan.tree().join("good.wasm.minisig").exists());
}

#[test]
fn a_plugin_without_a_signature_of_a_trusted_key_is_refused() {
    let scan = trusting();
    let file = scan.tree().join("good.wasm");
    let (file, signature) = (file.display(), scan.tree().join("good.wasm.minisig"));
    let refused = |message: &str| {
        for verb in ["scan", "fix", "rules", "config"] {
            run(&scan, &[verb, "--no-embedded"]).is_refused(message);
        }
        run(&scan, &["plugin", "lock"]).is_refused(message);
    };
    let cure = "have it signed with `plimsoll plugin sign`, or get it anew with its signature";
    refused(&format!(
        "plugin {file}: plimsoll.yaml:3 asks for a signature, and {} is not there; {cure}",
        signature.display()
    ));
    run(&scan, &["plugin", "sign", "good.wasm", "--key", "../b"]);
    refused(&format!(
        "plugin {file}: {} is of the key {}, which is none of those in plimsoll.yaml:3; {cure}",
        signature.display(),
        id(&scan, "../b.pub")
    ));
    run(&scan, &["plugin", "sign", "good.wasm", "--key", "../a"]);
    let scanned = ["scan", "--no-embedded", "--format", "json"];
    assert_eq!(run(&scan, &scanned).findings(), [FOUND]);
    // What the command line names is asked too.
    let scan = scan.file("more.wasm", Guest::good().named("more").bytes());
    let ran = run(&scan, &["scan", "--no-embedded", "--plugin", "more.wasm"]);
    assert!(ran.code == 2 && ran.stderr.contains("more.wasm.minisig is not there"), "{ran:?}");
    run(&scan, &["plugin", "sign", "more.wasm", "--key", "../a"]);
    assert_eq!(
        run(&scan, &["scan", "--no-embedded", "--format", "json", "--plugin", "more.wasm"]).findings().len(),
        2
    );
}

#[test]
fn a_flipped_bit_in_a_signature_or_a_signed_plugin_is_refused() {
    let scan = trusting();
    run(&scan, &["plugin", "sign", "good.wasm", "--key", "../a"]);
    let refuses = |file: &str, spots: &[usize], whats: &[&str]| {
        let path = scan.tree().join(file);
        let whole = fs::read(&path).unwrap();
        for at in spots {
            let mut broken = whole.clone();
            broken[*at] ^= 1;
            fs::write(&path, broken).unwrap();
            for args in
                [&["rules", "--no-embedded"][..], &["plugin", "verify", "good.wasm", "--key", "../a.pub"]]
            {
                let ran = run(&scan, args);
                let told = ran.stderr.contains("good.wasm.minisig")
                    && whats.iter().any(|what| ran.stderr.contains(what));
                assert!(ran.code == 2 && ran.stdout.is_empty() && told, "{file} at {at}: {ran:?}");
            }
        }
        fs::write(&path, whole).unwrap();
    };
    let len = fs::metadata(scan.tree().join("good.wasm")).unwrap().len() as usize;
    refuses(
        "good.wasm",
        &[0, 5, len / 2, len - 1],
        &["does not hold: the plugin or line 2 of the signature was changed"],
    );
    let text = fs::read_to_string(scan.tree().join("good.wasm.minisig")).unwrap();
    let starts: Vec<usize> =
        text.lines().map(|line| line.as_ptr() as usize - text.as_ptr() as usize).collect();
    // What the first line says is not signed, as it says itself; that it is the first line is looked at.
    let untrusted = 0..starts[0] + "untrusted comment: ".len();
    let rest = starts[1] - 1..text.len();
    let spots: Vec<usize> =
        untrusted.chain(rest).step_by(5).chain([text.len() - 1, text.len() - 2]).collect();
    refuses(
        "good.wasm.minisig",
        &spots,
        &[
            "is no signature: line",
            "is of the key",
            "line 2 of the signature was changed",
            "line 3 or 4 of the signature was changed",
        ],
    );
    let short = format!("{}\n", text.lines().take(3).collect::<Vec<_>>().join("\n"));
    for broken in ["", "untrusted comment: \n", &short, &format!("{text}more\n"), &text.replace("==", "")] {
        fs::write(scan.tree().join("good.wasm.minisig"), broken).unwrap();
        let ran = run(&scan, &["scan", "--no-embedded"]);
        assert!(ran.code == 2 && ran.stderr.contains("is no signature: line"), "{broken}: {ran:?}");
    }
}

#[test]
fn signatures_that_are_not_required_are_still_looked_at() {
    let key = line(&keys(), "../a.pub");
    let scan = keys().file(
        "plimsoll.yaml",
        format!("plugins: [good.wasm]\ntrust: {{ keys: [{key}], required: false }}\n"),
    );
    assert_eq!(run(&scan, &["scan", "--no-embedded", "--format", "json"]).findings(), [FOUND]);
    run(&scan, &["plugin", "sign", "good.wasm", "--key", "../b"]);
    let ran = run(&scan, &["scan", "--no-embedded"]);
    assert!(ran.code == 2 && ran.stderr.contains("which is none of those in plimsoll.yaml:2"), "{ran:?}");
}

#[test]
fn trust_that_trusts_nobody_is_a_mistake() {
    for (config, message) in [
        ("trust: { required: true }", "1:1: `trust` names in `keys` whose signatures hold, at least one"),
        ("trust: {}", "1:1: `trust` names in `keys` whose signatures hold, at least one"),
        (
            "trust: { keys: [RWnonsense] }",
            "1:17: it is no public key of minisign's: a line of 56 letters and digits that begins with `RW`",
        ),
    ] {
        let scan = Scan::new().file("plimsoll.yaml", config);
        let ran = run(&scan, &["scan", "--no-embedded"]);
        let file = scan.tree().join("plimsoll.yaml");
        ran.is_refused(&format!("{}:{message}", file.display()));
    }
}

// minisign itself.

#[test]
fn minisign_verifies_what_we_sign_with_keys_of_ours_and_its_own() {
    let Some(scan) = with_minisign() else { return };
    minisign(&scan, &["-G", "-W", "-p", "../theirs.pub", "-s", "../theirs"]);
    for (secret, public) in [("../a", "../a.pub"), ("../theirs", "../theirs.pub")] {
        let ran = run(&scan, &["plugin", "sign", "good.wasm", "--key", secret]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let said = minisign(&scan, &["-V", "-H", "-Q", "-p", public, "-m", "good.wasm"]);
        let right = format!("plimsoll plugin good 1.0.0 sha256:{}\n", digest(&scan.tree().join("good.wasm")));
        assert_eq!(said, right);
        // It has the same half of the key as we do.
        minisign(&scan, &["-R", "-s", secret, "-p", "../again.pub"]);
        assert_eq!(line(&scan, "../again.pub"), line(&scan, public));
        fs::remove_file(scan.tree().join("../again.pub")).unwrap();
    }
}

#[test]
fn we_verify_what_minisign_signs_with_keys_of_ours_and_its_own() {
    let Some(scan) = with_minisign() else { return };
    minisign(&scan, &["-G", "-W", "-p", "../theirs.pub", "-s", "../theirs"]);
    for (secret, public) in [("../a", "../a.pub"), ("../theirs", "../theirs.pub")] {
        // Over the bytes as older ones do, over their hash, and with a comment of one's own.
        for kind in [&["-l"][..], &[], &["-t", "by hand"]] {
            minisign(&scan, &[&["-S", "-W", "-s", secret, "-m", "good.wasm"], kind].concat());
            let ran = run(&scan, &["plugin", "verify", "good.wasm", "--key", public]);
            assert_eq!(ran.code, 0, "{kind:?}: {}", ran.stderr);
            let key = line(&scan, public);
            fs::write(
                scan.tree().join("plimsoll.yaml"),
                format!("plugins: [good.wasm]\ntrust: {{ keys: [{key}] }}\n"),
            )
            .unwrap();
            assert_eq!(run(&scan, &["scan", "--no-embedded", "--format", "json"]).findings(), [FOUND]);
        }
    }
}

#[test]
fn a_signature_that_speaks_of_another_plugin_is_refused() {
    let Some(scan) = with_minisign() else { return };
    let said = format!("plimsoll plugin pods 1.0.0 sha256:{}", digest(&scan.tree().join("good.wasm")));
    minisign(&scan, &["-S", "-W", "-s", "../a", "-m", "good.wasm", "-t", &said]);
    let key = line(&scan, "../a.pub");
    let scan = scan.file("plimsoll.yaml", format!("plugins: [good.wasm]\ntrust: {{ keys: [{key}] }}\n"));
    let right = said.replace("pods", "good");
    run(&scan, &["scan", "--no-embedded"]).is_refused(&format!(
        "plugin {}: its signature is for `{said}`, and it is `{right}`; have it signed with `plimsoll plugin sign`, or get it anew with its signature",
        scan.tree().join("good.wasm").display()
    ));
}

#[test]
fn a_key_with_a_password_is_refused_with_the_cure() {
    // All keys of minisign with a password begin so.
    let protected = "untrusted comment: minisign encrypted secret key\nRWRTY0Iy";
    let scan = keys();
    let rest = "A".repeat(212 - "RWRTY0Iy".len() - 4) + "AAA=";
    fs::write(scan.tree().join("../c"), format!("{protected}{rest}\n")).unwrap();
    let ran = run(&scan, &["plugin", "sign", "good.wasm", "--key", "../c"]);
    assert!(ran.code == 2 && ran.stderr.contains("protected by a password; `minisign -C -W"), "{ran:?}");
    // What `minisign -C -W` of version 0.11 made of such a key, which was made for this test alone.
    let freed = "RWQAAEIy6qdIeyDGbuAFPrf3KjMPNco6i4QunVEeQP2SNroxGmkAAAACAAAAAAAAAEAAAAAA31YFxyaV6AYtQ5mZZ0VBi3DDnaeg/gOUOAwPfN8AFDVkMTn3YP0ubPNX\
                 qbkFVqO3lxdxcnHTSBLjM46/xdUNsYRoGVJdI57fSgOSxj6VEhzpJn0Zv8LUFBOH9G5FYKMZZEPA3cr6oF8=";
    let freed = freed.replace(' ', "");
    let scan = scan.file("../c", format!("untrusted comment: minisign encrypted secret key\n{freed}\n"));
    assert_eq!(run(&scan, &["plugin", "sign", "good.wasm", "--key", "../c"]).code, 0);
    let public = "RWTfVgXHJpXoBvNXqbkFVqO3lxdxcnHTSBLjM46/xdUNsYRoGVJdI57f";
    assert_eq!(run(&scan, &["plugin", "verify", "good.wasm", "--key", public]).code, 0);
}

/// A pod, and a configuration that names two plugins.
fn two_plugins() -> Scan {
    Scan::new()
        .file("a.yaml", pod("a"))
        .file("policies/good.wasm", Guest::good().bytes())
        .file("policies/more.wasm", Guest::good().named("more").describing("version", "2.0.0").bytes())
        .file("plimsoll.yaml", "plugins: [policies/more.wasm, policies/good.wasm]\n")
}

fn locked() -> Scan {
    let scan = two_plugins();
    assert_eq!(run(&scan, &["plugin", "lock"]).code, 0);
    scan
}

/// A pod, a plugin, and two pairs of keys beside the repository.
fn keys() -> Scan {
    let scan = Scan::new().file("a.yaml", pod("a")).file("good.wasm", Guest::good().bytes());
    for key in ["../a", "../b"] {
        assert_eq!(run(&scan, &["plugin", "keygen", key]).code, 0);
    }
    scan
}

/// As [`keys`], with a configuration that names the plugin and trusts the first key.
fn trusting() -> Scan {
    let scan = keys();
    let key = line(&scan, "../a.pub");
    scan.file(
        "plimsoll.yaml",
        format!("plugins: [good.wasm]\ntrust:\n  keys:\n    - {key}\n  required: true\n"),
    )
}

/// As [`keys`], where minisign is installed.
fn with_minisign() -> Option<Scan> {
    if Command::new("minisign").arg("-v").output().is_err() {
        skipped("minisign is not installed");
        return None;
    }
    Some(keys())
}

#[track_caller]
fn minisign(scan: &Scan, args: &[&str]) -> String {
    let ran = Command::new("minisign").args(args).current_dir(scan.tree()).output().unwrap();
    assert!(ran.status.success(), "minisign {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// The second line of the file of a key.
fn line(scan: &Scan, file: &str) -> String {
    let text = fs::read_to_string(scan.tree().join(file)).unwrap();
    text.lines().nth(1).unwrap().to_owned()
}

/// The number at the end of the first line of the file of a public key.
fn id(scan: &Scan, file: &str) -> String {
    let text = fs::read_to_string(scan.tree().join(file)).unwrap();
    text.lines().next().unwrap().rsplit(' ').next().unwrap().to_owned()
}

/// The digest that `plimsoll rules` gives of a plugin is ours too; here it is another program's.
fn digest(file: &Path) -> String {
    let ran = Command::new("sha256sum").arg(file).output().unwrap();
    String::from_utf8(ran.stdout).unwrap()[..64].to_owned()
}

fn run(scan: &Scan, args: &[&str]) -> Ran {
    let mut command = Command::new(plimsoll());
    command.args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}
