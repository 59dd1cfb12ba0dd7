//! Plugins in registries: what is pushed is what is pulled, scans find it without asking anybody, and a registry that lies gets nowhere.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use plimsoll_tests::{
    Answer, Ends, Guarded, Guest, Heard, Liar, Ran, Registry, Scan, certificates, is_installed, plimsoll,
    pod, skipped, workspace,
};
use serde_json::{Value, json};

const FOUND: &str = "good/there a.yaml:4:3-4:10 /metadata/name";
/// `ann` with the password `secret`, as htpasswd writes it.
const USERS: &str = "ann:$2y$04$S1hMl5GOjHvuF/zQ9dTWSOKi6N/9EJZXwX5Q3ZxGvJxVlEYwDyfwi\n";

// A real registry.

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
    let scan = plugins();
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
    let scan = plugins()
        .stdin("secret")
        .file("plimsoll.yaml", "plugins: [oci://b.example/x:1, oci://a.example/x:1, oci://a.example/y:1]\n");
    run(&scan, &["plugin", "pull", "--username", "ann", "--password-stdin"]).is_refused(
        "plimsoll.yaml names plugins in several registries, a.example, b.example, and one login is for one; run `docker login` for each",
    );
    let scan = Scan::new().file("plimsoll.yaml", "plugins: [oci://a.example/x]\n");
    let file = scan.tree().join("plimsoll.yaml");
    run(&scan, &["plugin", "pull"])
        .is_refused(&format!("{}:1:11: `oci://a.example/x` names no tag and no digest", file.display()));
    let scan = Scan::new().file("plimsoll.yaml", "plugins: [good.wasm]\n");
    run(&scan, &["plugin", "pull"])
        .is_refused("plimsoll.yaml names no plugin in a registry, such as oci://ghcr.io/acme/policies:1.0.0");
    run(&Scan::new(), &["plugin", "pull"]).is_refused(
        "there is no plimsoll.yaml in this folder or above it; name what to pull, such as oci://ghcr.io/acme/policies:1.0.0",
    );
}

#[test]
fn a_proxy_is_asked_for_other_machines_and_never_for_this_one() {
    let scan = plugins();
    let kept = Kept::of(&scan);
    let served = kept.clone();
    let proxy = Liar::start(move |_, _| Answer::new("502 Bad Gateway", ""));
    let scan = scan.env("http_proxy", format!("http://{}", proxy.host)).env("no_proxy", "b.example");
    let ran = pull(&scan, "a.example/good:v1", &["--plain-http"]);
    assert!(ran.code == 2 && proxy.heard().len() == 1, "{ran:?}");
    assert!(proxy.heard()[0].line.contains("a.example"), "{:?}", proxy.heard());
    let liar = Liar::start(move |heard, _| served.answer(heard, "", |bytes| bytes));
    assert_eq!(pull(&scan, &format!("{}/good:v1", liar.host), &[]).code, 0);
    assert_eq!(proxy.heard().len(), 1);
}

