//! Plugins in a real registry: what is pushed is what is pulled, and scans find it without asking anybody.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use plimsoll_tests::{
    Guarded, Guest, Ran, Registry, Scan, certificates, is_installed, ok, pod, run, signed_plugins, skipped,
    workspace,
};
use serde_json::{Value, json};

const FOUND: &str = "good/there a.yaml:4:3-4:10 /metadata/name";
/// `ann` with the password `secret`, as htpasswd writes it.
const USERS: &str = "ann:$2y$04$S1hMl5GOjHvuF/zQ9dTWSOKi6N/9EJZXwX5Q3ZxGvJxVlEYwDyfwi\n";

#[test]
fn what_is_pushed_is_what_is_pulled_by_tag_and_by_digest() {
    let Some((scan, registry)) = with_registry() else { return };
    let tag = format!("oci://{}/acme/good:v1", registry.host);
    let (pushed, sha256) = (ok(&scan, &["plugin", "push", "good.wasm", &tag]), sha256(&scan, "good.wasm"));
    let digest = pushed.split_once("@sha256:").unwrap().1[..64].to_owned();
    let told = format!("  good 1.0.0 sha256:{sha256}, with a signature\n");
    assert_eq!(pushed, format!("pushed {tag}@sha256:{digest}:\n{told}"));
    // The same plugin gives the same artifact, and what is there is not sent again.
    assert_eq!(ok(&scan, &["plugin", "push", "good.wasm", &tag]), pushed);
    let by_digest = format!("oci://{}/acme/good@sha256:{digest}", registry.host);
    for reference in [&tag, &by_digest, &tag.replace("oci://", "")] {
        let pulled = ok(&scan, &["plugin", "pull", reference, "--output", "../pulled/here"]);
        assert!(
            pulled.contains(&format!("@sha256:{digest}\nwrote ../pulled/here/good.wasm:\n{told}next: ")),
            "{pulled}"
        );
        for file in ["good.wasm", "good.wasm.minisig"] {
            let [ours, theirs] =
                ["", "../pulled/here"].map(|folder| fs::read(scan.tree().join(folder).join(file)).unwrap());
            assert!(ours == theirs, "{file}");
        }
        assert_eq!(fs::read_dir(scan.tree().join("../pulled/here")).unwrap().count(), 2);
        fs::remove_dir_all(scan.tree().join("../pulled")).unwrap();
    }
}

#[test]
fn a_plugin_without_a_tag_gets_its_version() {
    let Some((scan, registry)) = with_registry() else { return };
    let pushed = ok(&scan, &["plugin", "push", "more.wasm", &format!("{}/more", registry.host)]);
    assert!(pushed.starts_with(&format!("pushed oci://{}/more:2.0.0-b@sha256:", registry.host)), "{pushed}");
    ok(&scan, &["plugin", "pull", &format!("{}/more:2.0.0-b", registry.host), "--output", "../pulled"]);
    run(&scan, &["scan", "--plugin", "oci://localhost/more:1"]).is_refused(
        "plugin oci://localhost/more:1: this asks no registry; run `plimsoll plugin pull oci://localhost/more:1`, and name the file that it \
         writes",
    );
    for (args, message) in [
        (["plugin", "pull", "localhost/more"], "oci://localhost/more names no tag and no digest; name one"),
        (
            ["plugin", "pull", "more:1"],
            "`more:1` is no reference to a plugin in a registry: it has no repository; give it as oci://HOST/REPOSITORY:TAG, or with \
             @sha256:DIGEST at its end",
        ),
    ] {
        run(&scan, &args).is_refused(message);
    }
}

#[test]
fn what_a_registry_does_not_have_is_told() {
    let Some((scan, registry)) = with_registry() else { return };
    let host = &registry.host;
    ok(&scan, &["plugin", "push", "good.wasm", &format!("{host}/good:v1")]);
    let none = format!("{host}/good@sha256:{}", "0".repeat(64));
    for reference in [&format!("{host}/good:v2"), &format!("{host}/other:v1"), &none] {
        let ran = run(&scan, &["plugin", "pull", reference, "--output", "../pulled"]);
        let told =
            format!("error: oci://{reference}: the registry has no such plugin to give: 404 Not Found (");
        assert!(ran.code == 2 && ran.stderr.starts_with(&told), "{ran:?}");
    }
    drop(registry);
    let ran = run(&scan, &["plugin", "pull", &none]);
    assert!(ran.code == 2 && ran.stderr.contains("onnection refused"), "{ran:?}");
    assert!(!scan.tree().join("../pulled").exists());
}

