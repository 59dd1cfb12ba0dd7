//! Registries that lie, answer without an end or not at all, and lead elsewhere: nothing comes of it.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll_tests::{Answer, Ends, Heard, Liar, Ran, Scan, ok, plimsoll, pull, run, signed_plugins};
use serde_json::Value;

#[test]
fn what_is_not_what_its_digest_says_is_refused() {
    let scan = signed_plugins();
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
    let scan = signed_plugins();
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
            Answer::new("500 Internal Server Error", "<html>\u{1b}[31m</html>")
                .with("Content-Type: text/html"),
            "the registry has no such plugin to give: 500 Internal Server Error\n".to_owned(),
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
    let scan = signed_plugins();
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
    let scan = signed_plugins();
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
fn who_is_busy_is_asked_again_but_not_for_ever() {
    let scan = signed_plugins();
    let kept = Kept::of(&scan);
    let busy = |status: &'static str, wish: &'static str, answers: usize| {
        let (served, asked) = (kept.clone(), AtomicUsize::new(0));
        Liar::start(move |heard, _| match asked.fetch_add(1, Ordering::Relaxed) {
            before if before < answers => Answer::new(status, "").with(format!("Retry-After: {wish}")),
            _ => served.answer(heard, "", |bytes| bytes),
        })
    };
    let liar = busy("503 Service Unavailable", "0", 3);
    assert_eq!(pull(&scan, &format!("{}/good:v1", liar.host), &[]).code, 0);
    assert_eq!(
        liar.heard().len(),
        6,
        "three answers for nothing, and the manifest, its configuration and the plugin"
    );
    fs::remove_dir_all(scan.tree().join("../pulled")).unwrap();
    for (wish, times) in [("0", 4), ("3600", 1)] {
        let liar = busy("429 Too Many Requests", wish, usize::MAX);
        let ran = pull(&scan, &format!("{}/good:v1", liar.host), &[]);
        let told = format!("the registry is busy: 429 Too Many Requests; try again in {wish} seconds\n");
        assert!(ran.code == 2 && ran.stderr.ends_with(&told), "{ran:?}");
        assert_eq!(liar.heard().len(), times);
        nothing_came(&scan);
    }
}

#[test]
fn who_asks_for_a_login_again_and_again_gets_it_once() {
    let scan = signed_plugins().stdin("secret");
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
    let scan = signed_plugins().stdin("secret");
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

#[test]
fn a_proxy_is_asked_for_other_machines_and_never_for_this_one() {
    let scan = signed_plugins();
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

/// In 600 MB of addresses, which is far less than an answer without an end has.
fn in_little_memory(scan: &Scan, args: &[&str]) -> Ran {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 600000; exec \"$0\" \"$@\""]).arg(plimsoll()).args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}

#[track_caller]
fn nothing_came(scan: &Scan) {
    assert!(!scan.tree().join("../pulled").exists());
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