#[test]
fn a_registry_with_a_certificate_of_ones_own_is_believed_when_it_is_named() {
    if !is_installed("openssl") {
        return skipped("openssl is not installed");
    }
    let scan = plugins();
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

// A registry that lies.

#[test]
fn what_is_not_what_its_digest_says_is_refused() {
    let scan = plugins();
    let kept = Kept::of(&scan);
    let digest = format!("@sha256:{}", kept.manifest);
    // In the order of: what was asked, how what is there becomes a lie, what is told of it.
    type Lie = fn(Vec<u8>) -> Vec<u8>;
    let flipped: Lie = |mut bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    let longer: Lie = |bytes| [bytes, b" ".to_vec()].concat();
    let shorter: Lie = |mut bytes| {
        bytes.pop();
        bytes
    };
    for (what, lie, tag, told) in [
        ("manifests", flipped, digest.as_str(), "what came is another manifest: its digest is sha256:"),
        ("manifests", longer, &digest, "what came is another manifest"),
        ("config", flipped, ":v1", "it is not what oci://"),
        ("layer", flipped, ":v1", "it is not what oci://"),
        ("layer", longer, ":v1", "it has more than "),
        ("layer", shorter, ":v1", "it is not what oci://"),
    ] {
        let served = kept.clone();
        let liar = Liar::start(move |heard, _| served.answer(heard, what, lie));
        let ran = pull(&scan, &format!("{}/good{tag}", liar.host), &[]);
        assert!(ran.code == 2 && ran.stderr.contains(told), "{what}: {ran:?}");
        assert!(
            ran.stderr.starts_with(&format!("error: oci://{}/good", liar.host))
                || ran.stderr.contains(&liar.host),
            "{ran:?}"
        );
        nothing_came(&scan);
    }
    // The header alone lies.
    let served = kept.clone();
    let liar = Liar::start(move |heard, _| {
        served
            .answer(heard, "", |bytes| bytes)
            .with(format!("Docker-Content-Digest: sha256:{}", "0".repeat(64)))
    });
    let ran = pull(&scan, &format!("{}/good:v1", liar.host), &[]);
    assert!(
        ran.code == 2 && ran.stderr.contains(&format!("and should be sha256:{}", "0".repeat(64))),
        "{ran:?}"
    );
    nothing_came(&scan);
    // So that what is refused above is refused for the lie.
    let liar = Liar::start(move |heard, _| kept.answer(heard, "", |bytes| bytes));
    assert_eq!(pull(&scan, &format!("{}/good{digest}", liar.host), &[]).code, 0);
}

#[test]
fn what_is_no_plugin_is_refused_with_what_it_is() {
    let scan = plugins();
    let index = "application/vnd.oci.image.index.v1+json";
    for (answer, told) in [
        (
            Answer::new("200 OK", "{}").with(format!("Content-Type: {index}")),
            format!("it is `{index}`, and a plugin is `"),
        ),
        (
            Answer::new("200 OK", "<html>Please log in</html>")
                .with("Content-Type: text/html; charset=utf-8"),
            "it is `text/html`, and a plugin is `application/vnd.oci.image.manifest.v1+json`".to_owned(),
        ),
        (
            Answer::new("200 OK", "<html>"),
            "this is not what an OCI artifact has here: expected value".to_owned(),
        ),
        (
            Answer::new("502 Bad Gateway", "<html>\u{1b}[31m</html>").with("Content-Type: text/html"),
            "the registry has no such plugin to give: 502 Bad Gateway\n".to_owned(),
        ),
        (
            Answer::new("403 Forbidden", r#"{"errors":[{"code":"DENIED","message":"no\u001b[31m"}]}"#),
            "403 Forbidden (DENIED: no?[31m); the login may be wrong".to_owned(),
        ),
        (Answer::new("204 No Content", ""), "204 No Content".to_owned()),
        (Answer::new("200 OK", "").with("Content-Length: 100"), "the answer broke off".to_owned()),
    ] {
        let liar = Liar::start(move |_, _| answer.clone());
        let ran = pull(&scan, &format!("{}/good:v1", liar.host), &[]);
        assert!(ran.code == 2 && ran.stderr.contains(&told), "{told}: {ran:?}");
        nothing_came(&scan);
    }
}

#[test]
fn answers_without_an_end_end() {
    let scan = plugins();
    let kept = Kept::of(&scan);
    let endless =
        |status, kind: &str| Answer::new(status, vec![b' '; 1 << 16]).with(kind).ending(Ends::Never);
    for what in ["manifests", "config", "layer", "error", "token"] {
        let served = kept.clone();
        let liar = Liar::start(move |heard, own| match (what, served.what(heard)) {
            ("error", _) => endless("404 Not Found", "Content-Type: application/json"),
            ("token", "manifests") => Answer::new("401 Unauthorized", "")
                .with(format!("WWW-Authenticate: Bearer realm=\"http://{own}/token\"")),
            ("token", _) => endless("200 OK", "Content-Type: application/json"),
            (what, asked) if what == asked && what == "manifests" => {
                endless("200 OK", "Content-Type: application/vnd.oci.image.manifest.v1+json")
            }
            (what, asked) if what == asked => endless("200 OK", "Content-Type: application/octet-stream"),
            _ => served.answer(heard, "", |bytes| bytes),
        });
        // Far less than what is sent, were it kept.
        let ran = in_little_memory(
            &scan,
            &["plugin", "pull", &format!("{}/good:v1", liar.host), "--output", "../pulled"],
        );
        let told = match what {
            "manifests" => "the manifest has more than the 4194304 bytes allowed",
            "error" => "404 Not Found",
            "token" => "answers with something else",
            _ => "it has more than ",
        };
        assert!(ran.code == 2 && ran.stderr.contains(told), "{what}: {ran:?}");
        nothing_came(&scan);
    }
}

#[test]
fn slow_answers_are_waited_for_only_so_long() {
    let scan = plugins();
    let kept = Kept::of(&scan);
    for what in ["manifests", "layer"] {
        let served = kept.clone();
        let liar = Liar::start(move |heard, _| {
            let answer = served.answer(heard, "", |bytes| bytes);
            if served.what(heard) == what {
                Answer { body: Vec::new(), ..answer }.ending(Ends::Slowly)
            } else {
                answer
            }
        });
        let ran = pull(&scan, &format!("{}/good:v1", liar.host), &["--timeout", "2"]);
        let told = "it took longer than 2 seconds; --timeout gives more";
        assert!(ran.code == 2 && ran.stderr.contains(told), "{what}: {ran:?}");
        nothing_came(&scan);
    }
}

#[test]
fn who_asks_for_a_login_again_and_again_gets_it_once() {
    let scan = plugins().stdin("secret");
    let login = ["--username", "ann", "--password-stdin"];
    let liar =
        Liar::start(|_, _| Answer::new("401 Unauthorized", "").with("WWW-Authenticate: Basic realm=\"x\""));
    let ran = pull(&scan, &format!("{}/good:v1", liar.host), &login);
    assert!(ran.code == 2 && ran.stderr.contains("401 Unauthorized; the login may be wrong"), "{ran:?}");
    let said: Vec<Option<String>> = liar.heard().into_iter().map(|heard| heard.authorization).collect();
    assert_eq!(said, [None, Some("Basic YW5uOnNlY3JldA==".to_owned())]);

    let liar = Liar::start(|heard, own| match heard.line.as_str() {
        line if line.starts_with("GET /token?") => Answer::new("200 OK", r#"{"token":"short"}"#),
        _ => Answer::new("401 Unauthorized", "").with(format!(
            "WWW-Authenticate: Bearer realm=\"http://{own}/token\",service=\"s\",scope=\"a b\""
        )),
    });
    let ran = pull(&scan, &format!("{}/good:v1", liar.host), &login);
    assert!(ran.code == 2 && ran.stderr.contains("401 Unauthorized; the login may be wrong"), "{ran:?}");
    let heard: Vec<(String, Option<String>)> =
        liar.heard().into_iter().map(|heard| (heard.line, heard.authorization)).collect();
    let basic = Some("Basic YW5uOnNlY3JldA==".to_owned());
    let manifest = || "GET /v2/good/manifests/v1".to_owned();
    assert_eq!(
        heard,
        [
            (manifest(), None),
            ("GET /token?service=s&scope=a%20b".to_owned(), basic),
            (manifest(), Some("Bearer short".to_owned())),
        ]
    );
    for (header, told) in [
        ("X-Nothing: 1".to_owned(), "does not say how to tell"),
        ("WWW-Authenticate: Bearer realm=\"no address\"".to_owned(), "is no address"),
        ("WWW-Authenticate: Bearer realm=\"file:///etc/passwd\"".to_owned(), "is no address"),
    ] {
        let liar = Liar::start(move |_, _| Answer::new("401 Unauthorized", "").with(header.clone()));
        let ran = pull(&scan, &format!("{}/good:v1", liar.host), &login);
        assert!(ran.code == 2 && ran.stderr.contains(told), "{ran:?}");
    }
}

#[test]
fn who_leads_elsewhere_learns_nothing_of_who_asks() {
    let scan = plugins().stdin("secret");
    let login = ["--username", "ann", "--password-stdin"];
    let kept = Kept::of(&scan);
    let served = kept.clone();
    let elsewhere = Liar::start(move |heard, _| served.answer(heard, "", |bytes| bytes));
    let (served, to) = (kept.clone(), elsewhere.host.clone());
    let guarded = Liar::start(move |heard, _| match (&heard.authorization, served.what(heard)) {
        (None, _) => Answer::new("401 Unauthorized", "").with("WWW-Authenticate: Basic realm=\"x\""),
        (_, "layer") => {
            let path = heard.line.strip_prefix("GET ").unwrap();
            Answer::new("307 Temporary Redirect", "").with(format!("Location: http://{to}{path}?secret=1"))
        }
        _ => served.answer(heard, "", |bytes| bytes),
    });
    // Large registries keep what they have elsewhere, so that is followed, and proven like all else.
    assert_eq!(pull(&scan, &format!("{}/good:v1", guarded.host), &login).code, 0);
    let heard = elsewhere.heard();
    assert!(heard.len() == 1 && heard[0].authorization.is_none(), "{heard:?}");
    fs::remove_dir_all(scan.tree().join("../pulled")).unwrap();

    for (to, told) in [
        ("file:///etc/passwd", "leads to `file:///etc/passwd`, which is no address to go on to"),
        ("//elsewhere.example/x", "which is no address to go on to"),
        ("http://ann@127.0.0.1/x", "which is no address to go on to"),
        ("", "which is no address to go on to"),
        ("/v2/again?secret=1", "it led on more than 5 times"),
    ] {
        let liar = Liar::start(move |_, _| Answer::new("302 Found", "").with(format!("Location: {to}")));
        let ran = pull(&scan, &format!("{}/good:v1", liar.host), &login);
        assert!(
            ran.code == 2 && ran.stderr.contains(told) && !ran.stderr.contains("secret"),
            "{to}: {ran:?}"
        );
        assert!(liar.heard().len() <= 6);
        nothing_came(&scan);
    }
    // What is brought goes nowhere else.
    let to = elsewhere.host.clone();
    let liar = Liar::start(move |heard, _| match heard.line.as_str() {
        line if line.starts_with("POST ") => {
            Answer::new("202 Accepted", "").with(format!("Location: http://{to}/take"))
        }
        _ => Answer::new("404 Not Found", ""),
    });
    let ran = run(&scan, &["plugin", "push", "good.wasm", &format!("{}/good:v1", liar.host)]);
    let told = format!(
        "the upload should go to http://{}/take, which is elsewhere; nothing was sent there",
        elsewhere.host
    );
    assert!(ran.code == 2 && ran.stderr.contains(&told), "{ran:?}");
    assert_eq!(elsewhere.heard().len(), 1);
}

// Without a network.

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

/// Two plugins, of which one is signed, and nothing of the user's that a registry could be told.
fn plugins() -> Scan {
    let scan = Scan::new()
        .file("a.yaml", pod("a"))
        .file("good.wasm", Guest::good().bytes())
        .file("more.wasm", Guest::good().named("more").describing("version", "2.0.0+b").bytes());
    let docker = scan.tree().join("../docker");
    let scan = scan.env("DOCKER_CONFIG", docker);
    ok(&scan, &["plugin", "keygen", "../key"]);
    ok(&scan, &["plugin", "sign", "good.wasm", "--key", "../key"]);
    scan
}

fn with_registry() -> Option<(Scan, Registry)> {
    let scan = plugins();
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

fn run(scan: &Scan, args: &[&str]) -> Ran {
    let mut command = Command::new(plimsoll());
    command.args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}

fn pull(scan: &Scan, reference: &str, further: &[&str]) -> Ran {
    run(scan, &[&["plugin", "pull", reference, "--output", "../pulled"], further].concat())
}

/// In 600 MB of addresses, which is far less than an answer without an end has.
fn in_little_memory(scan: &Scan, args: &[&str]) -> Ran {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 600000; exec \"$0\" \"$@\""]).arg(plimsoll()).args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}

#[track_caller]
fn ok(scan: &Scan, args: &[&str]) -> String {
    let ran = run(scan, args);
    assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
    ran.stdout
}

#[track_caller]
fn tool(scan: &Scan, program: &str, args: &[&str]) {
    let mut command = Command::new(program);
    scan.in_place(&mut command);
    let ran = command.args(args).output().unwrap();
    assert!(ran.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
}

#[track_caller]
fn nothing_came(scan: &Scan) {
    assert!(!scan.tree().join("../pulled").exists());
}

fn sha256(scan: &Scan, file: &str) -> String {
    let ran = Command::new("sha256sum").arg(scan.tree().join(file)).output().unwrap();
    String::from_utf8(ran.stdout).unwrap()[..64].to_owned()
}

/// What an honest registry would have of a plugin, out of a layout.
#[derive(Clone)]
struct Kept {
    manifest: String,
    config: String,
    blobs: Arc<Path>,
}

impl Kept {
    fn of(scan: &Scan) -> Self {
        ok(scan, &["plugin", "save", "good.wasm", "--output", "../saved"]);
        let saved = scan.tree().join("../saved");
        let blobs = saved.join("blobs/sha256");
        let digest = |found: &Value| found["digest"].as_str().unwrap()["sha256:".len()..].to_owned();
        let json = |file: &Path| -> Value { serde_json::from_slice(&fs::read(file).unwrap()).unwrap() };
        let manifest = digest(&json(&saved.join("index.json"))["manifests"][0]);
        let config = digest(&json(&blobs.join(&manifest))["config"]);
        Self { manifest, config, blobs: blobs.into() }
    }

    /// What a request is about.
    fn what(&self, heard: &Heard) -> &'static str {
        match &heard.line {
            line if line.starts_with("GET /v2/good/manifests/") => "manifests",
            line if line.contains(&self.config) => "config",
            line if line.starts_with("GET /v2/good/blobs/") => "layer",
            _ => "",
        }
    }

    /// What an honest registry answers, but for a lie about one thing.
    fn answer(&self, heard: &Heard, about: &str, lie: fn(Vec<u8>) -> Vec<u8>) -> Answer {
        let what = self.what(heard);
        let name = match what {
            "manifests" => &self.manifest,
            _ => heard.line.split(['?', ':']).find(|part| part.len() == 64).unwrap_or("none"),
        };
        let Ok(bytes) = fs::read(self.blobs.join(name)) else { return Answer::new("404 Not Found", "") };
        let kind = if what == "manifests" {
            "application/vnd.oci.image.manifest.v1+json"
        } else {
            "application/octet-stream"
        };
        Answer::new("200 OK", if what == about { lie(bytes) } else { bytes })
            .with(format!("Content-Type: {kind}"))
    }
}