#[test]
fn a_configuration_names_plugins_in_a_registry_and_scans_ask_nobody() {
    let Some((scan, registry)) = with_registry() else { return };
    let reference = format!("oci://{}/acme/good:v1", registry.host);
    ok(&scan, &["plugin", "push", "good.wasm", &reference]);
    let scan = scan.file("plimsoll.yaml", format!("plugins:\n  - {reference}\n  - more.wasm\n"));
    let scanned = ["scan", "--no-embedded", "--format", "json"];
    run(&scan, &scanned).is_refused(&format!(
        "plimsoll.yaml:2: only a lock says which plugin {reference} is, because a registry may come to say otherwise; run `plimsoll plugin \
         pull` and `plimsoll plugin lock`"
    ));
    let place = format!(".plimsoll/plugins/{}/acme/good@v1.wasm", registry.host.replace(':', "_"));
    let missing = format!(
        "plugin {reference}: {} is not there; run `plimsoll plugin pull`",
        scan.tree().join(&place).display()
    );
    run(&scan, &["plugin", "lock"]).is_refused(&missing);
    let pulled = ok(&scan, &["plugin", "pull"]);
    let sha256 = sha256(&scan, "good.wasm");
    assert!(pulled.starts_with(&format!("pulled {reference}@sha256:")), "{pulled}");
    let end = format!(
        ":\n  good 1.0.0 sha256:{sha256}, with a signature\nnext: run `plimsoll plugin lock`, so that scans know them again\n"
    );
    assert!(pulled.ends_with(&end), "{pulled}");
    ok(&scan, &["plugin", "lock"]);
    let lock = fs::read_to_string(scan.tree().join("plimsoll.lock")).unwrap();
    let line = format!(r#"{{"file":"{reference}","name":"good","version":"1.0.0","sha256":"{sha256}"}}"#);
    assert!(lock.lines().any(|there| there == line), "{lock}");

    // From here on there is no registry.
    drop(registry);
    let found = run(&scan, &scanned).findings();
    assert_eq!(found, [FOUND, "more/there a.yaml:4:3-4:10 /metadata/name"]);
    assert!(ok(&scan, &["config", "--no-embedded"]).contains(&format!("  - \"{reference}\"")));
    assert_eq!(ok(&scan, &["plugin", "pull"]), format!("{reference} is there already\n"));
    ok(&scan, &["bundle", "--no-embedded", "--config", "plimsoll.yaml", "--output", "../bundle"]);
    let bare = Scan::new().file("a.yaml", pod("a"));
    let mut command = Command::new(scan.tree().join("../bundle"));
    command.args(["scan", "--format", "json"]);
    bare.in_place(&mut command);
    assert_eq!(bare.run_command(command).findings(), found);

    // What is not as it was pulled is no plugin any more.
    let file = scan.tree().join(&place);
    let mut broken = fs::read(&file).unwrap();
    broken[100] ^= 1;
    fs::write(&file, broken).unwrap();
    for args in [&scanned[..], &["bundle", "--config", "plimsoll.yaml", "--output", "../bundle"]] {
        let ran = run(&scan, args);
        assert!(ran.code == 2 && ran.stderr.contains("is not the one that was locked"), "{ran:?}");
    }
    fs::remove_dir_all(scan.tree().join(".plimsoll")).unwrap();
    run(&scan, &scanned).is_refused(&missing);
}

#[test]
fn a_tag_that_moved_is_refused_until_somebody_means_it() {
    let Some((scan, registry)) = with_registry() else { return };
    let reference = format!("oci://{}/acme/good:v1", registry.host);
    ok(&scan, &["plugin", "push", "good.wasm", &reference]);
    let scan = scan.file("plimsoll.yaml", format!("plugins: [{reference}]\n"));
    ok(&scan, &["plugin", "pull"]);
    ok(&scan, &["plugin", "lock"]);
    let (old, lock) = (sha256(&scan, "good.wasm"), scan.tree().join("plimsoll.lock"));
    let scan = scan.file("good.wasm", Guest::good().describing("version", "1.0.1").bytes());
    fs::remove_file(scan.tree().join("good.wasm.minisig")).unwrap();
    ok(&scan, &["plugin", "push", "good.wasm", &reference]);
    // Who has it asks nobody; who does not have it is told.
    assert_eq!(ok(&scan, &["plugin", "pull"]), format!("{reference} is there already\n"));
    fs::remove_dir_all(scan.tree().join(".plimsoll")).unwrap();
    run(&scan, &["plugin", "pull"]).is_refused(&format!(
        "{}:2: the registry has another plugin under {reference}: its sha256 is {}, and the lock has {old}; if that is meant, run `plimsoll \
         plugin pull --update` and then `plimsoll plugin lock`",
        lock.display(),
        sha256(&scan, "good.wasm")
    ));
    assert!(!scan.tree().join(".plimsoll").exists());
    let pulled = ok(&scan, &["plugin", "pull", "--update"]);
    assert!(
        pulled.contains("good 1.0.1 sha256:") && pulled.contains("next: run `plimsoll plugin lock`"),
        "{pulled}"
    );
    assert_eq!(run(&scan, &["scan", "--no-embedded"]).code, 2, "the lock still has the old one");
    ok(&scan, &["plugin", "lock"]);
    assert_eq!(run(&scan, &["scan", "--no-embedded", "--format", "json"]).findings(), [FOUND]);
}

#[test]
fn a_plugin_renamed_to_anothers_name_is_refused_when_it_comes() {
    let Some((scan, registry)) = with_registry() else { return };
    let reference = format!("oci://{}/acme/good:v1", registry.host);
    ok(&scan, &["plugin", "push", "good.wasm", &reference]);
    let scan = scan.file("plimsoll.yaml", format!("plugins: [{reference}]\n"));
    ok(&scan, &["plugin", "pull"]);
    ok(&scan, &["plugin", "lock"]);
    // Somebody put another one there and mended the digest in the lock alone.
    ok(&scan, &["plugin", "push", "more.wasm", &reference]);
    let lock = scan.tree().join("plimsoll.lock");
    let text = fs::read_to_string(&lock).unwrap();
    fs::write(&lock, text.replace(&sha256(&scan, "good.wasm"), &sha256(&scan, "more.wasm"))).unwrap();
    let ran = run(&scan, &["plugin", "pull"]);
    let told = "calls itself `more` 2.0.0+b, and the lock says `good` 1.0.0; if that is meant, run `plimsoll plugin lock`";
    assert!(ran.code == 2 && ran.stderr.contains(told), "{ran:?}");
}

#[test]
fn a_plugin_that_nobody_trusted_signed_is_not_even_written() {
    let Some((scan, registry)) = with_registry() else { return };
    let key = fs::read_to_string(scan.tree().join("../key.pub")).unwrap();
    let key = key.lines().nth(1).unwrap().to_owned();
    let [good, more] = ["good", "more"].map(|name| format!("oci://{}/{name}:v1", registry.host));
    ok(&scan, &["plugin", "push", "good.wasm", &good]);
    ok(&scan, &["plugin", "push", "more.wasm", &more]);
    let scan = scan.file("plimsoll.yaml", format!("plugins: [{good}, {more}]\ntrust: {{ keys: [{key}] }}\n"));
    let ran = run(&scan, &["plugin", "pull"]);
    let told = "plimsoll.yaml:2 asks for a signature, and it came without one; have it signed";
    assert!(ran.code == 2 && ran.stderr.contains(told), "{ran:?}");
    assert!(!scan.tree().join(".plimsoll").exists(), "none is written, the good one neither");
    ok(&scan, &["plugin", "keygen", "../other"]);
    ok(&scan, &["plugin", "sign", "more.wasm", "--key", "../other"]);
    ok(&scan, &["plugin", "push", "more.wasm", &more]);
    let ran = run(&scan, &["plugin", "pull"]);
    assert!(ran.code == 2 && ran.stderr.contains("which is none of those in plimsoll.yaml:2"), "{ran:?}");
    ok(&scan, &["plugin", "sign", "more.wasm", "--key", "../key"]);
    ok(&scan, &["plugin", "push", "more.wasm", &more]);
    ok(&scan, &["plugin", "pull"]);
    ok(&scan, &["plugin", "lock"]);
    assert_eq!(run(&scan, &["scan", "--no-embedded", "--format", "json"]).findings().len(), 2);
}

#[test]
fn nothing_is_written_outside_of_the_folder() {
    let Some((scan, registry)) = with_registry() else { return };
    let reference = format!("oci://{}/acme/good:v1", registry.host);
    ok(&scan, &["plugin", "push", "good.wasm", &reference]);
    let scan = scan.file("plimsoll.yaml", format!("plugins: [{reference}]\n"));
    let elsewhere = scan.tree().join("../elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let [plimsoll, plugins] = [".plimsoll", ".plimsoll/plugins"].map(|folder| scan.tree().join(folder));
    symlink("../elsewhere", &plimsoll).unwrap();
    let refused = |ran: Ran, what: &str| {
        assert!(ran.code == 2 && ran.stderr.contains(&format!("{what}; remove it first")), "{ran:?}");
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    };
    refused(run(&scan, &["plugin", "pull"]), "/.plimsoll is no folder");
    fs::remove_file(&plimsoll).unwrap();
    fs::create_dir(&plimsoll).unwrap();
    symlink("../../elsewhere", &plugins).unwrap();
    refused(run(&scan, &["plugin", "pull"]), "/.plimsoll/plugins is no folder");
    for name in ["good.wasm", "good.wasm.minisig"] {
        let folder = scan.tree().join("pulled");
        fs::create_dir(&folder).unwrap();
        symlink(elsewhere.join("file"), folder.join(name)).unwrap();
        refused(
            run(&scan, &["plugin", "pull", &reference, "--output", "pulled"]),
            &format!("pulled/{name} is no plain file"),
        );
        fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn a_registry_with_a_login_gets_it_from_the_command_line_docker_or_a_helper() {
    let scan = signed_plugins();
    let users = scan.tree().join("../users");
    fs::write(&users, USERS).unwrap();
    let Some(registry) = started(&scan, Guarded { users: Some(&users), certificate: None }) else { return };
    let host = &registry.host;
    let reference = format!("{host}/good:v1");
    for args in [["plugin", "push", "good.wasm", &reference], ["plugin", "pull", &reference, "--timeout=60"]]
    {
        let ran = run(&scan, &args);
        let told =
            format!("it wants a login; run `docker login {host}`, or name --username and --password-stdin");
        assert!(ran.code == 2 && ran.stderr.contains(&told), "{ran:?}");
    }
    let push = ["plugin", "push", "good.wasm", &reference, "--username", "ann", "--password-stdin"];
    let scan = scan.stdin("wrong\n");
    let ran = run(&scan, &push);
    let told = "401 Unauthorized (UNAUTHORIZED: authentication required); the login may be wrong, or may not do this";
    assert!(ran.code == 2 && ran.stderr.contains(told), "{ran:?}");
    let scan = scan.stdin("secret\n");
    ok(&scan, &push);

    let docker = scan.tree().join("../docker");
    fs::create_dir_all(&docker).unwrap();
    let pull = ["plugin", "pull", &reference, "--output", "../pulled"];
    let with = |config: &Value| fs::write(docker.join("config.json"), config.to_string()).unwrap();
    // `ann:secret` and `ann:wrong`
    with(&json!({ "auths": { host.as_str(): { "auth": "YW5uOnNlY3JldA==" } } }));
    ok(&scan, &pull);
    with(&json!({ "auths": { host.as_str(): { "auth": "YW5uOndyb25n" } } }));
    let ran = run(&scan, &pull);
    assert!(
        ran.code == 2 && ran.stderr.contains("401 Unauthorized") && !ran.stderr.contains("wrong\""),
        "{ran:?}"
    );

    let helper = scan.tree().join("../docker-credential-kept");
    let says = |text: &str| {
        fs::write(&helper, format!("#!/bin/sh\ncat > \"$0.asked\"\n{text}\n")).unwrap();
        fs::set_permissions(&helper, fs::Permissions::from_mode(0o755)).unwrap();
    };
    with(&json!({ "credHelpers": { host.as_str(): "kept" } }));
    says(r#"echo '{"Username":"ann","Secret":"secret"}'"#);
    let path = std::env::join_paths(
        [scan.tree().join("..")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let scan = scan.env("PATH", path.unwrap());
    ok(&scan, &pull);
    assert_eq!(fs::read_to_string(helper.with_extension("asked")).unwrap(), *host);
    says("echo 'credentials not found in native keychain'; exit 1");
    let ran = run(&scan, &pull);
    assert!(ran.code == 2 && ran.stderr.contains("it wants a login"), "{ran:?}");
    says("echo hush-hush; exit 1");
    let ran = run(&scan, &pull);
    let told = "docker-credential-kept failed; log in anew with `docker login";
    assert!(ran.code == 2 && ran.stderr.contains(told) && !ran.stderr.contains("hush"), "{ran:?}");
}

#[test]
fn a_login_is_for_one_registry() {
    let scan = signed_plugins()
        .stdin("secret")
        .file("plimsoll.yaml", "plugins: [oci://b.example/x:1, oci://a.example/x:1, oci://a.example/y:1]\n");
    run(&scan, &["plugin", "pull", "--username", "ann", "--password-stdin"]).is_refused(
        "plimsoll.yaml names plugins in several registries, a.example, b.example, and one login is for one; run `docker login` for each",
    );
    let scan = Scan::new().file("plimsoll.yaml", "plugins: [oci://a.example/x]\n");
    let file = scan.tree().join("plimsoll.yaml");
    run(&scan, &["plugin", "pull"]).is_refused(&format!(
        "{}:1:11: `oci://a.example/x` names no tag and no digest; name one, as in oci://a.example/x:1.0.0",
        file.display()
    ));
    let scan = Scan::new().file("plimsoll.yaml", "plugins: [good.wasm]\n");
    run(&scan, &["plugin", "pull"])
        .is_refused("plimsoll.yaml names no plugin in a registry, such as oci://ghcr.io/acme/policies:1.0.0");
    run(&Scan::new(), &["plugin", "pull"]).is_refused(
        "there is no plimsoll.yaml in this folder or above it; name what to pull, such as oci://ghcr.io/acme/policies:1.0.0",
    );
}

#[test]
fn a_registry_with_a_certificate_of_ones_own_is_believed_when_it_is_named() {
    if !is_installed("openssl") {
        return skipped("openssl is not installed");
    }
    let scan = signed_plugins();
    let [ca, certificate, key] = certificates(&scan.tree().join(".."));
    let guarded = Guarded { users: None, certificate: Some((&certificate, &key)) };
    let Some(registry) = started(&scan, guarded) else { return };
    let reference = format!("{}/good:v1", registry.host);
    ok(&scan, &["plugin", "push", "good.wasm", &reference, "--ca-file", "../ca.pem"]);
    let pull = ["plugin", "pull", &reference, "--output", "../pulled"];
    ok(&scan, &[&pull[..], &["--ca-file", ca.to_str().unwrap()]].concat());
    fs::remove_dir_all(scan.tree().join("../pulled")).unwrap();
    let other = scan.tree().join("../other");
    fs::create_dir(&other).unwrap();
    certificates(&other);
    for (args, told) in [
        (&["--ca-file", "../other/ca.pem"][..], "certificate"),
        (&["--ca-file", "../server.key"], "something else stands there too"),
        (&["--ca-file", "a.yaml"], "there are none"),
        (&["--ca-file", "../none"], "No such file"),
        // It is asked without TLS, and says so.
        (&[], "400 Bad Request"),
    ] {
        let ran = run(&scan, &[&pull[..], args].concat());
        assert!(ran.code == 2 && ran.stderr.contains(told), "{args:?}: {ran:?}");
        assert!(!scan.tree().join("../pulled").exists());
    }
}

#[test]
fn oras_and_skopeo_read_what_was_pushed_and_we_what_oras_pushes() {
    let Some((scan, registry)) = with_registry() else { return };
    for tool in ["oras", "skopeo"] {
        if !is_installed(tool) {
            return skipped(&format!("{tool} is not installed"));
        }
    }
    let host = &registry.host;
    ok(&scan, &["plugin", "push", "good.wasm", &format!("{host}/good:v1")]);
    let same = |folder: &str| {
        let [ours, theirs] =
            ["", folder].map(|folder| fs::read(scan.tree().join(folder).join("good.wasm")).unwrap());
        assert!(ours == theirs, "{folder}");
    };
    tool(&scan, "oras", &["pull", "--plain-http", &format!("{host}/good:v1"), "--output", "../by-oras"]);
    same("../by-oras");
    tool(
        &scan,
        "oras",
        &["copy", "--from-plain-http", &format!("{host}/good:v1"), "--to-oci-layout", "../layout:v1"],
    );
    ok(&scan, &["plugin", "load", "../layout", "--output", "../by-layout"]);
    same("../by-layout");
    let from = format!("docker://{host}/good:v1");
    tool(
        &scan,
        "skopeo",
        &["--insecure-policy", "copy", "--src-tls-verify=false", &from, "oci:../copied:v1"],
    );
    ok(&scan, &["plugin", "load", "../copied", "--output", "../by-skopeo"]);
    same("../by-skopeo");
    // The kinds of `wkg`, and older ones. Neither has what says that it is a plugin of ours but the component itself.
    let scan = scan.file("config.json", "{}");
    for (config, layer) in [
        ("application/vnd.wasm.config.v0+json", "application/wasm"),
        ("application/vnd.wasm.config.v1+json", "application/vnd.wasm.content.layer.v1+wasm"),
    ] {
        let (reference, config) = (format!("{host}/by-oras:v1"), format!("config.json:{config}"));
        let layer = format!("good.wasm:{layer}");
        tool(&scan, "oras", &["push", "--plain-http", "--config", &config, &reference, &layer]);
        ok(&scan, &["plugin", "pull", &reference, "--output", "../from-oras"]);
        let [ours, theirs] =
            ["", "../from-oras"].map(|folder| fs::read(scan.tree().join(folder).join("good.wasm")).unwrap());
        assert!(ours == theirs);
        fs::remove_dir_all(scan.tree().join("../from-oras")).unwrap();
    }
    let reference = format!("{host}/other:v1");
    tool(&scan, "oras", &["push", "--plain-http", &reference, "good.wasm:application/octet-stream"]);
    let ran = run(&scan, &["plugin", "pull", &reference]);
    assert!(
        ran.code == 2 && ran.stderr.contains("a plugin has `application/vnd.wasm.config.v0+json`"),
        "{ran:?}"
    );
}

#[test]
fn what_is_built_without_the_feature_has_no_code_for_a_network() {
    let tree = |args: &[&str]| {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args([
            "tree",
            "--offline",
            "--package",
            "plimsoll",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ]);
        let ran = cargo.args(args).current_dir(workspace()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let names: Vec<String> = String::from_utf8(ran.stdout)
            .unwrap()
            .lines()
            .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
            .collect();
        names
    };
    let of_networks = |names: Vec<String>| {
        let known = [
            "async-std",
            "docker_credential",
            "h2",
            "http",
            "hyper",
            "mio",
            "native-tls",
            "oci-client",
            "openssl",
            "reqwest",
            "ring",
            "rustls",
            "smol",
            "socket2",
            "tokio",
            "ureq",
        ];
        let mut found: Vec<String> =
            names.into_iter().filter(|name| known.contains(&name.as_str())).collect();
        found.sort();
        found.dedup();
        found
    };
    assert_eq!(of_networks(tree(&["--no-default-features"])), Vec::<String>::new());
    // What would be found, and no runtime among it.
    assert_eq!(of_networks(tree(&[])), ["docker_credential", "http", "ring", "rustls", "ureq"]);
}

fn with_registry() -> Option<(Scan, Registry)> {
    let scan = signed_plugins();
    let registry = started(&scan, Guarded::default())?;
    Some((scan, registry))
}

fn started(scan: &Scan, guarded: Guarded<'_>) -> Option<Registry> {
    let registry = Registry::start(&scan.tree().join(".."), guarded);
    if registry.is_none() {
        skipped("docker-registry is not installed");
    }
    registry
}

#[track_caller]
fn tool(scan: &Scan, program: &str, args: &[&str]) {
    let mut command = Command::new(program);
    scan.in_place(&mut command);
    let ran = command.args(args).output().unwrap();
    assert!(ran.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

fn sha256(scan: &Scan, file: &str) -> String {
    let ran = Command::new("sha256sum").arg(scan.tree().join(file)).output().unwrap();
    String::from_utf8(ran.stdout).unwrap()[..64].to_owned()
}

#[test]
fn a_digest_in_the_configuration_is_proved_by_the_lock_too() {
    let Some((scan, registry)) = with_registry() else { return };
    let tag = format!("oci://{}/acme/good:v1", registry.host);
    let pushed = ok(&scan, &["plugin", "push", "good.wasm", &tag]);
    let digest = pushed.split_once("@sha256:").unwrap().1[..64].to_owned();
    let reference = format!("oci://{}/acme/good@sha256:{digest}", registry.host);
    let scan = scan.file("plimsoll.yaml", format!("plugins: [{reference}]\n"));
    ok(&scan, &["plugin", "pull"]);
    ok(&scan, &["plugin", "lock"]);
    assert_eq!(ok(&scan, &["plugin", "pull"]), format!("{reference} is there already\n"));

    // Whatever else comes to lie there is not pinned, and is pulled again.
    let place =
        format!(".plimsoll/plugins/{}/acme/good@sha256+{digest}.wasm", registry.host.replace(':', "_"));
    let (file, manifest) = (scan.tree().join(&place), scan.tree().join(format!("{place}.manifest.json")));
    let [plugin, right] = [&file, &manifest].map(|file| fs::read(file).unwrap());
    let refused = |why: &str| {
        for args in [&["plugin", "lock"][..], &["plugin", "lock", "--check"]] {
            run(&scan, args).is_refused(&format!(
                "plugin {reference}: that {} is what the digest names cannot be told: {}{why}; run `plimsoll plugin pull`",
                file.display(),
                manifest.display()
            ));
        }
        fs::remove_file(scan.tree().join("plimsoll.lock")).unwrap();
        assert!(ok(&scan, &["plugin", "pull"]).starts_with(&format!("pulled {reference}:")));
        ok(&scan, &["plugin", "lock"]);
        assert!(fs::read(&file).unwrap() == plugin && fs::read(&manifest).unwrap() == right);
    };
    fs::copy(scan.tree().join("more.wasm"), &file).unwrap();
    let (has, other) = (sha256(&scan, "good.wasm"), sha256(&scan, "more.wasm"));
    refused(&format!(" leads to {has}, and the file beside it has the sha256 {other}"));
    fs::write(&manifest, [&right[..], b" "].concat()).unwrap();
    let other = sha256(&scan, &format!("{place}.manifest.json"));
    refused(&format!(" has the sha256 {other}, and should have {digest}"));
    fs::remove_file(&manifest).unwrap();
    refused(", the manifest that leads to it, cannot be read: No such file or directory (os error 2)");
}

#[test]
fn a_signature_that_goes_or_is_of_another_is_told() {
    let Some((scan, registry)) = with_registry() else { return };
    let tag = format!("oci://{}/acme/good:v1", registry.host);
    assert!(ok(&scan, &["plugin", "push", "good.wasm", &tag]).contains("with a signature"));
    // Built anew, and not signed anew.
    let scan = scan.file("good.wasm", Guest::good().describing("version", "1.0.1").bytes());
    for args in
        [&["plugin", "push", "good.wasm", &tag][..], &["plugin", "save", "good.wasm", "--output", "../saved"]]
    {
        let ran = run(&scan, args);
        let told = "error: plugin good.wasm: its signature is for `plimsoll plugin good 1.0.0 sha256:";
        assert!(ran.code == 2 && ran.stderr.starts_with(told), "{ran:?}");
    }
    ok(&scan, &["plugin", "pull", &tag, "--output", "../pulled"]);
    fs::remove_file(scan.tree().join("good.wasm.minisig")).unwrap();
    ok(&scan, &["plugin", "push", "good.wasm", &tag]);
    let pulled = ok(&scan, &["plugin", "pull", &tag, "--output", "../pulled"]);
    let told = "removed ../pulled/good.wasm.minisig: the plugin came without a signature\n";
    assert!(pulled.contains(told), "{pulled}");
}

#[test]
fn what_other_tools_would_call_it_is_told() {
    let scan = Scan::new().file("a.yaml", pod("a"));
    for (written, scheme) in [("docker://a.example/x:1", "docker"), ("OCI://a.example/x:1", "OCI")] {
        let told = format!(
            "`{written}` is no reference to a plugin in a registry: it begins with {scheme}://; give it as oci://HOST/REPOSITORY:TAG, \
             or with @sha256:DIGEST at its end"
        );
        run(&scan, &["plugin", "pull", written]).is_refused(&told);
        run(&scan, &["scan", "--plugin", written]).is_refused(&told);
        let scan = Scan::new().file("plimsoll.yaml", format!("plugins: [\"{written}\"]\n"));
        let ran = run(&scan, &["scan"]);
        assert!(ran.code == 2 && ran.stderr.contains(&told), "{ran:?}");
    }
}
