//! Plugins that are carried in an OCI image layout: what is saved is what is loaded, other tools read it, and nothing broken gets through.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what was meant")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll_tests::{Guest, Ran, Scan, plimsoll, pod, skipped};
use serde_json::{Value, json};

#[test]
fn what_is_saved_is_what_is_loaded() {
    let scan = saved();
    let ran = run(&scan, &["plugin", "load", "../layout", "--output", "../loaded"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let [good, more] = ["good", "more"].map(|name| sha256(&scan.tree().join(format!("{name}.wasm"))));
    assert_eq!(
        ran.stdout,
        format!(
            "wrote ../loaded/good.wasm:\n  good 1.0.0 sha256:{good}, with a signature\nwrote ../loaded/more.wasm:\n  more 2.0.0+b sha256:{more}\n"
        )
    );
    for file in ["good.wasm", "good.wasm.minisig", "more.wasm"] {
        let [ours, theirs] =
            ["", "../loaded/"].map(|folder| fs::read(scan.tree().join(folder).join(file)).unwrap());
        assert!(ours == theirs, "{file}");
    }
    assert_eq!(fs::read_dir(scan.tree().join("../loaded")).unwrap().count(), 3);
    let ran = run(&scan, &["plugin", "verify", "../loaded/good.wasm", "--key", "../key.pub"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    // An older signature does not stay beside another plugin.
    fs::write(scan.tree().join("../loaded/more.wasm.minisig"), "of an older one").unwrap();
    run(&scan, &["plugin", "load", "../layout", "--output", "../loaded"]);
    assert_eq!(fs::read_dir(scan.tree().join("../loaded")).unwrap().count(), 3);
}

#[test]
fn a_layout_is_as_wkg_makes_artifacts_and_always_the_same() {
    let scan = saved();
    assert_eq!(run(&scan, &["plugin", "save", "good.wasm", "more.wasm", "--output", "../again"]).code, 0);
    let [first, again] = ["../layout", "../again"].map(|layout| {
        let files = files(&scan.tree().join(layout)).into_iter();
        files.map(|file| (file.file_name().unwrap().to_owned(), fs::read(file).unwrap())).collect::<Vec<_>>()
    });
    assert!(first == again && first.len() == 2 + 2 * 3, "a manifest, a configuration and a layer a plugin");
    let layout = scan.tree().join("../layout");
    let index = json_of(&layout.join("index.json"));
    let references: Vec<&Value> = index["manifests"].as_array().unwrap().iter().map(reference).collect();
    assert_eq!(references, ["good-1.0.0", "more-2.0.0-b"]);
    let manifest = json_of(&blob(&layout, &index["manifests"][0]));
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"].as_array().unwrap().len(), 1);
    let layer = &manifest["layers"][0];
    assert_eq!(layer["mediaType"], "application/wasm");
    assert_eq!(layer["annotations"], json!({"org.opencontainers.image.title": "good.wasm"}));
    assert_eq!(
        json_of(&blob(&layout, &manifest["config"])),
        json!({
            "created": "1970-01-01T00:00:00Z", "author": null, "architecture": "wasm", "os": "wasip2", "layerDigests": [layer["digest"]],
            "component": { "exports": ["plimsoll:policy/rules@1.0.0"], "imports": [], "target": null },
        })
    );
}

#[test]
fn a_flipped_bit_anywhere_in_a_layout_is_refused_and_nothing_is_written() {
    let scan = saved();
    let layout = scan.tree().join("../layout");
    for file in files(&layout) {
        let whole = fs::read(&file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let mut spots = vec![0, whole.len() / 2, whole.len() - 1];
        if name == "index.json" {
            // Nothing proves an index; what it leads to has to be there, and its annotations say nothing to us.
            let text = String::from_utf8(whole.clone()).unwrap();
            let known = ["sha256:", "size\"", "manifests\"", "image.index", "image.manifest", "2,"];
            spots = known.map(|part| text.find(part).unwrap()).to_vec();
            spots.extend([
                text.find("sha256:").unwrap() + 20,
                text.rfind("mediaType").unwrap(),
                0,
                whole.len() - 1,
            ]);
        }
        for at in spots {
            let mut broken = whole.clone();
            broken[at] ^= 1;
            fs::write(&file, broken).unwrap();
            let ran = run(&scan, &["plugin", "load", "../layout", "--output", "../loaded"]);
            let says = ran.stderr.contains(name) && ran.stderr.starts_with("error: ../layout/");
            assert!(ran.code == 2 && ran.stdout.is_empty() && says, "{name} at {at}: {ran:?}");
            assert!(!scan.tree().join("../loaded").exists());
        }
        fs::remove_file(&file).unwrap();
        let ran = run(&scan, &["plugin", "load", "../layout", "--output", "../loaded"]);
        assert!(ran.code == 2 && ran.stderr.contains(&format!("{name} cannot be read: ")), "{ran:?}");
        fs::write(&file, whole).unwrap();
    }
    assert_eq!(
        run(&scan, &["plugin", "load", "../layout", "--output", "../loaded"]).code,
        0,
        "it is whole again"
    );
}

#[test]
fn what_a_layout_cannot_lead_to_is_refused() {
    let scan = saved();
    let layout = scan.tree().join("../layout");
    let index = json_of(&layout.join("index.json"));
    let refused = |change: &dyn Fn(&mut Value), message: &str| {
        let mut changed = index.clone();
        change(&mut changed);
        fs::write(layout.join("index.json"), changed.to_string()).unwrap();
        let ran = run(&scan, &["plugin", "load", "../layout", "--output", "../loaded"]);
        assert!(ran.code == 2 && ran.stderr.contains(message), "{message}: {ran:?}");
    };
    refused(
        &|index| index["manifests"][0]["digest"] = "sha256:../../../a.yaml".into(),
        "../layout/index.json: `sha256:../../../a.yaml` is no digest of SHA-256",
    );
    refused(&|index| index["manifests"][0]["size"] = (1_u64 << 40).into(), "more than the 4194304 allowed");
    refused(
        &|index| index["manifests"][0]["mediaType"] = "application/vnd.oci.image.index.v1+json".into(),
        "it leads to `application/vnd.oci.image.index.v1+json`, and `application/vnd.oci.image.manifest.v1+json` should be there",
    );
    refused(&|index| index["manifests"][1] = index["manifests"][0].clone(), "two plugins are called `good`");
    refused(&|index| index["manifests"] = json!([]), "it leads to 0 plugins");

    // A container image, say: everything fits together, and it is no plugin.
    let manifest = json_of(&blob(&layout, &index["manifests"][0]));
    let with = |change: &dyn Fn(&mut Value), message: &str| {
        let mut manifest = manifest.clone();
        change(&mut manifest);
        let bytes = manifest.to_string();
        fs::write(layout.join("made"), &bytes).unwrap();
        let digest = sha256(&layout.join("made"));
        fs::rename(layout.join("made"), layout.join("blobs/sha256").join(&digest)).unwrap();
        let lead = |index: &mut Value| {
            index["manifests"][0]["digest"] = format!("sha256:{digest}").into();
            index["manifests"][0]["size"] = bytes.len().into();
        };
        refused(&lead, message);
    };
    with(
        &|manifest| manifest["config"]["mediaType"] = "application/vnd.oci.image.config.v1+json".into(),
        "its config is `application/vnd.oci.image.config.v1+json`; a plugin has `application/vnd.wasm.config.v0+json`",
    );
    with(&|manifest| manifest["layers"] = json!([]), "it has 0 layers; a plugin has one");
    with(
        &|manifest| manifest["layers"][0] = manifest["config"].clone(),
        "it is of another layer than sha256:",
    );
    with(
        &|manifest| manifest["annotations"]["dev.plimsoll.minisig"] = "none".into(),
        "its annotation dev.plimsoll.minisig is no signature: line 1",
    );
    assert!(!scan.tree().join("../loaded").exists());
}

#[test]
fn saving_is_whole_or_not_at_all() {
    let scan = saved();
    run(&scan, &["plugin", "save", "good.wasm", "--output", "../layout"])
        .is_refused("../layout exists; name a folder that is not there yet, or remove it first");
    for files in [["good.wasm", "a.yaml"], ["good.wasm", "good.wasm"], ["good.wasm", "none.wasm"]] {
        let ran = run(&scan, &[&["plugin", "save", "--output", "../new"], &files[..]].concat());
        assert!(ran.code == 2 && ran.stdout.is_empty(), "{ran:?}");
    }
    let left: Vec<_> =
        fs::read_dir(scan.tree().join("..")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_str().unwrap().starts_with("new")), "{left:?}");
}

#[test]
fn skopeo_reads_a_layout_and_what_it_copies_can_be_loaded() {
    if Command::new("skopeo").arg("--version").output().is_err() {
        skipped("skopeo is not installed");
        return;
    }
    let scan = saved();
    let layout = scan.tree().join("../layout");
    let raw = skopeo(&scan, &["inspect", "--raw", "oci:../layout:good-1.0.0"]);
    let index = json_of(&layout.join("index.json"));
    assert_eq!(raw.as_bytes(), fs::read(blob(&layout, &index["manifests"][0])).unwrap());
    for name in ["good-1.0.0", "more-2.0.0-b"] {
        skopeo(
            &scan,
            &["--insecure-policy", "copy", &format!("oci:../layout:{name}"), &format!("oci:../copy:{name}")],
        );
    }
    let ran = run(&scan, &["plugin", "load", "../copy", "--output", "../loaded"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for file in ["good.wasm", "good.wasm.minisig", "more.wasm"] {
        let [ours, theirs] =
            ["", "../loaded/"].map(|folder| fs::read(scan.tree().join(folder).join(file)).unwrap());
        assert!(ours == theirs, "{file}");
    }
}

/// A layout of two plugins, of which one is signed, beside the repository.
fn saved() -> Scan {
    let scan = Scan::new()
        .file("a.yaml", pod("a"))
        .file("good.wasm", Guest::good().bytes())
        .file("more.wasm", Guest::good().named("more").describing("version", "2.0.0+b").bytes());
    for args in [
        &["plugin", "keygen", "../key"][..],
        &["plugin", "sign", "good.wasm", "--key", "../key"],
        &["plugin", "save", "good.wasm", "more.wasm", "--output", "../layout"],
    ] {
        let ran = run(&scan, args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.stderr);
    }
    scan
}

fn run(scan: &Scan, args: &[&str]) -> Ran {
    let mut command = Command::new(plimsoll());
    command.args(args);
    scan.in_place(&mut command);
    scan.run_command(command)
}

#[track_caller]
fn skopeo(scan: &Scan, args: &[&str]) -> String {
    let ran = Command::new("skopeo").args(args).current_dir(scan.tree()).output().unwrap();
    assert!(ran.status.success(), "skopeo {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// Every file in a folder or below it, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn json_of(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn reference(descriptor: &Value) -> &Value {
    &descriptor["annotations"]["org.opencontainers.image.ref.name"]
}

/// The file that a descriptor leads to.
fn blob(layout: &Path, descriptor: &Value) -> PathBuf {
    layout.join("blobs").join(descriptor["digest"].as_str().unwrap().replace(':', "/"))
}

fn sha256(file: &Path) -> String {
    let ran = Command::new("sha256sum").arg(file).output().unwrap();
    String::from_utf8(ran.stdout).unwrap()[..64].to_owned()
}
